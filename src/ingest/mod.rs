//! Files become features and rejects: one file a format, one engine for all.
//!
//! A reader turns its format into records (`record.rs`); the engine (`import.rs`) maps columns to fields, makes the
//! shape and the key, and hands features to the store in one batch. Good rows are kept, bad rows rejected with a
//! reason, elements that no layer asks for counted by name: what is read is what is kept, rejected and ignored.

mod again;
mod beside;
mod changes;
mod content;
mod coordinates;
mod crossing;
mod csv;
mod current;
mod dates;
mod datum;
mod encoding;
mod error;
mod flatgeobuf;
mod format;
mod frequent;
mod geojson;
mod geometry;
mod geopackage;
mod grid;
mod guess;
mod hash;
mod hgt;
mod ignored;
mod import;
mod inputs;
mod intake;
mod key;
mod kml;
mod lines;
mod mapping;
mod options;
pub mod osm;
mod preview;
mod profile;
mod record;
mod reject;
mod report;
mod returned;
mod said;
mod shapefile;
mod similar;
mod stays;
mod table;
mod topojson;
mod tray;
mod units;
mod unpack;
mod values;
pub mod wkb;
pub mod wkt;
mod workbook;
mod zip;

pub use beside::Beside;
pub use changes::{Changes, FieldChanges};
pub use coordinates::Candidates;
pub use error::IngestError;
pub use format::Format;
pub use geometry::place_in;
pub use grid::numerals::Numerals;
pub use ignored::Ignored;
pub use import::import;
pub use inputs::{PassedOver, all_osm, sheets_of};
pub use mapping::{ColumnReport, Why};
pub use options::{Options, Progress, Replace, Stop, Tables};
pub use preview::{Preview, Seen, first_rejects, glance, rehearse};
pub use profile::Profile;
pub use record::{Cell, Geometry, Item, Reader, Record};
pub use reject::Reason;
pub use report::{Duplicates, FileReport, Remark, Report};
pub use stays::{Stays, sources_of};
pub use tray::{Incoming, MOST_FILES, Tray, TrayError, private_folder};
