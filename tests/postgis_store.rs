//! The store in PostGIS as others meet it: psql beside it, several at once, a database that goes away.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod postgis;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firemap::live::{Follow, Live, follow};
use firemap::map::{self, TileSource};
use firemap::model::{
    Attributes, Feature, FeatureId, FieldType, GeometryKind, Layer, Origin, Place, Shape, Speak, Value, building,
    hydrant,
};
use firemap::rules::Pack;
use firemap::store::{
    Aborted, Address, Batch, Change, DEFAULT_ZONE, Edit, EditError, EditTask, Edits, Happened, PostGis, Receipt,
    Revision, Row, Span, Store, StoreError, Write,
};
use firemap::tiles::TileId;
use jiff::civil::date;
use postgis::{Cluster, database};

const CORNER: Place = Place { lon: 1_065_000_000, lat: 295_000_000 };

fn at(x: i32, y: i32) -> Place {
    Place { lon: CORNER.lon + x * 1000, lat: CORNER.lat + y * 1000 }
}

fn feature(layer: Layer, key: &str, shape: Shape, values: &[(usize, Value)]) -> Feature {
    let mut all = vec![None; layer.fields().len()];
    values.iter().for_each(|(ix, value)| all[*ix] = Some(value.clone()));
    Feature {
        layer,
        source: "survey".into(),
        source_key: key.into(),
        shape,
        flaw: None,
        attributes: Attributes::pack(layer, &all),
        extra: None,
        origin: Origin { file: "survey.csv".into(), row: 1 },
    }
}

fn well(key: &str, x: i32) -> Feature {
    let values = [(hydrant::KIND, Value::Choice(0)), (hydrant::STATE, Value::Choice(0))];
    feature(Layer::Hydrant, key, Shape::point(at(x, 0)), &values)
}

fn house(key: &str, x: i32) -> Feature {
    let ring = vec![at(x, 2), at(x + 2, 2), at(x + 2, 4), at(x, 4)];
    feature(Layer::Building, key, Shape::polygons([vec![ring]]).unwrap(), &[(building::NAME, Value::Text("塔".into()))])
}

fn put(store: &dyn Store, features: impl IntoIterator<Item = Feature>) -> Result<Receipt, StoreError> {
    let mut writes = features.into_iter().map(|feature| Ok::<Write, Aborted>(Write::Put(feature)));
    store.commit(Batch { actor: "test", sources: vec![], writes: &mut writes, dry_run: false, watch: None })
}

#[test]
fn what_psql_writes_is_logged_and_followed() {
    let Some(database) = database() else { return };
    let store = database.store();
    let first = put(&store, [well("a", 0), well("b", 1)]).unwrap();
    let seen = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.wait(first.revision, Duration::from_secs(20)).unwrap());
        database.sql("update hydrant set state = 'out_of_service' where fid = 1");
        waiting.join().unwrap()
    });
    let changes = store.changes(first.revision).unwrap();
    assert_eq!(changes.snapshot.revision, seen);
    let [Change::Put(Row { id: FeatureId(1), feature })] = &changes.rows[..] else { panic!("{:?}", changes.rows) };
    assert_eq!(feature.attributes.as_ref().choice(Layer::Hydrant, hydrant::STATE), Some("out_of_service"));
    let of = Some((Layer::Hydrant, Some(FeatureId(1))));
    let told = store.history(&Span { of, most: 9, ..Span::default() }).unwrap();
    assert_eq!((told[0].actor.as_str(), told[1].actor.as_str()), ("external", "test"));
    let before = store.past(first.revision, seen).unwrap();
    assert_eq!(before.rows, [Change::Put(Row { id: FeatureId(1), feature: well("a", 0) })]);
    database.sql("insert into hydrant (geom) values (st_setsrid(st_point(106.5, 29.5), 4326)); delete from hydrant where fid = 2");
    assert_eq!(database.sql("select source || ' ' || source_key from hydrant where fid = 3"), "edited fid/3");
    assert!(store.changes(seen).unwrap().rows.contains(&Change::Gone(Layer::Hydrant, FeatureId(2))));
}

