//! `firemap plan hydrants`: where the next ones give most.

use clap::{Args, Subcommand};

use super::printed::{Format, GradeArg, print, write_json, write_table};
use super::{Failure, RulesArg, StoreArg, town};
use crate::model::Lang;
use crate::report::{plan_table, plan_told};

/// Arguments of `firemap plan`.
#[derive(Args)]
pub struct PlanArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Places along the roads for hydrants, by the buildings they would serve that none serves now.
    Hydrants(HydrantsArgs),
}

#[derive(Args)]
struct HydrantsArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// How many.
    #[arg(long, env = "FIREMAP_NEXT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    next: u16,
    /// What those there are must be to serve: nominal, serviceable or verified.
    #[arg(long, env = "FIREMAP_GRADE", value_enum, default_value = "serviceable")]
    grade: GradeArg,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
}

/// Runs it.
pub fn run(args: PlanArgs, lang: Lang) -> Result<(), Failure> {
    let What::Hydrants(args) = args.what;
    let city = town::city(&args.store, &args.rules, lang)?;
    let plan = plan_told(&city, usize::from(args.next), args.grade.into());
    print(|out| match args.format {
        Format::Table => write_table(out, &plan_table(&plan, lang), args.format),
        Format::Csv => write_table(out, &plan_table(&plan, Lang::En), args.format),
        Format::Json => write_json(out, &plan),
    })?;
    match lang {
        Lang::Zh => eprintln!("任选 {} 处，新增建筑不会多于 {}。", args.next, plan.bound_buildings),
        Lang::En => eprintln!("No choice of {} gains more than {} buildings.", args.next, plan.bound_buildings),
    }
    Ok(())
}
