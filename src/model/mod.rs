//! What firemap knows of: fourteen layers, their fields, the plain values a feature is made of, and the relief below
//! them.
//!
//! Import, store, tiles, API and viewer all read [`Layer::def`]; a field stands there once and nowhere else.
//! This room knows no file, no projection and no other room.

mod attributes;
mod catalogue;
mod feature;
mod field;
mod formula;
mod lang;
mod layer;
mod relief;
mod shape;

pub use attributes::{Attributes, AttributesRef, Packer, Value, ValueRef};
pub use catalogue::{
    area, barrier, building, connection, danger, hydrant, incident, ladder_field, lane, place, road, sensor, station,
    water,
};
pub use feature::{Feature, FeatureId, Flaw, Origin};
pub use field::{Access, Choice, Field, FieldType, position};
pub use formula::{as_meant, harmless};
pub use lang::{Lang, Speak};
#[doc(hidden)]
pub use lang::{Part, Shown, Spoken};
pub use layer::{GeometryKind, Layer, LayerDef, OsmRule};
pub use relief::{Relief, ReliefTile, Square};
pub use shape::{Bounds, Place, Shape, ShapeError, ShapeRef};
