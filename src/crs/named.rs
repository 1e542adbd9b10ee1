//! The coordinates a file can have, by the names they go by. Everything within the program is in WGS 84.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::definition::Definition;
use super::error::{CrsError, CrsNote};
use super::gauss_kruger::Zone;
use super::{bd09, gcj02, wkt};
use crate::model::{Bounds, Place};

/// A coordinate reference system of files. Everything within the program is in [`Crs::Wgs84`].
///
/// Numbers stand east before north (longitude before latitude), whatever the register says of a code: so files have
/// them; [`Crs::NorthFirst`] is the other way round.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Crs {
    /// WGS 84 (EPSG:4326, CRS84), or CGCS2000 (EPSG:4490), equal to it to centimetres.
    Wgs84,
    /// GCJ-02, of Amap and other maps of China.
    Gcj02,
    /// BD-09, of Baidu's maps.
    Bd09,
    /// Any other that is defined, in a plane or in degrees.
    Other(Arc<Definition>),
    /// One of these with its numbers the other way round: north before east.
    NorthFirst(Arc<Crs>),
}

impl Crs {
    /// GCJ-02 as well-known text: a local system that no program brings to another one, so that none takes it for
    /// WGS 84. (A geographic one of unknown datum would be taken for that.)
    pub const GCJ02_WKT: &str = r#"LOCAL_CS["GCJ-02",UNIT["degree",0.0174532925199433]]"#;

    /// BD-09 as well-known text, for the same reason a local system.
    pub const BD09_WKT: &str = r#"LOCAL_CS["BD-09",UNIT["degree",0.0174532925199433]]"#;

    /// The system of a name: a word, a code of EPSG, a definition as PROJ writes them, or well-known text. A code may
    /// have its office's own shift behind it; `,yx` behind any of them says that north stands before east.
    ///
    /// ```
    /// use firemap::crs::Crs;
    /// assert_eq!(Crs::named("urn:ogc:def:crs:OGC:1.3:CRS84"), Ok(Crs::Wgs84));
    /// assert_eq!(Crs::named("EPSG:4490"), Ok(Crs::Wgs84));
    /// assert_eq!(Crs::named("gcj02"), Ok(Crs::Gcj02));
    /// assert_eq!(Crs::named(Crs::BD09_WKT), Ok(Crs::Bd09));
    /// assert_eq!(Crs::named("EPSG:4523").unwrap().typed(), "EPSG:4523");
    /// assert!(Crs::named("EPSG:2384 +towgs84=1,2,3").is_ok() && Crs::named("EPSG:2384").is_err());
    /// ```
    pub fn named(name: &str) -> Result<Crs, CrsError> {
        match name.rsplit_once(',').map(|(before, order)| (before, order.trim().to_ascii_lowercase())) {
            Some((before, order)) if order == "yx" => Crs::in_order(before).map(Crs::north_first),
            Some((before, order)) if order == "xy" => Crs::in_order(before),
            _ => Crs::in_order(name),
        }
    }

    /// The system of a name without a word on its order.
    fn in_order(name: &str) -> Result<Crs, CrsError> {
        let name = name.trim();
        let unknown = || CrsError::Unknown { name: name.chars().take(120).collect() };
        if name.starts_with('+') {
            let name = name.split_once("+title=").map_or(name, |(before, _)| before);
            return Crs::defined(name, name, name, name.contains("+towgs84="));
        }
        if name.contains(['[', '(']) && name.contains(']') {
            return Crs::from_wkt(name);
        }
        if let Some((code, shift)) = name.split_once("+towgs84=") {
            let code = code_of(code.trim()).ok_or_else(unknown)?;
            return Crs::shifted(code, shift.trim()).unwrap_or_else(|| Err(unknown()));
        }
        match code_of(name) {
            Some(code) => Crs::coded(code).unwrap_or_else(|| Err(unknown())),
            None => {
                Crs::of_word(word_of(name)).map_or_else(|| Crs::of_zone(name).unwrap_or_else(|| Err(unknown())), Ok)
            }
        }
    }

