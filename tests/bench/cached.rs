//! A cached tile against the least that could serve it: a bare axum route with the same bytes, in a process of its own.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;

use super::cities;
use super::figures::{Sorted, whole};
use super::load::{self, Connection};
use super::process::Server;
use super::requests::Town;
use super::table::Table;

/// The word that makes this program the bare server.
pub const BARE: &str = "bare";
const CONNECTIONS: usize = 16;
/// Rounds by turns, so that both meet the same weather.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// What a tile of a town takes.
const BYTES: usize = 20_000;

/// A row of it.
pub fn against_bare(table: &mut Table, store: &Path, town: &Town) {
    let firemap = Server::firemap(store).at_rest();
    let (path, tile) = usual_tile(&firemap, town);
    let file = cities::cache().join("cached-tile");
    std::fs::write(&file, &tile).expect("the cache folder can be written");
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.arg(BARE).arg(&file);
    let bare = Server::telling(command);
    // Answers a second, and the server's processor time for each in microseconds.
    let round = |server: &Server| {
        let before = server.processor();
        let tally = load::ask_for(server.address, CONNECTIONS, &path, ROUND);
        assert_eq!(tally.errors, 0, "{:?}", tally.first_error);
        let each = (server.processor() - before).as_secs_f64() * 1e6 / tally.latencies.len() as f64;
        (tally.rate(), each)
    };
    round(&firemap);
    let rounds: Vec<[(f64, f64); 2]> = (0..ROUNDS).map(|_| [round(&firemap), round(&bare)]).collect();
    let median = |of: fn(&[(f64, f64); 2]) -> f64| Sorted::new(rounds.iter().map(of).collect()).median();
    let (ours, theirs) = (median(|round| round[0].0), median(|round| round[1].0));
    table.row(
        format!("tiles a second from the cache, {CONNECTIONS} connections, {} bytes", whole(tile.len() as u64)),
        format!("{}/s", whole(ours as u64)),
        format!(
            "bare axum route with the same bytes {}/s (**{:.0} %** of it); the server's processor time for a tile {:.0} µs against {:.0} µs",
            whole(theirs as u64),
            ours / theirs * 100.0,
            median(|round| round[0].1),
            median(|round| round[1].1)
        ),
    );
}

/// The tile nearest to the usual size among those of 200 buildings.
fn usual_tile(server: &Server, town: &Town) -> (String, Bytes) {
    let paths = town.some_tiles("buildings", 15, 200);
    let found = load::run(async {
        let mut connection = Connection::open(server.address).await?;
        let mut found = Vec::new();
        for path in paths {
            found.push((connection.get(&path).await?.body, path));
        }
        Ok::<_, String>(found)
    });
    let usual = found.expect("the server answers").into_iter().min_by_key(|(body, _)| body.len().abs_diff(BYTES));
    usual.map(|(body, path)| (path, body)).expect("a city has tiles")
}

/// Serves the bytes of a file on a tile's route until it is ended.
pub fn serve_bare(file: &str) {
    let bytes = Bytes::from(std::fs::read(file).expect("the file was just written"));
    let kind = (header::CONTENT_TYPE, "application/vnd.mapbox-vector-tile");
    let coding = (header::CONTENT_ENCODING, "gzip");
    let tile = move || {
        let bytes = bytes.clone();
        async move { ([kind, coding], bytes) }
    };
    let router = Router::new().route("/tiles/{source}/{z}/{x}/{y}", get(tile)).route("/ready", get(|| async { "ok" }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("this machine has free ports");
        println!("http://{}/", listener.local_addr().expect("it listens"));
        let _ = axum::serve(listener, router).await;
    });
}
