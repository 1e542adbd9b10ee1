//! GCJ-02, the coordinates of Amap, Tencent and all licensed maps of China: WGS 84 bent by hundreds of metres.
//!
//! The formula was never issued by its office; it is the one published as `eviltransform` (G. Lee and others, 2015,
//! after C. Kai's and emq's of 2013), whose answers lie within 0.1 m of Amap's own. Inside the rectangle below places
//! are bent, outside they are left alone, so that at its edge there is a step: what GCJ-02 pushes out over the edge
//! comes back as it stands. The edge runs through the sea and other countries.

use std::f64::consts::PI;

/// West, south, east and north of what is bent, in degrees.
const BENT: [f64; 4] = [72.004, 0.8293, 137.8347, 55.8271];

/// Semi-major axis of Krasovsky's ellipsoid in metres, and its first eccentricity squared.
const A: f64 = 6_378_245.0;
const E2: f64 = 0.006_693_421_622_965_943;

/// Degrees by which a place moves at most, in longitude or latitude.
pub const MOST_MOVED: f64 = 0.02;

/// GCJ-02 of a place in WGS 84; longitude and latitude in degrees.
///
/// ```
/// use firemap::crs::gcj02;
/// let [lon, lat] = gcj02::from_wgs84([121.5272106, 31.1774276]);
/// assert!((lon - 121.531541859215).abs() < 1e-9 && (lat - 31.17530398364597).abs() < 1e-9);
/// assert_eq!(gcj02::from_wgs84([7.4, 43.7]), [7.4, 43.7]);
/// ```
pub fn from_wgs84(at: [f64; 2]) -> [f64; 2] {
    if !is_bent(at) {
        return at;
    }
    let [east, north] = moved(at);
    [at[0] + east, at[1] + north]
}

/// WGS 84 of a place in GCJ-02; longitude and latitude in degrees. The inverse by iteration, off by less than 1e-10°.
pub fn to_wgs84(gcj: [f64; 2]) -> [f64; 2] {
    if !is_bent(gcj) {
        return gcj;
    }
    let mut at = gcj;
    // Places near each other move nearly alike, so that each step leaves a hundredth of the error.
    for _ in 0..20 {
        let [east, north] = moved(at);
        let next = [gcj[0] - east, gcj[1] - north];
        let step = (next[0] - at[0]).abs().max((next[1] - at[1]).abs());
        at = next;
        if step < 1e-12 {
            break;
        }
    }
    at
}

/// Whether a place lies in the rectangle that is bent.
pub(super) fn is_bent([lon, lat]: [f64; 2]) -> bool {
    let [west, south, east, north] = BENT;
    (west..=east).contains(&lon) && (south..=north).contains(&lat)
}

