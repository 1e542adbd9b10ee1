//! The live stream as viewers meet it: who listens hears what anybody edits, in order, and nothing that is restricted.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod sketch;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::Request;
use firemap::http::{App, router};
use firemap::live::{Follow, Live, follow};
use firemap::map::TileSource;
use firemap::model::Layer;
use firemap::rules::Pack;
use firemap::store::{Aborted, Batch, GeoPackage, Row, Source, Store, Write};
use firemap::tiles::TileId;
use http_body_util::BodyExt;
use jiff::civil::date;
use serde_json::Value as Json;
use sketch::{at, line, point, rectangle, row};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

/// What stands in a restricted field.
const SECRET: &str = "marker-4711";

fn commit(store: &dyn Store, rows: Vec<Row>) {
    let source = Source { name: "drawn".into(), attribution: String::new(), demo: false };
    let mut writes = rows.into_iter().map(|row| Ok::<Write, Aborted>(Write::Put(row.feature)));
    let batch = Batch { actor: "test", sources: vec![source], writes: &mut writes, dry_run: false, watch: None };
    store.commit(batch).unwrap();
}

fn hydrant(id: u64, x: f64, state: &str) -> Row {
    row(Layer::Hydrant, id, point(x, -3.0), &format!("kind=municipal;state={state}"))
}

/// A street with houses, hydrants, a station and an area.
fn town(folder: &Path) -> Arc<GeoPackage> {
    let store = GeoPackage::open_or_create(folder.join("town.gpkg"), "Asia/Shanghai").unwrap();
    let house = |id: u64| {
        let x = 30.0 * id as f64;
        let told = format!("name=甲{id};floors_above=3;contact={SECRET}");
        row(Layer::Building, id, rectangle(x, 6.0, x + 12.0, 18.0), &told)
    };
    let mut rows: Vec<Row> = (1..30).map(house).collect();
    rows.push(row(Layer::Road, 1, line((-300.0, 0.0), (1000.0, 0.0)), "class=residential;width_m=7"));
    rows.push(row(Layer::Station, 1, point(-250.0, -5.0), "kind=fire_station"));
    rows.push(row(Layer::Area, 1, rectangle(-500.0, -500.0, 1500.0, 500.0), "kind=district;name=甲区"));
    rows.extend([hydrant(1, 100.0, "in_service"), hydrant(2, 700.0, "in_service")]);
    commit(&store, rows);
    Arc::new(store)
}

#[allow(clippy::disallowed_methods, reason = "a test is an edge of a process")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn ready(store: Arc<dyn Store>) -> (Router, Arc<Live>) {
    let (app, live) = app(store);
    (router(app), live)
}

fn app(store: Arc<dyn Store>) -> (App, Arc<Live>) {
    let pack = Arc::new(Pack::built_in("gb").unwrap());
    let follow_by = Follow { pack, today: Box::new(|_| date(2026, 11, 22)), now: Box::new(now), self_check: false };
    let (live, _) = follow(store.clone(), follow_by).unwrap();
    let risk_shown = || shown(&live, TileSource::Risk).is_some();
    until(risk_shown);
    (App::new(live.clone(), 16 << 20, None).backed_by(store), live)
}

/// The revision that a source shows, once all that it shows is found.
fn shown(live: &Live, source: TileSource) -> Option<u64> {
    let city = live.drawn_from(source, TileId::new(0, 0, 0).unwrap())?.0.city.clone();
    (source != TileSource::Risk || city.risk_found().is_some()).then(|| city.revision().0)
}

