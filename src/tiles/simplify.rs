//! Leaving out what cannot be seen at a zoom.
//!
//! Visvalingam and Whyatt (Line generalisation by repeated elimination of points, 1993): the vertex whose triangle
//! with its neighbours is smallest goes first, until every triangle left is larger than the zoom's tolerance. Equal
//! triangles go in order of their places, not of the ring, so that two neighbours treat a common border alike; where
//! borders of three meet they may part by less than a pixel.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::coordinates::{EXTENT, MAX_ZOOM, Vertex, Window};

/// Tile coordinates of a pixel, where a tile is shown at 512.
const PIXEL: i64 = 8;

/// Zoom from which single buildings are shown, so that nothing is too small to be drawn.
const FOOTPRINTS: u8 = 14;

/// Corners that a ring keeps: most footprints have four.
const CORNERS: usize = 4;

/// Simplifies rings and lines for one zoom; holds the room it works in.
pub(super) struct Simplifier {
    zoom: u8,
    /// Twice the area of the largest triangle that goes.
    tolerance: i64,
    /// What may go, by [`rank`] and position.
    heap: BinaryHeap<Reverse<(u64, u32)>>,
    /// For each vertex the vertices before and after it, and twice the area of their triangle, negative once it went.
    links: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
    weight: i64,
}

const GONE: i64 = -1;
const KEPT: i64 = i64::MAX;

impl Simplifier {
    /// The tolerance is a triangle of half a square pixel up to zoom 13, of a quarter's side at 14, an eighth's at 15;
    /// from 16 on, which clients enlarge, only what lies on a straight line goes.
    pub fn new(zoom: u8) -> Simplifier {
        let side = match zoom {
            MAX_ZOOM.. => 0,
            15 => PIXEL / 4,
            14 => PIXEL / 2,
            _ => PIXEL,
        };
        Simplifier { zoom, tolerance: side * side, heap: BinaryHeap::new(), links: Vec::new() }
    }

    /// Simplifies a line; fewer than two vertices are left where it shrank to a place.
    pub fn line(&mut self, line: &mut Vec<Vertex>) {
        line.dedup();
        if line.len() > 2 {
            self.visvalingam(line, 2, false);
            line.dedup();
        }
    }

    /// Simplifies an open ring (the first vertex is not repeated); empty where it is left out.
    ///
    /// From zoom 14 on no outer ring goes: what shrank to a place or a line becomes a sliver of one tile coordinate.
    /// Before, what is smaller than a pixel goes.
    pub fn ring(&mut self, ring: &mut Vec<Vertex>, outer: bool) {
        open(ring);
        let Some(around) = Window::around(ring) else { return };
        if self.zoom < FOOTPRINTS && around.size() < PIXEL {
            ring.clear();
            return;
        }
        if ring.len() > CORNERS {
            self.visvalingam(ring, CORNERS, true);
            open(ring);
        }
        if doubled_area(ring) == 0 {
            if outer && self.zoom >= FOOTPRINTS {
                sliver(ring);
            } else {
                ring.clear();
            }
        }
    }

    fn visvalingam(&mut self, path: &mut Vec<Vertex>, least: usize, closed: bool) {
        let count = path.len();
        self.links.clear();
        self.heap.clear();
        for at in 0..count {
            let before = if at == 0 { count - 1 } else { at - 1 };
            let after = if at + 1 == count { 0 } else { at + 1 };
            let end = !closed && (at == 0 || after == 0);
            let weight = if end { KEPT } else { weight(path[before], path[at], path[after]) };
            self.links.push(Link { before: before as u32, after: after as u32, weight });
            self.enqueue(path[at], at as u32);
        }
        if self.heap.is_empty() {
            return;
        }
        let mut left = count;
        while left > least
            && let Some(Reverse((ranked, at))) = self.heap.pop()
        {
            let Link { before, after, weight } = self.links[at as usize];
            if ranked != rank(weight, path[at as usize]) {
                // It was weighed anew since.
                continue;
            }
            self.links[at as usize].weight = GONE;
            left -= 1;
            self.links[before as usize].after = after;
            self.links[after as usize].before = before;
            self.weigh(path, before);
            self.weigh(path, after);
        }
        let mut links = self.links.iter();
        path.retain(|_| links.next().is_some_and(|link| link.weight != GONE));
    }

    fn weigh(&mut self, path: &[Vertex], at: u32) {
        let link = &mut self.links[at as usize];
        if link.weight != KEPT {
            let [before, here, after] = [link.before, at, link.after].map(|at| path[at as usize]);
            link.weight = weight(before, here, after);
            self.enqueue(here, at);
        }
    }

    fn enqueue(&mut self, place: Vertex, at: u32) {
        let weight = self.links[at as usize].weight;
        if weight <= self.tolerance {
            self.heap.push(Reverse((rank(weight, place), at)));
        }
    }
}

/// Order of going: by weight, then by place. Weights are below the square of a pixel here, and places lie in the nine
/// tiles that shapes are cut to, so that all fits.
fn rank(weight: i64, place: Vertex) -> u64 {
    let bits = |at: i64| (at + EXTENT) as u64 & 0xffff;
    (weight as u64) << 32 | bits(place.x) << 16 | bits(place.y)
}

