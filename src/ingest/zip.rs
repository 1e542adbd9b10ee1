//! ZIP archives: the directory of one, and single entries as streams.
//!
//! Every number is checked against the file before it is believed: entries lie within it, an entry unpacks to exactly
//! the size it says and has its checksum, all of them together to no more than [`MOST_GROWTH`] times the archive.
//! Names that are not UTF-8 are GB18030 where they can be. What is encrypted or packed otherwise than by deflate is
//! listed, and refused when it is opened.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use encoding_rs::{GB18030, WINDOWS_1252};
use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::unpack::{Bound, FREE, MOST_GROWTH, read_up_to};

/// The most entries of an archive.
const MOST_ENTRIES: usize = 20_000;
/// The most bytes of an archive's directory.
const MOST_DIRECTORY: u64 = 32 << 20;
/// Bytes of the record at the end of an archive without its comment.
const END: usize = 22;

/// Bytes that can be read from anywhere.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// An archive whose directory has been read.
pub struct Archive {
    bytes: Box<dyn ReadSeek>,
    len: u64,
    entries: Vec<Entry>,
}

/// An entry as the directory tells it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name with folders, separated by `/`; no step leads up or to a root.
    pub name: String,
    /// Bytes in the archive.
    pub packed: u64,
    /// Bytes when it is unpacked.
    pub size: u64,
    offset: u64,
    crc: u32,
    method: u16,
    is_encrypted: bool,
}

impl Archive {
    /// Reads the directory of an archive of `len` bytes.
    pub fn open(mut bytes: Box<dyn ReadSeek>, len: u64) -> io::Result<Archive> {
        let directory = Directory::find(&mut bytes, len)?;
        let entries = directory.read(&mut bytes)?;
        let unpacked = entries.iter().try_fold(0u64, |sum, entry| sum.checked_add(entry.size));
        if unpacked.is_none_or(|unpacked| unpacked > FREE.max(len.saturating_mul(MOST_GROWTH))) {
            return Err(io::Error::other(Bound::Growth {}));
        }
        Ok(Archive { bytes, len, entries })
    }

    /// Its files, in the order of the directory.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of an entry. Its end is an error where size or checksum are not what the directory says.
    pub fn read(mut self, entry: &Entry) -> io::Result<Box<dyn Read>> {
        if entry.is_encrypted {
            return Err(io::Error::other(Bound::Encrypted {}));
        }
        self.bytes.seek(SeekFrom::Start(entry.offset))?;
        let mut head = [0; 30];
        self.bytes.read_exact(&mut head)?;
        if !head.starts_with(b"PK\x03\x04") {
            return Err(broken("目录所说的位置没有文件", "no entry stands where the directory says"));
        }
        let skip = u64::from(u16_at(&head, 26)) + u64::from(u16_at(&head, 28));
        let start = entry.offset + 30 + skip;
        if start.checked_add(entry.packed).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.bytes.seek(SeekFrom::Start(start))?;
        let packed = self.bytes.take(entry.packed);
        let bytes: Box<dyn Read> = match entry.method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(BufReader::with_capacity(1 << 16, packed))),
            method => return Err(io::Error::other(Bound::Method { method })),
        };
        Ok(Box::new(Checked { bytes, left: entry.size, crc: Crc::new(), told: entry.crc }))
    }
}

/// Holds an entry to the size and checksum it has told.
struct Checked {
    bytes: Box<dyn Read>,
    left: u64,
    crc: Crc,
    told: u32,
}

impl Read for Checked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = self.bytes.read(buf)?;
        self.left = self
            .left
            .checked_sub(len as u64)
            .ok_or_else(|| broken("有文件比所说的大", "an entry is larger than it says"))?;
        self.crc.update(&buf[..len]);
        if len == 0 && !buf.is_empty() {
            if self.left > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if self.crc.sum() != self.told {
                return Err(broken("有文件的校验和不符", "an entry does not have its checksum"));
            }
        }
        Ok(len)
    }
}

/// Where the directory stands.
struct Directory {
    start: u64,
    size: u64,
    /// What stands before the archive, which its offsets do not count.
    before: u64,
}

