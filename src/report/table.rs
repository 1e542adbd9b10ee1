//! Tables for a terminal and for spreadsheets.

use std::io::{self, Write};

use unicode_normalization::char::is_combining_mark;

use crate::model::harmless;

/// How a column stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its heading.
    pub head: String,
    /// Numbers stand to the right.
    pub right: bool,
}

impl Column {
    /// A column of text.
    pub fn text(head: impl Into<String>) -> Column {
        Column { head: head.into(), right: false }
    }

    /// A column of numbers.
    pub fn number(head: impl Into<String>) -> Column {
        Column { head: head.into(), right: true }
    }
}

/// A table of text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as the columns.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Writes it aligned for a terminal, where a Chinese character is two columns wide.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let heads: Vec<String> = self.columns.iter().map(|column| column.head.clone()).collect();
        let mut widths: Vec<usize> = heads.iter().map(|head| width(head)).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(cell));
            }
        }
        for row in std::iter::once(&heads).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, column), widest) in row.iter().zip(&self.columns).zip(&widths) {
                let pad = " ".repeat(widest - width(cell));
                line.push_str(&if column.right { pad + cell } else { cell.clone() + &pad });
                line.push_str("  ");
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Writes it as CSV in UTF-8 with a byte order mark, so that spreadsheets read Chinese right. A cell that a
    /// spreadsheet would take for a formula is kept from it by a quote.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all("\u{feff}".as_bytes())?;
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        csv.write_record(self.columns.iter().map(|column| &column.head))?;
        for row in &self.rows {
            csv.write_record(row.iter().map(|cell| harmless(cell).into_owned()))?;
        }
        csv.flush()
    }
}

/// Columns a text takes on a terminal.
fn width(text: &str) -> usize {
    let wide = |c: char| matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x20000..=0x3fffd);
    text.chars().filter(|c| !is_combining_mark(*c)).map(|c| if wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            columns: vec![Column::text("名称"), Column::number("n")],
            rows: vec![vec!["江北".into(), "7".into()], vec!["=1+1".into(), "-12".into()]],
        }
    }

    #[test]
    fn columns_align_though_chinese_is_wide() {
        let mut out = vec![];
        table().write_text(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "名称    n\n江北    7\n=1+1  -12\n");
    }

    #[test]
    fn a_spreadsheet_sees_chinese_and_no_formula() {
        let mut out = vec![];
        table().write_csv(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\u{feff}名称,n\r\n江北,7\r\n'=1+1,-12\r\n");
    }
}