#[test]
fn the_database_refuses_what_is_no_row_of_a_layer() {
    let Some(database) = database() else { return };
    let store = database.store();
    put(&store, [well("a", 0), well("b", 1)]).unwrap();
    database.sql("delete from hydrant where fid = 2");
    let refused = [
        "insert into hydrant (fid, geom) overriding system value values (2, null)",
        "update hydrant set fid = default where fid = 1",
        "update hydrant set state = 'moon' where fid = 1",
        "update hydrant set geom = st_setsrid(st_point(1, 2), 3857) where fid = 1",
        "update hydrant set geom = st_geomfromtext('LINESTRING(0 0, 1 1)', 4326) where fid = 1",
    ];
    for sql in refused {
        let sql = format!(
            "do $$ begin {sql}; raise exception 'done'; exception when others then
            if sqlerrm = 'done' then raise exception 'it was not refused'; end if; end $$"
        );
        database.sql(&sql);
    }
    database.sql("truncate hydrant");
    assert_eq!(store.rows().unwrap().1, []);
    let told = store.history(&Span { most: 1, ..Span::default() }).unwrap();
    assert_eq!(told[0].happened, Happened::Gone(Some(Box::new(well("a", 0)))), "truncating is logged as well");
}

#[test]
fn tables_equal_the_model() {
    let Some(database) = database() else { return };
    drop(database.store());
    for layer in Layer::ALL {
        let geom = match layer.def().geometry {
            GeometryKind::Point => "geometry(Point,4326)",
            GeometryKind::Line => "geometry(MultiLineString,4326)",
            GeometryKind::Polygon => "geometry(MultiPolygon,4326)",
        };
        let mut expected = vec![("fid", "bigint"), ("geom", geom)];
        for field in layer.fields() {
            let ty = match field.ty {
                FieldType::Text => "text",
                FieldType::Integer(..) => "bigint",
                FieldType::Real(..) => "double precision",
                FieldType::Bool => "boolean",
                FieldType::Date => "date",
                FieldType::Instant => "timestamp(3) with time zone",
                FieldType::Choice(choices) => {
                    let check = database.sql(&format!(
                        "select pg_get_constraintdef(oid) from pg_constraint where conname = '{}_{}_code'",
                        layer.name(),
                        field.name
                    ));
                    let words: Vec<&str> = check.split('\'').skip(1).step_by(2).collect();
                    let codes: Vec<&str> = choices.iter().map(|choice| choice.code).collect();
                    assert_eq!(words, codes, "{}.{}", layer.name(), field.name);
                    "text"
                }
            };
            expected.push((field.name, ty));
        }
        expected.extend(["source", "source_key", "flaw", "extra"].map(|own| (own, "text")));
        expected.extend([("row", "bigint"), ("changed", "timestamp(3) with time zone"), ("import", "bigint")]);
        expected.sort_unstable();
        let log = [("seq", "bigint"), ("op", "text"), ("time", "timestamp(3) with time zone"), ("actor", "text")];
        for (table, more) in [(layer.name().to_owned(), &[][..]), (format!("{}_log", layer.name()), &log)] {
            let told = database.sql(&format!(
                "select attname || '|' || format_type(atttypid, atttypmod) from pg_attribute
                 where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped"
            ));
            let mut columns: Vec<_> = told.lines().map(|line| line.split_once('|').unwrap()).collect();
            columns.sort_unstable();
            let mut expected = [&expected[..], more].concat();
            expected.sort_unstable();
            assert_eq!(columns, expected, "{table}");
        }
    }
}

