//! The tiles that a large shape reaches, without drawing it: along its lines, and within its outer rings.

use std::collections::{HashMap, HashSet};

use super::coordinates::{BUFFER, EXTENT, TileId};
use crate::crs::{World, WorldBox};
use crate::model::{GeometryKind, ShapeRef};

/// Tile coordinates by which a shape may reach farther when it is simplified.
const SLACK: i64 = 64;

/// Tiles that a step of a line may touch before it is halved.
const MOST_OF_A_STEP: i64 = 9;

type Vertex = [i64; 2];

/// A shape on the square world.
pub struct Reach {
    /// Each with whether it is the outer ring of a polygon.
    parts: Vec<(bool, Vec<Vertex>)>,
    within: WorldBox,
}

impl Reach {
    /// Of a shape.
    pub fn of(shape: ShapeRef<'_>) -> Reach {
        let at = |place: &_| {
            let World { x, y } = World::from(*place);
            [i64::from(x), i64::from(y)]
        };
        let rings = shape.kind() == GeometryKind::Polygon;
        let parts = shape.parts().map(|(outer, places)| (outer && rings, places.iter().map(at).collect()));
        Reach { parts: parts.collect(), within: WorldBox::from(shape.bounds()) }
    }

    /// All tiles of a zoom that may draw anything of it, and few others, in no order; `None` of more than `most`.
    /// O(vertices + tiles).
    pub fn tiles(&self, zoom: u8, most: usize) -> Option<Vec<TileId>> {
        let boxed: Vec<TileId> = TileId::touched_by(self.within, zoom).take(2 * MOST_OF_A_STEP as usize + 1).collect();
        if boxed.len() <= 2 * MOST_OF_A_STEP as usize {
            return (boxed.len() <= most).then_some(boxed);
        }
        let mut squares = Squares::new(zoom, most);
        for (is_outer, line) in &self.parts {
            for step in line.windows(2) {
                squares.along(step[0], step[1]);
            }
            if *is_outer {
                squares.fill(line);
            }
            if squares.found.len() > most {
                return None;
            }
        }
        Some(squares.tiles())
    }
}

/// The squares of a zoom by column and row; columns go on beyond the 180th meridian.
struct Squares {
    zoom: u8,
    most: usize,
    size: i64,
    margin: i64,
    found: HashSet<[i64; 2]>,
}

impl Squares {
    fn new(zoom: u8, most: usize) -> Squares {
        let size = (1_i64 << 32) >> zoom;
        let margin = size * (BUFFER + SLACK) / EXTENT + 2;
        Squares { zoom, most, size, margin, found: HashSet::new() }
    }

    fn span(&self, a: i64, b: i64) -> std::ops::RangeInclusive<i64> {
        (a.min(b) - self.margin).div_euclid(self.size)..=(a.max(b) + self.margin).div_euclid(self.size)
    }

    /// Those whose windows a step touches.
    fn along(&mut self, a: Vertex, b: Vertex) {
        if self.found.len() > self.most {
            return;
        }
        let (columns, rows) = (self.span(a[0], b[0]), self.span(a[1], b[1]));
        let count = (columns.end() - columns.start() + 1) * (rows.end() - rows.start() + 1);
        let length = (a[0] - b[0]).abs().max((a[1] - b[1]).abs());
        if count > MOST_OF_A_STEP && length > self.size / 4 {
            let middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
            self.along(a, middle);
            self.along(middle, b);
            return;
        }
        for row in rows {
            self.found.extend(columns.clone().map(|column| [column, row]));
        }
    }

