//! The columns that say where a row's feature is, and what their cells hold.

use super::angle::{self, Angle, Side};
use super::numerals::{self, Numerals};
use super::rows::{Raw, Rows, TopRow};
use crate::crs::Crs;
use crate::ingest::coordinates;
use crate::ingest::geojson;
use crate::ingest::names::plain;
use crate::ingest::record::Geometry;
use crate::ingest::reject::Reason;
use crate::ingest::{units, wkt};

/// Which of two numbers in one cell comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Longitude, latitude.
    LonLat,
    /// Latitude, longitude.
    LatLon,
}

/// Where a row's place stands, by position of columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Two numbers; `angles` says that the columns' names promise longitude and latitude.
    Two { x: usize, y: usize, angles: bool },
    /// One cell, and the order its column's name tells.
    One(usize, Option<Order>),
}

const LON: [&str; 34] = [
    "lon",
    "lng",
    "long",
    "longitude",
    "经度",
    "経度",
    "經度",
    "londeg",
    "pointx",
    "coordx",
    "wgs84lon",
    "wgs84lng",
    "xcoord",
    "东经",
    "東経",
    "경도",
    "longitud",
    "längengrad",
    "geolon",
    "geolng",
    "lonwgs84",
    "lngwgs84",
    "jd",
    "jingdu",
    "经度e",
    "经度x",
    "x经度",
    "coordlon",
    "gpslon",
    "gpslng",
    "gps经度",
    "gpslongitude",
    "経度世界測地系",
    "longtitude",
];
const LAT: [&str; 35] = [
    "lat",
    "latitude",
    "纬度",
    "緯度",
    "緯度",
    "latdeg",
    "pointy",
    "coordy",
    "wgs84lat",
    "ycoord",
    "纬",
    "lati",
    "北纬",
    "北緯",
    "위도",
    "latitud",
    "breitengrad",
    "geolat",
    "latwgs84",
    "wd",
    "weidu",
    "纬度n",
    "纬度y",
    "y纬度",
    "coordlat",
    "gpslat",
    "gps纬度",
    "gpslatitude",
    "緯度世界測地系",
    "latidude",
    "lattitude",
    "维度",
    "pointlat",
    "wgs84纬度",
    "latitude84",
];
/// Numbers that may be metres: what they are nobody says here. In Chinese survey tables X points north.
const X: [&str; 10] = ["x", "x坐标", "x座標", "x坐标m", "横坐标", "东坐标", "easting", "eastings", "rechtswert", "e"];
const Y: [&str; 10] = ["y", "y坐标", "y座標", "y坐标m", "纵坐标", "北坐标", "northing", "northings", "hochwert", "n"];
const LON_LAT: [&str; 10] = [
    "lonlat",
    "lnglat",
    "经度,纬度",
    "经纬",
    "longitude,latitude",
    "lon,lat",
    "lng,lat",
    "坐标(经度,纬度)",
    "経度,緯度",
    "longlat",
];
const LAT_LON: [&str; 9] = [
    "latlon",
    "latlng",
    "纬度,经度",
    "latitude,longitude",
    "lat,lon",
    "lat,lng",
    "坐标(纬度,经度)",
    "緯度,経度",
    "latlong",
];
const BOTH: [&str; 12] = [
    "经纬度",
    "坐标",
    "coordinates",
    "location坐标",
    "位置坐标",
    "经纬度坐标",
    "坐标位置",
    "gps坐标",
    "緯度経度",
    "座標",
    "gps",
    "coords",
];
const WKT: [&str; 11] = [
    "firemapwkt",
    "wkt",
    "geometry",
    "geom",
    "thegeom",
    "wktgeom",
    "wellknowntext",
    "shape",
    "几何",
    "geomwkt",
    "geojson",
];
/// As people call the columns of maps whose numbers are bent.
static BENT: [([&str; 2], Crs); 2] = [(["高德经度", "高德纬度"], Crs::Gcj02), (["百度经度", "百度纬度"], Crs::Bd09)];

/// Words by which a person assigns the columns of the place, as fields are assigned.
pub const WORDS: [&str; 7] = ["lon", "lat", "x", "y", "lonlat", "latlon", "geometry"];

