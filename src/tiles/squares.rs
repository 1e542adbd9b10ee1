//! The additive pyramid of totals: tile-aligned squares that stand for single features at low zoom.
//!
//! A tile of zoom 0 to 13 has 32 × 32 squares, those of level z + 5, each the sum of its four children; past that the
//! smallest squares stay. The pyramid is a tree of quarters, so that a clone shares all of it and a change copies one
//! node a level.

use std::collections::HashMap;
use std::sync::Arc;

use super::coordinates::{EXTENT, TileId, Vertex};
use crate::crs::mercator::World;

/// How many levels below its own a tile's squares lie.
const BELOW: u8 = 5;

/// The last zoom whose tiles have 32 × 32 squares; after it features are shown one by one, where they are not too
/// many.
pub const LAST_SQUARES: u8 = 13;

/// The level of the smallest squares: 153 m on the equator.
const BASE: u8 = LAST_SQUARES + BELOW;

/// Totals of `N` countable things by squares of the world. Equal content is an equal pyramid, in whatever order it
/// came to be.
///
/// ```
/// use firemap::{crs::mercator::World, tiles::{Pyramid, TileId}};
/// let mut pyramid: Pyramid<2> = [(World { x: 5, y: 5 }, [1, 10]), (World { x: 9, y: 9 }, [1, 20])].into_iter().collect();
/// pyramid.subtract(World { x: 9, y: 9 }, [1, 20]);
/// let world = TileId::new(0, 0, 0).expect("the world");
/// assert_eq!(pyramid.squares_of(world).map(|square| square.totals).collect::<Vec<_>>(), [[1, 10]]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pyramid<const N: usize> {
    root: Quarter<N>,
}

/// A square that holds something, of one level; absent where all its totals are zero.
type Quarter<const N: usize> = Option<Arc<Node<N>>>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Node<const N: usize> {
    totals: [i64; N],
    /// Upper left, upper right, lower left, lower right.
    quarters: [Quarter<N>; 4],
}

/// One square and its totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Square<const N: usize> {
    /// 2^level squares go around the globe.
    pub level: u8,
    /// Column, from the 180th meridian eastwards.
    pub x: u32,
    /// Row, from the north southwards.
    pub y: u32,
    /// The sums of what lies in it.
    pub totals: [i64; N],
}

impl<const N: usize> Pyramid<N> {
    /// Adds an item: one node a level.
    pub fn add(&mut self, at: World, totals: [i64; N]) {
        if totals != [0; N] {
            add(&mut self.root, at, totals, 0);
        }
    }

    /// Takes away what was added.
    pub fn subtract(&mut self, at: World, totals: [i64; N]) {
        self.add(at, totals.map(|n| -n));
    }

    /// The sums of everything.
    pub fn total(&self) -> [i64; N] {
        self.root.as_ref().map_or([0; N], |root| root.totals)
    }

    /// Calls `found` with each square of which another pyramid has other totals, or none. What both share is passed over.
    pub fn differing(&self, other: &Pyramid<N>, found: &mut impl FnMut(Square<N>)) {
        differing(&self.root, &other.root, (0, 0, 0), found);
    }

    /// The square of an [`id`](Square::id) if it holds something.
    pub fn square(&self, id: u64) -> Option<Square<N>> {
        let level = (id.checked_ilog2()? / 2) as u8;
        let (mut node, mut x, mut y) = (self.root.as_deref()?, 0, 0);
        for nth in (0..level).rev() {
            let quarter = (id >> (2 * nth) & 3) as usize;
            node = node.quarters[quarter].as_deref()?;
            (x, y) = (x << 1 | quarter as u32 & 1, y << 1 | quarter as u32 >> 1);
        }
        Some(Square { level, x, y, totals: node.totals })
    }

    /// The squares of a tile that hold something, quarter by quarter (in Morton order). Past zoom 13 there are fewer a
    /// tile, and none past zoom 18.
    pub fn squares_of(&self, tile: TileId) -> impl Iterator<Item = Square<N>> + use<N> {
        let mut squares = Vec::new();
        let mut node = self.root.as_deref();
        for above in (0..tile.z()).rev() {
            let quarter = quarter(tile.x() >> above, tile.y() >> above);
            node = node.and_then(|node| node.quarters[quarter].as_deref());
        }
        if let Some(node) = node
            && tile.z() <= BASE
        {
            collect(node, BASE.min(tile.z() + BELOW), (tile.z(), tile.x(), tile.y()), &mut squares);
        }
        squares.into_iter()
    }
}

