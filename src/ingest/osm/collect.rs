//! Passes over a file, each keeping only what it is for: relations, ways and nodes that layers ask for, the ways that
//! areas of relations are made of, and the nodes of ways.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::element::{Body, Element, Kind, Member, PackedTags, Pass};
use super::tags::{self, Layers};
use crate::ingest::ignored::Ignored;
use crate::model::{Layer, Place};

/// An element that layers ask for.
#[derive(Debug)]
pub struct Found<T> {
    /// Its number among its kind.
    pub id: i64,
    /// Its number in the file, from 1.
    pub row: u64,
    /// The layers that ask for it.
    pub layers: Layers,
    /// Its tags.
    pub tags: PackedTags,
    /// Where it is, its nodes or its member ways.
    pub body: T,
}

/// What a chunk of the file holds.
#[derive(Debug)]
pub struct Chunk<T> {
    pub found: Vec<Found<T>>,
    pub ignored: BTreeMap<Ignored, u64>,
    /// About how much memory all that takes.
    pub bytes: usize,
}

impl<T> Default for Chunk<T> {
    fn default() -> Self {
        Chunk { found: Vec::new(), ignored: BTreeMap::new(), bytes: 0 }
    }
}

impl<T> Chunk<T> {
    /// Puts what the next chunk holds behind this one's.
    pub fn join(&mut self, next: Chunk<T>, before: u64) {
        self.bytes += next.bytes;
        self.found.extend(next.found.into_iter().map(|found| Found { row: found.row + before, ..found }));
        for (why, count) in next.ignored {
            *self.ignored.entry(why).or_default() += count;
        }
    }

    fn ignore(&mut self, why: Ignored) {
        *self.ignored.entry(why).or_default() += 1;
    }

    /// Keeps an element whose body has `parts` numbers.
    fn keep(&mut self, nth: u32, element: &Element<'_>, layers: Layers, body: T, parts: usize) {
        let (row, tags) = (u64::from(nth) + 1, element.tags.pack());
        // An allocation takes 16 bytes more.
        self.bytes += size_of::<Found<T>>() + tags.bytes() + 8 * parts + 32;
        self.found.push(Found { id: element.id, row, layers, tags, body });
    }
}

/// The first pass: areas told by relations.
pub struct Relations {
    /// The one layer that is asked for, if not all are.
    pub only: Option<Layer>,
}

impl Pass for Relations {
    type Found = Chunk<Box<[i64]>>;
    const KIND: Kind = Kind::Relation;

    fn see(&self, nth: u32, element: &Element<'_>, chunk: &mut Self::Found) {
        let Body::Relation(members) = element.body else { return };
        match tags::layers(self.only, Kind::Relation, element.tags) {
            Ok(layers) => {
                let edges: Box<[i64]> = members.iter().filter(is_edge).map(|member| member.id).collect();
                let parts = edges.len();
                chunk.keep(nth, element, layers, edges, parts);
            }
            Err(why) => chunk.ignore(why),
        }
    }
}

/// Whether a member is a piece of the area's edge; its centre, label and parts are not.
fn is_edge(member: &&Member<'_>) -> bool {
    member.kind == Kind::Way && !matches!(member.role, "label" | "admin_centre" | "subarea")
}

/// The ways that areas of relations are made of, by number, in order.
pub struct Edges {
    /// Those of all areas.
    pub members: Vec<i64>,
    /// Those of administrative areas.
    pub boundaries: Vec<i64>,
}

impl Edges {
    /// The layers that ask for a way.
    fn asked(&self, only: Option<Layer>, element: &Element<'_>, refs: &[i64]) -> Result<Layers, Ignored> {
        let is_member = self.members.binary_search(&element.id).is_ok();
        let is_closed = refs.len() > 3 && refs.first() == refs.last();
        match tags::layers(only, Kind::Way, element.tags) {
            // The edge of a district is tagged like a district, and so is many an edge of a lake.
            Ok(layers) => {
                let on_boundary =
                    layers.has(Layer::Area) && (!is_closed || self.boundaries.binary_search(&element.id).is_ok());
                let layers = if on_boundary { layers.without(Layer::Area) } else { layers };
                let open_edge = is_member && !is_closed;
                let layers =
                    if open_edge { layers.iter().filter(is_area).fold(layers, Layers::without) } else { layers };
                if layers.is_empty() { Err(Ignored::Edge {}) } else { Ok(layers) }
            }
            Err(Ignored::Untagged {}) if is_member => Err(Ignored::Edge {}),
            Err(why) => Err(why),
        }
    }
}

