//! A cell becomes a value of a field, or is said to be unreadable: never guessed, never bent into range.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

use super::dates;
use super::grid::numerals::{self, Numerals};
use super::record::Cell;
use super::units;
use crate::model::{Field, FieldType, Value};

/// What a cell says of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Nothing: it is empty, or says that it is not known.
    Nothing,
    /// A value that says all the cell says.
    Value(Value),
    /// A value that says less than the cell: a word that is one of several for the same.
    Coarser(Value),
    /// Something that cannot be read, or is out of the field's range.
    Unreadable,
}

/// How a column's cells are to be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct How {
    /// The unit of cells that name none, as [`units::plain`] writes it; empty where it is the field's own.
    pub unit: String,
    /// What to multiply such cells with.
    factor: Option<f64>,
    /// What commas and points mean.
    pub numerals: Numerals,
}

impl How {
    /// Cells in a unit, for a field whose unit is `wanted`.
    pub fn new(unit: &str, wanted: &str, numerals: Numerals) -> How {
        let unit = units::plain(unit);
        How { factor: units::factor(&unit, wanted), unit, numerals }
    }
}

/// Longest text kept in a field, in bytes; beyond, it is unreadable (and kept beside the fields).
const LONGEST_TEXT: usize = 64 * 1024;

/// Words for "not known" in columns that are not text.
const NOTHING: [&str; 18] = [
    "", "-", "--", "—", "——", "/", "\\", "n/a", "na", "null", "none", "nan", "nil", "<null>", "未知", "不详", "不明",
    "unknown",
];

/// Reads a cell for a field.
pub fn read(cell: &Cell, field: &Field, how: &How, zone: &TimeZone) -> Reading {
    match cell {
        Cell::Text(text) => read_text(text, field, how, zone),
        Cell::Error(_) => Reading::Unreadable,
        Cell::Json(Json::Null) => Reading::Nothing,
        Cell::Json(Json::Bool(yes)) => match field.ty {
            FieldType::Bool => Reading::Value(Value::Bool(*yes)),
            _ => read_text(if *yes { "yes" } else { "no" }, field, how, zone),
        },
        Cell::Json(Json::Number(number)) => match (field.ty, number.as_i64()) {
            (FieldType::Date | FieldType::Instant, Some(ms)) if ms.unsigned_abs() >= 100_000_000 => {
                when(dates::read_epoch_ms(ms), field, zone)
            }
            // What is a number already has a decimal point.
            _ => read_text(&number.to_string(), field, &How { numerals: Numerals::Point, ..how.clone() }, zone),
        },
        Cell::Json(Json::String(text)) => read_text(text, field, how, zone),
        Cell::Json(Json::Array(_) | Json::Object(_)) => Reading::Unreadable,
    }
}

/// Reads a text for a field, as [`read`] does.
pub fn read_text(text: &str, field: &Field, how: &How, zone: &TimeZone) -> Reading {
    let text = text.trim();
    if let FieldType::Text = field.ty {
        return match text {
            "" => Reading::Nothing,
            _ if text.len() > LONGEST_TEXT => Reading::Unreadable,
            _ => Reading::Value(Value::Text(text.into())),
        };
    }
    if text.len() > 256 {
        return Reading::Unreadable;
    }
    let plain = plain(text);
    let plain: &str = &plain;
    if let FieldType::Choice(choices) = field.ty {
        // Both as written and made plain: vocabularies hold signs such as ² that plain text has not.
        let written = text.to_lowercase();
        let means = |word: &str| choices.iter().position(|choice| choice.is_meant_by(word));
        return match means(&written).or_else(|| means(plain)) {
            Some(nth) => {
                let choice = &choices[nth];
                let same = [choice.code, choice.zh, choice.en].iter().any(|word| word.eq_ignore_ascii_case(text));
                let value = Value::Choice(nth as u8);
                if same { Reading::Value(value) } else { Reading::Coarser(value) }
            }
            None if NOTHING.contains(&plain) => Reading::Nothing,
            None => Reading::Unreadable,
        };
    }
    if NOTHING.contains(&plain) {
        return match (field.ty, plain) {
            // "None" answers a question of yes or no.
            (FieldType::Bool, "none") => Reading::Value(Value::Bool(false)),
            _ => Reading::Nothing,
        };
    }
    match field.ty {
        FieldType::Bool => bool_word(plain).map_or(Reading::Unreadable, |yes| Reading::Value(Value::Bool(yes))),
        FieldType::Date | FieldType::Instant => when(dates::read(plain), field, zone),
        FieldType::Integer(least, most) => {
            let year = field.name.starts_with("year").then(|| dates::read(plain)).flatten();
            let number = match year {
                Some(when) => Some(f64::from(when.to_day(zone).year())),
                None => number(plain, field.unit, how),
            };
            // Converted units leave crumbs behind the point.
            let whole = number.map(|n| if (n - n.round()).abs() < 1e-6 { n.round() } else { n });
            match whole.filter(|n| n.fract() == 0.0 && (least as f64..=most as f64).contains(n)) {
                Some(n) => Reading::Value(Value::Integer(n as i64)),
                None => Reading::Unreadable,
            }
        }
        FieldType::Real(least, most) => match number(plain, field.unit, how).filter(|n| (least..=most).contains(n)) {
            // Minus nought is nought: equal values have equal bytes.
            Some(n) => Reading::Value(Value::Real(n + 0.0)),
            None => Reading::Unreadable,
        },
        FieldType::Text | FieldType::Choice(_) => Reading::Unreadable,
    }
}

