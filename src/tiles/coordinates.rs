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

    /// The tiles of a zoom whose windows a box touches, each once; none of a zoom past the last.
    pub fn touched_by(within: WorldBox, zoom: u8) -> impl Iterator<Item = TileId> {
        let z = zoom.min(LAST_ZOOM);
        let (world, around) = (1_i64 << WORLD_BITS, 1_i64 << z);
        let size = world >> z;
        // As in `windows`; one more, so that what touches a side of a window is on the safe side.
        let margin = size * (2 * BUFFER + 1) / (2 * EXTENT) + 2;
        let span = move |least: u32, most: u32| {
            let first = (i64::from(least) - margin).div_euclid(size);
            first..=(i64::from(most) + margin).div_euclid(size)
        };
        let rows = span(within.min.y, within.max.y);
        let columns = span(within.min.x, within.max.x);
        // Around the globe no column comes twice.
        let columns = *columns.start()..=(*columns.end()).min(columns.start() + around - 1);
        let rows = (*rows.start()).max(0)..=(*rows.end()).min(around - 1);
        let there = zoom <= LAST_ZOOM;
        rows.filter(move |_| there).flat_map(move |y| {
            let tile = move |x: i64| TileId { z, x: x.rem_euclid(around) as u32, y: y as u32 };
            columns.clone().map(tile)
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;
    use proptest::prelude::*;

    fn any_tile() -> impl Strategy<Value = TileId> {
        (0..=LAST_ZOOM, any::<u32>(), any::<u32>()).prop_map(|(z, x, y)| {
            let last = (1 << z) - 1;
            TileId { z, x: x & last, y: y & last }
        })
    }

    #[test]
    fn there_is_no_tile_outside_the_world() {
        assert_eq!(TileId::new(0, 0, 1), None);
        assert_eq!(TileId::new(3, 8, 0), None);
        assert_eq!(TileId::new(23, 0, 0), None);
        assert_eq!(TileId::at(World { x: 0, y: 0 }, 255), None);
        assert!(TileId::new(22, (1 << 22) - 1, 0).is_some());
        assert_eq!(TileId { z: 22, x: 0, y: 0 }.children().count(), 0);
        assert_eq!(TileId { z: 0, x: 0, y: 0 }.parent(), None);
    }

    #[test]
    fn the_sides_of_a_tile_in_degrees_are_those_that_tile_clients_know() {
        let [west, south, east, north] = TileId { z: 2, x: 3, y: 1 }.degrees();
        assert_eq!((west, south, east), (90.0, 0.0, 180.0));
        assert!((north - 66.513_260_443_111_86).abs() < 1e-12);
    }

    #[test]
    fn the_index_is_asked_on_both_sides_of_the_date_line() {
        let windows = |z, x| TileId { z, x, y: 0 }.windows().collect::<Vec<_>>();
        assert_eq!(windows(0, 0).len(), 1);
        assert_eq!(windows(4, 7).len(), 1);
        let margin = (1 << 28) / 32 + (1 << 28) / 8192 + 1;
        let edges = |x: u32| windows(4, x).into_iter().map(|w| (w.min.x, w.max.x)).collect::<Vec<_>>();
        assert_eq!(edges(0), [(0, (1 << 28) + margin), (u32::MAX - margin + 1, u32::MAX)]);
        assert_eq!(edges(15), [((15 << 28) - margin, u32::MAX), (0, margin)]);
    }

    proptest! {
        #[test]
        fn a_tile_is_the_parent_of_its_children_and_holds_their_places(tile in any_tile(), x: u32, y: u32) {
            prop_assert!(tile.children().all(|child| child.parent() == Some(tile)));
            let world = World { x, y };
            let found = TileId::at(world, tile.z());
            prop_assert!(found.is_some_and(|tile| tile.windows().any(|window| window.contains(world))));
        }

        #[test]
        fn neighbours_round_a_place_alike(tile in any_tile(), x: u32, y: u32) {
            let world = World { x, y };
            let east = TileId { x: (tile.x + 1) & ((1 << tile.z) - 1), ..tile };
            let (here, there) = (tile.locate(world), east.locate(world));
            prop_assert_eq!((here.x - there.x).rem_euclid(tile.around()), EXTENT % tile.around());
            prop_assert_eq!(here.y, there.y);
        }

        #[test]
        fn what_is_located_in_the_buffer_is_in_the_window(tile in any_tile(), dx in -5000_i64..9000, dy in -5000_i64..9000) {
            let bits = 20 - i32::from(tile.z);
            let unit = |n: i64| if bits >= 0 { n << bits } else { n >> -bits };
            let at = |corner: i64, n: i64| u32::try_from(corner + unit(n));
            let [left, top] = tile.corner();
            let (Ok(x), Ok(y)) = (at(left, dx), at(top, dy)) else { return Ok(()) };
            let world = World { x, y };
            let located = tile.locate(world);
            if Window::of_tile(BUFFER).holds(Window { min: located, max: located }) {
                prop_assert!(tile.windows().any(|window| window.contains(world)));
            }
        }

        #[test]
        fn a_box_touches_the_tiles_whose_windows_it_touches(x: u32, y: u32, w in 0..1_u32 << 22, h in 0..1_u32 << 22, z in 6..13_u8, dx in -3..8_i64, dy in -3..8_i64) {
            let within = WorldBox { min: World { x, y }, max: World { x: x.saturating_add(w), y: y.saturating_add(h) } };
            let touched: Vec<TileId> = TileId::touched_by(within, z).collect();
            let mut once = touched.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), touched.len());
            let corner = TileId::at(within.min, z).expect("a tile");
            let last = (1_i64 << z) - 1;
            let (x, y) = ((i64::from(corner.x) + dx) & last, i64::from(corner.y) + dy);
            if (0..=last).contains(&y) {
                let tile = TileId { z, x: x as u32, y: y as u32 };
                if tile.windows().any(|window| window.intersects(within)) {
                    prop_assert!(touched.contains(&tile), "{tile:?} of {touched:?}");
                }
            }
        }

        #[test]
        fn the_degrees_of_a_tile_hold_its_places(x: u32, y: u32, z in 0..=18_u8) {
            let place = Place::from(World { x, y });
            let Some(tile) = TileId::at(World { x, y }, z) else { return Ok(()) };
            let [west, south, east, north] = tile.degrees();
            let hair = 1e-7;
            prop_assert!((west - hair..=east + hair).contains(&place.lon_degrees()));
            prop_assert!((south - hair..=north + hair).contains(&place.lat_degrees()));
        }
    }
}
