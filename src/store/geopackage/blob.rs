//! Shapes as GeoPackage binary: a header with SRS and envelope, then WKB (OGC 12-128r18, clause 2.1.3).
//!
//! Coordinates are EPSG:4326, longitude before latitude. Written: little endian, always with an envelope, lines and
//! polygons as their multi type, outer rings counter-clockwise and holes clockwise. Read: whatever other tools write,
//! and hostile bytes, which give an error.

use geo_traits::{
    CoordTrait, GeometryTrait, GeometryType, LineStringTrait, MultiLineStringTrait, MultiPointTrait, MultiPolygonTrait,
    PointTrait, PolygonTrait,
};
use wkb::reader::Wkb;

use crate::model::{Bounds, GeometryKind, Place, Shape, ShapeError};

/// WGS 84 longitude and latitude.
pub const SRS_ID: i32 = 4326;
/// Flags of a header as it is written.
const LITTLE_ENDIAN_XY_ENVELOPE: u8 = 0b0000_0011;

/// Bytes of a header as it is written, before the WKB.
pub const HEADER: usize = 40;

/// Why bytes are no shape of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The header is not GeoPackage binary, or cut short.
    #[error("not GeoPackage binary")]
    Header,
    /// The header names another reference system.
    #[error("not in EPSG:4326")]
    Srs,
    /// The geometry is not well formed WKB.
    #[error("broken geometry")]
    Wkb,
    /// The geometry is of another type than the layer's.
    #[error("geometry of another type than the layer's")]
    Type,
    /// A coordinate is not finite or outside the globe.
    #[error("coordinate outside the globe")]
    Globe,
    /// There is no vertex.
    #[error("empty geometry")]
    Empty,
    /// Lines without length or rings without area.
    #[error("geometry without length or area")]
    Flat,
}

/// A shape as GeoPackage binary.
pub fn write(shape: &Shape) -> Vec<u8> {
    let Bounds { min, max } = shape.bounds();
    let envelope = [min.lon_degrees(), max.lon_degrees(), min.lat_degrees(), max.lat_degrees()];
    write_as(shape, SRS_ID, envelope, |place| [place.lon_degrees(), place.lat_degrees()])
}

/// The same in another system, in which `there` tells a place.
pub fn write_in(shape: &Shape, srs: i32, there: &dyn Fn(Place) -> [f64; 2]) -> Vec<u8> {
    // What is bent has its outermost place anywhere.
    let start = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
    let envelope = shape
        .places()
        .iter()
        .map(|place| there(*place))
        .fold(start, |[west, east, south, north], [x, y]| [west.min(x), east.max(x), south.min(y), north.max(y)]);
    write_as(shape, srs, envelope, there)
}

fn write_as(shape: &Shape, srs: i32, envelope: [f64; 4], there: impl Fn(Place) -> [f64; 2]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + shape.places().len() * 16 + 16);
    bytes.extend_from_slice(&[b'G', b'P', 0, LITTLE_ENDIAN_XY_ENVELOPE]);
    bytes.extend_from_slice(&srs.to_le_bytes());
    envelope.into_iter().for_each(|side| bytes.extend_from_slice(&side.to_le_bytes()));
    let write_place = |bytes: &mut Vec<u8>, place: &Place| {
        there(*place).into_iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    };
    match shape.kind() {
        GeometryKind::Point => {
            write_type(&mut bytes, 1);
            write_place(&mut bytes, &shape.first());
        }
        GeometryKind::Line => {
            write_type(&mut bytes, 5);
            write_count(&mut bytes, shape.parts().count());
            for (_, line) in shape.parts() {
                write_type(&mut bytes, 2);
                write_count(&mut bytes, line.len());
                line.iter().for_each(|place| write_place(&mut bytes, place));
            }
        }
        GeometryKind::Polygon => {
            let polygons = shape.polygon_rings();
            write_type(&mut bytes, 6);
            write_count(&mut bytes, polygons.len());
            for rings in polygons {
                write_type(&mut bytes, 3);
                write_count(&mut bytes, rings.len());
                for (nth, ring) in rings.into_iter().enumerate() {
                    write_count(&mut bytes, ring.len());
                    match runs_rightly(ring, nth == 0) {
                        true => ring.iter().for_each(|place| write_place(&mut bytes, place)),
                        false => ring.iter().rev().for_each(|place| write_place(&mut bytes, place)),
                    }
                }
            }
        }
    }
    bytes
}