#[test]
fn triggers_that_are_switched_off_leave_a_gap_in_the_log() {
    let Some(database) = database() else { return };
    let first = put(&database.store(), [well("a", 0), well("b", 1)]).unwrap();
    database.sql("alter table hydrant disable trigger user; delete from hydrant where fid = 1");
    let store = database.store();
    let rows = store.changes(first.revision).unwrap().rows;
    assert!(rows.contains(&Change::Gone(Layer::Hydrant, FeatureId(1))), "{rows:?}");
    assert!(store.past(Revision(1), first.revision).is_err(), "the past does not pretend to cross the gap");
    let before = store.wait(Revision(0), Duration::ZERO).unwrap();
    database.sql("update hydrant set name = 'x' where fid = 2");
    assert_eq!(store.changes(before).unwrap().rows.len(), 1, "edits are logged again");
}

#[test]
fn databases_that_are_no_store_are_refused_and_left_as_they_were() {
    let Some(database) = database() else { return };
    let code = |opened: Result<PostGis, StoreError>| opened.map(drop).unwrap_err().code();
    assert_eq!(code(PostGis::open(database.address())), "store_missing");
    database.sql("create table road (id integer)");
    assert_eq!(code(PostGis::open_or_create(database.address(), DEFAULT_ZONE)), "store_foreign");
    assert_eq!(database.sql("select count(*) from pg_tables where tablename like 'firemap%'"), "0");
    database.sql("drop table road");
    drop(database.store());
    database.sql("insert into firemap_migration (number, name) values (99, 'later')");
    assert_eq!(code(PostGis::open(database.address())), "store_newer");
    let url = database.url().replace("planted-password", "other-password") + "_none";
    let error = PostGis::open(firemap::store::Address::parse(&url).unwrap()).map(drop).unwrap_err();
    assert_eq!(error.code(), "store_missing");
    assert!(!error.to_string().contains("password"), "{error}");
}

#[test]
fn several_who_make_the_same_store_at_once_get_one() {
    let Some(database) = database() else { return };
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..4).map(|_| scope.spawn(|| database.store())).collect();
        opening.into_iter().for_each(|thread| drop(thread.join().unwrap()));
    });
    let migrations = std::fs::read_dir("migrations/postgis").unwrap().count();
    assert_eq!(database.sql("select count(*) from firemap_migration"), migrations.to_string());
}

