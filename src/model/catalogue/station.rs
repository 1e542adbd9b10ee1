//! 消防站: who comes, from fire stations to micro-stations.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "station",
    zh: "消防站",
    en: "Stations",
    geometry: GeometryKind::Point,
    fields: FIELDS,
    osm: &[OsmRule { key: "amenity", values: &["fire_station"] }],
    tile_zoom: 9,
    hints: &["station", "消防站", "微型消防站", "消防队", "消防施設", "消防施设"],
};

/// Kinds of station.
pub const KINDS: &[Choice] = &[
    Choice::new(
        "fire_station",
        "消防救援站",
        "Fire station",
        &["消防站", "专职消防队", "消防署", "消防署分署", "消防本部"],
    ),
    Choice::new("micro_unit", "单位微型消防站", "Micro-station of a unit", &["微型消防站", "微型站"]),
    Choice::new("micro_community", "社区微型消防站", "Micro-station of a community", &["社区微站"]),
    Choice::new(
        "volunteer",
        "志愿消防队",
        "Volunteer brigade",
        &["志愿队", "消防団", "消防団本部", "分団車庫・詰所", "volunteer_fire_department"],
    ),
];

const FIELDS: &[Field] = &[
    Field::text("name", "名称", "Name")
        .aliases(&["站名", "微型消防站名称", "station_name", "施設名"])
        .osm(&["name:zh", "name"])
        .zoom(10),
    Field::text("address", "地址", "Address")
        .aliases(&["详细地址", "住所", "所在地"])
        .osm(&["addr:street+addr:housenumber"]),
    Field::choice("kind", "类型", "Kind", KINDS)
        .aliases(&["站点类型", "级别", "type", "種別"])
        .osm(&["fire_station:type"])
        .zoom(0)
        .assumed("fire_station"),
    Field::integer("staff", "值班人数", "Staff on shift", "人", 0, 10_000).aliases(&["人数", "人员数量"]).zoom(14),
    Field::text("vehicles", "车辆", "Vehicles").aliases(&["消防车辆", "车辆装备"]),
    Field::integer("turnout_s", "出动时间", "Turnout time", "s", 0, 7200).aliases(&["出动时间(秒)"]),
    Field::text("telephone", "值班电话", "Duty telephone").aliases(&["值班室电话", "duty_phone"]),
    Field::text("contact", "联系人及电话", "Contact")
        .aliases(&["联系人", "电话", "联系电话", "手机", "负责人", "站长", "phone", "電話番号"])
        .osm(&["contact:phone", "phone"])
        .restricted(),
];

/// Position of the name.
pub const NAME: usize = position(FIELDS, "name");
/// Position of the kind.
pub const KIND: usize = position(FIELDS, "kind");
/// Position of the staff on shift.
pub const STAFF: usize = position(FIELDS, "staff");
/// Position of the turnout time.
pub const TURNOUT_S: usize = position(FIELDS, "turnout_s");
/// Position of the vehicles.
pub const VEHICLES: usize = position(FIELDS, "vehicles");
