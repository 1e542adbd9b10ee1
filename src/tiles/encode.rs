//! Mapbox Vector Tile 2.1: shapes in tile coordinates and their attributes as bytes, and those bytes compressed.

use std::cell::RefCell;

use fast_mvt::{MvtCoord, MvtFeatureBuilder, MvtGeomType, MvtLayerBuilder, MvtResult, MvtValueRef};
use libdeflater::{CompressionLvl, Compressor};

use super::coordinates::Vertex;
use crate::model::GeometryKind;

/// A value of an attribute. A number that is not finite is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attribute<'a> {
    /// UTF-8 text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond `i64`.
    Unsigned(u64),
    /// A number.
    Real(f64),
    /// Yes or no.
    Bool(bool),
}

/// The parts of a shape in tile coordinates: vertices without repetition, rings open and with area, each outer ring
/// before its holes. Which way rings wind is the writer's affair.
#[derive(Clone, Debug)]
pub struct Paths {
    kind: GeometryKind,
    vertices: Vec<Vertex>,
    /// End of each part in `vertices`, and whether it begins a polygon.
    parts: Vec<(usize, bool)>,
}

impl Paths {
    /// No part yet.
    pub fn new(kind: GeometryKind) -> Paths {
        Paths { kind, vertices: Vec::new(), parts: Vec::new() }
    }

    /// Forgets all parts but not the room they took.
    pub fn clear(&mut self, kind: GeometryKind) {
        self.kind = kind;
        self.vertices.clear();
        self.parts.clear();
    }

    /// Adds a point, a line, or an open ring; `outer` where a ring begins a polygon.
    pub fn push(&mut self, part: &[Vertex], outer: bool) {
        self.vertices.extend_from_slice(part);
        self.parts.push((self.vertices.len(), outer));
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Takes away all parts after the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.parts.truncate(len);
        self.vertices.truncate(self.parts.last().map_or(0, |&(end, _)| end));
    }

    /// Whether there is no part.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = (&[Vertex], bool)> {
        let mut start = 0;
        self.parts.iter().map(move |&(end, outer)| {
            let part = &self.vertices[start..end];
            start = end;
            (part, outer)
        })
    }
}

/// Writes one tile. Layers stand in the order of their first feature; a layer without features is not written.
#[derive(Default)]
pub struct TileWriter {
    layers: Vec<MvtLayerBuilder>,
}

impl TileWriter {
    /// Adds a feature to the source layer of a name. Without parts nothing is added.
    pub fn add<'a>(
        &mut self,
        layer: &str,
        id: u64,
        paths: &Paths,
        attributes: impl IntoIterator<Item = (&'static str, Attribute<'a>)>,
    ) {
        if paths.is_empty() {
            return;
        }
        let at = self.layers.iter().position(|open| open.name() == layer).unwrap_or_else(|| {
            self.layers.push(MvtLayerBuilder::new(layer).expect("every source layer has a name"));
            self.layers.len() - 1
        });
        let mut feature = self.layers.swap_remove(at).feature_of(match paths.kind {
            GeometryKind::Point => MvtGeomType::Point,
            GeometryKind::Line => MvtGeomType::LineString,
            GeometryKind::Polygon => MvtGeomType::Polygon,
        });
        feature.id(Some(id));
        geometry(&mut feature, paths).expect("parts are not empty and have fewer than 2^29 vertices");
        for (key, value) in attributes {
            tag(&mut feature, key, value).expect("a layer has fewer than 2^32 keys and values");
        }
        // The layer comes back to where it was taken from.
        self.layers.push(feature.end());
        let last = self.layers.len() - 1;
        self.layers.swap(at, last);
    }

    /// The tile as protobuf; `None` where nothing was added.
    pub fn finish(self) -> Option<Vec<u8>> {
        let layers: Vec<Vec<u8>> = self.layers.into_iter().map(MvtLayerBuilder::encode).collect();
        (!layers.is_empty()).then(|| layers.concat())
    }
}

fn geometry(feature: &mut MvtFeatureBuilder, paths: &Paths) -> MvtResult<()> {
    let coord = |at: &Vertex| MvtCoord { x: at.x as i32, y: at.y as i32 };
    match paths.kind {
        GeometryKind::Point => {
            feature.points(paths.vertices.iter().map(coord))?;
        }
        GeometryKind::Line => {
            for (line, _) in paths.iter() {
                feature.line(line.iter().map(coord))?;
            }
        }
        GeometryKind::Polygon => {
            for (ring, outer) in paths.iter() {
                feature.ring(ring.iter().map(coord), outer)?;
            }
        }
    }
    Ok(())
}

/// Whole numbers in the shortest form: a negative one would else take ten bytes.
fn tag(feature: &mut MvtFeatureBuilder, key: &str, value: Attribute) -> MvtResult<()> {
    let value = match value {
        Attribute::Text(text) => MvtValueRef::String(text),
        Attribute::Integer(n) => u64::try_from(n).map_or(MvtValueRef::SInt(n), MvtValueRef::UInt),
        Attribute::Unsigned(n) => MvtValueRef::UInt(n),
        Attribute::Real(n) if n.is_finite() => MvtValueRef::Double(n),
        Attribute::Real(_) => return Ok(()),
        Attribute::Bool(yes) => MvtValueRef::Bool(yes),
    };
    feature.tag_ref(key, value)?;
    Ok(())
}

thread_local! {
    /// A compressor and the room it writes to: making them anew takes as long as compressing a small tile.
    static COMPRESSOR: RefCell<(Compressor, Vec<u8>)> = {
        let level = CompressionLvl::new(1).expect("libdeflate has a level 1");
        RefCell::new((Compressor::new(level), Vec::new()))
    };
}

/// Compresses a tile to gzip, quickly (level 1): the same bytes for the same tile on every processor, no time in them.
pub fn compress(tile: &[u8]) -> Vec<u8> {
    COMPRESSOR.with_borrow_mut(|(compressor, room)| {
        let bound = compressor.gzip_compress_bound(tile.len());
        room.resize(bound.max(room.len()), 0);
        let len = compressor.gzip_compress(tile, room).expect("the room is as long as the bound says");
        room[..len].to_vec()
    })
}
