//! The ground: roads, lanes and paths as a graph, and the ways of crews, hoses and engines over it.

mod csr;
mod flood;

pub use csr::{Csr, NO_WAY, Step};
pub use flood::{Label, Nearest, Seed, flood};
