//! The server as clients meet it: a small town in a store, asked over HTTP.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use firemap::http::{App, router};
use firemap::live::{Follow, Live, follow};
use firemap::model::{Attributes, Feature, FieldType, GeometryKind, Layer, Origin, Place, Shape, Value};
use firemap::rules::Pack;
use firemap::store::{
    Aborted, Batch, Changes, GeoPackage, Receipt, Revision, Row, Snapshot, Source, Store, StoreError, Write,
};
use firemap::tiles::TileId;
use jiff::civil::{Date, date};
use serde_json::Value as Json;
use tower::ServiceExt;

const CORNER: Place = Place { lon: 1_065_000_000, lat: 295_000_000 };

/// What stands in every restricted field and every unknown column.
const SECRET: &str = "marker-4711";

fn at(x: i32, y: i32) -> Place {
    Place { lon: CORNER.lon + x * 1000, lat: CORNER.lat + y * 1000 }
}

/// A feature of a layer with every field filled: restricted ones with the secret.
fn filled(layer: Layer, key: u32) -> Feature {
    let near = |x: i32, y: i32| at(x + 10 * layer as i32, y + 20 * key as i32);
    let shape = match layer.def().geometry {
        GeometryKind::Point => Shape::point(near(0, 0)),
        GeometryKind::Line => Shape::lines([vec![near(0, 0), near(5, 0), near(9, 4)]]).unwrap(),
        GeometryKind::Polygon if layer == Layer::Area => {
            Shape::polygons([vec![vec![at(-500, -500), at(900, -500), at(900, 900), at(-500, 900)]]]).unwrap()
        }
        GeometryKind::Polygon => Shape::polygons([vec![vec![near(0, 0), near(6, 0), near(6, 6)]]]).unwrap(),
    };
    let value = |field: &firemap::model::Field| match field.ty {
        FieldType::Text if field.is_public() => Value::Text(format!("{} {key}", field.zh).into()),
        FieldType::Text => Value::Text(SECRET.into()),
        // A number nothing else has.
        FieldType::Integer(..) if !field.is_public() => Value::Integer(47_110_815),
        FieldType::Integer(least, _) => Value::Integer(least + 1),
        FieldType::Real(least, _) => Value::Real(least.max(0.0) + 0.5),
        FieldType::Bool => Value::Bool(true),
        FieldType::Date => Value::Date(20_700),
        FieldType::Instant => Value::Instant(1_700_000_000_000),
        FieldType::Choice(_) => Value::Choice(0),
    };
    let values: Vec<Option<Value>> = layer.fields().iter().map(|field| Some(value(field))).collect();
    Feature {
        layer,
        source: "test".into(),
        source_key: key.to_string().into(),
        shape,
        flaw: None,
        attributes: Attributes::pack(layer, &values),
        extra: Some(format!("{{\"备注\":\"{SECRET}\"}}")),
        origin: Origin { file: "town.csv".into(), row: u64::from(key) },
    }
}

fn commit(store: &dyn Store, features: Vec<Feature>) {
    let source = Source { name: "test".into(), attribution: "© Test <town>".into(), demo: false };
    let mut writes = features.into_iter().map(|feature| Ok::<Write, Aborted>(Write::Put(feature)));
    store
        .commit(Batch { actor: "test", sources: vec![source], writes: &mut writes, dry_run: false, watch: None })
        .unwrap();
}

fn town(folder: &Path) -> Arc<GeoPackage> {
    let store = GeoPackage::open_or_create(folder.join("town.gpkg"), "Asia/Shanghai").unwrap();
    commit(&store, Layer::ALL.into_iter().flat_map(|layer| (1..4).map(move |key| filled(layer, key))).collect());
    Arc::new(store)
}

fn serve(store: Arc<dyn Store>) -> (Router, Arc<Live>) {
    serve_on(store, |_| date(2026, 11, 22))
}

fn serve_on(store: Arc<dyn Store>, today: impl Fn(&str) -> Date + Send + 'static) -> (Router, Arc<Live>) {
    serve_under("gb", store, today)
}

fn serve_under(
    pack: &str,
    store: Arc<dyn Store>,
    today: impl Fn(&str) -> Date + Send + 'static,
) -> (Router, Arc<Live>) {
    let pack = Arc::new(Pack::built_in(pack).unwrap());
    let (live, _) =
        follow(store.clone(), Follow { pack, today: Box::new(today), now: Box::new(now), self_check: false }).unwrap();
    (router(App::new(live.clone(), 16 << 20, None).backed_by(store)), live)
}

