//! `firemap fragile`: what fails first.

use clap::{Args, ValueEnum};

use super::printed::{Format, GradeArg, print, write_json, write_table};
use super::{Failure, RulesArg, StoreArg, town};
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
    let city = town::city(&args.store, &args.rules, lang)?;
    let what = match args.what {
        What::Hydrant => Failing::Hydrant,
        What::Road => Failing::Road,
        What::Detour => {
            city.ground().detours(&city);
            Failing::Detour
        }
    };
    let rows = fragile_told(&city, what, args.grade.into(), args.most as usize).unwrap_or_default();
    print(|out| match args.format {
        Format::Table => write_table(out, &fragile_table(&rows, what, lang), args.format),
        Format::Csv => write_table(out, &fragile_table(&rows, what, Lang::En), args.format),
        Format::Json => write_json(out, &rows),
    })?;
    Ok(())
}
