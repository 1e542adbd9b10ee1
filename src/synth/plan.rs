//! The plan of a city: which districts there are, and the web of main streets that cuts each into quarters.
//!
//! Contour streets run along the slope, climbing streets cross it; every row of quarters is cut at its own places, so
//! that most climbing streets end at a T. Everything here is a pure function of seed and position: two neighbours ask
//! for their common street and get the same points.

use super::recipe::Recipe;
use super::rng::{hash, noise1};
use super::streets::Way;
use super::terrain::{Terrain, Xy};

/// Rows of quarters in a district, the two strips of its river among them.
pub const ROWS: i64 = 12;
/// Extent of a district across the river, in metres.
pub const DISTRICT_HEIGHT_M: f64 = 3_180.0;
/// The line that is the middle of the river, where a district has one.
const RIVER_LINE: i64 = 5;
/// Where the lines of a district with a river lie, in metres from the river's middle.
const RIVERSIDE: [f64; ROWS as usize] =
    [-1310.0, -1030.0, -750.0, -470.0, -190.0, 0.0, 190.0, 470.0, 750.0, 1030.0, 1310.0, 1590.0];
const QUARTER_WIDTH_M: f64 = 270.0;
/// Buildings a district has room for whatever the chances.
const DISTRICT_BUILDINGS: u64 = 6_300;

/// A vertex of a main street; `gate` where other streets may join.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// Where.
    pub at: Xy,
    /// Whether streets may join here.
    pub gate: bool,
}

/// The plan of one recipe.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked for.
    pub recipe: Recipe,
    /// The ground it stands on.
    pub ground: Terrain,
    /// How many districts there are.
    pub districts: u64,
    /// Rows of quarters that are built in every district.
    pub rows: std::ops::Range<i64>,
    quarters_a_half: i64,
}

impl Plan {
    /// The plan of a recipe. A small city is the inner part of one district.
    pub fn new(recipe: Recipe) -> Plan {
        let share = (recipe.buildings as f64 / DISTRICT_BUILDINGS as f64).min(1.0).sqrt();
        let part = |whole: f64| (whole * share).ceil() as i64;
        Plan {
            recipe,
            ground: Terrain::new(recipe.seed),
            districts: recipe.buildings.div_ceil(DISTRICT_BUILDINGS).max(1),
            rows: RIVER_LINE - 1 - part(4.0)..RIVER_LINE + 1 + part(6.0),
            quarters_a_half: part(10.0).max(1),
        }
    }

    /// Column and row of the nth district: the first in the middle, the others in rings around it.
    pub fn district(&self, nth: u64) -> (i64, i64) {
        if nth == 0 {
            return (0, 0);
        }
        let mut ring = 1;
        while ((2 * ring + 1) * (2 * ring + 1)) as u64 <= nth {
            ring += 1;
        }
        let along = nth as i64 - (2 * ring - 1) * (2 * ring - 1);
        let step = along % (2 * ring);
        match along / (2 * ring) {
            0 => (ring, step - ring + 1),
            1 => (ring - 1 - step, ring),
            2 => (-ring, ring - 1 - step),
            _ => (step - ring + 1, -ring),
        }
    }

    /// Whether the city has this district.
    pub fn has_district(&self, i: i64, j: i64) -> bool {
        let ring = i.abs().max(j.abs());
        let offset = if ring == 0 {
            0
        } else if i == ring && j > -ring {
            j + ring - 1
        } else if j == ring {
            3 * ring - 1 - i
        } else if i == -ring {
            5 * ring - 1 - j
        } else {
            7 * ring + i - 1
        };
        let before = if ring == 0 { 0 } else { (2 * ring - 1) * (2 * ring - 1) };
        ((before + offset) as u64) < self.districts
    }

    /// Width of a district along the river, in metres.
    pub fn width_m(&self) -> f64 {
        2.0 * self.quarters_a_half as f64 * QUARTER_WIDTH_M
    }

    /// Whether a line is the middle of a river.
    pub fn is_river(line: i64) -> bool {
        line.div_euclid(ROWS) % 2 == 0 && line.rem_euclid(ROWS) == RIVER_LINE
    }

    /// Whether a row lies between a river's middle and its embankment road.
    pub fn is_strip(row: i64) -> bool {
        Plan::is_river(row) || Plan::is_river(row + 1)
    }