/// The columns of the place by their names: of several those whose names tell the system that is `told`.
pub fn named(columns: &[Box<str>], told: Option<&Crs>) -> Option<(Place, Option<Crs>)> {
    let forms: Vec<[String; 4]> = columns.iter().map(|name| forms(name)).collect();
    let has = |forms: &[String; 4], word: &str| forms.iter().any(|form| form == word);
    let best = |words: &[&str]| words.iter().find_map(|word| forms.iter().position(|forms| has(forms, word)));
    let two = |lon: &[&str], lat: &[&str], angles| {
        best(lon).zip(best(lat)).filter(|(x, y)| x != y).map(|(x, y)| Place::Two { x, y, angles })
    };
    let one = |words: &[&str], order| best(words).map(|ix| Place::One(ix, order));
    let usual = two(&LON, &LAT, true)
        .or_else(|| two(&X, &Y, false))
        .or_else(|| one(&WKT, None))
        .or_else(|| one(&LON_LAT, Some(Order::LonLat)))
        .or_else(|| one(&LAT_LON, Some(Order::LatLon)))
        .or_else(|| one(&BOTH, None));
    let place_at = |x, y| if x == y { Place::One(x, None) } else { Place::Two { x, y, angles: false } };
    let plain: Vec<String> = forms.iter().map(|[whole, ..]| whole.clone()).collect();
    let stating = |wanted: Option<&Crs>| {
        let by_code = coordinates::system_of_columns(&plain, wanted).map(|(crs, x, y)| (place_at(x, y), Some(crs)));
        let bent = BENT.iter().filter(|(_, crs)| wanted.is_none_or(|wanted| wanted == crs));
        let by_maker =
            || bent.clone().find_map(|([x, y], crs)| Some((place_at(best(&[x])?, best(&[y])?), Some(crs.clone()))));
        by_code.or_else(by_maker)
    };
    let usual = || usual.map(|place| (place, None));
    told.and_then(|told| stating(Some(told))).or_else(usual).or_else(|| stating(None))
}

/// The forms in which a name is compared: whole, without brackets behind it, and the same of the part under a head.
fn forms(name: &str) -> [String; 4] {
    let child = name.rsplit_once('/').map_or(name, |(_, child)| child);
    let bare = |name: &str| plain(&units::split(name).0).trim_end_matches('°').to_owned();
    [plain(name), bare(name), plain(child), bare(child)]
}

/// The columns a person named: word and position.
pub fn told(words: &[(usize, &str)]) -> Option<Place> {
    let at = |word: &str| words.iter().find(|(_, known)| *known == word).map(|(ix, _)| *ix);
    let two = |x, y, angles| Some(Place::Two { x: at(x)?, y: at(y)?, angles });
    two("lon", "lat", true)
        .or_else(|| two("x", "y", false))
        .or_else(|| at("lonlat").map(|ix| Place::One(ix, Some(Order::LonLat))))
        .or_else(|| at("latlon").map(|ix| Place::One(ix, Some(Order::LatLon))))
        .or_else(|| at("geometry").map(|ix| Place::One(ix, None)))
}

/// A column whose cells evidently are places, whatever its name: all of those near the top are geometries or pairs of
/// degrees with digits behind the point.
pub fn by_content(records: &[TopRow], width: usize) -> Option<Place> {
    let evident = |ix: &usize| {
        let mut cells = records.iter().map(|row| row.text(*ix)).filter(|text| !text.is_empty()).peekable();
        cells.peek().is_some()
            && cells.all(|text| match pair(text, false) {
                Some([a, b]) => text.contains(['.', '°']) && a.degrees.abs() <= 180.0 && b.degrees.abs() <= 180.0,
                None => matches!(
                    geometry_text(text),
                    Some(Geometry::Points(_) | Geometry::Lines(_) | Geometry::Polygons(_))
                ),
            })
    };
    (0..width).find(evident).map(|ix| Place::One(ix, None))
}

/// What the place's columns show over the whole table.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Pairs that can only be longitude first, and only latitude first.
    lon_first: u64,
    lat_first: u64,
    pairs: u64,
    /// Rows whose numbers look like degrees, minutes and seconds run together, and all others with numbers.
    packed: u64,
    spaced: u64,
    example: Option<String>,
}

