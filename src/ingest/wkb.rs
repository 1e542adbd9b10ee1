//! Well-known binary: ISO and extended (EWKB), with or without Z and M, of simple features.
//!
//! A count is believed only where the bytes can hold as many; collections nest to a bound. Curves, surfaces and
//! triangles are named and refused.

use super::record::{Degrees, Geometry};
use super::reject::Reason;

/// How deep collections may lie in each other.
const MOST_DEPTH: usize = 32;

/// Reads a geometry; the error says what is impossible about it.
pub fn read(bytes: &[u8]) -> Result<Geometry, String> {
    let mut rest = Bytes { left: bytes, found: Found::default() };
    rest.geometry(None, 0)?;
    Ok(rest.found.into_geometry())
}

#[derive(Default)]
struct Found {
    points: Vec<Degrees>,
    lines: Vec<Vec<Degrees>>,
    polygons: Vec<Vec<Vec<Degrees>>>,
}

impl Found {
    /// As one geometry if all is of one kind.
    fn into_geometry(self) -> Geometry {
        match (self.points.is_empty(), self.lines.is_empty(), self.polygons.is_empty()) {
            (true, true, true) => Geometry::None,
            (false, true, true) => Geometry::Points(self.points),
            (true, false, true) => Geometry::Lines(self.lines),
            (true, true, false) => Geometry::Polygons(self.polygons),
            _ => Geometry::Unusable(Reason::MixedCollection {}),
        }
    }
}

struct Bytes<'a> {
    left: &'a [u8],
    found: Found,
}

/// How numbers of a geometry are written.
#[derive(Clone, Copy)]
struct Layout {
    is_little: bool,
    /// Bytes of a vertex.
    vertex: usize,
}

