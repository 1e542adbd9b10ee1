//! What every reader turns its file into: records with a geometry and columns, still in the file's own words.
//!
//! A reader knows its format and nothing of fields; a record knows nothing of files. The engine between them decides
//! what is kept.

use serde_json::Value as Json;

use super::error::IngestError;
use super::ignored::Ignored;
use super::reject::Reason;
use crate::crs::{Crs, CrsError};
use crate::model::{Flaw, Layer, Place, Shape};

/// Longitude and latitude in degrees, as the file gives them: not yet known to be on earth.
pub type Degrees = [f64; 2];

/// A geometry as a file gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Geometry {
    /// The record has none.
    None,
    /// Places: one of a point, several of a multipoint.
    Points(Vec<Degrees>),
    /// Lines, each a row of vertices.
    Lines(Vec<Vec<Degrees>>),
    /// Polygons, each its outer ring and holes.
    Polygons(Vec<Vec<Vec<Degrees>>>),
    /// A shape the reader has built itself (OpenStreetMap's ways and relations).
    Built(Shape, Option<Flaw>),
    /// One the reader could not make sense of.
    Unusable(Reason),
}

impl Geometry {
    /// The same as a shape, where it can be one whatever the layer is.
    pub fn to_shape(&self) -> Option<Shape> {
        let place = |at: &Degrees| Place::from_degrees(at[0], at[1]);
        let line = |line: &Vec<Degrees>| line.iter().map(place).collect::<Option<Vec<Place>>>();
        match self {
            Geometry::Points(points) => match points.as_slice() {
                [at] => place(at).map(Shape::point),
                _ => None,
            },
            Geometry::Lines(lines) => Shape::lines(lines.iter().map(line).collect::<Option<Vec<_>>>()?).ok(),
            Geometry::Polygons(polygons) => {
                let rings = |rings: &Vec<Vec<Degrees>>| rings.iter().map(line).collect::<Option<Vec<_>>>();
                Shape::polygons(polygons.iter().map(rings).collect::<Option<Vec<_>>>()?).ok()
            }
            Geometry::Built(shape, _) => Some(shape.clone()),
            Geometry::None | Geometry::Unusable(_) => None,
        }
    }
}

/// A column's content.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text of a table or a tag.
    Text(Box<str>),
    /// A typed value of a JSON file or a spreadsheet; never a text.
    Json(Json),
    /// What a spreadsheet shows where a formula failed, such as `#REF!`: no value at all, but not nothing.
    Error(Box<str>),
}

impl Cell {
    /// The cell as JSON, for keeping and for the reject report.
    pub fn to_json(&self) -> Json {
        match self {
            Cell::Text(text) | Cell::Error(text) => Json::from(&**text),
            Cell::Json(json) => json.clone(),
        }
    }
}

/// One row, feature or element of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Row, feature or element number in the file, from 1.
    pub row: u64,
    /// The key it has by its format alone: `way/1`, a GeoJSON feature's `id`.
    pub key: Option<Box<str>>,
    /// The layer, where the format tells it.
    pub layer: Option<Layer>,
    /// Its geometry.
    pub geometry: Geometry,
    /// Its columns by name, in the file's order; empty ones may be left out.
    pub columns: Vec<(Box<str>, Cell)>,
    /// The whole record as it stood in the file, where columns do not already say it.
    pub original: Option<Box<str>>,
    /// Whether the geometry is what an extract's edge has left of it.
    pub cut: bool,
}

impl Record {
    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        let vertices = match &self.geometry {
            Geometry::Points(points) => points.len(),
            Geometry::Lines(lines) => lines.iter().map(Vec::len).sum(),
            Geometry::Polygons(polygons) => polygons.iter().flatten().map(Vec::len).sum(),
            Geometry::None | Geometry::Built(..) | Geometry::Unusable(_) => 0,
        };
        let cells = self.columns.iter().map(|(name, cell)| match cell {
            Cell::Text(text) | Cell::Error(text) => 64 + name.len() + text.len(),
            // A value of JSON takes more than its text, which is in the original too.
            Cell::Json(_) => 200 + name.len(),
        });
        16 * vertices + cells.sum::<usize>() + self.original.as_ref().map_or(0, |text| text.len())
    }

    /// The record in the file's own words, for the reject report.
    pub fn to_original(&self) -> String {
        match &self.original {
            Some(text) => text.to_string(),
            None => {
                let columns = self.columns.iter().map(|(name, cell)| (name.to_string(), cell.to_json()));
                Json::Object(columns.collect()).to_string()
            }
        }
    }
}

/// What a reader hands on.
#[derive(Debug)]
pub enum Item {
    /// A record some layer may take.
    Record(Record),
    /// So many elements that no layer asks for, and what they are.
    Ignored(Ignored, u64),
}

/// A file's records in order. An error ends the import: nothing of it is kept.
pub trait Reader: Iterator<Item = Result<Item, IngestError>> {
    /// How many records the file has given so far; after the last, all it holds.
    fn read(&self) -> u64;

    /// How far it has come, and how far it is to go, in whatever unit.
    fn progress(&self) -> (u64, u64);

    /// The coordinates the file itself says it is in, as far as it has been read; an error where they are refused,
    /// which a person's `--crs` overrules.
    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        None
    }
}
