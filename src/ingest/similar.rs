//! Columns whose names are no field's, but nearly: misspelt, cut short, in the plural, or with the layer's own word in
//! front. A name that is near to two fields is near to none.

use super::mapping::{Why, plain};
use super::units;
use crate::model::{Field, Layer};

/// The field a column's name comes near to, and why.
pub fn field(layer: Layer, column: &str) -> Option<(usize, Why)> {
    let (bare, _) = units::split(column);
    let own = |name: &str| column_forms(layer, name);
    let forms = match bare.rsplit_once('/') {
        Some((_, child)) => own(child),
        None => own(&bare),
    };
    let mut found: Option<(usize, u8, Why)> = None;
    let mut shared = false;
    for (ix, field) in layer.fields().iter().enumerate() {
        let Some((distance, why)) = forms.iter().filter_map(|form| nearest(field, form)).min_by_key(|(far, _)| *far)
        else {
            continue;
        };
        match &found {
            Some((_, known, _)) if *known < distance => {}
            Some((_, known, _)) if *known == distance => shared = true,
            _ => {
                found = Some((ix, distance, why));
                shared = false;
            }
        }
    }
    found.filter(|_| !shared).map(|(ix, _, why)| (ix, why))
}

/// A column's name, and the same without the layer's word before it and without what says nothing behind it.
fn column_forms(layer: Layer, name: &str) -> Vec<String> {
    let name = singular(&corrected(&plain(name)));
    let def = layer.def();
    let words = def.hints.iter().copied().chain([def.zh, def.name, "fire"]);
    let mut forms = vec![name.clone()];
    for word in words.map(plain) {
        // A word alone names the layer, not a field of it.
        if let Some(rest) = name.strip_prefix(&word).map(|rest| rest.trim_start_matches(['的', '/', '.']))
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
fn corrected(name: &str) -> String {
    name.replace('拴', "栓")
        .replace("消防栓", "消火栓")
        .replace("座标", "坐标")
        .replace("帐", "账")
        .replace("其它", "其他")
}

fn singular(name: &str) -> String {
    let stem = name.strip_suffix('s').filter(|stem| stem.len() > 3 && stem.is_ascii() && !stem.ends_with(['s', 'u']));
    stem.unwrap_or(name).to_owned()
}

/// How near a form comes to a field: 0 the same, 1 cut short, 2 misspelt.
fn nearest(field: &Field, form: &str) -> Option<(u8, Why)> {
    let base =
        field.name.rsplit_once('_').filter(|(_, unit)| !field.unit.is_empty() && unit.len() < 4).map(|(base, _)| base);
    let names = field.aliases.iter().copied().chain([field.name, field.zh, field.en]).chain(base);
    names
        .filter_map(|name| {
            let known = singular(&corrected(&plain(name)));
            let to = || name.to_owned();
            if known == form {
                Some((0, Why::Similar { to: to() }))
            } else if is_cut_short(form, &known) {
                Some((1, Why::CutShort { of: to() }))
            } else {
                is_misspelt(form, &known).then(|| (2, Why::Similar { to: to() }))
            }
        })
        .min_by_key(|(far, _)| *far)
}

/// Names in a DBF table end after ten letters.
fn is_cut_short(form: &str, known: &str) -> bool {
    form.is_ascii() && (8..=10).contains(&form.len()) && known.len() > form.len() && known.starts_with(form)
}

/// One slip in six letters, two in ten. Chinese words are too short: one sign more is another word (地上, 地下).
fn is_misspelt(form: &str, known: &str) -> bool {
    let most = match form.len().min(known.len()) {
        _ if !form.is_ascii() || !known.is_ascii() => return false,
        0..6 => return false,
        6..10 => 1,
        _ => 2,
    };
    form.bytes().next() == known.bytes().next() && form.len() < 40 && slips(form.as_bytes(), known.as_bytes()) <= most
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

#[cfg(test)]
mod tests {
    use super::*;

    fn near(layer: Layer, column: &str) -> Option<&'static str> {
        field(layer, column).map(|(ix, _)| layer.fields()[ix].name)
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
