//! 建有率: how many municipal hydrants the streets of an area ask for, and how many of those stand.
//!
//! Required: streets inside the area (inside the built-up area where one is drawn), pieces of one name that touch
//! merged, then Σ ⌈length ÷ spacing⌉, doubled where wider than the rule says. Existing: municipal hydrants beside a
//! street, counted for it at most as often as required there.

use std::collections::HashMap;

use rayon::prelude::*;

use super::outline::Outline;
use crate::crs::{Frame, World, WorldBox, geodesic_m};
use crate::index::Packed;
use crate::model::{Attributes, FeatureId, Layer, Place, Shape, area, road};
use crate::rules::StreetRules;

/// What an area is to this question.
pub struct NeedArea {
    /// Its slot.
    pub slot: u32,
    /// Its number.
    pub id: FeatureId,
    /// Position of its level in [`area::KINDS`].
    pub kind: usize,
    /// Where it is.
    pub outline: Outline,
}

/// A road as this question sees it.
pub struct NeedRoad<'a> {
    /// Its number.
    pub id: FeatureId,
    /// Its centre line.
    pub shape: &'a Shape,
    /// What is known of it.
    pub attributes: &'a Attributes,
}

/// The street groups that a hydrant stands beside, one at most for each level of area.
pub type Duty = [Option<u32>; area::KINDS.len()];

/// A stretch of one name inside one area that asks for hydrants together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The area's slot.
    pub area: u32,
    /// Hydrants required along it.
    pub required: u32,
}

struct Piece {
    road: FeatureId,
    area: FeatureId,
    /// Half the road's width in millimetres, 0 where it is not known: distances are from the kerb.
    kerb_mm: u32,
    kind: usize,
    group: u32,
    line: Vec<Place>,
}

/// All stretches of all areas, and which of them a hydrant belongs to.
#[derive(Default)]
pub struct HydrantNeed {
    groups: Vec<Need>,
    pieces: Vec<Piece>,
    tree: Packed,
    reach_mm: u32,
    widest_kerb_mm: u32,
}

/// Whether an engine drives it and the standard counts it a street: no motorway, service way, path or stairs.
pub fn is_street(attributes: &Attributes) -> bool {
    matches!(
        attributes.choice(Layer::Road, road::CLASS),
        Some("trunk" | "primary" | "secondary" | "tertiary" | "residential" | "living_street" | "unclassified")
    )
}

impl HydrantNeed {
    /// Cuts the streets by the areas and merges them. O(areas' streets × edges near them).
    pub fn new(areas: &[NeedArea], roads: &[NeedRoad], rules: &StreetRules) -> HydrantNeed {
        let built_up_kind = area::KINDS.iter().position(|kind| kind.code == "built_up");
        let built_up: Vec<&Outline> =
            areas.iter().filter(|area| Some(area.kind) == built_up_kind).map(|area| &area.outline).collect();
        let mut streets: Vec<&NeedRoad> = roads.iter().filter(|road| is_street(road.attributes)).collect();
        streets.sort_by_key(|road| road.id);
        let tree = Packed::new(streets.iter().zip(0..).map(|(road, nth)| (road.shape.into(), nth)).collect());

        // Each area is a question of its own; their answers are put together in order.
        let by_area: Vec<(Vec<Piece>, Vec<Need>)> = areas
            .par_iter()
            .map(|area| {
                let bounds = area.outline.bounds();
                let mut near: Vec<u32> = Vec::new();
                tree.window(bounds.into(), &mut |nth| near.push(nth));
                near.sort_unstable();
                let towns = built_up.iter().copied().filter(|town| town.bounds().intersects(bounds)).collect();
                let ground = Ground { area: &area.outline, towns, everywhere: built_up.is_empty() };
                stretches(area, &ground, near.iter().map(|nth| streets[*nth as usize]), rules)
            })
            .collect();
        let mut need = HydrantNeed { reach_mm: rules.of_road_within.mm(), ..HydrantNeed::default() };
        for (pieces, groups) in by_area {
            let before = need.groups.len() as u32;
            need.pieces.extend(pieces.into_iter().map(|piece| Piece { group: piece.group + before, ..piece }));
            need.groups.extend(groups);
        }
        need.widest_kerb_mm = need.pieces.iter().map(|piece| piece.kerb_mm).max().unwrap_or(0);
        let boxed = |piece: &Piece| {
            let at = |place: &Place| WorldBox::at(World::from(*place));
            piece.line[1..].iter().fold(at(&piece.line[0]), |all, place| all.union(at(place)))
        };
        need.tree = Packed::new(need.pieces.iter().zip(0..).map(|(piece, nth)| (boxed(piece), nth)).collect());
        need
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
        let mut nearest: [Option<(u32, FeatureId, FeatureId, u32)>; area::KINDS.len()] = Default::default();
        self.tree.near(from, units, &mut |nth| {
            let piece = &self.pieces[nth as usize];
            let line: Vec<_> = piece.line.iter().map(|place| frame.offset(*place)).collect();
            let m2 = line.windows(2).map(|edge| here.segment_distance2(edge[0], edge[1])).fold(f64::INFINITY, f64::min);
            let mm = ((m2.sqrt() * 1000.0).round() as u32).saturating_sub(piece.kerb_mm);
            let found = (mm, piece.road, piece.area, piece.group);
            if mm <= self.reach_mm && nearest[piece.kind].is_none_or(|best| found < best) {
                nearest[piece.kind] = Some(found);
            }
            units
        });
        nearest.map(|found| found.map(|(.., group)| group))
    }
}

