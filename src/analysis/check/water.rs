//! What stands in the water.

use rayon::prelude::*;

use super::finding::{Finding, Kind, tenths};
use super::sheet::{CheckedRow, Sheets};
use crate::analysis::Outline;
use crate::analysis::near::edge_m;
use crate::crs::WorldBox;
use crate::model::{Layer, hydrant};

/// Places are known to a few metres and banks are drawn as coarsely: what stands nearer to the bank may be ashore.
const BANK_M: f64 = 5.0;
/// An intake may stand on a jetty, at the edge of the water it draws from.
const JETTY_M: f64 = 30.0;

/// Looks at hydrants and stations.
pub(super) fn findings(sheets: &Sheets<'_>) -> Vec<Finding> {
    // A hydrant near a sea of 100,000 vertices must not look at all of them.
    let waters: Vec<Outline> = sheets.of(Layer::Water).rows().par_iter().map(|row| Outline::new(row.shape)).collect();
    let of = |layer: Layer| sheets.of(layer).each(|row, found| found.extend(in_water(row, layer, sheets, &waters)));
    [of(Layer::Hydrant), of(Layer::Station)].concat()
}

fn in_water(row: &CheckedRow<'_>, layer: Layer, sheets: &Sheets<'_>, waters: &[Outline]) -> Option<Finding> {
    let at = row.shape.first();
    let kind = if layer == Layer::Hydrant { row.attributes.choice(layer, hydrant::KIND) } else { None };
    let shore_m = if matches!(kind, Some("natural_intake" | "dry")) { JETTY_M } else { BANK_M };
    let mut water = None;
    sheets.of(Layer::Water).near(WorldBox::at(at.into()), 0.0, &mut |nth, of| {
        if waters[nth].contains(at) && water.is_none_or(|(id, _)| of.id < id) {
            water = Some((of.id, edge_m(of.shape, at))).filter(|(_, m)| *m > shore_m).or(water);
        }
    });
    let (id, metres) = water?;
    Some(Finding::new(Kind::InWater, layer, row).about(Layer::Water, id).with(&[("from_bank_m", tenths(metres))]))
}
