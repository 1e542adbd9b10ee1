//! What a column whose name says nothing may be by what it holds. A proposal, shown and not taken: a column of states
//! may be last year's. Only where a column has no name at all and its cells name their own unit is it taken.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use unicode_normalization::UnicodeNormalization;

use super::dates;
use super::mapping::Why;
use super::units;
use super::values;
use crate::model::{Field, FieldType, Layer};

/// How many cells at least are looked at, and how many of ten must fit.
const LEAST: usize = 3;
const OF_TEN: usize = 9;

/// What a field's values look like.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// Numbers with such a unit behind or before them.
    Unit(&'static str),
    /// Words of its vocabulary.
    Words,
    /// Years.
    Year,
    /// Dates.
    Date,
    /// Counted storeys.
    Floors,
}

/// The free field that a column's cells look like, why, and whether its name (`None`) leaves it open to be taken.
pub fn field(layer: Layer, free: &[bool], is_unnamed: bool, cells: &[String]) -> Option<(usize, Why, bool)> {
    if cells.len() < LEAST {
        return None;
    }
    let mut fitting = layer.fields().iter().enumerate().filter_map(|(ix, field)| {
        let look = look_of(field).filter(|_| free.get(ix) == Some(&true))?;
        let fit = match look {
            Look::Words => words(field, cells),
            _ => nearly_all(cells, |cell| fits(look, cell)).map(|fit| fit.len()),
        };
        Some((ix, look, fit?))
    });
    let (ix, look, fit) = fitting.next()?;
    // What looks like two fields looks like none.
    if fitting.next().is_some() {
        return None;
    }
    let why = Why::Content { fit, of: cells.len() };
    Some((ix, why, is_unnamed && matches!(look, Look::Unit(_))))
}

fn look_of(field: &Field) -> Option<Look> {
    match field.ty {
        FieldType::Choice(_) => Some(Look::Words),
        FieldType::Date => Some(Look::Date),
        FieldType::Integer(..) if field.name.starts_with("year") => Some(Look::Year),
        FieldType::Integer(..) if field.name == "floors_above" => Some(Look::Floors),
        FieldType::Integer(..) | FieldType::Real(..) if matches!(field.unit, "MPa" | "L/s" | "mm" | "m²") => {
            Some(Look::Unit(field.unit))
        }
        _ => None,
    }
}

fn fits(look: Look, cell: &str) -> bool {
    let plain: String = cell.nfkc().collect::<String>().trim().to_lowercase();
    let is_digit = |c: char| c.is_ascii_digit();
    let number = plain.trim_end_matches(|c: char| !is_digit(c));
    let unit = plain.get(number.len()..).unwrap_or_default().trim();
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    match look {
        Look::Unit("mm") if plain.starts_with("dn") => plain.get(2..).is_some_and(|rest| is_number(rest.trim())),
        Look::Unit(wanted) => is_number(number) && !unit.is_empty() && units::factor(unit, wanted).is_some(),
        Look::Year => {
            let digits = plain.trim_end_matches('年');
            digits.len() == 4 && digits.parse().is_ok_and(|year: u32| (1850..=2100).contains(&year))
        }
        Look::Date => plain.chars().any(|c| !is_digit(c)) && dates::read(&plain).is_some(),
        Look::Floors => matches!(unit, "层" | "f" | "楼") && number.parse().is_ok_and(|floors: u32| floors < 200),
        Look::Words => false,
    }
}

/// How many cells hold a word of a field's vocabulary, where nearly all do; `None` where they are one word only, or such
/// as answer any question.
fn words(field: &Field, cells: &[String]) -> Option<usize> {
    let known = nearly_all(cells, |cell| {
        let word = cell.trim().to_lowercase();
        values::bool_word(&word).is_none() && field.choices().iter().any(|choice| choice.is_meant_by(&word))
    })?;
    let different: HashSet<&str> = known.iter().map(|cell| cell.trim()).collect();
    (different.len() > 1).then_some(known.len())
}

