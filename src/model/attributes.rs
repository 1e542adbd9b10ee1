//! The values of a feature, packed: only what is known takes room.

use super::field::FieldType;
use super::layer::Layer;

/// One value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// UTF-8 text.
    Text(Box<str>),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Real(f64),
    /// Yes or no.
    Bool(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// Position in the field's vocabulary.
    Choice(u8),
}

/// The known values of one feature, in field order. Equal values have equal bytes.
///
/// A record is: position of the field (1 byte), then by type: text as length and bytes, whole numbers, dates and
/// instants as zigzag varint, numbers as 8 bytes, yes/no and choices as 1 byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Box<[u8]>);

impl Attributes {
    /// Packs values given by field position.
    ///
    /// A value whose type is not its field's is a mistake of the caller and is left out.
    pub fn pack(layer: Layer, values: &[Option<Value>]) -> Attributes {
        let mut bytes = Vec::with_capacity(128);
        for (ix, (field, value)) in layer.fields().iter().zip(values).enumerate() {
            let Some(value) = value else { continue };
            let start = bytes.len();
            bytes.push(ix as u8);
            match (field.ty, value) {
                (FieldType::Text, Value::Text(text)) => {
                    write_varint(&mut bytes, text.len() as u64);
                    bytes.extend_from_slice(text.as_bytes());
                }
                (FieldType::Integer(..), Value::Integer(n)) | (FieldType::Instant, Value::Instant(n)) => {
                    write_varint(&mut bytes, zigzag(*n));
                }
                (FieldType::Date, Value::Date(days)) => write_varint(&mut bytes, zigzag(i64::from(*days))),
                (FieldType::Real(..), Value::Real(n)) => bytes.extend_from_slice(&n.to_le_bytes()),
                (FieldType::Bool, Value::Bool(yes)) => bytes.push(u8::from(*yes)),
                (FieldType::Choice(_), Value::Choice(nth)) => bytes.push(*nth),
                _ => {
                    debug_assert!(false, "{} of {} cannot hold {value:?}", field.name, layer.name());
                    bytes.truncate(start);
                }
            }
        }
        Attributes(bytes.into_boxed_slice())
    }

    /// The known values with their field positions, in field order.
    pub fn iter(&self, layer: Layer) -> impl Iterator<Item = (usize, Value)> + '_ {
        self.records(layer).map(|(ix, record)| (ix, record.to_value()))
    }

    /// The values by field position, `None` where unknown.
    pub fn unpack(&self, layer: Layer) -> Vec<Option<Value>> {
        let mut values = vec![None; layer.fields().len()];
        for (ix, value) in self.iter(layer) {
            values[ix] = Some(value);
        }
        values
    }

    /// A text by field position.
    pub fn text(&self, layer: Layer, ix: usize) -> Option<&str> {
        match self.record(layer, ix)? {
            Record::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number (whole, fractional, or days of a date) by field position.
    pub fn number(&self, layer: Layer, ix: usize) -> Option<f64> {
        match self.record(layer, ix)? {
            Record::Real(n) => Some(n),
            Record::Integer(n) => Some(n as f64),
            Record::Date(days) => Some(f64::from(days)),
            _ => None,
        }
    }

    /// A whole number by field position.
    pub fn integer(&self, layer: Layer, ix: usize) -> Option<i64> {
        match self.record(layer, ix)? {
            Record::Integer(n) => Some(n),
            _ => None,
        }
    }

    /// A date by field position, in days since 1970-01-01.
    pub fn date(&self, layer: Layer, ix: usize) -> Option<i32> {
        match self.record(layer, ix)? {
            Record::Date(days) => Some(days),
            _ => None,
        }
    }

    /// A yes/no by field position.
    pub fn bool(&self, layer: Layer, ix: usize) -> Option<bool> {
        match self.record(layer, ix)? {
            Record::Bool(yes) => Some(yes),
            _ => None,
        }
    }

    /// The code of a choice by field position.
    pub fn choice(&self, layer: Layer, ix: usize) -> Option<&'static str> {
        match self.record(layer, ix)? {
            Record::Choice(nth) => layer.fields()[ix].choices().get(nth as usize).map(|choice| choice.code),
            _ => None,
        }
    }

    fn record(&self, layer: Layer, ix: usize) -> Option<Record<'_>> {
        self.records(layer).take_while(|(at, _)| *at <= ix).find(|(at, _)| *at == ix).map(|(_, record)| record)
    }

    fn records(&self, layer: Layer) -> Records<'_> {
        Records { layer, bytes: &self.0 }
    }
}

enum Record<'a> {
    Text(&'a str),
    Integer(i64),
    Real(f64),
    Bool(bool),
    Date(i32),
    Instant(i64),
    Choice(u8),
}

impl Record<'_> {
    fn to_value(&self) -> Value {
        match *self {
            Record::Text(text) => Value::Text(text.into()),
            Record::Integer(n) => Value::Integer(n),
            Record::Real(n) => Value::Real(n),
            Record::Bool(yes) => Value::Bool(yes),
            Record::Date(days) => Value::Date(days),
            Record::Instant(ms) => Value::Instant(ms),
            Record::Choice(nth) => Value::Choice(nth),
        }
    }
}

struct Records<'a> {
    layer: Layer,
    bytes: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = (usize, Record<'a>);

    /// Bytes come from [`Attributes::pack`] alone, so they are well formed.
    fn next(&mut self) -> Option<Self::Item> {
        let (&ix, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        let record = match self.layer.fields()[ix as usize].ty {
            FieldType::Text => {
                let len = self.varint() as usize;
                Record::Text(std::str::from_utf8(self.take(len)).unwrap_or(""))
            }
            FieldType::Integer(..) => Record::Integer(unzigzag(self.varint())),
            FieldType::Instant => Record::Instant(unzigzag(self.varint())),
            FieldType::Date => Record::Date(unzigzag(self.varint()) as i32),
            FieldType::Real(..) => {
                let mut n = [0; 8];
                n.copy_from_slice(self.take(8));
                Record::Real(f64::from_le_bytes(n))
            }
            FieldType::Bool => Record::Bool(self.take(1)[0] == 1),
            FieldType::Choice(_) => Record::Choice(self.take(1)[0]),
        };
        Some((ix as usize, record))
    }
}

impl<'a> Records<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at(len);
        self.bytes = rest;
        taken
    }

    fn varint(&mut self) -> u64 {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)[0];
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        n
    }
}

fn write_varint(bytes: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value(ty: FieldType) -> BoxedStrategy<Option<Value>> {
        let value = match ty {
            FieldType::Text => ".{0,40}".prop_map(|t| Value::Text(t.into())).boxed(),
            FieldType::Integer(..) => any::<i64>().prop_map(Value::Integer).boxed(),
            FieldType::Real(..) => (-1e12..1e12).prop_map(Value::Real).boxed(),
            FieldType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
            FieldType::Date => any::<i32>().prop_map(Value::Date).boxed(),
            FieldType::Instant => any::<i64>().prop_map(Value::Instant).boxed(),
            FieldType::Choice(choices) => (0..choices.len() as u8).prop_map(Value::Choice).boxed(),
        };
        proptest::option::of(value).boxed()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(
            (layer, values) in proptest::sample::select(Layer::ALL.to_vec()).prop_flat_map(|layer| {
                let fields: Vec<_> = layer.fields().iter().map(|field| any_value(field.ty)).collect();
                (Just(layer), fields)
            })
        ) {
            let packed = Attributes::pack(layer, &values);
            prop_assert_eq!(packed.unpack(layer), values);
        }
    }
}