/// One who follows by the log alone sees what each writer did, whatever the order in which they come to an end.
#[test]
fn whoever_follows_misses_nothing_of_several_writers() {
    let Some(database) = database() else { return };
    let stores: Vec<PostGis> = (0..3).map(|_| database.store()).collect();
    let follower = database.store();
    std::thread::scope(|scope| {
        let writers: Vec<_> = stores
            .iter()
            .zip(0..)
            .map(|(store, who)| {
                scope.spawn(move || {
                    for nth in 0..25 {
                        put(store, [well(&format!("{who}-{}", nth % 7), nth), house(&format!("{who}-{nth}"), nth)])
                            .unwrap();
                    }
                })
            })
            .collect();
        let psql = scope.spawn(|| {
            for nth in 0..10 {
                database.sql(&format!(
                    "update hydrant set name = 'n{nth}' where fid % 3 = 0; delete from building where fid = {}",
                    5 * nth
                ));
            }
        });
        let mut rows: BTreeMap<(Layer, FeatureId), Feature> = BTreeMap::new();
        let mut seen = Revision(0);
        let begun = Instant::now();
        loop {
            let over = writers.iter().all(|writer| writer.is_finished()) && psql.is_finished();
            let changes = follower.changes(seen).unwrap();
            seen = changes.snapshot.revision;
            for change in changes.rows {
                match change {
                    Change::Put(row) => drop(rows.insert((row.feature.layer, row.id), row.feature)),
                    Change::Gone(layer, id) => drop(rows.remove(&(layer, id))),
                }
            }
            if over {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(120));
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        psql.join().unwrap();
        let (snapshot, loaded) = follower.rows().unwrap();
        assert_eq!(snapshot.revision, seen);
        assert_eq!(rows, loaded.into_iter().map(|row| ((row.feature.layer, row.id), row.feature)).collect());
    });
}

#[test]
fn a_database_that_goes_away_is_told_without_its_password_and_is_found_again() {
    let Some(cluster) = Cluster::new() else { return };
    let database = cluster.database();
    let store = database.store();
    let other = database.store();
    let first = put(&store, [well("a", 0)]).unwrap();
    cluster.stop();
    let mut told = vec![
        store.wait(first.revision, Duration::from_millis(100)).unwrap_err(),
        put(&store, [well("b", 1)]).unwrap_err(),
        store.rows().unwrap_err(),
        PostGis::open(database.address()).map(drop).unwrap_err(),
    ];
    let edits = Edits { actor: "one".to_owned(), task: EditTask::Undo(first.revision), once: None };
    let Err(EditError::Store(edited)) = store.edit(edits) else { panic!("there is no database") };
    told.push(edited);
    for error in told {
        assert_eq!(error.code(), "store_away", "{error}");
        assert!(!format!("{error} {error:?}").contains("planted-password"), "{error}");
    }
    cluster.start();
    let second = put(&other, [well("b", 1)]).unwrap();
    assert_eq!(
        store.wait(first.revision, Duration::from_secs(20)).unwrap(),
        second.revision,
        "what was missed is read"
    );
    assert_eq!(store.changes(first.revision).unwrap().rows.len(), 1);
    // Once it listens again, word comes at once.
    std::thread::sleep(Duration::from_secs(3));
    let took = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            store.wait(second.revision, Duration::from_secs(20)).unwrap();
            Instant::now()
        });
        std::thread::sleep(Duration::from_millis(100));
        put(&other, [well("c", 2)]).unwrap();
        let written = Instant::now();
        waiting.join().unwrap().saturating_duration_since(written)
    });
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[test]
fn of_two_nodes_that_edit_one_feature_at_once_the_second_is_told_what_the_first_did() {
    let Some(database) = database() else { return };
    let nodes = [database.store(), database.store()];
    put(&nodes[0], [well("a", 0)]).unwrap();
    let of = (Layer::Hydrant, FeatureId(1));
    for turn in 0..20_u8 {
        let expected = nodes[0].revisions(&[of], Revision(u64::MAX)).unwrap()[0];
        let rename = |nth: usize| {
            let name = Value::Text(format!("{turn}/{nth}").into());
            let values = vec![(hydrant::NAME, Some(name))];
            let edit = Edit::Change { layer: of.0, id: of.1, expected, values, drawn: None };
            let edits = Edits { actor: format!("node {nth}"), task: EditTask::Edits(vec![edit]), once: None };
            nodes[nth].edit(edits)
        };
        let done = std::thread::scope(|scope| {
            [0, 1].map(|nth| scope.spawn(move || rename(nth))).map(|one| one.join().unwrap())
        });
        let first = done.iter().position(Result::is_ok).expect("one of them edits it");
        let Err(EditError::Conflict(present)) = &done[1 - first] else { panic!("{done:?}") };
        let (row, _) = present[0].row.as_ref().expect("it is told what is there");
        let name = row.feature.attributes.as_ref().text(of.0, hydrant::NAME).map(str::to_owned);
        assert_eq!(name, Some(format!("{turn}/{first}")));
    }
}

#[allow(clippy::disallowed_methods, reason = "a test is an edge of a process")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn node(store: impl Store + 'static) -> Arc<Live> {
    node_of(Arc::new(store))
}

