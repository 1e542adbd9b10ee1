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

impl Value {
    /// The same value, where it lies.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match *self {
            Value::Text(ref text) => ValueRef::Text(text),
            Value::Integer(n) => ValueRef::Integer(n),
            Value::Real(n) => ValueRef::Real(n),
            Value::Bool(yes) => ValueRef::Bool(yes),
            Value::Date(days) => ValueRef::Date(days),
            Value::Instant(ms) => ValueRef::Instant(ms),
            Value::Choice(nth) => ValueRef::Choice(nth),
        }
    }
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
        let mut packer = Packer::new(layer);
        for (ix, value) in values.iter().enumerate() {
            if let Some(value) = value {
                packer.push(ix, value.as_ref());
            }
        }
        packer.finish()
    }

    /// The values, to be read.
    pub fn as_ref(&self) -> AttributesRef<'_> {
        AttributesRef(&self.0)
    }
}

/// Packs the values of one feature after another, field by field.
pub struct Packer {
    layer: Layer,
    bytes: Vec<u8>,
}

impl Packer {
    /// For features of a layer.
    pub fn new(layer: Layer) -> Packer {
        Packer { layer, bytes: Vec::with_capacity(128) }
    }

    /// Adds a value of the field of a position, which comes after those before.
    ///
    /// A value whose type is not its field's is a mistake of the caller and is left out.
    pub fn push(&mut self, ix: usize, value: ValueRef<'_>) {
        let field = &self.layer.fields()[ix];
        let bytes = &mut self.bytes;
        let start = bytes.len();
        bytes.push(ix as u8);
        match (field.ty, value) {
            (FieldType::Text, ValueRef::Text(text)) => {
                write_varint(bytes, text.len() as u64);
                bytes.extend_from_slice(text.as_bytes());
            }
            (FieldType::Integer(..), ValueRef::Integer(n)) | (FieldType::Instant, ValueRef::Instant(n)) => {
                write_varint(bytes, zigzag(n));
            }
            (FieldType::Date, ValueRef::Date(days)) => write_varint(bytes, zigzag(i64::from(days))),
            (FieldType::Real(..), ValueRef::Real(n)) => bytes.extend_from_slice(&n.to_le_bytes()),
            (FieldType::Bool, ValueRef::Bool(yes)) => bytes.push(u8::from(yes)),
            (FieldType::Choice(_), ValueRef::Choice(nth)) => bytes.push(nth),
            _ => {
                debug_assert!(false, "{} of {} cannot hold {value:?}", field.name, self.layer.name());
                bytes.truncate(start);
            }
        }
    }

    /// What was packed since the last time.
    pub fn finish(&mut self) -> Attributes {
        let packed = Attributes(self.bytes[..].into());
        self.bytes.clear();
        packed
    }
}

/// The packed values of a feature where they lie, to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttributesRef<'a>(&'a [u8]);

impl<'a> AttributesRef<'a> {
    /// Values that lie among other bytes; `packed` must be what [`AttributesRef::packed`] gave for the same layer.
    pub fn lying(packed: &'a [u8]) -> AttributesRef<'a> {
        AttributesRef(packed)
    }

    /// The packed bytes.
    pub fn packed(self) -> &'a [u8] {
        self.0
    }

    /// The same values, owned.
    pub fn to_owned(self) -> Attributes {
        Attributes(self.0.into())
    }

    /// The known values with their field positions, in field order.
    pub fn iter(self, layer: Layer) -> impl Iterator<Item = (usize, ValueRef<'a>)> + Clone {
        Records { layer, bytes: self.0 }
    }

    /// The values by field position, `None` where unknown.
    pub fn unpack(self, layer: Layer) -> Vec<Option<Value>> {
        let mut values = vec![None; layer.fields().len()];
        for (ix, value) in self.iter(layer) {
            values[ix] = Some(value.to_value());
        }
        values
    }

