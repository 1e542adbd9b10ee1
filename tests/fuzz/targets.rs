//! What is tried with hostile bytes: one target a reader, and the import as a whole.
//!
//! A target takes any bytes and must come back soon, without a panic, with what it read counted: kept, rejected and
//! ignored make what was read. What it says is told as a number that is another for each different way through.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use firemap::crs::Crs;
use firemap::ingest::{Geometry, IngestError, Options, Report, import, wkb, wkt};
use firemap::model::{Layer, Speak};
use firemap::store::{DEFAULT_ZONE, GeoPackage};

#[path = "../packed/mod.rs"]
mod packed;
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

/// A target with the words of its format.
macro_rules! target {
    ($name:literal, $run:expr) => {
        Target { name: $name, words: include_str!(concat!("words/", $name, ".dict")), run: $run }
    };
}

/// All targets.
pub static TARGETS: [Target; 17] = [
    target!("osm_xml", |desk, bytes| desk.import("town.osm", bytes)),
    target!("osm_pbf", |desk, bytes| desk.import("town.osm.pbf", bytes)),
    target!("geojson", |desk, bytes| desk.import("hydrants.geojson", bytes)),
    target!("csv", |desk, bytes| desk.import("hydrants.csv", bytes)),
    target!("flatgeobuf", |desk, bytes| desk.import("hydrants.fgb", bytes)),
    target!("geopackage", |desk, bytes| desk.import("hydrants.gpkg", bytes)),
    target!("kml", |desk, bytes| desk.import("hydrants.kml", bytes)),
    target!("topojson", |desk, bytes| desk.import("hydrants.topojson", bytes)),
    target!("zip", |desk, bytes| desk.import("hydrants.zip", bytes)),
    target!("xlsx", |desk, bytes| desk.import_packed("hydrants.xlsx", bytes)),
    target!("ods", |desk, bytes| desk.import_packed("hydrants.ods", bytes)),
    target!("hgt", Desk::import_heights),
    target!("shapefile", Desk::import_shapefile),
    target!("wkt", |_, bytes| read_geometry(wkt::read(&String::from_utf8_lossy(bytes)))),
    target!("wkb", |_, bytes| read_geometry(wkb::read(bytes))),
    target!("crs_wkt", |_, bytes| read_crs(bytes)),
    target!("import", Desk::import_for_good),
];

/// What stands before each part of bytes that are several files, with a name and the end of a line behind it.
const PART: &[u8] = b"\n%%part ";

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
        self.read(self.file(name, bytes), bytes)
    }

    fn read(&self, path: PathBuf, bytes: &[u8]) -> Outcome {
        let sink = Sink::default();
        let report = import(&[path], &options(bytes), &sink, &mut |_| {});
        told(&report, sink.puts())
    }

    /// Reads an archive of the parts that the bytes hold, so that what is changed is their content and no checksum.
    fn import_packed(&self, name: &str, bytes: &[u8]) -> Outcome {
        let parts = parts(bytes);
        let entries: Vec<(&str, &[u8])> = parts
            .iter()
            .map(|(name, content)| (name.get(..name.len().min(1000)).unwrap_or("part"), *content))
            .collect();
        self.read(self.file(name, &packed::zip(&entries)), bytes)
    }

    /// Reads heights: a line with the file's name, then samples. Where the line ends in a `+` they stand as often as
    /// fills a square of 3″.
    fn import_heights(&self, bytes: &[u8]) -> Outcome {
        const SQUARE: usize = 2 * 1201 * 1201;
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let samples = bytes.get(end + 1..).unwrap_or_default();
        let name: String =
            String::from_utf8_lossy(&bytes[..end]).chars().filter(|c| c.is_alphanumeric()).take(40).collect();
        let path = format!("{name}.hgt");
        let content = match bytes[..end].ends_with(b"+") && !samples.is_empty() {
            true => samples.iter().copied().cycle().take(SQUARE).collect(),
            false => samples.to_vec(),
        };
        let outcome = self.read(self.file(&path, &content), bytes);
        fs::remove_file(self.folder.join(path)).expect("a file of ours can be removed");
        outcome
    }

    /// Reads a Shapefile of the parts that the bytes hold.
    fn import_shapefile(&self, bytes: &[u8]) -> Outcome {
        let parts = parts(bytes);
        for ending in [".shp", ".shx", ".dbf", ".prj", ".cpg"] {
            let path = self.folder.join(format!("hydrants{ending}"));
            match parts.iter().rev().find(|(name, _)| name == ending) {
                Some((_, content)) => fs::write(&path, content).expect("there is room for a small file"),
                // What an earlier try has left is no part of this one.
                None => fs::remove_file(&path).unwrap_or_default(),
            }
        }
        self.read(self.folder.join("hydrants.shp"), bytes)
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
    let layer = [None, Some(Layer::Hydrant)][usize::from(sum & 1)];
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

/// A geometry as text or in bytes.
fn read_geometry(read: Result<Geometry, String>) -> Outcome {
    let mut way = DefaultHasher::new();
    match &read {
        Ok(geometry) => words(&format!("{geometry:?}").chars().take(2000).collect::<String>(), 60).hash(&mut way),
        Err(what) => words(what, 8).hash(&mut way),
    }
    Outcome { way: way.finish(), kept: read.is_ok().into() }
}

/// Several files out of bytes: what stands before the first name has none.
fn parts(bytes: &[u8]) -> Vec<(String, &[u8])> {
    let mut starts: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(PART)).collect();
    starts.push(bytes.len());
    let part = |range: &[usize]| {
        let part = &bytes[range[0] + PART.len()..range[1]];
        let end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
        (String::from_utf8_lossy(&part[..end]).into_owned(), part.get(end + 1..).unwrap_or_default())
    };
    starts.windows(2).map(part).collect()
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
