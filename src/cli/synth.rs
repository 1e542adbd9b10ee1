//! `firemap synth`: a made-up city as a store.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CommandError, Failure};
use crate::model::Lang;
use crate::store::{Batch, GeoPackage, Source, Store, Write};
use crate::synth::{ATTRIBUTION, Recipe, SOURCE, city};

/// Arguments of `firemap synth`.
#[derive(Args)]
pub struct SynthArgs {
    /// Buildings, about.
    #[arg(long, env = "FIREMAP_BUILDINGS", default_value_t = 6_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    buildings: u64,
    /// The same seed makes the same city.
    #[arg(long, env = "FIREMAP_SEED", default_value_t = 1)]
    seed: u64,
    /// The store to make; a file that exists is left alone.
    out: PathBuf,
}

/// Runs it.
pub fn run(args: SynthArgs, lang: Lang) -> Result<(), Failure> {
    make(&args.out, Recipe { buildings: args.buildings, seed: args.seed }, lang)
}

/// Makes a store of a made-up city.
pub fn make(out: &Path, recipe: Recipe, lang: Lang) -> Result<(), Failure> {
    if out.exists() {
        return Err(CommandError::Exists { path: out.display().to_string() }.into());
    }
    // Made beside its place, so that a store that is there is whole.
    let mut beside = out.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let _ = std::fs::remove_file(&beside);
    let store = GeoPackage::open_or_create(&beside, "Asia/Shanghai")?;
    let source = Source { name: SOURCE.into(), attribution: ATTRIBUTION.to_owned(), demo: true };
    let receipt = store.commit(Batch {
        actor: "synth",
        sources: vec![source],
        writes: &mut city(recipe).map(|feature| Ok(Write::Put(feature))),
        dry_run: false,
        watch: None,
    })?;
    drop(store);
    std::fs::rename(&beside, out)
        .map_err(|error| CommandError::CannotWrite { path: out.display().to_string(), detail: error.to_string() })?;
    let count: u64 = receipt.counts.iter().map(|(_, counts)| counts.added).sum();
    match lang {
        Lang::Zh => eprintln!("已生成 {count} 个要素：{}", out.display()),
        Lang::En => eprintln!("{count} features made: {}", out.display()),
    }
    Ok(())
}
