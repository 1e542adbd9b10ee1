//! Stations: who is on shift, with what.

use super::finding::{Finding, Kind};
use super::sheet::Sheet;
use crate::model::{Layer, station};

/// Looks at all stations. A micro-station goes on foot: only the others are asked for vehicles.
pub(super) fn findings(sheet: &Sheet<'_>) -> Vec<Finding> {
    sheet.each(|row, found| {
        let staff = row.attributes.integer(Layer::Station, station::STAFF);
        if staff.is_none_or(|staff| staff <= 0) {
            let values: Vec<_> = staff.iter().map(|staff| ("staff", *staff as f64)).collect();
            found.push(Finding::new(Kind::StationWithoutStaff, Layer::Station, row).with(&values));
        }
        let kind = row.attributes.choice(Layer::Station, station::KIND);
        let on_foot = matches!(kind, Some("micro_unit" | "micro_community"));
        if !on_foot && row.attributes.text(Layer::Station, station::VEHICLES).is_none() {
            found.push(Finding::new(Kind::StationWithoutVehicles, Layer::Station, row));
        }
    })
}
