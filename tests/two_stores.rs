//! Both kinds of store side by side: the same after the same writes, and the same after a copy.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod any;
mod postgis;

use std::collections::HashSet;
use std::path::Path;

use any::any_feature;
use firemap::model::{Feature, FeatureId, Layer, ReliefTile, Speak, Square};
use firemap::store::{
    Aborted, Batch, Change, DEFAULT_ZONE, Edit, EditTask, Edits, GeoPackage, ImportedFile, Location, Receipt, Revision,
    Source, Span, Store, StoreError, Write, copy, verify,
};
use postgis::{Database, database};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value as Sql;

/// Random writes to few keys, so that they meet; every kind of write but those that a store may refuse.
fn any_writes() -> impl Strategy<Value = Vec<Vec<Write>>> {
    let write = (select(Layer::ALL.to_vec()), 0..4_u8).prop_flat_map(|(layer, key)| {
        let key = format!("k{key}");
        let (spared, retired) = (key.clone(), key.clone());
        prop_oneof![
            6 => any_feature(layer, key.clone()).prop_map(Write::Put),
            3 => any_feature(layer, key).prop_map(Write::Amend),
            2 => Just(Write::Retire { layer, source: "survey".into(), source_key: retired.into() }),
            1 => Just(Write::Spare { layer, source: "survey".into(), source_key: spared.into() }),
            1 => Just(Write::RetireRest { layer, source: "survey".into(), even_most: true }),
            1 => any::<bool>().prop_map(|demo| Write::Source(source(demo))),
            1 => select(vec!["a.csv", "b.csv"]).prop_map(|file| Write::File(file_of(file))),
        ]
    });
    vec(vec(write, 1..12), 1..6)
}

fn source(demo: bool) -> Source {
    Source { name: "survey".into(), attribution: "© survey".to_owned(), demo }
}

fn file_of(file: &str) -> ImportedFile {
    let hash = Some("0".repeat(64));
    ImportedFile { file: file.into(), source: "survey".into(), layer: None, hash, bytes: 7, row_key: None }
}

fn commit(store: &dyn Store, writes: &[Write]) -> Receipt {
    let mut writes = writes.iter().cloned().map(Ok::<Write, Aborted>);
    store.commit(Batch { actor: "import", sources: vec![], writes: &mut writes, dry_run: false, watch: None }).unwrap()
}

fn geopackage(folder: &Path) -> GeoPackage {
    GeoPackage::open_or_create(folder.join("city.gpkg"), DEFAULT_ZONE).unwrap()
}

/// What a store tells of its past, without its clock.
fn told(store: &dyn Store) -> Vec<(u64, String, Layer, Option<FeatureId>, firemap::store::Happened)> {
    let entries = store.history(&Span { most: usize::MAX, ..Span::default() }).unwrap();
    let entry = |e: firemap::store::Entry| (e.revision.0, e.actor, e.layer, e.id, e.happened);
    entries.into_iter().map(entry).collect()
}

