//! 登高操作场地: where a ladder truck stands to work.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "ladder_field",
    zh: "登高操作场地",
    en: "Ladder fields",
    geometry: GeometryKind::Polygon,
    fields: FIELDS,
    osm: &[],
    tile_zoom: 14,
    hints: &["ladder", "登高"],
};

const STATES: &[Choice] = &[
    Choice::new("clear", "可用", "Clear", &["正常", "ok"]),
    Choice::new("obstructed", "被占用", "Obstructed", &["占用", "blocked"]),
    Choice::new("unknown", "状态不明", "Unknown", &["未知"]),
];

const FIELDS: &[Field] = &[
    Field::text("name", "名称", "Name").aliases(&["编号"]).zoom(15),
    Field::text("building", "所属建筑", "Building served").aliases(&["所属楼栋"]),
    Field::real("slope_pct", "坡度", "Slope", "%", -60.0, 60.0).aliases(&["slope"]),
    Field::bool("marking", "标识标线", "Marked").aliases(&["有无标线"]),
    Field::choice("state", "状态", "State", STATES).aliases(&["占用情况", "status"]).zoom(0),
];

/// Position of the slope.
pub const SLOPE_PCT: usize = position(FIELDS, "slope_pct");
/// Position of the building served.
pub const BUILDING: usize = position(FIELDS, "building");
/// Position of the state.
pub const STATE: usize = position(FIELDS, "state");
