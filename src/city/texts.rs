//! What is searched: names, addresses and codes, folded.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::rows::RowRef;

/// The folded texts of a chunk of rows, one after the other, so that a word is looked for in all of them at once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// A row's texts, each with a line break at its end.
    all: Box<str>,
    /// Where each row's texts end.
    ends: Box<[u32]>,
}

impl Texts {
    /// Of rows in order.
    pub fn of<'a>(rows: impl Iterator<Item = Option<RowRef<'a>>>) -> Texts {
        let mut all = String::new();
        let ends = rows.map(|row| {
            row.into_iter().for_each(|row| add(&mut all, row));
            all.len() as u32
        });
        let ends = ends.collect();
        Texts { all: all.into(), ends }
    }

    /// Places of rows whose texts hold a word (folded, not empty), with those texts, a line each.
    pub fn with<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let at = from + self.all[from..].find(word)?;
            let nth = self.ends.partition_point(|end| *end as usize <= at);
            let begin = nth.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
            from = self.ends[nth] as usize;
            Some((nth, &self.all[begin..from]))
        })
    }
}

/// Adds the public texts of a row that people search by.
fn add(all: &mut String, row: RowRef<'_>) {
    let fields = ["name", "address", "code"].into_iter().filter_map(|name| row.layer.field(name));
    for (ix, _) in fields.filter(|(_, field)| field.is_public()) {
        if let Some(text) = row.attributes.text(row.layer, ix) {
            all.push_str(&folded(text));
            all.push('\n');
        }
    }
}

/// Folds a text for searching: letters and digits alone, compatibility forms unified (full-width digits too), lower
/// case, without accents.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase() as char).collect();
    }
    text.nfkd().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)).collect()
}
