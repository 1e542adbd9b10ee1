//! Fire lanes, ladder fields and connections: the building they are for.

use std::collections::HashSet;

use super::finding::{Finding, Kind};
use super::sheet::{CheckedRow, Sheets};
use crate::analysis::near::between_m;
use crate::crs::WorldBox;
use crate::model::{Layer, building, connection, ladder_field, lane};

/// What serves a building: the layer, its field with the building's name, and how far off a building may be in metres.
///
/// Lanes run 5 m or more from the wall and are drawn as centre lines; a ladder truck stands within 10 m; a connection
/// stands at the wall or beside the way to it. Half as much again for how coarsely places are known.
const SERVING: [(Layer, usize, f64); 3] = [
    (Layer::Lane, lane::BUILDING, 30.0),
    (Layer::LadderField, ladder_field::BUILDING, 15.0),
    (Layer::Connection, connection::BUILDING, 40.0),
];

/// Looks at all of them.
pub(super) fn findings(sheets: &Sheets<'_>) -> Vec<Finding> {
    let name = |row: &CheckedRow<'_>, layer, ix| row.attributes.text(layer, ix).is_some();
    let named = SERVING.iter().any(|(layer, ix, _)| sheets.of(*layer).rows().iter().any(|row| name(row, *layer, *ix)));
    let known: HashSet<&str> = if named { names(sheets) } else { HashSet::new() };
    let mut found = Vec::new();
    for (layer, ix, reach_m) in SERVING {
        found.extend(sheets.of(layer).each(|row, found| {
            let told = row.attributes.text(layer, ix);
            if told.is_some_and(|told| known.contains(told)) {
                return;
            }
            if let Some(told) = told {
                found.push(Finding::new(Kind::NamesNoBuilding, layer, row).noting(told));
            } else if !is_near_building(row, sheets, reach_m) {
                found.push(Finding::new(Kind::WithoutBuilding, layer, row).with(&[("reach_m", reach_m)]));
            }
        }));
    }
    found
}

/// All that a building may be called by: name, address, key.
fn names<'a>(sheets: &Sheets<'a>) -> HashSet<&'a str> {
    let mut names = HashSet::new();
    for row in sheets.of(Layer::Building).rows() {
        names.insert(row.source_key);
        let texts = [building::NAME, building::ADDRESS].into_iter();
        names.extend(texts.filter_map(|ix| row.attributes.text(Layer::Building, ix)));
    }
    names
}

fn is_near_building(row: &CheckedRow<'_>, sheets: &Sheets<'_>, reach_m: f64) -> bool {
    let mut near = false;
    sheets.of(Layer::Building).near(WorldBox::from(row.shape), reach_m, &mut |_, of| {
        near = near || between_m(row.shape, of.shape) <= reach_m;
    });
    near
}
