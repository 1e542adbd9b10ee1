//! One feature of a FlatGeobuf file: its table is verified, then becomes a geometry and columns.

use flatgeobuf::{ColumnType, GeometryType, size_prefixed_root_as_feature};
use serde_json::Value as Json;

use crate::ingest::grid::{MOST_COLUMNS, names};
use crate::ingest::record::{Cell, Degrees, Geometry};
use crate::ingest::reject::Reason;

/// The most bytes of a column's name.
const MOST_NAME: usize = 1024;

/// A column as header or feature declare it.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: Box<str>,
    ty: ColumnType,
}

/// The columns a feature fills, by name.
pub type Cells = Vec<(Box<str>, Cell)>;

/// The columns that are declared; the error says what is impossible about them.
pub fn columns<'a>(declared: impl Iterator<Item = flatgeobuf::Column<'a>>) -> Result<Vec<Column>, String> {
    let declared: Vec<_> = declared.take(MOST_COLUMNS + 1).collect();
    if declared.len() > MOST_COLUMNS {
        return Err(format!("more than {MOST_COLUMNS} columns"));
    }
    if let Some(long) = declared.iter().map(|column| column.name().len()).find(|len| *len > MOST_NAME) {
        return Err(format!("a column name of {long} bytes"));
    }
    let named = names(declared.iter().map(|column| column.name()));
    Ok(named.into_iter().zip(declared).map(|(name, column)| Column { name, ty: column.type_() }).collect())
}

