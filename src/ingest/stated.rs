//! The coordinate system that a file states in words: a name, a code, well-known text.

use std::path::Path;

use super::error::IngestError;
use crate::crs::Crs;

/// The system of a text such as a `.prj` holds. What a person has `told` counts for one that is not known.
pub fn stated_crs(path: &Path, text: &str, told: Option<Crs>) -> Result<Option<Crs>, IngestError> {
    let known = Crs::named(text).or_else(|| Crs::named(name_of(text)?));
    match known {
        Some(crs) => Ok(Some(crs)),
        None if told.is_some() => Ok(None),
        None => {
            let name = name_of(text).unwrap_or(text).chars().take(100).collect();
            Err(IngestError::OtherCrs { path: path.display().to_string(), crs: name })
        }
    }
}

/// The name of a geographic system in well-known text, as Esri, OGC and ISO write it; of any other its own.
fn name_of(text: &str) -> Option<&str> {
    let (kind, rest) = text.split_once(['[', '('])?;
    let name = rest.trim_start().strip_prefix('"')?.split('"').next()?;
    let is_geographic = ["GEOGCS", "GEOGCRS", "GEODCRS"].contains(&kind.trim().to_uppercase().as_str());
    Some(match name.to_uppercase().replace([' ', '_'], "").as_str() {
        "GCSWGS1984" | "WGS84" | "WGS1984" | "WGS84(CRS84)" | "WGS84(LONGITUDE-LATITUDE)" if is_geographic => "WGS84",
        "GCSCHINAGEODETICCOORDINATESYSTEM2000" | "CHINAGEODETICCOORDINATESYSTEM2000" | "CGCS2000" if is_geographic => {
            "CGCS2000"
        }
        _ => name,
    })
}
