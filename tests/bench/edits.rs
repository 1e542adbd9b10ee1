//! Edits of hydrants while maps are open: how soon all results follow, how soon another viewer hears, which tiles are
//! made again, how many edits a second the server takes while tiles are loaded; and how soon another node hears.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use firemap::crs::{World, WorldBox};
use firemap::model::Layer;
use serde_json::Value;

use super::cities::{self, Rows};
use super::figures::{Chance, Sorted, millis, ms, time, whole};
use super::load;
use super::peers::PostGis;
use super::process::Server;
use super::requests::Town;
use super::table::Table;

/// Edits of which the figures are.
const EDITS: usize = 200;
/// Buildings in reach of a hydrant that is edited.
const IN_REACH: std::ops::RangeInclusive<usize> = 40..=60;
/// How near a building is in reach, as the crow flies.
const REACH_M: f64 = 150.0;
/// Viewers that load tiles while edits come.
const VIEWERS: usize = 50;
/// Connections that edit at once then, and how many edits a second they want to send together: some, as many as a large
/// import by another tool, and as many as are taken.
const EDITING: [(usize, f64); 3] = [(1, 20.0), (4, 200.0), (4, f64::INFINITY)];
/// How long that is measured.
const SUSTAINED: Duration = Duration::from_secs(10);

/// Measures a city of so many buildings.
pub fn rows(table: &mut Table, buildings: u64) {
    let rows = Rows::of(&cities::store(buildings));
    let town = Town::of(&rows);
    let hydrants = hydrants(&rows);
    drop(rows);
    let store = copied(&cities::store(buildings));
    let server = Server::firemap(&store).at_rest();
    let ear = Ear::open(server.address);
    one_by_one(table, &whole(buildings), server.address, &ear, &hydrants);
    for (writers, rate) in EDITING {
        while_tiles_are_loaded(table, server.address, &town, &hydrants, (writers, rate));
    }
}

/// Measures two nodes on one database of a city of so many buildings: one edits, the other's viewer hears.
pub fn nodes(table: &mut Table, buildings: u64) {
    let store = cities::store(buildings);
    let hydrants = hydrants(&Rows::of(&store));
    let postgis = match PostGis::empty() {
        Ok(postgis) => postgis,
        Err(why) => return table.row(format!("two nodes on one PostGIS, {} buildings", whole(buildings)), "–", why),
    };
    let start = Instant::now();
    let copied = Command::new(env!("CARGO_BIN_EXE_firemap")).arg("copy").arg(&store).arg(postgis.url()).status();
    assert!(copied.is_ok_and(|copied| copied.success()), "firemap copy has copied {}", store.display());
    let copied = start.elapsed();
    let here = Server::firemap(postgis.url()).at_rest();
    table.row(
        format!("ready to serve {} buildings from PostGIS", whole(buildings)),
        time(here.ready_after),
        format!("copied there from a GeoPackage, history and all, in {}", time(copied)),
    );
    let there = Server::firemap(postgis.url()).at_rest();
    let ear = Ear::open(there.address);
    one_by_one(table, &format!("two nodes on one PostGIS, {}", whole(buildings)), here.address, &ear, &hydrants);
}

/// Some hydrants with as many buildings in reach as are asked for.
fn hydrants(rows: &Rows) -> Vec<u64> {
    let city = rows.clone().city(cities::frame());
    let buildings = city.layer(Layer::Building);
    let in_reach = |at| {
        let at = WorldBox::at(World::from(at));
        buildings.slots_in(at.grown(at.units_within(REACH_M))).len()
    };
    let all = city.layer(Layer::Hydrant).iter().filter(|(_, row)| IN_REACH.contains(&in_reach(row.shape.first())));
    let all: Vec<u64> = all.map(|(_, row)| row.id.0).collect();
    assert!(all.len() >= EDITS, "{} hydrants have {IN_REACH:?} buildings in reach", all.len());
    let mut chance = Chance::of(7);
    (0..EDITS).map(|_| *chance.one(&all)).collect()
}

