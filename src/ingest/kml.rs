//! KML (OGC 07-147), placemark by placemark; the folders it lies in and its extended data become columns.
//!
//! Elements are known by their local names, so that prefixes and old namespaces do not matter. Only the predefined
//! entities and character references are resolved. A description is kept as it stands, tables of HTML included.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader as Xml;
use quick_xml::events::{BytesStart, Event};

use super::detail::{Detail, detail};
use super::error::IngestError;
use super::grid::MOST_COLUMNS;
use super::record::{Cell, Degrees, Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::unpack::{Decoded, Meter, Unpacked, explain, read_up_to};

/// How deep elements may lie in each other.
const MOST_DEPTH: usize = 200;

/// A KML file, read on as placemarks are asked for.
pub struct KmlReader {
    path: PathBuf,
    xml: Xml<BufReader<Decoded<Unpacked>>>,
    meter: Meter,
    size: u64,
    /// Local names of the elements that are open.
    open: Vec<String>,
    /// Names of the folders that are open, with the depth they are at.
    folders: Vec<(usize, String)>,
    placemark: Option<Placemark>,
    text: String,
    buffer: Vec<u8>,
    read: u64,
    /// Where the first link to another file leads.
    link: Option<String>,
    ended: bool,
}

/// What is known of the placemark at hand.
#[derive(Default)]
struct Placemark {
    columns: Vec<(Box<str>, Cell)>,
    /// The name of the extended data at hand.
    data: Option<String>,
    points: Vec<Degrees>,
    lines: Vec<Vec<Degrees>>,
    polygons: Vec<Vec<Vec<Degrees>>>,
    /// What is wrong with its geometry.
    bad: Option<String>,
}

impl KmlReader {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<KmlReader, IngestError> {
        let failed = |err: std::io::Error| explain(path, &err);
        let mut head = [0; 200];
        let len = read_up_to(&mut Unpacked::open(path).map_err(failed)?, &mut head).map_err(failed)?;
        let bytes = Unpacked::open(path).map_err(failed)?;
        let (meter, size) = (bytes.meter(), bytes.size());
        let text = Decoded::new(bytes, declared(head.get(..len).unwrap_or_default()));
        let mut xml = Xml::from_reader(BufReader::with_capacity(1 << 16, text));
        xml.config_mut().expand_empty_elements = true;
        Ok(KmlReader {
            path: path.to_owned(),
            xml,
            meter,
            size,
            open: Vec::new(),
            folders: Vec::new(),
            placemark: None,
            text: String::new(),
            buffer: Vec::new(),
            read: 0,
            link: None,
            ended: false,
        })
    }

    fn advance(&mut self) -> Result<Option<Record>, IngestError> {
        self.meter.record_ends();
        while !self.ended {
            self.buffer.clear();
            let event = self.xml.read_event_into(&mut self.buffer);
            let event = event.map_err(|err| broken(&self.path, &self.meter, self.size, err))?.into_owned();
            // What lies between placemarks may be of any size: pictures' styles by the thousand.
            if self.placemark.is_none() {
                self.meter.record_ends();
            }
            match event {
                Event::Start(tag) => self.start(&tag)?,
                Event::End(_) => {
                    if let Some(record) = self.end() {
                        return Ok(Some(record));
                    }
                }
                Event::Text(text) => self.text.push_str(&text),
                Event::CData(text) => self.text.push_str(&text),
                Event::GeneralRef(entity) => self.text.push_str(&resolved(&entity)),
                Event::Eof => {
                    if !self.open.is_empty() {
                        let detail =
                            detail!("缺少结尾的 </{}>", "</{}> is missing", self.open.last().map_or("", |name| name));
                        return Err(IngestError::Truncated { path: self.path.display().to_string(), detail });
                    }
                    self.ended = true;
                    if let Some(link) = self.link.take().filter(|_| self.read == 0) {
                        return Err(IngestError::NoPlacemarks { path: self.path.display().to_string(), link });
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), IngestError> {
        self.text.clear();
        let name = local(tag.name().as_ref()).to_owned();
        if self.open.len() >= MOST_DEPTH {
            let what = detail!("标签嵌套多于 {MOST_DEPTH} 层", "elements more than {MOST_DEPTH} deep");
            return Err(IngestError::TooMuch { path: self.path.display().to_string(), what });
        }
        match (&mut self.placemark, &*name) {
            (placemark @ None, "Placemark") => *placemark = Some(Placemark::default()),
            (Some(placemark), "Data" | "SimpleData" | "SimpleArrayData") => placemark.data = attribute(tag, "name"),
            (Some(placemark), "Polygon") => placemark.polygons.push(Vec::new()),
            (Some(placemark), "Track") => placemark.lines.push(Vec::new()),
            (Some(placemark), "Model") => placemark.bad = Some("a model in space".to_owned()),
            _ => {}
        }
        self.open.push(name);
        Ok(())
    }

    /// An element ends; the record, if it was a placemark.
    fn end(&mut self) -> Option<Record> {
        let name = self.open.pop().unwrap_or_default();
        let text = std::mem::take(&mut self.text);
        let above = self.open.last().map_or("", |name| &**name);
        let Some(placemark) = &mut self.placemark else {
            match (&*name, above) {
                ("name", "Folder" | "Document") => self.folders.push((self.open.len(), text.trim().to_owned())),
                ("href", "Link" | "Url") if self.link.is_none() => {
                    self.link = Some(text.trim().chars().take(200).collect());
                }
                ("Folder" | "Document", _) => self.folders.retain(|(depth, _)| *depth <= self.open.len()),
                _ => {}
            }
            return None;
        };
        match (&*name, above) {
            ("Placemark", _) => {
                self.read += 1;
                let placemark = self.placemark.take()?;
                return Some(record(placemark, self.read, &self.folders));
            }
            ("name" | "description" | "address" | "phoneNumber" | "Snippet", "Placemark")
            | ("when" | "begin" | "end", "TimeStamp" | "TimeSpan") => placemark.column(name, &text),
            ("value", "Data") => {
                if let Some(name) = placemark.data.clone() {
                    placemark.column(name, &text);
                }
            }
            ("SimpleData", _) => {
                if let Some(name) = placemark.data.take() {
                    placemark.column(name, &text);
                }
            }
            ("coordinates", "Point") => placemark.vertices(&text, |placemark, points| placemark.points.extend(points)),
            ("coordinates", "LineString") => placemark.vertices(&text, |placemark, line| placemark.lines.push(line)),
            ("coordinates", "LinearRing") => {
                let in_polygon = self.open.iter().any(|name| name == "Polygon");
                placemark.vertices(&text, |placemark, ring| match placemark.polygons.last_mut() {
                    Some(polygon) if in_polygon => polygon.push(ring),
                    _ => placemark.lines.push(ring),
                });
            }
            ("coord", "Track") => {
                let text = text.split_whitespace().take(2).collect::<Vec<_>>().join(",");
                placemark.vertices(&text, |placemark, at| {
                    if let Some(line) = placemark.lines.last_mut() {
                        line.extend(at);
                    }
                });
            }
            _ => {}
        }
        None
    }
}

impl Placemark {
    /// Adds a column; the first of a name counts.
    fn column(&mut self, name: String, text: &str) {
        let text = text.trim();
        let is_new = self.columns.len() < MOST_COLUMNS && !self.columns.iter().any(|(known, _)| **known == *name);
        if is_new && !text.is_empty() && !name.is_empty() {
            self.columns.push((name.into(), Cell::Text(text.into())));
        }
    }

    /// Adds vertices, or says what is wrong with them.
    fn vertices(&mut self, text: &str, add: impl FnOnce(&mut Placemark, Vec<Degrees>)) {
        match vertices(text) {
            Ok(vertices) if vertices.is_empty() => {}
            Ok(vertices) => add(self, vertices),
            Err(what) => self.bad = Some(what),
        }
    }

    fn geometry(self) -> Geometry {
        if let Some(what) = self.bad {
            return Geometry::Unusable(Reason::BadGeometry { what });
        }
        let polygons: Vec<_> = self.polygons.into_iter().filter(|rings| !rings.is_empty()).collect();
        let lines: Vec<_> = self.lines.into_iter().filter(|line| !line.is_empty()).collect();
        match (self.points.is_empty(), lines.is_empty(), polygons.is_empty()) {
            (true, true, true) => Geometry::None,
            (false, true, true) => Geometry::Points(self.points),
            (true, false, true) => Geometry::Lines(lines),
            (true, true, false) => Geometry::Polygons(polygons),
            _ => Geometry::Unusable(Reason::MixedCollection {}),
        }
    }
}

fn record(mut placemark: Placemark, row: u64, folders: &[(usize, String)]) -> Record {
    // The outermost is the document, named like the file.
    let path: Vec<&str> = folders.iter().skip(1).map(|(_, name)| &**name).filter(|name| !name.is_empty()).collect();
    placemark.column("folder".to_owned(), &path.join(" / "));
    let columns = std::mem::take(&mut placemark.columns);
    let geometry = placemark.geometry();
    Record { row, key: None, layer: None, geometry, columns, original: None, cut: false }
}

/// Places of `lon,lat[,alt]`, separated by blanks; a blank behind a comma is forgiven.
fn vertices(text: &str) -> Result<Vec<Degrees>, String> {
    let mut vertices = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut numbers = [f64::NAN; 2];
        let mut count = 0;
        loop {
            let end = rest.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(rest.len());
            let (number, after) = rest.split_at(end);
            match (number.parse::<f64>(), numbers.get_mut(count)) {
                (Ok(value), Some(number)) => *number = value,
                (_, None) => {}
                (Err(_), _) => return Err(format!("“{}”", number.chars().take(40).collect::<String>())),
            }
            count += 1;
            let after = after.trim_start();
            match after.strip_prefix(',') {
                Some(more) => rest = more.trim_start(),
                None => {
                    rest = after;
                    break;
                }
            }
        }
        if count < 2 {
            return Err("a longitude without a latitude".to_owned());
        }
        vertices.push(numbers);
    }
    Ok(vertices)
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|attribute| local(attribute.key.as_ref()) == wanted)?;
    let value = quick_xml::escape::unescape(&found.value).ok()?;
    Some(value.trim().to_owned())
}

/// What a reference stands for; one that is not known stays as it is written.
fn resolved(entity: &str) -> String {
    let written = format!("&{entity};");
    quick_xml::escape::unescape(&written).map_or(written.clone(), |text| text.into_owned())
}

/// The encoding that the first line declares.
fn declared(head: &[u8]) -> &'static Encoding {
    if let Some((marked, _)) = Encoding::for_bom(head) {
        return marked;
    }
    let head = String::from_utf8_lossy(head);
    let line = head.split("?>").next().unwrap_or_default();
    let label = line.split_once("encoding").and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    label.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(UTF_8)
}

fn broken(path: &Path, meter: &Meter, size: u64, err: quick_xml::Error) -> IngestError {
    match err {
        quick_xml::Error::Io(err) => explain(path, &err),
        quick_xml::Error::Syntax(err) if meter.done() >= size => {
            IngestError::Truncated { path: path.display().to_string(), detail: Detail::quoted(err) }
        }
        err => IngestError::Damaged { path: path.display().to_string(), detail: Detail::quoted(err) },
    }
}

impl Iterator for KmlReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().map(|record| record.map(Item::Record)).transpose()
    }
}

