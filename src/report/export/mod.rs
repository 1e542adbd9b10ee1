//! A layer's rows as a file that other programs read: one file a format. Public fields alone go out.
//!
//! What is written in GCJ-02 says so where its coordinates stand, so that it is not taken for WGS 84: columns have
//! other names, GeoJSON and FlatGeobuf name a system that GDAL and what is built on it refuse to bring to another one.

mod csv;
mod flatgeobuf;
mod geojson;
mod typed;

use std::io::{self, Write};
use std::path::Path;

use crate::crs::Crs;
use crate::model::{Layer, Place};
use crate::report::workbook::About;
use crate::store::{Row, StoreError};

/// A format that a layer can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// GeoJSON (RFC 7946).
    GeoJson,
    /// A table, with well-known text where shapes are not points.
    Csv,
    /// FlatGeobuf with typed columns and a spatial index.
    FlatGeobuf,
    /// A workbook with typed cells, and a sheet that says what it is.
    Xlsx,
    /// A GeoPackage, which [`export_geopackage`] writes: it is no stream of bytes.
    GeoPackage,
}

impl ExportFormat {
    /// The format that a file's ending asks for.
    pub fn of_ending(ending: &str) -> Option<ExportFormat> {
        match ending.to_lowercase().as_str() {
            "geojson" | "json" => Some(ExportFormat::GeoJson),
            "csv" => Some(ExportFormat::Csv),
            "fgb" => Some(ExportFormat::FlatGeobuf),
            "xlsx" => Some(ExportFormat::Xlsx),
            "gpkg" => Some(ExportFormat::GeoPackage),
            _ => None,
        }
    }
}

/// Writes rows of one layer; how many texts the format could not hold. `about` says what the file is, where the format
/// has room for it.
pub fn export(
    format: ExportFormat,
    layer: Layer,
    rows: &[Row],
    crs: &Crs,
    about: &About,
    out: &mut dyn Write,
) -> io::Result<u64> {
    match format {
        ExportFormat::GeoJson => geojson::write(rows, crs, out).map(|()| 0),
        ExportFormat::Csv => csv::write(layer, rows, crs, out).map(|()| 0),
        ExportFormat::FlatGeobuf => flatgeobuf::write(layer, rows, crs, out).map(|()| 0),
        ExportFormat::Xlsx => typed::write_xlsx(layer, rows, crs, about, out),
        ExportFormat::GeoPackage => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Writes rows of one layer to a GeoPackage, whole or not at all, over a file that is there.
pub fn export_geopackage(layer: Layer, rows: &[Row], crs: &Crs, about: &About, path: &Path) -> Result<(), StoreError> {
    typed::write_geopackage(layer, rows, crs, about, path)
}

/// What is said beside coordinates that are not WGS 84.
fn note(crs: &Crs) -> String {
    let name = crs.name();
    match crs.is_degrees() {
        true => format!(
            "坐标为 {name}，不是 WGS 84，直接叠加会偏出数百米。Coordinates are {name}, not WGS 84: taken for it they are hundreds of metres off."
        ),
        false => format!("坐标为 {name}，不是经纬度。Coordinates are {name}, not longitude and latitude."),
    }
}

/// The first place of the rows that would not come back from a system as it went, to 1e-7 degrees.
///
/// A plane has no number for what lies far outside it, and by a shift of parameters a place may be lost.
pub fn lost_in(crs: &Crs, rows: &[Row]) -> Option<Place> {
    let comes_back = |place: &Place| {
        let there = crs.degrees(*place);
        crs.to_wgs84(there).and_then(|[lon, lat]| Place::from_degrees(lon, lat)) == Some(*place)
    };
    let mut places = rows.iter().flat_map(|row| row.feature.shape.as_ref().places());
    if *crs == Crs::Wgs84 { None } else { places.find(|place| !comes_back(place)).copied() }
}
