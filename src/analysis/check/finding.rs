//! A finding, and the kinds there are.

use super::sheet::CheckedRow;
use crate::analysis::inner_place;
use crate::model::{FeatureId, Layer, Place};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// 矛盾: two things said cannot both be.
    Contradiction,
    /// 可疑: it can be, but hardly is.
    Odd,
    /// 缺失: it is not said, or not there.
    Missing,
}

impl Severity {
    /// The word in tables and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Severity::Contradiction => "contradiction",
            Severity::Odd => "odd",
            Severity::Missing => "missing",
        }
    }
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $variant:ident $code:literal $severity:ident;)+) => {
        /// A kind of finding. The order is the order in which findings are told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $( $(#[$meta])* $variant ),+ }

        impl Kind {
            /// Every kind, in order.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),+];

            /// The word in tables and JSON.
            pub fn code(self) -> &'static str {
                match self { $(Kind::$variant => $code),+ }
            }

            /// How grave it is.
            pub fn severity(self) -> Severity {
                match self { $(Kind::$variant => Severity::$severity),+ }
            }

            /// The kind of a word.
            pub fn named(code: &str) -> Option<Kind> {
                Kind::ALL.iter().copied().find(|kind| kind.code() == code)
            }
        }
    };
}

kinds! {
    /// A row without a shape that can be read; not in the city at all.
    RowLeftOut "row_left_out" Contradiction;
    /// A value that its field cannot hold, written by another program.
    ValueRefused "value_refused" Contradiction;
    /// Height and floors do not go together.
    HeightAgainstFloors "height_against_floors" Contradiction;
    /// It is built after today.
    YearAhead "year_built_ahead" Contradiction;
    /// The given floor area is far from footprint × floors.
    FloorAreaAgainstFootprint "floor_area_against_footprint" Contradiction;
    /// It was inspected after today.
    InspectedAhead "inspected_ahead" Contradiction;
    /// In service, with no pressure at all.
    InServiceWithoutPressure "in_service_without_pressure" Contradiction;
    /// The building it names is not there.
    NamesNoBuilding "names_no_building" Contradiction;
    /// It was closed before it was reported.
    ClosedBeforeReported "closed_before_reported" Contradiction;
    /// Two areas of one level share ground.
    AreasOverlap "areas_overlap" Contradiction;
    /// Two areas of one level have one code.
    AreaCodeTwice "area_code_twice" Contradiction;
    /// No area has the code it names as its parent's.
    AreaParentMissing "area_parent_missing" Contradiction;
    /// Most of a layer is there twice, from two sources.
    SourcesAlike "sources_alike" Odd;
    /// The same thing from another source.
    TwinOfOtherSource "twin_of_other_source" Odd;
    /// The same thing from the same source.
    Twin "twin" Odd;
    /// A height that hardly any building has.
    HeightOdd "height_odd" Odd;
    /// More residents than it has room for, or fewer than none.
    ResidentsOdd "residents_odd" Odd;
    /// It stands in the water.
    InWater "in_water" Odd;
    /// It stands in a building.
    InBuilding "in_building" Odd;
    /// A pressure that no water main has.
    PressureOdd "pressure_odd" Odd;
    /// A flow that no hydrant gives.
    FlowOdd "flow_odd" Odd;
    /// A line of no length.
    NoLength "no_length" Odd;
    /// A ring crosses itself.
    SelfCrossing "self_crossing" Odd;
    /// Areas of a level leave ground between them.
    AreasLeaveHole "areas_leave_hole" Odd;
    /// A piece of the network that nothing joins to the largest.
    RoadIsland "road_island" Odd;
    /// A dead end that stops a little short of another line.
    RoadEndNear "road_end_near" Odd;
    /// Neither height nor floors.
    HeightAndFloorsUnknown "height_and_floors_unknown" Missing;
    /// A height, but neither floors nor floor area.
    FloorsUnknown "floors_unknown" Missing;
    /// In no area of a level that exists.
    InNoArea "in_no_area" Missing;
    /// What kind of water it is, is not known.
    HydrantKindUnknown "hydrant_kind_unknown" Missing;
    /// Whether it works is not known.
    HydrantStateUnknown "hydrant_state_unknown" Missing;
    /// Nobody has looked at it, as far as is known.
    NeverInspected "never_inspected" Missing;
    /// Its last inspection is older than the rule pack's period.
    InspectionOld "inspection_old" Missing;
    /// Neither pressure nor flow was measured.
    Unmeasured "unmeasured" Missing;
    /// Nobody on shift.
    StationWithoutStaff "station_without_staff" Missing;
    /// No vehicle.
    StationWithoutVehicles "station_without_vehicles" Missing;
    /// No building served is named and none is within reach.
    WithoutBuilding "without_building" Missing;
    /// The width of a way is not known.
    WidthUnknown "width_unknown" Missing;
    /// The clear height of a fire lane is not known.
    ClearHeightUnknown "clear_height_unknown" Missing;
    /// What class a road is, is not known.
    RoadClassUnknown "road_class_unknown" Missing;
    /// No way from it to a road was found.
    NoWayToRoad "no_way_to_road" Missing;
    /// An area without a level.
    AreaLevelUnknown "area_level_unknown" Missing;
    /// An area without a name.
    AreaNameUnknown "area_name_unknown" Missing;
    /// An area without a code.
    AreaCodeUnknown "area_code_unknown" Missing;
}

/// One thing found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What kind it is.
    pub kind: Kind,
    /// The layer of the feature.
    pub layer: Layer,
    /// The feature.
    pub id: FeatureId,
    /// Where to look; `None` of a row without a shape.
    pub place: Option<Place>,
    /// The other feature it is about.
    pub other: Option<(Layer, FeatureId)>,
    /// The figures that make it a finding, named like fields, the unit in the name.
    pub values: Box<[(&'static str, f64)]>,
    /// A word that belongs to it, such as the level of area or a name; empty where there is none.
    pub note: Box<str>,
}

impl Finding {
    /// Of a row, at a place inside it.
    pub(super) fn new(kind: Kind, layer: Layer, row: &CheckedRow<'_>) -> Finding {
        let place = Some(inner_place(row.shape));
        Finding { kind, layer, id: row.id, place, other: None, values: Box::default(), note: Box::default() }
    }

    /// The same with figures.
    pub(super) fn with(self, values: &[(&'static str, f64)]) -> Finding {
        Finding { values: values.into(), ..self }
    }

    /// The same about another feature too.
    pub(super) fn about(self, layer: Layer, id: FeatureId) -> Finding {
        Finding { other: Some((layer, id)), ..self }
    }

    /// The same with a word.
    pub(super) fn noting(self, note: impl Into<Box<str>>) -> Finding {
        Finding { note: note.into(), ..self }
    }

    /// What findings are put in order by.
    pub fn rank(&self) -> impl Ord {
        (self.kind, self.layer, self.id, self.other, &*self.note, self.place)
    }
}

/// A figure to a tenth: no measure here is finer.
pub(super) fn tenths(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}
