//! Where the nodes are that ways at hand need.

use crate::model::Place;

/// Numbers of nodes in order, and where they are: 16 bytes each.
#[derive(Default)]
pub struct Places {
    ids: Vec<i64>,
    places: Vec<Place>,
}

/// Of a node that the file does not hold. No place on earth.
const UNKNOWN: Place = Place { lon: i32::MIN, lat: i32::MIN };

impl Places {
    /// Of these nodes, in any order and each as often as it comes; where they are is not known yet.
    pub fn wanted(mut ids: Vec<i64>) -> Places {
        ids.sort_unstable();
        ids.dedup();
        let places = vec![UNKNOWN; ids.len()];
        Places { ids, places }
    }

    /// The numbers in order, and what takes where they are.
    pub fn sought(&mut self) -> (&[i64], Finding<'_>) {
        (&self.ids, Finding(&mut self.places))
    }

    /// Where nodes are.
    pub fn of(&self, refs: &[i64]) -> Vec<Option<Place>> {
        let place = |id: &i64| self.ids.binary_search(id).ok().and_then(|at| self.places.get(at).copied());
        refs.iter().map(|id| place(id).filter(|place| *place != UNKNOWN)).collect()
    }
}

/// Takes places of nodes.
pub struct Finding<'a>(&'a mut [Place]);

impl Finding<'_> {
    /// Places by position among the wanted nodes.
    pub fn put(&mut self, found: &[(u32, Place)]) {
        for (nth, place) in found {
            if let Some(known) = self.0.get_mut(*nth as usize) {
                *known = *place;
            }
        }
    }
}
