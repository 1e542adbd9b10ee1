//! Medians, percentiles, the seeded chance of the load, and how figures are written.

use std::time::{Duration, Instant};

/// How long something took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// The median of so many runs after one that is not counted. `run` gives what the clock saw.
pub fn median_of(times: usize, mut run: impl FnMut() -> Duration) -> Duration {
    run();
    let mut all: Vec<Duration> = (0..times).map(|_| run()).collect();
    all.sort();
    all[times / 2]
}

/// Figures of which shares are asked for.
#[derive(Default, Clone)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// Of figures in any order.
    pub fn new(mut all: Vec<f64>) -> Sorted {
        all.sort_by(f64::total_cmp);
        Sorted(all)
    }

    /// The smallest figure that so much of a hundred does not exceed (nearest rank); NaN of nothing.
    pub fn percentile(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * self.0.len() as f64).ceil().max(1.0) as usize;
        self.0.get(rank - 1).copied().unwrap_or(f64::NAN)
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    /// The largest.
    pub fn max(&self) -> f64 {
        self.percentile(100.0)
    }
}

/// Milliseconds of a duration.
pub fn ms(of: Duration) -> f64 {
    of.as_secs_f64() * 1000.0
}

/// A time in the unit that reads best.
pub fn time(of: Duration) -> String {
    let ms = ms(of);
    match ms {
        _ if ms >= 10_000.0 => format!("{:.0} s", ms / 1000.0),
        _ if ms >= 1_000.0 => format!("{:.1} s", ms / 1000.0),
        _ if ms >= 100.0 => format!("{ms:.0} ms"),
        _ if ms >= 1.0 => format!("{ms:.1} ms"),
        _ => format!("{ms:.2} ms"),
    }
}

/// The same of milliseconds.
pub fn millis(ms: f64) -> String {
    time(Duration::from_secs_f64(ms.max(0.0) / 1000.0))
}

/// A whole number with its thousands parted.
pub fn whole(of: u64) -> String {
    let digits = of.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    parts.join(",")
}

/// Kilobytes as MB or GB.
pub fn memory(kb: u64) -> String {
    let mb = kb as f64 / 1024.0;
    if mb >= 2048.0 { format!("{:.1} GB", mb / 1024.0) } else { format!("{mb:.0} MB") }
}

/// Chance by seed, the same on every machine (SplitMix64, Steele, Lea and Flood 2014).
pub struct Chance(u64);

impl Chance {
    /// Of a seed.
    pub fn of(seed: u64) -> Chance {
        Chance(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}
