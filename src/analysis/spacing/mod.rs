//! Spacing along streets: the stretches that lie farther along the roads than half the spacing from any hydrant.
//!
//! Streets are those that 建有率 asks for hydrants, in built-up areas alone where any is drawn; bridges and tunnels ask
//! for none, but the way goes over them. Within an edge the parts that are near are found exactly, not by samples. What
//! is near only to hydrants that may have the grade is unknown: neither fine nor too far.
//!
//! What is kept is what each edge lacks, so that a changed hydrant costs the edges around it.

mod runs;
mod spans;
mod sums;

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::grade::{Grade, Standing};
use super::hydrant_need::NeedArea;
use super::streets::is_street;
use crate::crs::WorldBox;
use crate::index::{Buckets, CHUNK, Slots};
use crate::model::{Bounds, Layer, road};
use crate::network::{Costs, Direction, Graph, Line, Snap, Spread, Stand, Vicinity};

pub use runs::Run;
use spans::{Near, Span, lacking};
pub use sums::SpacingTotals;
use sums::{Grounds, Sums};

/// A hydrant where it stands along its street.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreetHydrant {
    /// The place on the street that is nearest to it.
    pub snap: Snap,
    /// Whether it has each grade.
    pub standing: [Standing; 3],
}

impl StreetHydrant {
    fn stand(&self, source: u32) -> Stand {
        Stand { snap: self.snap, cost: 0, source }
    }
}

/// Streets and what is asked along them.
pub struct Streets<'a> {
    /// The network.
    pub graph: &'a Graph,
    /// By number of edge, whether an engine drives it.
    pub drives: &'a dyn Fn(u32) -> bool,
    /// Half the spacing in millimetres.
    pub half_mm: u32,
    /// The areas that sums are told of.
    pub areas: &'a [NeedArea<'a>],
    /// How many slots areas have.
    pub slots: usize,
}

/// Spacing of hydrants along the streets of a city. A clone costs some reference counts.
#[derive(Clone, Debug)]
pub struct Spacing {
    half_mm: u32,
    /// Whether the data hold any hydrant that may count: without one nothing is known.
    any: bool,
    /// Whether streets count everywhere, since no built-up area is drawn.
    everywhere: bool,
    lengths: Costs,
    /// By slot of hydrant.
    hydrants: Slots<Option<StreetHydrant>>,
    /// Their slots by edge.
    on: Buckets,
    /// By edge what of it is not surely near; `None` where that is nothing.
    lacking: Slots<Option<Arc<[Span]>>>,
    whole: SpacingTotals,
    areas: Slots<SpacingTotals>,
}

/// Whether a line asks for hydrants.
pub fn asks_for_hydrants(line: &Line) -> bool {
    let class = road::CLASSES.get(usize::from(line.class)).map(|class| class.code);
    line.layer == Layer::Road && !line.is_structure && is_street(class)
}

/// An edge and what it lacked before.
type Lacked = (u32, Option<Arc<[Span]>>);

