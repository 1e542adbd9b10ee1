//! Spacing along streets: the stretches that lie farther along the roads than half the spacing from any hydrant.
//!
//! Streets are those that 建有率 asks for hydrants, in built-up areas alone where any is drawn; bridges and tunnels ask
//! for none, but the way goes over them. Within an edge the parts that are near are found exactly, not by samples. What
//! is near only to hydrants that may have the grade is unknown: neither fine nor too far.

use std::collections::HashMap;

use rayon::prelude::*;

use super::grade::{Grade, Standing};
use super::hydrant_need::NeedArea;
use super::streets::{Counted, Inside, Towns, is_street, length_mm};
use crate::index::Packed;
use crate::model::{FeatureId, Layer, Place, road};
use crate::network::{Costs, Direction, Graph, Line, Snap, Spread, Stand, part_of};

/// A hydrant where it stands along its street.
#[derive(Clone, Copy, Debug)]
pub struct StreetHydrant {
    /// The place on the street that is nearest to it.
    pub snap: Snap,
    /// Whether it has each grade.
    pub standing: [Standing; 3],
}

/// Streets of an area in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SpacingTotals {
    /// All that ask for hydrants.
    pub street_mm: u64,
    /// By grade, those too far from any hydrant.
    pub far_mm: [u64; 3],
    /// By grade, those near only to hydrants that may have it.
    pub unknown_mm: [u64; 3],
}

/// Stretches of street that touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whether they are too far from any hydrant; else nobody knows.
    pub too_far: bool,
    /// Their length together.
    pub length_mm: u64,
    /// The roads they are of, in order of number.
    pub roads: Vec<FeatureId>,
    /// Their lines.
    pub lines: Vec<Vec<Place>>,
}

/// Spacing of hydrants along the streets of a city.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spacing {
    /// Half the spacing in millimetres.
    pub half_mm: u32,
    /// By grade, longest first.
    pub runs: [Vec<Run>; 3],
    /// All streets.
    pub whole: SpacingTotals,
    /// By slot of area.
    pub areas: Vec<SpacingTotals>,
}

/// Whether a line asks for hydrants.
pub fn asks_for_hydrants(line: &Line) -> bool {
    let class = road::CLASSES.get(usize::from(line.class)).map(|class| class.code);
    line.layer == Layer::Road && !line.is_structure && is_street(class)
}

/// A whole street edge, or what of it is too far at a grade, or may be.
struct Part {
    edge: u32,
    from_mm: u32,
    upto_mm: u32,
    /// The grade, and whether it is surely too far; `None` of the whole.
    what: Option<(Grade, bool)>,
    places: Vec<Place>,
}

impl Part {
    fn length_mm(&self) -> u64 {
        u64::from(self.upto_mm - self.from_mm)
    }

    fn add(&self, mm: u64, to: &mut SpacingTotals) {
        let sum = match self.what {
            None => &mut to.street_mm,
            Some((grade, true)) => &mut to.far_mm[grade as usize],
            Some((grade, false)) => &mut to.unknown_mm[grade as usize],
        };
        *sum += mm.min(self.length_mm());
    }
}

impl Spacing {
    /// Along the roads of a graph that `drives` holds for by number of edge. `any` tells whether the data hold any
    /// hydrant that may count: without one nothing is known. `slots` is how many slots areas have. Parallel;
    /// O(n log n), and areas by the edges of streets near their outlines.
    pub fn new(
        graph: &Graph,
        drives: impl Fn(u32) -> bool,
        hydrants: &[StreetHydrant],
        any: bool,
        half_mm: u32,
        areas: &[NeedArea<'_>],
        slots: usize,
    ) -> Spacing {
        let costs = Costs::lengths(graph, |way| drives(way / 2));
        let stands = |grade: Grade, standing: Standing| {
            let having = (0..).zip(hydrants).filter(|(_, hydrant)| hydrant.standing[grade as usize] == standing);
            having.map(|(source, hydrant)| Stand { snap: hydrant.snap, cost: 0, source }).collect::<Vec<_>>()
        };
        let spread = |grade, standing| -> Spread<'_, 1> {
            Spread::new(graph, &costs, Direction::Go, stands(grade, standing), half_mm)
        };
        let spreads = Grade::ALL.map(|grade| [spread(grade, Standing::Yes), spread(grade, Standing::Maybe)]);
        let parts: Vec<Part> = (0..graph.edges().len() as u32)
            .into_par_iter()
            .filter(|edge| asks_for_hydrants(graph.line(*edge)) && graph.edge(*edge).length_mm > 0)
            .flat_map_iter(|edge| parts_of(graph, edge, &spreads, any, half_mm))
            .collect();
        let towns = Towns::of(areas);
        let counted: Vec<(&Part, Counted<'_>)> =
            parts.par_iter().filter_map(|part| Some((part, Counted::new(&part.places, &towns)?))).collect();
        let boxed = (0..).zip(&counted).map(|(nth, (_, line))| (line.bounds.into(), nth));
        let tree = Packed::new(boxed.collect());
        let in_area = |area: &NeedArea<'_>| {
            let mut totals = SpacingTotals::default();
            tree.window(area.outline.bounds().into(), &mut |nth| {
                let (part, line) = &counted[nth as usize];
                part.add(length_inside(part, line.inside(Some(area.outline))), &mut totals);
            });
            (area.slot, totals)
        };
        let mut spacing = Spacing { half_mm, areas: vec![SpacingTotals::default(); slots], ..Spacing::default() };
        for (slot, totals) in areas.par_iter().map(in_area).collect::<Vec<_>>() {
            if let Some(of) = spacing.areas.get_mut(slot as usize) {
                *of = totals;
            }
        }
        let in_town: Vec<Stretch<'_>> = (counted.par_iter())
            .flat_map_iter(|(part, line)| {
                let lines = match line.inside(None) {
                    Inside::Whole => vec![(part.places.clone(), part.length_mm())],
                    Inside::Pieces(pieces) => pieces.into_iter().map(|line| (line.clone(), length_mm(&line))).collect(),
                };
                lines.into_iter().map(|(line, length_mm)| Stretch { part, line, length_mm })
            })
            .collect();
        in_town.iter().for_each(|stretch| stretch.part.add(stretch.length_mm, &mut spacing.whole));
        spacing.runs = Grade::ALL.map(|grade| {
            let mut runs = runs(graph, &in_town, (grade, true));
            runs.extend(self::runs(graph, &in_town, (grade, false)));
            runs.sort_by(|a, b| (b.length_mm, &a.roads).cmp(&(a.length_mm, &b.roads)));
            runs
        });
        spacing
    }
}

