//! What the change log tells: entries, and rows as they were.

use super::{Revision, StoreError};
use crate::model::{Feature, FeatureId, Layer};

/// Which entries of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Only those of a layer, or of one feature of it.
    pub of: Option<(Layer, Option<FeatureId>)>,
    /// Only later ones than this revision.
    pub after: Revision,
    /// Only those up to this revision; `None` up to now.
    pub until: Option<Revision>,
    /// So many at most, the newest.
    pub most: usize,
}

/// What happened to a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// It came.
    Added,
    /// It said this before; nothing where that cannot be read.
    Changed(Option<Box<Feature>>),
    /// It went, and had said this.
    Gone(Option<Box<Feature>>),
    /// The log missed what was done to the layer up to here: another program had taken its triggers away.
    Gap,
}

/// An entry of the log. Features have no `extra`: unknown columns may be personal and never leave the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the log.
    pub revision: Revision,
    /// When, RFC 3339 in UTC, by the clock of the one who wrote it.
    pub time: String,
    /// Who; `external` where another program did it.
    pub actor: String,
    /// The layer.
    pub layer: Layer,
    /// The feature; `None` of a gap.
    pub id: Option<FeatureId>,
    /// What happened.
    pub happened: Happened,
}

crate::sentences! {
    /// Why the past cannot be told.
    pub enum PastError {
        /// A revision that is yet to come.
        Future { revision: u64, head: u64 }
            "revision_unknown",
            "没有版本 {revision}；目前的版本是 {head}。",
            "There is no revision {revision}; the present one is {head}.";
        /// The log has a gap since.
        Gap { layer: &'static str, gap: u64 }
            "revision_behind_gap",
            "版本 {gap} 处，图层 {layer} 的修改记录有缺失（其他程序曾删去触发器），更早的状态无法还原。请选择不早于 {gap} 的版本。",
            "At revision {gap} the log of layer {layer} has a gap (another program had dropped its triggers), and what was before cannot be told. Ask for revision {gap} or later.";
        /// The store keeps no past.
        Unsupported {}
            "no_past", "此数据源没有修改记录。", "This store keeps no past.";
        /// The store cannot be read.
        Store { cause: StoreError }
            "past_store", "{cause}", "{cause}";
    }
}

impl From<StoreError> for PastError {
    fn from(cause: StoreError) -> PastError {
        PastError::Store { cause }
    }
}
