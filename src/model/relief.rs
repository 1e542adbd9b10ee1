//! Heights of the ground: squares of one degree with a height every arc second or every third, as SRTM gives them.
//!
//! Heights are whole metres above mean sea level (the EGM96 geoid), at places of WGS 84. Where a square has a void
//! nothing is known, and nothing is made up: a void is never 0 m.

use std::collections::BTreeMap;
use std::fmt;

use super::shape::{Bounds, Place};

/// Units of [`Place`] in a degree: the side of a square.
const DEGREE: i32 = 10_000_000;
/// The same for sums that outgrow 32 bits.
const SIDE: i64 = DEGREE as i64;
/// The lowest and the highest height that is believed: the Dead Sea's shore lies at −430 m, Everest at 8849 m.
const BELIEVED: std::ops::RangeInclusive<i16> = -500..=9000;

/// A square of one degree, named by its south-west corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Square {
    south: i16,
    west: i16,
}

impl Square {
    /// The square whose south-west corner is at whole degrees; `None` off the globe.
    pub fn new(south: i16, west: i16) -> Option<Square> {
        ((-90..90).contains(&south) && (-180..180).contains(&west)).then_some(Square { south, west })
    }

    /// The square that a name such as `N43E007` tells, in large or small letters.
    ///
    /// ```
    /// use firemap::model::Square;
    /// assert_eq!(Square::named("s01w078"), Square::new(-1, -78));
    /// assert_eq!(Square::named("N90E007"), None);
    /// ```
    pub fn named(name: &str) -> Option<Square> {
        let &[ns, s1, s2, ew, w1, w2, w3] = name.as_bytes() else { return None };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0, |n: i16, digit| digit.is_ascii_digit().then(|| 10 * n + i16::from(digit - b'0')))
        };
        let signed = |letter: u8, [plus, minus]: [u8; 2], n: i16| match letter.to_ascii_uppercase() {
            letter if letter == plus => Some(n),
            letter if letter == minus => Some(-n),
            _ => None,
        };
        let south = signed(ns, [b'N', b'S'], number(&[s1, s2])?)?;
        Square::new(south, signed(ew, [b'E', b'W'], number(&[w1, w2, w3])?)?)
    }

    /// Latitude of its southern edge in degrees, −90…89.
    pub fn south(self) -> i16 {
        self.south
    }

    /// Longitude of its western edge in degrees, −180…179.
    pub fn west(self) -> i16 {
        self.west
    }

    /// The box it covers.
    pub fn bounds(self) -> Bounds {
        let min = Place { lon: i32::from(self.west) * DEGREE, lat: i32::from(self.south) * DEGREE };
        Bounds { min, max: Place { lon: min.lon + DEGREE, lat: min.lat + DEGREE } }
    }
}

impl fmt::Display for Square {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |n: i16, [plus, minus]: [char; 2]| if n < 0 { minus } else { plus };
        let (ns, ew) = (letter(self.south, ['N', 'S']), letter(self.west, ['E', 'W']));
        write!(f, "{ns}{:02}{ew}{:03}", self.south.abs(), self.west.abs())
    }
}

/// The heights of a square.
#[derive(Clone, PartialEq, Eq)]
pub struct ReliefTile {
    square: Square,
    side: usize,
    samples: Box<[i16]>,
}

impl ReliefTile {
    /// Samples a side of a square: a height every 3″ or every 1″, edges included.
    pub const SIDES: [usize; 2] = [1201, 3601];
    /// What stands where no height is known.
    pub const VOID: i16 = -32_768;

    /// Of samples in metres, row by row from the north-west corner to the south-east one, the edges in both squares they
    /// belong to; `None` where they are not 1201² or 3601². A height below −500 m or above 9000 m becomes a void.
    pub fn new(square: Square, mut samples: Vec<i16>) -> Option<ReliefTile> {
        let side = ReliefTile::SIDES.into_iter().find(|side| side * side == samples.len())?;
        samples.iter_mut().filter(|height| !BELIEVED.contains(height)).for_each(|height| *height = ReliefTile::VOID);
        Some(ReliefTile { square, side, samples: samples.into() })
    }

