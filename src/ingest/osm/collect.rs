//! Three passes over a file, each keeping only what layers ask for: relations, then their ways and the asked ones,
//! then the nodes of these. Memory goes with what is kept, not with the file.

use std::collections::BTreeMap;

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
}

impl<T> Default for Chunk<T> {
    fn default() -> Self {
        Chunk { found: Vec::new(), ignored: BTreeMap::new() }
    }
}

impl<T> Chunk<T> {
    /// Puts what the next chunk holds behind this one's.
    pub fn join(&mut self, next: Chunk<T>, before: u64) {
        self.found.extend(next.found.into_iter().map(|found| Found { row: found.row + before, ..found }));
        for (why, count) in next.ignored {
            *self.ignored.entry(why).or_default() += count;
        }
    }

    fn ignore(&mut self, why: Ignored) {
        *self.ignored.entry(why).or_default() += 1;
    }

    fn keep(&mut self, nth: u32, element: &Element<'_>, layers: Layers, body: T) {
        let row = u64::from(nth) + 1;
        self.found.push(Found { id: element.id, row, layers, tags: element.tags.pack(), body });
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
            Ok(layers) => chunk.keep(nth, element, layers, members.iter().filter(is_edge).map(|m| m.id).collect()),
            Err(why) => chunk.ignore(why),
        }
    }
}

/// Whether a member is a piece of the area's edge; its centre, label and parts are not.
fn is_edge(member: &&Member<'_>) -> bool {
    member.kind == Kind::Way && !matches!(member.role, "label" | "admin_centre" | "subarea")
}

/// The second pass: ways that layers ask for, and the members of the areas found before.
pub struct Ways<'a> {
    /// The one layer that is asked for, if not all are.
    pub only: Option<Layer>,
    /// Member ways of all areas, in order.
    pub members: &'a [i64],
    /// Member ways of administrative areas, in order.
    pub boundaries: &'a [i64],
}

/// What a chunk holds of ways.
#[derive(Debug, Default)]
pub struct WayChunk {
    pub asked: Chunk<Box<[i64]>>,
    pub members: Vec<(i64, Box<[i64]>)>,
}

impl Pass for Ways<'_> {
    type Found = WayChunk;
    const KIND: Kind = Kind::Way;

    fn see(&self, nth: u32, element: &Element<'_>, chunk: &mut Self::Found) {
        let Body::Way(refs) = element.body else { return };
        let is_member = self.members.binary_search(&element.id).is_ok();
        if is_member {
            chunk.members.push((element.id, refs.into()));
        }
        let mut asked = tags::layers(self.only, Kind::Way, element.tags);
        let is_closed = refs.len() > 3 && refs.first() == refs.last();
        // The edge of a district is tagged like a district, and so is many an edge of a lake.
        if let Ok(layers) = asked {
            let on_boundary =
                layers.has(Layer::Area) && (!is_closed || self.boundaries.binary_search(&element.id).is_ok());
            let layers = if on_boundary { layers.without(Layer::Area) } else { layers };
            let open_edge = is_member && !is_closed;
            let layers = if open_edge { layers.iter().filter(is_area).fold(layers, Layers::without) } else { layers };
            asked = if layers.is_empty() { Err(Ignored::Edge {}) } else { Ok(layers) };
        }
        match asked {
            Ok(layers) => chunk.asked.keep(nth, element, layers, refs.into()),
            Err(Ignored::Untagged {}) if is_member => chunk.asked.ignore(Ignored::Edge {}),
            Err(why) => chunk.asked.ignore(why),
        }
    }
}

fn is_area(layer: &Layer) -> bool {
    layer.def().geometry == crate::model::GeometryKind::Polygon
}

/// The third pass: nodes that layers ask for, and where the nodes of kept ways are.
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
        if let (Some(place), Ok(at)) = (place, self.wanted.binary_search(&element.id)) {
            chunk.places.push((at as u32, place));
        }
        match tags::layers(self.only, Kind::Node, element.tags) {
            Ok(layers) => chunk.asked.keep(nth, element, layers, place),
            Err(why) => chunk.asked.ignore(why),
        }
    }
}
