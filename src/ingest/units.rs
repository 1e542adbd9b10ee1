//! Units that numbers come with in other people's files, as factors to the model's own unit, and where they stand.

use unicode_normalization::UnicodeNormalization;

/// What to multiply a number in `unit` with to have it in `wanted` (a field's unit); `None` where it is no such unit.
///
/// Lower case; full-width letters and `³`-like signs already made plain. The empty text is the wanted unit itself.
pub fn factor(unit: &str, wanted: &str) -> Option<f64> {
    let unit = unit.trim().trim_end_matches('.').trim();
    if unit.is_empty() || unit == wanted.to_lowercase() {
        return Some(1.0);
    }
    let metre = |unit: &str| {
        Some(match unit {
            "m" | "米" | "公尺" | "メートル" | "metre" | "metres" | "meter" | "meters" | "mtr" => 1.0,
            "dm" | "分米" => 0.1,
            "cm" | "厘米" | "公分" => 0.01,
            "mm" | "毫米" | "ミリ" => 0.001,
            "km" | "公里" | "千米" => 1000.0,
            "ft" | "feet" | "foot" | "'" | "′" | "英尺" => 0.3048,
            "in" | "inch" | "inches" | "\"" | "″" | "''" | "英寸" | "寸" | "吋" | "zoll" => 0.0254,
            "yd" | "yards" => 0.9144,
            _ => return None,
        })
    };
    match wanted {
        "m" => metre(unit),
        "mm" if matches!(unit, "dn" | "φ" | "ø") => Some(1.0),
        "mm" => metre(unit).map(|factor| factor * 1000.0),
        "m²" => Some(match unit {
            "m2" | "m^2" | "㎡" | "平方米" | "平米" | "平方" | "sqm" | "sq m" => 1.0,
            "km2" | "平方公里" => 1e6,
            "ha" | "公顷" => 1e4,
            "亩" => 2000.0 / 3.0,
            "sqft" | "sq ft" | "ft2" => 0.092_903_04,
            _ => return None,
        }),
        "MPa" => Some(match unit {
            "兆帕" => 1.0,
            "bar" | "bars" | "bar(g)" | "barg" | "巴" => 0.1,
            "mbar" => 0.0001,
            "mpa(g)" | "mpag" => 1.0,
            "kpa" | "千帕" => 0.001,
            "pa" | "帕" => 1e-6,
            "psi" | "psig" | "lb/in2" | "lbf/in2" => 0.006_894_757_293_168,
            "kgf/cm2" | "kg/cm2" | "kgf/cm^2" | "kg/cm^2" | "公斤" | "公斤/平方厘米" | "公斤力/平方厘米" | "kgf" => {
                0.098_066_5
            }
            "mh2o" | "mwc" | "mws" | "米水柱" | "m水柱" => 0.009_806_65,
            "atm" | "大气压" => 0.101_325,
            _ => return None,
        }),
        "L/s" => Some(match unit {
            "升/秒" | "lps" | "l/sec" | "公升/秒" => 1.0,
            "l/min" | "lpm" | "升/分" | "升/分钟" | "公升/分" => 1.0 / 60.0,
            "l/h" | "升/小时" => 1.0 / 3600.0,
            "m3/h" | "m^3/h" | "m3/hr" | "cbm/h" | "立方米/小时" | "立方米/时" | "方/小时" | "吨/小时" | "t/h" => {
                1.0 / 3.6
            }
            "m3/min" | "m^3/min" => 1000.0 / 60.0,
            "m3/s" | "m^3/s" => 1000.0,
            "gpm" | "usgpm" | "us gpm" | "gal/min" => 0.063_090_196_4,
            "igpm" | "ukgpm" | "imp gpm" => 0.075_768_2,
            _ => return None,
        }),
        "s" => Some(match unit {
            "秒" | "sec" | "seconds" => 1.0,
            "min" | "分" | "分钟" | "minutes" => 60.0,
            _ => return None,
        }),
        "t" => Some(match unit {
            "吨" | "tonnes" => 1.0,
            "kg" | "公斤" | "千克" => 0.001,
            "kn" => 0.101_971_6,
            _ => return None,
        }),
        "%" => Some(match unit {
            "‰" => 0.1,
            _ => return None,
        }),
        "元" => Some(match unit {
            "万" | "万元" => 10_000.0,
            "亿" | "亿元" => 1e8,
            "yuan" | "rmb" | "cny" => 1.0,
            _ => return None,
        }),
        "人" => matches!(unit, "名" | "位" | "口" | "persons" | "people").then_some(1.0),
        // Counted things say what they are.
        "" => matches!(
            unit,
            "层" | "楼"
                | "f"
                | "层楼"
                | "个"
                | "辆"
                | "台"
                | "间"
                | "只"
                | "口"
                | "瓶"
                | "处"
                | "年"
                | "座"
                | "根"
                | "具"
        )
        .then_some(1.0),
        _ => None,
    }
}

