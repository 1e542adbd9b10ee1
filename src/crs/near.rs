//! Distances in metres near a place, on the WGS 84 ellipsoid (CGCS2000's differs by 0.1 mm).

use crate::model::Place;

/// Semi-major axis of WGS 84 in metres.
const A: f64 = 6_378_137.0;
/// First eccentricity of WGS 84, squared.
const E2: f64 = 6.694_379_990_141_316e-3;
/// Radians of one 1e-7 degree.
const RAD: f64 = std::f64::consts::PI / 180.0 * 1e-7;

/// A place as metres east (x) and north (y) of a frame's origin.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Offset {
    /// Metres east.
    pub x: f64,
    /// Metres north.
    pub y: f64,
}

impl Offset {
    /// Squared distance in m².
    pub fn distance2(self, other: Offset) -> f64 {
        let (x, y) = (self.x - other.x, self.y - other.y);
        x * x + y * y
    }

    /// Squared distance in m² to the segment from `a` to `b`.
    pub fn segment_distance2(self, a: Offset, b: Offset) -> f64 {
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let (px, py) = (self.x - a.x, self.y - a.y);
        let len2 = dx * dx + dy * dy;
        let t = if len2 > 0.0 { ((px * dx + py * dy) / len2).clamp(0.0, 1.0) } else { 0.0 };
        let (ex, ey) = (px - t * dx, py - t * dy);
        ex * ex + ey * ey
    }
}

/// A plane that touches the ellipsoid at a place.
///
/// A place's offset is its difference in longitude and latitude times the lengths of a degree at the *middle*
/// latitude between it and the origin (the mid-latitude formula; radii of curvature N and M as in any geodesy text,
/// expanded to second order in the difference of latitude). Distances from near the origin agree with the geodesic
/// to 0.01 % up to 20 km between 80° south and north. Differences of longitude are taken the short way round.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    origin: Place,
    /// Metres a radian of longitude at the origin, and its first two derivatives by latitude.
    east: [f64; 3],
    /// Metres a radian of latitude at the origin, and its derivative by latitude.
    north: [f64; 2],
}

impl Frame {
    /// The frame at a place.
    pub fn at(origin: Place) -> Frame {
        let (sin, cos) = libm::sincos(f64::from(origin.lat) * RAD);
        let w2 = 1.0 - E2 * sin * sin;
        let n = A / w2.sqrt();
        let m = n * (1.0 - E2) / w2;
        Frame { origin, east: [n * cos, -m * sin, -m * cos], north: [m, 3.0 * m * E2 * sin * cos / w2] }
    }

    /// Where a place lies in it.
    pub fn offset(&self, place: Place) -> Offset {
        let mut dlon = i64::from(place.lon) - i64::from(self.origin.lon);
        const AROUND: i64 = 3_600_000_000;
        if dlon > AROUND / 2 {
            dlon -= AROUND;
        } else if dlon < -AROUND / 2 {
            dlon += AROUND;
        }
        let dlat = (i64::from(place.lat) - i64::from(self.origin.lat)) as f64 * RAD;
        let half = dlat / 2.0;
        Offset {
            x: dlon as f64 * RAD * (self.east[0] + half * (self.east[1] + half / 2.0 * self.east[2])),
            y: dlat * (self.north[0] + half * self.north[1]),
        }
    }
}

/// Distance between two places in metres; see [`Frame`] for how far it holds.
///
/// ```
/// use firemap::{crs::geodesic_m, model::Place};
/// let at = |lon, lat| Place::from_degrees(lon, lat).unwrap();
/// assert!((geodesic_m(at(106.55, 29.56), at(106.55, 29.57)) - 1108.5).abs() < 0.5);
/// ```
pub fn geodesic_m(a: Place, b: Place) -> f64 {
    let offset = Frame::at(a).offset(b);
    libm::hypot(offset.x, offset.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Destination, Geodesic, Point};
    use proptest::prelude::*;

    proptest! {
        /// Karney's geodesics, as implemented by others, are the measure.
        #[test]
        fn distances_agree_with_the_geodesic_within_a_ten_thousandth_up_to_20_km(
            lon in -180.0..180.0f64, lat in -80.0..80.0f64, bearing in 0.0..360.0f64, metres in 1.0..20_000.0f64
        ) {
            let end = Geodesic.destination(Point::new(lon, lat), bearing, metres);
            let at = |lon: f64, lat: f64| Place::from_degrees((lon + 540.0).rem_euclid(360.0) - 180.0, lat).unwrap();
            let measured = geodesic_m(at(lon, lat), at(end.x(), end.y()));
            prop_assert!((measured - metres).abs() < metres * 1e-4 + 0.03, "{measured} against {metres}");
        }
    }

    #[test]
    fn a_published_line_is_met() {
        // Flinders Peak to Buninyong, Geocentric Datum of Australia technical manual: 54,972.271 m on GRS 80.
        let dms = |d: f64, m: f64, s: f64| d + m / 60.0 + s / 3600.0;
        let flinders = Place::from_degrees(dms(144.0, 25.0, 29.52440), -dms(37.0, 57.0, 3.72030)).unwrap();
        let buninyong = Place::from_degrees(dms(143.0, 55.0, 35.38390), -dms(37.0, 39.0, 10.15610)).unwrap();
        assert!((geodesic_m(flinders, buninyong) - 54_972.271).abs() < 2.0);
    }
}
