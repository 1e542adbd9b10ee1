//! `firemap history` and `firemap diff`: who changed what, and what differs between two moments.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use clap::Args;
use serde::Serialize;

use super::printed::{Format, print, write_json, write_table};
use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::city::City;
use crate::live::{Moment, PastFault, city_at};
use crate::model::{Feature, FeatureId, Lang, Layer};
use crate::report::{
    Counts, DifferenceTold, counts, counts_table, differences, differences_table, history, history_table,
};
use crate::store::{Revision, Span};

/// Arguments of `firemap history`.
#[derive(Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    store: StoreArg,
    /// Only this layer, such as hydrant.
    layer: Option<String>,
    /// Only this feature of it.
    #[arg(requires = "layer")]
    id: Option<u64>,
    /// Only what came after this revision.
    #[arg(long, env = "FIREMAP_AFTER", default_value_t = 0, value_name = "REVISION")]
    after: u64,
    /// Only what came up to this revision.
    #[arg(long, env = "FIREMAP_UNTIL_REVISION", value_name = "REVISION")]
    until: Option<u64>,
    /// How many changes, newest first.
    #[arg(long, env = "FIREMAP_MOST", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    most: u32,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
}

/// Runs `firemap history`.
pub fn run(args: HistoryArgs, lang: Lang) -> Result<(), Failure> {
    let layer = args.layer.as_deref().map(layer_of).transpose()?;
    let store = args.store.at()?.open()?;
    let of = layer.map(|layer| (layer, args.id.map(FeatureId)));
    let until = args.until.map(Revision);
    let entries = store.history(&Span { of, after: Revision(args.after), until, most: args.most as usize })?;
    // The newest of them says what came of it only with what the feature is by now.
    let named: HashSet<(Layer, FeatureId)> =
        entries.iter().filter_map(|entry| Some((entry.layer, entry.id?))).collect();
    let layers: Vec<Layer> = Layer::ALL.into_iter().filter(|layer| named.iter().any(|(of, _)| of == layer)).collect();
    let now: Mutex<HashMap<(Layer, FeatureId), Feature>> = Mutex::default();
    let snapshot = store.load_of(&layers, &|rows| {
        let rows = rows.into_iter().map(|row| ((row.feature.layer, row.id), row.feature));
        now.lock().unwrap_or_else(PoisonError::into_inner).extend(rows.filter(|(of, _)| named.contains(of)));
    })?;
    let now = now.into_inner().unwrap_or_else(PoisonError::into_inner);
    let last = entries.first().map_or(Revision(0), |entry| entry.revision);
    let span = (until.unwrap_or(last).min(snapshot.revision), snapshot.revision);
    let told = history(&*store, &entries, span, |layer, id| now.get(&(layer, id)).cloned());
    print(|out| match args.format {
        Format::Table => write_table(out, &history_table(&told, lang), args.format),
        Format::Csv => write_table(out, &history_table(&told, Lang::En), args.format),
        Format::Json => write_json(out, &told),
    })?;
    Ok(())
}

/// Arguments of `firemap diff`.
#[derive(Args)]
pub struct DiffArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// A revision, or a time such as 2026-05-01T08:30:00Z.
    a: String,
    /// Another; now where not said.
    b: Option<String>,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
}

/// What differs, as JSON.
#[derive(Serialize)]
struct DiffTold {
    a: Counts,
    b: Counts,
    features: Vec<DifferenceTold>,
}

/// Runs `firemap diff`.
pub fn diff(args: DiffArgs, lang: Lang) -> Result<(), Failure> {
    let store = args.store.at()?.open()?;
    let present = town::city_of(&*store, &args.rules, lang)?;
    let at = |text: &str| -> Result<City, PastFault> {
        let moment = Moment::read(text, &*store, &present, town::now())?;
        if moment == Moment::of(&present) { Ok(present.clone()) } else { city_at(moment, &present, &*store) }
    };
    let (a, b) = (at(&args.a)?, args.b.as_deref().map_or_else(|| Ok(present.clone()), at)?);
    let (a, b) = if a.revision() <= b.revision() { (a, b) } else { (b, a) };
    let earlier = store.past(a.revision(), b.revision())?;
    let told = DiffTold { a: counts(&a), b: counts(&b), features: differences(&earlier.rows, &b) };
    print(|out| match args.format {
        Format::Table => {
            write_table(out, &counts_table(&told.a, &told.b, lang), args.format)?;
            writeln!(out)?;
            write_table(out, &differences_table(&told.features, lang), args.format)
        }
        Format::Csv => write_table(out, &differences_table(&told.features, Lang::En), args.format),
        Format::Json => write_json(out, &told),
    })?;
    Ok(())
}

fn layer_of(name: &str) -> Result<Layer, CommandError> {
    let known = || Layer::ALL.map(Layer::name).join(", ");
    Layer::named(name).ok_or_else(|| CommandError::NoLayer { name: name.to_owned(), known: known() })
}
