//! Buildings coloured by what they have along the ground: circle against hose, who arrives and when; squares of them
//! where footprints are not legible; with them what fails first and what was found of access.

use std::sync::LazyLock;

use super::detail::{Detail, attributes, percent};
use super::pick::Pick;
use super::{FEATURE_ZOOM, access, fragile, rows_of};
use crate::analysis::{Band, Grade, Versus};
use crate::city::{City, GROUND_SUMS};
use crate::model::Layer;
use crate::tiles::{Attribute, Cutter, TileId};

/// Source layer of the squares.
pub const SQUARE: &str = "ground_square";

const LAID: [&str; 3] = ["hose_nominal", "hose_serviceable", "hose_verified"];
const VERSUS: [&str; 3] = ["versus_nominal", "versus_serviceable", "versus_verified"];
const WAY: [&str; 3] = ["way_nominal", "way_serviceable", "way_verified"];
const BAND: [&str; 2] = ["micro", "engine"];
const SECONDS: [&str; 2] = ["micro_s", "engine_s"];
/// The largest vehicle that surely gets there.
const ACCESS: &str = "access";

/// Names of the computed attributes of a building, with whether they are numbers.
pub fn computed() -> impl Iterator<Item = (String, bool)> {
    let words = LAID.into_iter().chain(VERSUS).chain(BAND).chain([ACCESS]).map(|name| (name.to_owned(), false));
    words.chain(WAY.into_iter().chain(SECONDS).map(|name| (name.to_owned(), true)))
}

/// Names of the attributes of a square: counts of buildings, and shares in percent of those judged.
pub fn square_attributes() -> Vec<(String, bool)> {
    let versus = Grade::ALL.into_iter().flat_map(|grade| Versus::ALL.map(|versus| count_name(grade, versus)));
    let bands = BAND.into_iter().flat_map(|who| Band::ALL.map(|band| format!("{who}_{}", band.code())));
    let shares = Grade::ALL.map(|grade| format!("laid_share_{}", grade.code()));
    let laid = Grade::ALL
        .into_iter()
        .flat_map(|grade| ["laid", "laid_unknown"].map(|name| format!("{name}_{}", grade.code())));
    let all = ["buildings".to_owned()].into_iter().chain(versus).chain(bands).chain(laid).chain(shares);
    all.map(|name| (name, true)).collect()
}

static NAMES: LazyLock<Vec<(String, bool)>> = LazyLock::new(square_attributes);

fn count_name(grade: Grade, versus: Versus) -> String {
    format!("{}_{}", versus.code(), grade.code())
}

/// Draws a tile: buildings or squares of them, what fails first, findings of access.
pub fn draw(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    if tile.z() < FEATURE_ZOOM || detail == Detail::Least {
        squares(city, tile, pick, cutter);
        access::squares(city, tile, pick, cutter);
    } else {
        buildings(city, tile, detail, pick, cutter);
    }
    fragile::draw(city, tile, detail, pick, cutter);
    access::draw(city, tile, detail, pick, cutter);
}

fn buildings(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    let found = city.ground();
    let access = found.access(city);
    let shown_ms = found.shown().arrival_ms;
    for (slot, row) in rows_of(city, Layer::Building, tile, pick) {
        let ground = found.of(slot);
        let coverage = city.results().coverage(slot);
        let declared = attributes(Layer::Building, row.attributes, tile.z(), detail);
        let mut told: Vec<(&'static str, Attribute<'_>)> = declared.collect();
        for grade in Grade::ALL {
            let nth = grade as usize;
            told.push((LAID[nth], Attribute::Text(ground.laid[nth].code())));
            told.push((VERSUS[nth], Attribute::Text(ground.versus(coverage, grade).code())));
            if let Some(mm) = ground.hose[nth][0].far().filter(|_| detail == Detail::Full) {
                told.push((WAY[nth], Attribute::Integer(i64::from((mm + 500) / 1000))));
            }
        }
        let arrivals = [ground.micro[0], ground.engine[0]];
        for (nth, (band, arrival)) in ground.bands(shown_ms).into_iter().zip(arrivals).enumerate() {
            told.push((BAND[nth], Attribute::Text(band.code())));
            if let Some(ms) = arrival.far().filter(|_| detail == Detail::Full) {
                told.push((SECONDS[nth], Attribute::Integer(i64::from(ms.div_ceil(1000)))));
            }
        }
        told.push((ACCESS, Attribute::Text(access.vehicles(slot).code())));
        cutter.add(Layer::Building.name(), row.id.0, row.shape, told);
    }
}

fn squares(city: &City, tile: TileId, pick: &Pick, cutter: &mut Cutter) {
    let names: &'static [(String, bool)] = &NAMES;
    for square in pick.squares(city.ground().squares(), tile) {
        let totals: &[i64; GROUND_SUMS] = &square.totals;
        let mut told: Vec<(&str, Attribute<'_>)> =
            names.iter().zip(totals).map(|((name, _), sum)| (name.as_str(), Attribute::Integer(*sum))).collect();
        for (nth, (name, _)) in names[GROUND_SUMS..].iter().enumerate() {
            let [laid, unknown] = [totals[28 + 2 * nth], totals[29 + 2 * nth]];
            let share = percent(laid, totals[0] - unknown);
            told.extend(share.map(|share| (name.as_str(), Attribute::Integer(share))));
        }
        cutter.add_square(SQUARE, &square, told);
    }
}
