//! The ground: roads, lanes and paths as a graph, and the ways of crews, hoses and engines over it.

mod csr;
mod cuts;
mod dominators;
mod flood;
mod lists;
mod queue;

pub use csr::{Csr, NO_WAY, Step};
pub use cuts::{Cuts, Stand};
pub use flood::{Label, Nearest, Seed, flood};
pub use lists::Lists;
