//! How full the fields are.

use rayon::prelude::*;

use super::sheet::{Sheet, Sheets};
use crate::model::{Layer, ValueRef};

/// A public field and in how many rows it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldFill {
    /// Its position in the layer.
    pub ix: usize,
    /// Rows that say something; a choice of “unknown” says nothing.
    pub known: u64,
}

/// A layer with its rows and fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFill {
    /// The layer.
    pub layer: Layer,
    /// How many rows it has.
    pub rows: u64,
    /// Its public fields in order.
    pub fields: Vec<FieldFill>,
}

/// Of all layers that have rows.
pub(super) fn of(sheets: &Sheets<'_>) -> Vec<LayerFill> {
    sheets.all().iter().filter(|sheet| !sheet.rows().is_empty()).map(of_one).collect()
}

fn of_one(sheet: &Sheet<'_>) -> LayerFill {
    let layer = sheet.layer();
    let fields = layer.fields();
    let none = || vec![0u64; fields.len()];
    let known = sheet.rows().par_iter().fold(none, |mut known, row| {
        for (ix, value) in row.attributes.iter(layer) {
            let word = match value {
                ValueRef::Choice(nth) => fields[ix].choices().get(usize::from(nth)).map(|choice| choice.code),
                _ => None,
            };
            known[ix] += u64::from(word != Some("unknown"));
        }
        known
    });
    let known = known.reduce(none, |a, b| a.into_iter().zip(b).map(|(a, b)| a + b).collect());
    let public = fields.iter().zip(known).enumerate().filter(|(_, (field, _))| field.is_public());
    let fields = public.map(|(ix, (_, known))| FieldFill { ix, known }).collect();
    LayerFill { layer, rows: sheet.rows().len() as u64, fields }
}