#[allow(clippy::disallowed_methods, reason = "a test is an edge of a process")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn ready(store: Arc<dyn Store>) -> (Router, Arc<Live>) {
    let (router, live) = serve(store);
    until(|| live.city().is_some());
    (router, live)
}

fn until(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "it did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn ask(router: &Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::get(path).header("host", "map.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, to_bytes(body, 10 << 20).await.unwrap().to_vec())
}

async fn json(router: &Router, path: &str) -> Json {
    let (status, _, body) = ask(router, path, &[]).await;
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

fn tile_of(zoom: u8) -> String {
    let tile = TileId::at(at(3, 22).into(), zoom).unwrap();
    format!("{}/{}/{}", tile.z(), tile.x(), tile.y())
}

/// Every address that answers about the town.
fn addresses() -> Vec<String> {
    let mut all: Vec<String> =
        ["/", "/api/city", "/api/model", "/api/rules", "/api/openapi.json", "/style.json", "/metrics", "/ready"]
            .map(String::from)
            .into();
    for level in ["district", "built_up"] {
        all.push(format!("/api/coverage/areas?level={level}"));
    }
    all.extend([SECRET, "47110815", "名称", "地址 1"].map(|text| format!("/api/search?q={}", encode(text))));
    for layer in Layer::ALL {
        all.push(format!("/api/features/{}", layer.name()));
        all.extend((1..4).map(|id| format!("/api/features/{}/{id}", layer.name())));
    }
    all.extend(["/api/risk", "/api/risk/ranking", "/api/risk/areas?level=district"].map(str::to_owned));
    all.extend((1..4).flat_map(|id| ["coverage", "ground", "risk"].map(|of| format!("/api/{of}/building/{id}"))));
    all.push("/api/ground/access".to_owned());
    all.extend((1..4).map(|id| format!("/api/ground/access/{id}")));
    all.extend(["lane", "ladder_field", "building"].map(|layer| format!("/api/ground/access?layer={layer}&id=1")));
    all.extend(["hydrant", "road", "detour"].map(|what| format!("/api/ground/fragile?what={what}&grade=nominal")));
    all.push("/api/ground/spacing?grade=nominal&most=9".to_owned());
    all.push("/api/ground/areas?level=district".to_owned());
    for source in ["base", "buildings", "ground", "risk", "fire", "areas"] {
        all.push(format!("/tiles/{source}.json"));
        all.extend((0..=16).map(|zoom| format!("/tiles/{source}/{}", tile_of(zoom))));
    }
    all
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn what_is_restricted_or_unknown_leaves_by_no_address() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let restricted = Layer::ALL.iter().flat_map(|layer| layer.fields()).filter(|field| !field.is_public()).count();
    assert!(restricted >= 4, "there is something to hide");
    for address in addresses() {
        let (status, _, body) = ask(&router, &address, &[]).await;
        assert!(status.is_success(), "{address}: {status}");
        let text = String::from_utf8_lossy(&body);
        assert!(!text.contains(SECRET), "{address} tells a secret");
        assert!(!text.contains("47110815"), "{address} tells a secret number");
        assert!(
            !address.contains("building") || !text.contains("care_residents"),
            "{address} names a restricted field"
        );
    }
    let hits = json(&router, &format!("/api/search?q={SECRET}")).await;
    assert_eq!(hits["results"].as_array().unwrap().len(), 0);
    live.stop();
}

#[tokio::test]
async fn a_tile_has_a_strong_tag_and_is_not_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let path = format!("/tiles/buildings/{}", tile_of(15));
    let (status, headers, body) = ask(&router, &path, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((status, headers["content-encoding"].to_str().unwrap()), (StatusCode::OK, "gzip"));
    let tag = headers["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"'), "strong");
    let (status, _, again) = ask(&router, &path, &[("accept-encoding", "gzip"), ("if-none-match", &tag)]).await;
    assert_eq!((status, again.len()), (StatusCode::NOT_MODIFIED, 0));
    for ending in [".mvt", ".pbf"] {
        assert_eq!(ask(&router, &format!("{path}{ending}"), &[("accept-encoding", "gzip")]).await.2, body);
    }
    let (_, plain_headers, plain) = ask(&router, &path, &[]).await;
    assert!(plain_headers.get("content-encoding").is_none() && plain_headers["etag"] != tag.as_str());
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&body[..]), &mut unpacked).unwrap();
    assert_eq!(plain, unpacked);
    live.stop();
}

