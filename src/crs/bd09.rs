//! BD-09, the coordinates of Baidu's maps: GCJ-02 bent once more, by up to a kilometre and a half in all.
//!
//! The formula is the one published with the converters of 2013 on (`coordtransform` and others); it adds a ripple to
//! distance and direction from (0°, 0°) and moves all by 0.0065° east and 0.006° north. Baidu bends within GCJ-02's
//! rectangle; elsewhere places are left alone here too.

use std::f64::consts::PI;

use super::gcj02;

/// Degrees by which a place in WGS 84 moves at most, in longitude or latitude.
pub const MOST_MOVED: f64 = gcj02::MOST_MOVED + 0.01;

/// BD-09 of a place in WGS 84; longitude and latitude in degrees.
///
/// ```
/// use firemap::crs::{bd09, gcj02};
/// let [lon, lat] = bd09::from_wgs84(gcj02::to_wgs84([116.404, 39.915]));
/// assert!((lon - 116.41036949371029).abs() < 1e-8 && (lat - 39.92133699351022).abs() < 1e-8);
/// assert_eq!(bd09::from_wgs84([7.4, 43.7]), [7.4, 43.7]);
/// ```
pub fn from_wgs84(at: [f64; 2]) -> [f64; 2] {
    if !gcj02::is_bent(at) {
        return at;
    }
    from_gcj02(gcj02::from_wgs84(at))
}

/// WGS 84 of a place in BD-09; longitude and latitude in degrees. The inverse by iteration, off by less than 1e-9°.
pub fn to_wgs84(bd: [f64; 2]) -> [f64; 2] {
    // Which places were bent is asked of where they come from: at the edge of the rectangle there is a step.
    let at = gcj02::to_wgs84(to_gcj02(bd));
    if gcj02::is_bent(at) { at } else { bd }
}

/// GCJ-02 bent into BD-09.
fn from_gcj02([x, y]: [f64; 2]) -> [f64; 2] {
    const TURN: f64 = PI * 3000.0 / 180.0;
    let reach = libm::hypot(x, y) + 0.000_02 * libm::sin(y * TURN);
    let bearing = libm::atan2(y, x) + 0.000_003 * libm::cos(x * TURN);
    let (sine, cosine) = libm::sincos(bearing);
    [reach * cosine + 0.0065, reach * sine + 0.006]
}

/// The inverse of [`from_gcj02`] by iteration: the ripple's steepest slope is a thousandth, so a few steps do.
fn to_gcj02(bd: [f64; 2]) -> [f64; 2] {
    let mut at = [bd[0] - 0.0065, bd[1] - 0.006];
    for _ in 0..30 {
        let there = from_gcj02(at);
        let off = [bd[0] - there[0], bd[1] - there[1]];
        at = [at[0] + off[0], at[1] + off[1]];
        if off[0].abs().max(off[1].abs()) < 1e-12 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;
    use proptest::prelude::*;

    #[test]
    fn published_pairs_are_met() {
        // The examples of coordtransform's documentation: GCJ-02 (116.404, 39.915) and back.
        let [lon, lat] = from_gcj02([116.404, 39.915]);
        assert!((lon - 116.41036949371029).abs() < 1e-12 && (lat - 39.92133699351022).abs() < 1e-12, "{lon} {lat}");
        let [lon, lat] = to_gcj02([116.41036949371029, 39.92133699351022]);
        assert!((lon - 116.404).abs() < 1e-11 && (lat - 39.915).abs() < 1e-11, "{lon} {lat}");
    }

    #[test]
    fn outside_the_rectangle_nothing_moves() {
        for at in [[7.42, 43.73], [139.69, 35.68], [-122.4, 37.8], [-71.1, 42.37]] {
            assert_eq!(from_wgs84(at), at);
            assert_eq!(to_wgs84(at), at);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_was_bent_comes_back(lon in 72.03..137.81f64, lat in 0.85..55.80f64) {
            let bent = from_wgs84([lon, lat]);
            let back = to_wgs84(bent);
            prop_assert!((back[0] - lon).abs() < 1e-9 && (back[1] - lat).abs() < 1e-9, "{back:?}");
            prop_assert!((bent[0] - lon).abs() < MOST_MOVED && (bent[1] - lat).abs() < MOST_MOVED);
        }

        /// Nine digits behind the point are enough for the same place of 1e-7°.
        #[test]
        fn a_place_is_the_same_place_after_nine_digits(lon in 720_300_000..1_378_100_000i32, lat in 8_500_000..558_000_000i32) {
            let place = Place { lon, lat };
            let written = from_wgs84([place.lon_degrees(), place.lat_degrees()]).map(|n| format!("{n:.9}"));
            let [lon, lat] = to_wgs84(written.map(|n| n.parse().unwrap()));
            prop_assert_eq!(Place::from_degrees(lon, lat), Some(place));
        }
    }
}
