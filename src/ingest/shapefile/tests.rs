//! Every type of shape and field, rings of every order, parts that are missing, and hostile bytes.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::model::Speak;

/// A `.shp` of records.
fn shp(records: &[Vec<u8>]) -> Vec<u8> {
    let length: usize = records.iter().map(|record| record.len() + 8).sum::<usize>() + 100;
    let mut bytes = vec![0, 0, 0x27, 0x0a];
    bytes.resize(24, 0);
    bytes.extend((length as u32 / 2).to_be_bytes());
    bytes.extend(1000u32.to_le_bytes());
    bytes.resize(100, 0);
    for (nth, record) in records.iter().enumerate() {
        bytes.extend((nth as u32 + 1).to_be_bytes());
        bytes.extend((record.len() as u32 / 2).to_be_bytes());
        bytes.extend(record);
    }
    bytes
}

fn numbers(kind: i32, numbers: &[f64]) -> Vec<u8> {
    let mut bytes = kind.to_le_bytes().to_vec();
    numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes
}

fn parts(kind: i32, parts: &[&[[f64; 2]]]) -> Vec<u8> {
    let mut bytes = numbers(kind, &[0.0; 4]);
    bytes.extend((parts.len() as i32).to_le_bytes());
    bytes.extend((parts.iter().map(|part| part.len()).sum::<usize>() as i32).to_le_bytes());
    let mut start = 0;
    for part in parts {
        bytes.extend((start as i32).to_le_bytes());
        start += part.len();
    }
    parts.iter().copied().flatten().flatten().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes
}

/// A table of fields (name, kind, length) and rows, each with its mark of deletion before it.
fn dbf(language: u8, fields: &[(&[u8], u8, u8)], rows: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![3, 124, 1, 1];
    bytes.extend((rows.len() as u32).to_le_bytes());
    bytes.extend((32 * fields.len() as u16 + 33).to_le_bytes());
    bytes.extend((1 + fields.iter().map(|field| u16::from(field.2)).sum::<u16>()).to_le_bytes());
    bytes.resize(29, 0);
    bytes.extend([language, 0, 0]);
    for (name, kind, len) in fields {
        let mut field = name.to_vec();
        field.resize(11, 0);
        field.push(*kind);
        field.resize(16, 0);
        field.push(*len);
        field.resize(32, 0);
        bytes.extend(field);
    }
    bytes.push(0x0d);
    rows.iter().for_each(|row| bytes.extend(*row));
    bytes.push(0x1a);
    bytes
}

fn folder(parts: &[(&str, &[u8])]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (ending, bytes) in parts {
        std::fs::write(folder.path().join(format!("a.{ending}")), bytes).unwrap();
    }
    let path = folder.path().join("a.shp");
    (folder, path)
}

/// Records, how many elements were ignored, and what was remarked.
type Read = (Vec<Record>, u64, Vec<(Remark, u64)>);

fn read(path: &Path) -> Result<Read, IngestError> {
    let mut remarks = Vec::new();
    let reader = ShapefileReader::open(path, &mut remarks)?;
    let (mut records, mut ignored) = (Vec::new(), 0);
    for item in reader {
        match item? {
            Item::Record(record) => records.push(record),
            Item::Ignored(_, count) => ignored += count,
        }
    }
    Ok((records, ignored, remarks))
}

fn shapes(records: &[Vec<u8>]) -> Vec<Geometry> {
    let (_folder, path) = folder(&[("shp", &shp(records))]);
    read(&path).unwrap().0.into_iter().map(|record| record.geometry).collect()
}