impl Directory {
    /// Finds the directory by the record at the end of the file.
    fn find(bytes: &mut Box<dyn ReadSeek>, len: u64) -> io::Result<Directory> {
        let tail_len = len.min(END as u64 + 65_535);
        let tail_at = len - tail_len;
        let mut tail = vec![0; tail_len as usize];
        bytes.seek(SeekFrom::Start(tail_at))?;
        bytes.read_exact(&mut tail)?;
        let is_end = |at: &usize| {
            tail[*at..].starts_with(b"PK\x05\x06") && u16_at(&tail[*at..], 20) as usize <= tail.len() - at - END
        };
        let last = (0..=tail.len().saturating_sub(END)).rev();
        let at = if tail.len() < END { None } else { last.into_iter().find(is_end) };
        let at = at.ok_or_else(|| {
            let (zh, en) = ("压缩包没有目录", "the archive has no directory");
            io::Error::new(io::ErrorKind::UnexpectedEof, Bound::Broken { zh, en })
        })?;
        let end = &tail[at..];
        let (mut size, mut offset) = (u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
        let mut directory_end = tail_at + at as u64;
        // The record of large archives stands before it, and where, a third one says.
        if let Some(locator) = at.checked_sub(20).and_then(|at| tail.get(at..at + 20))
            && locator.starts_with(b"PK\x06\x07")
        {
            let record_at = u64_at(locator, 8);
            let mut record = [0; 56];
            if record_at < directory_end {
                bytes.seek(SeekFrom::Start(record_at))?;
                bytes.read_exact(&mut record)?;
            }
            if !record.starts_with(b"PK\x06\x06") {
                return Err(broken("缺少大压缩包的目录", "the directory of a large archive is missing"));
            }
            (size, offset) = (u64_at(&record, 40), u64_at(&record, 48));
            directory_end = record_at;
        }
        let start = directory_end
            .checked_sub(size)
            .ok_or_else(|| broken("目录比文件还大", "a directory larger than the file"))?;
        let before =
            start.checked_sub(offset).ok_or_else(|| broken("目录在别处", "a directory that lies elsewhere"))?;
        if size > MOST_DIRECTORY {
            return Err(io::Error::other(Bound::Entries {}));
        }
        Ok(Directory { start, size, before })
    }

    /// Its entries without folders; names that are not marked as UTF-8 are read in one encoding.
    fn read(&self, bytes: &mut Box<dyn ReadSeek>) -> io::Result<Vec<Entry>> {
        let mut directory = Vec::new();
        bytes.seek(SeekFrom::Start(self.start))?;
        bytes.take(self.size).read_to_end(&mut directory)?;
        let mut rest = &directory[..];
        let mut found: Vec<(Entry, Vec<u8>, bool)> = Vec::new();
        while rest.starts_with(b"PK\x01\x02") {
            let (head, after) = rest.split_at_checked(46).ok_or_else(cut)?;
            let take =
                |from: &'_ [u8], len: u16| -> Option<usize> { (usize::from(len) <= from.len()).then_some(len.into()) };
            let name_len = take(after, u16_at(head, 28)).ok_or_else(cut)?;
            let (name, after) = after.split_at(name_len);
            let extra_len = take(after, u16_at(head, 30)).ok_or_else(cut)?;
            let (extra, after) = after.split_at(extra_len);
            let comment_len = take(after, u16_at(head, 32)).ok_or_else(cut)?;
            rest = &after[comment_len..];
            let flags = u16_at(head, 8);
            let (mut packed, mut size, mut offset) =
                (u64::from(u32_at(head, 20)), u64::from(u32_at(head, 24)), u64::from(u32_at(head, 42)));
            // What does not fit into 32 bits stands in an extra field, in this order.
            let mut wide = extra_field(extra, 1).unwrap_or_default();
            for number in [&mut size, &mut packed, &mut offset] {
                if *number == u64::from(u32::MAX)
                    && let Some((eight, more)) = wide.split_first_chunk::<8>()
                {
                    *number = u64::from_le_bytes(*eight);
                    wide = more;
                }
            }
            let offset = offset.checked_add(self.before).filter(|at| *at < self.start);
            let entry = Entry {
                name: String::new(),
                packed,
                size,
                offset: offset
                    .ok_or_else(|| broken("有文件位于压缩包之外", "an entry that lies outside of the archive"))?,
                crc: u32_at(head, 16),
                method: u16_at(head, 10),
                is_encrypted: flags & 1 != 0,
            };
            if !name.ends_with(b"/") && !name.ends_with(b"\\") {
                found.push((entry, name.to_vec(), flags & (1 << 11) != 0));
            }
            if found.len() > MOST_ENTRIES {
                return Err(io::Error::other(Bound::Entries {}));
            }
        }
        let unmarked: Vec<&[u8]> = found.iter().filter(|(_, _, utf8)| !utf8).map(|(_, name, _)| &name[..]).collect();
        let is_utf8 = unmarked.iter().all(|name| std::str::from_utf8(name).is_ok());
        let is_gb = unmarked.iter().all(|name| !GB18030.decode_without_bom_handling(name).1);
        let entries = found.into_iter().map(|(entry, name, marked)| {
            let text = match (marked || is_utf8, is_gb) {
                (true, _) => String::from_utf8_lossy(&name).into_owned(),
                (false, true) => GB18030.decode_without_bom_handling(&name).0.into_owned(),
                (false, false) => WINDOWS_1252.decode_without_bom_handling(&name).0.into_owned(),
            };
            Entry { name: below(&text), ..entry }
        });
        Ok(entries.collect())
    }
}

/// A name as a path below the archive: no root, no step up, nothing that a terminal would obey.
fn below(name: &str) -> String {
    let steps = name.split(['/', '\\']).filter(|step| !matches!(*step, "" | "." | ".."));
    let name = steps.collect::<Vec<_>>().join("/");
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The content of an extra field.
fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let (id, len) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let content = extra.get(4..4 + len)?;
        if id == wanted {
            return Some(content);
        }
        extra = &extra[4 + len..];
    }
    None
}

