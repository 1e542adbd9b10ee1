//! A change as viewers hear it.

use serde_json::{Map, Value, json};

use super::Published;
use super::board::Step;
use crate::map::{Dirty, TileSource};
use crate::model::Layer;
use crate::report::brief;

/// Features that one event tells of at most.
const MOST_FEATURES: usize = 1000;

/// What an edit or a new day changed: features with their new state, tiles, areas.
pub(super) fn change(published: &Published, before: &Published, steps: &[Step]) -> Value {
    let (features, left_off) = features(published, before);
    // What was found for a later city may have been shown for an earlier one than the last.
    let areas = published.city.areas_differ(&before.city) || steps.iter().any(|step| rates_differ(published, step));
    told(published, features, left_off, tiles(steps), areas)
}

/// What was found beside a city: tiles, areas; `None` where it shows what was shown before.
pub(super) fn found(present: &Published, found: &Published, steps: &[Step]) -> Option<Value> {
    let areas = steps.iter().any(|step| rates_differ(found, step));
    let differs = areas || steps.iter().any(|step| !step.dirty.is_none());
    differs.then(|| told(present, Vec::new(), 0, tiles(steps), areas))
}

fn told(published: &Published, features: Vec<Value>, left_off: usize, tiles: Map<String, Value>, areas: bool) -> Value {
    json!({
        "load": published.load,
        "revision": published.city.revision().0,
        "day": published.city.day().to_string(),
        "features": features,
        "features_left_off": left_off,
        "tiles": tiles,
        "areas": if areas { "changed" } else { "same" },
    })
}

/// Whether rates of areas are not what they were when a source showed another city.
fn rates_differ(published: &Published, step: &Step) -> bool {
    let Some(before) = &step.before else { return !step.dirty.is_none() };
    match step.source {
        TileSource::Ground => published.city.ground_rates_differ(&before.city),
        TileSource::Risk => published.city.risk_rates_differ(&before.city),
        _ => false,
    }
}

fn features(published: &Published, before: &Published) -> (Vec<Value>, usize) {
    let (mut features, mut left_off) = (Vec::new(), 0);
    for layer in Layer::ALL {
        let (here, there) = (published.city.layer(layer), before.city.layer(layer));
        for slot in published.city.differing_rows(&before.city, layer) {
            // Features are known by number: another row may have come to the slot of one that stays as it is.
            let new = here.row(slot).filter(|row| there.find(row.id).is_none_or(|(_, was)| was != *row));
            let gone = there.row(slot).filter(|row| here.find(row.id).is_none());
            let told = new.map(|row| Value::Object(brief(row)));
            let gone = gone.map(|row| json!({"layer": layer.name(), "id": row.id.0, "gone": true}));
            for feature in told.into_iter().chain(gone) {
                if features.len() < MOST_FEATURES {
                    features.push(feature);
                } else {
                    left_off += 1;
                }
            }
        }
    }
    (features, left_off)
}

fn tiles(steps: &[Step]) -> Map<String, Value> {
    let dirty = steps.iter().filter(|step| !step.dirty.is_none());
    let told = dirty.map(|step| {
        let tiles = match &step.dirty {
            Dirty::All => json!("all"),
            Dirty::Tiles(tiles) => tiles.iter().map(|tile| json!([u32::from(tile.z()), tile.x(), tile.y()])).collect(),
        };
        (step.source.name().to_owned(), tiles)
    });
    told.collect()
}
