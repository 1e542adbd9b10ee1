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

    /// The same with the texts of another row, or of none, in a place: the next one, or one that is there. The others
    /// are copied as they are.
    pub fn put(&self, nth: usize, row: Option<RowRef<'_>>) -> Texts {
        let after = self.ends.get(nth).map_or(self.all.len(), |end| *end as usize);
        let mut all = self.all[..self.begin(nth)].to_owned();
        row.into_iter().for_each(|row| add(&mut all, row));
        let end = all.len();
        all.push_str(&self.all[after..]);
        let later = self.ends.iter().skip(nth + 1).map(|old| (*old as usize - after + end) as u32);
        let ends = self.ends[..nth].iter().copied().chain([end as u32]).chain(later).collect();
        Texts { all: all.into(), ends }
    }

    fn begin(&self, nth: usize) -> usize {
        nth.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    /// Places of rows whose texts hold a word (folded, not empty), with those texts, a line each.
    pub fn with<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let at = from + self.all[from..].find(word)?;
            let nth = self.ends.partition_point(|end| *end as usize <= at);
            from = self.ends[nth] as usize;
            Some((nth, &self.all[self.begin(nth)..from]))
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
    // Han characters stand for themselves, and most names are of nothing else.
    if text.chars().all(|c| ('\u{4e00}'..='\u{9fa5}').contains(&c) || c.is_ascii_digit()) {
        return text.to_owned();
    }
    text.nfkd().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attributes, Feature, FeatureId, Layer, Origin, Place, Shape, Value, building};
    use crate::store::Row;
    use proptest::prelude::*;

    fn named(name: &str) -> Row {
        let mut values = vec![None; Layer::Building.fields().len()];
        values[building::NAME] = Some(Value::Text(name.into()));
        let feature = Feature {
            layer: Layer::Building,
            source: "test".into(),
            source_key: "1".into(),
            shape: Shape::point(Place::default()),
            flaw: None,
            attributes: Attributes::pack(Layer::Building, &values),
            extra: None,
            origin: Origin { file: "test".into(), row: 1 },
        };
        Row { id: FeatureId(1), feature }
    }

    fn texts(rows: &[Option<Row>]) -> Texts {
        Texts::of(rows.iter().map(|row| row.as_ref().map(RowRef::from)))
    }

    proptest! {
        #[test]
        fn texts_put_one_by_one_are_those_of_the_rows(
            edits in proptest::collection::vec((any::<prop::sample::Index>(), proptest::option::of("[a-c塔楼]{1,4}")), 1..40)
        ) {
            let mut rows: Vec<Option<Row>> = Vec::new();
            let mut put = Texts::default();
            for (at, name) in edits {
                let (nth, row) = (at.index(rows.len() + 1), name.as_deref().map(named));
                put = put.put(nth, row.as_ref().map(RowRef::from));
                if nth == rows.len() { rows.push(row) } else { rows[nth] = row }
            }
            let fresh = texts(&rows);
            prop_assert_eq!((&put.all, &put.ends), (&fresh.all, &fresh.ends));
            let found: Vec<usize> = put.with("a").map(|(nth, _)| nth).collect();
            let holds = |row: &Option<Row>| row.as_ref().is_some_and(|row| {
                row.feature.attributes.as_ref().text(Layer::Building, building::NAME).is_some_and(|name| name.contains('a'))
            });
            let scan: Vec<usize> = (0..rows.len()).filter(|nth| holds(&rows[*nth])).collect();
            prop_assert_eq!(found, scan);
        }
    }
}
