//! Ways and sites against what others found: checked distances of road graphs, pgRouting on the same edges, and the
//! known best sites of a city.
//!
//! pgRouting is Debian's `postgresql-15-pgrouting`; tests say plainly where they skip.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod real_data;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use firemap::analysis::{Siting, best_next};
use firemap::network::{Csr, Label, Lists, NO_WAY, Seed, flood};
use real_data::real_data;

/// The cells of a CSV file without its first line.
fn cells(file: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A graph of arcs `a from to cost`, each an edge that can be gone one way.
fn road_graph(file: &Path) -> (Csr, Vec<u32>) {
    let text = fs::read_to_string(file).unwrap();
    let (mut edges, mut costs) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let [from, to, cost] = line.split(' ').skip(1).map(|word| word.parse().unwrap()).collect::<Vec<u32>>()[..]
        else {
            panic!("{line}");
        };
        edges.push([from, to]);
        costs.extend([cost, NO_WAY]);
    }
    let nodes = edges.iter().flatten().max().unwrap() + 1;
    (Csr::new(nodes as usize, &edges), costs)
}

/// Checks the distances told of a graph, in a build without optimisation every fifth; whoever should be reached is looked for no farther than told.
fn distances_agree(graph: &str) {
    let told = real_data(&format!("truth/fast_paths/{graph}_200_dijkstra_pairs.csv"));
    let (Some(told), Some(graph)) = (told, real_data(&format!("truth/fast_paths/{graph}.gr"))) else { return };
    let (csr, costs) = road_graph(&graph);
    let told = cells(&told);
    assert_eq!(told.len(), 200);
    for pair in told.iter().step_by(if cfg!(debug_assertions) { 5 } else { 1 }) {
        let [from, to, expected] = pair.iter().map(|cell| cell.parse().unwrap()).collect::<Vec<i64>>()[..] else {
            panic!("{pair:?}");
        };
        let limit = u32::try_from(expected).unwrap_or(NO_WAY - 1);
        let seed = Seed { node: from as u32, cost: 0, source: 0 };
        let found = flood::<1>(&csr, |way| costs[way as usize], &[seed], limit)[to as usize].0[0];
        let found = if found.is_some() { i64::from(found.cost) } else { -1 };
        assert_eq!(found, expected, "from {from} to {to}");
    }
}

#[test]
fn distances_in_bremen_agree() {
    distances_agree("bremen_dist");
}

#[test]
fn travel_times_in_bremen_agree() {
    distances_agree("bremen_time");
}

#[test]
fn distances_in_seattle_agree() {
    for graph in ["graph_23rd", "graph_ballard", "south_seattle_car"] {
        distances_agree(graph);
    }
}

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

