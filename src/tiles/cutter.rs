//! From a shape on earth to a feature of one tile: transform, reject, simplify, clip, encode.
//!
//! A shape is simplified before it is cut to the tile, so that neighbouring tiles show the same line across their
//! border. A shape that goes farther than the eight tiles around is first cut to those, to be quick.

use super::clip;
use super::coordinates::{BUFFER, EXTENT, TileId, Vertex, Window};
use super::encode::{Attribute, Paths, TileWriter};
use super::simplify::{Simplifier, doubled_area, open};
use super::squares::Square;
use crate::crs::mercator::World;
use crate::model::{GeometryKind, Place, ShapeRef};

/// What is kept of a tile.
const KEPT: Window = Window::of_tile(BUFFER);

/// What lies in here stays in [`KEPT`], even where simplifying widens it by one.
const INSIDE: Window = Window::of_tile(BUFFER - 1);

/// Twice the area of [`KEPT`].
const ALL: i64 = 2 * (EXTENT + 2 * BUFFER) * (EXTENT + 2 * BUFFER);

/// The tile and the eight around it.
const AROUND: Window = Window::of_tile(EXTENT);

/// Cuts features for one tile.
///
/// ```
/// use firemap::model::{Place, Shape};
/// use firemap::tiles::{Attribute, Cutter, TileId};
/// let place = Place { lon: 1_065_000_000, lat: 295_000_000 };
/// let tile = TileId::at(place.into(), 14).expect("a tile");
/// let mut cutter = Cutter::new(tile);
/// assert!(cutter.add("hydrant", 7, Shape::point(place).as_ref(), [("kind", Attribute::Text("municipal"))]));
/// assert!(cutter.finish().is_some());
/// ```
pub struct Cutter {
    tile: TileId,
    writer: TileWriter,
    simplifier: Simplifier,
    paths: Paths,
    part: Vec<Vertex>,
    spare: Vec<Vertex>,
}

impl Cutter {
    /// Nothing cut yet.
    pub fn new(tile: TileId) -> Cutter {
        Cutter {
            tile,
            writer: TileWriter::default(),
            simplifier: Simplifier::new(tile.z()),
            paths: Paths::new(GeometryKind::Point),
            part: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Adds what of a shape lies in the tile and its buffer to the source layer of a name, and says whether that was
    /// anything. Only then are the attributes asked for.
    pub fn add<'a>(
        &mut self,
        layer: &str,
        id: u64,
        shape: ShapeRef<'_>,
        attributes: impl IntoIterator<Item = (&'static str, Attribute<'a>)>,
    ) -> bool {
        self.paths.clear(shape.kind());
        for wrap in self.tile.wraps() {
            match shape.kind() {
                GeometryKind::Point => self.points(shape, wrap),
                GeometryKind::Line => self.lines(shape, wrap),
                GeometryKind::Polygon => self.polygons(shape, wrap),
            }
        }
        self.writer.add(layer, id, &self.paths, attributes);
        !self.paths.is_empty()
    }

    /// Adds a square of totals, which must be one of the tile's.
    pub fn add_square<'a, const N: usize>(
        &mut self,
        layer: &str,
        square: &Square<N>,
        attributes: impl IntoIterator<Item = (&'static str, Attribute<'a>)>,
    ) {
        self.paths.clear(GeometryKind::Polygon);
        self.paths.push(&square.ring(self.tile.z()), true);
        self.writer.add(layer, square.id(), &self.paths, attributes);
    }

    /// The tile as protobuf; `None` where it is empty.
    pub fn finish(self) -> Option<Vec<u8>> {
        self.writer.finish()
    }

    fn points(&mut self, shape: ShapeRef<'_>, wrap: i64) {
        for &place in shape.places() {
            let at = self.locate(place, wrap);
            if KEPT.holds(Window { min: at, max: at }) {
                self.paths.push(&[at], true);
            }
        }
    }

    fn lines(&mut self, shape: ShapeRef<'_>, wrap: i64) {
        for (_, places) in shape.parts() {
            let Some(around) = self.transform(places, wrap) else { continue };
            let Cutter { simplifier, paths, part, spare, .. } = self;
            if AROUND.holds(around) {
                simplifier.line(part);
                if !KEPT.holds(around) {
                    clip::line(part, spare, KEPT, |piece| paths.push(piece, true));
                } else if part.len() > 1 {
                    paths.push(part, true);
                }
            } else {
                let mut piece = Vec::new();
                clip::line(part, spare, AROUND, |near| {
                    piece.clear();
                    piece.extend_from_slice(near);
                    simplifier.line(&mut piece);
                    clip::line(&piece, &mut Vec::new(), KEPT, |piece| paths.push(piece, true));
                });
            }
        }
    }

    fn polygons(&mut self, shape: ShapeRef<'_>, wrap: i64) {
        // Where the polygon begins in the paths, and twice the area of its outer ring; nothing where that is not here.
        let mut polygon = None;
        for (outer, places) in shape.parts() {
            if outer {
                polygon = None;
            } else if polygon.is_none() {
                continue;
            }
            // The closing vertex repeats the first.
            let area = self.ring(&places[..places.len() - 1], wrap, outer);
            match polygon {
                _ if area == 0 => {}
                None => {
                    polygon = Some((self.paths.len(), area));
                    self.paths.push(&self.part, true);
                }
                Some((begin, _)) if area == ALL => {
                    // All of the tile lies within the hole.
                    self.paths.truncate(begin);
                    polygon = None;
                }
                // A wall around a yard, too thin for this zoom: without the yard it is still seen.
                Some((_, all)) if area == all && self.is_whole() => {}
                Some(_) => self.paths.push(&self.part, false),
            }
        }
    }

    /// Whether what is in `part` was not cut.
    fn is_whole(&self) -> bool {
        Window::around(&self.part).is_some_and(|around| INSIDE.holds(around))
    }

    /// Brings what of a ring is in the tile to `part`, and says twice its area: 0 where it is nothing.
    fn ring(&mut self, places: &[Place], wrap: i64, outer: bool) -> i64 {
        let Some(around) = self.transform(places, wrap) else { return 0 };
        if !AROUND.holds(around) {
            clip::ring(&mut self.part, &mut self.spare, AROUND);
        }
        self.simplifier.ring(&mut self.part, outer);
        if !INSIDE.holds(around) {
            clip::ring(&mut self.part, &mut self.spare, KEPT);
            open(&mut self.part);
        }
        doubled_area(&self.part).abs()
    }

    /// Brings places to `part` and says how far they go; `None` where that is not near the tile.
    fn transform(&mut self, places: &[Place], wrap: i64) -> Option<Window> {
        self.part.clear();
        for &place in places {
            let at = self.locate(place, wrap);
            self.part.push(at);
        }
        Window::around(&self.part).filter(|around| KEPT.meets(*around))
    }

    fn locate(&self, place: Place, wrap: i64) -> Vertex {
        let at = self.tile.locate(World::from(place));
        Vertex { x: at.x + wrap, ..at }
    }
}
