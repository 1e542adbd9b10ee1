//! A system of coordinates as PROJ defines them: a projection, an ellipsoid and how its datum lies to WGS 84.
//!
//! A datum that nothing relates to WGS 84 is refused, never taken for it: a wrong place is worse than none.

use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use proj4rs::Proj;
use proj4rs::transform::transform;

use super::error::{CrsError, CrsNote};
use crate::model::Bounds;

/// What the register and programs write as the shift of Beijing 1954: that of one sea.
pub const BEIJING_1954: &str = "15.8,-154.4,-82.3,0,0,0,0";

/// The longest definition that is looked at, in bytes.
const LONGEST: usize = 1000;

/// A projected or geographic system.
#[derive(Clone)]
pub struct Definition {
    /// Its definition as PROJ writes them: what it is.
    text: Box<str>,
    /// What a person types for it.
    typed: Box<str>,
    name: Box<str>,
    notes: Vec<CrsNote>,
    proj: Proj,
}

static WGS84: LazyLock<Proj> =
    LazyLock::new(|| Proj::from_proj_string("+proj=longlat +datum=WGS84").expect("a definition of WGS 84"));

impl Definition {
    /// The system of a definition (`+proj=…`), of the name it is told by and what is typed for it.
    ///
    /// `own` tells that the person gave the parameters of the shift, which are then believed.
    pub fn new(name: &str, typed: &str, text: &str, own: bool) -> Result<Definition, CrsError> {
        let short = || name.chars().take(120).collect::<String>();
        if text.len() > LONGEST {
            return Err(CrsError::Malformed { detail: format!("{} bytes", text.len()) });
        }
        let has = |key: &str, value: &str| get(text, key).is_some_and(|found| found.eq_ignore_ascii_case(value));
        if has("proj", "geocent") || has("proj", "cart") {
            return Err(CrsError::NotHorizontal { name: short() });
        }
        let mut notes = Vec::new();
        let towgs84 = get(text, "towgs84");
        let grids = get(text, "nadgrids").filter(|grids| *grids != "@null");
        if let Some(grids) = grids.or(has("datum", "NAD27").then_some("NAD27: conus, ntv2_0.gsb")) {
            return Err(CrsError::Grids { name: short(), grids: grids.chars().take(60).collect() });
        }
        match towgs84 {
            Some(BEIJING_1954) if !own => return Err(CrsError::Beijing54 { name: short() }),
            Some(shift) if shift.split(',').all(|number| number.parse() == Ok(0.0)) => {
                notes.push(CrsNote::NearWgs84 {})
            }
            Some(shift) => {
                let sound = shift.split(',').map(str::parse::<f64>).filter(|n| n.as_ref().is_ok_and(|n| n.is_finite()));
                let (sound, all) = (sound.count(), shift.split(',').count());
                if sound != all || !matches!(all, 3 | 7) {
                    let detail = format!("+towgs84={}", shift.chars().take(60).collect::<String>());
                    return Err(CrsError::Malformed { detail });
                }
                notes.push(CrsNote::Shifted { towgs84: shift.to_owned() });
            }
            None => notes.extend(datum_note(text, &short())?),
        }
        let refused = |err: proj4rs::errors::Error| CrsError::NoMethod { name: short(), detail: err.to_string() };
        let proj = Proj::from_proj_string(text).map_err(refused)?;
        if !proj.has_inverse() || proj.is_geocent() {
            return Err(CrsError::NoMethod { name: short(), detail: proj.projname().to_owned() });
        }
        Ok(Definition { text: text.into(), typed: typed.into(), name: short().into(), notes, proj })
    }

