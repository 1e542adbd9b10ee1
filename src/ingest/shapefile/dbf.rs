//! The table of a Shapefile (dBASE III to FoxPro), row by row.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use serde_json::Value as Json;

use super::super::detail::{Detail, detail};
use super::super::error::IngestError;
use super::super::grid::names;
use super::super::record::Cell;
use super::super::report::Remark;
use super::super::unpack::{Meter, Unpacked, explain, read_up_to};

mod encoding;

use encoding::{Likely, decode, named};

/// Bytes of the header before the fields, and of each field.
const HEAD: usize = 32;
/// The most rows looked at to find an encoding out.
const MOST_LOOKED_AT: usize = 20_000;

/// A table, read on as rows are asked for.
pub struct Table {
    path: PathBuf,
    rows: BufReader<Unpacked>,
    meter: Meter,
    fields: Vec<Field>,
    encoding: &'static Encoding,
    left: u32,
    row: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Field {
    name: Box<str>,
    kind: u8,
    start: usize,
    len: usize,
}

/// A row of a table.
pub enum Row {
    /// What its fields hold, empty ones left out.
    Cells(Vec<(Box<str>, Cell)>),
    /// It was deleted and still stands in the file.
    Deleted,
}

/// The header as it stands in the file.
struct Header {
    rows: u32,
    /// Bytes of a row, with the mark of deletion before it.
    row_len: usize,
    language: u8,
    fields: Vec<(Vec<u8>, Field)>,
}

impl Table {
    /// Opens a table. `cpg` names its encoding; otherwise its own mark does, or it is found out.
    pub fn open(path: &Path, cpg: Option<&str>, remarks: &mut Vec<(Remark, u64)>) -> Result<Table, IngestError> {
        let (header, mut rows, _) = open(path)?;
        let stated = cpg.and_then(named).or_else(|| encoding::of_language(header.language));
        let mut likely = Likely::default();
        let mut row = vec![0; header.row_len];
        header.fields.iter().for_each(|(name, _)| likely.see(name, name.len() > 9));
        for _ in 0..header.rows.min(MOST_LOOKED_AT as u32) {
            if read_up_to(&mut rows, &mut row).map_err(|err| explain(path, &err))? < row.len() {
                break;
            }
            rows.get_ref().meter().record_ends();
            for (_, field) in header.fields.iter().filter(|(_, field)| field.kind == b'C') {
                let text = trimmed(&row[field.start..field.start + field.len]);
                likely.see(text, text.len() == field.len);
            }
        }
        let encoding = match stated {
            Some(stated) if likely.can_be(stated) => stated,
            _ => likely.best(),
        };
        if !likely.is_ascii() && stated != Some(encoding) {
            remarks.push((Remark::Encoding { encoding: encoding.name() }, 0));
        }
        let (header, rows, meter) = open(path)?;
        let texts: Vec<String> = header.fields.iter().map(|(name, _)| decode(name, encoding)).collect();
        let named = names(texts.iter().map(String::as_str));
        let fields = named.into_iter().zip(header.fields).map(|(name, (_, field))| Field { name, ..field }).collect();
        Ok(Table { path: path.to_owned(), rows, meter, fields, encoding, left: header.rows, row })
    }

    /// Names of the columns, each once.
    pub fn columns(&self) -> Vec<Box<str>> {
        self.fields.iter().map(|field| field.name.clone()).collect()
    }

    /// The next row; `None` after the last.
    pub fn next(&mut self) -> Result<Option<Row>, IngestError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.meter.record_ends();
        let len = read_up_to(&mut self.rows, &mut self.row).map_err(|err| explain(&self.path, &err))?;
        if len < self.row.len() {
            let detail = detail!("还缺 {} 行", "{} rows before its end", self.left);
            return Err(IngestError::Truncated { path: self.path.display().to_string(), detail });
        }
        self.left -= 1;
        if self.row.first() == Some(&b'*') {
            return Ok(Some(Row::Deleted));
        }
        let cell = |field: &Field| {
            let bytes = self.row.get(field.start..field.start + field.len).unwrap_or_default();
            Some((field.name.clone(), cell(bytes, field.kind, self.encoding)?))
        };
        Ok(Some(Row::Cells(self.fields.iter().filter_map(cell).collect())))
    }
}

