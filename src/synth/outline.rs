//! Rings in metres: areas, distances and whether two of them meet.

use super::plan::distance;
use super::terrain::Xy;

/// The point a share of the way from one to another.
pub fn mix(a: Xy, b: Xy, t: f64) -> Xy {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// A place moved along a direction and to its left.
pub fn offset(from: Xy, along: Xy, forward: f64, left: f64) -> Xy {
    [from[0] + along[0] * forward - along[1] * left, from[1] + along[1] * forward + along[0] * left]
}

/// Unit vector from one place to another; east where they are the same.
pub fn direction(a: Xy, b: Xy) -> Xy {
    let length = distance(a, b);
    if length == 0.0 { [1.0, 0.0] } else { [(b[0] - a[0]) / length, (b[1] - a[1]) / length] }
}

/// Scalar product.
pub fn dot(a: Xy, b: Xy) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

fn cross(o: Xy, a: Xy, b: Xy) -> f64 {
    (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
}

/// Area of an open ring in m², positive where it winds to the left.
pub fn area(ring: &[Xy]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
}

/// Mean of its vertices.
pub fn middle(ring: &[Xy]) -> Xy {
    let n = ring.len() as f64;
    [ring.iter().map(|p| p[0]).sum::<f64>() / n, ring.iter().map(|p| p[1]).sum::<f64>() / n]
}

/// Whether a place lies within an open ring.
pub fn within(ring: &[Xy], p: Xy) -> bool {
    let mut inside = false;
    let mut a = ring[ring.len() - 1];
    for &b in ring {
        if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0] {
            inside = !inside;
        }
        a = b;
    }
    inside
}

/// Metres from a place to a line between two.
pub fn to_segment(p: Xy, a: Xy, b: Xy) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let long = dx * dx + dy * dy;
    let t = if long == 0.0 { 0.0 } else { (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / long).clamp(0.0, 1.0) };
    distance(p, [a[0] + dx * t, a[1] + dy * t])
}

/// Whether two lines cross within both.
pub fn cross_each_other(a: Xy, b: Xy, c: Xy, d: Xy) -> bool {
    (cross(a, b, c) > 0.0) != (cross(a, b, d) > 0.0) && (cross(c, d, a) > 0.0) != (cross(c, d, b) > 0.0)
}

/// The share of the way from `a` to `b` at which it crosses the line between two others.
pub fn crossing(a: Xy, b: Xy, c: Xy, d: Xy) -> Option<f64> {
    let (from, to) = (cross(c, d, a), cross(c, d, b));
    cross_each_other(a, b, c, d).then(|| from / (from - to))
}

/// The sides of an open ring.
pub fn sides(ring: &[Xy]) -> impl Iterator<Item = (Xy, Xy)> + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Least box: west, south, east, north.
pub fn bounds(ring: &[Xy]) -> [f64; 4] {
    ring.iter().fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |b, p| {
        [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])]
    })
}
