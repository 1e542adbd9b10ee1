//! A footprint laid out in metres, and distances to its edge.

use crate::crs::{Frame, Offset, WorldBox};
use crate::model::{Place, ShapeRef};

/// A building's footprint in metres around its first vertex, with room that is used again for the next building.
#[derive(Default)]
pub struct Footprint {
    frame: Option<Frame>,
    vertices: Vec<Offset>,
    /// Where each ring ends in `vertices`, and whether it begins a polygon.
    rings: Vec<(usize, bool)>,
    /// South-west and north-east corner of the least box around the vertices.
    corners: [Offset; 2],
    within: Option<WorldBox>,
}

/// What a glance at the box around a footprint tells of a distance in metres: it is between these.
#[derive(Clone, Copy, Debug)]
pub struct Glance {
    /// No point of the footprint is nearer.
    pub least_m: f64,
    /// No vertex is farther.
    pub most_m: f64,
}

impl Footprint {
    /// Lays out a shape.
    pub fn lay(&mut self, shape: ShapeRef<'_>, within: WorldBox) {
        let frame = Frame::at(shape.first());
        self.frame = Some(frame);
        self.within = Some(within);
        self.vertices.clear();
        self.rings.clear();
        for (outer, ring) in shape.parts() {
            self.vertices.extend(ring.iter().map(|place| frame.offset(*place)));
            self.rings.push((self.vertices.len(), outer));
        }
        let (mut low, mut high) = (self.vertices[0], self.vertices[0]);
        for at in &self.vertices {
            low = Offset { x: low.x.min(at.x), y: low.y.min(at.y) };
            high = Offset { x: high.x.max(at.x), y: high.y.max(at.y) };
        }
        self.corners = [low, high];
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

    /// Bounds of the distance from a point, without looking at the vertices. O(1).
    pub fn glance(&self, from: Offset) -> Glance {
        let [low, high] = self.corners;
        let (left, right) = (low.x - from.x, from.x - high.x);
        let (below, above) = (low.y - from.y, from.y - high.y);
        let near = Offset { x: left.max(right).max(0.0), y: below.max(above).max(0.0) };
        // The farther side is the one whose opposite is nearer: `left` is minus the distance to the west side.
        let far = Offset { x: left.abs().max(right.abs()), y: below.abs().max(above.abs()) };
        let origin = Offset::default();
        Glance { least_m: near.distance2(origin).sqrt(), most_m: far.distance2(origin).sqrt() }
    }

    /// Area in m², holes left out.
    pub fn area_m2(&self) -> f64 {
        let mut sum = 0.0;
        let mut start = 0;
        for &(end, outer) in &self.rings {
            let edges = self.vertices[start..end].windows(2);
            let doubled: f64 = edges.map(|edge| edge[0].x * edge[1].y - edge[1].x * edge[0].y).sum();
            sum += if outer { doubled.abs() } else { -doubled.abs() };
            start = end;
        }
        (sum / 2.0).max(0.0)
    }

    /// Distance in metres from a point to the nearest point of the footprint: 0 inside; in a courtyard to its wall.
    /// O(vertices).
    pub fn distance_m(&self, from: Offset) -> f64 {
        let mut nearest2 = f64::INFINITY;
        let mut inside = false;
        let mut start = 0;
        for &(end, _) in &self.rings {
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
    use crate::model::Shape;

    fn courtyard() -> (Shape, Footprint) {
        let at = |x: f64, y: f64| Place::from_degrees(106.5 + x / 96_966.3, 29.5 + y / 110_844.1).unwrap();
        let square = |from: f64, to: f64| vec![at(from, from), at(to, from), at(to, to), at(from, to), at(from, from)];
        let shape = Shape::polygons([vec![square(0.0, 60.0), square(20.0, 40.0)]]).unwrap();
        let mut footprint = Footprint::default();
        footprint.lay(shape.as_ref(), shape.as_ref().into());
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
