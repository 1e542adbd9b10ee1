//! Import over the network: who may, what is refused, and the whole way from a file to the map.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use firemap::http::{App, Desk, router};
use firemap::live::{Follow, Live, follow};
use firemap::model::{Bounds, Layer, Place};
use firemap::rules::Pack;
use firemap::store::{DEFAULT_ZONE, GeoPackage, Store};
use jiff::civil::date;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// A server with a store of its own.
struct Server {
    folder: TempDir,
    store: Arc<GeoPackage>,
    live: Arc<Live>,
    desk: Arc<Desk>,
    router: Router,
}

/// What a page of the server on this machine sends.
const OWN: [(&str, &str); 4] = [
    ("host", "127.0.0.1:8080"),
    ("origin", "http://127.0.0.1:8080"),
    ("sec-fetch-site", "same-origin"),
    ("x-firemap-import", "1"),
];

#[allow(clippy::disallowed_methods, reason = "a test is an edge of a process")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

impl Server {
    fn new() -> Server {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        let store = Arc::new(GeoPackage::open_or_create(folder.path().join("town.gpkg"), DEFAULT_ZONE).unwrap());
        let pack = Arc::new(Pack::built_in("gb").unwrap());
        let today = Box::new(|_: &str| date(2026, 11, 22));
        let (live, _) = follow(store.clone(), Follow { pack, today, now: Box::new(now), self_check: true }).unwrap();
        let desk =
            Arc::new(Desk::new(store.clone(), folder.path().join("profiles"), &folder.path().join("tmp")).unwrap());
        let router = router(App::new(live.clone(), 1 << 20, None).importing(Some(desk.clone())));
        Server { folder, store, live, desk, router }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        peer: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, Vec<u8>) {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
    }

