//! A change as results follow it: the city before, the city after, and which rows are others.

use super::access::tells_access;
use super::rows::RowRef;
use super::town::City;
use crate::model::Layer;
use crate::network::Line;
use crate::store::Row;

/// Changed rows of each layer: slots, with the row that was there before.
pub(super) type Changed = [Vec<(u32, Option<Row>)>];

/// What is different between two cities that descend from each other.
pub(super) struct Edit<'a> {
    /// The city before.
    pub before: &'a City,
    /// The city after, whose layers and straight results are there already.
    pub after: &'a City,
    /// By layer.
    pub changed: &'a Changed,
}

/// Layers that the network is made of.
const OF_NETWORK: [Layer; 5] = [Layer::Road, Layer::Lane, Layer::Barrier, Layer::Water, Layer::Building];

impl<'a> Edit<'a> {
    /// Changed rows of a layer.
    pub fn of(&self, layer: Layer) -> &'a [(u32, Option<Row>)] {
        &self.changed[layer as usize]
    }

    /// Their slots.
    pub fn slots(&self, layer: Layer) -> impl Iterator<Item = u32> + use<'a> {
        self.of(layer).iter().map(|(slot, _)| *slot)
    }

    /// Each changed row of a layer as it was and as it is.
    pub fn rows(&self, layer: Layer) -> impl Iterator<Item = (u32, Option<RowRef<'a>>, Option<RowRef<'a>>)> {
        let after = self.after.layer(layer);
        self.of(layer).iter().map(move |(slot, old)| (*slot, old.as_ref().map(RowRef::from), after.row(*slot)))
    }

    /// Whether nothing of some layers changed.
    pub fn leaves(&self, layers: &[Layer]) -> bool {
        layers.iter().all(|layer| self.of(*layer).is_empty())
    }

    /// Roads and lanes that are other ones to crews than before, where everything is where it was; else `None`.
    pub fn other_lines(&self) -> Option<Vec<Line>> {
        let mut lines = Vec::new();
        for layer in OF_NETWORK {
            for (slot, old, new) in self.rows(layer) {
                let (old, new) = old.zip(new).filter(|(old, new)| old.shape == new.shape)?;
                let line = |row: RowRef<'_>| Line::of(layer, slot, row.id, row.source_key, row.attributes);
                if matches!(layer, Layer::Road | Layer::Lane) && line(old) != line(new) {
                    lines.push(line(new));
                }
            }
        }
        Some(lines)
    }

    /// Whether nothing along the ground hangs on what changed, where the network is left.
    pub fn leaves_ground(&self) -> bool {
        let own = [Layer::Hydrant, Layer::Building, Layer::Lane, Layer::LadderField, Layer::Area, Layer::Station];
        self.leaves(&own)
    }

    /// Whether no score hangs on what changed, where the ground is left.
    pub fn leaves_risk(&self) -> bool {
        self.leaves(&[Layer::Place, Layer::Danger, Layer::Incident, Layer::Road])
            && self.before.zone() == self.after.zone()
    }

    /// Whether which vehicles get where, and which building a lane or ladder field serves, is what it was.
    pub fn leaves_reaching(&self) -> bool {
        self.leaves(&[Layer::Lane, Layer::LadderField, Layer::Station]) && !self.renames(Layer::Building)
    }

    /// Whether something of a layer is called other than before.
    pub fn renames(&self, layer: Layer) -> bool {
        self.rows(layer).any(|(_, old, new)| names(old) != names(new))
    }

    /// Whether findings on access may be others.
    pub fn leaves_breaches(&self) -> bool {
        let is_same = |(_, old, new): (u32, Option<RowRef<'_>>, Option<RowRef<'_>>)| {
            old.map(|row| tells_access(row.attributes)) == new.map(|row| tells_access(row.attributes))
        };
        self.leaves_reaching() && self.rows(Layer::Building).all(is_same)
    }
}

/// Fields by which rows are named from elsewhere.
const CALLED: [&str; 3] = ["name", "address", "code"];

/// What a row may be called: its texts of that sort, and its key.
pub(super) fn names(row: Option<RowRef<'_>>) -> Vec<&str> {
    let Some(row) = row else { return Vec::new() };
    let text = |field: &&str| row.layer.field(field).and_then(|(ix, _)| row.attributes.text(row.layer, ix));
    CALLED.iter().filter_map(text).chain([row.source_key]).collect()
}
