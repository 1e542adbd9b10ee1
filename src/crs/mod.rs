//! Distance near a place on the ellipsoid, the square world that maps are cut from and trees are built in, and the
//! coordinates that files come in.

/// BD-09, both ways.
pub mod bd09;
mod definition;
mod error;
/// What the size of numbers tells of their system.
pub mod evidence;
/// The zones of CGCS2000.
pub mod gauss_kruger;
/// GCJ-02, both ways.
pub mod gcj02;
/// The square world that maps are cut from.
pub mod mercator;
mod named;
mod near;
mod wkt;

pub use definition::Definition;
pub use error::{CrsError, CrsNote};
pub use mercator::{World, WorldBox};
pub use named::{Crs, bounds_named};
pub use near::{Frame, Offset, geodesic_m};
