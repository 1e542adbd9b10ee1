//! The layers as the check reads them: rows where they lie, and a tree to find neighbours.

use rayon::prelude::*;

use super::finding::Finding;
use crate::crs::WorldBox;
use crate::index::Packed;
use crate::model::{AttributesRef, FeatureId, Flaw, Layer, ShapeRef};

/// A row as the check sees it.
#[derive(Clone, Copy)]
pub struct CheckedRow<'a> {
    /// Its number in its layer.
    pub id: FeatureId,
    /// The source it came from.
    pub source: &'a str,
    /// Its key in that source.
    pub source_key: &'a str,
    /// Where it is.
    pub shape: ShapeRef<'a>,
    /// What is odd about its shape.
    pub flaw: Option<Flaw>,
    /// What is known about it.
    pub attributes: AttributesRef<'a>,
}

/// A layer's rows and where they are.
pub struct Sheet<'a> {
    layer: Layer,
    rows: Vec<CheckedRow<'a>>,
    tree: Packed,
}

/// Rows that one thread looks at in one go.
const AT_A_TIME: usize = 1024;

impl<'a> Sheet<'a> {
    /// Of rows, best with neighbours beside each other. O(n).
    pub fn new(layer: Layer, rows: Vec<CheckedRow<'a>>) -> Sheet<'a> {
        let boxed: Vec<(WorldBox, u32)> =
            rows.par_iter().zip(0..rows.len() as u32).map(|(row, nth)| (WorldBox::from(row.shape), nth)).collect();
        Sheet { layer, tree: Packed::sorted(boxed.into_iter()), rows }
    }

    /// The layer.
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// Its rows.
    pub fn rows(&self) -> &[CheckedRow<'a>] {
        &self.rows
    }

    /// Calls `found` with the position and the row of all whose box comes within so many metres of a box, in no order.
    pub(super) fn near(&self, of: WorldBox, metres: f64, found: &mut impl FnMut(usize, &CheckedRow<'a>)) {
        let window = if metres > 0.0 { of.grown(of.units_within(metres).ceil()) } else { of };
        self.tree.window(window, &mut |nth| found(nth as usize, &self.rows[nth as usize]));
    }

    /// Looks at each row, in parallel.
    pub(super) fn each(&self, look: impl Fn(&CheckedRow<'a>, &mut Vec<Finding>) + Sync) -> Vec<Finding> {
        self.each_with(|| (), |(), row, found| look(row, found))
    }

    /// Looks at each row, in parallel, with room that is used again.
    pub(super) fn each_with<R>(
        &self,
        room: impl Fn() -> R + Sync,
        look: impl Fn(&mut R, &CheckedRow<'a>, &mut Vec<Finding>) + Sync,
    ) -> Vec<Finding> {
        let chunks = self.rows.par_chunks(AT_A_TIME).map(|rows| {
            let (mut room, mut found) = (room(), Vec::new());
            rows.iter().for_each(|row| look(&mut room, row, &mut found));
            found
        });
        let chunks: Vec<Vec<Finding>> = chunks.collect();
        chunks.into_iter().flatten().collect()
    }
}

/// All layers.
pub struct Sheets<'a>(Vec<Sheet<'a>>);

impl<'a> Sheets<'a> {
    /// Asks for the rows of each layer.
    pub fn new(mut rows: impl FnMut(Layer) -> Vec<CheckedRow<'a>>) -> Sheets<'a> {
        Sheets(Layer::ALL.into_iter().map(|layer| Sheet::new(layer, rows(layer))).collect())
    }

    /// One of them.
    pub fn of(&self, layer: Layer) -> &Sheet<'a> {
        &self.0[layer as usize]
    }

    /// All of them, in order of layer.
    pub fn all(&self) -> &[Sheet<'a>] {
        &self.0
    }
}
