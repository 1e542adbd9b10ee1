//! Tables as offices keep them: titles above the header, merged heads, units, commas, angles, words of their own.

#![allow(clippy::unwrap_used)] // Helpers of tests, too.

mod real_data;
mod town;

use firemap::ingest::{ColumnReport, FileReport, IngestError, Numerals, Options, Tables, Why};
use firemap::model::{Layer, Place, Speak, Value, hydrant};
use real_data::real_data;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use town::Town;

fn has(report: &FileReport, code: &str) -> bool {
    report.remarks.iter().any(|(remark, _)| remark.code() == code)
}

fn column<'a>(report: &'a FileReport, name: &str) -> &'a ColumnReport {
    report.columns.iter().find(|column| &*column.column == name).unwrap()
}

fn number(town: &Town, key: &str, field: &str) -> Option<f64> {
    let (ix, _) = Layer::Hydrant.field(field).unwrap();
    match town.feature(Layer::Hydrant, key).attributes.as_ref().unpack(Layer::Hydrant)[ix] {
        Some(Value::Real(n)) => Some((n * 1e6).round() / 1e6),
        Some(Value::Integer(n)) => Some(n as f64),
        _ => None,
    }
}

const PLACE: Place = Place { lon: 1_065_500_000, lat: 295_600_000 };

