//! Cells of a CSV file that a spreadsheet would take for a formula: a quote before them keeps it from that, and is taken
//! away again where firemap reads its own file.

use std::borrow::Cow;

/// A cell as it is written: with a quote before what a spreadsheet would calculate. A text that itself begins with such
/// a quote gets another, so that [`as_meant`] gives back every text.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    match is_formula(cell.trim_start_matches('\'')) {
        true => format!("'{cell}").into(),
        false => cell.into(),
    }
}

/// The text of a cell that [`harmless`] wrote.
pub fn as_meant(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text.trim_start_matches('\'')) => text,
        _ => cell,
    }
}

fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '@', '\t', '\r']) || (cell.starts_with('-') && cell.parse::<f64>().is_err())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_harmless_is_read_as_it_was_meant(cell in "'{0,3}[=+@\t\r-]?\\PC{0,6}") {
            let written = harmless(&cell);
            prop_assert_eq!(as_meant(&written), &cell);
        }
    }

    #[test]
    fn numbers_stay_numbers_and_formulas_get_a_quote() {
        assert_eq!(harmless("-12.5"), "-12.5");
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("'=1+1"), "''=1+1");
        assert_eq!(as_meant("'tis"), "'tis");
    }
}
