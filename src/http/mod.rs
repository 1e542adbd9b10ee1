//! The server: router, handlers, tile cache, one error mapping.
//!
//! A request reads one city from start to end. Nothing here writes but imports and edits; heavy work (drawing a tile)
//! runs on threads of its own, never on the async workers.

mod access;
mod assets;
mod city;
mod coverage;
mod edits;
mod envelope;
mod error;
mod features;
mod ground;
mod guard;
mod import;
mod live;
mod metering;
mod openapi;
mod past;
mod queue;
mod risk;
mod router;
mod state;
mod tiles;

/// Symbols and hatches as one picture.
pub mod sprite;

/// The map style with its colours put in.
pub mod style;

/// The files of the viewer, embedded.
pub mod viewer;

pub use edits::{LEAST_TOKEN, Token, Writing};
pub use error::{Refusal, RefusalBody};
pub use import::Desk;
pub use openapi::openapi;
pub use router::{router, serve};
pub use state::App;
