//! Dates and instants as people write them: ISO, `2024/1/31`, `2024年1月31日`, `20240131`, milliseconds since 1970.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

/// Whole milliseconds since 1970 stand for years 1800 to 2200 between these; a bare number below is something else.
const SOUND_YEARS: std::ops::RangeInclusive<i16> = 1800..=2200;

/// A date or an instant as read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// A day without a time.
    Day(Date),
    /// A time of day in the zone of whoever wrote it.
    Local(DateTime),
    /// A moment.
    Moment(Timestamp),
}

impl When {
    /// The calendar day, of a moment in `zone`. Midnight UTC is taken for a plain day: that is how programs that know
    /// only instants store one.
    pub fn to_day(self, zone: &TimeZone) -> Date {
        match self {
            When::Day(day) => day,
            When::Local(local) => local.date(),
            When::Moment(moment) => {
                let utc = moment.to_zoned(TimeZone::UTC);
                if utc.time() == Time::midnight() { utc.date() } else { moment.to_zoned(zone.clone()).date() }
            }
        }
    }

    /// The instant; a day is its midnight in `zone`.
    pub fn to_moment(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            When::Day(day) => zone.to_timestamp(day.to_datetime(Time::midnight())).ok(),
            When::Local(local) => zone.to_timestamp(local).ok(),
            When::Moment(moment) => Some(moment),
        }
    }
}

/// Days since 1970-01-01.
pub fn days_since_epoch(day: Date) -> i32 {
    let since = day.since((Unit::Day, jiff::civil::date(1970, 1, 1)));
    since.map_or(0, |span| span.get_days())
}

/// Reads a text; `None` where it is no date between the years 1800 and 2200.
pub fn read(text: &str) -> Option<When> {
    let when = read_any(text.trim())?;
    let day = when.to_day(&TimeZone::UTC);
    SOUND_YEARS.contains(&day.year()).then_some(when)
}

/// Reads milliseconds since 1970-01-01T00:00:00Z.
pub fn read_epoch_ms(ms: i64) -> Option<When> {
    let moment = Timestamp::from_millisecond(ms).ok()?;
    SOUND_YEARS.contains(&moment.to_zoned(TimeZone::UTC).year()).then_some(When::Moment(moment))
}

fn read_any(text: &str) -> Option<When> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(When::Moment(moment));
    }
    let all_digits =
        !text.is_empty() && text.bytes().enumerate().all(|(nth, b)| b.is_ascii_digit() || (nth == 0 && b == b'-'));
    if all_digits {
        return match text.len() {
            8 if !text.starts_with('-') => day(&text[..4], &text[4..6], &text[6..]).map(When::Day),
            12.. => read_epoch_ms(text.parse().ok()?),
            _ => None,
        };
    }
    // Year, month, day and what follows, whatever stands between them.
    let mut rest = text;
    let mut numbers = [""; 3];
    for (nth, number) in numbers.iter_mut().enumerate() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        *number = &rest[..end];
        rest = &rest[end..];
        let marks: &[char] = match nth {
            0 => &['-', '/', '.', '年'],
            1 => &['-', '/', '.', '月'],
            _ => &['日', '号'],
        };
        match rest.strip_prefix(marks) {
            Some(after) => rest = after.trim_start(),
            None if nth < 2 => return None,
            None => {}
        }
    }
    if numbers[0].len() != 4 {
        return None;
    }
    let day = day(numbers[0], numbers[1], numbers[2])?;
    let rest = rest.trim_start_matches(['T', 't', ' ']).trim();
    if rest.is_empty() {
        return Some(When::Day(day));
    }
    time(rest).map(|time| When::Local(day.to_datetime(time)))
}

fn day(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `9:30`, `09:30:00`, `9时30分`.
fn time(text: &str) -> Option<Time> {
    let text = text.replace(['时', '点', '分'], ":").replace('秒', "");
    let mut parts = text.trim_end_matches(':').split(':');
    let mut next = || -> Option<i8> { parts.next().map_or(Some(0), |part| part.split('.').next()?.parse().ok()) };
    let (hour, minute, second) = (next()?, next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_is_read_however_it_is_written() {
        for text in ["2024-01-31", "2024/1/31", "2024年1月31日", "20240131", "2024.01.31", "2024-01-31T00:00:00Z"] {
            let when = read(text).unwrap_or_else(|| panic!("{text} is a date"));
            assert_eq!(when.to_day(&TimeZone::UTC), date(2024, 1, 31), "{text}");
        }
        assert_eq!(read("1706659200000").map(|when| when.to_day(&TimeZone::UTC)), Some(date(2024, 1, 31)));
        assert_eq!(read_epoch_ms(-3_155_673_600_000).map(|when| when.to_day(&TimeZone::UTC)), Some(date(1870, 1, 1)));
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in ["", "soon", "2024-13-01", "31-01-2024", "2024", "0001-01-01", "2024-01-31 25:00", "1/2/3"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_the_stores() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        // Cells come here in lower case.
        for text in ["2024年1月31日 9时30分", "2024-01-31T09:30:00", "2024-01-31t09:30:00"] {
            let moment = read(text).and_then(|when| when.to_moment(&zone));
            assert_eq!(moment, "2024-01-31T01:30:00Z".parse().ok(), "{text}");
        }
    }
}
