//! Columns whose names are no field's, but nearly: misspelt, cut short, in the plural, or with the layer's own word in
//! front. A name that is near to two fields is near to none.

use super::mapping::Why;
use super::names::{Known, Names, letters};
use crate::model::Layer;

/// The field a column's name comes near to, and why; `name` is what a [`Spelling`](super::names::Spelling) holds for it.
pub fn field(layer: Layer, name: &str) -> Option<(usize, Why)> {
    let names = Names::of(layer);
    let forms = column_forms(&names.words, name);
    let nearest = |is_near: &dyn Fn(&str, &Known) -> bool| {
        let mut best: Option<(usize, &Known)> = None;
        for (nth, form) in forms.iter().enumerate() {
            let known = form.bytes().next().and_then(|first| names.near.get(&first));
            for known in known.into_iter().flatten().filter(|known| is_near(form, known)) {
                match best {
                    // Near to two fields.
                    Some((_, other)) if other.field != known.field => return Some(None),
                    Some((of, other)) if (of, other.nth) <= (nth, known.nth) => {}
                    _ => best = Some((nth, known)),
                }
            }
        }
        best.map(|(_, known)| Some((known.field, known.written.to_owned())))
    };
    let similar = |(field, to)| (field, Why::Similar { to });
    let cut = |(field, of)| (field, Why::CutShort { of });
    if let Some(same) = nearest(&|form, known| known.text == form) {
        return same.map(similar);
    }
    if let Some(cut_short) = nearest(&|form, known| is_cut_short(form, &known.text)) {
        return cut_short.map(cut);
    }
    nearest(&|form, known| is_misspelt(form, known))?.map(similar)
}

/// A column's name, and the same without the layer's word before it and without what says nothing behind it.
fn column_forms(words: &[String], name: &str) -> Vec<String> {
    let mut forms = vec![name.to_owned()];
    for word in words {
        // A word alone names the layer, not a field of it.
        if let Some(rest) = name.strip_prefix(&**word).map(|rest| rest.trim_start_matches(['的', '/', '.']))
            && rest.chars().count() > 1
        {
            forms.push(rest.to_owned());
        }
    }
    for ending in ["情况", "信息", "数值", "说明", "(必填)", "*"] {
        let cut: Vec<String> = forms.iter().filter_map(|form| form.strip_suffix(ending)).map(str::to_owned).collect();
        forms.extend(cut.into_iter().filter(|form| form.chars().count() > 1));
    }
    forms
}

/// Letters that are often mistaken for others in these words.
pub fn corrected(name: &str) -> String {
    name.replace('拴', "栓")
        .replace("消防栓", "消火栓")
        .replace("座标", "坐标")
        .replace("帐", "账")
        .replace("其它", "其他")
}

/// An English word's singular, where its plural only has an s.
pub fn singular(name: &str) -> String {
    let stem = name.strip_suffix('s').filter(|stem| stem.len() > 3 && stem.is_ascii() && !stem.ends_with(['s', 'u']));
    stem.unwrap_or(name).to_owned()
}

/// Names in a DBF table end after ten letters.
fn is_cut_short(form: &str, known: &str) -> bool {
    form.is_ascii() && (8..=10).contains(&form.len()) && known.len() > form.len() && known.starts_with(form)
}

/// One slip in six letters, two in ten. Chinese words are too short: one sign more is another word (地上, 地下).
fn is_misspelt(form: &str, known: &Known) -> bool {
    let most = match form.len().min(known.text.len()) {
        0..6 => return false,
        6..10 => 1,
        _ => 2,
    };
    // Nearly all names are told apart by their length and their letters already.
    form.len() < 40
        && form.len().abs_diff(known.text.len()) <= most
        && (letters(form) ^ known.letters).count_ones() as usize <= 2 * most
        && form.is_ascii()
        && known.text.is_ascii()
        && slips(form.as_bytes(), known.text.as_bytes()) <= most
}