    /// Its square.
    pub fn square(&self) -> Square {
        self.square
    }

    /// Samples a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Seconds of arc from one sample to the next.
    pub fn arc_seconds(&self) -> usize {
        3600 / (self.side - 1)
    }

    /// Its samples, row by row from the north-west corner, a void as [`ReliefTile::VOID`].
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// Its lowest and highest height in metres; `None` where all is void.
    pub fn span_m(&self) -> Option<(i16, i16)> {
        let known = self.samples.iter().filter(|height| **height != ReliefTile::VOID);
        known.fold(None, |span, &height| match span {
            None => Some((height, height)),
            Some((low, high)) => Some((height.min(low), height.max(high))),
        })
    }

    /// How many of its samples are voids.
    pub fn voids(&self) -> usize {
        self.samples.iter().filter(|height| **height == ReliefTile::VOID).count()
    }
}

impl fmt::Debug for ReliefTile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReliefTile({}, {1}×{1}, {2:?} m, {3} voids)", self.square, self.side, self.span_m(), self.voids())
    }
}

/// The part of a square's samples that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Window {
    /// Samples a side of the whole square.
    side: usize,
    /// Row and column of the first sample held, counted from the north-west corner of the square.
    first: [usize; 2],
    /// Rows and columns held.
    size: [usize; 2],
    samples: Box<[i16]>,
}

impl Window {
    /// The samples that places within a box need; `None` where the box does not touch the square.
    fn of(tile: &ReliefTile, around: Bounds) -> Option<Window> {
        let square = tile.square.bounds();
        if !square.intersects(around) {
            return None;
        }
        let side = tile.side;
        // Samples are counted from the north and from the west.
        let rows = (square.max.lat, -1, [around.max.lat, around.min.lat]);
        let cols = (square.min.lon, 1, [around.min.lon, around.max.lon]);
        let [(top, bottom), (left, right)] = [rows, cols].map(|(edge, sign, [from, to])| {
            let steps = |at: i32| ((i64::from(at) - i64::from(edge)) * sign).clamp(0, SIDE) * (side as i64 - 1);
            ((steps(from) / SIDE) as usize, ((steps(to) + SIDE - 1) / SIDE) as usize)
        });
        let samples = tile.samples.chunks_exact(side).take(bottom + 1).skip(top);
        let samples = samples.flat_map(|row| row.get(left..=right).unwrap_or_default()).copied().collect();
        Some(Window { side, first: [top, left], size: [bottom - top + 1, right - left + 1], samples })
    }

    /// A height in metres; `None` of a void and of what is not held.
    fn sample(&self, row: usize, col: usize) -> Option<i64> {
        let (row, col) = (row.checked_sub(self.first[0])?, col.checked_sub(self.first[1])?);
        let held = row < self.size[0] && col < self.size[1];
        let height = *self.samples.get(row * self.size[1] + col).filter(|_| held)?;
        (height != ReliefTile::VOID).then_some(i64::from(height))
    }

    /// The height at a place so many units of [`Place`] south and east of the square's north-west corner.
    fn height_m(&self, south: i64, east: i64) -> Option<f64> {
        let steps = self.side as i64 - 1;
        let [(row, down), (col, right)] = [south, east].map(|at| (at * steps / SIDE, at * steps % SIDE));
        // At most four times 10¹⁴ in sum, times 9000 m: below 2⁶³.
        let corners = [
            (0, 0, (SIDE - down) * (SIDE - right)),
            (0, 1, (SIDE - down) * right),
            (1, 0, down * (SIDE - right)),
            (1, 1, down * right),
        ];
        let needed = corners.into_iter().filter(|(.., weight)| *weight > 0);
        let weighed = needed.map(|(r, c, weight)| Some(weight * self.sample((row + r) as usize, (col + c) as usize)?));
        let sum: i64 = weighed.sum::<Option<i64>>()?;
        Some(sum as f64 / (SIDE * SIDE) as f64)
    }
}

