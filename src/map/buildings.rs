//! Buildings coloured by coverage; squares of them where footprints are not legible.

use super::detail::{Detail, attributes, percent};
use super::pick::Pick;
use super::{FEATURE_ZOOM, rows_of};
use crate::analysis::{Coverage, Covered, Grade};
use crate::city::{BUILDING_SUMS, City};
use crate::model::Layer;
use crate::tiles::{Attribute, Cutter, TileId};

/// Source layer of the squares.
pub const SQUARE: &str = "building_square";

const COVERED: [&str; 3] = ["covered_nominal", "covered_serviceable", "covered_verified"];
const DISTANCE: [&str; 3] = ["distance_nominal", "distance_serviceable", "distance_verified"];
const SHARE: [&str; 3] = ["share_nominal", "share_serviceable", "share_verified"];
const UNKNOWN_SHARE: [&str; 3] = ["unknown_share_nominal", "unknown_share_serviceable", "unknown_share_verified"];
/// Counts of buildings by grade and class of coverage, in order of [`Covered::ALL`].
const COUNTS: [[&str; 4]; 3] = [
    ["whole_nominal", "part_nominal", "not_nominal", "unknown_nominal"],
    ["whole_serviceable", "part_serviceable", "not_serviceable", "unknown_serviceable"],
    ["whole_verified", "part_verified", "not_verified", "unknown_verified"],
];

/// Count of buildings under a rule that is not assessed; absent where every one is.
const NOT_ASSESSED: &str = "not_assessed";

/// Names of the computed attributes of a building, with whether they are numbers.
pub fn computed() -> impl Iterator<Item = (String, bool)> {
    let of = |names: [&'static str; 3], number| names.into_iter().map(move |name| (name.to_owned(), number));
    of(COVERED, false).chain(of(DISTANCE, true)).chain([("flaw".to_owned(), false)])
}

/// Names of the attributes of a square.
pub fn square_attributes() -> Vec<(String, bool)> {
    let names =
        ["buildings", NOT_ASSESSED].into_iter().chain(COUNTS.into_iter().flatten()).chain(SHARE).chain(UNKNOWN_SHARE);
    names.map(|name| (name.to_owned(), true)).collect()
}

/// Draws the buildings of a tile.
pub fn draw(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    if tile.z() < FEATURE_ZOOM || detail == Detail::Least {
        return squares(city, tile, pick, cutter);
    }
    for (slot, row) in rows_of(city, Layer::Building, tile, pick) {
        let told = attributes(Layer::Building, row.attributes, tile.z(), detail);
        let coverage = told_coverage(city.results().coverage(slot), detail);
        let flaw = row.flaw.map(|flaw| ("flaw", Attribute::Text(flaw.code())));
        cutter.add(Layer::Building.name(), row.id.0, row.shape, told.chain(coverage).chain(flaw));
    }
}

fn told_coverage<'a>(coverage: &'a Coverage, detail: Detail) -> impl Iterator<Item = (&'static str, Attribute<'a>)> {
    Grade::ALL.into_iter().flat_map(move |grade| {
        let reach = coverage.at(grade);
        let covered = (COVERED[grade as usize], Attribute::Text(reach.covered.code()));
        // Tenths of a metre, so that the few digits compress well.
        let metres = reach.distance_mm().filter(|_| detail == Detail::Full).map(|mm| f64::from((mm + 50) / 100) / 10.0);
        let distance = metres.map(|metres| (DISTANCE[grade as usize], Attribute::Real(metres)));
        [covered].into_iter().chain(distance)
    })
}

fn squares(city: &City, tile: TileId, pick: &Pick, cutter: &mut Cutter) {
    for square in pick.squares(city.results().building_squares(), tile) {
        cutter.add_square(SQUARE, &square, sums(&square.totals));
    }
}

fn sums(totals: &[i64; BUILDING_SUMS]) -> Vec<(&'static str, Attribute<'static>)> {
    let all = totals[0];
    let mut told = vec![("buildings", Attribute::Integer(all))];
    for grade in 0..3 {
        let count = |covered: Covered| totals[1 + grade * 4 + covered as usize];
        for covered in Covered::ALL {
            told.push((COUNTS[grade][covered as usize], Attribute::Integer(count(covered))));
        }
        let judged: i64 = Covered::ALL.into_iter().map(count).sum();
        let shares = [(SHARE, Covered::Whole), (UNKNOWN_SHARE, Covered::Unknown)];
        told.extend(shares.into_iter().filter_map(|(name, covered)| {
            percent(count(covered), judged).map(|share| (name[grade], Attribute::Integer(share)))
        }));
        if judged < all && grade == 0 {
            told.push((NOT_ASSESSED, Attribute::Integer(all - judged)));
        }
    }
    told
}
