//! `firemap risk`: every building or every area of a level by its risk score.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};

use super::coverage::write_json;
use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::model::Lang;
use crate::report::{risk_area_table, risk_areas, risk_table};

/// Arguments of `firemap risk`.
#[derive(Args)]
pub struct RiskArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// A row for each building, worst first, or for each area of a level and the whole city.
    #[arg(long, env = "FIREMAP_BY", value_enum)]
    by: By,
    /// The year whose same span fires are held against, by area; the year before where not said.
    #[arg(long, env = "FIREMAP_BASE_YEAR", value_name = "YEAR")]
    base_year: Option<i16>,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
}

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

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

/// Runs it.
pub fn run(args: RiskArgs, lang: Lang) -> Result<(), Failure> {
    let city = town::city(&args.store.store, &args.rules, lang)?;
    let legend = &city.risk_model().legend;
    eprintln!("{}", lang.pick(&legend.zh, &legend.en));
    let mut out = BufWriter::new(io::stdout().lock());
    let table = match args.by {
        By::Building => risk_table(&city),
        level => {
            let level = level.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
            risk_area_table(&risk_areas(&city, &level, args.base_year))
        }
    };
    let told = match args.format {
        Format::Table => table.write_text(&mut out),
        Format::Csv => table.write_csv(&mut out),
        Format::Json => write_json(&mut out, &table),
    };
    match told.and_then(|()| out.flush()) {
        // A reader such as `head` that has enough is no fault.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::CannotWrite { path: "stdout".to_owned(), detail: error.to_string() }.into())
        }
        _ => Ok(()),
    }
}
