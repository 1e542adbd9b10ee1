//! Mapbox Vector Tile 2.1: shapes in tile coordinates and their attributes as bytes.
//!
//! Bytes are written as features come, once: a value is looked up by the bytes it takes, a key by where the feature
//! before had it. That takes a quarter of the time of fast-mvt, which hashes every key and value of every feature and
//! moves its layer for each; the tests hold the writer to fast-mvt's bytes.

use xxhash_rust::xxh3::xxh3_64;

use super::coordinates::{EXTENT, Vertex};
use super::paths::Paths;
use super::protobuf::{bytes, bytes_len, field, number, varint, varint_len, zigzag};
use super::simplify::doubled_area;
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

/// Version of the specification.
const VERSION: u64 = 2;

/// Commands of a geometry.
const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u64 = 7;

/// Writes one tile. Layers stand in the order of their first feature; a layer without features is not written.
#[derive(Default)]
pub struct TileWriter {
    layers: Vec<OpenLayer>,
    /// The layer of the last feature.
    last: usize,
    /// Room for the tags, the geometry and one value of a feature.
    tags: Vec<u8>,
    geometry: Vec<u8>,
    value: Vec<u8>,
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
        if self.layers.get(self.last).is_none_or(|open| open.name != layer) {
            self.last = self.layers.iter().position(|open| open.name == layer).unwrap_or_else(|| {
                self.layers.push(OpenLayer::new(layer));
                self.layers.len() - 1
            });
        }
        let TileWriter { layers, last, tags, geometry, value } = self;
        let open = &mut layers[*last];
        tags.clear();
        let mut guess = 0;
        for (key, attribute) in attributes {
            value.clear();
            if encode(attribute, value) {
                let key = open.key(key, guess);
                guess = key + 1;
                varint(tags, key as u64);
                varint(tags, u64::from(open.values.number(value)));
            }
        }
        geometry.clear();
        let kind = commands(paths, geometry);
        let tags_len = if tags.is_empty() { 0 } else { bytes_len(tags) };
        let len = 1 + varint_len(id) + tags_len + 2 + bytes_len(geometry);
        let to = &mut open.features;
        to.push(field::LAYER_FEATURE);
        varint(to, len as u64);
        to.push(field::FEATURE_ID);
        varint(to, id);
        if !tags.is_empty() {
            bytes(to, field::FEATURE_TAGS, tags);
        }
        to.extend([field::FEATURE_KIND, kind]);
        bytes(to, field::FEATURE_GEOMETRY, geometry);
    }

    /// The tile as protobuf; `None` where nothing was added.
    pub fn finish(self) -> Option<Vec<u8>> {
        let room = self.layers.iter().map(|open| open.len() + 8).sum();
        let mut tile = Vec::with_capacity(room);
        for open in &self.layers {
            open.write(&mut tile);
        }
        (!self.layers.is_empty()).then_some(tile)
    }
}

/// A layer that features are added to.
struct OpenLayer {
    name: String,
    features: Vec<u8>,
    keys: Vec<String>,
    values: Values,
}

impl OpenLayer {
    fn new(name: &str) -> OpenLayer {
        OpenLayer { name: name.to_owned(), features: Vec::new(), keys: Vec::new(), values: Values::default() }
    }

    /// The number of a key. Attributes come in the same order feature by feature, so it mostly is the guess.
    fn key(&mut self, key: &str, guess: usize) -> usize {
        if self.keys.get(guess).is_some_and(|known| known == key) {
            return guess;
        }
        self.keys.iter().position(|known| known == key).unwrap_or_else(|| {
            self.keys.push(key.to_owned());
            self.keys.len() - 1
        })
    }

    /// How many bytes the message takes.
    fn len(&self) -> usize {
        let keys: usize = self.keys.iter().map(|key| bytes_len(key.as_bytes())).sum();
        let ends = 1 + varint_len(EXTENT as u64) + 1 + varint_len(VERSION);
        bytes_len(self.name.as_bytes()) + self.features.len() + keys + self.values.messages.len() + ends
    }

    fn write(&self, tile: &mut Vec<u8>) {
        tile.push(field::TILE_LAYER);
        varint(tile, self.len() as u64);
        bytes(tile, field::LAYER_NAME, self.name.as_bytes());
        tile.extend_from_slice(&self.features);
        for key in &self.keys {
            bytes(tile, field::LAYER_KEY, key.as_bytes());
        }
        tile.extend_from_slice(&self.values.messages);
        tile.push(field::LAYER_EXTENT);
        varint(tile, EXTENT as u64);
        tile.push(field::LAYER_VERSION);
        varint(tile, VERSION);
    }
}

