use std::io::Write;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::ingest::grid::rows::{Raw, TopRow};

/// A workbook of bytes in a folder that goes away with it.
fn kept(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    (folder, path)
}

fn drawn() -> Vec<u8> {
    use rust_xlsxwriter::{ExcelDateTime, Format as Look, Formula, Workbook};
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("台账").expect("a name");
    sheet.write(0, 0, "某区市政消火栓台账").expect("a cell");
    for (nth, head) in ["编号", "经度", "纬度", "水压(kPa)", "检查日期", "在用", "公式"].iter().enumerate()
    {
        sheet.write(2, nth as u16, *head).expect("a cell");
    }
    let day = Look::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    sheet.write(3, 0, 1001).expect("a cell");
    sheet.write(3, 1, 106.55).expect("a cell");
    sheet.write(3, 2, 29.56).expect("a cell");
    sheet.write(3, 3, 300).expect("a cell");
    sheet.write_with_format(3, 4, ExcelDateTime::parse_from_str("2024-01-31").expect("a day"), &day).expect("a cell");
    sheet.write(3, 5, true).expect("a cell");
    sheet.write_formula(3, 6, Formula::new("=1/0").set_result("#DIV/0!")).expect("a cell");
    book.add_worksheet().set_name("空表").expect("a name");
    book.save_to_buffer().expect("a workbook")
}

fn top(path: &Path, format: Format, sheet: &str) -> Result<Vec<TopRow>, IngestError> {
    let book = Book::open(path, format)?;
    let listed = book.sheets.iter().find(|listed| listed.name == sheet).expect("the sheet");
    top_of(book.rows(listed)?.as_mut())
}

#[test]
fn cells_come_as_what_they_are() {
    let (_folder, path) = kept("a.xlsx", &drawn());
    let rows = top(&path, Format::Xlsx, "台账").expect("rows");
    let texts: Vec<&str> = rows[2].cells.iter().map(|cell| cell.text.as_str()).collect();
    assert_eq!(texts[..6], ["1001", "106.55", "29.56", "300", "2024-01-31", "TRUE"]);
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3, 4]);
    let sheets = sheets(&path, Format::Xlsx).expect("sheets");
    assert_eq!(sheets.iter().map(|sheet| sheet.has_places).collect::<Vec<_>>(), [true, false]);
}

/// An archive of stored parts.
fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for (name, text) in parts {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let (at, len) = (bytes.len() as u32, text.len() as u32);
        let common = |bytes: &mut Vec<u8>| {
            bytes.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            bytes.extend(crc.sum().to_le_bytes());
            bytes.extend(len.to_le_bytes());
            bytes.extend(len.to_le_bytes());
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes.extend([0, 0]);
        };
        bytes.extend(b"PK\x03\x04");
        common(&mut bytes);
        bytes.extend(name.as_bytes());
        bytes.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0");
        common(&mut directory);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, len, count) = (bytes.len() as u32, directory.len() as u32, parts.len() as u16);
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(len.to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.write_all(&[0, 0]).expect("memory");
    bytes
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet><table:table table:name="A">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    packed(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

#[test]
fn repeated_rows_and_cells_of_opendocument_are_counted() {
    let file = ods(
        r#"<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        <table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="float" office:value="1001"><text:p>1001</text:p></table:table-cell>
        <table:table-cell table:number-columns-repeated="2" office:value-type="string"><office:annotation><text:p>no</text:p></office:annotation><text:p>a &amp; b<text:s/>c</text:p></table:table-cell>
        <table:table-cell office:value-type="date" office:date-value="2024-01-31T00:00:00"><text:p>31.1.</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="1048572"><table:table-cell/></table:table-row>"#,
    );
    let (_folder, path) = kept("a.ods", &file);
    let rows = top(&path, Format::Ods, "A").expect("rows");
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 4]);
    let texts: Vec<&str> = rows[1].cells.iter().map(|cell| cell.text.as_str()).collect();
    assert_eq!(texts, ["1001", "a & b c", "a & b c", "2024-01-31"]);
}

