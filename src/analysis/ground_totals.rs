//! Totals of an area along the ground: by hose beside by circle, and who arrives in time.

use super::areas::Weight;
use super::coverage::Coverage;
use super::grade::Grade;
use super::ground::{Ground, Laid, Versus};

/// Buildings, floor area in dm², residents.
pub type Sums = [i64; 3];

/// Sums of those reached by a sort of crew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Reached {
    /// Within each of the times shown; who is within the first is within the second.
    pub shown: [Sums; 3],
    /// Later than the last time shown.
    pub later: Sums,
    /// By nobody.
    pub by_nobody: Sums,
    /// Nobody knows: no way from the building to a road was found.
    pub unknown: Sums,
}

/// Sums of an area along the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct GroundTotals {
    /// All.
    pub all: Sums,
    /// By grade and [`Laid::ALL`].
    pub laid: [[Sums; 3]; 3],
    /// By grade and [`Versus::ALL`].
    pub versus: [[Sums; 5]; 3],
    /// By grade, within each of the ways shown beside the limit.
    pub shown: [[Sums; 3]; 3],
    /// By micro-stations.
    pub micro: Reached,
    /// By engines.
    pub engine: Reached,
}

/// At what ways and times shares are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Millimetres of hose way.
    pub hose_mm: [u32; 3],
    /// Milliseconds until arrival.
    pub arrival_ms: [u32; 3],
}

impl GroundTotals {
    /// Counts a building in (`sign` 1) or out again (−1).
    pub fn count(&mut self, weight: &Weight, coverage: &Coverage, ground: &Ground, at: &Shown, sign: i64) {
        let one = [1, i64::from(weight.floor_dm2), i64::from(weight.residents.unwrap_or(0))];
        let add = |sums: &mut Sums| sums.iter_mut().zip(one).for_each(|(sum, one)| *sum += sign * one);
        add(&mut self.all);
        for grade in Grade::ALL {
            let nth = grade as usize;
            add(&mut self.laid[nth][ground.laid[nth] as usize]);
            add(&mut self.versus[nth][ground.versus(coverage, grade) as usize]);
            for (sums, most) in self.shown[nth].iter_mut().zip(at.hose_mm) {
                if ground.hose[nth][0].far().is_some_and(|mm| mm <= most) {
                    add(sums);
                }
            }
        }
        let arrivals = [
            (&mut self.micro, ground.micro[0].far(), ground.on_foot),
            (&mut self.engine, ground.engine[0].far(), ground.by_engine),
        ];
        for (reached, ms, has_way) in arrivals {
            let Some(ms) = ms else {
                add(if has_way { &mut reached.by_nobody } else { &mut reached.unknown });
                continue;
            };
            for (sums, most) in reached.shown.iter_mut().zip(at.arrival_ms) {
                if ms <= most {
                    add(sums);
                }
            }
            if ms > at.arrival_ms[2] {
                add(&mut reached.later);
            }
        }
    }

    /// Adds the sums of other buildings.
    pub fn add(&mut self, other: &GroundTotals) {
        self.each().into_iter().zip(other.clone().each()).for_each(|(sum, more)| {
            sum.iter_mut().zip(more.iter()).for_each(|(sum, more)| *sum += more);
        });
    }

    fn each(&mut self) -> Vec<&mut Sums> {
        let GroundTotals { all, laid, versus, shown, micro, engine } = self;
        let mut each = vec![all];
        each.extend(laid.as_flattened_mut());
        each.extend(versus.as_flattened_mut());
        each.extend(shown.as_flattened_mut());
        for Reached { shown, later, by_nobody, unknown } in [micro, engine] {
            each.extend(shown);
            each.extend([later, by_nobody, unknown]);
        }
        each
    }

    /// Sums at a grade of those where hose can be laid so.
    pub fn by_hose(&self, grade: Grade, laid: Laid) -> Sums {
        self.laid[grade as usize][laid as usize]
    }

    /// Sums at a grade of circle against hose.
    pub fn held_against(&self, grade: Grade, versus: Versus) -> Sums {
        self.versus[grade as usize][versus as usize]
    }
}
