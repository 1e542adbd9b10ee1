//! A server with a store of its own that can be edited, asked without a socket.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use firemap::http::{App, Token, Writing, router};
use firemap::live::{Follow, Live, follow};
use firemap::rules::Pack;
use firemap::store::{DEFAULT_ZONE, GeoPackage};
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// A program on this machine.
pub const HERE: [(&str, &str); 2] = [("host", "127.0.0.1:8080"), ("x-firemap-edit", "1")];
/// The token of a server that has one.
pub const TOKEN: &str = "a-token-of-enough-length";

pub struct Server {
    pub folder: Option<TempDir>,
    pub store: Arc<GeoPackage>,
    pub live: Arc<Live>,
    pub router: Router,
}

#[allow(clippy::disallowed_methods, reason = "a test is an edge of a process")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Json,
}

impl Server {
    /// Without a token: for this machine.
    pub fn new() -> Server {
        Server::with(None)
    }

    /// With the token.
    pub fn with_token() -> Server {
        Server::with(Token::new(TOKEN))
    }

    fn with(token: Option<Token>) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(GeoPackage::open_or_create(folder.path().join("town.gpkg"), DEFAULT_ZONE).unwrap());
        Server::of(Some(folder), store, token)
    }

    /// A second server that loads the same store afresh.
    pub fn another(&self) -> Server {
        Server::of(None, self.store.clone(), None)
    }

    fn of(folder: Option<TempDir>, store: Arc<GeoPackage>, token: Option<Token>) -> Server {
        let pack = Arc::new(Pack::built_in("gb").unwrap());
        // The day of the log's own times, so that a moment of the past has the day it had.
        let today = Box::new(|zone: &str| now().to_zoned(TimeZone::get(zone).unwrap()).date());
        let (live, _) = follow(store.clone(), Follow { pack, today, now: Box::new(now), self_check: false }).unwrap();
        let writing = Writing::new(store.clone(), token);
        let router = router(App::new(live.clone(), 1 << 20, None).backed_by(store.clone()).writing(Some(writing)));
        let start = Instant::now();
        while live.city().is_none() {
            assert!(start.elapsed() < Duration::from_secs(20), "no city came");
            std::thread::sleep(Duration::from_millis(10));
        }
        Server { folder, store, live, router }
    }

    /// Asks as a program of an address does.
    pub async fn send(&self, peer: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Asks from this machine.
    pub async fn here(&self, method: &str, path: &str, body: Json) -> Answer {
        self.here_with(method, path, &[], body).await
    }

    /// The same with more headers.
    pub async fn here_with(&self, method: &str, path: &str, more: &[(&str, &str)], body: Json) -> Answer {
        let headers: Vec<(&str, &str)> = HERE.iter().chain(more).copied().collect();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send("127.0.0.1:5000", method, path, &headers, &body).await
    }

    /// Does edits that are to succeed; the revision after them.
    pub async fn edit(&self, edits: Json) -> Json {
        let answer = self.here("POST", "/api/edits", json!({"edits": edits})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// What stands at an address, when it is built.
    pub async fn get(&self, path: &str) -> Json {
        let start = Instant::now();
        loop {
            let answer = self.here("GET", path, Json::Null).await;
            if answer.status != StatusCode::ACCEPTED.as_u16() {
                assert_eq!(answer.status, StatusCode::OK.as_u16(), "{path}: {}", answer.body);
                return answer.body;
            }
            assert_eq!(answer.headers["retry-after"], "1");
            assert!(start.elapsed() < Duration::from_secs(20), "{path} is not built");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.live.stop();
    }
}

/// A new hydrant.
pub fn hydrant(lon: f64, lat: f64, properties: Json) -> Json {
    let geometry = json!({"type": "Point", "coordinates": [lon, lat]});
    json!({"create": {"layer": "hydrant", "geometry": geometry, "properties": properties}})
}

/// A new building, some 30 m wide.
pub fn building(lon: f64, lat: f64, properties: Json) -> Json {
    let (e, n) = (lon + 0.0003, lat + 0.0003);
    let geometry = json!({"type": "Polygon", "coordinates": [[[lon, lat], [e, lat], [e, n], [lon, n], [lon, lat]]]});
    json!({"create": {"layer": "building", "geometry": geometry, "properties": properties}})
}

/// Other values of a feature.
pub fn change(layer: &str, id: u64, revision: Option<u64>, properties: Json) -> Json {
    json!({"change": {"layer": layer, "id": id, "revision": revision, "properties": properties}})
}

/// A feature off the map.
pub fn retire(layer: &str, id: u64, revision: Option<u64>) -> Json {
    json!({"retire": {"layer": layer, "id": id, "revision": revision}})
}