    /// The system of a well-known text (a .prj file, a GeoPackage's `definition`).
    ///
    /// ```
    /// use firemap::crs::Crs;
    /// let prj = r#"GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",
    ///     SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
    /// assert_eq!(Crs::from_wkt(prj), Ok(Crs::Wgs84));
    /// ```
    pub fn from_wkt(text: &str) -> Result<Crs, CrsError> {
        wkt::read(text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0')))
    }

    /// The system of a definition as PROJ writes them.
    pub(super) fn defined(name: &str, typed: &str, text: &str, own: bool) -> Result<Crs, CrsError> {
        let made = catch_unwind(AssertUnwindSafe(|| Definition::new(name, typed, text, own)));
        let broken = |_| CrsError::Malformed { detail: text.chars().take(60).collect() };
        made.map_err(broken)?.map(|definition| Crs::Other(Arc::new(definition)))
    }

    /// The system of a code of EPSG.
    pub(super) fn coded(code: u32) -> Option<Result<Crs, CrsError>> {
        if matches!(code, 4326 | 4490 | 4979 | 4480) {
            return Some(Ok(Crs::Wgs84));
        }
        let typed = format!("EPSG:{code}");
        if let Some(zone) = Zone::of_code(code) {
            return Some(Crs::defined(&zone.name(), &typed, &zone.definition(), false));
        }
        let text = match code {
            3857 | 900_913 | 102_100 | 102_113 => crs_definitions::EPSG_3857_WEBMERC.proj4,
            code => crs_definitions::from_code(u16::try_from(code).ok()?)?.proj4,
        };
        // The register's own name of a Chinese datum is known by the code alone.
        let name = match code {
            4214 | 2401..=2442 | 21413..=21423 | 21453..=21463 | 21473..=21483 => format!("{typed} (Beijing 1954)"),
            4610 | 2327..=2390 => format!("{typed} (Xian 1980)"),
            32601..=32660 => format!("WGS 84 / UTM {}N ({typed})", code - 32600),
            32701..=32760 => format!("WGS 84 / UTM {}S ({typed})", code - 32700),
            3857 => format!("Web Mercator ({typed})"),
            _ => typed.clone(),
        };
        Some(match Crs::defined(&name, &typed, text, false) {
            // What is told to type is a code, not its explanation.
            Err(CrsError::Beijing54 { .. }) => Err(CrsError::Beijing54 { name: typed }),
            Err(CrsError::Xian80 { .. }) => Err(CrsError::Xian80 { name: typed }),
            made => made,
        })
    }

    /// The system of a code with its office's own shift in place of the register's.
    fn shifted(code: u32, shift: &str) -> Option<Result<Crs, CrsError>> {
        let known = crs_definitions::from_code(u16::try_from(code).ok()?)?.proj4;
        let kept = known.split_whitespace().filter(|word| {
            !["+towgs84=", "+nadgrids=", "+datum="].iter().any(|key| word.starts_with(key)) && *word != "+no_defs"
        });
        let ellipsoid = match super::definition::get(known, "datum") {
            Some("NAD27") => " +ellps=clrk66",
            Some("NAD83") => " +ellps=GRS80",
            Some("OSGB36") => " +ellps=airy",
            Some("WGS84") => " +ellps=WGS84",
            Some("nzgd49") => " +ellps=intl",
            Some("potsdam" | "hermannskogel") => " +ellps=bessel",
            Some("carthage") => " +ellps=clrk80ign",
            Some("ire65") => " +ellps=mod_airy",
            Some(_) => return None,
            None => "",
        };
        let shift: String = shift.split(',').map(str::trim).collect::<Vec<_>>().join(",");
        let text = format!("{}{ellipsoid} +towgs84={shift}", kept.collect::<Vec<_>>().join(" "));
        let typed = format!("EPSG:{code} +towgs84={shift}");
        Some(Crs::defined(&typed, &typed, &text, true))
    }

    /// The system of a word.
    pub(super) fn of_word(word: &str) -> Option<Crs> {
        let word: String = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        match word.as_str() {
            "wgs84"
            | "wgs1984"
            | "gcswgs1984"
            | "crs84"
            | "cgcs2000"
            | "chinageodeticcoordinatesystem2000"
            | "2000国家大地坐标系"
            | "国家2000"
            | "gps" => Some(Crs::Wgs84),
            "gcj02" | "gcj" | "火星坐标系" | "火星坐标" | "高德" | "高德坐标" | "腾讯" | "amap" => {
                Some(Crs::Gcj02)
            }
            "bd09" | "bd09ll" | "bd" | "百度" | "百度坐标" | "百度坐标系" | "baidu" => Some(Crs::Bd09),
            _ => None,
        }
    }

    /// The system of a zone's name: of CGCS2000, or `UTM 49N`.
    fn of_zone(name: &str) -> Option<Result<Crs, CrsError>> {
        if let Some(zone) = Zone::named(name) {
            return Crs::coded(zone.code());
        }
        let lower = name.to_lowercase();
        let (before, zone) = lower.split_once("utm")?;
        let is_wgs84 = before.chars().all(|c| !c.is_alphanumeric()) || Crs::of_word(before) == Some(Crs::Wgs84);
        let zone = zone.trim().trim_start_matches("zone").trim_start_matches([' ', '_']);
        let (number, half) = zone.split_at(zone.find(|c: char| !c.is_ascii_digit()).unwrap_or(zone.len()));
        let number: u32 = number.parse().ok().filter(|number| is_wgs84 && (1..=60).contains(number))?;
        match half.trim() {
            "n" => Crs::coded(32600 + number),
            "s" => Crs::coded(32700 + number),
            _ => None,
        }
    }

    /// The same with its numbers the other way round.
    pub fn north_first(self) -> Crs {
        match self {
            Crs::NorthFirst(crs) => Crs::clone(&crs),
            crs => Crs::NorthFirst(Arc::new(crs)),
        }
    }

    /// The system itself, whichever of its numbers stands first.
    pub fn upright(&self) -> &Crs {
        match self {
            Crs::NorthFirst(crs) => crs.upright(),
            crs => crs,
        }
    }

    /// The same with one thing more to know; the four that need no definition have nothing to be known.
    pub(super) fn with_note(self, note: CrsNote) -> Crs {
        match self {
            Crs::Other(definition) => Crs::Other(Arc::new(Definition::clone(&definition).with_note(note))),
            crs => crs,
        }
    }

    /// The name it is told by.
    pub fn name(&self) -> &str {
        match self {
            Crs::Wgs84 => "WGS 84",
            Crs::Gcj02 => "GCJ-02",
            Crs::Bd09 => "BD-09",
            Crs::Other(definition) => definition.name(),
            Crs::NorthFirst(crs) => crs.name(),
        }
    }

    /// What a person types for it: `--crs` takes it.
    pub fn typed(&self) -> String {
        match self {
            Crs::Wgs84 => "EPSG:4326".to_owned(),
            Crs::Gcj02 | Crs::Bd09 => self.name().to_owned(),
            Crs::Other(definition) => definition.typed().to_owned(),
            Crs::NorthFirst(crs) => format!("{},yx", crs.typed()),
        }
    }

    /// Its code in the register of EPSG, where that alone says what it is.
    pub fn epsg(&self) -> Option<u32> {
        match self {
            Crs::Wgs84 => Some(4326),
            Crs::Other(definition) => definition.typed().strip_prefix("EPSG:")?.parse().ok(),
            Crs::Gcj02 | Crs::Bd09 | Crs::NorthFirst(_) => None,
        }
    }

    /// What is worth knowing of it.
    pub fn notes(&self) -> Vec<CrsNote> {
        match self {
            Crs::Wgs84 | Crs::Gcj02 | Crs::Bd09 => Vec::new(),
            Crs::Other(definition) => definition.notes().to_vec(),
            Crs::NorthFirst(crs) => [CrsNote::NorthFirst {}].into_iter().chain(crs.notes()).collect(),
        }
    }

    /// Whether its numbers are degrees.
    pub fn is_degrees(&self) -> bool {
        match self.upright() {
            Crs::Other(definition) => definition.is_geographic(),
            _ => true,
        }
    }

    /// Longitude and latitude in WGS 84, in degrees, of numbers in this system; `None` where it has no such place.
    /// What needs no bringing comes back as it is, on earth or not.
    pub fn to_wgs84(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        match self {
            Crs::Wgs84 => Some(at),
            Crs::Gcj02 => Some(gcj02::to_wgs84(at)),
            Crs::Bd09 => Some(bd09::to_wgs84(at)),
            Crs::Other(definition) => definition.to_wgs84(at),
            Crs::NorthFirst(crs) => crs.to_wgs84([at[1], at[0]]),
        }
    }

    /// Whether numbers come back from WGS 84 as they went there, to a tenth of a metre: a plane has none for what lies
    /// far outside it.
    pub(super) fn returns(&self, at: [f64; 2]) -> bool {
        match self {
            Crs::Wgs84 | Crs::Gcj02 | Crs::Bd09 => true,
            Crs::Other(definition) => {
                let near = if definition.is_geographic() { 1e-6 } else { 0.1 };
                let there = definition.to_wgs84(at).and_then(|there| definition.from_wgs84(there));
                there.is_some_and(|there| (there[0] - at[0]).abs() < near && (there[1] - at[1]).abs() < near)
            }
            Crs::NorthFirst(crs) => crs.returns([at[1], at[0]]),
        }
    }

    /// A place in this system. What is not WGS 84 has nine digits of a degree or a tenth of a millimetre (of a foot:
    /// of it), of which [`Crs::to_wgs84`] makes the same place again. What has no such place is not a number.
    pub fn degrees(&self, place: Place) -> [f64; 2] {
        let at = [place.lon_degrees(), place.lat_degrees()];
        let rounded = |at: [f64; 2], digits: f64| at.map(|number| (number * digits).round() / digits);
        match self {
            Crs::Wgs84 => at,
            Crs::Gcj02 => rounded(gcj02::from_wgs84(at), 1e9),
            Crs::Bd09 => rounded(bd09::from_wgs84(at), 1e9),
            Crs::Other(definition) => {
                let at = definition.from_wgs84(at).unwrap_or([f64::NAN; 2]);
                rounded(at, if definition.is_geographic() { 1e9 } else { 1e4 })
            }
            Crs::NorthFirst(crs) => {
                let [east, north] = crs.degrees(place);
                [north, east]
            }
        }
    }

    /// The least and the greatest of both numbers in this system, around all that is within the bounds and a little
    /// more; `None` where that cannot be told.
    pub fn around(&self, bounds: Bounds) -> Option<[f64; 4]> {
        let more = match self {
            Crs::Wgs84 => 1e-7,
            Crs::Gcj02 => gcj02::MOST_MOVED,
            Crs::Bd09 => bd09::MOST_MOVED,
            Crs::Other(definition) => return definition.around(bounds),
            Crs::NorthFirst(crs) => {
                let [west, south, east, north] = crs.around(bounds)?;
                return Some([south, west, north, east]);
            }
        };
        Some([
            bounds.min.lon_degrees() - more,
            bounds.min.lat_degrees() - more,
            bounds.max.lon_degrees() + more,
            bounds.max.lat_degrees() + more,
        ])
    }
}

/// The word that OGC's names end with: CRS84.
fn word_of(name: &str) -> &str {
    let is_ogc = ["urn:ogc:", "urn:x-ogc:", "http://www.opengis.net/", "https://www.opengis.net/", "OGC:"]
        .iter()
        .any(|start| name.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start)));
    name.rsplit([':', '/']).next().filter(|_| is_ogc).unwrap_or(name)
}

/// The code of EPSG that a name is.
fn code_of(name: &str) -> Option<u32> {
    let lower = name.to_lowercase();
    let (is_told, word) = match lower.rsplit_once([':', '/']) {
        Some((before, word)) => {
            let authority = before.trim_end_matches([':', '/']);
            let urn = authority.strip_prefix("urn:ogc:def:crs:").or(authority.strip_prefix("urn:x-ogc:def:crs:"));
            let url = authority
                .strip_prefix("http://www.opengis.net/def/crs/")
                .or(authority.strip_prefix("https://www.opengis.net/def/crs/"));
            let authority = urn.or(url).unwrap_or(authority);
            let is_esri = authority == "esri" && matches!(word, "102100" | "102113");
            (authority.split([':', '/']).next() == Some("epsg") || is_esri, word)
        }
        None => (true, lower.as_str()),
    };
    word.trim().parse().ok().filter(|code| is_told && *code > 999)
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
