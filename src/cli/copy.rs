//! `firemap copy`, `firemap backup`, `firemap restore`: a store moved whole, its history with it.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};

use super::{CommandError, Failure};
use crate::model::Lang;
use crate::store::{Copied, GeoPackage, Location, copy, verify};

/// Arguments of `firemap copy`.
#[derive(Args)]
pub struct CopyArgs {
    /// The store to copy: a GeoPackage file or a postgres:// URL.
    #[arg(value_name = "FROM")]
    from: String,
    /// Where to: a file that is not there yet, or a database whose store holds nothing.
    #[arg(value_name = "TO")]
    to: String,
}

/// Arguments of `firemap backup`.
#[derive(Args)]
pub struct BackupArgs {
    /// The store: a GeoPackage file or a postgres:// URL. It may be in use.
    #[arg(value_name = "STORE")]
    store: String,
    /// The file to write, a GeoPackage in itself.
    file: PathBuf,
    /// Writes over a file that exists.
    #[arg(short, long, env = "FIREMAP_FORCE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    force: bool,
}

/// Arguments of `firemap restore`.
#[derive(Args)]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
    /// The store to make: a file that is not there yet, or a postgres:// URL of a database whose store holds nothing.
    #[arg(value_name = "STORE")]
    store: String,
}

/// Copies a store.
pub fn run(args: CopyArgs, lang: Lang) -> Result<(), Failure> {
    let (from, to): (Location, Location) = (args.from.parse()?, args.to.parse()?);
    tell(&copy(&from, &to)?, &to, lang);
    Ok(())
}

/// Makes a backup and looks whether it is sound.
pub fn backup(args: BackupArgs, lang: Lang) -> Result<(), Failure> {
    let from: Location = args.store.parse()?;
    if args.file.exists() && !args.force {
        return Err(CommandError::WouldOverwrite { path: args.file.display().to_string() }.into());
    }
    match &from {
        Location::File(path) => {
            GeoPackage::backup(path, &args.file)?;
            kept(&args.file.display().to_string(), lang);
        }
        Location::Database(_) => {
            // Made beside its place, so that an older backup stays until there is a newer one.
            let mut beside = args.file.clone().into_os_string();
            beside.push(".new");
            let beside = PathBuf::from(beside);
            let _ = std::fs::remove_file(&beside);
            let copied = copy(&from, &Location::File(beside.clone()))?;
            std::fs::rename(&beside, &args.file).map_err(|error| CommandError::CannotWrite {
                path: args.file.display().to_string(),
                detail: error.to_string(),
            })?;
            tell(&copied, &Location::File(args.file), lang);
        }
    }
    Ok(())
}

/// Makes a store of a backup that is sound.
pub fn restore(args: RestoreArgs, lang: Lang) -> Result<(), Failure> {
    verify(&args.file)?;
    let to: Location = args.store.parse()?;
    match &to {
        Location::File(path) if path.exists() => Err(CommandError::Exists { path: path.display().to_string() }.into()),
        Location::File(path) => {
            GeoPackage::backup(&args.file, path)?;
            GeoPackage::open(path)?;
            kept(&to.to_string(), lang);
            Ok(())
        }
        Location::Database(_) => {
            tell(&copy(&Location::File(args.file), &to)?, &to, lang);
            Ok(())
        }
    }
}

fn kept(place: &str, lang: Lang) {
    match lang {
        Lang::Zh => eprintln!("已写入并核对：{place}。"),
        Lang::En => eprintln!("Written and verified: {place}."),
    }
}

fn tell(copied: &Copied, to: &Location, lang: Lang) {
    let Copied { revision, rows, entries, left_out } = copied;
    let revision = revision.0;
    match lang {
        Lang::Zh => eprintln!("已写入并核对 {to}：{rows} 个要素、{entries} 条变更记录，修订 {revision}。"),
        Lang::En => {
            eprintln!("Written and verified: {to}, {rows} features, {entries} entries of the log, revision {revision}.")
        }
    }
    match (left_out, lang) {
        (0, _) => {}
        (_, Lang::Zh) => eprintln!("注意：其他程序写入的 {left_out} 个无法识别的值没有复制。"),
        (_, Lang::En) => eprintln!(
            "Note: {left_out} values that other programs had put there mean nothing to firemap and were left out."
        ),
    }
}
