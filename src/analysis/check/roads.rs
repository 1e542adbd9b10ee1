//! Roads and fire lanes: class, width, clear height, length.

use super::finding::{Finding, Kind};
use super::sheet::{CheckedRow, Sheets};
use crate::crs::geodesic_m;
use crate::model::{Layer, lane, road};

/// Shorter than a step: what is left of a line where a tool cut it.
const LEAST_LENGTH_M: f64 = 0.5;

/// Looks at all roads and lanes.
pub(super) fn findings(sheets: &Sheets<'_>) -> Vec<Finding> {
    let mut found = sheets.of(Layer::Road).each(|row, found| {
        let class = row.attributes.choice(Layer::Road, road::CLASS);
        if class.is_none() {
            found.push(Finding::new(Kind::RoadClassUnknown, Layer::Road, row));
        }
        // Paths and stairs carry no engine: nobody asks for their width.
        let on_foot = matches!(class, Some("pedestrian" | "footway" | "path" | "steps" | "track"));
        if !on_foot && row.attributes.number(Layer::Road, road::WIDTH_M).is_none() {
            found.push(Finding::new(Kind::WidthUnknown, Layer::Road, row));
        }
        length(Layer::Road, row, found);
    });
    found.extend(sheets.of(Layer::Lane).each(|row, found| {
        for (kind, ix) in [(Kind::WidthUnknown, lane::WIDTH_M), (Kind::ClearHeightUnknown, lane::CLEAR_HEIGHT_M)] {
            if row.attributes.number(Layer::Lane, ix).is_none() {
                found.push(Finding::new(kind, Layer::Lane, row));
            }
        }
        length(Layer::Lane, row, found);
    }));
    found
}

fn length(layer: Layer, row: &CheckedRow<'_>, found: &mut Vec<Finding>) {
    let edges = row.shape.parts().flat_map(|(_, line)| line.windows(2));
    let mut metres = 0.0;
    for edge in edges {
        metres += geodesic_m(edge[0], edge[1]);
        if metres >= LEAST_LENGTH_M {
            return;
        }
    }
    found.push(Finding::new(Kind::NoLength, layer, row).with(&[("length_m", (metres * 100.0).round() / 100.0)]));
}
