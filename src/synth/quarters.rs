//! Quarters: the ground between main streets, and what each is used for.

use super::blocks::{Block, Corner, Cutting};
use super::outline::{area, middle};
use super::plan::{Plan, distance};
use super::rng::{Rng, hash, noise2};
use super::streets::Way;
use super::terrain::Xy;

/// What a quarter is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// 老城: alleys and small old houses between walk-ups.
    OldTown,
    /// 老旧小区: walk-ups from before 2000.
    WalkUps,
    /// Slabs of the turn of the century.
    Slabs,
    /// 高层小区
    Towers,
    /// 商业: a mall and offices.
    Centre,
    /// 学校
    School,
    /// 医院
    Hospital,
    /// 市场
    Market,
    /// 厂房、仓库
    Works,
    /// 村
    Village,
    /// Wooded hill, with nothing on it.
    Hill,
}

/// A quarter.
#[derive(Clone, Debug)]
pub struct Quarter {
    /// Row of the plan.
    pub row: i64,
    /// Position in its row.
    pub nth: usize,
    /// Corners along the middle of the streets around it, to the left.
    pub corners: Block,
    /// Its middle.
    pub middle: Xy,
    /// Direction of the slope's contour.
    pub along: Xy,
    /// Mean slope across the contour, as a share.
    pub slope: f64,
    /// What it is used for.
    pub usage: Use,
    /// Its own chance.
    pub seed: u64,
}

/// The quarters of a district, those on a strip of river left out, the most urban first.
pub fn of_district(plan: &Plan, i: i64, j: i64) -> Vec<Quarter> {
    let base = j * super::plan::ROWS;
    let rows = plan.rows.clone().map(|row| base + row).filter(|row| !Plan::is_strip(*row));
    let mut quarters: Vec<Quarter> = rows
        .flat_map(|row| (0..plan.quarters(i, row)).map(move |nth| (row, nth)))
        .map(|(row, nth)| quarter(plan, i, row, nth))
        .collect();
    let centre = i as f64 * plan.width_m();
    let seed = plan.recipe.seed;
    let rank = |quarter: &Quarter| {
        let (u, v) = plan.ground.sheet(quarter.middle);
        let side = v - j as f64 * super::plan::DISTRICT_HEIGHT_M;
        let from = |cu: f64, cv: f64| (((u - centre - cu) / 1.75).powi(2) + (side - cv).powi(2)).sqrt();
        let river = from(-420.0, 330.0).min(from(380.0, -330.0) + 120.0).min(from(1500.0, 420.0) + 350.0);
        river + 330.0 * noise2(seed ^ 0xC1, u / 640.0, v / 520.0) + 900.0 * (quarter.slope - 0.1).max(0.0)
    };
    quarters.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    let count = quarters.len();
    let mut flat_seen = 0;
    for (nth, quarter) in quarters.iter_mut().enumerate() {
        quarter.usage = usage(plan, quarter, nth, nth as f64 / count as f64, &mut flat_seen);
    }
    quarters
}

fn quarter(plan: &Plan, i: i64, row: i64, nth: usize) -> Quarter {
    let (right, right_way) = plan.climb(i, row, nth + 1);
    let (left, left_way) = plan.climb(i, row, nth);
    let mut corners = Vec::new();
    let mut go = |stops: &mut dyn Iterator<Item = super::plan::Stop>, way: Way, street: usize| {
        corners.extend(stops.map(|stop| Corner { at: stop.at, gate: stop.gate, main: true, way, street }));
        // The last one is the first of the next street.
        corners.pop();
    };
    go(&mut plan.contour(i, row, nth, false).into_iter(), Plan::contour_way(row), 0);
    go(&mut right.into_iter(), right_way, 1);
    go(&mut plan.contour(i, row, nth, true).into_iter().rev(), Plan::contour_way(row + 1), 2);
    go(&mut left.into_iter().rev(), left_way, 3);
    let ring: Vec<Xy> = corners.iter().map(|corner| corner.at).collect();
    let middle = middle(&ring);
    let along = plan.ground.along(middle);
    let (up, down) = (
        [middle[0] - along[1] * 90.0, middle[1] + along[0] * 90.0],
        [middle[0] + along[1] * 90.0, middle[1] - along[0] * 90.0],
    );
    let slope = (plan.ground.elevation(up) - plan.ground.elevation(down)).abs() / distance(up, down);
    let seed = hash(&[plan.recipe.seed, 0x9A7, i as u64, row as u64, nth as u64]);
    Quarter { row, nth, corners, middle, along, slope, usage: Use::Hill, seed }
}

