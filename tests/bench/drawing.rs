//! Tiles drawn within this process: those of 2,000 buildings, and the slowest of a whole town.

use std::collections::BTreeMap;
use std::time::Duration;

use firemap::city::City;
use firemap::crs::World;
use firemap::map::{TileSource, draw};
use firemap::model::{Layer, Place};
use firemap::tiles::TileId;

use super::cities::Rows;
use super::figures::{Sorted, median_of, millis, ms, time, timed, whole};
use super::table::Table;

/// Buildings of the tiles that are looked for.
const BUILDINGS: usize = 2_000;
/// How many such tiles.
const TILES: usize = 32;

/// The tiles of zoom 14 whose buildings are nearest to 2,000, with how many they have.
pub fn dense_tiles(rows: &Rows) -> Vec<(TileId, usize)> {
    let mut by_tile: BTreeMap<TileId, usize> = BTreeMap::new();
    for row in rows.layer(Layer::Building) {
        if let Some(tile) = TileId::at(World::from(row.feature.shape.first()), 14) {
            *by_tile.entry(tile).or_default() += 1;
        }
    }
    let mut tiles: Vec<(TileId, usize)> = by_tile.into_iter().collect();
    tiles.sort_by_key(|(_, buildings)| buildings.abs_diff(BUILDINGS));
    tiles.truncate(TILES);
    tiles
}

/// What dense tiles take to draw and to be asked for; `asked` is the time of the same tiles from a cold server.
pub fn dense(table: &mut Table, city: &City, tiles: &[(TileId, usize)], asked: &Sorted) {
    let mut drawn = Vec::new();
    let mut bytes = Vec::new();
    for _ in 0..3 {
        for (tile, _) in tiles {
            let (tile, took) = timed(|| draw(city, TileSource::Buildings, *tile));
            drawn.push(ms(took));
            bytes.push(tile.map_or(0, |tile| tile.len()) as f64);
        }
    }
    let (drawn, bytes) = (Sorted::new(drawn), Sorted::new(bytes));
    let count = |of: Option<usize>| whole(of.unwrap_or(0) as u64);
    let (least, most) = (tiles.iter().map(|(_, n)| *n).min(), tiles.iter().map(|(_, n)| *n).max());
    table.row(
        format!(
            "a tile nobody asked for before, z14, {}–{} buildings ({} tiles), drawn and compressed",
            count(least),
            count(most),
            tiles.len()
        ),
        millis(drawn.median()),
        format!(
            "longest {}; {:.0} kB; over HTTP {}, longest {}",
            millis(drawn.max()),
            bytes.median() / 1000.0,
            millis(asked.median()),
            millis(asked.max())
        ),
    );
}

/// The slowest tile of all between two zooms.
pub fn slowest(table: &mut Table, city: &City) {
    let Some(extent) = city.extent() else { return };
    let (mut worst, mut count) = ((Duration::ZERO, String::new()), 0u64);
    let mut by_source: BTreeMap<&str, Duration> = BTreeMap::new();
    for zoom in 8..=12 {
        let at = |lon: i32, lat: i32| TileId::at(World::from(Place { lon, lat }), zoom).expect("a zoom that exists");
        let (first, last) = (at(extent.min.lon, extent.max.lat), at(extent.max.lon, extent.min.lat));
        for (x, y) in (first.x()..=last.x()).flat_map(|x| (first.y()..=last.y()).map(move |y| (x, y))) {
            let tile = TileId::new(zoom, x, y).expect("within the zoom");
            for source in TileSource::ALL {
                let took = median_of(3, || timed(|| drop(draw(city, source, tile))).1);
                count += 1;
                let longest = by_source.entry(source.name()).or_default();
                *longest = took.max(*longest);
                if took > worst.0 {
                    worst = (took, tile_name(source, tile));
                }
            }
        }
    }
    let by_source: Vec<String> = by_source.iter().map(|(name, took)| format!("{name} {}", time(*took))).collect();
    table.row(
        format!(
            "the slowest of all {} tiles at z8–z12, every source, {} buildings",
            whole(count),
            whole(city.layer(Layer::Building).count() as u64)
        ),
        time(worst.0),
        format!("{}; longest by source: {}", worst.1, by_source.join(", ")),
    );
}

fn tile_name(source: TileSource, tile: TileId) -> String {
    format!("{} {}/{}/{}", source.name(), tile.z(), tile.x(), tile.y())
}
