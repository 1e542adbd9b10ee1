//! A fire lane against the rules.

use super::finding::{Verdict, judge};
use crate::rules::{AccessRule, AccessRules};

/// What is known of a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LaneFacts {
    /// Clear width in metres.
    pub width_m: Option<f64>,
    /// Clear height in metres.
    pub clear_height_m: Option<f64>,
    /// Slope in percent, up or down.
    pub slope_pct: Option<f64>,
    /// Turning radius in metres.
    pub turning_radius_m: Option<f64>,
    /// Whether it has a turnaround.
    pub turnaround: Option<bool>,
    /// Length in metres of its dead end, 0 where it has none; `None` where nobody can tell.
    pub dead_end_m: Option<f64>,
    /// Metres from its centre line to the nearest wall; `None` where no wall is near.
    pub wall_m: Option<f64>,
    /// Whether it serves a high-rise, to which ladder trucks come.
    pub serves_high_rise: bool,
}

/// Tells each rule that is about the lane: what was measured and how it stands.
pub fn judge_lane(facts: &LaneFacts, rules: &AccessRules, mut told: impl FnMut(AccessRule, Option<f64>, Verdict)) {
    let radius = if facts.serves_high_rise { AccessRule::TurningRadiusLadder } else { AccessRule::TurningRadius };
    let slope = facts.slope_pct.map(f64::abs);
    let measured = [
        (AccessRule::LaneWidth, facts.width_m),
        (AccessRule::LaneHeight, facts.clear_height_m),
        (AccessRule::LaneSlope, slope),
        (AccessRule::LaneSlopeShould, slope),
        (radius, facts.turning_radius_m),
    ];
    for (which, value) in measured {
        if let Some(rule) = rules.get(which) {
            told(which, value, judge(rule, value));
        }
    }
    if let (Some(rule), Some(wall_m)) = (rules.get(AccessRule::LaneWall), facts.wall_m) {
        // Rules are of the lane's edge, drawings of its centre line. An edge is no farther than the centre line.
        let edge_m = facts.width_m.map(|width| (wall_m - width / 2.0).max(0.0));
        let verdict = match edge_m {
            None if !rule.allows(wall_m) => Verdict::below(rule),
            edge_m => judge(rule, edge_m),
        };
        told(AccessRule::LaneWall, edge_m, verdict);
    }
    if let Some(rule) = rules.get(AccessRule::LaneDeadEnd) {
        let verdict = match judge(rule, facts.dead_end_m) {
            Verdict::Kept => Verdict::Kept,
            // Turned round at the end, or nobody knows: whether it is a dead end at all, or whether one can turn.
            _ if facts.turnaround == Some(true) => Verdict::Kept,
            below if facts.turnaround == Some(false) => below,
            _ => Verdict::Unknown,
        };
        told(AccessRule::LaneDeadEnd, facts.dead_end_m, verdict);
    }
}