impl Bytes<'_> {
    /// A geometry, of a kind if it is part of one that holds that kind only.
    fn geometry(&mut self, wanted: Option<u32>, depth: usize) -> Result<(), String> {
        if depth > MOST_DEPTH {
            return Err(format!("collections more than {MOST_DEPTH} deep"));
        }
        let is_little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            [other] => return Err(format!("a byte order of {other}")),
        };
        let code = self.number(is_little)?;
        let (flags, code) = (code >> 28, code & 0x0fff_ffff);
        if flags & 2 != 0 {
            self.number(is_little)?;
        }
        let (kind, dimension) = (code % 1000, code / 1000);
        let more = match dimension {
            0 => usize::from(flags & 8 != 0) + usize::from(flags & 4 != 0),
            1 | 2 => 1,
            3 => 2,
            _ => return Err(format!("a geometry of type {code}")),
        };
        let layout = Layout { is_little, vertex: 8 * (2 + more) };
        if wanted.is_some_and(|wanted| wanted != kind) {
            return Err(format!("a part of type {}", name_of(kind)));
        }
        match kind {
            1 => {
                let at = self.vertex(layout)?;
                // Neither number is how an empty point is written.
                self.found.points.extend((!(at[0].is_nan() && at[1].is_nan())).then_some(at));
            }
            2 => {
                let line = self.vertices(layout)?;
                self.found.lines.extend((!line.is_empty()).then_some(line));
            }
            3 => {
                let count = self.count(layout, 4)?;
                let rings = (0..count).map(|_| self.vertices(layout)).collect::<Result<Vec<_>, _>>()?;
                let rings: Vec<_> = rings.into_iter().filter(|ring| !ring.is_empty()).collect();
                self.found.polygons.extend((!rings.is_empty()).then_some(rings));
            }
            4..=7 => {
                let part = (kind < 7).then(|| kind - 3);
                for _ in 0..self.count(layout, 5)? {
                    self.geometry(part, depth + 1)?;
                }
            }
            other => return Err(format!("a geometry of type {}", name_of(other))),
        }
        Ok(())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) = self.left.split_first_chunk::<N>().ok_or_else(short)?;
        self.left = rest;
        Ok(*taken)
    }

    fn number(&mut self, is_little: bool) -> Result<u32, String> {
        let bytes = self.take()?;
        Ok(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A count of things of at least so many bytes.
    fn count(&mut self, layout: Layout, least: usize) -> Result<usize, String> {
        let count = self.number(layout.is_little)? as usize;
        match count.checked_mul(least).is_some_and(|bytes| bytes <= self.left.len()) {
            true => Ok(count),
            false => Err(format!("{count} parts in {} bytes", self.left.len())),
        }
    }

    fn vertices(&mut self, layout: Layout) -> Result<Vec<Degrees>, String> {
        let count = self.count(layout, layout.vertex)?;
        (0..count).map(|_| self.vertex(layout)).collect()
    }

    fn vertex(&mut self, layout: Layout) -> Result<Degrees, String> {
        let (vertex, rest) = self.left.split_at_checked(layout.vertex).ok_or_else(short)?;
        self.left = rest;
        let number = |at: usize| {
            let bytes = vertex.get(at..).and_then(<[u8]>::first_chunk::<8>).copied().unwrap_or_default();
            if layout.is_little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
        };
        Ok([number(0), number(8)])
    }
}

fn name_of(kind: u32) -> String {
    const NAMES: [&str; 18] = [
        "Geometry",
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
        "CircularString",
        "CompoundCurve",
        "CurvePolygon",
        "MultiCurve",
        "MultiSurface",
        "Curve",
        "Surface",
        "PolyhedralSurface",
        "TIN",
        "Triangle",
    ];
    NAMES.get(kind as usize).map_or_else(|| kind.to_string(), |name| (*name).to_owned())
}

fn short() -> String {
    "a geometry that is cut short".to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(code: u32, numbers: &[f64]) -> Vec<u8> {
        let mut bytes = vec![1];
        bytes.extend(code.to_le_bytes());
        numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes
    }

    #[test]
    fn z_and_m_are_left_out_in_either_way_of_writing() {
        let at = Ok(Geometry::Points(vec![[1.0, 2.0]]));
        assert_eq!(read(&point(1, &[1.0, 2.0])), at);
        assert_eq!(read(&point(1001, &[1.0, 2.0, 3.0])), at);
        assert_eq!(read(&point(3001, &[1.0, 2.0, 3.0, 4.0])), at);
        assert_eq!(read(&point(0x8000_0001, &[1.0, 2.0, 3.0])), at);
        let mut with_srid = vec![1, 1, 0, 0, 0x20];
        with_srid.extend(4326u32.to_le_bytes());
        with_srid.extend(point(1, &[1.0, 2.0]).split_off(5));
        assert_eq!(read(&with_srid), at);
        assert_eq!(read(&point(1, &[f64::NAN, f64::NAN])), Ok(Geometry::None));
        let mut big = vec![0, 0, 0, 0, 1];
        [1.0f64, 2.0].iter().for_each(|number| big.extend(number.to_be_bytes()));
        assert_eq!(read(&big), at);
    }

    #[test]
    fn curves_are_named() {
        assert_eq!(read(&point(8, &[])), Err("a geometry of type CircularString".to_owned()));
        assert_eq!(read(&point(1010, &[])), Err("a geometry of type CurvePolygon".to_owned()));
    }

    #[test]
    fn no_count_is_believed_and_nothing_nests_without_end() {
        for kind in 2..8u32 {
            let mut bytes = vec![1];
            bytes.extend(kind.to_le_bytes());
            bytes.extend(u32::MAX.to_le_bytes());
            assert!(read(&bytes).is_err(), "{kind}");
        }
        let nested = [1, 7, 0, 0, 0, 1, 0, 0, 0].repeat(100_000);
        assert!(read(&nested).unwrap_err().contains("deep"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_geometry_or_a_reason(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0..20u32) {
            let mut bytes = bytes;
            bytes.splice(0..0, [&[1][..], &kind.to_le_bytes()].concat());
            let _ = read(&bytes);
        }
    }
}
