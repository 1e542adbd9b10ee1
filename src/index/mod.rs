//! Where things are: boxes in the square world, found by window and by nearness.
//!
//! [`Packed`] is frozen and fast; [`Space`] lets a frozen tree change: base, what came since, what is gone. Both
//! answer with slots, positions in [`Slots`]. A box's gap is a lower bound; the true distance is the
//! caller's. Nothing is searched across the 180° meridian.

mod buckets;
mod packed;
mod slots;
mod space;

pub use buckets::Buckets;
pub use packed::Packed;
pub use slots::{CHUNK, Slots};
pub use space::Space;
