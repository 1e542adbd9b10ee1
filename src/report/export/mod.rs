//! A layer's rows as a file that other programs read: one file a format. Public fields alone go out.
//!
//! What is written in GCJ-02 says so where its coordinates stand, so that it is not taken for WGS 84: columns have
//! other names, GeoJSON and FlatGeobuf name a system that GDAL and what is built on it refuse to bring to another one.

mod csv;
mod flatgeobuf;
mod geojson;

use std::io::{self, Write};

use crate::crs::Crs;
use crate::model::{Layer, Place};
use crate::store::Row;

/// A format that a layer can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// GeoJSON (RFC 7946).
    GeoJson,
    /// A table, with well-known text where shapes are not points.
    Csv,
    /// FlatGeobuf with typed columns and a spatial index.
    FlatGeobuf,
}

impl ExportFormat {
    /// The format that a file's ending asks for.
    pub fn of_ending(ending: &str) -> Option<ExportFormat> {
        match ending.to_lowercase().as_str() {
            "geojson" | "json" => Some(ExportFormat::GeoJson),
            "csv" => Some(ExportFormat::Csv),
            "fgb" => Some(ExportFormat::FlatGeobuf),
            _ => None,
        }
    }
}

/// Writes rows of one layer.
pub fn export(format: ExportFormat, layer: Layer, rows: &[Row], crs: &Crs, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ExportFormat::GeoJson => geojson::write(rows, crs, out),
        ExportFormat::Csv => csv::write(layer, rows, crs, out),
        ExportFormat::FlatGeobuf => flatgeobuf::write(layer, rows, crs, out),
    }
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
