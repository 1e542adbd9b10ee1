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

/// A shape as each zoom up to [`LAST_COARSE`] needs it, by the same rule as tiles simplify, so that neighbours keep
/// their common border. Each is made from that of the zoom above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coarse([Option<Shape>; 5]);

impl Coarse {
    /// Of a polygon; `None` where it is simple enough as it is, or no polygon.
    pub fn of(shape: ShapeRef<'_>) -> Option<Coarse> {
        let worth = shape.kind() == GeometryKind::Polygon && shape.places().len() >= LEAST;
        worth.then(|| Coarse::new(shape, *ZOOMS.start(), polygons))
    }

    /// Of lines, however simple, that are drawn from a zoom on.
    pub fn of_lines(shape: ShapeRef<'_>, from: u8) -> Coarse {
        Coarse::new(shape, from, lines)
    }

    fn new(shape: ShapeRef<'_>, from: u8, simplified: fn(ShapeRef<'_>, u8) -> Option<Shape>) -> Coarse {
        let mut coarse = Coarse([const { None }; 5]);
        let mut finer = Some(shape);
        for (zoom, slot) in ZOOMS.zip(&mut coarse.0).rev().take_while(|(zoom, _)| *zoom >= from) {
            *slot = finer.and_then(|finer| simplified(finer, zoom));
            finer = slot.as_ref().map(Shape::as_ref);
        }
        coarse
    }

    /// The shape that a zoom up to [`LAST_COARSE`] needs; `None` where it is too small to be seen.
    pub fn at(&self, zoom: u8) -> Option<ShapeRef<'_>> {
        let nth = zoom.clamp(*ZOOMS.start(), LAST_COARSE) - ZOOMS.start();
        self.0[usize::from(nth)].as_ref().map(Shape::as_ref)
    }
}

/// Lines on the grid of tile coordinates of a zoom; `None` where they are too small to be seen.
fn lines(shape: ShapeRef<'_>, zoom: u8) -> Option<Shape> {
    let grid = Grid::of(zoom);
    let mut simplifier = Simplifier::new(zoom);
    let simplified = shape.parts().map(|(_, line)| {
        let mut vertices = grid.vertices(line);
        simplifier.line(&mut vertices);
        grid.places(vertices)
    });
    Shape::lines(simplified).ok()
}

