//! Tiles nobody asked for before, against martin on PostGIS without its cache: the same buildings, the same tiles.

use std::collections::BTreeSet;
use std::path::Path;

use firemap::crs::World;
use firemap::model::Layer;
use firemap::tiles::TileId;

use super::cities::{self, Rows};
use super::figures::{Chance, Sorted, millis, whole};
use super::load::{self, Tally};
use super::peers::{Peer, PostGis};
use super::process::Server;
use super::requests::tile_path;
use super::table::Table;

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 3;
/// Tiles asked for of each zoom, at most.
const TILES: usize = 1_000;

/// What firemap and, where it is there, martin did with the same tiles.
type Round = (Tally, Option<Tally>);

/// Rows of it.
pub fn cold_tiles(table: &mut Table, store: &Path, postgis: &Peer<PostGis>) {
    let martin = postgis.as_ref().map_err(|why| format!("PostGIS {why}")).and_then(PostGis::martin);
    let rows = Rows::of(store);
    for zooms in [13..=16, 14..=16] {
        let tiles: Vec<TileId> = shuffled(zooms.clone().flat_map(|zoom| tiles_of(&rows, zoom)).collect());
        let paths = |name: &dyn Fn(&TileId) -> String| tiles.iter().map(name).collect::<Vec<String>>();
        let ours = paths(&|tile| tile_path("buildings", tile.z(), tile.x(), tile.y()));
        let theirs = paths(&|tile| format!("/building/{}/{}/{}", tile.z(), tile.x(), tile.y()));
        let mut rounds: Vec<Round> = Vec::new();
        for _ in 0..ROUNDS {
            cities::warm(store);
            let server = Server::firemap(store).at_rest();
            let firemap = load::ask_each(server.address, CONNECTIONS, ours.clone());
            drop(server);
            let martin =
                martin.as_ref().ok().map(|(_, martin)| load::ask_each(martin.address, CONNECTIONS, theirs.clone()));
            rounds.push((firemap, martin));
        }
        let rate = |of: fn(&Round) -> f64| Sorted::new(rounds.iter().map(of).collect()).median();
        let told = |tally: &Tally| {
            format!(
                "p99 {}, {:.0} MB, {} errors",
                millis(tally.sorted().percentile(99.0)),
                tally.bytes as f64 / 1e6,
                tally.errors
            )
        };
        let ours = rate(|round| round.0.rate());
        let beside = match &martin {
            Ok((version, _)) => {
                let theirs = rate(|round| round.1.as_ref().map_or(f64::NAN, Tally::rate));
                let last = rounds.last().and_then(|round| round.1.as_ref()).map(told).unwrap_or_default();
                format!("{version} on PostGIS {}/s (**{:.1}×**; {last})", whole(theirs as u64), ours / theirs)
            }
            Err(why) => format!("martin: {why}"),
        };
        let kind = if *zooms.start() == 13 { "" } else { ", where both send every footprint" };
        table.row(
            format!(
                "tiles a second never asked before, z{}–z{}{kind} ({} tiles of {} buildings, {CONNECTIONS} connections)",
                zooms.start(),
                zooms.end(),
                whole(tiles.len() as u64),
                whole(rows.layer(Layer::Building).len() as u64)
            ),
            format!("{}/s", whole(ours as u64)),
            format!("{beside}; firemap {}", rounds.last().map(|round| told(&round.0)).unwrap_or_default()),
        );
    }
}

/// The tiles of a zoom with a building, evenly chosen.
fn tiles_of(rows: &Rows, zoom: u8) -> Vec<TileId> {
    let tiles: BTreeSet<TileId> = rows
        .layer(Layer::Building)
        .iter()
        .filter_map(|row| TileId::at(World::from(row.feature.shape.first()), zoom))
        .collect();
    let tiles: Vec<TileId> = tiles.into_iter().collect();
    let keep = tiles.len().min(TILES);
    (0..keep).map(|nth| tiles[nth * tiles.len() / keep]).collect()
}

fn shuffled(mut tiles: Vec<TileId>) -> Vec<TileId> {
    let mut chance = Chance::of(7);
    for last in (1..tiles.len()).rev() {
        tiles.swap(last, chance.below(last + 1));
    }
    tiles
}
