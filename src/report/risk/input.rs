//! What each factor was scored from: the inputs with their units, as they are known.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::analysis::risk::{Arrival, Facts};
use crate::rules::{Factor, RiskModel};

/// An input of a factor.
#[derive(Serialize, ToSchema)]
pub struct InputTold {
    /// Its name, a field of the model where it is one; the unit is its ending.
    pub name: &'static str,
    /// Its value; `null` where nobody knows.
    #[schema(value_type = Object)]
    pub value: Value,
    /// Its unit; empty where there is none.
    pub unit: &'static str,
}

fn told(name: &'static str, value: Value, unit: &'static str) -> InputTold {
    InputTold { name, value, unit }
}

fn metres(mm: Option<i64>) -> Value {
    mm.map_or(Value::Null, |mm| json!(mm as f64 / 1000.0))
}

fn seconds(arrival: Arrival) -> Value {
    match arrival {
        Arrival::After(ms) | Arrival::About(ms) => json!(f64::from(ms) / 1000.0),
        Arrival::Nobody => json!("nobody"),
        Arrival::Unknown => Value::Null,
    }
}

/// The inputs of a factor.
pub(super) fn inputs(facts: &Facts, factor: Factor, model: &RiskModel) -> Vec<InputTold> {
    let classes = || json!(facts.places.iter().filter_map(|place| place.class.as_deref()).collect::<Vec<_>>());
    // Both hydrants hang on all that were found: which one is best is told by way and grade together.
    let hydrants = || {
        let mut found: Vec<_> = facts.water.hydrants.iter().collect();
        found.sort_unstable_by_key(|hydrant| (hydrant.way_mm, hydrant.slot));
        let ways: Vec<Value> = found.iter().map(|hydrant| metres(Some(i64::from(hydrant.way_mm)))).collect();
        let grades: Vec<&str> = found.iter().map(|hydrant| hydrant.grade.code()).collect();
        vec![
            told("way_m", json!(ways), "m"),
            told("grade", json!(grades), ""),
            told("perhaps_another", json!(facts.water.perhaps), ""),
            told("limit_m", metres(Some(i64::from(facts.water.limit_mm))), "m"),
        ]
    };
    let system = |nth: usize| json!(facts.places.iter().map(|place| place.systems[nth]).collect::<Vec<_>>());
    let usage = || told("use", json!(facts.usage), "");
    let height = || told("height_m", metres(facts.height_mm), "m");
    let floors = || told("floors_above", json!(facts.floors), "");
    match factor {
        Factor::HeightClass => vec![height(), floors(), usage()],
        Factor::Use => vec![usage(), told("places", classes(), "")],
        Factor::Age => vec![told("year_built", json!(facts.year_built), "")],
        Factor::Insulation => vec![told("insulation", json!(facts.insulation), "")],
        Factor::EBikes => vec![
            told("e_bikes", json!(facts.e_bikes), ""),
            told("charging_ports", json!(facts.ports), ""),
            told("estate_e_bikes", json!(facts.estate.map(|[bikes, _]| bikes)), ""),
            told("estate_charging_ports", json!(facts.estate.map(|[_, ports]| ports)), ""),
        ],
        Factor::Gas => vec![told("gas_cylinders", json!(facts.gas), "")],
        Factor::Occupants => vec![told("people", json!(facts.people(model).map(|(people, _)| people)), "人")],
        Factor::Care => Vec::new(),
        Factor::Sleeping => vec![usage(), told("places", classes(), "")],
        Factor::Egress => vec![floors(), told("stairs", json!(facts.stairs), ""), height()],
        Factor::Water | Factor::SecondWater => hydrants(),
        Factor::Micro => vec![told("arrival_s", seconds(facts.micro), "s")],
        Factor::Engine => vec![told("arrival_s", seconds(facts.engine), "s")],
        Factor::Climb => vec![told("climb_m", metres(facts.climb_mm), "m")],
        Factor::Lanes => vec![
            told("engine", json!(facts.engine_gets.code()), ""),
            told("lane_obstructed", json!(facts.lane_obstructed), ""),
        ],
        Factor::LadderField => vec![
            told("high_rise", json!(facts.is_high_rise(model)), ""),
            told("ladder_field", json!(facts.ladder.any), ""),
            told("ladder_truck", json!(facts.ladder.reached.code()), ""),
        ],
        Factor::Systems => vec![
            told("alarm", system(0), ""),
            told("sprinkler", system(1), ""),
            told("indoor_hydrant", system(2), ""),
            told("smoke_control", system(3), ""),
        ],
        Factor::Iot => vec![
            told("installed", json!(facts.iot.map(|iot| iot.installed)), ""),
            told("reporting", json!(facts.iot.and_then(|iot| iot.reporting)), ""),
        ],
        Factor::Open => vec![
            told("open", json!(facts.dangers.len()), ""),
            told("days_since_inspection", json!(facts.inspected_d), "d"),
        ],
    }
}
