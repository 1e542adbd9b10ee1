//! OpenStreetMap PBF: blobs are read in order, decoded in parallel and handed on in order.
//!
//! A blob is at most 32 MiB, packed or not, as the format says; the file's frame is walked first, so that a file that
//! was cut short is known before anything is kept.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use osmpbf::{Blob, BlobDecode, BlobReader, PrimitiveBlock, RelMemberType};
use rayon::prelude::*;

use super::element::{Body, Element, Kind, MOST_PARTS, Member, Pass, Tags};
use crate::ingest::detail::{Detail, detail};
use crate::ingest::error::IngestError;
use crate::model::{Lang, Place, Speak};

/// The most bytes of a blob's header and of a blob.
const MOST_HEADER: u32 = 64 * 1024;
const MOST_BLOB: u64 = 32 * 1024 * 1024;

/// Blobs decoded at once, and the most bytes of them unless one alone has more: as much as is held in memory at a time.
const AT_ONCE: usize = 16;
const MOST_AT_ONCE: usize = 32 << 20;

/// What the file requires of its reader, as far as this one goes.
const KNOWN: [&str; 2] = ["OsmSchema-V0.6", "DenseNodes"];

/// An OpenStreetMap PBF file, its frame walked and found whole.
pub struct PbfFile {
    path: PathBuf,
    blobs: Vec<Frame>,
}

/// Where a blob lies, and, once seen, how many elements of each kind it holds and their least and greatest numbers.
struct Frame {
    offset: u64,
    len: usize,
    counts: Option<[u32; 3]>,
    ids: [Option<(i64, i64)>; 3],
}

/// What was seen in a blob.
struct Seen<F> {
    counts: [u32; 3],
    /// The least and the greatest number of the pass's kind.
    ids: Option<(i64, i64)>,
    found: F,
}

impl<F> Seen<F> {
    fn see<P: Pass<Found = F>>(&mut self, pass: &P, nth: u32, element: &Element<'_>) {
        let (least, most) = self.ids.unwrap_or((element.id, element.id));
        self.ids = Some((least.min(element.id), most.max(element.id)));
        self.counts[P::KIND as usize] += 1;
        pass.see(nth, element, &mut self.found);
    }
}

impl PbfFile {
    /// Walks the frame of the file and reads its header.
    pub fn open(path: &Path) -> Result<PbfFile, IngestError> {
        let mut pbf = PbfFile { path: path.to_owned(), blobs: Vec::new() };
        let file = File::open(path).map_err(|err| pbf.unreadable(&err))?;
        let size = file.metadata().map_err(|err| pbf.unreadable(&err))?.len();
        let mut file = BufReader::new(file);
        let mut offset = 0;
        while offset < size {
            let mut len = [0; 4];
            file.read_exact(&mut len).map_err(|err| pbf.broken(offset, &err))?;
            let header_len = u32::from_be_bytes(len);
            if header_len == 0 || header_len > MOST_HEADER {
                return Err(pbf.damaged(offset, &Detail::both("块头的大小不可能", "a blob header of impossible size")));
            }
            let mut header = vec![0; header_len as usize];
            file.read_exact(&mut header).map_err(|err| pbf.broken(offset, &err))?;
            let blob_len = blob_size(&header).filter(|len| *len <= MOST_BLOB + 1024);
            let Some(blob_len) = blob_len else {
                return Err(pbf.damaged(offset, &Detail::both("块的大小不可能", "a blob of impossible size")));
            };
            let len = 4 + u64::from(header_len) + blob_len;
            if offset + len > size {
                return Err(pbf.truncated(offset));
            }
            pbf.blobs.push(Frame { offset, len: len as usize, counts: None, ids: [None; 3] });
            offset += len;
            file.seek_relative(blob_len as i64).map_err(|err| pbf.unreadable(&err))?;
        }
        pbf.read_header()?;
        Ok(pbf)
    }

    fn read_header(&mut self) -> Result<(), IngestError> {
        let first = self.blobs.first().map(|frame| (frame.offset, frame.len));
        let Some((offset, len)) = first else {
            return Err(self.damaged(0, &Detail::both("没有数据块", "no blob")));
        };
        let bytes = self.read(offset, len)?;
        let blob = parse(&bytes).map_err(|err| self.damaged(offset, &Detail::quoted(err)))?;
        let BlobDecode::OsmHeader(header) = blob.decode().map_err(|err| self.damaged(offset, &Detail::quoted(err)))?
        else {
            return Err(self.damaged(offset, &Detail::both("没有文件头块", "no header block")));
        };
        let path = self.path.display().to_string();
        for feature in header.required_features() {
            if feature == "HistoricalInformation" {
                return Err(IngestError::History { path });
            }
            if !KNOWN.contains(&feature.as_str()) {
                return Err(IngestError::Feature { path, feature: feature.chars().take(100).collect() });
            }
        }
        self.blobs.remove(0);
        Ok(())
    }