/// The nodes of ways that layers ask for.
pub struct NodesOfWays<'a> {
    /// The one layer that is asked for, if not all are.
    pub only: Option<Layer>,
    pub edges: &'a Edges,
}

impl Pass for NodesOfWays<'_> {
    type Found = Vec<i64>;
    const KIND: Kind = Kind::Way;

    fn see(&self, _: u32, element: &Element<'_>, nodes: &mut Self::Found) {
        if let Body::Way(refs) = element.body
            && self.edges.asked(self.only, element, refs).is_ok()
        {
            nodes.extend(refs);
        }
    }
}

/// Ways that layers ask for.
pub struct Ways<'a> {
    /// The one layer that is asked for, if not all are.
    pub only: Option<Layer>,
    pub edges: &'a Edges,
}

impl Pass for Ways<'_> {
    type Found = Chunk<Box<[i64]>>;
    const KIND: Kind = Kind::Way;

    fn see(&self, nth: u32, element: &Element<'_>, chunk: &mut Self::Found) {
        let Body::Way(refs) = element.body else { return };
        match self.edges.asked(self.only, element, refs) {
            Ok(layers) => chunk.keep(nth, element, layers, refs.into(), refs.len()),
            Err(why) => chunk.ignore(why),
        }
    }
}

/// Ways of which areas are made.
pub struct MemberWays<'a> {
    /// Their numbers, in order.
    pub wanted: &'a [i64],
}

impl Pass for MemberWays<'_> {
    type Found = Vec<(i64, Box<[i64]>)>;
    const KIND: Kind = Kind::Way;

    fn see(&self, _: u32, element: &Element<'_>, found: &mut Self::Found) {
        if let (Body::Way(refs), Ok(_)) = (element.body, self.wanted.binary_search(&element.id)) {
            found.push((element.id, refs.into()));
        }
    }

    fn wants(&self, ids: RangeInclusive<i64>) -> bool {
        has_any(self.wanted, ids)
    }
}

fn has_any(wanted: &[i64], ids: RangeInclusive<i64>) -> bool {
    wanted.get(wanted.partition_point(|id| id < ids.start())).is_some_and(|next| next <= ids.end())
}

fn is_area(layer: &Layer) -> bool {
    layer.def().geometry == crate::model::GeometryKind::Polygon
}

/// Nodes that layers ask for, and where others are.
pub struct Nodes<'a> {
    /// The one layer that is asked for, if not all are.
    pub only: Option<Layer>,
    /// Nodes of ways, in order.
    pub wanted: &'a [i64],
}

/// What a chunk holds of nodes.
#[derive(Debug, Default)]
pub struct NodeChunk {
    pub asked: Chunk<Option<Place>>,
    /// Positions among the wanted nodes, and where those are.
    pub places: Vec<(u32, Place)>,
}

impl Pass for Nodes<'_> {
    type Found = NodeChunk;
    const KIND: Kind = Kind::Node;

    fn see(&self, nth: u32, element: &Element<'_>, chunk: &mut Self::Found) {
        let Body::Node(place) = element.body else { return };
        NodePlaces { wanted: self.wanted }.see(nth, element, &mut chunk.places);
        match tags::layers(self.only, Kind::Node, element.tags) {
            Ok(layers) => chunk.asked.keep(nth, element, layers, place, 0),
            Err(why) => chunk.asked.ignore(why),
        }
    }
}

/// Where nodes are.
pub struct NodePlaces<'a> {
    /// Their numbers, in order.
    pub wanted: &'a [i64],
}

impl Pass for NodePlaces<'_> {
    /// Positions among the wanted nodes, and where those are.
    type Found = Vec<(u32, Place)>;
    const KIND: Kind = Kind::Node;

    fn see(&self, _: u32, element: &Element<'_>, found: &mut Self::Found) {
        if let (Body::Node(Some(place)), Ok(at)) = (element.body, self.wanted.binary_search(&element.id)) {
            found.push((at as u32, place));
        }
    }

    fn wants(&self, ids: RangeInclusive<i64>) -> bool {
        has_any(self.wanted, ids)
    }
}
