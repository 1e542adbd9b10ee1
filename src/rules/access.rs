//! The rules of access: lanes, high-rises and ladder fields, looked up once for a day.
//!
//! A pack may say nothing of any of them; what it does not say is not judged.

use jiff::civil::Date;

use super::known::{Known, optional};
use super::{Metric, Pack, Rule};

macro_rules! access_rules {
    ($($(#[$meta:meta])* $variant:ident $id:literal $unit:literal $metric:ident;)+) => {
        /// A number of access that a pack may give.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AccessRule { $( $(#[$meta])* $variant ),+ }

        impl AccessRule {
            /// All of them, in order.
            pub const ALL: &'static [AccessRule] = &[$(AccessRule::$variant),+];

            /// Its id in packs.
            pub fn id(self) -> &'static str {
                match self { $(AccessRule::$variant => $id),+ }
            }
        }

        /// Their ids with units and metrics.
        pub(super) const KNOWN: &[Known] = &[$(optional($id, $unit, &[Metric::$metric])),+];
    };
}

access_rules! {
    /// Clear width of a lane.
    LaneWidth "lane.width" "m" None;
    /// Clear height of a lane.
    LaneHeight "lane.clear_height" "m" None;
    /// Slope of a lane that must be kept.
    LaneSlope "lane.slope" "%" None;
    /// Slope of a lane that should be kept.
    LaneSlopeShould "lane.slope_should" "%" None;
    /// From the edge of a lane to a wall.
    LaneWall "lane.wall_distance" "m" Straight;
    /// Length of a dead end up to which it needs no turnaround.
    LaneDeadEnd "lane.dead_end" "m" Route;
    /// Side of a turnaround.
    Turnaround "lane.turnaround" "m" None;
    /// Side of a turnaround beside a high-rise.
    TurnaroundHighRise "lane.turnaround_high_rise" "m" None;
    /// Side of a turnaround for heavy vehicles.
    TurnaroundHeavy "lane.turnaround_heavy" "m" None;
    /// Turning radius for an engine.
    TurningRadius "lane.turning_radius" "m" None;
    /// Turning radius for a ladder truck.
    TurningRadiusLadder "lane.turning_radius_ladder" "m" None;
    /// How far from a wall a lane may run and still lie along it.
    LaneWithin "access.lane_within" "m" Straight;
    /// Which part of a side a lane must pass to lie along it.
    SideShare "access.side_share" "%" None;
    /// Height beyond which a public building of several floors is a high-rise.
    HighRisePublic "high_rise.public_above" "m" None;
    /// Height beyond which housing is a high-rise.
    HighRiseHousing "high_rise.housing_above" "m" None;
    /// Long sides of high-rise housing along which a lane runs.
    SidesHousing "high_rise.lane_sides_housing" "sides" None;
    /// Long sides of a public high-rise along which a lane runs.
    SidesPublic "high_rise.lane_sides_public" "sides" None;
    /// Long sides of a high-rise before which there is a ladder field.
    FieldSides "ladder_field.sides" "sides" None;
    /// Length of a ladder field.
    FieldLength "ladder_field.length" "m" None;
    /// Height of a building beyond which its ladder field is longer.
    FieldTallAbove "ladder_field.tall_above" "m" None;
    /// Length of a ladder field of such a building.
    FieldLengthTall "ladder_field.length_tall" "m" None;
    /// Width of a ladder field.
    FieldWidth "ladder_field.width" "m" None;
    /// Least distance of a ladder field from the wall.
    FieldWallLeast "ladder_field.wall_least" "m" Straight;
    /// Most distance of a ladder field from the wall.
    FieldWallMost "ladder_field.wall_most" "m" Straight;
    /// Slope of a ladder field.
    FieldSlope "ladder_field.slope" "%" None;
}

/// The rules of access on one day; what the standard says nothing of is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessRules(Vec<Option<Rule>>);

impl AccessRules {
    /// Looks them up.
    pub fn on(pack: &Pack, day: Date) -> AccessRules {
        AccessRules(AccessRule::ALL.iter().map(|rule| pack.on(day, rule.id()).cloned()).collect())
    }

    /// One of them.
    pub fn get(&self, rule: AccessRule) -> Option<&Rule> {
        self.0.get(rule as usize)?.as_ref()
    }

    /// Its number.
    pub fn value(&self, rule: AccessRule) -> Option<f64> {
        self.get(rule).map(|rule| rule.value)
    }

    /// Whether the pack says nothing of access.
    pub fn is_silent(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}
