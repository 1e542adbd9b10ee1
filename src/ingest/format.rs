//! Which format a file has: its content decides, its name only tells whether it lies.

use std::path::Path;

use super::encoding;
use super::error::IngestError;
use super::osm;
use super::unpack::{Unpacked, explain, read_up_to};

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenStreetMap.
    Osm(osm::Encoding),
    /// GeoJSON (RFC 7946).
    GeoJson,
    /// A table with separators.
    Csv,
    /// FlatGeobuf, version 3.
    FlatGeobuf,
}

impl Format {
    /// The name a person knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Format::Osm(osm::Encoding::Pbf) => "OpenStreetMap PBF",
            Format::Osm(osm::Encoding::Xml) => "OpenStreetMap XML",
            Format::GeoJson => "GeoJSON",
            Format::Csv => "CSV",
            Format::FlatGeobuf => "FlatGeobuf",
        }
    }

    /// The format of a file's content.
    pub fn of(path: &Path) -> Result<Format, IngestError> {
        let name = path.display().to_string();
        let meta = std::fs::metadata(path).map_err(|err| explain(path, &err))?;
        if meta.is_dir() {
            return Err(IngestError::Directory { path: name });
        }
        let mut head = [0; 4096];
        let mut bytes = Unpacked::open(path).map_err(|err| explain(path, &err))?;
        let len = read_up_to(&mut bytes, &mut head).map_err(|err| explain(path, &err))?;
        if len == 0 {
            return Err(IngestError::Empty { path: name });
        }
        Format::of_bytes(&head[..len]).map_err(|what| IngestError::UnknownFormat { path: name, what: what.into() })
    }

    /// The format of a file by its first bytes, or what else they look like.
    fn of_bytes(head: &[u8]) -> Result<Format, &'static str> {
        if head.len() > 8 && head[..2] == [0, 0] && head[4..].windows(9).take(8).any(|w| w == b"OSMHeader") {
            return Ok(Format::Osm(osm::Encoding::Pbf));
        }
        // The seventh byte is the patch of the version; another version has other tables.
        match head {
            [b'f', b'g', b'b', 3, b'f', b'g', b'b', _, ..] => return Ok(Format::FlatGeobuf),
            [b'f', b'g', b'b', _, b'f', b'g', b'b', _, ..] => return Err("FlatGeobuf (not version 3)"),
            _ => {}
        }
        const OTHERS: [(&[u8], &str); 7] = [
            (b"PK\x03\x04", "ZIP / Excel (.xlsx)"),
            (b"\xd0\xcf\x11\xe0", "Excel (.xls)"),
            (b"SQLite format 3\0", "SQLite / GeoPackage"),
            (b"\0\0\x27\x0a", "Shapefile"),
            (b"%PDF", "PDF"),
            (b"PAR1", "Parquet"),
            (b"\x89PNG", "PNG"),
        ];
        if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Err(what);
        }
        let marked = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let is_utf16 = marked || encoding::is_utf16(head);
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        match text.trim_ascii_start() {
            [] => Err("(blank)"),
            [b'{' | b'[', ..] => Ok(Format::GeoJson),
            [b'<', ..] if contains(text, b"<osmChange") => Err("OpenStreetMap change (.osc)"),
            [b'<', ..] if contains(text, b"<osm") => Ok(Format::Osm(osm::Encoding::Xml)),
            [b'<', ..] if contains(text, b"<html") || contains(text, b"<!DOCTYPE html") => Err("HTML"),
            [b'<', ..] if contains(text, b"<kml") => Err("KML"),
            [b'<', ..] => Err("XML"),
            _ if !is_utf16 && text.contains(&0) => Err("(binary)"),
            _ => Ok(Format::Csv),
        }
    }

    /// The format a file's name promises, if it promises one.
    pub fn promised(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "pbf" => Some(Format::Osm(osm::Encoding::Pbf)),
            "osm" => Some(Format::Osm(osm::Encoding::Xml)),
            "json" | "geojson" => Some(Format::GeoJson),
            "csv" | "tsv" | "txt" => Some(Format::Csv),
            "fgb" => Some(Format::FlatGeobuf),
            _ => None,
        }
    }
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window == what)
}

/// A file's name without folder and endings: `消火栓.csv.gz` is `消火栓`.
pub fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut stem = name.as_str();
    while let Some((before, ending)) = stem.rsplit_once('.') {
        let is_ending = matches!(
            ending.to_lowercase().as_str(),
            "gz" | "pbf" | "osm" | "json" | "geojson" | "csv" | "tsv" | "txt" | "fgb"
        );
        if !is_ending || before.is_empty() {
            break;
        }
        stem = before;
    }
    stem.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_other_files_are_named() {
        assert_eq!(Format::of_bytes(b" \n{\"type\": \"FeatureCollection\"}"), Ok(Format::GeoJson));
        assert_eq!(
            Format::of_bytes(b"<?xml version='1.0'?>\n<osm version='0.6'>"),
            Ok(Format::Osm(osm::Encoding::Xml))
        );
        assert_eq!(Format::of_bytes(b"\xef\xbb\xbflon,lat\n1,2\n"), Ok(Format::Csv));
        assert_eq!(Format::of_bytes(b"\xff\xfel\0o\0n\0"), Ok(Format::Csv));
        assert_eq!(Format::of_bytes(b"fgb\x03fgb\x00\x20\0\0\0"), Ok(Format::FlatGeobuf));
        assert_eq!(Format::of_bytes(b"fgb\x02fgb\x00\x20\0\0\0"), Err("FlatGeobuf (not version 3)"));
        assert_eq!(Format::of_bytes(b"PK\x03\x04..."), Err("ZIP / Excel (.xlsx)"));
        assert_eq!(Format::of_bytes(b"a\0b"), Err("(binary)"));
    }

    #[test]
    fn a_stem_has_no_endings() {
        assert_eq!(stem(Path::new("/a/liechtenstein-2024.osm.pbf")), "liechtenstein-2024");
        assert_eq!(stem(Path::new("消火栓.csv.gz")), "消火栓");
        assert_eq!(stem(Path::new("v1.2 hydrants.csv")), "v1.2 hydrants");
    }
}