/// A copy that may be edited.
fn copied(store: &Path) -> PathBuf {
    let copy = cities::cache().join("edited.gpkg");
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", copy.display()));
    }
    std::fs::copy(store, &copy).expect("the cache folder takes another city");
    copy
}

fn one_by_one(table: &mut Table, city: &str, address: SocketAddr, ear: &Ear, hydrants: &[u64]) {
    let mut writer = Caller::open(address);
    let (mut answered, mut followed, mut heard, mut tiles) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut states: HashMap<u64, bool> = HashMap::new();
    for id in hydrants {
        let closes = states.get(id) != Some(&true);
        states.insert(*id, closes);
        let start = Instant::now();
        let revision = writer.close(*id, closes);
        answered.push(ms(start.elapsed()));
        while !writer.has_all(revision) {
            assert!(start.elapsed() < Duration::from_secs(60), "all results of revision {revision} are found");
        }
        followed.push(ms(start.elapsed()));
        let (at, dirty) = ear.of(revision);
        heard.push(ms(at.saturating_duration_since(start)));
        tiles.push(dirty as f64);
        std::thread::sleep(Duration::from_millis(20));
    }
    let figures = |all: Vec<f64>| Sorted::new(all);
    let (answered, followed, heard, tiles) = (figures(answered), figures(followed), figures(heard), figures(tiles));
    let what = format!("{city} buildings, a hydrant with {IN_REACH:?} of them in reach closed or opened");
    table.row(
        format!("{what}: request to all results updated"),
        millis(followed.median()),
        format!(
            "p99 {}; answered, on disk and on the map, after {}, p99 {}",
            millis(followed.percentile(99.0)),
            millis(answered.median()),
            millis(answered.percentile(99.0))
        ),
    );
    table.row(
        format!("{what}: request to the event on another viewer’s connection"),
        millis(heard.median()),
        format!("p99 {}", millis(heard.percentile(99.0))),
    );
    table.row(
        format!("{what}: tiles to be made again, all sources and zooms"),
        format!("{}", tiles.median()),
        format!("p99 {}, most {}", tiles.percentile(99.0), tiles.max()),
    );
}

