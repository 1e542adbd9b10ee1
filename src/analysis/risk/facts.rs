//! All that is known of one building for its score, as whole numbers; `None` is unknown, never good.

use super::danger::OpenDanger;
use crate::analysis::Grade;
use crate::analysis::access::Gets;

/// What is known of a building.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The year it is.
    pub year: i64,
    /// Use, a code of the model.
    pub usage: Option<&'static str>,
    /// Height in millimetres.
    pub height_mm: Option<i64>,
    /// Floors above ground.
    pub floors: Option<i64>,
    /// Year in which it was built.
    pub year_built: Option<i64>,
    /// Class of exterior insulation, a code of the model.
    pub insulation: Option<&'static str>,
    /// E-bikes.
    pub e_bikes: Option<i64>,
    /// Charging ports.
    pub ports: Option<i64>,
    /// E-bikes and ports of the estate, where all of it is known.
    pub estate: Option<[i64; 2]>,
    /// Gas cylinders.
    pub gas: Option<i64>,
    /// Residents.
    pub residents: Option<i64>,
    /// Floor area in dm², given or from footprint and floors.
    pub floor_dm2: Option<i64>,
    /// Stairs that lead out.
    pub stairs: Option<i64>,
    /// Devices.
    pub iot: Option<IotFacts>,
    /// Days since the last inspection.
    pub inspected_d: Option<i64>,
    /// The places in it.
    pub places: Vec<PlaceFacts>,
    /// Water.
    pub water: WaterFacts,
    /// The first micro-station to arrive.
    pub micro: Arrival,
    /// The first engine to arrive.
    pub engine: Arrival,
    /// From the road where an engine stops up to the entrance, in millimetres; below 0 downhill.
    pub climb_mm: Option<i64>,
    /// Whether an engine gets there.
    pub engine_gets: Gets,
    /// Whether a lane that serves it is known to be obstructed.
    pub lane_obstructed: bool,
    /// Its ladder fields.
    pub ladder: LadderFacts,
    /// Its open dangers.
    pub dangers: Vec<OpenDanger>,
}

/// Kinds of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IotFacts {
    /// Kinds installed.
    pub installed: u32,
    /// Of these the kinds that report.
    pub reporting: Option<u32>,
}

/// A place in a building.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PlaceFacts {
    /// What the data call its class.
    pub class: Option<Box<str>>,
    /// Area above and below ground in thousandths of a square metre.
    pub area: [Option<i64>; 2],
    /// Rooms.
    pub rooms: Option<i64>,
    /// Alarm, sprinklers, indoor hydrants, smoke control.
    pub systems: [Option<bool>; 4],
}

/// A hydrant that may count for a building.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its slot.
    pub slot: u32,
    /// The best grade it surely has; nominal is of unknown state.
    pub grade: Grade,
    /// Millimetres of way to it.
    pub way_mm: u32,
}

/// The hydrants of a building.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WaterFacts {
    /// Those that count, each once, in no order.
    pub hydrants: Vec<Candidate>,
    /// The nearest that exists and is known not to work.
    pub idle: Option<Candidate>,
    /// The longest way that counts, in millimetres.
    pub limit_mm: u32,
    /// Whether one of unknown state or way may be within the limit beside those.
    pub perhaps: bool,
    /// Whether nobody can tell at all: no way to a road was found, or no hydrant of the town is known.
    pub unknown: bool,
    /// Whether it is known that no serviceable one is within the limit.
    pub lacks: bool,
    /// Measured as the crow flies and not as hose is laid.
    pub straight: bool,
}

/// When a crew arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Milliseconds after the alarm, along the roads.
    After(u32),
    /// The same, guessed from the straight line.
    About(u32),
    /// Nobody comes.
    Nobody,
    /// Nobody knows.
    Unknown,
}

/// Ladder fields of a building.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LadderFacts {
    /// Whether anybody has drawn ladder fields in this city; where nobody has, none here tells nothing.
    pub drawn: bool,
    /// Whether it has one.
    pub any: bool,
    /// Whether one of them is known to be obstructed.
    pub obstructed: bool,
    /// Whether a ladder truck gets to the best of them.
    pub reached: Gets,
}

impl Facts {
    /// Of a building of which nothing is known, in a year.
    pub fn unknown(year: i64, limit_mm: u32) -> Facts {
        Facts {
            year,
            usage: None,
            height_mm: None,
            floors: None,
            year_built: None,
            insulation: None,
            e_bikes: None,
            ports: None,
            estate: None,
            gas: None,
            residents: None,
            floor_dm2: None,
            stairs: None,
            iot: None,
            inspected_d: None,
            places: Vec::new(),
            water: WaterFacts { limit_mm, unknown: true, ..WaterFacts::default() },
            micro: Arrival::Unknown,
            engine: Arrival::Unknown,
            climb_mm: None,
            engine_gets: Gets::Unknown,
            lane_obstructed: false,
            ladder: LadderFacts { drawn: false, any: false, obstructed: false, reached: Gets::Unknown },
            dangers: Vec::new(),
        }
    }
}
