//! `firemap export`: a layer as GeoJSON, CSV or FlatGeobuf, public fields alone.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};

use super::within::BoxArg;
use super::{CommandError, Failure, StoreArg};
use crate::crs::Crs;
use crate::model::{Lang, Layer, Speak};
use crate::report::{ExportFormat, export, lost_in};
use crate::store::{GeoPackage, Store};

/// Arguments of `firemap export`.
#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    store: StoreArg,
    /// The layer, such as hydrant.
    #[arg(long, env = "FIREMAP_LAYER")]
    layer: String,
    #[command(flatten)]
    within: BoxArg,
    /// The coordinates to write: EPSG:4326, GCJ-02 (of Amap), BD-09 (of Baidu) or a code such as EPSG:4523, which the
    /// file then says of itself.
    #[arg(long, env = "FIREMAP_CRS", default_value = "EPSG:4326")]
    crs: String,
    /// Writes over a file that exists.
    #[arg(short, long, env = "FIREMAP_FORCE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    force: bool,
    /// The file to write: .geojson, .json, .csv or .fgb (FlatGeobuf).
    out: PathBuf,
}

/// Runs it.
pub fn run(args: ExportArgs, lang: Lang) -> Result<(), Failure> {
    let layer = Layer::named(&args.layer).ok_or_else(|| CommandError::NoLayer {
        name: args.layer.clone(),
        known: Layer::ALL.map(Layer::name).join(", "),
    })?;
    let ending = args.out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let format = ExportFormat::of_ending(ending)
        .ok_or_else(|| CommandError::NoFormat { path: args.out.display().to_string() })?;
    let crs = crs(&args.crs)?;
    let within = args.within.bounds()?;
    refuse_existing(&args)?;
    let (_, mut rows) = GeoPackage::open(&args.store.store)?.rows()?;
    // One question: looking at every row once is quicker than building a tree to ask it.
    rows.retain(|row| {
        row.feature.layer == layer && within.is_none_or(|within| row.feature.shape.bounds().intersects(within))
    });
    if let Some(place) = lost_in(&crs, &rows) {
        let place = format!("{}, {}", place.lon_degrees(), place.lat_degrees());
        return Err(CommandError::CrsLoses { crs: crs.name().to_owned(), place }.into());
    }
    write_whole(&args, |out| export(format, layer, &rows, &crs, out))?;
    let count = rows.len();
    match lang {
        Lang::Zh => eprintln!("已写出 {count} 条到 {}。", args.out.display()),
        Lang::En => eprintln!("{count} features written to {}.", args.out.display()),
    }
    Ok(())
}

/// The system to write in: one that its file can name, so that nobody has to guess it again.
fn crs(name: &str) -> Result<Crs, CommandError> {
    let refused = |zh: String, en: String| CommandError::NoCrs { name: name.to_owned(), zh, en };
    let crs = Crs::named(name).map_err(|err| refused(err.say(Lang::Zh), err.say(Lang::En)))?;
    match crs {
        Crs::Wgs84 | Crs::Gcj02 | Crs::Bd09 => Ok(crs),
        Crs::Other(_) if crs.epsg().is_some() => Ok(crs),
        _ => Err(refused(
            "写出时只能用有 EPSG 代码的坐标系".into(),
            "only systems with a code of EPSG are written".into(),
        )),
    }
}

/// A file that is there stays, unless the person says otherwise.
fn refuse_existing(args: &ExportArgs) -> Result<(), CommandError> {
    match args.out.exists() && !args.force {
        true => Err(CommandError::WouldOverwrite { path: args.out.display().to_string() }),
        false => Ok(()),
    }
}

/// Writes a file whole or not at all: beside its place first, under a name of its own, then moved there.
fn write_whole(args: &ExportArgs, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    let path: &Path = &args.out;
    let cannot =
        |error: io::Error| CommandError::CannotWrite { path: path.display().to_string(), detail: error.to_string() };
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let mut out = BufWriter::new(File::create_new(&beside).map_err(cannot)?);
    let written = write(&mut out).and_then(|()| out.into_inner()?.sync_all());
    // It may have come to be there while this one was written.
    let placed = written.map_err(cannot).and_then(|()| refuse_existing(args));
    placed.and_then(|()| std::fs::rename(&beside, path).map_err(cannot)).inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}
