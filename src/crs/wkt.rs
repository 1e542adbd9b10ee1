//! Systems of coordinates from well-known text, as .prj files and GeoPackages hold it (both versions, OGC's and ESRI's).
//!
//! Text is hostile: its length and depth are bounded, and nothing here calls itself. What an authority's code or a
//! name says is believed before the parameters, as these often leave out how the datum lies to WGS 84.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Crs;
use super::definition::{BEIJING_1954, get};
use super::error::{CrsError, CrsNote};
use super::gauss_kruger::Zone;

/// The longest text that is looked at, in bytes, and the deepest nesting.
const LONGEST: usize = 32 << 10;
const DEEPEST: usize = 24;

/// Datums that ESRI's text names without their shift, and the geographic system of EPSG that states it.
const SHIFTED: [(&str, u16); 22] = [
    ("osgb1936", 4277),
    ("ordnancesurveyofgreatbritain1936", 4277),
    ("osgb36", 4277),
    ("amersfoort", 4289),
    ("reseaunationalbelge1972", 4313),
    ("belge1972", 4313),
    ("ch1903", 4149),
    ("deutscheshauptdreiecksnetz", 4314),
    ("mgi", 4312),
    ("militargeographischeinstitut", 4312),
    ("militargeographischesinstitut", 4312),
    ("systemjednotnetrigonometrickesitekatastralni", 4156),
    ("sjtsk", 4156),
    ("pulkovo1942", 4284),
    ("pulkovo1995", 4200),
    ("european1950", 4230),
    ("europeandatum1950", 4230),
    ("tokyo", 4301),
    ("hongkong1980", 4611),
    ("nouvelletriangulationfrancaise", 4275),
    ("ntf", 4275),
    ("tm65", 4299),
];

/// A keyword with its brackets.
struct Node<'a> {
    key: String,
    parent: Option<usize>,
    /// Its texts and numbers, without quotes.
    words: Vec<&'a str>,
    /// Where it stands in the text.
    from: usize,
    to: usize,
}

/// The system of a well-known text.
pub fn read(text: &str) -> Result<Crs, CrsError> {
    let nodes = nodes(text)?;
    let child = |of: usize, keys: &[&str]| {
        nodes.iter().position(|node| node.parent == Some(of) && keys.contains(&node.key.as_str()))
    };
    const HORIZONTAL: [&str; 9] = [
        "PROJCS",
        "PROJCRS",
        "PROJECTEDCRS",
        "GEOGCS",
        "GEOGCRS",
        "GEOGRAPHICCRS",
        "GEODCRS",
        "GEODETICCRS",
        "BOUNDCRS",
    ];
    let (mut root, mut compound) = (0, None);
    // What holds another system is left for it: a compound one for its plane, a bound one for its source.
    for _ in 0..4 {
        let inner = match nodes[root].key.as_str() {
            "COMPD_CS" | "COMPOUNDCRS" => {
                compound = Some(nodes[root].name());
                child(root, &HORIZONTAL)
            }
            "BOUNDCRS" => child(root, &["SOURCECRS"]).and_then(|source| child(source, &HORIZONTAL)),
            _ => break,
        };
        root = inner.ok_or_else(|| CrsError::NotHorizontal { name: nodes[root].name() })?;
    }
    let name = nodes[root].name();
    match nodes[root].key.as_str() {
        "LOCAL_CS" | "ENGCRS" | "ENGINEERINGCRS" => return Crs::of_word(&name).ok_or(CrsError::Local { name }),
        key if HORIZONTAL.contains(&key) => {}
        key if key.starts_with("VERT") || key == "GEOCCS" => return Err(CrsError::NotHorizontal { name }),
        key => return Err(CrsError::Malformed { detail: key.chars().take(40).collect() }),
    }
    let authority = child(root, &["AUTHORITY", "ID"]).and_then(|at| match nodes[at].words[..] {
        [authority, code, ..] if authority.eq_ignore_ascii_case("EPSG") => code.parse().ok(),
        _ => None,
    });
    let by_code = authority.or_else(|| Zone::named(&name).map(Zone::code)).and_then(Crs::coded);
    let crs = match by_code {
        Some(Ok(crs)) => crs,
        // A code that is refused may still come with its office's own shift.
        by_code => match by_parameters(&text[nodes[root].from..nodes[root].to], &name, datum(&nodes, root)) {
            Ok(crs) => crs,
            Err(CrsError::NoMethod { .. } | CrsError::Malformed { .. }) if matches!(by_code, Some(Err(_))) => {
                return by_code.unwrap_or(Err(CrsError::Unknown { name }));
            }
            Err(refused) => return Err(refused),
        },
    };
    Ok(match compound {
        Some(name) => crs.with_note(CrsNote::Compound { name }),
        None => crs,
    })
}

