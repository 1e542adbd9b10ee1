//! Opening a file's bytes: plain or gzipped, bounded, and metered so that no single record grows without end.
//!
//! A gzip stream may unpack to [`MOST_GROWTH`] times its size (map data packs 5 to 30 times); the first 64 MiB are
//! free. A text is read in its own encoding and comes out as UTF-8.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use encoding_rs::{CoderResult, Decoder, Encoding};
use flate2::bufread::MultiGzDecoder;

use super::error::IngestError;

/// How many times its size a gzipped file may unpack to.
pub const MOST_GROWTH: u64 = 200;

/// What may be unpacked whatever the packed size.
const FREE: u64 = 64 << 20;

/// The most bytes of one record: a row, a feature, a tag of XML.
pub const MOST_RECORD: u64 = 64 << 20;

/// The bytes of a file, unpacked.
pub struct Unpacked {
    source: Source,
    packed_size: u64,
    unpacked: u64,
    meter: Meter,
}

enum Source {
    Plain(Counted),
    Gzip(Box<MultiGzDecoder<BufReader<Counted>>>),
}

/// Counts the bytes a file has given.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(buf)?;
        self.read.set(self.read.get() + len as u64);
        Ok(len)
    }
}

/// How far a file has been read, and how much since the last record began.
#[derive(Clone, Default)]
pub struct Meter {
    read: Rc<Cell<u64>>,
    since_record: Rc<Cell<u64>>,
}

impl Meter {
    /// Says that a record ends here.
    pub fn record_ends(&self) {
        self.since_record.set(0);
    }

    /// Bytes of the file (packed, if it is) read so far.
    pub fn done(&self) -> u64 {
        self.read.get()
    }
}

/// A bound was reached.
#[derive(Debug, thiserror::Error)]
enum Bound {
    #[error("it unpacks to more than {MOST_GROWTH} times its size")]
    Growth,
    #[error("a single record is larger than 64 MiB")]
    Record,
}

impl Unpacked {
    /// Opens a file; whether it is gzipped its first bytes say.
    pub fn open(path: &Path) -> io::Result<Unpacked> {
        let mut magic = [0; 2];
        let is_gzip = read_up_to(&mut File::open(path)?, &mut magic)? == 2 && magic == [0x1f, 0x8b];
        let meter = Meter::default();
        let file = File::open(path)?;
        let packed_size = file.metadata()?.len();
        let counted = Counted { file, read: meter.read.clone() };
        let source = match is_gzip {
            true => Source::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, counted)))),
            false => Source::Plain(counted),
        };
        Ok(Unpacked { source, packed_size, unpacked: 0, meter })
    }

    /// Whether the file is gzipped.
    pub fn is_packed(&self) -> bool {
        matches!(self.source, Source::Gzip(_))
    }

    /// The file's meter.
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }
}

impl Read for Unpacked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = match &mut self.source {
            Source::Plain(file) => file.read(buf)?,
            Source::Gzip(stream) => {
                let len = stream.read(buf)?;
                self.unpacked += len as u64;
                if self.unpacked > FREE.max(self.packed_size * MOST_GROWTH) {
                    return Err(io::Error::other(Bound::Growth));
                }
                len
            }
        };
        let since = self.meter.since_record.get() + len as u64;
        if since > MOST_RECORD {
            return Err(io::Error::other(Bound::Record));
        }
        self.meter.since_record.set(since);
        Ok(len)
    }
}

/// Reads until the buffer is full or the file ends.
pub fn read_up_to(from: &mut dyn Read, buf: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < buf.len() {
        match from.read(&mut buf[len..]) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    Ok(len)
}

/// The sentence for a failure to read.
pub fn explain(path: &Path, err: &io::Error) -> IngestError {
    let path = path.display().to_string();
    if let Some(bound) = err.get_ref().and_then(|inner| inner.downcast_ref::<Bound>()) {
        return IngestError::TooMuch { path, what: bound.to_string() };
    }
    let detail = err.to_string();
    match err.kind() {
        io::ErrorKind::NotFound => IngestError::Missing { path },
        io::ErrorKind::UnexpectedEof => IngestError::Truncated { path, detail },
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => IngestError::Damaged { path, detail },
        _ => IngestError::Unreadable { path, detail },
    }
}

/// Text in some encoding, read as UTF-8 without its byte order mark.
pub struct Decoded<R> {
    from: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_start: usize,
    text: Vec<u8>,
    text_start: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    /// Reads `from` in an encoding.
    pub fn new(from: R, encoding: &'static Encoding) -> Decoded<R> {
        let decoder = encoding.new_decoder_with_bom_removal();
        Decoded { from, decoder, raw: Vec::new(), raw_start: 0, text: Vec::new(), text_start: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.raw_start == self.raw.len() && !self.ended {
            self.raw.resize(1 << 16, 0);
            self.raw_start = 0;
            let len = self.from.read(&mut self.raw)?;
            self.raw.truncate(len);
            self.ended = len == 0;
        }
        self.text.resize(1 << 18, 0);
        self.text_start = 0;
        let (result, read, written, _) =
            self.decoder.decode_to_utf8(&self.raw[self.raw_start..], &mut self.text, self.ended);
        self.raw_start += read;
        self.text.truncate(written);
        if self.ended && result == CoderResult::InputEmpty {
            self.raw.clear();
            self.raw_start = 0;
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.text_start == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let len = buf.len().min(self.text.len() - self.text_start);
        buf[..len].copy_from_slice(&self.text[self.text_start..self.text_start + len]);
        self.text_start += len;
        Ok(len)
    }
}