fn until(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "it did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An event as it was heard.
#[derive(Clone, Debug, PartialEq)]
struct Event {
    id: String,
    name: String,
    data: Json,
}

/// One who listens.
struct Viewer {
    body: Body,
    heard: String,
    /// All that was ever heard.
    all: String,
}

impl Viewer {
    async fn open(router: &Router, last_id: Option<&str>) -> Viewer {
        let mut request = Request::get("/api/live").header("host", "map.test");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Viewer { body: response.into_body(), heard: String::new(), all: String::new() }
    }

    /// The next event; `None` at the end. Who waits in vain hears of it, though heartbeats come.
    async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(Duration::from_secs(60), self.heard()).await.expect("an event comes")
    }

    async fn heard(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.heard.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.heard = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let (Some(id), Some(name), Some(data)) = (field("id: "), field("event: "), field("data: ")) {
                    return Some(Event { id, name, data: serde_json::from_str(&data).unwrap() });
                }
                continue;
            }
            let bytes = self.body.frame().await?.unwrap().into_data().unwrap();
            self.heard += std::str::from_utf8(&bytes).unwrap();
            self.all += std::str::from_utf8(&bytes).unwrap();
        }
    }

    /// The next that tells of features.
    async fn edit(&mut self) -> Event {
        loop {
            let event = self.next().await.unwrap();
            if event.name != "change" || event.data["features"].as_array().is_some_and(|told| !told.is_empty()) {
                return event;
            }
        }
    }
}

fn tiles(event: &Event, source: &str) -> Vec<TileId> {
    let number = |n: &Json| n.as_u64().unwrap() as u32;
    let told = event.data["tiles"][source].as_array().into_iter().flatten();
    told.map(|at| TileId::new(number(&at[0]) as u8, number(&at[1]), number(&at[2])).unwrap()).collect()
}

#[tokio::test]
async fn two_viewers_see_what_another_handle_and_plain_sql_change() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let mut viewers = [Viewer::open(&router, None).await, Viewer::open(&router, None).await];
    for viewer in &mut viewers {
        let hello = viewer.next().await.unwrap();
        assert_eq!((hello.name.as_str(), &hello.data["day"]), ("hello", &"2026-11-22".into()));
        assert_eq!(hello.data["revision"], live.city().unwrap().revision().0);
    }
    let other = GeoPackage::open(folder.path().join("town.gpkg")).unwrap();
    commit(&other, vec![hydrant(2, 700.0, "out_of_service")]);
    let told = viewers[0].edit().await;
    assert_eq!(viewers[1].edit().await, told);
    assert_eq!(told.data["features"][0]["properties"]["state"], "out_of_service", "{}", told.data);
    assert_eq!((&told.data["features"][0]["layer"], &told.data["features_left_off"]), (&"hydrant".into(), &0.into()));
    let lon = told.data["features"][0]["at"][0].as_f64().unwrap();
    assert!((lon - at(700.0, -3.0).lon_degrees()).abs() < 1e-6);
    let stands = TileId::at(at(700.0, -3.0).into(), 16).unwrap();
    assert!(tiles(&told, "fire").contains(&stands) && tiles(&told, "buildings").contains(&stands), "{}", told.data);
    assert!(tiles(&told, "base").is_empty(), "no road changed");
    assert_eq!(told.data["areas"], "changed");

    let plain = rusqlite::Connection::open(folder.path().join("town.gpkg")).unwrap();
    // What every program that writes GeoPackages brings along: their triggers call it.
    for name in ["ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY", "ST_IsEmpty"] {
        plain.create_scalar_function(name, 1, rusqlite::functions::FunctionFlags::default(), |_| Ok(0.0)).unwrap();
    }
    plain
        .execute_batch(
            "update hydrant set state = 'in_service' where fid = 2; update building set name = '乙' where fid = 3",
        )
        .unwrap();
    drop(plain);
    let told = viewers[0].edit().await;
    assert!(told.data["revision"].as_u64() > Some(1));
    assert!(told.data.to_string().contains("in_service"), "{}", told.data);
    live.stop();
}

