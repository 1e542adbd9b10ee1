//! The made-up cities that are measured, kept in a cache folder, and their rows in memory.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use firemap::city::{City, Frame};
use firemap::model::Layer;
use firemap::rules::Pack;
use firemap::store::{GeoPackage, Row, Snapshot, Store};
use xxhash_rust::xxh3::Xxh3;

/// The seed of all cities here.
pub const SEED: u64 = 1;

/// Where cities, environments and clusters of the measurements lie: `FIREMAP_BENCH_CACHE`, else `target/bench`.
pub fn cache() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    let folder = std::env::var_os("FIREMAP_BENCH_CACHE").map_or_else(beside, PathBuf::from);
    std::fs::create_dir_all(&folder).expect("the cache folder can be made");
    folder
}

/// The store of a city of so many buildings, made where it is not yet there.
pub fn store(buildings: u64) -> PathBuf {
    let size = format!("city-{buildings}-{SEED}-");
    let path = cache().join(format!("{size}{:016x}.gpkg", generation()));
    if !path.exists() {
        for old in files(&cache()).into_iter().filter(|old| name_of(old).starts_with(&size)) {
            let _ = std::fs::remove_file(old);
        }
        eprintln!("making a city of {buildings} buildings …");
        let made = Command::new(env!("CARGO_BIN_EXE_firemap"))
            .args(["synth", "--buildings", &buildings.to_string(), "--seed", &SEED.to_string()])
            .arg(&path)
            .status();
        assert!(made.is_ok_and(|made| made.success()), "firemap synth has made {}", path.display());
    }
    path
}

/// A store of files from elsewhere, imported anew.
pub fn imported(name: &str, files: &[PathBuf]) -> PathBuf {
    let path = cache().join(format!("{name}.gpkg"));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let done = Command::new(env!("CARGO_BIN_EXE_firemap"))
        .args(["import", "--store"])
        .arg(&path)
        .args(files)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(done.is_ok_and(|done| done.success()), "firemap import has made {}", path.display());
    path
}

/// What a made-up city depends on beside size and seed: the generator, its recipe and the tables it is written to.
fn generation() -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut hash = Xxh3::new();
    for folder in ["src/synth", "src/model/catalogue", "data/demo", "migrations/geopackage"] {
        for file in files(&root.join(folder)) {
            hash.update(&std::fs::read(file).unwrap_or_default());
        }
    }
    hash.digest()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads a file once, so that it lies in the system's cache.
pub fn warm(path: &Path) {
    if let Ok(mut file) = std::fs::File::open(path) {
        let _ = std::io::copy(&mut file, &mut std::io::sink());
    }
}

/// The rules that all measurements are judged by.
pub fn frame() -> Frame {
    let pack = Pack::built_in("gb").expect("the pack comes along");
    Frame::new(Arc::new(pack), jiff::civil::date(2026, 11, 22)).expect("the pack has all rules")
}

/// All rows of a store by layer, and what stands beside them.
#[derive(Clone)]
pub struct Rows {
    /// In order of [`Layer::ALL`], each in order of number.
    pub layers: Vec<Vec<Row>>,
    snapshot: Snapshot,
}

impl Rows {
    /// Reads them.
    pub fn of(store: &Path) -> Rows {
        let store = GeoPackage::open(store).expect("a city of the cache opens");
        let mut layers: Vec<Vec<Row>> = Layer::ALL.iter().map(|_| Vec::new()).collect();
        let (snapshot, rows) = store.rows().expect("a city of the cache loads");
        rows.into_iter().for_each(|row| layers[row.feature.layer as usize].push(row));
        Rows { layers, snapshot }
    }

    /// The rows of a layer.
    pub fn layer(&self, layer: Layer) -> &[Row] {
        &self.layers[layer as usize]
    }

    /// Keeps at most so many hydrants: every k-th.
    pub fn thin_hydrants(&mut self, keep: usize) {
        let hydrants = &mut self.layers[Layer::Hydrant as usize];
        let all = hydrants.len();
        if keep < all {
            *hydrants = (0..keep).map(|nth| hydrants[nth * all / keep].clone()).collect();
        }
    }

    /// The city of them with all its results.
    pub fn city(self, frame: Frame) -> City {
        City::of(self.snapshot, self.layers.into_iter().flatten(), frame)
    }
}