fn write_type(bytes: &mut Vec<u8>, code: u32) {
    bytes.push(1);
    bytes.extend_from_slice(&code.to_le_bytes());
}

fn write_count(bytes: &mut Vec<u8>, count: usize) {
    // A shape holds fewer than 2³¹ vertices (`ShapeError::TooLarge`), and no more parts than vertices.
    bytes.extend_from_slice(&(count as u32).to_le_bytes());
}

/// Whether an outer ring runs counter-clockwise, an inner one clockwise.
fn runs_rightly(ring: &[Place], outer: bool) -> bool {
    let area = twice_signed_area(ring);
    !((area < 0 && outer) || (area > 0 && !outer))
}

/// Twice the area of a closed ring by the shoelace formula, positive where it runs counter-clockwise.
fn twice_signed_area(ring: &[Place]) -> i128 {
    let wide = |p: Place| (i128::from(p.lon), i128::from(p.lat));
    ring.windows(2)
        .map(|pair| {
            let ((ax, ay), (bx, by)) = (wide(pair[0]), wide(pair[1]));
            ax * by - bx * ay
        })
        .sum()
}

/// The shape of a layer's kind in GeoPackage binary.
pub fn read(blob: &[u8], kind: GeometryKind) -> Result<Shape, BlobError> {
    let header = Header::of(blob)?;
    if !matches!(header.srs_id, SRS_ID | 0 | -1) {
        return Err(BlobError::Srs);
    }
    read_wkb(header.wkb, kind)
}

/// The shape of a layer's kind in plain WKB, of EPSG:4326.
pub fn read_wkb(wkb: &[u8], kind: GeometryKind) -> Result<Shape, BlobError> {
    let geometry = Wkb::try_new(wkb).map_err(|_| BlobError::Wkb)?;
    match (kind, geometry.as_type()) {
        (GeometryKind::Point, GeometryType::Point(point)) => point_shape(point),
        (GeometryKind::Point, GeometryType::MultiPoint(points)) if points.num_points() == 1 => {
            point_shape(&points.point(0).ok_or(BlobError::Empty)?)
        }
        (GeometryKind::Line, GeometryType::LineString(line)) => lines_shape([places(line)]),
        (GeometryKind::Line, GeometryType::MultiLineString(lines)) => {
            lines_shape(lines.line_strings().map(|line| places(&line)))
        }
        (GeometryKind::Polygon, GeometryType::Polygon(polygon)) => polygons_shape([rings(polygon)]),
        (GeometryKind::Polygon, GeometryType::MultiPolygon(polygons)) => {
            polygons_shape(polygons.polygons().map(|polygon| rings(&polygon)))
        }
        _ => Err(BlobError::Type),
    }
}

fn point_shape(point: &impl PointTrait<T = f64>) -> Result<Shape, BlobError> {
    let at = point.coord().ok_or(BlobError::Empty)?;
    place(at).map(Shape::point)
}

fn lines_shape(lines: impl IntoIterator<Item = Result<Vec<Place>, BlobError>>) -> Result<Shape, BlobError> {
    Shape::lines(lines.into_iter().collect::<Result<Vec<_>, _>>()?).map_err(flaw)
}

fn polygons_shape(polygons: impl IntoIterator<Item = Result<Vec<Vec<Place>>, BlobError>>) -> Result<Shape, BlobError> {
    Shape::polygons(polygons.into_iter().collect::<Result<Vec<_>, _>>()?).map_err(flaw)
}

fn flaw(error: ShapeError) -> BlobError {
    match error {
        ShapeError::Empty => BlobError::Empty,
        ShapeError::NoLength | ShapeError::NoArea => BlobError::Flat,
        ShapeError::TooLarge => BlobError::Wkb,
    }
}

