//! Tables as text: separated by comma, semicolon, tab or bar, the first row naming the columns.
//!
//! A place is a longitude and a latitude column, one column of both, or a column of WKT. Rows are numbered as a
//! spreadsheet numbers them: the header is row 1.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, GB18030, SHIFT_JIS, UTF_8};

use super::coordinates;
use super::error::IngestError;
use super::mapping::plain;
use super::record::{Cell, Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::report::Remark;
use super::unpack::{Decoded, Meter, Unpacked, explain};
use super::wkt;
use crate::crs::{Crs, CrsError};

/// The most columns of a table.
pub const MOST_COLUMNS: usize = 4096;

/// Where a row's place stands, by position of columns.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    LonLat(usize, usize),
    Both(usize),
    Wkt(usize),
}

/// A table, row by row.
pub struct CsvReader {
    path: PathBuf,
    rows: ::csv::Reader<Decoded<Unpacked>>,
    row: ::csv::StringRecord,
    columns: Vec<Box<str>>,
    place: Place,
    /// The system that the names of the place's columns tell.
    crs: Option<Crs>,
    read: u64,
    meter: Meter,
    size: u64,
    /// Whether quotes stand in pairs.
    quotes_close: bool,
}

impl CsvReader {
    /// Opens a table and finds its encoding, separator and the columns of its place: of several those whose names tell
    /// the system that is `told`.
    pub fn open(path: &Path, told: Option<&Crs>, remarks: &mut Vec<(Remark, u64)>) -> Result<CsvReader, IngestError> {
        let failed = |err: io::Error| explain(path, &err);
        let (encoding, quotes_close) = encoding_of(path)?;
        if encoding != UTF_8 {
            remarks.push((Remark::Encoding { encoding: encoding.name() }, 0));
        }
        let mut text = Decoded::new(Unpacked::open(path).map_err(failed)?, encoding);
        let mut head = vec![0; 1 << 16];
        let len = super::unpack::read_up_to(&mut text, &mut head).map_err(failed)?;
        let separator = separator_of(&head[..len]);
        let name = match separator {
            b',' => None,
            b';' => Some("“;”"),
            b'\t' => Some("Tab"),
            _ => Some("“|”"),
        };
        remarks.extend(name.map(|separator| (Remark::Separator { separator }, 0)));
        let bytes = Unpacked::open(path).map_err(failed)?;
        let meter = bytes.meter();
        let mut rows =
            ::csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(Decoded::new(bytes, encoding));
        let header = rows.headers().map_err(|err| broken(path, err))?.clone();
        if header.len() > MOST_COLUMNS {
            let what = format!("more than {MOST_COLUMNS} columns");
            return Err(IngestError::TooMuch { path: path.display().to_string(), what });
        }
        let columns = names(header.iter());
        let (place, crs) = place_of(&columns, told)
            .ok_or_else(|| IngestError::NoPlaceColumns { path: path.display().to_string(), columns: list(&columns) })?;
        let size = std::fs::metadata(path).map_or(1, |meta| meta.len());
        let row = ::csv::StringRecord::new();
        let reader =
            CsvReader { path: path.to_owned(), rows, row, columns, place, crs, read: 0, meter, size, quotes_close };
        remarks.push((Remark::PlaceColumns { columns: list(&reader.place_columns()) }, 0));
        Ok(reader)
    }

    /// Names of the columns, each once.
    pub fn columns(&self) -> &[Box<str>] {
        &self.columns
    }

    /// Names of the columns that make the place.
    pub fn place_columns(&self) -> Vec<Box<str>> {
        let name = |ix: usize| self.columns[ix].clone();
        match self.place {
            Place::LonLat(lon, lat) => vec![name(lon), name(lat)],
            Place::Both(ix) | Place::Wkt(ix) => vec![name(ix)],
        }
    }