#[tokio::test]
async fn what_is_followed_is_told_at_once_and_what_is_found_later_by_an_event_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = town(folder.path());
    let (router, live) = ready(store.clone());
    let mut viewer = Viewer::open(&router, None).await;
    assert_eq!(viewer.next().await.unwrap().name, "hello");
    let loses = TileId::at(at(700.0, 10.0).into(), 16).unwrap();
    commit(&*store, vec![hydrant(2, 700.0, "out_of_service")]);
    let closed = viewer.edit().await;
    assert!(tiles(&closed, "ground").contains(&loses), "hose is followed: {}", closed.data);
    // Where a station is, all that its engines reach is found again.
    let slow = row(Layer::Station, 1, point(-250.0, -5.0), "kind=fire_station;turnout_s=900");
    commit(&*store, vec![slow]);
    let moved = viewer.edit().await;
    assert!(moved.data["features"][0]["layer"] == "station" && tiles(&moved, "ground").is_empty(), "{}", moved.data);
    let later = loop {
        let event = viewer.next().await.unwrap();
        assert_eq!(event.data["revision"], moved.data["revision"]);
        if event.data["tiles"].get("ground").is_some() {
            break event;
        }
    };
    assert!(tiles(&later, "ground").contains(&loses), "{}", later.data);
    assert_eq!(later.data["features"].as_array().map(Vec::len), Some(0));
    assert_eq!(shown(&live, TileSource::Ground), later.data["revision"].as_u64());
    live.stop();
}

#[tokio::test]
async fn who_comes_back_hears_what_it_missed_and_who_was_away_too_long_fetches_everything() {
    let folder = tempfile::tempdir().unwrap();
    let store = town(folder.path());
    let (router, live) = ready(store.clone());
    let mut stays = Viewer::open(&router, None).await;
    let hello = stays.next().await.unwrap();
    commit(&*store, vec![hydrant(3, 300.0, "in_service")]);
    let first = stays.edit().await;
    commit(&*store, vec![hydrant(3, 300.0, "obstructed")]);
    let second = stays.edit().await;
    for (last, missed) in [(&hello, vec![&first, &second]), (&first, vec![&second])] {
        let mut back = Viewer::open(&router, Some(&last.id)).await;
        let told = back.next().await.unwrap();
        assert_eq!((told.name.as_str(), &told.id), ("hello", &last.id), "it may break off again at once");
        assert_eq!(told.data["revision"], second.data["revision"], "it tells where the city stands");
        for event in missed {
            assert_eq!(&back.edit().await, event);
        }
    }
    let (stamp, number) = second.id.rsplit_once('-').unwrap();
    let later = format!("{stamp}-{}", number.parse::<u64>().unwrap() + 100);
    for unknown in ["1.1-1", "nonsense", &later, "", "-"] {
        let mut lost = Viewer::open(&router, Some(unknown)).await;
        assert_eq!(lost.next().await.unwrap().name, "hello", "{unknown}");
        if !unknown.is_empty() {
            assert_eq!(lost.next().await.unwrap().name, "reload", "{unknown}");
        }
        commit(&*store, vec![hydrant(4, 400.0 + unknown.len() as f64, "in_service")]);
        assert_eq!(lost.edit().await.data["features"][0]["layer"], "hydrant", "and goes on from now: {unknown}");
    }
    live.stop();
}

#[tokio::test]
async fn a_slow_viewer_is_told_to_reload_and_goes_on_from_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let store = town(folder.path());
    let (router, live) = ready(store.clone());
    let mut slow = Viewer::open(&router, None).await;
    let mut quick = Viewer::open(&router, None).await;
    for viewer in [&mut slow, &mut quick] {
        assert_eq!(viewer.next().await.unwrap().name, "hello");
    }
    let mut last = live.city().unwrap().revision();
    for nth in 0..260 {
        commit(&*store, vec![hydrant(5, 500.0 + f64::from(nth), "in_service")]);
        until(|| live.city().unwrap().revision() > last);
        last = live.city().unwrap().revision();
        assert_eq!(quick.edit().await.data["revision"], last.0, "one after the other");
    }
    assert_eq!(slow.next().await.unwrap().name, "reload");
    commit(&*store, vec![hydrant(5, 40.0, "obstructed")]);
    assert_eq!(slow.edit().await.data["features"][0]["properties"]["state"], "obstructed");
    live.stop();
}