/// The name of the datum below a node.
fn datum<'a>(nodes: &[Node<'a>], root: usize) -> &'a str {
    const KEYS: [&str; 4] = ["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"];
    let below = |mut at: usize| {
        while let Some(parent) = nodes[at].parent {
            if parent == root {
                return true;
            }
            at = parent;
        }
        false
    };
    let found = (0..nodes.len()).find(|at| KEYS.contains(&nodes[*at].key.as_str()) && below(*at));
    found.and_then(|at| nodes[at].words.first().copied()).unwrap_or_default()
}

/// The system of its parameters, with the shift of the text or else of its datum's name.
fn by_parameters(text: &str, name: &str, datum: &str) -> Result<Crs, CrsError> {
    let refused = |detail: String| CrsError::NoMethod { name: name.to_owned(), detail };
    let square = squared(text);
    let read = catch_unwind(AssertUnwindSafe(|| proj4wkt::wkt_to_projstring(&square).map_err(|err| err.to_string())));
    let mut definition = read.map_err(|_| refused("?".into()))?.map_err(refused)?;
    let plain: String = datum.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.strip_prefix('d').filter(|_| datum.starts_with("D_")).unwrap_or(&plain);
    let is_known = |word: &str| plain.contains(word) || name.to_lowercase().contains(word);
    if get(&definition, "towgs84").is_none() {
        if is_known("beijing") {
            return Err(CrsError::Beijing54 { name: name.to_owned() });
        }
        if is_known("xian") {
            return Err(CrsError::Xian80 { name: name.to_owned() });
        }
        if matches!(plain, "wgs1984" | "worldgeodeticsystem1984" | "wgs84" | "china2000" | "cgcs2000") {
            definition.push_str(" +towgs84=0,0,0");
        } else if let Some((_, code)) = SHIFTED.iter().find(|(known, _)| *known == plain) {
            let stated = crs_definitions::from_code(*code).map_or("", |stated| stated.proj4);
            match (get(stated, "towgs84"), get(stated, "datum")) {
                (Some(shift), _) => definition.push_str(&format!(" +towgs84={shift}")),
                (None, Some(datum)) => definition.push_str(&format!(" +datum={datum}")),
                (None, None) => {}
            }
        } else if plain == "northamerican1927" {
            definition.push_str(" +datum=NAD27");
        }
    }
    let is_wgs84 = matches!(plain, "wgs1984" | "worldgeodeticsystem1984" | "wgs84" | "china2000" | "cgcs2000")
        || datum.starts_with("World Geodetic System 1984")
        || datum.starts_with("China 2000");
    let in_degrees = definition.contains("+proj=longlat") || definition.contains("+proj=latlong");
    if is_wgs84 && in_degrees && get(&definition, "pm").is_none_or(|pm| pm.parse() == Ok(0.0)) {
        return Ok(Crs::Wgs84);
    }
    // A shift that stands in the text is its office's, but for the one that programs write for all of Beijing 1954.
    let own = get(&definition, "towgs84").is_some_and(|shift| shift != BEIJING_1954);
    Crs::defined(name, &definition, &definition, own)
}

/// The text with square brackets alone, as the parser knows them.
fn squared(text: &str) -> String {
    let mut quoted = false;
    text.chars()
        .map(|c| {
            quoted ^= c == '"';
            match c {
                '(' if !quoted => '[',
                ')' if !quoted => ']',
                c => c,
            }
        })
        .collect()
}

