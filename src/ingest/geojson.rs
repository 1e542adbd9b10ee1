//! GeoJSON (RFC 7946), feature by feature: a collection of any size takes the memory of one feature.
//!
//! A file may also be a row of features, one a line (newline-delimited) or one after each mark (RFC 8142); of these a
//! line that is no feature is a reject.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use encoding_rs::UTF_8;
use serde_json::{Map, Value as Json};

use super::detail::{Detail, detail};
use super::error::IngestError;
use super::record::{Cell, Degrees, Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::unpack::{Decoded, Meter, Unpacked, explain};
use crate::crs::{Crs, CrsError};

/// Stands before each text of a sequence.
const MARK: u8 = 0x1e;

/// The most members of the outermost object that are looked at.
const MOST_MEMBERS: usize = 1000;

/// The most values of one record, each coordinate and each vertex being one: what some 400 MB of memory hold.
const MOST_VALUES: usize = 2_000_000;

/// A GeoJSON file, read on as features are asked for.
pub struct GeoJsonReader {
    path: PathBuf,
    text: BufReader<Decoded<Unpacked>>,
    state: State,
    /// Members of the outermost object beside its features.
    members: Map<String, Json>,
    /// The system that a member names.
    crs: Option<Result<Crs, CrsError>>,
    /// What ends each text of a sequence.
    ends_with: u8,
    buffer: Vec<u8>,
    /// How many values the record at hand has; members of the outermost object count as one record.
    values: usize,
    read: u64,
    meter: Meter,
    size: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Members,
    Features,
    Sequence,
    Ended,
}

impl GeoJsonReader {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<GeoJsonReader, IngestError> {
        let bytes = Unpacked::open(path).map_err(|err| explain(path, &err))?;
        let meter = bytes.meter();
        let size = bytes.size();
        Ok(GeoJsonReader {
            path: path.to_owned(),
            text: BufReader::with_capacity(1 << 16, Decoded::new(bytes, UTF_8)),
            state: State::Start,
            members: Map::new(),
            crs: None,
            ends_with: b'\n',
            buffer: Vec::new(),
            values: 0,
            read: 0,
            meter,
            size,
        })
    }

    fn advance(&mut self) -> Result<Option<Record>, IngestError> {
        loop {
            self.meter.record_ends();
            match self.state {
                State::Start => match self.byte()? {
                    b'{' => self.state = State::Members,
                    MARK => self.ends_with = MARK,
                    _ => {
                        return Err(
                            self.not_geojson(Detail::both("最外层不是对象", "the outermost value is no object"))
                        );
                    }
                },
                State::Members => match self.byte()? {
                    b',' => {}
                    b'}' => {
                        self.state = State::Ended;
                        return self.end();
                    }
                    b'"' => self.member()?,
                    other => {
                        return Err(self.damaged(detail!(
                            "本应是成员的地方是“{}”",
                            "“{}” where a member should begin",
                            other as char
                        )));
                    }
                },
                State::Features => match self.byte()? {
                    b',' => {}
                    b']' => self.state = State::Members,
                    first => {
                        self.values = 0;
                        self.value(first)?;
                        self.read += 1;
                        return Ok(Some(self.feature()));
                    }
                },
                State::Sequence => {
                    self.buffer.clear();
                    let len = self.text.read_until(self.ends_with, &mut self.buffer);
                    if len.map_err(|err| explain(&self.path, &err))? == 0 {
                        self.state = State::Ended;
                        return Ok(None);
                    }
                    let text = self.buffer.trim_ascii().strip_suffix(&[MARK]).unwrap_or(self.buffer.trim_ascii());
                    self.buffer = text.trim_ascii().to_vec();
                    if !self.buffer.is_empty() {
                        self.values = self.buffer.iter().filter(|byte| matches!(byte, b',' | b'{' | b'[')).count();
                        self.hold_to_values()?;
                        self.read += 1;
                        return Ok(Some(self.feature()));
                    }
                }
                State::Ended => return Ok(None),
            }
        }
    }

    fn member(&mut self) -> Result<(), IngestError> {
        self.value(b'"')?;
        let name: String = serde_json::from_slice(&self.buffer).map_err(|err| self.damaged(Detail::quoted(err)))?;
        if self.byte()? != b':' {
            return Err(self.damaged(detail!("“{name}”之后没有“:”", "no “:” after “{name}”")));
        }
        let first = self.byte()?;
        if name == "features" && first == b'[' {
            self.state = State::Features;
            self.members.insert(name, Json::Null);
            return Ok(());
        }
        self.value(first)?;
        if self.members.len() < MOST_MEMBERS {
            let value: Json = serde_json::from_slice(&self.buffer).map_err(|err| self.damaged(Detail::quoted(err)))?;
            if name == "crs" {
                self.crs = crs_of(&value);
            }
            self.members.insert(name, value);
        }
        Ok(())
    }

    /// The outermost object is over: it was a collection, or is itself a feature or a geometry.
    fn end(&mut self) -> Result<Option<Record>, IngestError> {
        match self.peek()? {
            Some(b'{' | MARK) if self.members.get("type").and_then(Json::as_str) == Some("Feature") => {
                self.state = State::Sequence;
            }
            Some(more) => return Err(self.damaged(detail!("结束之后还有“{}”", "“{}” after the end", more as char))),
            None => {}
        }
        if self.members.contains_key("features") {
            return Ok(None);
        }
        let object = Json::Object(std::mem::take(&mut self.members));
        self.buffer = object.to_string().into_bytes();
        self.read = 1;
        match object["type"].as_str() {
            Some("Feature") => Ok(Some(self.feature())),
            Some(kind) if is_geometry(kind) => {
                let mut record = self.blank();
                record.geometry = geometry(&object);
                Ok(Some(record))
            }
            Some("FeatureCollection") => Err(self.not_geojson(Detail::both(
                "FeatureCollection 中没有 features",
                "a FeatureCollection without features",
            ))),
            Some(other) => {
                let other: String = other.chars().take(40).collect();
                Err(self.not_geojson(detail!("其 type 是“{other}”", "its type is “{other}”")))
            }
            None => Err(self.not_geojson(Detail::both("没有 type", "it has no type"))),
        }
    }

    fn blank(&self) -> Record {
        Record {
            row: self.read,
            key: None,
            layer: None,
            geometry: Geometry::None,
            columns: Vec::new(),
            original: Some(String::from_utf8_lossy(&self.buffer).into()),
            cut: false,
        }
    }

    /// The feature in the buffer.
    fn feature(&self) -> Record {
        let mut record = self.blank();
        let unusable = |what: String| Geometry::Unusable(Reason::NotARecord { what });
        let feature = match serde_json::from_slice::<Json>(&self.buffer) {
            Ok(Json::Object(feature)) if feature.get("type").and_then(Json::as_str) == Some("Feature") => feature,
            Ok(_) => {
                record.geometry = unusable("no object of type Feature".into());
                return record;
            }
            Err(err) => {
                record.geometry = unusable(err.to_string());
                return record;
            }
        };
        for (name, value) in feature {
            match (name.as_str(), value) {
                ("type" | "bbox", _) => {}
                ("geometry", value) => record.geometry = geometry(&value),
                ("id" | "properties", value) => known_member(&name, value, &mut record),
                // What the standard does not know is kept all the same.
                (_, value) => record.columns.push((name.into(), cell(value))),
            }
        }
        record
    }

    /// The next byte that is not blank.
    fn byte(&mut self) -> Result<u8, IngestError> {
        match self.peek()? {
            Some(byte) => {
                self.text.consume(1);
                Ok(byte)
            }
            None => Err(IngestError::Truncated {
                path: self.path.display().to_string(),
                detail: detail!("止于第 {} 个要素之后", "after feature {}", self.read),
            }),
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, IngestError> {
        loop {
            let ready = self.text.fill_buf().map_err(|err| explain(&self.path, &err))?;
            if ready.is_empty() {
                return Ok(None);
            }
            match ready.iter().position(|b| !b.is_ascii_whitespace()) {
                Some(at) => {
                    let byte = ready[at];
                    self.text.consume(at);
                    return Ok(Some(byte));
                }
                None => {
                    let len = ready.len();
                    self.text.consume(len);
                }
            }
        }
    }

    /// Reads the value that begins with `first` into the buffer.
    fn value(&mut self, first: u8) -> Result<(), IngestError> {
        self.buffer.clear();
        self.buffer.push(first);
        let mut depth = usize::from(matches!(first, b'{' | b'['));
        let (mut quoted, mut escaped) = (first == b'"', false);
        let is_scalar = depth == 0 && !quoted;
        loop {
            let ready = self.text.fill_buf().map_err(|err: io::Error| explain(&self.path, &err))?;
            if ready.is_empty() {
                let detail = detail!("止于第 {} 个要素之中", "within feature {}", self.read + 1);
                return Err(IngestError::Truncated { path: self.path.display().to_string(), detail });
            }
            let mut end = None;
            for (at, &byte) in ready.iter().enumerate() {
                if quoted {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => quoted = false,
                        _ => {}
                    }
                    if !quoted && depth == 0 {
                        end = Some(at + 1);
                        break;
                    }
                    continue;
                }
                match byte {
                    b'"' => quoted = true,
                    b'{' | b'[' => {
                        depth += 1;
                        self.values += 1;
                    }
                    b'}' | b']' if !is_scalar => depth -= 1,
                    b',' => self.values += 1,
                    _ => {}
                }
                if is_scalar && (matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace()) {
                    end = Some(at);
                    break;
                }
                if !is_scalar && depth == 0 {
                    end = Some(at + 1);
                    break;
                }
            }
            let len = end.unwrap_or(ready.len());
            self.buffer.extend_from_slice(&ready[..len]);
            self.text.consume(len);
            self.hold_to_values()?;
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn hold_to_values(&self) -> Result<(), IngestError> {
        if self.values > MOST_VALUES {
            let what = detail!(
                "第 {} 条记录的值多于 {MOST_VALUES} 个",
                "record {} holds more than {MOST_VALUES} values",
                self.read + 1
            );
            return Err(IngestError::TooMuch { path: self.path.display().to_string(), what });
        }
        Ok(())
    }

    fn not_geojson(&self, what: Detail) -> IngestError {
        IngestError::NotGeoJson { path: self.path.display().to_string(), what }
    }

    fn damaged(&self, detail: Detail) -> IngestError {
        IngestError::Damaged { path: self.path.display().to_string(), detail }
    }
}

impl Iterator for GeoJsonReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().map(|record| record.map(Item::Record)).transpose()
    }
}

impl Reader for GeoJsonReader {
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        (self.meter.done(), self.size)
    }

    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        self.crs.clone()
    }
}

