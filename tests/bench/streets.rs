//! The algorithms on graphs alone, over a made-up town of streets in squares with a few diagonals: floods, which edges
//! cut off whom, and the best next sites.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use firemap::analysis::best_next;
use firemap::network::{Csr, Cuts, Gate, Label, Lists, NO_WAY, Nearest, Seed, flood};

use super::figures::{median_of, time, timed, whole};
use super::table::{Table, times};

const WIDE: u32 = 500;
const HIGH: u32 = 400;
const SOURCES: u32 = 300;
const STATIONS: u32 = 40;
const BUILDINGS: u32 = 100_000;
const CANDIDATES: u32 = 50_000;
/// Runs of which the median counts.
const RUNS: usize = 9;

/// Numbers that look like chance and are the same each time (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (((self.0 >> 32) * u64::from(end)) >> 32) as u32
    }
}

/// The streets of the town: of each hundred sides of squares 58 are there, of each hundred diagonals 9.
fn streets(chance: &mut Chance) -> (Vec<[u32; 2]>, Vec<u32>) {
    let mut edges = Vec::new();
    for node in 0..WIDE * HIGH {
        let (right, down) = (node % WIDE + 1 < WIDE, node / WIDE + 1 < HIGH);
        let sides = [(right, 1, 58), (down, WIDE, 58), (right && down, WIDE + 1, 9)];
        let there = sides.into_iter().filter(|(inside, _, share)| *inside && chance.below(100) < *share);
        edges.extend(there.map(|(_, step, _)| [node, node + step]));
    }
    let cost = |_| {
        let cost = 5_000 + chance.below(195_001);
        [cost, if chance.below(20) == 0 { NO_WAY } else { cost }]
    };
    let costs = edges.iter().flat_map(cost).collect();
    (edges, costs)
}

/// A flood with the standard library's heap, plainly.
fn plain<const N: usize>(csr: &Csr, cost: impl Fn(u32) -> u32, seeds: &[Seed]) -> Vec<Nearest<N>> {
    let mut nearest = vec![Nearest::<N>::NONE; csr.nodes()];
    let first = |seed: &Seed| Reverse((Label { cost: seed.cost, source: seed.source }, seed.node));
    let mut heap: BinaryHeap<Reverse<(Label, u32)>> = seeds.iter().map(first).collect();
    while let Some(Reverse((label, node))) = heap.pop() {
        let known = &mut nearest[node as usize];
        if known.0[N - 1].is_some() || known.0.iter().any(|known| known.source == label.source) {
            continue;
        }
        known.meet(label);
        for step in csr.from(node) {
            let next = label.after(cost(step.way));
            if next.is_some() && next < nearest[step.to as usize].0[N - 1] {
                heap.push(Reverse((next, step.to)));
            }
        }
    }
    nearest
}

fn median(mut work: impl FnMut()) -> Duration {
    median_of(RUNS, || timed(&mut work).1)
}

/// Measures all of it.
pub fn rows(table: &mut Table) {
    let mut chance = Chance(2026);
    let (edges, costs) = streets(&mut chance);
    let csr = Csr::new((WIDE * HIGH) as usize, &edges);
    let town = format!("{} nodes, {} ways", whole(csr.nodes() as u64), whole(costs.len() as u64));
    let cost = |way: u32| costs[way as usize];
    let mut edge = || chance.below(edges.len() as u32);
    let seeds: Vec<Seed> = (0..SOURCES)
        .flat_map(|source| {
            let edge = edge() as usize;
            edges[edge].map(|node| Seed { node, cost: costs[2 * edge] / 2, source })
        })
        .collect();
    one_flood::<1>(table, &town, &csr, &costs, &seeds);
    one_flood::<2>(table, &town, &csr, &costs, &seeds);

    let stations: Vec<Gate> = (0..STATIONS).map(|_| Gate::Edge(edge())).collect();
    let buildings: Lists = (0..BUILDINGS).map(|_| [edge()]).collect();
    let cuts = Cuts::new(&csr, cost, &stations, &buildings);
    let cutting = cuts.sums(|_| 1).into_iter().filter(|lost| *lost > 0).count();
    let took = median(|| drop(Cuts::new(&csr, cost, &stations, &buildings)));
    table.row(
        format!("which edges cut off whom, {town}, {STATIONS} stations, {} buildings", whole(BUILDINGS.into())),
        time(took),
        format!("{} edges cut somebody off", whole(cutting as u64)),
    );

    let near = |candidate: u32| -> Vec<u32> { (0..30).map(|_| 2 * candidate + chance.below(200)).collect() };
    let candidates: Lists = (0..CANDIDATES).map(near).collect();
    let weights: Vec<u64> = (0..u64::from(BUILDINGS)).map(|building| 1 + building * 37 % 50).collect();
    let took = median(|| drop(best_next(&candidates, &weights, 10)));
    let best = best_next(&candidates, &weights, 10);
    let total = best.picks.last().map_or(0, |pick| pick.total);
    table.row(
        format!("best ten of {} candidates for {} targets", whole(CANDIDATES.into()), whole(BUILDINGS.into())),
        time(took),
        format!("gains {}, no choice more than {}", whole(total), whole(best.bound)),
    );
}

fn one_flood<const N: usize>(table: &mut Table, town: &str, csr: &Csr, costs: &[u32], seeds: &[Seed]) {
    let cost = |way: u32| costs[way as usize];
    assert!(flood::<N>(csr, cost, seeds, NO_WAY) == plain::<N>(csr, cost, seeds), "both find the same");
    let ours = median(|| drop(flood::<N>(csr, cost, seeds, NO_WAY)));
    let theirs = median(|| drop(plain::<N>(csr, cost, seeds)));
    table.row(
        format!("one flood, nearest {N} of {SOURCES}, {town}"),
        time(ours),
        format!("the standard library's heap: {}", times(ours, theirs)),
    );
}
