//! Areas of one level against each other: ground that two of them have, and ground that none between them has.

use std::collections::BTreeMap;

use geo::algorithm::unary_union;
use geo::orient::Direction;
use geo::{BooleanOps, Coord, LineString, MultiPolygon, Orient, Polygon};
use rayon::prelude::*;

use super::areas::level;
use super::finding::{Finding, Kind};
use super::sheet::{CheckedRow, Sheet};
use crate::analysis::inner_place;
use crate::crs::{Frame, WorldBox};
use crate::model::{Layer, Place, Shape};

/// Less than the plot of a house: what is left where a border was drawn twice.
const LEAST_M2: f64 = 100.0;

/// Looks at all areas, level by level.
pub(super) fn findings(areas: &Sheet<'_>) -> Vec<Finding> {
    let shapes: Vec<MultiPolygon> = areas.rows().par_iter().map(polygons).collect();
    let mut found = overlaps(areas, &shapes);
    found.extend(holes(areas, &shapes));
    found
}

fn overlaps(areas: &Sheet<'_>, shapes: &[MultiPolygon]) -> Vec<Finding> {
    let rows = areas.rows();
    let found = rows.par_iter().enumerate().flat_map_iter(|(nth, row)| {
        let mut others = Vec::new();
        areas.near(WorldBox::from(row.shape), 0.0, &mut |other, of| {
            if of.id < row.id && level(of).is_some() && level(of) == level(row) {
                others.push(other);
            }
        });
        others.into_iter().filter_map(move |other| {
            let shared = shapes[nth].intersection(&shapes[other]);
            let (m2, place) = measured(shared.iter())?;
            let of = Finding::new(Kind::AreasOverlap, Layer::Area, row).about(Layer::Area, rows[other].id);
            Some(Finding { place: Some(place), ..of.with(&[("overlap_m2", m2)]).noting(level(row).unwrap_or("")) })
        })
    });
    found.collect()
}

fn holes(areas: &Sheet<'_>, shapes: &[MultiPolygon]) -> Vec<Finding> {
    let mut levels: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (nth, row) in areas.rows().iter().enumerate() {
        // Estates and the like are drawn here and there: ground between them is no hole.
        if let Some(level) =
            level(row).filter(|level| matches!(*level, "district" | "subdistrict" | "community" | "grid"))
        {
            levels.entry(level).or_default().push(nth);
        }
    }
    let found = levels.into_par_iter().flat_map_iter(|(level, members)| {
        let whole = unary_union(members.iter().map(|nth| &shapes[*nth]));
        let holes = whole.iter().flat_map(|polygon| polygon.interiors());
        let holes: Vec<Finding> = holes
            .filter_map(|ring| {
                let hole = Polygon::new(ring.clone(), vec![]);
                let (m2, place) = measured(std::iter::once(&hole))?;
                // It is told of the area of smallest number that comes near it.
                let mut beside: Option<usize> = None;
                let around = Shape::polygons([vec![places(ring)]]).ok()?;
                areas.near(WorldBox::from(around.as_ref()), 1.0, &mut |nth, row| {
                    let smaller = beside.is_none_or(|best| row.id < areas.rows()[best].id);
                    if smaller && members.binary_search(&nth).is_ok() {
                        beside = Some(nth);
                    }
                });
                let of = Finding::new(Kind::AreasLeaveHole, Layer::Area, &areas.rows()[beside?]);
                Some(Finding { place: Some(place), ..of.with(&[("hole_m2", m2)]).noting(level) })
            })
            .collect();
        holes
    });
    found.collect()
}

/// Area in m² and a place in the largest piece; `None` of slivers.
fn measured<'a>(pieces: impl Iterator<Item = &'a Polygon>) -> Option<(f64, Place)> {
    let (mut sum, mut largest) = (0.0, None::<(f64, Place)>);
    for piece in pieces {
        let rings: Vec<Vec<Place>> = std::iter::once(piece.exterior()).chain(piece.interiors()).map(places).collect();
        let Ok(shape) = Shape::polygons([rings.clone()]) else { continue };
        let mut m2 = rings.iter().map(|ring| ring_m2(ring));
        let m2 = m2.next().unwrap_or(0.0) - m2.sum::<f64>();
        sum += m2;
        if largest.is_none_or(|(most, _)| m2 > most) {
            largest = Some((m2, inner_place(shape.as_ref())));
        }
    }
    largest.filter(|_| sum >= LEAST_M2).map(|(_, place)| (sum.round(), place))
}

fn ring_m2(ring: &[Place]) -> f64 {
    let Some(first) = ring.first() else { return 0.0 };
    let frame = Frame::at(*first);
    let offsets: Vec<_> = ring.iter().map(|place| frame.offset(*place)).collect();
    (offsets.windows(2).map(|edge| edge[0].x * edge[1].y - edge[1].x * edge[0].y).sum::<f64>() / 2.0).abs()
}

