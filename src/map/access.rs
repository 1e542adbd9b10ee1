//! Findings of access as points, of each feature its worst, and squares of buildings by the largest vehicle that gets
//! there.

use super::detail::Detail;
use super::pick::{Pick, Thing};
use crate::analysis::access::Verdict;
use crate::city::City;
use crate::model::Shape;
use crate::tiles::{Attribute, Cutter, TileId};

/// Source layer of the findings. A number is told once for each `layer`.
pub const POINT: &str = "access";
/// Source layer of the squares.
pub const SQUARE: &str = "access_square";

/// Counts of buildings: all, then by the largest vehicle that surely gets there.
const COUNTS: [&str; 5] = ["buildings", "ladder", "engine", "none", "unknown"];

/// Names of the attributes of a finding, with whether they are numbers.
pub fn attributes() -> Vec<(String, bool)> {
    let all = [("verdict", false), ("layer", false), ("rule", false), ("measured", true), ("older", false)];
    all.map(|(name, number)| (name.to_owned(), number)).to_vec()
}

/// Names of the attributes of a square.
pub fn square_attributes() -> Vec<(String, bool)> {
    COUNTS.map(|name| (name.to_owned(), true)).to_vec()
}

/// The zoom from which findings of a verdict are shown.
fn from_zoom(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::BelowMust | Verdict::BelowShould => 13,
        Verdict::BelowPractice => 14,
        Verdict::Unknown => 15,
        Verdict::Kept => 16,
    }
}

/// Draws the worst finding of each feature of a tile; in one too dense those alone that fall short of a must.
pub fn draw(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    let shown = |verdict| from_zoom(verdict) <= tile.z() && (detail > Detail::Least || verdict == Verdict::BelowMust);
    if !(shown(Verdict::BelowMust) && pick.has_any(|thing| matches!(thing, Thing::Finding(..)))) {
        return;
    }
    let access = city.ground().access(city);
    let worst = tile.windows().flat_map(|window| access.worst_in(window));
    let picked = worst.filter(|one| shown(one.verdict) && pick.has(Thing::Finding(one.layer, one.id)));
    for finding in picked {
        let mut told = vec![
            ("verdict", Attribute::Text(finding.verdict.code())),
            ("layer", Attribute::Text(finding.layer.name())),
            ("rule", Attribute::Text(finding.rule.id())),
        ];
        told.extend(finding.older.map(|older| ("older", Attribute::Bool(older))));
        let measured = finding.measured.filter(|_| detail == Detail::Full);
        told.extend(measured.map(|measured| ("measured", Attribute::Real(measured))));
        cutter.add(POINT, finding.id.0, Shape::point(finding.place).as_ref(), told);
    }
}

/// Draws the squares of a tile.
pub fn squares(city: &City, tile: TileId, pick: &Pick, cutter: &mut Cutter) {
    for square in pick.squares(city.ground().access(city).squares(), tile) {
        let told = COUNTS.into_iter().zip(square.totals.map(Attribute::Integer));
        cutter.add_square(SQUARE, &square, told);
    }
}
