//! The quiet ground: water, roads, barriers.

use super::detail::{Detail, attributes};
use super::rows_of;
use crate::city::City;
use crate::model::{AttributesRef, Layer, road};
use crate::tiles::{Cutter, TileId};

/// Draws the base of a tile: water first, then roads by class, then barriers.
pub fn draw(city: &City, tile: TileId, detail: Detail, cutter: &mut Cutter) {
    for layer in [Layer::Water, Layer::Road, Layer::Barrier] {
        if tile.z() < layer.def().tile_zoom || (detail == Detail::Least && layer == Layer::Barrier) {
            continue;
        }
        for (_, row) in rows_of(city, layer, tile) {
            let values = row.attributes;
            if layer == Layer::Road && tile.z() < least_zoom(values, detail) {
                continue;
            }
            let told = attributes(layer, values, tile.z(), detail);
            cutter.add(layer.name(), row.id.0, row.shape, told);
        }
    }
}

/// Zoom from which roads of a class are drawn.
fn least_zoom(values: AttributesRef<'_>, detail: Detail) -> u8 {
    let small = if detail == Detail::Least { 17 } else { 14 };
    match values.choice(Layer::Road, road::CLASS) {
        Some("motorway" | "trunk") => 8,
        Some("primary") => 9,
        Some("secondary") => 11,
        Some("tertiary") => 12,
        Some("residential" | "living_street" | "unclassified" | "pedestrian") | None => 13,
        _ => small,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_road_is_drawn_from_some_zoom_on() {
        for nth in 0..road::CLASSES.len() {
            let mut values = vec![None; Layer::Road.fields().len()];
            values[road::CLASS] = Some(crate::model::Value::Choice(nth as u8));
            let zoom = least_zoom(crate::model::Attributes::pack(Layer::Road, &values).as_ref(), Detail::Full);
            assert!((Layer::Road.def().tile_zoom..=14).contains(&zoom));
        }
    }
}
