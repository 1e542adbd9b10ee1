//! OpenStreetMap: nodes, ways and relations become places, lines and areas with the key `node/1`, `way/1`,
//! `relation/1`.
//!
//! An area is a closed way of a polygon layer or a `multipolygon` or `boundary` relation; a line is a way of a line
//! layer, a closed one too (a square's edge joins the roads that end there). What belongs to a point layer but is
//! mapped as an area stands at a place inside it: wherever its centroid is, that place is in the right building and
//! the right district. A way that the extract has cut keeps what is there, a line its pieces and an outline its
//! remaining corners, and that is told; an area that has lost ways is rejected.

mod collect;
mod element;
mod pbf;
mod rings;
mod tags;
mod xml;

use std::collections::HashMap;
use std::path::Path;

use collect::{Chunk, Found, NodeChunk, Nodes, Relations, WayChunk, Ways};
use element::{PackedTags, Pass};
use tags::Layers;

use super::crossing;
use super::error::IngestError;
use super::geometry;
use super::ignored::Ignored;
use super::record::{Cell, Geometry, Item, Reader, Record};
use super::reject::Reason;
use crate::model::{GeometryKind, Layer, Place, Shape};
pub use tags::map as map_tags;

/// The source of OpenStreetMap's features, unless another is named.
pub const SOURCE: &str = "osm";

/// What a map of OpenStreetMap's data must say.
pub const ATTRIBUTION: &str = "© OpenStreetMap contributors, ODbL 1.0";

/// Which of the two formats a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Protocol buffers, `.osm.pbf`.
    Pbf,
    /// XML, `.osm`, perhaps gzipped.
    Xml,
}

enum OsmFile {
    Pbf(pbf::PbfFile),
    Xml(xml::XmlFile),
}

impl OsmFile {
    fn run<P: Pass>(
        &mut self,
        pass: &P,
        join: &mut dyn FnMut(P::Found, u64),
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), IngestError> {
        match self {
            OsmFile::Pbf(file) => file.run(pass, join, progress),
            OsmFile::Xml(file) => file.run(pass, join, progress),
        }
    }

    fn elements(&self) -> u64 {
        match self {
            OsmFile::Pbf(file) => file.elements(),
            OsmFile::Xml(file) => file.elements(),
        }
    }
}

/// What layers ask for in a file, in memory, to be handed on one by one.
pub struct OsmReader {
    read: u64,
    emitted: u64,
    to_emit: u64,
    ignored: std::collections::btree_map::IntoIter<Ignored, u64>,
    nodes: std::vec::IntoIter<Found<Option<Place>>>,
    ways: std::vec::IntoIter<Found<Box<[i64]>>>,
    relations: std::vec::IntoIter<Found<Box<[i64]>>>,
    members: HashMap<i64, Box<[i64]>>,
    places: Places,
    pending: Vec<Record>,
}

/// Where the nodes of kept ways are.
#[derive(Default)]
struct Places {
    ids: Vec<i64>,
    places: Vec<Option<Place>>,
}

impl Places {
    fn of(&self, refs: &[i64]) -> Vec<Option<Place>> {
        let place = |id: &i64| self.ids.binary_search(id).ok().and_then(|at| self.places[at]);
        refs.iter().map(place).collect()
    }
}