#[test]
fn every_type_of_shape_is_read_and_z_and_m_are_left_out() {
    let mut several = numbers(28, &[0.0; 4]);
    several.extend(2i32.to_le_bytes());
    [1.0f64, 2.0, 3.0, 4.0, 9.0, 9.0, 9.0, 9.0].iter().for_each(|number| several.extend(number.to_le_bytes()));
    let line: &[[f64; 2]] = &[[0.0, 0.0], [1.0, 1.0]];
    let told = shapes(&[
        numbers(1, &[1.0, 2.0]),
        numbers(11, &[1.0, 2.0, 50.0, 0.0]),
        numbers(21, &[1.0, 2.0, 7.0]),
        several,
        parts(13, &[line, line]),
        0i32.to_le_bytes().to_vec(),
        numbers(31, &[0.0; 8]),
        numbers(77, &[]),
    ]);
    let point = Geometry::Points(vec![[1.0, 2.0]]);
    assert_eq!(told[..3], [point.clone(), point.clone(), point]);
    assert_eq!(told[3], Geometry::Points(vec![[1.0, 2.0], [3.0, 4.0]]));
    assert_eq!(told[4], Geometry::Lines(vec![line.to_vec(), line.to_vec()]));
    assert_eq!(told[5], Geometry::None);
    assert!(matches!(&told[6], Geometry::Unusable(reason) if reason.to_string().contains("MultiPatch")));
    assert!(matches!(&told[7], Geometry::Unusable(reason) if reason.to_string().contains("type 77")));
}

fn square(at: f64, size: f64) -> Vec<[f64; 2]> {
    vec![[at, at], [at, at + size], [at + size, at + size], [at + size, at], [at, at]]
}

fn turned(mut ring: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    ring.reverse();
    ring
}

#[test]
fn holes_find_the_ring_they_lie_in_whatever_the_order() {
    let (large, island, other) = (square(0.0, 10.0), square(4.0, 2.0), square(20.0, 5.0));
    let (hole, pond, well) = (turned(square(2.0, 6.0)), turned(square(4.5, 1.0)), turned(square(21.0, 1.0)));
    // An island in the hole of the large one, with a pond of its own; holes stand before what they are in.
    let rings = [&well, &pond, &hole, &large, &island, &other].map(|ring| &ring[..]);
    let [Geometry::Polygons(told)] = &shapes(&[parts(5, &rings)])[..] else { panic!() };
    assert_eq!(*told, [vec![large.clone(), hole.clone()], vec![island.clone(), pond], vec![other, well]]);
    // All the other way round, as some programs write: what lies in what decides.
    let reversed = [turned(large.clone()), turned(square(2.0, 6.0)), turned(island.clone())];
    let rings = [&reversed[0][..], &reversed[1], &reversed[2]];
    let [Geometry::Polygons(told)] = &shapes(&[parts(5, &rings)])[..] else { panic!() };
    assert_eq!(*told, [vec![reversed[0].clone(), reversed[1].clone()], vec![reversed[2].clone()]]);
    // A hole that nothing holds is an area.
    let rings = [&large[..], &turned(square(50.0, 1.0))];
    let [Geometry::Polygons(told)] = &shapes(&[parts(5, &rings)])[..] else { panic!() };
    assert_eq!(told.len(), 2);
    // A hole that touches its ring with its first vertex lies in it all the same.
    let touching = turned(vec![[0.0, 5.0], [1.0, 6.0], [1.0, 5.0], [0.0, 5.0]]);
    let rings = [&large[..], &other_square(), &touching];
    let [Geometry::Polygons(told)] = &shapes(&[parts(5, &rings)])[..] else { panic!() };
    assert_eq!(told[0].len(), 2);
}

fn other_square() -> Vec<[f64; 2]> {
    square(20.0, 5.0)
}

