//! What would lower a building's score most: the input is changed and the building scored again.

use super::facts::{Candidate, Facts};
use super::points::Points;
use super::score::{Score, Scorer};
use crate::analysis::Grade;
use crate::analysis::access::Gets;
use crate::model::FeatureId;
use crate::rules::Factor;

/// Something that can be done about a building, or found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Put right and close a danger.
    CloseDanger(FeatureId),
    /// Put the hydrant of a slot back in service.
    RepairHydrant(u32),
    /// A serviceable, inspected hydrant so near that it counts whole.
    AddHydrant,
    /// Clear the lane.
    ClearLane,
    /// Make a way that engines pass.
    OpenWay,
    /// Make a ladder field that a ladder truck reaches.
    MakeField,
    /// Clear the ladder field.
    ClearField,
    /// Install a fire system, by position: alarm, sprinklers, indoor hydrants, smoke control.
    InstallSystem(u8),
    /// Have the devices report.
    MendDevices,
    /// Charging ports, so many more.
    AddPorts(i64),
    /// Take away the gas cylinders.
    RemoveGas,
    /// Replace the insulation by one that does not burn.
    ReplaceInsulation,
    /// Inspect it: dangers nobody knows of are then found or ruled out.
    Inspect,
    /// Find out what a factor is about.
    FindOut(Factor),
}

/// A measure with what it would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What to do.
    pub measure: Measure,
    /// By how many hundredths the score falls; for what is found out, at most.
    pub falls: u32,
    /// By how many hundredths the sum falls, floors aside.
    pub raw_falls: u32,
    /// By how many hundredths the score may rise by what is found out.
    pub may_rise: u32,
}

impl Measure {
    /// The word in API.
    pub fn code(self) -> &'static str {
        match self {
            Measure::CloseDanger(_) => "close_danger",
            Measure::RepairHydrant(_) => "repair_hydrant",
            Measure::AddHydrant => "add_hydrant",
            Measure::ClearLane => "clear_lane",
            Measure::OpenWay => "open_way",
            Measure::MakeField => "make_ladder_field",
            Measure::ClearField => "clear_ladder_field",
            Measure::InstallSystem(_) => "install_system",
            Measure::MendDevices => "mend_devices",
            Measure::AddPorts(_) => "add_ports",
            Measure::RemoveGas => "remove_gas",
            Measure::ReplaceInsulation => "replace_insulation",
            Measure::Inspect => "inspect",
            Measure::FindOut(_) => "find_out",
        }
    }

    /// Whether it finds out rather than changes anything.
    pub fn is_to_find_out(self) -> bool {
        matches!(self, Measure::Inspect | Measure::FindOut(_))
    }
}

/// The measures that lower the score of a building or may lower it, most first; then those that lower the sum under a
/// floor. Ties in the order of [`Measure`].
pub fn measures(scorer: &Scorer<'_>, facts: &Facts) -> Vec<Proposal> {
    let now = scorer.score(facts);
    let mut found = Vec::new();
    let mut propose = |measure: Measure, then: &Score, risen: u32| {
        let (falls, raw_falls) = (now.score.saturating_sub(then.score), now.raw.saturating_sub(then.raw));
        if falls > 0 || raw_falls > 0 {
            found.push(Proposal { measure, falls, raw_falls, may_rise: risen.saturating_sub(now.score) });
        }
    };
    for (measure, changed) in changes(scorer, facts) {
        propose(measure, &scorer.score(&changed), 0);
    }
    for (nth, factor) in (0..).zip(Factor::ALL) {
        let points: Points = now.points[nth];
        if points.low == points.high {
            continue;
        }
        let with = |at: u32| {
            let mut all = now.points;
            all[nth] = Points { at, ..points };
            scorer.of_points(facts, all)
        };
        let measure = if factor == Factor::Open { Measure::Inspect } else { Measure::FindOut(factor) };
        propose(measure, &with(points.low), with(points.high).score);
    }
    found.sort_by_key(|proposal| std::cmp::Reverse((proposal.falls, proposal.raw_falls)));
    found
}

/// The facts after each thing that can be done.
fn changes(scorer: &Scorer<'_>, facts: &Facts) -> Vec<(Measure, Facts)> {
    let model = scorer.model();
    let mut all: Vec<(Measure, Facts)> = Vec::new();
    let mut change = |measure: Measure, with: &dyn Fn(&mut Facts)| {
        let mut changed = facts.clone();
        with(&mut changed);
        all.push((measure, changed));
    };
    for (nth, danger) in facts.dangers.iter().enumerate() {
        change(Measure::CloseDanger(danger.id), &|facts| {
            facts.dangers.remove(nth);
        });
    }
    if let Some(idle) = facts.water.idle {
        change(Measure::RepairHydrant(idle.slot), &|facts| serve(facts, idle));
    }
    let near = Candidate { slot: u32::MAX, grade: Grade::Verified, way_mm: model.protection.water.by.near_m.0 };
    change(Measure::AddHydrant, &|facts| serve(facts, near));
    change(Measure::ClearLane, &|facts| facts.lane_obstructed = false);
    if facts.engine_gets == Gets::No {
        change(Measure::OpenWay, &|facts| facts.engine_gets = Gets::Yes);
    }
    if facts.ladder.any && facts.ladder.obstructed {
        change(Measure::ClearField, &|facts| facts.ladder.obstructed = false);
    } else if facts.ladder.drawn {
        change(Measure::MakeField, &|facts| (facts.ladder.any, facts.ladder.reached) = (true, Gets::Yes));
    }
    for nth in 0..4_u8 {
        if facts.places.iter().any(|place| place.systems[usize::from(nth)] == Some(false)) {
            change(Measure::InstallSystem(nth), &|facts| {
                facts.places.iter_mut().for_each(|place| place.systems[usize::from(nth)] = Some(true));
            });
        }
    }
    if facts.iot.is_some_and(|iot| iot.reporting.is_some_and(|reporting| reporting < iot.installed)) {
        change(Measure::MendDevices, &|facts| {
            facts.iot = facts.iot.map(|iot| super::IotFacts { reporting: Some(iot.installed), ..iot });
        });
    }
    if let Some([bikes, ports]) = facts.estate.or(facts.e_bikes.zip(facts.ports).map(|(bikes, ports)| [bikes, ports])) {
        let a_port = i64::from(model.hazard.e_bikes.by.bikes_a_port.0).max(1);
        let needed = bikes.saturating_mul(1000).saturating_add(a_port - 1) / a_port;
        if needed > ports {
            change(Measure::AddPorts(needed - ports), &|facts| {
                facts.ports = facts.e_bikes;
                facts.estate = facts.estate.map(|[bikes, _]| [bikes, needed]);
            });
        }
    }
    if facts.gas.is_some_and(|cylinders| cylinders > 0) {
        change(Measure::RemoveGas, &|facts| facts.gas = Some(0));
    }
    if facts.insulation.is_some_and(|class| class != "a") {
        change(Measure::ReplaceInsulation, &|facts| facts.insulation = Some("a"));
    }
    all
}

/// A hydrant more that serves.
fn serve(facts: &mut Facts, hydrant: Candidate) {
    let water = &mut facts.water;
    let grade = hydrant.grade.max(Grade::Serviceable);
    water.hydrants.push(Candidate { grade, ..hydrant });
    water.unknown = false;
    water.lacks = water.lacks && hydrant.way_mm > water.limit_mm;
}