/// By how many degrees east and north a place moves.
fn moved([lon, lat]: [f64; 2]) -> [f64; 2] {
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |height: f64, turns: f64| height * libm::sin(turns * PI) * 2.0 / 3.0;
    let ripple = wave(20.0, 6.0 * x) + wave(20.0, 2.0 * x);
    let root = libm::sqrt(x.abs());
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + ripple
        + (wave(20.0, y) + wave(40.0, y / 3.0))
        + (wave(160.0, y / 12.0) + wave(320.0, y / 30.0));
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + ripple
        + (wave(20.0, x) + wave(40.0, x / 3.0))
        + (wave(150.0, x / 12.0) + wave(300.0, x / 30.0));
    let (sine, cosine) = libm::sincos(lat / 180.0 * PI);
    let w2 = 1.0 - E2 * sine * sine;
    let w = libm::sqrt(w2);
    let east = east_m * 180.0 / (A / w * cosine * PI);
    let north = north_m * 180.0 / (A * (1.0 - E2) / (w2 * w) * PI);
    [east, north]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::geodesic_m;
    use crate::model::Place;
    use proptest::prelude::*;

    fn metres(a: [f64; 2], b: [f64; 2]) -> f64 {
        let place = |at: [f64; 2]| Place::from_degrees(at[0], at[1]).unwrap();
        geodesic_m(place(a), place(b))
    }

    #[test]
    fn published_pairs_are_met() {
        // The tests of eviltransform: Shanghai, Shenzhen, Beijing.
        let pairs = [
            ([121.5272106, 31.1774276], [121.531541859215, 31.17530398364597]),
            ([113.912316, 22.543847], [113.9171764808363, 22.540796131694766]),
            ([116.377817, 39.911954], [116.38404722455657, 39.91334545536069]),
        ];
        for (wgs84, gcj02) in pairs {
            let [lon, lat] = from_wgs84(wgs84);
            assert!((lon - gcj02[0]).abs() < 1e-9 && (lat - gcj02[1]).abs() < 1e-9, "{lon} {lat}");
        }
    }

    #[test]
    fn amap_gives_the_same_answer_to_a_tenth_of_a_metre() {
        // What Amap's service of coordinate conversion answers, as its documentation prints it.
        let pairs = [
            ([116.481499, 39.990475], [116.487585177952, 39.991754014757]),
            ([116.481499, 39.990375], [116.487585177952, 39.991653917101]),
        ];
        for (wgs84, amap) in pairs {
            assert!(metres(from_wgs84(wgs84), amap) < 0.1);
            assert!(metres(to_wgs84(amap), wgs84) < 0.1);
        }
    }

    #[test]
    fn outside_the_rectangle_nothing_moves_and_at_its_edge_there_is_a_step() {
        for at in [[7.42, 43.73], [139.69, 35.68], [-122.4, 37.8], [103.85, 0.8], [72.0, 40.0]] {
            assert_eq!(from_wgs84(at), at);
            assert_eq!(to_wgs84(at), at);
        }
        let [inside, outside] = [[137.8346, 40.0], [137.8348, 40.0]];
        assert_eq!(from_wgs84(outside), outside);
        let pushed = from_wgs84(inside);
        assert!(pushed[0] > BENT[2] && metres(pushed, inside) > 500.0);
        assert_eq!(to_wgs84(pushed), pushed, "what was pushed out stays out");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_was_bent_comes_back(lon in 72.03..137.81f64, lat in 0.85..55.80f64) {
            let bent = from_wgs84([lon, lat]);
            let back = to_wgs84(bent);
            prop_assert!((back[0] - lon).abs() < 1e-10 && (back[1] - lat).abs() < 1e-10, "{back:?}");
            prop_assert!((bent[0] - lon).abs() < MOST_MOVED && (bent[1] - lat).abs() < MOST_MOVED);
        }

        /// In the sea off Sumatra a place may move by less than a metre; in China none by less than 17.
        #[test]
        fn taking_one_for_the_other_shows_in_all_of_china(lon in 73.0..135.1f64, lat in 18.0..53.6f64) {
            let bent = from_wgs84([lon, lat]);
            prop_assert!(metres(bent, [lon, lat]) > 15.0, "{bent:?}");
        }

        /// Nine digits behind the point are enough for the same place of 1e-7°.
        #[test]
        fn a_place_is_the_same_place_after_nine_digits(lon in 720_300_000..1_378_100_000i32, lat in 8_500_000..558_000_000i32) {
            let place = Place { lon, lat };
            let written = from_wgs84([place.lon_degrees(), place.lat_degrees()]).map(|n| format!("{n:.9}"));
            let [lon, lat] = to_wgs84(written.map(|n| n.parse().unwrap()));
            prop_assert_eq!(Place::from_degrees(lon, lat), Some(place));
        }

        /// Near 105° east a square root is steepest.
        #[test]
        fn the_steepest_place_comes_back_too(off in -1e-5..1e-5f64, lat in 0.85..55.80f64) {
            let at = [105.0 + off, lat];
            let back = to_wgs84(from_wgs84(at));
            prop_assert!((back[0] - at[0]).abs() < 1e-10 && (back[1] - at[1]).abs() < 1e-10, "{back:?}");
        }
    }
}