    /// Looks through the elements of the pass's kind in some of the blobs. `join` gets what each held and how many
    /// elements of all kinds stood before it, and says whether to go on; the blob at which it ended. Those that were
    /// decoded along with the last are joined too.
    pub fn run<P: Pass>(
        &mut self,
        pass: &P,
        stretch: Range<u64>,
        join: &mut dyn FnMut(P::Found, u64) -> bool,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, IngestError> {
        let within = |blob: u64| usize::try_from(blob).unwrap_or(usize::MAX).min(self.blobs.len());
        let (mut start, stop) = (within(stretch.start), within(stretch.end));
        let mut before = self.blobs[..start].iter().map(Frame::elements).sum();
        let mut goes_on = true;
        while goes_on && start < stop {
            let mut bytes = 0;
            let fits = |frame: &&Frame| {
                bytes += frame.len;
                bytes <= MOST_AT_ONCE
            };
            let count = self.blobs[start..stop].iter().take(AT_ONCE).take_while(fits).count().max(1);
            let end = start + count;
            let mut file = File::open(&self.path).map_err(|err| self.unreadable(&err))?;
            let mut chunks = Vec::new();
            for frame in &self.blobs[start..end] {
                let bytes = if frame.is_wanted(pass) { Some(self.read_from(&mut file, frame)?) } else { None };
                chunks.push((frame.offset, bytes));
            }
            let seen: Vec<_> = chunks
                .into_par_iter()
                .map(|(offset, bytes)| {
                    bytes.map(|bytes| look(&bytes, pass).map_err(|err| self.damaged(offset, &Detail::quoted(err))))
                })
                .collect();
            for (frame, seen) in self.blobs[start..end].iter_mut().zip(seen) {
                if let Some(seen) = seen {
                    let Seen { counts, ids, found } = seen?;
                    // A damaged block may announce more of a kind than it holds: who goes through them knows.
                    let kind = P::KIND as usize;
                    let mut known = frame.counts.unwrap_or(counts);
                    known[kind] = counts[kind];
                    frame.counts = Some(known);
                    frame.ids[P::KIND as usize] = ids;
                    goes_on &= join(found, before);
                }
                before += frame.elements();
            }
            progress(self.blobs[end - 1].offset);
            start = end;
        }
        Ok(start as u64)
    }

    /// How many blobs of data there are.
    pub fn len(&self) -> u64 {
        self.blobs.len() as u64
    }

    /// How many elements the file holds; known after the first pass.
    pub fn elements(&self) -> u64 {
        self.blobs.iter().map(Frame::elements).sum()
    }

    fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, IngestError> {
        let mut file = File::open(&self.path).map_err(|err| self.unreadable(&err))?;
        self.read_from(&mut file, &Frame { offset, len, counts: None, ids: [None; 3] })
    }

    fn read_from(&self, file: &mut File, frame: &Frame) -> Result<Vec<u8>, IngestError> {
        let mut bytes = vec![0; frame.len];
        file.seek(SeekFrom::Start(frame.offset)).map_err(|err| self.unreadable(&err))?;
        file.read_exact(&mut bytes).map_err(|err| self.broken(frame.offset, &err))?;
        Ok(bytes)
    }

    fn unreadable(&self, err: &std::io::Error) -> IngestError {
        IngestError::Unreadable { path: self.path.display().to_string(), detail: Detail::quoted(err) }
    }

    fn broken(&self, offset: u64, err: &std::io::Error) -> IngestError {
        match err.kind() {
            std::io::ErrorKind::UnexpectedEof => self.truncated(offset),
            _ => self.unreadable(err),
        }
    }

    fn truncated(&self, offset: u64) -> IngestError {
        let detail = detail!(
            "位于第 {offset} 字节的块超出文件末尾",
            "the block at byte {offset} ends beyond the end of the file"
        );
        IngestError::Truncated { path: self.path.display().to_string(), detail }
    }

    fn damaged(&self, offset: u64, what: &Detail) -> IngestError {
        let (zh, en) = (what.say(Lang::Zh), what.say(Lang::En));
        let detail = Detail::both(format!("第 {offset} 字节的块：{zh}"), format!("block at byte {offset}: {en}"));
        IngestError::Damaged { path: self.path.display().to_string(), detail }
    }
}

impl Frame {
    /// Whether a pass has to look at it: one that is known to hold nothing of its kind, or none of the wanted, is not
    /// read again.
    fn is_wanted<P: Pass>(&self, pass: &P) -> bool {
        let kind = P::KIND as usize;
        self.counts.is_none_or(|counts| counts[kind] > 0)
            && self.ids[kind].is_none_or(|(least, most)| pass.wants(least..=most))
    }