/// So many connections edit, at this many edits a second.
fn while_tiles_are_loaded(
    table: &mut Table,
    address: SocketAddr,
    town: &Town,
    hydrants: &[u64],
    (writers, wanted): (usize, f64),
) {
    let (count, pace) = (writers, Duration::from_secs_f64(writers as f64 / wanted));
    let paths = |seed| {
        let mut chance = Chance::of(seed);
        (0..4_000).flat_map(|_| Town::view(town.place(&mut chance), 15)).take(20_000).collect::<Vec<_>>()
    };
    // Other places than before, so that most tiles are new to the server.
    let seed = 100 * (wanted as u64 % 1000);
    // Once for memory that is taken when it is first needed.
    load::ask_each(address, VIEWERS, paths(seed));
    let alone = load::ask_each(address, VIEWERS, paths(seed + 1));
    assert_eq!(alone.errors, 0, "{:?}", alone.first_error);
    let (ends, edits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers: Vec<_> = (0..writers)
        .map(|nth| {
            let (ends, edits) = (ends.clone(), edits.clone());
            let own: Vec<u64> = hydrants.iter().copied().filter(|id| *id as usize % count == nth).collect();
            std::thread::spawn(move || {
                let mut caller = Caller::open(address);
                let (mut closes, begun, mut sent) = (true, Instant::now(), 0);
                while !ends.load(Ordering::Relaxed) {
                    for id in &own {
                        caller.close(*id, closes);
                        edits.fetch_add(1, Ordering::Relaxed);
                        sent += 1;
                        std::thread::sleep((pace * sent).saturating_sub(begun.elapsed()));
                        if ends.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                    closes = !closes;
                }
            })
        })
        .collect();
    let start = Instant::now();
    let mut beside = load::Tally::default();
    for seed in seed + 2.. {
        let tally = load::ask_each(address, VIEWERS, paths(seed));
        beside.latencies.extend(tally.latencies);
        beside.errors += tally.errors;
        beside.first_error = beside.first_error.or(tally.first_error);
        if start.elapsed() > SUSTAINED {
            break;
        }
    }
    let rate = edits.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    ends.store(true, Ordering::Relaxed);
    writers.into_iter().for_each(|writer| writer.join().expect("a writer ends well"));
    assert_eq!(beside.errors, 0, "{:?}", beside.first_error);
    let (alone, beside) = (alone.sorted(), beside.sorted());
    table.row(
        format!("{VIEWERS} viewers load tiles while {count} connections edit hydrants, at {wanted:.0} edits a second"),
        format!("{rate:.0} edits/s"),
        format!(
            "tiles median {}, p99 {}; without edits {}, p99 {}",
            millis(beside.median()),
            millis(beside.percentile(99.0)),
            millis(alone.median()),
            millis(alone.percentile(99.0))
        ),
    );
}

/// A connection that edits.
struct Caller {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Caller {
    fn open(address: SocketAddr) -> Caller {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("small requests go at once");
        Caller { stream: BufReader::new(stream), host: address.to_string() }
    }

    /// Closes a hydrant or opens it; the revision then.
    fn close(&mut self, id: u64, closes: bool) -> u64 {
        let state = if closes { "out_of_service" } else { "in_service" };
        let body = format!("{{\"properties\":{{\"state\":\"{state}\"}}}}");
        let (status, told) = self.ask("PATCH", &format!("/api/features/hydrant/{id}"), &body);
        assert_eq!(status, 200, "{told}");
        told["revision"].as_u64().expect("an edit has a revision")
    }

    /// Whether all that lies along the ground, and the scores, are found for a revision or a later one.
    fn has_all(&mut self, revision: u64) -> bool {
        let (_, told) = self.ask("GET", "/api/ground", "");
        told["state"] == "ready" && told["revision"].as_u64() >= Some(revision)
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let Caller { stream, host } = self;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-firemap-edit: 1\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.get_mut().write_all(format!("{head}{body}").as_bytes()).expect("the server reads");
        let (mut status, mut length) = (0, 0);
        let mut line = String::new();
        loop {
            line.clear();
            stream.read_line(&mut line).expect("the server answers");
            let plain = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = plain.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().expect("a status is a number");
            } else if let Some(rest) = plain.strip_prefix("content-length: ") {
                length = rest.parse().expect("a length is a number");
            } else if plain.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).expect("the answer is whole");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

/// When a revision was heard of first, and how many tiles were told of it.
type Heard = Arc<Mutex<HashMap<u64, (Instant, u64)>>>;

/// Another viewer's connection, which hears of changes.
struct Ear(Heard);

impl Ear {
    fn open(address: SocketAddr) -> Ear {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        write!(stream, "GET /api/live HTTP/1.1\r\nhost: {address}\r\n\r\n").expect("the server reads");
        let heard = Heard::default();
        let (telling, begun) = (heard.clone(), Arc::new(AtomicBool::new(false)));
        let says = begun.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                let (Ok(line), at) = (line, Instant::now()) else { return };
                let Some(data) = line.strip_prefix("data: ") else { continue };
                says.store(true, Ordering::Relaxed);
                let told: Value = serde_json::from_str(data).unwrap_or_default();
                let tiles = told["tiles"].as_object().into_iter().flatten();
                let tiles = tiles.map(|(_, tiles)| tiles.as_array().map_or(0, Vec::len) as u64).sum::<u64>();
                let Some(revision) = told["revision"].as_u64() else { continue };
                let mut heard = telling.lock().unwrap_or_else(PoisonError::into_inner);
                heard.entry(revision).or_insert((at, 0)).1 += tiles;
            }
        });
        while !begun.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ear(heard)
    }

    /// What was heard of a revision; waits for it.
    fn of(&self, revision: u64) -> (Instant, u64) {
        let start = Instant::now();
        loop {
            let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Several edits may be told at once, by the last of them.
            if let Some((_, told)) = heard.iter().filter(|(of, _)| **of >= revision).min_by_key(|(of, _)| **of) {
                return *told;
            }
            drop(heard);
            assert!(start.elapsed() < Duration::from_secs(10), "revision {revision} is heard of");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
