//! Keys by which a later import knows a feature again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::record::{Cell, Record};
use super::returned::{SOURCE, SOURCE_KEY};
use crate::model::{GeometryKind, Layer, Shape, as_meant};

/// Where a file's keys come from.
#[derive(Clone, Debug, PartialEq)]
enum From {
    /// The format's own key.
    Own,
    /// A column.
    Column(Box<str>),
    /// The place.
    Place,
    /// The column of an export, within the source that another column names. Quotes may keep cells from being formulas.
    Exported(bool),
}

/// Gives every feature of a file a key that no other of its layer has.
pub struct Keys {
    from: From,
    /// Keys that have stood, by their hash: how often, and in which row first.
    seen: HashMap<u64, (u32, u32)>,
}

/// A key, and what it was before a number was added because it had stood already.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The key.
    pub key: Box<str>,
    /// The key without that number, where it stood first, and how often by now.
    pub repeated: Option<Repeated>,
}

/// A key that has stood before.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    pub key: String,
    pub first_row: u64,
    pub nth: u32,
}

/// The longest key, in bytes; a longer one is replaced by its hash.
const LONGEST: usize = 200;

impl Keys {
    /// Keys that the format itself gives.
    pub fn own() -> Keys {
        Keys { from: From::Own, seen: HashMap::new() }
    }

    /// Keys from a column.
    pub fn column(name: &str) -> Keys {
        Keys { from: From::Column(name.into()), seen: HashMap::new() }
    }

    /// Keys from the place.
    pub fn place() -> Keys {
        Keys { from: From::Place, seen: HashMap::new() }
    }

    /// Keys of an export of ours.
    pub fn exported(quoted: bool) -> Keys {
        Keys { from: From::Exported(quoted), seen: HashMap::new() }
    }

    /// Where they come from, for the store to remember.
    pub fn told(&self) -> String {
        match &self.from {
            From::Own => "own".to_owned(),
            From::Column(name) => format!("{COLUMN}{name}"),
            From::Place => "place".to_owned(),
            From::Exported(_) => format!("{COLUMN}{SOURCE_KEY}"),
        }
    }

    /// The key that a record gives itself, whatever its place is. One that has stood already gets `#2`, `#3`.
    pub fn given(&mut self, layer: Layer, record: &Record) -> Option<Key> {
        let given = match &self.from {
            From::Own => record.key.as_deref().map(str::to_owned),
            From::Column(name) => column_key(record, name),
            From::Place => None,
            From::Exported(quoted) => {
                let meant = |text: String| if *quoted { as_meant(&text).to_owned() } else { text };
                let key = meant(column_key(record, SOURCE_KEY)?);
                let source = column_key(record, SOURCE).map(meant).unwrap_or_default();
                return Some(self.once(layer, &source, key, record.row));
            }
        };
        Some(self.once(layer, "", given?, record.row))
    }

    /// The key of a record that gives none: its place. Several things may stand in one place.
    pub fn of_place(&mut self, layer: Layer, shape: &Shape, row: u64) -> Key {
        Key { repeated: None, ..self.once(layer, "", place_key(shape), row) }
    }

    fn once(&mut self, layer: Layer, source: &str, base: String, row: u64) -> Key {
        let base = if base.len() > LONGEST { format!("@{:016x}", xxh3_64(base.as_bytes())) } else { base };
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        let hash = |key: &str| xxh3_64(format!("{}\0{source}\0{key}", layer.name()).as_bytes());
        let (count, first) = self.seen.entry(hash(&base)).or_insert((0, row));
        *count += 1;
        if *count == 1 {
            return Key { key: base.into(), repeated: None };
        }
        let (often, first_row) = (*count, u64::from(*first));
        let mut nth = often;
        // The file itself may have written `A#2`.
        loop {
            let key = format!("{base}#{nth}");
            if let Entry::Vacant(free) = self.seen.entry(hash(&key)) {
                free.insert((1, row));
                return Key { key: key.into(), repeated: Some(Repeated { key: base, first_row, nth: often }) };
            }
            nth += 1;
        }
    }
}

/// How the store remembers that keys come from a column.
const COLUMN: &str = "column:";

/// The column that keys came from when a source was imported before.
pub fn remembered_column(told: &str) -> Option<&str> {
    told.strip_prefix(COLUMN)
}

/// A column's content as a key; `None` where it is empty.
pub fn column_key(record: &Record, name: &str) -> Option<String> {
    let (_, cell) = record.columns.iter().find(|(column, _)| &**column == name)?;
    let text = match cell {
        Cell::Text(text) => text.trim().to_owned(),
        Cell::Json(serde_json::Value::Number(number)) => number.to_string(),
        Cell::Json(serde_json::Value::String(text)) => text.trim().to_owned(),
        Cell::Json(_) | Cell::Error(_) => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

/// `@lon,lat` of a point, the hash of all vertices of anything else.
fn place_key(shape: &Shape) -> String {
    if shape.kind() == GeometryKind::Point {
        let at = shape.first();
        return format!("@{:.7},{:.7}", at.lon_degrees(), at.lat_degrees());
    }
    let mut hash = Xxh3::new();
    for (begins, part) in shape.parts() {
        hash.update(&[u8::from(begins)]);
        for place in part {
            hash.update(&place.lon.to_le_bytes());
            hash.update(&place.lat.to_le_bytes());
        }
    }
    format!("@{:016x}", hash.digest())
}