/// A shape in whole 1e-7 degrees, as the library that cuts polygons takes it.
fn polygons(row: &CheckedRow<'_>) -> MultiPolygon {
    let line = |ring: &[Place]| -> LineString {
        ring.iter().map(|place| Coord { x: f64::from(place.lon), y: f64::from(place.lat) }).collect()
    };
    let polygon = |rings: Vec<&[Place]>| {
        let mut rings = rings.into_iter().map(line);
        // The union asks for rings that all wind the same way.
        Some(Polygon::new(rings.next()?, rings.collect()).orient(Direction::Default))
    };
    let all = MultiPolygon(row.shape.polygon_rings().into_iter().filter_map(polygon).collect());
    // What crosses itself is first brought to what lies inside it (even–odd).
    if row.flaw.is_some() { all.union(&MultiPolygon(vec![])).orient(Direction::Default) } else { all }
}

fn places(ring: &LineString) -> Vec<Place> {
    // What was cut lies between what was put in, so it fits.
    ring.coords().map(|at| Place { lon: at.x.round() as i32, lat: at.y.round() as i32 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attributes, FeatureId, Value, area};
    use proptest::prelude::*;

    const LEVEL: usize = 3;
    /// A cell of the drawing: 0.001°, some 97 × 111 m in Chongqing.
    const CELL: i32 = 10_000;

    fn rectangle(west: i32, south: i32, width: i32, height: i32) -> Shape {
        let at = |x, y| Place { lon: 1_065_000_000 + x * CELL, lat: 295_000_000 + y * CELL };
        let (east, north) = (west + width, south + height);
        Shape::polygons([vec![vec![at(west, south), at(east, south), at(east, north), at(west, north)]]]).unwrap()
    }

    fn grid() -> Attributes {
        let mut values = vec![None; Layer::Area.fields().len()];
        values[area::KIND] = Some(Value::Choice(LEVEL as u8));
        Attributes::pack(Layer::Area, &values)
    }

    fn found(rectangles: &[(i32, i32, i32, i32)]) -> Vec<Finding> {
        let shapes: Vec<Shape> = rectangles.iter().map(|(x, y, w, h)| rectangle(*x, *y, *w, *h)).collect();
        let values = grid();
        let rows = shapes.iter().zip(1..).map(|(shape, id)| CheckedRow {
            id: FeatureId(id),
            source: "drawn",
            source_key: "",
            shape: shape.as_ref(),
            flaw: None,
            attributes: values.as_ref(),
        });
        findings(&Sheet::new(Layer::Area, rows.collect()))
    }

    fn sum(found: &[Finding], kind: Kind) -> f64 {
        found.iter().filter(|finding| finding.kind == kind).map(|finding| finding.values[0].1).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Counting cells one by one is the naive twin: those that two rectangles have, and those that none has and no
        /// way leads out of. Where rectangles touch at a corner alone, ground behind it may be called a hole or not.
        #[test]
        fn overlaps_and_holes_are_what_counted_cells_say(
            rectangles in proptest::collection::vec((0..8i32, 0..8i32, 1..5i32, 1..5i32), 1..9)
        ) {
            let found = found(&rectangles);
            let holds = |r: &(i32, i32, i32, i32), x: i32, y: i32| (r.0..r.0 + r.2).contains(&x) && (r.1..r.1 + r.3).contains(&y);
            let (mut shared, mut free) = (0, std::collections::BTreeSet::new());
            for (x, y) in (-1..14).flat_map(|x| (-1..14).map(move |y| (x, y))) {
                let held = rectangles.iter().filter(|r| holds(r, x, y)).count() as i32;
                shared += held * (held - 1) / 2;
                if held == 0 {
                    free.insert((x, y));
                }
            }
            let sides = [(1, 0), (-1, 0), (0, 1), (0, -1)];
            let corners = [(1, 1), (1, -1), (-1, 1), (-1, -1)];
            let shut_in = |steps: &[(i32, i32)]| {
                let (mut free, mut ways) = (free.clone(), vec![(-1, -1)]);
                while let Some((x, y)) = ways.pop() {
                    if free.remove(&(x, y)) {
                        ways.extend(steps.iter().map(|(dx, dy)| (x + dx, y + dy)));
                    }
                }
                free.len() as f64
            };
            let (least, most) = (shut_in(&[sides, corners].concat()), shut_in(&sides));
            let cell = ring_m2(rectangle(4, 4, 1, 1).places());
            let close = |m2: f64, cells: f64| (m2 - cells * cell).abs() <= cells * cell * 1e-3 + 10.0;
            let overlap = sum(&found, Kind::AreasOverlap);
            prop_assert!(close(overlap, f64::from(shared)), "{overlap} m² for {shared} cells");
            let hole = sum(&found, Kind::AreasLeaveHole);
            let between = hole >= least * cell && hole <= most * cell;
            prop_assert!(close(hole, least) || close(hole, most) || between, "{hole} m² for {least} to {most} cells");
        }
    }

    #[test]
    fn neighbours_that_share_a_border_neither_overlap_nor_leave_a_hole() {
        assert_eq!(found(&[(0, 0, 2, 2), (2, 0, 2, 2), (0, 2, 2, 2), (2, 2, 2, 2)]), []);
    }
}
