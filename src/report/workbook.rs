//! Tables as XLSX: typed cells, a heading that stays, widths that fit, and a sheet that says what it is.

use std::io::{self, Write};

use jiff::civil::Date;
use rust_xlsxwriter::{Color, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet, XlsxError};

/// What a cell of a sheet holds.
#[derive(Clone, Debug, PartialEq)]
pub enum SheetCell {
    /// Nothing.
    Empty,
    /// Text, never a formula.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Bool(bool),
    /// A day.
    Day(Date),
}

/// A sheet with its heading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Its name, at most 31 characters.
    pub name: String,
    /// Its columns.
    pub heads: Vec<String>,
    /// Its rows, each as long as the heading.
    pub rows: Vec<Vec<SheetCell>>,
}

/// What a file is: a name and what is to be said, line by line.
pub type About = Vec<(String, String)>;

/// Characters of a cell at most.
pub const LONGEST_CELL: usize = 32_767;
/// Rows of a sheet at most, the heading included.
const MOST_ROWS: usize = 1_048_576;
/// The widest column, in characters.
const WIDEST: usize = 60;
/// Rows whose cells are measured for the width of columns.
const MEASURED: usize = 500;

/// Writes a sheet and, behind it, what it is. Texts that no cell can hold are left out; how many.
pub fn write_workbook(sheet: &Sheet, about: &About, out: &mut dyn Write) -> io::Result<u64> {
    if sheet.rows.len() >= MOST_ROWS {
        let what = format!("XLSX holds {} rows at most, and there are {}", MOST_ROWS - 1, sheet.rows.len());
        return Err(io::Error::other(what));
    }
    let mut book = Workbook::new();
    let left_out = fill(book.add_worksheet(), sheet).map_err(io::Error::other)?;
    let cell = |text: &String| SheetCell::Text(text.clone());
    let mut rows: Vec<Vec<SheetCell>> = about.iter().map(|(name, text)| vec![cell(name), cell(text)]).collect();
    if left_out > 0 {
        let name = "没有写入 / Left out".to_owned();
        let text = format!("{left_out} × > {LONGEST_CELL} 字符 / characters: .gpkg, .geojson, .csv");
        rows.push(vec![SheetCell::Text(name), SheetCell::Text(text)]);
    }
    let heads = ["项目 / Item", "内容 / Content"].map(str::to_owned).into();
    fill(book.add_worksheet(), &Sheet { name: ABOUT.to_owned(), heads, rows }).map_err(io::Error::other)?;
    out.write_all(&book.save_to_buffer().map_err(io::Error::other)?)?;
    Ok(left_out)
}

/// The name of the sheet, or table, that says what a file is.
pub const ABOUT: &str = "firemap_about";

fn fill(page: &mut Worksheet, sheet: &Sheet) -> Result<u64, XlsxError> {
    let head =
        Format::new().set_bold().set_background_color(Color::RGB(0xE8_EE_F4)).set_border_bottom(FormatBorder::Thin);
    let day = Format::new().set_num_format("yyyy-mm-dd");
    page.set_name(&sheet.name)?;
    page.set_freeze_panes(1, 0)?;
    let mut left_out = 0;
    for (nth, name) in sheet.heads.iter().enumerate() {
        let column = u16::try_from(nth).map_err(|_| XlsxError::RowColumnLimitError)?;
        page.write_string_with_format(0, column, name, &head)?;
        let cells = sheet.rows.iter().take(MEASURED).filter_map(|row| row.get(nth));
        let widest = cells.map(width).chain([text_width(name)]).max().unwrap_or(8);
        page.set_column_width(column, (widest + 2).min(WIDEST) as f64)?;
    }
    for (nth, cells) in sheet.rows.iter().enumerate() {
        let row = u32::try_from(nth + 1).map_err(|_| XlsxError::RowColumnLimitError)?;
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                SheetCell::Empty => {}
                SheetCell::Text(text) if text.encode_utf16().count() > LONGEST_CELL => left_out += 1,
                SheetCell::Text(text) => drop(page.write_string(row, column, text)?),
                SheetCell::Number(n) => drop(page.write_number(row, column, *n)?),
                SheetCell::Bool(yes) => drop(page.write_boolean(row, column, *yes)?),
                // Spreadsheets count days from 1900 on.
                SheetCell::Day(date) => match excel_day(*date) {
                    Some(date) => drop(page.write_datetime_with_format(row, column, &date, &day)?),
                    None => drop(page.write_string(row, column, date.to_string())?),
                },
            }
        }
    }
    if !sheet.heads.is_empty() && !sheet.rows.is_empty() {
        let last = u16::try_from(sheet.heads.len() - 1).map_err(|_| XlsxError::RowColumnLimitError)?;
        let bottom = u32::try_from(sheet.rows.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
        page.autofilter(0, 0, bottom, last)?;
    }
    Ok(left_out)
}

fn excel_day(date: Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok().filter(|year| *year > 1900)?;
    ExcelDateTime::from_ymd(year, u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()
}

fn width(cell: &SheetCell) -> usize {
    match cell {
        SheetCell::Empty => 0,
        SheetCell::Text(text) => text_width(text),
        SheetCell::Number(n) => n.to_string().len(),
        SheetCell::Bool(_) => 5,
        SheetCell::Day(_) => 10,
    }
}

/// A Chinese character is two columns wide.
fn text_width(text: &str) -> usize {
    text.chars().take(WIDEST).map(|c| if u32::from(c) > 0x2e80 { 2 } else { 1 }).sum()
}
