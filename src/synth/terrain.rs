//! The lie of the land: a plain sheet of along-the-river and away-from-the-river, bent by shears into a river bend,
//! and the elevation over it.
//!
//! `u` runs along the rivers and `v` across them, both in metres. Shears in turn along x and y keep areas, never fold
//! and are undone exactly, so that the ground has an elevation at every place and not only where something stands.

use libm::sin;

use super::plan::DISTRICT_HEIGHT_M;
use super::recipe::shares;
use super::rng::{hash, noise1, noise2};
use crate::model::Place;

/// Metres east and north of the city's middle.
pub type Xy = [f64; 2];

/// Half the width of a river, on average, in metres.
const RIVER_HALF_M: f64 = 132.0;
const METRES_A_DEGREE: f64 = 111_195.0;
/// Cosine of the middle's latitude, 29.56°.
const COS_LATITUDE: f64 = 0.869_842;
const TURN: f64 = 2.0 * core::f64::consts::PI;

/// The ground of one seed.
#[derive(Clone, Debug)]
pub struct Terrain {
    seed: u64,
    phases: [f64; 5],
}

impl Terrain {
    /// The ground of a seed.
    pub fn new(seed: u64) -> Terrain {
        let phase = |n: u64| (hash(&[seed, 0x7E44, n]) >> 11) as f64 / (1u64 << 53) as f64 * TURN;
        // The longest wave is the bend the first district lies in: near one place whatever the seed.
        let bend = -1.35 + 0.5 * sin(phase(0));
        Terrain { seed, phases: [bend, phase(1), phase(2), phase(3), phase(4)] }
    }

    fn north(&self, x: f64) -> f64 {
        460.0 * sin(x * TURN / 5_600.0 + self.phases[0])
            + 95.0 * sin(x * TURN / 2_130.0 + self.phases[1])
            + 420.0 * sin(x * TURN / 17_300.0 + self.phases[2])
    }

    fn east(&self, y: f64) -> f64 {
        300.0 * sin(y * TURN / 3_900.0 + self.phases[3]) + 60.0 * sin(y * TURN / 1_270.0 + self.phases[4])
    }

    /// Where a place of the sheet lies.
    pub fn at(&self, u: f64, v: f64) -> Xy {
        let y = v + self.north(u);
        [u + self.east(y), y]
    }

    /// The place of the sheet that lies there.
    pub fn sheet(&self, [x, y]: Xy) -> (f64, f64) {
        let u = x - self.east(y);
        (u, y - self.north(u))
    }

    /// Metres above the sea.
    pub fn elevation(&self, at: Xy) -> f64 {
        let (u, v) = self.sheet(at);
        let period = 2.0 * DISTRICT_HEIGHT_M;
        let river = (v / period).round();
        let side = v - river * period;
        let away = side.abs();
        // The north banks are the steep ones.
        let steep = if side > 0.0 { 1.0 } else { 0.78 };
        let bank = 168.0 + 14.0 * ramp(away, RIVER_HALF_M - 8.0, 185.0);
        let town = 13.0 * ramp(away, 185.0, 470.0);
        let hill = steep * (105.0 * ramp(away, 420.0, 1_350.0) + 45.0 * ramp(away, 1_200.0, 2_300.0));
        let rough = ramp(away, 300.0, 900.0);
        let ridges = 34.0 * noise2(self.seed ^ 0xA1, u / 620.0, v / 520.0)
            + 9.0 * noise2(self.seed ^ 0xA2, u / 230.0, v / 230.0);
        bank + town + hill + rough * steep * ridges
    }

    /// How far a river's bank is from its middle at `u`; `side` tells its two banks apart.
    pub fn bank(&self, u: f64, side: u64) -> f64 {
        RIVER_HALF_M
            + 13.0 * noise1(self.seed ^ 0xB0 ^ side, u / 410.0)
            + 5.0 * noise1(self.seed ^ 0xB7 ^ side, u / 120.0)
    }

    /// The direction in which `u` grows, as a unit vector.
    pub fn along(&self, at: Xy) -> Xy {
        let (u, v) = self.sheet(at);
        let (a, b) = (self.at(u - 20.0, v), self.at(u + 20.0, v));
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = (dx * dx + dy * dy).sqrt();
        [dx / length, dy / length]
    }

    /// Longitude and latitude.
    pub fn place(&self, at: Xy) -> Place {
        let [lon, lat] = shares().middle;
        Place::from_degrees(lon + at[0] / (METRES_A_DEGREE * COS_LATITUDE), lat + at[1] / METRES_A_DEGREE)
            .expect("a city is smaller than the earth")
    }

    /// Many places.
    pub fn places(&self, line: &[Xy]) -> Vec<Place> {
        line.iter().map(|at| self.place(*at)).collect()
    }
}

/// 0 up to `from`, 1 from `to` on, smooth between.
fn ramp(x: f64, from: f64, to: f64) -> f64 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_is_found_again_under_every_place() {
        let ground = Terrain::new(7);
        for n in 0..200 {
            let (u, v) = (f64::from(n) * 137.0 - 9000.0, f64::from(n) * 61.0 - 4000.0);
            let (u2, v2) = ground.sheet(ground.at(u, v));
            assert!((u - u2).abs() < 1e-6 && (v - v2).abs() < 1e-6);
        }
    }

    #[test]
    fn hills_stand_above_the_river() {
        let ground = Terrain::new(1);
        let river = ground.elevation(ground.at(300.0, 0.0));
        let ridge = ground.elevation(ground.at(300.0, 1_500.0));
        assert!(river < 170.0 && ridge > river + 70.0, "{river} {ridge}");
    }
}
