//! The tiles that changed things may touch, each with the things.

use std::collections::HashMap;

use super::LAST_ZOOM;
use super::pick::Thing;
use crate::crs::WorldBox;
use crate::model::ShapeRef;
use crate::tiles::{LAST_SQUARES, Reach, Square, TileId};

/// Things in tiles that are listed at most.
const MOST_LISTED: usize = 1 << 21;

/// How many levels below its own a tile's squares lie.
const BELOW: u8 = 5;

/// A shape in more tiles than these is followed along its lines; of fewer the box does.
const MANY_TILES: usize = 64;

/// Vertices that are drawn at most, in all tiles of a zoom, to find out which stay the same. Where it would take more,
/// all that the shape reaches count as changed.
const MOST_VERTICES: usize = 100_000;

/// Tiles and the things that may be drawn otherwise in each.
pub(super) struct Touched {
    tiles: HashMap<TileId, Suspect>,
    most: usize,
    listed: usize,
}

/// What may be drawn otherwise in a tile.
#[derive(Default)]
pub(super) struct Suspect {
    /// It is: nobody need look.
    pub is_sure: bool,
    /// These things may be.
    pub things: Vec<Thing>,
}

/// More tiles than are told one by one.
pub(super) struct TooMany;

impl Touched {
    /// None yet, and at most so many.
    pub fn new(most: usize) -> Touched {
        Touched { tiles: HashMap::new(), most, listed: 0 }
    }

    /// A thing that may be drawn otherwise within a box, at zooms from one to another.
    pub fn add(&mut self, thing: Thing, within: WorldBox, (from, to): (u8, u8)) -> Result<(), TooMany> {
        for zoom in from..=to.min(LAST_ZOOM) {
            for tile in TileId::touched_by(within, zoom) {
                self.list(tile, thing)?;
            }
        }
        Ok(())
    }

    /// A thing of a shape.
    pub fn add_shape(&mut self, thing: Thing, shape: ShapeRef<'_>, (from, to): (u8, u8)) -> Result<(), TooMany> {
        let within = WorldBox::from(shape);
        if TileId::touched_by(within, to).nth(MANY_TILES).is_none() {
            return self.add(thing, within, (from, to));
        }
        let (reach, vertices) = (Reach::of(shape), shape.places().len());
        for zoom in from..=to.min(LAST_ZOOM) {
            let tiles = reach.tiles(zoom, self.most).ok_or(TooMany)?;
            let is_sure = vertices.saturating_mul(tiles.len()) > MOST_VERTICES;
            for tile in tiles {
                self.list(tile, thing)?;
                self.tiles.entry(tile).and_modify(|suspect| suspect.is_sure |= is_sure);
            }
        }
        Ok(())
    }

    /// A square: it is drawn in the tile whose squares are of its level, the smallest in the tiles of later zooms too,
    /// where they are too dense for features.
    pub fn add_square<const N: usize>(&mut self, square: &Square<N>) -> Result<(), TooMany> {
        let smallest = square.level == LAST_SQUARES + BELOW;
        let zooms = match square.level.checked_sub(BELOW) {
            Some(zoom) if smallest => zoom..=LAST_ZOOM,
            Some(zoom) => zoom..=zoom,
            None => return Ok(()),
        };
        for zoom in zooms {
            let above = square.level - zoom;
            if let Some(tile) = TileId::new(zoom, square.x >> above, square.y >> above) {
                self.list(tile, Thing::Square(square.id()))?;
            }
        }
        Ok(())
    }

    fn list(&mut self, tile: TileId, thing: Thing) -> Result<(), TooMany> {
        self.tiles.entry(tile).or_default().things.push(thing);
        self.listed += 1;
        if self.tiles.len() > self.most || self.listed > MOST_LISTED { Err(TooMany) } else { Ok(()) }
    }

    /// The tiles in order.
    pub fn tiles(self) -> Vec<(TileId, Suspect)> {
        let mut tiles: Vec<_> = self.tiles.into_iter().collect();
        tiles.sort_unstable_by_key(|(tile, _)| *tile);
        tiles
    }
}
