//! What a person can put right with one choice: questions that the engine's remarks and refusals leave open, as data,
//! each with the answers that it names.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ingest::{FileReport, IngestError, Remark};
use crate::model::Layer;

/// The most words of a file that are asked about.
const MOST_WORDS: usize = 60;
/// The longest word that is asked about, in letters.
const LONGEST_WORD: usize = 60;

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Ask {
    /// What of [`ImportWish`](super::wish::ImportWish) it is about: `crs`, `encoding`, `decimal`, `unit`, `word`, `pair`
    /// (which of two numbers in a cell comes first), `place` (columns of the place) or `header_row`.
    about: &'static str,
    /// The field.
    field: Option<&'static str>,
    /// The column.
    column: Option<String>,
    /// A cell, or the word in question.
    example: Option<String>,
    /// How many cells it concerns, where that is counted.
    count: u64,
    /// The answers that come into question; empty where they are the field's own codes, or anything.
    choices: Vec<String>,
}

impl Ask {
    fn of(about: &'static str, choices: &[&str]) -> Ask {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        Ask { about, field: None, column: None, example: None, count: 0, choices }
    }

    fn pair(column: &str, taken: &[&str], example: Option<&String>) -> Ask {
        Ask { column: Some(column.to_owned()), example: example.cloned(), ..Ask::of("pair", taken) }
    }
}

/// What a file leaves open.
pub fn of_file(file: &FileReport) -> Vec<Ask> {
    let mut asks: Vec<Ask> = file.remarks.iter().filter_map(|(remark, _)| of_remark(remark)).collect();
    let mut words: Vec<_> = file.unmatched.iter().filter(|((_, word), _)| is_short(word)).collect();
    words.sort_by_key(|((field, _), count)| (*field, std::cmp::Reverse(**count)));
    asks.extend(words.into_iter().take(MOST_WORDS).map(|((field, word), count)| Ask {
        field: Some(field),
        example: Some(word.clone()),
        count: *count,
        ..Ask::of("word", &[])
    }));
    asks
}

fn is_short(word: &str) -> bool {
    !word.is_empty() && word.chars().nth(LONGEST_WORD).is_none()
}

fn of_remark(remark: &Remark) -> Option<Ask> {
    Some(match remark {
        Remark::WrongDatum { typed, .. } => Ask::of("crs", &[typed]),
        Remark::Encoding { encoding } => Ask::of("encoding", &[encoding]),
        Remark::EncodingUnsure { encoding, other } => Ask::of("encoding", &[encoding, other]),
        Remark::PerhapsComma { columns } => {
            Ask { column: Some(columns.clone()), ..Ask::of("decimal", &["comma", "point"]) }
        }
        Remark::PerhapsThousands { columns } => {
            Ask { column: Some(columns.clone()), ..Ask::of("decimal", &["point", "comma"]) }
        }
        Remark::PairsLonLat { column } => Ask::pair(column, &["lonlat", "latlon"], None),
        Remark::PairsLatLon { column } => Ask::pair(column, &["latlon", "lonlat"], None),
        Remark::UnitMissing { field, column, example, units, .. } => {
            let choices: Vec<&str> = units.split('|').filter(|unit| *unit != "…").collect();
            let (column, example) = (Some(column.clone()), Some(example.clone()));
            Ask { field: Some(field), column, example, ..Ask::of("unit", &choices) }
        }
        Remark::NoHeader {} => Ask::of("header_row", &["0"]),
        Remark::HeaderRow { row, .. } => Ask::of("header_row", &[&row.to_string()]),
        _ => return None,
    })
}

/// What a refusal asks for.
pub fn of_error(error: &IngestError) -> Vec<Ask> {
    let ask = match error {
        IngestError::Encoding { guess, .. } => Ask::of("encoding", &[guess]),
        IngestError::NoSuchEncoding { .. } => Ask::of("encoding", &[]),
        IngestError::NoPlaceColumns { columns, .. } => {
            let columns: Vec<&str> = columns.split(", ").filter(|column| *column != "…").collect();
            return vec![Ask::of("place", &columns), Ask::of("header_row", &[])];
        }
        IngestError::NoSuchRow { .. } => Ask::of("header_row", &[]),
        IngestError::PairOrder { column, example, .. } => Ask::pair(column, &["lonlat", "latlon"], Some(example)),
        IngestError::SaysLate { own, .. } | IngestError::SaysOther { own, .. } => Ask::of("crs", &[own]),
        IngestError::CrsMisfits { found, .. } => Ask::of("crs", &[found]),
        IngestError::CrsButDegrees { .. } => Ask::of("crs", &["EPSG:4326", "EPSG:4490", "GCJ-02", "BD-09"]),
        IngestError::Swapped { typed, .. } => Ask::of("crs", &[typed]),
        _ => return Vec::new(),
    };
    vec![ask]
}

/// Layers that could be meant where it is not clear which.
pub fn layers_of(error: &IngestError) -> Vec<Layer> {
    match error {
        IngestError::LayerUnclear { candidates, .. } => candidates.split(", ").filter_map(Layer::named).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_wait_for_a_unit_are_asked_about_with_the_units_they_may_be_in() {
        let (column, example, units) = ("水压".to_owned(), "350".to_owned(), "kPa|psi".to_owned());
        let remark = Remark::UnitMissing { layer: "hydrant", field: "pressure_mpa", column, example, units };
        let ask = of_remark(&remark).expect("a question");
        assert_eq!(
            (ask.about, ask.field, ask.choices),
            ("unit", Some("pressure_mpa"), vec!["kPa".into(), "psi".into()])
        );
    }

    #[test]
    fn a_table_without_places_asks_for_their_columns() {
        let (path, columns) = ("a.csv".to_owned(), "编号, 东, 北, …".to_owned());
        let asks = of_error(&IngestError::NoPlaceColumns { path, columns });
        assert_eq!(asks.iter().map(|ask| ask.about).collect::<Vec<_>>(), ["place", "header_row"]);
        assert_eq!(asks[0].choices, ["编号", "东", "北"]);
    }
}