fn rings(polygon: &impl PolygonTrait<T = f64>) -> Result<Vec<Vec<Place>>, BlobError> {
    polygon.exterior().into_iter().chain(polygon.interiors()).map(|ring| places(&ring)).collect()
}

fn places(line: &impl LineStringTrait<T = f64>) -> Result<Vec<Place>, BlobError> {
    // The reader has held the count against the bytes there are.
    let mut places = Vec::with_capacity(line.num_coords());
    for coord in line.coords() {
        places.push(place(coord)?);
    }
    Ok(places)
}

/// Longitude and latitude of a coordinate; height and measure are dropped.
fn place(coord: impl CoordTrait<T = f64>) -> Result<Place, BlobError> {
    Place::from_degrees(coord.x(), coord.y()).ok_or(BlobError::Globe)
}

/// Sides of the box around a geometry: least and most x, least and most y; `None` where it is empty.
///
/// Works for any geometry another tool may have put there, outside the globe too.
pub fn envelope(blob: &[u8]) -> Result<Option<[f64; 4]>, BlobError> {
    let header = Header::of(blob)?;
    if header.empty {
        return Ok(None);
    }
    if let Some(envelope) = header.envelope {
        return Ok(Some(envelope));
    }
    let geometry = Wkb::try_new(header.wkb).map_err(|_| BlobError::Wkb)?;
    let mut around = None;
    stretch(&mut around, &geometry);
    Ok(around)
}

fn stretch(around: &mut Option<[f64; 4]>, geometry: &Wkb<'_>) {
    let mut add = |x: f64, y: f64| {
        if x.is_finite() && y.is_finite() {
            let [min_x, max_x, min_y, max_y] = around.unwrap_or([x, x, y, y]);
            *around = Some([min_x.min(x), max_x.max(x), min_y.min(y), max_y.max(y)]);
        }
    };
    match geometry.as_type() {
        GeometryType::Point(point) => point.coord().into_iter().for_each(|c| add(c.x(), c.y())),
        GeometryType::MultiPoint(points) => {
            points.points().filter_map(|p| p.coord().map(|c| (c.x(), c.y()))).for_each(|(x, y)| add(x, y));
        }
        GeometryType::LineString(line) => line.coords().for_each(|c| add(c.x(), c.y())),
        GeometryType::MultiLineString(lines) => {
            lines.line_strings().for_each(|line| line.coords().for_each(|c| add(c.x(), c.y())));
        }
        GeometryType::Polygon(polygon) => {
            polygon.exterior().into_iter().for_each(|ring| ring.coords().for_each(|c| add(c.x(), c.y())));
        }
        GeometryType::MultiPolygon(polygons) => polygons.polygons().for_each(|polygon| {
            polygon.exterior().into_iter().for_each(|ring| ring.coords().for_each(|c| add(c.x(), c.y())));
        }),
        // No layer holds collections; without a box such a row is in no index and is told at the next load.
        _ => {}
    }
}

struct Header<'a> {
    empty: bool,
    srs_id: i32,
    envelope: Option<[f64; 4]>,
    wkb: &'a [u8],
}

