//! 火灾与救援: what happened.

use crate::model::field::{Choice, Field, position};
use crate::model::layer::{GeometryKind, LayerDef};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "incident",
    zh: "火灾与救援",
    en: "Incidents",
    geometry: GeometryKind::Point,
    fields: FIELDS,
    osm: &[],
    tile_zoom: 13,
    hints: &["incident", "火灾", "警情"],
};

const KINDS: &[Choice] =
    &[Choice::new("fire", "火灾", "Fire", &["火警"]), Choice::new("rescue", "救援", "Rescue", &["抢险救援"])];

const FIELDS: &[Field] = &[
    Field::choice("kind", "类型", "Kind", KINDS).aliases(&["警情类型"]).zoom(0),
    Field::instant("occurred", "时间", "Time").aliases(&["发生时间", "接警时间", "date"]),
    Field::text("cause", "原因", "Cause").aliases(&["起火原因"]),
    Field::integer("deaths", "死亡人数", "Deaths", "人", 0, 100_000).aliases(&["亡人"]),
    Field::integer("injured", "受伤人数", "Injured", "人", 0, 100_000).aliases(&["伤人"]),
    Field::real("loss_yuan", "直接损失", "Loss", "元", 0.0, 1e13).aliases(&["直接财产损失", "损失"]),
];

/// Position of the kind.
pub const KIND: usize = position(FIELDS, "kind");
/// Position of the time.
pub const OCCURRED: usize = position(FIELDS, "occurred");
