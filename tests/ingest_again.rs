//! A source that comes again: what changed, what vanished, which file it was.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod real_data;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use firemap::ingest::{IngestError, Options, Replace, Report, import};
use firemap::model::{FeatureId, Layer, Speak};
use firemap::store::{Counts, DEFAULT_ZONE, GeoPackage, Row, Store};
use serde_json::{Map, Value as Json};

struct Town {
    folder: tempfile::TempDir,
    store: GeoPackage,
}

impl Town {
    fn new() -> Town {
        let folder = tempfile::tempdir().unwrap();
        let store = GeoPackage::open_or_create(folder.path().join("town.gpkg"), DEFAULT_ZONE).unwrap();
        Town { folder, store }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn import(&self, name: &str, text: &str, options: Options) -> Result<Report, IngestError> {
        let path = self.file(name, text);
        self.import_files(&[path], options)
    }

    fn import_files(&self, files: &[PathBuf], options: Options) -> Result<Report, IngestError> {
        let options = Options { source: Some("water works".into()), layer: Some(Layer::Hydrant), ..options };
        import(files, &options, &self.store, &mut |_| {})
    }

    fn rows(&self) -> Vec<Row> {
        self.store.rows().unwrap().1
    }

    fn keys(&self) -> Vec<String> {
        self.rows().iter().map(|row| row.feature.source_key.to_string()).collect()
    }
}

fn replace() -> Options {
    Options { replace: Replace::Rest, ..Options::default() }
}

fn counts(report: &Report) -> [u64; 4] {
    let Counts { added, changed, unchanged, retired } = report.counts[0].1;
    [added, changed, unchanged, retired]
}

const FIRST: &str = "编号,经度,纬度,状态,水压(MPa),备注\n\
    A,106.50,29.50,正常,0.3,东门\nB,106.51,29.50,正常,0.3,\nC,106.52,29.50,停用,0.2,\nD,106.53,29.50,正常,0.25,\n";

#[test]
fn what_vanished_goes_only_where_it_is_asked_for() {
    let town = Town::new();
    town.import("spring.csv", FIRST, Options::default()).unwrap();
    let without_d: String =
        FIRST.lines().filter(|line| !line.starts_with('D')).map(|line| format!("{line}\n")).collect();
    let report = town.import("autumn.csv", &without_d, Options::default()).unwrap();
    assert_eq!(counts(&report), [0, 0, 3, 0]);
    assert_eq!(town.keys(), ["A", "B", "C", "D"]);
    let report = town.import("autumn.csv", &without_d, replace()).unwrap();
    assert_eq!(counts(&report), [0, 0, 3, 1]);
    assert_eq!(town.keys(), ["A", "B", "C"]);
}

#[test]
fn what_another_source_or_layer_holds_stays() {
    let town = Town::new();
    town.import("spring.csv", FIRST, Options::default()).unwrap();
    let other = town.file("other.csv", FIRST);
    let options = Options { source: Some("other".into()), layer: Some(Layer::Hydrant), ..replace() };
    import(&[other], &options, &town.store, &mut |_| {}).unwrap();
    assert_eq!(town.rows().len(), 8);
}

#[test]
fn a_file_without_most_of_its_source_is_refused_whole_unless_all_is_said() {
    let town = Town::new();
    town.import("spring.csv", FIRST, Options::default()).unwrap();
    let before = town.rows();
    let wrong = "编号,经度,纬度\nX,106.60,29.60\nY,106.61,29.60\nA,106.50,29.50\n";
    let refused = town.import("wrong.csv", wrong, replace()).unwrap_err();
    let said = refused.to_string();
    assert!(said.contains("3 are not in the file") && said.contains("--replace=all"), "{said}");
    assert_eq!(town.rows(), before, "neither added nor retired");
    let none = "编号,经度,纬度\n";
    assert!(town.import("none.csv", none, replace()).is_err());
    assert_eq!(town.rows(), before);
    let all = Options { replace: Replace::EvenMost, ..Options::default() };
    assert_eq!(counts(&town.import("wrong.csv", wrong, all).unwrap()), [2, 1, 0, 3]);
    assert_eq!(town.keys(), ["A", "X", "Y"]);
}

#[test]
fn a_row_that_is_rejected_keeps_its_feature() {
    let town = Town::new();
    town.import("spring.csv", FIRST, Options::default()).unwrap();
    let broken = FIRST.replace("D,106.53,29.50", "D,0,0");
    let report = town.import("autumn.csv", &broken, replace()).unwrap();
    assert_eq!((counts(&report), report.rejected()), ([0, 0, 3, 0], 1));
    assert_eq!(town.keys(), ["A", "B", "C", "D"]);
    let no_key = FIRST.replace("D,106.53,29.50", ",0,0");
    let refused = town.import("winter.csv", &no_key, replace()).unwrap_err();
    assert!(matches!(refused, IngestError::ReplaceUnsure { rows: 1 }), "{refused}");
    assert_eq!(town.keys(), ["A", "B", "C", "D"]);
}

#[test]
fn a_report_that_cannot_be_put_in_its_place_undoes_the_import() {
    let twice = format!("{FIRST}A,106.54,29.50,正常,0.3,\nE,,,正常,0.3,\n");
    let reports: [fn(PathBuf) -> Options; 3] = [
        |path| Options { rejects: Some(path), ..Options::default() },
        |path| Options { duplicates: Some(path), ..Options::default() },
        |path| Options { changes: Some(path), ..Options::default() },
    ];
    for report in reports {
        let town = Town::new();
        let file = town.file("spring.csv", &twice);
        let taken = town.folder.path().join("report.csv");
        let options = Options { layer: Some(Layer::Hydrant), ..report(taken.clone()) };
        // While the file is read somebody makes a folder of that name.
        let told = import(&[file], &options, &town.store, &mut |_| drop(fs::create_dir(&taken))).unwrap_err();
        assert!(told.to_string().contains("report.csv"), "{told}");
        assert!(town.rows().is_empty(), "{told}");
    }
}

#[test]
fn a_file_whose_keys_are_all_new_where_its_features_are_not_is_refused_with_what_to_type() {
    let rows = |year: usize, moved: f64| {
        let row = |n: usize| format!("{{{year}-{n:03}}},XH{n},{},29.5\n", 106.5 + n as f64 / 1000.0 + moved);
        format!("GlobalID,站点ID,经度,纬度\n{}", (0..40).map(row).collect::<String>())
    };
    let town = Town::new();
    let hydrants = Options { source: Some("works".into()), layer: Some(Layer::Hydrant), ..Options::default() };
    town.import("2025.csv", &rows(2025, 0.0), hydrants.clone()).unwrap();
    let told = town.import("2026.csv", &rows(2026, 0.0), hydrants.clone()).unwrap_err();
    assert_eq!(told.code(), "keys_new");
    assert!(told.to_string().contains("--replace=all --key 站点ID"), "{told}");
    assert_eq!(town.rows().len(), 40);

    // As it says: once, and the next file is known again.
    let by_id = Options { key: Some("站点ID".into()), replace: Replace::EvenMost, ..hydrants.clone() };
    town.import("2026.csv", &rows(2026, 0.0), by_id).unwrap();
    let report = town.import("2027.csv", &rows(2027, 0.0), hydrants.clone()).unwrap();
    assert_eq!(report.counts[0].1.added, 0);
    assert_eq!(town.rows().len(), 40);

    // Other features of the same source, and the same ones of another, are welcome.
    let other = rows(1999, 0.2).replace("XH", "YH");
    assert_eq!(town.import("north.csv", &other, hydrants.clone()).unwrap().counts[0].1.added, 40);
    let another = Options { source: Some("survey".into()), ..hydrants };
    let survey = town.file("1998.csv", &rows(1998, 0.0).replace("XH", "ZH"));
    assert_eq!(import(&[survey], &another, &town.store, &mut |_| {}).unwrap().counts[0].1.added, 40);
}

#[test]
fn the_same_features_under_new_keys_in_one_call_are_refused_too() {
    let rows = |year: usize, moved: f64| {
        let row = |n: usize| format!("{{{year}-{n:03}}},XH{n},{},29.5\n", 106.5 + n as f64 / 1000.0 + moved);
        format!("GlobalID,站点ID,经度,纬度\n{}", (0..40).map(row).collect::<String>())
    };
    let town = Town::new();
    let files = [town.file("2025.csv", &rows(2025, 0.0)), town.file("2026.csv", &rows(2026, 0.000_001))];
    let hydrants = Options { source: Some("works".into()), layer: Some(Layer::Hydrant), ..Options::default() };
    for replace in [Replace::No, Replace::EvenMost] {
        let options = Options { replace, ..hydrants.clone() };
        let told = import(&files, &options, &town.store, &mut |_| {}).unwrap_err();
        assert_eq!(told.code(), "keys_new_here");
        assert!(told.to_string().contains("2026.csv") && told.to_string().contains("--key 站点ID"), "{told}");
        assert!(town.rows().is_empty());
    }
    // As it says; and parts of a source, as well as the same places of two sources, come together as before.
    let by_id = Options { key: Some("站点ID".into()), ..hydrants.clone() };
    import(&files, &by_id, &town.store, &mut |_| {}).unwrap();
    assert_eq!(town.rows().len(), 40);
    let parts = [town.file("south.csv", &rows(1, 0.2)), town.file("north.csv", &rows(2, 0.4).replace("XH", "YH"))];
    import(&parts, &Options { source: Some("parts".into()), ..hydrants.clone() }, &town.store, &mut |_| {}).unwrap();
    import(&files, &Options { source: None, ..hydrants }, &town.store, &mut |_| {}).unwrap();
    assert_eq!(town.rows().len(), 200);
}

#[test]
fn an_error_in_the_last_file_undoes_the_retiring_too() {
    let town = Town::new();
    town.import("spring.csv", FIRST, Options::default()).unwrap();
    let before = town.rows();
    let good = town.file("good.csv", "编号,经度,纬度\nA,106.5,29.5\nB,106.51,29.5\nC,106.52,29.5\n");
    let bad = town.file("bad.csv", "编号,经度,纬度,x\nE,106.5,29.5,\"open\nF,106.5,29.5,\nG,106.5,29.5,\n");
    town.import_files(&[good, bad], replace()).unwrap_err();
    assert_eq!(town.rows(), before);
}

#[test]
fn a_box_and_replace_do_not_go_together() {
    let town = Town::new();
    let within = firemap::crs::bounds_named("106,29,107,30");
    let refused = town.import("spring.csv", FIRST, Options { within, ..replace() }).unwrap_err();
    assert_eq!(refused.code(), "replace_in_box");
}

#[test]
fn changes_are_counted_by_field_and_written_one_by_one() {
    let town = Town::new();
    town.import("spring.csv", FIRST, Options::default()).unwrap();
    let now = FIRST.replace("C,106.52,29.50,停用,0.2,", "C,106.52,29.51,正常,0.2,").replace("东门", "西门")
        + "E,106.54,29.5,正常,,\n";
    let changes = town.folder.path().join("changes.csv");
    let report =
        town.import("autumn.csv", &now, Options { changes: Some(changes.clone()), ..Options::default() }).unwrap();
    assert_eq!(counts(&report), [1, 2, 2, 0]);
    let told: Vec<String> = report
        .changes
        .iter()
        .map(|((layer, field), changes)| format!("{} {field} {} {:?}", layer.name(), changes.count, changes.examples))
        .collect();
    assert_eq!(
        told,
        [
            r#"hydrant geom 1 [("C", "106.5200000 29.5000000", "106.5200000 29.5100000")]"#,
            r#"hydrant state 1 [("C", "out_of_service", "in_service")]"#,
            r#"hydrant 备注 1 []"#,
        ]
    );
    let text = fs::read_to_string(&changes).unwrap();
    let mut lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "hydrant,water works,A,changed,备注,…,…",
            "hydrant,water works,C,changed,geom,106.5200000 29.5000000,106.5200000 29.5100000",
            "hydrant,water works,C,changed,state,out_of_service,in_service",
            "hydrant,water works,E,added,,,",
            "layer,source,key,change,field,old,new",
        ]
    );
    let again = Options { changes: Some(changes), ..Options::default() };
    assert_eq!(town.import("autumn.csv", &now, again).unwrap_err().code(), "report_exists");
}