#[test]
fn every_type_of_field_is_read_and_deleted_rows_are_counted() {
    let fields: &[(&[u8], u8, u8)] =
        &[(b"name", b'C', 6), (b"n", b'N', 4), (b"r", b'F', 5), (b"day", b'D', 8), (b"ok", b'L', 1), (b"m", b'M', 4)];
    let rows: &[&[u8; 29]] = &[
        b" a b     12  0.520240131T   1",
        b" none  ****             ?    ",
        b"*gone     1             F    ",
        b" zero      -3.2500000000N    ",
    ];
    let points: Vec<Vec<u8>> = (0..4).map(|n| numbers(1, &[f64::from(n), 1.0])).collect();
    let (_folder, path) = folder(&[
        ("shp", &shp(&points)),
        ("dbf", &dbf(0, fields, &rows.iter().map(|row| &row[..]).collect::<Vec<_>>())),
        ("shx", b"x"),
    ]);
    let (records, ignored, remarks) = read(&path).unwrap();
    assert_eq!((records.len(), ignored, remarks), (3, 1, vec![]));
    assert_eq!(records.iter().map(|record| record.row).collect::<Vec<_>>(), [1, 2, 4]);
    let told = |record: &Record| {
        let columns = record.columns.iter().map(|(name, cell)| (name.to_string(), cell.to_json()));
        serde_json::Value::Object(columns.collect())
    };
    assert_eq!(told(&records[0]), json!({"name": "a b", "n": 12, "r": 0.5, "day": "2024-01-31", "ok": true}));
    assert_eq!(told(&records[1]), json!({"name": "none"}));
    assert_eq!(told(&records[2]), json!({"name": "zero", "r": -3.25, "ok": false}));
    assert_eq!(records[2].geometry, Geometry::Points(vec![[3.0, 1.0]]), "rows and shapes stay together");
}

#[test]
fn texts_are_read_in_the_encoding_that_is_told_or_found_out() {
    let gbk = encoding_rs::GBK.encode("消火栓编号").0.into_owned();
    let name = |language, cpg: Option<&str>, text: &[u8]| {
        let mut row = [b" ", text].concat();
        row.resize(21, b' ');
        let table = dbf(language, &[(b"name", b'C', 20)], &[&row]);
        let mut all = vec![("shp", shp(&[numbers(1, &[1.0, 1.0])])), ("dbf", table), ("shx", vec![1])];
        all.extend(cpg.map(|cpg| ("cpg", cpg.as_bytes().to_vec())));
        let all: Vec<(&str, &[u8])> = all.iter().map(|(ending, bytes)| (*ending, &bytes[..])).collect();
        let (_folder, path) = folder(&all);
        let (records, _, remarks) = read(&path).unwrap();
        let Cell::Text(text) = &records[0].columns[0].1 else { panic!() };
        (text.to_string(), remarks.iter().map(|(remark, _)| remark.code()).collect::<Vec<_>>())
    };
    let told = "消火栓编号".to_owned();
    for cpg in ["GBK", "936", "cp936\r\n", "ANSI 936", "GB18030"] {
        assert_eq!(name(0, Some(cpg), &gbk), (told.clone(), vec![]), "{cpg}");
    }
    assert_eq!(name(0x4d, None, &gbk), (told.clone(), vec![]));
    assert_eq!(name(0x57, None, &gbk), (told.clone(), vec!["encoding_guessed"]));
    assert_eq!(name(0, Some("UTF-8"), &gbk), (told.clone(), vec!["encoding_guessed"]), "a .cpg can be wrong");
    assert_eq!(name(0x4d, Some("UTF-8"), told.as_bytes()), (told.clone(), vec![]), "a .cpg goes before the mark");
    // The width of the field has cut the last character.
    assert_eq!(name(0, None, &"消火栓编号栓栓".as_bytes()[..20]).0, "消火栓编号栓");
    assert_eq!(name(0, None, b"Caf\xe9"), ("Café".to_owned(), vec!["encoding_guessed"]));
}

#[test]
fn missing_parts_are_told_and_the_rest_is_read() {
    let one = shp(&[numbers(1, &[1.0, 1.0])]);
    let (_folder, path) = folder(&[("shp", &one)]);
    let (records, _, remarks) = read(&path).unwrap();
    assert_eq!((records.len(), remarks.len()), (1, 2));
    assert!(remarks.iter().all(|(remark, _)| remark.code() == "shapefile_part_missing"));
    let table = dbf(0, &[(b"n", b'N', 2)], &[b"  1", b"  2"]);
    let (_folder, path) = folder(&[("shp", &one), ("dbf", &table), ("SHX", b"x")]);
    let (records, _, remarks) = read(&path).unwrap();
    assert_eq!((records.len(), remarks.len()), (2, 0), "a row without a shape is a record without a place");
    assert_eq!(records[1].geometry, Geometry::None);
}