/// A text without full-width letters and capitals.
fn plain(text: &str) -> Cow<'_, str> {
    match text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.nfkc().collect::<String>().trim().to_lowercase()),
    }
}

fn when(when: Option<dates::When>, field: &Field, zone: &TimeZone) -> Reading {
    let Some(when) = when else { return Reading::Unreadable };
    match field.ty {
        FieldType::Date => Reading::Value(Value::Date(dates::days_since_epoch(when.to_day(zone)))),
        _ => match when.to_moment(zone) {
            Some(moment) => Reading::Value(Value::Instant(moment.as_millisecond())),
            None => Reading::Unreadable,
        },
    }
}

/// Yes or no in the words of tables; lower case.
pub fn bool_word(word: &str) -> Option<bool> {
    match word {
        "是" | "有" | "yes" | "y" | "true" | "t" | "1" | "√" | "✓" | "✔" | "已" | "はい" | "あり" | "on" | "已设置"
        | "设置" | "真" => Some(true),
        "否" | "无" | "無" | "no" | "n" | "false" | "f" | "0" | "×" | "✗" | "未" | "没有" | "いいえ" | "なし"
        | "off" | "未设置" | "假" | "x" => Some(false),
        _ => None,
    }
}

/// A number with its unit behind it, in the wanted unit.
fn number(text: &str, wanted: &str, how: &How) -> Option<f64> {
    // Most are digits and one point.
    if how.numerals != Numerals::Comma
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
        && let Ok(value) = text.parse::<f64>()
    {
        return Some(value * how.factor?);
    }
    if wanted == "m"
        && let Some(feet) = feet_and_inches(text)
    {
        return units::factor("ft", wanted).map(|factor| feet * factor);
    }
    if let Some(inches) = fraction(text) {
        return units::factor("in", wanted).map(|factor| inches * factor);
    }
    let text = ["dn", "φ", "ø", "d"]
        .iter()
        .find_map(|sign| text.strip_prefix(sign))
        .filter(|_| wanted == "mm")
        .unwrap_or(text);
    let text = text.trim_start();
    let is_digit = |c: char| c.is_ascii_digit();
    let sign = text.strip_prefix(['-', '−']);
    let unsigned = sign.unwrap_or(text).trim_start_matches('+');
    let end = number_end(unsigned);
    let (digits, unit) = unsigned.split_at(end);
    if !digits.contains(is_digit) {
        return None;
    }
    let value: f64 = numerals::plain(digits.trim_end(), how.numerals)?.parse().ok()?;
    let value = if sign.is_some() { -value } else { value };
    let factor = if unit.trim().is_empty() { how.factor } else { units::factor(unit, wanted) };
    Some(value * factor?).filter(|n| n.is_finite())
}

/// `2 1/2"` and `3/4 in`, in inches.
fn fraction(text: &str) -> Option<f64> {
    let (text, unit) = text.split_at(text.find(['"', '″', 'i', '英', '寸'])?);
    units::factor(unit, "mm").filter(|factor| *factor == 25.4)?;
    let (above, below) = text.split_once(['/', '⁄'])?;
    let (whole, above) = above.trim().rsplit_once([' ', '-']).unwrap_or(("0", above.trim()));
    let [whole, above, below] = [whole, above, below].map(|part| part.trim().parse::<u32>().ok());
    let (whole, above, below) = (whole?, above?, below.filter(|below| *below > 0)?);
    Some(f64::from(whole) + f64::from(above) / f64::from(below))
}

/// Where digits, points, commas, blanks between digits and an exponent end.
fn number_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        let goes_on = match bytes[at] {
            b'0'..=b'9' => true,
            b'.' | b',' => true,
            b' ' | b'\'' => digit(at + 1) && digit(at + 2) && digit(at + 3) && !digit(at + 4) && at > 0,
            b'e' => digit(at + 1) || (matches!(bytes.get(at + 1), Some(b'-' | b'+')) && digit(at + 2)),
            b'-' | b'+' => at > 0 && bytes[at - 1] == b'e',
            _ => false,
        };
        if !goes_on {
            break;
        }
        at += 1;
    }
    at
}

