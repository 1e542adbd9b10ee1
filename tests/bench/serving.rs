//! The real server: how soon it is ready, how much memory it takes, how fast it answers.

use std::path::Path;
use std::time::Duration;

use super::cities;
use super::clients::{self, CLIENTS};
use super::figures::{Sorted, memory, millis, time, whole};
use super::load;
use super::process::Server;
use super::requests::Town;
use super::table::Table;

/// What a start of the server costs.
#[derive(Clone, Copy)]
pub struct Start {
    /// From exec to the first `/ready` that says yes.
    pub ready: Duration,
    /// From exec to the answer with all figures, 建有率 among them.
    pub whole: Duration,
    /// Resident then.
    pub resident_kb: u64,
    /// The most that was ever resident by then.
    pub peak_kb: u64,
}

/// The median of so many starts over a warm file.
pub fn start(store: &Path, times: usize) -> Start {
    cities::warm(store);
    let mut all: Vec<Start> = (0..times)
        .map(|_| {
            let server = Server::firemap(store);
            Start {
                ready: server.ready_after,
                whole: server.whole_after,
                resident_kb: server.resident_kb(),
                peak_kb: server.peak_kb(),
            }
        })
        .collect();
    let middle = times / 2;
    all.sort_by_key(|start| start.resident_kb);
    let resident_kb = all[middle].resident_kb;
    all.sort_by_key(|start| start.peak_kb);
    let peak_kb = all[middle].peak_kb;
    all.sort_by_key(|start| start.whole);
    let whole = all[middle].whole;
    all.sort_by_key(|start| start.ready);
    Start { ready: all[middle].ready, whole, resident_kb, peak_kb }
}

/// A row of it.
pub fn ready(table: &mut Table, buildings: u64, start: &Start) {
    table.row(
        format!(
            "ready to serve {} buildings: `firemap serve` on its GeoPackage until `/ready`, file cache warm",
            whole(buildings)
        ),
        time(start.ready),
        format!(
            "all figures, 建有率 among them, {}; then {} resident, {} at the peak",
            time(start.whole),
            memory(start.resident_kb),
            memory(start.peak_kb)
        ),
    );
}

/// Tiles that nobody asked for before, one after the other over one connection.
pub fn cold_tiles(server: &Server, paths: Vec<String>) -> Sorted {
    let tally = load::ask_each(server.address, 1, paths);
    assert_eq!(tally.errors, 0, "{:?}", tally.first_error);
    tally.sorted()
}

/// A hundred maps opened at once.
pub fn hundred_maps(table: &mut Table, store: &Path, town: &Town) {
    let server = Server::firemap(store).at_rest();
    let opened = clients::open_maps(server.address, town, 100);
    let requests = opened.requests.sorted();
    table.row(
        format!("{CLIENTS} people open the map in the same moment, each at another place, z13–z16 (all tiles of a 1280 × 800 screen, 6 connections each, {} cold tiles): a tile, p99", whole(opened.requests.latencies.len() as u64 + opened.requests.errors)),
        millis(requests.percentile(99.0)),
        format!(
            "p50 {}, longest {}; {} errors; a whole screen p50 {}, p99 {}; {:.0} tiles/s",
            millis(requests.median()),
            millis(requests.max()),
            opened.requests.errors,
            millis(opened.screens.median()),
            millis(opened.screens.percentile(99.0)),
            opened.requests.rate()
        ),
    );
}
