//! What fails first: hydrants with the buildings that lose their last water by them, pieces of road with the buildings
//! they cut off from every engine.

use super::detail::Detail;
use super::pick::{Pick, Thing};
use crate::analysis::Grade;
use crate::city::{City, FeltHydrant};
use crate::model::Shape;
use crate::tiles::{Attribute, Cutter, TileId};

/// Source layer of the hydrants.
pub const HYDRANT: &str = "fragile_hydrant";
/// Source layer of the pieces of road. A number is told once for each piece of each `layer`.
pub const ROAD: &str = "fragile_road";

const LOSE: [&str; 3] = ["lose_nominal", "lose_serviceable", "lose_verified"];

/// Names of the attributes of a hydrant, all numbers of buildings.
pub fn hydrant_attributes() -> Vec<(String, bool)> {
    LOSE.map(|name| (name.to_owned(), true)).to_vec()
}

/// Names of the attributes of a piece of road, with whether they are numbers.
pub fn road_attributes() -> Vec<(String, bool)> {
    vec![("layer".to_owned(), false), ("lose".to_owned(), true)]
}

/// The fewest buildings that something must cost to be shown; `None` where nothing is.
fn least(zoom: u8, detail: Detail) -> Option<i64> {
    let least = match zoom {
        0..11 => return None,
        11 => 40,
        12 => 20,
        13 => 8,
        14 => 3,
        _ => 1,
    };
    Some(if detail == Detail::Least { least.max(20) } else { least })
}

/// Draws what is felt within a tile, from zoom 11; far out what costs many buildings alone.
pub fn draw(city: &City, tile: TileId, detail: Detail, pick: &Pick, cutter: &mut Cutter) {
    let Some(least) = least(tile.z(), detail) else { return };
    let found = city.ground();
    let (frailty, graph) = (found.frailty(city), found.network().graph());
    let felt: Vec<FeltHydrant> = match pick.felt() {
        Some(picked) => picked.into_iter().filter_map(|id| frailty.hydrant(id)).collect(),
        None => tile.windows().flat_map(|window| frailty.hydrants_in(window)).collect(),
    };
    for hydrant in felt.into_iter().filter(|hydrant| hydrant.lose.iter().any(|lose| *lose >= least)) {
        let told = Grade::ALL.into_iter().map(|grade| grade as usize).filter(|nth| hydrant.lose[*nth] > 0);
        let told = told.map(|nth| (LOSE[nth], Attribute::Integer(hydrant.lose[nth])));
        cutter.add(HYDRANT, hydrant.id.0, Shape::point(hydrant.at).as_ref(), told);
    }
    if !pick.has_any(|thing| matches!(thing, Thing::Cutting(..))) {
        return;
    }
    for window in tile.windows() {
        let mut edges = Vec::new();
        graph.tree().window(window, &mut |edge| edges.push(edge));
        edges.sort_unstable();
        for edge in edges {
            let (lose, line) = (i64::from(frailty.cut_off(edge)), graph.line(edge));
            let drawn = lose >= least && pick.has(Thing::Cutting(line.layer, line.id));
            let Some(shape) = drawn.then(|| Shape::lines([graph.places(edge).to_vec()]).ok()).flatten() else {
                continue;
            };
            let told = [("layer", Attribute::Text(line.layer.name())), ("lose", Attribute::Integer(lose))];
            cutter.add(ROAD, line.id.0, shape.as_ref(), told);
        }
    }
}
