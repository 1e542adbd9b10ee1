//! Files become features and rejects: one file a format, one engine for all.
//!
//! A reader turns its format into records (`record.rs`); the engine (`import.rs`) maps columns to fields, makes the
//! shape and the key, and hands features to the store in one batch. Good rows are kept, bad rows rejected with a
//! reason, elements that no layer asks for counted by name: what is read is what is kept, rejected and ignored.

mod coordinates;
mod crossing;
mod csv;
mod dates;
mod error;
mod flatgeobuf;
mod format;
mod geojson;
mod geometry;
mod guess;
mod ignored;
mod import;
mod key;
mod mapping;
pub mod osm;
mod preview;
mod record;
mod reject;
mod report;
mod table;
mod tray;
mod units;
mod unpack;
mod values;
mod wkt;

pub use coordinates::Candidates;
pub use error::IngestError;
pub use format::Format;
pub use geometry::place_in;
pub use ignored::Ignored;
pub use import::{Options, Progress, Stop, import};
pub use preview::{Preview, Seen, first_rejects, glance, rehearse};
pub use record::{Cell, Geometry, Item, Reader, Record};
pub use reject::Reason;
pub use report::{FileReport, Remark, Report};
pub use tray::{Incoming, MOST_FILES, Tray, TrayError, private_folder};
