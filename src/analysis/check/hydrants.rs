//! Hydrants: where they cannot stand, what they cannot give, and what is not known of them.

use jiff::civil::Date;

use super::finding::{Finding, Kind, tenths};
use super::sheet::{CheckedRow, Sheets};
use crate::analysis::grade::{HydrantState, days_since_1970};
use crate::analysis::holds;
use crate::analysis::near::edge_m;
use crate::crs::WorldBox;
use crate::model::{Layer, hydrant};
use crate::rules::{Rule, WaterRules};

/// What stands this near to the wall may be outside it.
const WALL_M: f64 = 2.0;
/// Pipes of water mains are made for 1.6 MPa (PN 16); 3 is bar, not MPa.
const MOST_PRESSURE_MPA: f64 = 1.6;
/// One metre of water: a gauge shows less where there is none.
const LEAST_PRESSURE_MPA: f64 = 0.01;
/// 300 L/s is some 4750 gallons a minute, more than the widest hydrant passes; it is L/min or gpm.
const MOST_FLOW_LPS: f64 = 300.0;

/// Looks at all hydrants by the rules of a day.
pub(super) fn findings(sheets: &Sheets<'_>, rules: &WaterRules, day: Date) -> Vec<Finding> {
    sheets.of(Layer::Hydrant).each(|row, found| {
        place(row, sheets, found);
        known(row, rules, day, found);
        measured(row, rules, found);
    })
}

fn new(kind: Kind, row: &CheckedRow<'_>) -> Finding {
    Finding::new(kind, Layer::Hydrant, row)
}

fn place(row: &CheckedRow<'_>, sheets: &Sheets<'_>, found: &mut Vec<Finding>) {
    let (at, kind) = (row.shape.first(), row.attributes.choice(Layer::Hydrant, hydrant::KIND));
    let here = WorldBox::at(at.into());
    // Cisterns are built into cellars.
    if kind == Some("cistern") {
        return;
    }
    let mut building = None;
    sheets.of(Layer::Building).near(here, 0.0, &mut |_, of| {
        if building.is_none_or(|(id, _)| of.id < id) && holds(of.shape, at) {
            building = Some((of.id, edge_m(of.shape, at))).filter(|(_, m)| *m > WALL_M).or(building);
        }
    });
    if let Some((id, metres)) = building {
        found.push(new(Kind::InBuilding, row).about(Layer::Building, id).with(&[("from_wall_m", tenths(metres))]));
    }
}

fn known(row: &CheckedRow<'_>, rules: &WaterRules, day: Date, found: &mut Vec<Finding>) {
    if row.attributes.choice(Layer::Hydrant, hydrant::KIND).is_none() {
        found.push(new(Kind::HydrantKindUnknown, row));
    }
    if HydrantState::of(row.attributes) == HydrantState::Unknown {
        found.push(new(Kind::HydrantStateUnknown, row));
    }
    let Some(inspected) = row.attributes.date(Layer::Hydrant, hydrant::INSPECTED) else {
        found.push(new(Kind::NeverInspected, row));
        return;
    };
    let age = f64::from(days_since_1970(day)) - f64::from(inspected);
    if age < 0.0 {
        found.push(new(Kind::InspectedAhead, row).with(&[("days_ahead", -age)]));
    } else if rules.verified_within.as_ref().is_some_and(|rule| !rule.allows(age)) {
        found.push(new(Kind::InspectionOld, row).with(&[("age_days", age)]));
    }
}

fn measured(row: &CheckedRow<'_>, rules: &WaterRules, found: &mut Vec<Finding>) {
    let number = |ix| row.attributes.number(Layer::Hydrant, ix);
    let (pressure, flow) = (number(hydrant::PRESSURE_MPA), number(hydrant::FLOW_LPS));
    let kind = row.attributes.choice(Layer::Hydrant, hydrant::KIND);
    let about = |rule: &Option<Rule>| rule.as_ref().is_some_and(|rule| kind.is_none_or(|kind| rule.is_about(kind)));
    if pressure.is_none() && flow.is_none() && (about(&rules.static_pressure) || about(&rules.flow)) {
        found.push(new(Kind::Unmeasured, row));
    }
    if let Some(mpa) = pressure {
        let values = [("pressure_mpa", mpa)];
        let dead = mpa < LEAST_PRESSURE_MPA;
        if mpa > MOST_PRESSURE_MPA || (dead && mpa != 0.0) {
            found.push(new(Kind::PressureOdd, row).with(&values));
        } else if dead && HydrantState::of(row.attributes) == HydrantState::InService && about(&rules.static_pressure) {
            found.push(new(Kind::InServiceWithoutPressure, row).with(&values));
        }
    }
    if let Some(lps) = flow.filter(|lps| *lps > MOST_FLOW_LPS) {
        found.push(new(Kind::FlowOdd, row).with(&[("flow_lps", lps)]));
    }
}
