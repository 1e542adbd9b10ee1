//! 建有率: how many municipal hydrants the streets of an area ask for, and how many of those stand.
//!
//! Required: streets inside the area (inside the built-up area where one is drawn), pieces of one name that touch
//! merged, then Σ ⌈length ÷ spacing⌉, doubled where wider than the rule says. Existing: municipal hydrants beside a
//! street, counted for it at most as often as required there.

use rayon::prelude::*;

use super::outline::Outline;
use super::streets::{Inside, NeedRoad, Street, Streets, Towns, length_mm};
use crate::crs::{Frame, World, WorldBox};
use crate::index::Packed;
use crate::model::{Bounds, FeatureId, Place, area};
use crate::rules::StreetRules;

/// What an area is to this question.
pub struct NeedArea<'a> {
    /// Its slot.
    pub slot: u32,
    /// Its number.
    pub id: FeatureId,
    /// Position of its level in [`area::KINDS`].
    pub kind: usize,
    /// Where it is.
    pub outline: &'a Outline,
}

impl NeedArea<'_> {
    /// Whether it is one of those in which alone streets count where any is drawn.
    pub fn is_built_up(&self) -> bool {
        area::KINDS.get(self.kind).is_some_and(|kind| kind.code == "built_up")
    }
}

/// The street groups that a hydrant stands beside, one at most for each level of area.
pub type Duty = [Option<u32>; area::LEVELS];

/// A stretch of one name inside one area that asks for hydrants together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The area's slot.
    pub area: u32,
    /// The area's number.
    pub area_id: FeatureId,
    /// Hydrants required along it.
    pub required: u32,
}

/// A line of a street, whole or as areas cut it.
struct Stretch {
    road: FeatureId,
    /// Half the road's width in millimetres, 0 where it is not known: distances are from the kerb.
    kerb_mm: u32,
    line_end: u32,
    members_end: u32,
}

/// All stretches of all areas, and which of them a hydrant belongs to.
#[derive(Default)]
pub struct HydrantNeed {
    groups: Vec<Need>,
    stretches: Vec<Stretch>,
    /// The lines of the stretches, one after the other.
    places: Vec<Place>,
    /// For each stretch the groups it belongs to with the position of the area's level: areas of every level share
    /// the streets they hold whole.
    members: Vec<(u8, u32)>,
    tree: Packed,
    reach_mm: u32,
    widest_kerb_mm: u32,
}

