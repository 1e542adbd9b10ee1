//! Longitudes and latitudes as people write them: decimal degrees, or degrees, minutes and seconds with whatever
//! stands between them, with or without the half of the earth.

/// Which of the two an angle says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// East or west: a longitude.
    Lon,
    /// North or south: a latitude.
    Lat,
}

/// An angle in degrees, and what it says it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Angle {
    /// Degrees, negative in the west and the south.
    pub degrees: f64,
    /// Longitude or latitude, where a letter tells.
    pub side: Option<Side>,
}

/// Reads an angle. `comma` says that a comma stands for the decimal point.
///
/// `106.553472`, `106°33'12.5"E`, `E106°33′12.5″`, `106 33 12.5`, `106-33-12.5`, `106:33:12.5`, `北纬29°33′`,
/// `106度33分12.5秒`, `106°33.208'`.
pub fn read(text: &str, comma: bool) -> Option<Angle> {
    let text = text.trim();
    if text.len() > 80 {
        return None;
    }
    // Most are plain numbers.
    if let Ok(degrees) = text.parse::<f64>() {
        return degrees.is_finite().then_some(Angle { degrees, side: None });
    }
    let (text, side, sign) = half(text)?;
    let (text, negative) = match text.strip_prefix(['-', '−', '－']) {
        Some(rest) => (rest.trim_start(), true),
        None => (text.strip_prefix('+').unwrap_or(text), false),
    };
    if negative && side.is_some() {
        return None;
    }
    let degrees = sexagesimal(text, comma)?;
    Some(Angle { degrees: if negative { -degrees } else { degrees * sign }, side })
}

/// Takes the half of the earth off either end: the rest, the side, and the sign.
fn half(text: &str) -> Option<(&str, Option<Side>, f64)> {
    const WORDS: [(&str, Side, f64); 16] = [
        ("东经", Side::Lon, 1.0),
        ("東経", Side::Lon, 1.0),
        ("東經", Side::Lon, 1.0),
        ("西经", Side::Lon, -1.0),
        ("西経", Side::Lon, -1.0),
        ("西經", Side::Lon, -1.0),
        ("北纬", Side::Lat, 1.0),
        ("北緯", Side::Lat, 1.0),
        ("南纬", Side::Lat, -1.0),
        ("南緯", Side::Lat, -1.0),
        ("동경", Side::Lon, 1.0),
        ("북위", Side::Lat, 1.0),
        ("E", Side::Lon, 1.0),
        ("W", Side::Lon, -1.0),
        ("N", Side::Lat, 1.0),
        ("S", Side::Lat, -1.0),
    ];
    let upper = |text: &str, word: &str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    for (word, side, sign) in WORDS {
        if upper(text, word) {
            let rest = text.get(word.len()..)?.trim_start_matches([':', '：', ' ']);
            return Some((rest, Some(side), sign));
        }
        // `106d33m12s` ends in seconds, not in the south.
        if word == "S" && text.contains(['m', 'M']) {
            continue;
        }
        let at = text.len().checked_sub(word.len());
        if let Some(at) = at.filter(|at| text.get(*at..).is_some_and(|tail| tail.eq_ignore_ascii_case(word))) {
            return Some((text.get(..at)?.trim_end(), Some(side), sign));
        }
    }
    Some((text, None, 1.0))
}

/// Degrees, minutes and seconds; only the last of them may have digits behind the point.
fn sexagesimal(text: &str, comma: bool) -> Option<f64> {
    let mut parts: Vec<&str> = Vec::with_capacity(3);
    let mut marks: Vec<char> = Vec::with_capacity(3);
    let mut rest = text.trim();
    while !rest.is_empty() {
        let is_part = |c: char| c.is_ascii_digit() || c == '.' || comma && c == ',';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 || parts.len() == 3 {
            return None;
        }
        parts.push(rest.get(..end)?);
        rest = rest.get(end..)?;
        let between: String = rest.chars().take_while(|c| !is_part(*c)).collect();
        rest = rest.get(between.len()..)?;
        marks.push(mark(between.trim(), marks.len())?);
        if rest.is_empty() && marks.last() == Some(&'-') {
            return None;
        }
    }
    let mut degrees = 0.0;
    for (nth, part) in parts.iter().enumerate() {
        let is_last = nth + 1 == parts.len();
        let value: f64 = part.replacen(',', ".", 1).parse().ok()?;
        if (!is_last && value.fract() != 0.0) || (nth > 0 && value >= 60.0) {
            return None;
        }
        degrees += value / [1.0, 60.0, 3600.0].get(nth)?;
    }
    (!parts.is_empty()).then_some(degrees)
}

