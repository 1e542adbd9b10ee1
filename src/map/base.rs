//! The quiet ground: water, roads, barriers.

use super::detail::{Detail, attributes};
use super::pick::{Pick, Thing};
use super::rows_of;
use crate::city::{ALL_FROM, City};
use crate::model::Layer;
use crate::tiles::{Cutter, TileId};

/// Draws the base of a tile: water first, then roads by class, then barriers.
pub fn draw(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    for layer in [Layer::Water, Layer::Road, Layer::Barrier] {
        if tile.z() < layer.def().tile_zoom || (detail == Detail::Least && layer == Layer::Barrier) {
            continue;
        }
        if layer == Layer::Road && tile.z() < ALL_FROM {
            let drawn = city.joined_roads().drawn(tile);
            for (id, values, shape) in drawn.filter(|(id, ..)| pick.has(Thing::Joined(*id))) {
                cutter.add(layer.name(), id.0, shape, attributes(layer, values, tile.z(), detail));
            }
            continue;
        }
        for (_, row) in rows_of(city, layer, tile, pick) {
            let values = row.attributes;
            // Least of all service ways and footpaths.
            if layer == Layer::Road && detail == Detail::Least && layer.least_zoom(values) > 13 {
                continue;
            }
            let told = attributes(layer, values, tile.z(), detail);
            cutter.add(layer.name(), row.id.0, row.shape, told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::road;

    #[test]
    fn every_class_of_road_is_drawn_from_some_zoom_on() {
        for nth in 0..road::CLASSES.len() {
            let mut values = vec![None; Layer::Road.fields().len()];
            values[road::CLASS] = Some(crate::model::Value::Choice(nth as u8));
            let zoom = Layer::Road.least_zoom(crate::model::Attributes::pack(Layer::Road, &values).as_ref());
            assert!((Layer::Road.def().tile_zoom..=14).contains(&zoom));
        }
    }
}
