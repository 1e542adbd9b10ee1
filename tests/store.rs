//! What every store must do; the cases take any implementation and run on each.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod any;
mod contract;
mod postgis;

use std::collections::BTreeMap;
use std::time::Duration;

use any::any_feature;

use firemap::model::{Attributes, Feature, FeatureId, Layer, Origin, Place, Shape, Value, building, hydrant};
use firemap::store::{
    Aborted, Batch, Change, Counts, DEFAULT_ZONE, GeoPackage, Receipt, Revision, Row, Snapshot, Source, Store,
    StoreError, Write,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A place for one store: opening it again gives the same store.
trait Home {
    fn open(&self) -> Box<dyn Store>;
}

struct GeoPackageHome(tempfile::TempDir);

impl Home for GeoPackageHome {
    fn open(&self) -> Box<dyn Store> {
        Box::new(GeoPackage::open_or_create(self.0.path().join("city.gpkg"), DEFAULT_ZONE).unwrap())
    }
}

struct PostGisHome(postgis::Database<'static>);

impl Home for PostGisHome {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.0.store())
    }
}

/// Runs a case on a database of its own, where there is PostgreSQL.
fn on_postgis(case: impl FnOnce(&dyn Home)) {
    if let Some(database) = postgis::database() {
        case(&PostGisHome(database));
    }
}

/// Declares each case once and runs it on every kind of store.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        mod geopackage {
            $(#[test] fn $case() { super::$case(&super::GeoPackageHome(tempfile::tempdir().unwrap())); })+
        }
        mod in_postgis {
            $(#[test] fn $case() { super::on_postgis(super::$case); })+
        }
    };
}

cases![
    what_is_put_is_loaded_again,
    the_same_batch_twice_changes_nothing,
    another_origin_alone_is_no_change,
    an_error_in_a_batch_undoes_it_whole,
    a_dry_run_counts_and_keeps_nothing,
    changes_name_each_row_once_as_it_is_now,
    a_retired_number_is_never_used_again,
    waiting_ends_with_a_write_or_with_the_time,
    a_batch_may_name_a_feature_twice,
    sources_and_zone_stand_beside_the_rows,
    readers_see_the_old_rows_while_a_batch_is_written,
];

/// The same of cases that need a store and nothing of its home.
macro_rules! contract {
    ($($case:ident),+ $(,)?) => {
        mod geopackage_edits {
            use super::Home as _;
            $(#[test] fn $case() {
                let home = super::GeoPackageHome(tempfile::tempdir().unwrap());
                super::contract::$case(&*home.open());
            })+

            proptest::proptest! {
                #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]
                #[test]
                fn the_past_is_what_was(batches in super::contract::any_edits()) {
                    let home = super::GeoPackageHome(tempfile::tempdir().unwrap());
                    super::contract::the_past_is_what_was(&*home.open(), batches);
                }
            }
        }
        mod postgis_edits {
            $(#[test] fn $case() { super::on_postgis(|home| super::contract::$case(&*home.open())); })+

            proptest::proptest! {
                #![proptest_config(proptest::prelude::ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]
                #[test]
                fn the_past_is_what_was(batches in super::contract::any_edits()) {
                    super::on_postgis(|home| super::contract::the_past_is_what_was(&*home.open(), batches));
                }
            }
        }
    };
}

contract![
    edits_change_what_they_name_and_nothing_else,
    edits_that_expect_something_else_change_nothing_and_tell_what_is_there,
    the_same_request_is_done_once,
    a_batch_is_undone_by_who_made_it_while_nothing_came_after,
    what_edits_do_not_name_stays_in_the_row,
    history_tells_each_entry_with_what_was_before,
    a_batch_is_of_one_moment,
];

/// Declares each property once and runs it on every kind of store.
macro_rules! properties {
    ($($property:ident($steps:ident)),+ $(,)?) => {
        mod geopackage_properties {
            proptest::proptest! {
                #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]
                $(#[test] fn $property($steps in super::any_steps()) {
                    super::$property(&super::GeoPackageHome(tempfile::tempdir().unwrap()), $steps);
                })+
            }
        }
        mod postgis_properties {
            proptest::proptest! {
                #![proptest_config(proptest::prelude::ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]
                $(#[test] fn $property($steps in super::any_steps()) {
                    super::on_postgis(|home| super::$property(home, $steps));
                })+
            }
        }
    };
}

