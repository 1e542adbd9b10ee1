//! Columns become fields, by name: a field's own name, its labels and its aliases, without regard to case, blanks,
//! underscores and full-width letters. A unit behind the name, `水压(kPa)`, counts.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

use super::osm;
use super::record::{Cell, Record};
use super::returned::Exported;
use super::units;
use super::values::{self, Reading};
use crate::model::{Layer, Value};

/// What the columns of a record say of its layer's fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// Values by field position.
    pub values: Vec<Option<Value>>,
    /// Columns no field takes, or not whole: name and content.
    pub extra: Vec<(String, Json)>,
    /// Cells that could not be read: field position, column, content.
    pub unread: Vec<(usize, Box<str>, String)>,
    /// Positions of fields whose value is an assumption.
    pub assumed: Vec<usize>,
}

impl Mapped {
    /// No value, nothing over.
    pub fn nothing_known(layer: Layer) -> Mapped {
        let values = vec![None; layer.fields().len()];
        Mapped { values, extra: Vec::new(), unread: Vec::new(), assumed: Vec::new() }
    }
}

/// How a file's columns are read.
pub enum Mapper {
    /// As tags of OpenStreetMap.
    Tags(TimeZone),
    /// As columns of a table.
    Table(Box<TableMapping>, TimeZone),
    /// As columns of an export of ours.
    Exported(Box<Exported>, TimeZone),
}

impl Mapper {
    /// The layer of a record.
    pub fn layer(&self, record: &Record) -> Layer {
        match self {
            Mapper::Tags(_) => record.layer.unwrap_or(Layer::Building),
            Mapper::Table(mapping, _) => mapping.layer,
            Mapper::Exported(exported, _) => exported.layer,
        }
    }

    /// The layer that all records are of, where that is one.
    pub fn one_layer(&self) -> Option<Layer> {
        match self {
            Mapper::Tags(_) => None,
            Mapper::Table(mapping, _) => Some(mapping.layer),
            Mapper::Exported(exported, _) => Some(exported.layer),
        }
    }

    /// Columns of a table with the fields they go to; `None` of tags.
    pub fn columns(&self, columns: &[Box<str>]) -> Option<Vec<(String, String)>> {
        let pair = |(column, field): (&str, &str)| (column.to_owned(), field.to_owned());
        match self {
            Mapper::Tags(_) => None,
            Mapper::Table(mapping, _) => Some(mapping.pairs(columns).map(pair).collect()),
            Mapper::Exported(exported, _) => Some(exported.pairs(columns).map(pair).collect()),
        }
    }

    /// The fields of a record.
    pub fn map(&mut self, layer: Layer, record: &Record) -> Mapped {
        match self {
            Mapper::Tags(zone) => {
                let text = |cell: &'_ Cell| match cell {
                    Cell::Text(text) => text.to_string(),
                    Cell::Json(json) => json.to_string(),
                };
                let tags: Vec<(&str, String)> = record.columns.iter().map(|(key, cell)| (&**key, text(cell))).collect();
                let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (*key, value.as_str())).collect();
                osm::map_tags(layer, &tags, zone)
            }
            Mapper::Table(mapping, zone) => mapping.map(record, zone),
            Mapper::Exported(exported, zone) => exported.map(record, zone),
        }
    }
}

/// A column's field, and the unit its name gives.
#[derive(Clone, Debug, PartialEq)]
struct Target {
    field: usize,
    unit: String,
}

/// Which column goes to which field of a layer.
#[derive(Clone, Debug)]
pub struct TableMapping {
    /// The layer.
    pub layer: Layer,
    by_column: HashMap<Box<str>, Target>,
    /// Columns that make the place and go nowhere else.
    place_columns: Vec<Box<str>>,
}

impl TableMapping {
    /// The mapping of columns to a layer's fields. `named` columns go where they are told to; of several columns that
    /// fit a field the one nearest to the field's own name is taken.
    pub fn of(layer: Layer, columns: &[Box<str>], place_columns: &[Box<str>], named: &[(usize, Box<str>)]) -> Self {
        let mut by_column: HashMap<Box<str>, Target> = HashMap::new();
        let mut taken = vec![false; layer.fields().len()];
        for (field, column) in named {
            let unit = split_unit(column).1;
            let unit = if units::factor(&unit, layer.fields()[*field].unit).is_some() { unit } else { String::new() };
            by_column.insert(column.clone(), Target { field: *field, unit });
            taken[*field] = true;
        }
        let mut fits: Vec<(usize, usize, Target)> = Vec::new();
        for (nth, column) in columns.iter().enumerate() {
            if place_columns.contains(column) || by_column.contains_key(column) {
                continue;
            }
            if let Some((rank, target)) = fit(layer, column) {
                fits.push((rank, nth, target));
            }
        }
        fits.sort_by_key(|(rank, nth, _)| (*rank, *nth));
        for (_, nth, target) in fits {
            if !std::mem::replace(&mut taken[target.field], true) {
                by_column.insert(columns[nth].clone(), target);
            }
        }
        TableMapping { layer, by_column, place_columns: place_columns.to_vec() }
    }