/// The keywords of a text in order; the first is the outermost.
fn nodes(text: &str) -> Result<Vec<Node<'_>>, CrsError> {
    let malformed = |detail: &str| CrsError::Malformed { detail: detail.to_owned() };
    if text.len() > LONGEST {
        return Err(malformed(&format!("{} bytes", text.len())));
    }
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    // Where the word at hand begins, and where the quote at hand does.
    let (mut word, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        if let Some(from) = quote {
            if c == '"' {
                if let Some(last) = open.last() {
                    nodes[*last].words.push(&text[from..at]);
                }
                (quote, word) = (None, at + 1);
            }
            continue;
        }
        match c {
            '"' => quote = Some(at + 1),
            '[' | '(' => {
                let key = text[word..at].trim();
                if key.is_empty() || key.len() > 40 || (open.is_empty() && !nodes.is_empty()) {
                    return Err(malformed("brackets"));
                }
                let from = at - text[word..at].trim_start().len();
                let (key, parent) = (key.to_ascii_uppercase(), open.last().copied());
                nodes.push(Node { key, parent, words: Vec::new(), from, to: text.len() });
                open.push(nodes.len() - 1);
                if open.len() > DEEPEST {
                    return Err(malformed("brackets too deep"));
                }
                word = at + 1;
            }
            ']' | ')' | ',' => {
                let plain = text[word..at].trim();
                match open.last() {
                    Some(last) if !plain.is_empty() => nodes[*last].words.push(plain),
                    _ => {}
                }
                if c != ',' {
                    let closed = open.pop().ok_or_else(|| malformed("a bracket too many"))?;
                    nodes[closed].to = at + c.len_utf8();
                }
                word = at + 1;
            }
            _ => {}
        }
    }
    if nodes.is_empty() || !open.is_empty() || quote.is_some() {
        return Err(malformed("no end"));
    }
    Ok(nodes)
}