impl Reader for KmlReader {
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        (self.meter.done(), self.size)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const TOWN: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>town</name>
<Style id="s"><IconStyle><Icon><href>http://example.org/a.png</href></Icon></IconStyle></Style>
<Folder><name>North &amp; East</name><Folder><name>Market</name>
<Placemark id="x"><name>H1</name><description><![CDATA[<table><tr><td>300 kPa</td></tr></table>]]></description>
 <ExtendedData><Data name="state"><displayName>State</displayName><value>in service</value></Data>
 <SchemaData schemaUrl="#s"><SimpleData name="kPa">3&#48;0</SimpleData></SchemaData></ExtendedData>
 <Point><coordinates>106.5,29.5,200</coordinates></Point></Placemark>
</Folder>
<Placemark><name>Yard</name><MultiGeometry><Polygon>
 <outerBoundaryIs><LinearRing><coordinates>0,0 4,0 4,4 0,4 0,0</coordinates></LinearRing></outerBoundaryIs>
 <innerBoundaryIs><LinearRing><coordinates>1,1 2,1 2, 2 1,1</coordinates></LinearRing></innerBoundaryIs>
</Polygon><Polygon><outerBoundaryIs><LinearRing><coordinates>8,8,0 9,8,0 9,9,0 8,8,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></MultiGeometry></Placemark>
</Folder>
<Placemark><gx:Track><when>2024-01-01</when><gx:coord>1 2 3</gx:coord><gx:coord>4 5 6</gx:coord></gx:Track></Placemark>
<Placemark><MultiGeometry><Point><coordinates>1,1</coordinates></Point><LineString><coordinates>1,1 2,2</coordinates>
</LineString></MultiGeometry></Placemark>
<Placemark><Point><coordinates>east,1</coordinates></Point></Placemark>
<Placemark><name>nowhere</name></Placemark>
</Document></kml>"##;

