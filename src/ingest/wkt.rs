//! Well-known text of simple features: points, lines and polygons, single or several, with or without Z and M.
//!
//! Nothing here calls itself, so no text can nest deep enough to do harm.

use super::record::{Degrees, Geometry};

/// Reads a geometry; the error says what stands where it should not.
pub fn read(text: &str) -> Result<Geometry, String> {
    let text = text.trim();
    // EWKT: longitude and latitude only.
    let text = match text.split_once(';') {
        Some((srid, rest)) if srid.len() < 16 && srid.to_ascii_uppercase().starts_with("SRID=") => {
            match srid[5..].trim() {
                "4326" | "4490" | "0" => rest,
                other => return Err(format!("SRID {other}")),
            }
        }
        _ => text,
    };
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let kind = text[..end].to_ascii_uppercase();
    let kind = kind.trim_end_matches("ZM").trim_end_matches(['Z', 'M']);
    let mut rest = text[end..].trim();
    for dimension in ["ZM", "Z", "M", "zm", "z", "m"] {
        rest = rest.strip_prefix(dimension).map_or(rest, str::trim);
    }
    let depth = match kind {
        "POINT" => 1,
        "LINESTRING" | "MULTIPOINT" => 1,
        "POLYGON" | "MULTILINESTRING" => 2,
        "MULTIPOLYGON" => 3,
        "GEOMETRYCOLLECTION" => return Err("a GEOMETRYCOLLECTION".into()),
        _ => return Err(text.chars().take(40).collect()),
    };
    if rest.eq_ignore_ascii_case("empty") {
        return Ok(Geometry::None);
    }
    // Each place of a MULTIPOINT may have brackets of its own.
    let flat;
    let rest = if kind == "MULTIPOINT" {
        let inner = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).ok_or("missing brackets")?;
        flat = format!("({})", inner.replace(['(', ')'], ""));
        flat.as_str()
    } else {
        rest
    };
    let polygons = parts(rest, depth)?;
    Ok(match kind {
        "POINT" | "MULTIPOINT" => Geometry::Points(polygons.into_iter().flatten().flatten().collect()),
        "LINESTRING" | "MULTILINESTRING" => Geometry::Lines(polygons.into_iter().flatten().collect()),
        _ => Geometry::Polygons(polygons),
    })
}

/// Writes a geometry; `None` where there is none to write.
pub fn write(geometry: &Geometry) -> Option<String> {
    let list = |places: &[Degrees]| {
        let pairs: Vec<String> = places.iter().map(|[lon, lat]| format!("{lon} {lat}")).collect();
        format!("({})", pairs.join(","))
    };
    let lists = |lines: &[Vec<Degrees>]| {
        let lines: Vec<String> = lines.iter().map(|line| list(line)).collect();
        format!("({})", lines.join(","))
    };
    let is_finite = |places: &[Degrees]| places.iter().flatten().all(|n| n.is_finite());
    match geometry {
        Geometry::Points(points) if !is_finite(points) => None,
        Geometry::Points(points) => match points.as_slice() {
            [] => None,
            [_] => Some(format!("POINT {}", list(points))),
            _ => Some(format!("MULTIPOINT {}", list(points))),
        },
        Geometry::Lines(lines) if lines.iter().all(|line| is_finite(line)) => {
            Some(format!("MULTILINESTRING {}", lists(lines)))
        }
        Geometry::Polygons(polygons) if polygons.iter().flatten().all(|ring| is_finite(ring)) => {
            let polygons: Vec<String> = polygons.iter().map(|rings| lists(rings)).collect();
            Some(format!("MULTIPOLYGON ({})", polygons.join(",")))
        }
        _ => None,
    }
}

/// Vertices in brackets `depth` deep, as polygons of rings.
fn parts(text: &str, depth: usize) -> Result<Vec<Vec<Vec<Degrees>>>, String> {
    let mut polygons: Vec<Vec<Vec<Degrees>>> = vec![Vec::new()];
    let mut level = 0;
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => {
                level += 1;
                if level > depth {
                    return Err("too many brackets".into());
                }
                start = at + 1;
                if depth == 3 && level == 2 && !polygons.last().is_some_and(Vec::is_empty) {
                    polygons.push(Vec::new());
                }
            }
            ')' => {
                if level == depth {
                    let ring = vertices(&text[start..at])?;
                    if let Some(polygon) = polygons.last_mut() {
                        polygon.push(ring);
                    }
                }
                level = level.checked_sub(1).ok_or("a bracket too many")?;
                if level == 0 && !text[at + 1..].trim().is_empty() {
                    return Err(text[at + 1..].trim().chars().take(40).collect());
                }
            }
            _ => {}
        }
    }
    if level != 0 || polygons.iter().all(Vec::is_empty) { Err("a missing bracket".into()) } else { Ok(polygons) }
}

fn vertices(text: &str) -> Result<Vec<Degrees>, String> {
    text.split(',')
        .map(|vertex| {
            let mut numbers = vertex.split_ascii_whitespace().map(str::parse::<f64>);
            match (numbers.next(), numbers.next()) {
                (Some(Ok(lon)), Some(Ok(lat))) => Ok([lon, lat]),
                _ => Err(vertex.trim().chars().take(40).collect()),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_features_are_read() {
        assert_eq!(read("POINT (1 2)"), Ok(Geometry::Points(vec![[1.0, 2.0]])));
        assert_eq!(read("SRID=4326;pointz(1 2 3)"), Ok(Geometry::Points(vec![[1.0, 2.0]])));
        assert_eq!(read("MULTIPOINT ((1 2), (3 4))"), Ok(Geometry::Points(vec![[1.0, 2.0], [3.0, 4.0]])));
        assert_eq!(read("LINESTRING Z (1 2 0, 3 4 0)"), Ok(Geometry::Lines(vec![vec![[1.0, 2.0], [3.0, 4.0]]])));
        let ring = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
        assert_eq!(read("POLYGON((0 0,1 0,1 1,0 0))"), Ok(Geometry::Polygons(vec![vec![ring.clone()]])));
        let two = "MULTIPOLYGON(((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0)),((0 0,1 0,1 1,0 0)))";
        assert_eq!(read(two), Ok(Geometry::Polygons(vec![vec![ring.clone(), ring.clone()], vec![ring]])));
        assert_eq!(read("POLYGON EMPTY"), Ok(Geometry::None));
    }

    #[test]
    fn other_texts_are_not() {
        for text in [
            "",
            "POINT",
            "POINT (1)",
            "POINT (1 2",
            "POINT 1 2)",
            "CIRCLE (1 2)",
            "POINT (1 2) x",
            "((((",
            "GEOMETRYCOLLECTION (POINT (1 2))",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
