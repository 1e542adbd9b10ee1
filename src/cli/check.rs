//! `firemap check`: what is missing, odd or contradictory in a store, and what it costs the results.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};
use serde::Serialize;

use super::printed::print;
use super::whole::write_whole;
use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::analysis::check::{Kind, Severity};
use crate::city::City;
use crate::model::{Lang, Layer};
use crate::report::check::{
    Group, LayerFillRow, check_city, fault_findings, fill_rows, fill_table, found_geojson, found_table, groups, listed,
    summary_table,
};

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
    Geojson,
}

/// Findings of a kind and layer that a table lists where not told otherwise.
const LISTED: usize = 5;

/// Arguments of `firemap check`.
#[derive(Args)]
pub struct CheckArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// This layer alone, such as hydrant.
    #[arg(long, env = "FIREMAP_LAYER")]
    layer: Option<String>,
    /// Findings of this kind alone, by its code; may be given again. `fill` is how full the fields are.
    #[arg(long, env = "FIREMAP_ONLY", value_name = "CODE", value_delimiter = ',')]
    only: Vec<String>,
    /// Lists so many of each kind; otherwise a table lists 5 and every other format all.
    #[arg(long, env = "FIREMAP_LIST", value_name = "N")]
    list: Option<usize>,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
    /// Writes to a file instead.
    #[arg(short, long, alias = "out", env = "FIREMAP_OUTPUT", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Ends with 1 where there are contradictions.
    #[arg(long, env = "FIREMAP_STRICT", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    strict: bool,
}

/// The word of `--only` for how full the fields are.
const FILL: &str = "fill";

/// Runs it; whether all is well, as `--strict` asks.
pub fn run(args: CheckArgs, lang: Lang) -> Result<bool, Failure> {
    let layer = args.layer.as_deref().map(named_layer).transpose()?;
    let kinds = args.only.iter().filter(|code| *code != FILL).map(|code| named_kind(code));
    let kinds = kinds.collect::<Result<Vec<Kind>, CommandError>>()?;
    let at = args.store.at()?;
    let store = at.open()?;
    let city = town::city_of(&*store, &args.rules, lang)?;
    let mut checked = check_city(&city);
    checked.findings.splice(..0, fault_findings(&city, &store.faults()));
    checked.findings.retain(|finding| {
        layer.is_none_or(|layer| finding.layer == layer) && (args.only.is_empty() || kinds.contains(&finding.kind))
    });
    checked.fill.retain(|fill| layer.is_none_or(|layer| fill.layer == layer));
    let with_fill = args.only.is_empty() || args.only.iter().any(|code| code == FILL);
    let fill = if with_fill { fill_rows(&checked.fill) } else { Vec::new() };
    let most = args.list.unwrap_or(if args.format == Format::Table { LISTED } else { usize::MAX });
    let groups = groups(&city, &checked.findings, most, &at.to_string());
    let told = Told { city: &city, groups: &groups, fill: &fill, lang };
    let only_fill = !args.only.is_empty() && kinds.is_empty();
    match &args.output {
        Some(path) => write_whole(path, true, |out| told.write(args.format, only_fill, out))?,
        None => print(|out| told.write(args.format, only_fill, out))?,
    }
    let contradicts = checked.findings.iter().any(|finding| finding.kind.severity() == Severity::Contradiction);
    Ok(!(args.strict && contradicts))
}

fn named_layer(name: &str) -> Result<Layer, CommandError> {
    let known = || Layer::ALL.map(Layer::name).join(", ");
    Layer::named(name).ok_or_else(|| CommandError::NoLayer { name: name.to_owned(), known: known() })
}

fn named_kind(code: &str) -> Result<Kind, CommandError> {
    let known = || Kind::ALL.iter().map(|kind| kind.code()).chain([FILL]).collect::<Vec<_>>().join(", ");
    Kind::named(code).ok_or_else(|| CommandError::NoFinding { code: code.to_owned(), known: known() })
}

/// All that is told, as JSON.
#[derive(Serialize)]
struct All<'a> {
    day: String,
    revision: u64,
    groups: &'a [Group<'a>],
    fill: &'a [LayerFillRow],
}

/// What is told, and in which language.
struct Told<'a> {
    city: &'a City,
    groups: &'a [Group<'a>],
    fill: &'a [LayerFillRow],
    lang: Lang,
}

impl Told<'_> {
    fn write(&self, format: Format, only_fill: bool, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Table => self.write_text(out),
            Format::Csv if only_fill => fill_table(self.fill, self.lang, true).write_csv(out),
            Format::Csv => found_table(self.groups).write_csv(out),
            Format::Geojson => found_geojson(self.groups, out),
            Format::Json => {
                let day = self.city.day().to_string();
                let all = All { day, revision: self.city.revision().0, groups: self.groups, fill: self.fill };
                serde_json::to_writer_pretty(&mut *out, &all)?;
                writeln!(out)
            }
        }
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let lang = self.lang;
        if self.groups.is_empty() {
            writeln!(out, "{}", lang.pick("没有发现问题。", "Nothing found."))?;
        } else {
            summary_table(self.groups, lang).write_text(out)?;
        }
        for group in self.groups {
            writeln!(out)?;
            listed(group, lang, out)?;
        }
        let fill = fill_table(self.fill, lang, false);
        if !fill.rows.is_empty() {
            writeln!(out, "\n{}", lang.pick("大多为空的字段：", "Fields that are empty in most rows:"))?;
            fill.write_text(out)?;
        }
        Ok(())
    }
}
