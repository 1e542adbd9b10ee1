//! What only the GeoPackage store must do: refuse what is not its own, agree with the model, log what others edit.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use firemap::model::{Attributes, Feature, FeatureId, FieldType, GeometryKind, Layer, Origin, Place, Shape, Value};
use firemap::model::{Speak, building};
use firemap::store::{Batch, Change, DEFAULT_ZONE, GeoPackage, Revision, Row, Store, StoreError, Write};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("city.gpkg")
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn open(path: &Path) -> GeoPackage {
    GeoPackage::open_or_create(path, DEFAULT_ZONE).unwrap()
}

fn house(key: &str, name: &str) -> Feature {
    let ring = [(0, 0), (500, 0), (500, 500), (0, 500)].map(|(lon, lat)| Place { lon, lat }).to_vec();
    let mut values = vec![None; Layer::Building.fields().len()];
    values[building::NAME] = Some(Value::Text(name.into()));
    Feature {
        layer: Layer::Building,
        source: "survey".into(),
        source_key: key.into(),
        shape: Shape::polygons([vec![ring]]).unwrap(),
        flaw: None,
        attributes: Attributes::pack(Layer::Building, &values),
        extra: None,
        origin: Origin { file: "survey.csv".into(), row: 7 },
    }
}

fn put(store: &dyn Store, features: impl IntoIterator<Item = Feature>) -> Revision {
    let mut writes = features.into_iter().map(|feature| Ok(Write::Put(feature)));
    let batch = Batch { actor: "test", sources: Vec::new(), writes: &mut writes, dry_run: false, watch: None };
    store.commit(batch).unwrap().revision
}

fn rows(store: &dyn Store) -> Vec<Row> {
    store.rows().unwrap().1
}

/// A connection such as QGIS has: SQLite with the functions of the R-tree triggers, and nothing else of ours.
fn other_program(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    for (name, value) in [("ST_MinX", 0.0), ("ST_MaxX", 5e-5), ("ST_MinY", 0.0), ("ST_MaxY", 5e-5)] {
        conn.create_scalar_function(name, 1, FunctionFlags::default(), move |_| Ok(value)).unwrap();
    }
    conn.create_scalar_function("ST_IsEmpty", 1, FunctionFlags::default(), |_| Ok(false)).unwrap();
    conn
}