#[tokio::test]
async fn five_hundred_viewers_hear_an_edit_and_one_that_reads_a_byte_a_second_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = town(folder.path());
    let (app, live) = app(store.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = router(app.clone());
    let server =
        tokio::spawn(firemap::http::serve(listener, app, async { drop(stopped.await) }, std::future::pending()));
    let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /api/live HTTP/1.1\r\nhost: map.test\r\n\r\n").await.unwrap();
    let crawl = tokio::spawn(async move {
        let mut byte = [0];
        while slow.read(&mut byte).await.is_ok_and(|read| read > 0) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let mut viewers = Vec::new();
    for _ in 0..500 {
        let mut viewer = Viewer::open(&router, None).await;
        assert_eq!(viewer.next().await.unwrap().name, "hello");
        viewers.push(viewer);
    }
    let mut ms = Vec::new();
    for nth in 0..10 {
        let start = Instant::now();
        commit(&*store, vec![hydrant(6, 600.0 + f64::from(nth), "in_service")]);
        for viewer in &mut viewers {
            assert_eq!(viewer.edit().await.name, "change");
        }
        ms.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    ms.sort_by(f64::total_cmp);
    println!("an edit until all of 500 viewers had heard of it, debug: median {:.1} ms, most {:.1} ms", ms[5], ms[9]);
    assert!(ms[5] < 5_000.0);
    // Open streams do not hold up the end.
    let asked = Instant::now();
    stop.send(()).unwrap();
    for viewer in &mut viewers {
        while viewer.next().await.is_some() {}
    }
    tokio::time::timeout(Duration::from_secs(10), server).await.unwrap().unwrap().unwrap();
    println!("stopped after {:?}", asked.elapsed());
    crawl.abort();
    live.stop();
}

#[tokio::test]
async fn streams_end_with_the_server_and_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let (app, live) = app(town(folder.path()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut viewer = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server =
        tokio::spawn(firemap::http::serve(listener, app, async { drop(stopped.await) }, std::future::pending()));
    viewer.write_all(b"GET /api/live HTTP/1.1\r\nhost: map.test\r\n\r\n").await.unwrap();
    let mut heard = vec![0; 4096];
    let mut text = String::new();
    while !text.contains("event: hello") {
        let read = viewer.read(&mut heard).await.unwrap();
        text += std::str::from_utf8(&heard[..read]).unwrap();
    }
    let asked = Instant::now();
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    let rest = viewer.read_to_end(&mut heard).await;
    assert!(rest.is_ok(), "the stream comes to its end: {rest:?}");
    live.stop();
}

#[tokio::test]
async fn beyond_so_many_streams_the_next_is_turned_away_until_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let mut open = Vec::new();
    for _ in 0..2000 {
        open.push(Viewer::open(&router, None).await);
    }
    let ask = || router.clone().oneshot(Request::get("/api/live").body(Body::empty()).unwrap());
    let refused = ask().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "1"));
    let body = refused.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(serde_json::from_slice::<Json>(&body).unwrap()["code"], "live_full");
    open.pop();
    assert_eq!(ask().await.unwrap().status(), 200);
    live.stop();
}

#[tokio::test]
async fn what_is_restricted_is_never_in_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let store = town(folder.path());
    let (router, live) = ready(store.clone());
    let mut viewer = Viewer::open(&router, None).await;
    let told = format!("name=丙;care_residents=47115;contact={SECRET}-new");
    commit(&*store, vec![row(Layer::Building, 1, rectangle(30.0, 6.0, 40.0, 18.0), &told)]);
    viewer.next().await.unwrap();
    let event = viewer.edit().await;
    assert_eq!(event.data["features"][0]["properties"]["name"], "丙");
    until(|| shown(&live, TileSource::Risk) == event.data["revision"].as_u64());
    commit(&*store, vec![hydrant(9, 10.0, "in_service")]);
    viewer.edit().await;
    assert!(!viewer.all.contains(SECRET) && !viewer.all.contains(":47115"), "{}", viewer.all);
    assert!(!viewer.all.contains("contact") && !viewer.all.contains("care_residents"));
    assert!(viewer.body.size_hint().upper().is_none());
    live.stop();
}

