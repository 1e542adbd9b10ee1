//! What an edit of a hydrant costs until everything that hangs on it is there again: coverage, hose, supply, access,
//! risk, areas and squares of the next city.

use std::hint::black_box;

use firemap::city::City;
use firemap::model::{Attributes, Layer, Value, hydrant};
use firemap::store::{Change, Changes, Revision, Row, Snapshot};

use super::cities::{self, Rows};
use super::figures::{Chance, Sorted, millis, ms, timed, whole};
use super::table::Table;

/// How many edits are measured.
const EDITS: usize = 300;

/// Rows of made-up cities of these numbers of buildings.
pub fn rows(table: &mut Table, buildings: &[u64]) {
    for count in buildings {
        let rows = Rows::of(&cities::store(*count));
        let city = rows.clone().city(cities::frame());
        all(&city);
        hydrants(table, city, rows.layer(Layer::Hydrant));
    }
}

/// Finds everything that an edit then follows.
fn all(city: &City) {
    let ground = city.ground();
    city.street_need();
    ground.access(city);
    ground.frailty(city);
    black_box(ground.supply(city));
    city.risk();
}

/// Hydrants one after the other fail, and are mended.
fn hydrants(table: &mut Table, mut city: City, hydrants: &[Row]) {
    let mut chance = Chance::of(7);
    let (mut took, mut touched) = (Vec::new(), Vec::new());
    let mut row = chance.one(hydrants);
    for nth in 0..EDITS {
        if nth % 2 == 0 {
            row = chance.one(hydrants);
        }
        let snapshot = Snapshot {
            revision: Revision(city.revision().0 + 1),
            sources: city.sources().to_vec(),
            zone: city.zone().to_owned(),
        };
        let state = if nth % 2 == 0 { "out_of_service" } else { "in_service" };
        let changes =
            Changes { snapshot, rows: vec![Change::Put(in_state(row.clone(), state))], relief_changed: false };
        let (next, time) = timed(|| city.apply(changes));
        assert!(next.ground_found().is_some() && next.risk_found().is_some(), "all of it is followed");
        took.push(ms(time));
        touched.push(differing(&city, &next) as f64);
        city = next;
    }
    let (took, touched) = (Sorted::new(took), Sorted::new(touched));
    let count = whole(city.layer(Layer::Building).count() as u64);
    table.row(
        format!("edit of a hydrant until coverage, hose, supply, access, risk, areas and squares are there, {count} buildings"),
        millis(took.median()),
        format!(
            "p99 {}, longest {}; results of {:.0} buildings are others, at most of {:.0}",
            millis(took.percentile(99.0)),
            millis(took.max()),
            touched.median(),
            touched.max()
        ),
    );
}

/// How many buildings have other results.
fn differing(before: &City, after: &City) -> usize {
    let (ground, risk) = ((before.ground(), after.ground()), (before.risk(), after.risk()));
    let slots = 0..before.layer(Layer::Building).slots() as u32;
    slots.filter(|slot| ground.0.of(*slot) != ground.1.of(*slot) || risk.0.of(*slot) != risk.1.of(*slot)).count()
}

fn in_state(mut row: Row, state: &str) -> Row {
    let known = row.feature.attributes.as_ref();
    let mut values: Vec<Option<Value>> = vec![None; Layer::Hydrant.fields().len()];
    for (ix, value) in known.iter(Layer::Hydrant) {
        values[ix] = Some(value.to_value());
    }
    let nth = hydrant::STATES.iter().position(|choice| choice.code == state).expect("the states are the model's");
    values[hydrant::STATE] = Some(Value::Choice(nth as u8));
    row.feature.attributes = Attributes::pack(Layer::Hydrant, &values);
    row
}
