//! Hours of mixed work at half of what the server can do: does memory stay, does nothing fail, does it stay quick?

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::cities::{self, Rows};
use super::figures::{Chance, Sorted, memory, millis, time, whole};
use super::load::{self, Connection, Tally};
use super::process::Server;
use super::requests::Town;

/// Connections of the load.
const CONNECTIONS: usize = 64;
/// Connections that find out what the server can do.
const AT_FULL: usize = 16;
/// How long that takes.
const FINDING_OUT: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_secs(60);
/// How often the client looks whether it is held up.
const TICK: Duration = Duration::from_millis(10);
/// Memory is flat where the last half of the time would add less than this share of it.
const FLAT: f64 = 0.02;

/// Runs it and tells whether all is well.
pub fn soak(buildings: u64, minutes: u64, seed: u64) -> bool {
    let store = cities::store(buildings);
    let town = Town::of(&Rows::of(&store));
    let server = Server::firemap(&store).at_rest();
    let ready_kb = server.resident_kb();
    let full = capacity(server.address, &town, seed);
    let rate = full.rate() / 2.0;
    println!("{} buildings, seed {seed}; ready with {} resident", whole(buildings), memory(ready_kb));
    println!(
        "capacity of the mix over {AT_FULL} connections: {:.0} requests/s ({} errors); soaking at {rate:.0}/s for {minutes} min\n",
        full.rate(),
        full.errors
    );
    println!(
        "| minute | requests | errors | p50 | p99 | max | client late | resident |\n|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    let town = Rc::new(town);
    let chance = Rc::new(RefCell::new(Chance::of(seed ^ 0x50AC)));
    let (mut resident, mut all, mut errors, mut first_error) = (Vec::new(), Vec::new(), full.errors, full.first_error);
    for minute in 1..=minutes {
        let (town, chance) = (town.clone(), chance.clone());
        let (tally, late) = paced(server.address, rate, MINUTE, move || town.any(&mut chance.borrow_mut()));
        let (sorted, now_kb) = (tally.sorted(), server.resident_kb());
        println!(
            "| {minute} | {} | {} | {} | {} | {} | {} | {} |",
            whole(tally.latencies.len() as u64),
            tally.errors,
            millis(sorted.median()),
            millis(sorted.percentile(99.0)),
            millis(sorted.max()),
            time(late),
            memory(now_kb)
        );
        resident.push(now_kb as f64);
        errors += tally.errors;
        first_error = first_error.or(tally.first_error);
        // Enough of them for percentiles of the whole, and bounded however long it takes.
        all.extend(tally.latencies.into_iter().step_by(1 + minutes as usize / 60));
    }
    let last_half = &resident[resident.len() / 2..];
    let a_minute = slope(last_half);
    let now_kb = *last_half.last().unwrap_or(&0.0);
    let flat = a_minute * last_half.len() as f64 <= now_kb * FLAT;
    let sorted = Sorted::new(all);
    println!(
        "\nmemory {}: {:+.1} MB an hour over the last {} min, at {} resident, {} at most",
        if flat { "flat" } else { "NOT flat" },
        a_minute * 60.0 / 1024.0,
        last_half.len(),
        memory(now_kb as u64),
        memory(server.peak_kb())
    );
    println!("errors: {errors}{}", first_error.map(|what| format!(" (first: {what})")).unwrap_or_default());
    println!(
        "latency from the planned moment of asking: p50 {}, p99 {}, p99.9 {}, max {}",
        millis(sorted.median()),
        millis(sorted.percentile(99.0)),
        millis(sorted.percentile(99.9)),
        millis(sorted.max())
    );
    flat && errors == 0
}

/// What the server gives when it is asked without pause.
fn capacity(address: SocketAddr, town: &Town, seed: u64) -> Tally {
    let mut chance = Chance::of(seed);
    let paths: Vec<String> = (0..200_000).map(|_| town.any(&mut chance)).collect();
    let (mut paths, mut end) = (paths.into_iter().cycle(), None);
    load::ask(address, AT_FULL, move || {
        let end = *end.get_or_insert_with(|| Instant::now() + FINDING_OUT);
        (Instant::now() < end).then(|| paths.next()).flatten()
    })
}

/// Asks at a steady rate for so long. What counts is the time from the moment a request was planned for, so that a
/// server that stands still is not spared the requests it keeps waiting. Beside it, by how much the client itself was
/// held up at worst: where that is long, the machine was busy with something else.
fn paced(
    address: SocketAddr,
    rate: f64,
    length: Duration,
    next: impl FnMut() -> String + 'static,
) -> (Tally, Duration) {
    let planned = (rate * length.as_secs_f64()) as u64;
    let tally = Rc::new(RefCell::new(Tally::default()));
    let plan = Rc::new(RefCell::new((0u64, next)));
    let late = Rc::new(Cell::new(Duration::ZERO));
    load::run(async {
        let start = Instant::now();
        let worst = late.clone();
        let watch = tokio::task::spawn_local(async move {
            loop {
                let asleep = Instant::now();
                tokio::time::sleep(TICK).await;
                worst.set(worst.get().max(asleep.elapsed().saturating_sub(TICK)));
            }
        });
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (tally, plan) = (tally.clone(), plan.clone());
                tokio::task::spawn_local(async move {
                    let mut connection = Connection::open(address).await;
                    loop {
                        let (nth, path) = {
                            let (nth, next) = &mut *plan.borrow_mut();
                            if *nth == planned {
                                return;
                            }
                            *nth += 1;
                            (*nth - 1, next())
                        };
                        let at = start + Duration::from_secs_f64(nth as f64 / rate);
                        tokio::time::sleep_until(at.into()).await;
                        let answer = match &mut connection {
                            Ok(open) => open.get(&path).await,
                            Err(error) => Err(error.clone()),
                        };
                        tally.borrow_mut().count(&path, at.elapsed(), &answer);
                        if answer.is_err() {
                            connection = Connection::open(address).await;
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            let _ = worker.await;
        }
        watch.abort();
        tally.borrow_mut().wall = start.elapsed();
    });
    (tally.take(), late.get())
}

/// Kilobytes a minute, by least squares.
fn slope(by_minute: &[f64]) -> f64 {
    let count = by_minute.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = by_minute.iter().sum::<f64>() / count.max(1.0);
    let points = || by_minute.iter().zip(0..).map(|(kb, minute)| (f64::from(minute) - middle, kb - mean));
    let spread: f64 = points().map(|(x, _)| x * x).sum();
    if spread > 0.0 { points().map(|(x, y)| x * y).sum::<f64>() / spread } else { 0.0 }
}