impl<const N: usize> FromIterator<(World, [i64; N])> for Pyramid<N> {
    fn from_iter<I: IntoIterator<Item = (World, [i64; N])>>(items: I) -> Self {
        // Many items share a smallest square: sum those up first.
        let mut pyramid = Pyramid { root: None };
        for (at, totals) in summed(items) {
            pyramid.add(at, totals);
        }
        pyramid
    }
}

/// Items as few as hold the same for a [`Pyramid`]: those of one smallest square as one.
pub fn summed<const N: usize>(items: impl IntoIterator<Item = (World, [i64; N])>) -> Vec<(World, [i64; N])> {
    let mut squares: HashMap<World, [i64; N]> = HashMap::new();
    let corner = |at: u32| at >> (32 - BASE) << (32 - BASE);
    for (at, totals) in items {
        plus(squares.entry(World { x: corner(at.x), y: corner(at.y) }).or_insert([0; N]), totals);
    }
    squares.into_iter().collect()
}

impl<const N: usize> Square<N> {
    /// A number of its own among all squares of all levels: its Morton code behind a one.
    pub fn id(&self) -> u64 {
        let bit = |at: u32, nth: u8| u64::from(at >> nth & 1);
        (0..self.level).rev().fold(1, |id, nth| id << 2 | bit(self.y, nth) << 1 | bit(self.x, nth))
    }

    /// Its corners in the coordinates of the tile of a zoom that it lies in, clockwise from the upper left.
    pub fn ring(&self, zoom: u8) -> [Vertex; 4] {
        let below = self.level.saturating_sub(zoom);
        let side = EXTENT >> below;
        let within = |at: u32| i64::from(at & ((1 << below) - 1)) * side;
        let (left, top) = (within(self.x), within(self.y));
        let (right, bottom) = (left + side, top + side);
        [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| Vertex { x, y })
    }
}

fn quarter(x: u32, y: u32) -> usize {
    ((y & 1) << 1 | x & 1) as usize
}

fn plus<const N: usize>(sums: &mut [i64; N], totals: [i64; N]) {
    for (sum, n) in sums.iter_mut().zip(totals) {
        *sum += n;
    }
}

/// Adds to a square of a level and to those in it; takes it away where nothing is left.
fn add<const N: usize>(square: &mut Quarter<N>, at: World, totals: [i64; N], level: u8) {
    let empty = || Arc::new(Node { totals: [0; N], quarters: [const { None }; 4] });
    let node = Arc::make_mut(square.get_or_insert_with(empty));
    plus(&mut node.totals, totals);
    if level < BASE {
        let bit = 31 - level;
        add(&mut node.quarters[quarter(at.x >> bit, at.y >> bit)], at, totals, level + 1);
    }
    if node.totals == [0; N] && node.quarters.iter().all(Option::is_none) {
        *square = None;
    }
}

fn differing<const N: usize>(
    a: &Quarter<N>,
    b: &Quarter<N>,
    (level, x, y): (u8, u32, u32),
    found: &mut impl FnMut(Square<N>),
) {
    match (a, b) {
        (None, None) => return,
        (Some(a), Some(b)) if Arc::ptr_eq(a, b) => return,
        _ => {}
    }
    let totals = |quarter: &Quarter<N>| quarter.as_ref().map_or([0; N], |node| node.totals);
    // A square whose totals are zero is drawn where it holds something, and not where it does not.
    if totals(a) != totals(b) || a.is_some() != b.is_some() {
        found(Square { level, x, y, totals: totals(a) });
    }
    let quarter = |of: &Quarter<N>, nth: usize| of.as_ref().and_then(|node| node.quarters[nth].clone());
    for nth in 0..4 {
        let at = (level + 1, x << 1 | (nth & 1) as u32, y << 1 | (nth >> 1) as u32);
        differing(&quarter(a, nth), &quarter(b, nth), at, found);
    }
}