#[test]
fn what_a_restricted_field_says_is_told_by_no_change_report() {
    let town = Town::new();
    let path = |name: &str| town.folder.path().join(name);
    let options = |changes| Options { layer: Some(Layer::Station), changes, ..Options::default() };
    let table = |contact: &str| format!("编号,经度,纬度,名称,联系人\nS,106.5,29.5,站,{contact}\n");
    for (name, contact, changes) in [("a.csv", "MARKER-1", None), ("b.csv", "MARKER-2", Some(path("c.csv")))] {
        let file = town.file(name, &table(contact));
        let options = Options { source: Some("s".into()), ..options(changes) };
        let report = import(&[file], &options, &town.store, &mut |_| {}).unwrap();
        assert!(!format!("{:?}", report.changes).contains("MARKER"));
    }
    let told = fs::read_to_string(path("c.csv")).unwrap();
    assert!(told.contains("changed,contact") && !told.contains("MARKER"), "{told}");
}

#[test]
fn duplicate_keys_are_told_with_all_their_rows() {
    let town = Town::new();
    let text = "编号,经度,纬度\nA,106.1,29.5\nB,106.2,29.5\nA,106.3,29.5\nA#2,106.4,29.5\nA,106.5,29.5\nB,0,0\n";
    let duplicates = town.folder.path().join("twice.csv");
    let options = Options { key: Some("编号".into()), duplicates: Some(duplicates.clone()), ..Options::default() };
    let report = town.import("a.csv", text, options).unwrap();
    let told = &report.files[0].duplicates;
    assert_eq!((told.keys_in_all, told.rows_in_all), (3, 4));
    assert_eq!(
        told.keys,
        [("A".to_owned(), vec![2, 4, 6]), ("A#2".to_owned(), vec![4, 5]), ("B".to_owned(), vec![3, 7])]
    );
    assert_eq!(town.rows().len(), 5, "no row is lost, not even one whose key looks like a second");
    let text = fs::read_to_string(duplicates).unwrap();
    assert_eq!(text.lines().count(), 1 + 3 + 2 + 2, "{text}");
}

