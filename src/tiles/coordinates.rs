//! Tiles of the square world (XYZ: x eastwards, y downwards) and the grid of 4096 × 4096 within each.

use crate::crs::mercator::{World, WorldBox, latitude};

/// Tile coordinates across a tile.
pub const EXTENT: i64 = 1 << 12;

/// Tile coordinates that are kept around a tile, so that what is drawn there reaches in and the edges that clipping
/// leaves stay out of sight: 16 pixels of a tile shown at 512.
pub const BUFFER: i64 = 128;

/// The last zoom that tiles are served at; clients enlarge it beyond.
pub const MAX_ZOOM: u8 = 16;

/// The last zoom that a tile has a number at.
const LAST_ZOOM: u8 = 22;

/// Bits of a coordinate of the square world.
const WORLD_BITS: u8 = 32;

/// A place in tile coordinates: 0…4096 within the tile, x right, y down. Wide enough for a shape that goes around the
/// globe at the last zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vertex {
    /// From the left side of the tile.
    pub x: i64,
    /// From the upper side of the tile.
    pub y: i64,
}

/// A box in tile coordinates, sides included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Upper left corner.
    pub min: Vertex,
    /// Lower right corner.
    pub max: Vertex,
}

impl Window {
    /// A tile and a margin around it.
    pub const fn of_tile(margin: i64) -> Window {
        let far = EXTENT + margin;
        Window { min: Vertex { x: -margin, y: -margin }, max: Vertex { x: far, y: far } }
    }

    /// The least box around vertices; `None` of none.
    pub fn around(vertices: &[Vertex]) -> Option<Window> {
        let (&first, rest) = vertices.split_first()?;
        Some(rest.iter().fold(Window { min: first, max: first }, |window, at| Window {
            min: Vertex { x: window.min.x.min(at.x), y: window.min.y.min(at.y) },
            max: Vertex { x: window.max.x.max(at.x), y: window.max.y.max(at.y) },
        }))
    }

    /// Whether the other box lies within this one.
    pub fn holds(self, other: Window) -> bool {
        self.min.x <= other.min.x && self.min.y <= other.min.y && other.max.x <= self.max.x && other.max.y <= self.max.y
    }

    /// Whether the boxes share a place.
    pub fn meets(self, other: Window) -> bool {
        self.min.x <= other.max.x && self.min.y <= other.max.y && other.min.x <= self.max.x && other.min.y <= self.max.y
    }

    /// The longer side.
    pub fn size(self) -> i64 {
        (self.max.x - self.min.x).max(self.max.y - self.min.y)
    }
}

/// The number of a tile that exists: zoom up to 22, column and row within the zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    z: u8,
    x: u32,
    y: u32,
}

impl TileId {
    /// A tile; `None` where there is none of this number.
    ///
    /// ```
    /// use firemap::tiles::TileId;
    /// assert!(TileId::new(1, 1, 1).is_some());
    /// assert!(TileId::new(1, 2, 0).is_none());
    /// ```
    pub fn new(z: u8, x: u32, y: u32) -> Option<TileId> {
        (z <= LAST_ZOOM && x >> z == 0 && y >> z == 0).then_some(TileId { z, x, y })
    }

    /// The tile of a zoom (at most 22) that a place lies in.
    pub fn at(world: World, z: u8) -> Option<TileId> {
        let column = |at: u32| (u64::from(at) >> (WORLD_BITS - z.min(LAST_ZOOM))) as u32;
        TileId::new(z, column(world.x), column(world.y))
    }

    /// Zoom.
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column, from the 180th meridian eastwards.
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row, from the north southwards.
    pub fn y(self) -> u32 {
        self.y
    }

    /// The tile of the next lower zoom that this one lies in.
    pub fn parent(self) -> Option<TileId> {
        let z = self.z.checked_sub(1)?;
        Some(TileId { z, x: self.x >> 1, y: self.y >> 1 })
    }

    /// The four tiles of the next zoom that lie in this one; none of the last zoom.
    pub fn children(self) -> impl Iterator<Item = TileId> {
        [(0, 0), (1, 0), (0, 1), (1, 1)]
            .into_iter()
            .filter_map(move |(right, down)| TileId::new(self.z + 1, self.x << 1 | right, self.y << 1 | down))
    }

    /// Where a place lies in this tile, rounded to the nearest tile coordinate. The grid is the same in neighbouring
    /// tiles: one place is never rounded to two.
    pub fn locate(self, world: World) -> Vertex {
        let [left, top] = self.corner();
        Vertex { x: self.scale(i64::from(world.x) - left), y: self.scale(i64::from(world.y) - top) }
    }

    /// What to ask an index for: the tile and its buffer. Two boxes where the buffer reaches over the 180th meridian;
    /// what goes around the globe may lie in both.
    pub fn windows(self) -> impl Iterator<Item = WorldBox> {
        let world = 1_i64 << WORLD_BITS;
        let size = world >> self.z;
        let [left, top] = self.corner();
        // Half a tile coordinate more, for what is rounded into the buffer.
        let margin = size * (2 * BUFFER + 1) / (2 * EXTENT) + 1;
        let within = move |at: i64| at.clamp(0, world - 1) as u32;
        let turned = move |wrap: i64| {
            let (west, east) = (left + wrap - margin, left + wrap + size + margin);
            (west < world && east >= 0).then(|| WorldBox {
                min: World { x: within(west), y: within(top - margin) },
                max: World { x: within(east), y: within(top + size + margin) },
            })
        };
        // The one tile of zoom 0 is all of the world already.
        let wraps: &[i64] = if self.z == 0 { &[0] } else { &[0, 1, -1] };
        wraps.iter().filter_map(move |wrap| turned(wrap * world))
    }

    /// West, south, east and north side in degrees.
    pub fn degrees(self) -> [f64; 4] {
        let tiles = f64::from(1_u32 << self.z);
        let lon = |x: u32| f64::from(x) / tiles * 360.0 - 180.0;
        let lat = |y: u32| latitude(f64::from(y) / tiles);
        [lon(self.x), lat(self.y + 1), lon(self.x + 1), lat(self.y)]
    }

    /// Tile coordinates around the globe.
    pub(super) fn around(self) -> i64 {
        EXTENT << self.z
    }

    /// How far this tile's coordinates must be turned so that its neighbours over the 180th meridian stand beside it.
    pub(super) fn wraps(self) -> impl Iterator<Item = i64> {
        let last = (1_u32 << self.z) - 1;
        let west = (self.x == 0).then(|| -self.around());
        let east = (self.x == last).then(|| self.around());
        std::iter::once(0).chain(west).chain(east)
    }

    fn corner(self) -> [i64; 2] {
        [self.x, self.y].map(|at| i64::from(at) << (WORLD_BITS - self.z))
    }

    fn scale(self, units: i64) -> i64 {
        let bits = i32::from(WORLD_BITS - 12) - i32::from(self.z);
        if bits > 0 { (units + (1 << (bits - 1))) >> bits } else { units << -bits }
    }
}