/// Opens a file and reads what layers (or `only` one) ask for. `progress` gets bytes done of three times the file's size.
pub fn open(
    path: &Path,
    encoding: Encoding,
    only: Option<Layer>,
    progress: &mut dyn FnMut(u64),
) -> Result<OsmReader, IngestError> {
    let mut file = match encoding {
        Encoding::Pbf => OsmFile::Pbf(pbf::PbfFile::open(path)?),
        Encoding::Xml => OsmFile::Xml(xml::XmlFile::open(path)),
    };
    let size = std::fs::metadata(path).map_or(0, |meta| meta.len());

    let mut relations = Chunk::default();
    file.run(&Relations { only }, &mut |chunk, before| relations.join(chunk, before), progress)?;

    let found = &relations.found;
    let members = sorted(found.iter().flat_map(|area| area.body.iter().copied()));
    let districts = found.iter().filter(|area| area.layers.has(Layer::Area));
    let boundaries = sorted(districts.flat_map(|area| area.body.iter().copied()));
    let mut ways = WayChunk::default();
    let join = &mut |chunk: WayChunk, before| {
        ways.asked.join(chunk.asked, before);
        ways.members.extend(chunk.members);
    };
    file.run(&Ways { only, members: &members, boundaries: &boundaries }, join, &mut |done| progress(size + done))?;

    let refs =
        ways.asked.found.iter().flat_map(|way| way.body.iter()).chain(ways.members.iter().flat_map(|(_, refs)| refs));
    let ids = sorted(refs.copied());
    let mut nodes = Chunk::default();
    let mut places = vec![None; ids.len()];
    let join = &mut |chunk: NodeChunk, before| {
        nodes.join(chunk.asked, before);
        for (at, place) in chunk.places {
            places[at as usize] = Some(place);
        }
    };
    file.run(&Nodes { only, wanted: &ids }, join, &mut |done| progress(2 * size + done))?;

    let mut ignored = relations.ignored;
    for (why, count) in nodes.ignored.into_iter().chain(ways.asked.ignored) {
        *ignored.entry(why).or_default() += count;
    }
    let twice = |found: &Layers| found.iter().count() as u64 - 1;
    let more: u64 = (nodes.found.iter().map(|found| found.layers))
        .chain(ways.asked.found.iter().map(|found| found.layers))
        .chain(relations.found.iter().map(|found| found.layers))
        .map(|layers| twice(&layers))
        .sum();
    let kept = (nodes.found.len() + ways.asked.found.len() + relations.found.len()) as u64 + more;
    Ok(OsmReader {
        read: file.elements() + more,
        emitted: 0,
        to_emit: kept,
        ignored: ignored.into_iter(),
        nodes: nodes.found.into_iter(),
        ways: ways.asked.found.into_iter(),
        relations: relations.found.into_iter(),
        members: ways.members.into_iter().collect(),
        places: Places { ids, places },
        pending: Vec::new(),
    })
}

fn sorted(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl Iterator for OsmReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((why, count)) = self.ignored.next() {
            return Some(Ok(Item::Ignored(why, count)));
        }
        if self.pending.is_empty() {
            if let Some(node) = self.nodes.next() {
                self.pending = records("node", &node, false, |layer| node_shape(node.body, layer));
            } else if let Some(way) = self.ways.next() {
                let cut = self.places.of(&way.body).contains(&None);
                self.pending = records("way", &way, cut, |layer| way_shape(&way.body, layer, &self.places));
            } else if let Some(relation) = self.relations.next() {
                let (area, cut) = self.area_of(&relation.body);
                self.pending = records("relation", &relation, cut, |layer| area_shape(area.clone(), layer));
            }
        }
        let record = self.pending.pop()?;
        self.emitted += 1;
        Some(Ok(Item::Record(record)))
    }
}

impl Reader for OsmReader {
    /// Elements; one that belongs to two layers counts twice.
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        (self.emitted, self.to_emit)
    }
}

impl OsmReader {
    /// The area of a relation, and whether it lacks nodes.
    fn area_of(&self, members: &[i64]) -> (Geometry, bool) {
        let ways: Vec<_> = members.iter().filter_map(|id| self.members.get(id)).collect();
        if ways.len() < members.len() {
            let reason = Reason::Incomplete { missing: members.len() - ways.len(), of: members.len() };
            return (Geometry::Unusable(reason), true);
        }
        let all: Vec<Vec<Option<Place>>> = ways.iter().map(|refs| self.places.of(refs)).collect();
        let rings: Vec<Vec<Place>> = all.iter().map(|ring| ring.iter().flatten().copied().collect()).collect();
        let (of, found) = (all.iter().map(Vec::len).sum(), rings.iter().map(Vec::len).sum::<usize>());
        match assemble(&rings) {
            Ok(area) => (area, found < of),
            Err(_) if found < of => (Geometry::Unusable(Reason::MissingNodes { missing: of - found, of }), true),
            Err(reason) => (Geometry::Unusable(reason), false),
        }
    }
}