#[test]
fn a_source_is_known_by_the_same_column_again() {
    let town = Town::new();
    let first = "uuid,tag,lon,lat\nu1,7,106.1,29.5\nu2,8,106.2,29.5\n";
    town.import("a.csv", first, Options { key: Some("tag".into()), ..Options::default() }).unwrap();
    let report = town.import("b.csv", first, Options::default()).unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 0]);
    assert_eq!(town.keys(), ["7", "8"]);
    let other = "uuid,lon,lat\nu1,106.1,29.5\n";
    let report = town.import("c.csv", other, Options::default()).unwrap();
    assert!(report.files[0].remarks.iter().any(|(remark, _)| remark.code() == "key_differs"));
}

#[test]
fn a_feature_tells_which_file_it_has_its_content_from_and_which_held_it_last() {
    let town = Town::new();
    town.import("spring.csv", FIRST, Options::default()).unwrap();
    let later = FIRST.replace("C,106.52,29.50,停用", "C,106.52,29.50,正常");
    let report = town.import("autumn.csv", &later, Options::default()).unwrap();
    let told = |id| town.store.provenance(Layer::Hydrant, FeatureId(id)).unwrap().unwrap();
    let (a, c) = (told(1), told(3));
    let file = |standing: &Option<firemap::store::Standing>| {
        standing.as_ref().map(|standing| (standing.import.file.file.to_string(), standing.row)).unwrap()
    };
    assert_eq!((file(&a.came_from), file(&a.last_seen)), (("spring.csv".into(), 2), ("autumn.csv".into(), 2)));
    assert_eq!((file(&c.came_from), file(&c.last_seen)), (("autumn.csv".into(), 4), ("autumn.csv".into(), 4)));
    let import = a.came_from.unwrap().import;
    assert_eq!(import.file.bytes, FIRST.len() as u64);
    assert_eq!(import.file.hash.map(|hash| hash.len()), Some(64));
    assert!(import.time.is_some() && import.actor.as_deref() == Some("import"));
    assert_eq!(town.store.imports().unwrap().len(), 2);
    // The same file once more is no other import, and no revision.
    let again = town.import("autumn.csv", &later, Options::default()).unwrap();
    assert_eq!((again.revision, town.store.imports().unwrap().len()), (report.revision, 2));
    // Another file that says the same is seen, and changes no row.
    let again = town.import("winter.csv", &(later + "\n"), Options::default()).unwrap();
    assert_eq!((again.revision, town.store.imports().unwrap().len()), (report.revision, 3));
    let now = town.store.provenance(Layer::Hydrant, FeatureId(1)).unwrap().unwrap();
    assert_eq!((file(&now.came_from), file(&now.last_seen)), (("spring.csv".into(), 2), ("winter.csv".into(), 2)));
}

