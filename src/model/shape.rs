//! Places and shapes as they are kept in memory: whole 1e-7 degrees, eight bytes a vertex.

use super::layer::GeometryKind;

/// A place on earth: longitude and latitude (EPSG:4326) in whole 1e-7 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Place {
    /// Longitude, east positive, −180°…180°.
    pub lon: i32,
    /// Latitude, north positive, −90°…90°.
    pub lat: i32,
}

/// Units of a degree.
const UNITS: f64 = 1e7;

impl Place {
    /// A place from degrees, rounded to 1e-7°; `None` where a number is not finite or outside the globe.
    ///
    /// ```
    /// use firemap::model::Place;
    /// assert_eq!(Place::from_degrees(106.5, 29.5), Some(Place { lon: 1_065_000_000, lat: 295_000_000 }));
    /// assert_eq!(Place::from_degrees(29.5, 106.5), None);
    /// ```
    pub fn from_degrees(lon: f64, lat: f64) -> Option<Place> {
        // A comparison with NaN is false, so NaN falls through to None.
        let on_earth = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
        on_earth.then(|| Place { lon: (lon * UNITS).round() as i32, lat: (lat * UNITS).round() as i32 })
    }

    /// Longitude in degrees.
    pub fn lon_degrees(self) -> f64 {
        f64::from(self.lon) / UNITS
    }

    /// Latitude in degrees.
    pub fn lat_degrees(self) -> f64 {
        f64::from(self.lat) / UNITS
    }
}

/// A box of places, sides included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// South-west corner.
    pub min: Place,
    /// North-east corner.
    pub max: Place,
}

impl Bounds {
    /// The least box around places; `None` of none.
    pub fn of(places: impl IntoIterator<Item = Place>) -> Option<Bounds> {
        places.into_iter().fold(None, |bounds: Option<Bounds>, place| {
            let at = Bounds { min: place, max: place };
            Some(bounds.map_or(at, |bounds| bounds.union(at)))
        })
    }

    /// The least box around both.
    pub fn union(self, other: Bounds) -> Bounds {
        Bounds {
            min: Place { lon: self.min.lon.min(other.min.lon), lat: self.min.lat.min(other.min.lat) },
            max: Place { lon: self.max.lon.max(other.max.lon), lat: self.max.lat.max(other.max.lat) },
        }
    }

    /// Whether all of another box lies within this one.
    pub fn contains(self, other: Bounds) -> bool {
        self.union(other) == self
    }

    /// Whether the boxes share a place.
    pub fn intersects(self, other: Bounds) -> bool {
        self.min.lon <= other.max.lon
            && other.min.lon <= self.max.lon
            && self.min.lat <= other.max.lat
            && other.min.lat <= self.max.lat
    }
}

/// What is wrong with a shape beyond keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeError {
    /// No vertex at all.
    Empty,
    /// A line of one place.
    NoLength,
    /// Every ring has no area.
    NoArea,
    /// More vertices than a `u32` counts.
    TooLarge,
}

/// The shape of a feature: a point, lines, or polygons with holes.
///
/// Rings are closed (first vertex = last) and have area; outer rings may wind either way. A self-crossing ring is
/// allowed. Holes belong to the outer ring before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    kind: GeometryKind,
    /// End of each part in `places`, with [`OUTER`] set where a ring begins a polygon; empty for a single part.
    parts: Box<[u32]>,
    places: Box<[Place]>,
}

const OUTER: u32 = 1 << 31;

impl Shape {
    /// A point.
    pub fn point(place: Place) -> Shape {
        Shape { kind: GeometryKind::Point, parts: Box::default(), places: Box::new([place]) }
    }

    /// Lines; repeated vertices and lines of one place are dropped.
    pub fn lines(lines: impl IntoIterator<Item = Vec<Place>>) -> Result<Shape, ShapeError> {
        let mut kept = Parts::default();
        for mut line in lines {
            kept.seen |= !line.is_empty();
            line.dedup();
            if line.len() > 1 {
                kept.push(line, false)?;
            }
        }
        kept.finish(GeometryKind::Line, ShapeError::NoLength)
    }

    /// Polygons as outer ring and holes. Open rings are closed, repeated vertices dropped; rings without area are
    /// dropped, with their holes where the outer one has none.
    pub fn polygons(polygons: impl IntoIterator<Item = Vec<Vec<Place>>>) -> Result<Shape, ShapeError> {
        let mut kept = Parts::default();
        for polygon in polygons {
            for (nth, mut ring) in polygon.into_iter().enumerate() {
                kept.seen |= !ring.is_empty();
                ring.dedup();
                if ring.first() != ring.last() {
                    ring.push(ring[0]);
                }
                if ring.len() > 3 && has_area(&ring) {
                    kept.push(ring, nth == 0)?;
                } else if nth == 0 {
                    break;
                }
            }
        }
        kept.finish(GeometryKind::Polygon, ShapeError::NoArea)
    }

    /// The shape, to be read.
    pub fn as_ref(&self) -> ShapeRef<'_> {
        ShapeRef { kind: self.kind, parts: &self.parts, places: &self.places }
    }

    /// What kind of shape this is.
    pub fn kind(&self) -> GeometryKind {
        self.kind
    }

    /// All vertices, closing ones included.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The first vertex.
    pub fn first(&self) -> Place {
        self.places[0]
    }

    /// See [`ShapeRef::parts`].
    pub fn parts(&self) -> impl Iterator<Item = (bool, &[Place])> {
        self.as_ref().parts()
    }

    /// See [`ShapeRef::polygon_rings`].
    pub fn polygon_rings(&self) -> Vec<Vec<&[Place]>> {
        self.as_ref().polygon_rings()
    }

    /// The least box around it.
    pub fn bounds(&self) -> Bounds {
        self.as_ref().bounds()
    }
}

