//! 场所: a business or institution in a building; not the building.

use super::SUPERVISORS;
use crate::model::field::{Field, position};
use crate::model::layer::{GeometryKind, LayerDef};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "place",
    zh: "场所",
    en: "Places",
    geometry: GeometryKind::Point,
    fields: FIELDS,
    osm: &[],
    tile_zoom: 14,
    hints: &["place", "场所", "商场", "市场", "单位"],
};

const FIELDS: &[Field] = &[
    Field::text("name", "名称", "Name").aliases(&["场所名称", "单位名称", "商市场名称"]).zoom(14),
    Field::text("address", "地址", "Address").aliases(&["详细地址"]),
    Field::text("class", "类别", "Class").aliases(&["场所类型", "单位类型", "type"]).zoom(14),
    Field::text("building", "所在建筑", "Building").aliases(&["所在建筑名称", "该市场所在建筑名称"]),
    Field::real("area_above_m2", "地上面积", "Area above ground", "m²", 0.0, 10_000_000.0)
        .aliases(&["面积", "面积(平方米)"]),
    Field::real("area_below_m2", "地下面积", "Area below ground", "m²", 0.0, 10_000_000.0),
    Field::integer("rooms", "房间数", "Rooms", "", 0, 100_000).aliases(&["客房数"]),
    Field::text("storeys", "所在楼层", "Storeys used").aliases(&["楼层"]),
    Field::bool("alarm", "火灾自动报警系统", "Fire alarm").aliases(&["是否设置火灾自动报警系统"]),
    Field::bool("sprinkler", "自动喷水灭火系统", "Sprinklers").aliases(&["是否设置火灾自动喷水灭火系统"]),
    Field::bool("indoor_hydrant", "室内消火栓系统", "Indoor hydrants").aliases(&["是否设置室内消火栓系统"]),
    Field::bool("smoke_control", "防烟排烟系统", "Smoke control").aliases(&["是否设置防烟排烟系统"]),
    Field::text("contact", "联系人及电话", "Contact")
        .aliases(&["联系人", "电话", "电话（手机）", "联系电话"])
        .restricted(),
    Field::choice("supervised_by", "监管主体", "Supervised by", SUPERVISORS).aliases(&["监管单位"]),
    Field::date("last_inspected", "最近检查日期", "Last inspected").aliases(&[
        "检查日期",
        "排查日期",
        "inspection_date",
    ]),
];

/// Position of the name.
pub const NAME: usize = position(FIELDS, "name");
/// Position of the class.
pub const CLASS: usize = position(FIELDS, "class");
/// Position of the building it is in.
pub const BUILDING: usize = position(FIELDS, "building");
/// Position of the floor area above ground.
pub const AREA_ABOVE_M2: usize = position(FIELDS, "area_above_m2");
/// Position of the floor area below ground.
pub const AREA_BELOW_M2: usize = position(FIELDS, "area_below_m2");
/// Position of the rooms.
pub const ROOMS: usize = position(FIELDS, "rooms");
/// Position of the fire alarm.
pub const ALARM: usize = position(FIELDS, "alarm");
/// Position of the sprinklers.
pub const SPRINKLER: usize = position(FIELDS, "sprinkler");
/// Position of the indoor hydrants.
pub const INDOOR_HYDRANT: usize = position(FIELDS, "indoor_hydrant");
/// Position of the smoke control.
pub const SMOKE_CONTROL: usize = position(FIELDS, "smoke_control");
/// Position of the day of the last inspection.
pub const LAST_INSPECTED: usize = position(FIELDS, "last_inspected");
