//! The first numbers: coverage, a cold tile, a cached tile, an import. Run by `tests/bench/run`; medians, one table.

#[path = "../real_data/mod.rs"]
mod real_data;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use firemap::city::{City, Frame};
use firemap::http::{App, router};
use firemap::ingest::{Options, import};
use firemap::live::{Follow, follow};
use firemap::map::{TileSource, draw};
use firemap::model::{FeatureId, Layer};
use firemap::rules::Pack;
use firemap::store::{Batch, GeoPackage, Revision, Row, Snapshot, Source, Store, Write};
use firemap::synth::{Recipe, city};
use firemap::tiles::TileId;
use real_data::real_data;
use tower::ServiceExt;

const BUILDINGS: u64 = 80_000;

fn main() {
    println!("{:<66} {:>12}", "what", "median");
    let day = jiff::civil::date(2026, 11, 22);
    let frame = || Frame::new(Arc::new(Pack::built_in("gb").expect("comes along")), day).expect("complete");
    let features: Vec<_> = city(Recipe { buildings: BUILDINGS, seed: 1 }).collect();
    let rows = || {
        let mut rows: Vec<Vec<Row>> = Layer::ALL.iter().map(|_| vec![]).collect();
        for feature in features.iter().cloned() {
            let of = &mut rows[feature.layer as usize];
            of.push(Row { id: FeatureId(of.len() as u64 + 1), feature });
        }
        rows
    };
    let snapshot = || Snapshot { revision: Revision(1), sources: vec![], zone: "Asia/Shanghai".into() };
    let town = City::of(snapshot(), rows().into_iter().flatten(), frame());
    let count = |layer| town.layer(layer).count();
    let (buildings, hydrants) = (count(Layer::Building), count(Layer::Hydrant));
    told(&format!("all results, {buildings} buildings × {hydrants} hydrants, from rows"), 5, || {
        let rows = rows();
        timed(|| drop(City::of(snapshot(), rows.into_iter().flatten(), frame())))
    });

    let buildings = town.layer(Layer::Building);
    let mut dense: Vec<(usize, TileId)> = buildings
        .iter()
        .step_by(97)
        .filter_map(|(slot, _)| TileId::at(buildings.within(slot).centre(), 14))
        .map(|tile| (tile.windows().map(|window| buildings.slots_in(window).len()).sum(), tile))
        .collect();
    dense.sort();
    dense.dedup();
    let (shown, tile) = *dense.last().expect("a city has tiles");
    let bytes = draw(&town, TileSource::Buildings, tile).map_or(0, |tile| tile.len());
    told(&format!("a cold tile, z14, {shown} buildings, {bytes} bytes compressed"), 50, || {
        timed(|| drop(draw(&town, TileSource::Buildings, tile)))
    });
    let low = TileId::at(buildings.within(0).centre(), 10).expect("a tile");
    told("a cold tile of squares, z10", 50, || timed(|| drop(draw(&town, TileSource::Buildings, low))));

    let folder = tempfile::tempdir().expect("a folder");
    let store = GeoPackage::open_or_create(folder.path().join("town.gpkg"), "Asia/Shanghai").expect("a store");
    let source = Source { name: "demo".into(), attribution: String::new(), demo: true };
    let mut writes = features.iter().cloned().map(|feature| Ok(Write::Put(feature)));
    store.commit(Batch { actor: "bench", sources: vec![source], writes: &mut writes, dry_run: false }).expect("kept");
    told(&format!("ready to serve {BUILDINGS} buildings from the GeoPackage"), 3, || {
        timed(|| drop(City::load(&store, frame()).expect("loads")))
    });
    let pack = Arc::new(Pack::built_in("gb").expect("comes along"));
    let (live, _) = follow(
        Arc::new(store),
        Follow { pack, today: Box::new(move |_| day), now: Box::new(|| jiff::Timestamp::UNIX_EPOCH) },
    )
    .expect("follows");
    while live.city().is_none() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let router = router(App::new(live.clone(), 64 << 20, None));
    let path = format!("/tiles/buildings/{}/{}/{}", tile.z(), tile.x(), tile.y());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    told("a cached tile, through the router", 500, || {
        let ask = async {
            let request = Request::get(&path).header("accept-encoding", "gzip").body(Body::empty()).expect("a request");
            let response = router.clone().oneshot(request).await.expect("infallible");
            to_bytes(response.into_body(), 10 << 20).await.expect("a body")
        };
        timed(|| drop(runtime.block_on(ask)))
    });
    live.stop();

    let Some(liechtenstein) = real_data("osm/liechtenstein-2024-03-03.osm.pbf") else { return };
    told("import of Liechtenstein 2024 (2.9 MB of PBF) into a new store", 5, || {
        let folder = tempfile::tempdir().expect("a folder");
        let store = GeoPackage::open_or_create(folder.path().join("town.gpkg"), "Europe/Vaduz").expect("a store");
        timed(|| {
            drop(
                import(std::slice::from_ref(&liechtenstein), &Options::default(), &store, &mut |_| {})
                    .expect("imports"),
            )
        })
    });
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn told(what: &str, times: usize, mut run: impl FnMut() -> Duration) {
    run();
    let mut all: Vec<Duration> = (0..times).map(|_| run()).collect();
    all.sort();
    println!("{what:<66} {:>9.3} ms", all[times / 2].as_secs_f64() * 1000.0);
}