#[test]
fn a_sheet_that_says_it_is_larger_than_any_is_refused() {
    let wide = r#"<table:table-row><table:table-cell table:number-columns-repeated="4000000000"><text:p>x</text:p></table:table-cell></table:table-row>"#;
    let tall = r#"<table:table-row table:number-rows-repeated="4000000000"><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"#;
    let long = format!(
        r#"<table:table-row table:number-rows-repeated="1000000"><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>"#,
        "x".repeat(1000)
    );
    for rows in [wide, tall, &long] {
        let (_folder, path) = kept("a.ods", &ods(rows));
        assert!(matches!(top(&path, Format::Ods, "A"), Err(IngestError::TooMuch { .. })));
    }
    let sheet = r#"<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row></sheetData></worksheet>"#;
    let book = |sheet: &str| {
        packed(&[
            ("xl/workbook.xml", r#"<workbook><sheets><sheet name="A" r:id="r1"/></sheets></workbook>"#),
            (
                "xl/_rels/workbook.xml.rels",
                r#"<Relationships><Relationship Id="r1" Target="worksheets/a.xml"/></Relationships>"#,
            ),
            ("xl/worksheets/a.xml", sheet),
        ])
    };
    let (_folder, path) = kept("a.xlsx", &book(sheet));
    assert_eq!(top(&path, Format::Xlsx, "A").expect("rows").len(), 2);
    for sheet in [
        r#"<worksheet><sheetData><row r="99999999999"><c><v>1</v></c></row></sheetData></worksheet>"#,
        r#"<worksheet><sheetData><row r="1"><c r="ZZZ1"><v>1</v></c></row></sheetData></worksheet>"#,
    ] {
        let (_folder, path) = kept("a.xlsx", &book(sheet));
        assert!(matches!(top(&path, Format::Xlsx, "A"), Err(IngestError::Damaged { .. })));
    }
}

fn read_all(path: &Path, format: Format) -> Result<usize, IngestError> {
    let book = Book::open(path, format)?;
    let mut cells = 0;
    for sheet in &book.sheets {
        let mut rows = book.rows(sheet)?;
        while rows.advance()? {
            cells += (0..rows.width()).filter(|ix| matches!(rows.cell(*ix), Some(Raw::Text(_)))).count();
        }
    }
    Ok(cells)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_workbooks_are_rows_or_a_sentence(at in 0.0f64..1.0, byte in any::<u8>(), keep in 0.0f64..1.0) {
        let file = ods(r#"<table:table-row table:number-rows-repeated="3"><table:table-cell office:value-type="float" office:value="1001"/><table:table-cell><text:p>&lt;x</text:p></table:table-cell></table:table-row>"#);
        for (name, format, whole) in [("a.ods", Format::Ods, file), ("a.xlsx", Format::Xlsx, drawn())] {
            let mut bytes = whole.clone();
            let nth = (at * bytes.len() as f64) as usize;
            bytes[nth] = byte;
            let (_folder, path) = kept(name, &bytes);
            let _ = read_all(&path, format);
            let (_folder, path) = kept(name, &whole[..(keep * whole.len() as f64) as usize]);
            let _ = read_all(&path, format);
        }
    }

    #[test]
    fn damaged_text_within_a_workbook_is_rows_or_a_sentence(at in 0usize..600, byte in "[<>/\"=&;0-9a-z]") {
        let mut rows = r#"<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="1001"/><table:table-cell><text:p>a<text:s text:c="2"/>b</text:p></table:table-cell></table:table-row>"#.to_owned();
        let at = at % rows.len();
        rows.replace_range(at..at + 1, &byte);
        let (_folder, path) = kept("a.ods", &ods(&rows));
        let _ = read_all(&path, Format::Ods);
    }
}
