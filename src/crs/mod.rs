//! crs

/// The square world that maps are cut from.
pub mod mercator;