impl HydrantNeed {
    /// Cuts the streets by the areas and merges them. O(areas' streets × edges near them).
    pub fn new<'a>(areas: &[NeedArea<'a>], roads: &[NeedRoad<'a>], rules: &StreetRules) -> HydrantNeed {
        let towns = Towns::of(areas, !areas.iter().any(NeedArea::is_built_up));
        let streets = Streets::of(roads, &towns, rules);

        // Each area is a question of its own; their answers are put together in order.
        let by_area: Vec<InArea> = areas.par_iter().map(|area| InArea::new(area, &streets, rules)).collect();
        let mut need = HydrantNeed { reach_mm: rules.of_road_within.mm(), ..HydrantNeed::default() };
        // With all the room they need from the beginning: doubling would take as much again.
        let count = |of: fn(&InArea) -> usize| by_area.iter().map(of).sum();
        let (whole, cut) = (count(|area| area.whole.len()), count(|area| area.pieces.len()));
        need.groups.reserve_exact(count(|area| area.needs.len()));
        need.members.reserve_exact(whole + cut);
        let mut memberships: Vec<(u32, (u8, u32))> = Vec::with_capacity(whole);
        let mut pieces: Vec<(u32, (u8, u32), Vec<Place>)> = Vec::with_capacity(cut);
        for (area, found) in areas.iter().zip(by_area) {
            let before = need.groups.len() as u32;
            let member = |group| (area.kind as u8, before + group);
            memberships.extend(found.whole.into_iter().map(|(street, group)| (street, member(group))));
            pieces.extend(found.pieces.into_iter().map(|(street, group, line)| (street, member(group), line)));
            need.groups.extend(found.needs);
        }
        memberships.sort_unstable();
        for of_one in memberships.chunk_by(|a, b| a.0 == b.0) {
            let street = &streets.streets[of_one[0].0 as usize];
            need.add(street, street.counted.line, of_one.iter().map(|(_, member)| *member));
        }
        for (street, member, line) in pieces {
            need.add(&streets.streets[street as usize], &line, [member]);
        }
        need.places.shrink_to_fit();
        need.stretches.shrink_to_fit();
        let boxed = (0..need.stretches.len()).filter_map(|nth| {
            let line = need.line(nth);
            Some((WorldBox::from(Bounds::of(line.iter().copied())?), nth as u32))
        });
        need.tree = Packed::new(boxed.collect());
        need
    }

    fn add(&mut self, street: &Street<'_>, line: &[Place], members: impl IntoIterator<Item = (u8, u32)>) {
        self.places.extend_from_slice(line);
        self.members.extend(members);
        self.widest_kerb_mm = self.widest_kerb_mm.max(street.kerb_mm);
        self.stretches.push(Stretch {
            road: street.id,
            kerb_mm: street.kerb_mm,
            line_end: self.places.len() as u32,
            members_end: self.members.len() as u32,
        });
    }

    fn line(&self, nth: usize) -> &[Place] {
        let begin = nth.checked_sub(1).map_or(0, |before| self.stretches[before].line_end);
        &self.places[begin as usize..self.stretches[nth].line_end as usize]
    }

    fn members(&self, nth: usize) -> &[(u8, u32)] {
        let begin = nth.checked_sub(1).map_or(0, |before| self.stretches[before].members_end);
        &self.members[begin as usize..self.stretches[nth].members_end as usize]
    }

    /// All stretches, by their number in a [`Duty`].
    pub fn groups(&self) -> &[Need] {
        &self.groups
    }

    /// The stretches a hydrant stands beside: the nearest street of each level whose kerb (where its width is not
    /// known, whose centre line) lies within the rule's distance; of equally near ones the road, then the area of
    /// smaller number.
    pub fn duty(&self, place: Place) -> Duty {
        let frame = Frame::at(place);
        let here = frame.offset(place);
        let from = WorldBox::at(World::from(place));
        let units = from.units_within(f64::from(self.reach_mm + self.widest_kerb_mm) / 1000.0);
        let mut nearest: [Option<(u32, FeatureId, FeatureId, u32)>; area::LEVELS] = Default::default();
        self.tree.near(from, units, &mut |nth| {
            let (stretch, line) = (&self.stretches[nth as usize], self.line(nth as usize));
            let (mut before, mut m2) = (frame.offset(line[0]), f64::INFINITY);
            for place in &line[1..] {
                let at = frame.offset(*place);
                m2 = m2.min(here.segment_distance2(before, at));
                before = at;
            }
            let mm = ((m2.sqrt() * 1000.0).round() as u32).saturating_sub(stretch.kerb_mm);
            if mm <= self.reach_mm {
                for &(kind, group) in self.members(nth as usize) {
                    let found = (mm, stretch.road, self.groups[group as usize].area_id, group);
                    let best = &mut nearest[usize::from(kind)];
                    if best.is_none_or(|best| found < best) {
                        *best = Some(found);
                    }
                }
            }
            units
        });
        nearest.map(|found| found.map(|(.., group)| group))
    }
}

/// The streets of one area; groups are numbered from 0.
struct InArea {
    needs: Vec<Need>,
    /// Streets the area holds whole, each with its group.
    whole: Vec<(u32, u32)>,
    /// What it holds of others.
    pieces: Vec<(u32, u32, Vec<Place>)>,
}

