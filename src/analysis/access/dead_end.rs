//! Where a lane ends with no way on, by the road graph.

use crate::model::Place;
use crate::network::Graph;

/// How a lane ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DeadEnd {
    /// Its ends lead on.
    None,
    /// From the end back to the nearest junction it is so many metres.
    Long(f64, Place),
    /// No way leads to it at all, so that nobody can tell.
    Apart,
}

/// The longest dead end of a lane of these edges; `drives` tells whether engines use an edge. O(edges walked).
pub fn dead_end(graph: &Graph, own: &[u32], drives: impl Fn(u32) -> bool) -> DeadEnd {
    let counts = |edge: u32| own.contains(&edge) || drives(edge);
    let degree = |node: u32| graph.csr().from(node).iter().filter(|step| counts(step.edge())).count();
    let mut found = DeadEnd::None;
    for edge in own {
        let ends = graph.edge(*edge);
        for (end, mut node) in [(ends.from, ends.to), (ends.to, ends.from)] {
            if degree(end) != 1 {
                continue;
            }
            let (mut length_mm, mut last) = (u64::from(ends.length_mm), *edge);
            // Ends at a junction; a walk that comes to another end was of a piece of its own.
            let apart = loop {
                let mut on = graph.csr().from(node).iter().filter(|step| counts(step.edge()) && step.edge() != last);
                match (on.next(), on.next()) {
                    (None, _) => break true,
                    (Some(_), Some(_)) => break false,
                    (Some(step), None) if step.to == node => break true,
                    (Some(step), None) => {
                        length_mm += u64::from(graph.edge(step.edge()).length_mm);
                        (node, last) = (step.to, step.edge());
                    }
                }
            };
            if apart {
                return DeadEnd::Apart;
            }
            let metres = length_mm as f64 / 1000.0;
            if !matches!(found, DeadEnd::Long(known, _) if known >= metres) {
                found = DeadEnd::Long(metres, graph.nodes()[end as usize]);
            }
        }
    }
    found
}