/// RFC 7946 knows one system only; older files name theirs, and so do ours where they are in another.
pub fn crs_of(crs: &Json) -> Option<Result<Crs, CrsError>> {
    if crs.is_null() {
        return None;
    }
    // {"type":"name","properties":{"name":…}}, {"type":"EPSG","properties":{"code":…}}, or a name alone.
    let named = crs.pointer("/properties/name").or(Some(crs)).and_then(Json::as_str).map(Crs::named);
    let coded = || crs.pointer("/properties/code").map(|code| Crs::named(&format!("EPSG:{}", plain(code))));
    let other = || Err(CrsError::Unknown { name: crs.to_string().chars().take(100).collect() });
    Some(named.or_else(coded).unwrap_or_else(other))
}

/// A number or text without its quotes.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Takes key and columns out of an object that has `id` and `properties` as a feature has.
pub fn properties_of(object: &mut Json, record: &mut Record) {
    for name in ["id", "properties"] {
        if let Some(value) = object.get_mut(name) {
            known_member(name, value.take(), record);
        }
    }
}

fn known_member(name: &str, value: Json, record: &mut Record) {
    match (name, value) {
        ("id", Json::String(id)) if !id.trim().is_empty() => record.key = Some(id.trim().into()),
        ("id", Json::Number(id)) => record.key = Some(id.to_string().into()),
        ("properties", Json::Object(properties)) => {
            record.columns.extend(properties.into_iter().map(|(name, value)| (name.into(), cell(value))));
        }
        _ => {}
    }
}

