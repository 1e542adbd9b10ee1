//! A pack as it stands in a TOML file.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::known::known;
use super::risk::RiskModel;
use super::travel::Travel;

/// How a measured value must stand to the rule's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Comparator {
    /// At most.
    #[serde(rename = "<=")]
    AtMost,
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
}

/// How a distance is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// As the crow flies.
    Straight,
    /// Along the ground.
    Route,
    /// Not a distance.
    None,
}

/// How strongly it binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// 应
    Must,
    /// 宜
    Should,
    /// 可
    May,
    /// No clause: a local custom or a modelling choice.
    Practice,
}

/// How sure the number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Read in the clause or on the issuing body's page.
    Clause,
    /// Read as wording with its clause number in a reprint.
    Reprint,
    /// Read in secondary sources.
    Secondary,
    /// Remembered or derived; shown as 未核验.
    Unverified,
}

impl Certainty {
    /// The word in packs, tables and API.
    pub fn code(self) -> &'static str {
        match self {
            Certainty::Clause => "clause",
            Certainty::Reprint => "reprint",
            Certainty::Secondary => "secondary",
            Certainty::Unverified => "unverified",
        }
    }
}

/// One number of a standard.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the program asks for, such as `radius.municipal`.
    pub id: String,
    /// The kinds of hydrant it is about; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// The uses of building it is about; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
    /// The volumes of building it is about, in m³: above the first, up to the second where there is one; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volume_m3: Vec<f64>,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// The number.
    pub value: f64,
    /// Its unit: m, m², MPa, L/s, d, h, %, sides of a building, hydrants or times.
    pub unit: String,
    /// How a measured value must stand to it.
    pub comparator: Comparator,
    /// How a distance is measured.
    pub metric: Metric,
    /// How strongly it binds.
    pub strength: Strength,
    /// Clause number; empty for a practice.
    pub clause: String,
    /// Standard and year; empty for a practice.
    pub edition: String,
    /// First day on which it held.
    #[serde(deserialize_with = "day", serialize_with = "write_day")]
    pub from: Date,
    /// Last day on which it held.
    #[serde(
        default,
        deserialize_with = "some_day",
        serialize_with = "write_some_day",
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<Date>,
    /// How sure the number is.
    pub certainty: Certainty,
}

impl Rule {
    /// Whether it held on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it is about a kind of hydrant.
    pub fn is_about(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|known| known == kind)
    }

    /// A distance of it in whole millimetres.
    pub fn mm(&self) -> u32 {
        (self.value * 1000.0).round() as u32
    }

    /// Whether a measured value satisfies it.
    pub fn allows(&self, measured: f64) -> bool {
        match self.comparator {
            Comparator::AtMost => measured <= self.value,
            Comparator::AtLeast => measured >= self.value,
        }
    }
}

/// The rules of one body of standards.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// Short name.
    pub id: String,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// The kinds of hydrant that count; each needs its `radius.KIND`.
    pub counts: Vec<String>,
    /// The ids of which its standard says nothing; a pack without a rule and without this word has a hole.
    pub silent: Vec<String>,
    /// Its rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// How crews move, which no standard says.
    pub travel: Travel,
    /// How buildings are ranked by risk, which no standard says.
    pub risk: RiskModel,
}

