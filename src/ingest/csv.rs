//! Tables as text: separated by comma, semicolon, tab or bar, in any of the encodings tables come in.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, UTF_8};

use super::detail::{Detail, detail};
use super::encoding;
use super::error::IngestError;
use super::grid::rows::{Raw, Rows};
use super::grid::{GridReader, MOST_COLUMNS};
use super::options::Options;
use super::report::Remark;
use super::unpack::{Decoded, Meter, Unpacked, explain};
use crate::crs::Crs;

/// Opens a table and finds its encoding, separator, header and the columns of its place: of several those whose names
/// tell the system that is `told`.
pub fn open(
    path: &Path,
    told: Option<&Crs>,
    options: &Options,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<GridReader, IngestError> {
    let named =
        |name: &String| encoding::named(name).ok_or_else(|| IngestError::NoSuchEncoding { encoding: name.clone() });
    let wanted = options.tables.encoding.as_ref().map(named).transpose()?;
    let found = encoding::of(path, wanted)?;
    let (encoding, other) = (found.encoding.name(), found.rival.map(Encoding::name));
    match (wanted, other) {
        (None, Some(other)) => remarks.push((Remark::EncodingUnsure { encoding, other }, 0)),
        (None, None) if found.encoding != UTF_8 => remarks.push((Remark::Encoding { encoding }, 0)),
        _ => {}
    }
    let mut text = Decoded::new(Unpacked::open(path).map_err(|err| explain(path, &err))?, found.encoding);
    let mut head = vec![0; 1 << 16];
    let len = super::unpack::read_up_to(&mut text, &mut head).map_err(|err| explain(path, &err))?;
    let separator = separator_of(head.get(..len).unwrap_or_default());
    let name = match separator {
        b',' => None,
        b';' => Some("“;”"),
        b'\t' => Some("Tab"),
        _ => Some("“|”"),
    };
    remarks.extend(name.map(|separator| (Remark::Separator { separator }, 0)));
    let again = || -> Result<Box<dyn Rows>, IngestError> {
        Ok(Box::new(CsvRows::open(path, found.encoding, separator, found.quotes_close)?))
    };
    GridReader::open(&path.display().to_string(), &again, options, told, remarks)
}

/// The rows of a text.
struct CsvRows {
    path: PathBuf,
    rows: ::csv::Reader<OneNewline<Decoded<Unpacked>>>,
    row: ::csv::StringRecord,
    number: u64,
    line: u64,
    meter: Meter,
    size: u64,
    /// Whether quotes stand in pairs.
    quotes_close: bool,
}

impl CsvRows {
    fn open(
        path: &Path,
        encoding: &'static Encoding,
        separator: u8,
        quotes_close: bool,
    ) -> Result<CsvRows, IngestError> {
        let bytes = Unpacked::open(path).map_err(|err| explain(path, &err))?;
        let meter = bytes.meter();
        let size = std::fs::metadata(path).map_or(1, |meta| meta.len());
        let rows = ::csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(1 << 16)
            .from_reader(OneNewline { text: Decoded::new(bytes, encoding), after_return: false });
        let row = ::csv::StringRecord::new();
        Ok(CsvRows { path: path.to_owned(), rows, row, number: 0, line: 1, meter, size, quotes_close })
    }
}

impl Rows for CsvRows {
    fn advance(&mut self) -> Result<bool, IngestError> {
        self.meter.record_ends();
        if !self.rows.read_record(&mut self.row).map_err(|err| broken(&self.path, err))? {
            return Ok(false);
        }
        if self.row.len() > MOST_COLUMNS {
            let what = detail!(
                "第 {} 行多于 {MOST_COLUMNS} 列",
                "more than {MOST_COLUMNS} columns in row {}",
                self.number + 1
            );
            return Err(IngestError::TooMuch { path: self.path.display().to_string(), what });
        }
        // Blank lines are passed over but counted, as a spreadsheet counts them; a cell may hold several lines.
        let within = match self.row.as_slice().as_bytes().contains(&b'\n') {
            true => self.row.as_slice().bytes().filter(|byte| *byte == b'\n').count() as u64,
            false => 0,
        };
        let line = self.rows.position().line();
        let blank = (line - self.line).saturating_sub(1 + within);
        self.line = line;
        self.number += 1 + blank;
        // A quote that is never closed takes the rows after it into one cell.
        if !self.quotes_close && within > 0 {
            return Err(IngestError::OpenQuote { path: self.path.display().to_string(), row: self.number });
        }
        Ok(true)
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn width(&self) -> usize {
        self.row.len()
    }

    fn cell(&self, ix: usize) -> Option<Raw<'_>> {
        let text = self.row.get(ix)?.trim();
        (!text.is_empty()).then_some(Raw::Text(text))
    }

    fn progress(&self) -> (u64, u64) {
        (self.meter.done(), self.size)
    }
}

/// Text whose lines all end alike: a carriage return, alone or before a line feed, is a line feed. Where they end now
/// so and now so, the reader of rows would count wrong.
struct OneNewline<R> {
    text: R,
    after_return: bool,
}

impl<R: Read> Read for OneNewline<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let len = self.text.read(buf)?;
            let read = &mut buf[..len];
            if len == 0 || !self.after_return && !read.contains(&b'\r') {
                return Ok(len);
            }
            let mut kept = 0;
            for at in 0..len {
                let byte = read[at];
                let follows = std::mem::replace(&mut self.after_return, byte == b'\r');
                if !(follows && byte == b'\n') {
                    read[kept] = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

fn broken(path: &Path, err: ::csv::Error) -> IngestError {
    match err.into_kind() {
        ::csv::ErrorKind::Io(err) => explain(path, &err),
        other => {
            IngestError::Damaged { path: path.display().to_string(), detail: Detail::quoted(format_args!("{other:?}")) }
        }
    }
}

/// The separator that stands equally often in the most of the first lines, outside quotes. `sep=;`, as Excel writes it
/// on the first line, says it itself.
fn separator_of(head: &[u8]) -> u8 {
    const MARKS: [u8; 4] = [b',', b';', b'\t', b'|'];
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', mark, b'\r' | b'\n', ..] = head
        && MARKS.contains(mark)
    {
        return *mark;
    }
    let mut lines: Vec<[usize; 4]> = vec![[0; 4]];
    let mut quoted = false;
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted && lines.len() < 100 => lines.push([0; 4]),
            b'\n' if !quoted => break,
            _ if !quoted => {
                if let (Some(nth), Some(line)) = (MARKS.iter().position(|mark| *mark == byte), lines.last_mut()) {
                    line[nth] += 1;
                }
            }
            _ => {}
        }
    }
    // How often it stands in most lines, and in how many it stands so often.
    let steady = |nth: usize| {
        let mut counts = std::collections::BTreeMap::new();
        lines
            .iter()
            .map(|line| line[nth])
            .filter(|count| *count > 0)
            .for_each(|count| *counts.entry(count).or_insert(0) += 1);
        counts.into_iter().map(|(count, lines)| (lines, count)).max().unwrap_or((0, 0))
    };
    // Of equals the first: a comma.
    let best = (0..MARKS.len()).rev().max_by_key(|nth| steady(*nth)).unwrap_or(0);
    MARKS[best]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_alike_however_the_text_is_cut() {
        let text = b"a\r\nb\rc\n\r\n\r\r\nd\r";
        for most in 1..text.len() {
            let mut left: &[u8] = text;
            let mut read = Vec::new();
            let mut lines = OneNewline { text: &mut left, after_return: false };
            let mut buf = vec![0; most];
            loop {
                let len = lines.read(&mut buf).unwrap();
                if len == 0 {
                    break;
                }
                read.extend_from_slice(&buf[..len]);
            }
            assert_eq!(read, b"a\nb\nc\n\n\n\nd\n", "{most}");
        }
    }

    #[test]
    fn the_separator_is_the_one_that_is_steady() {
        assert_eq!(separator_of(b"a,b;c\n1,2\n"), b',');
        assert_eq!(separator_of("编号;经度;纬度\n一;106,5;29,5\n".as_bytes()), b';');
        assert_eq!(separator_of(b"A title, with a comma\nid\tlon\tlat\n1\t2\t3\n"), b'\t');
        assert_eq!(separator_of(b"sep=|\nlon,a|lat,b\n"), b'|');
        assert_eq!(separator_of(b"\"a;b;c;d\",x\n\"a;b;c;d\",y\n"), b',');
        assert_eq!(separator_of(b""), b',');
    }
}