/// Letters that are wrong, missing, too many or swapped with their neighbour (optimal string alignment).
fn slips(a: &[u8], b: &[u8]) -> usize {
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for (i, x) in a.iter().enumerate() {
        let [before, above, row] = &mut rows;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let mut best = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

/// Names of columns for tests: those of fields, changed a little, with words, heads and units around them.
#[cfg(test)]
pub fn any_column() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::collection::vec;
    use proptest::prelude::*;

    let names: Vec<&str> = Layer::ALL.into_iter().flat_map(Layer::fields).flat_map(super::names::near_names).collect();
    let before = ["", "", "", "hydrant_", "building ", "Fire ", "消火栓", "建筑的", "坐标/"];
    let behind = ["", "", "", "s", "情况", "(MPa)", " ft", "/层", "_m", "（必填）", "*", " m²"];
    let slip = (0..3_u8, any::<prop::sample::Index>(), "[a-z_ 高]");
    let slips = vec(slip, 0..4);
    let name = prop::sample::select(names);
    (prop::sample::select(before.to_vec()), name, slips, prop::sample::select(behind.to_vec()), any::<bool>()).prop_map(
        |(before, name, slips, behind, cut)| {
            let mut letters: Vec<char> = name.chars().collect();
            for (kind, at, letter) in slips {
                let at = at.index(letters.len() + 1);
                let letter = letter.chars().next().unwrap_or('x');
                match kind {
                    0 => letters.insert(at, letter),
                    1 if at + 1 < letters.len() => letters.swap(at, at + 1),
                    _ if at < letters.len() => letters[at] = letter,
                    _ => {}
                }
            }
            letters.truncate(if cut { 10 } else { usize::MAX });
            format!("{before}{}{behind}", letters.into_iter().collect::<String>())
        },
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::names::{Spelling, near_names, plain};
    use crate::ingest::units;

    fn near(layer: Layer, column: &str) -> Option<&'static str> {
        field(layer, &Spelling::of(column).near).map(|(ix, _)| layer.fields()[ix].name)
    }

    /// The slow way: every name of every field made plain and its slips counted for every column.
    fn field_slowly(layer: Layer, column: &str) -> Option<(usize, Why)> {
        let (bare, _) = units::split(column);
        let def = layer.def();
        let words = def.hints.iter().copied().chain([def.zh, def.name, "fire"]);
        let words: Vec<String> = words.map(plain).collect();
        let name = singular(&corrected(&plain(bare.rsplit_once('/').map_or(&*bare, |(_, child)| child))));
        let forms = column_forms(&words, &name);
        let near = |known: &str, form: &str| {
            let most = match form.len().min(known.len()) {
                0..6 => 0,
                6..10 => 1,
                _ => 2,
            };
            let is_misspelt = || most > 0 && form.len() < 40 && slips(form.as_bytes(), known.as_bytes()) <= most;
            let same_start = form.bytes().next() == known.bytes().next();
            match () {
                _ if known == form => Some(0),
                _ if is_cut_short(form, known) => Some(1),
                _ => (form.is_ascii() && known.is_ascii() && same_start && is_misspelt()).then_some(2),
            }
        };
        let mut found: Vec<(u8, usize, &str)> = Vec::new();
        for (ix, field) in layer.fields().iter().enumerate() {
            let each = forms.iter().flat_map(|form| near_names(field).map(move |name| (name, form)));
            let each = each.filter_map(|(name, form)| Some((near(&singular(&corrected(&plain(name))), form)?, name)));
            found.extend(each.min_by_key(|(far, _)| *far).map(|(far, name)| (far, ix, name)));
        }
        let nearest = found.iter().map(|(far, ..)| *far).min()?;
        let mut nearest = found.into_iter().filter(|(far, ..)| *far == nearest);
        let (far, ix, name) = nearest.next().filter(|_| nearest.next().is_none())?;
        let to = name.to_owned();
        Some((ix, if far == 1 { Why::CutShort { of: to } } else { Why::Similar { to } }))
    }

    proptest! {
        #[test]
        fn names_come_as_near_as_when_each_is_held_against_each(column in any_column()) {
            let near = Spelling::of(&column).near;
            for layer in Layer::ALL {
                prop_assert_eq!(field(layer, &near), field_slowly(layer, &column), "{} {}", layer.name(), column);
            }
        }
    }

    #[test]
    fn names_that_come_near_are_known() {
        for (column, name) in [
            ("消火拴编号", Some("name")),
            ("消防栓压力(kPa)", Some("pressure_mpa")),
            ("hydrant_pressure", Some("pressure_mpa")),
            ("Presure", Some("pressure_mpa")),
            ("last_inspe", Some("inspected")),
            ("flows", Some("flow_lps")),
            ("设计压力", None),
            ("出口压力", None),
            ("hydrant", None),
            ("stature", None),
            ("x", None),
        ] {
            assert_eq!(near(Layer::Hydrant, column), name, "{column}");
        }
        assert_eq!(near(Layer::Building, "建筑层数"), Some("floors_above"));
        assert_eq!(near(Layer::Building, "heigth"), Some("height_m"));
        assert_eq!(near(Layer::Building, "building_heigth"), Some("height_m"));
        assert_eq!(near(Layer::Building, "地前层数"), None);
    }

    #[test]
    fn slips_are_counted() {
        assert_eq!(slips(b"height", b"heigth"), 1);
        assert_eq!(slips(b"pressure", b"presure"), 1);
        assert_eq!(slips(b"abc", b""), 3);
        assert_eq!(slips(b"kitten", b"sitting"), 3);
    }
}
