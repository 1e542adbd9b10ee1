//! 水泵接合器: where an engine feeds a building's own system.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "connection",
    zh: "水泵接合器",
    en: "Fire department connections",
    geometry: GeometryKind::Point,
    fields: FIELDS,
    osm: &[OsmRule { key: "emergency", values: &["dry_riser_inlet", "fire_service_inlet"] }],
    tile_zoom: 14,
    hints: &["connection", "接合器"],
};

const STATES: &[Choice] = &[
    Choice::new("in_service", "正常", "In service", &["完好", "ok"]),
    Choice::new("out_of_service", "停用", "Out of service", &["损坏"]),
    Choice::new("unknown", "状态不明", "Unknown", &["未知"]),
];

const FIELDS: &[Field] = &[
    Field::text("name", "编号", "Number").aliases(&["number"]).osm(&["ref", "name"]).zoom(15),
    Field::text("building", "所属建筑", "Building served").aliases(&["所属楼栋"]),
    Field::choice("state", "状态", "State", STATES).aliases(&["使用状态", "status"]).zoom(14),
];

/// Position of the building served.
pub const BUILDING: usize = position(FIELDS, "building");