    /// Columns and the fields they go to, in the order of columns.
    pub fn pairs<'a>(&'a self, columns: &'a [Box<str>]) -> impl Iterator<Item = (&'a str, &'static str)> {
        let name = |target: &Target| self.layer.fields()[target.field].name;
        columns.iter().filter_map(move |column| Some((&**column, name(self.by_column.get(column)?))))
    }

    /// Whether a column goes to a field or to the place.
    pub fn takes(&self, column: &str) -> bool {
        self.by_column.contains_key(column) || self.place_columns.iter().any(|place| &**place == column)
    }

    fn map(&self, record: &Record, zone: &TimeZone) -> Mapped {
        let fields = self.layer.fields();
        let mut mapped = Mapped::nothing_known(self.layer);
        for (column, cell) in &record.columns {
            if self.place_columns.contains(column) {
                continue;
            }
            let Some(target) = self.by_column.get(column) else {
                if !is_empty(cell) {
                    mapped.extra.push((column.to_string(), cell.to_json()));
                }
                continue;
            };
            match values::read(cell, &fields[target.field], &target.unit, zone) {
                Reading::Nothing => {}
                Reading::Value(value) => mapped.values[target.field] = Some(value),
                Reading::Coarser(value) => {
                    mapped.values[target.field] = Some(value);
                    mapped.extra.push((column.to_string(), cell.to_json()));
                }
                Reading::Unreadable => {
                    let text = match cell {
                        Cell::Text(text) => text.chars().take(80).collect(),
                        Cell::Json(json) => json.to_string().chars().take(80).collect(),
                    };
                    mapped.unread.push((target.field, column.clone(), text));
                    mapped.extra.push((column.to_string(), cell.to_json()));
                }
            }
        }
        for (ix, field) in fields.iter().enumerate() {
            let has_column = self.by_column.values().any(|target| target.field == ix);
            if let (Some(code), false) = (field.assumed, has_column) {
                let nth = field.choices().iter().position(|choice| choice.code == code);
                mapped.values[ix] = nth.map(|nth| Value::Choice(nth as u8));
                mapped.assumed.push(ix);
            }
        }
        mapped
    }
}

fn is_empty(cell: &Cell) -> bool {
    match cell {
        Cell::Text(text) => text.trim().is_empty(),
        Cell::Json(json) => json.is_null(),
    }
}

/// The field a column's name means and how near it comes: 0 the field's name, 1 its labels, 2 an alias, 3 any of
/// these without the unit behind it.
fn fit(layer: Layer, column: &str) -> Option<(usize, Target)> {
    let whole = plain(column);
    let (name, unit) = split_unit(column);
    let bare = plain(&name);
    let mut best: Option<(usize, Target)> = None;
    for (ix, field) in layer.fields().iter().enumerate() {
        let rank_of = |text: &str| {
            if text.is_empty() {
                return None;
            }
            let is = |word: &str| plain(word) == text;
            if is(field.name) {
                Some(0)
            } else if is(field.zh) || is(field.en) {
                Some(1)
            } else {
                field.aliases.iter().any(|alias| is(alias)).then_some(2)
            }
        };
        let unit_fits = || !unit.is_empty() && units::factor(&unit, field.unit).is_some();
        let found = rank_of(&whole).map(|rank| (rank, String::new())).or_else(|| {
            // A column that names a unit is not read in another.
            rank_of(&bare).filter(|_| unit_fits()).map(|_| (3, unit.clone()))
        });
        // `height(m)` may be an alias as it stands; its unit is then the field's own.
        if let Some((rank, unit)) = found
            && best.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            best = Some((rank, Target { field: ix, unit }));
        }
    }
    best
}

/// `水压（kPa）` is 水压 in kPa.
fn split_unit(column: &str) -> (String, String) {
    let text: String = column.nfkc().collect::<String>().trim().to_lowercase();
    let split = text.strip_suffix([')', ']']).and_then(|open| open.rsplit_once(['(', '[']));
    match split {
        Some((name, unit)) => (name.trim().to_owned(), unit.trim().to_owned()),
        None => (text, String::new()),
    }
}

/// A name without regard to case, blanks, underscores, hyphens, full-width letters.
pub fn plain(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '\u{feff}'))
        .collect()
}