/// One record a layer that asks for the element; last layer first, as they are taken from the end.
fn records<T>(kind: &str, found: &Found<T>, cut: bool, shape: impl Fn(Layer) -> Geometry) -> Vec<Record> {
    let layers: Vec<Layer> = found.layers.iter().collect();
    let record = |layer: &Layer| Record {
        row: found.row,
        key: Some(format!("{kind}/{}", found.id).into()),
        layer: Some(*layer),
        geometry: shape(*layer),
        columns: columns(&found.tags),
        original: None,
        cut,
    };
    layers.iter().rev().map(record).collect()
}

fn columns(tags: &PackedTags) -> Vec<(Box<str>, Cell)> {
    tags.iter().map(|(key, value)| (key.into(), Cell::Text(value.into()))).collect()
}

fn node_shape(place: Option<Place>, layer: Layer) -> Geometry {
    match (place, layer.def().geometry) {
        (None, _) => Geometry::Unusable(Reason::OffEarth { lon: "?".into(), lat: "?".into() }),
        (Some(place), GeometryKind::Point) => Geometry::Built(Shape::point(place), None),
        (Some(_), _) => Geometry::Unusable(geometry::wrong_kind(layer)),
    }
}

fn way_shape(refs: &[i64], layer: Layer, places: &Places) -> Geometry {
    if layer.def().geometry == GeometryKind::Line {
        let all = places.of(refs);
        let pieces = all.split(Option::is_none).map(|piece| piece.iter().flatten().copied().collect::<Vec<Place>>());
        let missing = all.iter().filter(|place| place.is_none()).count();
        return match Shape::lines(pieces) {
            Ok(shape) => Geometry::Built(shape, None),
            Err(_) if missing > 0 => Geometry::Unusable(Reason::MissingNodes { missing, of: refs.len() }),
            Err(err) => Geometry::Unusable(geometry::shape_reason(err)),
        };
    }
    let all = places.of(refs);
    let mut places: Vec<Place> = all.iter().flatten().copied().collect();
    let closed = refs.len() > 3 && (refs.first() == refs.last() || (all.first() == all.last() && all[0].is_some()));
    if !closed {
        let at = all.last().copied().flatten();
        let at = at.map_or_else(|| "?".to_owned(), |p| format!("{:.7}, {:.7}", p.lon_degrees(), p.lat_degrees()));
        return Geometry::Unusable(Reason::OpenRing { at });
    }
    if places.len() < 3 && places.len() < refs.len() {
        return Geometry::Unusable(Reason::MissingNodes { missing: refs.len() - places.len(), of: refs.len() });
    }
    if places.first() != places.last() {
        places.push(places[0]);
    }
    let area = match Shape::polygons([vec![places.clone()]]) {
        Ok(shape) if !crossing::is_flawed(&shape) => Geometry::Built(shape, None),
        // A ring that goes back on itself may still tell an area, with a hole even.
        Ok(_) => assemble(&[places]).unwrap_or_else(Geometry::Unusable),
        Err(err) => Geometry::Unusable(geometry::shape_reason(err)),
    };
    area_shape(area, layer)
}

fn assemble(ways: &[Vec<Place>]) -> Result<Geometry, Reason> {
    let (polygons, flaw) = rings::assemble(ways)?;
    let shape = Shape::polygons(polygons).map_err(geometry::shape_reason)?;
    Ok(Geometry::Built(shape, flaw))
}

/// An area as a layer holds it: itself, or a place inside.
fn area_shape(area: Geometry, layer: Layer) -> Geometry {
    match (area, layer.def().geometry) {
        (Geometry::Built(shape, _), GeometryKind::Point) => {
            Geometry::Built(Shape::point(geometry::place_in(&shape)), None)
        }
        (Geometry::Built(..), GeometryKind::Line) => Geometry::Unusable(geometry::wrong_kind(layer)),
        (area, _) => area,
    }
}