#[tokio::test]
async fn after_an_edit_only_tiles_that_were_told_are_drawn_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = town(folder.path());
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let counted = recorder.handle();
    // Handlers of this test run on this thread, where the recorder listens.
    let _listening = metrics::set_default_local_recorder(&recorder);
    let (router, live) = ready(store.clone());
    let mut viewer = Viewer::open(&router, None).await;
    let around: Vec<TileId> = (9..=16)
        .flat_map(|zoom| {
            let mut tiles: Vec<TileId> =
                (-5..16).filter_map(|x| TileId::at(at(f64::from(x) * 100.0, 0.0).into(), zoom)).collect();
            tiles.dedup();
            tiles
        })
        .collect();
    let drawn = || {
        let text = counted.render();
        let lines = text.lines().filter(|line| line.starts_with("firemap_tiles_drawn_total"));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>()
    };
    let fetch = async || {
        for source in TileSource::ALL {
            for tile in &around {
                let path = format!("/tiles/{}/{}/{}/{}", source.name(), tile.z(), tile.x(), tile.y());
                let response = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
                assert!(response.status().is_success());
            }
        }
    };
    fetch().await;
    let all = drawn();
    assert_eq!(all, (around.len() * TileSource::ALL.len()) as u64);
    fetch().await;
    assert_eq!(drawn(), all, "all are kept");
    commit(&*store, vec![hydrant(2, 700.0, "out_of_service")]);
    let mut told = 0;
    let revision = loop {
        let event = viewer.next().await.unwrap();
        for source in TileSource::ALL {
            told += tiles(&event, source.name()).iter().filter(|tile| around.contains(tile)).count() as u64;
        }
        // Risk is found last; it differs, as fewer hydrants protect.
        if !tiles(&event, "risk").is_empty() {
            break event.data["revision"].as_u64();
        }
    };
    until(|| shown(&live, TileSource::Risk) == revision);
    fetch().await;
    println!("{all} tiles kept; an edit of a hydrant: {told} told, {} drawn again", drawn() - all);
    assert_eq!(drawn() - all, told);
    assert!(0 < told && told < all);
    live.stop();
}

/// A tile as the server sends it, not compressed again.
async fn tile(router: &Router, source: TileSource, tile: TileId) -> Vec<u8> {
    let path = format!("/tiles/{}/{}/{}/{}", source.name(), tile.z(), tile.x(), tile.y());
    let request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert!(response.status().is_success());
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn whatever_is_fetched_while_edits_come_no_tile_stays_that_the_last_of_them_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = town(folder.path());
    let (router, live) = ready(store.clone());
    let tiles: Vec<TileId> =
        (12..=16).flat_map(|zoom| [0.0, 300.0, 700.0].map(|x| TileId::at(at(x, 0.0).into(), zoom).unwrap())).collect();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let fetchers: Vec<_> = (0..4)
        .map(|_| {
            let (router, tiles, done) = (router.clone(), tiles.clone(), done.clone());
            tokio::spawn(async move {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    for source in TileSource::ALL {
                        for of in &tiles {
                            tile(&router, source, *of).await;
                        }
                    }
                }
            })
        })
        .collect();
    let last = tokio::task::spawn_blocking(move || {
        for nth in 0..60_u64 {
            let state = ["in_service", "out_of_service", "obstructed"][nth as usize % 3];
            let x = 40.0 * (nth % 17) as f64;
            let house = row(Layer::Building, 1 + nth % 29, rectangle(x, 30.0, x + 9.0, 40.0), "name=搬楼");
            let rows = if nth % 4 == 0 { vec![house] } else { vec![hydrant(1 + nth % 2, x, state)] };
            commit(&*store, rows);
            std::thread::sleep(Duration::from_millis(nth % 30));
        }
        store.wait(firemap::store::Revision(0), Duration::ZERO).unwrap().0
    });
    let last = last.await.unwrap();
    until(|| TileSource::ALL.iter().all(|source| shown(&live, *source) == Some(last)));
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    for fetcher in fetchers {
        fetcher.await.unwrap();
    }
    let city = live.city().unwrap();
    for source in TileSource::ALL {
        for of in &tiles {
            let drawn = firemap::map::draw(&city, source, *of).unwrap_or_default();
            assert!(tile(&router, source, *of).await == drawn, "{} {of:?}", source.name());
        }
    }
    live.stop();
}