/// Twice the area of the triangle. Where the way turns back, the tip counts by its length: else the end of a cul-de-sac
/// walked in and out would have no area and go.
fn weight(a: Vertex, b: Vertex, c: Vertex) -> i64 {
    let (ux, uy) = (b.x - a.x, b.y - a.y);
    let (vx, vy) = (c.x - b.x, c.y - b.y);
    let area = (ux * vy - uy * vx).abs();
    if ux * vx + uy * vy < 0 { area.max((ux * ux + uy * uy).min(vx * vx + vy * vy)) } else { area }
}

/// Takes repeated vertices out of a ring, the closing one included.
pub(super) fn open(ring: &mut Vec<Vertex>) {
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
}

/// Twice the area of an open ring, positive where it runs clockwise as seen (y down).
pub(super) fn doubled_area(ring: &[Vertex]) -> i64 {
    let Some(&first) = ring.first() else { return 0 };
    let from_first = |at: Vertex| (at.x - first.x, at.y - first.y);
    ring.windows(2)
        .map(|step| {
            let ((ax, ay), (bx, by)) = (from_first(step[0]), from_first(step[1]));
            ax * by - ay * bx
        })
        .sum()
}

/// Makes a ring without area, from its least to its greatest vertex, one tile coordinate wide.
fn sliver(ring: &mut Vec<Vertex>) {
    let (Some(&a), Some(&b)) = (ring.iter().min(), ring.iter().max()) else { return };
    ring.clear();
    if b.x - a.x > (b.y - a.y).abs() {
        ring.extend([a, b, Vertex { y: b.y + 1, ..b }, Vertex { y: a.y + 1, ..a }]);
    } else if a == b {
        ring.extend([a, Vertex { x: a.x + 1, ..a }, Vertex { x: a.x + 1, y: a.y + 1 }, Vertex { y: a.y + 1, ..a }]);
    } else {
        ring.extend([a, Vertex { x: a.x + 1, ..a }, Vertex { x: b.x + 1, ..b }, b]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn v(x: i64, y: i64) -> Vertex {
        Vertex { x, y }
    }

    /// The same, weighing everything anew for every vertex that goes.
    fn naive(path: &mut Vec<Vertex>, tolerance: i64, least: usize, closed: bool) {
        while path.len() > least {
            let (count, inner) = (path.len(), if closed { 0..path.len() } else { 1..path.len() - 1 });
            let weighed = inner.map(|at| {
                let [a, b, c] = [at + count - 1, at, at + 1].map(|at| path[at % count]);
                (weight(a, b, c), b, at)
            });
            match weighed.min() {
                Some((weight, _, at)) if weight <= tolerance => path.remove(at),
                _ => return,
            };
        }
    }

    proptest! {
        #[test]
        fn the_heap_agrees_with_weighing_everything_anew(
            path in proptest::collection::vec((-4096_i64..200, 0_i64..60), 5..60),
            zoom in 12..=16_u8,
            closed: bool,
        ) {
            let mut path: Vec<Vertex> = path.into_iter().map(|(x, y)| v(x / 8, y)).collect();
            open(&mut path);
            let least = if closed { CORNERS } else { 2 };
            let mut simplifier = Simplifier::new(zoom);
            let mut expected = path.clone();
            naive(&mut expected, simplifier.tolerance, least, closed);
            if path.len() > least {
                simplifier.visvalingam(&mut path, least, closed);
            }
            prop_assert_eq!(path, expected);
        }

        #[test]
        fn a_common_border_is_the_same_on_both_sides(steps in proptest::collection::vec(-9_i64..9, 20..60)) {
            let mut there: Vec<Vertex> = (0..).zip(&steps).map(|(n, y)| v(n * 7, 500 + y)).collect();
            let mut back: Vec<Vertex> = there.iter().rev().copied().collect();
            Simplifier::new(13).line(&mut there);
            Simplifier::new(13).line(&mut back);
            back.reverse();
            prop_assert_eq!(there, back);
        }
    }

    #[test]
    fn a_footprint_keeps_four_corners() {
        let mut ring = vec![v(0, 0), v(3, 0), v(6, 1), v(6, 6), v(1, 6), v(0, 5)];
        Simplifier::new(13).ring(&mut ring, true);
        assert!(ring.is_empty(), "smaller than a pixel");
        let mut ring = vec![v(0, 0), v(3, 0), v(9, 1), v(9, 6), v(1, 6), v(0, 5)];
        Simplifier::new(13).ring(&mut ring, true);
        assert_eq!(ring.len(), 4);
    }

    #[test]
    fn what_has_no_area_left_becomes_a_sliver_one_wide() {
        let sliver_of = |vertices: &[Vertex]| {
            let mut ring = vertices.to_vec();
            Simplifier::new(14).ring(&mut ring, true);
            doubled_area(&ring).abs()
        };
        assert_eq!(sliver_of(&[v(5, 5), v(5, 5), v(5, 5)]), 2);
        assert_eq!(sliver_of(&[v(5, 5), v(25, 6), v(25, 6)]), 40);
        assert_eq!(sliver_of(&[v(5, 5), v(6, 25), v(5, 5)]), 40);
        assert_eq!(sliver_of(&[v(5, 5), v(10, 10), v(7, 7)]), 10);
        assert_eq!(sliver_of(&[v(5, 10), v(10, 5), v(7, 8)]), 10);
    }

    #[test]
    fn the_last_zoom_loses_only_what_is_straight() {
        let mut line = vec![v(0, 0), v(2, 1), v(4, 2), v(5, 2), v(4, 2), v(4, 9)];
        Simplifier::new(16).line(&mut line);
        assert_eq!(line, [v(0, 0), v(4, 2), v(5, 2), v(4, 2), v(4, 9)]);
    }
}
