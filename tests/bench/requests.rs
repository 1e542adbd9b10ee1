//! What clients ask for: opened maps, and a mix of everything a day of work asks, all by seed.

use std::fmt::Write;

use firemap::crs::World;
use firemap::map::TileSource;
use firemap::model::{Layer, Place};
use firemap::tiles::TileId;

use super::cities::Rows;
use super::figures::Chance;

/// The part of the map that a browser shows, in pixels; tiles are shown at 512.
const SCREEN: [f64; 2] = [1280.0, 800.0];
const TILE_PIXELS: f64 = 512.0;

/// How many features of a kind are asked for by number or name.
const ASKED_FOR: usize = 5_000;

/// Things of a city to ask for.
#[derive(Clone)]
pub struct Town {
    /// Where buildings stand, with their numbers.
    buildings: Vec<(u64, Place)>,
    hydrants: Vec<u64>,
    names: Vec<String>,
}

impl Town {
    /// Of a city's rows: evenly spread over each layer.
    pub fn of(rows: &Rows) -> Town {
        let some = |layer: Layer| {
            let rows = rows.layer(layer);
            rows.iter().step_by(rows.len().div_ceil(ASKED_FOR).max(1))
        };
        let names = some(Layer::Building).chain(some(Layer::Road)).filter_map(|row| {
            let layer = row.feature.layer;
            let (name, _) = layer.field("name")?;
            row.feature.attributes.as_ref().text(layer, name).map(|name| name.to_string())
        });
        Town {
            names: names.collect(),
            buildings: some(Layer::Building).map(|row| (row.id.0, row.feature.shape.first())).collect(),
            hydrants: some(Layer::Hydrant).map(|row| row.id.0).collect(),
        }
    }

    /// The place of some building.
    pub fn place(&self, chance: &mut Chance) -> Place {
        chance.one(&self.buildings).1
    }

    /// Tiles of a source and zoom where so many buildings stand.
    pub fn some_tiles(&self, source: &str, zoom: u8, many: usize) -> Vec<String> {
        let places = self.buildings.iter().step_by(self.buildings.len().div_ceil(many).max(1));
        let tiles = places.filter_map(|(_, place)| TileId::at(World::from(*place), zoom));
        tiles.map(|tile| tile_path(source, zoom, tile.x(), tile.y())).collect()
    }

    /// All tiles that a map opened at a place and zoom asks for; it opens without what lies along the ground.
    pub fn view(at: Place, zoom: u8) -> Vec<String> {
        let world = World::from(at);
        let size = 2f64.powi(32 - i32::from(zoom));
        let range = |at: u32, pixels: f64| {
            let (middle, half) = (f64::from(at) / size, pixels / TILE_PIXELS / 2.0);
            (middle - half).floor() as u32..=(middle + half).floor() as u32
        };
        let mut paths = Vec::new();
        for x in range(world.x, SCREEN[0]) {
            for y in range(world.y, SCREEN[1]) {
                let opened = TileSource::ALL
                    .into_iter()
                    .filter(|source| ![TileSource::Ground, TileSource::Risk].contains(source));
                paths.extend(opened.map(|source| tile_path(source.name(), zoom, x, y)));
            }
        }
        paths
    }

    /// The next request of a mixed day: seven of ten are tiles, half of them where many look.
    pub fn any(&self, chance: &mut Chance) -> String {
        match chance.below(100) {
            0..70 => {
                let among = if chance.below(2) == 0 { self.buildings.len().min(64) } else { self.buildings.len() };
                let world = World::from(self.buildings[chance.below(among)].1);
                let zoom = *chance.one(&[8, 9, 10, 11, 12, 12, 13, 13, 14, 14, 14, 15, 15, 15, 16, 16]);
                let source = chance.one(&TileSource::ALL).name();
                TileId::at(world, zoom).map_or_else(String::new, |tile| tile_path(source, zoom, tile.x(), tile.y()))
            }
            70..76 => format!("/api/features/building/{}", chance.one(&self.buildings).0),
            76..79 => format!("/api/features/hydrant/{}", chance.one(&self.hydrants)),
            79..84 => {
                let at = self.place(chance);
                let (west, south) = (at.lon_degrees(), at.lat_degrees());
                let layer = chance.one(&["building", "hydrant", "road"]);
                format!("/api/features/{layer}?bbox={west:.5},{south:.5},{:.5},{:.5}", west + 0.002, south + 0.002)
            }
            84..89 => {
                let name = chance.one(&self.names);
                format!("/api/search?q={}", escaped(&name.chars().take(3).collect::<String>()))
            }
            89..94 => format!("/api/coverage/building/{}", chance.one(&self.buildings).0),
            94 => format!("/api/coverage/areas?level={}", chance.one(&["district", "subdistrict", "community"])),
            95..97 => "/api/city".to_owned(),
            97 => "/style.json".to_owned(),
            98 => "/api/rules".to_owned(),
            _ => "/ready".to_owned(),
        }
    }
}

/// Where a tile is found.
pub fn tile_path(source: &str, z: u8, x: u32, y: u32) -> String {
    format!("/tiles/{source}/{z}/{x}/{y}")
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02X}");
        all
    })
}