/// Operation, actor, number and old name of the log's entries after a revision.
fn log(path: &Path, after: Revision) -> Vec<(String, String, Option<i64>, Option<String>)> {
    let conn = Connection::open(path).unwrap();
    conn.prepare("select op, actor, fid, name from building_log where seq > ?1 order by seq")
        .unwrap()
        .query_map([after.0 as i64], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn entry(op: &str, fid: i64, name: Option<&str>) -> (String, String, Option<i64>, Option<String>) {
    (op.to_owned(), "external".to_owned(), Some(fid), name.map(str::to_owned))
}

/// Opening is refused with this code, by `open` and `open_or_create` alike, and nothing in the folder changes but the
/// memory that programs share which have it open.
fn refused(folder: &Folder, code: &str) {
    let read = |name: String| {
        let shared = name.ends_with("-shm");
        (if shared { Vec::new() } else { fs::read(folder.0.path().join(&name)).unwrap() }, name)
    };
    let before: Vec<_> = folder.names().into_iter().map(read).collect();
    assert_eq!(GeoPackage::open(folder.path()).unwrap_err().code(), code);
    assert_eq!(GeoPackage::open_or_create(folder.path(), DEFAULT_ZONE).unwrap_err().code(), code);
    let after: Vec<_> = folder.names().into_iter().map(read).collect();
    assert!(before == after, "{code}: {:?}", folder.names());
}

#[test]
fn a_missing_store_is_not_made_by_opening_it() {
    let folder = Folder::new();
    assert_eq!(GeoPackage::open(folder.path()).unwrap_err().code(), "store_missing");
    assert!(folder.names().is_empty());
    let nowhere = folder.0.path().join("no/such/folder/city.gpkg");
    assert_eq!(GeoPackage::open_or_create(nowhere, DEFAULT_ZONE).unwrap_err().code(), "store_io");
    assert_eq!(GeoPackage::open_or_create(folder.path(), "Nowhere/Land").unwrap_err().code(), "store_io");
    assert!(folder.names().is_empty());
}

#[test]
fn a_new_store_leaves_one_file_when_closed() {
    let folder = Folder::new();
    put(&open(&folder.path()), [house("a", "东塔")]);
    assert_eq!(folder.names(), ["city.gpkg"]);
}

#[test]
fn foreign_files_are_refused_and_left_as_they_were() {
    let folder = Folder::new();
    for bytes in [&b""[..], b"SQLite", b"name,lon,lat\n", &[0; 4096]] {
        fs::write(folder.path(), bytes).unwrap();
        refused(&folder, "store_foreign");
    }
    fs::remove_file(folder.path()).unwrap();
    let conn = Connection::open(folder.path()).unwrap();
    conn.execute_batch("create table t (a)").unwrap();
    refused(&folder, "store_foreign");
    conn.execute_batch("pragma application_id = 1196444487").unwrap();
    refused(&folder, "store_foreign");
    conn.execute_batch("pragma journal_mode = wal; create table u (a)").unwrap();
    refused(&folder, "store_foreign");
    drop(conn);
    refused(&folder, "store_foreign");
    fs::remove_file(folder.path()).unwrap();
    fs::create_dir(folder.path()).unwrap();
    assert_eq!(GeoPackage::open(folder.path()).unwrap_err().code(), "store_foreign");
}

#[test]
fn a_newer_store_is_refused_and_left_as_it_was() {
    let folder = Folder::new();
    drop(open(&folder.path()));
    let conn = Connection::open(folder.path()).unwrap();
    conn.execute_batch("insert into firemap_migration values (99, 'later', '')").unwrap();
    let error = GeoPackage::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, known: 5, .. }), "{error}");
    drop(conn);
    refused(&folder, "store_newer");
}

#[test]
fn damaged_stores_are_refused_and_left_as_they_were() {
    let folder = Folder::new();
    put(&open(&folder.path()), (0..500).map(|n| house(&n.to_string(), "塔")));
    let whole = fs::read(folder.path()).unwrap();
    for keep in [50, 4096, whole.len() - 1] {
        fs::write(folder.path(), &whole[..keep]).unwrap();
        refused(&folder, "store_damaged");
    }
    let mut scribbled = whole.clone();
    scribbled[100..4096].fill(0x5a);
    fs::write(folder.path(), &scribbled).unwrap();
    refused(&folder, "store_damaged");
    fs::write(folder.path(), &whole).unwrap();
    Connection::open(folder.path()).unwrap().execute_batch("drop table sensor").unwrap();
    refused(&folder, "store_damaged");
}

#[test]
fn a_page_that_is_half_written_in_the_file_is_no_damage_where_the_log_has_it_whole() {
    let (here, there) = (Folder::new(), Folder::new());
    let log = |folder: &Folder| folder.0.path().join("city.gpkg-wal");
    let store = open(&here.path());
    let revision = put(&store, (0..500).map(|n| house(&n.to_string(), "塔")));
    // Another program adds a table: then the pages that tell the tables are in the log too.
    Connection::open(here.path()).unwrap().execute_batch("create table layer_styles (id)").unwrap();
    let (file, logged) = (fs::read(here.path()).unwrap(), fs::read(log(&here)).unwrap());
    // A header of 32 bytes; then each page behind 24, the first four of which tell its number.
    let number = |frame: &[u8]| u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
    let pages: BTreeSet<usize> = logged[32..].chunks_exact(24 + 4096).map(number).collect();
    assert!(pages.len() > 20 && pages.contains(&1), "{pages:?}");
    for page in pages.into_iter().filter(|page| page * 4096 <= file.len()) {
        for scribble in [0x00, 0x5a] {
            let mut torn = file.clone();
            torn[(page - 1) * 4096 + 512..page * 4096].fill(scribble);
            fs::write(there.path(), torn).unwrap();
            fs::write(log(&there), &logged).unwrap();
            let opened = GeoPackage::open(there.path()).unwrap_or_else(|error| panic!("page {page}: {error}"));
            assert_eq!(opened.load(&|_| {}).unwrap().revision, revision);
            assert_eq!(rows(&opened).len(), 500);
        }
    }
}

