//! Access as a map shows it: of each feature its worst finding, where to look, and squares of buildings by the largest
//! vehicle that gets there.

use std::collections::HashSet;

use super::access::Vehicles;
use super::town::City;
use crate::analysis::access::AccessFinding;
use crate::crs::{World, WorldBox};
use crate::index::{Packed, Slots};
use crate::model::Layer;
use crate::tiles::{Pyramid, summed};

/// What squares of buildings sum of access: how many, then by [`Vehicles::CODES`].
pub const ACCESS_SUMS: usize = 1 + Vehicles::CODES.len();

/// What maps ask of access.
pub(super) struct Sights {
    /// Of places the finding to be shown there.
    tree: Packed,
}

impl Sights {
    /// Of findings, worst first. O(n log n).
    pub(super) fn new(findings: &[AccessFinding]) -> Sights {
        let mut seen = HashSet::new();
        let worst = (0..).zip(findings).filter(|(_, finding)| seen.insert((finding.layer, finding.id)));
        let places = worst.map(|(nth, finding)| (WorldBox::at(World::from(finding.place)), nth)).collect();
        Sights { tree: Packed::new(places) }
    }

    /// The findings to be shown in a window, as places in the list, worst first.
    pub(super) fn within(&self, window: WorldBox) -> Vec<u32> {
        let mut found = Vec::new();
        self.tree.window(window, &mut |nth| found.push(nth));
        found.sort_unstable();
        found
    }
}

/// Squares of buildings by the largest vehicle that gets there. O(n).
pub(super) fn squares(city: &City, vehicles: &Slots<Vehicles>) -> Pyramid<ACCESS_SUMS> {
    let buildings = city.layer(Layer::Building);
    let squares = buildings.iter().map(|(slot, _)| {
        let code = vehicles[slot].code();
        let mut sums = [0; ACCESS_SUMS];
        sums[0] = 1;
        sums.iter_mut().skip(1).zip(Vehicles::CODES).for_each(|(sum, of)| *sum = i64::from(of == code));
        (buildings.within(slot).centre(), sums)
    });
    summed(squares).into_iter().collect()
}
