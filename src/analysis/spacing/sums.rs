//! How much street lies in each area, and what of it is too far from hydrants.

use std::collections::HashMap;

use super::super::hydrant_need::NeedArea;
use super::super::streets::{Counted, Inside, Towns, length_mm};
use super::spans::{Span, What};
use crate::index::Packed;
use crate::model::Place;
use crate::network::{Graph, part_of};

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

impl SpacingTotals {
    /// The sum of what is told so.
    pub(super) fn of(&mut self, what: What) -> &mut u64 {
        match what {
            What::Street => &mut self.street_mm,
            What::TooFar(grade) => &mut self.far_mm[grade as usize],
            What::Unknown(grade) => &mut self.unknown_mm[grade as usize],
        }
    }

    pub(super) fn add(&mut self, other: &SpacingTotals) {
        self.street_mm += other.street_mm;
        for grade in 0..3 {
            self.far_mm[grade] += other.far_mm[grade];
            self.unknown_mm[grade] += other.unknown_mm[grade];
        }
    }
}

/// Sums of some edges.
#[derive(Default)]
pub struct Sums {
    pub whole: SpacingTotals,
    /// By slot of area.
    pub areas: HashMap<u32, SpacingTotals>,
}

impl Sums {
    /// Adds to the sums of an area, or to those of all.
    pub fn add(&mut self, area: Option<u32>, what: What, mm: u64) {
        let totals = area.map_or(&mut self.whole, |slot| self.areas.entry(slot).or_default());
        *totals.of(what) += mm;
    }
}

/// Areas, and where streets count.
pub struct Grounds<'a> {
    areas: &'a [NeedArea<'a>],
    tree: Packed,
    pub towns: Towns<'a>,
}

impl<'a> Grounds<'a> {
    /// Of areas; where streets do not count `everywhere`, in those of them that are built up.
    pub fn of(areas: &'a [NeedArea<'a>], everywhere: bool) -> Grounds<'a> {
        let boxed = (0..).zip(areas).map(|(nth, area)| (area.outline.bounds().into(), nth));
        Grounds { areas, tree: Packed::new(boxed.collect()), towns: Towns::of(areas, everywhere) }
    }

    /// Tells how much of each span of an edge counts in each area, and, without a slot, wherever it is.
    pub fn tell(&self, graph: &Graph, edge: u32, spans: &[Span], told: &mut dyn FnMut(Option<u32>, What, u64)) {
        for span in spans {
            let Some(places) = places(graph, edge, span) else { continue };
            let Some(counted) = Counted::new(&places, &self.towns) else { continue };
            match counted.inside(None) {
                Inside::Whole => told(None, span.what, span.length_mm()),
                Inside::Pieces(pieces) => {
                    for piece in pieces {
                        told(None, span.what, length_mm(&piece).min(span.length_mm()));
                    }
                }
            }
            self.tree.window(counted.bounds.into(), &mut |nth| {
                let area = &self.areas[nth as usize];
                let mm = match counted.inside(Some(area.outline)) {
                    Inside::Whole => span.length_mm(),
                    Inside::Pieces(pieces) => pieces.iter().map(|line| length_mm(line)).sum(),
                };
                if mm > 0 {
                    told(Some(area.slot), span.what, mm.min(span.length_mm()));
                }
            });
        }
    }
}

/// The line of a span; `None` where it is a place.
pub fn places(graph: &Graph, edge: u32, span: &Span) -> Option<Vec<Place>> {
    let places = part_of(graph.places(edge), graph.edge(edge).length_mm, span.from_mm, span.upto_mm);
    (places.len() > 1).then_some(places)
}