/// Polygons on the grid of tile coordinates of a zoom; `None` where they are too small to be seen.
fn polygons(shape: ShapeRef<'_>, zoom: u8) -> Option<Shape> {
    let grid = Grid::of(zoom);
    let mut simplifier = Simplifier::new(zoom);
    let mut simplified = |ring: &[Place], outer| {
        let mut vertices = grid.vertices(ring);
        simplifier.ring(&mut vertices, outer);
        grid.places(vertices)
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

/// The tile coordinates of a zoom, counted through all the world.
struct Grid {
    /// World units of a tile coordinate.
    unit: i64,
}

impl Grid {
    fn of(zoom: u8) -> Grid {
        Grid { unit: (1 << (32 - u32::from(zoom))) / EXTENT }
    }

    /// Rounded as tiles round.
    fn vertices(&self, places: &[Place]) -> Vec<Vertex> {
        let nearest = |at: u32| (i64::from(at) + self.unit / 2) / self.unit;
        let vertex = |place: &Place| {
            let World { x, y } = World::from(*place);
            Vertex { x: nearest(x), y: nearest(y) }
        };
        places.iter().map(vertex).collect()
    }

    /// The places that tiles of the zoom round to these vertices again.
    fn places(&self, vertices: Vec<Vertex>) -> Vec<Place> {
        // The last line of the grid is the end of the world, which is one unit short of it.
        let world = |at: i64| (at * self.unit).clamp(0, i64::from(u32::MAX)) as u32;
        vertices.into_iter().map(|at| Place::from(World { x: world(at.x), y: world(at.y) })).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::WorldBox;
    use crate::tiles::{Attribute, Cutter, TileId};

    fn wavy(count: i32, amplitude: f64) -> Shape {
        waves(count, 0.2, amplitude)
    }

    fn waves(count: i32, radius: f64, amplitude: f64) -> Shape {
        let at = |nth: i32| {
            let angle = f64::from(nth) / f64::from(count) * std::f64::consts::TAU;
            let radius = radius + amplitude * libm::sin(angle * 90.0);
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
        let area = |shape: ShapeRef<'_>| {
            let edges = shape.places().windows(2).map(|edge| [edge[0], edge[1]]);
            let cross = |[a, b]: [Place; 2]| a.lon_degrees() * b.lat_degrees() - b.lon_degrees() * a.lat_degrees();
            (edges.map(cross).sum::<f64>() / 2.0).abs()
        };
        for zoom in ZOOMS {
            assert!((area(coarse.at(zoom).unwrap()) / area(fine.as_ref()) - 1.0).abs() < 0.01);
        }
    }

    fn drawn(shape: ShapeRef<'_>, tile: TileId) -> Option<Vec<u8>> {
        let mut cutter = Cutter::new(tile);
        assert!(cutter.add("drawn", 1, shape, [("n", Attribute::Integer(1))]));
        cutter.finish()
    }

    #[test]
    fn a_tile_that_holds_it_whole_shows_what_it_would_show_of_the_fine_one() {
        let fine = waves(900, 0.02, 0.0004);
        let coarse = Coarse::of(fine.as_ref()).expect("a polygon of many vertices");
        let tile = TileId::at(Place::from_degrees(106.5, 29.5).unwrap().into(), LAST_COARSE).unwrap();
        let within = WorldBox::from(fine.bounds());
        assert!(tile.windows().all(|window| window.union(within) == window));
        assert_eq!(drawn(coarse.at(LAST_COARSE).unwrap(), tile), drawn(fine.as_ref(), tile));
    }

    #[test]
    fn a_coarse_line_lies_within_a_pixel_of_the_fine_one_and_neighbouring_tiles_show_the_same_of_it() {
        let fine = Shape::lines([wavy(3000, 0.0004).places()[..2900].to_vec()]).unwrap();
        let coarse = Coarse::of_lines(fine.as_ref(), 8);
        let ends = [fine.first(), fine.places()[2899]];
        let mut before = 0;
        for zoom in ZOOMS {
            let line = coarse.at(zoom).expect("large enough to be seen");
            let places = line.places();
            assert!(places.len() > before && places.len() * 3 < fine.places().len() * 2, "{zoom}: {}", places.len());
            before = places.len();
            let pixel = 360.0 / f64::from(1 << zoom) / 512.0;
            for (end, was) in [places[0], places[places.len() - 1]].into_iter().zip(ends) {
                assert!((end.lon_degrees() - was.lon_degrees()).abs() < pixel / 4.0, "{zoom}: ends stay");
            }
            for place in fine.places() {
                let at = [place.lon_degrees(), place.lat_degrees()];
                let gaps = places.windows(2).map(|step| {
                    let [a, b] = [step[0], step[1]].map(|place| [place.lon_degrees(), place.lat_degrees()]);
                    let ([ux, uy], [vx, vy]) = ([b[0] - a[0], b[1] - a[1]], [at[0] - a[0], at[1] - a[1]]);
                    let along = ((ux * vx + uy * vy) / (ux * ux + uy * uy)).clamp(0.0, 1.0);
                    (vx - along * ux).hypot(vy - along * uy)
                });
                let gap = gaps.fold(f64::INFINITY, f64::min);
                assert!(gap < 2.0 * pixel, "{zoom}: {gap} of {pixel}");
            }
            // A tile draws what it is given: what is simple already is not simplified again.
            let simple = lines(line, zoom).expect("still there");
            assert_eq!(simple.as_ref(), line, "at zoom {zoom}");
        }
    }

    #[test]
    fn a_point_a_line_and_a_simple_shape_are_left_as_they_are() {
        assert!(Coarse::of(wavy(12, 0.0).as_ref()).is_none());
        assert!(Coarse::of(Shape::point(Place { lon: 1, lat: 1 }).as_ref()).is_none());
    }
}