    /// What runs along a line.
    pub fn contour_way(line: i64) -> Way {
        let rank = line.rem_euclid(ROWS);
        if Plan::is_river(line) {
            Way::Nothing
        } else if line.div_euclid(ROWS) % 2 == 0 {
            match rank {
                3 | 7 => Way::Primary,
                0 | 2 | 4 | 6 | 9 => Way::Secondary,
                _ => Way::Tertiary,
            }
        } else {
            match rank {
                2 | 6 | 10 => Way::Primary,
                0 | 4 | 8 => Way::Secondary,
                _ => Way::Tertiary,
            }
        }
    }

    /// How far across the sheet a line lies at `u`.
    fn line_v(&self, line: i64, u: f64) -> f64 {
        let (j, rank) = (line.div_euclid(ROWS), line.rem_euclid(ROWS));
        let base = j as f64 * DISTRICT_HEIGHT_M;
        let even = j % 2 == 0;
        let v = if even { RIVERSIDE[rank as usize] } else { -1310.0 + 265.0 * rank as f64 };
        let near_river = even && (rank - RIVER_LINE).abs() <= 1;
        if near_river {
            return base + v + if rank == RIVER_LINE { 0.0 } else { 9.0 * noise1(self.seed(line), u / 300.0) };
        }
        let shift = 26.0 * noise1(self.seed(line) ^ 1, 0.5);
        base + v + shift + 40.0 * noise1(self.seed(line), u / 340.0) + 13.0 * noise1(self.seed(line) ^ 2, u / 110.0)
    }

    fn seed(&self, line: i64) -> u64 {
        hash(&[self.recipe.seed, 0x11E, line as u64])
    }

    fn on_line(&self, line: i64, u: f64) -> Xy {
        self.ground.at(u, self.line_v(line, u))
    }

    /// Where the upper ends of the climbing streets of a row lie; first and last are the district's edges, the middle
    /// one its trunk road.
    fn tops(&self, i: i64, row: i64) -> Vec<f64> {
        // A strip of river is cut like the bank beside it.
        let cut = if Plan::is_river(row + 1) {
            row - 1
        } else if Plan::is_river(row) {
            row + 1
        } else {
            row
        };
        let middle = i as f64 * self.width_m();
        let mut tops = vec![middle - self.width_m() / 2.0];
        for half in 0..2u64 {
            let chance = |n: i64| hash(&[self.recipe.seed, 0x70B, i as u64, cut as u64, half, n as u64]);
            let n = self.quarters_a_half + if self.quarters_a_half > 3 { chance(-1) as i64 & 1 } else { 0 };
            let step = self.width_m() / 2.0 / n as f64;
            let start = middle + (half as f64 - 1.0) * self.width_m() / 2.0;
            for k in 1..n {
                let jitter = (chance(k) % 1000) as f64 / 1000.0 - 0.5;
                tops.push(start + step * (k as f64 + 0.46 * jitter));
            }
            tops.push(middle + half as f64 * self.width_m() / 2.0);
        }
        tops
    }

    /// Where the lower ends lie: at the row's own cuts, or at a near one of the row below, so that they meet in a
    /// crossing and not some steps apart.
    fn feet(&self, i: i64, row: i64) -> Vec<f64> {
        let below = self.tops(i, row - 1);
        let snap = |u: f64| below.iter().copied().find(|other| (other - u).abs() < 55.0).unwrap_or(u);
        self.tops(i, row).into_iter().map(snap).collect()
    }

    /// How many quarters a row has.
    pub fn quarters(&self, i: i64, row: i64) -> usize {
        self.tops(i, row).len() - 1
    }

    /// Which climbing street of a row is the trunk road.
    pub fn trunk(&self, i: i64, row: i64) -> usize {
        let middle = i as f64 * self.width_m();
        self.tops(i, row).iter().position(|u| *u == middle).expect("the middle is always cut")
    }

    /// The line between the `from`th and the next climbing street of `row`: along its foot, or along its top.
    pub fn contour(&self, i: i64, row: i64, nth: usize, top: bool) -> Vec<Stop> {
        let ends = if top { self.tops(i, row) } else { self.feet(i, row) };
        self.line_between(i, row + i64::from(top), ends[nth], ends[nth + 1])
    }

    /// A whole line of a district, cut where climbing streets meet it.
    pub fn line(&self, i: i64, line: i64) -> Vec<Stop> {
        let half = self.width_m() / 2.0;
        let middle = i as f64 * self.width_m();
        self.line_between(i, line, middle - half, middle + half)
    }

