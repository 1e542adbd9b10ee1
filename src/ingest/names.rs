//! What the names of columns and of fields are held against each other by. A table may have thousands of columns and
//! is held against every layer, so that a column's name is made plain once ([`Spelling`]) and those of a layer's fields
//! once and for all ([`Names`]).

use std::collections::HashMap;
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;

use super::mapping::Why;
use super::similar::{corrected, singular};
use super::units;
use crate::model::{Field, Layer};

/// A name without regard to case, blanks, underscores, hyphens, full-width letters.
pub fn plain(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '\u{feff}'))
        .collect()
}

/// The most bytes of a name that can be a field's.
const LONGEST: usize = 4096;

/// A column's name as it is compared; nothing of one that is too long for any field.
#[derive(Clone, Debug, Default)]
pub struct Spelling {
    own: Part,
    /// The part under a merged head.
    child: Option<Part>,
    /// The own part or the one under a head, without its unit and usual slips: what may come near a field's name.
    pub near: String,
}

#[derive(Clone, Debug, Default)]
struct Part {
    whole: String,
    bare: String,
    unit: String,
}

impl Part {
    fn of(name: &str) -> Part {
        let (bare, unit) = units::split(name);
        Part { whole: plain(name), bare: plain(&bare), unit }
    }
}

impl Spelling {
    /// Of a column's name.
    pub fn of(name: &str) -> Spelling {
        if name.len() > LONGEST {
            return Spelling::default();
        }
        let bare = units::split(name).0;
        let last = bare.rsplit_once('/').map_or(&*bare, |(_, child)| child);
        Spelling {
            own: Part::of(name),
            child: name.rsplit_once('/').map(|(_, child)| Part::of(child)),
            near: singular(&corrected(&plain(last))),
        }
    }

    /// The unit behind the name, empty where there is none.
    pub fn unit(&self) -> &str {
        &self.own.unit
    }
}

/// The names that the fields of a layer go by.
pub struct Names {
    layer: Layer,
    /// Fields by plain name: 0 the field's own, 1 its labels, 2 its aliases; the best first.
    plain: HashMap<String, Vec<(usize, usize)>>,
    /// The same for names that come near, without usual slips: the known by their first byte.
    pub near: HashMap<u8, Vec<Known>>,
    /// Words that may stand before a field's name and say only which layer it is of.
    pub words: Vec<String>,
}

/// A name of a field that others may come near to.
pub struct Known {
    /// Without usual slips.
    pub text: String,
    /// The letters it has, as [`letters`] tells them.
    pub letters: u64,
    /// The field's position.
    pub field: usize,
    /// Which of the field's names it is.
    pub nth: usize,
    /// As it is written.
    pub written: &'static str,
}

impl Names {
    /// The names of a layer.
    pub fn of(layer: Layer) -> &'static Names {
        static ALL: [OnceLock<Names>; Layer::ALL.len()] = [const { OnceLock::new() }; Layer::ALL.len()];
        ALL[layer as usize].get_or_init(|| Names::made(layer))
    }

    fn made(layer: Layer) -> Names {
        let def = layer.def();
        let words = def.hints.iter().copied().chain([def.zh, def.name, "fire"]);
        let words = words.map(plain).collect();
        let mut names = Names { layer, plain: HashMap::new(), near: HashMap::new(), words };
        for (ix, field) in layer.fields().iter().enumerate() {
            let own = [(field.name, 0), (field.zh, 1), (field.en, 1)];
            for (name, rank) in own.into_iter().chain(field.aliases.iter().map(|alias| (*alias, 2))) {
                names.plain.entry(plain(name)).or_default().push((rank, ix));
            }
            for (nth, written) in near_names(field).enumerate() {
                let text = singular(&corrected(&plain(written)));
                let Some(first) = text.bytes().next() else { continue };
                let letters = letters(&text);
                names.near.entry(first).or_default().push(Known { text, letters, field: ix, nth, written });
            }
        }
        names.plain.remove("");
        names.plain.values_mut().for_each(|fields| fields.sort_unstable());
        names
    }

    /// The field a column's name means and how near it comes: 0 the field's name, 1 its labels, 2 an alias, 3 any of
    /// these without the unit behind it; the same and 4 for the name under a merged head.
    pub fn fit(&self, spelling: &Spelling) -> Option<(usize, usize, Why)> {
        let child = || {
            let (rank, field, _) = self.fit_part(spelling.child.as_ref()?)?;
            Some((rank + 4, field, Why::UnderHead {}))
        };
        self.fit_part(&spelling.own).or_else(child)
    }

    fn fit_part(&self, part: &Part) -> Option<(usize, usize, Why)> {
        if let Some((rank, field)) = self.plain.get(&part.whole).and_then(|fields| fields.first()) {
            return Some((*rank, *field, if *rank < 2 { Why::Name {} } else { Why::Alias {} }));
        }
        // A column that names a unit is not read in another.
        let unit_fits = |field: &&usize| units::factor(&part.unit, self.layer.fields()[**field].unit).is_some();
        let named = self.plain.get(&part.bare).filter(|_| !part.unit.is_empty())?;
        let field = named.iter().map(|(_, field)| field).filter(unit_fits).min()?;
        Some((3, *field, Why::WithUnit {}))
    }
}