    fn read(text: &[u8]) -> Result<Vec<Record>, IngestError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.kml");
        std::fs::write(&path, text).unwrap();
        let record = |item| match item {
            Ok(Item::Record(record)) => Ok(record),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        KmlReader::open(&path)?.map(record).collect()
    }

    fn columns(record: &Record) -> serde_json::Value {
        let columns = record.columns.iter().map(|(name, cell)| (name.to_string(), cell.to_json()));
        serde_json::Value::Object(columns.collect())
    }

    #[test]
    fn placemarks_have_their_folders_their_data_and_every_kind_of_shape() {
        let records = read(TOWN.as_bytes()).unwrap();
        assert_eq!(records.len(), 6);
        assert_eq!(
            columns(&records[0]),
            json!({"name": "H1", "description": "<table><tr><td>300 kPa</td></tr></table>", "state": "in service",
                "kPa": "300", "folder": "North & East / Market"})
        );
        assert_eq!(records[0].geometry, Geometry::Points(vec![[106.5, 29.5]]));
        assert_eq!(columns(&records[1]), json!({"name": "Yard", "folder": "North & East"}));
        let Geometry::Polygons(polygons) = &records[1].geometry else { panic!("{:?}", records[1].geometry) };
        assert_eq!(polygons.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(polygons[0][1][2], [2.0, 2.0], "a blank behind a comma is forgiven");
        assert_eq!(records[2].geometry, Geometry::Lines(vec![vec![[1.0, 2.0], [4.0, 5.0]]]));
        assert_eq!(records[3].geometry, Geometry::Unusable(Reason::MixedCollection {}));
        assert!(matches!(records[4].geometry, Geometry::Unusable(Reason::BadGeometry { .. })));
        assert_eq!(records[5].geometry, Geometry::None);
    }

    #[test]
    fn prefixes_and_encodings_do_not_matter() {
        let text = TOWN.replace("<", "<k:").replace("<k:/", "</k:").replace("<k:?", "<?").replace("<k:!", "<!");
        let text = text.replace("k:gx:", "gx:").replace("xmlns=", "xmlns:k=");
        assert_eq!(read(text.as_bytes()).unwrap().len(), 6);
        let text = TOWN.replace("UTF-8", "GBK").replace("Market", "市场");
        let records = read(&encoding_rs::GBK.encode(&text).0).unwrap();
        assert_eq!(columns(&records[0])["folder"], "North & East / 市场");
    }

    #[test]
    fn a_file_that_only_links_says_where_to_and_one_that_is_cut_that_it_is() {
        let text = "<kml><Document><NetworkLink><Link><href>http://example.org/town.kml</href></Link></NetworkLink></Document></kml>";
        let told = read(text.as_bytes());
        assert!(
            matches!(&told, Err(IngestError::NoPlacemarks { link, .. }) if link.contains("example.org")),
            "{told:?}"
        );
        for len in (0..TOWN.len() - 6).filter(|len| TOWN.is_char_boundary(*len)).step_by(5) {
            if len > 60 {
                assert!(read(&TOWN.as_bytes()[..len]).is_err(), "{len}");
            }
        }
        let nested = format!("<kml>{}", "<Folder>".repeat(100_000));
        assert!(matches!(read(nested.as_bytes()), Err(IngestError::TooMuch { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn damaged_bytes_are_rejects_or_a_sentence(
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
            cut in proptest::option::of(any::<proptest::sample::Index>()),
        ) {
            let mut bytes = TOWN.as_bytes().to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            let _ = read(&bytes);
        }
    }
}