#[test]
fn damage_among_the_rows_is_an_error_and_not_an_empty_city() {
    let folder = Folder::new();
    put(&open(&folder.path()), (0..500).map(|n| house(&n.to_string(), "塔")));
    let mut bytes = fs::read(folder.path()).unwrap();
    let conn = Connection::open(folder.path()).unwrap();
    let page: u32 =
        conn.query_row("select rootpage from sqlite_master where name = 'building'", [], |row| row.get(0)).unwrap();
    drop(conn);
    let page = page as usize;
    bytes[(page - 1) * 4096..page * 4096].fill(0x5a);
    fs::write(folder.path(), bytes).unwrap();
    let told = GeoPackage::open(folder.path()).and_then(|store| store.load(&|_| {}).map(|_| ()));
    assert_eq!(told.unwrap_err().code(), "store_damaged");
}

#[test]
fn tables_equal_the_model() {
    let folder = Folder::new();
    drop(open(&folder.path()));
    let conn = Connection::open(folder.path()).unwrap();
    for layer in Layer::ALL {
        let geom = match layer.def().geometry {
            GeometryKind::Point => "POINT",
            GeometryKind::Line => "MULTILINESTRING",
            GeometryKind::Polygon => "MULTIPOLYGON",
        };
        let mut expected = vec![("fid", "INTEGER"), ("geom", geom)];
        let sql: String = conn
            .query_row("select sql from sqlite_master where type = 'table' and name = ?1", [layer.name()], |r| r.get(0))
            .unwrap();
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        for field in layer.fields() {
            let (layer, name) = (layer.name(), field.name);
            let (ty, check) = match field.ty {
                FieldType::Text => ("TEXT", String::new()),
                FieldType::Integer(..) => ("INTEGER", String::new()),
                FieldType::Real(..) => ("DOUBLE", String::new()),
                FieldType::Date => ("DATE", String::new()),
                FieldType::Instant => ("DATETIME", String::new()),
                FieldType::Bool => ("BOOLEAN", format!("constraint {layer}_{name}_yes_no check ({name} in (0, 1))")),
                FieldType::Choice(choices) => {
                    let codes: Vec<_> = choices.iter().map(|choice| format!("'{}'", choice.code)).collect();
                    let codes = codes.join(", ");
                    ("TEXT", format!("constraint {layer}_{name}_code check ({name} in ({codes}))"))
                }
            };
            expected.push((name, ty));
            assert!(sql.contains(&check), "{sql} should hold {check}");
        }
        for own in ["source", "source_key", "flaw", "extra"] {
            expected.push((own, "TEXT"));
        }
        expected.extend([("row", "INTEGER"), ("changed", "DATETIME"), ("import", "INTEGER")]);
        let unique = format!("constraint {}_source_key unique (source, source_key)", layer.name());
        assert!(sql.contains(&unique), "{sql}");
        let columns: Vec<(String, String)> = conn
            .prepare("select name, type from pragma_table_info(?1)")
            .unwrap()
            .query_map([layer.name()], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let mut columns: Vec<_> = columns.iter().map(|(name, ty)| (name.as_str(), ty.as_str())).collect();
        // What a later migration added stands at the end of its table, wherever the model has it.
        columns.sort_unstable();
        expected.sort_unstable();
        assert_eq!(columns, expected, "{}", layer.name());
    }
}

#[test]
fn what_is_written_holds_to_the_checks_that_are_left_to_other_programs() {
    let folder = Folder::new();
    let store = open(&folder.path());
    let everything = Layer::ALL.into_iter().flat_map(|layer| {
        (0..200).map(move |n: u8| {
            let value = |field: &firemap::model::Field| match field.ty {
                FieldType::Text => Value::Text("x".into()),
                FieldType::Integer(least, most) => Value::Integer(if n.is_multiple_of(2) { least } else { most }),
                FieldType::Real(least, most) => Value::Real(if n.is_multiple_of(2) { least } else { most }),
                FieldType::Bool => Value::Bool(n.is_multiple_of(2)),
                FieldType::Choice(choices) => Value::Choice(n % choices.len() as u8),
                FieldType::Date => Value::Date(i32::from(n)),
                FieldType::Instant => Value::Instant(i64::from(n)),
            };
            let values: Vec<_> =
                layer.fields().iter().map(|field| (!n.is_multiple_of(3)).then(|| value(field))).collect();
            let at = Place { lon: 1_000_000 * i32::from(n), lat: 100_000 };
            let next = Place { lon: at.lon, lat: 200_000 };
            let shape = match layer.def().geometry {
                GeometryKind::Point => Shape::point(at),
                GeometryKind::Line => Shape::lines([vec![at, next]]).unwrap(),
                GeometryKind::Polygon => {
                    let corner = Place { lon: at.lon + 500, lat: 150_000 };
                    Shape::polygons([vec![vec![at, corner, next]]]).unwrap()
                }
            };
            let attributes = Attributes::pack(layer, &values);
            Feature { layer, source_key: n.to_string().into(), shape, attributes, ..house("", "") }
        })
    });
    put(&store, everything);
    drop(store);
    let sound = |check: &str| -> String {
        let conn = Connection::open(folder.path()).unwrap();
        conn.query_row(&format!("pragma {check}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!(sound("integrity_check"), "ok");
}

#[test]
fn edits_of_other_programs_are_logged_and_seen() {
    let folder = Folder::new();
    let store = open(&folder.path());
    let first = put(&store, [house("a", "1"), house("b", "2"), house("c", "3")]);
    let other = other_program(&folder.path());
    other.execute_batch("update building set name = 'one' where fid = 1; delete from building where fid = 2").unwrap();
    assert_eq!(log(&folder.path(), first), [entry("update", 1, Some("1")), entry("delete", 2, Some("2"))]);
    let changes = store.changes(first).unwrap();
    assert_eq!(changes.rows.len(), 2);
    assert!(matches!(&changes.rows[0], Change::Put(row) if row.feature == house("a", "one")));
    assert_eq!(changes.rows[1], Change::Gone(Layer::Building, FeatureId(2)));
}

#[test]
fn a_row_another_program_adds_gets_a_source_and_a_key() {
    let folder = Folder::new();
    let store = open(&folder.path());
    put(&store, [house("a", "1")]);
    let other = other_program(&folder.path());
    for source in ["null, null", "'', ''"] {
        let sql =
            format!("insert into building (geom, source, source_key) select geom, {source} from building limit 1");
        other.execute_batch(&sql).unwrap();
    }
    other.execute_batch("insert into building (geom) select geom from building limit 1").unwrap();
    let keys: Vec<_> =
        rows(&store).into_iter().map(|r| format!("{} {}", r.feature.source, r.feature.source_key)).collect();
    assert_eq!(keys, ["survey a", "edited fid/2", "edited fid/3", "edited fid/4"]);
    put(&store, [house("b", "2")]);
    assert_eq!(rows(&store).len(), 5);
}

#[test]
fn replaced_rows_are_logged_and_leave_the_index() {
    let folder = Folder::new();
    let store = open(&folder.path());
    let first = put(&store, [house("a", "1"), house("b", "2")]);
    let other = other_program(&folder.path());
    let copy = "insert or replace into building (fid, geom, name, source, source_key)";
    other
        .execute_batch(&format!("{copy} select 1, geom, 'by number', source, source_key from building where fid = 1"))
        .unwrap();
    let by_number = [entry("replace", 1, Some("1")), entry("insert", 1, None)];
    assert_eq!(log(&folder.path(), first)[..2], by_number);
    let second = store.wait(Revision(0), std::time::Duration::ZERO).unwrap();
    other
        .execute_batch(&format!("{copy} select null, geom, 'by key', source, source_key from building where fid = 2"))
        .unwrap();
    assert_eq!(log(&folder.path(), second)[..2], [entry("replace", 2, Some("2")), entry("insert", 3, None)]);
    let third = store.wait(Revision(0), std::time::Duration::ZERO).unwrap();
    other.execute_batch("update or replace building set source_key = 'b' where fid = 1").unwrap();
    assert_eq!(
        log(&folder.path(), third)[..2],
        [entry("replace", 3, Some("by key")), entry("update", 1, Some("by number"))]
    );
    let indexed: Vec<i64> = other
        .prepare("select id from rtree_building_geom order by id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(indexed, [1]);
    let changed = store.changes(first).unwrap().rows;
    assert!(matches!(changed[..], [Change::Put(_), Change::Gone(_, FeatureId(2)), Change::Gone(_, FeatureId(3))]));
}

#[test]
fn our_own_writes_name_their_actor() {
    let folder = Folder::new();
    let store = open(&folder.path());
    let first = put(&store, [house("a", "1")]);
    put(&store, [house("a", "2")]);
    assert_eq!(log(&folder.path(), Revision(0))[0].1, "test");
    assert_eq!(log(&folder.path(), first), [("update".into(), "test".into(), Some(1), Some("1".into()))]);
}

#[test]
fn what_the_model_refuses_is_told_and_never_lost_in_silence() {
    let folder = Folder::new();
    let store = open(&folder.path());
    let first = put(&store, [house("a", "1"), house("b", "2"), house("c", "3"), house("d", "4")]);
    let other = other_program(&folder.path());
    other
        .execute_batch(
            "pragma ignore_check_constraints = on;
             update building set geom = null where fid = 1;
             update building set geom = x'47500001e610000001030000000100000001000000' where fid = 2;
             update building set use = 'castle in the air', height_m = -3, floors_above = 'many' where fid = 3;",
        )
        .unwrap();
    let loaded = rows(&store);
    assert_eq!(loaded.iter().map(|row| row.id.0).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(loaded[0].feature, house("c", "3"), "a refused value is unknown");
    let told: Vec<_> = store.faults().iter().map(|fault| (fault.id.0, fault.column)).collect();
    assert_eq!(told, [(1, "geom"), (2, "geom"), (3, "use"), (3, "height_m"), (3, "floors_above")]);
    let gone = |fid| Change::Gone(Layer::Building, FeatureId(fid));
    for _ in 0..2 {
        assert_eq!(store.changes(first).unwrap().rows[..2], [gone(1), gone(2)]);
        assert_eq!(store.faults().len(), told.len(), "a row read again is not told of again");
    }
    put(&store, [house("a", "1"), house("b", "2"), house("c", "3")]);
    assert_eq!(rows(&store).len(), 4, "an import mends what is there under its key");
    assert_eq!(store.faults(), []);
}

/// Drops every trigger of the buildings and edits them unseen, as a tool does that makes the table anew.
fn edit_unseen(path: &Path) {
    let other = Connection::open(path).unwrap();
    let names: Vec<String> = other
        .prepare("select name from sqlite_master where type = 'trigger' and tbl_name = 'building'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    names.iter().for_each(|name| other.execute_batch(&format!("drop trigger {name}")).unwrap());
    other
        .execute_batch(
            "update building set name = 'unseen' where fid = 1; delete from building where fid = 2;
             insert into building (geom) select geom from building limit 1",
        )
        .unwrap();
}

/// The log tells the gap, and changes across it lead from the old rows to the present ones.
fn gap_is_bridged(store: &GeoPackage, path: &Path, first: Revision, mut rows_then: Vec<Row>) {
    let log = log(path, first);
    assert!(log.iter().any(|(op, _, fid, _)| op == "gap" && fid.is_none()), "{log:?}");
    let changes = store.changes(first).unwrap();
    apply(&mut rows_then, changes.rows);
    assert_eq!(rows_then, rows(store));
    let added = &rows_then.last().unwrap().feature;
    assert_eq!((&*added.source, &*added.source_key), ("edited", "fid/4"));
    let other = other_program(path);
    other.execute_batch("delete from building where fid = 1").unwrap();
    let after = store.changes(changes.snapshot.revision).unwrap();
    assert_eq!(after.rows, [Change::Gone(Layer::Building, FeatureId(1))]);
    let indexed: i64 = other.query_row("select count(*) from rtree_building_geom", [], |row| row.get(0)).unwrap();
    assert_eq!(indexed, 2);
}

#[test]
fn dropped_triggers_are_made_again_at_the_next_opening_and_the_gap_is_logged() {
    let folder = Folder::new();
    let store = open(&folder.path());
    let first = put(&store, [house("a", "1"), house("b", "2"), house("c", "3")]);
    let then = rows(&store);
    drop(store);
    edit_unseen(&folder.path());
    gap_is_bridged(&open(&folder.path()), &folder.path(), first, then);
}

#[test]
fn triggers_dropped_under_an_open_store_are_noticed_by_the_one_who_waits() {
    let folder = Folder::new();
    let store = open(&folder.path());
    let first = put(&store, [house("a", "1"), house("b", "2"), house("c", "3")]);
    let then = rows(&store);
    assert_eq!(store.wait(first, std::time::Duration::ZERO), Ok(first));
    edit_unseen(&folder.path());
    assert!(store.wait(first, std::time::Duration::from_secs(60)).unwrap() > first);
    gap_is_bridged(&store, &folder.path(), first, then);
}

#[test]
fn two_who_make_the_same_store_at_once_get_one() {
    let folder = Folder::new();
    std::thread::scope(|scope| {
        for key in ["a", "b", "c", "d"] {
            let path = folder.path();
            scope.spawn(move || put(&open(&path), [house(key, key)]));
        }
    });
    assert_eq!(rows(&open(&folder.path())).len(), 4);
}

fn apply(rows: &mut Vec<Row>, changes: Vec<Change>) {
    for change in changes {
        let (layer, id) = match &change {
            Change::Put(row) => (row.feature.layer, row.id),
            Change::Gone(layer, id) => (*layer, *id),
        };
        rows.retain(|row| (row.feature.layer, row.id) != (layer, id));
        if let Change::Put(row) = change {
            rows.push(row);
        }
    }
    rows.sort_by_key(|row| (row.feature.layer, row.id));
}

#[test]
fn acknowledged_writes_survive_the_end_of_the_process() {
    let folder = Folder::new();
    let store = open(&folder.path());
    put(&store, [house("a", "1")]);
    put(&store, [house("b", "2")]);
    // What a killed process leaves: the file and its log as they are on disk, with nothing closed.
    let crashed = Folder::new();
    for name in folder.names() {
        fs::copy(folder.0.path().join(&name), crashed.0.path().join(&name)).unwrap();
    }
    assert_eq!(rows(&open(&crashed.path())).len(), 2);
}

#[test]
fn a_write_that_another_program_blocks_says_so() {
    let folder = Folder::new();
    let store = open(&folder.path());
    let other = other_program(&folder.path());
    other.execute_batch("begin immediate").unwrap();
    let mut writes = [Ok(Write::Put(house("a", "1")))].into_iter();
    let batch = Batch { actor: "test", sources: Vec::new(), writes: &mut writes, dry_run: false, watch: None };
    assert_eq!(store.commit(batch).unwrap_err().code(), "store_busy");
    assert_eq!(rows(&store), [], "reading goes on");
}
