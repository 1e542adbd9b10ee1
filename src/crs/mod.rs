//! Distance near a place on the ellipsoid, and the square world that maps are cut from and trees are built in.

/// The square world that maps are cut from.
pub mod mercator;
mod near;

pub use mercator::{World, WorldBox};
pub use near::{Frame, Offset, geodesic_m};
