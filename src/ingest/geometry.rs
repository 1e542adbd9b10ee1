//! A raw geometry becomes a shape of a layer, or a reason why not. Nothing is bent: what is off the earth, of the
//! wrong kind or without extent is rejected; what crosses itself is kept with its flaw.

use std::path::Path;

use super::crossing;
use super::error::IngestError;
use super::record::{Degrees, Geometry};
use super::reject::Reason;
use crate::crs::{Crs, CrsError};
use crate::model::{Flaw, GeometryKind, Layer, Place, Shape, ShapeError};

/// The shape of a geometry in a layer.
pub fn shape(geometry: &Geometry, layer: Layer) -> Result<(Shape, Option<Flaw>), Reason> {
    let kind = layer.def().geometry;
    match (geometry, kind) {
        (Geometry::None, _) => Err(Reason::NoGeometry {}),
        (Geometry::Unusable(reason), _) => Err(reason.clone()),
        (Geometry::Built(shape, flaw), _) => Ok((shape.clone(), *flaw)),
        (Geometry::Points(points), GeometryKind::Point) => match points[..] {
            [] => Err(Reason::NoGeometry {}),
            [[0.0, 0.0]] => Err(Reason::NullIsland {}),
            [point] => Ok((Shape::point(place(point)?), None)),
            _ => Err(Reason::SeveralPoints { count: points.len() }),
        },
        (Geometry::Lines(lines), GeometryKind::Line) => {
            let lines = lines.iter().map(|line| places(line)).collect::<Result<Vec<_>, _>>()?;
            Ok((Shape::lines(lines).map_err(shape_reason)?, None))
        }
        (Geometry::Polygons(polygons), GeometryKind::Polygon) => polygon(polygons),
        // What is drawn as an area but kept as a place stands inside the area.
        (Geometry::Polygons(polygons), GeometryKind::Point) => {
            let (area, _) = polygon(polygons)?;
            Ok((Shape::point(place_in(&area)), None))
        }
        (Geometry::Points(_) | Geometry::Lines(_) | Geometry::Polygons(_), _) => Err(wrong_kind(layer)),
    }
}

fn polygon(polygons: &[Vec<Vec<Degrees>>]) -> Result<(Shape, Option<Flaw>), Reason> {
    let rings = |polygon: &Vec<Vec<Degrees>>| polygon.iter().map(|ring| places(ring)).collect::<Result<Vec<_>, _>>();
    let polygons = polygons.iter().map(rings).collect::<Result<Vec<_>, _>>()?;
    let shape = Shape::polygons(polygons).map_err(shape_reason)?;
    let flaw = crossing::is_flawed(&shape).then_some(Flaw::SelfCrossing);
    Ok((shape, flaw))
}

fn places(line: &[Degrees]) -> Result<Vec<Place>, Reason> {
    line.iter().map(|at| place(*at)).collect()
}

fn place([lon, lat]: Degrees) -> Result<Place, Reason> {
    Place::from_degrees(lon, lat).ok_or_else(|| Reason::OffEarth { lon: lon.to_string(), lat: lat.to_string() })
}

/// The reason of a shape that has no extent.
pub fn shape_reason(err: ShapeError) -> Reason {
    match err {
        ShapeError::Empty => Reason::NoGeometry {},
        ShapeError::NoLength => Reason::NoLength {},
        ShapeError::NoArea => Reason::NoArea {},
        ShapeError::TooLarge => Reason::TooLarge {},
    }
}

/// The reason of a geometry that its layer does not hold.
pub fn wrong_kind(layer: Layer) -> Reason {
    let (kind, layer) = (layer.def().geometry, layer.name());
    match kind {
        GeometryKind::Point => Reason::NotAPoint { layer },
        GeometryKind::Line => Reason::NotALine { layer },
        GeometryKind::Polygon => Reason::NotAnArea { layer },
    }
}

/// A place inside an area: its centroid where that lies inside, else the middle of the widest stretch that the
/// latitude of the centroid, or of the middle of the box, cuts out of it.
pub fn place_in(area: &Shape) -> Place {
    let bounds = area.bounds();
    let middle = (i64::from(bounds.min.lat) + i64::from(bounds.max.lat)) as f64 / 2.0;
    let centroid = centroid(area);
    if let Some((_, lat)) = centroid {
        let at = centroid.filter(|at| stretches(area, at.1).iter().any(|(from, to)| *from < at.0 && at.0 < *to));
        if let Some((lon, lat)) = at {
            return Place { lon: lon.round() as i32, lat: lat.round() as i32 };
        }
        if let Some(place) = widest(area, lat) {
            return place;
        }
    }
    widest(area, middle).unwrap_or(area.first())
}

/// Centroid of the rings by their signed areas, outer rings counting and holes taken off.
fn centroid(area: &Shape) -> Option<(f64, f64)> {
    let origin = area.first();
    let at = |p: &Place| (f64::from(p.lon) - f64::from(origin.lon), f64::from(p.lat) - f64::from(origin.lat));
    let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
    for (outer, ring) in area.parts() {
        let (mut ring_sum, mut ring_x, mut ring_y) = (0.0, 0.0, 0.0);
        for pair in ring.windows(2) {
            let ((ax, ay), (bx, by)) = (at(&pair[0]), at(&pair[1]));
            let cross = ax * by - ay * bx;
            ring_sum += cross;
            ring_x += (ax + bx) * cross;
            ring_y += (ay + by) * cross;
        }
        let sign = if (ring_sum > 0.0) == outer { 1.0 } else { -1.0 };
        sum += sign * ring_sum;
        x += sign * ring_x;
        y += sign * ring_y;
    }
    (sum > 0.0).then(|| (f64::from(origin.lon) + x / sum / 3.0, f64::from(origin.lat) + y / sum / 3.0))
}