/// What stands behind the `nth` part, in one letter: the sign of that part, a hyphen, or blank.
fn mark(between: &str, nth: usize) -> Option<char> {
    let fitting: &[&str] = match nth {
        0 => &["°", "º", "˚", "度", "d", "deg", "도", "o"],
        1 => &["'", "′", "’", "‘", "´", "`", "分", "m", "min", "분", "＇"],
        _ => &["\"", "″", "”", "“", "''", "′′", "’’", "秒", "s", "sec", "초", "＂"],
    };
    match between {
        "" => Some(' '),
        "-" | ":" | "：" => Some('-'),
        _ if fitting.iter().any(|sign| sign.eq_ignore_ascii_case(between)) => Some('°'),
        _ => None,
    }
}

/// Whether a number is degrees, minutes and seconds run together, as `1063312.5` for 106°33′12.5″: it is no angle, and
/// nobody can tell whether it was meant so.
pub fn looks_packed(number: f64) -> bool {
    let whole = number.abs().trunc();
    let (minutes, seconds) = ((whole / 100.0).trunc() % 100.0, whole % 100.0);
    (10_000.0..=1_800_000.0).contains(&whole) && minutes < 60.0 && seconds < 60.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn degrees(text: &str) -> Option<(f64, Option<Side>)> {
        read(text, false).map(|angle| ((angle.degrees * 1e6).round() / 1e6, angle.side))
    }

    #[test]
    fn an_angle_is_read_however_it_is_written() {
        for text in [
            "106°33'12.5\"",
            "106d33m12.5s",
            "106 33 12.5",
            "106-33-12.5",
            "106:33:12.5",
            "106度33分12.5秒",
            "106° 33′ 12.5″",
        ] {
            assert_eq!(degrees(text), Some((106.553472, None)), "{text}");
        }
        for text in ["106°33'12.5\"E", "E106°33′12.5″", "东经106度33分12.5秒", "e 106 33 12.5", "東経106°33'12.5''"]
        {
            assert_eq!(degrees(text), Some((106.553472, Some(Side::Lon))), "{text}");
        }
        assert_eq!(degrees("北纬29°33′"), Some((29.55, Some(Side::Lat))));
        assert_eq!(degrees("106°33.208'"), Some((106.553467, None)));
        assert_eq!(degrees("71°3'36\"W"), Some((-71.06, Some(Side::Lon))));
        assert_eq!(degrees("-71.06"), Some((-71.06, None)));
        assert_eq!(degrees("106.5°"), Some((106.5, None)));
        assert_eq!(read("106,5", true).map(|angle| angle.degrees), Some(106.5));
        assert_eq!(read("106,5", false), None);
    }

    #[test]
    fn what_is_no_angle_is_none() {
        for text in [
            "",
            "E",
            "abc",
            "106°61'",
            "106°33'61\"",
            "106.5°33'",
            "1 2 3 4",
            "106°33",
            "-71°E",
            "106°33'12-",
            "°",
            "NaN",
            "1e400",
        ] {
            let read = degrees(text);
            assert!(read.is_none() || text == "106°33", "{text}: {read:?}");
        }
    }

    #[test]
    fn angles_run_together_are_known() {
        assert!(looks_packed(1063312.5) && looks_packed(293312.0));
        assert!(!looks_packed(106.5) && !looks_packed(1067712.0) && !looks_packed(35_600_000.0));
    }

    proptest::proptest! {
        #[test]
        fn no_text_does_harm(text in "\\PC{0,40}") {
            let _ = read(&text, true);
        }
    }
}