fn both_are_the_same_after(database: &Database<'_>, batches: &[Vec<Write>]) {
    let folder = tempfile::tempdir().unwrap();
    let stores: [Box<dyn Store>; 2] = [Box::new(geopackage(folder.path())), Box::new(database.store())];
    let heads = stores.each_ref().map(|store| store.wait(Revision(0), std::time::Duration::ZERO).unwrap());
    let mut marks = vec![(heads, HashSet::new())];
    for batch in batches {
        let [file, base] = stores.each_ref().map(|store| commit(&**store, batch));
        assert_eq!((&file.counts, file.relief), (&base.counts, base.relief));
        let there = stores[0].rows().unwrap().1.into_iter().map(|row| (row.feature.layer, row.id));
        marks.push(([file.revision, base.revision], there.collect()));
    }
    let [file, base] = stores.each_ref().map(|store| store.rows().unwrap());
    assert_eq!(file.1, base.1);
    assert_eq!(file.0.sources, base.0.sources);
    for ([in_file, in_base], there) in marks {
        // A row that came and went since may be told as gone or not at all: nobody who asks has it.
        let changed = |store: &dyn Store, after| {
            let mut rows = store.changes(after).unwrap().rows;
            rows.retain(|change| !matches!(change, Change::Gone(layer, id) if !there.contains(&(*layer, *id))));
            rows
        };
        assert_eq!(changed(&*stores[0], in_file), changed(&*stores[1], in_base));
    }
    for row in &file.1 {
        let come = |store: &dyn Store| {
            let from = store.provenance(row.feature.layer, row.id).unwrap().unwrap();
            let place = |standing: Option<firemap::store::Standing>| standing.map(|s| (s.import.file, s.row));
            (place(from.came_from), place(from.last_seen))
        };
        assert_eq!(come(&*stores[0]), come(&*stores[1]), "{:?} {:?}", row.feature.layer, row.id);
        let bounds = row.feature.shape.bounds();
        // Further out the file's index rounds boxes by more than what is taken for the same place.
        if bounds.min.lon_degrees() < -100.0 || bounds.max.lon_degrees() > 100.0 {
            continue;
        }
        let asked = [("k1".into(), bounds), ("none".into(), bounds)];
        let known = |store: &dyn Store| store.recognise(row.feature.layer, "survey", &asked).unwrap();
        assert_eq!(known(&*stores[0]), known(&*stores[1]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_same_writes_give_the_same_rows_counts_and_changes(batches in any_writes()) {
        if let Some(database) = database() {
            both_are_the_same_after(&database, &batches);
        }
    }
}

#[test]
fn a_batch_that_takes_most_away_is_refused_by_both() {
    let Some(database) = database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let mut well = |key: &str| any_feature(Layer::Hydrant, key.to_owned()).new_tree(&mut runner).unwrap().current();
    let all: Vec<Write> = ["a", "b", "c"].into_iter().map(|key| Write::Put(well(key))).collect();
    let rest = Write::RetireRest { layer: Layer::Hydrant, source: "survey".into(), even_most: false };
    let stores: [Box<dyn Store>; 2] = [Box::new(geopackage(folder.path())), Box::new(database.store())];
    for store in stores {
        commit(&*store, &all);
        let mut writes = [all[0].clone(), rest.clone()].into_iter().map(Ok::<Write, Aborted>);
        let batch = Batch { actor: "import", sources: vec![], writes: &mut writes, dry_run: false, watch: None };
        let refused = StoreError::RetiresMost { layer: "hydrant", source: "survey".to_owned(), gone: 2, of: 3 };
        assert_eq!(store.commit(batch).unwrap_err(), refused);
        assert_eq!(store.rows().unwrap().1.len(), 3);
    }
}

/// A file with a past: rows, edits, an undoing, rows of other programs, a square of heights.
fn file_with_a_past(path: &Path) -> GeoPackage {
    let store = GeoPackage::open_or_create(path, "Europe/Berlin").unwrap();
    let mut runner = TestRunner::deterministic();
    for _ in 0..6 {
        any_writes().new_tree(&mut runner).unwrap().current().iter().for_each(|batch| drop(commit(&store, batch)));
    }
    let samples = (0..1201 * 1201).map(|n| (n % 500) as i16).collect();
    let tile = ReliefTile::new(Square::new(29, 106).unwrap(), samples).unwrap();
    commit(&store, &[Write::File(file_of("N29E106.hgt")), Write::Relief(tile)]);
    let (_, rows) = store.rows().unwrap();
    let retire = |row: &firemap::store::Row| Edit::Retire { layer: row.feature.layer, id: row.id, expected: None };
    let edits = |task| Edits { actor: "one".to_owned(), task, once: None };
    let done = store.edit(edits(EditTask::Edits(rows.iter().take(3).map(retire).collect()))).unwrap();
    store.edit(edits(EditTask::Undo(done.revision))).unwrap();
    let other = rusqlite::Connection::open(path).unwrap();
    // What the triggers of the index call, and every tool for GeoPackages brings.
    for name in ["ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY", "ST_IsEmpty"] {
        other.create_scalar_function(name, 1, FunctionFlags::default(), |_| Ok(0.0)).unwrap();
    }
    other
        .execute_batch("insert into hydrant (name) values ('another'); delete from hydrant where name = 'another'")
        .unwrap();
    store
}

/// Everything in a file: each table's rows in order of their first columns.
fn contents(path: &Path) -> Vec<(String, Vec<Vec<Sql>>)> {
    let conn = rusqlite::Connection::open(path).unwrap();
    let mut tables: Vec<String> = ["firemap_meta", "firemap_head", "firemap_source", "firemap_import"]
        .into_iter()
        .chain(["firemap_relief", "firemap_relief_log", "sqlite_sequence"])
        .map(str::to_owned)
        .collect();
    tables.push("(select layer || import || '/' || first, last, rows from firemap_seen)".to_owned());
    tables.push("(select first, last, actor, time, key, digest, answer from firemap_edit)".to_owned());
    tables.extend(Layer::ALL.into_iter().flat_map(|layer| [layer.name().to_owned(), format!("{}_log", layer.name())]));
    let rows = |table: String| {
        let mut statement = conn.prepare(&format!("select * from {table} order by 1, 2")).unwrap();
        let count = statement.column_count();
        let rows = statement.query_map([], |row| (0..count).map(|ix| row.get(ix)).collect::<Result<Vec<Sql>, _>>());
        let rows = rows.unwrap().collect::<Result<_, _>>().unwrap();
        (table, rows)
    };
    let mut all: Vec<(String, Vec<Vec<Sql>>)> = tables.into_iter().map(rows).collect();
    // Numbers that no table of ours has given.
    for (table, rows) in &mut all {
        if table == "sqlite_sequence" {
            rows.retain(|row| !matches!(&row[1], Sql::Integer(0)));
        }
    }
    all
}

#[test]
fn a_copy_there_and_back_loses_nothing_of_rows_and_history() {
    let Some(database) = database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (file, back) = (folder.path().join("city.gpkg"), folder.path().join("back.gpkg"));
    let store = file_with_a_past(&file);
    let there: Location = database.url().parse().unwrap();
    let copied = copy(&Location::File(file.clone()), &there).unwrap();
    let (snapshot, rows) = store.rows().unwrap();
    assert_eq!((copied.revision, copied.left_out), (snapshot.revision, 0));
    assert!(copied.rows as usize == rows.len() && copied.entries > copied.rows, "{copied:?}");
    let base = database.store();
    assert_eq!(base.rows().unwrap(), (snapshot, rows));
    assert_eq!(told(&base), told(&store));
    assert_eq!(base.imports().unwrap(), store.imports().unwrap());
    let around = Square::new(29, 106).unwrap().bounds();
    assert!(base.relief(Some(around)).unwrap() == store.relief(Some(around)).unwrap());
    copy(&there, &Location::File(back.clone())).unwrap();
    for ((table, before), (_, after)) in contents(&file).into_iter().zip(contents(&back)) {
        assert_eq!(before, after, "{table}");
    }
    verify(&back).unwrap();
    // Both go on where the copy was made, and give the same numbers.
    let more = [Write::Put(Feature { source: "later".into(), ..rows_first(&base) })];
    let (one, other) = (commit(&base, &more), commit(&GeoPackage::open(&back).unwrap(), &more));
    assert_eq!(one, other);
    assert_eq!(base.rows().unwrap().1, GeoPackage::open(&back).unwrap().rows().unwrap().1);
}

fn rows_first(store: &dyn Store) -> Feature {
    store.rows().unwrap().1.into_iter().next().unwrap().feature
}

#[test]
fn a_store_that_holds_something_is_not_copied_over() {
    let Some(database) = database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.gpkg");
    drop(file_with_a_past(&file));
    let there: Location = database.url().parse().unwrap();
    copy(&Location::File(file.clone()), &there).unwrap();
    assert_eq!(copy(&Location::File(file.clone()), &there).unwrap_err().code(), "store_not_empty");
    assert_eq!(copy(&there, &Location::File(file.clone())).unwrap_err().code(), "store_not_empty");
    assert_eq!(database.store().rows().unwrap(), GeoPackage::open(&file).unwrap().rows().unwrap());
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn a_backup_is_of_one_moment_though_the_store_is_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let store = geopackage(folder.path());
    let mut runner = TestRunner::deterministic();
    let mut pair = |nth: u32| {
        [Layer::Hydrant, Layer::Building]
            .map(|layer| Write::Put(any_feature(layer, nth.to_string()).new_tree(&mut runner).unwrap().current()))
    };
    let pairs: Vec<[Write; 2]> = (0..60).map(&mut pair).collect();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| pairs.iter().for_each(|pair| drop(commit(&store, pair))));
        let mut backups = 0;
        while backups < 3 || !writing.is_finished() {
            let kept = folder.path().join(format!("kept-{backups}.gpkg"));
            GeoPackage::backup(&folder.path().join("city.gpkg"), &kept).unwrap();
            let (_, rows) = GeoPackage::open(&kept).unwrap().rows().unwrap();
            let keys = |layer| -> Vec<&str> {
                rows.iter().filter(|row| row.feature.layer == layer).map(|row| &*row.feature.source_key).collect()
            };
            assert_eq!(keys(Layer::Hydrant), keys(Layer::Building), "a batch is in it whole or not at all");
            backups += 1;
        }
    });
}

