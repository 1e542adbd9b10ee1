//! A footprint laid out in metres, and distances to its edge.

use crate::crs::{Frame, Offset, WorldBox};
use crate::model::{Place, Shape};

/// A building's footprint in metres around its first vertex, with room that is used again for the next building.
#[derive(Default)]
pub struct Footprint {
    frame: Option<Frame>,
    vertices: Vec<Offset>,
    /// Where each ring ends in `vertices`.
    ends: Vec<usize>,
    within: Option<WorldBox>,
}

impl Footprint {
    /// Lays out a shape.
    pub fn lay(&mut self, shape: &Shape, within: WorldBox) {
        let frame = Frame::at(shape.first());
        self.frame = Some(frame);
        self.within = Some(within);
        self.vertices.clear();
        self.ends.clear();
        for (_, ring) in shape.parts() {
            self.vertices.extend(ring.iter().map(|place| frame.offset(*place)));
            self.ends.push(self.vertices.len());
        }
    }

    /// Where a place lies among the vertices.
    ///
    /// # Panics
    /// Before the first [`Footprint::lay`].
    pub fn offset(&self, place: Place) -> Offset {
        self.frame.expect("a shape was laid out").offset(place)
    }

    /// The box around it.
    ///
    /// # Panics
    /// Before the first [`Footprint::lay`].
    pub fn within(&self) -> WorldBox {
        self.within.expect("a shape was laid out")
    }

    /// The vertices of its perimeter, holes included.
    pub fn vertices(&self) -> &[Offset] {
        &self.vertices
    }

    /// Distance in metres from a point to the nearest point of the footprint: 0 inside; in a courtyard to its wall.
    /// O(vertices).
    pub fn distance_m(&self, from: Offset) -> f64 {
        let mut nearest2 = f64::INFINITY;
        let mut inside = false;
        let mut start = 0;
        for &end in &self.ends {
            for edge in self.vertices[start..end].windows(2) {
                let (a, b) = (edge[0], edge[1]);
                nearest2 = nearest2.min(from.segment_distance2(a, b));
                // Even-odd rule over all rings: holes are outside, overlapping parts of a bow tie too.
                if (a.y > from.y) != (b.y > from.y) && from.x < (b.x - a.x) * (from.y - a.y) / (b.y - a.y) + a.x {
                    inside = !inside;
                }
            }
            start = end;
        }
        if inside { 0.0 } else { nearest2.sqrt() }
    }

    /// Distance in metres from a point to the farthest point of the perimeter, which is a vertex.
    pub fn farthest_m(&self, from: Offset) -> f64 {
        self.vertices.iter().map(|vertex| from.distance2(*vertex)).fold(0.0, f64::max).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn courtyard() -> (Shape, Footprint) {
        let at = |x: f64, y: f64| Place::from_degrees(106.5 + x / 96_966.3, 29.5 + y / 110_844.1).unwrap();
        let square = |from: f64, to: f64| vec![at(from, from), at(to, from), at(to, to), at(from, to), at(from, from)];
        let shape = Shape::polygons([vec![square(0.0, 60.0), square(20.0, 40.0)]]).unwrap();
        let mut footprint = Footprint::default();
        footprint.lay(&shape, (&shape).into());
        (shape, footprint)
    }

    #[test]
    fn a_hydrant_in_a_courtyard_is_as_far_as_its_wall_and_one_indoors_is_at_no_distance() {
        let (_, footprint) = courtyard();
        let to = |x, y| footprint.distance_m(Offset { x, y });
        assert!((to(30.0, 30.0) - 10.0).abs() < 0.01);
        assert_eq!(to(10.0, 30.0), 0.0);
        assert!((to(-30.0, 30.0) - 30.0).abs() < 0.01);
        assert!((to(-3.0, -4.0) - 5.0).abs() < 0.01);
        assert!((footprint.farthest_m(Offset { x: 0.0, y: 0.0 }) - 60.0 * 2f64.sqrt()).abs() < 0.05);
    }
}
