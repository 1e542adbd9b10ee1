//! Stretches of street that touch, as one.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::super::grade::Grade;
use super::super::streets::{Counted, Inside, length_mm};
use super::spans::{Span, What};
use super::sums::{Grounds, places};
use crate::index::Slots;
use crate::model::{FeatureId, Place};
use crate::network::Graph;

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

/// What of a span lies in town.
struct Stretch {
    edge: u32,
    what: What,
    line: Vec<Place>,
    length_mm: u64,
    /// Whether it comes to the node where its edge begins, and to the one where it ends.
    comes_to: [bool; 2],
}

impl Stretch {
    /// The nodes that it comes to.
    fn nodes(&self, graph: &Graph) -> impl Iterator<Item = u32> {
        let edge = graph.edge(self.edge);
        let nodes = [edge.from, edge.to].into_iter().zip(self.comes_to);
        nodes.filter_map(|(node, comes)| comes.then_some(node))
    }
}

/// By grade, longest first. Parallel.
pub fn runs(graph: &Graph, lacking: &Slots<Option<Arc<[Span]>>>, grounds: &Grounds<'_>) -> [Vec<Run>; 3] {
    let chunks = lacking.chunks().collect::<Vec<_>>();
    let stretches = chunks.into_par_iter().flat_map_iter(|(first, chunk)| {
        let edges = (first..).zip(chunk).filter_map(|(edge, spans)| Some((edge, spans.as_deref()?)));
        edges.flat_map(|(edge, spans)| spans.iter().flat_map(move |span| stretches(graph, edge, span, grounds)))
    });
    let stretches: Vec<Stretch> = stretches.collect();
    Grade::ALL.map(|grade| {
        let mut runs = joined(graph, &stretches, What::TooFar(grade));
        runs.extend(joined(graph, &stretches, What::Unknown(grade)));
        runs.sort_by(|a, b| (b.length_mm, &a.roads).cmp(&(a.length_mm, &b.roads)));
        runs
    })
}

/// What of a span of an edge lies in town.
fn stretches(graph: &Graph, edge: u32, span: &Span, grounds: &Grounds<'_>) -> Vec<Stretch> {
    let Some(places) = places(graph, edge, span) else { return Vec::new() };
    let inside = Counted::new(&places, &grounds.towns).map(|counted| counted.inside(None));
    let lines = match inside {
        None => Vec::new(),
        Some(Inside::Whole) => vec![(places.clone(), span.length_mm())],
        Some(Inside::Pieces(pieces)) => pieces
            .into_iter()
            .map(|line| {
                let mm = length_mm(&line).min(span.length_mm());
                (line, mm)
            })
            .collect(),
    };
    let stretch = |(line, length_mm): (Vec<Place>, u64)| {
        let begins = span.from_mm == 0 && line.first() == places.first();
        let ends = span.upto_mm == graph.edge(edge).length_mm && line.last() == places.last();
        Stretch { edge, what: span.what, line, length_mm, comes_to: [begins, ends] }
    };
    lines.into_iter().map(stretch).collect()
}

/// Stretches of a sort, joined where they meet at a node.
fn joined(graph: &Graph, all: &[Stretch], what: What) -> Vec<Run> {
    let stretches: Vec<&Stretch> = all.iter().filter(|stretch| stretch.what == what).collect();
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
            let too_far = matches!(what, What::TooFar(_));
            runs.push(Run { too_far, length_mm: 0, roads: vec![], lines: vec![] });
            runs.len() - 1
        });
        runs[at].length_mm += stretch.length_mm;
        runs[at].roads.push(graph.line(stretch.edge).id);
        runs[at].lines.push(stretch.line.clone());
    }
    for run in &mut runs {
        run.roads.sort_unstable();
        run.roads.dedup();
    }
    runs
}