#[test]
fn the_coordinate_system_is_the_one_of_the_prj() {
    let one = shp(&[numbers(1, &[1.0, 1.0])]);
    let open = |prj: &str| {
        let (_folder, path) = folder(&[("shp", &one), ("prj", prj.as_bytes())]);
        ShapefileReader::open(&path, &mut Vec::new()).unwrap().crs()
    };
    let wgs84 = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
    assert_eq!(open(wgs84), Some(Ok(Crs::Wgs84)));
    assert_eq!(open(Crs::GCJ02_WKT), Some(Ok(Crs::Gcj02)));
    assert!(matches!(open("LOCAL_CS[\"site\"]"), Some(Err(_))));
    assert_eq!(open(""), None);
}

#[test]
fn a_file_cut_anywhere_is_told() {
    let (shapes, table) = hostile();
    for len in (0..shapes.len()).step_by(3) {
        let (_folder, path) = folder(&[("shp", &shapes[..len]), ("dbf", &table)]);
        assert!(matches!(read(&path), Err(IngestError::Truncated { .. })), "{len}");
    }
    for len in (0..table.len() - 1).step_by(3) {
        let (_folder, path) = folder(&[("shp", &shapes), ("dbf", &table[..len])]);
        assert!(matches!(read(&path), Err(IngestError::Truncated { .. })), "{len}");
    }
}

/// A file with something of everything.
fn hostile() -> (Vec<u8>, Vec<u8>) {
    let (outer, hole) = (square(0.0, 10.0), turned(square(2.0, 6.0)));
    let mut several = numbers(8, &[0.0; 4]);
    several.extend(2i32.to_le_bytes());
    [1.0f64, 2.0, 3.0, 4.0].iter().for_each(|number| several.extend(number.to_le_bytes()));
    let shapes = shp(&[
        parts(5, &[&outer, &hole, &square(20.0, 1.0), &turned(square(20.2, 0.5))]),
        parts(3, &[&outer, &hole]),
        several,
        numbers(11, &[1.0, 2.0, 3.0, 4.0]),
    ]);
    let fields: &[(&[u8], u8, u8)] = &[(b"name", b'C', 6), (b"n", b'N', 4), (b"day", b'D', 8), (b"ok", b'L', 1)];
    let table =
        dbf(0, fields, &[&b" abc     120240101T"[..19], &b" def     220240101F"[..19], &[b' '; 19], &[b'*'; 19]]);
    let table_len = 32 + 4 * 32 + 1 + 4 * 20;
    let mut padded = table;
    padded.resize(table_len + 1, b' ');
    (shapes, padded)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Never a panic, and what is counted adds up.
    #[test]
    fn damaged_bytes_are_rejects_or_a_sentence(
        changes in proptest::collection::vec((any::<bool>(), any::<proptest::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let (mut shapes, mut table) = hostile();
        for (in_table, at, byte) in changes {
            let bytes = if in_table { &mut table } else { &mut shapes };
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        shapes.truncate(cut.map_or(shapes.len(), |cut| cut.index(shapes.len())));
        let (_folder, path) = folder(&[("shp", &shapes), ("dbf", &table)]);
        if let Ok((records, ignored, _)) = read(&path) {
            let last = records.last().map_or(0, |record| record.row);
            prop_assert!(records.len() as u64 + ignored >= last);
        }
    }

    /// Rings of any vertices are all kept.
    #[test]
    fn no_ring_is_lost(rings in proptest::collection::vec(proptest::collection::vec((0..9i32, 0..9i32), 1..8), 1..9)) {
        let rings: Vec<Vec<[f64; 2]>> = rings.iter().map(|ring| {
            let mut ring: Vec<[f64; 2]> = ring.iter().map(|(x, y)| [f64::from(*x), f64::from(*y)]).collect();
            ring.push(ring[0]);
            ring
        }).collect();
        let told = rings::polygons(rings.clone()).unwrap();
        prop_assert_eq!(told.iter().map(Vec::len).sum::<usize>(), rings.len());
        prop_assert!(told.iter().all(|polygon| !polygon.is_empty()));
    }
}