    /// A text by field position.
    pub fn text(self, layer: Layer, ix: usize) -> Option<&'a str> {
        match self.value(layer, ix)? {
            ValueRef::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number (whole, fractional, or days of a date) by field position.
    pub fn number(self, layer: Layer, ix: usize) -> Option<f64> {
        match self.value(layer, ix)? {
            ValueRef::Real(n) => Some(n),
            ValueRef::Integer(n) => Some(n as f64),
            ValueRef::Date(days) => Some(f64::from(days)),
            _ => None,
        }
    }

    /// A whole number by field position.
    pub fn integer(self, layer: Layer, ix: usize) -> Option<i64> {
        match self.value(layer, ix)? {
            ValueRef::Integer(n) => Some(n),
            _ => None,
        }
    }

    /// A date by field position, in days since 1970-01-01.
    pub fn date(self, layer: Layer, ix: usize) -> Option<i32> {
        match self.value(layer, ix)? {
            ValueRef::Date(days) => Some(days),
            _ => None,
        }
    }

    /// An instant by field position, in milliseconds since 1970-01-01T00:00:00Z.
    pub fn instant(self, layer: Layer, ix: usize) -> Option<i64> {
        match self.value(layer, ix)? {
            ValueRef::Instant(ms) => Some(ms),
            _ => None,
        }
    }

    /// A yes/no by field position.
    pub fn bool(self, layer: Layer, ix: usize) -> Option<bool> {
        match self.value(layer, ix)? {
            ValueRef::Bool(yes) => Some(yes),
            _ => None,
        }
    }

    /// The code of a choice by field position.
    pub fn choice(self, layer: Layer, ix: usize) -> Option<&'static str> {
        match self.value(layer, ix)? {
            ValueRef::Choice(nth) => layer.fields()[ix].choices().get(nth as usize).map(|choice| choice.code),
            _ => None,
        }
    }

    /// Of the values that are passed over nothing is looked at but where they end.
    fn value(self, layer: Layer, ix: usize) -> Option<ValueRef<'a>> {
        let mut records = Records { layer, bytes: self.0 };
        while let Some((at, ty)) = records.field() {
            if at >= ix {
                return (at == ix).then(|| records.value(ty));
            }
            records.pass(ty);
        }
        None
    }
}

/// One value of a field, where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// UTF-8 text.
    Text(&'a str),
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

impl ValueRef<'_> {
    /// The same value, owned.
    pub fn to_value(self) -> Value {
        match self {
            ValueRef::Text(text) => Value::Text(text.into()),
            ValueRef::Integer(n) => Value::Integer(n),
            ValueRef::Real(n) => Value::Real(n),
            ValueRef::Bool(yes) => Value::Bool(yes),
            ValueRef::Date(days) => Value::Date(days),
            ValueRef::Instant(ms) => Value::Instant(ms),
            ValueRef::Choice(nth) => Value::Choice(nth),
        }
    }
}

#[derive(Clone)]
struct Records<'a> {
    layer: Layer,
    bytes: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = (usize, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (ix, ty) = self.field()?;
        Some((ix, self.value(ty)))
    }
}

/// Bytes come from [`Packer`] alone, so they are well formed.
impl<'a> Records<'a> {
    /// The field of the next record; its value is still to be taken.
    fn field(&mut self) -> Option<(usize, FieldType)> {
        let (&ix, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some((ix as usize, self.layer.fields()[ix as usize].ty))
    }

    fn value(&mut self, ty: FieldType) -> ValueRef<'a> {
        match ty {
            FieldType::Text => {
                let len = self.varint() as usize;
                ValueRef::Text(std::str::from_utf8(self.take(len)).unwrap_or(""))
            }
            FieldType::Integer(..) => ValueRef::Integer(unzigzag(self.varint())),
            FieldType::Instant => ValueRef::Instant(unzigzag(self.varint())),
            FieldType::Date => ValueRef::Date(unzigzag(self.varint()) as i32),
            FieldType::Real(..) => {
                let mut n = [0; 8];
                n.copy_from_slice(self.take(8));
                ValueRef::Real(f64::from_le_bytes(n))
            }
            FieldType::Bool => ValueRef::Bool(self.take(1)[0] == 1),
            FieldType::Choice(_) => ValueRef::Choice(self.take(1)[0]),
        }
    }

    fn pass(&mut self, ty: FieldType) {
        match ty {
            FieldType::Text => {
                let len = self.varint() as usize;
                self.take(len);
            }
            FieldType::Integer(..) | FieldType::Instant | FieldType::Date => {
                self.varint();
            }
            FieldType::Real(..) => {
                self.take(8);
            }
            FieldType::Bool | FieldType::Choice(_) => {
                self.take(1);
            }
        }
    }

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
            prop_assert_eq!(packed.as_ref().unpack(layer), values);
        }
    }
}