/// The cells that fit, if nearly all do; where they do not, a few tell it.
fn nearly_all(cells: &[String], fits: impl Fn(&str) -> bool) -> Option<Vec<&String>> {
    let mut fitting = Vec::new();
    for (nth, cell) in cells.iter().enumerate() {
        if fits(cell) {
            fitting.push(cell);
        } else if (nth + 1 - fitting.len()) * 10 > cells.len() * (10 - OF_TEN) {
            return None;
        }
    }
    Some(fitting)
}

/// Whether numbers without a unit are beyond what a field can hold in its own: then the example, and the units in
/// which they would make sense.
///
/// Numbers of pressure, flow and width of pipe come in units that differ by factors of ten and more, so that half of
/// all cells being beyond the least or most of any main tells that the unit is another.
pub fn other_unit(field: &Field, cells: &[String]) -> Option<(String, Vec<&'static str>)> {
    let (sound, units): (std::ops::RangeInclusive<f64>, &[&'static str]) = match field.unit {
        "MPa" => (0.02..=2.5, &["bar", "kPa", "kgf/cm2", "psi", "mH2O"]),
        "L/s" => (0.5..=250.0, &["L/min", "m3/h", "gpm"]),
        "mm" if matches!(field.ty, FieldType::Integer(..)) => (25.0..=2000.0, &["inch"]),
        _ => return None,
    };
    let mut numbers: Vec<f64> = cells.iter().filter_map(|cell| cell.trim().parse().ok()).filter(|n| *n > 0.0).collect();
    numbers.sort_by(f64::total_cmp);
    let median = *numbers.get(numbers.len() / 2)?;
    if sound.contains(&median) {
        return None;
    }
    let fitting = |unit: &&&str| {
        units::factor(&units::plain(unit), field.unit).is_some_and(|factor| sound.contains(&(median * factor)))
    };
    Some((median.to_string(), units.iter().filter(fitting).copied().collect()))
}

/// Whether most cells can be read for a field.
pub fn is_readable(field: &Field, cells: &[String], how: &values::How) -> bool {
    let reads =
        |cell: &&String| !matches!(values::read_text(cell, field, how, &TimeZone::UTC), values::Reading::Unreadable);
    cells.iter().filter(reads).count() * 10 >= cells.len() * 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(layer: Layer, cells: &[&str], is_unnamed: bool) -> Option<(&'static str, bool)> {
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        let free = vec![true; layer.fields().len()];
        field(layer, &free, is_unnamed, &cells).map(|(ix, _, taken)| (layer.fields()[ix].name, taken))
    }

    #[test]
    fn columns_look_like_what_they_hold() {
        assert_eq!(looks(Layer::Hydrant, &["DN100", "DN150", "DN100"], false), Some(("diameter_mm", false)));
        assert_eq!(looks(Layer::Hydrant, &["0.3MPa", "300 kPa", "3bar"], true), Some(("pressure_mpa", true)));
        assert_eq!(looks(Layer::Hydrant, &["完好", "损坏", "完好"], false), Some(("state", false)));
        assert_eq!(looks(Layer::Hydrant, &["完好", "完好", "完好"], false), None);
        assert_eq!(looks(Layer::Building, &["1998", "2003", "2010年"], false), Some(("year_built", false)));
        assert_eq!(looks(Layer::Building, &["6层", "18F", "33层"], true), Some(("floors_above", false)));
        assert_eq!(looks(Layer::Building, &["6", "18", "33"], false), None);
        assert_eq!(
            looks(Layer::Hydrant, &["2024-01-31", "2024/2/1", "2024年3月1日"], false),
            Some(("inspected", false))
        );
    }

    #[test]
    fn numbers_that_cannot_be_in_the_fields_unit_are_found_out() {
        let (_, pressure) = Layer::Hydrant.field("pressure_mpa").expect("a field");
        let cells = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(other_unit(pressure, &cells(&["0.3", "0.25", "0.4"])), None);
        assert_eq!(
            other_unit(pressure, &cells(&["3", "2.8", "4"])).map(|(_, units)| units),
            Some(vec!["bar", "kgf/cm2", "psi", "mH2O"])
        );
        assert_eq!(
            other_unit(pressure, &cells(&["300", "280", "400"])).map(|(_, units)| units),
            Some(vec!["kPa", "psi"])
        );
        assert_eq!(other_unit(pressure, &cells(&["0.3 MPa"])), None);
    }
}
