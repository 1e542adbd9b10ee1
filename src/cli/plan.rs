//! `firemap plan hydrants`: where the next ones give most.

use std::io::{self, BufWriter, Write};

use clap::{Args, Subcommand, ValueEnum};

use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::analysis::Grade;
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

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum GradeArg {
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

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    Table,
    Csv,
    Json,
}

/// Runs it.
pub fn run(args: PlanArgs, lang: Lang) -> Result<(), Failure> {
    let What::Hydrants(args) = args.what;
    let city = town::city(&args.store.store, &args.rules, lang)?;
    let plan = plan_told(&city, usize::from(args.next), args.grade.into());
    let mut out = BufWriter::new(io::stdout().lock());
    let told = match args.format {
        Format::Table => plan_table(&plan, lang).write_text(&mut out),
        Format::Csv => plan_table(&plan, Lang::En).write_csv(&mut out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &plan).map_err(io::Error::from).and_then(|()| writeln!(out))
        }
    };
    match told.and_then(|()| out.flush()) {
        // A reader such as `head` that has enough is no fault.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(CommandError::CannotWrite { path: "stdout".to_owned(), detail: error.to_string() }.into());
        }
        _ => {}
    }
    match lang {
        Lang::Zh => eprintln!("任选 {} 处，新增建筑不会多于 {}。", args.next, plan.bound_buildings),
        Lang::En => eprintln!("No choice of {} gains more than {} buildings.", args.next, plan.bound_buildings),
    }
    Ok(())
}
