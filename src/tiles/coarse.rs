//! Shapes for low zooms, simplified once instead of for every tile.

use super::coordinates::{EXTENT, Vertex};
use super::simplify::Simplifier;
use crate::crs::World;
use crate::model::{GeometryKind, Place, Shape, ShapeRef};

/// Zooms that are drawn from coarse shapes; lower ones are drawn from those of the first.
const ZOOMS: std::ops::RangeInclusive<u8> = 8..=LAST_COARSE;

/// The last zoom that is drawn from coarse shapes.
pub const LAST_COARSE: u8 = 12;

/// Shapes of fewer vertices are as quickly simplified for each tile.
const LEAST: usize = 48;

/// A polygon as each zoom up to [`LAST_COARSE`] needs it, by the same rule as tiles simplify, so that neighbours keep
/// their common border. Each is made from that of the zoom above.
#[derive(Clone, Debug)]
pub struct Coarse([Option<Shape>; 5]);

impl Coarse {
    /// Of a shape; `None` where it is simple enough as it is, or no polygon.
    pub fn of(shape: ShapeRef<'_>) -> Option<Coarse> {
        if shape.kind() != GeometryKind::Polygon || shape.places().len() < LEAST {
            return None;
        }
        let mut coarse = Coarse([const { None }; 5]);
        let mut finer = Some(shape);
        for (zoom, slot) in ZOOMS.zip(&mut coarse.0).rev() {
            *slot = finer.and_then(|finer| simplified(finer, zoom));
            finer = slot.as_ref().map(Shape::as_ref);
        }
        Some(coarse)
    }

    /// The shape that a zoom up to [`LAST_COARSE`] needs; `None` where it is too small to be seen.
    pub fn at(&self, zoom: u8) -> Option<ShapeRef<'_>> {
        let nth = zoom.clamp(*ZOOMS.start(), LAST_COARSE) - ZOOMS.start();
        self.0[usize::from(nth)].as_ref().map(Shape::as_ref)
    }
}

/// A polygon on the grid of tile coordinates of a zoom; `None` where it is too small to be seen.
fn simplified(shape: ShapeRef<'_>, zoom: u8) -> Option<Shape> {
    // World units of a tile coordinate.
    let unit = (1 << (32 - u32::from(zoom))) / EXTENT as u32;
    let mut simplifier = Simplifier::new(zoom);
    let mut simplified = |ring: &[Place], outer| {
        let vertex = |place: &Place| {
            let World { x, y } = World::from(*place);
            Vertex { x: i64::from(x / unit), y: i64::from(y / unit) }
        };
        let mut vertices: Vec<Vertex> = ring.iter().map(vertex).collect();
        simplifier.ring(&mut vertices, outer);
        // The middle of the cell; vertices come from places, so they lie within the world.
        let place =
            |at: Vertex| Place::from(World { x: at.x as u32 * unit + unit / 2, y: at.y as u32 * unit + unit / 2 });
        vertices.into_iter().map(place).collect::<Vec<Place>>()
    };
    let mut polygons: Vec<Vec<Vec<Place>>> = Vec::new();
    for rings in shape.polygon_rings() {
        let outer = simplified(rings[0], true);
        if !outer.is_empty() {
            let holes = rings[1..].iter().map(|ring| simplified(ring, false)).filter(|hole| !hole.is_empty());
            polygons.push(std::iter::once(outer).chain(holes).collect());
        }
    }
    Shape::polygons(polygons).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::WorldBox;
    use crate::tiles::{Attribute, Cutter, TileId};

    fn wavy(count: i32, amplitude: f64) -> Shape {
        let at = |nth: i32| {
            let angle = f64::from(nth) / f64::from(count) * std::f64::consts::TAU;
            let radius = 0.2 + amplitude * libm::sin(angle * 90.0);
            Place::from_degrees(106.5 + radius * libm::cos(angle), 29.5 + radius * libm::sin(angle)).unwrap()
        };
        Shape::polygons([vec![(0..count).map(at).collect()]]).unwrap()
    }

    #[test]
    fn a_coarse_border_lies_within_a_pixel_of_the_fine_one_where_it_is_drawn() {
        let fine = wavy(3000, 0.0004);
        let coarse = Coarse::of(fine.as_ref()).expect("a polygon of many vertices");
        let mut before = 0;
        for zoom in ZOOMS {
            let coarse = coarse.at(zoom).expect("large enough to be seen").places();
            assert!(coarse.len() > before && coarse.len() * 3 < fine.places().len() * 2, "{zoom}: {}", coarse.len());
            before = coarse.len();
            // In degrees of longitude.
            let pixel = 360.0 / f64::from(1 << zoom) / 512.0;
            for place in coarse {
                let apart = |other: &Place| {
                    (place.lon_degrees() - other.lon_degrees()).hypot(place.lat_degrees() - other.lat_degrees())
                };
                let nearest = fine.places().iter().map(apart).fold(f64::INFINITY, f64::min);
                assert!(nearest < pixel, "{zoom}: {nearest} of {pixel}");
            }
        }
    }

    #[test]
    fn what_a_tile_shows_of_a_coarse_shape_covers_the_same_ground() {
        let fine = wavy(3000, 0.0004);
        let coarse = Coarse::of(fine.as_ref()).expect("a polygon of many vertices");
        let middle = Place::from_degrees(106.5, 29.5).unwrap();
        for zoom in 6..=LAST_COARSE {
            let tile = TileId::at(middle.into(), zoom).unwrap();
            let drawn = |shape: ShapeRef<'_>| {
                let mut cutter = Cutter::new(tile);
                assert!(cutter.add("area", 1, shape, [("n", Attribute::Integer(1))]));
                cutter.finish()
            };
            let (of_coarse, of_fine) = (drawn(coarse.at(zoom).unwrap()), drawn(fine.as_ref()));
            if zoom == LAST_COARSE
                && tile.windows().all(|window| {
                    let all = WorldBox::from(fine.bounds());
                    window.union(all) == window
                })
            {
                assert_eq!(of_coarse, of_fine, "byte for byte where a tile holds it whole");
            }
        }
        let area = |shape: ShapeRef<'_>| {
            let edges = shape.places().windows(2).map(|edge| [edge[0], edge[1]]);
            let cross = |[a, b]: [Place; 2]| a.lon_degrees() * b.lat_degrees() - b.lon_degrees() * a.lat_degrees();
            (edges.map(cross).sum::<f64>() / 2.0).abs()
        };
        for zoom in ZOOMS {
            assert!((area(coarse.at(zoom).unwrap()) / area(fine.as_ref()) - 1.0).abs() < 0.01);
        }
    }

    #[test]
    fn a_point_a_line_and_a_simple_shape_are_left_as_they_are() {
        assert!(Coarse::of(wavy(12, 0.0).as_ref()).is_none());
        assert!(Coarse::of(Shape::point(Place { lon: 1, lat: 1 }).as_ref()).is_none());
    }
}