impl Seen {
    /// Looks at a row.
    pub fn look_at(&mut self, place: Place, rows: &dyn Rows) {
        match place {
            Place::Two { x, y, angles: true } => {
                let number = |ix| match rows.cell(ix) {
                    Some(Raw::Number(number)) => Some(number),
                    Some(Raw::Text(text)) => text.parse::<f64>().ok(),
                    _ => None,
                };
                if let (Some(lon), Some(lat)) = (number(x), number(y)) {
                    let packed = angle::looks_packed(lon) && angle::looks_packed(lat);
                    self.packed += u64::from(packed);
                    self.spaced += u64::from(!packed);
                    if packed && self.example.is_none() {
                        self.example = rows.cell(x).map(Raw::to_text);
                    }
                }
            }
            Place::Two { .. } => {}
            Place::One(ix, _) => {
                let Some(Raw::Text(text)) = rows.cell(ix) else { return };
                let Some([a, b]) = pair(text, false).or_else(|| pair(text, true)) else { return };
                self.pairs += 1;
                let is_lon = |angle: Angle| angle.side == Some(Side::Lon) || angle.degrees.abs() > 90.0;
                let is_lat = |angle: Angle| angle.side == Some(Side::Lat);
                let (lon_first, lat_first) = (is_lon(a) || is_lat(b), is_lon(b) || is_lat(a));
                self.lon_first += u64::from(lon_first && !lat_first);
                self.lat_first += u64::from(lat_first && !lon_first);
                self.example.get_or_insert_with(|| text.chars().take(60).collect());
            }
        }
    }

    /// The example of rows that are degrees, minutes and seconds run together, if all of them are.
    pub fn packed(&self) -> Option<&str> {
        self.example.as_deref().filter(|_| self.packed > 0 && self.spaced == 0)
    }

    /// The order of pairs in one cell and whether the numbers themselves tell it; `Err` where nothing does.
    pub fn order(&self, by_name: Option<Order>) -> Result<(Order, bool), String> {
        match (self.lon_first, self.lat_first) {
            (0, 0) => match by_name {
                Some(order) => Ok((order, false)),
                None if self.pairs == 0 => Ok((Order::LonLat, false)),
                None => Err(self.example.clone().unwrap_or_default()),
            },
            // A slip of a few rows does not turn a table round; those rows are rejected as off the earth.
            (lon, lat) if lon >= 10 * lat => Ok((Order::LonLat, true)),
            (lon, lat) if lat >= 10 * lon => Ok((Order::LatLon, true)),
            _ => Err(self.example.clone().unwrap_or_default()),
        }
    }

    /// Whether any cell held a pair.
    pub fn has_pairs(&self) -> bool {
        self.pairs > 0
    }
}

/// The geometry of a row.
pub fn geometry(place: Place, order: Order, numerals: &[Numerals], rows: &dyn Rows) -> Geometry {
    let numerals = |ix: usize| numerals.get(ix).copied().unwrap_or_default();
    match place {
        Place::Two { x, y, .. } => {
            let (a, b) = (rows.cell(x), rows.cell(y));
            if a.is_none() && b.is_none() {
                return Geometry::None;
            }
            match (number(a, numerals(x)), number(b, numerals(y))) {
                // A letter knows better than the column's name.
                (Some(a), Some(b)) if a.side == Some(Side::Lat) && b.side == Some(Side::Lon) => point(b, a),
                (Some(a), Some(b)) if a.side == Some(Side::Lat) || b.side == Some(Side::Lon) => bad(rows, x, Some(y)),
                (Some(a), Some(b)) => point(a, b),
                _ => bad(rows, x, Some(y)),
            }
        }
        Place::One(ix, _) => match rows.cell(ix) {
            None => Geometry::None,
            Some(Raw::Text(text)) => {
                geometry_text(text).unwrap_or_else(|| match pair(text, numerals(ix) == Numerals::Comma) {
                    Some([a, b]) if a.side == Some(Side::Lat) || b.side == Some(Side::Lon) => point(b, a),
                    Some([a, b]) if a.side == Some(Side::Lon) || b.side == Some(Side::Lat) => point(a, b),
                    Some([a, b]) if order == Order::LatLon => point(b, a),
                    Some([a, b]) => point(a, b),
                    None => bad(rows, ix, None),
                })
            }
            Some(_) => bad(rows, ix, None),
        },
    }
}

fn point(lon: Angle, lat: Angle) -> Geometry {
    Geometry::Points(vec![[lon.degrees, lat.degrees]])
}

fn bad(rows: &dyn Rows, x: usize, y: Option<usize>) -> Geometry {
    let text = |ix| rows.cell(ix).map(Raw::to_text).unwrap_or_default();
    let both = y.map_or_else(|| text(x), |y| format!("{}, {}", text(x), text(y)));
    Geometry::Unusable(Reason::BadGeometry { what: both.chars().take(60).collect() })
}

