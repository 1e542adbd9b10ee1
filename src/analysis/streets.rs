//! Streets as hydrants are asked of them, and what of a street lies in an area.

use std::collections::HashMap;

use rayon::prelude::*;

use super::hydrant_need::NeedArea;
use super::outline::Outline;
use crate::crs::geodesic_m;
use crate::index::Packed;
use crate::model::{AttributesRef, Bounds, FeatureId, Layer, Place, ShapeRef, road};
use crate::rules::StreetRules;

/// A road as this question sees it.
pub struct NeedRoad<'a> {
    /// Its number.
    pub id: FeatureId,
    /// Its centre line.
    pub shape: ShapeRef<'a>,
    /// What is known of it.
    pub attributes: AttributesRef<'a>,
}

/// Whether an engine drives a road of a class and the standard counts it a street: no motorway, service way, path or
/// stairs, and none of which nobody knows the class.
pub fn is_street(class: Option<&str>) -> bool {
    matches!(
        class,
        Some("trunk" | "primary" | "secondary" | "tertiary" | "residential" | "living_street" | "unclassified")
    )
}

/// The built-up areas in which alone streets count, where any is drawn.
pub(super) struct Towns<'a> {
    outlines: Vec<&'a Outline>,
    tree: Packed,
    /// Whether streets count everywhere, since none is drawn.
    everywhere: bool,
}

impl<'a> Towns<'a> {
    /// Those among areas.
    pub fn of(areas: &[NeedArea<'a>], everywhere: bool) -> Towns<'a> {
        let outlines: Vec<&Outline> = areas.iter().filter(|area| area.is_built_up()).map(|area| area.outline).collect();
        let tree = Packed::new(outlines.iter().zip(0..).map(|(town, nth)| (town.bounds().into(), nth)).collect());
        Towns { outlines, tree, everywhere }
    }
}

/// A line of street and where it counts.
pub(super) struct Counted<'a> {
    pub line: &'a [Place],
    pub bounds: Bounds,
    /// Whether all of it lies in a built-up area, or none is drawn at all.
    in_town: bool,
    /// Else the built-up areas that may hold parts of it.
    towns: Vec<&'a Outline>,
}

impl<'a> Counted<'a> {
    /// Of a line; `None` of one without places.
    pub fn new(line: &'a [Place], towns: &Towns<'a>) -> Option<Counted<'a>> {
        let bounds = Bounds::of(line.iter().copied())?;
        let mut counted = Counted { line, bounds, in_town: towns.everywhere, towns: vec![] };
        towns.tree.window(bounds.into(), &mut |nth| {
            let town = towns.outlines[nth as usize];
            match town.holds_all(bounds) {
                Some(all) => counted.in_town |= all,
                None => counted.towns.push(town),
            }
        });
        Some(counted)
    }

    /// What of it counts in an area, or wherever it is.
    pub fn inside(&self, area: Option<&Outline>) -> Inside {
        let in_area = area.map_or(Some(true), |area| area.holds_all(self.bounds));
        match (in_area, self.in_town) {
            (Some(false), _) => Inside::Pieces(Vec::new()),
            (Some(true), true) => Inside::Whole,
            (_, false) if self.towns.is_empty() => Inside::Pieces(Vec::new()),
            (_, in_town) => {
                let towns: &[&Outline] = if in_town { &[] } else { &self.towns };
                let cutting = area.filter(|_| in_area.is_none());
                let outlines: Vec<&Outline> = towns.iter().copied().chain(cutting).collect();
                let holds = |at: Place| {
                    cutting.is_none_or(|area| area.contains(at))
                        && (in_town || towns.iter().any(|town| town.contains(at)))
                };
                Inside::Pieces(cut(self.line, &outlines, holds))
            }
        }
    }
}

/// The lines of streets among the roads, in order of number.
pub(super) struct Streets<'a> {
    pub streets: Vec<Street<'a>>,
    pub tree: Packed,
}