properties![the_store_equals_a_plain_list_after_any_writes(steps)];

fn place(lon: i32, lat: i32) -> Place {
    Place { lon: 1_065_000_000 + lon, lat: 295_000_000 + lat }
}

fn square(lon: i32, lat: i32, side: i32) -> Shape {
    let ring = [(0, 0), (side, 0), (side, side), (0, side)].map(|(x, y)| place(lon + x, lat + y)).to_vec();
    Shape::polygons([vec![ring]]).unwrap()
}

fn feature(layer: Layer, key: &str, shape: Shape, values: &[(usize, Value)]) -> Feature {
    let mut all = vec![None; layer.fields().len()];
    for (ix, value) in values {
        all[*ix] = Some(value.clone());
    }
    Feature {
        layer,
        source: "survey".into(),
        source_key: key.into(),
        shape,
        flaw: None,
        attributes: Attributes::pack(layer, &all),
        extra: None,
        origin: Origin { file: "survey.csv".into(), row: 7 },
    }
}

fn house(key: &str, name: &str) -> Feature {
    let at = i32::try_from(key.len()).unwrap() * 1000;
    feature(Layer::Building, key, square(at, at, 500), &[(building::NAME, Value::Text(name.into()))])
}

fn well(key: &str) -> Feature {
    feature(Layer::Hydrant, key, Shape::point(place(3, 4)), &[(hydrant::STATE, Value::Choice(0))])
}

fn commit_all(
    store: &dyn Store,
    writes: impl IntoIterator<Item = Result<Write, Aborted>>,
    dry_run: bool,
) -> Result<Receipt, StoreError> {
    store.commit(Batch { actor: "test", sources: Vec::new(), writes: &mut writes.into_iter(), dry_run, watch: None })
}

fn put(store: &dyn Store, features: impl IntoIterator<Item = Feature>) -> Receipt {
    commit_all(store, features.into_iter().map(|feature| Ok(Write::Put(feature))), false).unwrap()
}

fn retire(store: &dyn Store, feature: &Feature) -> Receipt {
    let Feature { layer, source, source_key, .. } = feature.clone();
    commit_all(store, [Ok(Write::Retire { layer, source, source_key })], false).unwrap()
}

fn load(store: &dyn Store) -> (Snapshot, Vec<Row>) {
    store.rows().unwrap()
}

fn features(store: &dyn Store) -> Vec<Feature> {
    load(store).1.into_iter().map(|row| row.feature).collect()
}

fn counts(receipt: &Receipt, layer: Layer) -> Counts {
    receipt.counts.iter().find(|(of, _)| *of == layer).map(|(_, counts)| *counts).unwrap_or_default()
}

fn what_is_put_is_loaded_again(home: &dyn Home) {
    let all = [house("a", "东塔"), house("bb", "西塔"), well("w")];
    let receipt = put(&*home.open(), all.clone());
    assert_eq!(counts(&receipt, Layer::Building), Counts { added: 2, ..Counts::default() });
    let store = home.open();
    assert_eq!(features(&*store), all);
    let (snapshot, rows) = load(&*store);
    assert_eq!(snapshot.revision, receipt.revision);
    assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [1, 2, 1]);
}

fn the_same_batch_twice_changes_nothing(home: &dyn Home) {
    let store = home.open();
    let all = [house("a", "东塔"), house("bb", "西塔"), well("w")];
    let first = put(&*store, all.clone());
    let second = put(&*store, all);
    assert_eq!(second.revision, first.revision);
    assert_eq!(counts(&second, Layer::Building), Counts { unchanged: 2, ..Counts::default() });
    assert_eq!(store.changes(first.revision).unwrap().rows, []);
}