#[tokio::test]
async fn a_tile_that_is_empty_or_outside_or_nonsense_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    assert_eq!(ask(&router, "/tiles/buildings/14/0/0", &[]).await.0, StatusCode::NO_CONTENT);
    for (path, status, code) in [
        ("/tiles/buildings/17/0/0", 404, "tile_outside"),
        ("/tiles/buildings/3/8/0", 404, "tile_outside"),
        ("/tiles/buildings/4294967295/0/0", 404, "tile_outside"),
        ("/tiles/buildings/3/-1/0", 400, "tile_unreadable"),
        ("/tiles/buildings/a/b/c", 400, "tile_unreadable"),
        ("/tiles/buildings/1/1/99999999999999999999", 400, "tile_unreadable"),
        ("/tiles/rivers/1/1/1", 404, "no_such_source"),
        ("/tiles/rivers.json", 404, "no_such_source"),
        ("/api/features/nothing/1", 404, "no_such_layer"),
        ("/api/features/building/99", 404, "no_such_feature"),
        ("/api/features/building/x", 400, "bad_parameter"),
        ("/api/features/building?bbox=1,2,3", 400, "bad_parameter"),
        ("/api/features/building?bbox=nan,0,1,1", 400, "bad_parameter"),
        ("/api/features/building?limit=many", 400, "bad_parameter"),
        ("/api/features/%ff", 400, "bad_parameter"),
        ("/api/features/%ff/1", 400, "bad_parameter"),
        ("/api/coverage/building/%ff", 400, "bad_parameter"),
        ("/api/coverage/areas?level=district&level=quarter", 400, "bad_parameter"),
        ("/api/search?limit=many", 400, "bad_parameter"),
        ("/api/ground/access?layer=hydrant", 400, "bad_parameter"),
        ("/api/ground/access?id=1", 400, "bad_parameter"),
        ("/api/ground/access?layer=lane&id=x", 400, "bad_parameter"),
        ("/tiles/%ff.json", 400, "bad_parameter"),
        ("/tiles/%ff/1/1/1", 404, "no_such_source"),
        ("/style.json?theme=dark&theme=light", 400, "bad_parameter"),
        ("/%ff", 400, "bad_parameter"),
        ("/api/coverage/areas?level=planet", 404, "no_such_level"),
        ("/api/coverage/building/99", 404, "no_such_feature"),
        ("/api/nothing", 404, "no_such_page"),
        ("/assets/../../Cargo.toml", 404, "no_such_page"),
    ] {
        let (got, headers, body) = ask(&router, path, &[]).await;
        assert_eq!(got.as_u16(), status, "{path}");
        let told: Json =
            serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{path}: {}", String::from_utf8_lossy(&body)));
        assert_eq!(told["code"], code, "{path}");
        assert!(headers["content-type"].to_str().unwrap().starts_with("application/json"));
    }
    let (_, _, body) = ask(&router, "/tiles/buildings/17/0/0", &[("accept-language", "zh-CN,en;q=0.5")]).await;
    assert!(String::from_utf8(body).unwrap().contains("超出范围：z 为 0–16"));
    live.stop();
}

#[tokio::test]
async fn features_in_a_box_come_page_by_page_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let page = json(&router, "/api/features/hydrant?limit=2").await;
    assert_eq!((page["features"].as_array().unwrap().len(), &page["next"]), (2, &serde_json::json!(2)));
    let rest = json(&router, "/api/features/hydrant?limit=2&after=2").await;
    assert_eq!((rest["features"][0]["id"].as_u64(), rest["next"].is_null()), (Some(3), true));
    let one = json(&router, "/api/features/hydrant/1").await;
    assert_eq!(one["geometry"]["type"], "Point");
    assert_eq!(one["properties"]["inspected"], "2026-09-04");
    assert_eq!(one["provenance"]["file"], "town.csv");
    assert_eq!(one["provenance"]["last_seen"]["file"], "town.csv");
    assert!(one["provenance"]["imported"].as_str().is_some_and(|time| time.ends_with('Z')));
    let nowhere = json(&router, "/api/features/hydrant?bbox=0,0,1,1").await;
    assert_eq!(nowhere["features"].as_array().unwrap().len(), 0);
    live.stop();
}

