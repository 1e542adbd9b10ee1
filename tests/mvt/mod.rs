//! A strict reader of Mapbox Vector Tiles that shares nothing with the writer: what the specification forbids is an
//! error. `tests/tiles.rs` holds it against the published fixtures before it lets it judge our tiles.
#![allow(dead_code, reason = "each test crate uses its part of it")]

use std::collections::BTreeSet;

/// A tile that keeps the rules.
pub type Tile = Vec<Layer>;

#[derive(Debug, PartialEq)]
pub struct Layer {
    pub name: String,
    pub version: u64,
    pub extent: u64,
    pub features: Vec<Feature>,
}

#[derive(Debug, PartialEq)]
pub struct Feature {
    pub id: Option<u64>,
    /// 1 point, 2 line, 3 polygon; 0 unknown.
    pub kind: u64,
    /// Points, lines, or open rings.
    pub parts: Vec<Vec<(i64, i64)>>,
    pub tags: Vec<(String, Value)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Real(f64),
    Integer(i64),
    Unsigned(u64),
    Bool(bool),
}

type Read<T> = Result<T, String>;

pub fn decode(bytes: &[u8]) -> Read<Tile> {
    let mut layers = Vec::new();
    let mut names = BTreeSet::new();
    for field in fields(bytes)? {
        match field {
            (3, Wire::Bytes(layer)) => layers.push(layer_of(layer)?),
            other => return Err(format!("a tile has no field {other:?}")),
        }
    }
    match layers.iter().find(|layer| !names.insert(layer.name.clone())) {
        Some(layer) => Err(format!("two layers {}", layer.name)),
        None => Ok(layers),
    }
}

fn layer_of(bytes: &[u8]) -> Read<Layer> {
    let (mut name, mut version, mut extent) = (None, None, 4096);
    let (mut keys, mut values, mut features) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields(bytes)? {
        match field {
            (1, Wire::Bytes(text)) => name = Some(text_of(text)?),
            (2, Wire::Bytes(feature)) => features.push(feature),
            (3, Wire::Bytes(key)) => keys.push(text_of(key)?),
            (4, Wire::Bytes(value)) => values.push(value_of(value)?),
            (5, Wire::Varint(n)) => extent = n,
            (15, Wire::Varint(n)) => version = Some(n),
            other => return Err(format!("a layer has no field {other:?}")),
        }
    }
    let name = name.filter(|name| !name.is_empty()).ok_or("a layer without name")?;
    let version = version.filter(|n| (1..=2).contains(n)).ok_or("a layer without a known version")?;
    let features = features.into_iter().map(|feature| feature_of(feature, &keys, &values)).collect::<Read<_>>()?;
    Ok(Layer { name, version, extent, features })
}

fn value_of(bytes: &[u8]) -> Read<Value> {
    let fields = fields(bytes)?;
    let [field] = fields[..] else { return Err("a value must be one".into()) };
    Ok(match field {
        (1, Wire::Bytes(text)) => Value::Text(text_of(text)?),
        (2, Wire::Four(bits)) => Value::Real(f64::from(f32::from_bits(bits))),
        (3, Wire::Eight(bits)) => Value::Real(f64::from_bits(bits)),
        (4, Wire::Varint(n)) => Value::Integer(n as i64),
        (5, Wire::Varint(n)) => Value::Unsigned(n),
        (6, Wire::Varint(n)) => Value::Integer(unzigzag(n)),
        (7, Wire::Varint(n)) => Value::Bool(n != 0),
        other => return Err(format!("a value has no field {other:?}")),
    })
}

fn feature_of(bytes: &[u8], keys: &[String], values: &[Value]) -> Read<Feature> {
    let (mut id, mut kind, mut indexes, mut geometry) = (None, None, Vec::new(), None);
    for field in fields(bytes)? {
        match field {
            (1, Wire::Varint(n)) => id = Some(n),
            (2, Wire::Bytes(packed)) => indexes = varints(packed)?,
            (3, Wire::Varint(n)) if n <= 3 => kind = Some(n),
            (4, Wire::Bytes(packed)) if geometry.is_none() => geometry = Some(varints(packed)?),
            other => return Err(format!("a feature has no (second) field {other:?}")),
        }
    }
    let kind = kind.ok_or("a feature without type")?;
    let geometry = geometry.filter(|commands| !commands.is_empty()).ok_or("a feature without geometry")?;
    let pairs = indexes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err("a key without value".into());
    }
    let tag = |pair: &[u64]| Some((keys.get(pair[0] as usize)?.clone(), values.get(pair[1] as usize)?.clone()));
    let tags = pairs.map(tag).collect::<Option<_>>().ok_or("a tag that is not in the layer")?;
    Ok(Feature { id, kind, parts: parts_of(kind, &geometry)?, tags })
}

