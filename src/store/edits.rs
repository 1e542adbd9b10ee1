//! Edits of single features by number, as people make them on a map: a few at a time, checked against what the one who
//! edits had seen, whole or not at all, and known again when the same request comes twice.

use std::fmt::Write as _;

use super::{Revision, Row, StoreError};
use crate::model::{Attributes, FeatureId, Flaw, Layer, Shape, Value};

/// The source of features that are created by edits.
pub const EDITED: &str = "edited";

/// A shape with what is odd about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The shape, of its layer's kind.
    pub shape: Shape,
    /// What is odd about it.
    pub flaw: Option<Flaw>,
}

/// One edit. Where a revision is `expected`, the feature must not have changed since: it is that of the last entry of
/// the log for this row, as [`Store::revisions`](super::Store::revisions) tells it.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A new feature. Its source is [`EDITED`], its number and its key there were never used before.
    Create {
        /// Its layer.
        layer: Layer,
        /// Where it is.
        drawn: Drawn,
        /// What is known about it.
        attributes: Attributes,
    },
    /// Other values or another shape; all else of the row stays as it is, unknown columns and its file too.
    Change {
        /// Its layer.
        layer: Layer,
        /// Its number.
        id: FeatureId,
        /// The revision that the one who edits has seen.
        expected: Option<Revision>,
        /// Fields by position with what they are to say; `None` clears.
        values: Vec<(usize, Option<Value>)>,
        /// The new shape.
        drawn: Option<Drawn>,
    },
    /// Take it off the map; its past stays in the log.
    Retire {
        /// Its layer.
        layer: Layer,
        /// Its number.
        id: FeatureId,
        /// The revision that the one who edits has seen.
        expected: Option<Revision>,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum EditTask {
    /// These edits, in order.
    Edits(Vec<Edit>),
    /// Put back what the batch of edits did that ended at this revision: a new edit, which can be undone in its turn.
    /// Only the actor of that batch may, and only while none of its features was changed since. A feature that it had
    /// taken off the map comes back with its number.
    Undo(Revision),
}

/// By what a request is known when it comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The key that the client chose; of an actor's own.
    pub key: String,
    /// A digest of all that the request says.
    pub digest: String,
}

/// A batch of edits that becomes one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Edits {
    /// Who edits, for the log.
    pub actor: String,
    /// What is to be done.
    pub task: EditTask,
    /// Where set, a batch of this actor and key is done once: for a day the same again gets the first receipt.
    pub once: Option<Once>,
}

/// A feature that was edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Its layer.
    pub layer: Layer,
    /// Its number.
    pub id: FeatureId,
    /// The last entry of the log for it.
    pub revision: Revision,
}

/// The answer to edits that were done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditReceipt {
    /// The revision after them.
    pub revision: Revision,
    /// The features, one for each edit and in their order; of an undo each once, in order of layer and number.
    pub features: Vec<Edited>,
}

/// A feature as it is now, for one who expected it otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    /// Its layer.
    pub layer: Layer,
    /// Its number.
    pub id: FeatureId,
    /// The row with the revision of its last change; `None` where it is off the map.
    pub row: Option<(Row, Revision)>,
}

/// Why edits were not done. Nothing was written then.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// Features changed since the one who edits saw them, or are off the map: all of these as they are now.
    #[error("{} features have changed meanwhile", .0.len())]
    Conflict(Vec<Present>),
    /// A number that was never given.
    #[error("there is no feature {} in layer {}", id.0, layer.name())]
    NoSuchFeature {
        /// The place of the edit in the batch, from 0.
        edit: usize,
        /// The layer it names.
        layer: Layer,
        /// The number it names.
        id: FeatureId,
    },
    /// The key stands for another request.
    #[error("the key stands for another request")]
    KeyUsed,
    /// No batch of this actor ended at the revision that is to be undone.
    #[error("no batch of this actor ended there")]
    NoSuchBatch,
    /// The store takes no edits.
    #[error("the store takes no edits")]
    Unsupported,
    /// The store cannot be used now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EditReceipt {
    /// The receipt as text, to be kept beside its key.
    pub(super) fn to_text(&self) -> String {
        let mut text = self.revision.0.to_string();
        for Edited { layer, id, revision } in &self.features {
            // Writing to a text does not fail.
            let _ = write!(text, "\n{} {} {}", layer.name(), id.0, revision.0);
        }
        text
    }

    /// The receipt of such a text; `None` of any other.
    pub(super) fn of_text(text: &str) -> Option<EditReceipt> {
        let mut lines = text.lines();
        let revision = Revision(lines.next()?.parse().ok()?);
        let edited = |line: &str| {
            let mut words = line.split(' ');
            Some(Edited {
                layer: Layer::named(words.next()?)?,
                id: FeatureId(words.next()?.parse().ok()?),
                revision: Revision(words.next()?.parse().ok()?),
            })
        };
        Some(EditReceipt { revision, features: lines.map(edited).collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_comes_back_from_its_text() {
        let edited = |layer, id| Edited { layer, id: FeatureId(id), revision: Revision(9) };
        for features in [vec![], vec![edited(Layer::Hydrant, 7), edited(Layer::LadderField, 1)]] {
            let receipt = EditReceipt { revision: Revision(12), features };
            assert_eq!(EditReceipt::of_text(&receipt.to_text()), Some(receipt));
        }
        for text in ["", "x", "3\nhydrant", "3\nhydrant 1 x", "3\nnothing 1 2"] {
            assert_eq!(EditReceipt::of_text(text), None, "{text}");
        }
    }
}
