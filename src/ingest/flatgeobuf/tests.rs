//! Hostile bytes, every column type, and the index against reading all.

use std::path::PathBuf;

use flatgeobuf::geozero::error::Result as Written;
use flatgeobuf::geozero::{ColumnValue, GeomProcessor, GeozeroGeometry, PropertyProcessor};
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::model::Place;

struct Point(f64, f64);

impl GeozeroGeometry for Point {
    fn process_geom<P: GeomProcessor>(&self, out: &mut P) -> Written<()> {
        out.point_begin(0)?;
        out.xy(self.0, self.1, 0)?;
        out.point_end(0)
    }
}

struct Square(f64);

impl GeozeroGeometry for Square {
    fn process_geom<P: GeomProcessor>(&self, out: &mut P) -> Written<()> {
        out.multipolygon_begin(2, 0)?;
        for nth in 0..2 {
            let at = self.0 + nth as f64 * 0.01;
            out.polygon_begin(false, 2, nth)?;
            for (ring, size) in [(0, 0.008), (1, 0.002)] {
                out.linestring_begin(false, 5, ring)?;
                let corners = [(0.0, 0.0), (size, 0.0), (size, size), (0.0, size), (0.0, 0.0)];
                corners.iter().enumerate().try_for_each(|(nth, (x, y))| out.xy(at + x, at + y, nth))?;
                out.linestring_end(false, ring)?;
            }
            out.polygon_end(false, nth)?;
        }
        out.multipolygon_end(0)
    }
}

fn places(count: u32, write_index: bool, crs: FgbCrs<'_>) -> Vec<u8> {
    let options = FgbWriterOptions { write_index, crs, ..FgbWriterOptions::default() };
    let mut file = FgbWriter::create_with_options("places", GeometryType::Point, options).unwrap();
    file.add_column("n", ColumnType::UInt, |_, _| {});
    file.add_column("name", ColumnType::String, |_, _| {});
    for n in 0..count {
        // A spiral, so that neighbours in the file are not neighbours in number.
        let (turn, out) = (f64::from(n) * 2.4, f64::from(n).sqrt() / 100.0);
        let at = Point(106.5 + out * turn.cos(), 29.5 + out * turn.sin());
        file.add_feature_geom(at, |to| {
            to.property(0, "n", &ColumnValue::UInt(n)).unwrap();
            to.property(1, "name", &ColumnValue::String(&format!("第{n}处"))).unwrap();
        })
        .unwrap();
    }
    let mut bytes = Vec::new();
    file.write(&mut bytes).unwrap();
    bytes
}

fn squares() -> Vec<u8> {
    let mut file = FgbWriter::create("squares", GeometryType::MultiPolygon).unwrap();
    for (nth, ty) in ColumnType::ENUM_VALUES.iter().enumerate() {
        file.add_column(&format!("c{nth}"), *ty, |_, _| {});
    }
    for n in 0..5 {
        let values = [
            ColumnValue::Byte(-7),
            ColumnValue::UByte(200),
            ColumnValue::Bool(true),
            ColumnValue::Short(-300),
            ColumnValue::UShort(60_000),
            ColumnValue::Int(-70_000),
            ColumnValue::UInt(4_000_000_000),
            ColumnValue::Long(-5_000_000_000),
            ColumnValue::ULong(u64::MAX),
            ColumnValue::Float(0.3),
            ColumnValue::Double(0.1),
            ColumnValue::String("消火栓"),
            ColumnValue::Json("{\"a\":[1]}"),
            ColumnValue::DateTime("2024-05-01T08:00:00Z"),
            ColumnValue::Binary(&[0, 255]),
        ];
        file.add_feature_geom(Square(f64::from(n)), |to| {
            for (nth, value) in values.iter().enumerate() {
                to.property(nth, &format!("c{nth}"), value).unwrap();
            }
        })
        .unwrap();
    }
    let mut bytes = Vec::new();
    file.write(&mut bytes).unwrap();
    bytes
}

