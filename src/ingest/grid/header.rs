//! Where a table's header stands: found by what its rows hold, since titles, dates and blank lines may come before it
//! and units or a second row of heads behind it.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::place;
use super::rows::{TopCell, TopRow};
use crate::ingest::names::plain;
use crate::ingest::units;
use crate::model::Layer;

/// How many rows from the top a header may stand.
pub const TOP: usize = 64;

/// A header that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The columns' names as they stand: one under a merged head is `head/name`.
    pub names: Vec<String>,
    /// Units by column, from a line of units behind the header; empty where there is none.
    pub units: Vec<String>,
    /// The row of the header as a spreadsheet shows it; the first of two.
    pub row: u64,
    /// How many rows from the top come before the first record, the header's own among them.
    pub rows: usize,
    /// Rows before it that hold something.
    pub above: Vec<u64>,
    /// The cells of the header's last row, by which it is known where it is repeated.
    pub again: Vec<String>,
}

/// Names that fields of any layer go by.
static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let fields = Layer::ALL.into_iter().flat_map(Layer::fields);
    let names = fields.flat_map(|field| field.aliases.iter().chain([&field.name, &field.zh, &field.en]));
    names.map(|name| plain(name)).collect()
});

/// Finds the header among the rows at the top; `told` is the row a person named, 0 for a table without one. `None`
/// where there is no row that could be one.
pub fn find(top: &[TopRow], told: Option<u64>) -> Option<Head> {
    if told == Some(0) {
        let width = top.iter().map(|row| row.cells.len()).max()?;
        let names = vec![String::new(); width];
        return Some(Head { units: names.clone(), names, row: 0, rows: 0, above: Vec::new(), again: Vec::new() });
    }
    let widest = top.iter().map(TopRow::filled).max()?;
    let fits = |ix: &usize| match told {
        Some(number) => top.get(*ix).is_some_and(|row| row.number == number),
        None => true,
    };
    let mut best: Option<(i64, usize, bool)> = None;
    for at in (0..top.len()).filter(fits) {
        let single = score(&top[at].cells, widest);
        // Two rows must say more than either of them: a line such as “made by …” over a header is no head of it.
        let below = top.get(at + 1).map_or(single, |row| score(&row.cells, widest));
        let double = joined(top, at).map(|names| score(&as_cells(&names), widest));
        let double = double.filter(|double| *double > single.max(below));
        let score = double.unwrap_or(single) - at as i64;
        if best.is_none_or(|(known, ..)| score > known) {
            best = Some((score, at, double.is_some()));
        }
    }
    let (_, at, is_double) = best?;
    let names = match is_double {
        true => joined(top, at)?,
        false => top[at].cells.iter().map(|cell| cell.text.clone()).collect(),
    };
    let mut next = at + 1 + usize::from(is_double);
    let again = top.get(next - 1)?.cells.iter().map(|cell| cell.text.clone()).collect();
    let mut units = vec![String::new(); names.len()];
    if let Some(line) = top.get(next).and_then(unit_line) {
        units = line;
        next += 1;
    } else if top.get(next).is_some_and(|row| is_second_language(row, widest)) {
        next += 1;
    }
    let above = top[..at].iter().filter(|row| row.filled() > 0).map(|row| row.number).collect();
    Some(Head { names, units, row: top[at].number, rows: next, above, again })
}

/// How much a row looks like a header.
fn score(cells: &[TopCell], widest: usize) -> i64 {
    let filled: Vec<&TopCell> = cells.iter().filter(|cell| !cell.text.is_empty()).collect();
    if filled.is_empty() {
        return i64::MIN / 2;
    }
    let names: Vec<Box<str>> = cells.iter().map(|cell| cell.text.as_str().into()).collect();
    let mut score = if place::named(&names, None).is_some() { 100 } else { 0 };
    let mut seen = HashSet::new();
    for cell in &filled {
        score += match () {
            _ if is_data(cell) => -20,
            _ if cell.text.chars().count() > 40 => -5,
            // Two columns of a name are no better than one.
            _ if !seen.insert(&cell.text) => -2,
            _ if is_known(&cell.text) => 10,
            _ => 1,
        };
    }
    if filled.len() == 1 && widest > 1 {
        score -= 30;
    }
    score
}

fn is_known(name: &str) -> bool {
    let known = |text: &str| KNOWN.contains(&plain(text));
    let bare = units::split(name).0;
    known(name) || known(&bare) || name.rsplit_once('/').is_some_and(|(_, child)| known(child))
}

/// What stands in records and not in headers.
fn is_data(cell: &TopCell) -> bool {
    let text = cell.text.as_str();
    let text = text.rsplit_once('/').map_or(text, |(_, child)| child);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let starts = |word: &str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let geometry = ["point", "linestring", "polygon", "multi", "{"].into_iter().any(starts) && digits > 1;
    cell.is_number || geometry || digits * 2 > text.chars().count()
}

fn as_cells(names: &[String]) -> Vec<TopCell> {
    names.iter().map(|name| TopCell { text: name.clone(), is_number: false }).collect()
}

