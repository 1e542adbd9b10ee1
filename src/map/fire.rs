//! All that the fire service has and notes: hydrants with their grade, stations, lanes, dangers with whether they are open
//! on the city's day, and the rest.

use super::detail::{Detail, attributes};
use super::pick::Pick;
use super::{FEATURE_ZOOM, TileSource, rows_of};
use crate::city::City;
use crate::model::Layer;
use crate::tiles::{Attribute, Cutter, TileId};

/// Source layer of the squares of hydrants.
pub const SQUARE: &str = "hydrant_square";

/// What a square of hydrants tells.
pub const SQUARE_SUMS: [&str; 4] = ["hydrants", "in_service", "out", "unknown"];

/// Draws the fire service's layers of a tile, each from the zoom the model declares for it.
pub fn draw(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    if tile.z() < FEATURE_ZOOM || detail == Detail::Least {
        squares(city, tile, pick, cutter);
    }
    let is_open = city.tells_open_dangers();
    for &layer in TileSource::Fire.layers() {
        if tile.z() < layer.def().tile_zoom || (detail == Detail::Least && layer != Layer::Station) {
            continue;
        }
        for (slot, row) in rows_of(city, layer, tile, pick) {
            let told = attributes(layer, row.attributes, tile.z(), detail);
            let grade = (layer == Layer::Hydrant).then(|| ("grade", Attribute::Text(grade(city, slot))));
            let open = (layer == Layer::Danger).then(|| ("open", Attribute::Integer(is_open(&row).into())));
            cutter.add(layer.name(), row.id.0, row.shape, told.chain(grade).chain(open));
        }
    }
}

/// The best grade a hydrant surely has, or `none`.
fn grade(city: &City, slot: u32) -> &'static str {
    city.results().waters().point(slot).and_then(|point| point.best()).map_or("none", |grade| grade.code())
}

fn squares(city: &City, tile: TileId, pick: &Pick, cutter: &mut Cutter) {
    for square in pick.squares(city.results().hydrant_squares(), tile) {
        let [in_service, out, obstructed, unknown] = square.totals;
        let sums = [in_service + out + obstructed + unknown, in_service, out + obstructed, unknown];
        let told = SQUARE_SUMS.into_iter().zip(sums.map(Attribute::Integer));
        cutter.add_square(SQUARE, &square, told);
    }
}