    fn record(&self) -> Record {
        let cell = |ix: usize| self.row.get(ix).unwrap_or_default().trim();
        let named = self.columns.iter().enumerate().map(|(ix, name)| (name.clone(), cell(ix)));
        // Cells beyond the header are kept under a number.
        let more = (self.columns.len()..self.row.len()).map(|ix| (format!("column {}", ix + 1).into(), cell(ix)));
        let filled = named.chain(more).filter(|(_, text)| !text.is_empty());
        Record {
            row: self.read + 1,
            key: None,
            layer: None,
            geometry: self.geometry(),
            columns: filled.map(|(name, text)| (name, Cell::Text(text.into()))).collect(),
            original: None,
            cut: false,
        }
    }

    fn geometry(&self) -> Geometry {
        let cell = |ix: usize| self.row.get(ix).unwrap_or_default().trim();
        let point = |lon: &str, lat: &str| match (degrees(lon), degrees(lat)) {
            _ if lon.is_empty() && lat.is_empty() => Geometry::None,
            (Some(lon), Some(lat)) => Geometry::Points(vec![[lon, lat]]),
            _ => Geometry::Unusable(Reason::BadGeometry { what: short(&format!("{lon}, {lat}")) }),
        };
        match self.place {
            Place::LonLat(lon, lat) => point(cell(lon), cell(lat)),
            Place::Both(ix) => match cell(ix).split_once([',', '，', ' ', ';']) {
                Some((lon, lat)) => point(lon.trim(), lat.trim()),
                None => point(cell(ix), ""),
            },
            Place::Wkt(ix) if cell(ix).is_empty() => Geometry::None,
            Place::Wkt(ix) => {
                wkt::read(cell(ix)).unwrap_or_else(|what| Geometry::Unusable(Reason::BadGeometry { what }))
            }
        }
    }
}

impl Iterator for CsvReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.meter.record_ends();
        match self.rows.read_record(&mut self.row) {
            Ok(true) => {
                self.read += 1;
                // A quote that is never closed takes the rows after it into one cell.
                if !self.quotes_close && self.row.iter().any(|cell| cell.contains('\n')) {
                    let (path, row) = (self.path.display().to_string(), self.read);
                    return Some(Err(IngestError::OpenQuote { path, row }));
                }
                Some(Ok(Item::Record(self.record())))
            }
            Ok(false) => None,
            Err(err) => Some(Err(broken(&self.path, err))),
        }
    }
}

impl Reader for CsvReader {
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        (self.meter.done(), self.size)
    }

    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        self.crs.clone().map(Ok)
    }
}

fn broken(path: &Path, err: ::csv::Error) -> IngestError {
    match err.into_kind() {
        ::csv::ErrorKind::Io(err) => explain(path, &err),
        other => IngestError::Damaged { path: path.display().to_string(), detail: format!("{other:?}") },
    }
}

/// A longitude or latitude: a number, perhaps with a decimal comma or a degree sign.
fn degrees(text: &str) -> Option<f64> {
    let text = text
        .strip_suffix(['E', 'N', '°'])
        .filter(|rest| rest.ends_with(|c: char| c.is_ascii_digit() || c == '°'))
        .unwrap_or(text);
    let text = text.trim_end_matches('°').trim();
    text.parse().or_else(|_| text.replacen(',', ".", 1).parse()).ok()
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The encoding of a text: by its mark, else UTF-8 if it is that, else GB18030 if it is that.
fn encoding_of(path: &Path) -> Result<(&'static Encoding, bool), IngestError> {
    let mut bytes = Unpacked::open(path).map_err(|err| explain(path, &err))?;
    let meter = bytes.meter();
    let mut decoders = [UTF_8, GB18030, SHIFT_JIS].map(|encoding| (encoding, encoding.new_decoder(), true));
    let mut chunk = vec![0; 1 << 16];
    let mut text = vec![0; 1 << 18];
    let mut first = true;
    let mut quotes = 0usize;
    loop {
        meter.record_ends();
        let len = bytes.read(&mut chunk).map_err(|err| explain(path, &err))?;
        if first
            && let Some((marked, _)) = Encoding::for_bom(&chunk[..len])
            && marked != UTF_8
        {
            return Ok((marked, true));
        }
        first = false;
        // No character of these encodings but the quote itself has its byte.
        quotes += chunk[..len].iter().filter(|byte| **byte == b'"').count();
        for (_, decoder, clean) in decoders.iter_mut().filter(|(_, _, clean)| *clean) {
            let (_, _, _, had_errors) = decoder.decode_to_utf8(&chunk[..len], &mut text, len == 0);
            *clean &= !had_errors;
        }
        if len == 0 {
            break;
        }
    }
    match decoders {
        [(_, _, true), ..] => Ok((UTF_8, quotes.is_multiple_of(2))),
        [_, (_, _, true), _] => Ok((GB18030, quotes.is_multiple_of(2))),
        [_, _, (_, _, shift_jis)] => Err(IngestError::Encoding {
            path: path.display().to_string(),
            guess: if shift_jis { "Shift_JIS" } else { "Big5, Windows-1252" }.into(),
        }),
    }
}

/// The separator that stands most often in the first line, outside quotes.
fn separator_of(head: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => {
                for (separator, count) in &mut counts {
                    *count += usize::from(*separator == byte);
                }
            }
            _ => {}
        }
    }
    // Of equals the first: a comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

