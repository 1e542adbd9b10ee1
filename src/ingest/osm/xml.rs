//! OpenStreetMap XML, plain or gzipped: read once for each pass, element by element.
//!
//! Only the five predefined entities and character references are known, so there is nothing to blow up.

use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::element::{Body, Element, Kind, MOST_PARTS, Member, Pass, Tags};
use crate::ingest::detail::{Detail, detail};
use crate::ingest::error::IngestError;
use crate::ingest::unpack::{self, Unpacked};
use crate::model::Place;

/// Elements after which what was found is handed on; few in tests, which are about small files.
const AT_ONCE: u64 = if cfg!(test) { 8 } else { 65_536 };

/// An OpenStreetMap XML file.
pub struct XmlFile {
    path: PathBuf,
    elements: u64,
}

/// The element being read.
#[derive(Default)]
struct Open {
    kind: Option<Kind>,
    id: i64,
    place: Option<Place>,
    tags: Vec<(String, String)>,
    refs: Vec<i64>,
    members: Vec<(Kind, i64, String)>,
}

impl XmlFile {
    /// A file that [`XmlFile::run`] reads.
    pub fn open(path: &Path) -> XmlFile {
        XmlFile { path: path.to_owned(), elements: 0 }
    }

    /// Shows the pass those elements of its kind that stand between two places in the file. `join` gets what many of
    /// them held, with their numbers in the whole file, and says whether to go on; the element at which it ended.
    pub fn run<P: Pass>(
        &mut self,
        pass: &P,
        stretch: Range<u64>,
        join: &mut dyn FnMut(P::Found, u64) -> bool,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, IngestError> {
        let bytes = Unpacked::open(&self.path).map_err(|err| unpack::explain(&self.path, &err))?;
        let meter = bytes.meter();
        let mut xml = Reader::from_reader(BufReader::with_capacity(1 << 16, bytes));
        let mut found = P::Found::default();
        let mut open = Open::default();
        let (mut nth, mut depth, mut ended) = (0u32, 0u32, false);
        let is_seen = |nth: u32| u64::from(nth) >= stretch.start;
        let mut buf = Vec::new();
        loop {
            buf.clear();
            // An element with all that lies in it is one record, however deep it goes.
            if depth <= 1 {
                meter.record_ends();
            }
            let mut stands_at = None;
            let event = xml.read_event_into(&mut buf).map_err(|err| self.explain(err, meter.done()))?;
            match event {
                Event::Start(tag) => {
                    depth += 1;
                    self.start(&tag, depth, &mut open)?;
                }
                Event::Empty(tag) => {
                    self.start(&tag, depth + 1, &mut open)?;
                    if depth == 1 && finish(pass, nth, is_seen(nth), &mut open, &mut found) {
                        nth += 1;
                        stands_at = Some(nth);
                    }
                }
                Event::End(_) => {
                    depth = depth.saturating_sub(1);
                    if depth == 1 && finish(pass, nth, is_seen(nth), &mut open, &mut found) {
                        nth += 1;
                        stands_at = Some(nth);
                    }
                    ended = depth == 0;
                }
                Event::Eof => break,
                _ => {}
            }
            let Some(at) = stands_at.map(u64::from) else { continue };
            if at.is_multiple_of(AT_ONCE) {
                progress(meter.done());
            }
            let is_last = at == stretch.end;
            if is_last || (at > stretch.start && at.is_multiple_of(AT_ONCE)) {
                let goes_on = join(std::mem::take(&mut found), 0);
                if is_last || !goes_on {
                    return Ok(at);
                }
            }
        }
        if !ended {
            let detail = Detail::both("缺少结尾的 </osm>", "</osm> is missing");
            return Err(IngestError::Truncated { path: self.path.display().to_string(), detail });
        }
        self.elements = u64::from(nth);
        join(found, 0);
        Ok(self.elements)
    }

    /// How many elements the file holds; known after the first pass.
    pub fn elements(&self) -> u64 {
        self.elements
    }

    fn start(&self, tag: &BytesStart<'_>, depth: u32, open: &mut Open) -> Result<(), IngestError> {
        match (depth, tag.name().as_ref()) {
            (2, name) => {
                *open = Open::default();
                open.kind = kind_named(name);
                if open.kind.is_none() {
                    return Ok(());
                }
                let (mut lon, mut lat) = (None, None);
                self.attributes(tag, |key, value| match key {
                    "id" => open.id = value.parse().unwrap_or(0),
                    "lon" => lon = value.parse().ok(),
                    "lat" => lat = value.parse().ok(),
                    _ => {}
                })?;
                open.place = lon.zip(lat).and_then(|(lon, lat)| Place::from_degrees(lon, lat));
            }
            (3, _) if open.kind.is_none() => {}
            (3, "tag") => {
                let (mut key, mut text) = (String::new(), String::new());
                self.attributes(tag, |name, value| match name {
                    "k" => key = value.to_owned(),
                    "v" => text = value.to_owned(),
                    _ => {}
                })?;
                open.tags.push((key, text));
            }
            (3, "nd") => self.attributes(tag, |name, value| {
                if name == "ref" {
                    open.refs.push(value.parse().unwrap_or(0));
                }
            })?,
            (3, "member") => {
                let (mut kind, mut id, mut role) = (None, 0, String::new());
                self.attributes(tag, |name, value| match name {
                    "type" => kind = kind_named(value),
                    "ref" => id = value.parse().unwrap_or(0),
                    "role" => role = value.to_owned(),
                    _ => {}
                })?;
                open.members.extend(kind.map(|kind| (kind, id, role)));
            }
            _ => {}
        }
        if open.refs.len().max(open.members.len()).max(open.tags.len()) > MOST_PARTS {
            let what = detail!(
                "元素 {} 的组成部分多于 {MOST_PARTS} 个",
                "element {} has more than {MOST_PARTS} parts",
                open.id
            );
            return Err(IngestError::TooMuch { path: self.path.display().to_string(), what });
        }
        Ok(())
    }

    fn attributes(&self, tag: &BytesStart<'_>, mut each: impl FnMut(&str, &str)) -> Result<(), IngestError> {
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|err| self.damaged(&err))?;
            let value = quick_xml::escape::unescape(&attribute.value).map_err(|err| self.damaged(&err))?;
            each(attribute.key.as_ref(), &value);
        }
        Ok(())
    }

    fn explain(&self, err: quick_xml::Error, position: u64) -> IngestError {
        match err {
            quick_xml::Error::Io(err) => unpack::explain(&self.path, &err),
            quick_xml::Error::Syntax(err) if position >= self.size() => {
                IngestError::Truncated { path: self.path.display().to_string(), detail: Detail::quoted(err) }
            }
            err => self.damaged(&err),
        }
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |meta| meta.len())
    }

    fn damaged(&self, detail: &dyn std::fmt::Display) -> IngestError {
        IngestError::Damaged { path: self.path.display().to_string(), detail: Detail::quoted(detail) }
    }
}

fn kind_named(name: &str) -> Option<Kind> {
    match name {
        "node" => Some(Kind::Node),
        "way" => Some(Kind::Way),
        "relation" => Some(Kind::Relation),
        _ => None,
    }
}

/// Shows the pass the element that ends here, if it is to be seen; whether there was one.
fn finish<P: Pass>(pass: &P, nth: u32, is_seen: bool, open: &mut Open, found: &mut P::Found) -> bool {
    let Some(kind) = open.kind.take() else { return false };
    if kind == P::KIND && is_seen {
        let tags: Vec<(&str, &str)> = open.tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        let members: Vec<Member<'_>> =
            open.members.iter().map(|(kind, id, role)| Member { kind: *kind, id: *id, role }).collect();
        let body = match kind {
            Kind::Node => Body::Node(open.place),
            Kind::Way => Body::Way(&open.refs),
            Kind::Relation => Body::Relation(&members),
        };
        pass.see(nth, &Element { id: open.id, tags: Tags(&tags), body }, found);
    }
    true
}