/// One line of a street.
pub(super) struct Street<'a> {
    pub id: FeatureId,
    pub counted: Counted<'a>,
    pub length_mm: u64,
    /// What merges pieces: the same for the same name, or class where there is none, on the same number of sides.
    pub merges: u32,
    pub is_wide: bool,
    pub kerb_mm: u32,
}

impl<'a> Streets<'a> {
    /// Streets count in built-up areas alone where any is drawn.
    pub fn of(roads: &[NeedRoad<'a>], towns: &Towns<'a>, rules: &StreetRules) -> Streets<'a> {
        let mut names: HashMap<(Option<&str>, Option<&str>, bool), u32> = HashMap::new();
        let class = |road: &NeedRoad<'a>| road.attributes.choice(Layer::Road, road::CLASS);
        let mut streets: Vec<(&NeedRoad<'a>, u32, bool)> = Vec::new();
        for road in roads.iter().filter(|road| is_street(class(road))) {
            let width = road.attributes.number(Layer::Road, road::WIDTH_M);
            let is_wide = width.zip(rules.both_sides_above.as_ref()).is_some_and(|(width, rule)| !rule.allows(width));
            let name = road.attributes.text(Layer::Road, road::NAME);
            let class = class(road).filter(|_| name.is_none());
            let next = names.len() as u32;
            streets.push((road, *names.entry((name, class, is_wide)).or_insert(next), is_wide));
        }
        streets.sort_by_key(|(road, ..)| road.id);
        let lines = streets.into_par_iter().flat_map_iter(|(road, merges, is_wide)| {
            let width = road.attributes.number(Layer::Road, road::WIDTH_M);
            let kerb_mm = width.map_or(0, |width| (width * 500.0).round() as u32);
            road.shape.parts().filter_map(move |(_, line)| {
                let counted = Counted::new(line, towns)?;
                Some(Street { id: road.id, counted, length_mm: length_mm(line), merges, is_wide, kerb_mm })
            })
        });
        let streets: Vec<Street> = lines.collect();
        let boxed = streets.iter().zip(0..).map(|(street, nth)| (street.counted.bounds.into(), nth));
        Streets { tree: Packed::new(boxed.collect()), streets }
    }
}

/// Length of a line, in whole millimetres an edge.
pub(super) fn length_mm(line: &[Place]) -> u64 {
    line.windows(2).map(|edge| (geodesic_m(edge[0], edge[1]) * 1000.0).round() as u64).sum()
}

/// What of a street counts in an area.
pub(super) enum Inside {
    /// All of it.
    Whole,
    /// These stretches, if any.
    Pieces(Vec<Vec<Place>>),
}

/// The stretches of a line that a ground holds, cut where outlines pass.
fn cut(line: &[Place], outlines: &[&Outline], holds: impl Fn(Place) -> bool) -> Vec<Vec<Place>> {
    let mut stretches: Vec<Vec<Place>> = Vec::new();
    let mut open = false;
    let mut cuts = Vec::new();
    for edge in line.windows(2) {
        let (a, b) = (edge[0], edge[1]);
        cuts.clear();
        cuts.extend([0.0, 1.0]);
        outlines.iter().for_each(|outline| outline.crossings(a, b, &mut cuts));
        cuts.sort_by(f64::total_cmp);
        for span in cuts.windows(2) {
            let (from, to) = (between(a, b, span[0]), between(a, b, span[1]));
            if from == to {
                continue;
            }
            if !holds(between(a, b, (span[0] + span[1]) / 2.0)) {
                open = false;
            } else if open {
                stretches.last_mut().expect("open").push(to);
            } else {
                stretches.push(vec![from, to]);
                open = true;
            }
        }
    }
    stretches
}

fn between(a: Place, b: Place, t: f64) -> Place {
    let at = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as i32;
    Place { lon: at(a.lon, b.lon), lat: at(a.lat, b.lat) }
}