#[tokio::test]
async fn figures_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let city = json(&router, "/api/city").await;
    for grade in ["nominal", "serviceable", "verified"] {
        let by = &city["figures"]["by_grade"][grade];
        let sum: i64 = ["whole", "part", "not", "unknown"].iter().map(|class| by[class].as_i64().unwrap()).sum();
        assert_eq!(sum, 3);
    }
    let areas = json(&router, "/api/coverage/areas?level=district").await;
    let rows = areas["rows"].as_array().unwrap();
    // Three areas of one level lie on each other; each building belongs to the first.
    assert_eq!(rows.iter().map(|row| row["buildings"].as_i64().unwrap()).collect::<Vec<_>>(), [3, 0, 0]);
    assert!(rows[1]["grades"][0]["share_buildings"].is_null(), "a share of nothing is nothing");
    live.stop();
}

#[tokio::test]
async fn what_lies_along_the_ground_is_found_without_being_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    until(|| live.city().is_some_and(|city| city.ground_found().is_some()));
    let told = json(&router, "/api/ground").await;
    assert_eq!((&told["state"], &told["found"]["limit_m"]), (&"ready".into(), &153.0.into()), "{told}");
    let all = &told["found"]["whole"];
    for hose in all["hose"].as_array().unwrap() {
        let sum = ["within", "beyond", "unknown"].map(|class| hose[class]["buildings"].as_i64().unwrap());
        assert_eq!(sum.iter().sum::<i64>(), all["all"]["buildings"].as_i64().unwrap(), "{hose}");
    }
    until(|| live.city().is_some_and(|city| city.ground().detours_found().is_some()));
    assert_eq!(json(&router, "/api/ground/fragile?what=detour").await["state"], "ready");
    let found = json(&router, "/api/ground").await["found"].clone();
    assert!(found["streets"].is_object() && found["supply"].is_array(), "{found}");
    let spacing = json(&router, "/api/ground/spacing").await;
    assert_eq!((&spacing["type"], &spacing["half_m"]), (&"FeatureCollection".into(), &60.0.into()), "{spacing}");
    assert_eq!(spacing["count"].as_u64().unwrap() as usize, spacing["features"].as_array().unwrap().len());
    live.stop();
}

#[tokio::test]
async fn an_import_beside_the_server_is_taken_up_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let before = live.city().unwrap().revision();
    let other = GeoPackage::open(folder.path().join("town.gpkg")).unwrap();
    commit(&other, (10..20).map(|key| filled(Layer::Hydrant, key)).collect());
    until(|| live.city().is_some_and(|city| city.revision() > before));
    assert_eq!(json(&router, "/api/city").await["figures"]["hydrants"], 13);
    live.stop();
}

/// A store that cannot be read until it is mended, and again not after.
struct Sick {
    town: Arc<GeoPackage>,
    well: std::sync::atomic::AtomicBool,
}

impl Sick {
    fn check(&self) -> Result<(), StoreError> {
        let well = self.well.load(std::sync::atomic::Ordering::Relaxed);
        well.then_some(()).ok_or(StoreError::Io { path: "secret/path.gpkg".into(), detail: "broken".into() })
    }
}

impl Store for Sick {
    fn load(&self, sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        self.check()?;
        self.town.load(sink)
    }
    fn commit(&self, batch: Batch<'_>) -> Result<Receipt, StoreError> {
        self.town.commit(batch)
    }
    fn changes(&self, after: Revision) -> Result<Changes, StoreError> {
        self.check()?;
        self.town.changes(after)
    }
    fn wait(&self, after: Revision, at_most: Duration) -> Result<Revision, StoreError> {
        self.check()?;
        self.town.wait(after, at_most)
    }
}

