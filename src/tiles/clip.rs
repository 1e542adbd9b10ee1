//! Cutting rings and lines to a window of tile coordinates.
//!
//! Rings by Sutherland and Hodgman (Reentrant Polygon Clipping, 1974), side by side: a ring that leaves and comes back
//! stays one ring, joined along the side of the window, which the buffer keeps out of sight. Lines fall into pieces.
//! Where a side is crossed, the crossing is exact and then rounded, so that it does not matter in which direction two
//! neighbours walk along their common border.

use super::coordinates::{Vertex, Window};

/// Cuts an open ring (the first vertex is not repeated) to a window. Empty, or with fewer than three vertices, or
/// flat, where nothing of it is inside.
pub(super) fn ring(ring: &mut Vec<Vertex>, spare: &mut Vec<Vertex>, window: Window) {
    for side in Side::of(window) {
        if ring.iter().all(|&at| side.holds(at)) {
            continue;
        }
        spare.clear();
        let mut before = ring[ring.len() - 1];
        for &at in ring.iter() {
            if side.holds(at) != side.holds(before) {
                spare.push(side.crossing(before, at));
            }
            if side.holds(at) {
                spare.push(at);
            }
            before = at;
        }
        std::mem::swap(ring, spare);
        if ring.is_empty() {
            return;
        }
    }
}

/// Cuts a line to a window and hands over each piece inside, with its number of vertices two or more.
pub(super) fn line(line: &[Vertex], spare: &mut Vec<Vertex>, window: Window, mut piece: impl FnMut(&[Vertex])) {
    let mut hand_over = |vertices: &mut Vec<Vertex>| {
        if vertices.len() > 1 {
            piece(vertices);
        }
        vertices.clear();
    };
    spare.clear();
    for step in line.windows(2) {
        let Some((start, end)) = segment(step[0], step[1], window) else {
            hand_over(spare);
            continue;
        };
        if spare.last() != Some(&start) {
            hand_over(spare);
            spare.push(start);
        }
        if end != start {
            spare.push(end);
        }
        if end != step[1] {
            hand_over(spare);
        }
    }
    hand_over(spare);
}

/// What of a segment is inside a window; one vertex twice where it only touches.
fn segment(mut start: Vertex, mut end: Vertex, window: Window) -> Option<(Vertex, Vertex)> {
    for side in Side::of(window) {
        match (side.holds(start), side.holds(end)) {
            (true, true) => {}
            (true, false) => end = side.crossing(start, end),
            (false, true) => start = side.crossing(start, end),
            (false, false) => return None,
        }
    }
    Some((start, end))
}

/// A side of a window: what lies beyond it is outside.
#[derive(Clone, Copy)]
enum Side {
    Left(i64),
    Right(i64),
    Top(i64),
    Bottom(i64),
}

impl Side {
    fn of(window: Window) -> [Side; 4] {
        let Window { min, max } = window;
        [Side::Left(min.x), Side::Right(max.x), Side::Top(min.y), Side::Bottom(max.y)]
    }

    fn holds(self, at: Vertex) -> bool {
        match self {
            Side::Left(x) => at.x >= x,
            Side::Right(x) => at.x <= x,
            Side::Top(y) => at.y >= y,
            Side::Bottom(y) => at.y <= y,
        }
    }

    /// Where a segment that ends on different sides of it crosses it.
    fn crossing(self, a: Vertex, b: Vertex) -> Vertex {
        match self {
            Side::Left(x) | Side::Right(x) => Vertex { x, y: between((a.x, a.y), (b.x, b.y), x) },
            Side::Top(y) | Side::Bottom(y) => Vertex { x: between((a.y, a.x), (b.y, b.x), y), y },
        }
    }
}

/// The second coordinate at `at` of the first, on the line through two places: exact, then rounded half up.
fn between(a: (i64, i64), b: (i64, i64), at: i64) -> i64 {
    let (a, b) = if a.0 < b.0 { (a, b) } else { (b, a) };
    let run = i128::from(b.0 - a.0);
    let rise = i128::from(b.1 - a.1) * i128::from(at - a.0);
    a.1 + (2 * rise + run).div_euclid(2 * run) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEN: Window = Window { min: Vertex { x: 0, y: 0 }, max: Vertex { x: 10, y: 10 } };

    fn vertices(places: &[(i64, i64)]) -> Vec<Vertex> {
        places.iter().map(|&(x, y)| Vertex { x, y }).collect()
    }

    fn pieces(places: &[(i64, i64)]) -> Vec<Vec<Vertex>> {
        let mut pieces = Vec::new();
        line(&vertices(places), &mut Vec::new(), TEN, |piece| pieces.push(piece.to_vec()));
        pieces
    }

    #[test]
    fn a_line_along_the_side_is_inside_and_one_that_touches_a_corner_is_nothing() {
        assert_eq!(pieces(&[(-5, 0), (15, 0)]), [vertices(&[(0, 0), (10, 0)])]);
        assert!(pieces(&[(-5, 5), (5, -5)]).is_empty());
        assert_eq!(pieces(&[(5, 5), (10, 5), (15, 5), (10, 8), (5, 8)]).len(), 2);
        assert_eq!(pieces(&[(5, 5), (10, 5), (5, 8)]), [vertices(&[(5, 5), (10, 5), (5, 8)])]);
    }

    #[test]
    fn a_ring_around_the_window_fills_it() {
        let mut around = vertices(&[(-9, -9), (30, -9), (30, 30), (-9, 30)]);
        ring(&mut around, &mut Vec::new(), TEN);
        around.sort();
        assert_eq!(around, vertices(&[(0, 0), (0, 10), (10, 0), (10, 10)]));
    }

    proptest! {
        #[test]
        fn a_segment_is_cut_alike_in_both_directions(a in (-30_i64..40, -30_i64..40), b in (-30_i64..40, -30_i64..40)) {
            let mut back = pieces(&[b, a]);
            back.iter_mut().for_each(|piece| piece.reverse());
            prop_assert_eq!(pieces(&[a, b]), back);
        }

        #[test]
        fn crossings_are_exact_and_rounded_half_up(
            a in (-1_000_000_i64..0, -1_000_000_i64..1_000_000),
            b in (1_i64..1_000_000, -1_000_000_i64..1_000_000),
        ) {
            let found = between(a, b, 0);
            let exact = a.1 as f64 + (b.1 - a.1) as f64 * (-a.0 as f64) / (b.0 - a.0) as f64;
            prop_assert!((found as f64 - exact).abs() <= 0.5 + 1e-6);
            prop_assert_eq!(found, between(b, a, 0));
        }
    }
}
