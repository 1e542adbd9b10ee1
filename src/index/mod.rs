//! Where things are: boxes in the square world, found by window and by nearness.
//!
//! [`Packed`] is frozen and fast; [`Space`] lets a frozen tree change: base, what came since, what is gone. Both
//! answer with slots, positions in the city's vectors. A box's gap is a lower bound; the true distance is the
//! caller's. Nothing is searched across the 180° meridian.

mod packed;
mod space;

pub use packed::Packed;
pub use space::Space;
