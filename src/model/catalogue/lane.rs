//! 消防车道: the way kept free for an engine beside a building.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "lane",
    zh: "消防车道",
    en: "Fire lanes",
    geometry: GeometryKind::Line,
    fields: FIELDS,
    osm: &[OsmRule { key: "emergency", values: &["fire_lane"] }],
    tile_zoom: 13,
    hints: &["lane", "消防车道", "消防通道"],
};

const STATES: &[Choice] = &[
    Choice::new("clear", "畅通", "Clear", &["正常", "ok"]),
    Choice::new("obstructed", "被占用", "Obstructed", &["占用", "堵塞", "blocked"]),
    Choice::new("unknown", "状态不明", "Unknown", &["未知"]),
];

const FIELDS: &[Field] = &[
    Field::text("name", "名称", "Name").aliases(&["车道名称", "编号"]).osm(&["name"]).zoom(15),
    Field::real("width_m", "净宽", "Clear width", "m", 0.3, 300.0)
        .aliases(&["宽度", "车道宽度", "width"])
        .osm(&["width"])
        .zoom(14),
    Field::real("clear_height_m", "净高", "Clear height", "m", 0.5, 100.0)
        .aliases(&["限高", "净空高度"])
        .osm(&["maxheight"]),
    Field::real("slope_pct", "坡度", "Slope", "%", -60.0, 60.0).aliases(&["纵坡", "slope"]).osm(&["incline"]),
    Field::real("turning_radius_m", "转弯半径", "Turning radius", "m", 0.0, 500.0).aliases(&["radius"]),
    Field::real("bearing_t", "承重", "Bearing load", "t", 0.0, 1000.0)
        .aliases(&["荷载", "maxweight"])
        .osm(&["maxweight"]),
    Field::text("overhead", "上方障碍", "Overhead obstacles").aliases(&["架空障碍"]),
    Field::bool("dead_end", "尽头式", "Dead end").aliases(&["是否尽头"]),
    Field::bool("turnaround", "回车场", "Turnaround").aliases(&["有无回车场"]),
    Field::bool("marking", "标识标线", "Marked").aliases(&["有无标线"]),
    Field::text("building", "所属建筑", "Building served").aliases(&["所属楼栋"]),
    Field::choice("state", "状态", "State", STATES).aliases(&["占用情况", "status"]).zoom(0),
    Field::text("obstructed_by", "占用物", "Obstructed by").aliases(&["占用原因"]),
];

/// Position of the clear width.
pub const WIDTH_M: usize = position(FIELDS, "width_m");
/// Position of the clear height.
pub const CLEAR_HEIGHT_M: usize = position(FIELDS, "clear_height_m");
/// Position of the slope.
pub const SLOPE_PCT: usize = position(FIELDS, "slope_pct");
/// Position of the turning radius.
pub const TURNING_RADIUS_M: usize = position(FIELDS, "turning_radius_m");
/// Position of whether it is a dead end.
pub const DEAD_END: usize = position(FIELDS, "dead_end");
/// Position of whether it has a turnaround.
pub const TURNAROUND: usize = position(FIELDS, "turnaround");
/// Position of the building served.
pub const BUILDING: usize = position(FIELDS, "building");
/// Position of the state.
pub const STATE: usize = position(FIELDS, "state");
/// Position of the name.
pub const NAME: usize = position(FIELDS, "name");
