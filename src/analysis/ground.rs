//! What a building has along the ground: its hydrants by hose, and who arrives.

use super::coverage::{Coverage, Covered};
use super::grade::Grade;
use crate::network::{Costs, Direction, Graph, Label, Nearest, Snap, Spread, Stand};
use crate::rules::ByDistance;

/// Whether hose can be laid to a building within the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Laid {
    /// It can.
    Within,
    /// The way is longer, or there is none.
    Beyond,
    /// It hangs on what nobody knows: a hydrant's state, or a way to the road.
    Unknown,
}

impl Laid {
    /// All, unknown last.
    pub const ALL: [Laid; 3] = [Laid::Within, Laid::Beyond, Laid::Unknown];

    /// The word in tiles and API.
    pub fn code(self) -> &'static str {
        match self {
            Laid::Within => "within",
            Laid::Beyond => "beyond",
            Laid::Unknown => "unknown",
        }
    }
}

/// Circle and hose held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Versus {
    /// Covered whole by circles, and hose can be laid.
    Both,
    /// Covered whole by circles, but hose cannot be laid within the limit.
    CircleOnly,
    /// Hose can be laid though no circle holds it whole.
    HoseOnly,
    /// Neither.
    Neither,
    /// One of them is unknown, or circles are not what the rules mean.
    Unknown,
}

impl Versus {
    /// All, unknown last.
    pub const ALL: [Versus; 5] = [Versus::Both, Versus::CircleOnly, Versus::HoseOnly, Versus::Neither, Versus::Unknown];

    /// The word in tiles and API.
    pub fn code(self) -> &'static str {
        match self {
            Versus::Both => "both",
            Versus::CircleOnly => "circle_only",
            Versus::HoseOnly => "hose_only",
            Versus::Neither => "neither",
            Versus::Unknown => "unknown",
        }
    }

    /// Of a building covered so by circles and so by hose.
    pub fn of(circle: Covered, hose: Laid) -> Versus {
        match (circle, hose) {
            (Covered::Unknown | Covered::NotAssessed, _) | (_, Laid::Unknown) => Versus::Unknown,
            (Covered::Whole, Laid::Within) => Versus::Both,
            (Covered::Whole, Laid::Beyond) => Versus::CircleOnly,
            (_, Laid::Within) => Versus::HoseOnly,
            (_, Laid::Beyond) => Versus::Neither,
        }
    }
}

/// A hydrant, or a station, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Far {
    /// Its slot; `u32::MAX` for none.
    slot: u32,
    /// Millimetres of way, or milliseconds.
    far: u32,
}

impl Far {
    /// None.
    pub const NONE: Far = Far { slot: u32::MAX, far: u32::MAX };

    /// Its slot and how far it is: millimetres of way, or milliseconds.
    pub fn get(self) -> Option<(u32, u32)> {
        (self.slot != u32::MAX).then_some((self.slot, self.far))
    }

    /// How far it is.
    pub fn far(self) -> Option<u32> {
        self.get().map(|(_, far)| far)
    }

    pub(super) fn of(label: Label, slot_of: impl Fn(u32) -> u32) -> Far {
        if label.is_some() { Far { slot: slot_of(label.source), far: label.cost } } else { Far::NONE }
    }
}

/// What a building has along the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The nearest two distinct hydrants that surely have each grade, by hose.
    pub hose: [[Far; 2]; 3],
    /// Whether the nearest is within the limit, by grade.
    pub laid: [Laid; 3],
    /// The first and second micro-station to arrive.
    pub micro: [Far; 2],
    /// The first and second engine to arrive.
    pub engine: [Far; 2],
    /// Whether a way from it to a road that people use was found.
    pub on_foot: bool,
    /// Whether a way from it to a road that engines use was found.
    pub by_engine: bool,
}

impl Ground {
    /// Of a building that is not there.
    pub const NONE: Ground = Ground {
        hose: [[Far::NONE; 2]; 3],
        laid: [Laid::Unknown; 3],
        micro: [Far::NONE; 2],
        engine: [Far::NONE; 2],
        on_foot: false,
        by_engine: false,
    };

    /// When micro-stations and engines arrive.
    pub fn bands(&self, shown_ms: [u32; 3]) -> [Band; 2] {
        [Band::of(self.micro[0], self.on_foot, shown_ms), Band::of(self.engine[0], self.by_engine, shown_ms)]
    }

    /// Circle and hose at a grade.
    pub fn versus(&self, coverage: &Coverage, grade: Grade) -> Versus {
        Versus::of(coverage.at(grade).covered, self.laid[grade as usize])
    }
}

/// A hydrant or station with its places on the road.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<T> {
    /// Its slot in its layer.
    pub slot: u32,
    /// What it is.
    pub what: T,
    /// Where it stands on the road; none where no way there was found.
    pub snaps: Vec<Snap>,
}

/// Costs off the road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffRoad {
    /// Hose: as long as the way.
    Hose,
    /// On foot: milliseconds a metre.
    Foot(u32),
}

impl OffRoad {
    /// Of a way off the road.
    pub fn cost(self, mm: u32) -> u32 {
        match self {
            OffRoad::Hose => mm,
            OffRoad::Foot(ms_a_metre) => (u64::from(mm) * u64::from(ms_a_metre) / 1000) as u32,
        }
    }
}

