//! Opening a file's bytes: plain, gzipped or within an archive, bounded, and metered so that no single record grows
//! without end.
//!
//! A stream may unpack to [`MOST_GROWTH`] times its size (map data packs 5 to 30 times); the first 64 MiB are free. A
//! path may lead on into a ZIP archive: `town.zip/water/hydrants.csv`. A text is read in its own encoding and comes out
//! as UTF-8.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use encoding_rs::{CoderResult, Decoder, Encoding};
use flate2::bufread::MultiGzDecoder;

use super::detail::Detail;
use super::error::IngestError;
use super::zip::{Archive, ReadSeek, whole};

/// How many times its size a packed file may unpack to.
pub const MOST_GROWTH: u64 = 200;

/// What may be unpacked whatever the packed size.
pub const FREE: u64 = 64 << 20;

/// The most bytes of a file within an archive that has to be held in memory: an archive itself, a spreadsheet.
pub const MOST_IN_MEMORY: u64 = 128 << 20;

/// How many archives may lie in each other.
const MOST_NESTED: usize = 3;

/// The most bytes of one record: a row, a feature, a tag of XML.
pub const MOST_RECORD: u64 = 64 << 20;

/// The bytes of a file, unpacked.
pub struct Unpacked {
    source: Source,
    packed_size: u64,
    in_archive: bool,
    unpacked: u64,
    meter: Meter,
}

enum Source {
    Plain(Counted),
    Gzip(Box<MultiGzDecoder<BufReader<Counted>>>),
}

/// Counts the bytes a file has given.
struct Counted {
    file: Box<dyn Read>,
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

crate::sentences! {
    /// A bound was reached.
    pub enum Bound {
        /// It grows too much.
        Growth {} "growth", "解压后超过其大小的 {MOST_GROWTH} 倍", "it unpacks to more than {MOST_GROWTH} times its size";
        /// A record never ends.
        Record {} "record", "一条记录大于 64 MiB", "a single record is larger than 64 MiB";
        /// An archive of countless files.
        Entries {} "entries", "压缩包中的文件多于 20000 个", "the archive holds more than 20000 files";
        /// An archive within an archive, and other files that cannot be read in a stream.
        Inner {}
            "inner", "压缩包中须整个放入内存的文件大于 128 MiB，请先解压",
            "a file within an archive that would have to be held in memory is larger than 128 MiB: unpack it first";
        /// Archives in archives without end.
        Nested {}
            "nested", "压缩包套压缩包多于 {MOST_NESTED} 层，请先解压",
            "archives lie in each other more than {MOST_NESTED} deep: unpack them first";
        /// A password would be needed.
        Encrypted {} "encrypted", "已加密", "encrypted";
        /// A rare way of packing.
        Method { method: u16 } "method", "压缩方式 {method}", "packed by method {method}";
        /// An archive that is not as it says.
        Broken { zh: &'static str, en: &'static str } "broken", "{zh}", "{en}";
    }
}

impl Unpacked {
    /// Opens a file, or what a path leads to within an archive; whether it is gzipped its first bytes say.
    pub fn open(path: &Path) -> io::Result<Unpacked> {
        let meter = Meter::default();
        let (mut file, packed_size, in_archive) = match within_archive(path) {
            None => {
                let file = File::open(path)?;
                let size = file.metadata()?.len();
                (Box::new(file) as Box<dyn Read>, size, false)
            }
            Some((archive, inner)) => {
                let (bytes, size) = entry(open_file(&archive)?, &inner, 1)?;
                (bytes, size, true)
            }
        };
        let mut magic = [0; 2];
        let len = read_up_to(&mut file, &mut magic)?;
        let file: Box<dyn Read> = Box::new(Cursor::new(magic).take(len as u64).chain(file));
        let counted = Counted { file, read: meter.read.clone() };
        let source = match magic == [0x1f, 0x8b] && len == 2 {
            true => Source::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, counted)))),
            false => Source::Plain(counted),
        };
        Ok(Unpacked { source, packed_size, in_archive, unpacked: 0, meter })
    }

    /// How many bytes the meter will have counted at the end.
    pub fn size(&self) -> u64 {
        self.packed_size
    }

    /// Whether the file is gzipped or within an archive, so that it can only be read from start to end.
    pub fn is_packed(&self) -> bool {
        self.in_archive || matches!(self.source, Source::Gzip(_))
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
                    return Err(io::Error::other(Bound::Growth {}));
                }
                len
            }
        };
        let since = self.meter.since_record.get() + len as u64;
        if since > MOST_RECORD {
            return Err(io::Error::other(Bound::Record {}));
        }
        self.meter.since_record.set(since);
        Ok(len)
    }
}