impl Node<'_> {
    fn name(&self) -> String {
        self.words.first().copied().unwrap_or_default().chars().take(120).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Lang, Place, Speak};
    use proptest::prelude::*;

    /// As ArcGIS writes it into .prj files: no codes, no shift.
    const ZONE_35: &str = r#"PROJCS["CGCS2000_3_Degree_GK_Zone_35",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",35500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
    const XIAN: &str = r#"PROJCS["Xian_1980_3_Degree_GK_Zone_35",GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",35500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
    const BEIJING: &str = r#"GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
    const OSGB: &str = r#"PROJCS["British_National_Grid",GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID["Airy_1830",6377563.396,299.3249646]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",400000.0],PARAMETER["False_Northing",-100000.0],PARAMETER["Central_Meridian",-2.0],PARAMETER["Scale_Factor",0.9996012717],PARAMETER["Latitude_Of_Origin",49.0],UNIT["Meter",1.0]]"#;
    const MASSACHUSETTS: &str = r#"PROJCS["NAD_1983_StatePlane_Massachusetts_Mainland_FIPS_2001_Feet",GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],PARAMETER["False_Easting",656166.6666666665],PARAMETER["False_Northing",2460625.0],PARAMETER["Central_Meridian",-71.5],PARAMETER["Standard_Parallel_1",41.71666666666667],PARAMETER["Standard_Parallel_2",42.68333333333333],PARAMETER["Latitude_Of_Origin",41.0],UNIT["Foot_US",0.3048006096012192]]"#;
    const COMPOUND: &str = r#"COMPD_CS["CGCS2000 / zone 35 + 1985",PROJCS["CGCS2000 / 3-degree Gauss-Kruger zone 35",GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",105],PARAMETER["scale_factor",1],PARAMETER["false_easting",35500000],PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","4523"]],VERT_CS["Yellow Sea 1985",VERT_DATUM["Yellow Sea 1985",2005],UNIT["metre",1]]]"#;
    const WKT2: &str = r#"GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",MEMBER["World Geodetic System 1984 (Transit)"],ELLIPSOID["WGS 84",6378137,298.257223563,LENGTHUNIT["metre",1]],ENSEMBLEACCURACY[2.0]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],CS[ellipsoidal,2],AXIS["geodetic latitude (Lat)",north],AXIS["geodetic longitude (Lon)",east],ANGLEUNIT["degree",0.0174532925199433]]"#;
    const ALL: [&str; 7] = [ZONE_35, XIAN, BEIJING, OSGB, MASSACHUSETTS, COMPOUND, WKT2];

    #[test]
    fn prj_files_of_arcgis_are_read() {
        assert_eq!(read(ZONE_35), Crs::named("EPSG:4523"));
        let renamed = ZONE_35.replace("CGCS2000_3_Degree_GK_Zone_35", "planning office");
        let by_parameters = read(&renamed).unwrap();
        let place = Place { lon: 1_065_512_345, lat: 295_612_345 };
        assert_eq!(by_parameters.degrees(place), Crs::named("EPSG:4523").unwrap().degrees(place));
        for (text, code) in [(OSGB, "EPSG:27700"), (MASSACHUSETTS, "EPSG:2249")] {
            let place = if code == "EPSG:2249" { [-71.11, 42.37] } else { [-0.12, 51.5] };
            let place = Place::from_degrees(place[0], place[1]).unwrap();
            let (one, other) = (read(text).unwrap().degrees(place), Crs::named(code).unwrap().degrees(place));
            // ESRI rounds the feet of the false origin.
            assert!((one[0] - other[0]).abs() < 2e-3 && (one[1] - other[1]).abs() < 2e-3, "{one:?} {other:?}");
        }
        assert_eq!(read(WKT2), Ok(Crs::Wgs84));
        assert_eq!(read(&WKT2.replace('[', "(").replace(']', ")")), Ok(Crs::Wgs84));
    }

    #[test]
    fn of_a_compound_system_the_plane_is_taken_and_that_is_said() {
        let crs = read(COMPOUND).unwrap();
        assert_eq!(crs, Crs::named("EPSG:4523").unwrap());
        assert!(crs.notes().iter().any(|note| note.say(Lang::Zh).contains("高程")), "{:?}", crs.notes());
    }

    #[test]
    fn old_chinese_datums_are_refused_unless_their_office_gives_the_shift() {
        assert!(matches!(read(XIAN), Err(CrsError::Xian80 { .. })));
        assert!(matches!(read(BEIJING), Err(CrsError::Beijing54 { .. })));
        let shifted = XIAN.replace("298.257]", "298.257],TOWGS84[10,-120,-60,1,2,-3,4]");
        let crs = read(&shifted).unwrap();
        assert!(matches!(crs.notes()[..], [CrsNote::Shifted { .. }]), "{:?}", crs.notes());
        let published = BEIJING.replace("298.3]", "298.3],TOWGS84[15.8,-154.4,-82.3,0,0,0,0]");
        assert!(matches!(read(&published), Err(CrsError::Beijing54 { .. })), "{:?}", read(&published));
        assert!(matches!(read(r#"LOCAL_CS["重庆独立坐标系",UNIT["metre",1]]"#), Err(CrsError::Local { .. })));
        assert!(matches!(read(r#"VERT_CS["Yellow Sea",UNIT["metre",1]]"#), Err(CrsError::NotHorizontal { .. })));
    }

    #[test]
    fn text_without_end_or_too_deep_is_refused() {
        for text in ["", "PROJCS", "PROJCS[", "]", "PROJCS[\"a\"", "A[]]", "[[", "PROJCS[\"é\"]"] {
            assert!(read(text).is_err(), "{text}");
        }
        let deep = "GEOGCS[".repeat(5000) + &"]".repeat(5000);
        assert!(matches!(read(&deep), Err(CrsError::Malformed { .. })));
        assert!(matches!(read(&"A[1],".repeat(10_000)), Err(CrsError::Malformed { .. })));
        let compounds = "COMPD_CS[\"a\",".repeat(20) + WKT2 + &"]".repeat(20);
        assert!(read(&compounds).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Never a panic, and never a place that is no number.
        #[test]
        fn damaged_text_is_a_system_or_a_sentence(
            which in 0..ALL.len(),
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), "[\\[\\](),\"A-Z0-9.e+-]{0,3}|[^ -~]|inf|nan|1e999"), 0..6),
            cut in proptest::option::of(any::<proptest::sample::Index>()),
        ) {
            let mut text: Vec<char> = ALL[which].chars().collect();
            for (at, with) in changes {
                let at = at.index(text.len());
                text.splice(at..at + 1, with.chars());
                if text.is_empty() { text.push('[') }
            }
            if let Some(cut) = cut { text.truncate(cut.index(text.len())) }
            let text: String = text.into_iter().collect();
            if let Ok(crs) = Crs::from_wkt(&text) {
                for at in [[35_600_000.0, 3_275_000.0], [0.0, 0.0], [1e300, -1e300]] {
                    if let (Crs::Other(definition), Some(there)) = (&crs, crs.to_wgs84(at)) {
                        prop_assert!(there[0].is_finite() && there[1].is_finite(), "{} {:?}", definition.text(), there);
                    }
                }
            }
            let _ = Crs::named(&text);
        }

        #[test]
        fn any_words_are_a_system_or_a_sentence(text in "(\\+proj=(tmerc|lcc|utm|merc|omerc|krovak|longlat|somerc))?( ?\\+(lat_0|lon_0|k|x_0|zone|ellps|towgs84|a|rf|b|lat_1|lat_2|pm|units|axis|datum|gamma|alpha|lonc)=([-0-9.,e]{0,8}|GRS80|bessel|us-ft|enu|wsu|WGS84)){0,6}.{0,6}") {
            if let Ok(crs) = Crs::named(&text) {
                let _ = crs.to_wgs84([500_000.0, 3_275_000.0]);
                let _ = crs.degrees(Place { lon: 1_065_000_000, lat: 295_000_000 });
            }
        }
    }
}
