//! The server: router, handlers, tile cache, one error mapping.

/// Symbols and hatches as one picture.
pub mod sprite;

/// The map style with its colours put in.
pub mod style;

/// The files of the viewer, embedded.
pub mod viewer;
