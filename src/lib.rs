//! firemap: a town's fire officers' files on one map.
//!
//! The rooms stand in the order data passes through them. `model` uses nothing of ours; `crs`, `rules`, `index`,
//! `network`, `analysis`, `tiles` and `synth` are pure (no clock, no file, no network); only `store` knows SQL; only `http`
//! knows status codes; only `cli` reads arguments, environment and the clock. `tests/rooms.rs` holds this.

/// The layers as plain data, each field declared once.
pub mod model;

/// Distance near a place, and the square world that maps are cut from.
pub mod crs;

/// Rule packs: the numbers of the standards as data, with clause and certainty.
pub mod rules;

/// A file becomes features and rejects: one file a format.
pub mod ingest;

/// The truth on disk: current rows and a change log.
pub mod store;

/// Where things are: windows, nearest, within.
pub mod index;

/// Roads, lanes and paths as a graph: floods, snapping, ways.
pub mod network;

/// Vector tiles of shapes, and the squares that stand for them at low zoom.
pub mod tiles;

/// Pure questions to the city: one file a question.
pub mod analysis;

/// The store at one revision and day, in memory, with its results.
pub mod city;

/// What each tile source shows of a city at each zoom.
pub mod map;

/// Results as tables: text, CSV, JSON, GeoJSON.
pub mod report;

/// Follows the store and publishes the next city.
pub mod live;

/// The server: router, handlers, tile cache, one error mapping.
pub mod http;

/// A made-up city to try things on.
pub mod synth;

/// The commands.
pub mod cli;
