//! `firemap export`: a layer as GeoJSON or CSV, public fields alone.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{CommandError, Failure, StoreArg};
use crate::city::RowRef;
use crate::model::{GeometryKind, Lang, Layer};
use crate::report::{Column, Table, feature, text_of};
use crate::store::{GeoPackage, Row, Store};

/// Arguments of `firemap export`.
#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    store: StoreArg,
    /// The layer, such as hydrant.
    #[arg(long, env = "FIREMAP_LAYER")]
    layer: String,
    /// The file to write: .geojson, .json or .csv.
    out: PathBuf,
}

/// Runs it.
pub fn run(args: ExportArgs, lang: Lang) -> Result<(), Failure> {
    let layer = Layer::named(&args.layer).ok_or_else(|| CommandError::NoLayer {
        name: args.layer.clone(),
        known: Layer::ALL.map(Layer::name).join(", "),
    })?;
    let ending = args.out.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    let write: fn(Layer, &[Row], &mut dyn Write) -> io::Result<()> = match ending.as_str() {
        "geojson" | "json" => write_geojson,
        "csv" => write_csv,
        _ => return Err(CommandError::NoFormat { path: args.out.display().to_string() }.into()),
    };
    let (_, mut rows) = GeoPackage::open(&args.store.store)?.rows()?;
    rows.retain(|row| row.feature.layer == layer);
    write_whole(&args.out, |out| write(layer, &rows, out))?;
    let count = rows.len();
    match lang {
        Lang::Zh => eprintln!("已写出 {count} 条到 {}。", args.out.display()),
        Lang::En => eprintln!("{count} features written to {}.", args.out.display()),
    }
    Ok(())
}

/// Writes a file whole or not at all: beside its place first, then moved there.
fn write_whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    let cannot =
        |error: io::Error| CommandError::CannotWrite { path: path.display().to_string(), detail: error.to_string() };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = (|| {
        let mut out = BufWriter::new(File::create(&beside)?);
        write(&mut out)?;
        out.into_inner()?.sync_all()?;
        std::fs::rename(&beside, path)
    })();
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        cannot(error)
    })
}

fn write_geojson(_: Layer, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[\n")?;
    for (nth, row) in rows.iter().map(RowRef::from).enumerate() {
        let mut told = feature(row);
        // GeoJSON readers keep properties, not foreign members.
        let names = [("source", json!(&**row.source)), ("source_key", json!(row.source_key))];
        if let Some(properties) = told.get_mut("properties").and_then(|properties| properties.as_object_mut()) {
            properties.extend(names.map(|(name, value)| (name.to_owned(), value)));
        }
        if nth > 0 {
            out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut *out, &told)?;
    }
    out.write_all(b"\n]}\n")
}

fn write_csv(layer: Layer, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let fields = layer.fields().iter().enumerate().filter(|(_, field)| field.is_public());
    let point = layer.def().geometry == GeometryKind::Point;
    let places: &[&str] = if point { &["lon", "lat"] } else { &["wkt"] };
    let heads = ["id", "source", "source_key"].iter().chain(places).map(|head| Column::text(*head));
    let table = Table {
        columns: heads.chain(fields.clone().map(|(_, field)| Column::text(field.name))).collect(),
        rows: rows
            .iter()
            .map(RowRef::from)
            .map(|row| {
                let mut cells = vec![row.id.0.to_string(), row.source.to_string(), row.source_key.to_string()];
                if point {
                    let at = row.shape.first();
                    cells.extend([at.lon_degrees().to_string(), at.lat_degrees().to_string()]);
                } else {
                    cells.push(crate::report::wkt(row.shape));
                }
                cells.extend(fields.clone().map(|(ix, _)| text_of(layer, ix, row.attributes, None)));
                cells
            })
            .collect(),
    };
    table.write_csv(out)
}
