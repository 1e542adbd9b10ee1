//! The ground: roads, lanes and paths as a graph, and the ways of crews, hoses and engines over it.

mod around;
mod costs;
mod csr;
mod cuts;
mod detours;
mod dominators;
mod flood;
mod graph;
mod junctions;
mod kept;
mod line;
mod lists;
mod queue;
mod route;
mod snap;
mod spread;
mod steps;
mod vicinity;

pub use around::Obstacles;
pub use costs::{Costs, Passage, passage, walk_ms_a_metre};
pub use csr::{Csr, NO_WAY, Step};
pub use cuts::{Cuts, Gate};
pub use detours::{Leave, Stop, detours};
pub use flood::{Label, Nearest, Seed, flood};
pub use graph::{Drawn, Edge, Graph};
pub use kept::{Kept, Ways};
pub use line::{CLASSES, Line, OneWay, class_code};
pub use lists::Lists;
pub use route::{Route, Start, part_of, routes};
pub use snap::{Laid, MOST_SNAPS, Snap, Snapper};
pub use spread::{Direction, Spread, Stand};
pub use vicinity::Vicinity;