impl InArea {
    fn new(area: &NeedArea<'_>, streets: &Streets<'_>, rules: &StreetRules) -> InArea {
        let mut near: Vec<u32> = Vec::new();
        streets.tree.window(area.outline.bounds().into(), &mut |nth| near.push(nth));
        near.sort_unstable();
        let mut groups = Groups::default();
        let mut found = InArea { needs: vec![], whole: vec![], pieces: vec![] };
        for nth in near {
            let street = &streets.streets[nth as usize];
            match street.counted.inside(Some(area.outline)) {
                Inside::Whole => found.whole.push((nth, groups.join(street, street.counted.line, street.length_mm))),
                Inside::Pieces(lines) => found.pieces.extend(lines.into_iter().map(|line| {
                    let group = groups.join(street, &line, length_mm(&line));
                    (nth, group, line)
                })),
            }
        }
        groups.finish(area, rules.spacing.value, &mut found);
        found
    }
}

/// Pieces of one name that touch, joined (union-find).
#[derive(Default)]
struct Groups {
    parent: Vec<u32>,
    length_mm: Vec<u64>,
    wide: Vec<bool>,
    /// What merges and where, for each vertex of each piece.
    at: Vec<(u32, Place, u32)>,
}

impl Groups {
    /// The provisional group of a new piece.
    fn join(&mut self, street: &Street<'_>, line: &[Place], length_mm: u64) -> u32 {
        let group = self.parent.len() as u32;
        self.parent.push(group);
        self.wide.push(street.is_wide);
        self.length_mm.push(length_mm);
        self.at.extend(line.iter().map(|place| (street.merges, *place, group)));
        group
    }

    /// The group that a group has become part of; shortens the way there for the next time.
    fn root(&mut self, mut group: u32) -> u32 {
        while self.parent[group as usize] != group {
            let above = self.parent[group as usize];
            self.parent[group as usize] = self.parent[above as usize];
            group = above;
        }
        group
    }

