//! What a person says of an import, checked alike wherever they say it: on the command line, on the screen, in a profile.

use super::error::IngestError;
use super::options::Options;
use crate::model::Layer;

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
