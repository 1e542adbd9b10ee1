//! The ground: roads, lanes and paths as a graph, and the ways of crews, hoses and engines over it.

mod costs;
mod csr;
mod flood;
mod graph;
mod junctions;
mod line;
mod snap;

pub use costs::{Costs, Passage, passage};
pub use csr::{Csr, NO_WAY, Step};
pub use flood::{Label, Nearest, Seed, flood};
pub use graph::{Drawn, Edge, Graph};
pub use line::{Line, OneWay};
pub use snap::{MOST_SNAPS, Obstacles, Snap, Snapper};
