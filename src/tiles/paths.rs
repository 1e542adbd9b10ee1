//! What is left of one shape in a tile, on its way to the writer.

use super::coordinates::Vertex;
use crate::model::GeometryKind;

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

    /// What kind of shape the parts are of.
    pub fn kind(&self) -> GeometryKind {
        self.kind
    }

    /// All vertices, part after part.
    pub fn vertices(&self) -> &[Vertex] {
        &self.vertices
    }

    /// The parts, each with whether it begins a polygon.
    pub fn iter(&self) -> impl Iterator<Item = (&[Vertex], bool)> {
        let mut start = 0;
        self.parts.iter().map(move |&(end, outer)| {
            let part = &self.vertices[start..end];
            start = end;
            (part, outer)
        })
    }
}
