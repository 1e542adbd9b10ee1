//! Values as PostgreSQL's binary protocol has them: columns of many rows on their way in, single ones on their way out.
//!
//! What comes out is never trusted to have the length or the range of its type.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};

use crate::model::FieldType;

/// Days from 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;
/// Days of −9999-01-01 and 9999-12-31, what a GeoPackage can tell too; PostgreSQL itself begins at 4714 BC.
const DAYS: std::ops::RangeInclusive<i32> = -2_440_000..=2_932_896;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `text`.
    Text,
    /// `bigint`.
    Integer,
    /// `double precision`.
    Real,
    /// `boolean`.
    Bool,
    /// `date`.
    Date,
    /// `timestamp with time zone`.
    Instant,
    /// `bytea`.
    Bytes,
}

impl Kind {
    /// The type of a field's column.
    pub fn of(ty: FieldType) -> Kind {
        match ty {
            FieldType::Text | FieldType::Choice(_) => Kind::Text,
            FieldType::Integer(..) => Kind::Integer,
            FieldType::Real(..) => Kind::Real,
            FieldType::Bool => Kind::Bool,
            FieldType::Date => Kind::Date,
            FieldType::Instant => Kind::Instant,
        }
    }

    /// Numbers of the type and of arrays of it, as every PostgreSQL has them (pg_type.dat).
    fn oids(self) -> (u32, u32) {
        match self {
            Kind::Text => (25, 1009),
            Kind::Integer => (20, 1016),
            Kind::Real => (701, 1022),
            Kind::Bool => (16, 1000),
            Kind::Date => (1082, 1182),
            Kind::Instant => (1184, 1185),
            Kind::Bytes => (17, 1001),
        }
    }
}

/// A column of many rows, bound as one array.
#[derive(Clone, Debug)]
pub struct Column {
    kind: Kind,
    count: i32,
    has_null: bool,
    cells: Vec<u8>,
}

impl Column {
    /// No row yet.
    pub fn new(kind: Kind) -> Column {
        Column { kind, count: 0, has_null: false, cells: Vec::new() }
    }

    /// A column of texts.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Column {
        let mut column = Column::new(Kind::Text);
        texts.into_iter().for_each(|text| column.text(text));
        column
    }

    /// A column of whole numbers.
    pub fn integers(numbers: impl IntoIterator<Item = i64>) -> Column {
        let mut column = Column::new(Kind::Integer);
        numbers.into_iter().for_each(|number| column.integer(number));
        column
    }

    fn push(&mut self, cell: &[u8]) {
        self.count += 1;
        self.cells.extend_from_slice(&(cell.len() as i32).to_be_bytes());
        self.cells.extend_from_slice(cell);
    }

    /// Adds nothing.
    pub fn null(&mut self) {
        self.count += 1;
        self.has_null = true;
        self.cells.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    /// Adds a text. A zero character, which PostgreSQL has not, becomes U+FFFD.
    pub fn text(&mut self, text: &str) {
        match text.contains('\0') {
            true => self.push(text.replace('\0', "\u{fffd}").as_bytes()),
            false => self.push(text.as_bytes()),
        }
    }

    /// Adds bytes.
    pub fn blob(&mut self, bytes: &[u8]) {
        self.push(bytes);
    }

    /// Adds a whole number.
    pub fn integer(&mut self, number: i64) {
        self.push(&number.to_be_bytes());
    }

    /// Adds a number. (There is no negative zero, as in a GeoPackage.)
    pub fn real(&mut self, number: f64) {
        self.push(&(number + 0.0).to_be_bytes());
    }

    /// Adds yes or no.
    pub fn bool(&mut self, yes: bool) {
        self.push(&[u8::from(yes)]);
    }

    /// Adds a day counted from 1970-01-01; whether there is such a day.
    pub fn date(&mut self, days: i32) -> bool {
        let fits = DAYS.contains(&days);
        if fits {
            self.push(&(days - EPOCH_DAYS).to_be_bytes());
        }
        fits
    }

    /// Adds an instant in milliseconds since 1970-01-01T00:00:00Z; whether there is such an instant.
    pub fn instant(&mut self, ms: i64) -> bool {
        let fits = i32::try_from(ms.div_euclid(86_400_000)).is_ok_and(|days| DAYS.contains(&days));
        if fits {
            self.push(&(ms * 1000 - EPOCH_MICROS).to_be_bytes());
        }
        fits
    }
}

