//! Keys by which a later import knows a feature again.

use std::collections::HashMap;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::record::{Cell, Record};
use crate::model::{GeometryKind, Layer, Shape};

/// Where a file's keys come from.
#[derive(Clone, Debug, PartialEq)]
enum From {
    /// The format's own key.
    Own,
    /// A column.
    Column(Box<str>),
    /// The place.
    Place,
}

/// Gives every feature of a file a key that no other of its layer has.
pub struct Keys {
    from: From,
    /// How often a key has stood, by its hash.
    seen: HashMap<u64, u32>,
}

/// A key, and what it was before a number was added because it had stood already.
pub struct Key {
    pub key: Box<str>,
    pub repeated: Option<String>,
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

    /// The key of a record. One that has stood already gets `#2`, `#3`; one that is empty is made from the place.
    pub fn key(&mut self, layer: Layer, record: &Record, shape: &Shape) -> Key {
        let given = match &self.from {
            From::Own => record.key.as_deref().map(str::to_owned),
            From::Column(name) => column_key(record, name),
            From::Place => None,
        };
        let by_place = given.is_none();
        let base = given.unwrap_or_else(|| place_key(shape));
        let base = if base.len() > LONGEST { format!("@{:016x}", xxh3_64(base.as_bytes())) } else { base };
        let count = self.seen.entry(xxh3_64(format!("{}\0{base}", layer.name()).as_bytes())).or_insert(0);
        *count += 1;
        match *count {
            1 => Key { key: base.into(), repeated: None },
            nth => Key { key: format!("{base}#{nth}").into(), repeated: (!by_place).then_some(base) },
        }
    }
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
