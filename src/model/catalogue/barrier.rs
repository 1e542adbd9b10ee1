//! 障碍: what neither crew nor hose goes through.

use crate::model::field::{Choice, Field};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "barrier",
    zh: "障碍",
    en: "Barriers",
    geometry: GeometryKind::Line,
    fields: FIELDS,
    osm: &[
        OsmRule { key: "barrier", values: &["wall", "fence", "retaining_wall", "city_wall", "hedge", "guard_rail"] },
        OsmRule { key: "railway", values: &["rail", "light_rail", "narrow_gauge"] },
    ],
    tile_zoom: 15,
    hints: &["barrier", "wall", "fence", "围墙", "障碍", "堡坎"],
};

const KINDS: &[Choice] = &[
    Choice::new("wall", "围墙", "Wall", &["city_wall", "墙"]),
    Choice::new("fence", "围栏", "Fence", &["guard_rail", "栅栏", "护栏"]),
    Choice::new("retaining_wall", "挡土墙", "Retaining wall", &["堡坎"]),
    Choice::new("hedge", "绿篱", "Hedge", &[]),
    Choice::new("railway", "铁路", "Railway", &["rail", "light_rail", "narrow_gauge"]),
];

const FIELDS: &[Field] = &[
    Field::choice("kind", "类型", "Kind", KINDS).aliases(&["障碍类型", "type"]).osm(&["barrier", "railway"]).zoom(0),
    Field::text("name", "名称", "Name").osm(&["name"]),
    Field::real("height_m", "高度", "Height", "m", 0.0, 200.0).aliases(&["height"]).osm(&["height"]),
    Field::bool("gates", "有门", "Has gates").aliases(&["有无门"]),
];
