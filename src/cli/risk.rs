//! `firemap risk`: every building or every area of a level by its risk score.

use clap::Args;

use super::printed::{By, Format, print, write_table};
use super::{Failure, RulesArg, StoreArg, town};
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

/// Runs it.
pub fn run(args: RiskArgs, lang: Lang) -> Result<(), Failure> {
    let city = town::city(&args.store, &args.rules, lang)?;
    let legend = &city.risk_model().legend;
    eprintln!("{}", lang.pick(&legend.zh, &legend.en));
    let table = match args.by {
        By::Building => risk_table(&city),
        level => risk_area_table(&risk_areas(&city, &level.level(), args.base_year)),
    };
    print(|out| write_table(out, &table, args.format))?;
    Ok(())
}
