//! 行政区划与网格: what rates are told by.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "area",
    zh: "区划",
    en: "Areas",
    geometry: GeometryKind::Polygon,
    fields: FIELDS,
    osm: &[OsmRule { key: "boundary", values: &["administrative"] }],
    tile_zoom: 0,
    hints: &["area", "district", "boundary", "区划", "街道", "社区", "网格", "边界"],
};

/// Levels of administration, coarse to fine, then areas drawn for a purpose.
pub const KINDS: &[Choice] = &[
    Choice::new("district", "区县", "District", &["区", "县", "6", "county"]),
    Choice::new("subdistrict", "街道（镇）", "Sub-district", &["街道", "镇", "乡", "乡镇", "8", "municipality"]),
    Choice::new("community", "社区（村）", "Community", &["社区", "村", "10"]),
    Choice::new("grid", "网格", "Grid", &["grid cell"]),
    Choice::new("estate", "小区", "Estate", &["住宅小区"]),
    Choice::new("quarter", "商圈", "Quarter", &["商业街区"]),
    Choice::new("built_up", "建成区", "Built-up area", &["built-up"]),
];

/// How many there are. Types have this length: worked out of [`KINDS`], the compiler would have to know those types first.
pub const LEVELS: usize = 7;
const _: () = assert!(KINDS.len() == LEVELS);

const FIELDS: &[Field] = &[
    Field::choice("kind", "层级", "Level", KINDS)
        .aliases(&["级别", "类型", "level", "admin_level", "type"])
        .osm(&["admin_level"])
        .zoom(0),
    Field::text("code", "代码", "Code")
        .aliases(&["区划代码", "编码", "行政区划代码", "adcode", "area_code"])
        .osm(&["ref", "de:amtlicher_gemeindeschluessel"])
        .zoom(8),
    Field::text("name", "名称", "Name")
        .aliases(&["区划名称", "街道名称", "社区名称", "网格名称", "area_name"])
        .osm(&["name:zh", "name"])
        .zoom(0),
    Field::text("parent", "上级代码", "Code of parent").aliases(&["上级", "父级代码", "parent_code"]),
    Field::integer("residents", "常住人口", "Residents", "人", 0, 2_000_000_000)
        .aliases(&["人口", "人口数", "population"])
        .osm(&["population"]),
    Field::integer("planned_hydrants", "应建消火栓数", "Hydrants planned", "", 0, 10_000_000).aliases(&[
        "应建数",
        "规划消火栓数",
        "required_hydrants",
    ]),
];

/// Position of the level.
pub const KIND: usize = position(FIELDS, "kind");
/// Position of the code.
pub const CODE: usize = position(FIELDS, "code");
/// Position of the name.
pub const NAME: usize = position(FIELDS, "name");
/// Position of the code of the parent.
pub const PARENT: usize = position(FIELDS, "parent");
/// Position of the number of residents.
pub const RESIDENTS: usize = position(FIELDS, "residents");
/// Position of the number of hydrants a plan asks for.
pub const PLANNED_HYDRANTS: usize = position(FIELDS, "planned_hydrants");

/// Zoom from which areas of a level are drawn.
pub fn least_zoom(kind: Option<&str>) -> u8 {
    match kind {
        Some("district") => 0,
        Some("subdistrict" | "built_up") => 8,
        Some("community" | "quarter") => 11,
        _ => 13,
    }
}