/// A source whose rejects are mended by `mend` and imported by the plain command says what it would have said had the
/// file been right at once.
fn mended_rejects_are_what_the_right_file_would_have_been(name: &str, right: &str, broken: &str, mend: fn(&Path)) {
    for ending in ["csv", "gpkg"] {
        let (town, twin) = (Town::new(), Town::new());
        let options = Options { map: vec![("name".into(), "备注".into())], ..Options::default() };
        twin.import(name, right, options.clone()).unwrap();
        let rejects = town.folder.path().join(format!("rejects.{ending}"));
        let report = town.import(name, broken, Options { rejects: Some(rejects.clone()), ..options }).unwrap();
        assert!(report.rejected() > 0 && report.kept() > 0, "{name}");
        mend(&rejects);
        if ending == "gpkg" && !reads_geopackage() {
            continue;
        }
        let again = import(std::slice::from_ref(&rejects), &Options::default(), &town.store, &mut |_| {}).unwrap();
        assert!(again.files[0].remarks.iter().any(|(remark, _)| remark.code() == "own_rejects"));
        assert_eq!(again.rejected(), 0, "{name} {ending}: {:?}", again.files[0].rejected);
        let plain = |town: &Town| {
            let row = |row: Row| {
                let feature = row.feature;
                let key = feature.source_key.to_string();
                (key, (feature.source.to_string(), feature.shape, feature.attributes, feature.flaw))
            };
            town.rows().into_iter().map(row).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(plain(&town), plain(&twin), "{name} {ending}");
        assert_eq!(again.counts[0].1.changed, 0, "{name} {ending}");
    }
}

/// Whether the import reads GeoPackages.
fn reads_geopackage() -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ingest/geopackage.rs").exists()
}

