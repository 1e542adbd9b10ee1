//! A store in a folder of its own, to import into.

#![allow(clippy::unwrap_used)] // A helper of tests, not a test itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use firemap::ingest::{IngestError, Options, Report, import};
use firemap::model::{Feature, Layer};
use firemap::store::{DEFAULT_ZONE, GeoPackage, Row, Store};
use tempfile::TempDir;

/// An empty store and a folder to write files to.
pub struct Town {
    folder: TempDir,
    store: GeoPackage,
}

#[allow(dead_code)] // Each test file takes what it needs.
impl Town {
    /// A new one.
    pub fn new() -> Town {
        let folder = tempfile::tempdir().unwrap();
        let store = GeoPackage::open_or_create(folder.path().join("town.gpkg"), DEFAULT_ZONE).unwrap();
        Town { folder, store }
    }

    /// Writes a file into the folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Imports files as they are.
    pub fn import(&self, files: &[&Path]) -> Result<Report, IngestError> {
        self.import_with(files, &Options::default())
    }

    /// Imports files as told.
    pub fn import_with(&self, files: &[&Path], options: &Options) -> Result<Report, IngestError> {
        let files: Vec<PathBuf> = files.iter().map(|path| path.to_path_buf()).collect();
        import(&files, options, &self.store, &mut |_| {})
    }

    /// The features of a layer, in order of id.
    pub fn features(&self, layer: Layer) -> Vec<Feature> {
        self.rows().into_iter().map(|row| row.feature).filter(|feature| feature.layer == layer).collect()
    }

    /// All rows, in order of layer and id.
    pub fn rows(&self) -> Vec<Row> {
        self.store.rows().unwrap().1
    }

    /// The feature of a key.
    pub fn feature(&self, layer: Layer, key: &str) -> Feature {
        let features = self.features(layer);
        let keys: Vec<_> = features.iter().map(|feature| feature.source_key.clone()).collect();
        features.into_iter().find(|feature| &*feature.source_key == key).unwrap_or_else(|| panic!("{key} in {keys:?}"))
    }

    /// Unknown columns are not loaded: this looks into the file for those of a layer's features, by key.
    pub fn extras(&self, layer: Layer) -> HashMap<String, Option<String>> {
        let conn = rusqlite::Connection::open(self.folder.path().join("town.gpkg")).unwrap();
        let mut rows = conn.prepare(&format!("select source_key, extra from {}", layer.name())).unwrap();
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }

    /// Unknown columns of a feature.
    pub fn extra(&self, layer: Layer, key: &str) -> Option<String> {
        self.extras(layer).remove(key).unwrap()
    }
}
