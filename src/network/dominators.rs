//! Through what every way from the root must lead: the dominator tree of a directed graph, after T. Lengauer and
//! R. E. Tarjan, *A fast algorithm for finding dominators in a flowgraph* (1979), with path compression.
//!
//! The graph is asked for the vertices next and before by closures and never copied. Nothing here calls itself, so that
//! a road of a million pieces costs memory, not stack.

/// The number of a vertex that the root does not reach.
pub const UNREACHED: u32 = u32::MAX;

/// The vertices in the order a search from the root found them, each with its nearest dominator, by place in that order.
#[derive(Debug, Default)]
pub struct Dominators {
    /// The place of each vertex; [`UNREACHED`] where the root does not reach it.
    pub place: Vec<u32>,
    /// The vertex at each place; the root is at 0.
    pub vertex: Vec<u32>,
    /// The place of the nearest dominator of each place, always before it; the root's own is itself.
    pub above: Vec<u32>,
}

/// What is known of a place while dominators are found.
#[derive(Clone, Copy)]
struct Link {
    /// A place above it in the search tree, as far as compressed.
    ancestor: u32,
    /// The place with the least `semi` from here up to below the ancestor.
    label: u32,
    /// Its semidominator.
    semi: u32,
}

impl Dominators {
    /// Of the graph of so many vertices. `next` gives the `k`-th vertex after one, `None` from its last on; `before` calls
    /// with each vertex before one. The root may stand before none. O(edges · log vertices).
    pub fn new(
        vertices: usize,
        root: u32,
        next: impl Fn(u32, u32) -> Option<u32>,
        before: impl Fn(u32, &mut dyn FnMut(u32)),
    ) -> Dominators {
        let mut found = Dominators { place: vec![UNREACHED; vertices], ..Dominators::default() };
        let parent = found.search(root, next);
        let count = found.vertex.len() as u32;
        let mut links: Vec<Link> =
            (0..count).map(|place| Link { ancestor: parent[place as usize], label: place, semi: place }).collect();
        found.above = parent.clone();
        // Those that wait for the dominator of their semidominator, as a list in each place.
        let mut waiting = vec![UNREACHED; count as usize];
        let mut after = vec![UNREACHED; count as usize];
        let mut path = Vec::new();
        for place in (1..count).rev() {
            let mut semi = place;
            before(found.vertex[place as usize], &mut |vertex| {
                let from = found.place[vertex as usize];
                if from != UNREACHED {
                    let least = least(&mut links, from, place + 1, &mut path);
                    semi = semi.min(links[least as usize].semi);
                }
            });
            links[place as usize].semi = semi;
            after[place as usize] = std::mem::replace(&mut waiting[semi as usize], place);
            let parent = parent[place as usize];
            let mut one = std::mem::replace(&mut waiting[parent as usize], UNREACHED);
            while one != UNREACHED {
                let least = least(&mut links, one, place, &mut path);
                let sooner = links[least as usize].semi < links[one as usize].semi;
                found.above[one as usize] = if sooner { least } else { parent };
                one = after[one as usize];
            }
        }
        for (place, link) in links.iter().enumerate().skip(1) {
            if found.above[place] != link.semi {
                found.above[place] = found.above[found.above[place] as usize];
            }
        }
        found
    }

    /// Numbers what the root reaches, in depth first; gives the place each was found from.
    fn search(&mut self, root: u32, next: impl Fn(u32, u32) -> Option<u32>) -> Vec<u32> {
        let mut parent = vec![0];
        self.place[root as usize] = 0;
        self.vertex.push(root);
        let mut open = vec![(root, 0_u32)];
        while let Some((vertex, step)) = open.last_mut() {
            let from = self.place[*vertex as usize];
            let Some(to) = next(*vertex, *step) else {
                open.pop();
                continue;
            };
            *step += 1;
            if self.place[to as usize] == UNREACHED {
                self.place[to as usize] = self.vertex.len() as u32;
                self.vertex.push(to);
                parent.push(from);
                open.push((to, 0));
            }
        }
        parent
    }
}

/// The place with the least semidominator above `of`, as far as places are linked: all from `linked` on.
fn least(links: &mut [Link], of: u32, linked: u32, path: &mut Vec<u32>) -> u32 {
    if of < linked {
        return of;
    }
    let mut place = of;
    while links[place as usize].ancestor >= linked {
        path.push(place);
        place = links[place as usize].ancestor;
    }
    let mut above = links[place as usize];
    while let Some(place) = path.pop() {
        let link = &mut links[place as usize];
        link.ancestor = above.ancestor;
        let (label, above_label) = (link.label, above.label);
        if links[above_label as usize].semi < links[label as usize].semi {
            links[place as usize].label = above_label;
        }
        above = links[place as usize];
    }
    above.label
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What vertex 0 reaches without passing one.
    fn reached(steps: &[Vec<u32>], without: Option<u32>) -> Vec<bool> {
        let mut reached = vec![false; steps.len()];
        let mut open: Vec<u32> = Some(0).filter(|root| without != Some(*root)).into_iter().collect();
        while let Some(vertex) = open.pop() {
            if !std::mem::replace(&mut reached[vertex as usize], true) {
                open.extend(steps[vertex as usize].iter().filter(|to| without != Some(**to)));
            }
        }
        reached
    }

    fn dominators(steps: &[Vec<u32>]) -> Dominators {
        let before = |vertex: u32, each: &mut dyn FnMut(u32)| {
            let from = (0..).zip(steps).filter(|(_, to)| to.contains(&vertex));
            from.for_each(|(from, _)| each(from));
        };
        Dominators::new(steps.len(), 0, |vertex, at| steps[vertex as usize].get(at as usize).copied(), before)
    }

    proptest! {
        #[test]
        fn above_a_vertex_stand_those_without_which_it_is_not_reached(
            steps in proptest::collection::vec(proptest::collection::vec(0..14_u32, 0..4), 14)
        ) {
            let found = dominators(&steps);
            let all = reached(&steps, None);
            let above = |vertex: u32| {
                let mut place = found.place[vertex as usize];
                let mut above = vec![vertex];
                while place != 0 {
                    place = found.above[place as usize];
                    above.push(found.vertex[place as usize]);
                }
                above
            };
            for vertex in 0..14_u32 {
                prop_assert_eq!(found.place[vertex as usize] != UNREACHED, all[vertex as usize]);
            }
            for without in 0..14_u32 {
                let still = reached(&steps, Some(without));
                for vertex in (0..14_u32).filter(|vertex| all[*vertex as usize]) {
                    prop_assert_eq!(above(vertex).contains(&without), !still[vertex as usize], "{} of {}", without, vertex);
                }
            }
        }
    }

    #[test]
    fn a_road_of_a_million_pieces_needs_no_stack() {
        let count = 1_000_000;
        let next = |vertex: u32, at: u32| {
            [vertex.checked_add(1), vertex.checked_sub(1)][..]
                .get(at as usize)
                .map(|to| to.filter(|to| *to < count).unwrap_or(vertex))
        };
        let before = |vertex: u32, each: &mut dyn FnMut(u32)| {
            [vertex.checked_sub(1), Some(vertex + 1)].into_iter().flatten().filter(|from| *from < count).for_each(each);
        };
        let found = Dominators::new(count as usize, 0, next, before);
        assert!((1..count).all(|place| found.above[place as usize] == place - 1));
    }
}
