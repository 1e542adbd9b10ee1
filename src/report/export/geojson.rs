//! A layer as a GeoJSON FeatureCollection.

use std::io::{self, Write};

use serde_json::json;

use super::note;
use crate::city::RowRef;
use crate::crs::Crs;
use crate::report::geojson::feature_in;
use crate::store::Row;

/// Writes rows of one layer.
pub fn write(rows: &[Row], crs: &Crs, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"type\":\"FeatureCollection\",")?;
    // RFC 7946 knows WGS 84 alone; the member of the format before it says that this is something else.
    let system = match crs {
        Crs::Wgs84 => None,
        Crs::Gcj02 => Some(Crs::GCJ02_WKT.to_owned()),
        Crs::Bd09 => Some(Crs::BD09_WKT.to_owned()),
        crs => Some(crs.epsg().map_or_else(|| crs.typed(), |code| format!("urn:ogc:def:crs:EPSG::{code}"))),
    };
    if let Some(system) = system {
        let named = json!({"type": "name", "properties": {"name": system}});
        write!(out, "\"crs\":{named},\"note\":{},", json!(note(crs)))?;
    }
    out.write_all(b"\"features\":[\n")?;
    for (nth, row) in rows.iter().map(RowRef::from).enumerate() {
        let mut told = feature_in(row, crs);
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
