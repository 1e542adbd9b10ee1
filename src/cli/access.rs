//! `firemap access`: who gets to each building, and how lanes and high-rises stand to the rules.

use clap::{Args, ValueEnum};

use super::printed::{Format, print, write_table};
use super::{Failure, RulesArg, StoreArg, town};
use crate::model::{Lang, Layer};
use crate::report::{access_findings_table, access_summary, access_table};

/// Arguments of `firemap access`.
#[derive(Args)]
pub struct AccessArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// A row for each building; for each finding about a lane; or for each finding, high-rises and ladder fields too.
    #[arg(long, env = "FIREMAP_BY", value_enum)]
    by: By,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum By {
    Building,
    Lane,
    Finding,
}

/// Runs it.
pub fn run(args: AccessArgs, lang: Lang) -> Result<(), Failure> {
    let city = town::city(&args.store, &args.rules, lang)?;
    if city.ground().access(&city).rules().is_silent() {
        let hint = lang.pick(
            "所用规则包没有消防车道与登高操作场地的规则，只列出车辆能否到达。",
            "The rules in use say nothing of lanes and ladder fields; only who gets where is told.",
        );
        eprintln!("{hint}");
    }
    let table = match (args.by, args.format) {
        (By::Building, _) => access_table(&city),
        (By::Lane, Format::Table) => access_summary(&city, Some(Layer::Lane), lang),
        (By::Finding, Format::Table) => access_summary(&city, None, lang),
        (By::Lane, _) => access_findings_table(&city, Some(Layer::Lane), lang),
        (By::Finding, _) => access_findings_table(&city, None, lang),
    };
    print(|out| write_table(out, &table, args.format))?;
    Ok(())
}