    /// Joins groups that share a vertex.
    fn merge(&mut self) {
        let mut at = std::mem::take(&mut self.at);
        at.sort_unstable();
        for pair in at.windows(2).filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            let (a, b) = (self.root(pair[0].2), self.root(pair[1].2));
            self.parent[a.max(b) as usize] = a.min(b);
        }
    }

    /// Turns provisional groups into needs, and points the streets there.
    fn finish(mut self, area: &NeedArea<'_>, spacing_m: f64, found: &mut InArea) {
        self.merge();
        let mut length_mm = vec![0; self.parent.len()];
        for group in 0..self.parent.len() as u32 {
            let root = self.root(group) as usize;
            length_mm[root] += self.length_mm[group as usize];
        }
        let mut number: Vec<Option<u32>> = vec![None; self.parent.len()];
        let InArea { needs, whole, pieces } = found;
        for group in whole.iter_mut().map(|(_, group)| group).chain(pieces.iter_mut().map(|(_, group, _)| group)) {
            let root = self.root(*group) as usize;
            *group = *number[root].get_or_insert_with(|| {
                let sides = if self.wide[root] { 2 } else { 1 };
                let along = (length_mm[root] as f64 / 1000.0 / spacing_m).ceil() as u32;
                needs.push(Need { area: area.slot, area_id: area.id, required: along * sides });
                needs.len() as u32 - 1
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attributes, Layer, Shape, Value, road};
    use crate::rules::{Pack, WaterRules};

    fn at(x: f64, y: f64) -> Place {
        Place::from_degrees(106.5 + x / 96_966.3, 29.5 + y / 110_844.1).unwrap()
    }

    fn street(name: &str, width: Option<f64>, class: &str) -> Attributes {
        let mut values = vec![None; Layer::Road.fields().len()];
        let class = road::CLASSES.iter().position(|known| known.code == class).unwrap();
        values[road::CLASS] = Some(Value::Choice(class as u8));
        values[road::NAME] = (!name.is_empty()).then(|| Value::Text(name.into()));
        values[road::WIDTH_M] = width.map(Value::Real);
        Attributes::pack(Layer::Road, &values)
    }

    fn square(slot: u32, x: f64, size: f64) -> NeedArea<'static> {
        let ring = vec![at(x, 0.0), at(x + size, 0.0), at(x + size, size), at(x, size)];
        NeedArea {
            slot,
            id: FeatureId(u64::from(slot) + 1),
            kind: 1,
            outline: Box::leak(Box::new(Outline::new(Shape::polygons([vec![ring]]).unwrap().as_ref()))),
        }
    }

    fn required(areas: &[NeedArea], lines: &[(&[(f64, f64)], Attributes)]) -> (HydrantNeed, Vec<u32>) {
        let rules = WaterRules::on(&Pack::built_in("gb").unwrap(), jiff::civil::date(2026, 1, 1)).unwrap();
        let rules = rules.streets.unwrap();
        let shapes: Vec<Shape> = lines
            .iter()
            .map(|(line, _)| Shape::lines([line.iter().map(|(x, y)| at(*x, *y)).collect()]).unwrap())
            .collect();
        let roads: Vec<NeedRoad> = shapes
            .iter()
            .zip(lines)
            .zip(1..)
            .map(|((shape, (_, attributes)), id)| NeedRoad {
                id: FeatureId(id),
                shape: shape.as_ref(),
                attributes: attributes.as_ref(),
            })
            .collect();
        let need = HydrantNeed::new(areas, &roads, &rules);
        let mut sums = vec![0; areas.len()];
        for group in need.groups() {
            sums[group.area as usize] += group.required;
        }
        (need, sums)
    }

    #[test]
    fn a_street_drawn_in_pieces_needs_what_it_needs_in_one() {
        let whole: (&[_], _) = (&[(10.0, 50.0), (310.0, 50.0)], street("甲街", None, "residential"));
        let (_, one) = required(&[square(0, 0.0, 1000.0)], std::slice::from_ref(&whole));
        let pieces: Vec<(&[(f64, f64)], Attributes)> = vec![
            (&[(10.0, 50.0), (100.0, 50.0)], street("甲街", None, "residential")),
            (&[(100.0, 50.0), (200.0, 50.0)], street("甲街", None, "residential")),
            (&[(200.0, 50.0), (310.0, 50.0)], street("甲街", None, "residential")),
        ];
        let (_, three) = required(&[square(0, 0.0, 1000.0)], &pieces);
        assert_eq!((one, three), (vec![3], vec![3]), "300 m at 120 m");
    }

    #[test]
    fn a_street_is_cut_at_the_border_and_a_wide_one_counts_both_sides() {
        let areas = [square(0, 0.0, 200.0), square(1, 200.0, 200.0)];
        let line: &[(f64, f64)] = &[(100.0, 50.0), (340.0, 50.0)];
        assert_eq!(required(&areas, &[(line, street("甲街", None, "primary"))]).1, [1, 2]);
        assert_eq!(required(&areas, &[(line, street("甲街", Some(61.0), "primary"))]).1, [2, 4]);
        assert_eq!(required(&areas, &[(line, street("甲街", Some(60.0), "primary"))]).1, [1, 2]);
    }

    #[test]
    fn service_ways_stairs_and_motorways_ask_for_none() {
        let line: &[(f64, f64)] = &[(10.0, 50.0), (190.0, 50.0)];
        for class in ["service", "steps", "motorway", "footway", "track"] {
            assert_eq!(required(&[square(0, 0.0, 200.0)], &[(line, street("", None, class))]).1, [0], "{class}");
        }
    }

    #[test]
    fn a_hydrant_belongs_to_the_nearest_street_within_the_distance_of_the_rule() {
        let lines: Vec<(&[(f64, f64)], Attributes)> = vec![
            (&[(0.0, 50.0), (200.0, 50.0)], street("甲街", None, "residential")),
            (&[(0.0, 90.0), (200.0, 90.0)], street("乙街", None, "residential")),
        ];
        let (need, _) = required(&[square(0, 0.0, 200.0)], &lines);
        let group = |y| need.duty(at(100.0, y))[1];
        assert_eq!((group(60.0), group(80.0), group(119.0), group(121.0)), (Some(0), Some(1), Some(1), None));
    }
}
