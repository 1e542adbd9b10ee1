//! What each way costs who moves on it.

use std::sync::Arc;

use super::csr::NO_WAY;
use super::graph::Graph;
use super::line::{CLASSES, Line, OneWay, class_code};
use crate::rules::{Moves, Profile};

/// Costs by number of way: millimetres where hose is laid, milliseconds where somebody moves.
/// A clone shares them.
#[derive(Clone, Debug, Default)]
pub struct Costs(Arc<[u32]>);

/// Whether somebody can use an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passage {
    /// Surely, or nothing speaks against it.
    Open,
    /// Nobody knows whether it is wide enough: a fire lane, service way or track of unknown width.
    Doubtful,
    /// No.
    Barred,
}

/// Slopes beyond this come of rough ground data rather than of the road, save on stairs.
const STEEPEST_PERMILLE: i32 = 350;

impl Costs {
    /// Of a profile over all edges. O(edges).
    pub fn of(graph: &Graph, profile: &Profile) -> Costs {
        let speeds = speeds(profile);
        let edges = 0..graph.edges().len() as u32;
        Costs(edges.flat_map(|edge| both_ways(graph, profile, &speeds, edge)).collect())
    }

    /// The same where some edges are of other lines than before. O(edges), a copy.
    pub fn again(&self, graph: &Graph, profile: &Profile, edges: &[u32]) -> Costs {
        let (speeds, mut costs) = (speeds(profile), self.0.to_vec());
        for edge in edges {
            let first = 2 * *edge as usize;
            costs[first..first + 2].copy_from_slice(&both_ways(graph, profile, &speeds, *edge));
        }
        Costs(costs.into())
    }

    /// Lengths in millimetres of the ways that `passes` holds for. O(edges).
    pub fn lengths(graph: &Graph, passes: impl Fn(u32) -> bool) -> Costs {
        let ways = (0..).zip(graph.edges()).flat_map(|(nth, edge)| {
            [2 * nth, 2 * nth + 1].map(|way| if passes(way) { edge.length_mm } else { NO_WAY })
        });
        Costs(ways.collect())
    }

    /// Of a way.
    pub fn at(&self, way: u32) -> u32 {
        self.0[way as usize]
    }

    /// Whether an edge can be gone in some direction.
    pub fn passes(&self, edge: u32) -> bool {
        self.at(2 * edge) != NO_WAY || self.at(2 * edge + 1) != NO_WAY
    }

    /// What a part of a way costs, in proportion.
    pub fn of_part(&self, way: u32, part_mm: u32, length_mm: u32) -> u32 {
        match self.at(way) {
            NO_WAY => NO_WAY,
            whole => (u64::from(whole) * u64::from(part_mm) / u64::from(length_mm.max(1))) as u32,
        }
    }
}

fn speeds(profile: &Profile) -> [f64; CLASSES] {
    std::array::from_fn(|class| profile.classes.get(class_code(class)).copied().unwrap_or(0.0))
}

/// What an edge costs as it is drawn, and against that.
fn both_ways(graph: &Graph, profile: &Profile, speeds: &[f64; CLASSES], edge: u32) -> [u32; 2] {
    let (line, length_mm) = (graph.line(edge), graph.edge(edge).length_mm);
    let kmh = speeds[usize::from(line.class)];
    if passage(profile, line) == Passage::Barred {
        return [NO_WAY; 2];
    }
    match profile.moves {
        Moves::Hose => [length_mm; 2],
        Moves::Foot => {
            let slope = graph.slope_permille(edge).unwrap_or(0).clamp(-STEEPEST_PERMILLE, STEEPEST_PERMILLE);
            let stairs = profile.steps_kmh.filter(|_| line.class_code() == "steps");
            [slope, -slope]
                .map(|slope| milliseconds(length_mm, stairs.unwrap_or_else(|| tobler_kmh(slope) * profile.load_factor)))
        }
        Moves::Vehicle => {
            let against = profile.against_one_way.map_or(0.0, |times| kmh / times);
            let [forth, back] = match line.one_way {
                OneWay::No => [kmh, kmh],
                OneWay::Forward => [kmh, against],
                OneWay::Backward => [against, kmh],
            };
            [forth, back].map(|kmh| milliseconds(length_mm, kmh))
        }
    }
}

/// Whether a profile can use a line.
pub fn passage(profile: &Profile, line: &Line) -> Passage {
    if !profile.classes.contains_key(line.class_code()) {
        return Passage::Barred;
    }
    if profile.moves != Moves::Vehicle {
        return Passage::Open;
    }
    let cm = |m: f64| (m * 100.0).round() as u16;
    let (wide, high) = (cm(profile.width_m + profile.margin_m), cm(profile.height_m + profile.margin_m));
    let is_less = |known: u16, needed: u16| known > 0 && known < needed;
    let too_steep = |steepest: f64| line.slope_permille.is_some_and(|slope| f64::from(slope.abs()) > steepest * 10.0);
    if line.blocked
        || is_less(line.width_cm, wide)
        || is_less(line.height_cm, high)
        || is_less(line.bearing_t, profile.weight_t.ceil() as u16)
        || profile.steepest_pct.is_some_and(too_steep)
    {
        return Passage::Barred;
    }
    let may_be_narrow = matches!(line.class_code(), "lane" | "service" | "track" | "pedestrian");
    if line.width_cm == 0 && may_be_narrow { Passage::Doubtful } else { Passage::Open }
}

/// What a metre on the flat takes on foot, in milliseconds.
pub fn walk_ms_a_metre(profile: &Profile) -> u32 {
    milliseconds(1000, tobler_kmh(0) * profile.load_factor)
}

/// Speed on foot by slope in per mille (Tobler 1993, hiking function).
fn tobler_kmh(permille: i32) -> f64 {
    6.0 * libm::exp(-3.5 * (f64::from(permille) / 1000.0 + 0.05).abs())
}

/// Time over a length; [`NO_WAY`] where there is no speed.
pub(super) fn milliseconds(length_mm: u32, kmh: f64) -> u32 {
    if kmh > 0.0 {
        (f64::from(length_mm) * 3.6 / kmh).round().clamp(1.0, f64::from(u32::MAX - 1)) as u32
    } else {
        NO_WAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_walks_on_the_flat_downhill_and_up_is_as_quick_as_tobler_says() {
        // 5.04 km/h on the flat, 6 km/h at 5 % down, 3.55 km/h at 10 % up.
        for (permille, kmh) in [(0, 5.037), (-50, 6.0), (100, 3.549)] {
            assert!((tobler_kmh(permille) - kmh).abs() < 0.001, "{permille}");
        }
        assert_eq!(milliseconds(1_000_000, 3.6), 1_000_000);
    }
}
