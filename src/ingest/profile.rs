//! What a person said of one kind of table, kept under a name for the next time: a small TOML file beside the store.
//!
//! A file and not a row of the store: it can be read, mended by hand and sent to the office next door, and one profile
//! serves several stores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::IngestError;
use super::grid::numerals::Numerals;

/// The largest profile that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// A profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The layer.
    pub layer: Option<String>,
    /// The source.
    pub source: Option<String>,
    /// The coordinates, as they are typed.
    pub crs: Option<String>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The encoding of text.
    pub encoding: Option<String>,
    /// The row of the header.
    pub header_row: Option<u64>,
    /// What commas and points mean.
    pub decimal: Option<Numerals>,
    /// Columns that no field takes.
    pub aside: Vec<String>,
    /// Fields and their columns; words of the place among them.
    pub columns: BTreeMap<String, String>,
    /// Fields and the unit of their column.
    pub units: BTreeMap<String, String>,
    /// By field, words and the codes they stand for.
    pub words: BTreeMap<String, BTreeMap<String, String>>,
}

impl Profile {
    /// Where the profile of a name is kept: in `profiles` beside the store, or at a path that ends in `.toml`.
    pub fn path(name: &str, store: &Path) -> Result<PathBuf, IngestError> {
        if name.ends_with(".toml") {
            return Ok(PathBuf::from(name));
        }
        let is_plain = !name.is_empty() && name.len() <= 100 && !name.starts_with('.');
        if !is_plain || name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | ':')) {
            return Err(IngestError::BadProfileName { name: name.chars().take(100).collect() });
        }
        let beside = store.parent().unwrap_or(Path::new(""));
        Ok(beside.join("profiles").join(format!("{name}.toml")))
    }

    /// Reads a profile.
    pub fn read(path: &Path) -> Result<Profile, IngestError> {
        let failed = |detail: String| IngestError::BadProfile { path: path.display().to_string(), detail };
        let meta = std::fs::metadata(path).map_err(|err| failed(err.to_string()))?;
        if meta.len() > MOST_BYTES {
            return Err(failed("it is larger than 1 MiB".to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(|err| failed(err.to_string()))?;
        toml::from_str(&text).map_err(|err| failed(err.to_string()))
    }

    /// Writes a profile over an older one.
    pub fn write(&self, path: &Path) -> Result<(), IngestError> {
        let failed = |detail: String| IngestError::ProfileUnwritable { path: path.display().to_string(), detail };
        let text = toml::to_string(self).map_err(|err| failed(err.to_string()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|err| failed(err.to_string()))?;
        }
        std::fs::write(path, text).map_err(|err| failed(err.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Profile::path("水务", &folder.path().join("town.gpkg")).expect("a path");
        let mut profile = Profile { layer: Some("hydrant".into()), header_row: Some(4), ..Profile::default() };
        profile.decimal = Some(Numerals::Comma);
        profile.columns.insert("pressure_mpa".into(), "水压".into());
        profile.words.entry("state".into()).or_default().insert("待修".into(), "out_of_service".into());
        profile.write(&path).expect("written");
        assert_eq!(Profile::read(&path), Ok(profile));
        std::fs::write(&path, "colums = {}").expect("written");
        assert!(matches!(Profile::read(&path), Err(IngestError::BadProfile { .. })));
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["", "../x", "a/b", ".x"] {
            assert!(Profile::path(name, Path::new("town.gpkg")).is_err(), "{name}");
        }
        assert_eq!(Profile::path("a", Path::new("town.gpkg")), Ok(PathBuf::from("profiles/a.toml")));
    }
}
