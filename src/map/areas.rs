//! Areas with their rates, and a label in the middle of each.

use super::detail::{Detail, attributes, percent};
use super::pick::Pick;
use super::rows_of;
use crate::analysis::{AreaTotals, Covered, Grade};
use crate::city::City;
use crate::crs::World;
use crate::model::{Layer, Shape, area};
use crate::tiles::{Attribute, Cutter, TileId};

/// Source layer of the labels.
pub const LABEL: &str = "area_label";

const SHARE: [&str; 3] = ["share_nominal", "share_serviceable", "share_verified"];

/// Names of the computed attributes of an area, with whether they are numbers.
pub fn computed() -> impl Iterator<Item = (String, bool)> {
    SHARE.into_iter().chain(["buildings"]).map(|name| (name.to_owned(), true))
}

/// What is told of an area's totals.
pub(super) fn rates(totals: &AreaTotals) -> Vec<(&'static str, Attribute<'static>)> {
    let shares = Grade::ALL.into_iter().filter_map(|grade| {
        let judged = totals.buildings - totals.sum(grade, Covered::NotAssessed, 0);
        percent(totals.sum(grade, Covered::Whole, 0), judged)
            .map(|share| (SHARE[grade as usize], Attribute::Integer(share)))
    });
    shares.chain([("buildings", Attribute::Integer(totals.buildings))]).collect()
}

/// Draws the areas of a tile.
pub fn draw(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    for (slot, row) in rows_of(city, Layer::Area, tile, pick) {
        let kind = row.attributes.choice(Layer::Area, area::KIND);
        if detail == Detail::Least && kind == Some("grid") {
            continue;
        }
        let told = attributes(Layer::Area, row.attributes, tile.z(), detail);
        cutter.add(Layer::Area.name(), row.id.0, row.shape, told.clone().chain(rates(city.results().totals(slot))));

        let label = city.layer(Layer::Area).label(slot);
        if let Some(label) = label.filter(|label| TileId::at(World::from(*label), tile.z()) == Some(tile)) {
            cutter.add(
                LABEL,
                row.id.0,
                Shape::point(label).as_ref(),
                told.filter(|(name, _)| matches!(*name, "kind" | "name")),
            );
        }
    }
}
