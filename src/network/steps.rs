//! Steps of walls and roads in the plane: where they are nearest to each other, and where they cross.

use crate::crs::Offset;

/// Where two steps are nearest to each other.
pub(super) struct Near {
    pub metres: f64,
    /// How far along the second step.
    pub share: f64,
    pub from: Offset,
    pub to: Offset,
}

/// Where two steps are nearest to each other; where they cross, there.
pub(super) fn nearest_between(wall: [Offset; 2], road: [Offset; 2]) -> Near {
    if let Some(share) = crossing(wall, road) {
        let at = between(road, share);
        return Near { metres: 0.0, share, from: at, to: at };
    }
    let of = |from: Offset, share: f64, to: Offset| Near { metres: from.distance2(to).sqrt(), share, from, to };
    let onto = |from: Offset| {
        let share = nearest_share(from, road);
        of(from, share, between(road, share))
    };
    let back = |share: f64| {
        let to = between(road, share);
        of(between(wall, nearest_share(to, wall)), share, to)
    };
    let all = [onto(wall[0]), onto(wall[1]), back(0.0), back(1.0)];
    all.into_iter()
        .reduce(|best, next| if next.metres < best.metres { next } else { best })
        .expect("four are looked at")
}

pub(super) fn between(step: [Offset; 2], share: f64) -> Offset {
    Offset { x: step[0].x + share * (step[1].x - step[0].x), y: step[0].y + share * (step[1].y - step[0].y) }
}

pub(super) fn nearest_share(from: Offset, step: [Offset; 2]) -> f64 {
    let (dx, dy) = (step[1].x - step[0].x, step[1].y - step[0].y);
    let len2 = dx * dx + dy * dy;
    if len2 > 0.0 { (((from.x - step[0].x) * dx + (from.y - step[0].y) * dy) / len2).clamp(0.0, 1.0) } else { 0.0 }
}

pub(super) fn side(a: Offset, b: Offset, c: Offset) -> f64 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// How far along the second step two steps cross; a touch counts.
pub(super) fn crossing(a: [Offset; 2], b: [Offset; 2]) -> Option<f64> {
    let (from, to) = (side(a[0], a[1], b[0]), side(a[0], a[1], b[1]));
    let (first, second) = (side(b[0], b[1], a[0]), side(b[0], b[1], a[1]));
    let crosses = from * to <= 0.0 && first * second <= 0.0 && (from - to).abs() > 0.0 && (first - second).abs() > 0.0;
    crosses.then(|| from / (from - to))
}

/// The least box around some places of the plane.
#[derive(Clone, Copy, Default)]
pub(super) struct Box2 {
    low: Offset,
    high: Offset,
}

impl Box2 {
    /// Around places; of none the origin.
    pub fn around(places: &[Offset]) -> Box2 {
        let first = places.first().copied().unwrap_or_default();
        places.iter().fold(Box2 { low: first, high: first }, |Box2 { low, high }, at| Box2 {
            low: Offset { x: low.x.min(at.x), y: low.y.min(at.y) },
            high: Offset { x: high.x.max(at.x), y: high.y.max(at.y) },
        })
    }

    /// Squared distance between two; 0 where they touch.
    pub fn distance2(&self, other: &Box2) -> f64 {
        let x = (self.low.x - other.high.x).max(other.low.x - self.high.x).max(0.0);
        let y = (self.low.y - other.high.y).max(other.low.y - self.high.y).max(0.0);
        x * x + y * y
    }

    /// Whether a place lies in it.
    pub fn holds(&self, at: Offset) -> bool {
        self.distance2(&Box2 { low: at, high: at }) == 0.0
    }
}
