//! What is found in files and what became of them, as data. No path of this machine is in it.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::asks::Ask;

/// A sentence, with a word that a program can match on and how many records it concerns (0: the whole file).
#[derive(Serialize, ToSchema)]
pub struct Said {
    pub code: String,
    pub message: String,
    pub count: u64,
}

/// A system of coordinates.
#[derive(Serialize, ToSchema)]
pub struct CrsTold {
    /// What to say to have it.
    pub typed: String,
    /// What it is called.
    pub name: String,
}

/// A system that would explain the numbers.
#[derive(Serialize, ToSchema)]
pub struct CrsCandidate {
    pub typed: String,
    pub name: String,
    /// Longitude and latitude where it puts the middle of the data.
    pub at: [f64; 2],
    /// Metres from there to what the store holds.
    pub distance_m: Option<f64>,
}

/// Why files cannot be imported as they are, and what could be meant.
#[derive(Serialize, ToSchema)]
pub struct Trouble {
    pub code: String,
    pub message: String,
    /// Layers that could be meant.
    pub layers: Vec<&'static str>,
    /// Systems of coordinates that could be meant.
    pub systems: Vec<CrsCandidate>,
    /// What else can be put right with one choice.
    pub asks: Vec<Ask>,
}

/// A column of a table and where it goes.
#[derive(Serialize, ToSchema)]
pub struct ColumnTold {
    pub column: String,
    /// The field that takes it, or that it looks like.
    pub field: Option<String>,
    /// Whether the field takes it; else the field is only a proposal.
    pub taken: bool,
    pub why: Option<String>,
    pub unit: String,
    pub example: Option<String>,
    /// Cells that could not be read.
    pub unread: u64,
}

/// What a file is taken for, and what became of it.
#[derive(Serialize, ToSchema)]
pub struct FileTold {
    pub file: String,
    pub format: String,
    pub source: String,
    pub crs: CrsTold,
    /// The layers of its features.
    pub layers: Vec<&'static str>,
    pub columns: Vec<ColumnTold>,
    pub remarks: Vec<Said>,
    pub read: u64,
    pub kept: u64,
    pub rejected: Vec<Said>,
    pub ignored: Vec<Said>,
    /// What can be put right with one choice.
    pub asks: Vec<Ask>,
    /// The first keys that stand more than once, and how many there are.
    pub repeated: Vec<RepeatedTold>,
    pub repeated_in_all: u64,
}

/// What the beginning of files shows.
#[derive(Serialize, ToSchema)]
pub struct LookTold {
    pub files: Vec<FileTold>,
    /// Why they cannot be imported as they are.
    pub trouble: Option<Trouble>,
    /// Shapes for a map, as GeoJSON.
    #[schema(value_type = Object)]
    pub shapes: Value,
    /// Why the whole counts are not worked out now.
    pub waits: Option<String>,
    /// The sheets of the files that are workbooks.
    pub sheets: Vec<String>,
}

/// What the store made of a layer's features.
#[derive(Serialize, ToSchema)]
pub struct CountsTold {
    pub layer: &'static str,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub retired: u64,
}

/// What became different in a field of rows that were there before.
#[derive(Serialize, ToSchema)]
pub struct ChangedTold {
    pub layer: &'static str,
    /// `geom`, `flaw`, a field's name, or a column's.
    pub field: String,
    pub count: u64,
    /// Key, what it was, what it is; nothing where it may be personal.
    pub examples: Vec<(String, String, String)>,
}

/// A file that is no data.
#[derive(Serialize, ToSchema)]
pub struct PassedTold {
    pub file: String,
    pub message: String,
}

/// The first rejected rows.
#[derive(Serialize, ToSchema)]
pub struct RejectsTold {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Features of a layer and a source that stay on the map though the files do not hold them.
#[derive(Serialize, ToSchema)]
pub struct StaysTold {
    pub layer: &'static str,
    pub source: String,
    pub count: u64,
}

/// A key that stands more than once, and its first rows.
#[derive(Serialize, ToSchema)]
pub struct RepeatedTold {
    pub key: String,
    pub rows: Vec<u64>,
}

/// A profile that was to be kept.
#[derive(Serialize, ToSchema)]
pub struct ProfileTold {
    /// Its name, if it was kept.
    pub kept: Option<String>,
    /// Why it was not.
    pub message: Option<String>,
}

/// What became of an import.
#[derive(Serialize, ToSchema)]
pub struct ReportTold {
    pub files: Vec<FileTold>,
    pub passed_over: Vec<PassedTold>,
    pub counts: Vec<CountsTold>,
    pub changes: Vec<ChangedTold>,
    pub kept: u64,
    pub rejected: u64,
    /// The store's revision after it.
    pub revision: u64,
    pub first_rejects: Option<RejectsTold>,
    /// What stays on the map; after a rehearsal, what would.
    pub stays: Vec<StaysTold>,
    pub profile: Option<ProfileTold>,
}

/// How far an import is.
#[derive(Serialize, ToSchema)]
pub struct ProgressTold {
    /// `waiting`, `rehearsing`, `importing`, `rehearsed`, `imported`, `nothing_kept` or `failed`.
    pub state: &'static str,
    /// The file at hand, its number of so many, and how far it is from 0 to 1.
    pub file: Option<String>,
    pub nth: usize,
    pub of: usize,
    pub share: f64,
    pub report: Option<ReportTold>,
    pub trouble: Option<Trouble>,
}
