//! The square world of web maps: Web Mercator (EPSG:3857 on the sphere) as whole numbers.
//!
//! 2³² units go around the globe, x from the 180th meridian eastwards, y from 85.0511° north downwards. One unit is
//! 9.3 mm on the equator, less elsewhere, so nothing that a [`Place`] can say is lost. Tiles are powers of two of
//! units, so that cutting them is shifting bits and comes out the same on every processor.

use std::f64::consts::PI;
use std::sync::LazyLock;

use crate::model::{Bounds, Place, ShapeRef};

/// Units around the globe.
const WORLD: f64 = (1_u64 << 32) as f64;

/// Units of 1e-7° around the globe.
const AROUND: u64 = 3_600_000_000;

/// A place in the square world.
///
/// ```
/// use firemap::{crs::mercator::World, model::Place};
/// assert_eq!(World::from(Place { lon: 0, lat: 0 }), World { x: 1 << 31, y: 1 << 31 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct World {
    /// East of the 180th meridian.
    pub x: u32,
    /// South of 85.0511° north.
    pub y: u32,
}

impl World {
    /// Position on a Hilbert curve of order 32 (two quadrant bits a step; after Warren, Hacker's Delight, 16.2).
    pub fn hilbert(self) -> u64 {
        let World { mut x, mut y } = self;
        let mut key = 0u64;
        for bit in (0..32).rev() {
            let (rx, ry) = (x >> bit & 1, y >> bit & 1);
            key = key << 2 | u64::from((3 * rx) ^ ry);
            if ry == 0 {
                if rx == 1 {
                    (x, y) = (!x, !y);
                }
                (x, y) = (y, x);
            }
        }
        key
    }
}

impl From<Place> for World {
    /// x = (λ + 180°) ÷ 360° · 2³², y = (½ − artanh(sin φ) ÷ 2π) · 2³² (Snyder, Map Projections: A Working Manual,
    /// 1987, equations 7-1 and 7-2a), rounded to the nearest unit and held within the world: what lies beyond
    /// ±85.0511° comes to its upper or lower edge, and 180° east to its last unit. Off by 0.501 units at most.
    fn from(place: Place) -> World {
        let east = (i64::from(place.lon) + AROUND as i64 / 2) as u64;
        let x = ((east << 32) + AROUND / 2) / AROUND;
        let lat = place.lat.clamp(-NORTHMOST, NORTHMOST);
        let band = (lat + NORTHMOST) >> BAND_BITS;
        let beyond = f64::from(lat - middle(band));
        let y = BANDS[band as usize].iter().rev().fold(0.0, |sum, term| sum * beyond + term);
        // The cast brings what is a hair outside the world to the ends of the range.
        World { x: x.min(u64::from(u32::MAX)) as u32, y: (y + 0.5) as u32 }
    }
}

/// The edge of the world in 1e-7°, rounded outwards.
const NORTHMOST: i32 = 850_511_288;

/// Latitudes are cut into bands of 2²⁰ · 1e-7°, a tenth of a degree.
const BAND_BITS: u8 = 20;

/// The middle of a band in 1e-7°.
fn middle(band: i32) -> i32 {
    (band << BAND_BITS) + (1 << (BAND_BITS - 1)) - NORTHMOST
}

/// For each band the Taylor series of y around its middle, in powers of 1e-7°: ten times as quick as sine and logarithm
/// of every vertex. What it leaves out is 0.0002 units near 85° and nothing to speak of below 80°.
static BANDS: LazyLock<Vec<[f64; 6]>> = LazyLock::new(|| (0..=(2 * NORTHMOST) >> BAND_BITS).map(series).collect());

fn series(band: i32) -> [f64; 6] {
    let step = PI / 180.0 * 1e-7;
    let phi = f64::from(middle(band)) * step;
    let (sine, sec) = (libm::sin(phi), 1.0 / libm::cos(phi));
    let (tan, sec2) = (sine * sec, sec * sec);
    // artanh(sin φ), and its derivatives over the factorials.
    let terms = [
        libm::log((1.0 + sine) / (1.0 - sine)) / 2.0,
        sec,
        sec * tan / 2.0,
        sec * (2.0 * sec2 - 1.0) / 6.0,
        sec * tan * (6.0 * sec2 - 1.0) / 24.0,
        sec * (24.0 * sec2 * sec2 - 20.0 * sec2 + 1.0) / 120.0,
    ];
    let mut scale = -WORLD / (2.0 * PI);
    let mut series = terms.map(|term| {
        let scaled = term * scale;
        scale *= step;
        scaled
    });
    series[0] += WORLD / 2.0;
    series
}

