//! Systems of coordinates from well-known text, as .prj files and GeoPackages hold it (both versions, OGC's and ESRI's).
//!
//! Text is hostile: its length and depth are bounded, and nothing here calls itself. What an authority's code or a
//! name says is believed before the parameters, as these often leave out how the datum lies to WGS 84.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Crs;
use super::definition::get;
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
    let own = get(&definition, "towgs84").is_some();
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
