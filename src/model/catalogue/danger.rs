//! 隐患: a hidden danger, from report to closing.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "danger",
    zh: "隐患",
    en: "Hidden dangers",
    geometry: GeometryKind::Point,
    fields: FIELDS,
    osm: &[],
    tile_zoom: 13,
    hints: &["danger", "隐患"],
};

/// Grades, lightest first.
pub const GRADES: &[Choice] = &[
    Choice::new("minor", "轻微", "Minor", &["轻微隐患"]),
    Choice::new("ordinary", "一般", "Ordinary", &["一般隐患"]),
    Choice::new("principal", "原则性", "Of principle", &["原则性隐患"]),
    Choice::new("major", "重大", "Major", &["重大隐患", "重大火灾隐患"]),
];

const STATES: &[Choice] = &[
    Choice::new("reported", "上报", "Reported", &["已上报", "open", "新增", "未处理"]),
    Choice::new("verified", "核实", "Verified", &["已核实"]),
    Choice::new("to_mend", "限期整改", "To be put right", &["整改中", "待整改", "未整改"]),
    Choice::new("mended", "已整改", "Put right", &["整改完成", "当场整改"]),
    Choice::new("closed", "销号", "Closed", &["已销号", "复查合格"]),
];

const ABOUT_WHAT: &[Choice] = &[
    Choice::new("building", "建筑", "Building", &["楼栋"]),
    Choice::new("place", "场所", "Place", &["单位"]),
    Choice::new("lane", "消防车道", "Fire lane", &["车道"]),
    Choice::new("hydrant", "消火栓", "Hydrant", &["消防栓"]),
    Choice::new("estate", "小区", "Estate", &[]),
    Choice::new("road", "道路", "Road", &[]),
];

const FIELDS: &[Field] = &[
    Field::choice("about", "对象类型", "About", ABOUT_WHAT).aliases(&["隐患对象类型"]),
    Field::text("about_key", "对象", "About which").aliases(&["隐患对象", "所在单位"]),
    Field::text("kind", "隐患类别", "Kind").aliases(&["类别", "隐患类型"]).zoom(13),
    Field::choice("grade", "等级", "Grade", GRADES).aliases(&["隐患等级"]).zoom(0),
    Field::choice("state", "状态", "State", STATES).aliases(&["整改状态", "进度"]).zoom(0),
    Field::text("text", "描述", "Text").aliases(&["隐患描述", "具体问题", "问题"]),
    Field::text("measure", "整改措施", "Measure").aliases(&["措施"]),
    Field::text("responsible", "整改责任人", "Responsible").aliases(&["责任人", "联系电话"]).restricted(),
    Field::instant("reported", "上报时间", "Reported").aliases(&["发现时间"]),
    Field::date("due", "整改期限", "Due").aliases(&["限期"]),
    Field::instant("closed", "销号时间", "Closed").aliases(&["办结时间"]),
    Field::text("campaign", "专项行动", "Campaign").aliases(&["专项"]),
    Field::integer("reopened", "反弹次数", "Times it came back", "", 0, 1000).aliases(&["反弹"]),
];

/// Position of the kind of thing it is about.
pub const ABOUT: usize = position(FIELDS, "about");
/// Position of the thing it is about.
pub const ABOUT_KEY: usize = position(FIELDS, "about_key");
/// Position of the kind.
pub const KIND: usize = position(FIELDS, "kind");
/// Position of the grade.
pub const GRADE: usize = position(FIELDS, "grade");
/// Position of the state.
pub const STATE: usize = position(FIELDS, "state");
/// Position of the text.
pub const TEXT: usize = position(FIELDS, "text");
/// Position of the time of the report.
pub const REPORTED: usize = position(FIELDS, "reported");
/// Position of the day by which it is to be put right.
pub const DUE: usize = position(FIELDS, "due");
/// Position of the time of closing.
pub const CLOSED: usize = position(FIELDS, "closed");
/// Position of the times it came back.
pub const REOPENED: usize = position(FIELDS, "reopened");
