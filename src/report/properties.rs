//! The public values of a feature as JSON and as text.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde_json::{Map, Value as Json, json};

use crate::model::{AttributesRef, Field, Lang, Layer, ValueRef};

/// The known public values by field name: choices as codes, dates as `YYYY-MM-DD`, instants as RFC 3339 in UTC.
pub fn properties(layer: Layer, attributes: AttributesRef<'_>) -> Map<String, Json> {
    let public =
        attributes.iter(layer).map(|(ix, value)| (&layer.fields()[ix], value)).filter(|(field, _)| field.is_public());
    public.map(|(field, value)| (field.name.to_owned(), told(field, value))).collect()
}

fn told(field: &Field, value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Text(text) => json!(text),
        ValueRef::Integer(n) => json!(n),
        ValueRef::Real(n) => json!(n),
        ValueRef::Bool(yes) => json!(yes),
        ValueRef::Date(days) => json!(date_text(days)),
        ValueRef::Instant(ms) => json!(Timestamp::from_millisecond(ms).ok().map(|at| at.to_string())),
        ValueRef::Choice(nth) => json!(field.choices().get(usize::from(nth)).map(|choice| choice.code)),
    }
}

/// A date as `YYYY-MM-DD`; `None` beyond the calendar.
pub fn date_text(days: i32) -> Option<String> {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    let span = Span::new().try_days(days).ok()?;
    EPOCH.checked_add(span).ok().map(|date| date.to_string())
}

/// A public value as a person reads it in a table: choices by their label.
pub fn text_of(layer: Layer, ix: usize, attributes: AttributesRef<'_>, lang: Option<Lang>) -> String {
    let field = &layer.fields()[ix];
    let Some((_, value)) = attributes.iter(layer).find(|(at, _)| *at == ix).filter(|_| field.is_public()) else {
        return String::new();
    };
    match (value, lang) {
        (ValueRef::Choice(nth), Some(lang)) => field
            .choices()
            .get(usize::from(nth))
            .map_or(String::new(), |choice| lang.pick(choice.zh, choice.en).to_owned()),
        (value, _) => match told(field, value) {
            Json::String(text) => text,
            Json::Null => String::new(),
            other => other.to_string(),
        },
    }
}