/// Names of columns, each once; one without a name gets its number.
pub fn names<'a>(header: impl Iterator<Item = &'a str>) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for (ix, name) in header.enumerate() {
        let name = match name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}') {
            "" => format!("column {}", ix + 1),
            name => name.to_owned(),
        };
        let count = seen.entry(name.clone()).or_insert(0);
        *count += 1;
        names.push(if *count == 1 { name.into() } else { format!("{name} #{count}").into() });
    }
    names
}

fn place_of(columns: &[Box<str>], told: Option<&Crs>) -> Option<(Place, Option<Crs>)> {
    const LON: [&str; 14] = [
        "lon",
        "lng",
        "long",
        "longitude",
        "经度",
        "経度",
        "經度",
        "经度(°)",
        "londeg",
        "pointx",
        "coordx",
        "wgs84lon",
        "xcoord",
        "x",
    ];
    const LAT: [&str; 13] = [
        "lat",
        "latitude",
        "纬度",
        "緯度",
        "纬度(°)",
        "latdeg",
        "pointy",
        "coordy",
        "wgs84lat",
        "ycoord",
        "y",
        "纬",
        "lati",
    ];
    const BOTH: [&str; 8] =
        ["经纬度", "坐标", "lonlat", "lnglat", "coordinates", "location坐标", "坐标(经度,纬度)", "位置坐标"];
    const WKT: [&str; 10] =
        ["firemapwkt", "wkt", "geometry", "geom", "thegeom", "wktgeom", "wellknowntext", "shape", "几何", "geomwkt"];
    let plain: Vec<String> = columns.iter().map(|name| plain(name)).collect();
    let best = |words: &[&str]| words.iter().find_map(|word| plain.iter().position(|name| name == word));
    let lon_lat = || best(&LON).zip(best(&LAT)).map(|(lon, lat)| Place::LonLat(lon, lat));
    let usual = || lon_lat().or_else(|| best(&WKT).map(Place::Wkt)).or_else(|| best(&BOTH).map(Place::Both));
    let told_by = |(system, east, north)| {
        let place = if east == north { Place::Wkt(east) } else { Place::LonLat(east, north) };
        (place, Some(system))
    };
    let named = |wanted| coordinates::system_of_columns(&plain, wanted).map(told_by);
    let usual = || usual().map(|place| (place, None));
    told.and_then(|told| named(Some(told))).or_else(usual).or_else(|| named(None))
}

/// Names for a sentence, the first of them if they are many.
pub fn list(names: &[Box<str>]) -> String {
    let mut text = names.iter().take(20).map(|name| short(name)).collect::<Vec<_>>().join(", ");
    if names.len() > 20 {
        text.push_str(", …");
    }
    text
}
