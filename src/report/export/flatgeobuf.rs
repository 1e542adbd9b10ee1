//! A layer as FlatGeobuf: a column a public field, of its type, and a packed index over the features' boxes.

use std::io::{self, Write};

use flatgeobuf::geozero::error::Result as Written;
use flatgeobuf::geozero::{ColumnValue, GeomProcessor, GeozeroGeometry, PropertyProcessor};
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};

use super::note;
use crate::city::RowRef;
use crate::crs::Crs;
use crate::model::{Field, FieldType, GeometryKind, Layer, ShapeRef};
use crate::report::properties::properties;
use crate::store::Row;

/// Columns before the fields.
const OWN: [(&str, ColumnType); 3] =
    [("id", ColumnType::Long), ("source", ColumnType::String), ("source_key", ColumnType::String)];

/// Writes rows of one layer. What is written is sorted along the index's curve; features wait for that in a file of the
/// system's temporary folder.
pub fn write(layer: Layer, rows: &[Row], crs: &Crs, out: &mut dyn Write) -> io::Result<()> {
    let kind = match layer.def().geometry {
        GeometryKind::Point => GeometryType::Point,
        // The crate writes a MultiLineString of one line without its end, and GDAL then reads none: a single line is
        // written as what it is, and where there are others too each says its own type.
        GeometryKind::Line if rows.iter().any(|row| row.feature.shape.parts().count() > 1) => GeometryType::Unknown,
        GeometryKind::Line => GeometryType::LineString,
        GeometryKind::Polygon => GeometryType::MultiPolygon,
    };
    let coded =
        |code: u32| FgbCrs { org: Some("EPSG"), code: code as i32, name: Some(crs.name()), ..FgbCrs::default() };
    let told = |wkt| FgbCrs { name: Some(crs.name()), wkt, ..FgbCrs::default() };
    let crs_told = match crs {
        Crs::Wgs84 => coded(4326),
        Crs::Gcj02 => told(Some(Crs::GCJ02_WKT)),
        Crs::Bd09 => told(Some(Crs::BD09_WKT)),
        crs => crs.epsg().map_or_else(|| told(None), coded),
    };
    let note = (*crs != Crs::Wgs84).then(|| note(crs));
    let description = note.as_deref();
    let title = (*crs != Crs::Wgs84).then(|| format!("{} ({})", layer.name(), crs.name()));
    let options = FgbWriterOptions {
        crs: crs_told,
        title: title.as_deref(),
        description,
        // An index over nothing is one that GDAL cannot read.
        write_index: !rows.is_empty(),
        detect_type: false,
        promote_to_multi: false,
        ..FgbWriterOptions::default()
    };
    let mut file = FgbWriter::create_with_options(layer.name(), kind, options).map_err(io::Error::other)?;
    for (name, ty) in OWN {
        file.add_column(name, ty, |_, column| column.nullable = false);
    }
    let public: Vec<&Field> = layer.fields().iter().filter(|field| field.is_public()).collect();
    for field in &public {
        file.add_column(field.name, column_type(field), |builder, column| {
            column.title = Some(builder.create_string(field.zh));
            column.description = Some(builder.create_string(field.en));
        });
    }
    for row in rows.iter().map(RowRef::from) {
        let known = properties(layer, row.attributes);
        let mut failed = Ok(false);
        let told = file.add_feature_geom(Told { shape: row.shape, crs }, |written| {
            let own = [
                ColumnValue::Long(row.id.0 as i64),
                ColumnValue::String(row.source),
                ColumnValue::String(row.source_key),
            ];
            let own = OWN.iter().zip(own).map(|((name, _), value)| (*name, value));
            let fields = public.iter().map(|field| (field, known.get(field.name)));
            let mut columns: Vec<(usize, &str, ColumnValue<'_>)> =
                own.enumerate().map(|(nth, (name, value))| (nth, name, value)).collect();
            columns.extend(fields.enumerate().filter_map(|(nth, (field, value))| {
                Some((OWN.len() + nth, field.name, column_value(column_type(field), value?)?))
            }));
            failed = columns.iter().try_fold(false, |_, (nth, name, value)| written.property(*nth, name, value));
        });
        told.and(failed).map_err(io::Error::other)?;
    }
    file.write(out).map_err(io::Error::other)
}

fn column_type(field: &Field) -> ColumnType {
    match field.ty {
        FieldType::Integer(least, most) if i32::try_from(least).is_ok() && i32::try_from(most).is_ok() => {
            ColumnType::Int
        }
        FieldType::Integer(..) => ColumnType::Long,
        FieldType::Real(..) => ColumnType::Double,
        FieldType::Bool => ColumnType::Bool,
        FieldType::Date | FieldType::Instant => ColumnType::DateTime,
        FieldType::Text | FieldType::Choice(_) => ColumnType::String,
    }
}

fn column_value(ty: ColumnType, value: &serde_json::Value) -> Option<ColumnValue<'_>> {
    match ty {
        ColumnType::Int => Some(ColumnValue::Int(i32::try_from(value.as_i64()?).ok()?)),
        ColumnType::Long => Some(ColumnValue::Long(value.as_i64()?)),
        ColumnType::Double => Some(ColumnValue::Double(value.as_f64()?)),
        ColumnType::Bool => Some(ColumnValue::Bool(value.as_bool()?)),
        ColumnType::DateTime => Some(ColumnValue::DateTime(value.as_str()?)),
        _ => Some(ColumnValue::String(value.as_str()?)),
    }
}

/// A shape in a system of coordinates.
struct Told<'a> {
    shape: ShapeRef<'a>,
    crs: &'a Crs,
}

impl GeozeroGeometry for Told<'_> {
    fn process_geom<P: GeomProcessor>(&self, out: &mut P) -> Written<()> {
        let vertex = |out: &mut P, nth: usize, place| {
            let [lon, lat] = self.crs.degrees(place);
            out.xy(lon, lat, nth)
        };
        match self.shape.kind() {
            GeometryKind::Point => {
                out.point_begin(0)?;
                vertex(out, 0, self.shape.first())?;
                out.point_end(0)
            }
            GeometryKind::Line => {
                let lines: Vec<_> = self.shape.parts().map(|(_, line)| line).collect();
                let single = lines.len() == 1;
                if !single {
                    out.multilinestring_begin(lines.len(), 0)?;
                }
                for (nth, line) in lines.iter().enumerate() {
                    out.linestring_begin(single, line.len(), nth)?;
                    line.iter().enumerate().try_for_each(|(nth, place)| vertex(out, nth, *place))?;
                    out.linestring_end(single, nth)?;
                }
                if single {
                    return Ok(());
                }
                out.multilinestring_end(0)
            }
            GeometryKind::Polygon => {
                let polygons = self.shape.polygon_rings();
                out.multipolygon_begin(polygons.len(), 0)?;
                for (nth, rings) in polygons.iter().enumerate() {
                    out.polygon_begin(false, rings.len(), nth)?;
                    for (nth, ring) in rings.iter().enumerate() {
                        out.linestring_begin(false, ring.len(), nth)?;
                        ring.iter().enumerate().try_for_each(|(nth, place)| vertex(out, nth, *place))?;
                        out.linestring_end(false, nth)?;
                    }
                    out.polygon_end(false, nth)?;
                }
                out.multipolygon_end(0)
            }
        }
    }
}