/// The stretches of longitude that lie inside at a latitude, west to east.
fn stretches(area: &Shape, lat: f64) -> Vec<(f64, f64)> {
    // A latitude between two whole numbers meets no vertex.
    let lat = lat.floor() + 0.5;
    let mut cuts: Vec<f64> = Vec::new();
    for (_, ring) in area.parts() {
        for pair in ring.windows(2) {
            let ((ax, ay), (bx, by)) =
                ((f64::from(pair[0].lon), f64::from(pair[0].lat)), (f64::from(pair[1].lon), f64::from(pair[1].lat)));
            if (ay > lat) != (by > lat) {
                cuts.push(ax + (lat - ay) / (by - ay) * (bx - ax));
            }
        }
    }
    cuts.sort_by(f64::total_cmp);
    cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

fn widest(area: &Shape, lat: f64) -> Option<Place> {
    let stretch =
        stretches(area, lat).into_iter().max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))?;
    Some(Place { lon: ((stretch.0 + stretch.1) / 2.0).round() as i32, lat: lat.round() as i32 })
}

/// The system of a file that says `own` where a person has `told`: the person's word, as tools write WGS 84 into any
/// file of degrees, but never against a file that says GCJ-02 or BD-09 of itself. `None` where nobody says anything.
pub fn agreed(path: &Path, told: Option<&Crs>, own: Option<Result<Crs, CrsError>>) -> Result<Option<Crs>, IngestError> {
    match (told, own) {
        (Some(told), Some(Ok(own @ (Crs::Gcj02 | Crs::Bd09)))) if *told.upright() != own => {
            Err(IngestError::SaysOther { path: path.display().to_string(), own: own.name().to_owned() })
        }
        (Some(told), _) => Ok(Some(told.clone())),
        (None, Some(Err(refused))) => Err(IngestError::other_crs(path, &refused)),
        (None, Some(Ok(own))) => Ok(Some(own)),
        (None, None) => Ok(None),
    }
}

/// Brings a geometry of a file in another system to WGS 84.
pub fn to_wgs84(geometry: &mut Geometry, crs: &Crs) {
    if *crs == Crs::Wgs84 {
        return;
    }
    let mut lost = None;
    let bring = |at: &mut Degrees| match crs.to_wgs84(*at) {
        Some(there) => *at = there,
        None => lost = lost.or(Some(*at)),
    };
    match geometry {
        Geometry::Points(points) => points.iter_mut().for_each(bring),
        Geometry::Lines(lines) => lines.iter_mut().flatten().for_each(bring),
        Geometry::Polygons(polygons) => polygons.iter_mut().flatten().flatten().for_each(bring),
        Geometry::None | Geometry::Built(..) | Geometry::Unusable(_) => {}
    }
    if let Some([x, y]) = lost {
        let crs = crs.name().to_owned();
        *geometry = Geometry::Unusable(Reason::OutsideCrs { x: x.to_string(), y: y.to_string(), crs });
    }
}

/// Coordinates that make sense only as something else, counted over a file.
#[derive(Debug, Default)]
pub struct Suspicion {
    rows: u64,
    swapped: u64,
    projected: u64,
    example: Option<Degrees>,
}

impl Suspicion {
    /// Looks at a record's first coordinate that is not on earth.
    pub fn look_at(&mut self, geometry: &Geometry) {
        self.rows += 1;
        let off = |at: &&Degrees| Place::from_degrees(at[0], at[1]).is_none() && at[0].is_finite() && at[1].is_finite();
        let found = match geometry {
            Geometry::Points(points) => points.iter().find(off),
            Geometry::Lines(lines) => lines.iter().flatten().find(off),
            Geometry::Polygons(polygons) => polygons.iter().flatten().flatten().find(off),
            _ => None,
        };
        let Some(&[lon, lat]) = found else { return };
        if Place::from_degrees(lat, lon).is_some() {
            self.swapped += 1;
        } else if lon.abs().max(lat.abs()) > 1000.0 {
            self.projected += 1;
        } else {
            return;
        }
        self.example = self.example.or(Some([lon, lat]));
    }

    /// Refuses a file most of whose records make sense only otherwise.
    pub fn verdict(&self, path: &Path, crs: &Crs) -> Result<(), IngestError> {
        let path = path.display().to_string();
        let [lon, lat] = self.example.unwrap_or_default();
        let example = format!("{lon}, {lat}");
        if self.swapped * 2 > self.rows {
            let typed = crs.clone().north_first().typed();
            return Err(IngestError::Swapped { path, rows: self.swapped, of: self.rows, example, typed });
        }
        if self.projected * 2 > self.rows {
            return Err(IngestError::NotDegrees { path, example });
        }
        Ok(())
    }
}
