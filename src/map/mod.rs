//! What each tile source shows of a city at each zoom: features from the model's declarations, results beside them,
//! and squares of totals where features are not legible.
//!
//! A tile is never a random part of what it shows. Where it would be too large it loses attributes first, then small
//! kinds of feature; buildings become squares.

mod access;
mod areas;
mod base;
mod buildings;
mod detail;
mod dirty;
mod fire;
mod fragile;
mod ground;
mod pick;
mod risk;
mod touched;

use crate::city::{ALL_FROM, City, RowRef};
use crate::model::{FeatureId, Layer};
use crate::tiles::{Cutter, TileId, compress};

use pick::Pick;

pub use detail::Detail;
pub use dirty::{Dirty, MOST_DIRTY, dirty};

/// The last zoom that has tiles; clients enlarge these beyond.
pub const LAST_ZOOM: u8 = 16;

/// What a compressed tile is meant to take at most; a tile that tells the least it can may take more.
pub const MOST_BYTES: usize = 500_000;

/// Zoom from which footprints and hydrants are shown one by one.
pub const FEATURE_ZOOM: u8 = 14;

/// A set of source layers that is served together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TileSource {
    /// Water, roads, barriers.
    Base,
    /// Buildings with their coverage, and squares of them.
    Buildings,
    /// Hydrants, stations and all the fire service has or notes.
    Fire,
    /// Areas and their labels.
    Areas,
    /// Buildings with what they have along the ground, and squares of them; what fails first; findings of access. Who
    /// asks first after a change waits until it is found.
    Ground,
    /// Buildings by the band of their risk score, and squares of them. Who asks first after a change waits until all are
    /// scored.
    Risk,
}

impl TileSource {
    /// All sources.
    pub const ALL: [TileSource; 6] = [
        TileSource::Base,
        TileSource::Buildings,
        TileSource::Fire,
        TileSource::Areas,
        TileSource::Ground,
        TileSource::Risk,
    ];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            TileSource::Base => "base",
            TileSource::Buildings => "buildings",
            TileSource::Fire => "fire",
            TileSource::Areas => "areas",
            TileSource::Ground => "ground",
            TileSource::Risk => "risk",
        }
    }

    /// The source of a name.
    pub fn named(name: &str) -> Option<TileSource> {
        TileSource::ALL.into_iter().find(|source| source.name() == name)
    }

    /// The layers of the model it shows.
    pub fn layers(self) -> &'static [Layer] {
        match self {
            TileSource::Base => &[Layer::Water, Layer::Road, Layer::Barrier],
            TileSource::Buildings | TileSource::Ground | TileSource::Risk => &[Layer::Building],
            TileSource::Fire => &[
                Layer::LadderField,
                Layer::Lane,
                Layer::Hydrant,
                Layer::Connection,
                Layer::Station,
                Layer::Place,
                Layer::Danger,
                Layer::Incident,
                Layer::Sensor,
            ],
            TileSource::Areas => &[Layer::Area],
        }
    }

    /// Its source layers with the attributes they carry, each with whether it is a number.
    pub fn source_layers(self) -> Vec<(&'static str, Vec<(String, bool)>)> {
        let mut all: Vec<(&str, Vec<(String, bool)>)> =
            self.layers().iter().map(|layer| (layer.name(), detail::declared(*layer))).collect();
        match self {
            TileSource::Base => {}
            TileSource::Buildings => {
                all[0].1.extend(buildings::computed());
                all.push((buildings::SQUARE, buildings::square_attributes()));
            }
            TileSource::Fire => {
                all.push((fire::SQUARE, fire::SQUARE_SUMS.iter().map(|name| (name.to_string(), true)).collect()));
                all[2].1.push(("grade".to_owned(), false));
                all[6].1.push(("open".to_owned(), true));
            }
            TileSource::Ground => {
                all[0].1.extend(ground::computed());
                all.push((ground::SQUARE, ground::square_attributes()));
                all.push((access::SQUARE, access::square_attributes()));
                all.push((fragile::HYDRANT, fragile::hydrant_attributes()));
                all.push((fragile::ROAD, fragile::road_attributes()));
                all.push((access::POINT, access::attributes()));
            }
            TileSource::Risk => {
                all[0].1.extend(risk::computed());
                all.push((risk::SQUARE, risk::square_attributes()));
            }
            TileSource::Areas => {
                all[0].1.extend(areas::computed());
                all.push((areas::LABEL, vec![("kind".to_owned(), false), ("name".to_owned(), false)]));
            }
        }
        all
    }
}

/// The rows of a layer that a tile shows, each once, with their slots, in order of number. Of picked rows none is looked
/// for: those that do not touch the tile draw nothing.
fn rows_of<'a>(
    city: &'a City,
    layer: Layer,
    tile: TileId,
    pick: &Pick,
) -> impl Iterator<Item = (u32, RowRef<'a>)> + use<'a> {
    let slots = city.layer(layer);
    let mut found: Vec<(FeatureId, u32)> = Vec::new();
    if let Some(picked) = pick.rows(layer) {
        let here = picked.filter_map(|slot| slots.row(slot).map(|row| (row, slot)));
        found.extend(here.filter(|(row, _)| row.least_zoom() <= tile.z()).map(|(row, slot)| (row.id, slot)));
    } else {
        for window in tile.windows() {
            slots.drawn_in(window, tile.z(), |slot| found.push((slots.number(slot), slot)));
        }
    }
    found.sort_unstable();
    // A shape that reaches around the globe touches both windows of a tile at the 180th meridian.
    found.dedup();
    let rows = found.into_iter().filter_map(move |(_, slot)| Some((slot, slots.drawn(slot, tile.z())?)));
    rows.filter(move |(_, row)| tile.z() < ALL_FROM || row.least_zoom() <= tile.z())
}

/// What is picked of a tile in some detail; `None` where that is nothing.
fn laid(city: &City, source: TileSource, tile: TileId, detail: Detail, pick: &Pick) -> Option<Vec<u8>> {
    let mut cutter = Cutter::new(tile);
    match source {
        TileSource::Base => base::draw(city, tile, detail, pick, &mut cutter),
        TileSource::Buildings => buildings::draw(city, tile, detail, pick, &mut cutter),
        TileSource::Fire => fire::draw(city, tile, detail, pick, &mut cutter),
        TileSource::Areas => areas::draw(city, tile, detail, pick, &mut cutter),
        TileSource::Ground => ground::draw(city, tile, detail, pick, &mut cutter),
        TileSource::Risk => risk::draw(city, tile, detail, pick, &mut cutter),
    }
    cutter.finish()
}

/// Draws a tile of a source, compressed; `None` where it is empty. The bytes depend on the city's rows, day and rules
/// alone. A tile beyond [`LAST_ZOOM`] is empty.
pub fn draw(city: &City, source: TileSource, tile: TileId) -> Option<Vec<u8>> {
    if tile.z() > LAST_ZOOM {
        return None;
    }
    let mut smallest = None;
    for detail in Detail::ALL {
        let compressed = compress(&laid(city, source, tile, detail, &Pick::ALL)?);
        if compressed.len() <= MOST_BYTES {
            return Some(compressed);
        }
        smallest = Some(compressed);
    }
    smallest
}