/// The rules of section 4.3.4: each kind has its own order of commands.
fn parts_of(kind: u64, commands: &[u64]) -> Read<Vec<Vec<(i64, i64)>>> {
    let mut pen = Pen { rest: commands, at: (0, 0) };
    let mut parts = Vec::new();
    while !pen.rest.is_empty() && kind > 0 {
        let moved = pen.draw(1)?;
        if kind == 1 {
            if !pen.rest.is_empty() {
                return Err("points are one command".into());
            }
            parts.extend(moved.into_iter().map(|at| vec![at]));
            continue;
        }
        if moved.len() != 1 {
            return Err("a line or a ring begins in one place".into());
        }
        let mut part = moved;
        part.extend(pen.draw(2)?);
        if part.windows(2).any(|step| step[0] == step[1]) {
            return Err("a vertex twice".into());
        }
        if kind == 3 {
            pen.close()?;
            if part.len() < 3 || part.first() == part.last() {
                return Err("a ring of less than three places".into());
            }
            if parts.is_empty() && doubled_area(&part) <= 0 {
                return Err("the first ring is not an outer one".into());
            }
            if doubled_area(&part) == 0 {
                return Err("a ring without area".into());
            }
        }
        parts.push(part);
    }
    Ok(parts)
}

struct Pen<'a> {
    rest: &'a [u64],
    at: (i64, i64),
}

impl Pen<'_> {
    fn command(&mut self, expected: u64) -> Read<usize> {
        let (&first, rest) = self.rest.split_first().ok_or("a command is missing")?;
        self.rest = rest;
        match (first & 7, (first >> 3) as usize) {
            (command, count) if command == expected && count > 0 => Ok(count),
            (command, count) => Err(format!("command {command} × {count} in place of {expected}")),
        }
    }

    fn draw(&mut self, command: u64) -> Read<Vec<(i64, i64)>> {
        let count = self.command(command)?;
        let (steps, rest) = self.rest.split_at_checked(count * 2).ok_or("fewer places than the command says")?;
        self.rest = rest;
        let mut step = |pair: &[u64]| {
            self.at = (self.at.0 + unzigzag(pair[0]), self.at.1 + unzigzag(pair[1]));
            self.at
        };
        Ok(steps.chunks(2).map(&mut step).collect())
    }

    fn close(&mut self) -> Read<()> {
        (self.command(7)? == 1).then_some(()).ok_or("a ring is closed once".into())
    }
}

/// By the surveyor's formula, positive where the open ring runs clockwise as seen (y down): an outer ring.
pub fn doubled_area(ring: &[(i64, i64)]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum()
}

#[derive(Clone, Copy, Debug)]
enum Wire<'a> {
    Varint(u64),
    Eight(u64),
    Bytes(&'a [u8]),
    Four(u32),
}

fn fields(mut bytes: &[u8]) -> Read<Vec<(u64, Wire<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let wire = match key & 7 {
            0 => Wire::Varint(varint(&mut bytes)?),
            1 => Wire::Eight(u64::from_le_bytes(take(&mut bytes, 8)?.try_into().map_err(|_| "short")?)),
            2 => {
                let len = varint(&mut bytes)? as usize;
                Wire::Bytes(take(&mut bytes, len)?)
            }
            5 => Wire::Four(u32::from_le_bytes(take(&mut bytes, 4)?.try_into().map_err(|_| "short")?)),
            other => return Err(format!("wire type {other}")),
        };
        fields.push((key >> 3, wire));
    }
    Ok(fields)
}

fn varints(mut bytes: &[u8]) -> Read<Vec<u64>> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        numbers.push(varint(&mut bytes)?);
    }
    Ok(numbers)
}

fn varint(bytes: &mut &[u8]) -> Read<u64> {
    let mut n = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        n |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(n);
        }
    }
    Err("a number too long".into())
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Read<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(len).ok_or("the tile ends early")?;
    *bytes = rest;
    Ok(taken)
}

fn text_of(bytes: &[u8]) -> Read<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "text that is not UTF-8".into())
}

fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}
