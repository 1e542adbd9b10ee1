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
    drop(server);
    while_tiles_are_loaded(table, buildings, &town, &hydrants);
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
            "p99 {}; answered, on disk and in the city, after {}, p99 {}",
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

/// Viewers load tiles of a server that was just started, without edits and beside them.
fn while_tiles_are_loaded(table: &mut Table, buildings: u64, town: &Town, hydrants: &[u64]) {
    let alone = Loaded::beside(buildings, town, hydrants, (0, 1.0));
    for (writers, wanted) in EDITING {
        let loaded = Loaded::beside(buildings, town, hydrants, (writers, wanted));
        let told = |nth: usize| {
            let (with, alone) = (&loaded.tiles[nth], &alone.tiles[nth]);
            let of = |tally: &load::Tally| {
                let (rate, tally) = (whole(tally.rate() as u64), tally.sorted());
                let (median, p99) = (millis(tally.median()), millis(tally.percentile(99.0)));
                format!("{rate}/s, median {median}, p99 {p99}")
            };
            format!("{}; without edits {}", of(with), of(alone))
        };
        table.row(
            format!(
                "{} buildings, {VIEWERS} viewers look somewhere else every second while {writers} connections edit \
                 hydrants, {wanted:.0} a second",
                whole(buildings)
            ),
            format!("{:.0} edits/s", loaded.edits_a_second),
            format!("tiles {}; then as fast as they are answered {}", told(0), told(1)),
        );
    }
}

/// What viewers and editors came to.
struct Loaded {
    /// Tiles of viewers who look around, then of some who ask as fast as they are answered.
    tiles: [load::Tally; 2],
    edits_a_second: f64,
}

impl Loaded {
    /// So many connections edit, at this many edits a second together.
    fn beside(buildings: u64, town: &Town, hydrants: &[u64], (writers, wanted): (usize, f64)) -> Loaded {
        let server = Server::firemap(copied(&cities::store(buildings))).at_rest();
        let address = server.address;
        let view = |seed| {
            let (town, mut chance) = (town.clone(), Chance::of(seed));
            move || Town::view(town.place(&mut chance), 15)
        };
        let pace = Duration::from_secs_f64(writers as f64 / wanted);
        let (ends, edits) = (AtomicBool::new(false), AtomicU64::new(0));
        let edit = |nth: usize| {
            let own = || hydrants.iter().copied().filter(|id| *id as usize % writers == nth);
            let mut caller = Caller::open(address);
            let (begun, states) = (Instant::now(), [true, false]);
            let endless = states.iter().cycle().flat_map(|closes| own().map(|id| (id, *closes)));
            for (sent, (id, closes)) in (1..).zip(endless) {
                caller.close(id, closes);
                edits.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep((pace * sent).saturating_sub(begun.elapsed()));
                if ends.load(Ordering::Relaxed) {
                    return;
                }
            }
        };
        std::thread::scope(|scope| {
            let edit = &edit;
            (0..writers).for_each(|nth| _ = scope.spawn(move || edit(nth)));
            let start = Instant::now();
            let looked = load::look_around(address, VIEWERS, SUSTAINED, view(1));
            let edits_a_second = edits.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
            let paths = std::iter::repeat_with(view(2)).flatten().take(100_000).collect();
            let tiles = [looked, load::ask_each(address, VIEWERS, paths)];
            ends.store(true, Ordering::Relaxed);
            tiles.iter().for_each(|tally| assert_eq!(tally.errors, 0, "{:?}", tally.first_error));
            Loaded { tiles, edits_a_second }
        })
    }
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
