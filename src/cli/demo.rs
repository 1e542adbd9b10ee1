//! `firemap demo`: a made-up city on the map with one command.

use std::path::PathBuf;

use clap::Args;

use super::serve::{ServerArgs, serve};
use super::{Failure, RulesArg, synth};
use crate::model::Lang;
use crate::store::Location;
use crate::synth::Recipe;

/// Arguments of `firemap demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// The demo store; made where it is missing.
    #[arg(long, env = "FIREMAP_DEMO_STORE", default_value = "firemap-demo.gpkg", value_name = "FILE")]
    store: PathBuf,
    #[command(flatten)]
    rules: RulesArg,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs it.
pub fn run(args: DemoArgs, lang: Lang) -> Result<(), Failure> {
    if !args.store.exists() {
        eprintln!("{}", lang.pick("正在生成演示城市（虚构数据）……", "Making a demo city (all of it made up) …"));
        synth::make(&args.store, Recipe::DEMO, lang)?;
    }
    serve(&Location::File(args.store), &args.rules, &args.server, lang)
}
