//! Rows of cells as every kind of table gives them, before anybody has said which row is the header.

use crate::ingest::error::IngestError;

/// A cell that holds something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    /// Text without blanks around it, never empty. Dates of spreadsheets come as ISO 8601.
    Text(&'a str),
    /// A number of a spreadsheet.
    Number(f64),
    /// Yes or no of a spreadsheet.
    Bool(bool),
    /// What a spreadsheet shows where a formula failed: `#REF!`.
    Error(&'a str),
}

impl Raw<'_> {
    /// The cell as a person reads it: 1001, not 1001.0.
    pub fn to_text(self) -> String {
        match self {
            Raw::Text(text) | Raw::Error(text) => text.to_owned(),
            Raw::Number(number) => number_text(number),
            Raw::Bool(yes) => if yes { "TRUE" } else { "FALSE" }.to_owned(),
        }
    }
}

/// A number of a spreadsheet as it shows it where no format says otherwise.
pub fn number_text(number: f64) -> String {
    // Nothing that a spreadsheet holds is more exact than 15 digits: 0.1 + 0.2 is 0.3 there.
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    match rounded.fract() == 0.0 && rounded.abs() < 1e15 {
        true => format!("{}", rounded as i64),
        false => format!("{rounded}"),
    }
}

/// The rows of a table, one after the other. Rows without any content may be left out.
pub trait Rows {
    /// Goes to the next row; false after the last.
    fn advance(&mut self) -> Result<bool, IngestError>;

    /// The row's number as a spreadsheet shows it, from 1.
    fn number(&self) -> u64;

    /// How many cells it has, blank ones at the end perhaps not counted.
    fn width(&self) -> usize;

    /// A cell by position, `None` where it is blank.
    fn cell(&self, ix: usize) -> Option<Raw<'_>>;

    /// How far the table has been read and how far it goes, in whatever unit.
    fn progress(&self) -> (u64, u64);
}

/// A row near the top of a table, kept while the header is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct TopRow {
    /// Its number as a spreadsheet shows it.
    pub number: u64,
    /// Its cells as text.
    pub cells: Vec<TopCell>,
}

/// A cell of such a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopCell {
    /// Its text, empty where it is blank.
    pub text: String,
    /// Whether it is a number, whatever the spreadsheet calls it.
    pub is_number: bool,
}

impl TopRow {
    /// The row at hand.
    pub fn of(rows: &dyn Rows) -> TopRow {
        let cell = |ix| match rows.cell(ix) {
            None => TopCell::default(),
            Some(raw) => {
                let text = raw.to_text();
                let digits = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'+' | b' '));
                let is_number = matches!(raw, Raw::Number(_)) || digits && text.bytes().any(|b| b.is_ascii_digit());
                TopCell { text, is_number }
            }
        };
        TopRow { number: rows.number(), cells: (0..rows.width()).map(cell).collect() }
    }

    /// The text of a cell, empty where there is none.
    pub fn text(&self, ix: usize) -> &str {
        self.cells.get(ix).map_or("", |cell| &cell.text)
    }

    /// How many cells hold something.
    pub fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.text.is_empty()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_a_spreadsheet_shows_them() {
        let texts: Vec<String> = [1001.0, 0.1 + 0.2, 106.551234, -3.0, 1e20, 0.0].map(number_text).into();
        assert_eq!(texts, ["1001", "0.3", "106.551234", "-3", "100000000000000000000", "0"]);
    }
}
