//! Areas: level, name, code and parent; and the buildings that no area of a level holds.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::finding::{Finding, Kind};
use super::sheet::{CheckedRow, Sheet, Sheets};
use crate::analysis::{Outline, inner_place};
use crate::crs::WorldBox;
use crate::model::{FeatureId, Layer, area};

/// Levels that are meant to hold every building; the others are drawn here and there for a purpose.
const WHOLE: [&str; 4] = ["district", "subdistrict", "community", "grid"];

/// Looks at all areas, and at all buildings for the areas that hold them.
pub(super) fn findings(sheets: &Sheets<'_>) -> Vec<Finding> {
    let areas = sheets.of(Layer::Area);
    let mut found = areas.each(|row, found| {
        let fields = [
            (area::KIND, Kind::AreaLevelUnknown),
            (area::NAME, Kind::AreaNameUnknown),
            (area::CODE, Kind::AreaCodeUnknown),
        ];
        let known: HashSet<usize> = row.attributes.iter(Layer::Area).map(|(ix, _)| ix).collect();
        let missing = fields.into_iter().filter(|(ix, _)| !known.contains(ix));
        found.extend(missing.map(|(_, kind)| Finding::new(kind, Layer::Area, row).noting(level(row).unwrap_or(""))));
    });
    found.extend(codes(areas));
    found.extend(outside(sheets.of(Layer::Building), areas));
    found
}

/// The level of an area.
pub(super) fn level(row: &CheckedRow<'_>) -> Option<&'static str> {
    row.attributes.choice(Layer::Area, area::KIND)
}

/// Codes that stand twice in a level, and parents that are not there.
fn codes(areas: &Sheet<'_>) -> Vec<Finding> {
    let code = |row: &CheckedRow<'_>| row.attributes.text(Layer::Area, area::CODE).map(str::to_owned);
    let mut first: HashMap<(Option<&str>, String), FeatureId> = HashMap::new();
    for row in areas.rows() {
        if let Some(code) = code(row) {
            let least = first.entry((level(row), code)).or_insert(row.id);
            *least = row.id.min(*least);
        }
    }
    let all: HashSet<&str> = first.keys().map(|(_, code)| code.as_str()).collect();
    areas.each(|row, found| {
        let of = |kind| Finding::new(kind, Layer::Area, row);
        if let Some(code) = code(row) {
            let other = first.get(&(level(row), code.clone())).filter(|id| **id != row.id);
            found.extend(other.map(|id| of(Kind::AreaCodeTwice).about(Layer::Area, *id).noting(code)));
        }
        let parent = row.attributes.text(Layer::Area, area::PARENT).filter(|parent| !all.contains(parent));
        found.extend(parent.map(|parent| of(Kind::AreaParentMissing).noting(parent)));
    })
}

/// Buildings that no area holds of a level that exists.
fn outside(buildings: &Sheet<'_>, areas: &Sheet<'_>) -> Vec<Finding> {
    let outlines: Vec<Outline> = areas.rows().par_iter().map(|row| Outline::new(row.shape)).collect();
    let place_of = |row: &CheckedRow<'_>| level(row).and_then(|level| WHOLE.iter().position(|whole| *whole == level));
    let levels: Vec<Option<usize>> = areas.rows().iter().map(place_of).collect();
    let exists: [bool; 4] = std::array::from_fn(|nth| levels.contains(&Some(nth)));
    if exists == [false; 4] {
        return Vec::new();
    }
    buildings.each(|row, found| {
        let place = inner_place(row.shape);
        let mut held = exists.map(|exists| !exists);
        areas.near(WorldBox::at(place.into()), 0.0, &mut |nth, _| {
            if let Some(level) = levels[nth] {
                held[level] = held[level] || outlines[nth].contains(place);
            }
        });
        for (level, _) in WHOLE.iter().zip(held).filter(|(_, held)| !held) {
            found.push(Finding::new(Kind::InNoArea, Layer::Building, row).noting(*level));
        }
    })
}