/// Names of a field that others may come near to: those it goes by elsewhere, its own, its labels, its own without unit.
pub fn near_names(field: &'static Field) -> impl Iterator<Item = &'static str> {
    let is_unit = |(_, unit): &(&str, &str)| !field.unit.is_empty() && unit.len() < 4;
    let base = field.name.rsplit_once('_').filter(is_unit).map(|(base, _)| base);
    field.aliases.iter().copied().chain([field.name, field.zh, field.en]).chain(base)
}

/// The letters a text has, a bit each, some sharing one: a slip changes two bits at most.
pub fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |letters, byte| letters | 1 << (byte & 63))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slow way: every name of every field made plain for every column.
    fn fit_slowly(layer: Layer, column: &str) -> Option<(usize, usize, Why)> {
        let part = |column: &str| {
            let whole = plain(column);
            let (name, unit) = units::split(column);
            let bare = plain(&name);
            let mut best: Option<(usize, usize, Why)> = None;
            for (ix, field) in layer.fields().iter().enumerate() {
                let rank_of = |text: &str| {
                    let is = |word: &str| !text.is_empty() && plain(word) == text;
                    match () {
                        _ if is(field.name) => Some(0),
                        _ if is(field.zh) || is(field.en) => Some(1),
                        _ => field.aliases.iter().any(|alias| is(alias)).then_some(2),
                    }
                };
                let unit_fits = !unit.is_empty() && units::factor(&unit, field.unit).is_some();
                let rank = rank_of(&whole).or_else(|| rank_of(&bare).filter(|_| unit_fits).map(|_| 3));
                if let Some(rank) = rank.filter(|rank| best.as_ref().is_none_or(|(known, ..)| rank < known)) {
                    let why = match rank {
                        0 | 1 => Why::Name {},
                        2 => Why::Alias {},
                        _ => Why::WithUnit {},
                    };
                    best = Some((rank, ix, why));
                }
            }
            best
        };
        let child = || part(column.rsplit_once('/')?.1).map(|(rank, field, _)| (rank + 4, field, Why::UnderHead {}));
        part(column).or_else(child)
    }

    proptest! {
        #[test]
        fn names_fit_as_they_do_when_each_is_held_against_each(column in crate::ingest::similar::any_column()) {
            let spelling = Spelling::of(&column);
            for layer in Layer::ALL {
                prop_assert_eq!(Names::of(layer).fit(&spelling), fit_slowly(layer, &column), "{} {}", layer.name(), column);
            }
        }
    }

    #[test]
    fn a_name_longer_than_any_is_no_fields() {
        let long = format!("height{}", " ".repeat(LONGEST));
        assert!(Names::of(Layer::Building).fit(&Spelling::of(&long)).is_none());
        assert!(Names::of(Layer::Building).fit(&Spelling::of("height ")).is_some());
    }
}