/// Where a path leads on behind a file, as into an archive: the file, and the way from there.
pub fn within_archive(path: &Path) -> Option<(PathBuf, String)> {
    if std::fs::symlink_metadata(path).is_ok() {
        return None;
    }
    let file = path.ancestors().skip(1).find(|above| above.is_file())?;
    let inner = path.strip_prefix(file).ok()?;
    let steps: Vec<_> = inner.components().map(|step| step.as_os_str().to_string_lossy()).collect();
    Some((file.to_owned(), steps.join("/")))
}

fn open_file(path: &Path) -> io::Result<(Box<dyn ReadSeek>, u64)> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    Ok((Box::new(BufReader::with_capacity(1 << 16, file)), len))
}

/// The archive at a path, which may itself lie in one.
pub fn archive(path: &Path) -> io::Result<Archive> {
    let (bytes, len) = seekable(path)?;
    Archive::open(bytes, len)
}

/// A file that can be read from anywhere; one within an archive is held in memory, up to [`MOST_IN_MEMORY`].
pub fn seekable(path: &Path) -> io::Result<(Box<dyn ReadSeek>, u64)> {
    match within_archive(path) {
        None => open_file(path),
        Some((archive, inner)) => in_memory(&mut entry(open_file(&archive)?, &inner, 1)?.0),
    }
}

fn in_memory(bytes: &mut dyn Read) -> io::Result<(Box<dyn ReadSeek>, u64)> {
    let bytes = whole(bytes, MOST_IN_MEMORY)?;
    let len = bytes.len() as u64;
    Ok((Box::new(Cursor::new(bytes)), len))
}

/// The entry of a name, through archives that lie in each other, and its packed size.
fn entry((bytes, len): (Box<dyn ReadSeek>, u64), inner: &str, depth: usize) -> io::Result<(Box<dyn Read>, u64)> {
    if depth > MOST_NESTED {
        return Err(io::Error::other(Bound::Nested {}));
    }
    let archive = Archive::open(bytes, len)?;
    if let Some(found) = archive.entries().iter().find(|entry| entry.name == inner).cloned() {
        let size = found.size;
        return Ok((archive.read(&found)?, size));
    }
    let leads = |name: &str| inner.strip_prefix(name).and_then(|rest| rest.strip_prefix('/'));
    let nested = archive.entries().iter().find_map(|entry| Some((entry.clone(), leads(&entry.name)?.to_owned())));
    let (found, rest) = nested.ok_or(io::ErrorKind::NotFound)?;
    entry(in_memory(&mut archive.read(&found)?)?, &rest, depth + 1)
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
    match err.get_ref().and_then(|inner| inner.downcast_ref::<Bound>()) {
        Some(Bound::Encrypted {}) => return IngestError::Encrypted { path },
        Some(Bound::Method { method }) => return IngestError::PackedOtherwise { path, method: *method },
        Some(Bound::Broken { .. }) | None => {}
        Some(bound) => return IngestError::TooMuch { path, what: Detail::said(bound) },
    }
    let detail = match err.get_ref().and_then(|inner| inner.downcast_ref::<Bound>()) {
        Some(broken) => Detail::said(broken),
        None => Detail::quoted(err),
    };
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
