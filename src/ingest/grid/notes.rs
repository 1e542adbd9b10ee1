//! Rows that are no records: totals, notes and repeated headers, known by what stands in them.

use super::header::Head;
use super::rows::{Raw, Rows};
use crate::ingest::ignored::Ignored;
use crate::ingest::names::plain;

/// Why a row is passed over, if it is. `has_place` says that it has something in the columns of the place.
pub fn why_none(head: &Head, has_place: bool, rows: &dyn Rows) -> Option<Ignored> {
    if has_place {
        // Only a header has words there that are its own.
        return is_again(head, rows).then_some(Ignored::HeadAgain {});
    }
    let mut filled = (0..rows.width()).filter_map(|ix| rows.cell(ix));
    let Some(first) = filled.next() else { return Some(Ignored::BlankRow {}) };
    let Raw::Text(text) = first else { return None };
    let word = plain(text);
    let word = word.trim_end_matches([':', '：']);
    if TOTALS.contains(&word) || ["合计", "总计", "共计", "小计"].iter().any(|total| word.starts_with(total)) {
        return Some(Ignored::Total {});
    }
    let is_note = NOTES.iter().any(|note| {
        let rest = text.get(..note.len()).filter(|head| head.eq_ignore_ascii_case(note)).and(text.get(note.len()..));
        rest.is_some_and(|rest| rest.trim_start().starts_with([':', '：']))
    });
    (is_note && rows.width() < 64).then_some(Ignored::Note {})
}

const TOTALS: [&str; 13] = [
    "合计",
    "总计",
    "共计",
    "小计",
    "合計",
    "総計",
    "小計",
    "total",
    "totals",
    "subtotal",
    "grandtotal",
    "합계",
    "summe",
];

const NOTES: [&str; 18] = [
    "注",
    "备注",
    "说明",
    "附注",
    "填表人",
    "制表人",
    "制表",
    "审核",
    "审核人",
    "填表日期",
    "制表日期",
    "填报单位",
    "填表单位",
    "数据来源",
    "note",
    "notes",
    "source",
    "remarks",
];

fn is_again(head: &Head, rows: &dyn Rows) -> bool {
    let mut any = false;
    for (ix, name) in head.again.iter().enumerate() {
        match rows.cell(ix) {
            None if name.is_empty() => {}
            Some(Raw::Text(text)) if text == name => any = true,
            _ => return false,
        }
    }
    any
}
