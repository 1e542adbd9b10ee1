//! 建筑: what is to be protected.

use super::SUPERVISORS;
use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "building",
    zh: "建筑",
    en: "Buildings",
    geometry: GeometryKind::Polygon,
    fields: FIELDS,
    osm: &[OsmRule { key: "building", values: &["*"] }],
    tile_zoom: 14,
    hints: &["building", "house", "footprint", "建筑", "楼", "房屋", "高层"],
};

/// Uses of a building.
pub const USES: &[Choice] = &[
    Choice::new(
        "residential",
        "住宅",
        "Housing",
        &["居住", "居民楼", "apartments", "house", "detached", "semidetached_house", "terrace", "bungalow", "dwelling"],
    ),
    Choice::new("dormitory", "宿舍、公寓", "Dormitory, flats", &["宿舍", "公寓", "集体宿舍"]),
    Choice::new("mixed", "商住混合", "Mixed use", &["商住", "商住楼", "综合楼", "mixed_use"]),
    Choice::new("office", "办公", "Offices", &["办公楼", "写字楼", "government", "townhall"]),
    Choice::new(
        "commercial",
        "商业",
        "Commercial",
        &["商店", "商铺", "shop", "retail", "kiosk", "bank", "restaurant", "餐饮"],
    ),
    Choice::new("mall", "商场", "Shopping mall", &["购物中心", "商业综合体", "department_store", "supermarket"]),
    Choice::new("market", "市场", "Market", &["专业市场", "农贸市场", "marketplace"]),
    Choice::new("hotel", "宾馆饭店", "Hotel", &["宾馆", "酒店", "旅馆", "hostel", "guest_house"]),
    Choice::new("school", "学校", "School", &["中学", "小学", "university", "college", "education"]),
    Choice::new("kindergarten", "幼儿园", "Kindergarten", &["托儿所", "childcare"]),
    Choice::new("hospital", "医院", "Hospital", &["卫生院", "clinic", "医疗"]),
    Choice::new(
        "elderly_care",
        "养老机构",
        "Home for the elderly",
        &["养老院", "敬老院", "nursing_home", "social_facility"],
    ),
    Choice::new("industrial", "厂房", "Factory", &["工业", "工厂", "manufacture", "factory", "works"]),
    Choice::new("warehouse", "库房", "Warehouse", &["仓库", "仓储", "冷库", "storage_tank", "silo"]),
    Choice::new("heritage", "文物古建", "Heritage", &["文物", "古建筑", "castle", "ruins", "historic"]),
    Choice::new(
        "religious",
        "宗教",
        "Religious",
        &["寺庙", "教堂", "church", "chapel", "mosque", "temple", "cathedral", "place_of_worship"],
    ),
    Choice::new(
        "public",
        "公共建筑",
        "Public",
        &[
            "公共",
            "civic",
            "museum",
            "library",
            "theatre",
            "sports_hall",
            "stadium",
            "train_station",
            "transportation",
            "fire_station",
        ],
    ),
    Choice::new("garage", "车库", "Garage", &["停车楼", "garages", "carport", "parking"]),
    Choice::new("farm", "农业", "Farm", &["barn", "stable", "farm_auxiliary", "greenhouse", "cowshed", "sty"]),
    Choice::new("utility", "市政设施", "Utility", &["service", "transformer_tower", "water_tower", "变电站"]),
    Choice::new("minor", "附属建筑", "Outbuilding", &["shed", "hut", "roof", "cabin", "container", "附属用房"]),
    Choice::new("other", "其他", "Other", &["其它"]),
];

const INSULATION_CLASSES: &[Choice] = &[
    Choice::new("a", "A 级（不燃）", "A (non-combustible)", &["a级", "不燃"]),
    Choice::new("b1", "B1 级（难燃）", "B1 (hard to ignite)", &["b1级", "难燃"]),
    Choice::new("b2", "B2 级（可燃）", "B2 (combustible)", &["b2级", "可燃"]),
    Choice::new("b3", "B3 级（易燃）", "B3 (easily ignited)", &["b3级", "易燃"]),
];

