//! Shapes and features as GeoJSON (RFC 7946): longitude before latitude, outer rings counter-clockwise.

use serde_json::{Map, Value, json};

use super::properties::properties;
use crate::analysis::inner_place;
use crate::city::RowRef;
use crate::crs::Crs;
use crate::model::{GeometryKind, Place, ShapeRef};

/// A shape as a GeoJSON geometry.
pub fn geometry(shape: ShapeRef<'_>) -> Value {
    geometry_in(shape, &Crs::Wgs84)
}

fn geometry_in(shape: ShapeRef<'_>, crs: &Crs) -> Value {
    let position = |place: &Place| json!(crs.degrees(*place));
    let positions = |places: &mut dyn Iterator<Item = &Place>| places.map(position).collect::<Value>();
    match shape.kind() {
        GeometryKind::Point => json!({"type": "Point", "coordinates": position(&shape.first())}),
        GeometryKind::Line => {
            let mut lines: Vec<Value> = shape.parts().map(|(_, line)| positions(&mut line.iter())).collect();
            match lines.len() {
                1 => json!({"type": "LineString", "coordinates": lines.remove(0)}),
                _ => json!({"type": "MultiLineString", "coordinates": lines}),
            }
        }
        GeometryKind::Polygon => {
            let ring = |(nth, ring): (usize, &&[Place])| {
                let outer = nth == 0;
                if (doubled_area(ring) > 0) == outer {
                    positions(&mut ring.iter())
                } else {
                    positions(&mut ring.iter().rev())
                }
            };
            let polygons = shape.polygon_rings();
            let mut polygons: Vec<Value> =
                polygons.iter().map(|rings| rings.iter().enumerate().map(ring).collect()).collect();
            match polygons.len() {
                1 => json!({"type": "Polygon", "coordinates": polygons.remove(0)}),
                _ => json!({"type": "MultiPolygon", "coordinates": polygons}),
            }
        }
    }
}

/// A row as a GeoJSON feature with its public properties; foreign members `layer`, `source`, `source_key`, `flaw`.
pub fn feature(row: RowRef<'_>) -> Map<String, Value> {
    feature_in(row, &Crs::Wgs84)
}

/// The same in another system of coordinates.
pub(super) fn feature_in(row: RowRef<'_>, crs: &Crs) -> Map<String, Value> {
    let [west, south, east, north] = bbox(row.shape, crs);
    let members = [
        ("type", json!("Feature")),
        ("id", json!(row.id.0)),
        ("bbox", json!([west, south, east, north])),
        ("geometry", geometry_in(row.shape, crs)),
        ("properties", Value::Object(properties(row.layer, row.attributes))),
        ("layer", json!(row.layer.name())),
        ("source", json!(&**row.source)),
        ("source_key", json!(row.source_key)),
        ("flaw", json!(row.flaw.map(|flaw| flaw.code()))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A row in brief: layer, number, public properties and a place in it.
pub fn brief(row: RowRef<'_>) -> Map<String, Value> {
    let at = inner_place(row.shape);
    let members = [
        ("layer", json!(row.layer.name())),
        ("id", json!(row.id.0)),
        ("properties", Value::Object(properties(row.layer, row.attributes))),
        ("at", json!([at.lon_degrees(), at.lat_degrees()])),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// West, south, east and north of a shape.
fn bbox(shape: ShapeRef<'_>, crs: &Crs) -> [f64; 4] {
    // What is bent has its outermost place anywhere.
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    shape.places().iter().map(|place| crs.degrees(*place)).fold(start, |[west, south, east, north], [lon, lat]| {
        [west.min(lon), south.min(lat), east.max(lon), north.max(lat)]
    })
}

/// A shape as well-known text in a system of coordinates: longitude before latitude.
pub fn wkt(shape: ShapeRef<'_>, crs: &Crs) -> String {
    let list = |places: &[Place]| {
        let pair = |[lon, lat]: [f64; 2]| format!("{lon} {lat}");
        let pairs: Vec<String> = places.iter().map(|place| pair(crs.degrees(*place))).collect();
        format!("({})", pairs.join(","))
    };
    let joined = |parts: Vec<String>| format!("({})", parts.join(","));
    match shape.kind() {
        GeometryKind::Point => format!("POINT {}", list(shape.places())),
        GeometryKind::Line => {
            format!("MULTILINESTRING {}", joined(shape.parts().map(|(_, line)| list(line)).collect()))
        }
        GeometryKind::Polygon => {
            let polygon = |rings: &Vec<&[Place]>| joined(rings.iter().map(|ring| list(ring)).collect());
            format!("MULTIPOLYGON {}", joined(shape.polygon_rings().iter().map(polygon).collect()))
        }
    }
}

fn doubled_area(ring: &[Place]) -> i128 {
    let wide = |p: Place| (i128::from(p.lon), i128::from(p.lat));
    ring.windows(2).map(|edge| (wide(edge[0]), wide(edge[1]))).map(|((ax, ay), (bx, by))| ax * by - bx * ay).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;

    #[test]
    fn outer_rings_run_counter_clockwise_and_holes_the_other_way() {
        let square = |a: i32, b: i32| {
            [(a, a), (a, b), (b, b), (b, a), (a, a)]
                .map(|(lon, lat)| Place { lon: lon * 10_000_000, lat: lat * 10_000_000 })
                .to_vec()
        };
        let shape = Shape::polygons([vec![square(0, 9), square(3, 6)]]).unwrap();
        let told = geometry(shape.as_ref());
        assert_eq!(told["type"], "Polygon");
        assert_eq!(told["coordinates"][0][1], json!([9.0, 0.0]));
        assert_eq!(told["coordinates"][1][1], json!([3.0, 6.0]));
    }
}
