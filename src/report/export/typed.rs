//! A layer for programs that know types: a sheet of a workbook, a table of a GeoPackage. Public fields alone.

use std::io::{self, Write};

use jiff::civil::Date;
use serde_json::Value as Json;

use super::note;
use crate::city::RowRef;
use crate::crs::Crs;
use crate::model::{Field, FieldType, GeometryKind, Layer};
use crate::report::properties::properties;
use crate::report::workbook::{About, Sheet, SheetCell, write_workbook};
use crate::report::{plain_about, wkt};
use crate::store::{
    PlainColumn, PlainGeometry, PlainRow, PlainSrs, PlainTable, PlainType, PlainValue, Row, StoreError, write_plain,
};

/// Writes rows of one layer as a workbook; how many texts no cell could hold.
pub fn write_xlsx(layer: Layer, rows: &[Row], crs: &Crs, about: &About, out: &mut dyn Write) -> io::Result<u64> {
    let point = layer.def().geometry == GeometryKind::Point;
    let places = super::csv::place_columns(layer, crs);
    let fields = public(layer);
    let heads = ["id", "source", "source_key"].into_iter().chain(places.iter().map(String::as_str));
    let text = |text: &str| SheetCell::Text(text.to_owned());
    let cells = |row: RowRef<'_>| {
        let mut cells = vec![SheetCell::Number(row.id.0 as f64), text(row.source), text(row.source_key)];
        match point {
            true => cells.extend(crs.degrees(row.shape.first()).map(SheetCell::Number)),
            false => cells.push(SheetCell::Text(wkt(row.shape, crs))),
        }
        let known = properties(layer, row.attributes);
        cells.extend(fields.iter().map(|field| sheet_cell(field, known.get(field.name))));
        cells
    };
    let sheet = Sheet {
        name: layer.name().to_owned(),
        heads: heads.chain(fields.iter().map(|field| field.name)).map(str::to_owned).collect(),
        rows: rows.iter().map(RowRef::from).map(cells).collect(),
    };
    write_workbook(&sheet, about, out)
}

/// Writes rows of one layer as a GeoPackage, over a file that is there.
pub fn write_geopackage(
    layer: Layer,
    rows: &[Row],
    crs: &Crs,
    about: &About,
    path: &std::path::Path,
) -> Result<(), StoreError> {
    let fields = public(layer);
    let column = |name: &str, ty| PlainColumn { name: name.to_owned(), ty };
    let own = ["source", "source_key"].map(|name| column(name, PlainType::Text));
    let table = PlainTable {
        name: layer.name().to_owned(),
        description: layer.def().zh.to_owned(),
        geometry: PlainGeometry::Kind(layer.def().geometry),
        srs: srs_of(crs),
        columns: own.into_iter().chain(fields.iter().map(|field| column(field.name, plain_type(field)))).collect(),
    };
    let mut told = rows.iter().map(RowRef::from).map(|row| {
        let known = properties(layer, row.attributes);
        let own = [row.source.to_string(), row.source_key.to_owned()].map(PlainValue::Text);
        let values = own.into_iter().chain(fields.iter().map(|field| plain_value(known.get(field.name)))).collect();
        PlainRow { fid: Some(row.id.0), shape: Some(row.shape.to_owned()), values }
    });
    let (about, mut lines) = plain_about(about);
    write_plain(path, &[table, about], &mut [&mut told, &mut lines])
}

/// The system of a GeoPackage's shapes; nothing of WGS 84.
fn srs_of(crs: &Crs) -> Option<PlainSrs> {
    let wkt = match crs {
        Crs::Wgs84 => return None,
        Crs::Gcj02 => Crs::GCJ02_WKT,
        Crs::Bd09 => Crs::BD09_WKT,
        // The code tells.
        _ => "undefined",
    };
    let to_there = crs.clone();
    Some(PlainSrs {
        name: crs.name().to_owned(),
        epsg: crs.epsg(),
        wkt: wkt.to_owned(),
        note: note(crs),
        place: Box::new(move |place| to_there.degrees(place)),
    })
}

fn public(layer: Layer) -> Vec<&'static Field> {
    layer.fields().iter().filter(|field| field.is_public()).collect()
}

fn sheet_cell(field: &Field, value: Option<&Json>) -> SheetCell {
    match value {
        None | Some(Json::Null) => SheetCell::Empty,
        Some(Json::Bool(yes)) => SheetCell::Bool(*yes),
        Some(Json::Number(n)) => n.as_f64().map_or(SheetCell::Empty, SheetCell::Number),
        Some(Json::String(text)) => match (field.ty, text.parse::<Date>()) {
            (FieldType::Date, Ok(day)) => SheetCell::Day(day),
            _ => SheetCell::Text(text.clone()),
        },
        Some(other) => SheetCell::Text(other.to_string()),
    }
}

fn plain_type(field: &Field) -> PlainType {
    match field.ty {
        FieldType::Text | FieldType::Choice(_) => PlainType::Text,
        FieldType::Integer(..) => PlainType::Integer,
        FieldType::Real(..) => PlainType::Real,
        FieldType::Bool => PlainType::Bool,
        FieldType::Date => PlainType::Date,
        FieldType::Instant => PlainType::Instant,
    }
}

fn plain_value(value: Option<&Json>) -> PlainValue {
    match value {
        None | Some(Json::Null) => PlainValue::Null,
        Some(Json::Bool(yes)) => PlainValue::Integer(i64::from(*yes)),
        Some(Json::Number(n)) => match (n.as_i64(), n.as_f64()) {
            (Some(n), _) => PlainValue::Integer(n),
            (None, Some(n)) => PlainValue::Real(n),
            (None, None) => PlainValue::Null,
        },
        Some(Json::String(text)) => PlainValue::Text(text.clone()),
        Some(other) => PlainValue::Text(other.to_string()),
    }
}
