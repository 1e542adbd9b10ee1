//! A feature on its way from a file to the store and from the store to the city.

use std::sync::Arc;

use super::{Attributes, Layer, Shape};

/// A feature's number in its layer: positive, under 2⁵³, never used again. It is the GeoPackage `fid` and the MVT
/// feature id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeatureId(pub u64);

/// What is odd about a shape that is kept all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A ring crosses itself; distances hold, areas may not.
    SelfCrossing,
}

impl Flaw {
    /// The word in store and API.
    pub fn code(self) -> &'static str {
        match self {
            Flaw::SelfCrossing => "self_crossing",
        }
    }

    /// The flaw of a word.
    pub fn named(code: &str) -> Option<Flaw> {
        (code == Flaw::SelfCrossing.code()).then_some(Flaw::SelfCrossing)
    }
}

/// Where in a file a feature stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Name of the file, without its folder.
    pub file: Arc<str>,
    /// Row, element or feature number in it, from 1.
    pub row: u64,
}

/// A feature without a number yet: known by its source and the key it has there.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// The layer it belongs to.
    pub layer: Layer,
    /// The source it came from, such as `osm`.
    pub source: Arc<str>,
    /// Its key in that source, such as `way/1`: the same key again is the same feature.
    pub source_key: Box<str>,
    /// Where it is.
    pub shape: Shape,
    /// What is odd about its shape.
    pub flaw: Option<Flaw>,
    /// What is known about it.
    pub attributes: Attributes,
    /// Columns no field takes, as a JSON object; kept in the store, shown to nobody (they may be personal).
    pub extra: Option<String>,
    /// Where it stood in the file.
    pub origin: Origin,
}
