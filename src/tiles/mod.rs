//! Vector tiles (Mapbox Vector Tile 2.1) cut from shapes, and the squares that stand for them at low zoom.
//!
//! A [`Cutter`] takes the features of one tile: places become tile coordinates, are simplified, clipped and encoded.
//! All of it is whole numbers, so a tile is the same bytes on every processor. This room chooses neither features nor
//! attributes, and keeps no tiles.

mod clip;
mod coarse;
mod compress;
mod coordinates;
mod cutter;
mod encode;
mod join;
mod paths;
mod protobuf;
mod reach;
mod simplify;
mod squares;

pub use coarse::{Coarse, LAST_COARSE};
pub use compress::compress;
pub use coordinates::{BUFFER, EXTENT, MAX_ZOOM, TileId, Vertex, Window};
pub use cutter::Cutter;
pub use encode::{Attribute, TileWriter};
pub use join::{Chain, join};
pub use paths::Paths;
pub use reach::Reach;
pub use squares::{LAST_SQUARES, Pyramid, Square, summed};
