//! A layer as a table: places as two columns, other shapes as one of well-known text.

use std::io::{self, Write};

use crate::city::RowRef;
use crate::crs::Crs;
use crate::model::{GeometryKind, Layer};
use crate::report::{Column, Table, text_of, wkt};
use crate::store::Row;

/// The columns that hold the place, named as the system is, so that nobody takes another for WGS 84.
pub fn place_columns(layer: Layer, crs: &Crs) -> Vec<String> {
    let places: &[&str] = match (layer.def().geometry == GeometryKind::Point, crs.is_degrees()) {
        (true, true) => &["lon", "lat"],
        (true, false) => &["x", "y"],
        (false, _) => &["wkt"],
    };
    let system = match crs {
        Crs::Wgs84 => String::new(),
        crs => crs.typed().to_lowercase().replace(['-', ':'], "") + "_",
    };
    places.iter().map(|head| format!("{system}{head}")).collect()
}

/// Writes rows of one layer.
pub fn write(layer: Layer, rows: &[Row], crs: &Crs, out: &mut dyn Write) -> io::Result<()> {
    let fields = layer.fields().iter().enumerate().filter(|(_, field)| field.is_public());
    let point = layer.def().geometry == GeometryKind::Point;
    let places = place_columns(layer, crs);
    let heads = ["id", "source", "source_key"].map(str::to_owned).into_iter().chain(places).map(Column::text);
    let cells = |row: RowRef<'_>| {
        let mut cells = vec![row.id.0.to_string(), row.source.to_string(), row.source_key.to_string()];
        if point {
            cells.extend(crs.degrees(row.shape.first()).map(|degrees| degrees.to_string()));
        } else {
            cells.push(wkt(row.shape, crs));
        }
        cells.extend(fields.clone().map(|(ix, _)| text_of(layer, ix, row.attributes, None)));
        cells
    };
    let table = Table {
        columns: heads.chain(fields.clone().map(|(_, field)| Column::text(field.name))).collect(),
        rows: rows.iter().map(RowRef::from).map(cells).collect(),
    };
    table.write_csv(out)
}
