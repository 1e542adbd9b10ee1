//! What a person said of one kind of table, kept under a name for the next time: a small TOML file beside the store.
//!
//! A file and not a row of the store: it can be read, mended by hand and sent to the office next door, and one profile
//! serves several stores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::detail::Detail;
use super::error::IngestError;
use super::grid::numerals::Numerals;
use super::options::Options;
use super::report::{Remark, Report};

/// The largest profile that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;
/// The most profiles that are listed.
const MOST_LISTED: usize = 200;

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
        match name.ends_with(".toml") {
            true => Ok(PathBuf::from(name)),
            false => Profile::path_in(name, &Profile::folder(store)),
        }
    }

    /// The folder of a store's profiles.
    pub fn folder(store: &Path) -> PathBuf {
        store.parent().unwrap_or(Path::new("")).join("profiles")
    }

    /// Where the profile of a name is kept in a folder; no name leads out of it.
    pub fn path_in(name: &str, folder: &Path) -> Result<PathBuf, IngestError> {
        let is_plain = !name.is_empty() && name.len() <= 100 && !name.starts_with('.');
        if !is_plain || name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | ':')) {
            return Err(IngestError::BadProfileName { name: name.chars().take(100).collect() });
        }
        Ok(folder.join(format!("{name}.toml")))
    }

    /// The names of the profiles in a folder, in order.
    pub fn names(folder: &Path) -> Vec<String> {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let name = |file: std::fs::DirEntry| {
            let name = file.file_name().into_string().ok()?.strip_suffix(".toml")?.to_owned();
            Profile::path_in(&name, folder).is_ok().then_some(name)
        };
        let mut names: Vec<String> = files.filter_map(name).collect();
        names.sort();
        names.truncate(MOST_LISTED);
        names
    }

    /// Reads a profile.
    pub fn read(path: &Path) -> Result<Profile, IngestError> {
        let failed = |detail: Detail| IngestError::BadProfile { path: path.display().to_string(), detail };
        let meta = match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let profiles = Profile::names(path.parent().unwrap_or(Path::new("")));
                let profiles = if profiles.is_empty() { "—".to_owned() } else { profiles.join(", ") };
                let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                return Err(IngestError::NoSuchProfile { name, profiles });
            }
            other => other.map_err(|err| failed(Detail::quoted(err)))?,
        };
        if meta.len() > MOST_BYTES {
            return Err(failed(Detail::both("大于 1 MiB", "it is larger than 1 MiB")));
        }
        let text = std::fs::read_to_string(path).map_err(|err| failed(Detail::quoted(err)))?;
        toml::from_str(&text).map_err(|err| failed(Detail::quoted(err)))
    }

    /// Says what it keeps, where nothing else is said now.
    pub fn fill(self, options: &mut Options) -> Result<(), IngestError> {
        if options.layer.is_none() {
            options.layer = self.layer.as_deref().map(Options::layer_named).transpose()?;
        }
        options.source = options.source.take().or(self.source);
        options.crs = options.crs.take().or(self.crs);
        let tables = &mut options.tables;
        tables.sheet = tables.sheet.take().or(self.sheet);
        tables.encoding = tables.encoding.take().or(self.encoding);
        tables.header_row = tables.header_row.or(self.header_row);
        tables.numerals = tables.numerals.or(self.decimal);
        tables.kept_columns = self.columns.into_iter().collect();
        let is_new = |known: &[(String, String)], field: &String| !known.iter().any(|(of, _)| of == field);
        let units: Vec<_> = self.units.into_iter().filter(|(field, _)| is_new(&tables.units, field)).collect();
        tables.units.extend(units);
        for (field, words) in self.words {
            for (word, code) in words {
                if !tables.words.iter().any(|(of, known, _)| *of == field && *known == word) {
                    tables.words.push((field.clone(), word, code));
                }
            }
        }
        tables.kept_columns.extend(self.aside.into_iter().map(|column| ("none".to_owned(), column)));
        Ok(())
    }

    /// What was said, and what the import of its first table found.
    pub fn of(options: &Options, report: &Report) -> Profile {
        let tables = &options.tables;
        let file = report.files.iter().find(|file| !file.columns.is_empty());
        let layer = file.and_then(|file| file.seen.keys().next()).map(|(layer, _)| layer.name().to_owned());
        let found = file.into_iter().flat_map(|file| &file.remarks).find_map(|(remark, _)| match remark {
            Remark::Encoding { encoding } => Some((*encoding).to_owned()),
            _ => None,
        });
        let mut profile = Profile {
            layer: options.layer.map(|layer| layer.name().to_owned()).or(layer),
            source: options.source.clone(),
            crs: options.crs.clone(),
            sheet: tables.sheet.clone(),
            encoding: tables.encoding.clone().or(found),
            header_row: tables.header_row,
            decimal: tables.numerals,
            units: tables.units.iter().cloned().collect(),
            ..Profile::default()
        };
        let taken = file.into_iter().flat_map(|file| &file.columns).filter(|column| column.taken);
        let taken = taken.filter_map(|column| Some((column.field?.to_owned(), column.column.to_string())));
        let said = |(field, column): &(String, String)| (field.clone(), column.clone());
        // Later ones take the place of earlier ones.
        for (field, column) in tables.kept_columns.iter().map(said).chain(taken).chain(options.map.iter().map(said)) {
            match field.as_str() {
                "none" | "无" => {
                    profile.columns.retain(|_, known| *known != column);
                    profile.aside.push(column);
                }
                _ => {
                    profile.columns.retain(|_, known| *known != column);
                    profile.aside.retain(|known| *known != column);
                    profile.columns.insert(field, column);
                }
            }
        }
        for (field, word, code) in &tables.words {
            profile.words.entry(field.clone()).or_default().insert(word.clone(), code.clone());
        }
        profile
    }

    /// Writes a profile over an older one.
    pub fn write(&self, path: &Path) -> Result<(), IngestError> {
        let failed = |detail: Detail| IngestError::ProfileUnwritable { path: path.display().to_string(), detail };
        let text = toml::to_string(self).map_err(|err| failed(Detail::quoted(err)))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|err| failed(Detail::quoted(err)))?;
        }
        std::fs::write(path, text).map_err(|err| failed(Detail::quoted(err)))
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