fn another_origin_alone_is_no_change(home: &dyn Home) {
    let store = home.open();
    let mut house = house("a", "东塔");
    let first = put(&*store, [house.clone()]);
    house.origin = Origin { file: "later.csv".into(), row: 8 };
    assert_eq!(put(&*store, [house.clone()]).revision, first.revision);
    house.extra = Some(r#"{"备注":"x"}"#.to_owned());
    assert!(put(&*store, [house]).revision > first.revision);
}

fn an_error_in_a_batch_undoes_it_whole(home: &dyn Home) {
    let store = home.open();
    put(&*store, [house("a", "东塔")]);
    let before = load(&*store);
    let writes = (0..2000).map(|n| Ok(Write::Put(well(&n.to_string())))).chain([Err(Aborted)]);
    assert_eq!(commit_all(&*store, writes, false), Err(StoreError::Aborted {}));
    assert_eq!(load(&*store), before);
    put(&*store, [well("after")]);
}

fn a_dry_run_counts_and_keeps_nothing(home: &dyn Home) {
    let store = home.open();
    let first = put(&*store, [house("a", "东塔")]);
    let before = load(&*store);
    let writes = [Ok(Write::Put(house("a", "南塔"))), Ok(Write::Put(house("bb", "西塔")))];
    let receipt = commit_all(&*store, writes, true).unwrap();
    assert_eq!(receipt.revision, first.revision);
    assert_eq!(counts(&receipt, Layer::Building), Counts { added: 1, changed: 1, ..Counts::default() });
    assert_eq!(load(&*store), before);
}

fn changes_name_each_row_once_as_it_is_now(home: &dyn Home) {
    let store = home.open();
    let first = put(&*store, [house("a", "1"), house("bb", "1"), house("ccc", "1")]);
    put(&*store, [house("bb", "2")]);
    put(&*store, [house("bb", "3"), well("w")]);
    let last = retire(&*store, &house("a", "1"));
    assert_eq!(counts(&last, Layer::Building).retired, 1);
    let changes = store.changes(first.revision).unwrap();
    assert_eq!(changes.snapshot.revision, last.revision);
    let expected = [
        Change::Gone(Layer::Building, FeatureId(1)),
        Change::Put(Row { id: FeatureId(2), feature: house("bb", "3") }),
        Change::Put(Row { id: FeatureId(1), feature: well("w") }),
    ];
    assert_eq!(changes.rows, expected);
}

fn a_retired_number_is_never_used_again(home: &dyn Home) {
    put(&*home.open(), [well("a"), well("b")]);
    retire(&*home.open(), &well("b"));
    retire(&*home.open(), &well("a"));
    let store = home.open();
    put(&*store, [well("b")]);
    assert_eq!(load(&*store).1[0].id, FeatureId(3));
}

fn waiting_ends_with_a_write_or_with_the_time(home: &dyn Home) {
    let store = home.open();
    let first = put(&*store, [well("a")]);
    assert_eq!(store.wait(first.revision, Duration::from_millis(20)), Ok(first.revision));
    assert_eq!(store.wait(Revision(0), Duration::from_secs(60)), Ok(first.revision));
    let other = home.open();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.wait(first.revision, Duration::from_secs(60)).unwrap());
        let second = put(&*other, [well("b")]);
        assert_eq!(waiting.join().unwrap(), second.revision);
    });
}

fn a_batch_may_name_a_feature_twice(home: &dyn Home) {
    let store = home.open();
    let receipt = put(&*store, [house("a", "1"), house("a", "2"), house("a", "2")]);
    assert_eq!(counts(&receipt, Layer::Building), Counts { added: 1, changed: 1, unchanged: 1, retired: 0 });
    assert_eq!(features(&*store), [house("a", "2")]);
}

fn sources_and_zone_stand_beside_the_rows(home: &dyn Home) {
    let store = home.open();
    let osm = Source { name: "osm".into(), attribution: "© OpenStreetMap".to_owned(), demo: false };
    let write = |sources: Vec<Source>| {
        let batch = Batch { actor: "test", sources, writes: &mut std::iter::empty(), dry_run: false, watch: None };
        store.commit(batch).unwrap().revision
    };
    let first = write(vec![osm.clone()]);
    assert_eq!(write(vec![osm.clone()]), first, "the same source again is no change");
    let renamed = Source { attribution: "© OpenStreetMap contributors, ODbL 1.0".to_owned(), ..osm };
    assert!(write(vec![renamed.clone()]) > first, "the map must say something else now");
    let (snapshot, _) = load(&*store);
    assert_eq!((snapshot.sources, &*snapshot.zone), (vec![renamed], DEFAULT_ZONE));
}