    /// Elements of all kinds, as far as known.
    fn elements(&self) -> u64 {
        self.counts.iter().flatten().map(|count| u64::from(*count)).sum()
    }
}

/// The size of the blob after a blob header: field 3 of the message.
fn blob_size(mut header: &[u8]) -> Option<u64> {
    let mut size = None;
    while !header.is_empty() {
        let tag = varint(&mut header)?;
        match tag & 7 {
            0 => {
                let value = varint(&mut header)?;
                size = if tag >> 3 == 3 { Some(value) } else { size };
            }
            2 => {
                let len = usize::try_from(varint(&mut header)?).ok()?;
                header = header.get(len..)?;
            }
            _ => return None,
        }
    }
    size
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn parse(bytes: &[u8]) -> Result<Blob, String> {
    BlobReader::new(bytes).next().ok_or("no blob")?.map_err(|err| err.to_string())
}

/// Decodes a blob and shows the pass its elements. The decoder panics at a member of a type that does not exist, and at
/// sums of differences beyond 64 bits: both are damage of the file.
fn look<P: Pass>(bytes: &[u8], pass: &P) -> Result<Seen<P::Found>, String> {
    // What a panic leaves half done is dropped with its blob.
    catch_unwind(AssertUnwindSafe(|| see_blob(bytes, pass)))
        .unwrap_or_else(|_| Err("no element of OpenStreetMap".into()))
}

fn see_blob<P: Pass>(bytes: &[u8], pass: &P) -> Result<Seen<P::Found>, String> {
    let mut seen = Seen { counts: [0; 3], ids: None, found: P::Found::default() };
    let blob = parse(bytes)?;
    if let BlobDecode::OsmData(block) = blob.decode().map_err(|err| err.to_string())? {
        see_block(&block, pass, &mut seen)?;
    }
    Ok(seen)
}

fn see_block<P: Pass>(block: &PrimitiveBlock, pass: &P, seen: &mut Seen<P::Found>) -> Result<(), String> {
    let strings: Vec<&str> =
        block.raw_stringtable().iter().map(|bytes| std::str::from_utf8(bytes).unwrap_or("\u{fffd}")).collect();
    let word = |ix: usize| strings.get(ix).copied().ok_or("a string that is not in the table");
    let mut nth = 0;
    let mut tags: Vec<(&str, &str)> = Vec::new();
    let mut refs: Vec<i64> = Vec::new();
    let mut members: Vec<Member<'_>> = Vec::new();
    for group in block.groups() {
        if P::KIND == Kind::Node {
            for node in group.dense_nodes() {
                tags.clear();
                for (key, value) in node.raw_tags() {
                    tags.push((word(key as usize)?, word(value as usize)?));
                }
                let body = Body::Node(place(node.nano_lon(), node.nano_lat()));
                seen.see(pass, nth, &Element { id: node.id(), tags: Tags(&tags), body });
                nth += 1;
            }
            for node in group.nodes() {
                tags.clear();
                for (key, value) in node.raw_tags() {
                    tags.push((word(key as usize)?, word(value as usize)?));
                }
                let body = Body::Node(place(node.nano_lon(), node.nano_lat()));
                seen.see(pass, nth, &Element { id: node.id(), tags: Tags(&tags), body });
                nth += 1;
            }
        } else {
            let nodes = (group.dense_nodes().len() + group.nodes().len()) as u32;
            nth += nodes;
            seen.counts[0] += nodes;
        }
        if P::KIND == Kind::Way {
            for way in group.ways() {
                tags.clear();
                for (key, value) in way.raw_tags() {
                    tags.push((word(key as usize)?, word(value as usize)?));
                }
                refs.clear();
                if way.raw_refs().len() > MOST_PARTS {
                    return Err(format!("way {} has more than {MOST_PARTS} nodes", way.id()));
                }
                refs.extend(way.refs());
                seen.see(pass, nth, &Element { id: way.id(), tags: Tags(&tags), body: Body::Way(&refs) });
                nth += 1;
            }
        } else {
            nth += group.ways().len() as u32;
            seen.counts[1] += group.ways().len() as u32;
        }
        if P::KIND == Kind::Relation {
            for relation in group.relations() {
                tags.clear();
                for (key, value) in relation.raw_tags() {
                    tags.push((word(key as usize)?, word(value as usize)?));
                }
                members.clear();
                if relation.members().len() > MOST_PARTS {
                    return Err(format!("relation {} has more than {MOST_PARTS} members", relation.id()));
                }
                for member in relation.members() {
                    let kind = match member.member_type {
                        RelMemberType::Node => Kind::Node,
                        RelMemberType::Way => Kind::Way,
                        RelMemberType::Relation => Kind::Relation,
                    };
                    members.push(Member { kind, id: member.member_id, role: word(member.role_sid as usize)? });
                }
                let body = Body::Relation(&members);
                seen.see(pass, nth, &Element { id: relation.id(), tags: Tags(&tags), body });
                nth += 1;
            }
        } else {
            nth += group.relations().len() as u32;
            seen.counts[2] += group.relations().len() as u32;
        }
    }
    Ok(())
}

/// A place from whole 1e-9 degrees, rounded to 1e-7.
fn place(lon: i64, lat: i64) -> Option<Place> {
    let round = |nano: i64| i32::try_from((nano.checked_add(if nano < 0 { -50 } else { 50 })?) / 100).ok();
    let (lon, lat) = (round(lon)?, round(lat)?);
    let on_earth = lon.unsigned_abs() <= 1_800_000_000 && lat.unsigned_abs() <= 900_000_000;
    on_earth.then_some(Place { lon, lat })
}
