//! The long sides of a building and what lies before them; length and width of a ladder field.
//!
//! A shape is taken for the rectangle around it that lies along its longest wall.

use crate::crs::{Frame, Offset};
use crate::model::{Place, ShapeRef};

/// One with sides that differ by less has no long side: all four are.
const SQUARE: f64 = 0.9;
/// How finely a side is looked at, in metres.
const STEP_M: f64 = 2.0;
/// Walls stand back behind the rectangle by balconies and corners.
const BEHIND_M: f64 = 2.0;

/// The rectangle around a shape.
#[derive(Clone, Debug)]
pub struct Block {
    frame: Frame,
    /// Its longer and its shorter side in metres.
    pub length_m: f64,
    /// See `length_m`.
    pub width_m: f64,
    walls: Vec<Wall>,
}

/// A long side.
#[derive(Clone, Copy, Debug)]
pub struct Wall {
    from: Offset,
    to: Offset,
    /// Of length 1, away from the building.
    outward: Offset,
}

fn at(along: Offset, by: f64, across: Offset, and: f64) -> Offset {
    Offset { x: along.x * by + across.x * and, y: along.y * by + across.y * and }
}

impl Block {
    /// Around a polygon; `None` of one without length.
    pub fn around(shape: ShapeRef<'_>) -> Option<Block> {
        let frame = Frame::at(shape.first());
        let rings: Vec<Vec<Offset>> = (shape.parts().filter(|(outer, _)| *outer))
            .map(|(_, ring)| ring.iter().map(|place| frame.offset(*place)).collect())
            .collect();
        let edges = rings.iter().flat_map(|ring| ring.windows(2));
        let longest = edges.max_by(|a, b| a[0].distance2(a[1]).total_cmp(&b[0].distance2(b[1])))?;
        let metres = longest[0].distance2(longest[1]).sqrt();
        if metres <= 0.0 {
            return None;
        }
        let u = Offset { x: (longest[1].x - longest[0].x) / metres, y: (longest[1].y - longest[0].y) / metres };
        let v = Offset { x: -u.y, y: u.x };
        let reach = |of: Offset| {
            let along = rings.iter().flatten().map(|at| at.x * of.x + at.y * of.y);
            along.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], m| [low.min(m), high.max(m)])
        };
        let ([west, east], [south, north]) = (reach(u), reach(v));
        let (along_m, across_m) = (east - west, north - south);
        let corner = |x: f64, y: f64| at(u, x, v, y);
        let minus = |of: Offset| Offset { x: -of.x, y: -of.y };
        let lengthwise = [
            Wall { from: corner(west, south), to: corner(east, south), outward: minus(v) },
            Wall { from: corner(west, north), to: corner(east, north), outward: v },
        ];
        let crosswise = [
            Wall { from: corner(west, south), to: corner(west, north), outward: minus(u) },
            Wall { from: corner(east, south), to: corner(east, north), outward: u },
        ];
        let (length_m, width_m) = (along_m.max(across_m), along_m.min(across_m));
        let walls = if width_m >= SQUARE * length_m {
            lengthwise.into_iter().chain(crosswise).collect()
        } else if along_m >= across_m {
            lengthwise.to_vec()
        } else {
            crosswise.to_vec()
        };
        Some(Block { frame, length_m, width_m, walls })
    }

    /// Its long sides: two, of one that is about square all four.
    pub fn walls(&self) -> &[Wall] {
        &self.walls
    }

    /// Which part of a wall, from 0 to 1, has one of these lines before it within so many metres.
    /// O(length × steps of the lines).
    pub fn share_before<'p>(&self, wall: &Wall, within_m: f64, lines: impl Iterator<Item = &'p [Place]>) -> f64 {
        let steps: Vec<[Offset; 2]> = lines
            .flat_map(|line| line.windows(2))
            .map(|step| [self.frame.offset(step[0]), self.frame.offset(step[1])])
            .collect();
        let length_m = wall.from.distance2(wall.to).sqrt();
        let count = (length_m / STEP_M).ceil().clamp(4.0, 1000.0);
        let before = (0..count as u32).filter(|nth| {
            let share = (f64::from(*nth) + 0.5) / count;
            let on = Offset {
                x: wall.from.x + share * (wall.to.x - wall.from.x),
                y: wall.from.y + share * (wall.to.y - wall.from.y),
            };
            let out = |m: f64| Offset { x: on.x + m * wall.outward.x, y: on.y + m * wall.outward.y };
            let ray = [out(-BEHIND_M), out(within_m)];
            steps.iter().any(|step| cross(ray, *step))
        });
        before.count() as f64 / count
    }
}

fn side(a: Offset, b: Offset, c: Offset) -> f64 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

fn cross(a: [Offset; 2], b: [Offset; 2]) -> bool {
    side(a[0], a[1], b[0]) * side(a[0], a[1], b[1]) <= 0.0 && side(b[0], b[1], a[0]) * side(b[0], b[1], a[1]) <= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;

    fn place(x: f64, y: f64) -> Place {
        Place::from_degrees(106.5 + x / 96_966.3, 29.5 + y / 110_844.1).expect("in range")
    }

    fn rectangle(east: f64, north: f64) -> Shape {
        let ring = vec![place(0.0, 0.0), place(east, 0.0), place(east, north), place(0.0, north)];
        Shape::polygons([vec![ring]]).expect("a rectangle")
    }

    #[test]
    fn a_slab_has_two_long_sides_and_a_tower_four() {
        let slab = Block::around(rectangle(60.0, 15.0).as_ref()).expect("laid out");
        assert!((slab.length_m - 60.0).abs() < 0.1 && (slab.width_m - 15.0).abs() < 0.1);
        assert_eq!(slab.walls().len(), 2);
        assert_eq!(Block::around(rectangle(30.0, 29.0).as_ref()).expect("laid out").walls().len(), 4);
    }

    #[test]
    fn a_lane_lies_before_its_own_side_alone() {
        let slab = Block::around(rectangle(60.0, 15.0).as_ref()).expect("laid out");
        let lane = [place(-10.0, -8.0), place(30.0, -8.0)];
        let mut shares: Vec<f64> =
            slab.walls().iter().map(|wall| slab.share_before(wall, 30.0, std::iter::once(&lane[..]))).collect();
        shares.sort_by(f64::total_cmp);
        assert!(shares[0] == 0.0 && (shares[1] - 0.5).abs() < 0.05, "{shares:?}");
        let far = slab.walls().iter().map(|wall| slab.share_before(wall, 5.0, std::iter::once(&lane[..])));
        assert!(far.into_iter().all(|share| share == 0.0), "8 m is beyond 5 m");
    }
}
