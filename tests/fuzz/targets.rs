//! What is tried with hostile bytes: one target a reader, and the import as a whole.
//!
//! A target takes any bytes and must come back soon, without a panic, with what it read counted: kept, rejected and
//! ignored make what was read. What it says is told as a number that is another for each different way through.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use firemap::crs::Crs;
use firemap::ingest::{IngestError, Options, Report, import, wkt};
use firemap::model::{Layer, Speak};
use firemap::store::{DEFAULT_ZONE, GeoPackage};

#[path = "sink.rs"]
mod sink;
use sink::Sink;

/// One thing that is tried.
pub struct Target {
    /// Its name, and that of the folder of its seeds.
    pub name: &'static str,
    /// Words of its format for the one who changes seeds, a line each, in quotes and with `\xNN` as libFuzzer has them.
    pub words: &'static str,
    /// Tries it.
    pub run: fn(&Desk, &[u8]) -> Outcome,
}

/// What came of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// A number for the way that was taken: the sentence, the reasons of rejects, the remarks.
    pub way: u64,
    /// Features that would be kept, or whether a text was understood.
    pub kept: u64,
}

/// All targets.
pub static TARGETS: [Target; 8] = [
    Target {
        name: "osm_xml",
        words: include_str!("words/osm_xml.dict"),
        run: |desk, bytes| desk.import("town.osm", bytes),
    },
    Target {
        name: "osm_pbf",
        words: include_str!("words/osm_pbf.dict"),
        run: |desk, bytes| desk.import("town.osm.pbf", bytes),
    },
    Target {
        name: "geojson",
        words: include_str!("words/geojson.dict"),
        run: |desk, bytes| desk.import("hydrants.geojson", bytes),
    },
    Target {
        name: "csv",
        words: include_str!("words/csv.dict"),
        run: |desk, bytes| desk.import("hydrants.csv", bytes),
    },
    Target {
        name: "flatgeobuf",
        words: include_str!("words/flatgeobuf.dict"),
        run: |desk, bytes| desk.import("hydrants.fgb", bytes),
    },
    Target { name: "wkt", words: include_str!("words/wkt.dict"), run: |_, bytes| read_wkt(bytes) },
    Target { name: "crs_wkt", words: include_str!("words/crs_wkt.dict"), run: |_, bytes| read_crs(bytes) },
    Target { name: "import", words: include_str!("words/import.dict"), run: Desk::import_for_good },
];

/// A target by its name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// A folder for the files that are tried, gone with the desk. In memory where the system has such a folder.
pub struct Desk {
    folder: PathBuf,
}

impl Desk {
    /// A folder of its own.
    pub fn new() -> Desk {
        let shared = PathBuf::from("/dev/shm");
        let below = if shared.is_dir() { shared } else { std::env::temp_dir() };
        let nth = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = below.join(format!("firemap-fuzz-{}-{nth}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for files can be made");
        Desk { folder }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, bytes).expect("there is room for a small file");
        path
    }

    /// Reads a file of these bytes with all that an import does but keeping it.
    fn import(&self, name: &str, bytes: &[u8]) -> Outcome {
        let path = self.file(name, bytes);
        let sink = Sink::default();
        let report = import(&[path], &options(bytes), &sink, &mut |_| {});
        told(&report, sink.puts())
    }

    /// Imports a file of whatever format into a store, and its rejects into a report.
    fn import_for_good(&self, bytes: &[u8]) -> Outcome {
        let path = self.file("hydrants.txt", bytes);
        let store = self.folder.join("store.gpkg");
        // A store that has grown is no longer quick.
        if fs::metadata(&store).is_ok_and(|meta| meta.len() > 4 << 20) {
            fs::remove_file(&store).expect("a file of ours can be removed");
        }
        let store = GeoPackage::open_or_create(&store, DEFAULT_ZONE).expect("a store can be made");
        let rejects = Some(self.folder.join("rejects.csv"));
        let options = Options { rejects, force: true, ..options(bytes) };
        let report = import(&[path], &options, &store, &mut |_| {});
        let puts = report.as_ref().map_or(0, |report| {
            report.counts.iter().map(|(_, counts)| counts.added + counts.changed + counts.unchanged).sum()
        });
        told(&report, puts)
    }
}

static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

impl Drop for Desk {
    fn drop(&mut self) {
        // What is left over lies in memory or among temporary files.
        fs::remove_dir_all(&self.folder).unwrap_or_default();
    }
}

/// What a person says of the file: by its bytes one thing or another, so that the same bytes are always read alike.
fn options(bytes: &[u8]) -> Options {
    let sum = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte));
    let layer = [None, Some(Layer::Hydrant), Some(Layer::Building), None][usize::from(sum & 3)];
    Options { layer, crs: (sum & 4 == 0).then(|| "EPSG:4326".to_owned()), ..Options::default() }
}

/// The way that an import took. Panics where its counts do not add up.
fn told(report: &Result<Report, IngestError>, puts: u64) -> Outcome {
    let mut way = DefaultHasher::new();
    match report {
        Err(error) => words(&format!("{error:?}"), 60).hash(&mut way),
        Ok(report) => {
            for file in &report.files {
                let rejected: u64 = file.rejected.iter().map(|(_, count)| count).sum();
                let ignored: u64 = file.ignored.values().sum();
                assert_eq!(file.kept + rejected + ignored, file.read, "kept, rejected and ignored are what was read");
                file.format.name().hash(&mut way);
                (file.read.min(3), file.kept.min(3)).hash(&mut way);
                file.rejected.iter().for_each(|(why, _)| words(&format!("{why:?}"), 40).hash(&mut way));
                file.ignored.keys().for_each(|why| words(&format!("{why:?}"), 20).hash(&mut way));
                file.remarks.iter().for_each(|(remark, _)| remark.code().hash(&mut way));
            }
            let kept: u64 = report.files.iter().map(|file| file.kept).sum();
            assert_eq!(kept, puts, "what is kept is what the store was given");
        }
    }
    Outcome { way: way.finish(), kept: puts }
}

/// The first letters of a sentence without numbers, so that it does not differ by what a file happens to hold.
fn words(text: &str, most: usize) -> String {
    text.chars().filter(|c| c.is_ascii_alphabetic()).take(most).collect()
}

/// A geometry as text.
fn read_wkt(bytes: &[u8]) -> Outcome {
    let mut way = DefaultHasher::new();
    let read = wkt::read(&String::from_utf8_lossy(bytes));
    match &read {
        Ok(geometry) => words(&format!("{geometry:?}"), 60).hash(&mut way),
        Err(what) => words(what, 8).hash(&mut way),
    }
    Outcome { way: way.finish(), kept: read.is_ok().into() }
}

/// A system of coordinates as text, and places in it.
fn read_crs(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    let mut way = DefaultHasher::new();
    let mut kept = 0;
    for read in [Crs::from_wkt(&text), Crs::named(&text)] {
        match read {
            Err(refused) => words(&format!("{refused:?}"), 24).hash(&mut way),
            Ok(crs) => {
                kept = 1;
                for at in [[0.0, 0.0], [500_000.0, 3_300_000.0], [106.5, 29.5], [1e300, -1e300], [f64::NAN, 1.0]] {
                    let place = crs.to_wgs84(at);
                    let is_finite = place.is_none_or(|at| at.iter().all(|number| number.is_finite()));
                    (place.is_some(), is_finite).hash(&mut way);
                }
            }
        }
    }
    Outcome { way: way.finish(), kept }
}
