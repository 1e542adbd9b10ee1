//! Dates and instants as GeoPackage text: `2024-05-01` and `2024-05-01T08:30:00.000Z`.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The text of a day, counted from 1970-01-01; `None` outside the years −9999…9999.
pub fn date_text(days: i32) -> Option<String> {
    let span = Span::new().try_days(days).ok()?;
    Some(date(1970, 1, 1).checked_add(span).ok()?.to_string())
}

/// The day of a text; a time after it is dropped.
pub fn date_of(text: &str) -> Option<i32> {
    let day: Date = text.trim().parse().ok()?;
    (day - date(1970, 1, 1)).get_days().into()
}

/// The text of an instant in milliseconds since 1970-01-01T00:00:00Z; `None` outside the years −9999…9999.
pub fn instant_text(ms: i64) -> Option<String> {
    Some(Timestamp::from_millisecond(ms).ok()?.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// The instant of a text with an offset, or without one in UTC.
pub fn instant_of(text: &str) -> Option<i64> {
    let text = text.trim();
    let instant = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    Some(instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_come_back_from_their_text() {
        for days in [-719_528, -1, 0, 1, 19_844, 2_932_896] {
            assert_eq!(date_of(&date_text(days).unwrap()), Some(days));
        }
        for ms in [-62_167_219_200_000, -1, 0, 1_714_552_200_123] {
            assert_eq!(instant_of(&instant_text(ms).unwrap()), Some(ms));
        }
        assert_eq!(date_text(19_844).unwrap(), "2024-05-01");
        assert_eq!(instant_text(1_714_552_200_123).unwrap(), "2024-05-01T08:30:00.123Z");
        assert_eq!(date_text(i32::MAX), None);
    }

    #[test]
    fn other_spellings_of_an_instant_are_read() {
        let noon = instant_of("2024-05-01T12:00:00.000Z");
        assert!(noon.is_some());
        assert_eq!(instant_of("2024-05-01T20:00:00+08:00"), noon);
        assert_eq!(instant_of("2024-05-01 12:00:00"), noon);
        assert_eq!(instant_of("yesterday"), None);
    }
}
