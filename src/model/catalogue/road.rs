//! 道路: streets, paths and stairs as centre lines.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "road",
    zh: "道路",
    en: "Roads",
    geometry: GeometryKind::Line,
    fields: FIELDS,
    osm: &[OsmRule {
        key: "highway",
        values: &[
            "motorway",
            "motorway_link",
            "trunk",
            "trunk_link",
            "primary",
            "primary_link",
            "secondary",
            "secondary_link",
            "tertiary",
            "tertiary_link",
            "residential",
            "living_street",
            "unclassified",
            "road",
            "service",
            "track",
            "pedestrian",
            "footway",
            "path",
            "steps",
            "cycleway",
            "bridleway",
            "busway",
        ],
    }],
    tile_zoom: 8,
    hints: &["road", "street", "highway", "道路", "路网", "街", "路"],
};

/// Classes of road.
pub const CLASSES: &[Choice] = &[
    Choice::new("motorway", "高速公路", "Motorway", &["motorway_link", "高速"]),
    Choice::new("trunk", "快速路", "Trunk road", &["trunk_link", "expressway"]),
    Choice::new("primary", "主干路", "Primary", &["primary_link", "主干道"]),
    Choice::new("secondary", "次干路", "Secondary", &["secondary_link", "次干道"]),
    Choice::new("tertiary", "支路", "Tertiary", &["tertiary_link"]),
    Choice::new("residential", "居住区道路", "Residential", &["小区道路"]),
    Choice::new("living_street", "生活街道", "Living street", &[]),
    Choice::new("unclassified", "其他车行道", "Unclassified", &["road", "其他道路"]),
    Choice::new("service", "内部道路", "Service way", &["busway"]),
    Choice::new("track", "机耕道", "Track", &[]),
    Choice::new("pedestrian", "步行街", "Pedestrian street", &[]),
    Choice::new("footway", "人行道", "Footway", &["cycleway", "步道"]),
    Choice::new("path", "小径", "Path", &["bridleway"]),
    Choice::new("steps", "梯道", "Stairs", &["台阶", "阶梯", "stairs"]),
];

const ONE_WAY: &[Choice] = &[
    Choice::new("no", "双向", "Both ways", &["0", "false", "否"]),
    Choice::new("forward", "沿线方向单行", "One way, as drawn", &["yes", "1", "true", "是"]),
    Choice::new("backward", "逆线方向单行", "One way, against the drawing", &["-1", "reverse"]),
];

const FIELDS: &[Field] = &[
    Field::choice("class", "等级", "Class", CLASSES)
        .aliases(&["道路等级", "道路类型", "highway", "fclass", "road_class"])
        .osm(&["highway"])
        .zoom(0),
    Field::text("name", "名称", "Name")
        .aliases(&["道路名称", "路名", "street_name", "st_name"])
        .osm(&["name:zh", "name", "ref"])
        // Before, roads are joined where they meet, whatever they are called.
        .zoom(13),
    Field::choice("one_way", "单行", "One way", ONE_WAY).aliases(&["单行线", "oneway"]).osm(&["oneway"]).zoom(15),
    Field::real("width_m", "宽度", "Width", "m", 0.3, 300.0)
        .aliases(&["路宽", "路面宽度", "width"])
        .osm(&["width", "est_width"])
        .zoom(14),
    Field::real("clear_height_m", "净高", "Clear height", "m", 0.5, 100.0)
        .aliases(&["限高", "maxheight"])
        .osm(&["maxheight", "maxheight:physical"]),
    Field::real("slope_pct", "坡度", "Slope", "%", -60.0, 60.0)
        .aliases(&["纵坡", "slope", "incline"])
        .osm(&["incline"]),
    Field::real("start_elevation_m", "起点标高", "Elevation at start", "m", -500.0, 9000.0).aliases(&["起点高程"]),
    Field::real("end_elevation_m", "终点标高", "Elevation at end", "m", -500.0, 9000.0).aliases(&["终点高程"]),
    Field::bool("bridge", "桥梁", "Bridge").aliases(&["是否桥梁"]).osm(&["bridge"]).zoom(14),
    Field::bool("tunnel", "隧道", "Tunnel").aliases(&["是否隧道"]).osm(&["tunnel"]).zoom(12),
    Field::integer("level", "层", "Level", "", -20, 20).aliases(&["layer", "层级"]).osm(&["layer"]),
    Field::bool("blocked", "阻断", "Blocked").aliases(&["是否阻断", "封闭"]).zoom(0),
];

/// Position of the class.
pub const CLASS: usize = position(FIELDS, "class");
/// Position of the name.
pub const NAME: usize = position(FIELDS, "name");
/// Position of the width.
pub const WIDTH_M: usize = position(FIELDS, "width_m");

/// Zoom from which roads of a class are drawn.
pub fn least_zoom(class: Option<&str>) -> u8 {
    match class {
        Some("motorway" | "trunk") => 8,
        Some("primary") => 9,
        Some("secondary") => 11,
        Some("tertiary") => 12,
        Some("residential" | "living_street" | "unclassified" | "pedestrian") | None => 13,
        _ => 14,
    }
}
