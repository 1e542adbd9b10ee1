//! What ten times the city costs: no more than ten times, and what sorting adds.

use std::time::Duration;

use super::cities::{self, Rows};
use super::figures::{memory, time, timed, whole};
use super::serving::Start;
use super::table::Table;

/// What a city of a size costs.
pub struct Cost {
    /// How large.
    pub buildings: u64,
    /// Start of the server.
    pub start: Start,
    /// All results from rows in memory.
    pub results: Duration,
}

/// The median time of a city with all its results from rows, of so many runs.
pub fn results(rows: &Rows, runs: usize) -> Duration {
    let frame = cities::frame();
    let mut all: Vec<Duration> = (0..runs)
        .map(|_| {
            let rows = rows.clone();
            let (city, took) = timed(|| rows.city(frame.clone()));
            drop(city);
            took
        })
        .collect();
    all.sort();
    all[runs / 2]
}

/// A row of two sizes.
pub fn row(table: &mut Table, small: &Cost, large: &Cost) {
    let (n, m) = (small.buildings as f64, large.buildings as f64);
    let allowed = m * m.log2() / (n * n.log2());
    let ratio = |a: f64, b: f64| format!("×{:.1}", b / a);
    let seconds = |of: Duration| of.as_secs_f64();
    table.row(
        format!(
            "what {} buildings cost beside {} (n log n: ×{allowed:.1})",
            whole(large.buildings),
            whole(small.buildings)
        ),
        format!(
            "ready {}, results {}, memory {}",
            ratio(seconds(small.start.ready), seconds(large.start.ready)),
            ratio(seconds(small.results), seconds(large.results)),
            ratio(small.start.resident_kb as f64, large.start.resident_kb as f64)
        ),
        format!(
            "{}: ready {}, results {}, {}; {}: ready {}, results {}, {}",
            whole(small.buildings),
            time(small.start.ready),
            time(small.results),
            memory(small.start.resident_kb),
            whole(large.buildings),
            time(large.start.ready),
            time(large.results),
            memory(large.start.resident_kb)
        ),
    );
}
