//! `firemap export`: a layer as GeoJSON, CSV, FlatGeobuf, XLSX or GeoPackage, public fields alone.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};

use super::whole::{refuse_existing, write_whole};
use super::within::BoxArg;
use super::{CommandError, Failure, StoreArg, town};
use crate::crs::Crs;
use crate::model::{Lang, Layer, Speak};
use crate::report::{About, ExportFormat, export, export_geopackage, lost_in};
use crate::store::Snapshot;

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
    /// The file to write: .geojson, .json, .csv, .fgb (FlatGeobuf), .xlsx or .gpkg (GeoPackage).
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
    refuse_existing(&args.out, args.force)?;
    let (snapshot, mut rows) = args.store.at()?.open()?.rows()?;
    // One question: looking at every row once is quicker than building a tree to ask it.
    rows.retain(|row| {
        row.feature.layer == layer && within.is_none_or(|within| row.feature.shape.bounds().intersects(within))
    });
    if let Some(place) = lost_in(&crs, &rows) {
        let place = format!("{}, {}", place.lon_degrees(), place.lat_degrees());
        return Err(CommandError::CrsLoses { crs: crs.name().to_owned(), place }.into());
    }
    let about = about(&snapshot, layer, &crs, lang);
    let left_out = match format {
        ExportFormat::GeoPackage => {
            export_geopackage(layer, &rows, &crs, &about, &args.out)?;
            0
        }
        _ => write_whole(&args.out, args.force, |out| export(format, layer, &rows, &crs, &about, out))?,
    };
    let count = rows.len();
    match lang {
        Lang::Zh => eprintln!("已写出 {count} 条到 {}。", args.out.display()),
        Lang::En => eprintln!("{count} features written to {}.", args.out.display()),
    }
    match (left_out, lang) {
        (0, _) => {}
        (_, Lang::Zh) => eprintln!("{left_out} 个轮廓超出单元格长度，未写入；需要轮廓请导出为 .gpkg 或 .geojson。"),
        (_, Lang::En) => {
            eprintln!(
                "{left_out} outlines are longer than a cell and were left out; for these write .gpkg or .geojson."
            )
        }
    }
    Ok(())
}

/// What the file is: layer, revision, day, coordinates, and what its sources ask to be said.
fn about(snapshot: &Snapshot, layer: Layer, crs: &Crs, lang: Lang) -> About {
    let mut about = town::about(snapshot.revision.0, &snapshot.zone, &crs.typed(), lang);
    about.insert(0, (lang.pick("图层", "Layer").to_owned(), layer.name().to_owned()));
    about.extend(town::sources(&snapshot.sources, lang));
    about
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
