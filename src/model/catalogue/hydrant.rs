//! 消火栓与其他水源: where a crew takes water.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "hydrant",
    zh: "消火栓",
    en: "Hydrants",
    geometry: GeometryKind::Point,
    fields: FIELDS,
    osm: &[
        OsmRule { key: "emergency", values: &["fire_hydrant", "water_tank", "suction_point", "fire_water_pond"] },
        OsmRule { key: "disused:emergency", values: &["fire_hydrant"] },
        OsmRule { key: "abandoned:emergency", values: &["fire_hydrant"] },
    ],
    tile_zoom: 14,
    hints: &["hydrant", "消火栓", "消防栓", "水源", "取水", "消防水利"],
};

/// Kinds of water supply.
pub const KINDS: &[Choice] = &[
    Choice::new(
        "municipal",
        "市政消火栓",
        "Municipal hydrant",
        &["市政", "市政栓", "消火栓", "消防栓", "室外消火栓", "fire_hydrant", "hydrant", "公設", "public"],
    ),
    Choice::new(
        "building_outdoor",
        "建筑室外消火栓",
        "Building's outdoor hydrant",
        &["单位消火栓", "小区消火栓", "private", "私設"],
    ),
    Choice::new(
        "cistern",
        "消防水池",
        "Cistern",
        &["水池", "水箱", "water_tank", "tank", "防火水槽", "防火水そう", "fire_water_tank"],
    ),
    Choice::new(
        "natural_intake",
        "天然水源取水口",
        "Natural intake",
        &["取水口", "天然水源", "suction_point", "fire_water_pond", "pond", "井戸", "防火井戸", "well"],
    ),
    Choice::new("dry", "干式消火栓", "Dry hydrant", &["干式", "dry_hydrant"]),
];

/// Whether it gives water.
pub const STATES: &[Choice] = &[
    Choice::new(
        "in_service",
        "正常",
        "In service",
        &["完好", "正常使用", "在用", "良好", "可用", "ok", "good", "active", "working", "in use", "operational"],
    ),
    Choice::new(
        "out_of_service",
        "停用",
        "Out of service",
        &[
            "损坏",
            "故障",
            "无水",
            "不可用",
            "维修中",
            "broken",
            "inactive",
            "abandoned",
            "disused",
            "closed",
            "out of order",
        ],
    ),
    Choice::new("obstructed", "被遮挡", "Obstructed", &["圈占", "埋压", "遮挡", "占用", "blocked"]),
    Choice::new("unknown", "状态不明", "Unknown", &["未知", "不明", "?"]),
];

const MAINS: &[Choice] = &[
    Choice::new("ring", "环状", "Ring", &["环状管网", "环网"]),
    Choice::new("tree", "枝状", "Tree", &["枝状管网", "支状", "dead end"]),
    Choice::new("unknown", "不明", "Unknown", &["未知"]),
];

const FIELDS: &[Field] = &[
    Field::text("name", "编号", "Number")
        .aliases(&["消火栓编号", "栓号", "number", "hydrant_id", "hydrant_no", "ref", "label", "名称", "番号"])
        .osm(&["ref", "name"])
        .zoom(15),
    Field::text("address", "位置", "Location")
        .aliases(&["地址", "安装位置", "所在位置", "street", "住所", "location", "所在地_連結表記"])
        .osm(&["addr:street+addr:housenumber"]),
    Field::choice("kind", "类型", "Kind", KINDS)
        .aliases(&["种类", "消火栓类型", "水源类型", "type", "種別"])
        .osm(&["emergency", "fire_hydrant:type"])
        .zoom(0)
        .assumed("municipal"),
    Field::choice("state", "状态", "State", STATES)
        .aliases(&["使用状态", "完好情况", "status", "condition", "是否完好"])
        .osm(&["operational_status", "fire_hydrant:state"])
        .zoom(0),
    Field::real("pressure_mpa", "静压", "Static pressure", "MPa", 0.0, 10.0).aliases(&[
        "压力",
        "水压",
        "静水压",
        "pressure",
        "压力(mpa)",
    ]),
    Field::real("flow_lps", "实测流量", "Tested flow", "L/s", 0.0, 1000.0).aliases(&["流量", "flow", "流量(l/s)"]),
    Field::choice("main", "管网形式", "Main", MAINS).aliases(&["管网", "管网类型"]),
    Field::integer("diameter_mm", "管径", "Diameter of main", "mm", 10, 5000)
        .aliases(&["口径", "管道直径", "dn", "diameter", "main_size_mm"])
        .osm(&["fire_hydrant:diameter"]),
    Field::real("elevation_m", "标高", "Elevation", "m", -500.0, 9000.0)
        .aliases(&["高程", "海拔", "elevation"])
        .osm(&["ele"]),
    Field::date("inspected", "最近检查日期", "Last inspected")
        .aliases(&["检查日期", "巡检日期", "检测日期", "last_inspection", "inspection_date", "inspected_on"])
        .osm(&["check_date", "survey:date"]),
];

/// Position of the number.
pub const NAME: usize = position(FIELDS, "name");
/// Position of the kind.
pub const KIND: usize = position(FIELDS, "kind");
/// Position of the state.
pub const STATE: usize = position(FIELDS, "state");
/// Position of the elevation.
pub const ELEVATION_M: usize = position(FIELDS, "elevation_m");
/// Position of the static pressure.
pub const PRESSURE_MPA: usize = position(FIELDS, "pressure_mpa");
/// Position of the tested flow.
pub const FLOW_LPS: usize = position(FIELDS, "flow_lps");
/// Position of the date of the last inspection.
pub const INSPECTED: usize = position(FIELDS, "inspected");