#[tokio::test]
async fn a_fault_of_the_store_never_looks_like_an_empty_city() {
    let folder = tempfile::tempdir().unwrap();
    let sick = Arc::new(Sick { town: town(folder.path()), well: false.into() });
    let (router, live) = serve(sick.clone());
    for path in ["/api/city", "/tiles/buildings/14/0/0", "/tiles/base.json", "/api/search?q=a", "/api/coverage/areas"] {
        let (status, headers, body) = ask(&router, path, &[]).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(headers.contains_key("retry-after"));
        assert!(!String::from_utf8_lossy(&body).contains("secret/path"), "no internal text reaches a client");
    }
    until(|| live.trouble().is_some());
    let (status, _, body) = ask(&router, "/ready", &[]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!String::from_utf8_lossy(&body).contains("secret/path"));
    assert_eq!(ask(&router, "/health", &[]).await.0, StatusCode::OK);

    sick.well.store(true, std::sync::atomic::Ordering::Relaxed);
    until(|| live.city().is_some() && live.trouble().is_none());
    sick.well.store(false, std::sync::atomic::Ordering::Relaxed);
    until(|| live.trouble().is_some());
    assert_eq!(json(&router, "/api/city").await["figures"]["buildings"], 3);
    let told = json(&router, "/ready").await;
    assert!(told["message"].is_string() && told["stale"] == true, "it says that the map is old");
    let city = json(&router, "/api/city").await;
    assert_eq!(city["stale"], true);
    let as_of: jiff::Timestamp = city["as_of"].as_str().unwrap().parse().unwrap();
    assert!(now().duration_since(as_of).as_secs() < 60, "{city}");
    sick.well.store(true, std::sync::atomic::Ordering::Relaxed);
    until(|| live.trouble().is_none());
    assert_eq!(json(&router, "/api/city").await["stale"], false);
    live.stop();
}

/// A store that can be put in another's place, and that fails hard when told to.
struct Moved {
    town: std::sync::Mutex<Arc<GeoPackage>>,
    panics: std::sync::atomic::AtomicBool,
}

impl Moved {
    fn at(town: Arc<GeoPackage>) -> Arc<Moved> {
        Arc::new(Moved { town: town.into(), panics: false.into() })
    }

    fn town(&self) -> Arc<GeoPackage> {
        self.town.lock().unwrap().clone()
    }
}

impl Store for Moved {
    fn load(&self, sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        self.town().load(sink)
    }
    fn commit(&self, batch: Batch<'_>) -> Result<Receipt, StoreError> {
        self.town().commit(batch)
    }
    fn changes(&self, after: Revision) -> Result<Changes, StoreError> {
        assert!(!self.panics.load(std::sync::atomic::Ordering::Relaxed), "this store is meant to fail");
        self.town().changes(after)
    }
    fn wait(&self, after: Revision, at_most: Duration) -> Result<Revision, StoreError> {
        self.town().wait(after, at_most)
    }
}

#[tokio::test]
async fn a_panic_of_the_follower_is_told_and_the_city_loaded_afresh() {
    let folder = tempfile::tempdir().unwrap();
    let store = Moved::at(town(folder.path()));
    let (router, live) = ready(store.clone());
    store.panics.store(true, std::sync::atomic::Ordering::Relaxed);
    commit(&*store, vec![filled(Layer::Hydrant, 9)]);
    until(|| live.trouble().is_some());
    assert!(json(&router, "/ready").await["message"].is_string(), "it says that the map is old");
    until(|| live.trouble().is_none());
    assert_eq!(json(&router, "/api/city").await["figures"]["hydrants"], 4);
    live.stop();
}

#[tokio::test]
async fn a_store_put_back_to_a_backup_is_loaded_and_its_old_numbers_serve_no_old_tile() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Moved::at(town(one.path()));
    let late = filled(Layer::Hydrant, 4);
    let other_late = Feature { shape: late.shape.clone(), ..filled(Layer::Hydrant, 5) };
    let tile = TileId::at(late.shape.first().into(), 16).unwrap();
    commit(&*store, vec![late]);
    let (router, live) = ready(store.clone());
    let before = live.city().unwrap().revision();
    let path = format!("/tiles/fire/{}/{}/{}", tile.z(), tile.x(), tile.y());
    let (_, _, tile_before) = ask(&router, &path, &[]).await;

    *store.town.lock().unwrap() = town(other.path());
    until(|| live.city().unwrap().revision() < before);
    assert_eq!(json(&router, "/api/city").await["figures"]["hydrants"], 3);
    let (_, _, tile_put_back) = ask(&router, &path, &[]).await;
    // The backup is worked on until its revision has the number that was served before.
    commit(&*store, vec![other_late]);
    until(|| live.city().unwrap().revision() == before);
    assert_eq!(json(&router, "/api/city").await["figures"]["hydrants"], 4, "which waits for maps");
    let (_, _, tile_now) = ask(&router, &path, &[]).await;
    assert!(tile_before != tile_put_back && tile_put_back != tile_now, "each hydrant stands in the tile");
    assert!(tile_before != tile_now, "the tile is of the rows there are now");
    live.stop();
}

