//! 物联感知: what reports by itself.

use crate::model::field::{Choice, Field};
use crate::model::layer::{GeometryKind, LayerDef};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "sensor",
    zh: "物联感知",
    en: "Sensors",
    geometry: GeometryKind::Point,
    fields: FIELDS,
    osm: &[],
    tile_zoom: 14,
    hints: &["sensor", "物联", "传感"],
};

const KINDS: &[Choice] = &[
    Choice::new("water_pressure", "水压", "Water pressure", &["压力"]),
    Choice::new("electrical", "电气火灾", "Electrical", &["电气"]),
    Choice::new("lane_video", "车道视频", "Lane video", &["视频"]),
    Choice::new("control_room", "消控室", "Control room", &["消防控制室"]),
    Choice::new("gas", "燃气", "Gas", &["可燃气体"]),
];

const FIELDS: &[Field] = &[
    Field::text("name", "编号", "Number").aliases(&["设备编号"]),
    Field::choice("kind", "类型", "Kind", KINDS).aliases(&["设备类型"]).zoom(0),
    Field::text("about_key", "监测对象", "Building or hydrant").aliases(&["所属对象"]),
    Field::real("reading", "最近读数", "Last reading", "", -1e9, 1e9).aliases(&["读数"]),
    Field::instant("read_at", "读数时间", "Time of reading").aliases(&["上报时间"]),
    Field::real("low", "下限", "Lower limit", "", -1e9, 1e9),
    Field::real("high", "上限", "Upper limit", "", -1e9, 1e9),
];