fn is_geopackage(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "gpkg")
}

fn replace_in(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

/// The GeoPackage of a hydrant's place, little endian and without envelope.
fn place(lon: f64, lat: f64) -> Vec<u8> {
    let mut bytes = b"GP\0\x01\xe6\x10\0\0\x01\x01\0\0\0".to_vec();
    bytes.extend([lon, lat].iter().flat_map(|n| n.to_le_bytes()));
    bytes
}

/// A connection such as QGIS has.
fn qgis(path: &Path) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(path).unwrap();
    let flags = rusqlite::functions::FunctionFlags::default();
    for name in ["ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"] {
        conn.create_scalar_function(name, 1, flags, |_| Ok(0.0)).unwrap();
    }
    conn.create_scalar_function("ST_IsEmpty", 1, flags, |_| Ok(false)).unwrap();
    conn
}

#[test]
fn rejects_of_a_table_are_mended_in_a_spreadsheet_or_in_qgis() {
    let right = FIRST.replace("C,106.52", "=C,106.52").replace("正常,0.25", "正常,0.25,\"=两, \"\"行\"\"\"");
    let broken = right.replace("106.52,29.50", "0,0").replace("106.53,29.50", "106.53,abc");
    mended_rejects_are_what_the_right_file_would_have_been("spring.csv", &right, &broken, |path| {
        if is_geopackage(path) {
            let conn = qgis(path);
            let sql = "update firemap_rejects set geom = ?1 where firemap_key = ?2";
            assert_eq!(conn.execute(sql, (place(106.52, 29.5), "=C")).unwrap(), 1);
            assert_eq!(conn.execute(sql, (place(106.53, 29.5), "D")).unwrap(), 1);
        } else {
            replace_in(path, ",0,0,", ",106.52,29.50,");
            replace_in(path, "106.53,abc", "106.53,29.50");
        }
    });
}