fn node_of(store: Arc<dyn Store>) -> Arc<Live> {
    let pack = Arc::new(Pack::built_in("gb").unwrap());
    let today = Box::new(|_: &str| date(2026, 11, 22));
    follow(store, Follow { pack, today, now: Box::new(now), self_check: false }).unwrap().0
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn rows_come_from_a_replica_and_what_it_has_not_got_yet_from_the_log() {
    let Some(cluster) = Cluster::new() else { return };
    let database = cluster.database();
    let store = database.store();
    let first = put(&store, [well("a", 0), house("b", 1)]).unwrap().revision;
    cluster.start_replica();
    database.sql_at_replica("select pg_wal_replay_pause()");
    let second = put(&store, [well("c", 2)]).unwrap().revision;
    let node = || PostGis::open(database.address()).unwrap().loading_from(database.replica()).unwrap();
    assert_eq!(node().rows().unwrap().0.revision, first, "the replica does not know more");
    let live = node_of(Arc::new(node()));
    let caught_up = |live: &Live| live.city().is_some_and(|city| city.revision() == second);
    until("what the replica lacks is followed", || caught_up(&live));
    assert_eq!(live.city().unwrap().layer(Layer::Hydrant).count(), 2);
    cluster.stop_replica();
    assert_eq!(node().rows().unwrap().0.revision, second, "without it the database itself is asked");
}

#[test]
fn a_network_that_is_cut_is_noticed_and_what_happened_meanwhile_is_read_when_it_is_mended() {
    let Some(database) = database() else { return };
    let here = database.store();
    let first = put(&here, [well("a", 0)]).unwrap().revision;
    let cable = database.relay();
    let far = Arc::new(PostGis::open(Address::parse(&database.url_by(cable.port())).unwrap()).unwrap());
    let live = node_of(far.clone());
    let revision = || live.city().map(|city| city.revision());
    until("a city is loaded", || revision() == Some(first));
    cable.cut(true);
    let begun = Instant::now();
    assert_eq!(put(&*far, [well("lost", 9)]).unwrap_err().code(), "store_away");
    let second = put(&here, [well("b", 1)]).unwrap().revision;
    until("the node knows that its city may be old", || live.is_stale());
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(revision(), Some(first), "what it has stays there to be asked");
    cable.cut(false);
    until("the node has caught up", || revision() >= Some(second) && !live.is_stale());
    let third = put(&*far, [well("c", 2)]).unwrap().revision;
    until("what it writes is seen", || revision() == Some(third));
    let keys: Vec<String> = here.rows().unwrap().1.iter().map(|row| row.feature.source_key.to_string()).collect();
    assert_eq!(keys, ["a", "b", "c"], "what was refused was not done");
}

#[test]
fn plain_sql_reaches_every_node_and_all_draw_the_same_tiles() {
    let Some(database) = database() else { return };
    let first =
        put(&database.store(), (0..9).map(|n| house(&n.to_string(), 4 * n)).chain([well("a", 0), well("b", 30)]));
    let first = first.unwrap().revision;
    let nodes = [node(database.store()), node(database.store())];
    let revision = |live: &Live| live.city().map(|city| city.revision());
    until("a city is loaded", || nodes.iter().all(|live| revision(live) == Some(first)));
    let drawn = |live: &Live| -> Vec<Option<Vec<u8>>> {
        let city = live.city().unwrap();
        let tiles = (10..=16).map(|z| {
            let scale = f64::from(1_u32 << z);
            let (lon, lat) = (CORNER.lon_degrees().to_radians(), CORNER.lat_degrees().to_radians());
            let x = (lon / std::f64::consts::TAU + 0.5) * scale;
            let y = (0.5 - (lat.tan() + 1.0 / lat.cos()).ln() / std::f64::consts::TAU) * scale;
            TileId::new(z, x as u32, y as u32).unwrap()
        });
        let sources = [TileSource::Buildings, TileSource::Fire, TileSource::Ground, TileSource::Risk];
        tiles.flat_map(|tile| sources.map(|source| map::draw(&city, source, tile))).collect()
    };
    let before = drawn(&nodes[0]);
    assert!(before.iter().flatten().count() > 6, "there is something to see");
    assert_eq!(before, drawn(&nodes[1]));
    let closed = Instant::now();
    database.sql("update hydrant set state = 'out_of_service' where fid = 1");
    until("every node follows", || nodes.iter().all(|live| revision(live) > Some(first)));
    eprintln!("both nodes followed {:?} after psql began", closed.elapsed());
    assert_eq!(revision(&nodes[0]), revision(&nodes[1]));
    let after = drawn(&nodes[0]);
    assert_eq!(after, drawn(&nodes[1]));
    assert_ne!(before, after);
    nodes.iter().for_each(|live| live.stop());
}