crate::sentences! {
    /// Why a rule pack is refused.
    pub enum RuleError {
        /// Not a pack: syntax, a missing or unknown field, a value of the wrong kind.
        Unreadable { pack: String, line: usize, detail: String }
            "rules_unreadable",
            "规则包 {pack} 第 {line} 行有误：{detail}。请改正后重试。",
            "Rule pack {pack}, line {line}: {detail}. Mend it and try again.";
        /// A value that cannot be.
        BadValue { pack: String, line: usize, rule: String, field: String, detail: String }
            "rules_bad_value",
            "规则包 {pack} 第 {line} 行，规则 {rule} 的 {field} 有误：{detail}。",
            "Rule pack {pack}, line {line}: {field} of {rule} cannot be used: {detail}.";
        /// Two rules of one id on one day.
        Overlap { pack: String, line: usize, rule: String, day: String }
            "rules_overlap",
            "规则包 {pack} 第 {line} 行：规则 {rule} 在 {day} 有两条同时有效，请改 from 或 until，或所指的建筑。",
            "Rule pack {pack}, line {line}: two rules {rule} hold on {day}; change from or until, or the buildings they are about.";
        /// No rule of an id that the program needs.
        Hole { pack: String, rule: String, day: String }
            "rules_hole",
            "规则包 {pack} 在 {day} 没有规则 {rule}，无法计算。请补上。",
            "Rule pack {pack} has no rule {rule} that holds on {day}, and nothing can be computed without it. Add it.";
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    id: String,
    zh: String,
    en: String,
    counts: Vec<String>,
    #[serde(default)]
    silent: Option<Spanned<Vec<String>>>,
    #[serde(rename = "rule")]
    rules: Vec<Spanned<Rule>>,
}

impl Pack {
    /// Parses a pack; `name` is what messages call it, such as its path.
    pub fn parse(name: &str, text: &str) -> Result<Pack, RuleError> {
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let file: PackFile = toml::from_str(text).map_err(|error| RuleError::Unreadable {
            pack: name.to_owned(),
            line: error.span().map_or(1, |span| line_of(span.start)),
            detail: error.message().trim().replace('\n', " "),
        })?;
        let mut rules: Vec<Rule> = Vec::with_capacity(file.rules.len());
        for spanned in file.rules {
            let line = line_of(spanned.span().start);
            let rule = spanned.into_inner();
            let bad = |field: &str, detail: &str| RuleError::BadValue {
                pack: name.to_owned(),
                line,
                rule: rule.id.clone(),
                field: field.to_owned(),
                detail: detail.to_owned(),
            };
            let Some(known) = known(&rule.id) else { return Err(bad("id", "nothing asks for a rule of this id")) };
            if rule.unit != known.unit {
                return Err(bad("unit", &format!("it must be {}", known.unit)));
            }
            if !known.metrics.contains(&rule.metric) {
                return Err(bad("metric", "this rule is never measured so"));
            }
            let metric_of = |other: &&Rule| other.id.starts_with("radius.") && rule.id.starts_with("radius.");
            if rules.iter().filter(metric_of).any(|other| other.metric != rule.metric) {
                return Err(bad("metric", "all radii of a pack are straight or all are of the route"));
            }
            if !rule.value.is_finite() || !(0.0..=1e6).contains(&rule.value) {
                return Err(bad("value", "it must be a number from 0 to 1,000,000"));
            }
            if rule.until.is_some_and(|until| until < rule.from) {
                return Err(bad("until", "it lies before from"));
            }
            if rule.strength != Strength::Practice && (rule.clause.is_empty() || rule.edition.is_empty()) {
                return Err(bad("clause", "a rule that is not practice names its clause and edition"));
            }
            if let Some((field, detail)) = rule.wrong_buildings() {
                return Err(bad(field, &detail));
            }
            let same = rules.iter().filter(|other| other.id == rule.id && other.shares_buildings(&rule));
            if let Some(day) = same.into_iter().find_map(|other| overlap(other, &rule)) {
                return Err(RuleError::Overlap { pack: name.to_owned(), line, rule: rule.id, day: day.to_string() });
            }
            rules.push(rule);
        }
        let line = file.silent.as_ref().map_or(1, |silent| line_of(silent.span().start));
        let silent = file.silent.map(Spanned::into_inner).unwrap_or_default();
        let wrong =
            |id: &&String| !known(id).is_some_and(|known| known.expected) || rules.iter().any(|rule| rule.id == **id);
        if let Some(id) = silent.iter().find(wrong) {
            let detail = "it is not an id that a pack must have, or there is a rule of it".to_owned();
            return Err(RuleError::BadValue {
                pack: name.to_owned(),
                line,
                rule: id.clone(),
                field: "silent".to_owned(),
                detail,
            });
        }
        let PackFile { id, zh, en, counts, .. } = file;
        Ok(Pack { id, zh, en, counts, silent, rules, travel: Travel::built_in(), risk: RiskModel::built_in() })
    }

    /// A pack that comes with the program.
    pub fn built_in(name: &str) -> Option<Pack> {
        let (_, text) = super::BUILT_IN.iter().find(|(id, _)| *id == name)?;
        Some(Pack::parse(name, text).expect("the packs that come with the program are tested to parse"))
    }

    /// The rule of an id that holds on a day.
    pub fn on(&self, day: Date, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id && rule.holds_on(day))
    }

    /// The rule of an id that holds on a day, nothing where the pack is silent on it, or the sentence that it is missing.
    pub fn ask(&self, day: Date, id: &str) -> Result<Option<&Rule>, RuleError> {
        if self.silent.iter().any(|silent| silent == id) { Ok(None) } else { self.need(day, id).map(Some) }
    }

    /// The rule of an id that holds on a day, or the sentence that it is missing.
    pub fn need(&self, day: Date, id: &str) -> Result<&Rule, RuleError> {
        self.on(day, id).ok_or_else(|| RuleError::Hole {
            pack: self.id.clone(),
            rule: id.to_owned(),
            day: day.to_string(),
        })
    }
}

/// The first day on which both hold.
fn overlap(a: &Rule, b: &Rule) -> Option<Date> {
    let first = a.from.max(b.from);
    (a.holds_on(first) && b.holds_on(first)).then_some(first)
}