    /// Those whose middle a ring goes around: of those that no step touches all that lie within.
    fn fill(&mut self, ring: &[Vertex]) {
        let half = self.size / 2;
        // By row where its middle line is crossed, and which way.
        let mut crossings: HashMap<i64, Vec<(i64, i32)>> = HashMap::new();
        for step in ring.windows(2) {
            let ([ax, ay], [bx, by]) = (step[0], step[1]);
            // The rows whose middle lies in [least, most).
            let first = (ay.min(by) - half + self.size - 1).div_euclid(self.size);
            let last = (ay.max(by) - half - 1).div_euclid(self.size);
            for row in first..=last {
                let y = row * self.size + half;
                let x = ax + (i128::from(bx - ax) * i128::from(y - ay) / i128::from(by - ay)) as i64;
                crossings.entry(row).or_default().push((x, if ay < by { 1 } else { -1 }));
            }
        }
        for (row, mut crossed) in crossings {
            crossed.sort_unstable();
            let mut turns = 0;
            for pair in crossed.windows(2) {
                turns += pair[0].1;
                let first = (pair[0].0 - half).div_euclid(self.size);
                let last = (pair[1].0 - half).div_euclid(self.size) + 1;
                if turns != 0 && self.found.len() <= self.most {
                    self.found.extend((first..=last).map(|column| [column, row]));
                }
            }
        }
    }

    fn tiles(self) -> Vec<TileId> {
        let around = 1_i64 << self.zoom;
        let rows = self.found.into_iter().filter(|[_, row]| (0..around).contains(row));
        let tiles: HashSet<TileId> =
            rows.filter_map(|[x, y]| TileId::new(self.zoom, x.rem_euclid(around) as u32, y as u32)).collect();
        tiles.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Place, Shape};
    use crate::tiles::{Attribute, Cutter};
    use proptest::prelude::*;

    fn at((x, y): (i32, i32)) -> Place {
        Place { lon: 1_065_000_000 + x * 1000, lat: 295_000_000 + y * 1000 }
    }

    /// Checks that no tile of a zoom draws a shape but those told; how many are told, and how many draw nothing.
    fn held(shape: &Shape, zoom: u8) -> (usize, usize) {
        let told: HashSet<TileId> = Reach::of(shape.as_ref()).tiles(zoom, usize::MAX).unwrap().into_iter().collect();
        let draws = |tile: &TileId| Cutter::new(*tile).add("drawn", 1, shape.as_ref(), [("n", Attribute::Integer(1))]);
        for tile in TileId::touched_by(shape.bounds().into(), zoom) {
            assert!(told.contains(&tile) || !draws(&tile), "{tile:?} of {shape:?}");
        }
        (told.len(), told.iter().filter(|tile| !draws(tile)).count())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn every_tile_that_draws_a_shape_is_reached(
            rings in proptest::collection::vec(proptest::collection::vec((-300..300_i32, -300..300_i32), 3..9), 1..3),
            zoom in 9..16_u8,
        ) {
            let ring = |ring: &Vec<(i32, i32)>| ring.iter().map(|place| at(*place)).collect::<Vec<_>>();
            if let Ok(shape) = Shape::polygons(rings.iter().map(|outer| vec![ring(outer)])) {
                held(&shape, zoom);
            }
            if let Ok(shape) = Shape::lines(rings.iter().map(ring)) {
                held(&shape, zoom);
            }
        }
    }

    #[test]
    fn of_a_star_few_tiles_are_told_that_draw_nothing() {
        let corner = |nth: i32| {
            let angle = f64::from(nth) * 0.2 * std::f64::consts::PI;
            let far = if nth % 2 == 0 { 900.0 } else { 300.0 };
            at(((far * libm::cos(angle)) as i32, (far * libm::sin(angle)) as i32))
        };
        let star = Shape::polygons([vec![(0..10).map(corner).collect()]]).unwrap();
        let (told, vain) = held(&star, 16);
        assert!(told > 400 && vain * 5 < told, "{vain} of {told}");
        assert!(Reach::of(star.as_ref()).tiles(16, 400).is_none(), "more than are wanted");
        assert_eq!(Reach::of(star.as_ref()).tiles(3, 400).unwrap().len(), 1);
    }
}