impl From<World> for Place {
    /// The inverse: φ = arctan(sinh(π · (1 − 2y ÷ 2³²))), rounded to 1e-7°.
    fn from(world: World) -> Place {
        let east = (u64::from(world.x) * AROUND + (1 << 31)) >> 32;
        Place {
            lon: (east as i64 - AROUND as i64 / 2) as i32,
            lat: (latitude(f64::from(world.y) / WORLD) * 1e7).round() as i32,
        }
    }
}

/// The latitude in degrees at a share of the way from the upper edge of the world (0) to the lower one (1).
pub fn latitude(down: f64) -> f64 {
    libm::atan(libm::sinh(PI * (1.0 - 2.0 * down))) * (180.0 / PI)
}

/// A box in the square world, sides included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldBox {
    /// Upper left (north-west) corner.
    pub min: World,
    /// Lower right (south-east) corner.
    pub max: World,
}

impl WorldBox {
    /// Whether the boxes share a place.
    pub fn intersects(self, other: WorldBox) -> bool {
        self.min.x <= other.max.x && other.min.x <= self.max.x && self.min.y <= other.max.y && other.min.y <= self.max.y
    }

    /// Whether the place is inside or on a side.
    pub fn contains(self, at: World) -> bool {
        self.intersects(WorldBox::at(at))
    }

    /// The box of one place.
    pub fn at(place: World) -> WorldBox {
        WorldBox { min: place, max: place }
    }

    /// The least box around both.
    pub fn union(self, other: WorldBox) -> WorldBox {
        WorldBox {
            min: World { x: self.min.x.min(other.min.x), y: self.min.y.min(other.min.y) },
            max: World { x: self.max.x.max(other.max.x), y: self.max.y.max(other.max.y) },
        }
    }

    /// Squared gap between two boxes in world units; 0 where they touch.
    pub fn gap2(self, other: WorldBox) -> f64 {
        let between = |a_min: u32, a_max: u32, b_min: u32, b_max: u32| {
            f64::from(b_min.saturating_sub(a_max).max(a_min.saturating_sub(b_max)))
        };
        let dx = between(self.min.x, self.max.x, other.min.x, other.max.x);
        let dy = between(self.min.y, self.max.y, other.min.y, other.max.y);
        dx * dx + dy * dy
    }

    /// The box grown by so many units on every side, within the world.
    pub fn grown(self, by: f64) -> WorldBox {
        let by = by.clamp(0.0, f64::from(u32::MAX)) as u32;
        WorldBox {
            min: World { x: self.min.x.saturating_sub(by), y: self.min.y.saturating_sub(by) },
            max: World { x: self.max.x.saturating_add(by), y: self.max.y.saturating_add(by) },
        }
    }

    /// Its middle.
    pub fn centre(self) -> World {
        World { x: self.min.x / 2 + self.max.x / 2, y: self.min.y / 2 + self.max.y / 2 }
    }

    /// World units within which everything lies that is at most so many metres from this box.
    ///
    /// A way of `metres` stays within `metres` of the box's latitudes; there a unit is at least the cosine of the
    /// farthest latitude times its length on the equator, less 0.7 % for the sphere standing in for the ellipsoid.
    pub fn units_within(self, metres: f64) -> f64 {
        const METRES_A_UNIT: f64 = 2.0 * PI * 6_378_137.0 / WORLD;
        let down = |y: u32| latitude(f64::from(y) / WORLD).abs();
        let farthest = down(self.min.y).max(down(self.max.y)).to_radians() + metres / 6_300_000.0;
        let shrink = libm::cos(farthest.min(PI / 2.0));
        if shrink < 0.01 { f64::INFINITY } else { metres / (METRES_A_UNIT * shrink * 0.993) + 2.0 }
    }
}

/// The least box around a shape: the projection keeps the order of longitudes and of latitudes, so the corners of its
/// bounds suffice.
impl From<ShapeRef<'_>> for WorldBox {
    fn from(shape: ShapeRef<'_>) -> WorldBox {
        shape.bounds().into()
    }
}

