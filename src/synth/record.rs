//! A row in the making: values by the name of their field, until the row has its number.

use crate::model::{Attributes, FieldType, Layer, Shape, Value};

/// A row without source and number.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its layer.
    pub layer: Layer,
    /// Where it is.
    pub shape: Shape,
    values: Vec<Option<Value>>,
}

impl Record {
    /// A row of which nothing is known but where it is.
    pub fn new(layer: Layer, shape: Shape) -> Record {
        Record { layer, shape, values: vec![None; layer.fields().len()] }
    }

    fn set(mut self, name: &str, value: Value) -> Record {
        let (ix, _) = self.layer.field(name).expect("the generator names fields of the model");
        self.values[ix] = Some(value);
        self
    }

    /// With a text.
    pub fn text(self, name: &str, text: impl Into<String>) -> Record {
        self.set(name, Value::Text(text.into().into_boxed_str()))
    }

    /// With a whole number.
    pub fn integer(self, name: &str, n: i64) -> Record {
        self.set(name, Value::Integer(n))
    }

    /// With a number, kept to so many decimals as such tables have.
    pub fn real(self, name: &str, n: f64, decimals: i32) -> Record {
        let scale = [1.0, 10.0, 100.0, 1000.0][decimals.clamp(0, 3) as usize];
        self.set(name, Value::Real((n * scale).round() / scale))
    }

    /// With yes or no.
    pub fn flag(self, name: &str, yes: bool) -> Record {
        self.set(name, Value::Bool(yes))
    }

    /// With a date, in days since 1970-01-01.
    pub fn date(self, name: &str, days: i32) -> Record {
        self.set(name, Value::Date(days))
    }

    /// With an instant, in milliseconds since 1970-01-01T00:00:00Z.
    pub fn instant(self, name: &str, ms: i64) -> Record {
        self.set(name, Value::Instant(ms))
    }

    /// With a word of the field's vocabulary.
    pub fn choice(self, name: &str, code: &str) -> Record {
        let (_, field) = self.layer.field(name).expect("the generator names fields of the model");
        let FieldType::Choice(choices) = field.ty else { panic!("{name} has no vocabulary") };
        let nth = choices.iter().position(|choice| choice.code == code).expect("the generator uses words of the model");
        self.set(name, Value::Choice(nth as u8))
    }

    /// The row as it is with something more, where a condition holds.
    pub fn when(self, yes: bool, more: impl FnOnce(Record) -> Record) -> Record {
        if yes { more(self) } else { self }
    }

    /// Its values, packed.
    pub fn attributes(&self) -> Attributes {
        Attributes::pack(self.layer, &self.values)
    }
}