/// The names of two rows of heads: those of the second row under the heads that span them. `None` where the row behind
/// is no such row.
fn joined(top: &[TopRow], at: usize) -> Option<Vec<String>> {
    let (parents, children) = (top.get(at)?, top.get(at + 1)?);
    if parents.filled() < 2 || children.filled() == 0 || children.cells.iter().any(is_data) {
        return None;
    }
    let width = parents.cells.len().max(children.cells.len());
    let mut names = Vec::with_capacity(width);
    let mut parent = "";
    let mut spans = 0;
    for ix in 0..width {
        let (own, child) = (parents.text(ix), children.text(ix));
        if !own.is_empty() {
            parent = own;
        }
        names.push(match (own.is_empty(), child.is_empty()) {
            (false, true) => own.to_owned(),
            (true, true) => String::new(),
            // A head of its own with something under it: only if it spans the next column too.
            (false, false) if !parents.text(ix + 1).is_empty() || children.text(ix + 1).is_empty() => return None,
            (_, false) if parent.is_empty() => child.to_owned(),
            (_, false) => {
                spans += 1;
                format!("{parent}/{child}")
            }
        });
    }
    (spans > 1).then_some(names)
}

/// The units of a row that holds nothing else; brackets around them go away.
fn unit_line(row: &TopRow) -> Option<Vec<String>> {
    let mut units = Vec::with_capacity(row.cells.len());
    let mut found = 0;
    for cell in &row.cells {
        let text = cell.text.trim_matches(['(', ')', '（', '）', '[', ']', ' ']);
        let is_unit = units::is_unit(text);
        if cell.is_number || !(text.is_empty() || is_unit || matches!(text, "-" | "/" | "单位" | "°" | "度")) {
            return None;
        }
        found += usize::from(is_unit);
        units.push(if is_unit { text.to_owned() } else { String::new() });
    }
    (found > 0).then_some(units)
}

/// Whether a row says the header again in other words.
fn is_second_language(row: &TopRow, widest: usize) -> bool {
    let names: Vec<Box<str>> = row.cells.iter().map(|cell| cell.text.as_str().into()).collect();
    row.filled() * 2 > widest && !row.cells.iter().any(is_data) && place::named(&names, None).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(text: &str) -> Vec<TopRow> {
        let cell = |text: &str| {
            let is_number = text.bytes().any(|b| b.is_ascii_digit()) && text.parse::<f64>().is_ok();
            TopCell { text: text.to_owned(), is_number }
        };
        let row =
            |(nth, line): (usize, &str)| TopRow { number: nth as u64 + 1, cells: line.split('|').map(cell).collect() };
        text.lines().enumerate().map(row).collect()
    }

    fn found(text: &str) -> (u64, usize, Vec<String>, Vec<String>) {
        let head = find(&top(text), None).expect("a header");
        (head.row, head.rows, head.names, head.units)
    }

    #[test]
    fn a_header_is_found_under_titles_dates_and_blank_lines() {
        let (row, rows, names, _) = found(
            "某区市政消火栓台账||||\n填表单位：水务|||日期：2024年1月|\n||||\n编号|经度|纬度|状态|备注\nX-1|106.5|29.5|完好|\n",
        );
        assert_eq!((row, rows), (4, 4));
        assert_eq!(names, ["编号", "经度", "纬度", "状态", "备注"]);
        assert_eq!(found("id|lon|lat\n1|106.5|29.5").0, 1);
        assert_eq!(found("a|b|WKT\n1|Z9|POLYGON((0 0,1 1,1 0,0 0))").0, 1);
    }

    #[test]
    fn two_rows_of_heads_are_joined() {
        let (row, rows, names, _) = found("台账||||\n编号|坐标||水压|状态\n|经度|纬度||\nX-1|106.5|29.5|0.3|完好");
        assert_eq!((row, rows), (2, 3));
        assert_eq!(names, ["编号", "坐标/经度", "坐标/纬度", "水压", "状态"]);
        // A title over a full header is no head of it.
        assert_eq!(found("台账|||\n编号|经度|纬度|状态\n1|106.5|29.5|完好").2, ["编号", "经度", "纬度", "状态"]);
        let (row, _, names, _) = found("单位：水务||2024年||\n编号|经度|纬度|状态|水压\n1|106.5|29.5|完好|0.3");
        assert_eq!((row, names[0].as_str()), (2, "编号"));
        // Names that stand twice under different heads need them.
        let (_, _, names, _) = found("基本||2023||2024|\n经度|纬度|压力|流量|压力|流量\n106.5|29.5|1|2|3|4");
        assert_eq!(names[2..], ["2023/压力", "2023/流量", "2024/压力", "2024/流量"]);
    }

    #[test]
    fn a_line_of_units_and_a_second_language_are_no_records() {
        let (_, rows, _, units) = found("编号|经度|纬度|水压|流量\n|°|°|（kPa）|m³/h\n1|106.5|29.5|300|36");
        assert_eq!((rows, units), (2, ["", "", "", "kPa", "m³/h"].map(str::to_owned).into()));
        let (row, rows, names, _) = found("编号|经度|纬度\nid|lon|lat\n1|106.5|29.5");
        assert_eq!((row, rows, names[0].as_str()), (1, 2, "编号"));
    }

    #[test]
    fn a_person_may_name_the_row() {
        let rows = top("x|y\n编号|经度\n1|2");
        assert_eq!(find(&rows, Some(1)).map(|head| head.names), Some(vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!(find(&rows, Some(0)).map(|head| head.rows), Some(0));
        assert_eq!(find(&rows, Some(9)), None);
    }
}