fn file(folder: &TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join("a.fgb");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Records, rejects and ignored of a file; the error where it ends in one.
fn read(path: &Path, within: Option<Bounds>) -> Result<(Vec<Record>, u64, u64), IngestError> {
    let mut reader = FlatGeobufReader::open(path, None, within)?;
    let (mut records, mut ignored) = (Vec::new(), 0);
    for item in reader.by_ref() {
        match item? {
            Item::Record(record) => records.push(record),
            Item::Ignored(_, count) => ignored += count,
        }
    }
    Ok((records, ignored, reader.read()))
}

#[test]
fn every_type_of_column_and_every_ring_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (records, _, _) = read(&file(&folder, &squares()), None).unwrap();
    assert_eq!(records.len(), 5);
    let cells: Vec<_> = records[0].columns.iter().map(|(_, cell)| cell.to_json()).collect();
    let told = json!([
        -7, 200, true, -300, 60_000, -70_000, 4_000_000_000_u32, -5_000_000_000_i64, u64::MAX, 0.3, 0.1, "消火栓",
        {"a": [1]}, "2024-05-01T08:00:00Z", "00ff"
    ]);
    assert_eq!(json!(cells), told);
    let Geometry::Polygons(polygons) = &records[0].geometry else { panic!("{:?}", records[0].geometry) };
    assert_eq!(polygons.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    assert!(polygons.iter().flatten().all(|ring| ring.len() == 5));
}

#[test]
fn the_index_finds_what_reading_all_finds_and_the_rest_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = places(2000, true, FgbCrs::default());
    let place = |lon, lat| Place::from_degrees(lon, lat).unwrap();
    let within = Bounds { min: place(106.6, 29.4), max: place(106.7, 29.6) };
    let (all, ignored, counted) = read(&file(&folder, &bytes), None).unwrap();
    assert_eq!((all.len(), ignored, counted), (2000, 0, 2000));
    let inside = |record: &&Record| match record.geometry {
        Geometry::Points(ref at) => {
            Bounds { min: place(at[0][0], at[0][1]), max: place(at[0][0], at[0][1]) }.intersects(within)
        }
        _ => false,
    };
    let slow: Vec<Record> = all.iter().filter(inside).cloned().collect();
    let (quick, ignored, counted) = read(&file(&folder, &bytes), Some(within)).unwrap();
    assert!(quick.len() > 50 && quick.len() < 1000, "{}", quick.len());
    assert_eq!(quick, slow, "rows too");
    assert_eq!((quick.len() as u64 + ignored, counted), (2000, 2000));
    // Everything from the first feature to the first found one is overwritten: nobody looks.
    let first = slow[0].row as usize;
    let index = index::Index::of(2000, 16).unwrap();
    let header = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let begin = 12 + header + index.bytes() as usize;
    let leaf = 12 + header + index.bytes() as usize - (2000 - (first - 1)) * 40;
    let offset = u64::from_le_bytes(bytes[leaf + 32..leaf + 40].try_into().unwrap()) as usize;
    assert!(offset > 1000, "there is something to overwrite");
    bytes[begin..begin + offset].fill(0xff);
    assert_eq!(read(&file(&folder, &bytes), Some(within)).unwrap().0, slow);
    assert!(read(&file(&folder, &bytes), None).is_err());
}

#[test]
fn without_an_index_and_gzipped_all_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let within = Bounds { min: Place { lon: 0, lat: 0 }, max: Place { lon: 1, lat: 1 } };
    let plain = places(100, false, FgbCrs::default());
    assert_eq!(read(&file(&folder, &plain), Some(within)).unwrap().0.len(), 100);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &places(100, true, FgbCrs::default())).unwrap();
    assert_eq!(read(&file(&folder, &packed.finish().unwrap()), Some(within)).unwrap().0.len(), 100);
}

