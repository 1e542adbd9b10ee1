//! Who is next to whom: a directed graph frozen into two arrays.
//!
//! An edge is two ways: way `2·edge` as it is drawn and way `2·edge + 1` against it. What a way costs stands in a table
//! of the profile that asks, by number of way, so that one graph serves them all; [`NO_WAY`] bars it. Going back in
//! time is going on by the other way of each edge.

/// The cost of a way that cannot be gone.
pub const NO_WAY: u32 = u32::MAX;

/// A step from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The node it leads to.
    pub to: u32,
    /// The way it takes.
    pub way: u32,
}

impl Step {
    /// The edge it takes.
    pub fn edge(self) -> u32 {
        self.way / 2
    }
}

/// Steps of every node, 4 bytes a node and 8 a step.
#[derive(Clone, Debug, Default)]
pub struct Csr {
    /// Where the steps of each node begin, and the end of the last's.
    first: Vec<u32>,
    steps: Vec<Step>,
}

impl Csr {
    /// Of edges by the nodes they join, which must be below `nodes`. O(nodes + edges).
    pub fn new(nodes: usize, edges: &[[u32; 2]]) -> Csr {
        let mut first = vec![0_u32; nodes + 1];
        for node in edges.iter().flatten() {
            first[*node as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut steps = vec![Step { to: 0, way: 0 }; 2 * edges.len()];
        for (edge, [from, to]) in (0..).zip(edges) {
            for (from, step) in [(from, Step { to: *to, way: 2 * edge }), (to, Step { to: *from, way: 2 * edge + 1 })] {
                let at = &mut next[*from as usize];
                steps[*at as usize] = step;
                *at += 1;
            }
        }
        Csr { first, steps }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// The memory it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.first[..]) + size_of_val(&self.steps[..])
    }

    /// The steps from a node.
    pub fn from(&self, node: u32) -> &[Step] {
        let node = node as usize;
        &self.steps[self.first[node] as usize..self.first[node + 1] as usize]
    }
}
