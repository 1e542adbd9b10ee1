//! `firemap fragile`: what fails first.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};

use super::plan::{Format, GradeArg};
use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::model::Lang;
use crate::report::{Failing, fragile_table, fragile_told};

/// Arguments of `firemap fragile`.
#[derive(Args)]
pub struct FragileArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// Hydrants whose failure leaves buildings without water; roads whose blocking cuts buildings off from every engine,
    /// or (detour) lets the first engine come much later.
    #[arg(long, env = "FIREMAP_WHAT", value_enum, default_value = "road")]
    what: What,
    /// How many, worst first.
    #[arg(long, env = "FIREMAP_MOST", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    most: u32,
    /// What hydrants must be to serve: nominal, serviceable or verified.
    #[arg(long, env = "FIREMAP_GRADE", value_enum, default_value = "serviceable")]
    grade: GradeArg,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Hydrant,
    Road,
    Detour,
}

/// Runs it.
pub fn run(args: FragileArgs, lang: Lang) -> Result<(), Failure> {
    let city = town::city(&args.store.store, &args.rules, lang)?;
    let what = match args.what {
        What::Hydrant => Failing::Hydrant,
        What::Road => Failing::Road,
        What::Detour => {
            city.ground().detours(&city);
            Failing::Detour
        }
    };
    let rows = fragile_told(&city, what, args.grade.into(), args.most as usize).unwrap_or_default();
    let mut out = BufWriter::new(io::stdout().lock());
    let told = match args.format {
        Format::Table => fragile_table(&rows, what, lang).write_text(&mut out),
        Format::Csv => fragile_table(&rows, what, Lang::En).write_csv(&mut out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &rows).map_err(io::Error::from).and_then(|()| writeln!(out))
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