/// The heights of a town: of each square what lies around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relief {
    windows: BTreeMap<Square, Window>,
    /// The squares there are, held or not.
    squares: Vec<Square>,
    /// The box within which all that is known is held; nothing is held where there is none.
    around: Option<Bounds>,
}

impl Relief {
    /// The relief around a box (`None`: nothing yet), of squares whose tiles are added one by one.
    pub fn around(around: Option<Bounds>, squares: Vec<Square>) -> Relief {
        Relief { windows: BTreeMap::new(), squares, around }
    }

    /// The whole relief of tiles.
    ///
    /// ```
    /// use firemap::model::{Place, Relief, ReliefTile, Square};
    /// let square = Square::named("N43E007").ok_or("a name")?;
    /// let flat = ReliefTile::new(square, vec![12; 1201 * 1201]).ok_or("a tile")?;
    /// let relief = Relief::of([flat]);
    /// assert_eq!(Place::from_degrees(7.42, 43.73).and_then(|at| relief.height_m(at)), Some(12.0));
    /// assert_eq!(Place::from_degrees(8.42, 43.73).and_then(|at| relief.height_m(at)), None);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn of(tiles: impl IntoIterator<Item = ReliefTile>) -> Relief {
        const EARTH: Bounds = Bounds {
            min: Place { lon: -180 * DEGREE, lat: -90 * DEGREE },
            max: Place { lon: 180 * DEGREE, lat: 90 * DEGREE },
        };
        let mut relief = Relief::around(Some(EARTH), Vec::new());
        for tile in tiles {
            relief.squares.push(tile.square);
            relief.add(&tile);
        }
        relief
    }

    /// Adds of a tile what lies around the box.
    pub fn add(&mut self, tile: &ReliefTile) {
        let window = self.around.and_then(|around| Window::of(tile, around));
        self.windows.extend(window.map(|window| (tile.square, window)));
    }

    /// Whether no height is held.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Whether there are heights within a box that are not held.
    pub fn lacks(&self, bounds: Bounds) -> bool {
        !self.around.is_some_and(|around| around.contains(bounds))
            && self.squares.iter().any(|square| square.bounds().intersects(bounds))
    }

    /// The height of the ground at a place in metres above mean sea level (EGM96), bilinear between the four samples
    /// around it; `None` where none is held or a sample that counts is a void.
    ///
    /// Whole numbers until the last division, so that it is the same on every processor. A place on the edge of two
    /// squares needs samples of the edge alone, which both have: the north-eastern of them that knows it answers.
    pub fn height_m(&self, place: Place) -> Option<f64> {
        // Of a degree's edge both sides: how far from the square's northern or western edge, and in which square.
        let sides = |at: i32| {
            let (degree, rest) = (at.div_euclid(DEGREE), i64::from(at.rem_euclid(DEGREE)));
            [Some((degree, rest)), (rest == 0).then_some((degree - 1, SIDE))].into_iter().flatten()
        };
        let around_earth = |degree: i32| (degree + 180).rem_euclid(360) - 180;
        let squares = sides(place.lat).flat_map(|lat| sides(place.lon).map(move |lon| (lat, lon)));
        squares.into_iter().find_map(|((south, north), (west, east))| {
            let square = Square::new(i16::try_from(south).ok()?, i16::try_from(around_earth(west)).ok()?)?;
            self.windows.get(&square)?.height_m(SIDE - north, east)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = 1201;

    /// A square whose heights are told by row and column.
    fn tile(name: &str, height: impl Fn(usize, usize) -> i16) -> ReliefTile {
        let samples = (0..N * N).map(|nth| height(nth / N, nth % N)).collect();
        ReliefTile::new(Square::named(name).unwrap(), samples).unwrap()
    }

    fn at(lon: f64, lat: f64) -> Place {
        Place::from_degrees(lon, lat).unwrap()
    }

    #[test]
    fn a_name_is_the_south_west_corner_in_every_hemisphere() {
        let corner = |name| Square::named(name).map(|square| (square.south(), square.west()));
        assert_eq!(corner("N43E007"), Some((43, 7)));
        assert_eq!(corner("s01w078"), Some((-1, -78)));
        assert_eq!(corner("S90W180"), Some((-90, -180)));
        assert_eq!(corner("N89E179"), Some((89, 179)));
        for wrong in
            ["", "N90E007", "N43E180", "S91E000", "E007N43", "N43E07", "N43E0070", "N4 E007", "N+3E007", "Ñ3E007"]
        {
            assert_eq!(corner(wrong), None, "{wrong}");
        }
        for name in ["N43E007", "S01W078", "N00E000", "S90W180"] {
            assert_eq!(Square::named(name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn corners_stand_where_the_format_has_them() {
        let relief = Relief::of([tile("S01W078", |row, col| match (row, col) {
            (0, 0) => 1,
            (0, 1200) => 2,
            (1200, 0) => 3,
            (1200, 1200) => 4,
            _ => 0,
        })]);
        assert_eq!(relief.height_m(at(-78.0, 0.0)), Some(1.0), "north-west");
        assert_eq!(relief.height_m(at(-77.0, 0.0)), Some(2.0), "north-east");
        assert_eq!(relief.height_m(at(-78.0, -1.0)), Some(3.0), "south-west");
        assert_eq!(relief.height_m(at(-77.0, -1.0)), Some(4.0), "south-east");
        assert_eq!(relief.height_m(at(-77.0, 0.000_000_1)), None, "north of it");
        assert_eq!(relief.height_m(at(-76.999_999_9, 0.0)), None, "east of it");
    }

    #[test]
    fn between_samples_heights_are_weighed_by_nearness() {
        // A plane of 2 m a step east and 1 m a step north.
        let relief = Relief::of([tile("N43E007", |row, col| (2 * col + 1200 - row) as i16)]);
        for (east, north) in [(0, 0), (1, 7), (2_500_000, 7_500_000), (4_165_000, 4_168_333), (9_999_999, 9_999_999)] {
            let place = Place { lon: 70_000_000 + east, lat: 430_000_000 + north };
            let plane = f64::from(2 * east + north) * 1200.0 / 1e7;
            let found = relief.height_m(place).unwrap();
            assert!((found - plane).abs() < 1e-9, "{found} {plane}");
        }
    }

    #[test]
    fn an_edge_is_the_same_from_both_sides() {
        let height = |lat: usize, lon: usize| ((lat * 31 + lon * 17) % 900) as i16;
        let west = tile("N29E106", |row, col| height(1200 - row, col));
        let east = tile("N29E107", |row, col| height(1200 - row, col + 1200));
        let (alone, other) = (Relief::of([west.clone()]), Relief::of([east.clone()]));
        let both = Relief::of([west, east]);
        for lat in [29.0, 29.123_456_7, 29.5, 29.999_999_9, 30.0] {
            let edge = at(107.0, lat);
            let known = both.height_m(edge);
            assert!(known.is_some());
            assert_eq!((alone.height_m(edge), other.height_m(edge)), (known, known), "{lat}");
            // A step of the last digit beside it: some centimetres, never a jump.
            for beside in [Place { lon: edge.lon - 1, ..edge }, Place { lon: edge.lon + 1, ..edge }] {
                assert!((both.height_m(beside).unwrap() - known.unwrap()).abs() < 0.2);
            }
        }
    }

    #[test]
    fn a_void_is_unknown_and_never_zero() {
        let relief = Relief::of([tile("N43E007", |row, col| match (row, col) {
            (600, 600) => ReliefTile::VOID,
            (0, 0) => -501,
            (0, 1) => 9001,
            (0, 4) => -500,
            (0, 6) => 9000,
            _ => 50,
        })]);
        let sample = |row: i32, col: i32| Place {
            lon: 70_000_000 + (col * 25_000 + 2) / 3,
            lat: 440_000_000 - (row * 25_000 + 2) / 3,
        };
        let beside = |row, col, by: i32| Place { lon: sample(row, col).lon + by, ..sample(row, col) };
        assert_eq!(relief.height_m(sample(600, 600)), None);
        assert_eq!(relief.height_m(beside(600, 600, 4000)), None, "between the void and its neighbour");
        assert_eq!(relief.height_m(beside(600, 600, 8400)), Some(50.0), "past the neighbour");
        assert_eq!(relief.height_m(sample(597, 600)), Some(50.0));
        assert_eq!((relief.height_m(sample(0, 0)), relief.height_m(beside(0, 0, 8333))), (None, None));
        assert!(relief.height_m(beside(0, 4, -1)).unwrap() < -499.0);
        assert_eq!(relief.height_m(sample(0, 6)), Some(9000.0));
    }

    #[test]
    fn the_poles_and_the_date_line_have_squares_on_one_side_alone() {
        let relief = Relief::of([tile("N89E179", |_, _| 7), tile("S90W180", |_, _| 9)]);
        assert_eq!(relief.height_m(at(180.0, 90.0)), Some(7.0));
        assert_eq!(relief.height_m(at(-180.0, 89.5)), Some(7.0), "the same meridian");
        assert_eq!(relief.height_m(at(-180.0, -90.0)), Some(9.0));
        assert_eq!(relief.height_m(at(180.0, -89.5)), Some(9.0));
        assert_eq!(relief.height_m(at(0.0, 90.0)), None);
    }

    #[test]
    fn what_is_held_of_a_square_answers_as_the_whole_does() {
        let (a, b) =
            (tile("N43E007", |row, col| (row * 7 % 800 + col) as i16), tile("N43E008", |row, col| (row + col) as i16));
        let bounds = Bounds { min: at(7.412_345_6, 43.71), max: at(8.001, 43.759_999_9) };
        let whole = Relief::of([a.clone(), b.clone()]);
        let mut held = Relief::around(Some(bounds), vec![a.square(), b.square()]);
        [&a, &b].into_iter().for_each(|tile| held.add(tile));
        let (min, max) = (bounds.min, bounds.max);
        for nth in 0..=100 {
            let between =
                |from: i32, to: i32, nth: i32| from + ((i64::from(to) - i64::from(from)) * i64::from(nth) / 100) as i32;
            let place = Place { lon: between(min.lon, max.lon, nth), lat: between(min.lat, max.lat, (nth * 37) % 101) };
            assert!(whole.height_m(place).is_some());
            assert_eq!(held.height_m(place), whole.height_m(place), "{place:?}");
        }
        assert!(held.windows.values().map(|window| window.samples.len()).sum::<usize>() < 60_000);
        assert!(!held.lacks(bounds));
        assert!(held.lacks(Bounds { min: at(7.3, 43.71), ..bounds }), "there is more to the west");
        assert!(!held.lacks(Bounds { min: at(106.0, 29.0), max: at(107.0, 30.0) }), "there is nothing in China");
        assert!(Relief::around(None, vec![a.square()]).lacks(bounds));
    }

    #[test]
    fn only_whole_squares_are_tiles() {
        let square = Square::named("N43E007").unwrap();
        assert_eq!(ReliefTile::new(square, vec![0; N * N - 1]), None);
        assert_eq!(ReliefTile::new(square, Vec::new()), None);
        let fine = ReliefTile::new(square, vec![0; 3601 * 3601]).unwrap();
        assert_eq!((fine.side(), fine.arc_seconds(), fine.voids(), fine.span_m()), (3601, 1, 0, Some((0, 0))));
        let none = ReliefTile::new(square, vec![ReliefTile::VOID; N * N]).unwrap();
        assert_eq!((none.arc_seconds(), none.voids(), none.span_m()), (3, N * N, None));
    }
}
