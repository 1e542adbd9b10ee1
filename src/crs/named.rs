//! The coordinates a file can have, by the names they go by: degrees of longitude and latitude in WGS 84 or GCJ-02.

use super::gcj02;
use crate::model::{Bounds, Place};

/// A coordinate reference system of files. Everything within the program is in [`Crs::Wgs84`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Crs {
    /// WGS 84 (EPSG:4326, CRS84), or CGCS2000 (EPSG:4490), equal to it to centimetres.
    Wgs84,
    /// GCJ-02, of Amap and other maps of China.
    Gcj02,
}

impl Crs {
    /// GCJ-02 as well-known text: a local system that no program brings to another one, so that none takes it for
    /// WGS 84. (A geographic one of unknown datum would be taken for that.)
    pub const GCJ02_WKT: &str = r#"LOCAL_CS["GCJ-02",UNIT["degree",0.0174532925199433]]"#;

    /// The system of a name.
    ///
    /// ```
    /// use firemap::crs::Crs;
    /// assert_eq!(Crs::named("urn:ogc:def:crs:OGC:1.3:CRS84"), Some(Crs::Wgs84));
    /// assert_eq!(Crs::named("EPSG:4490"), Some(Crs::Wgs84));
    /// assert_eq!(Crs::named("gcj02"), Some(Crs::Gcj02));
    /// assert_eq!(Crs::named(Crs::GCJ02_WKT), Some(Crs::Gcj02));
    /// assert_eq!(Crs::named("EPSG:3857"), None);
    /// ```
    pub fn named(name: &str) -> Option<Crs> {
        let name = name.trim().to_lowercase();
        let name = name
            .strip_prefix("urn:ogc:def:crs:")
            .or(name.strip_prefix("http://www.opengis.net/def/crs/"))
            .unwrap_or(&name);
        // Well-known text of a local system: only the name in it tells anything.
        let local = name.strip_prefix("local_cs[\"").or(name.strip_prefix("engcrs[\""));
        let name = local.map_or(name, |local| local.split('"').next().unwrap_or_default());
        let word = name.rsplit([':', '/']).next().unwrap_or_default();
        match word {
            "4326" | "4490" => (name == word || name.starts_with("epsg")).then_some(Crs::Wgs84),
            "crs84" | "wgs84" | "wgs 84" | "cgcs2000" | "china geodetic coordinate system 2000" => Some(Crs::Wgs84),
            "gcj02" | "gcj-02" | "gcj 02" | "gcj_02" => Some(Crs::Gcj02),
            _ => None,
        }
    }

    /// The name it is told by.
    pub fn name(self) -> &'static str {
        match self {
            Crs::Wgs84 => "WGS 84",
            Crs::Gcj02 => "GCJ-02",
        }
    }

    /// WGS 84 of a place in this system; longitude and latitude in degrees.
    pub fn to_wgs84(self, at: [f64; 2]) -> [f64; 2] {
        match self {
            Crs::Wgs84 => at,
            Crs::Gcj02 => gcj02::to_wgs84(at),
        }
    }

    /// A place in this system, longitude and latitude in degrees. What is not WGS 84 has nine digits, of which
    /// [`Crs::to_wgs84`] makes the same place again.
    pub fn degrees(self, place: Place) -> [f64; 2] {
        let at = [place.lon_degrees(), place.lat_degrees()];
        match self {
            Crs::Wgs84 => at,
            Crs::Gcj02 => gcj02::from_wgs84(at).map(|degrees| (degrees * 1e9).round() / 1e9),
        }
    }

    /// West, south, east and north in degrees of this system, around all that is within the bounds and a little more.
    pub fn around(self, bounds: Bounds) -> [f64; 4] {
        let more = match self {
            Crs::Wgs84 => 1e-7,
            Crs::Gcj02 => gcj02::MOST_MOVED,
        };
        [
            bounds.min.lon_degrees() - more,
            bounds.min.lat_degrees() - more,
            bounds.max.lon_degrees() + more,
            bounds.max.lat_degrees() + more,
        ]
    }
}

/// The bounds of `west,south,east,north` in degrees of WGS 84; `None` where that is no box, or one over the date line.
///
/// ```
/// use firemap::crs::bounds_named;
/// let bounds = bounds_named("106.5, 29.5, 106.6, 29.6").unwrap();
/// assert_eq!(bounds.min.lon, 1_065_000_000);
/// assert_eq!(bounds_named("29.5,106.5,29.6,106.6"), None);
/// ```
pub fn bounds_named(text: &str) -> Option<Bounds> {
    let numbers: Vec<f64> = text.split(',').map(|number| number.trim().parse()).collect::<Result<_, _>>().ok()?;
    let [west, south, east, north] = numbers[..] else { return None };
    let (min, max) = (Place::from_degrees(west, south)?, Place::from_degrees(east, north)?);
    (min.lon <= max.lon && min.lat <= max.lat).then_some(Bounds { min, max })
}
