//! What a city is judged by: rules on a day.

use std::sync::Arc;

use jiff::civil::Date;

use super::rows::RowRef;
use crate::analysis::WaterPoint;
use crate::rules::{Pack, RuleError, WaterRules};

/// What results are judged by: a rule pack on a day.
#[derive(Clone)]
pub struct Frame {
    /// The day.
    pub day: Date,
    /// The pack.
    pub pack: Arc<Pack>,
    /// Its rules of water supply on that day.
    pub rules: Arc<WaterRules>,
}

impl Frame {
    /// A pack on a day; refused where a rule is missing.
    pub fn new(pack: Arc<Pack>, day: Date) -> Result<Frame, RuleError> {
        let rules = Arc::new(WaterRules::on(&pack, day)?);
        Ok(Frame { day, pack, rules })
    }

    /// Judges a hydrant.
    pub(super) fn judge(&self, row: RowRef<'_>) -> WaterPoint {
        WaterPoint::judge(row.id, row.shape.first(), row.attributes, &self.rules, self.day)
    }
}
