//! Distance near a place on the ellipsoid, the square world that maps are cut from and trees are built in, and the
//! coordinates that files come in.

/// GCJ-02, both ways.
pub mod gcj02;
/// The square world that maps are cut from.
pub mod mercator;
mod named;
mod near;

pub use mercator::{World, WorldBox};
pub use named::{Crs, bounds_named};
pub use near::{Frame, Offset, geodesic_m};