/// `13'6"` and `13'` in feet.
fn feet_and_inches(text: &str) -> Option<f64> {
    let (feet, inches) = text.split_once(['\'', '′'])?;
    let inches = inches.trim().trim_end_matches(['"', '″']).trim();
    let inches: f64 = if inches.is_empty() { 0.0 } else { inches.parse().ok()? };
    let feet: f64 = feet.trim().parse().ok()?;
    (0.0..12.0).contains(&inches).then_some(feet + inches / 12.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Layer, hydrant};

    fn read_as(layer: Layer, field: &str, text: &str) -> Reading {
        let (_, field) = layer.field(field).expect("a field of the layer");
        read_text(text, field, &How::new("", field.unit, Numerals::Each), &TimeZone::UTC)
    }

    #[test]
    fn numbers_are_read_in_the_unit_they_come_with() {
        let metres = |text: &str| match read_as(Layer::Road, "width_m", text) {
            Reading::Value(Value::Real(n)) => Some((n * 1e6).round() / 1e6),
            _ => None,
        };
        for (text, expected) in [
            ("4", 4.0),
            ("4 m", 4.0),
            ("2.5m", 2.5),
            ("2,5", 2.5),
            ("350 cm", 3.5),
            ("13'", 3.9624),
            ("13'6\"", 4.1148),
            ("３．５米", 3.5),
            ("1.2e1", 12.0),
            ("+4", 4.0),
        ] {
            assert_eq!(metres(text), Some(expected), "{text}");
        }
        for text in ["wide", "4 kg", "4-5", "-4", "1e9", "4 m 2", "", "narrow 3", "4.5.6", "1,2,3"] {
            assert_eq!(metres(text), None, "{text}");
        }
        let whole = |text: &str| read_as(Layer::Building, "floor_area_m2", text);
        assert_eq!(whole("1,234"), Reading::Value(Value::Real(1234.0)));
        assert_eq!(whole("1.234,5 m²"), Reading::Value(Value::Real(1234.5)));
        assert_eq!(whole("12 345 ㎡"), Reading::Value(Value::Real(12345.0)));
        assert_eq!(read_as(Layer::Hydrant, "flow_lps", "36 m³/h"), Reading::Value(Value::Real(10.0)));
        assert_eq!(read_as(Layer::Hydrant, "diameter_mm", "DN100"), Reading::Value(Value::Integer(100)));
        for (text, mm) in [("4\"", 101.6), ("2 1/2\"", 63.5), ("φ150", 150.0), ("D100", 100.0), ("6 in", 152.4)] {
            let (_, field) = Layer::Hydrant.field("diameter_mm").expect("a field");
            let read = number(&plain(text), "mm", &How::new("", field.unit, Numerals::Each));
            assert!(read.is_some_and(|read| (read - mm).abs() < 1e-9), "{text}: {read:?}");
        }
        assert_eq!(read_as(Layer::Building, "floors_above", "6层"), Reading::Value(Value::Integer(6)));
        assert_eq!(read_as(Layer::Building, "floors_above", "2.5"), Reading::Unreadable);
        assert_eq!(read_as(Layer::Building, "year_built", "1998-05-01"), Reading::Value(Value::Integer(1998)));
    }

    #[test]
    fn words_are_read_and_a_coarser_word_says_so() {
        let state = |text: &str| read_as(Layer::Hydrant, "state", text);
        let nth = |code: &str| hydrant::STATES.iter().position(|choice| choice.code == code).expect("a state") as u8;
        assert_eq!(state(" 正常 "), Reading::Value(Value::Choice(nth("in_service"))));
        assert_eq!(state("In service"), Reading::Value(Value::Choice(nth("in_service"))));
        assert_eq!(state("完好"), Reading::Coarser(Value::Choice(nth("in_service"))));
        assert_eq!(state("?"), Reading::Coarser(Value::Choice(nth("unknown"))));
        assert_eq!(state("-"), Reading::Nothing);
        assert_eq!(state("purple"), Reading::Unreadable);
        let bridge = |text: &str| read_as(Layer::Road, "bridge", text);
        for (text, yes) in [("是", true), ("有", true), ("Yes", true), ("否", false), ("无", false), ("0", false)] {
            assert_eq!(bridge(text), Reading::Value(Value::Bool(yes)), "{text}");
        }
        assert_eq!(bridge("maybe"), Reading::Unreadable);
    }
}
