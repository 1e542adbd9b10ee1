//! Finding features by name, address or code.

use super::texts::folded;
use super::town::City;
use crate::model::{FeatureId, Layer};

/// A feature found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its layer.
    pub layer: Layer,
    /// Its number.
    pub id: FeatureId,
}

/// Layers in the order in which equally good hits are shown.
const ORDER: [Layer; 8] = [
    Layer::Area,
    Layer::Building,
    Layer::Place,
    Layer::Station,
    Layer::Hydrant,
    Layer::Road,
    Layer::Water,
    Layer::Lane,
];

impl City {
    /// Features whose name, address or code holds all words of a text, best first: whole name, beginning of a name,
    /// anywhere; shorter before longer. Width of characters, case and spaces within words do not matter. O(text held).
    pub fn search(&self, text: &str, most: usize) -> Vec<Hit> {
        let words: Vec<String> = text.split_whitespace().map(folded).filter(|word| !word.is_empty()).collect();
        let Some(first) = words.first() else { return Vec::new() };
        let mut found: Vec<(u8, usize, usize, FeatureId)> = Vec::new();
        for (nth, layer) in ORDER.into_iter().enumerate() {
            let slots = self.layer(layer);
            for (slot, text) in slots.texts_with(first) {
                if !words.iter().all(|word| text.contains(word.as_str())) {
                    continue;
                }
                let rank = text
                    .lines()
                    .filter_map(|part| part.find(first.as_str()).map(|at| (at > 0, part.len() > first.len())))
                    .map(|(later, longer)| 2 * u8::from(later) + u8::from(longer))
                    .min();
                found.push((rank.unwrap_or(3), nth, text.len(), slots.number(slot)));
            }
        }
        let most = most.min(found.len());
        if most < found.len() {
            found.select_nth_unstable(most);
            found.truncate(most);
        }
        found.sort_unstable();
        found.into_iter().map(|(_, nth, _, id)| Hit { layer: ORDER[nth], id }).collect()
    }
}