/// A street edge: all of it, and by grade what of it is too far or unknown.
fn parts_of(graph: &Graph, edge: u32, spreads: &[[Spread<'_, 1>; 2]; 3], any: bool, half_mm: u32) -> Vec<Part> {
    let length = graph.edge(edge).length_mm;
    let all = [(0, length)];
    let mut spans = vec![(all[0], None)];
    for (grade, [sure, perhaps]) in Grade::ALL.into_iter().zip(spreads) {
        let open = without(&all, &sure.within(edge, half_mm));
        let far = if any { without(&open, &perhaps.within(edge, half_mm)) } else { vec![] };
        let unknown = without(&open, &far);
        spans.extend(far.into_iter().map(|span| (span, Some((grade, true)))));
        spans.extend(unknown.into_iter().map(|span| (span, Some((grade, false)))));
    }
    let part = |((from_mm, upto_mm), what)| {
        let places = part_of(graph.places(edge), length, from_mm, upto_mm);
        Part { edge, from_mm, upto_mm, what, places }
    };
    spans.into_iter().map(part).filter(|part| part.places.len() > 1).collect()
}

fn length_inside(part: &Part, inside: Inside) -> u64 {
    match inside {
        Inside::Whole => part.length_mm(),
        Inside::Pieces(pieces) => pieces.iter().map(|line| length_mm(line)).sum(),
    }
}

/// What spans have beyond others; both in order and apart.
fn without(spans: &[(u32, u32)], others: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut left = Vec::new();
    for (from, upto) in spans {
        let mut at = *from;
        for (low, high) in others.iter().filter(|(low, high)| low < upto && high > from) {
            if *low > at {
                left.push((at, *low));
            }
            at = at.max(*high);
        }
        if at < *upto {
            left.push((at, *upto));
        }
    }
    left
}

/// What of a part lies in town.
struct Stretch<'a> {
    part: &'a Part,
    line: Vec<Place>,
    length_mm: u64,
}

impl Stretch<'_> {
    /// The nodes that it comes to.
    fn nodes(&self, graph: &Graph) -> impl Iterator<Item = u32> {
        let (part, edge) = (self.part, graph.edge(self.part.edge));
        let begins = part.from_mm == 0 && self.line.first() == part.places.first();
        let ends = part.upto_mm == edge.length_mm && self.line.last() == part.places.last();
        [begins.then_some(edge.from), ends.then_some(edge.to)].into_iter().flatten()
    }
}

/// Stretches of a sort, joined where they meet at a node.
fn runs(graph: &Graph, in_town: &[Stretch<'_>], what: (Grade, bool)) -> Vec<Run> {
    let stretches: Vec<&Stretch<'_>> = in_town.iter().filter(|stretch| stretch.part.what == Some(what)).collect();
    let mut parent: Vec<u32> = (0..stretches.len() as u32).collect();
    fn root(parent: &mut [u32], mut of: u32) -> u32 {
        while parent[of as usize] != of {
            parent[of as usize] = parent[parent[of as usize] as usize];
            of = parent[of as usize];
        }
        of
    }
    let mut first_at = HashMap::new();
    for (nth, stretch) in (0..).zip(&stretches) {
        for node in stretch.nodes(graph) {
            let other = *first_at.entry(node).or_insert(nth);
            let (a, b) = (root(&mut parent, nth), root(&mut parent, other));
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    let mut number: Vec<Option<usize>> = vec![None; stretches.len()];
    let mut runs: Vec<Run> = Vec::new();
    for (nth, stretch) in (0..).zip(&stretches) {
        let at = *number[root(&mut parent, nth) as usize].get_or_insert_with(|| {
            runs.push(Run { too_far: what.1, length_mm: 0, roads: vec![], lines: vec![] });
            runs.len() - 1
        });
        runs[at].length_mm += stretch.length_mm.min(stretch.part.length_mm());
        runs[at].roads.push(graph.line(stretch.part.edge).id);
        runs[at].lines.push(stretch.line.clone());
    }
    for run in &mut runs {
        run.roads.sort_unstable();
        run.roads.dedup();
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_spans_is_what_others_do_not_hold() {
        assert_eq!(without(&[(0, 10)], &[]), [(0, 10)]);
        assert_eq!(without(&[(0, 10)], &[(0, 3), (5, 6), (9, 12)]), [(3, 5), (6, 9)]);
        assert_eq!(without(&[(0, 4), (6, 10)], &[(3, 7)]), [(0, 3), (7, 10)]);
        assert_eq!(without(&[(2, 8)], &[(0, 9)]), []);
    }
}
