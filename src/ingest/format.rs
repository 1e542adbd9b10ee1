//! Which format a file has: its content decides, its name only tells whether it lies.

use std::path::Path;

use super::encoding;
use super::error::IngestError;
use super::hgt;
use super::osm;
use super::unpack::{Unpacked, explain, read_up_to};
use super::zip::is_zip;

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
    /// An Esri Shapefile with its parts.
    Shapefile,
    /// A table of a GeoPackage.
    GeoPackage,
    /// KML (OGC 07-147), also out of a KMZ.
    Kml,
    /// An object of a TopoJSON file.
    TopoJson,
    /// A sheet of an Excel workbook (.xlsx, .xlsm).
    Xlsx,
    /// A sheet of an OpenDocument spreadsheet.
    Ods,
    /// Heights of the ground as SRTM gives them.
    Hgt,
}

/// What a file turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A format that is read.
    Data(Format),
    /// A ZIP archive, or what is packed as one.
    Zip,
}

/// What a file is that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Foreign {
    /// No format of map data.
    Unknown(&'static str),
    /// Map data that GDAL converts.
    Gdal(&'static str),
    /// A packed file that is not opened.
    Packed(&'static str),
    /// A workbook that a spreadsheet program saves as XLSX.
    Office(&'static str),
}

impl Format {
    /// The name a person knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Format::Osm(osm::Encoding::Pbf) => "OpenStreetMap PBF",
            Format::Osm(osm::Encoding::Xml) => "OpenStreetMap XML",
            Format::GeoJson => "GeoJSON",
            Format::TopoJson => "TopoJSON",
            Format::Csv => "CSV",
            Format::FlatGeobuf => "FlatGeobuf",
            Format::Shapefile => "Shapefile",
            Format::GeoPackage => "GeoPackage",
            Format::Kml => "KML",
            Format::Xlsx => "XLSX",
            Format::Ods => "ODS",
            Format::Hgt => "SRTM HGT",
        }
    }

    /// The format of a file's content by its first bytes, or what else they look like.
    fn of_bytes(head: &[u8]) -> Result<Content, Foreign> {
        let data = |format| Ok(Content::Data(format));
        if is_zip(head) {
            return Ok(Content::Zip);
        }
        if head.len() > 8 && head[..2] == [0, 0] && head[4..].windows(9).take(8).any(|w| w == b"OSMHeader") {
            return data(Format::Osm(osm::Encoding::Pbf));
        }
        // The seventh byte is the patch of the version; another version has other tables.
        match head {
            [b'f', b'g', b'b', 3, b'f', b'g', b'b', _, ..] => return data(Format::FlatGeobuf),
            [b'f', b'g', b'b', _, b'f', b'g', b'b', _, ..] => {
                return Err(Foreign::Unknown("FlatGeobuf (not version 3)"));
            }
            _ => {}
        }
        if head.starts_with(b"SQLite format 3\0") {
            return match head.get(68..72) {
                Some(b"GPKG" | b"GP10" | b"GP11") => data(Format::GeoPackage),
                Some(b"MPBX") => Err(Foreign::Gdal("MBTiles")),
                _ if head.windows(13).any(|w| w == b"gpkg_contents") => data(Format::GeoPackage),
                _ => Err(Foreign::Gdal("SQLite")),
            };
        }
        if head.starts_with(b"\0\0\x27\x0a") && head.get(28..32) == Some(&[0xe8, 3, 0, 0]) {
            return data(Format::Shapefile);
        }
        const OTHERS: [(&[u8], Foreign); 21] = [
            (b"PMTiles", Foreign::Gdal("PMTiles")),
            (b"PM\x01\0", Foreign::Gdal("PMTiles")),
            (b"PM\x02\0", Foreign::Gdal("PMTiles")),
            (b"%PDF", Foreign::Gdal("PDF")),
            (b"PAR1", Foreign::Gdal("Parquet")),
            (b"AC10", Foreign::Gdal("DWG")),
            (b"AutoCAD Binary DXF", Foreign::Gdal("DXF")),
            (b"!table", Foreign::Gdal("MapInfo TAB")),
            (b"EXP  ", Foreign::Gdal("E00")),
            (b"II*\0", Foreign::Gdal("GeoTIFF")),
            (b"MM\0*", Foreign::Gdal("GeoTIFF")),
            (b"II+\0", Foreign::Gdal("GeoTIFF")),
            (b"\xd0\xcf\x11\xe0", Foreign::Office("Excel (.xls)")),
            (b"\x89PNG", Foreign::Unknown("PNG")),
            (b"\xff\xd8\xff", Foreign::Unknown("JPEG")),
            (b"7z\xbc\xaf", Foreign::Packed("7z")),
            (b"Rar!", Foreign::Packed("RAR")),
            (b"\xfd7zXZ", Foreign::Packed("xz")),
            (b"BZh", Foreign::Packed("bzip2")),
            (b"\x28\xb5\x2f\xfd", Foreign::Packed("zstd")),
            (b"\x1f\x8b", Foreign::Packed("gzip")),
        ];
        if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Err(*what);
        }
        if head.get(257..262) == Some(b"ustar") {
            return Err(Foreign::Packed("tar"));
        }
        let marked = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let is_utf16 = marked || encoding::is_utf16(head);
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        match text.trim_ascii_start() {
            [] => Err(Foreign::Unknown("(blank)")),
            // The mark before each text of a sequence (RFC 8142).
            [0x1e, ..] => data(Format::GeoJson),
            [b'{', ..] if contains(text, b"\"esriGeometry") => Err(Foreign::Gdal("Esri JSON")),
            [b'{', ..] if contains(text, b"\"Topology\"") => data(Format::TopoJson),
            [b'{' | b'[', ..] => data(Format::GeoJson),
            [b'<', ..] => of_xml(text),
            start if start.len() > 12 && is_version(start, b"VERSION ") && contains(text, b"harset") => {
                Err(Foreign::Gdal("MapInfo MIF"))
            }
            [b'0', rest @ ..] if rest.trim_ascii_start().starts_with(b"SECTION") => Err(Foreign::Gdal("DXF")),
            _ if !is_utf16 && text.contains(&0) => Err(Foreign::Unknown("(binary)")),
            _ => data(Format::Csv),
        }
    }

    /// The format a file's name promises, if it promises one and this is another.
    pub fn belies(self, path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let promised = match name.rsplit_once('.')?.1 {
            "pbf" => Format::Osm(osm::Encoding::Pbf),
            "osm" => Format::Osm(osm::Encoding::Xml),
            "json" if self == Format::TopoJson => return None,
            "json" | "geojson" | "ndjson" | "geojsonl" | "geojsons" | "jsonl" => Format::GeoJson,
            "topojson" => Format::TopoJson,
            "csv" | "tsv" | "txt" => Format::Csv,
            "fgb" => Format::FlatGeobuf,
            "shp" => Format::Shapefile,
            "gpkg" => Format::GeoPackage,
            "kml" => Format::Kml,
            "xlsx" | "xlsm" => Format::Xlsx,
            "ods" => Format::Ods,
            _ => return None,
        };
        (promised != self).then_some(promised)
    }
}