impl Type<Postgres> for Column {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(Kind::Text.oids().1))
    }
}

impl Encode<'_, Postgres> for Column {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let (of_one, _) = self.kind.oids();
        let dimensions = i32::from(self.count > 0);
        buffer.extend_from_slice(&dimensions.to_be_bytes());
        buffer.extend_from_slice(&i32::from(self.has_null).to_be_bytes());
        buffer.extend_from_slice(&of_one.to_be_bytes());
        if self.count > 0 {
            buffer.extend_from_slice(&self.count.to_be_bytes());
            buffer.extend_from_slice(&1_i32.to_be_bytes());
            buffer.extend_from_slice(&self.cells);
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(self.kind.oids().1)))
    }

    fn size_hint(&self) -> usize {
        20 + self.cells.len()
    }
}

/// A text; `None` where the bytes are none.
pub fn text(cell: &[u8]) -> Option<&str> {
    std::str::from_utf8(cell).ok()
}

/// A whole number.
pub fn integer(cell: &[u8]) -> Option<i64> {
    cell.try_into().ok().map(i64::from_be_bytes)
}

/// A number.
pub fn real(cell: &[u8]) -> Option<f64> {
    cell.try_into().ok().map(f64::from_be_bytes)
}

/// Yes or no.
pub fn bool(cell: &[u8]) -> Option<bool> {
    match cell {
        [0] => Some(false),
        [1] => Some(true),
        _ => None,
    }
}

/// A day counted from 1970-01-01; `None` for `infinity` and what no GeoPackage can tell.
pub fn date(cell: &[u8]) -> Option<i32> {
    let days = cell.try_into().ok().map(i32::from_be_bytes)?.checked_add(EPOCH_DAYS)?;
    DAYS.contains(&days).then_some(days)
}

/// An instant in milliseconds since 1970-01-01T00:00:00Z, likewise.
pub fn instant(cell: &[u8]) -> Option<i64> {
    let ms = cell.try_into().ok().map(i64::from_be_bytes)?.checked_add(EPOCH_MICROS)?.div_euclid(1000);
    i32::try_from(ms.div_euclid(86_400_000)).is_ok_and(|days| DAYS.contains(&days)).then_some(ms)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// The one cell of a column.
    fn cell(column: &Column) -> &[u8] {
        &column.cells[4..]
    }

    proptest! {
        #[test]
        fn days_and_instants_come_back(days in DAYS, ms in 0..86_400_000_i64) {
            let mut column = Column::new(Kind::Date);
            prop_assert!(column.date(days));
            prop_assert_eq!(date(cell(&column)), Some(days));
            let mut column = Column::new(Kind::Instant);
            let ms = i64::from(days) * 86_400_000 + ms;
            prop_assert!(column.instant(ms));
            prop_assert_eq!(instant(cell(&column)), Some(ms));
        }

        #[test]
        fn bytes_of_any_kind_are_a_value_or_none(bytes in vec(any::<u8>(), 0..12)) {
            let _ = (text(&bytes), bool(&bytes), real(&bytes));
            prop_assert_eq!(integer(&bytes).is_some(), bytes.len() == 8);
            prop_assert!(date(&bytes).is_none_or(|days| DAYS.contains(&days)));
            prop_assert!(instant(&bytes).is_none() || bytes.len() == 8);
        }
    }

    #[test]
    fn infinity_and_what_has_no_day_are_refused() {
        assert_eq!(date(&i32::MAX.to_be_bytes()), None);
        assert_eq!(instant(&i64::MAX.to_be_bytes()), None);
        assert!(!Column::new(Kind::Date).date(i32::MIN));
        assert!(!Column::new(Kind::Instant).instant(i64::MAX));
    }
}