/// A workbook as a water company keeps it: a cover, two districts, notes.
fn ledger() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("封面").unwrap().write(0, 0, "市政消火栓台账").unwrap();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let head = Format::new();
    for (name, first) in [("一区", 1001), ("二区", 1001)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        sheet.merge_range(0, 0, 0, 6, "市政消火栓台账", &head).unwrap();
        sheet.write(1, 0, "填表单位：某水务").unwrap().write(1, 5, "2024年1月").unwrap();
        sheet.merge_range(3, 0, 4, 0, "编号", &head).unwrap();
        sheet.merge_range(3, 1, 3, 2, "坐标", &head).unwrap();
        for (nth, name) in ["水压(kPa)", "管径", "检查日期", "使用状态"].iter().enumerate() {
            sheet.merge_range(3, 3 + nth as u16, 4, 3 + nth as u16, name, &head).unwrap();
        }
        sheet.write(4, 1, "经度").unwrap().write(4, 2, "纬度").unwrap();
        for nth in 0..3u32 {
            let row = 5 + nth;
            sheet.write(row, 0, first + nth).unwrap();
            sheet.write(row, 1, 106.55 + f64::from(nth) / 1000.0).unwrap();
            sheet.write_formula(row, 2, Formula::new("=29+0.56").set_result("29.56")).unwrap();
            sheet.write(row, 3, 300).unwrap().write(row, 4, "DN100").unwrap();
            sheet.write_with_format(row, 5, ExcelDateTime::from_ymd(2024, 1, 31).unwrap(), &day).unwrap();
            sheet.write(row, 6, "完好").unwrap();
        }
        sheet.write_formula(7, 3, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write(8, 0, "合计").unwrap().write(8, 3, 900).unwrap();
        sheet.write(10, 0, "制表人：甲").unwrap();
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_is_read_sheet_by_sheet_as_it_shows_itself() {
    let town = Town::new();
    let file = town.file("消火栓台账.xlsx", ledger());
    let report = town.import(&[&file]).unwrap();
    let names: Vec<&str> = report.files.iter().map(|file| &*file.file).collect();
    assert_eq!(names, ["消火栓台账.xlsx/一区", "消火栓台账.xlsx/二区"]);
    assert_eq!(report.passed_over.iter().map(|over| over.file.as_str()).collect::<Vec<_>>(), ["消火栓台账.xlsx/封面"]);
    let told = &report.files[0];
    assert!(told.adds_up());
    assert_eq!((told.read, told.kept, told.ignored_in_all()), (5, 3, 2), "{told:#?}");
    assert!(has(told, "header_row"));
    assert_eq!(column(told, "水压(kPa)").unread, 1);
    let one = town.features(Layer::Hydrant).into_iter().find(|one| &*one.source == "消火栓台账/二区").unwrap();
    assert_eq!((&*one.source_key, one.shape.first(), one.origin.row), ("1001", PLACE, 6));
    assert_eq!(one.attributes.as_ref().text(Layer::Hydrant, hydrant::NAME), Some("1001"));
    assert_eq!(one.attributes.as_ref().number(Layer::Hydrant, hydrant::PRESSURE_MPA), Some(0.3));
    assert_eq!(one.attributes.as_ref().date(Layer::Hydrant, hydrant::INSPECTED), Some(19_753));
    let again = town.import(&[&file]).unwrap();
    assert!(again.counts.iter().all(|(_, counts)| counts.added + counts.changed == 0));

    let only = |sheet: &str| Options {
        tables: Tables { sheet: Some(sheet.into()), ..Tables::default() },
        ..Options::default()
    };
    let report = town.import_with(&[&file], &only("二区")).unwrap();
    assert_eq!((report.files.len(), report.counts[0].1.unchanged), (1, 3));
    assert_eq!(town.import_with(&[&file], &only("三区")).unwrap_err().code(), "sheet_unknown");
    assert_eq!(town.import(&[&file.join("一区")]).unwrap().kept(), 3);
    assert_eq!(town.import(&[&file.join("封面")]).unwrap_err().code(), "columns_no_place");
}

#[test]
fn a_workbook_of_one_sheet_is_known_by_its_file() {
    let town = Town::new();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (nth, head) in ["编号", "经度", "纬度"].iter().enumerate() {
        sheet.write(0, nth as u16, *head).unwrap();
    }
    sheet.write(1, 0, "A").unwrap().write(1, 1, 106.55).unwrap().write(1, 2, 29.56).unwrap();
    book.add_worksheet();
    let report = town.import(&[&town.file("消火栓.xlsx", book.save_to_buffer().unwrap())]).unwrap();
    assert_eq!((&*report.files[0].source, report.kept()), ("消火栓", 1));
    assert_eq!(report.passed_over.len(), 1);
    let old = town.import(&[&town.file("消火栓.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")]).unwrap_err();
    assert_eq!(old.code(), "workbook_save_as_xlsx");
}

#[test]
fn titles_units_and_second_heads_are_no_records() {
    let town = Town::new();
    let text = "某区消火栓台账,,,,,\n\n编号,位置,,测试,,状态\n,经度,纬度,水压,流量,\n,,,bar,m³/h,\nX-1,106.55,29.56,3,36,完好\n\
                编号,位置,,测试,,状态\nX-2,106.56,29.56,4,72,待修\n合计,,,,108,\n注：以上由水务提供,,,,,\n,,,,,\n";
    let report = town.import(&[&town.file("消火栓.csv", text)]).unwrap();
    let told = &report.files[0];
    assert!(told.adds_up(), "{told:#?}");
    assert_eq!(told.kept, 2, "{told:#?}");
    assert_eq!(number(&town, "X-1", "pressure_mpa"), Some(0.3));
    assert_eq!(number(&town, "X-2", "flow_lps"), Some(20.0));
    assert_eq!(town.feature(Layer::Hydrant, "X-1").origin.row, 6);
    assert_eq!(column(told, "测试/水压").unit, "bar");
    assert_eq!(told.unmatched.iter().collect::<Vec<_>>(), [(&("state", "待修".to_owned()), &1)]);

    let words = vec![("state".to_owned(), "待修".to_owned(), "out_of_service".to_owned())];
    let options = Options { tables: Tables { words, ..Tables::default() }, ..Options::default() };
    town.import_with(&[&town.file("消火栓.csv", text)], &options).unwrap();
    let state = town.feature(Layer::Hydrant, "X-2").attributes;
    assert_eq!(state.as_ref().choice(Layer::Hydrant, hydrant::STATE), Some("out_of_service"));
    let wrong = vec![("state".to_owned(), "待修".to_owned(), "broke".to_owned())];
    let options = Options { tables: Tables { words: wrong, ..Tables::default() }, ..Options::default() };
    assert_eq!(town.import_with(&[&town.file("消火栓.csv", text)], &options).unwrap_err().code(), "word_code_unknown");
}

#[test]
fn numbers_that_cannot_be_in_the_fields_unit_wait_for_a_person() {
    let town = Town::new();
    let text = "编号,经度,纬度,水压,管径\nX-1,106.55,29.56,3,4\nX-2,106.56,29.56,2.5,6\n";
    let file = town.file("消火栓.csv", text);
    let report = town.import(&[&file]).unwrap();
    assert!(has(&report.files[0], "unit_missing"));
    assert_eq!((number(&town, "X-1", "pressure_mpa"), number(&town, "X-1", "diameter_mm")), (None, None));
    assert!(town.extra(Layer::Hydrant, "X-1").unwrap().contains("水压"));
    let units = vec![("pressure_mpa".to_owned(), "bar".to_owned()), ("diameter_mm".to_owned(), "mm".to_owned())];
    let options = |units| Options { tables: Tables { units, ..Tables::default() }, ..Options::default() };
    let report = town.import_with(&[&file], &options(units)).unwrap();
    assert!(!has(&report.files[0], "unit_missing"));
    assert_eq!(number(&town, "X-1", "pressure_mpa"), Some(0.3));
    let wrong = vec![("pressure_mpa".to_owned(), "kg".to_owned())];
    assert_eq!(town.import_with(&[&file], &options(wrong)).unwrap_err().code(), "unit_unknown");
}

#[test]
fn what_commas_mean_is_told_by_the_column() {
    let town = Town::new();
    let german = "Nummer;Länge;Breite;flow (L/s)\nH1;106,55;29,56;1,234\nH2;106,56;29,56;2,5\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(german);
    let map = vec![("lon".to_owned(), "Länge".to_owned()), ("lat".to_owned(), "Breite".to_owned())];
    let options = Options {
        layer: Some(Layer::Hydrant),
        map: [map.clone(), vec![("name".into(), "Nummer".into())]].concat(),
        ..Options::default()
    };
    let report = town.import_with(&[&town.file("a.csv", &bytes)], &options).unwrap();
    assert!(has(&report.files[0], "decimal_comma") && has(&report.files[0], "encoding_guessed"));
    let flows: Vec<_> = town
        .features(Layer::Hydrant)
        .iter()
        .map(|one| one.attributes.as_ref().number(Layer::Hydrant, hydrant::FLOW_LPS))
        .collect();
    assert_eq!(flows, [Some(1.234), Some(2.5)]);

    let unsure = town.file("b.csv", "编号,经度,纬度,标高\nX-1,106.55,29.56,\"1,234\"\n");
    let options = |numerals| Options {
        layer: Some(Layer::Hydrant),
        tables: Tables { numerals, ..Tables::default() },
        ..Options::default()
    };
    let report = town.import_with(&[&unsure], &options(None)).unwrap();
    assert!(has(&report.files[0], "thousands_unsure"));
    assert_eq!(number(&town, "X-1", "elevation_m"), Some(1234.0));
    town.import_with(&[&unsure], &options(Some(Numerals::Point))).unwrap();
    assert_eq!(number(&town, "X-1", "elevation_m"), Some(1234.0));
}

#[test]
fn a_place_is_read_however_it_is_written() {
    let town = Town::new();
    let put = |name: &str, text: &str| {
        let options = Options { layer: Some(Layer::Hydrant), ..Options::default() };
        town.import_with(&[&town.file(name, text)], &options)
    };
    for (nth, text) in [
        "编号,经度,纬度\nX,106°33'00\"E,29°33'36\"N\n",
        "编号,经度,纬度\nX,东经106度33分,北纬29度33分36秒\n",
        "编号,经度,纬度\nX,106 33 0,29 33 36\n",
        "编号,坐标\nX,\"106.55,29.56\"\n",
        "编号,坐标\nX,\"29.56,106.55\"\n",
        "编号,纬度经度\nX,\"29.56N 106.55E\"\n",
        "编号,位置信息\nX,\"106.55, 29.56\"\n",
        "编号,geometry\nX,\"{\"\"type\"\":\"\"Point\"\",\"\"coordinates\"\":[106.55,29.56]}\"\n",
        "编号,形状\nX,POINT (106.55 29.56)\n",
        "编号\t纬度\t经度\nX\t29.56\t106.55\n",
        "sep=;\n编号;经度;纬度\nX;106,55;29,56\n",
    ]
    .iter()
    .enumerate()
    {
        let report = put(&format!("h{nth}.csv"), text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(report.kept(), 1, "{text}");
        let one = town.features(Layer::Hydrant).into_iter().find(|one| *one.source == format!("h{nth}")).unwrap();
        assert_eq!(one.shape.first(), PLACE, "{text}");
    }
    let code = |text: &str| put("e.csv", text).unwrap_err().code();
    assert_eq!(code("编号,经度,纬度\nX,1063312.5,293312\nY,1063313.5,293313\n"), "angles_packed");
    assert_eq!(code("id,coords\nX,\"51.2,6.7\"\nY,\"51.3,6.8\"\n"), "pair_order_unclear");
    assert_eq!(code("a,b\n1,2\n"), "columns_no_place");
    let options = |map: &[(&str, &str)], header_row| Options {
        layer: Some(Layer::Hydrant),
        map: map.iter().map(|(field, column)| (field.to_string(), column.to_string())).collect(),
        tables: Tables { header_row, ..Tables::default() },
        ..Options::default()
    };
    let pairs = town.file("p.csv", "id,coords\nX,\"51.2,6.7\"\n");
    town.import_with(&[&pairs], &options(&[("latlon", "coords")], None)).unwrap();
    let one = town.features(Layer::Hydrant).into_iter().find(|one| &*one.source == "p").unwrap();
    assert_eq!(one.shape.first(), Place { lon: 67_000_000, lat: 512_000_000 });
    let bare = town.file("bare.csv", "X,106.55,29.56\nY,106.56,29.56\n");
    let map = [("lon", "column 2"), ("lat", "column 3"), ("name", "column 1")];
    assert_eq!(town.import_with(&[&bare], &options(&map, Some(0))).unwrap().kept(), 2);
    let beyond = town.import_with(&[&bare], &options(&[], Some(99))).unwrap_err();
    assert!(matches!(beyond, IngestError::NoSuchRow { row: 99, .. }));
}

#[test]
fn near_names_are_taken_and_mere_contents_are_proposed() {
    let town = Town::new();
    let text = "消火拴编号,经度,纬度,hydrant_pressure_bar,规格,设计压力,评定\n\
                X-1,106.55,29.56,3,DN100,0.6MPa,完好\nX-2,106.56,29.56,4,DN150,0.6MPa,损坏\nX-3,106.57,29.56,4,DN150,0.6MPa,完好\n";
    let report = town.import(&[&town.file("消火栓.csv", text)]).unwrap();
    let told = &report.files[0];
    assert!(matches!(column(told, "消火拴编号").why, Some(Why::Similar { .. })));
    assert_eq!(number(&town, "X-1", "pressure_mpa"), Some(0.3));
    let proposed = |name: &str| (column(told, name).field, column(told, name).taken);
    assert_eq!(proposed("规格"), (Some("diameter_mm"), false));
    assert_eq!(proposed("评定"), (Some("state"), false));
    assert_eq!(proposed("设计压力"), (None, false));
    assert_eq!(number(&town, "X-1", "diameter_mm"), None);
    // What a person leaves aside stays aside.
    let map = vec![("none".to_owned(), "hydrant_pressure_bar".to_owned())];
    let report = town.import_with(&[&town.file("消火栓.csv", text)], &Options { map, ..Options::default() }).unwrap();
    assert!(!column(&report.files[0], "hydrant_pressure_bar").taken);
}

#[test]
fn examples_of_what_not_everybody_may_see_are_not_shown() {
    let town = Town::new();
    let text = "场所名称,经度,纬度,联系人\n一号市场,106.55,29.56,SECRET-MARKER\n";
    let report = town.import(&[&town.file("场所.csv", text)]).unwrap();
    assert!(column(&report.files[0], "联系人").taken);
    assert!(!format!("{report:?}").contains("SECRET-MARKER"));
}

#[test]
fn every_encoding_gives_the_same_features() {
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, GB18030, SHIFT_JIS, UTF_8, WINDOWS_1252};
    let texts = [
        ("编号,经度,纬度,位置\n一,106.55,29.56,解放碑\n", vec![GB18030, UTF_8]),
        ("編號,經度,緯度,位置\n一,106.55,29.56,臺北市中正區\n", vec![BIG5, UTF_8]),
        ("번호,경도,위도,주소\n하나,106.55,29.56,서울특별시 종로구\n", vec![EUC_KR, UTF_8]),
        ("番号,経度,緯度,住所\n一,106.55,29.56,静岡県焼津市\n", vec![SHIFT_JIS, EUC_JP, UTF_8]),
        ("Nummer,lon,lat,Straße\nÄ1,106.55,29.56,Königsallee\n", vec![WINDOWS_1252, UTF_8]),
    ];
    for (text, encodings) in texts {
        let mut places: Vec<(String, Option<String>)> = Vec::new();
        for encoding in encodings {
            let town = Town::new();
            let options = Options { layer: Some(Layer::Hydrant), source: Some("a".into()), ..Options::default() };
            let (bytes, _, unmappable) = encoding.encode(text);
            assert!(!unmappable);
            let report = town.import_with(&[&town.file("a.csv", &bytes)], &options).unwrap();
            assert_eq!(report.kept(), 1, "{} {text}", encoding.name());
            let one = &town.features(Layer::Hydrant)[0];
            places.push((
                format!("{:?}", one.attributes.as_ref().unpack(Layer::Hydrant)),
                town.extra(Layer::Hydrant, &one.source_key),
            ));
        }
        assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{places:#?}");
    }
    let town = Town::new();
    let options = |encoding: &str| Options {
        tables: Tables { encoding: Some(encoding.into()), ..Tables::default() },
        ..Options::default()
    };
    let file = town.file("消火栓.csv", "编号,lon,lat\nX,106.55,29.56\n");
    assert_eq!(town.import_with(&[&file], &options("klingon")).unwrap_err().code(), "encoding_unknown");
    assert_eq!(town.import_with(&[&file], &options("utf-8")).unwrap().kept(), 1);
}

#[test]
fn the_wells_of_yaizu_are_no_hydrants_in_service() {
    let Some(wells) = real_data("yaizu/消防水利施設一覧_222127_fire_hydrant.csv") else { return };
    let town = Town::new();
    let report = town.import(&[&wells]).unwrap();
    let told = &report.files[0];
    assert_eq!((told.read, told.kept), (193, 193));
    let field = |name: &str| column(told, name).field.filter(|_| column(told, name).taken);
    assert_eq!(field("種別"), Some("kind"));
    assert_eq!(field("所在地_連結表記"), Some("address"));
    assert_eq!(field("口径"), Some("diameter_mm"));
    assert_eq!(field("全国地方公共団体コード"), None);
    assert!(told.unmatched.is_empty(), "{:?}", told.unmatched);
    assert!(has(told, "state_unknown"));
    let text = std::fs::read_to_string(&wells).unwrap();
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let file = town.file(wells.file_name().unwrap().to_str().unwrap(), &bytes);
    let again = town.import(&[&file]).unwrap();
    assert!(has(&again.files[0], "encoding_guessed"), "{:#?}", again.files[0].remarks);
    assert_eq!(again.counts[0].1.unchanged, 193);
}