impl Content {
    /// What a file is; its content decides, and of heights and the parts of a Shapefile the name.
    pub fn of(path: &Path) -> Result<Content, IngestError> {
        let name = path.display().to_string();
        let mut head = [0; 4096];
        let mut bytes = Unpacked::open(path).map_err(|err| explain(path, &err))?;
        let len = read_up_to(&mut bytes, &mut head).map_err(|err| explain(path, &err))?;
        if len == 0 {
            return Err(IngestError::Empty { path: name });
        }
        if let Some(part @ ("shx" | "dbf")) = ending(path).as_deref() {
            let part = part.to_owned();
            return Err(IngestError::PartAlone { path: name, part });
        }
        // Heights are bytes of any kind.
        if hgt::is_named(path) && !is_zip(&head[..len]) {
            return Ok(Content::Data(Format::Hgt));
        }
        Content::of_bytes(&head[..len]).map_err(|foreign| match foreign {
            Foreign::Unknown(what) => IngestError::UnknownFormat { path: name, what: what.into() },
            Foreign::Gdal(what) => for_gdal(path, what),
            Foreign::Packed(what) => IngestError::Packed { path: name, what: what.into() },
            Foreign::Office(what) => save_as_xlsx(path, what),
        })
    }

    fn of_bytes(head: &[u8]) -> Result<Content, Foreign> {
        Format::of_bytes(head)
    }
}

/// The refusal of a file that GDAL converts, with the command that does.
pub fn for_gdal(path: &Path, what: &str) -> IngestError {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let out = format!("{stem}.gpkg");
    let (file, out) = (quoted(&path.display().to_string()), quoted(&out));
    let command = match what {
        // These say nothing of their coordinates.
        "DXF" | "SQLite" => format!("ogr2ogr -f GPKG {out} {file}"),
        "DWG" => {
            let dxf = quoted(&path.with_extension("dxf").display().to_string());
            return IngestError::SaveAsDxf {
                path: path.display().to_string(),
                command: format!("ogr2ogr -f GPKG {out} {dxf}"),
            };
        }
        "PDF" => {
            let command = format!("ogr2ogr -f GPKG {out} {file}");
            return IngestError::Pdf { path: path.display().to_string(), command };
        }
        "GeoTIFF" => format!("gdal_polygonize.py {file} -f GPKG {out}"),
        _ => format!("ogr2ogr -f GPKG -t_srs EPSG:4326 {out} {file}"),
    };
    IngestError::NeedsGdal { path: path.display().to_string(), what: what.to_owned(), command }
}