/// Stations of one sort, for every place of the network.
pub struct Crews<'a> {
    /// Of one turnout each where time goes by distance, else of all.
    groups: Vec<Group<'a>>,
    slots: Vec<u32>,
    on_road: OnRoad<'a>,
    off_road: OffRoad,
    limit_ms: u32,
}

struct Group<'a> {
    /// Of distance; else of time, the turnout in it.
    spread: Spread<'a, 2>,
    set_out_ms: u32,
}

/// How long crews take on the road.
#[derive(Clone, Copy)]
pub enum OnRoad<'a> {
    /// What ways cost, in milliseconds.
    Time(&'a Costs),
    /// What their lengths in millimetres together take by a model.
    Distance(&'a Costs, ByDistance<'a>),
}

impl<'a> OnRoad<'a> {
    /// What ways cost: milliseconds, or millimetres.
    pub fn costs(self) -> &'a Costs {
        match self {
            OnRoad::Time(costs) | OnRoad::Distance(costs, _) => costs,
        }
    }

    /// The model by which distance tells the time.
    pub fn model(self) -> Option<ByDistance<'a>> {
        match self {
            OnRoad::Time(_) => None,
            OnRoad::Distance(_, model) => Some(model),
        }
    }
}

impl<'a> Crews<'a> {
    /// Of stations in order of number, each with its turnout in seconds.
    pub fn new(
        graph: &'a Graph,
        on_road: OnRoad<'a>,
        off_road: OffRoad,
        limit_ms: u32,
        stations: &[Placed<u32>],
    ) -> Crews<'a> {
        let group = |turnout: Option<u32>| {
            let ours = (0..).zip(stations).filter(|(_, station)| turnout.is_none_or(|s| s == station.what));
            let stands = ours.flat_map(|(rank, station)| {
                let cost = move |snap: &Snap| match turnout {
                    // The yard is driven as the road is.
                    Some(_) => snap.off_road_mm,
                    None => station.what.saturating_mul(1000).saturating_add(off_road.cost(snap.off_road_mm)),
                };
                station.snaps.iter().map(move |snap| Stand { snap: *snap, cost: cost(snap), source: rank })
            });
            let most = if turnout.is_some() { u32::MAX } else { limit_ms };
            let spread = Spread::new(graph, on_road.costs(), Direction::Come, stands.collect(), most);
            Group { spread, set_out_ms: turnout.unwrap_or(0).saturating_mul(1000) }
        };
        let groups = match on_road {
            OnRoad::Time(_) => vec![group(None)],
            OnRoad::Distance(..) => turnouts(stations).into_iter().map(|turnout| group(Some(turnout))).collect(),
        };
        let slots = stations.iter().map(|station| station.slot).collect();
        Crews { groups, slots, on_road, off_road, limit_ms }
    }

    /// The first two to arrive at a building with these places on the road.
    pub fn arrive(&self, snaps: &[Snap]) -> [Far; 2] {
        let mut nearest: Nearest<2> = Nearest::NONE;
        for (group, snap) in self.groups.iter().flat_map(|group| snaps.iter().map(move |snap| (group, snap))) {
            let off_road = self.off_road.cost(snap.off_road_mm);
            let Some(model) = self.on_road.model() else {
                group.spread.at(*snap, off_road).0.into_iter().for_each(|label| nearest.meet(label));
                continue;
            };
            // Of one turnout and one place who has less road is sooner there, so the two with least are enough.
            for label in group.spread.at(*snap, 0).0.into_iter().filter(|label| label.is_some()) {
                let on_road = Label { cost: model.ms(label.cost), source: label.source };
                let arrives = on_road.after(group.set_out_ms).after(off_road);
                if arrives.cost <= self.limit_ms {
                    nearest.meet(arrives);
                }
            }
        }
        nearest.0.map(|label| Far::of(label, |rank| self.slots[rank as usize]))
    }
}

/// The turnouts of stations, each once, in order.
pub fn turnouts(stations: &[Placed<u32>]) -> Vec<u32> {
    let mut turnouts: Vec<u32> = stations.iter().map(|station| station.what).collect();
    turnouts.sort_unstable();
    turnouts.dedup();
    turnouts
}

/// When a crew arrives, among the times at which shares are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Band {
    /// Within the shortest of them.
    First,
    /// Within the second.
    Second,
    /// Within the longest.
    Third,
    /// Later.
    Later,
    /// Nobody arrives.
    Nobody,
    /// Nobody knows: no way from the building to a road was found.
    Unknown,
}

impl Band {
    /// All, unknown last.
    pub const ALL: [Band; 6] = [Band::First, Band::Second, Band::Third, Band::Later, Band::Nobody, Band::Unknown];

    /// The word in tiles and API.
    pub fn code(self) -> &'static str {
        match self {
            Band::First => "first",
            Band::Second => "second",
            Band::Third => "third",
            Band::Later => "later",
            Band::Nobody => "nobody",
            Band::Unknown => "unknown",
        }
    }

    /// Of the first to arrive.
    pub fn of(first: Far, has_way: bool, shown_ms: [u32; 3]) -> Band {
        match first.far() {
            Some(ms) => Band::ALL[shown_ms.iter().position(|most| ms <= *most).unwrap_or(Band::Later as usize)],
            None if has_way => Band::Nobody,
            None => Band::Unknown,
        }
    }
}