/// Whether the first bytes of a file are those of an archive.
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// All bytes of a stream that gives at most `most`.
pub fn whole(from: &mut dyn Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    match read_up_to(from, &mut [0])? {
        0 => Ok(bytes),
        _ => Err(io::Error::other(Bound::Inner {})),
    }
}

/// A number at a place within bytes that are known to reach beyond it.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

fn broken(zh: &'static str, en: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Bound::Broken { zh, en })
}

fn cut() -> io::Error {
    let (zh, en) = ("止于压缩包的目录之中", "within the directory of the archive");
    io::Error::new(io::ErrorKind::UnexpectedEof, Bound::Broken { zh, en })
}

#[cfg(test)]
#[path = "../../tests/packed/mod.rs"]
mod packed;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::packed::{zip, zip_raw};
    use super::*;

    /// All entries of an archive, each with its content or why there is none.
    fn read(bytes: &[u8]) -> io::Result<Vec<(String, io::Result<Vec<u8>>)>> {
        let open = || Archive::open(Box::new(Cursor::new(bytes.to_vec())), bytes.len() as u64);
        let entries = open()?.entries().to_vec();
        let content = |entry: &Entry| whole(&mut *open()?.read(entry)?, 1 << 20);
        Ok(entries.iter().map(|entry| (entry.name.clone(), content(entry))).collect())
    }

    fn names(bytes: &[u8]) -> Vec<String> {
        read(bytes).unwrap().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn entries_are_read_by_name_and_no_name_leads_out_of_the_archive() {
        let bytes = zip(&[("a/b.csv", b"lon,lat\n"), ("../../etc/x", b"y"), ("folder/", b""), ("/root\\c", b"z")]);
        let told: Vec<_> = read(&bytes).unwrap().into_iter().map(|(name, text)| (name, text.unwrap())).collect();
        let told: Vec<(&str, &[u8])> = told.iter().map(|(name, text)| (&**name, &**text)).collect();
        assert_eq!(told, [("a/b.csv", &b"lon,lat\n"[..]), ("etc/x", b"y"), ("root/c", b"z")]);
        let behind_a_program = [b"#!/bin/sh\n", &bytes[..]].concat();
        assert_eq!(names(&behind_a_program).len(), 3);
    }

    #[test]
    fn names_that_are_not_utf8_are_chinese_where_they_can_be() {
        let gb = GB18030.encode("消火栓.shp").0.into_owned();
        assert_eq!(names(&zip_raw(&[(&gb, b"x", 0), (b"readme.txt", b"x", 0)])), ["消火栓.shp", "readme.txt"]);
        assert_eq!(names(&zip_raw(&[("井.shp".as_bytes(), b"x", 0)])), ["井.shp"]);
    }

    #[test]
    fn what_an_archive_promises_it_must_keep() {
        let whole = zip(&[("a.csv", &[b'a'; 1000])]);
        let locked = zip_raw(&[(b"a.csv", b"x", 1)]);
        let told = read(&locked).unwrap().remove(0).1.unwrap_err();
        assert!(matches!(told.get_ref().and_then(|bound| bound.downcast_ref()), Some(Bound::Encrypted {})));
        // The size in the directory, one less and one more; then the checksum.
        let directory = whole.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        for (at, by) in [(24, 255), (24, 1), (16, 1)] {
            let mut bytes = whole.clone();
            bytes[directory + at] = bytes[directory + at].wrapping_add(by);
            assert!(read(&bytes).unwrap().remove(0).1.is_err(), "byte {at} of the entry");
        }
        // A bomb: an entry that says it is gigabytes.
        let mut bytes = whole.clone();
        bytes[directory + 27] = 0x7f;
        assert!(read(&bytes).is_err());
        for len in 0..whole.len() {
            assert!(read(&whole[..len]).is_err(), "cut at {len}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn damaged_archives_are_a_sentence(
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..10),
            cut in proptest::option::of(any::<proptest::sample::Index>()),
        ) {
            let mut bytes = zip(&[("a/b.csv", b"lon,lat\n1,2\n"), ("c.txt", b"words words words"), ("d", b"")]);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            if let Ok(entries) = read(&bytes) {
                prop_assert!(entries.iter().all(|(name, _)| !name.split('/').any(|step| step == "..")));
            }
        }
    }
}
