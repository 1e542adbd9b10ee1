//! Buildings coloured by the band of their risk score, hatched where little is known; squares of them where footprints
//! are not legible: buildings by band, never a mean.

use super::detail::{Detail, attributes};
use super::pick::Pick;
use super::{FEATURE_ZOOM, rows_of};
use crate::city::City;
use crate::model::Layer;
use crate::tiles::{Attribute, Cutter, TileId};

/// Source layer of the squares.
pub const SQUARE: &str = "risk_square";

/// What a square tells: its buildings, those of each band worst first, those of which little is known, and the residents
/// of the two worst bands where known.
const SUMS: [&str; 7] = ["buildings", "red", "orange", "yellow", "blue", "little_known", "residents_worst"];

/// Names of the computed attributes of a building, with whether they are numbers: `score` and `worst` (the most that it
/// may be) in hundredths of a point, `little_known` and `may_be_worse` 0 or 1.
pub fn computed() -> impl Iterator<Item = (String, bool)> {
    let all = [("band", false), ("little_known", true), ("score", true), ("worst", true), ("may_be_worse", true)];
    all.into_iter().map(|(name, number)| (name.to_owned(), number))
}

/// Names of the attributes of a square.
pub fn square_attributes() -> Vec<(String, bool)> {
    SUMS.map(|name| (name.to_owned(), true)).to_vec()
}

/// Draws a tile: buildings or squares of them.
pub fn draw(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    if tile.z() < FEATURE_ZOOM || detail == Detail::Least {
        squares(city, tile, pick, cutter);
    } else {
        buildings(city, tile, detail, pick, cutter);
    }
}

fn buildings(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    let (risk, bands) = (city.risk(), &city.risk_model().bands);
    let yes = |yes: bool| Attribute::Integer(yes.into());
    for (slot, row) in rows_of(city, Layer::Building, tile, pick) {
        let of = risk.of(slot);
        let declared = attributes(Layer::Building, row.attributes, tile.z(), detail);
        let mut told: Vec<(&'static str, Attribute<'_>)> = declared.collect();
        told.extend(bands.get(usize::from(of.band)).map(|band| ("band", Attribute::Text(&band.id))));
        told.push(("little_known", yes(of.is_little_known())));
        if detail == Detail::Full {
            told.push(("score", Attribute::Integer(of.score.into())));
            told.push(("worst", Attribute::Integer(of.between[1].into())));
            told.push(("may_be_worse", yes(of.may_be_worse())));
        }
        cutter.add(Layer::Building.name(), row.id.0, row.shape, told);
    }
}

fn squares(city: &City, tile: TileId, pick: &Pick, cutter: &mut Cutter) {
    for square in pick.squares(city.risk().squares(), tile) {
        let told = SUMS.into_iter().zip(square.totals.map(Attribute::Integer));
        cutter.add_square(SQUARE, &square, told);
    }
}