/// The values of a layer, each once, numbered as they come.
#[derive(Default)]
struct Values {
    /// As they stand in the layer.
    messages: Vec<u8>,
    /// Where each value stands in `messages`.
    spans: Vec<(u32, u32)>,
    /// Number of a value plus one, and the upper half of its hash, at the lower half or the next free room after it;
    /// half of the rooms at most are taken.
    rooms: Vec<(u32, u32)>,
}

impl Values {
    /// The number of a value, given as its bytes.
    fn number(&mut self, value: &[u8]) -> u32 {
        if 2 * self.spans.len() >= self.rooms.len() {
            self.grow();
        }
        let hash = xxh3_64(value);
        let (mut room, mark) = (hash as usize & (self.rooms.len() - 1), (hash >> 32) as u32);
        loop {
            match self.rooms[room] {
                (0, _) => break,
                (next, known) if known == mark && self.bytes(next - 1) == value => return next - 1,
                _ => room = (room + 1) & (self.rooms.len() - 1),
            }
        }
        let number = self.spans.len() as u32;
        bytes(&mut self.messages, field::LAYER_VALUE, value);
        let end = self.messages.len() as u32;
        self.spans.push((end - value.len() as u32, end));
        self.rooms[room] = (number + 1, mark);
        number
    }

    fn bytes(&self, number: u32) -> &[u8] {
        let (start, end) = self.spans[number as usize];
        &self.messages[start as usize..end as usize]
    }

    fn grow(&mut self) {
        let count = (4 * self.spans.len()).next_power_of_two().max(64);
        self.rooms.clear();
        self.rooms.resize(count, (0, 0));
        for number in 0..self.spans.len() as u32 {
            let hash = xxh3_64(self.bytes(number));
            let mut room = hash as usize & (count - 1);
            while self.rooms[room].0 != 0 {
                room = (room + 1) & (count - 1);
            }
            self.rooms[room] = (number + 1, (hash >> 32) as u32);
        }
    }
}

/// Writes a value; false where there is nothing to write. Whole numbers in the shortest form: a negative one would else
/// take ten bytes.
fn encode(value: Attribute, to: &mut Vec<u8>) -> bool {
    match value {
        Attribute::Text(text) => bytes(to, field::TEXT, text.as_bytes()),
        Attribute::Integer(n) if n < 0 => number(to, field::SIGNED, zigzag(n)),
        Attribute::Integer(n) => number(to, field::UNSIGNED, n as u64),
        Attribute::Unsigned(n) => number(to, field::UNSIGNED, n),
        Attribute::Real(n) if !n.is_finite() => return false,
        Attribute::Real(n) => {
            to.push(field::DOUBLE);
            to.extend_from_slice(&n.to_le_bytes());
        }
        Attribute::Bool(yes) => to.extend([field::BOOL, u8::from(yes)]),
    }
    true
}

/// Writes the commands of a geometry and says its kind in the specification's numbers.
fn commands(paths: &Paths, to: &mut Vec<u8>) -> u8 {
    let mut cursor = Vertex { x: 0, y: 0 };
    let mut step = |to: &mut Vec<u8>, at: Vertex| {
        varint(to, zigzag(at.x - cursor.x));
        varint(to, zigzag(at.y - cursor.y));
        cursor = at;
    };
    let command = |to: &mut Vec<u8>, command: u64, count: usize| varint(to, (count as u64) << 3 | command);
    match paths.kind() {
        GeometryKind::Point => {
            command(to, MOVE_TO, paths.vertices().len());
            paths.vertices().iter().for_each(|at| step(to, *at));
            1
        }
        GeometryKind::Line => {
            for (line, _) in paths.iter() {
                command(to, MOVE_TO, 1);
                step(to, line[0]);
                command(to, LINE_TO, line.len() - 1);
                line[1..].iter().for_each(|at| step(to, *at));
            }
            2
        }
        GeometryKind::Polygon => {
            for (ring, outer) in paths.iter() {
                // Outer rings run clockwise as seen, holes the other way.
                let area = doubled_area(ring);
                let turned = area != 0 && (area > 0) != outer;
                command(to, MOVE_TO, 1);
                if turned {
                    let (last, rest) = (ring[ring.len() - 1], &ring[..ring.len() - 1]);
                    step(to, last);
                    command(to, LINE_TO, rest.len());
                    rest.iter().rev().for_each(|at| step(to, *at));
                } else {
                    step(to, ring[0]);
                    command(to, LINE_TO, ring.len() - 1);
                    ring[1..].iter().for_each(|at| step(to, *at));
                }
                command(to, CLOSE_PATH, 1);
            }
            3
        }
    }
}

#[cfg(test)]
mod tests;
