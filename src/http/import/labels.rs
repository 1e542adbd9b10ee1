//! The engine's sentences name flags of the command line; on the screen the same things go by the labels of its fields.

use crate::model::Lang;

/// Flags and what stands beside the field on the screen, Chinese and English, as in the viewer's `data.ts`. The longer
/// of two that begin alike comes first.
const LABELS: [(&str, &str, &str); 14] = [
    ("--save-profile", "记为方案", "Remember as"),
    ("--replace=all", "即使会撤下一半以上", "Even if that is more than half"),
    (
        "--replace",
        "文件中不再有的要素从地图撤下（同一来源）",
        "Take off the map what the files no longer hold (same source)",
    ),
    ("--header-row", "表头行", "Header row"),
    ("--encoding", "编码", "Encoding"),
    ("--decimal", "小数点", "Decimal mark"),
    ("--source", "来源", "Source"),
    ("--layer", "图层", "Layer"),
    ("--sheet", "工作表", "Sheet"),
    ("--crs", "坐标系", "Coordinates"),
    ("--map", "列与字段", "Columns and fields"),
    ("--box", "范围", "Box"),
    ("--key", "编号列", "Key column"),
    ("--unit", "单位", "Unit"),
];

/// What a flag may be followed by that is no word of the sentence.
const VALUES: [&str; 7] = ["point", "comma", "NUMBER", "column", "行号", "列名", "字段=列名"];

/// A sentence with labels in the place of flags: `add --encoding Big5` becomes `add “Encoding: Big5”`. Sentences that
/// name a whole command are left as they are.
pub fn with_labels(sentence: &str, lang: Lang) -> String {
    if sentence.contains("firemap import") || !sentence.contains("--") {
        return sentence.to_owned();
    }
    let mut text = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(at) = rest.find("--") {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let found = LABELS.iter().find_map(|label| from.strip_prefix(label.0).map(|after| (label, after)));
        // `--mapping` is none of these.
        let ends = |after: &&str| !after.starts_with(|c: char| c == '=' || c == '-' || c.is_ascii_alphanumeric());
        let Some(((_, zh, en), after)) = found.filter(|(_, after)| ends(after)) else {
            text.push_str("--");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        if lang == Lang::Zh && text.ends_with(' ') {
            text.pop();
        }
        let value = value(after);
        let colon = lang.pick("：", ": ");
        match value {
            "" => text.push_str(&format!("“{}”", lang.pick(zh, en))),
            value => text.push_str(&format!("“{}{colon}{value}”", lang.pick(zh, en))),
        }
        let taken = if value.is_empty() { 0 } else { 1 + value.len() };
        rest = after.get(taken..).unwrap_or_default();
        if lang == Lang::Zh {
            rest = rest.strip_prefix(' ').unwrap_or(rest);
        }
    }
    text.push_str(rest);
    text
}

/// The value behind a flag; empty where the sentence goes on instead.
fn value(after: &str) -> &str {
    let Some(told) = after.strip_prefix(' ') else { return "" };
    let end = match told.strip_prefix('"') {
        Some(quoted) => quoted.find('"').map_or(told.len(), |end| end + 2),
        None => told
            .find(|c: char| c.is_whitespace() || matches!(c, '，' | '。' | '；' | '、' | '（' | '）' | ';' | ')'))
            .unwrap_or(told.len()),
    };
    let value = told.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ':']);
    let is_value = !value.starts_with("--")
        && (VALUES.contains(&value)
            || value.contains(|c: char| c.is_ascii_digit() || matches!(c, '=' | ':' | '-' | '_' | '"')));
    if is_value { value } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_the_labels_of_the_screen() {
        for (told, lang, shown) in [
            ("不对请用 --layer 指明。", Lang::Zh, "不对请用“图层”指明。"),
            ("if that is wrong, name it with --layer.", Lang::En, "if that is wrong, name it with “Layer”."),
            ("如有乱码请加 --encoding Big5。", Lang::Zh, "如有乱码请加“编码：Big5”。"),
            ("add --encoding Big5.", Lang::En, "add “Encoding: Big5”."),
            ("例如 --crs EPSG:4523；都不对时", Lang::Zh, "例如“坐标系：EPSG:4523”；都不对时"),
            ("--crs says otherwise", Lang::En, "“Coordinates” says otherwise"),
            ("say --crs \"EPSG:1 +x\" again", Lang::En, "say “Coordinates: \"EPSG:1 +x\"” again"),
            ("--map lon=列名 --map lat=列名 指明", Lang::Zh, "“列与字段：lon=列名”“列与字段：lat=列名”指明"),
            ("or say --replace=all.", Lang::En, "or say “Even if that is more than half”."),
            ("请用 --replace=all --key 站点 取代它", Lang::Zh, "请用“即使会撤下一半以上”“编号列”站点 取代它"),
            ("does not go with --box: what", Lang::En, "does not go with “Box”: what"),
            ("On the server run: firemap import --crs X", Lang::En, "On the server run: firemap import --crs X"),
            ("no flag at all", Lang::En, "no flag at all"),
        ] {
            assert_eq!(with_labels(told, lang), shown);
        }
    }

    #[test]
    fn labels_are_those_that_the_viewer_shows() {
        let words = include_str!("../../../web/src/words/data.ts");
        for (flag, zh, en) in LABELS {
            assert!(words.contains(&format!("['{zh}', '{en}']")), "{flag} is not called {zh}, {en} on the screen");
        }
    }
}