    /// What the page on this machine gets.
    async fn own(&self, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, Json) {
        let (status, body) = self.send(method, path, &OWN, "127.0.0.1:50000", body).await;
        let text = String::from_utf8_lossy(&body);
        assert!(!text.contains(&*self.folder.path().to_string_lossy()), "{path} tells a path: {text}");
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| Json::from(text.into_owned())))
    }

    /// A new import with files.
    async fn drop_files(&self, files: &[(&str, &[u8])]) -> String {
        let (status, begun) = self.own("POST", "/api/import", "").await;
        assert_eq!(status, 201, "{begun}");
        let id = begun["id"].as_str().unwrap().to_owned();
        for (name, content) in files {
            let (status, told) =
                self.own("PUT", &format!("/api/import/{id}/files/{}", encode(name)), content.to_vec()).await;
            assert_eq!((status, &told["bytes"]), (StatusCode::OK, &json!(content.len())), "{told}");
        }
        id
    }

    async fn look(&self, id: &str, wish: Json) -> Json {
        let (status, look) = self.own("POST", &format!("/api/import/{id}/look"), wish.to_string()).await;
        assert_eq!(status, 200, "{look}");
        look
    }

    async fn run(&self, id: &str, wish: Json) -> Json {
        let (status, told) = self.own("POST", &format!("/api/import/{id}/run"), wish.to_string()).await;
        assert_eq!(status, 202, "{told}");
        self.done(id).await
    }

    /// What became of the work on an import.
    async fn done(&self, id: &str) -> Json {
        let start = Instant::now();
        loop {
            let (status, told) = self.own("GET", &format!("/api/import/{id}"), "").await;
            assert_eq!(status, 200, "{told}");
            if !["waiting", "rehearsing", "importing"].contains(&told["state"].as_str().unwrap()) {
                return told;
            }
            assert!(start.elapsed() < Duration::from_secs(90), "it did not end: {told}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn count(&self, layer: Layer) -> usize {
        self.store.rows().unwrap().1.iter().filter(|row| row.feature.layer == layer).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.live.stop();
    }
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Files below a folder.
fn left(below: &Path) -> usize {
    let entries =
        std::fs::read_dir(below).map(|entries| entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>());
    entries.unwrap_or_default().iter().map(|path| if path.is_dir() { left(path) } else { 1 }).sum()
}

const HYDRANTS: &str = "编号,经度,纬度,水压(MPa),状态,备注\n\
    X1,106.5510,29.5610,0.3,正常,a\nX2,106.5520,29.5620,很低,正常,b\nX3,106.5530,29.5630,0.2,停用,c\nX4,,,0.2,正常,d\n";

#[tokio::test]
async fn a_table_is_looked_at_corrected_imported_and_seen_on_the_map() {
    let server = Server::new();
    let id = server.drop_files(&[("消火栓.csv", HYDRANTS.as_bytes())]).await;

    let look = server.look(&id, json!({})).await;
    assert_eq!(look["trouble"], Json::Null, "{look}");
    let file = &look["files"][0];
    assert_eq!(
        (&file["file"], &file["format"], &file["source"]),
        (&json!("消火栓.csv"), &json!("CSV"), &json!("消火栓"))
    );
    assert_eq!(file["layers"], json!(["hydrant"]));
    assert_eq!(file["crs"]["typed"], "EPSG:4326");
    let field = |column: &str| {
        let columns = file["columns"].as_array().unwrap();
        columns.iter().find(|told| told["column"] == column).map(|told| told["field"].clone())
    };
    assert_eq!(field("水压(MPa)"), Some(json!("pressure_mpa")), "{file}");
    assert_eq!(field("备注"), Some(Json::Null), "{file}");
    assert_eq!(look["shapes"]["features"].as_array().unwrap().len(), 3);
    assert_eq!(look["shapes"]["bbox"], json!([106.551, 29.561, 106.553, 29.563]));

    let rehearsed = server.done(&id).await;
    assert_eq!(rehearsed["state"], "rehearsed", "{rehearsed}");
    assert_eq!((&rehearsed["report"]["kept"], &rehearsed["report"]["rejected"]), (&json!(3), &json!(1)));
    assert_eq!(rehearsed["report"]["counts"][0]["added"], 3);
    assert_eq!(server.count(Layer::Hydrant), 0, "a look keeps nothing");

    let told = server.run(&id, json!({"source": "水务集团", "map": [["address", "备注"]]})).await;
    assert_eq!(told["state"], "imported", "{told}");
    assert_eq!(told["report"]["files"][0]["source"], "水务集团");
    assert_eq!(told["report"]["first_rejects"]["rows"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(server.count(Layer::Hydrant), 3);
    let rows = server.store.rows().unwrap().1;
    assert!(rows.iter().all(|row| &*row.feature.source == "水务集团" && &*row.feature.origin.file == "消火栓.csv"));

    let (status, rejects) = server.own("GET", &format!("/api/import/{id}/rejects.csv"), "").await;
    let rejects = rejects.as_str().unwrap().to_owned();
    assert!(status == 200 && rejects.contains("X4") && rejects.contains("no_geometry"), "{rejects}");
    assert_eq!(left(&server.folder.path().join("tmp")), 1, "the file is gone, the rejects stay");

    let start = Instant::now();
    while server.live.city().is_none_or(|city| city.layer(Layer::Hydrant).count() != 3) {
        assert!(start.elapsed() < Duration::from_secs(20), "the map does not follow");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (status, _) = server.own("DELETE", &format!("/api/import/{id}"), "").await;
    assert_eq!((status, left(&server.folder.path().join("tmp"))), (StatusCode::NO_CONTENT, 0));
}

#[tokio::test]
async fn what_is_unclear_is_told_with_what_could_be_meant() {
    let server = Server::new();
    let id = server.drop_files(&[("liste.csv", b"lon,lat\n106.55,29.56\n106.56,29.57\n")]).await;
    let look = server.look(&id, json!({})).await;
    assert_eq!(look["trouble"]["code"], "layer_unclear");
    assert!(look["trouble"]["layers"].as_array().unwrap().contains(&json!("hydrant")), "{look}");
    let message = look["trouble"]["message"].as_str().unwrap();
    assert!(message.starts_with("It is not clear which layer liste.csv belongs to"), "{message}");
    assert_eq!(server.look(&id, json!({"layer": "hydrant"})).await["trouble"], Json::Null);
    assert_eq!(server.look(&id, json!({"layer": "moon"})).await["trouble"]["code"], "layer_unknown");
    assert_eq!(
        server.look(&id, json!({"layer": "hydrant", "map": [["moon", "lon"]]})).await["trouble"]["code"],
        "map_field_unknown"
    );
    let (status, refused) = server.own("POST", &format!("/api/import/{id}/look"), "{\"moon\": 1}").await;
    assert_eq!((status, &refused["code"]), (StatusCode::BAD_REQUEST, &json!("bad_parameter")));

    let plane = b"name,x,y\nH1,645000,3275000\nH2,645100,3275100\n";
    let id = server.drop_files(&[("hydrants.csv", plane)]).await;
    let look = server.look(&id, json!({})).await;
    assert_eq!(look["trouble"]["code"], "crs_unclear", "{look}");
    let systems = look["trouble"]["systems"].as_array().unwrap();
    assert!(systems.len() > 1 && systems[0]["at"][0].is_f64(), "{look}");
    let crs = systems[0]["typed"].clone();
    let look = server.look(&id, json!({"crs": crs})).await;
    assert_eq!((&look["trouble"], &look["files"][0]["crs"]["typed"]), (&Json::Null, &crs));

    let id = server.drop_files(&[("a.csv", b"")]).await;
    assert_eq!(
        server.look(&id, json!({})).await["trouble"]["message"].as_str().unwrap().split(' ').next(),
        Some("a.csv")
    );
}

#[tokio::test]
async fn only_a_page_on_this_machine_may_import() {
    let server = Server::new();
    let body = || Body::from("{}");
    let refused = |answer: (StatusCode, Vec<u8>)| {
        let told: Json = serde_json::from_slice(&answer.1).unwrap();
        (answer.0, told["code"].as_str().unwrap().to_owned())
    };
    let elsewhere = (StatusCode::FORBIDDEN, "import_elsewhere".to_owned());
    let id = server.drop_files(&[]).await;
    for (method, path) in [
        ("GET", "/api/import".to_owned()),
        ("POST", "/api/import".to_owned()),
        ("GET", format!("/api/import/{id}")),
        ("DELETE", format!("/api/import/{id}")),
        ("PUT", format!("/api/import/{id}/files/a.csv")),
        ("POST", format!("/api/import/{id}/look")),
        ("POST", format!("/api/import/{id}/run")),
        ("POST", format!("/api/import/{id}/stop")),
        ("GET", format!("/api/import/{id}/shapes")),
        ("GET", format!("/api/import/{id}/rejects.csv")),
    ] {
        let other_machine = server.send(method, &path, &OWN, "192.0.2.1:50000", body()).await;
        assert_eq!(refused(other_machine), elsewhere, "{method} {path} from another machine");
        let rebound = [("host", "map.test"), ("x-firemap-import", "1")];
        let rebound = server.send(method, &path, &rebound, "127.0.0.1:50000", body()).await;
        assert_eq!(refused(rebound), elsewhere, "{method} {path} under a name bent to this machine");
        let strange = [("host", "127.0.0.1"), ("origin", "https://strange.test"), ("x-firemap-import", "1")];
        let strange = server.send(method, &path, &strange, "127.0.0.1:50000", body()).await;
        assert_eq!(refused(strange), elsewhere, "{method} {path} from a strange page");
        if method != "GET" {
            let form = server.send(method, &path, &OWN[..3], "127.0.0.1:50000", body()).await;
            assert_eq!(refused(form), elsewhere, "{method} {path} from a form");
        }
    }
    assert_eq!(server.own("GET", "/api/import", "").await.0, 200);

    let closed = router(App::new(server.live.clone(), 1 << 20, None));
    let peer: SocketAddr = "127.0.0.1:50000".parse().unwrap();
    let request = Request::get("/api/import").header("host", "localhost").extension(ConnectInfo(peer));
    let response = closed.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN, "a server that only reads");
}

#[tokio::test]
async fn names_are_safe_limits_hold_and_what_is_gone_is_told() {
    let server = Server::new();
    let id = server.drop_files(&[("../../../evil.csv", b"lon,lat\n1,2\n")]).await;
    assert!(!server.folder.path().join("evil.csv").exists());
    let look = server.look(&id, json!({"layer": "hydrant"})).await;
    assert_eq!(look["files"][0]["file"], "evil.csv");
    // What is being worked on makes no room.
    server.done(&id).await;

    let headers = [OWN[0], OWN[1], OWN[2], OWN[3], ("content-length", "99999999999")];
    let path = format!("/api/import/{id}/files/big.csv");
    let (status, body) = server.send("PUT", &path, &headers, "127.0.0.1:50000", "x").await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{}", String::from_utf8_lossy(&body));

    for (method, path) in
        [("GET", "/api/import/0"), ("PUT", "/api/import/0/files/a"), ("POST", "/api/import/..%2f/run")]
    {
        let (status, told) = server.own(method, path, "{}").await;
        assert_eq!((status, &told["code"]), (StatusCode::NOT_FOUND, &json!("no_such_import")), "{method} {path}");
    }
    let (status, told) =
        server.own("GET", &format!("/api/import/{}/rejects.csv", server.drop_files(&[]).await), "").await;
    assert_eq!((status, &told["code"]), (StatusCode::NOT_FOUND, &json!("no_rejects")));

    for _ in 0..20 {
        server.drop_files(&[("a.csv", b"x")]).await;
    }
    let kept = left(&server.folder.path().join("tmp"));
    assert!(kept <= 8, "old ones make room: {kept}");
    server.desk.close();
    assert_eq!(std::fs::read_dir(server.folder.path().join("tmp")).unwrap().count(), 0, "the end leaves nothing");
}

#[tokio::test]
async fn one_import_at_a_time_and_a_stopped_one_keeps_nothing() {
    let server = Server::new();
    let mut table = String::from("编号,经度,纬度,状态\n");
    for nth in 0..20_000 {
        let (lon, lat) = (106.0 + f64::from(nth % 300) * 0.001, 29.0 + f64::from(nth / 300) * 0.001);
        table.push_str(&format!("X{nth},{lon:.4},{lat:.4},正常\n"));
    }
    let first = server.drop_files(&[("消火栓.csv", table.as_bytes())]).await;
    let other = server.drop_files(&[("消火栓.csv", HYDRANTS.as_bytes())]).await;
    let (status, _) = server.own("POST", &format!("/api/import/{first}/run"), "{}").await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let (status, told) = server.own("POST", &format!("/api/import/{other}/run"), "{}").await;
    assert_eq!((status, &told["code"]), (StatusCode::CONFLICT, &json!("import_busy")));
    let look = server.look(&other, json!({})).await;
    assert!(look["waits"].is_string() && look["files"][0]["layers"] == json!(["hydrant"]), "{look}");
    server.own("POST", &format!("/api/import/{first}/stop"), "").await;
    let told = server.done(&first).await;
    assert_eq!((&told["state"], &told["trouble"]["code"]), (&json!("failed"), &json!("import_stopped")));
    assert_eq!(server.count(Layer::Hydrant), 0);
    let told = server.run(&first, json!({})).await;
    assert_eq!((&told["state"], server.count(Layer::Hydrant)), (&json!("imported"), 20_000));
}

/// The questions of a file or a trouble, by what they are about.
fn asked<'a>(told: &'a Json, about: &str) -> Vec<&'a Json> {
    told["asks"].as_array().unwrap().iter().filter(|ask| ask["about"] == about).collect()
}

#[tokio::test]
async fn what_a_table_leaves_open_is_asked_answered_kept_as_a_profile_and_used_again() {
    let server = Server::new();
    let table = |rows: usize| {
        let rows: String = (0..rows)
            .map(|nth| format!("X{nth},{:.4},29.5610,{},待修理\n", 106.55 + nth as f64 * 0.001, 300 + nth))
            .collect();
        encoding_rs::GB18030.encode(&format!("编号,经度,纬度,水压,状态\n{rows}")).0.into_owned()
    };
    let id = server.drop_files(&[("水务.csv", &table(5))]).await;
    let look = server.look(&id, json!({"crs": "GCJ-02"})).await;
    assert_eq!(look["trouble"], Json::Null, "{look}");
    let file = &look["files"][0];
    assert_eq!(asked(file, "encoding")[0]["choices"][0], "gb18030", "{file}");
    let unit = asked(file, "unit")[0];
    assert_eq!((&unit["field"], &unit["column"]), (&json!("pressure_mpa"), &json!("水压")), "{file}");
    assert!(unit["choices"].as_array().unwrap().contains(&json!("kPa")), "{unit}");
    let word = asked(file, "word")[0];
    assert_eq!((&word["field"], &word["example"], &word["count"]), (&json!("state"), &json!("待修理"), &json!(5)));

    let answers = json!({"crs": "GCJ-02", "source": "水务", "units": [["pressure_mpa", "kPa"]],
        "words": [["state", "待修理", "out_of_service"]], "encoding": "GB18030", "save_profile": "水务集团"});
    let look = server.look(&id, answers.clone()).await;
    assert_eq!(look["files"][0]["asks"], json!([]), "{look}");
    let told = server.run(&id, answers).await;
    assert_eq!(
        (&told["state"], &told["report"]["profile"]["kept"]),
        (&json!("imported"), &json!("水务集团")),
        "{told}"
    );
    assert_eq!(told["report"]["stays"], json!([]));
    let (_, about) = server.own("GET", "/api/import", "").await;
    assert_eq!(about["profiles"], json!(["水务集团"]));

    let id = server.drop_files(&[("水务.csv", &table(3))]).await;
    let wish = json!({"profile": "水务集团"});
    let look = server.look(&id, wish.clone()).await;
    assert_eq!((&look["trouble"], &look["files"][0]["asks"]), (&Json::Null, &json!([])), "{look}");
    assert_eq!(look["files"][0]["crs"]["typed"], "GCJ-02");
    let stays = json!([{"layer": "hydrant", "source": "水务", "count": 2}]);
    assert_eq!(server.done(&id).await["report"]["stays"], stays, "what would stay is told before");
    let told = server.run(&id, wish).await;
    assert_eq!((&told["state"], &told["report"]["stays"]), (&json!("imported"), &stays), "{told}");
    assert_eq!(told["report"]["counts"][0]["unchanged"], 3, "{told}");
}

#[tokio::test]
async fn a_box_and_what_becomes_of_the_rest_are_said_as_on_the_command_line() {
    let server = Server::new();
    let rows = |n: usize| (0..n).map(|n| format!("X{n},{},29.56\n", 106.55 + n as f64 / 1000.0)).collect::<String>();
    let table = |n: usize| format!("编号,经度,纬度\n{}", rows(n));
    let wish = |more: Json| {
        let mut wish = json!({"layer": "hydrant", "source": "works"});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wish
    };
    let id = server.drop_files(&[("a.csv", table(12).as_bytes())]).await;
    let told = server.run(&id, wish(json!({"box": "106.5,29.5,106.5595,29.6"}))).await;
    assert_eq!((&told["state"], &told["report"]["kept"]), (&json!("imported"), &json!(10)), "{told}");
    assert_eq!(server.count(Layer::Hydrant), 10);

    let id = server.drop_files(&[("b.csv", table(3).as_bytes())]).await;
    let told = server.run(&id, wish(json!({"replace": "rest"}))).await;
    assert_eq!((&told["state"], server.count(Layer::Hydrant)), (&json!("failed"), 10), "{told}");
    assert!(told["trouble"]["message"].as_str().unwrap().contains("Even if that is more than half"), "{told}");
    let told = server.run(&id, wish(json!({"replace": "all"}))).await;
    assert_eq!((&told["state"], &told["report"]["counts"][0]["retired"]), (&json!("imported"), &json!(7)), "{told}");
    assert_eq!(server.count(Layer::Hydrant), 3);
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_in_the_words_of_the_command_line() {
    let server = Server::new();
    let id = server.drop_files(&[("消火栓.csv", HYDRANTS.as_bytes())]).await;
    for (wish, code) in [
        (json!({"units": [["pressure_mpa", ""]]}), "unit_malformed"),
        (json!({"units": [["pressure_mpa", "acre"]]}), "unit_unknown"),
        (json!({"words": [["", "x", "y"]]}), "word_malformed"),
        (json!({"words": [["state", "坏", "moon"]]}), "word_code_unknown"),
        (json!({"map": [["name", " "]]}), "map_malformed"),
        (json!({"box": "29.5,106.5,29.6,106.6"}), "box_malformed"),
        (json!({"box": "106,29,107,30", "replace": "rest"}), "replace_in_box"),
        (json!({"encoding": "klingon"}), "encoding_unknown"),
        (json!({"header_row": 99999}), "header_row_unknown"),
        (json!({"profile": "nobody"}), "profile_unknown"),
        (json!({"profile": "../town"}), "profile_name_malformed"),
        (json!({"profile": "/etc/passwd.toml"}), "profile_name_malformed"),
        (json!({"save_profile": "a/b"}), "profile_name_malformed"),
    ] {
        let look = server.look(&id, wish.clone()).await;
        assert_eq!(look["trouble"]["code"], code, "{wish}: {look}");
    }
    let (status, told) = server.own("POST", &format!("/api/import/{id}/run"), r#"{"save_profile": "a/b"}"#).await;
    assert_eq!((status, &told["code"]), (StatusCode::BAD_REQUEST, &json!("bad_wish")));
    std::fs::create_dir_all(server.folder.path().join("profiles")).unwrap();
    std::fs::write(server.folder.path().join("profiles/old.toml"), "colums = 1").unwrap();
    let look = server.look(&id, json!({"profile": "old"})).await;
    assert_eq!(look["trouble"]["code"], "profile_unreadable");

    let id = server.drop_files(&[("a.csv", "a,b\n1,2\n".as_bytes())]).await;
    let look = server.look(&id, json!({"layer": "hydrant"})).await;
    assert_eq!(look["trouble"]["code"], "columns_no_place");
    assert_eq!(asked(&look["trouble"], "place")[0]["choices"], json!(["a", "b"]));
    let look = server.look(&id, json!({"layer": "hydrant", "map": [["lon", "a"], ["lat", "b"]]})).await;
    assert_eq!(look["trouble"], Json::Null, "{look}");
}

#[tokio::test]
async fn the_sheets_of_a_workbook_are_told_and_one_is_picked() {
    let server = Server::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, first) in [("城区", 106.55), ("郊区", 106.75), ("说明", 0.0)] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, "某区消火栓台账").unwrap();
        if first > 0.0 {
            for (nth, head) in ["编号", "经度", "纬度", "状态"].iter().enumerate() {
                sheet.write(1, nth as u16, *head).unwrap();
            }
            for nth in 0..4u32 {
                sheet.write(2 + nth, 0, format!("{name}{nth}")).unwrap();
                sheet.write(2 + nth, 1, first + f64::from(nth) * 0.001).unwrap();
                sheet.write(2 + nth, 2, 29.56).unwrap();
                sheet.write(2 + nth, 3, "正常").unwrap();
            }
        }
    }
    let id = server.drop_files(&[("台账.xlsx", &book.save_to_buffer().unwrap())]).await;
    let look = server.look(&id, json!({"layer": "hydrant"})).await;
    assert_eq!(look["sheets"], json!(["城区", "郊区", "说明"]), "{look}");
    assert_eq!(look["files"].as_array().unwrap().len(), 2, "{look}");
    let look = server.look(&id, json!({"layer": "hydrant", "sheet": "郊区"})).await;
    assert_eq!(look["files"].as_array().unwrap().len(), 1, "{look}");
    assert_eq!(look["files"][0]["file"], "台账.xlsx/郊区");
    assert_eq!(look["sheets"].as_array().unwrap().len(), 3, "the others can still be chosen");
}

#[tokio::test]
async fn heights_are_told_and_kept_as_any_other_file() {
    let server = Server::new();
    let heights = 250_i16.to_be_bytes().repeat(1201 * 1201);
    let id = server.drop_files(&[("N29E106.hgt", &heights)]).await;
    let look = server.look(&id, json!({})).await;
    assert_eq!((&look["trouble"], &look["files"][0]["format"]), (&Json::Null, &json!("SRTM HGT")), "{look}");
    let told = server.run(&id, json!({})).await;
    assert_eq!((&told["state"], &told["report"]["kept"]), (&json!("imported"), &json!(1)), "{told}");
    let remark = &told["report"]["files"][0]["remarks"][0];
    assert_eq!(remark["code"], "relief", "{told}");
    let at = Place::from_degrees(106.5, 29.5).unwrap();
    let relief = server.store.relief(Some(Bounds { min: at, max: at })).unwrap();
    assert_eq!(relief.height_m(at), Some(250.0));
    let misnamed = server.drop_files(&[("heights.hgt", &heights)]).await;
    let look = server.look(&misnamed, json!({})).await;
    assert_eq!(look["trouble"]["code"], "relief_name", "{look}");
}
