//! What is known of a road or fire lane that matters to who moves on it.

use crate::model::{AttributesRef, FeatureId, Layer, road};
use crate::rules::LANE;

/// Which way a road may be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneWay {
    /// Both ways.
    No,
    /// As it is drawn.
    Forward,
    /// Against its drawing.
    Backward,
}

/// A road or fire lane, without its shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Its layer: road or lane.
    pub layer: Layer,
    /// Its slot there.
    pub slot: u32,
    /// Its number there.
    pub id: FeatureId,
    /// Position among the classes of road; of a lane, or of a road whose class nobody knows, beyond them.
    pub class: u8,
    /// Which way it may be driven.
    pub one_way: OneWay,
    /// Clear width in centimetres, 0 where nobody knows it.
    pub width_cm: u16,
    /// Clear height in centimetres, 0 where nobody knows it.
    pub height_cm: u16,
    /// What it bears in tonnes, 0 where nobody knows it.
    pub bearing_t: u16,
    /// Slope in per mille as it is drawn, uphill positive, where somebody measured it.
    pub slope_permille: Option<i16>,
    /// Elevation of its two ends in centimetres, where somebody measured it.
    pub ends_cm: [Option<i32>; 2],
    /// Nobody drives here now.
    pub blocked: bool,
    /// How high it lies over others it crosses.
    pub level: i8,
    /// Whether it is a bridge or in a tunnel.
    pub is_structure: bool,
    /// Whether its vertices are those of other lines wherever they meet, as in OpenStreetMap.
    pub is_noded: bool,
}

/// The class of a lane.
const OF_LANE: u8 = road::CLASSES.len() as u8;
/// The class of a road of which nobody knows it.
const OF_NOBODY: u8 = OF_LANE + 1;
/// How many classes there are.
pub const CLASSES: usize = OF_NOBODY as usize + 1;

/// The word of a class in profiles; a road of unknown class is one that anybody may drive (其他车行道).
pub fn class_code(class: usize) -> &'static str {
    match road::CLASSES.get(class) {
        Some(choice) => choice.code,
        None if class == OF_LANE as usize => LANE,
        None => "unclassified",
    }
}

impl Line {
    /// Of a row of the road or lane layer.
    pub fn of(layer: Layer, slot: u32, id: FeatureId, source_key: &str, known: AttributesRef<'_>) -> Line {
        let is_lane = layer == Layer::Lane;
        let number = |field: &str| layer.field(field).and_then(|(ix, _)| known.number(layer, ix));
        let word = |field: &str| layer.field(field).and_then(|(ix, _)| known.choice(layer, ix));
        let yes = |field: &str| layer.field(field).and_then(|(ix, _)| known.bool(layer, ix)).unwrap_or(false);
        let cm = |field: &str| number(field).map_or(0, |m| (m * 100.0).round().clamp(1.0, 65_535.0) as u16);
        let class = if is_lane {
            OF_LANE
        } else {
            let known = known.choice(layer, road::CLASS);
            known
                .and_then(|code| road::CLASSES.iter().position(|class| class.code == code))
                .map_or(OF_NOBODY, |at| at as u8)
        };
        let ends = |field: &str| if is_lane { None } else { number(field).map(|m| (m * 100.0).round() as i32) };
        Line {
            layer,
            slot,
            id,
            class,
            one_way: match word("one_way") {
                Some("forward") => OneWay::Forward,
                Some("backward") => OneWay::Backward,
                _ => OneWay::No,
            },
            width_cm: cm("width_m"),
            height_cm: cm("clear_height_m"),
            bearing_t: number("bearing_t").map_or(0, |t| t.round().clamp(1.0, 65_535.0) as u16),
            slope_permille: number("slope_pct").map(|pct| (pct * 10.0).round().clamp(-1000.0, 1000.0) as i16),
            ends_cm: [ends("start_elevation_m"), ends("end_elevation_m")],
            blocked: yes("blocked") || (is_lane && word("state") == Some("obstructed")),
            level: number("level").map_or(0, |level| level as i8),
            is_structure: yes("bridge") || yes("tunnel"),
            is_noded: source_key.starts_with("way/"),
        }
    }

    /// Whether another lies and leads as it does, whoever may use it.
    pub fn lies_as(&self, other: &Line) -> bool {
        let Line { one_way, width_cm, height_cm, bearing_t, blocked, .. } = *other;
        Line { one_way, width_cm, height_cm, bearing_t, blocked, ..*self } == *other
    }

    /// What it is to profiles.
    pub fn class_code(&self) -> &'static str {
        class_code(usize::from(self.class))
    }
}
