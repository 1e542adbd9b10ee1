//! What commands print: rows as text, CSV or JSON, to whoever reads.

use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use serde::Serialize;

use super::CommandError;
use crate::analysis::Grade;
use crate::report::Table;

/// What a row is.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum By {
    Building,
    District,
    Subdistrict,
    Community,
    Grid,
    Estate,
    Quarter,
    BuiltUp,
}

impl By {
    /// The word of a level of areas.
    pub fn level(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// How rows are written.
#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    Table,
    Csv,
    Json,
}

/// What a hydrant must be to serve.
#[derive(Clone, Copy, ValueEnum)]
pub enum GradeArg {
    Nominal,
    Serviceable,
    Verified,
}

impl From<GradeArg> for Grade {
    fn from(grade: GradeArg) -> Grade {
        match grade {
            GradeArg::Nominal => Grade::Nominal,
            GradeArg::Serviceable => Grade::Serviceable,
            GradeArg::Verified => Grade::Verified,
        }
    }
}

/// Writes to the standard output. A reader such as `head` that has enough is no fault.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::CannotWrite { path: "stdout".to_owned(), detail: error.to_string() })
        }
        _ => Ok(()),
    }
}

/// A table in a format.
pub fn write_table(out: &mut dyn Write, table: &Table, format: Format) -> io::Result<()> {
    match format {
        Format::Table => table.write_text(out),
        Format::Csv => table.write_csv(out),
        Format::Json => write_rows(out, table),
    }
}

/// Anything as JSON that people can read.
pub fn write_json(mut out: &mut dyn Write, what: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, what)?;
    writeln!(out)
}

/// A table as a JSON array of objects; numbers stay numbers, empty cells are null.
fn write_rows(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    let object = |row: &Vec<String>| -> serde_json::Map<String, serde_json::Value> {
        let value = |cell: &String, number: bool| match cell.as_str() {
            "" => serde_json::Value::Null,
            text if number => text.parse().map_or(serde_json::Value::Null, serde_json::Value::Number),
            text => text.into(),
        };
        table.columns.iter().zip(row).map(|(column, cell)| (column.head.clone(), value(cell, column.right))).collect()
    };
    out.write_all(b"[\n")?;
    for (nth, row) in table.rows.iter().enumerate() {
        if nth > 0 {
            out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut *out, &object(row))?;
    }
    out.write_all(b"\n]\n")
}