fn cell(value: Json) -> Cell {
    match value {
        Json::String(text) => Cell::Text(text.into()),
        other => Cell::Json(other),
    }
}

fn is_geometry(kind: &str) -> bool {
    matches!(
        kind,
        "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon" | "GeometryCollection"
    )
}

/// A geometry of GeoJSON. A collection of one kind becomes one geometry of that kind.
pub fn geometry(value: &Json) -> Geometry {
    let bad = |what: &str| Geometry::Unusable(Reason::BadGeometry { what: what.to_owned() });
    if value.is_null() {
        return Geometry::None;
    }
    let kind = value["type"].as_str().unwrap_or_default();
    let at = &value["coordinates"];
    let read = match kind {
        "Point" if at.as_array().is_some_and(Vec::is_empty) => return Geometry::None,
        "Point" => vertex(at).map(|at| Geometry::Points(vec![at])),
        "MultiPoint" => vertices(at).map(Geometry::Points),
        "LineString" => vertices(at).map(|line| Geometry::Lines(vec![line])),
        "MultiLineString" => each(at, vertices).map(Geometry::Lines),
        "Polygon" => each(at, vertices).map(|rings| Geometry::Polygons(vec![rings])),
        "MultiPolygon" => each(at, |polygon| each(polygon, vertices)).map(Geometry::Polygons),
        "GeometryCollection" => return collection(value),
        _ => return bad(&format!("a geometry of type “{}”", kind.chars().take(40).collect::<String>())),
    };
    match read {
        Some(Geometry::Points(points)) if points.is_empty() => Geometry::None,
        Some(Geometry::Lines(lines)) if lines.is_empty() => Geometry::None,
        Some(Geometry::Polygons(polygons)) if polygons.iter().all(Vec::is_empty) => Geometry::None,
        Some(geometry) => geometry,
        None => bad(&format!("coordinates that do not make a {kind}")),
    }
}

