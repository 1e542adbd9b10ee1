//! Distances between features, for few pairs at a time.

use crate::crs::{Frame, Offset};
use crate::model::{GeometryKind, Place, ShapeRef};

use super::outline::holds;

/// Metres from a place to the nearest edge of a shape, of a point to the point. O(edges).
pub(super) fn edge_m(shape: ShapeRef<'_>, place: Place) -> f64 {
    let frame = Frame::at(place);
    let here = Offset::default();
    let mut least2 = f64::INFINITY;
    for (_, part) in shape.parts() {
        let mut before = None;
        for at in part.iter().map(|place| frame.offset(*place)) {
            least2 = least2.min(match before {
                Some(before) => here.segment_distance2(before, at),
                None => here.distance2(at),
            });
            before = Some(at);
        }
    }
    least2.sqrt()
}

/// Metres between two shapes: 0 where they touch, cross or one holds the other. O(edges × edges).
pub fn between_m(a: ShapeRef<'_>, b: ShapeRef<'_>) -> f64 {
    let in_one = |polygon: ShapeRef<'_>, other: ShapeRef<'_>| {
        polygon.kind() == GeometryKind::Polygon && holds(polygon, other.first())
    };
    if in_one(a, b) || in_one(b, a) || cross(a, b) {
        return 0.0;
    }
    let of = |from: ShapeRef<'_>, to: ShapeRef<'_>| {
        from.places().iter().map(|place| edge_m(to, *place)).fold(f64::INFINITY, f64::min)
    };
    of(a, b).min(of(b, a))
}

fn cross(a: ShapeRef<'_>, b: ShapeRef<'_>) -> bool {
    let edges = |shape: ShapeRef<'_>| -> Vec<(Place, Place)> {
        shape.parts().flat_map(|(_, part)| part.windows(2).map(|edge| (edge[0], edge[1]))).collect()
    };
    let (of_a, of_b) = (edges(a), edges(b));
    of_a.iter().any(|(p, q)| {
        of_b.iter().any(|(r, s)| turn(*p, *q, *r) * turn(*p, *q, *s) < 0 && turn(*r, *s, *p) * turn(*r, *s, *q) < 0)
    })
}

/// Which way a walk from `a` over `b` to `c` turns: 1 left, −1 right, 0 straight on or back.
fn turn(a: Place, b: Place, c: Place) -> i8 {
    let d = |p: Place, q: Place| (i128::from(q.lon) - i128::from(p.lon), i128::from(q.lat) - i128::from(p.lat));
    let ((ux, uy), (vx, vy)) = (d(a, b), d(a, c));
    (ux * vy - uy * vx).signum() as i8
}
