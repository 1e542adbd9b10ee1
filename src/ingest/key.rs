//! Keys by which a later import knows a feature again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::grid::rows::number_text;
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
    /// Keys that have stood, by their hash: in which row first. Of large files this is what takes the most memory.
    seen: HashMap<Hashed, u32, BuildHasherDefault<AsItIs>>,
    /// How often those stood that stood more than once.
    often: HashMap<Hashed, u32>,
}

/// A hash of 64 bits in halves, so that a key takes 13 bytes and not 17.
type Hashed = [u32; 2];

/// Takes a [`Hashed`] for the hash that it is.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk::<8>().map_or(self.0, |bytes| u64::from_ne_bytes(*bytes));
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
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
        Keys::from(From::Own)
    }

    /// Keys from a column.
    pub fn column(name: &str) -> Keys {
        Keys::from(From::Column(name.into()))
    }

    /// Keys from the place.
    pub fn place() -> Keys {
        Keys::from(From::Place)
    }

    /// Keys of an export of ours.
    pub fn exported(quoted: bool) -> Keys {
        Keys::from(From::Exported(quoted))
    }

    fn from(from: From) -> Keys {
        Keys { from, seen: HashMap::default(), often: HashMap::new() }
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

    /// The column that keys are taken from.
    pub fn column_name(&self) -> Option<&str> {
        match &self.from {
            From::Column(name) => Some(name),
            From::Own | From::Place | From::Exported(_) => None,
        }
    }

    /// What a record gives as its key, whether it has stood already or not.
    pub fn of(&self, record: &Record) -> Option<String> {
        match &self.from {
            From::Own => record.key.as_deref().map(str::to_owned),
            From::Column(name) => column_key(record, name),
            From::Place | From::Exported(_) => None,
        }
    }

    /// The key that a record gives itself, whatever its place is. One that has stood already gets `#2`, `#3`.
    pub fn given(&mut self, layer: Layer, record: &Record) -> Option<Key> {
        if let From::Exported(quoted) = &self.from {
            let meant = |text: String| if *quoted { as_meant(&text).to_owned() } else { text };
            let key = meant(column_key(record, SOURCE_KEY)?);
            let source = column_key(record, SOURCE).map(meant).unwrap_or_default();
            return Some(self.once(layer, &source, key, record.row));
        }
        Some(self.once(layer, "", self.of(record)?, record.row))
    }

    /// The key of a record that gives none: its place. Several things may stand in one place.
    pub fn of_place(&mut self, layer: Layer, shape: &Shape, row: u64) -> Key {
        Key { repeated: None, ..self.once(layer, "", place_key(shape), row) }
    }

    fn once(&mut self, layer: Layer, source: &str, base: String, row: u64) -> Key {
        let base = if base.len() > LONGEST { format!("@{:016x}", xxh3_64(base.as_bytes())) } else { base };
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        let hash = |key: &str| -> Hashed {
            let mut hash = Xxh3::new();
            [layer.name(), "\0", source, "\0", key].iter().for_each(|part| hash.update(part.as_bytes()));
            let hash = hash.digest();
            [hash as u32, (hash >> 32) as u32]
        };
        let hashed = hash(&base);
        let first_row = match self.seen.entry(hashed) {
            Entry::Vacant(free) => {
                free.insert(row);
                return Key { key: base.into(), repeated: None };
            }
            Entry::Occupied(first) => u64::from(*first.get()),
        };
        let often = self.often.entry(hashed).or_insert(1);
        *often += 1;
        let often = *often;
        let mut nth = often;
        // The file itself may have written `A#2`.
        loop {
            let key = format!("{base}#{nth}");
            if let Entry::Vacant(free) = self.seen.entry(hash(&key)) {
                free.insert(row);
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
        // A key is what a spreadsheet shows: 0.3 where it computed 0.1 + 0.2.
        Cell::Json(serde_json::Value::Number(number)) => match number.as_f64() {
            Some(float) if number.is_f64() => number_text(float),
            _ => number.to_string(),
        },
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