/// A table's header, and its bytes from the first row on.
fn open(path: &Path) -> Result<(Header, BufReader<Unpacked>, Meter), IngestError> {
    let failed = |err: std::io::Error| explain(path, &err);
    let damaged = |detail: Detail| IngestError::Damaged { path: path.display().to_string(), detail };
    let unpacked = Unpacked::open(path).map_err(failed)?;
    let meter = unpacked.meter();
    let mut bytes = BufReader::with_capacity(1 << 16, unpacked);
    let mut head = [0; HEAD];
    bytes.read_exact(&mut head).map_err(failed)?;
    let rows = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let head_len = usize::from(u16::from_le_bytes([head[8], head[9]]));
    let row_len = usize::from(u16::from_le_bytes([head[10], head[11]]));
    let described = head_len.checked_sub(HEAD).filter(|_| row_len > 0);
    let described = described
        .ok_or_else(|| damaged(detail!("表的每行为 {row_len} 字节", "a table with rows of {row_len} bytes")))?;
    let mut described = vec![0; described];
    bytes.read_exact(&mut described).map_err(failed)?;
    let described: Vec<&[u8]> = described.chunks_exact(HEAD).take_while(|field| field[0] != 0x0d).collect();
    // Texts of more than 255 bytes have the rest of their length where numbers have their decimals.
    let len = |field: &[u8], wide: bool| match (field[11], wide) {
        (b'C', true) => usize::from(field[16]) + 256 * usize::from(field[17]),
        _ => usize::from(field[16]),
    };
    let sum = |wide: bool| 1 + described.iter().map(|field| len(field, wide)).sum::<usize>();
    let wide = sum(false) != row_len && sum(true) == row_len;
    let mut fields = Vec::with_capacity(described.len());
    let mut start = 1;
    for field in &described {
        let len = len(field, wide);
        if start + len > row_len {
            return Err(damaged(detail!(
                "各字段超出每行的 {row_len} 字节",
                "fields of more than the {row_len} bytes of a row"
            )));
        }
        let name: Vec<u8> = field[..11].iter().copied().take_while(|byte| *byte != 0).collect();
        fields.push((name, Field { name: Box::default(), kind: field[11].to_ascii_uppercase(), start, len }));
        start += len;
    }
    Ok((Header { rows, row_len, language: head[29], fields }, bytes, meter))
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |last| last + 1);
    &bytes[..end]
}

/// What a field holds; `None` where it is empty. Asterisks stand for a number that did not fit, and GDAL writes them for
/// none at all: nothing is known then.
fn cell(bytes: &[u8], kind: u8, encoding: &'static Encoding) -> Option<Cell> {
    let ascii =
        || std::str::from_utf8(bytes).ok().map(|text| text.trim_matches([' ', '\0'])).filter(|text| !text.is_empty());
    let text = |text: &str| Some(Cell::Text(text.into()));
    match kind {
        b'N' | b'F' => {
            let told = ascii().filter(|told| !told.bytes().all(|byte| byte == b'*'))?;
            let number = match told.parse::<i64>() {
                Ok(whole) => Some(Json::from(whole)),
                Err(_) => told.parse::<f64>().ok().filter(|real| real.is_finite()).map(Json::from),
            };
            number.map_or_else(|| text(told), |number| Some(Cell::Json(number)))
        }
        b'D' => {
            let told = ascii()?;
            let is_date = told.len() == 8 && told.bytes().all(|byte| byte.is_ascii_digit());
            match is_date {
                _ if told.bytes().all(|byte| byte == b'0') => None,
                true => text(&format!("{}-{}-{}", &told[..4], &told[4..6], &told[6..])),
                false => text(told),
            }
        }
        b'L' => match ascii()? {
            "T" | "t" | "Y" | "y" | "1" => Some(Cell::Json(true.into())),
            "F" | "f" | "N" | "n" | "0" => Some(Cell::Json(false.into())),
            "?" => None,
            other => text(other),
        },
        b'I' | b'+' => bytes.first_chunk::<4>().map(|four| Cell::Json(i32::from_le_bytes(*four).into())),
        b'O' | b'B' if bytes.len() == 8 => {
            let number = f64::from_le_bytes(*bytes.first_chunk()?);
            Some(number).filter(|number| number.is_finite()).map(|number| Cell::Json(number.into()))
        }
        // The content of a memo is in a file of its own; here stands only where.
        b'M' | b'G' | b'P' | b'0' => None,
        _ => {
            let told = decode(trimmed(bytes), encoding);
            let told = told.trim();
            (!told.is_empty()).then(|| Cell::Text(told.into()))
        }
    }
}