#[tokio::test]
async fn a_day_without_rules_is_told_and_the_last_city_stays() {
    let folder = tempfile::tempdir().unwrap();
    let lawless = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = lawless.clone();
    let today = move |_: &str| match seen.load(std::sync::atomic::Ordering::Relaxed) {
        true => date(1900, 1, 1),
        false => date(2026, 11, 22),
    };
    let (router, live) = serve_on(town(folder.path()), today);
    until(|| live.city().is_some());
    lawless.store(true, std::sync::atomic::Ordering::Relaxed);
    until(|| live.trouble().is_some());
    assert_eq!(json(&router, "/api/city").await["day"], "2026-11-22");
    lawless.store(false, std::sync::atomic::Ordering::Relaxed);
    until(|| live.trouble().is_none());
    live.stop();
}

#[tokio::test]
async fn what_is_not_assessed_is_told_with_its_reason_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = serve_under("de", town(folder.path()), |_| date(2026, 11, 22));
    until(|| live.city().is_some());
    let city = json(&router, "/api/city").await;
    assert_eq!((&city["rules"]["not_assessed"]["code"], &city["circle_m"]), (&"route".into(), &300.0.into()));
    let counts = &city["figures"]["by_grade"]["nominal"];
    assert_eq!(counts["not_assessed"], city["figures"]["buildings"]);
    assert!(["whole", "part", "not", "unknown"].iter().all(|class| counts[class] == 0), "{counts}");
    assert!(city["figures"]["residents"]["covered"].is_null());
    assert_eq!(city["figures"]["built"]["how"], "plan", "a plan's own number asks no rule");
    let rules = json(&router, "/api/rules").await;
    let why = |id: &str| {
        let rule = rules["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap();
        rule["not_assessed"]["code"].clone()
    };
    assert_eq!((why("radius.municipal"), why("hydrant.supply_within")), ("route".into(), Json::Null));
    assert_eq!((why("demand.hours"), why("hydrant.neighbour")), ("duration".into(), "main".into()));
    let card = json(&router, "/api/coverage/building/1").await;
    for grade in card["grades"].as_array().unwrap() {
        assert_eq!((&grade["covered"], &grade["not_assessed"]["code"]), (&"not_assessed".into(), &"route".into()));
        assert!(grade["reason"]["zh"].as_str().unwrap().starts_with("未评估"), "{}", grade["reason"]);
    }
    let areas = json(&router, "/api/coverage/areas?level=district").await;
    for row in areas["rows"].as_array().unwrap() {
        assert!(row["grades"][0]["share_buildings"].is_null(), "{row}");
    }
    for (zoom, told) in [(16, "covered_nominal"), (10, "not_assessed")] {
        let (_, _, tile) = ask(&router, &format!("/tiles/buildings/{}", tile_of(zoom)), &[]).await;
        let text = String::from_utf8_lossy(&tile);
        assert!(text.contains(told) && text.contains("not_assessed"), "z{zoom}");
        assert!(!text.contains("share_nominal"), "a share of nothing is no share");
    }
    live.stop();
}

#[tokio::test]
async fn a_tile_asked_for_by_many_at_once_is_drawn_once() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let path = format!("/tiles/buildings/{}", tile_of(14));
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let drawn = recorder.handle();
    // Handlers of this test run on this thread, where the recorder listens.
    let _listening = metrics::set_default_local_recorder(&recorder);
    let asked: Vec<_> = (0..50).map(|_| ask(&router, &path, &[])).collect();
    for answer in futures(asked).await {
        assert_eq!(answer.0, StatusCode::OK);
    }
    let counted = drawn.render();
    let line = counted.lines().find(|line| line.starts_with("firemap_tiles_drawn_total")).unwrap_or_default();
    assert!(line.ends_with(" 1"), "{line:?}");
    live.stop();
}

#[tokio::test]
async fn links_lead_to_the_host_that_the_client_named() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let link = async |address: &str, host: Option<&str>| {
        let mut request = Request::get(address);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let told: Json = serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap();
        told["tiles"][0].as_str().unwrap().split("/tiles/").next().unwrap().to_owned()
    };
    assert_eq!(link("/tiles/base.json", Some("map_1.test:81")).await, "http://map_1.test:81");
    // As HTTP/2 does it.
    assert_eq!(link("http://two.test:82/tiles/base.json", None).await, "http://two.test:82");
    assert_eq!(link("/tiles/base.json", Some("a\"><script>")).await, "http://127.0.0.1");
    live.stop();
}

