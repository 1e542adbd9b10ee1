//! A layer as a GeoJSON FeatureCollection.

use std::io::{self, Write};

use serde_json::json;

use super::GCJ02_NOTE;
use crate::city::RowRef;
use crate::crs::Crs;
use crate::report::geojson::feature_in;
use crate::store::Row;

/// Writes rows of one layer.
pub fn write(rows: &[Row], crs: Crs, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"type\":\"FeatureCollection\",")?;
    if crs == Crs::Gcj02 {
        // RFC 7946 knows WGS 84 alone; the member of the format before it says that this is something else.
        let named = json!({"type": "name", "properties": {"name": Crs::GCJ02_WKT}});
        write!(out, "\"crs\":{named},\"note\":{},", json!(GCJ02_NOTE))?;
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