/// Told the areas that touch a box at least, for the time of the call.
pub type Told<'a> = &'a mut dyn FnMut(&[NeedArea<'_>]);

impl Spacing {
    /// Of hydrants by slot. `any` tells whether the data hold any hydrant that may count. Parallel; O(n log n), and areas
    /// by the edges of streets near their outlines.
    pub fn new(streets: &Streets<'_>, hydrants: Vec<Option<StreetHydrant>>, any: bool) -> Spacing {
        let Streets { graph, half_mm, .. } = *streets;
        let lengths = Costs::lengths(graph, |way| (streets.drives)(way / 2));
        let placed = || (0..).zip(&hydrants).filter_map(|(slot, of)| Some((slot, of.as_ref()?)));
        let spread = |grade: Grade, standing| -> Spread<'_, 1> {
            let having = placed().filter(|(_, of)| of.standing[grade as usize] == standing);
            let stands = having.map(|(slot, of)| of.stand(slot)).collect();
            Spread::new(graph, &lengths, Direction::Go, stands, half_mm)
        };
        let spreads = Grade::ALL.map(|grade| [spread(grade, Standing::Yes), spread(grade, Standing::Maybe)]);
        let lacking_of = |edge: u32| {
            let near = spreads.each_ref().map(|of| of.each_ref().map(|spread| spread.within(edge, half_mm)));
            if is_asked(graph, edge) { lacking(graph.edge(edge).length_mm, &near, any) } else { None }
        };
        let edges = graph.edges().len();
        let chunk = |nth: usize| (nth * CHUNK..((nth + 1) * CHUNK).min(edges)).map(|edge| lacking_of(edge as u32));
        let lacking = (0..edges.div_ceil(CHUNK)).into_par_iter().map(|nth| chunk(nth).collect()).collect();
        let on = Buckets::new(placed().map(|(slot, of)| (of.snap.edge, slot)).collect());
        drop(spreads);
        let mut spacing = Spacing {
            half_mm,
            any,
            everywhere: !streets.areas.iter().any(NeedArea::is_built_up),
            lengths,
            hydrants: hydrants.into_iter().collect(),
            on,
            lacking: Slots::of_chunks(lacking),
            whole: SpacingTotals::default(),
            areas: vec![SpacingTotals::default(); streets.slots].into_iter().collect(),
        };
        spacing.sum(graph, streets.areas);
        spacing
    }

    /// Half the spacing in millimetres.
    pub fn half_mm(&self) -> u32 {
        self.half_mm
    }

    /// Whether the data hold any hydrant that may count.
    pub fn any(&self) -> bool {
        self.any
    }

    /// All streets.
    pub fn whole(&self) -> SpacingTotals {
        self.whole
    }

    /// Streets of the area of a slot; `None` past the end.
    pub fn of_area(&self, slot: u32) -> Option<&SpacingTotals> {
        self.areas.get(slot)
    }

    fn sum(&mut self, graph: &Graph, areas: &[NeedArea<'_>]) {
        let grounds = Grounds::of(areas, self.everywhere);
        let chunks = self.lacking.chunks().collect::<Vec<_>>();
        let sums = chunks.into_par_iter().map(|(first, chunk)| {
            let mut sums = Sums::default();
            for (edge, spans) in (first..).zip(chunk) {
                if is_asked(graph, edge) {
                    let whole = Span::whole(graph.edge(edge).length_mm);
                    grounds.tell(graph, edge, &[whole], &mut |area, what, mm| sums.add(area, what, mm));
                    let spans = spans.as_deref().unwrap_or_default();
                    grounds.tell(graph, edge, spans, &mut |area, what, mm| sums.add(area, what, mm));
                }
            }
            sums
        });
        for sums in sums.collect::<Vec<_>>() {
            self.whole.add(&sums.whole);
            for (slot, totals) in sums.areas {
                self.areas.get_mut(slot).add(&totals);
            }
        }
    }

    /// Puts another hydrant, or none, to a slot; slots come one by one. Whether any street lacks something else now.
    /// `near` tells the areas of a box. O(edges around · hydrants around), and areas by the streets that changed.
    pub fn follow(
        &mut self,
        graph: &Graph,
        slot: u32,
        new: Option<StreetHydrant>,
        near: impl FnOnce(WorldBox, Told<'_>),
    ) -> bool {
        let changed = self.put(graph, slot, new);
        let places = changed.iter().flat_map(|(edge, _)| graph.places(*edge));
        if let Some(within) = Bounds::of(places.copied()) {
            near(within.into(), &mut |areas| self.sum_again(graph, &changed, areas));
        }
        !changed.is_empty()
    }

    /// The hydrant of a slot.
    pub fn hydrant(&self, slot: u32) -> Option<&StreetHydrant> {
        self.hydrants.get(slot)?.as_ref()
    }

    /// The edges that lack something else, in order.
    fn put(&mut self, graph: &Graph, slot: u32, new: Option<StreetHydrant>) -> Vec<Lacked> {
        while self.hydrants.len() <= slot as usize {
            self.hydrants.push(None);
        }
        let old = self.hydrants[slot];
        if old == new {
            return Vec::new();
        }
        *self.hydrants.get_mut(slot) = new;
        for of in old.into_iter().filter(|of| new.is_none_or(|new| new.snap.edge != of.snap.edge)) {
            self.on.remove(of.snap.edge, slot);
        }
        if let Some(of) = new {
            self.on.insert(of.snap.edge, slot);
        }
        let lengths = self.lengths.clone();
        let mut around = Vicinity::new(graph, &lengths, Direction::Go, self.half_mm);
        around.look([old, new].into_iter().flatten().map(|of| of.stand(slot)));
        let edges: Vec<u32> = around.edges().iter().copied().filter(|edge| is_asked(graph, *edge)).collect();
        // Whoever is near to a part of these is so by way of their ends, or stands on them.
        let all_along = |edge: &u32| Snap { off_road_mm: 0, edge: *edge, along_mm: 0, upto_mm: u32::MAX };
        around.look(edges.iter().map(|edge| Stand { snap: all_along(edge), cost: 0, source: 0 }));
        let others: BTreeSet<u32> = around.edges().iter().flat_map(|edge| self.on.get(*edge)).collect();
        let others: Vec<_> = others.into_iter().filter_map(|slot| Some((slot, self.hydrants[slot]?))).collect();
        let mut near: Vec<[[Near; 2]; 3]> = edges.iter().map(|_| Default::default()).collect();
        for grade in Grade::ALL.map(|grade| grade as usize) {
            for (nth, standing) in [Standing::Yes, Standing::Maybe].into_iter().enumerate() {
                let having = others.iter().filter(|(_, of)| of.standing[grade] == standing);
                around.look(having.map(|(slot, of)| of.stand(*slot)));
                for (edge, near) in edges.iter().zip(&mut near) {
                    near[grade][nth] = around.within(*edge, self.half_mm);
                }
            }
        }
        let mut changed = Vec::new();
        for (edge, near) in edges.into_iter().zip(near) {
            let new = lacking(graph.edge(edge).length_mm, &near, self.any);
            if self.lacking[edge] != new {
                let old = std::mem::replace(self.lacking.get_mut(edge), new);
                changed.push((edge, old));
            }
        }
        changed
    }

    /// Sums again what some edges lack; `areas` are at least those that touch them.
    fn sum_again(&mut self, graph: &Graph, changed: &[Lacked], areas: &[NeedArea<'_>]) {
        let grounds = Grounds::of(areas, self.everywhere);
        for (edge, old) in changed {
            let new = self.lacking[*edge].clone();
            for (spans, comes) in [(old, false), (&new, true)] {
                grounds.tell(graph, *edge, spans.as_deref().unwrap_or_default(), &mut |area, what, mm| {
                    let totals = area.map_or(&mut self.whole, |slot| self.areas.get_mut(slot));
                    if comes {
                        *totals.of(what) += mm;
                    } else {
                        *totals.of(what) -= mm;
                    }
                });
            }
        }
    }

    /// By grade the stretches that touch, longest first. Parallel; O(edges · log).
    pub fn runs(&self, graph: &Graph, areas: &[NeedArea<'_>]) -> [Vec<Run>; 3] {
        runs::runs(graph, &self.lacking, &Grounds::of(areas, self.everywhere))
    }
}

/// Whether an edge is a street that asks for hydrants.
fn is_asked(graph: &Graph, edge: u32) -> bool {
    asks_for_hydrants(graph.line(edge)) && graph.edge(edge).length_mm > 0
}