#[tokio::test]
async fn a_tilejson_names_the_types_that_the_tiles_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let mut seen = std::collections::BTreeSet::new();
    for source in ["base", "buildings", "ground", "risk", "fire", "areas"] {
        let told = json(&router, &format!("/tiles/{source}.json")).await;
        for layer in told["vector_layers"].as_array().unwrap() {
            let Some(known) = Layer::named(layer["id"].as_str().unwrap()) else { continue };
            for (name, told) in layer["fields"].as_object().unwrap() {
                let Some((_, field)) = known.field(name) else { continue };
                let wanted = match field.ty {
                    FieldType::Bool => "Boolean",
                    FieldType::Text | FieldType::Choice(_) => "String",
                    _ => "Number",
                };
                assert_eq!(told, wanted, "{name} of {}", known.name());
                seen.insert(wanted);
            }
        }
    }
    assert_eq!(seen.len(), 3, "each type is there");
    live.stop();
}

#[tokio::test]
async fn an_address_that_is_not_there_is_counted_too() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let counted = recorder.handle();
    let _listening = metrics::set_default_local_recorder(&recorder);
    for path in ["/api/nothing/at/all", "/health", "/api/features/building/1"] {
        ask(&router, path, &[]).await;
    }
    let counted = counted.render();
    for (route, status) in [("other", 404), ("/health", 200), ("/api/features/{layer}/{id}", 200)] {
        let line = format!("firemap_requests_total{{route=\"{route}\",status=\"{status}\"}} 1");
        assert!(counted.contains(&line), "{line} in {counted}");
    }
    live.stop();
}

/// Runs futures side by side on this thread.
async fn futures<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = all.into_iter().map(Box::pin).map(Some).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in waiting.iter_mut().zip(&mut done) {
            if let Some(running) = future
                && let std::task::Poll::Ready(output) = running.as_mut().poll(context)
            {
                *done = Some(output);
                *future = None;
            }
        }
        if waiting.iter().all(Option::is_none) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn the_description_of_the_api_names_parameters_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let described = json(&router, "/api/openapi.json").await;
    let mut seen = 0;
    for (path, methods) in described["paths"].as_object().unwrap() {
        for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            assert_eq!(parameter["in"] == "path", path.contains(&format!("{{{name}}}")), "{name} of {path}");
            seen += 1;
        }
    }
    assert!(seen > 10);
    assert_eq!(described["components"]["schemas"]["hydrant_properties"]["properties"]["pressure_mpa"]["x-unit"], "MPa");
    live.stop();
}

#[tokio::test]
async fn risk_is_told_by_building_ranking_and_area() {
    let folder = tempfile::tempdir().unwrap();
    let (router, live) = ready(town(folder.path()));
    let model = json(&router, "/api/risk").await;
    assert!(model["legend"]["zh"].as_str().unwrap().contains("不是火灾发生概率"));
    assert_eq!(model["bands"].as_array().unwrap().len(), 4);
    let ranking = json(&router, "/api/risk/ranking?by=without_d&most=2").await;
    assert_eq!((&ranking["of"], ranking["rows"].as_array().unwrap().len()), (&3.into(), 2));
    let first = &ranking["rows"][0];
    let card = json(&router, &format!("/api/risk/building/{}", first["id"])).await;
    assert_eq!(
        (&card["score"], &card["band"], &card["without_d"]),
        (&first["score"], &first["band"], &first["without_d"])
    );
    let sum: f64 = card["factors"].as_array().unwrap().iter().map(|of| of["contribution"].as_f64().unwrap()).sum();
    assert!((sum - card["raw"].as_f64().unwrap()).abs() < 1e-6);
    let areas = json(&router, "/api/risk/areas?level=district&base_year=2020").await;
    assert_eq!(areas["base_year"], 2020);
    for (path, status) in [
        ("/api/risk/building/999", StatusCode::NOT_FOUND),
        ("/api/risk/ranking?by=luck", StatusCode::BAD_REQUEST),
        ("/api/risk/ranking?area=999", StatusCode::NOT_FOUND),
        ("/api/risk/areas?level=village", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(ask(&router, path, &[]).await.0, status, "{path}");
    }
    live.stop();
}