/// A shape where it lies, to be read; [`Shape`] tells what holds of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeRef<'a> {
    kind: GeometryKind,
    parts: &'a [u32],
    places: &'a [Place],
}

impl<'a> ShapeRef<'a> {
    /// A shape that lies among others; `parts` and `places` must be what [`ShapeRef::raw`] gave.
    pub fn lying(kind: GeometryKind, parts: &'a [u32], places: &'a [Place]) -> ShapeRef<'a> {
        ShapeRef { kind, parts, places }
    }

    /// Parts and places as they lie in memory.
    pub fn raw(self) -> (&'a [u32], &'a [Place]) {
        (self.parts, self.places)
    }

    /// The same shape, owned.
    pub fn to_owned(self) -> Shape {
        Shape { kind: self.kind, parts: self.parts.into(), places: self.places.into() }
    }

    /// What kind of shape this is.
    pub fn kind(self) -> GeometryKind {
        self.kind
    }

    /// All vertices, closing ones included.
    pub fn places(self) -> &'a [Place] {
        self.places
    }

    /// The first vertex.
    pub fn first(self) -> Place {
        self.places[0]
    }

    /// Parts in order, each with whether it begins a polygon (always so for points and lines).
    pub fn parts(self) -> impl Iterator<Item = (bool, &'a [Place])> + Clone {
        let mut start = 0;
        let single = self.parts.is_empty().then_some((true, self.places));
        let polygonal = self.kind == GeometryKind::Polygon;
        single.into_iter().chain(self.parts.iter().map(move |part| {
            let end = (part & !OUTER) as usize;
            let places = &self.places[start..end];
            start = end;
            (!polygonal || part & OUTER != 0, places)
        }))
    }

    /// Polygons, each as its outer ring followed by its holes; empty for points and lines.
    pub fn polygon_rings(self) -> Vec<Vec<&'a [Place]>> {
        let mut polygons: Vec<Vec<&'a [Place]>> = Vec::new();
        if self.kind == GeometryKind::Polygon {
            for (outer, ring) in self.parts() {
                match polygons.last_mut() {
                    Some(polygon) if !outer => polygon.push(ring),
                    _ => polygons.push(vec![ring]),
                }
            }
        }
        polygons
    }

    /// The least box around it.
    pub fn bounds(self) -> Bounds {
        Bounds::of(self.places.iter().copied()).expect("a shape has at least one vertex")
    }
}

#[derive(Default)]
struct Parts {
    seen: bool,
    parts: Vec<u32>,
    places: Vec<Place>,
}

impl Parts {
    fn push(&mut self, part: Vec<Place>, outer: bool) -> Result<(), ShapeError> {
        if self.places.is_empty() {
            self.places = part;
        } else {
            self.places.extend(part);
        }
        if self.places.len() >= OUTER as usize {
            return Err(ShapeError::TooLarge);
        }
        self.parts.push(self.places.len() as u32 | if outer { OUTER } else { 0 });
        Ok(())
    }

    fn finish(self, kind: GeometryKind, nothing_left: ShapeError) -> Result<Shape, ShapeError> {
        if self.places.is_empty() {
            return Err(if self.seen { nothing_left } else { ShapeError::Empty });
        }
        let parts = if self.parts.len() == 1 { Box::default() } else { self.parts.into_boxed_slice() };
        Ok(Shape { kind, parts, places: self.places.into_boxed_slice() })
    }
}

/// Whether the vertices of a closed ring span an area: not all on one line. A figure of eight whose halves cancel
/// out does span one.
fn has_area(ring: &[Place]) -> bool {
    let wide = |p: Place| (i128::from(p.lon), i128::from(p.lat));
    let (ox, oy) = wide(ring[0]);
    let Some(&far) = ring.iter().find(|p| **p != ring[0]) else { return false };
    let (fx, fy) = wide(far);
    ring.iter().any(|p| {
        let (x, y) = wide(*p);
        (fx - ox) * (y - oy) != (fy - oy) * (x - ox)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(lon: i32, lat: i32) -> Place {
        Place { lon, lat }
    }

    #[test]
    fn an_open_ring_is_closed_and_a_repeated_vertex_dropped() {
        let shape = Shape::polygons([vec![vec![p(0, 0), p(0, 0), p(4, 0), p(4, 4)]]]).expect("has area");
        assert_eq!(shape.places(), [p(0, 0), p(4, 0), p(4, 4), p(0, 0)]);
    }

    #[test]
    fn rings_without_area_are_no_shape_but_a_bow_tie_is() {
        let flat = Shape::polygons([vec![vec![p(0, 0), p(4, 0), p(8, 0), p(0, 0)]]]);
        assert_eq!(flat, Err(ShapeError::NoArea));
        assert!(Shape::polygons([vec![vec![p(0, 0), p(4, 4), p(4, 0), p(0, 4)]]]).is_ok());
        assert_eq!(Shape::polygons([]), Err(ShapeError::Empty));
        assert_eq!(Shape::lines([vec![p(1, 1), p(1, 1)]]), Err(ShapeError::NoLength));
    }

    #[test]
    fn holes_stay_with_the_outer_ring_before_them() {
        let square = |at: i32, size: i32| {
            vec![p(at, at), p(at + size, at), p(at + size, at + size), p(at, at + size), p(at, at)]
        };
        let shape =
            Shape::polygons([vec![square(0, 9), square(2, 2), square(5, 2)], vec![square(20, 5)]]).expect("has area");
        let rings: Vec<usize> = shape.polygon_rings().iter().map(Vec::len).collect();
        assert_eq!(rings, [3, 1]);
        assert_eq!(shape.bounds(), Bounds { min: p(0, 0), max: p(25, 25) });
    }
}
