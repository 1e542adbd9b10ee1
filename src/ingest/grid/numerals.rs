//! What commas and points mean in the numbers of a column: told by all of its cells, not by one.

/// How a column writes its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Numerals {
    /// Nobody has looked at the column: each cell tells what it can.
    #[default]
    Each,
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

/// What the cells of a column show, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// Cells in which the comma can only be the decimal one: `2,5`, `1.234,5`, `106,551234`.
    pub comma: u64,
    /// Cells in which the point can only be the decimal one.
    pub point: u64,
    /// Cells such as `1,234`, which may be either.
    pub either_comma: u64,
    /// Cells such as `1.234`, which may be either.
    pub either_point: u64,
}

impl Signs {
    /// Looks at a cell of text. What is no number with a comma or point tells nothing.
    pub fn look_at(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if bytes.len() > 40 || !bytes.iter().any(|b| matches!(b, b',' | b'.')) {
            return;
        }
        // The number in front; a unit may follow.
        let digits = text.trim_start_matches(['-', '+', '−']);
        let end = digits.find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.'))).unwrap_or(digits.len());
        let (digits, unit) = digits.split_at(end);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) || unit.bytes().any(|b| b.is_ascii_digit()) {
            return;
        }
        let (commas, points) = (digits.matches(',').count(), digits.matches('.').count());
        let last = digits.rfind([',', '.']).and_then(|at| digits.get(at..)).unwrap_or_default();
        match (commas, points) {
            (0, 0) => {}
            (1.., 1..) if last.starts_with(',') && commas == 1 && in_threes(digits, '.', ',') => self.comma += 1,
            (1.., 1..) if last.starts_with('.') && points == 1 && in_threes(digits, ',', '.') => self.point += 1,
            (1, 0) if in_threes(digits, ',', ' ') => self.either_comma += 1,
            (1, 0) => self.comma += 1,
            (0, 1) if in_threes(digits, '.', ' ') => self.either_point += 1,
            (0, 1) => self.point += 1,
            (2.., 0) if in_threes(digits, ',', ' ') => self.point += 1,
            (0, 2..) if in_threes(digits, '.', ' ') => self.comma += 1,
            _ => {}
        }
    }

    /// Whether any cell holds a comma.
    pub fn has_commas(&self) -> bool {
        self.comma + self.either_comma > 0
    }

    /// What the column's own cells say, if they say it and do not contradict each other.
    pub fn tell(&self) -> Option<Numerals> {
        match (self.comma > 0, self.point > 0) {
            (true, false) => Some(Numerals::Comma),
            (false, true) => Some(Numerals::Point),
            _ => None,
        }
    }
}

/// Whether what stands before `decimal` is in groups of three behind the first.
fn in_threes(digits: &str, mark: char, decimal: char) -> bool {
    let whole = digits.split(decimal).next().unwrap_or_default();
    let mut groups = whole.split(mark);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && first != "0" && groups.all(|group| group.len() == 3)
}

/// How each column is to be read, and which of them no cell decides: those are read as the rest of the table, or, where
/// that says nothing either, with a decimal point.
pub fn decide(columns: &[Signs], told: Option<Numerals>) -> (Vec<Numerals>, Vec<usize>) {
    if let Some(told) = told {
        return (vec![told; columns.len()], Vec::new());
    }
    let says = |wanted| columns.iter().filter(|signs| signs.tell() == Some(wanted)).count();
    let rest = if says(Numerals::Comma) > says(Numerals::Point) { Numerals::Comma } else { Numerals::Point };
    let mut unsure = Vec::new();
    let numerals = columns.iter().enumerate().map(|(ix, signs)| match signs.tell() {
        Some(numerals) => numerals,
        // Cells that contradict each other are read one by one.
        None if signs.comma > 0 => Numerals::Each,
        None => {
            // `1.234` is decimal everywhere but where commas are.
            let open = signs.either_comma > 0 || signs.either_point > 0 && rest == Numerals::Comma;
            if open {
                unsure.push(ix);
            }
            rest
        }
    });
    (numerals.collect(), unsure)
}