    /// The same with one thing more to know.
    pub fn with_note(mut self, note: CrsNote) -> Definition {
        self.notes.push(note);
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a person types for it.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Its definition as PROJ writes them.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is worth knowing of it.
    pub fn notes(&self) -> &[CrsNote] {
        &self.notes
    }

    /// Whether it has longitude and latitude in degrees rather than a plane.
    pub fn is_geographic(&self) -> bool {
        self.proj.is_latlong()
    }

    /// Longitude and latitude in WGS 84, in degrees, of easting and northing; `None` where it has no such place.
    pub fn to_wgs84(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        let at = if self.is_geographic() { at.map(f64::to_radians) } else { at };
        brought(&self.proj, &WGS84, at).map(|at| at.map(f64::to_degrees))
    }

    /// Easting and northing of longitude and latitude in WGS 84, in degrees; `None` where it has no such place.
    pub fn from_wgs84(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        if !self.proj.has_forward() {
            return None;
        }
        let at = brought(&WGS84, &self.proj, at.map(f64::to_radians))?;
        Some(if self.is_geographic() { at.map(f64::to_degrees) } else { at })
    }
}

impl Definition {
    /// West, south, east and north in this system around all within the bounds: of a grid of places, and a twentieth
    /// more for what bends between them.
    pub(super) fn around(&self, bounds: Bounds) -> Option<[f64; 4]> {
        const STEPS: i64 = 16;
        let between = |from: i32, to: i32, nth: i64| {
            (i64::from(from) + (i64::from(to) - i64::from(from)) * nth / STEPS) as f64 / 1e7
        };
        let mut around = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for nth in 0..(STEPS + 1) * (STEPS + 1) {
            let (column, row) = (nth % (STEPS + 1), nth / (STEPS + 1));
            let lon = between(bounds.min.lon, bounds.max.lon, column);
            let [x, y] = self.from_wgs84([lon, between(bounds.min.lat, bounds.max.lat, row)])?;
            let [west, south, east, north] = around;
            around = [west.min(x), south.min(y), east.max(x), north.max(y)];
        }
        let [west, south, east, north] = around;
        let least = if self.is_geographic() { 1e-6 } else { 1.0 };
        let more = ((east - west).max(north - south) / 20.0).max(least);
        Some([west - more, south - more, east + more, north + more])
    }
}

fn brought(from: &Proj, to: &Proj, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
    if !(x.is_finite() && y.is_finite()) {
        return None;
    }
    let mut at = (x, y, 0.0);
    transform(from, to, &mut at).ok()?;
    (at.0.is_finite() && at.1.is_finite()).then_some([at.0, at.1])
}

/// The value of a key of a definition.
pub fn get<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.split_whitespace().find_map(|word| word.strip_prefix('+')?.strip_prefix(key)?.strip_prefix('='))
}

/// What is to be said of a datum of which no shift is stated, or why it is refused.
fn datum_note(text: &str, name: &str) -> Result<Option<CrsNote>, CrsError> {
    let number = |key: &str| get(text, key).and_then(|value| value.parse::<f64>().ok());
    match get(text, "datum").map(str::to_ascii_lowercase).as_deref() {
        Some("wgs84") => return Ok(None),
        Some("nad83") => return Ok(Some(CrsNote::NearWgs84 {})),
        Some(known) => return Ok(Some(CrsNote::Shifted { towgs84: format!("{known} (PROJ)") })),
        None => {}
    }
    if get(text, "nadgrids") == Some("@null") || get(text, "proj") == Some("webmerc") {
        return Ok(None);
    }
    // The ellipsoid tells: those of WGS 84 and GRS 1980 belong to datums that satellites made.
    let semi_minor = |a: f64| number("b").or_else(|| number("rf").map(|rf| a - a / rf));
    let (ellipsoid, a) = (get(text, "ellps").unwrap_or_default().to_ascii_lowercase(), number("a"));
    let b = a.and_then(semi_minor);
    let is = |major: f64, minor: f64| {
        a.is_some_and(|a| (a - major).abs() < 1e-3) && b.is_some_and(|b| (b - minor).abs() < 0.05)
    };
    if ellipsoid == "grs80" || is(6_378_137.0, 6_356_752.314) {
        // CGCS2000 lies within centimetres; of the others none is named in a definition.
        return Ok((!name.contains("CGCS2000")).then_some(CrsNote::NearWgs84 {}));
    }
    let name = || name.to_owned();
    if ellipsoid == "wgs84" {
        Ok(Some(CrsNote::NearWgs84 {}))
    } else if ellipsoid == "iau76" || is(6_378_140.0, 6_356_755.288) {
        Err(CrsError::Xian80 { name: name() })
    } else if (ellipsoid == "krass" || is(6_378_245.0, 6_356_863.019)) && name().to_lowercase().contains("beijing") {
        Err(CrsError::Beijing54 { name: name() })
    } else {
        let datum = match (get(text, "ellps"), a) {
            (Some(ellipsoid), _) => ellipsoid.to_owned(),
            (None, Some(a)) => format!("a = {a} m"),
            (None, None) => "?".to_owned(),
        };
        Err(CrsError::UnknownDatum { name: name(), datum: datum.chars().take(60).collect() })
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.text)
    }
}

impl PartialEq for Definition {
    fn eq(&self, other: &Definition) -> bool {
        self.text == other.text
    }
}

impl Eq for Definition {}

impl Hash for Definition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