#[test]
fn costs_from_twenty_places_agree_with_pgrouting() {
    const NODES: u32 = 2_000;
    const STARTS: usize = 20;
    let mut chance = Chance(2026);
    let edges: Vec<[u32; 2]> = (0..3_000).map(|_| [chance.below(NODES), chance.below(NODES)]).collect();
    let mut cost = || match chance.below(10) {
        0 => NO_WAY,
        1 => 0,
        _ => chance.below(200_000),
    };
    let costs: Vec<u32> = edges.iter().flat_map(|_| [cost(), cost()]).collect();
    let starts: Vec<u32> = edges.iter().step_by(150).map(|[from, _]| *from).collect();

    let folder = tempfile::tempdir().unwrap();
    let told = |way: usize| if costs[way] == NO_WAY { -1.0 } else { f64::from(costs[way]) };
    let mut rows = String::new();
    for (edge, [from, to]) in edges.iter().enumerate() {
        writeln!(rows, "{edge},{from},{to},{},{}", told(2 * edge), told(2 * edge + 1)).unwrap();
    }
    fs::write(folder.path().join("edges.csv"), rows).unwrap();
    fs::write(folder.path().join("starts.csv"), starts.iter().map(|node| format!("{node}\n")).collect::<String>())
        .unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/paths/pgrouting");
    let said = match Command::new(script).arg(folder.path()).output() {
        Ok(said) if said.status.code() != Some(3) => said,
        _ => return println!("skipped: PostgreSQL with pgRouting not found"),
    };
    let costs_of_theirs = fs::read_to_string(folder.path().join("costs.csv"));
    let text = costs_of_theirs.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&said.stderr)));
    let mut theirs: BTreeMap<(u32, u32), f64> = starts.iter().map(|node| ((*node, *node), 0.0)).collect();
    for line in text.lines() {
        let [from, to, cost] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        theirs.insert((from.parse().unwrap(), to.parse().unwrap()), cost.parse().unwrap());
    }

    let seeds = (0..).zip(&starts).map(|(source, node)| Seed { node: *node, cost: 0, source });
    let found = flood::<STARTS>(
        &Csr::new(NODES as usize, &edges),
        |way| costs[way as usize],
        &seeds.collect::<Vec<_>>(),
        NO_WAY - 1,
    );
    let mut ours = BTreeMap::new();
    for (node, nearest) in (0..).zip(&found) {
        for Label { cost, source } in nearest.0.iter().filter(|label| label.is_some()) {
            ours.insert((starts[*source as usize], node), f64::from(*cost));
        }
    }
    assert!(ours.len() > 1_000 * STARTS, "only {} costs", ours.len());
    assert_eq!(ours, theirs);
    println!("{} costs agree", ours.len());
}

/// The stores of San Francisco that come within 5 km of its census tracts by road, and the people of each tract.
fn san_francisco() -> Option<(Lists, Vec<u64>)> {
    let file = real_data("truth/spopt_sf/SF_network_distance_candidateStore_16_censusTract_205_new.csv")?;
    let mut within: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut people = BTreeMap::new();
    for row in cells(&file) {
        let [distance, store, tract, residents] = &row[..] else { panic!("{row:?}") };
        people.insert(tract.clone(), residents.parse::<u64>().unwrap());
        let tracts = within.entry(store.clone()).or_default();
        tracts.extend((distance.parse::<f64>().unwrap() <= 5_000.0).then(|| tract.clone()));
    }
    assert_eq!((within.len(), people.len()), (16, 205));
    let number: BTreeMap<&String, u32> = people.keys().zip(0..).collect();
    let lists = within.values().map(|tracts| tracts.iter().map(|tract| number[tract]).collect::<Vec<_>>()).collect();
    Some((lists, people.values().copied().collect()))
}

fn total(siting: &Siting) -> u64 {
    siting.picks.last().map_or(0, |pick| pick.total)
}

#[test]
fn four_sites_in_san_francisco_are_within_the_bound_of_the_best_four() {
    const BEST: u64 = 875_247;
    let Some((stores, people)) = san_francisco() else { return };
    let four = best_next(&stores, &people, 4);
    println!("{} of {BEST} people, at most {}", total(&four), four.bound);
    assert_eq!(four.picks.len(), 4);
    assert!(total(&four) <= BEST && BEST <= four.bound, "{four:?}");
    assert!(total(&four) as f64 >= (1.0 - (-1.0_f64).exp()) * BEST as f64);
}

#[test]
fn san_francisco_is_covered_by_no_fewer_than_the_eight_it_needs() {
    const FEWEST: usize = 8;
    let Some((stores, people)) = san_francisco() else { return };
    let tracts = vec![1; people.len()];
    let all = best_next(&stores, &tracts, 16);
    println!("{} sites cover all; {FEWEST} would", all.picks.len());
    assert_eq!(total(&all), tracts.len() as u64);
    assert_eq!(all.bound, total(&all));
    // A tract that no seven sites can cover is left by the first seven as well.
    assert!(all.picks.len() >= FEWEST);
    // The greedy cover is within the harmonic number of the largest list of the fewest (Chvátal 1979).
    let largest = all.picks[0].gain;
    let harmonic: f64 = (1..=largest).map(|k| 1.0 / k as f64).sum();
    assert!(all.picks.len() as f64 <= harmonic * FEWEST as f64);
}
