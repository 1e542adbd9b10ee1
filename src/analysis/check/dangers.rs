//! Dangers: days that cannot be in that order.

use super::finding::{Finding, Kind};
use super::sheet::Sheet;
use crate::model::{Layer, danger};

/// Looks at all dangers.
pub(super) fn findings(sheet: &Sheet<'_>) -> Vec<Finding> {
    sheet.each(|row, found| {
        let when = |ix| row.attributes.instant(Layer::Danger, ix);
        if when(danger::CLOSED).zip(when(danger::REPORTED)).is_some_and(|(closed, reported)| closed < reported) {
            found.push(Finding::new(Kind::ClosedBeforeReported, Layer::Danger, row));
        }
    })
}
