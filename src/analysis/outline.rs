//! A polygon made ready for many questions of what lies inside.

use crate::model::{Bounds, GeometryKind, Place, ShapeRef};

/// The edges of an area, sorted into bands of latitude.
///
/// Inside is by the even-odd rule over all rings; a place on an edge belongs to the west or south side, so that
/// neighbours that share an edge never both have it. All in whole numbers. O(edges) to make, O(edges of a band) to ask.
#[derive(Clone, Debug)]
pub struct Outline {
    bounds: Bounds,
    /// Band by band the edges that touch it; an edge stands in each band it touches.
    edges: Vec<(Place, Place)>,
    /// Where each band ends in `edges`.
    ends: Vec<u32>,
}

/// Edges a band is meant to hold.
const EDGES_A_BAND: usize = 8;

impl Outline {
    /// Of a polygon shape; other shapes contain nothing.
    pub fn new(shape: ShapeRef<'_>) -> Outline {
        let rings = shape.parts().filter(|_| shape.kind() == GeometryKind::Polygon).map(|(_, ring)| ring);
        let edges = rings.flat_map(|ring| ring.windows(2)).map(|edge| (edge[0], edge[1]));
        let bands = edges.clone().count().div_ceil(EDGES_A_BAND).max(1);
        let mut outline = Outline { bounds: shape.bounds(), edges: Vec::new(), ends: vec![0; bands] };
        // Count, sum up, put in place: the ends begin as beginnings and move as the bands fill.
        let of =
            |outline: &Outline, (a, b): (Place, Place)| outline.band(a.lat.min(b.lat))..=outline.band(a.lat.max(b.lat));
        for edge in edges.clone() {
            of(&outline, edge).for_each(|band| outline.ends[band] += 1);
        }
        let mut all = 0;
        for end in &mut outline.ends {
            all += std::mem::replace(end, all);
        }
        outline.edges = vec![Default::default(); all as usize];
        for edge in edges {
            for band in of(&outline, edge) {
                outline.edges[outline.ends[band] as usize] = edge;
                outline.ends[band] += 1;
            }
        }
        outline
    }

    /// The box around it.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Whether a place lies inside.
    pub fn contains(&self, at: Place) -> bool {
        if !self.bounds.intersects(Bounds { min: at, max: at }) {
            return false;
        }
        self.of_band(self.band(at.lat)).iter().fold(false, |inside, (a, b)| inside ^ crosses_east_of(*a, *b, at))
    }

    /// Whether all places within bounds lie inside; `None` where the outline may pass between them. O(edges of the
    /// bands that the bounds touch).
    pub fn holds_all(&self, bounds: Bounds) -> Option<bool> {
        if !self.bounds.intersects(bounds) {
            return Some(false);
        }
        let (first, last) = (self.band(bounds.min.lat), self.band(bounds.max.lat));
        let near = &self.edges[self.begin(first)..self.ends[last] as usize];
        let passes = near.iter().any(|(a, b)| touches(*a, *b, bounds));
        // Where no edge touches the bounds, every place in them has the same answer.
        (!passes).then(|| self.contains(bounds.min))
    }

    /// Adds how far along the segment from `a` to `b` (0…1) the outline is crossed, in no order.
    pub fn crossings(&self, a: Place, b: Place, found: &mut Vec<f64>) {
        let Some(along) = Bounds::of([a, b]).filter(|along| along.intersects(self.bounds)) else { return };
        let first = self.band(along.min.lat);
        for band in first..=self.band(along.max.lat) {
            // An edge of several bands is looked at in the first of them that is asked for.
            let floor = if band == first { i32::MIN } else { self.floor(band) };
            for &(c, d) in self.of_band(band) {
                if touches(c, d, along) && c.lat.min(d.lat) >= floor {
                    found.extend(crossing(a, b, (c, d)));
                }
            }
        }
    }

    fn of_band(&self, band: usize) -> &[(Place, Place)] {
        &self.edges[self.begin(band)..self.ends[band] as usize]
    }

