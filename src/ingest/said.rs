//! What a person says of an import, checked alike wherever they say it: on the command line, on the screen, in a profile.

use std::path::Path;

use super::error::IngestError;
use super::grid::{list, place};
use super::mapping::Told;
use super::names::plain;
use super::options::Options;
use super::report::Remark;
use super::units;
use super::values;
use crate::model::{Field, FieldType, Layer, Value};

impl Options {
    /// The layer of a name or of its Chinese label.
    pub fn layer_named(name: &str) -> Result<Layer, IngestError> {
        let by_label = || Layer::ALL.into_iter().find(|layer| layer.def().zh == name);
        Layer::named(name).or_else(by_label).ok_or_else(|| {
            let layers = Layer::ALL.map(Layer::name).join(", ");
            IngestError::NoSuchLayer { layer: name.to_owned(), layers }
        })
    }

    /// Takes a field from a column; `none` leaves the column aside.
    pub fn say_column(&mut self, field: &str, column: &str) -> Result<(), IngestError> {
        let pair = both(field, column).ok_or_else(|| IngestError::BadMap { text: written(field, '=', column) })?;
        self.map.push(pair);
        Ok(())
    }

    /// Says in which unit the column of a field is.
    pub fn say_unit(&mut self, field: &str, unit: &str) -> Result<(), IngestError> {
        let pair = both(field, unit).ok_or_else(|| IngestError::BadUnit { text: written(field, '=', unit) })?;
        self.tables.units.push(pair);
        Ok(())
    }

    /// Says what a word stands for in a field; an empty code is nothing known.
    pub fn say_word(&mut self, field: &str, word: &str, code: &str) -> Result<(), IngestError> {
        let text = || written(&written(field, ':', word), '=', code);
        let (field, word) = both(field, word).ok_or_else(|| IngestError::BadWord { text: text() })?;
        self.tables.words.push((field, word, code.trim().to_owned()));
        Ok(())
    }
}

/// Two texts without the blanks around them, if something is left of each.
fn both(one: &str, other: &str) -> Option<(String, String)> {
    let (one, other) = (one.trim(), other.trim());
    (!one.is_empty() && !other.is_empty()).then(|| (one.to_owned(), other.to_owned()))
}

/// How a person would have written it.
fn written(one: &str, mark: char, other: &str) -> String {
    if other.is_empty() { one.to_owned() } else { format!("{one}{mark}{other}") }
}

/// What a person says of columns, units and words, each checked against the layer and the file.
pub fn told_of(
    layer: Layer,
    columns: &[Box<str>],
    path: &Path,
    options: &Options,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Told, IngestError> {
    let mut told = Told::default();
    for (field, column) in &options.map {
        if place::WORDS.contains(&field.as_str()) {
            continue;
        }
        let is_aside = matches!(field.as_str(), "none" | "无");
        let field = if is_aside { None } else { Some(field_named(layer, field)?.0) };
        let exact = columns.iter().find(|name| ***name == **column);
        let name = exact.or_else(|| columns.iter().find(|name| plain(name) == plain(column)));
        let name = name.ok_or_else(|| IngestError::NoSuchColumn {
            column: column.clone(),
            path: path.display().to_string(),
            columns: list(columns),
        })?;
        match field {
            Some(ix) => told.columns.push((ix, name.clone())),
            None => told.aside.push(name.clone()),
        }
    }
    for (name, column) in &options.tables.kept_columns {
        if place::WORDS.contains(&name.as_str()) {
            continue;
        }
        if name == "none" {
            told.aside.extend(columns.iter().filter(|known| plain(known) == plain(column)).cloned());
            continue;
        }
        let (ix, _) = field_named(layer, name)?;
        match columns.iter().find(|known| plain(known) == plain(column)) {
            _ if told.columns.iter().any(|(known, _)| *known == ix) => {}
            // What is said now counts before what a profile keeps.
            Some(known) if told.aside.contains(known) || told.columns.iter().any(|(_, name)| name == known) => {}
            Some(known) => told.columns.push((ix, known.clone())),
            None => remarks.push((Remark::ProfileColumn { column: column.clone(), field: name.clone() }, 0)),
        }
    }
    units_and_words(layer, options, &mut told)?;
    Ok(told)
}

/// What a person says of units and words.
pub fn units_and_words(layer: Layer, options: &Options, told: &mut Told) -> Result<(), IngestError> {
    for (name, unit) in &options.tables.units {
        let (ix, field) = field_named(layer, name)?;
        if field.unit.is_empty() || units::factor(&units::plain(unit), field.unit).is_none() {
            let (field, unit, wanted) = (name.clone(), unit.clone(), field.unit.to_owned());
            return Err(IngestError::NoSuchUnit { field, unit, wanted });
        }
        told.units.push((ix, unit.clone()));
    }
    for (name, word, code) in &options.tables.words {
        let (ix, field) = field_named(layer, name)?;
        told.words.push((ix, word.clone(), code_of(field, name, code)?));
    }
    Ok(())
}

/// The value of a code that a word stands for; `None` for nothing known.
fn code_of(field: &Field, name: &str, code: &str) -> Result<Option<Value>, IngestError> {
    if code.is_empty() {
        return Ok(None);
    }
    let nth = || field.choices().iter().position(|choice| choice.is_meant_by(&code.to_lowercase()));
    let value = match field.ty {
        FieldType::Bool => values::bool_word(&code.to_lowercase()).map(Value::Bool),
        _ => nth().map(|nth| Value::Choice(nth as u8)),
    };
    value.map(Some).ok_or_else(|| {
        let codes: Vec<&str> = match field.ty {
            FieldType::Bool => vec!["yes", "no"],
            _ => field.choices().iter().map(|choice| choice.code).collect(),
        };
        IngestError::NoSuchCode { field: name.to_owned(), code: code.to_owned(), codes: codes.join(", ") }
    })
}

fn field_named(layer: Layer, name: &str) -> Result<(usize, &'static Field), IngestError> {
    let is_named = |field: &&Field| field.name == name || field.zh == name;
    let found = layer.fields().iter().enumerate().find(|(_, field)| is_named(field));
    found.ok_or_else(|| {
        let fields: Vec<&str> = layer.fields().iter().map(|field| field.name).collect();
        let (field, layer) = (name.to_owned(), layer.name().to_owned());
        IngestError::NoSuchField { field, layer, fields: fields.join(", ") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_by_half_is_told_as_it_was_written() {
        let mut options = Options::default();
        let text = |refused: Result<(), IngestError>| match refused {
            Err(IngestError::BadMap { text } | IngestError::BadUnit { text } | IngestError::BadWord { text }) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(options.say_column("name", " ")), "name= ");
        assert_eq!(text(options.say_unit("pressure_mpa", "")), "pressure_mpa");
        assert_eq!(text(options.say_word("state", "", "x")), "state=x");
        options.say_word(" state ", "待修", "").expect("nothing known is something said");
        assert_eq!(options.tables.words, [("state".to_owned(), "待修".to_owned(), String::new())]);
    }

    #[test]
    fn a_layer_goes_by_its_name_and_by_its_label() {
        assert_eq!(Options::layer_named("hydrant"), Ok(Layer::Hydrant));
        assert_eq!(Options::layer_named(Layer::Hydrant.def().zh), Ok(Layer::Hydrant));
        assert!(matches!(Options::layer_named("moon"), Err(IngestError::NoSuchLayer { .. })));
    }
}
