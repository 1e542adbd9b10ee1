//! `firemap coverage`: the rates, as a table, CSV or JSON.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};

use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::model::{Lang, Speak};
use crate::report::{Table, area_rows, area_table, building_rows, building_table};

/// What a row is.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum By {
    Building,
    District,
    Subdistrict,
    Community,
    Grid,
    Estate,
    Quarter,
    BuiltUp,
}

/// How rows are written.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

/// Arguments of `firemap coverage`.
#[derive(Args)]
pub struct CoverageArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// A row for each building and grade, or for each area of a level.
    #[arg(long, env = "FIREMAP_BY", value_enum)]
    by: By,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
}

/// Runs it.
pub fn run(args: CoverageArgs, lang: Lang) -> Result<(), Failure> {
    let city = town::city(&args.store.store, &args.rules.rules, lang)?;
    if let Some(why) = city.rules().unassessed() {
        let (zh, en) = ("覆盖未评估：", "Coverage is not assessed: ");
        eprintln!("firemap: {}{}", lang.pick(zh, en), why.say(lang));
    }
    let level = args.by.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    if !matches!(args.by, By::Building) && area_rows(&city, &level).is_empty() {
        let hint = lang.pick(
            "数据中没有这一级区划，请先导入区划图层。",
            "The store has no areas of this level; import an area layer first.",
        );
        eprintln!("{hint}");
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let told = match (args.by, args.format) {
        (By::Building, Format::Json) => write_json(&mut out, &building_table(&building_rows(&city))),
        (By::Building, format) => write(&mut out, &building_table(&building_rows(&city)), format),
        (_, Format::Json) => serde_json::to_writer_pretty(&mut out, &area_rows(&city, &level))
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out)),
        (_, format) => {
            write(&mut out, &area_table(&area_rows(&city, &level), lang, matches!(format, Format::Csv)), format)
        }
    };
    match told.and_then(|()| out.flush()) {
        // A reader such as `head` that has enough is no fault.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::CannotWrite { path: "stdout".to_owned(), detail: error.to_string() }.into())
        }
        _ => Ok(()),
    }
}

fn write(out: &mut dyn Write, table: &Table, format: Format) -> io::Result<()> {
    match format {
        Format::Csv => table.write_csv(out),
        _ => table.write_text(out),
    }
}

/// A table as a JSON array of objects; numbers stay numbers, empty cells are null.
fn write_json(out: &mut dyn Write, table: &Table) -> io::Result<()> {
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