#[test]
fn rejects_without_a_key_and_with_one_that_stands_twice_get_the_keys_they_would_have_had() {
    let head = "编号,经度,纬度,状态,备注\n";
    let many: String = (0..1000).map(|n| format!("{n},106.5,29.{n:04},正常,\n")).collect();
    let tail = "7,106.6,29.5,正常,x\n,106.7,29.5,停用,y\n";
    let right = format!("{head}{many}{tail}");
    let broken = format!("{head}{many}{}", tail.replace("106.6", "999").replace("106.7", "998"));
    mended_rejects_are_what_the_right_file_would_have_been("many.csv", &right, &broken, |path| {
        if is_geopackage(path) {
            let conn = qgis(path);
            let sql = "update firemap_rejects set geom = ?1 where 经度 = ?2";
            assert_eq!(conn.execute(sql, (place(106.6, 29.5), "999")).unwrap(), 1);
            assert_eq!(conn.execute(sql, (place(106.7, 29.5), "998")).unwrap(), 1);
        } else {
            replace_in(path, "999", "106.6");
            replace_in(path, "998", "106.7");
        }
    });
}

#[test]
fn rejects_of_geojson_have_their_place_as_text() {
    let feature = |key: &str, at: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"GlobalID":"{key}","水压":"0.3 MPa","备注":"东, 门"}},"geometry":{at}}}"#
        )
    };
    let file = |second: &str| {
        let first = feature("a", r#"{"type":"Point","coordinates":[106.5,29.5]}"#);
        format!(r#"{{"type":"FeatureCollection","features":[{first},{}]}}"#, feature("b", second))
    };
    let right = file(r#"{"type":"Point","coordinates":[106.6,29.6]}"#);
    let broken = file(r#"{"type":"MultiPoint","coordinates":[[106.6,29.6],[106.7,29.6]]}"#);
    mended_rejects_are_what_the_right_file_would_have_been("h.geojson", &right, &broken, |path| {
        if is_geopackage(path) {
            assert_eq!(qgis(path).execute("update firemap_rejects set geom = ?1", [place(106.6, 29.6)]).unwrap(), 1);
        } else {
            replace_in(path, "MULTIPOINT (106.6 29.6,106.7 29.6)", "POINT (106.6 29.6)");
        }
    });
}

#[test]
fn a_report_of_rejects_that_is_being_mended_is_not_written_over_and_one_of_several_imports_is_told() {
    let town = Town::new();
    let rejects = town.folder.path().join("rejects.csv");
    let broken = FIRST.replace("106.52,29.50", "0,0");
    let options = Options { rejects: Some(rejects.clone()), ..Options::default() };
    town.import("spring.csv", &broken, options.clone()).unwrap();
    assert_eq!(town.import("spring.csv", &broken, options.clone()).unwrap_err().code(), "report_exists");
    town.import("spring.csv", &broken, Options { force: true, ..options }).unwrap();
    let replacing = import(std::slice::from_ref(&rejects), &replace(), &town.store, &mut |_| {}).unwrap_err();
    assert_eq!(replacing.code(), "replace_by_rejects");
    let text = fs::read_to_string(&rejects).unwrap();
    let line = text.lines().nth(1).unwrap();
    fs::write(&rejects, format!("{text}{}\n", line.replace("water works", "other works"))).unwrap();
    let mixed = import(std::slice::from_ref(&rejects), &Options::default(), &town.store, &mut |_| {}).unwrap_err();
    assert!(mixed.to_string().contains("row 3") || mixed.to_string().contains("row 2"), "{mixed}");
    assert_eq!(mixed.code(), "rejects_mixed");
    // Nothing to reject, nothing to write.
    let none = town.folder.path().join("none.csv");
    town.import("spring.csv", FIRST, Options { rejects: Some(none.clone()), ..Options::default() }).unwrap();
    assert!(!none.exists());
    let left = fs::read_dir(town.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.contains(".part")).collect::<Vec<_>>(), [] as [String; 0]);
}

/// A feature of a file as it stands there: properties and coordinates.
type Plain = BTreeMap<String, (Map<String, Json>, [i64; 2])>;

/// A GeoJSON file read by nothing of ours: features by their GlobalID.
fn plain(path: &Path) -> Plain {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let file: Json = serde_json::from_str(&text).unwrap();
    let feature = |feature: &Json| {
        let mut properties = feature["properties"].as_object().unwrap().clone();
        properties.retain(|_, value| !value.is_null());
        let at = [0, 1].map(|axis| {
            let degrees = feature["geometry"]["coordinates"][axis].as_f64().unwrap();
            (degrees * 1e7).round() as i64
        });
        (properties["GlobalID"].as_str().unwrap().trim().to_owned(), (properties, at))
    };
    let features = file["features"].as_array().unwrap();
    let all: Plain = features.iter().map(feature).collect();
    assert_eq!(all.len(), features.len(), "no key twice in {}", path.display());
    all
}

#[test]
fn the_cambridge_vintages_in_order_of_date_lose_no_row_and_tell_every_change() {
    let Some(folder) = real_data::real_data("cambridge/vintages") else { return };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("hydrants_"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 29);
    let town = Town::new();
    let mut before = Plain::new();
    for file in files {
        let now = plain(&file);
        // A step may change the whole town over; the naive twin says how much must go.
        let options = Options { replace: Replace::EvenMost, ..Options::default() };
        let report = town.import_files(std::slice::from_ref(&file), options).unwrap();
        let name = file.display();
        assert_eq!(report.rejected(), 0, "{name}");
        let old_keys: BTreeSet<&String> = before.keys().collect();
        let new_keys: BTreeSet<&String> = now.keys().collect();
        let stays = || old_keys.intersection(&new_keys).map(|key| (*key, &before[*key], &now[*key]));
        let changed = stays().filter(|(_, old, new)| old != new).count();
        let expected = [
            new_keys.difference(&old_keys).count(),
            changed,
            stays().count() - changed,
            old_keys.difference(&new_keys).count(),
        ];
        assert_eq!(counts(&report), expected.map(|n| n as u64), "{name}");
        let moved = stays().filter(|(_, (_, old), (_, new))| old != new).count() as u64;
        let told = |field: &str| report.changes.get(&(Layer::Hydrant, field.to_owned())).map_or(0, |c| c.count);
        assert_eq!(told("geom"), moved, "{name}");
        let held: BTreeSet<String> = town.keys().into_iter().collect();
        assert!(held.iter().eq(now.keys()), "{name}: {} held, {} in the file", held.len(), now.len());
        before = now;
    }
}
