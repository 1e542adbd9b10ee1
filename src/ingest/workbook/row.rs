//! A row of a sheet: its texts in one buffer, its cells by column.

use std::ops::Range;

use crate::ingest::grid::rows::Raw;

/// The most columns of a sheet, as spreadsheet programs have them.
pub const MOST_COLUMNS: usize = 16_384;

/// The most rows of a sheet.
pub const MOST_ROWS: u64 = 1_048_576;

/// A cell; texts lie in the row's buffer.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    Blank,
    Text(Range<usize>),
    Number(f64),
    Bool(bool),
    Error(Range<usize>),
}

/// A row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its number, from 1.
    pub number: u64,
    text: String,
    cells: Vec<Held>,
}

impl Row {
    /// Makes it a blank one.
    pub fn clear(&mut self, number: u64) {
        self.number = number;
        self.text.clear();
        self.cells.clear();
    }

    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| *cell == Held::Blank)
    }

    /// Puts text into the buffer, to be held by cells. Blanks around it are left out; of nothing there is no text.
    pub fn keep(&mut self, text: &str) -> Option<Range<usize>> {
        let text = text.trim();
        let start = self.text.len();
        self.text.push_str(text);
        (!text.is_empty()).then_some(start..self.text.len())
    }

    /// Puts a cell at a column; false where there can be no such column.
    pub fn put(&mut self, column: usize, cell: Held) -> bool {
        if column >= MOST_COLUMNS {
            return false;
        }
        if column >= self.cells.len() {
            self.cells.resize(column + 1, Held::Blank);
        }
        if let Some(place) = self.cells.get_mut(column) {
            *place = cell;
        }
        true
    }

    /// Bytes of text in it.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Cells up to the last that holds something.
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// A cell, `None` where it is blank.
    pub fn cell(&self, ix: usize) -> Option<Raw<'_>> {
        let text = |range: &Range<usize>| self.text.get(range.clone());
        match self.cells.get(ix)? {
            Held::Blank => None,
            Held::Text(range) => text(range).map(Raw::Text),
            Held::Error(range) => text(range).map(Raw::Error),
            Held::Number(number) => Some(Raw::Number(*number)),
            Held::Bool(yes) => Some(Raw::Bool(*yes)),
        }
    }
}