fn collect<const N: usize>(node: &Node<N>, level: u8, (z, x, y): (u8, u32, u32), squares: &mut Vec<Square<N>>) {
    if z == level {
        squares.push(Square { level, x, y, totals: node.totals });
        return;
    }
    for (nth, quarter) in (0_u32..).zip(&node.quarters) {
        if let Some(quarter) = quarter {
            collect(quarter, level, (z + 1, x << 1 | nth & 1, y << 1 | nth >> 1), squares);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Items near one another, so that they share squares.
    fn items() -> impl Strategy<Value = Vec<(World, [i64; 2])>> {
        let near = 3_000_000_000_u32..3_000_200_000;
        let item = (near.clone(), near, -2_i64..4, 0_i64..3).prop_map(|(x, y, a, b)| (World { x, y }, [a, b]));
        proptest::collection::vec(item, 0..60)
    }

    fn sum(totals: impl Iterator<Item = [i64; 2]>) -> [i64; 2] {
        totals.fold([0; 2], |sum, n| [sum[0] + n[0], sum[1] + n[1]])
    }

    proptest! {
        #[test]
        fn what_was_added_and_taken_away_again_leaves_what_was_never_there(stay in items(), go in items()) {
            let mut pyramid: Pyramid<2> = go.iter().chain(&stay).copied().collect();
            let before = pyramid.clone();
            for (at, totals) in &go {
                pyramid.subtract(*at, *totals);
            }
            prop_assert_eq!(&pyramid, &stay.iter().copied().collect::<Pyramid<2>>());
            prop_assert_eq!(before.total(), sum(go.iter().chain(&stay).map(|item| item.1)));
        }

        #[test]
        fn squares_differ_where_what_was_added_lies(stay in items(), more in items(), z in 0..=LAST_SQUARES) {
            let before: Pyramid<2> = stay.iter().copied().collect();
            let mut after = before.clone();
            for (at, totals) in &more {
                after.add(*at, *totals);
            }
            let mut differing = Vec::new();
            after.differing(&before, &mut |square| differing.push(square.id()));
            let mut of_tiles = Vec::new();
            let mut tiles: Vec<TileId> = stay.iter().chain(&more).filter_map(|item| TileId::at(item.0, z)).collect();
            tiles.sort();
            tiles.dedup();
            for tile in tiles {
                let squares = |of: &Pyramid<2>| of.squares_of(tile).map(|square| (square.id(), square.totals)).collect::<HashMap<_, _>>();
                let (a, b) = (squares(&before), squares(&after));
                of_tiles.extend(a.keys().chain(b.keys()).filter(|id| a.get(id) != b.get(id)).copied());
            }
            of_tiles.sort();
            of_tiles.dedup();
            differing.retain(|id| id.ilog2() == 2 * u32::from(z + 5));
            differing.sort();
            prop_assert_eq!(differing, of_tiles);
        }

        #[test]
        fn the_squares_of_every_level_sum_up_to_the_total(items in items(), z in 0..=LAST_SQUARES) {
            let pyramid: Pyramid<2> = items.iter().copied().collect();
            let mut tiles: Vec<TileId> = items.iter().filter_map(|item| TileId::at(item.0, z)).collect();
            tiles.sort();
            tiles.dedup();
            let mut of_squares = [0; 2];
            for tile in tiles {
                let squares: Vec<_> = pyramid.squares_of(tile).collect();
                for square in &squares {
                    prop_assert_eq!(pyramid.square(square.id()), Some(*square));
                }
                let of_tile = sum(items.iter().filter(|item| TileId::at(item.0, z) == Some(tile)).map(|item| item.1));
                prop_assert_eq!(sum(squares.iter().map(|square| square.totals)), of_tile);
                prop_assert!(squares.iter().all(|s| s.level == z + 5 && s.x >> 5 == tile.x() && s.y >> 5 == tile.y()));
                prop_assert!(squares.windows(2).all(|pair| pair[0].id() < pair[1].id()));
                of_squares = sum([of_squares, of_tile].into_iter());
            }
            prop_assert_eq!(of_squares, pyramid.total());
        }
    }

    #[test]
    fn a_square_has_its_place_in_its_tile_and_a_number_of_its_own() {
        let at = World { x: 0x8000_0000, y: 0x7fff_ffff };
        let pyramid: Pyramid<1> = [(at, [1])].into_iter().collect();
        assert_eq!(
            (pyramid.square(0), pyramid.square(u64::MAX)),
            (None, None),
            "no numbers of squares that hold something"
        );
        let square = |z| TileId::at(at, z).and_then(|tile| pyramid.squares_of(tile).next()).expect("a square");
        assert_eq!((square(0).level, square(0).x, square(0).y), (5, 16, 15));
        assert_eq!(square(0).ring(0)[0], Vertex { x: 2048, y: 1920 });
        assert_eq!(square(13).ring(13)[2], Vertex { x: 128, y: 4096 });
        assert_eq!(square(0).id(), 1 << 10 | 0b01_10_10_10_10);
        assert_eq!((square(14).level, square(14).ring(14)[2]), (18, Vertex { x: 256, y: 4096 }));
        assert_eq!((square(18).level, square(18).ring(18)[2]), (18, Vertex { x: 4096, y: 4096 }));
        assert!(pyramid.squares_of(TileId::at(at, 19).expect("a tile")).next().is_none());
    }

    #[test]
    fn a_clone_keeps_what_it_had() {
        let at = World { x: 7, y: 7 };
        let mut pyramid: Pyramid<1> = [(at, [1])].into_iter().collect();
        let before = pyramid.clone();
        pyramid.subtract(at, [1]);
        assert_eq!((before.total(), pyramid.total(), pyramid), ([1], [0], Pyramid::default()));
    }
}
