//! Whatever is edited through the API: the store holds what a plain list would, and the city that followed answers as
//! one loaded afresh does; and asked for any revision it answers as it did then.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod served;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use served::{Answer, Server, building, change, hydrant, retire};

const LON: f64 = 106.5;
const LAT: f64 = 29.5;

/// A step of someone who edits.
#[derive(Clone, Debug)]
enum Step {
    Hydrant(u8, u8),
    Building(u8),
    State(u64, u8),
    Move(u64, u8),
    Retire(bool, u64),
    Rename(u64, u8),
    /// Undo the last batch.
    Undo,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..20_u8, 0..3_u8).prop_map(|(at, state)| Step::Hydrant(at, state)),
        3 => (0..20_u8).prop_map(Step::Building),
        4 => (1..9_u64, 0..3_u8).prop_map(|(id, state)| Step::State(id, state)),
        2 => (1..9_u64, 0..20_u8).prop_map(|(id, at)| Step::Move(id, at)),
        2 => (any::<bool>(), 1..9_u64).prop_map(|(hydrant, id)| Step::Retire(hydrant, id)),
        2 => (1..9_u64, 0..9_u8).prop_map(|(id, name)| Step::Rename(id, name)),
        1 => Just(Step::Undo),
    ]
}

fn lon(at: u8) -> f64 {
    LON + f64::from(at) * 0.0004
}

const STATES: [&str; 3] = ["in_service", "out_of_service", "obstructed"];

/// The edit of a step, and what it makes of a plain list; nothing where what it names was not there before the batch.
fn edit(step: &Step, before: &Now, rows: &mut Rows) -> Option<Json> {
    let named = match *step {
        Step::State(id, _) | Step::Move(id, _) => Some(("hydrant", id)),
        Step::Rename(id, _) => Some(("building", id)),
        Step::Retire(is_hydrant, id) => Some((if is_hydrant { "hydrant" } else { "building" }, id)),
        _ => None,
    };
    if named.is_some_and(|named| !before.contains_key(&named)) {
        return None;
    }
    let layer = |is_hydrant: bool| if is_hydrant { "hydrant" } else { "building" };
    Some(match *step {
        Step::Hydrant(at, state) => {
            let known = json!({"kind": "municipal", "state": STATES[usize::from(state)], "pressure_mpa": 0.3});
            rows.add("hydrant", &known, lon(at));
            hydrant(lon(at), LAT, known)
        }
        Step::Building(at) => {
            let known = json!({"residents": at});
            rows.add("building", &known, lon(at));
            building(lon(at), LAT + 0.0002, known)
        }
        Step::State(id, state) => {
            rows.set("hydrant", id, "state", json!(STATES[usize::from(state)]))?;
            change("hydrant", id, None, json!({"state": STATES[usize::from(state)]}))
        }
        Step::Rename(id, name) => {
            let name = if name == 0 { Json::Null } else { json!(format!("{name} 号楼")) };
            rows.set("building", id, "name", name.clone())?;
            change("building", id, None, json!({"name": name}))
        }
        Step::Move(id, at) => {
            rows.now.get_mut(&("hydrant", id))?.1 = lon(at);
            let geometry = json!({"type": "Point", "coordinates": [lon(at), LAT]});
            json!({"change": {"layer": "hydrant", "id": id, "geometry": geometry}})
        }
        Step::Retire(is_hydrant, id) => {
            rows.now.remove(&(layer(is_hydrant), id))?;
            retire(layer(is_hydrant), id, None)
        }
        Step::Undo => return None,
    })
}

/// Properties and longitude of what is on the map.
type Now = BTreeMap<(&'static str, u64), (Json, f64)>;

/// The plain list.
#[derive(Clone, Default)]
struct Rows {
    now: Now,
    given: BTreeMap<&'static str, u64>,
}

impl Rows {
    fn add(&mut self, layer: &'static str, known: &Json, lon: f64) {
        let id = self.given.entry(layer).or_default();
        *id += 1;
        self.now.insert((layer, *id), (known.clone(), lon));
    }

    fn set(&mut self, layer: &'static str, id: u64, name: &str, value: Json) -> Option<()> {
        let properties = self.now.get_mut(&(layer, id))?.0.as_object_mut().unwrap();
        match value {
            Json::Null => drop(properties.remove(name)),
            value => drop(properties.insert(name.to_owned(), value)),
        }
        Some(())
    }
}

/// All that a server says of its city, now or at a revision.
async fn answers(server: &Server, at: Option<u64>) -> Vec<Json> {
    let at = at.map(|at| format!("at={at}")).unwrap_or_default();
    let mut all = Vec::new();
    let mut city = server.get(&format!("/api/city?{at}")).await;
    for of_its_server in ["as_of", "told"] {
        city.as_object_mut().unwrap().remove(of_its_server);
    }
    all.push(city);
    for layer in ["hydrant", "building"] {
        all.push(server.get(&format!("/api/features/{layer}?limit=1000&{at}")).await);
    }
    for building in all[2]["features"].as_array().unwrap().clone() {
        all.push(server.get(&format!("/api/coverage/building/{}?{at}", building["id"])).await);
    }
    all
}

async fn holds(server: &Server, rows: &Rows) {
    for layer in ["hydrant", "building"] {
        let told = server.get(&format!("/api/features/{layer}?limit=1000")).await;
        let told: Now = told["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|feature| {
                let west = feature["bbox"][0].as_f64().unwrap();
                let mut known = feature["properties"].clone();
                known.sort_all_objects();
                (
                    (if layer == "hydrant" { "hydrant" } else { "building" }, feature["id"].as_u64().unwrap()),
                    (known, west),
                )
            })
            .collect();
        let expected: Now = rows
            .now
            .iter()
            .filter(|((of, _), _)| *of == layer)
            .map(|(at, (known, lon))| {
                let mut known = known.clone();
                known.sort_all_objects();
                (*at, (known, (lon * 1e7).round() / 1e7))
            })
            .collect();
        assert_eq!(told, expected);
    }
}

async fn run(batches: Vec<Vec<Step>>) {
    let server = Server::new();
    let mut rows = Rows::default();
    let mut undo: Option<(Now, u64)> = None;
    let mut past = Vec::new();
    for batch in batches {
        let before = rows.now.clone();
        let answer: Answer = match (&batch[0], &undo) {
            (Step::Undo, Some((then, revision))) => {
                rows.now = then.clone();
                server.here("POST", "/api/edits/undo", json!({"revision": revision})).await
            }
            _ => {
                let edits: Vec<Json> = batch.iter().filter_map(|step| edit(step, &before, &mut rows)).collect();
                if edits.is_empty() {
                    continue;
                }
                server.here("POST", "/api/edits", json!({"edits": edits})).await
            }
        };
        assert_eq!(answer.status, 200, "{}", answer.body);
        let revision = answer.body["revision"].as_u64().unwrap();
        // A batch that changed nothing is none to undo.
        let changed = undo.as_ref().is_none_or(|(_, last)| *last != revision);
        undo = if changed { Some((before, revision)) } else { undo };
        holds(&server, &rows).await;
        past.push((revision, answers(&server, None).await));
    }
    let afresh = server.another();
    assert_eq!(answers(&server, None).await, answers(&afresh, None).await);
    for (revision, told) in past {
        assert_eq!(answers(&server, Some(revision)).await, told, "at {revision}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]
    #[test]
    fn store_and_city_hold_what_was_edited(
        batches in proptest::collection::vec(proptest::collection::vec(any_step(), 1..4), 1..10),
    ) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(batches));
    }
}
