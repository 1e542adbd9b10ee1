//! One XML part of a workbook, read as a stream: no element of it and no row may be larger than a record of any file.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use quick_xml::Reader as Xml;
use quick_xml::events::{BytesStart, Event};

use crate::ingest::detail::Detail;
use crate::ingest::error::IngestError;
use crate::ingest::unpack::{Meter, Unpacked, explain};

/// A part being read.
pub struct Part {
    /// What its sentences call it: the workbook.
    workbook: PathBuf,
    xml: Xml<BufReader<Unpacked>>,
    meter: Meter,
    size: u64,
    buffer: Vec<u8>,
}

impl Part {
    /// Opens a part; `None` where the workbook has none of that name.
    pub fn open(workbook: &Path, name: &str) -> Result<Option<Part>, IngestError> {
        let bytes = match Unpacked::open(&workbook.join(name)) {
            Ok(bytes) => bytes,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(explain(workbook, &err)),
        };
        let (meter, size) = (bytes.meter(), bytes.size());
        let mut xml = Xml::from_reader(BufReader::with_capacity(1 << 16, bytes));
        let config = xml.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = false;
        Ok(Some(Part { workbook: workbook.to_owned(), xml, meter, size, buffer: Vec::new() }))
    }

    /// The next event. Its end is [`Event::Eof`].
    pub fn read(&mut self) -> Result<Event<'_>, IngestError> {
        self.buffer.clear();
        self.xml.read_event_into(&mut self.buffer).map_err(|err| match err {
            quick_xml::Error::Io(err) => explain(&self.workbook, &err),
            quick_xml::Error::Syntax(err) if self.meter.done() >= self.size => {
                IngestError::Truncated { path: self.workbook.display().to_string(), detail: Detail::quoted(err) }
            }
            err => IngestError::Damaged { path: self.workbook.display().to_string(), detail: Detail::quoted(err) },
        })
    }

    /// Says that a row, or whatever the part consists of, ends here.
    pub fn record_ends(&self) {
        self.meter.record_ends();
    }

    /// How far it has been read, and how far it goes.
    pub fn progress(&self) -> (u64, u64) {
        (self.meter.done(), self.size)
    }

    /// The error of a part that is not as it should be.
    pub fn damaged(&self, zh: &str, en: &str) -> IngestError {
        IngestError::Damaged { path: self.workbook.display().to_string(), detail: Detail::both(zh, en) }
    }

    /// The error of a part that goes beyond a limit.
    pub fn too_much(&self, zh: &str, en: &str) -> IngestError {
        IngestError::TooMuch { path: self.workbook.display().to_string(), what: Detail::both(zh, en) }
    }
}

/// A name without its prefix.
pub fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// An attribute by its local name, entities resolved.
pub fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|attribute| local(attribute.key.as_ref()) == wanted)?;
    let value = quick_xml::escape::unescape(&found.value).ok()?;
    Some(value.into_owned())
}

/// A number in an attribute.
pub fn number(tag: &BytesStart<'_>, wanted: &str) -> Option<u64> {
    attribute(tag, wanted)?.trim().parse().ok()
}

/// What a reference stands for; one that is not known stays as it is written.
pub fn resolved(entity: &str) -> String {
    let written = format!("&{entity};");
    quick_xml::escape::unescape(&written).map_or(written.clone(), |text| text.into_owned())
}