fn usage(plan: &Plan, quarter: &Quarter, nth: usize, rank: f64, flat_seen: &mut usize) -> Use {
    let mut chance = Rng::of(&[quarter.seed, 0x05E]);
    let (u, v) = plan.ground.sheet(quarter.middle);
    // Like stands beside like: mostly by place, a little by chance.
    let taste = 0.5 + 0.62 * noise2(plan.recipe.seed ^ 0xC2, u / 560.0, v / 460.0) + chance.between(-0.16, 0.16);
    let bank = Plan::is_strip(quarter.row - 1) || Plan::is_strip(quarter.row + 1);
    let large = area(&quarter.corners.iter().map(|c| c.at).collect::<Vec<_>>()) > 62_000.0;
    if quarter.slope > 0.23 && rank > 0.2 {
        return Use::Hill;
    }
    match nth {
        2 | 9 | 34 | 71 if large => return Use::Centre,
        5 => return Use::Hospital,
        4 | 26 | 52 | 83 | 110 | 137 => return Use::School,
        7 | 47 => return Use::Market,
        _ => {}
    }
    if rank < 0.27 && bank {
        return by(taste, &[(0.5, Use::OldTown), (0.72, Use::WalkUps), (9.0, Use::Towers)]);
    }
    let flat = quarter.slope < 0.075;
    if flat && rank > 0.38 {
        *flat_seen += 1;
    }
    match rank {
        r if r < 0.19 => {
            by(taste, &[(0.14, Use::OldTown), (0.38, Use::WalkUps), (0.62, Use::Slabs), (9.0, Use::Towers)])
        }
        r if r < 0.42 => by(taste, &[(0.1, Use::Hill), (0.24, Use::WalkUps), (0.5, Use::Slabs), (9.0, Use::Towers)]),
        _ if flat && flat_seen.is_multiple_of(2) => Use::Works,
        r if r < 0.56 => by(taste, &[(0.24, Use::Slabs), (0.5, Use::Towers), (0.78, Use::Village), (9.0, Use::Hill)]),
        _ => by(taste, &[(0.07, Use::Towers), (0.56, Use::Village), (9.0, Use::Hill)]),
    }
}

fn by(taste: f64, steps: &[(f64, Use)]) -> Use {
    steps.iter().find(|(up_to, _)| taste < *up_to).map_or(Use::Hill, |(_, usage)| *usage)
}

impl Quarter {
    /// How it is cut into blocks; `None` where it is not.
    pub fn cutting(&self) -> Option<Cutting> {
        let (enough_m2, first, then, bend) = match self.usage {
            Use::OldTown => (5_200.0, Way::Residential, Way::Alley, 0.07),
            Use::WalkUps => (12_000.0, Way::Residential, Way::Alley, 0.03),
            Use::Slabs => (14_000.0, Way::Residential, Way::Service, 0.02),
            Use::Towers => (14_500.0, Way::Residential, Way::Service, 0.05),
            Use::Market => (9_000.0, Way::Residential, Way::Service, 0.0),
            Use::School | Use::Hospital => (27_000.0, Way::Residential, Way::Service, 0.0),
            Use::Works => (26_000.0, Way::Residential, Way::Service, 0.0),
            Use::Village => (15_000.0, Way::Residential, Way::Alley, 0.14),
            Use::Centre | Use::Hill => return None,
        };
        Some(Cutting { enough_m2, first, then, stairs: self.slope > 0.13, bend, along: self.along })
    }

    /// Whether it is country: village or wood.
    pub fn is_rural(&self) -> bool {
        matches!(self.usage, Use::Village | Use::Hill)
    }

    /// Whether it was built before there were fire lanes.
    pub fn is_old(&self) -> bool {
        matches!(self.usage, Use::OldTown | Use::WalkUps | Use::Market)
    }
}