/// A longitude, a latitude or a number of metres.
fn number(cell: Option<Raw<'_>>, numerals: Numerals) -> Option<Angle> {
    match cell? {
        Raw::Number(degrees) => Some(Angle { degrees, side: None }),
        Raw::Text(text) => angle::read(text, numerals != Numerals::Point).or_else(|| {
            let degrees = numerals::plain(text, numerals)?.parse().ok()?;
            Some(Angle { degrees, side: None })
        }),
        Raw::Bool(_) | Raw::Error(_) => None,
    }
}

/// A geometry as text: GeoJSON or WKT; `None` where it is neither.
fn geometry_text(text: &str) -> Option<Geometry> {
    if text.starts_with('{') {
        return Some(match serde_json::from_str(text) {
            Ok(json) => geojson::geometry(&json),
            Err(error) => Geometry::Unusable(Reason::BadGeometry { what: error.to_string() }),
        });
    }
    let is_word = |word: &&&str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    ["point", "linestring", "polygon", "multi", "geometrycollection", "srid="].iter().find(is_word)?;
    Some(wkt::read(text).unwrap_or_else(|what| Geometry::Unusable(Reason::BadGeometry { what })))
}

/// Two angles in one cell, in the order they stand; a third number, the elevation, is passed over.
fn pair(text: &str, comma: bool) -> Option<[Angle; 2]> {
    let text = text.trim_matches(['(', ')', '（', '）', '[', ']', ' ']);
    if text.len() > 120 {
        return None;
    }
    let both = |a: &str, b: &str| Some([angle::read(a, comma)?, angle::read(b, comma)?]);
    for mark in [';', '；', '，', '、', '|', '\t', ','] {
        // A decimal comma parts nothing, unless it stands in the middle of three.
        if mark == ',' && comma {
            let parts: Vec<&str> = text.split(',').collect();
            if let [a, b, c, d] = parts[..] {
                return both(&format!("{a},{b}"), &format!("{c},{d}"));
            }
            continue;
        }
        let mut parts = text.split(mark);
        if let (Some(a), Some(b)) = (parts.next(), parts.next()) {
            return match (parts.next(), parts.next()) {
                (None, _) => both(a, b),
                (Some(height), None) if height.trim().parse::<f64>().is_ok() => both(a, b),
                _ => None,
            };
        }
    }
    // `106.5E 29.5N`, `106.5 29.5`: a blank parts them; of several the one in the middle.
    let blanks: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
    blanks.iter().find_map(|at| {
        let (a, b) = text.split_at(*at);
        let [a, b] = both(a, b)?;
        let told = a.side.is_some() && b.side.is_some();
        (told || blanks.len() == 1 || blanks.len() == 5 && *at == *blanks.get(2)?).then_some([a, b])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<Box<str>> {
        text.split('|').map(Into::into).collect()
    }

    #[test]
    fn columns_of_the_place_are_known_by_many_names() {
        let two = |x, y, angles| Some((Place::Two { x, y, angles }, None));
        assert_eq!(named(&names("编号|经度(°)|纬度（°）"), None), two(1, 2, true));
        assert_eq!(named(&names("坐标/经度|坐标/纬度"), None), two(0, 1, true));
        assert_eq!(named(&names("X坐标|Y坐标|H"), None), two(0, 1, false));
        assert_eq!(named(&names("緯度|経度"), None), two(1, 0, true));
        assert_eq!(named(&names("위도|경도"), None), two(1, 0, true));
        assert_eq!(named(&names("经纬度"), None), Some((Place::One(0, None), None)));
        assert_eq!(named(&names("lat, lon"), None), Some((Place::One(0, Some(Order::LatLon)), None)));
        assert_eq!(named(&names("名称|地址"), None), None);
    }

    #[test]
    fn pairs_are_read_however_they_are_parted() {
        let read = |text: &str, comma| pair(text, comma).map(|pair| pair.map(|angle| angle.degrees));
        for text in ["106.5,29.5", "(106.5, 29.5)", "106.5；29.5", "106.5 29.5", "106.5,29.5,230", "106°30'E 29°30'N"]
        {
            assert_eq!(read(text, false), Some([106.5, 29.5]), "{text}");
        }
        for text in ["106,5;29,5", "106,5,29,5", "106,5 29,5"] {
            assert_eq!(read(text, true), Some([106.5, 29.5]), "{text}");
        }
        assert_eq!(read("106 30 0 29 30 0", false), Some([106.5, 29.5]));
        for text in ["", "106.5", "a,b", "1,2,3,4", "106.5,29.5,x"] {
            assert_eq!(read(text, false), None, "{text}");
        }
    }
}
