//! Which files a store's features come from.

use std::sync::Arc;

use crate::model::Layer;

/// A file that features are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFile {
    /// Its name, without its folder.
    pub file: Arc<str>,
    /// The source its features are given.
    pub source: Arc<str>,
    /// The layer, where the file holds one.
    pub layer: Option<Layer>,
    /// SHA-256 of the file in hexadecimal, as `sha256sum` prints it; `None` where nobody looked.
    pub hash: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// How its rows are known: `own`, `place`, or `column:` and a name.
    pub row_key: Option<String>,
}

/// An import of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its number, counted up.
    pub id: u64,
    /// The file.
    pub file: ImportedFile,
    /// When, RFC 3339 in UTC; `None` of imports before the store wrote it down.
    pub time: Option<String>,
    /// Who, as in the log.
    pub actor: Option<String>,
}

/// A row of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The import.
    pub import: Import,
    /// Row, element or feature number in its file, from 1.
    pub row: u64,
}

/// Where a feature comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The file that gave it the content it has; `None` where it was edited by other programs alone.
    pub came_from: Option<Standing>,
    /// The newest file that held it, whether that changed it or not.
    pub last_seen: Option<Standing>,
}
