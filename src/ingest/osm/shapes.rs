//! What nodes, ways and members of relations are as a layer holds them.

use super::places::Places;
use super::rings;
use crate::ingest::crossing;
use crate::ingest::geometry;
use crate::ingest::record::Geometry;
use crate::ingest::reject::Reason;
use crate::model::{GeometryKind, Layer, Place, Shape};

/// A node's place.
pub fn node(place: Option<Place>, layer: Layer) -> Geometry {
    match (place, layer.def().geometry) {
        (None, _) => Geometry::Unusable(Reason::OffEarth { lon: "?".into(), lat: "?".into() }),
        (Some(place), GeometryKind::Point) => Geometry::Built(Shape::point(place), None),
        (Some(_), _) => Geometry::Unusable(geometry::wrong_kind(layer)),
    }
}

/// A way's line or area; one that the extract has cut keeps what is there.
pub fn way(refs: &[i64], layer: Layer, places: &Places) -> Geometry {
    if layer.def().geometry == GeometryKind::Line {
        let all = places.of(refs);
        let pieces = all.split(Option::is_none).map(|piece| piece.iter().flatten().copied().collect::<Vec<Place>>());
        let missing = all.iter().filter(|place| place.is_none()).count();
        return match Shape::lines(pieces) {
            Ok(shape) => Geometry::Built(shape, None),
            Err(_) if missing > 0 => Geometry::Unusable(Reason::MissingNodes { missing, of: refs.len() }),
            Err(err) => Geometry::Unusable(geometry::shape_reason(err)),
        };
    }
    let all = places.of(refs);
    let mut places: Vec<Place> = all.iter().flatten().copied().collect();
    let closed = refs.len() > 3 && (refs.first() == refs.last() || (all.first() == all.last() && all[0].is_some()));
    if !closed {
        let at = all.last().copied().flatten();
        let at = at.map_or_else(|| "?".to_owned(), |p| format!("{:.7}, {:.7}", p.lon_degrees(), p.lat_degrees()));
        return Geometry::Unusable(Reason::OpenRing { at });
    }
    if places.len() < 3 && places.len() < refs.len() {
        return Geometry::Unusable(Reason::MissingNodes { missing: refs.len() - places.len(), of: refs.len() });
    }
    if places.first() != places.last() {
        places.push(places[0]);
    }
    let built = match Shape::polygons([vec![places.clone()]]) {
        Ok(shape) if !crossing::is_flawed(&shape) => Geometry::Built(shape, None),
        // A ring that goes back on itself may still tell an area, with a hole even.
        Ok(_) => assemble(&[places]).unwrap_or_else(Geometry::Unusable),
        Err(err) => Geometry::Unusable(geometry::shape_reason(err)),
    };
    area(built, layer)
}

/// The area that member ways leave inside.
pub fn assemble(ways: &[Vec<Place>]) -> Result<Geometry, Reason> {
    let (polygons, flaw) = rings::assemble(ways)?;
    let shape = Shape::polygons(polygons).map_err(geometry::shape_reason)?;
    Ok(Geometry::Built(shape, flaw))
}

/// An area as a layer holds it: itself, or a place inside.
pub fn area(area: Geometry, layer: Layer) -> Geometry {
    match (area, layer.def().geometry) {
        (Geometry::Built(shape, _), GeometryKind::Point) => {
            Geometry::Built(Shape::point(geometry::place_in(&shape)), None)
        }
        (Geometry::Built(..), GeometryKind::Line) => Geometry::Unusable(geometry::wrong_kind(layer)),
        (area, _) => area,
    }
}
