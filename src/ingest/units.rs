//! Units that numbers come with in other people's files, as factors to the model's own unit.

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
            "in" | "inch" | "inches" | "\"" | "″" | "英寸" => 0.0254,
            "yd" | "yards" => 0.9144,
            _ => return None,
        })
    };
    match wanted {
        "m" => metre(unit),
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
            "bar" | "巴" => 0.1,
            "kpa" | "千帕" => 0.001,
            "pa" | "帕" => 1e-6,
            "psi" => 0.006_894_757_293_168,
            "kgf/cm2" | "kg/cm2" | "公斤" => 0.098_066_5,
            "mh2o" | "米水柱" => 0.009_806_65,
            _ => return None,
        }),
        "L/s" => Some(match unit {
            "升/秒" | "lps" => 1.0,
            "l/min" | "lpm" | "升/分" | "升/分钟" => 1.0 / 60.0,
            "m3/h" | "m^3/h" | "立方米/小时" | "方/小时" => 1.0 / 3.6,
            "m3/s" => 1000.0,
            "gpm" | "usgpm" => 0.063_090_196_4,
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