impl From<Bounds> for WorldBox {
    fn from(bounds: Bounds) -> WorldBox {
        let (west, north) = (bounds.min.lon, bounds.max.lat);
        let (east, south) = (bounds.max.lon, bounds.min.lat);
        WorldBox { min: Place { lon: west, lat: north }.into(), max: Place { lon: east, lat: south }.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_corners_of_the_world_are_where_tile_clients_look_for_them() {
        let at = |lon, lat| World::from(Place::from_degrees(lon, lat).expect("on earth"));
        assert_eq!(at(-180.0, 85.051_128_8), World { x: 0, y: 0 });
        assert_eq!(at(180.0, -85.051_128_8), World { x: u32::MAX, y: u32::MAX });
        assert_eq!(at(-180.0, 90.0), World { x: 0, y: 0 });
        assert_eq!(at(180.0, -90.0), World { x: u32::MAX, y: u32::MAX });
        // 66.51326044…° is a quarter of the way down; a place knows seven digits of it.
        assert_eq!(at(90.0, 66.513_260_4), World { x: 3 << 30, y: (1 << 30) + 1 });
    }

    #[test]
    fn the_series_of_neighbouring_bands_meet() {
        for band in 1..BANDS.len() as i32 {
            let edge = middle(band) - (1 << (BAND_BITS - 1));
            let [before, after] = [edge - 1, edge].map(|lat| World::from(Place { lon: 0, lat }).y);
            assert!(after <= before && before - after <= 15, "{edge}: {before} {after}");
        }
    }

    #[test]
    fn the_curve_visits_each_cell_of_a_corner_once_and_steps_to_neighbours() {
        let mut cells: Vec<(u64, u32, u32)> = (0..16)
            .flat_map(|x| (0..16).map(move |y| (World { x: x << 28, y: y << 28 }.hilbert() >> 56, x, y)))
            .collect();
        cells.sort_unstable();
        for (nth, pair) in cells.windows(2).enumerate() {
            assert_eq!(pair[0].0, nth as u64);
            assert_eq!(pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2), 1);
        }
    }

    proptest! {
        #[test]
        fn what_is_near_lies_within_the_units_told(
            lon in -179.0..179.0f64, lat in -84.0..84.0f64, bearing in 0.0..360.0f64, metres in 0.0..300_000.0f64
        ) {
            use geo::{Destination, Geodesic, Point};
            let end = Geodesic.destination(Point::new(lon, lat), bearing, metres);
            prop_assume!((-179.9..179.9).contains(&end.x()) && end.y().abs() < 85.0 && (end.x() - lon).abs() < 90.0);
            let from = WorldBox::at(Place::from_degrees(lon, lat).unwrap().into());
            let to = WorldBox::at(Place::from_degrees(end.x(), end.y()).unwrap().into());
            prop_assert!(from.gap2(to).sqrt() <= from.units_within(metres));
        }

        #[test]
        fn a_place_comes_back_from_the_square_world(lon in -1_799_999_999..1_799_999_999, lat in -850_511_287..850_511_287) {
            let place = Place { lon, lat };
            prop_assert_eq!(Place::from(World::from(place)), place);
        }

        #[test]
        fn a_place_is_half_a_unit_from_the_closed_form_at_most(lon in -1_799_999_999..1_799_999_999, lat in -850_511_287..850_511_287) {
            let place = Place { lon, lat };
            let world = World::from(place);
            let x = (place.lon_degrees() + 180.0) / 360.0 * WORLD;
            let sine = place.lat_degrees().to_radians().sin();
            let y = (0.5 - sine.atanh() / (2.0 * PI)) * WORLD;
            prop_assert!((f64::from(world.x) - x).abs() <= 0.501, "{world:?} {x}");
            prop_assert!((f64::from(world.y) - y).abs() <= 0.501, "{world:?} {y}");
        }

        /// A place is known to 1e-7°, more than a unit of y near the poles.
        #[test]
        fn the_square_world_comes_back_from_a_place(x in 0_u32.., y in 0_u32..) {
            let world = World { x, y };
            let place = Place::from(world);
            let back = World::from(place);
            let unit_of_place = WORLD / 3.6e9 / libm::cos(place.lat_degrees().to_radians());
            prop_assert!(back.x.abs_diff(x) <= 1 || x == u32::MAX);
            prop_assert!(f64::from(back.y.abs_diff(y)) <= 0.5 * unit_of_place + 1.0);
        }
    }
}