#[test]
fn a_backup_that_is_damaged_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (file, kept) = (folder.path().join("city.gpkg"), folder.path().join("kept.gpkg"));
    drop(file_with_a_past(&file));
    GeoPackage::backup(&file, &kept).unwrap();
    verify(&kept).unwrap();
    let mut bytes = std::fs::read(&kept).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0xa5);
    std::fs::write(&kept, &bytes).unwrap();
    assert_eq!(verify(&kept).unwrap_err().code(), "store_damaged");
    bytes.truncate(middle);
    std::fs::write(&kept, &bytes).unwrap();
    assert!(verify(&kept).is_err());
}

fn firemap(args: &[&str]) -> (bool, String) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_firemap")).args(["--lang", "en"]).args(args).output();
    let done = done.unwrap();
    let told = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(told).unwrap())
}

#[test]
fn the_commands_move_a_store_and_back_and_tell_no_password() {
    let Some(database) = database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [city, kept, back] = ["city.gpkg", "kept.gpkg", "back.gpkg"].map(|name| folder.path().join(name));
    let before = file_with_a_past(&city).rows().unwrap();
    let [city, kept, back] = [&city, &kept, &back].map(|path| path.to_str().unwrap());
    let url = database.url();
    let mut told = String::new();
    for (args, succeeds) in [
        (&["copy", city, &url][..], true),
        (&["copy", city, &url], false),
        (&["backup", &url, kept], true),
        (&["backup", city, kept], false),
        (&["backup", city, kept, "--force"], true),
        (&["restore", kept, city], false),
        (&["restore", kept, &url], false),
        (&["restore", kept, back], true),
        (&["coverage", "--by", "subdistrict", "--store", &url.replace("firemap:", "nobody:")], false),
        (&["export", "--layer", "moon", "--store", &url, "out.csv"], false),
    ] {
        let (succeeded, said) = firemap(args);
        assert_eq!(succeeded, succeeds, "{args:?}: {said}");
        told.push_str(&said);
    }
    assert!(!told.contains("planted-password"), "{told}");
    assert_eq!(GeoPackage::open(back).unwrap().rows().unwrap(), before);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("part")), "{names:?}");
}