/// The first line of what the verifier says; the rest is a trace of tables.
pub fn first_line(err: &impl std::fmt::Display) -> String {
    err.to_string().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// A feature's geometry and columns from its bytes, the size before them included. The error says why it is none.
pub fn read(bytes: &[u8], kind: GeometryType, shared: &[Column]) -> Result<(Geometry, Cells), String> {
    let feature = size_prefixed_root_as_feature(bytes).map_err(|err| first_line(&err))?;
    let own = columns(feature.columns().into_iter().flatten())?;
    let columns = if own.is_empty() { shared } else { &own };
    let cells = cells(feature.properties().map_or(&[], |properties| properties.bytes()), columns)?;
    let geometry = match feature.geometry() {
        Some(geometry) => {
            let mut found = Found { left: bytes.len(), ..Found::default() };
            let kind = if kind == GeometryType::Unknown { geometry.type_() } else { kind };
            match found.take(geometry, kind) {
                Ok(()) => found.into_geometry(),
                Err(what) => Geometry::Unusable(Reason::BadGeometry { what }),
            }
        }
        None => Geometry::None,
    };
    Ok((geometry, cells))
}

/// Parts of a geometry by kind.
#[derive(Default)]
struct Found {
    points: Vec<Degrees>,
    lines: Vec<Vec<Degrees>>,
    polygons: Vec<Vec<Vec<Degrees>>>,
    /// Bytes of the feature that no part has used yet: tables can share what they point to, and would come out larger
    /// without end.
    left: usize,
}

impl Found {
    /// Takes a geometry of a kind. Nests no deeper than the verifier lets tables nest, which is 64.
    fn take(&mut self, geometry: flatgeobuf::Geometry<'_>, kind: GeometryType) -> Result<(), String> {
        self.spend(4)?;
        match kind {
            GeometryType::Point | GeometryType::MultiPoint => {
                // Neither number is how an empty point is written.
                let places = self.vertices(geometry)?.into_iter();
                self.points.extend(places.filter(|at| !(at[0].is_nan() && at[1].is_nan())));
            }
            GeometryType::LineString => {
                let line = self.vertices(geometry)?;
                self.lines.extend((!line.is_empty()).then_some(line));
            }
            GeometryType::MultiLineString => {
                let lines = self.rings(geometry)?;
                self.lines.extend(lines);
            }
            GeometryType::Polygon => {
                let rings = self.rings(geometry)?;
                self.polygons.extend((!rings.is_empty()).then_some(rings));
            }
            GeometryType::MultiPolygon => {
                for part in geometry.parts().into_iter().flatten() {
                    self.take(part, GeometryType::Polygon)?;
                }
            }
            GeometryType::GeometryCollection => {
                for part in geometry.parts().into_iter().flatten() {
                    self.take(part, part.type_())?;
                }
            }
            other => {
                let name = other.variant_name().map_or_else(|| other.0.to_string(), str::to_owned);
                return Err(format!("a geometry of type “{name}”"));
            }
        }
        Ok(())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), String> {
        self.left = self.left.checked_sub(bytes).ok_or("parts that share their vertices")?;
        Ok(())
    }

    fn vertices(&mut self, geometry: flatgeobuf::Geometry<'_>) -> Result<Vec<Degrees>, String> {
        let Some(xy) = geometry.xy() else { return Ok(Vec::new()) };
        self.spend(xy.len() * 8)?;
        if !xy.len().is_multiple_of(2) {
            return Err(format!("{} numbers for longitudes and latitudes", xy.len()));
        }
        Ok((0..xy.len() / 2).map(|nth| [xy.get(2 * nth), xy.get(2 * nth + 1)]).collect())
    }

    /// Vertices cut where the parts end; in one piece where no ends are given.
    fn rings(&mut self, geometry: flatgeobuf::Geometry<'_>) -> Result<Vec<Vec<Degrees>>, String> {
        let vertices = self.vertices(geometry)?;
        let Some(ends) = geometry.ends().filter(|ends| !ends.is_empty()) else {
            return Ok(if vertices.is_empty() { Vec::new() } else { vec![vertices] });
        };
        self.spend(ends.len() * 4)?;
        let mut rings = Vec::new();
        let mut start = 0;
        for end in ends {
            let ring = vertices.get(start..end as usize);
            rings.push(ring.ok_or_else(|| format!("a part that ends at vertex {end} of {}", vertices.len()))?.to_vec());
            start = end as usize;
        }
        match start == vertices.len() {
            true => Ok(rings),
            false => Err(format!("parts that end at vertex {start} of {}", vertices.len())),
        }
    }

    /// As one geometry if all is of one kind.
    fn into_geometry(self) -> Geometry {
        match (self.points.is_empty(), self.lines.is_empty(), self.polygons.is_empty()) {
            (true, true, true) => Geometry::None,
            (false, true, true) => Geometry::Points(self.points),
            (true, false, true) => Geometry::Lines(self.lines),
            (true, true, false) => Geometry::Polygons(self.polygons),
            _ => Geometry::Unusable(Reason::MixedCollection {}),
        }
    }
}

/// The columns a feature fills: a position and a value each.
fn cells(mut bytes: &[u8], columns: &[Column]) -> Result<Cells, String> {
    let mut cells = Cells::new();
    let mut seen = vec![false; columns.len()];
    while !bytes.is_empty() {
        let nth = usize::from(u16::from_le_bytes(fixed(&mut bytes)?));
        let column = columns.get(nth).ok_or_else(|| format!("column {nth} of {}", columns.len()))?;
        if std::mem::replace(&mut seen[nth], true) {
            return Err(format!("column “{}” twice", column.name));
        }
        cells.push((column.name.clone(), cell(&mut bytes, column.ty)?));
    }
    Ok(cells)
}

/// The value at the head of the bytes, all of them little-endian.
fn cell(bytes: &mut &[u8], ty: ColumnType) -> Result<Cell, String> {
    let real = |number: f64| match number.is_finite() {
        true => Cell::Json(number.into()),
        false => Cell::Text(number.to_string().into()),
    };
    Ok(match ty {
        ColumnType::Byte => Cell::Json(i8::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::UByte => Cell::Json(u8::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::Bool => Cell::Json((fixed::<1>(bytes)? != [0]).into()),
        ColumnType::Short => Cell::Json(i16::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::UShort => Cell::Json(u16::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::Int => Cell::Json(i32::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::UInt => Cell::Json(u32::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::Long => Cell::Json(i64::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::ULong => Cell::Json(u64::from_le_bytes(fixed(bytes)?).into()),
        ColumnType::Float => {
            let number = f32::from_le_bytes(fixed(bytes)?);
            // By its shortest digits: 0.3 is not to become 0.30000001192092896.
            real(number.to_string().parse().unwrap_or(f64::from(number)))
        }
        ColumnType::Double => real(f64::from_le_bytes(fixed(bytes)?)),
        ColumnType::String | ColumnType::DateTime => Cell::Text(text(bytes)?.into()),
        ColumnType::Json => {
            let json = text(bytes)?;
            match serde_json::from_str(json) {
                Ok(Json::String(text)) => Cell::Text(text.into()),
                Ok(value) => Cell::Json(value),
                Err(_) => Cell::Text(json.into()),
            }
        }
        ColumnType::Binary => {
            let digits = sized(bytes)?.iter().map(|byte| format!("{byte:02x}"));
            Cell::Text(digits.collect::<String>().into())
        }
        other => return Err(format!("a column of type {}", other.0)),
    })
}

fn text<'a>(bytes: &mut &'a [u8]) -> Result<&'a str, String> {
    std::str::from_utf8(sized(bytes)?).map_err(|_| "a text that is not UTF-8".to_owned())
}

fn sized<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let len = u32::from_le_bytes(fixed(bytes)?) as usize;
    let (value, rest) = bytes.split_at_checked(len).ok_or_else(short)?;
    *bytes = rest;
    Ok(value)
}

fn fixed<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], String> {
    let (value, rest) = bytes.split_first_chunk().ok_or_else(short)?;
    *bytes = rest;
    Ok(*value)
}

fn short() -> String {
    "properties that are cut short".to_owned()
}