/// The refusal of a workbook of another format, with the command that converts it.
pub fn save_as_xlsx(path: &Path, what: &str) -> IngestError {
    let path = path.display().to_string();
    let command = format!("soffice --headless --convert-to xlsx {}", quoted(&path));
    IngestError::SaveAsXlsx { path, what: what.to_owned(), command }
}

/// A word of a command as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:=@".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// What an XML file is.
fn of_xml(text: &[u8]) -> Result<Content, Foreign> {
    let has = |word: &[u8]| contains(text, word);
    match () {
        _ if has(b"<osmChange") => Err(Foreign::Unknown("OpenStreetMap change (.osc)")),
        _ if has(b"<osm") => Ok(Content::Data(Format::Osm(osm::Encoding::Xml))),
        _ if has(b"<html") || has(b"<!DOCTYPE html") => Err(Foreign::Unknown("HTML")),
        _ if has(b"<kml") || has(b"opengis.net/kml") || has(b"earth.google.com/kml") => Ok(Content::Data(Format::Kml)),
        _ if has(b":schema ") || has(b":schema>") || has(b"<schema") => Err(Foreign::Unknown("XML schema")),
        _ if has(b"opengis.net/gml") || has(b"<gml:") => Err(Foreign::Gdal("GML")),
        _ if has(b"<gpx") => Err(Foreign::Gdal("GPX")),
        _ => Err(Foreign::Unknown("XML")),
    }
}

fn is_version(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// A file's ending in small letters, `.gz` left aside.
pub fn ending(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Some(name.rsplit_once('.')?.1.to_owned())
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
            "gz" | "pbf"
                | "osm"
                | "json"
                | "geojson"
                | "csv"
                | "tsv"
                | "txt"
                | "fgb"
                | "shp"
                | "gpkg"
                | "kml"
                | "kmz"
                | "topojson"
                | "ndjson"
                | "geojsonl"
                | "geojsons"
                | "jsonl"
                | "zip"
                | "xlsx"
                | "xlsm"
                | "ods"
                | "hgt"
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
        let of = Content::of_bytes;
        let data = |format| Ok(Content::Data(format));
        assert_eq!(of(b" \n{\"type\": \"FeatureCollection\"}"), data(Format::GeoJson));
        assert_eq!(of(b"\x1e{\"type\": \"Feature\"}"), data(Format::GeoJson));
        assert_eq!(of(b"{\"type\": \"Topology\""), data(Format::TopoJson));
        assert_eq!(of(b"<?xml version='1.0'?>\n<osm version='0.6'>"), data(Format::Osm(osm::Encoding::Xml)));
        assert_eq!(
            of(b"<?xml version='1.0'?>\n<kml:kml xmlns:kml='http://www.opengis.net/kml/2.2'>"),
            data(Format::Kml)
        );
        assert_eq!(of(b"\xef\xbb\xbflon,lat\n1,2\n"), data(Format::Csv));
        assert_eq!(of(b"\xff\xfel\0o\0n\0"), data(Format::Csv));
        assert_eq!(of(b"fgb\x03fgb\x00\x20\0\0\0"), data(Format::FlatGeobuf));
        assert_eq!(of(b"fgb\x02fgb\x00\x20\0\0\0"), Err(Foreign::Unknown("FlatGeobuf (not version 3)")));
        assert_eq!(of(b"PK\x03\x04..."), Ok(Content::Zip));
        assert_eq!(of(b"a\0b"), Err(Foreign::Unknown("(binary)")));
        assert_eq!(of(b"  0\r\nSECTION\r\n"), Err(Foreign::Gdal("DXF")));
        assert_eq!(of(b"Version   300\nCharset \"Neutral\"\n"), Err(Foreign::Gdal("MapInfo MIF")));
        assert_eq!(of(b"{\"geometryType\":\"esriGeometryPoint\"}"), Err(Foreign::Gdal("Esri JSON")));
    }

    #[test]
    fn a_command_can_be_typed_as_it_stands() {
        let told = for_gdal(Path::new("/a/my town's.gdb"), "Esri File Geodatabase");
        let IngestError::NeedsGdal { command, .. } = told else { panic!("{told:?}") };
        assert_eq!(command, "ogr2ogr -f GPKG -t_srs EPSG:4326 'my town'\\''s.gpkg' '/a/my town'\\''s.gdb'");
        let told = for_gdal(Path::new("排水管.mif"), "MapInfo MIF").to_string();
        assert!(told.contains("ogr2ogr -f GPKG -t_srs EPSG:4326 排水管.gpkg 排水管.mif"), "{told}");
    }

    #[test]
    fn a_stem_has_no_endings() {
        assert_eq!(stem(Path::new("/a/liechtenstein-2024.osm.pbf")), "liechtenstein-2024");
        assert_eq!(stem(Path::new("消火栓.csv.gz")), "消火栓");
        assert_eq!(stem(Path::new("v1.2 hydrants.csv")), "v1.2 hydrants");
    }
}