fn to_day<E: serde::de::Error>(written: toml::value::Datetime) -> Result<Date, E> {
    let date = written.date.filter(|_| written.time.is_none()).ok_or_else(|| E::custom("a plain date is expected"))?;
    Date::new(date.year as i16, date.month as i8, date.day as i8).map_err(|_| E::custom("there is no such day"))
}

fn day<'de, D: serde::Deserializer<'de>>(de: D) -> Result<Date, D::Error> {
    to_day(toml::value::Datetime::deserialize(de)?)
}

fn some_day<'de, D: serde::Deserializer<'de>>(de: D) -> Result<Option<Date>, D::Error> {
    day(de).map(Some)
}

fn write_day<S: serde::Serializer>(day: &Date, ser: S) -> Result<S::Ok, S::Error> {
    ser.collect_str(day)
}

fn write_some_day<S: serde::Serializer>(day: &Option<Date>, ser: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => ser.collect_str(day),
        None => ser.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const GB: &str = include_str!("../../data/rules/gb.toml");

    #[test]
    fn every_pack_that_comes_along_parses() {
        for (name, text) in crate::rules::BUILT_IN {
            assert!(!Pack::parse(name, text).expect("parses").rules.is_empty());
        }
    }

    #[test]
    fn the_day_chooses_the_edition() {
        let pack = Pack::built_in("gb").expect("comes along");
        let edition = |day| pack.on(day, "hydrant.flow").map(|rule| rule.edition.as_str());
        assert_eq!(edition(date(2023, 2, 28)), Some("GB 50974-2014"));
        assert_eq!(edition(date(2023, 3, 1)), Some("GB 55036-2022"));
        assert_eq!(edition(date(2000, 1, 1)), None);
    }

    #[test]
    fn a_wrong_pack_is_refused_with_its_line_and_field() {
        let line = |needle: &str| GB[..GB.find(needle).expect("there")].matches('\n').count() + 1;
        let broken = GB.replacen("value = 150.0", "value = \"far\"", 1);
        let Err(RuleError::Unreadable { line: at, detail, .. }) = Pack::parse("x", &broken) else { panic!("refused") };
        assert_eq!(at, line("value = 150.0"));
        assert!(detail.contains("invalid type"), "{detail}");

        let Err(RuleError::Unreadable { detail, .. }) = Pack::parse("x", &GB.replacen("unit = \"m\"\n", "", 1)) else {
            panic!("refused")
        };
        assert!(detail.contains("unit"), "{detail}");

        let negative = GB.replacen("value = 150.0", "value = -1.0", 1);
        let far = GB.replacen("unit = \"m\"", "unit = \"km\"", 1);
        assert!(matches!(Pack::parse("x", &far), Err(RuleError::BadValue { field, .. }) if field == "unit"));
        let strange = GB.replacen("id = \"hydrant.spacing\"", "id = \"hydrant.colour\"", 1);
        assert!(matches!(Pack::parse("x", &strange), Err(RuleError::BadValue { field, .. }) if field == "id"));
        assert!(matches!(Pack::parse("x", &negative), Err(RuleError::BadValue { field, .. }) if field == "value"));
        let twice = GB.replacen("until = 2023-02-28\n", "", 1);
        assert!(matches!(Pack::parse("x", &twice), Err(RuleError::Overlap { .. })));
        let of_buildings = |from: &str, to: &str, wanted: &str| {
            let broken = GB.replacen(from, to, 1);
            assert_ne!(broken, GB);
            match Pack::parse("x", &broken) {
                Err(RuleError::BadValue { field, .. }) => assert_eq!(field, wanted, "{to}"),
                other => panic!("{to}: {other:?}"),
            }
        };
        of_buildings("uses = [\"residential\"]", "uses = [\"castle\"]", "uses");
        of_buildings("volume_m3 = [5000.0, 20000.0]", "volume_m3 = [20000.0, 5000.0]", "volume_m3");
        of_buildings("volume_m3 = [5000.0, 20000.0]", "volume_m3 = [1.0, 2.0, 3.0]", "volume_m3");
        of_buildings("kinds = [\"municipal\"]", "volume_m3 = [1.0]", "volume_m3");
        let both = GB.replacen("volume_m3 = [5000.0, 20000.0]", "volume_m3 = [4000.0, 20000.0]", 1);
        assert!(matches!(Pack::parse("x", &both), Err(RuleError::Overlap { .. })));
        let lawless = GB.replacen("clause = \"7.2.5\"", "clause = \"\"", 1);
        assert!(matches!(Pack::parse("x", &lawless), Err(RuleError::BadValue { field, .. }) if field == "clause"));
    }
}