    fn line_between(&self, i: i64, line: i64, from: f64, to: f64) -> Vec<Stop> {
        let mut nodes = self.tops(i, line - 1);
        nodes.extend(self.feet(i, line));
        nodes.sort_by(f64::total_cmp);
        nodes.dedup();
        nodes.retain(|u| (from..=to).contains(u));
        let mut stops = Vec::new();
        for pair in nodes.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            let run = distance(self.on_line(line, a), self.on_line(line, b));
            let pieces = (run / 118.0).ceil().max(1.0) as usize;
            let fine = ((run / pieces as f64) / 38.0).ceil().max(1.0) as usize;
            for k in 0..pieces * fine {
                let u = a + (b - a) * k as f64 / (pieces * fine) as f64;
                stops.push(Stop { at: self.on_line(line, u), gate: k % fine == 0 });
            }
        }
        stops.push(Stop { at: self.on_line(line, to), gate: true });
        stops
    }

    /// A climbing street of a row from its foot to its top, and what it is.
    pub fn climb(&self, i: i64, row: i64, nth: usize) -> (Vec<Stop>, Way) {
        let (feet, tops) = (self.feet(i, row), self.tops(i, row));
        let (foot, top) = (feet[nth], tops[nth]);
        let (v0, v1) = (self.line_v(row, foot), self.line_v(row + 1, top));
        let trunk = nth == self.trunk(i, row);
        let rim = nth == 0 || nth + 1 == tops.len();
        let ends = [self.on_line(row, foot), self.on_line(row + 1, top)];
        let run = distance(ends[0], ends[1]);
        let rise = (self.ground.elevation(ends[1]) - self.ground.elevation(ends[0])) / run;
        let chance = hash(&[self.recipe.seed, 0xC11B, i as u64, row as u64, nth as u64]);
        let way = match () {
            _ if trunk => Way::Trunk,
            _ if Plan::is_strip(row) => Way::Nothing,
            _ if rim => Way::Secondary,
            _ if rise.abs() > 0.12 && chance % 100 < 58 => Way::Steps,
            _ if chance % 100 < 12 => Way::Footway,
            _ if chance % 100 < 62 => Way::Tertiary,
            _ => Way::Residential,
        };
        let sway = if trunk || rim || Plan::is_strip(row) { 0.0 } else { ((chance >> 8) % 1000) as f64 / 500.0 - 1.0 };
        // A carriageway takes a steep slope in bends, stairs go straight at it.
        let bends = sway != 0.0 && rise.abs() > 0.09 && way != Way::Steps;
        let pieces = if way == Way::Nothing || Plan::is_strip(row) { 1 } else { (run / 112.0).ceil() as usize };
        let fine = if Plan::is_strip(row) { 1 } else { ((run / pieces as f64) / 26.0).ceil() as usize };
        let steps = pieces * fine;
        let stops = (0..=steps)
            .map(|k| {
                let t = k as f64 / steps as f64;
                let hump = 4.0 * t * (1.0 - t);
                let bent = if bends {
                    38.0 * sway.signum() * libm::sin(t * 2.0 * core::f64::consts::PI)
                } else {
                    24.0 * sway * hump
                };
                let at = match k {
                    0 => ends[0],
                    _ if k == steps => ends[1],
                    _ => self.ground.at(foot + (top - foot) * t + bent, v0 + (v1 - v0) * t),
                };
                // Nothing joins the trunk road between crossings.
                let gate = if trunk { k == 0 || k == steps } else { k % fine == 0 };
                Stop { at, gate }
            })
            .collect();
        (stops, way)
    }
}

/// Metres between two places.
pub fn distance(a: Xy, b: Xy) -> f64 {
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    (dx * dx + dy * dy).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn districts_are_numbered_without_gap_or_repetition() {
        let plan = Plan::new(Recipe { buildings: 300_000, seed: 3 });
        let mut seen = std::collections::BTreeSet::new();
        for nth in 0..plan.districts {
            let (i, j) = plan.district(nth);
            assert!(seen.insert((i, j)) && plan.has_district(i, j));
        }
        let around = (-9..=9).flat_map(|i| (-9..=9).map(move |j| (i, j)));
        assert_eq!(around.filter(|(i, j)| plan.has_district(*i, *j)).count() as u64, plan.districts);
    }

    #[test]
    fn neighbours_agree_on_the_line_between_them() {
        let plan = Plan::new(Recipe::DEMO);
        for row in plan.rows.clone() {
            for i in [0, 1] {
                let whole: Vec<_> = plan.line(i, row).iter().map(|stop| stop.at).collect();
                for nth in 0..plan.quarters(i, row) {
                    for stop in plan.contour(i, row, nth, false) {
                        assert!(whole.contains(&stop.at), "row {row}, quarter {nth}");
                    }
                }
                assert_eq!(plan.climb(i, row, 0).0[0].at, whole[0]);
            }
        }
    }
}