#[test]
fn the_header_says_which_coordinates_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let crs = |crs: FgbCrs<'_>| {
        let file = file(&folder, &places(1, true, crs));
        FlatGeobufReader::open(&file, None, None).unwrap().crs()
    };
    let epsg = |code| FgbCrs { org: Some("EPSG"), code, ..FgbCrs::default() };
    assert_eq!(crs(FgbCrs::default()), None);
    assert_eq!(crs(epsg(4326)), Some(Ok(Crs::Wgs84)));
    assert_eq!(crs(FgbCrs { code: 4490, ..FgbCrs::default() }), Some(Ok(Crs::Wgs84)));
    let crs84 = FgbCrs { org: Some("OGC"), code_string: Some("CRS84"), ..FgbCrs::default() };
    assert_eq!(crs(crs84), Some(Ok(Crs::Wgs84)));
    assert_eq!(crs(FgbCrs { name: Some("GCJ-02"), ..FgbCrs::default() }), Some(Ok(Crs::Gcj02)));
    let text = FgbCrs {
        wkt: Some(
            "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]]",
        ),
        ..epsg(1)
    };
    assert_eq!(crs(text), Some(Ok(Crs::Wgs84)), "where the code is unknown the text tells");
    for other in [
        epsg(2384),
        FgbCrs { org: Some("ESRI"), code: 4326, ..FgbCrs::default() },
        FgbCrs { wkt: Some("LOCAL_CS[\"site\"]"), ..FgbCrs::default() },
    ] {
        assert!(matches!(crs(other), Some(Err(_))));
    }
}

#[test]
fn a_file_cut_anywhere_is_told_and_bytes_behind_the_end_are_too() {
    let folder = tempfile::tempdir().unwrap();
    let whole = places(40, true, FgbCrs::default());
    let within = Some(Bounds { min: Place { lon: 0, lat: 0 }, max: Place { lon: 1_800_000_000, lat: 900_000_000 } });
    for len in (13..whole.len()).step_by(7) {
        for within in [None, within] {
            let told = read(&file(&folder, &whole[..len]), within);
            assert!(matches!(told, Err(IngestError::Truncated { .. })), "{len}: {told:?}");
        }
    }
    let more = [&whole[..], b"more"].concat();
    assert!(matches!(read(&file(&folder, &more), None), Err(IngestError::Damaged { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Never a panic, and what is counted adds up.
    #[test]
    fn damaged_bytes_are_rejects_or_a_sentence(
        which in 0..3usize,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
        ask in any::<bool>(),
    ) {
        use std::sync::LazyLock;
        static FILES: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
            let crs = || FgbCrs { org: Some("EPSG"), code: 4326, ..FgbCrs::default() };
            [places(20, true, crs()), places(20, false, crs()), squares()]
        });
        let mut bytes = FILES[which].clone();
        for (at, byte) in changes {
            // The magic bytes decide whether it comes here at all.
            let at = 8 + at.index(bytes.len() - 8);
            bytes[at] = byte;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| 8 + cut.index(bytes.len() - 8)));
        let folder = tempfile::tempdir().unwrap();
        let near = Bounds { min: Place { lon: 0, lat: 0 }, max: Place { lon: 1_065_100_000, lat: 900_000_000 } };
        if let Ok((records, ignored, counted)) = read(&file(&folder, &bytes), ask.then_some(near)) {
            prop_assert_eq!(records.len() as u64 + ignored, counted);
        }
    }

    /// The table of a feature is damaged where it hurts most: in its own bytes.
    #[test]
    fn a_damaged_feature_is_one_reject(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let whole = squares();
        let index = index::Index::of(5, 16).unwrap();
        let header = u32::from_le_bytes(whole[8..12].try_into().unwrap()) as usize;
        let begin = 12 + header + index.bytes() as usize;
        let len = u32::from_le_bytes(whole[begin..begin + 4].try_into().unwrap()) as usize;
        let mut bytes = whole;
        for (at, byte) in changes {
            bytes[begin + 4 + at.index(len)] = byte;
        }
        let folder = tempfile::tempdir().unwrap();
        let (records, _, _) = read(&file(&folder, &bytes), None).unwrap();
        prop_assert_eq!(records.len(), 5, "the others are read");
        prop_assert!(records[1..].iter().all(|record| record.columns.len() == 15));
    }
}