fn readers_see_the_old_rows_while_a_batch_is_written(home: &dyn Home) {
    let store = home.open();
    put(&*store, [house("a", "东塔")]);
    let before = load(&*store);
    let seen = std::cell::RefCell::new(Vec::new());
    let writes = (0..3000).map(|n| {
        if n == 2999 {
            seen.borrow_mut().push(load(&*store));
        }
        Ok(Write::Put(well(&n.to_string())))
    });
    commit_all(&*store, writes, false).unwrap();
    assert_eq!(seen.into_inner(), [before]);
    assert_eq!(load(&*store).1.len(), 3001);
}

/// One write of a random batch.
#[derive(Clone, Debug)]
enum Step {
    Put(Feature),
    Retire(Layer, String),
}

/// Batches of random writes to few keys, so that they meet.
fn any_steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = (select(Layer::ALL.to_vec()), 0..4_u8).prop_flat_map(|(layer, key)| {
        let key = format!("k{key}");
        prop_oneof![
            1 => Just(Step::Retire(layer, key.clone())),
            4 => any_feature(layer, key).prop_map(Step::Put),
        ]
    });
    vec(vec(step, 1..12), 1..6)
}

/// The twin of a store: rows in a list, numbers counted up.
#[derive(Default)]
struct Twin {
    rows: BTreeMap<(Layer, u64), Feature>,
    given: BTreeMap<Layer, u64>,
}

impl Twin {
    fn find(&self, layer: Layer, key: &str) -> Option<(Layer, u64)> {
        self.rows.iter().find(|((of, _), row)| *of == layer && &*row.source_key == key).map(|(at, _)| *at)
    }

    fn step(&mut self, step: Step, counts: &mut BTreeMap<Layer, Counts>) {
        match step {
            Step::Retire(layer, key) => {
                let counts = counts.entry(layer).or_default();
                counts.retired += u64::from(self.find(layer, &key).and_then(|at| self.rows.remove(&at)).is_some());
            }
            Step::Put(new) => {
                let counts = counts.entry(new.layer).or_default();
                let Some(at) = self.find(new.layer, &new.source_key) else {
                    let number = self.given.entry(new.layer).or_default();
                    *number += 1;
                    self.rows.insert((new.layer, *number), new);
                    counts.added += 1;
                    return;
                };
                let old = self.rows.get_mut(&at).unwrap();
                if *old == (Feature { origin: old.origin.clone(), ..new.clone() }) {
                    counts.unchanged += 1;
                } else {
                    *old = new;
                    counts.changed += 1;
                }
            }
        }
    }

    /// The rows as a load gives them: without unknown columns.
    fn loaded(&self) -> Vec<Row> {
        let row = |((_, id), feature): (&(Layer, u64), &Feature)| Row {
            id: FeatureId(*id),
            feature: Feature { extra: None, ..feature.clone() },
        };
        self.rows.iter().map(row).collect()
    }
}

fn the_store_equals_a_plain_list_after_any_writes(home: &dyn Home, batches: Vec<Vec<Step>>) {
    let store = home.open();
    let mut twin = Twin::default();
    let mut past = vec![load(&*store)];
    for batch in batches {
        let mut expected = BTreeMap::new();
        batch.iter().for_each(|step| twin.step(step.clone(), &mut expected));
        let writes = batch.into_iter().map(|step| {
            Ok(match step {
                Step::Put(feature) => Write::Put(feature),
                Step::Retire(layer, key) => Write::Retire { layer, source: "survey".into(), source_key: key.into() },
            })
        });
        let receipt = commit_all(&*store, writes, false).unwrap();
        assert_eq!(receipt.counts, expected.into_iter().collect::<Vec<_>>());
        let now = load(&*store);
        assert_eq!(now.0.revision, receipt.revision);
        assert_eq!(now.1, twin.loaded());
        past.push(now);
    }
    let (last, now) = past.last().cloned().unwrap();
    for (then, mut rows) in past {
        let changes = store.changes(then.revision).unwrap();
        assert_eq!(changes.snapshot, last);
        apply(&mut rows, changes.rows);
        assert_eq!(rows, now, "since {:?}", then.revision);
    }
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