impl<'a> Header<'a> {
    fn of(blob: &'a [u8]) -> Result<Header<'a>, BlobError> {
        let (head, rest) = blob.split_first_chunk::<8>().ok_or(BlobError::Header)?;
        let flags = head[3];
        // Bit 5 marks an extended type, which is no WKB.
        if head[..3] != *b"GP\0" || flags & 0b0010_0000 != 0 {
            return Err(BlobError::Header);
        }
        let little = flags & 1 == 1;
        let srs = [head[4], head[5], head[6], head[7]];
        let doubles = match (flags >> 1) & 0b111 {
            0 => 0,
            1 => 4,
            2 | 3 => 6,
            4 => 8,
            _ => return Err(BlobError::Header),
        };
        let (sides, wkb) = rest.split_at_checked(doubles * 8).ok_or(BlobError::Header)?;
        let double = |bytes: &[u8; 8]| if little { f64::from_le_bytes(*bytes) } else { f64::from_be_bytes(*bytes) };
        let envelope = sides.first_chunk::<32>().map(|xy| {
            let (sides, _) = xy.as_chunks::<8>();
            [double(&sides[0]), double(&sides[1]), double(&sides[2]), double(&sides[3])]
        });
        Ok(Header {
            empty: flags & 0b0001_0000 != 0,
            srs_id: if little { i32::from_le_bytes(srs) } else { i32::from_be_bytes(srs) },
            envelope: envelope.filter(|sides| sides.iter().all(|side| side.is_finite())),
            wkb,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(lon: i32, lat: i32) -> Place {
        Place { lon, lat }
    }

    fn ring(at: i32, size: i32, counter_clockwise: bool) -> Vec<Place> {
        let mut ring = vec![p(at, at), p(at + size, at), p(at + size, at + size), p(at, at + size), p(at, at)];
        if !counter_clockwise {
            ring.reverse();
        }
        ring
    }

    fn xy(bytes: &mut Vec<u8>, at: &[f64]) {
        at.iter().for_each(|n| bytes.extend_from_slice(&n.to_be_bytes()));
    }

    /// Big endian, no envelope, WKB of a type with its counts and coordinates.
    fn big_endian(code: u32, counts: &[u32], coordinates: &[f64]) -> Vec<u8> {
        let mut bytes = vec![b'G', b'P', 0, 0];
        bytes.extend_from_slice(&4326_i32.to_be_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&code.to_be_bytes());
        counts.iter().for_each(|n| bytes.extend_from_slice(&n.to_be_bytes()));
        xy(&mut bytes, coordinates);
        bytes
    }

    #[test]
    fn outer_rings_are_written_counter_clockwise_and_holes_clockwise() {
        let drawn = Shape::polygons([vec![ring(0, 9, false), ring(2, 2, true)], vec![ring(20, 5, true)]]).unwrap();
        let expected = Shape::polygons([vec![ring(0, 9, true), ring(2, 2, false)], vec![ring(20, 5, true)]]).unwrap();
        assert_eq!(read(&write(&drawn), GeometryKind::Polygon), Ok(expected));
    }

    #[test]
    fn the_header_names_srs_and_envelope() {
        let bytes = write(&Shape::lines([vec![p(10_000_000, 20_000_000), p(30_000_000, -40_000_000)]]).unwrap());
        assert_eq!(bytes[..8], [b'G', b'P', 0, 3, 0xe6, 0x10, 0, 0]);
        assert_eq!(envelope(&bytes), Ok(Some([1.0, 3.0, -4.0, 2.0])));
    }

    #[test]
    fn plain_types_big_endian_and_without_envelope_are_read() {
        let triangle = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
        let bytes = big_endian(3, &[1, 4], &triangle);
        let expected = [p(0, 0), p(10_000_000, 0), p(10_000_000, 10_000_000), p(0, 0)];
        assert_eq!(read(&bytes, GeometryKind::Polygon).unwrap().places(), expected);
        assert_eq!(envelope(&bytes), Ok(Some([0.0, 1.0, 0.0, 1.0])));
        let line = read(&big_endian(2, &[2], &[0.0, 0.0, 1.0, 1.0]), GeometryKind::Line).unwrap();
        assert_eq!(line.places(), [p(0, 0), p(10_000_000, 10_000_000)]);
    }

    #[test]
    fn heights_and_measures_are_dropped() {
        let line = Shape::lines([vec![p(0, 0), p(10_000_000, 10_000_000)]]).unwrap();
        for (code, height) in [(1002, 1), (2002, 1), (3002, 2), (0x8000_0002, 1)] {
            let tail = vec![7.0; height];
            let coordinates = [vec![0.0, 0.0], tail.clone(), vec![1.0, 1.0], tail].concat();
            assert_eq!(read(&big_endian(code, &[2], &coordinates), GeometryKind::Line), Ok(line.clone()), "{code}");
        }
    }

    #[test]
    fn what_is_no_shape_of_the_layer_is_an_error() {
        let point = |x: f64, y: f64| big_endian(1, &[], &[x, y]);
        assert_eq!(read(&point(f64::NAN, f64::NAN), GeometryKind::Point), Err(BlobError::Empty));
        assert_eq!(envelope(&point(f64::NAN, f64::NAN)), Ok(None));
        assert_eq!(read(&point(200.0, 0.0), GeometryKind::Point), Err(BlobError::Globe));
        assert_eq!(read(&point(1.0, f64::INFINITY), GeometryKind::Point), Err(BlobError::Globe));
        assert_eq!(read(&point(1.0, 1.0), GeometryKind::Line), Err(BlobError::Type));
        let flat = big_endian(3, &[1, 4], &[0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 0.0, 0.0]);
        assert_eq!(read(&flat, GeometryKind::Polygon), Err(BlobError::Flat));
        let mut mercator = point(1.0, 1.0);
        mercator[4..8].copy_from_slice(&3857_i32.to_be_bytes());
        assert_eq!(read(&mercator, GeometryKind::Point), Err(BlobError::Srs));
        assert_eq!(read(b"", GeometryKind::Point), Err(BlobError::Header));
        assert_eq!(read(b"GP\0\x03\xe6\x10\0\0", GeometryKind::Point), Err(BlobError::Header));
    }

    #[test]
    fn counts_that_promise_more_than_there_is_are_an_error() {
        for code in [2, 3, 4, 5, 6, 7, 1006] {
            for kind in [GeometryKind::Point, GeometryKind::Line, GeometryKind::Polygon] {
                for counts in [&[u32::MAX][..], &[1, u32::MAX], &[u32::MAX, u32::MAX]] {
                    assert!(read(&big_endian(code, counts, &[]), kind).is_err());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_give_an_error_and_no_panic(
            flags in any::<u8>(), code in 0..8_u32, step in 0..4_u32, tail in proptest::collection::vec(any::<u8>(), 0..120)
        ) {
            let mut bytes = vec![b'G', b'P', 0, flags, 0xe6, 0x10, 0, 0];
            bytes.extend(vec![0; [0, 32, 48, 48, 64, 0, 0, 0][usize::from((flags >> 1) & 7)]]);
            bytes.push(1);
            bytes.extend_from_slice(&(code + step * 1000).to_le_bytes());
            bytes.extend_from_slice(&tail);
            for kind in [GeometryKind::Point, GeometryKind::Line, GeometryKind::Polygon] {
                let _ = read(&bytes, kind);
                let _ = read(&tail, kind);
            }
            let _ = envelope(&bytes);
        }

        #[test]
        fn a_written_shape_with_bytes_changed_is_read_or_refused(
            at in 0..200_usize, to in any::<u8>(), cut in 0..200_usize
        ) {
            let mut bytes = write(&Shape::polygons([vec![ring(0, 90, true), ring(20, 20, true)]]).unwrap());
            let len = bytes.len();
            bytes[at % len] = to;
            let _ = read(&bytes, GeometryKind::Polygon);
            let _ = envelope(&bytes);
            bytes.truncate(len - cut.min(len));
            let _ = read(&bytes, GeometryKind::Polygon);
            let _ = envelope(&bytes);
        }

        #[test]
        fn writing_what_was_read_gives_the_same_bytes(
            lines in proptest::collection::vec(
                proptest::collection::vec((-1_800_000_000..=1_800_000_000, -900_000_000..=900_000_000), 2..9), 1..4
            )
        ) {
            let lines: Vec<Vec<Place>> =
                lines.into_iter().map(|line| line.into_iter().map(|(lon, lat)| p(lon, lat)).collect()).collect();
            if let Ok(shape) = Shape::lines(lines.clone()) {
                prop_assert_eq!(read(&write(&shape), GeometryKind::Line), Ok(shape));
            }
            if let Ok(shape) = Shape::polygons([lines]) {
                let once = write(&shape);
                let again = read(&once, GeometryKind::Polygon).unwrap();
                prop_assert_eq!(again.places().len(), shape.places().len());
                prop_assert_eq!(write(&again), once);
            }
        }
    }
}