/// The units that numbers of things measured come in; those of counted things are none here.
const MEASURED: [&str; 8] = ["m", "mm", "m²", "MPa", "L/s", "s", "t", "元"];

/// A unit in the one way in which [`factor`] knows it: `m³/h` is `m3/h`.
pub fn plain(unit: &str) -> String {
    unit.nfkc().flat_map(char::to_lowercase).collect::<String>().replace('㎝', "cm").trim().to_owned()
}

/// Whether a text is a unit and nothing else, of whatever is measured or counted.
pub fn is_unit(text: &str) -> bool {
    let unit = plain(text);
    let is = |wanted: &&str| factor(&unit, wanted).is_some();
    !unit.is_empty() && (MEASURED.iter().any(is) || ["%", "人", ""].iter().any(is))
}

/// The most bytes of a unit with the mark before it.
const LONGEST: usize = 40;

/// A column's name and the unit behind it, in brackets or after a blank, a comma, a slash or an underscore:
/// `水压（kPa）`, `pressure_bar`, `流量/L/s`. The unit is as [`plain`] writes it, empty where there is none.
pub fn split(column: &str) -> (String, String) {
    let text: String = column.nfkc().collect::<String>().trim().to_owned();
    let bracketed = text.strip_suffix([')', ']']).and_then(|open| open.rsplit_once(['(', '[']));
    if let Some((name, unit)) = bracketed
        && !name.trim().is_empty()
    {
        let unit = unit.trim().trim_start_matches("单位").trim_start_matches([':', '：']);
        return (name.trim().to_owned(), plain(unit));
    }
    let is_measured = |unit: &str| !unit.is_empty() && MEASURED.iter().any(|wanted| factor(unit, wanted).is_some());
    // The longest first: `流量/L/s` is in L/s. No unit is longer than a few letters, however long the name.
    let mut marks = text.match_indices([' ', '/', '_', ',', ':', '-']).filter(|(at, _)| text.len() - at <= LONGEST);
    let split = marks.find_map(|(at, mark)| {
        let (name, unit) = (text.get(..at)?.trim(), plain(text.get(at + mark.len()..)?));
        (!name.is_empty() && is_measured(&unit)).then(|| (name.to_owned(), unit))
    });
    split.unwrap_or((text, String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_columns_name_may_hold_its_unit() {
        let pair = |name: &str, unit: &str| (name.to_owned(), unit.to_owned());
        assert_eq!(split("水压（kPa）"), pair("水压", "kpa"));
        assert_eq!(split("pressure_bar"), pair("pressure", "bar"));
        assert_eq!(split("流量/L/s"), pair("流量", "l/s"));
        assert_eq!(split("Flow, m³/h"), pair("Flow", "m3/h"));
        assert_eq!(split("Height ft"), pair("Height", "ft"));
        assert_eq!(split("压力（单位：MPa）"), pair("压力", "mpa"));
        assert_eq!(split("坐标/经度"), pair("坐标/经度", ""));
        assert_eq!(split("(m)"), pair("(m)", ""));
    }

    #[test]
    fn units_are_known_for_what_they_are() {
        for (unit, wanted, expected) in [
            ("kgf/cm2", "MPa", 0.0980665),
            ("psi", "MPa", 0.006894757),
            ("gpm", "L/s", 0.0630902),
            ("m3/h", "L/s", 0.2777778),
            ("inch", "mm", 25.4),
            ("ft", "m", 0.3048),
        ] {
            let factor = factor(unit, wanted).expect("a unit");
            assert!((factor - expected).abs() < 1e-6, "{unit}");
        }
        assert!(is_unit("MPa") && is_unit("m³/h") && is_unit("个") && is_unit("kgf/cm²"));
        assert!(!is_unit("") && !is_unit("经度") && !is_unit("12"));
        assert_eq!(factor("kg", "MPa"), None);
    }
}