    /// Where a band begins in `edges`.
    fn begin(&self, band: usize) -> usize {
        band.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    /// The least latitude of a band.
    fn floor(&self, band: usize) -> i32 {
        let up = (band as i64 * self.height() + self.ends.len() as i64 - 1) / self.ends.len() as i64;
        (i64::from(self.bounds.min.lat) + up) as i32
    }

    fn height(&self) -> i64 {
        i64::from(self.bounds.max.lat) - i64::from(self.bounds.min.lat) + 1
    }

    fn band(&self, lat: i32) -> usize {
        let height = self.height();
        let up = (i64::from(lat) - i64::from(self.bounds.min.lat)).clamp(0, height - 1);
        (up * self.ends.len() as i64 / height) as usize
    }
}

/// Whether the box around an edge touches bounds.
fn touches(a: Place, b: Place, bounds: Bounds) -> bool {
    a.lon.min(b.lon) <= bounds.max.lon
        && a.lon.max(b.lon) >= bounds.min.lon
        && a.lat.min(b.lat) <= bounds.max.lat
        && a.lat.max(b.lat) >= bounds.min.lat
}

/// Whether a ray from `at` to the east crosses the edge.
fn crosses_east_of(a: Place, b: Place, at: Place) -> bool {
    if (a.lat > at.lat) == (b.lat > at.lat) {
        return false;
    }
    // Mostly the edge lies on one side as a whole.
    if at.lon < a.lon.min(b.lon) {
        return true;
    }
    if at.lon > a.lon.max(b.lon) {
        return false;
    }
    let wide = |n: i32| i128::from(n);
    let (dx, dy) = (wide(b.lon) - wide(a.lon), wide(b.lat) - wide(a.lat));
    let left = (wide(at.lon) - wide(a.lon)) * dy;
    let right = dx * (wide(at.lat) - wide(a.lat));
    if dy > 0 { left < right } else { left > right }
}

/// Where on the segment from `a` to `b` it meets an edge properly.
fn crossing(a: Place, b: Place, (c, d): (Place, Place)) -> Option<f64> {
    let diff = |p: Place, q: Place| (f64::from(q.lon) - f64::from(p.lon), f64::from(q.lat) - f64::from(p.lat));
    let cross = |(ax, ay): (f64, f64), (bx, by): (f64, f64)| ax * by - ay * bx;
    let (along, edge, between) = (diff(a, b), diff(c, d), diff(a, c));
    let denominator = cross(along, edge);
    if denominator == 0.0 {
        return None;
    }
    let t = cross(between, edge) / denominator;
    let u = cross(between, along) / denominator;
    ((0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&u)).then_some(t)
}

/// Whether a polygon holds a place, as [`Outline::contains`] says. O(edges), for a single question.
pub fn holds(shape: ShapeRef<'_>, at: Place) -> bool {
    let edges = shape.parts().flat_map(|(_, ring)| ring.windows(2));
    shape.kind() == GeometryKind::Polygon
        && edges.fold(false, |inside, edge| inside ^ crosses_east_of(edge[0], edge[1], at))
}

/// A place inside a polygon: its centroid where that lies inside, else the middle of the widest stretch at the
/// centroid's latitude. A point stands for itself, a line for its middle vertex.
pub fn inner_place(shape: ShapeRef<'_>) -> Place {
    if shape.kind() != GeometryKind::Polygon {
        return shape.places()[shape.places().len() / 2];
    }
    let largest = shape
        .parts()
        .filter(|(outer, _)| *outer)
        .max_by(|a, b| doubled_area(a.1).abs().total_cmp(&doubled_area(b.1).abs()));
    let ring = largest.map_or(shape.places(), |(_, ring)| ring);
    let centroid = centroid(ring);
    // Most shapes hold their centroid: no need to make them ready for more questions.
    if holds(shape, centroid) {
        return centroid;
    }
    let outline = Outline::new(shape);
    let (west, east) = (outline.bounds.min.lon, outline.bounds.max.lon);
    let on = |lon| Place { lon, lat: centroid.lat };
    let width = f64::from(east) - f64::from(west);
    let mut along = Vec::new();
    outline.crossings(on(west), on(east), &mut along);
    along.sort_by(f64::total_cmp);
    let crossed: Vec<i32> = along.into_iter().map(|t| (f64::from(west) + t * width).round() as i32).collect();
    let middle = |pair: &[i32]| on(((i64::from(pair[0]) + i64::from(pair[1])) / 2) as i32);
    crossed
        .windows(2)
        .filter(|pair| outline.contains(middle(pair)))
        .max_by_key(|pair| i64::from(pair[1]) - i64::from(pair[0]))
        .map_or(ring[0], middle)
}

fn doubled_area(ring: &[Place]) -> f64 {
    corners(ring).map(|((ax, ay), (bx, by))| ax * by - bx * ay).sum()
}

fn centroid(ring: &[Place]) -> Place {
    let area = doubled_area(ring);
    if area == 0.0 {
        return ring[0];
    }
    let (mut x, mut y) = (0.0, 0.0);
    for ((ax, ay), (bx, by)) in corners(ring) {
        let cross = ax * by - bx * ay;
        x += (ax + bx) * cross;
        y += (ay + by) * cross;
    }
    let from = |origin: i32, sum: f64| (f64::from(origin) + sum / (3.0 * area)).round() as i32;
    Place { lon: from(ring[0].lon, x), lat: from(ring[0].lat, y) }
}

/// The edges of a ring relative to its first vertex.
fn corners(ring: &[Place]) -> impl Iterator<Item = ((f64, f64), (f64, f64))> + '_ {
    let origin = ring[0];
    let from = move |p: Place| (f64::from(p.lon) - f64::from(origin.lon), f64::from(p.lat) - f64::from(origin.lat));
    ring.windows(2).map(move |edge| (from(edge[0]), from(edge[1])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;
    use geo::{Contains, Coord, LineString, Polygon};
    use proptest::prelude::*;

    fn star(seed: &[(i32, i32)]) -> Option<Shape> {
        // Vertices sorted around their middle make a ring that does not cross itself.
        let mut ring = seed.to_vec();
        let n = ring.len() as f64;
        let (mx, my) = ring.iter().fold((0.0, 0.0), |(x, y), p| (x + f64::from(p.0) / n, y + f64::from(p.1) / n));
        ring.sort_by(|a, b| {
            let angle = |p: &(i32, i32)| (f64::from(p.1) - my).atan2(f64::from(p.0) - mx);
            angle(a).total_cmp(&angle(b))
        });
        Shape::polygons([vec![ring.into_iter().map(|(lon, lat)| Place { lon, lat }).collect()]]).ok()
    }

    proptest! {
        #[test]
        fn inside_is_what_another_library_calls_inside(
            seed in proptest::collection::vec((0..1000i32, 0..1000i32), 3..60), x in 0..1000i32, y in 0..1000i32
        ) {
            let Some(shape) = star(&seed) else { return Ok(()) };
            let coords: Vec<Coord> = shape.places().iter().map(|p| Coord { x: p.lon.into(), y: p.lat.into() }).collect();
            let polygon = Polygon::new(LineString(coords), vec![]);
            let at = Coord { x: f64::from(x), y: f64::from(y) };
            use geo::coordinate_position::{CoordPos, CoordinatePosition};
            if polygon.coordinate_position(&at) != CoordPos::OnBoundary {
                let (outline, at_place) = (Outline::new(shape.as_ref()), Place { lon: x, lat: y });
                prop_assert_eq!(outline.contains(at_place), polygon.contains(&at));
                prop_assert_eq!(holds(shape.as_ref(), at_place), polygon.contains(&at));
            }
        }

        #[test]
        fn bounds_are_held_whole_only_where_every_place_in_them_is(
            seed in proptest::collection::vec((0..40i32, 0..40i32), 3..40), x in -5..45i32, y in -5..45i32, size in 0..9i32
        ) {
            let Some(shape) = star(&seed) else { return Ok(()) };
            let outline = Outline::new(shape.as_ref());
            let bounds = Bounds { min: Place { lon: x, lat: y }, max: Place { lon: x + size, lat: y + size } };
            if let Some(all) = outline.holds_all(bounds) {
                for (lon, lat) in (x..=x + size).flat_map(|lon| (y..=y + size).map(move |lat| (lon, lat))) {
                    prop_assert_eq!(outline.contains(Place { lon, lat }), all);
                }
            }
        }

        #[test]
        fn a_segment_crosses_an_outline_where_it_crosses_its_edges(
            seed in proptest::collection::vec((0..200i32, 0..200i32), 3..60),
            ends in [(-20..220i32, -20..220i32), (-20..220i32, -20..220i32)],
        ) {
            let Some(shape) = star(&seed) else { return Ok(()) };
            let [a, b] = ends.map(|(lon, lat)| Place { lon, lat });
            let mut found = Vec::new();
            Outline::new(shape.as_ref()).crossings(a, b, &mut found);
            let edges = shape.places().windows(2);
            let mut all: Vec<f64> = edges.filter_map(|edge| crossing(a, b, (edge[0], edge[1]))).collect();
            found.sort_by(f64::total_cmp);
            all.sort_by(f64::total_cmp);
            prop_assert_eq!(found, all);
        }

        #[test]
        fn an_inner_place_lies_inside(seed in proptest::collection::vec((0..100_000i32, 0..100_000i32), 3..30)) {
            let Some(shape) = star(&seed) else { return Ok(()) };
            let at = inner_place(shape.as_ref());
            let outline = Outline::new(shape.as_ref());
            let middle = centroid(shape.places());
            prop_assert!(at == middle || !outline.contains(middle));
            prop_assert!(outline.contains(at) || shape.bounds().max.lon - shape.bounds().min.lon < 50 || at == shape.first());
        }
    }

    #[test]
    fn neighbours_that_share_an_edge_never_both_have_a_place_on_it() {
        let square = |lon: i32, lat: i32| {
            let p = |dx, dy| Place { lon: lon + dx, lat: lat + dy };
            Outline::new(Shape::polygons([vec![vec![p(0, 0), p(10, 0), p(10, 10), p(0, 10)]]]).unwrap().as_ref())
        };
        let four = [square(0, 0), square(10, 0), square(0, 10), square(10, 10)];
        for lon in 1..20 {
            for lat in 1..20 {
                let at = Place { lon, lat };
                assert_eq!(four.iter().filter(|outline| outline.contains(at)).count(), 1, "{at:?}");
            }
        }
    }

    #[test]
    fn the_inner_place_of_a_horseshoe_lies_in_its_arm() {
        let p = |lon, lat| Place { lon, lat };
        let ring = vec![p(0, 0), p(100, 0), p(100, 100), p(80, 100), p(80, 20), p(20, 20), p(20, 100), p(0, 100)];
        let shape = Shape::polygons([vec![ring]]).unwrap();
        assert!(Outline::new(shape.as_ref()).contains(inner_place(shape.as_ref())));
    }
}