/// The digits of a number in the one way that computers read; `None` where they are not written so.
pub fn plain(digits: &str, numerals: Numerals) -> Option<String> {
    let text: String = digits.chars().filter(|c| *c != ' ' && *c != '\'').collect();
    match numerals {
        Numerals::Each => plain_by_itself(text),
        Numerals::Point => grouped(&text, ',', '.').then(|| text.replace(',', "")),
        Numerals::Comma => grouped(&text, '.', ',').then(|| text.replace('.', "").replacen(',', ".", 1)),
    }
}

/// Whether a number has one decimal mark at most, and its other marks, if any, every three digits.
fn grouped(text: &str, mark: char, decimal: char) -> bool {
    let (whole, behind) = text.split_once(decimal).unwrap_or((text, ""));
    !behind.contains([mark, decimal]) && (!whole.contains(mark) || in_threes(whole, mark, decimal))
}

/// `1,234.5`, `1.234,5`, `1 234`, `2,5`, each by itself.
fn plain_by_itself(text: String) -> Option<String> {
    let groups_of_three = |mark: char| {
        let mut groups = text.split(mark);
        let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
        first && groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()))
    };
    Some(match (text.rfind(','), text.rfind('.')) {
        (Some(comma), Some(point)) if comma > point => text.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => text.replace(',', ""),
        (Some(_), None) if groups_of_three(',') => text.replace(',', ""),
        (Some(_), None) if text.matches(',').count() == 1 => text.replace(',', "."),
        (Some(_), None) => return None,
        (None, Some(_)) if text.matches('.').count() > 1 => {
            if !groups_of_three('.') {
                return None;
            }
            text.replace('.', "")
        }
        _ => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> Signs {
        let mut signs = Signs::default();
        cells.iter().for_each(|cell| signs.look_at(cell));
        signs
    }

    #[test]
    fn a_column_tells_what_its_commas_are() {
        let decided = |columns: &[&[&str]]| {
            let signs: Vec<Signs> = columns.iter().map(|cells| column(cells)).collect();
            decide(&signs, None)
        };
        assert_eq!(decided(&[&["1,234", "2,5"]]), (vec![Numerals::Comma], vec![]));
        assert_eq!(decided(&[&["1,234", "1,234.5"]]), (vec![Numerals::Point], vec![]));
        assert_eq!(decided(&[&["1,234", "1,234,567"]]), (vec![Numerals::Point], vec![]));
        assert_eq!(decided(&[&["1,234", "2,345"]]), (vec![Numerals::Point], vec![0]));
        assert_eq!(decided(&[&["106,55", "29,1"], &["1,234"]]), (vec![Numerals::Comma; 2], vec![1]));
        assert_eq!(decided(&[&["106,55", "29,1"], &["1.234"]]), (vec![Numerals::Comma; 2], vec![1]));
        assert_eq!(decided(&[&["106.55"], &["1.234"]]), (vec![Numerals::Point; 2], vec![]));
        assert_eq!(decided(&[&["0,125", "0,500"]]), (vec![Numerals::Comma], vec![]));
        assert_eq!(decided(&[&["2,5 MPa", "2.5 MPa"]]).0, [Numerals::Each]);
        assert_eq!(decided(&[&["2024.01.31", "a, b", "192.168.1.1"]]), (vec![Numerals::Point], vec![]));
    }

    #[test]
    fn digits_are_read_as_the_column_writes_them() {
        assert_eq!(plain("1,234", Numerals::Comma).as_deref(), Some("1.234"));
        assert_eq!(plain("1,234", Numerals::Point).as_deref(), Some("1234"));
        assert_eq!(plain("1.234,5", Numerals::Comma).as_deref(), Some("1234.5"));
        assert_eq!(plain("12 345,5", Numerals::Comma).as_deref(), Some("12345.5"));
        assert_eq!(plain("2,5", Numerals::Point), None);
        assert_eq!(plain("1.2.3", Numerals::Comma), None);
        assert_eq!(plain("1,2,3", Numerals::Comma), None);
    }
}
