//! What the check found, as groups with sentences, tables, CSV, JSON and GeoJSON.

mod fill;
mod found;
mod words;

pub use fill::{LayerFillRow, fill_rows, fill_table};
pub use found::{FoundRow, Group, Rows, found_geojson, found_table, groups, listed, summary_table};

use crate::analysis::check::{Checked, CheckedRow, Finding, Kind, Sheets, check};
use crate::analysis::inner_place;
use crate::city::{City, Unjoined};
use crate::store::Fault;

/// Looks at a whole city. Parallel.
pub fn check_city(city: &City) -> Checked {
    let sheets = Sheets::new(|layer| {
        let rows = city.layer(layer).iter().map(|(_, row)| row);
        rows.map(|row| CheckedRow {
            id: row.id,
            source: row.source,
            source_key: row.source_key,
            shape: row.shape,
            flaw: row.flaw,
            attributes: row.attributes,
        })
        .collect()
    });
    let mut checked = check(&sheets, city.rules(), city.day());
    checked.findings.extend(city.ground_check());
    checked.findings.extend(city.risk().joins().unjoined().map(unjoined));
    checked.findings.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
    checked
}

/// A place or danger that names what is not there, or that belongs to no building.
fn unjoined(of: &Unjoined) -> Finding {
    Finding {
        kind: if of.names.is_empty() { Kind::WithoutBuilding } else { Kind::NamesNoBuilding },
        layer: of.layer,
        id: of.id,
        place: Some(of.place),
        other: None,
        values: Box::default(),
        note: of.names.clone(),
    }
}

/// What a store could not read of its rows, as findings: of a row that was left out without a place.
pub fn fault_findings(city: &City, faults: &[Fault]) -> Vec<Finding> {
    let finding = |fault: &Fault| {
        // Of a restricted field not even its name.
        let public = fault.layer.field(fault.column).is_none_or(|(_, field)| field.is_public());
        let row = city.layer(fault.layer).find(fault.id).map(|(_, row)| row);
        Finding {
            kind: if row.is_some() { Kind::ValueRefused } else { Kind::RowLeftOut },
            layer: fault.layer,
            id: fault.id,
            place: row.map(|row| inner_place(row.shape)),
            other: None,
            values: Box::default(),
            note: if public { format!("{}: {}", fault.column, fault.what).into() } else { Box::default() },
        }
    };
    let mut found: Vec<Finding> = faults.iter().map(finding).collect();
    found.sort_by(|a, b| (a.kind, a.layer, a.id, &a.note).cmp(&(b.kind, b.layer, b.id, &b.note)));
    found
}
