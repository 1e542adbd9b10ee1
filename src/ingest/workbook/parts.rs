//! What the sheets of an XLSX workbook refer to: their names and files, the texts they share, and which formats of
//! numbers are dates.

use std::collections::HashMap;
use std::path::Path;

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use quick_xml::events::Event;

use super::part::{Part, attribute, local, number, resolved};
use crate::ingest::detail::Detail;
use crate::ingest::error::IngestError;

/// The most bytes of shared texts, and how many there may be.
const MOST_SHARED: usize = 128 << 20;
const MOST_TEXTS: usize = 16 << 20;
/// The most formats and sheets.
const MOST_FORMATS: usize = 100_000;
pub const MOST_SHEETS: usize = 1000;

/// A sheet as the workbook lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its part of the workbook; of a sheet of ODS none.
    pub part: String,
    /// Whether the workbook hides it.
    pub is_hidden: bool,
}

/// The sheets of a workbook in their order, and whether its days count from 1904.
pub fn sheets(workbook: &Path) -> Result<(Vec<Listed>, bool), IngestError> {
    let mut targets: HashMap<String, String> = HashMap::new();
    if let Some(mut part) = Part::open(workbook, "xl/_rels/workbook.xml.rels")? {
        loop {
            match part.read()? {
                Event::Start(tag) if local(tag.name().as_ref()) == "Relationship" => {
                    if let (Some(id), Some(target)) = (attribute(&tag, "Id"), attribute(&tag, "Target"))
                        && targets.len() < MOST_SHEETS * 10
                    {
                        targets.insert(id, target);
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
    }
    let mut part = Part::open(workbook, "xl/workbook.xml")?.ok_or_else(|| IngestError::Damaged {
        path: workbook.display().to_string(),
        detail: Detail::both("其中没有 xl/workbook.xml", "it has no xl/workbook.xml"),
    })?;
    let mut sheets = Vec::new();
    let mut is_1904 = false;
    loop {
        match part.read()? {
            Event::Start(tag) => match local(tag.name().as_ref()) {
                "workbookPr" => is_1904 = matches!(attribute(&tag, "date1904").as_deref(), Some("1" | "true")),
                "sheet" if sheets.len() < MOST_SHEETS => {
                    let (Some(name), Some(id)) = (attribute(&tag, "name"), attribute(&tag, "id")) else { continue };
                    let Some(target) = targets.get(&id) else { continue };
                    let part = match target.strip_prefix('/') {
                        Some(absolute) => absolute.to_owned(),
                        None => format!("xl/{target}"),
                    };
                    let is_hidden = matches!(attribute(&tag, "state").as_deref(), Some("hidden" | "veryHidden"));
                    sheets.push(Listed { name, part, is_hidden });
                }
                _ => {}
            },
            Event::Eof => return Ok((sheets, is_1904)),
            _ => {}
        }
    }
}

/// Texts that cells share.
#[derive(Default)]
pub struct Shared {
    text: String,
    ends: Vec<usize>,
}

impl Shared {
    /// Those of a workbook.
    pub fn of(workbook: &Path) -> Result<Shared, IngestError> {
        let mut shared = Shared::default();
        let Some(mut part) = Part::open(workbook, "xl/sharedStrings.xml")? else { return Ok(shared) };
        // Readings beside Chinese and Japanese words are no part of them.
        let (mut in_text, mut in_reading) = (false, false);
        loop {
            if shared.text.len() > MOST_SHARED || shared.ends.len() > MOST_TEXTS {
                return Err(part.too_much("共享文本多于 128 MiB", "shared texts of more than 128 MiB"));
            }
            match part.read()? {
                Event::Start(tag) => match local(tag.name().as_ref()) {
                    "t" => in_text = true,
                    "rPh" => in_reading = true,
                    _ => {}
                },
                Event::End(tag) => match local(tag.name().as_ref()) {
                    "t" => in_text = false,
                    "rPh" => in_reading = false,
                    "si" => {
                        shared.ends.push(shared.text.len());
                        part.record_ends();
                    }
                    _ => {}
                },
                Event::Text(text) if in_text && !in_reading => shared.text.push_str(&text),
                Event::CData(text) if in_text && !in_reading => shared.text.push_str(&text),
                Event::GeneralRef(entity) if in_text && !in_reading => shared.text.push_str(&resolved(&entity)),
                Event::Eof => return Ok(shared),
                _ => {}
            }
        }
    }

    /// The text of a number.
    pub fn get(&self, nth: usize) -> Option<&str> {
        let start = nth.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(nth)?)
    }
}

/// Which styles of a workbook show a number as a date.
pub fn date_styles(workbook: &Path) -> Result<Vec<bool>, IngestError> {
    let Some(mut part) = Part::open(workbook, "xl/styles.xml")? else { return Ok(Vec::new()) };
    let mut own: HashMap<u64, bool> = HashMap::new();
    let mut styles = Vec::new();
    let mut in_cells = false;
    loop {
        match part.read()? {
            Event::Start(tag) => match local(tag.name().as_ref()) {
                "numFmt" if own.len() < MOST_FORMATS => {
                    if let (Some(id), Some(code)) = (number(&tag, "numFmtId"), attribute(&tag, "formatCode")) {
                        own.insert(id, is_date(&code));
                    }
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells && styles.len() < MOST_FORMATS => {
                    let id = number(&tag, "numFmtId").unwrap_or_default();
                    let known = matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58);
                    styles.push(own.get(&id).copied().unwrap_or(known));
                }
                _ => {}
            },
            Event::End(tag) if local(tag.name().as_ref()) == "cellXfs" => in_cells = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

/// Whether a format shows a date or a time: it names years, months, days or hours outside of quotes and brackets.
fn is_date(code: &str) -> bool {
    let mut letters = code.split(';').next().unwrap_or_default().chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => while letters.next().is_some_and(|c| c != '"') {},
            '[' => {
                // `[h]` counts hours, `[Red]` and `[$-804]` are no part of it.
                let within: String = letters.by_ref().take_while(|c| *c != ']').take(20).collect();
                if matches!(within.to_lowercase().as_str(), "h" | "hh" | "m" | "mm" | "s" | "ss") {
                    return true;
                }
            }
            '\\' | '_' | '*' => {
                letters.next();
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | '年' | '月' => return true,
            _ => {}
        }
    }
    false
}

/// The day and time of a number of days as ISO 8601; `None` beyond the years that spreadsheets know.
pub fn date_text(days: f64, is_1904: bool) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&days) {
        return None;
    }
    let mut whole = days.trunc() as i64;
    let mut seconds = ((days - days.trunc()) * 86_400.0).round() as i64;
    if seconds == 86_400 {
        (whole, seconds) = (whole + 1, 0);
    }
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if whole == 0 && !is_1904 {
        return Some(time);
    }
    // 1900 is a leap year there.
    let first: Date = match (is_1904, whole) {
        (true, _) => date(1904, 1, 1),
        (false, ..60) => date(1899, 12, 31),
        (false, _) => date(1899, 12, 30),
    };
    let span: Span = Span::new().try_days(whole).ok()?;
    let day = first.checked_add(span).or_else(|_| first.checked_add(0.days())).ok()?;
    Some(if seconds == 0 { day.to_string() } else { format!("{day}T{time}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_dates_are_told_from_those_of_numbers() {
        for code in ["yyyy-mm-dd", "yyyy\"年\"m\"月\"d\"日\"", "[$-804]yyyy年m月", "h:mm", "[h]:mm:ss", "m/d/yy;@"]
        {
            assert!(is_date(code), "{code}");
        }
        for code in ["General", "0.00", "#,##0.00_);[Red]\\(#,##0.00\\)", "0.00E+00", "\"day \"0", "0\\d", "@"] {
            assert!(!is_date(code), "{code}");
        }
    }

    #[test]
    fn days_become_dates() {
        assert_eq!(date_text(45_322.0, false).as_deref(), Some("2024-01-31"));
        assert_eq!(date_text(45_322.395_833_333_336, false).as_deref(), Some("2024-01-31T09:30:00"));
        assert_eq!(date_text(43_860.0, true).as_deref(), Some("2024-01-31"));
        assert_eq!(date_text(0.5, false).as_deref(), Some("12:00:00"));
        assert_eq!(date_text(59.0, false).as_deref(), Some("1900-02-28"));
        assert_eq!(date_text(61.0, false).as_deref(), Some("1900-03-01"));
        assert_eq!(date_text(-1.0, false), None);
        assert_eq!(date_text(f64::NAN, false), None);
    }
}