const FIELDS: &[Field] = &[
    Field::text("name", "名称", "Name")
        .aliases(&["建筑名称", "楼栋名称", "楼名", "building_name", "楼宇名称"])
        .osm(&["name:zh", "name"])
        .zoom(14),
    Field::text("address", "地址", "Address")
        .aliases(&["详细地址", "建筑地址", "门牌号", "addr"])
        .osm(&["addr:full", "addr:street+addr:housenumber"]),
    Field::choice("use", "用途", "Use", USES)
        .aliases(&["使用性质", "建筑用途", "建筑类型", "building_use", "usage", "building"])
        .osm(&["amenity", "shop", "tourism", "building:use", "building"])
        .zoom(14),
    Field::real("height_m", "建筑高度", "Height", "m", 0.5, 1500.0)
        .aliases(&["高度", "建筑高度(米)", "height", "高度(m)"])
        .osm(&["height", "building:height"])
        .zoom(14),
    Field::integer("floors_above", "地上层数", "Floors above ground", "", 0, 300)
        .aliases(&["层数", "地上楼层", "总层数", "楼层数", "floors", "levels", "storeys"])
        .osm(&["building:levels"])
        .zoom(14),
    Field::integer("floors_below", "地下层数", "Floors below ground", "", 0, 30)
        .aliases(&["地下楼层", "basement_floors"])
        .osm(&["building:levels:underground"]),
    Field::integer("year_built", "建成年份", "Year built", "", 500, 2200)
        .aliases(&["建成年代", "竣工年份", "建造年份", "年代", "year", "built"])
        .osm(&["start_date", "building:start_date", "year_of_construction"])
        .zoom(15),
    Field::real("floor_area_m2", "建筑面积", "Floor area", "m²", 0.0, 10_000_000.0).aliases(&[
        "面积",
        "总建筑面积",
        "建筑面积(平方米)",
        "area",
        "gross_floor_area",
    ]),
    Field::choice("insulation", "外保温等级", "Insulation class", INSULATION_CLASSES)
        .aliases(&["外墙保温", "保温材料等级"]),
    Field::real("entrance_elevation_m", "入口标高", "Elevation of entrance", "m", -500.0, 9000.0)
        .aliases(&["标高", "高程", "elevation"])
        .osm(&["ele"]),
    Field::integer("residents", "常住人数", "Residents", "人", 0, 100_000).aliases(&["居住人数", "人数", "population"]),
    Field::integer("care_residents", "一对一帮扶人数", "People in one-to-one care", "人", 0, 100_000)
        .aliases(&["帮扶人数", "特殊人群数"])
        .restricted(),
    Field::integer("e_bikes", "电动自行车数", "E-bikes", "", 0, 100_000).aliases(&["电动车数", "ebikes"]),
    Field::integer("charging_ports", "充电端口数", "Charging ports", "", 0, 100_000).aliases(&["充电端口", "充电口数"]),
    Field::integer("gas_cylinders", "液化气瓶数", "Gas cylinders", "", 0, 100_000).aliases(&["气瓶数", "瓶装气"]),
    Field::text("iot_installed", "已装物联设备", "IoT kinds installed").aliases(&["物联网设备"]),
    Field::text("iot_reporting", "在线物联设备", "IoT kinds reporting").aliases(&["在线设备"]),
    Field::text("manager", "管理主体", "Managed by")
        .aliases(&["管理单位", "物业公司", "物业", "operator"])
        .osm(&["operator"]),
    Field::text("contact", "联系人及电话", "Contact")
        .aliases(&["联系人", "联系电话", "电话", "手机", "负责人", "phone", "contact_name"])
        .osm(&["contact:phone", "phone"])
        .restricted(),
    Field::choice("supervised_by", "监管主体", "Supervised by", SUPERVISORS).aliases(&["监管单位", "监督管辖"]),
    Field::integer("stairs", "疏散楼梯数", "Stairs", "", 0, 200).aliases(&["疏散楼梯", "楼梯数", "安全出口数"]),
    Field::date("last_inspected", "最近检查日期", "Last inspected").aliases(&[
        "检查日期",
        "排查日期",
        "最近排查日期",
        "last_inspection",
        "inspection_date",
    ]),
];

/// Position of the name.
pub const NAME: usize = position(FIELDS, "name");
/// Position of the address.
pub const ADDRESS: usize = position(FIELDS, "address");
/// Position of the use.
pub const USE: usize = position(FIELDS, "use");
/// Position of the height.
pub const HEIGHT_M: usize = position(FIELDS, "height_m");
/// Position of the floors above ground.
pub const FLOORS_ABOVE: usize = position(FIELDS, "floors_above");
/// Position of the floors below ground.
pub const FLOORS_BELOW: usize = position(FIELDS, "floors_below");
/// Position of the year it was built.
pub const YEAR_BUILT: usize = position(FIELDS, "year_built");
/// Position of the floor area.
pub const FLOOR_AREA_M2: usize = position(FIELDS, "floor_area_m2");
/// Position of the elevation of the entrance.
pub const ENTRANCE_ELEVATION_M: usize = position(FIELDS, "entrance_elevation_m");
/// Position of the residents.
pub const RESIDENTS: usize = position(FIELDS, "residents");
/// Position of the class of exterior insulation.
pub const INSULATION: usize = position(FIELDS, "insulation");
/// Position of the e-bikes.
pub const E_BIKES: usize = position(FIELDS, "e_bikes");
/// Position of the charging ports.
pub const CHARGING_PORTS: usize = position(FIELDS, "charging_ports");
/// Position of the gas cylinders.
pub const GAS_CYLINDERS: usize = position(FIELDS, "gas_cylinders");
/// Position of the kinds of devices installed.
pub const IOT_INSTALLED: usize = position(FIELDS, "iot_installed");
/// Position of the kinds of devices that report.
pub const IOT_REPORTING: usize = position(FIELDS, "iot_reporting");
/// Position of the stairs.
pub const STAIRS: usize = position(FIELDS, "stairs");
/// Position of the day of the last inspection.
pub const LAST_INSPECTED: usize = position(FIELDS, "last_inspected");
