//! One table in Markdown.

use super::figures::time;
use std::time::Duration;

/// Rows as they are measured, told on stderr at once and printed together at the end.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 3]>,
    notes: Vec<String>,
}

impl Table {
    /// Adds a row: what was measured, firemap's figure, and what stands beside it in the same run.
    pub fn row(&mut self, what: impl Into<String>, firemap: impl Into<String>, beside: impl Into<String>) {
        let row = [what.into(), firemap.into(), beside.into()];
        eprintln!("  {}", row.join(" · "));
        self.rows.push(row);
    }

    /// Adds a sentence below the table.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        eprintln!("  ({note})");
        self.notes.push(note);
    }

    /// Prints it.
    pub fn print(&self, machine: &str) {
        println!("{machine}\n\n| | firemap | beside it, in the same run |\n|---|--:|---|");
        for [what, firemap, beside] in &self.rows {
            println!("| {what} | {firemap} | {beside} |");
        }
        println!();
        for note in &self.notes {
            println!("- {note}");
        }
    }
}

/// How many times as long as firemap another takes.
pub fn times(firemap: Duration, other: Duration) -> String {
    format!("{} (**{:.1}×**)", time(other), other.as_secs_f64() / firemap.as_secs_f64())
}
