//! Whether a class of vehicle gets somewhere: over ways that are surely open, or only over ones that nobody measured.

use crate::network::{Graph, OneWay, Passage, Snap, passage};
use crate::rules::Profile;

/// Whether a vehicle gets to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gets {
    /// It does.
    Yes,
    /// Only over ways of which nobody knows whether they are wide enough.
    Doubtful,
    /// It does not.
    No,
    /// No way from there to a road was found.
    Unknown,
}

impl Gets {
    /// All, unknown last.
    pub const ALL: [Gets; 4] = [Gets::Yes, Gets::Doubtful, Gets::No, Gets::Unknown];

    /// The word in tables and API.
    pub fn code(self) -> &'static str {
        match self {
            Gets::Yes => "yes",
            Gets::Doubtful => "unknown_width",
            Gets::No => "no",
            Gets::Unknown => "unknown",
        }
    }
}

/// Where a class of vehicle gets: from its stations, without any from the largest piece of roads it can use.
pub struct Getting<'a> {
    graph: &'a Graph,
    passages: Vec<Passage>,
    sure: Vec<bool>,
    perhaps: Vec<bool>,
}

impl<'a> Getting<'a> {
    /// Of a profile from stations that stand there. Two walks over the graph.
    pub fn new(graph: &'a Graph, profile: &Profile, stations: &[Snap]) -> Getting<'a> {
        let passages: Vec<Passage> = graph.lines().iter().map(|line| passage(profile, line)).collect();
        let of_edges = graph.edges().iter().map(|edge| passages[edge.line as usize]).collect();
        let getting = Getting { graph, passages: of_edges, sure: vec![], perhaps: vec![] };
        let against = profile.against_one_way.is_some();
        let ends = |worst: Passage| -> Vec<u32> {
            let on = stations.iter().filter(|snap| getting.passages[snap.edge as usize] <= worst);
            on.flat_map(|snap| [graph.edge(snap.edge).from, graph.edge(snap.edge).to]).collect()
        };
        let (from, perhaps) = match ends(Passage::Doubtful) {
            none if none.is_empty() => (getting.largest(Passage::Open), getting.largest(Passage::Doubtful)),
            some => (getting.ways_out(&some), some),
        };
        let (sure, perhaps) = rayon::join(
            || getting.walk(from, Passage::Open, against),
            || getting.walk(perhaps, Passage::Doubtful, against),
        );
        Getting { sure, perhaps, ..getting }
    }

    /// Whether it gets to a place that is reached over open ground from some of these places of the road.
    pub fn to(&self, snaps: &[Snap]) -> Gets {
        let is_at = |nodes: &[bool], worst: Passage| {
            snaps.iter().any(|snap| {
                let edge = self.graph.edge(snap.edge);
                let passes = self.passages[snap.edge as usize] <= worst;
                passes && (nodes[edge.from as usize] || nodes[edge.to as usize])
            })
        };
        match snaps {
            [] => Gets::Unknown,
            _ if is_at(&self.sure, Passage::Open) => Gets::Yes,
            _ if is_at(&self.perhaps, Passage::Doubtful) => Gets::Doubtful,
            _ => Gets::No,
        }
    }

    fn passes(&self, way: u32, worst: Passage, against: bool) -> bool {
        let edge = way / 2;
        let is_with = match self.graph.line(edge).one_way {
            OneWay::No => true,
            OneWay::Forward => way.is_multiple_of(2),
            OneWay::Backward => !way.is_multiple_of(2),
        };
        self.passages[edge as usize] <= worst && (is_with || against)
    }

    fn walk(&self, from: Vec<u32>, worst: Passage, against: bool) -> Vec<bool> {
        let mut met = vec![false; self.graph.nodes().len()];
        let mut to_go = from;
        to_go.iter().for_each(|node| met[*node as usize] = true);
        while let Some(node) = to_go.pop() {
            for step in self.graph.csr().from(node) {
                if !met[step.to as usize] && self.passes(step.way, worst, against) {
                    met[step.to as usize] = true;
                    to_go.push(step.to);
                }
            }
        }
        met
    }

    /// Where a station's engines first come to a road that is surely open: its yard is wide enough for them, though
    /// nobody measured it.
    fn ways_out(&self, from: &[u32]) -> Vec<u32> {
        let mut met = vec![false; self.graph.nodes().len()];
        let mut to_go = from.to_vec();
        let mut out = Vec::new();
        to_go.iter().for_each(|node| met[*node as usize] = true);
        while let Some(node) = to_go.pop() {
            let steps = self.graph.csr().from(node);
            if steps.iter().any(|step| self.passages[step.edge() as usize] == Passage::Open) {
                out.push(node);
                continue;
            }
            for step in steps.iter().filter(|step| self.passages[step.edge() as usize] == Passage::Doubtful) {
                if !met[step.to as usize] {
                    met[step.to as usize] = true;
                    to_go.push(step.to);
                }
            }
        }
        out
    }

    /// A node of the longest piece of roads that it can use.
    fn largest(&self, worst: Passage) -> Vec<u32> {
        let mut met = vec![false; self.graph.nodes().len()];
        let mut best: Option<(u64, u32)> = None;
        for start in 0..self.graph.nodes().len() as u32 {
            if met[start as usize] {
                continue;
            }
            met[start as usize] = true;
            let (mut doubled_mm, mut to_go) = (0_u64, vec![start]);
            while let Some(node) = to_go.pop() {
                for step in self.graph.csr().from(node) {
                    if self.passages[step.edge() as usize] > worst {
                        continue;
                    }
                    doubled_mm += u64::from(self.graph.edge(step.edge()).length_mm);
                    if !met[step.to as usize] {
                        met[step.to as usize] = true;
                        to_go.push(step.to);
                    }
                }
            }
            if doubled_mm > best.map_or(0, |(mm, _)| mm) {
                best = Some((doubled_mm, start));
            }
        }
        best.map(|(_, node)| node).into_iter().collect()
    }
}
