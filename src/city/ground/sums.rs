//! Sums over buildings along the ground: of areas and of all, of squares, and of who loses by a hydrant.

use std::sync::Arc;

use super::GroundResults;
use crate::analysis::{Coverage, Grade, Ground, GroundTotals, Laid, Shown, Sums};
use crate::city::City;
use crate::city::areas::Held;
use crate::city::chunks::by_chunk;
use crate::index::Slots;
use crate::model::Layer;
use crate::tiles::summed;

/// What squares of buildings sum along the ground: how many, then by grade and [`Versus::ALL`], then by [`Band::ALL`] of
/// micro-stations and of engines, then by grade those that hose reaches and those where nobody can tell.
///
/// [`Versus::ALL`]: crate::analysis::Versus::ALL
/// [`Band::ALL`]: crate::analysis::Band::ALL
pub const GROUND_SUMS: usize = 1 + 3 * 5 + 2 * 6 + 3 * 2;

impl GroundResults {
    /// Sums over all buildings. Parallel.
    pub(super) fn sum(&mut self, city: &City) {
        let shown = self.shown;
        let buildings = city.layer(Layer::Building);
        let by_chunk = by_chunk(buildings, |slots| {
            let mut sums: Vec<(Held, GroundTotals)> = Vec::new();
            let (mut squares, mut lose) = (Vec::new(), Vec::new());
            for slot in slots.filter(|slot| buildings.row(*slot).is_some()) {
                let held = city.results().building_areas(slot);
                let nth = sums.iter().rposition(|(of, _)| *of == held).unwrap_or_else(|| {
                    sums.push((held, GroundTotals::default()));
                    sums.len() - 1
                });
                let (weight, coverage) = (city.results().weight(slot), city.results().coverage(slot));
                sums[nth].1.count(weight, coverage, &self.of[slot], &shown, 1);
                squares.push((buildings.within(slot).centre(), square_sums(coverage, &self.of[slot], &shown)));
                let weighs = city.results().sums(slot);
                lose.extend(self.hangs_on(&self.of[slot]).map(|(hydrant, grade)| (hydrant, grade, weighs)));
            }
            (sums, summed(squares), lose)
        });
        let areas = city.layer(Layer::Area).slots();
        let (mut totals, mut squares) = (vec![GroundTotals::default(); areas], Vec::new());
        let mut lose = vec![[[0; 3]; 3]; city.layer(Layer::Hydrant).slots()];
        for (sums, more, losing) in by_chunk {
            squares.extend(more);
            for (held, sums) in &sums {
                self.whole.add(sums);
                held.slots().for_each(|area| totals[area as usize].add(sums));
            }
            for (hydrant, grade, weighs) in losing {
                add(&mut lose[hydrant as usize][grade as usize], weighs, 1);
            }
        }
        self.squares = squares.into_iter().collect();
        self.totals = totals.into_iter().map(Arc::new).collect();
        self.lose = lose.into_iter().collect::<Slots<_>>();
    }

    /// Counts what a building is in a city in (`sign` 1) or out again (−1).
    pub(super) fn count(&mut self, city: &City, slot: u32, ground: &Ground, sign: i64) {
        let (weight, coverage) = (city.results().weight(slot), city.results().coverage(slot));
        self.whole.count(weight, coverage, ground, &self.shown, sign);
        for area in city.results().building_areas(slot).slots() {
            Arc::make_mut(self.totals.get_mut(area)).count(weight, coverage, ground, &self.shown, sign);
        }
        let at = city.layer(Layer::Building).within(slot).centre();
        self.squares.add(at, square_sums(coverage, ground, &self.shown).map(|sum| sign * sum));
        let weighs = city.results().sums(slot);
        let hangs: Vec<(u32, Grade)> = self.hangs_on(ground).collect();
        for (hydrant, grade) in hangs {
            add(&mut self.lose.get_mut(hydrant)[grade as usize], weighs, sign);
        }
    }

    /// The hydrant that is the only one of a grade within the limit of hose, by grade.
    fn hangs_on(&self, ground: &Ground) -> impl Iterator<Item = (u32, Grade)> + use<> {
        let (ground, limit_mm) = (*ground, self.limit_mm);
        Grade::ALL.into_iter().filter_map(move |grade| {
            let [first, second] = ground.hose[grade as usize];
            let second_serves = second.far().is_some_and(|mm| mm <= limit_mm);
            let hangs = ground.laid[grade as usize] == Laid::Within && !second_serves;
            first.get().filter(|_| hangs).map(|(hydrant, _)| (hydrant, grade))
        })
    }
}

fn add(sum: &mut Sums, more: Sums, sign: i64) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += sign * more);
}

fn square_sums(coverage: &Coverage, ground: &Ground, shown: &Shown) -> [i64; GROUND_SUMS] {
    let mut sums = [0; GROUND_SUMS];
    sums[0] = 1;
    for grade in Grade::ALL {
        sums[1 + 5 * grade as usize + ground.versus(coverage, grade) as usize] = 1;
    }
    let [micro, engine] = ground.bands(shown.arrival_ms);
    sums[16 + micro as usize] = 1;
    sums[22 + engine as usize] = 1;
    for (nth, laid) in ground.laid.into_iter().enumerate() {
        sums[28 + 2 * nth] = i64::from(laid == Laid::Within);
        sums[29 + 2 * nth] = i64::from(laid == Laid::Unknown);
    }
    sums
}
