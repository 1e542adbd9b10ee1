//! Shapes for low zooms, simplified once instead of for every tile.

use super::coordinates::{EXTENT, Vertex};
use super::simplify::Simplifier;
use crate::crs::World;
use crate::model::{GeometryKind, Place, Shape, ShapeRef};

/// The last zoom that is drawn from coarse shapes.
pub const LAST_COARSE: u8 = 10;

/// Zoom whose tolerance a coarse shape keeps: half of what the last that is drawn from it leaves out anyway.
const KEPT: u8 = LAST_COARSE + 1;

/// Shapes of fewer vertices are as quickly simplified for each tile.
const LEAST: usize = 48;

/// World units of a tile coordinate at [`KEPT`].
const UNIT: u32 = (1 << (32 - KEPT as u32)) / EXTENT as u32;

/// A polygon as zooms up to [`LAST_COARSE`] need it, by the same rule as tiles simplify, so that neighbours keep their
/// common border; `None` where it is simple enough as it is, is no polygon, or too small to be seen.
pub fn coarse(shape: ShapeRef<'_>) -> Option<Shape> {
    if shape.kind() != GeometryKind::Polygon || shape.places().len() < LEAST {
        return None;
    }
    let mut simplifier = Simplifier::new(KEPT);
    let mut simplified = |ring: &[Place], outer| {
        let vertex = |place: &Place| {
            let World { x, y } = World::from(*place);
            Vertex { x: i64::from(x / UNIT), y: i64::from(y / UNIT) }
        };
        let mut vertices: Vec<Vertex> = ring.iter().map(vertex).collect();
        simplifier.ring(&mut vertices, outer);
        // The middle of the cell; vertices come from places, so they lie within the world.
        let place =
            |at: Vertex| Place::from(World { x: at.x as u32 * UNIT + UNIT / 2, y: at.y as u32 * UNIT + UNIT / 2 });
        vertices.into_iter().map(place).collect::<Vec<Place>>()
    };
    let rings = shape.polygon_rings().into_iter().map(|rings| {
        let rings = rings.into_iter().enumerate().map(|(nth, ring)| simplified(ring, nth == 0));
        rings.filter(|ring| !ring.is_empty()).collect::<Vec<_>>()
    });
    let rings: Vec<Vec<Vec<Place>>> = rings.filter(|rings| !rings.is_empty()).collect();
    Shape::polygons(rings).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let coarse = coarse(fine.as_ref()).expect("a polygon of many vertices");
        assert!(coarse.places().len() * 4 < fine.places().len(), "{}", coarse.places().len());
        // A pixel at the last zoom drawn from it, in degrees of longitude.
        let pixel = 360.0 / f64::from(1 << LAST_COARSE) / 512.0;
        for place in coarse.places() {
            let apart = |other: &Place| {
                (place.lon_degrees() - other.lon_degrees()).hypot(place.lat_degrees() - other.lat_degrees())
            };
            let nearest = fine.places().iter().map(apart).fold(f64::INFINITY, f64::min);
            assert!(nearest < pixel, "{nearest} of {pixel}");
        }
    }

    #[test]
    fn what_a_tile_shows_of_a_coarse_shape_covers_the_same_ground() {
        let fine = wavy(3000, 0.0004);
        let coarse = coarse(fine.as_ref()).expect("a polygon of many vertices");
        let middle = Place::from_degrees(106.5, 29.5).unwrap();
        for zoom in 6..=LAST_COARSE {
            let tile = TileId::at(middle.into(), zoom).unwrap();
            let drawn = |shape: &Shape| {
                let mut cutter = Cutter::new(tile);
                cutter.add("area", 1, shape.as_ref(), [("n", Attribute::Integer(1))])
            };
            assert!(drawn(&coarse) && drawn(&fine));
        }
        let area = |shape: &Shape| {
            let edges = shape.places().windows(2).map(|edge| [edge[0], edge[1]]);
            let cross = |[a, b]: [Place; 2]| a.lon_degrees() * b.lat_degrees() - b.lon_degrees() * a.lat_degrees();
            (edges.map(cross).sum::<f64>() / 2.0).abs()
        };
        assert!((area(&coarse) / area(&fine) - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_point_a_line_and_a_simple_shape_are_left_as_they_are() {
        assert!(coarse(wavy(12, 0.0).as_ref()).is_none());
        assert!(coarse(Shape::point(Place { lon: 1, lat: 1 }).as_ref()).is_none());
    }
}