/// Members of a collection, however nested (the parser stops at 128 levels), as one geometry if they are of one kind.
fn collection(value: &Json) -> Geometry {
    let mut waiting = vec![value];
    let (mut points, mut lines, mut polygons) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(value) = waiting.pop() {
        if value["type"] == "GeometryCollection" {
            waiting.extend(value["geometries"].as_array().into_iter().flatten().rev());
            continue;
        }
        match geometry(value) {
            Geometry::Points(more) => points.extend(more),
            Geometry::Lines(more) => lines.extend(more),
            Geometry::Polygons(more) => polygons.extend(more),
            Geometry::None => {}
            other => return other,
        }
    }
    match (points.is_empty(), lines.is_empty(), polygons.is_empty()) {
        (true, true, true) => Geometry::None,
        (false, true, true) => Geometry::Points(points),
        (true, false, true) => Geometry::Lines(lines),
        (true, true, false) => Geometry::Polygons(polygons),
        _ => Geometry::Unusable(Reason::MixedCollection {}),
    }
}

fn each<T>(value: &Json, read: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(read).collect()
}

fn vertices(value: &Json) -> Option<Vec<Degrees>> {
    each(value, vertex)
}

fn vertex(value: &Json) -> Option<Degrees> {
    let numbers = value.as_array()?;
    Some([numbers.first()?.as_f64()?, numbers.get(1)?.as_f64()?])
}