/// What merges pieces: the name, or for nameless streets the class.
fn name_of(attributes: &Attributes) -> String {
    match attributes.text(Layer::Road, road::NAME) {
        Some(name) => name.to_owned(),
        None => format!("\u{1}{}", attributes.choice(Layer::Road, road::CLASS).unwrap_or("")),
    }
}

/// Where streets count: inside the area, and inside a built-up area where any is drawn.
struct Ground<'a> {
    area: &'a Outline,
    /// The built-up areas that touch the area.
    towns: Vec<&'a Outline>,
    /// No built-up area is drawn at all.
    everywhere: bool,
}

impl Ground<'_> {
    fn holds(&self, at: Place) -> bool {
        self.area.contains(at) && (self.everywhere || self.towns.iter().any(|town| town.contains(at)))
    }
}

/// The stretches of an area and what they need; groups are numbered from 0.
fn stretches<'a>(
    area: &NeedArea,
    ground: &Ground<'_>,
    streets: impl Iterator<Item = &'a NeedRoad<'a>>,
    rules: &StreetRules,
) -> (Vec<Piece>, Vec<Need>) {
    let mut groups = Groups::default();
    let (mut pieces, mut needs) = (Vec::new(), Vec::new());
    for road in streets {
        let width = road.attributes.number(Layer::Road, road::WIDTH_M);
        let wide = width.zip(rules.both_sides_above.as_ref()).is_some_and(|(width, rule)| !rule.allows(width));
        let kerb_mm = width.map_or(0, |width| (width * 500.0).round() as u32);
        for line in inside(road.shape, ground) {
            let group = groups.join(name_of(road.attributes), wide, &line);
            pieces.push(Piece { road: road.id, area: area.id, kerb_mm, kind: area.kind, group, line });
        }
    }
    groups.finish(area.slot, rules.spacing.value, &mut pieces, &mut needs);
    (pieces, needs)
}

/// The stretches of a road where streets count.
fn inside(shape: &Shape, ground: &Ground<'_>) -> Vec<Vec<Place>> {
    let mut stretches: Vec<Vec<Place>> = Vec::new();
    for (_, line) in shape.parts() {
        let mut open = false;
        for edge in line.windows(2) {
            let (a, b) = (edge[0], edge[1]);
            let mut cuts = vec![0.0, 1.0];
            for outline in std::iter::once(&ground.area).chain(&ground.towns) {
                cuts.extend(outline.crossings(a, b));
            }
            cuts.sort_by(f64::total_cmp);
            for span in cuts.windows(2) {
                let (from, to) = (between(a, b, span[0]), between(a, b, span[1]));
                if from == to {
                    continue;
                }
                if !ground.holds(between(a, b, (span[0] + span[1]) / 2.0)) {
                    open = false;
                } else if open {
                    stretches.last_mut().expect("open").push(to);
                } else {
                    stretches.push(vec![from, to]);
                    open = true;
                }
            }
        }
    }
    stretches
}

fn between(a: Place, b: Place, t: f64) -> Place {
    let at = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as i32;
    Place { lon: at(a.lon, b.lon), lat: at(a.lat, b.lat) }
}

/// Pieces of one name that touch, joined as they come (union-find).
#[derive(Default)]
struct Groups {
    parent: Vec<u32>,
    length_mm: Vec<u64>,
    wide: Vec<bool>,
    at: HashMap<(String, bool, Place), u32>,
}

impl Groups {
    /// The provisional group of a new piece.
    fn join(&mut self, name: String, wide: bool, line: &[Place]) -> u32 {
        let group = self.parent.len() as u32;
        self.parent.push(group);
        self.wide.push(wide);
        self.length_mm.push(line.windows(2).map(|edge| (geodesic_m(edge[0], edge[1]) * 1000.0).round() as u64).sum());
        for place in line {
            match self.at.get(&(name.clone(), wide, *place)) {
                Some(&other) => {
                    let (a, b) = (self.root(group), self.root(other));
                    self.parent[a.max(b) as usize] = a.min(b);
                }
                None => {
                    self.at.insert((name.clone(), wide, *place), group);
                }
            }
        }
        group
    }

    fn root(&self, mut group: u32) -> u32 {
        while self.parent[group as usize] != group {
            group = self.parent[group as usize];
        }
        group
    }

    /// Turns provisional groups into needs at the end of `needs`, and points the pieces there.
    fn finish(self, area: u32, spacing_m: f64, pieces: &mut [Piece], needs: &mut Vec<Need>) {
        let mut length_mm: HashMap<u32, u64> = HashMap::new();
        for group in 0..self.parent.len() as u32 {
            *length_mm.entry(self.root(group)).or_default() += self.length_mm[group as usize];
        }
        let mut number: HashMap<u32, u32> = HashMap::new();
        for piece in pieces {
            let root = self.root(piece.group);
            piece.group = *number.entry(root).or_insert_with(|| {
                let sides = if self.wide[root as usize] { 2 } else { 1 };
                let along = (length_mm[&root] as f64 / 1000.0 / spacing_m).ceil() as u32;
                needs.push(Need { area, required: along * sides });
                needs.len() as u32 - 1
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
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

    fn square(slot: u32, x: f64, size: f64) -> NeedArea {
        let ring = vec![at(x, 0.0), at(x + size, 0.0), at(x + size, size), at(x, size)];
        NeedArea {
            slot,
            id: FeatureId(u64::from(slot) + 1),
            kind: 1,
            outline: Outline::new(&Shape::polygons([vec![ring]]).unwrap()),
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
            .map(|((shape, (_, attributes)), id)| NeedRoad { id: FeatureId(id), shape, attributes })
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
