//! What a person may say about an import, and what they hear while it runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::tz::TimeZone;

use super::grid::numerals::Numerals;
use crate::model::{Bounds, Lang, Layer};

/// What becomes of features that the files of their source and layer no longer hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// They stay.
    No,
    /// They are taken off the map, unless that is more than half of them.
    Rest,
    /// They are taken off the map however many they are.
    EvenMost,
}

/// What a person may say about an import.
#[derive(Clone, Debug)]
pub struct Options {
    /// The layer of tables; guessed where not named. OpenStreetMap's elements tell theirs.
    pub layer: Option<Layer>,
    /// The source; `osm` or the file's stem where not named.
    pub source: Option<String>,
    /// What a map of the source must say.
    pub attribution: Option<String>,
    /// The coordinate system of the files.
    pub crs: Option<String>,
    /// Only features whose box touches this one are kept; the others are counted.
    pub within: Option<Bounds>,
    /// Fields and the columns they are taken from. The place is assigned likewise, as `lon`, `lat`, `x`, `y`,
    /// `lonlat`, `latlon` or `geometry`; what is given to `none` stays aside.
    pub map: Vec<(String, String)>,
    /// What is said of tables.
    pub tables: Tables,
    /// The column whose values are keys.
    pub key: Option<String>,
    /// Whether what a source no longer holds is taken off the map.
    pub replace: Replace,
    /// Do everything but keep nothing.
    pub dry_run: bool,
    /// Files that are not read where they lie in a folder: the store itself.
    pub except: Vec<PathBuf>,
    /// Where to write rejected rows.
    pub rejects: Option<PathBuf>,
    /// Where to write all rows of keys that stand more than once.
    pub duplicates: Option<PathBuf>,
    /// Where to write every change.
    pub changes: Option<PathBuf>,
    /// Write reports over files that are there.
    pub force: bool,
    /// The language of the reject report.
    pub lang: Lang,
    /// The zone of times that do not say theirs.
    pub zone: TimeZone,
    /// Asked to, the import ends and keeps nothing.
    pub stop: Stop,
}

/// Ends an import from another thread. Clones ask the same one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the import to end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has been asked to.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a person may say about tables, beside the columns.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The sheet of a workbook; all of them where none is named.
    pub sheet: Option<String>,
    /// The encoding of text.
    pub encoding: Option<String>,
    /// The row of the header as a spreadsheet counts; 0 where there is none. Found where it is not named.
    pub header_row: Option<u64>,
    /// What commas and points mean in numbers.
    pub numerals: Option<Numerals>,
    /// Fields and their columns as a profile keeps them: one that the file does not have is said, and goes without.
    pub kept_columns: Vec<(String, String)>,
    /// Fields and the unit of their column.
    pub units: Vec<(String, String)>,
    /// Fields, words of the file, and the code that each stands for; an empty code for nothing known.
    pub words: Vec<(String, String, String)>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            layer: None,
            source: None,
            attribution: None,
            crs: None,
            within: None,
            map: Vec::new(),
            tables: Tables::default(),
            key: None,
            replace: Replace::No,
            dry_run: false,
            except: Vec::new(),
            rejects: None,
            duplicates: None,
            changes: None,
            force: false,
            lang: Lang::default(),
            zone: TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC),
            stop: Stop::default(),
        }
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress<'a> {
    /// The file at hand, and its number of so many.
    pub file: &'a str,
    /// Its number, from 1.
    pub nth: usize,
    /// The number of files.
    pub of: usize,
    /// How far the file is done, 0 to 1.
    pub share: f64,
}
