//! What a risk model must be before it is used: weights that sum, curves that do not go back, bands in order.

use std::collections::{BTreeMap, BTreeSet};

use super::number::{Curve, Hundredths, Share};
use super::{Factor, HeightClass, MODEL, Part, RiskModel, Word};
use crate::model::building;

/// What is wrong, and where.
pub(super) struct Wrong {
    at: At,
    pub rule: String,
    pub field: &'static str,
    pub detail: String,
}

/// A table of the file: its path, and its place in a list.
struct At(&'static str, &'static str, usize);

impl Wrong {
    /// The line of the table that is wrong, from 1.
    pub fn line_in(&self, text: &str) -> usize {
        let At(table, key, nth) = self.at;
        // The header as it is written: the file parsed, so there is one.
        let header = if key.is_empty() { format!("[{table}]") } else { format!("[{table}.{key}]") };
        let list = format!("[[{table}]]");
        let mut found = text.lines().zip(1..).filter(|(line, _)| {
            let line = line.trim();
            line.starts_with(&list) || line.starts_with(&header)
        });
        found.nth(nth).map_or(1, |(_, line)| line)
    }
}

/// A hundred points.
const FULL: u32 = 10_000;
/// The official four, worst first.
const BANDS: [&str; 4] = ["red", "orange", "yellow", "blue"];

type Checked = Result<(), Wrong>;

fn wrong(at: At, rule: &str, field: &'static str, detail: impl Into<String>) -> Checked {
    Err(Wrong { at, rule: rule.to_owned(), field, detail: detail.into() })
}

fn of(factor: Factor) -> At {
    let section = match factor.part() {
        Part::Hazard => "hazard",
        Part::Exposure => "exposure",
        Part::Protection => "protection",
        Part::Dangers => "dangers",
    };
    At(section, factor.code(), 0)
}

fn fails(factor: Factor, detail: impl Into<String>) -> Checked {
    wrong(of(factor), factor.code(), "by", detail)
}

fn known_use(code: &str) -> bool {
    building::USES.iter().any(|known| known.code == code)
}

impl RiskModel {
    /// Checks all of it.
    pub(super) fn check(&self) -> Checked {
        if self.model != MODEL {
            let detail = format!("this program computes model {MODEL}; the file is for another");
            return wrong(At("", "", 0), "model", "model", detail);
        }
        let weights: u32 = Part::ALL.into_iter().map(|part| self.weight(part)).sum();
        if weights != FULL {
            let detail = format!("the weights sum to {}, not to 1", f64::from(weights) / f64::from(FULL));
            return wrong(At("weights", "", 0), "weights", "weights", detail);
        }
        for part in Part::ALL {
            let sum: u32 = part.factors().map(|factor| self.head(factor).most).sum();
            let last = part.factors().last().map_or(At("weights", "", 0), of);
            if sum != FULL {
                let detail =
                    format!("the most points of {} sum to {}, not to 100", part.code(), f64::from(sum) / 100.0);
                return wrong(last, part.code(), "most", detail);
            }
            if self.most(part) == 0 {
                return wrong(last, part.code(), "most", "nothing that enters the score has points in this part");
            }
        }
        self.check_hazard()?;
        self.check_exposure()?;
        self.check_protection()?;
        self.check_dangers()?;
        self.check_lists()
    }

    fn most_of(&self, factor: Factor) -> u32 {
        self.head(factor).most
    }

    fn curve(&self, factor: Factor, curve: &Curve, most: u32) -> Checked {
        curve.fault(most).map_or(Ok(()), |fault| fails(factor, fault))
    }

    /// Points that grow and end at no more than the most.
    fn growing(&self, factor: Factor, points: &[Hundredths]) -> Checked {
        let grows = points.windows(2).all(|pair| pair[0] <= pair[1]);
        let fits = points.iter().all(|points| points.0 <= self.most_of(factor));
        if grows && fits {
            Ok(())
        } else {
            fails(factor, "points must not fall where it gets worse, nor pass the most")
        }
    }

    fn by_use<T>(&self, factor: Factor, table: &BTreeMap<String, T>) -> Checked {
        if let Some(strange) = table.keys().find(|code| !known_use(code)) {
            return fails(factor, format!("{strange} is no use of a building"));
        }
        match building::USES.iter().find(|known| !table.contains_key(known.code)) {
            Some(missing) => fails(factor, format!("the use {} is missing", missing.code)),
            None => Ok(()),
        }
    }

    fn within_most(&self, factor: Factor, points: impl IntoIterator<Item = u32>) -> Checked {
        let fits = points.into_iter().all(|points| points <= self.most_of(factor));
        if fits { Ok(()) } else { fails(factor, "points pass the most of this factor") }
    }

    fn sums(&self, factor: Factor, points: &[Hundredths]) -> Checked {
        let sum: u32 = points.iter().map(|points| points.0).sum();
        if sum == self.most_of(factor) { Ok(()) } else { fails(factor, "its points must sum to the most") }
    }

    fn word(&self, factor: Factor, word: Word, want: Word) -> Checked {
        if word == want { Ok(()) } else { fails(factor, format!("the program scores it by {want:?}").to_lowercase()) }
    }

    fn check_hazard(&self) -> Checked {
        let hazard = &self.hazard;
        let height = &hazard.height_class.by;
        self.growing(Factor::HeightClass, &[height.not_high, height.second, height.first, height.super_high])?;
        self.by_use(Factor::Use, &hazard.usage.by.uses)?;
        self.within_most(Factor::Use, hazard.usage.by.uses.values().map(|points| points.0))?;
        self.curve(Factor::Age, &hazard.age.by, hazard.age.most.0)?;
        let insulation = &hazard.insulation.by;
        self.growing(Factor::Insulation, &[insulation.a, insulation.b1, insulation.b2, insulation.b3])?;
        let e_bikes = &hazard.e_bikes.by;
        self.sums(Factor::EBikes, &[e_bikes.short, e_bikes.indoors])?;
        if e_bikes.bikes_a_port.0 == 0 || e_bikes.indoor_words.iter().any(String::is_empty) {
            return fails(Factor::EBikes, "bikes_a_port must be above 0, and no word empty");
        }
        self.curve(Factor::Gas, &hazard.gas.by, hazard.gas.most.0)
    }

    fn check_exposure(&self) -> Checked {
        let exposure = &self.exposure;
        self.by_use(Factor::Occupants, &exposure.occupants.by.in_100_m2)?;
        if !(1..=1_000_000).contains(&exposure.occupants.by.full_at) {
            return fails(Factor::Occupants, "full_at must be a whole number from 1 to 1,000,000");
        }
        self.word(Factor::Care, exposure.care.by, Word::Restricted)?;
        self.by_use(Factor::Sleeping, &exposure.sleeping.by)?;
        self.within_most(Factor::Sleeping, exposure.sleeping.by.values().map(|points| points.0))?;
        let egress = &exposure.egress.by;
        let rest = exposure.egress.most.0.checked_sub(egress.single_stair.0 + egress.above_ladder.0);
        self.curve(Factor::Egress, &egress.floors, rest.unwrap_or(u32::MAX))
    }

    fn check_protection(&self) -> Checked {
        let protection = &self.protection;
        let water = &protection.water.by;
        let one = FULL;
        if water.near_m.0 == 0 || !(1..one).contains(&water.at_limit.0) || water.none_at.0 <= one {
            return fails(Factor::Water, "near_m above 0, at_limit between 0 and 1 and none_at above 1 are needed");
        }
        let grows = |of: &[Share; 3]| of[0] <= of[1] && of[1] <= of[2] && of[2].0 <= one;
        let better = |more: &[Share; 3], less: &[Share; 3]| more.iter().zip(less).all(|(more, less)| more >= less);
        let grades = [&water.nominal, &water.serviceable, &water.verified];
        if !grades.into_iter().all(grows) || !grades.windows(2).all(|pair| better(pair[1], pair[0])) {
            return fails(
                Factor::Water,
                "each quality grows from bad to good, within 1, and a better grade is never worse",
            );
        }
        self.word(Factor::SecondWater, protection.second_water.by, Word::Water)?;
        let curves = [
            (Factor::Micro, &protection.micro),
            (Factor::Engine, &protection.engine),
            (Factor::Climb, &protection.climb),
        ];
        for (factor, scored) in curves {
            self.curve(factor, &scored.by, scored.most.0)?;
        }
        let lanes = &protection.lanes.by;
        self.within_most(Factor::Lanes, [lanes.no_way.0, lanes.obstructed.0])?;
        let field = &protection.ladder_field.by;
        self.within_most(Factor::LadderField, [field.none.0, field.not_reached.0, field.obstructed.0])?;
        let systems = &protection.systems.by;
        let all = [systems.alarm, systems.sprinkler, systems.indoor_hydrant, systems.smoke_control];
        self.sums(Factor::Systems, &all)?;
        self.word(Factor::Iot, protection.iot.by, Word::Reporting)
    }

    fn check_dangers(&self) -> Checked {
        let open = &self.dangers.open.by;
        let severities = [open.minor, open.ordinary, open.principal, open.major];
        if !severities.windows(2).all(|pair| pair[0] <= pair[1]) || open.major.0 > 1_000_000 {
            return fails(Factor::Open, "severities must not fall from minor to major, nor pass 10,000");
        }
        if open.scale.0 == 0
            || open.delay_d == 0
            || open.inspected_within_d == 0
            || !(100..=10_000).contains(&open.reopened.0)
        {
            return fails(
                Factor::Open,
                "scale, delay_d and inspected_within_d above 0 and reopened from 1 to 100 are needed",
            );
        }
        let floors = &self.floors;
        let all = [floors.major_danger, floors.no_water, floors.blocked_lane, floors.no_water_and_blocked_lane];
        let both = floors.no_water_and_blocked_lane;
        if all.iter().any(|floor| floor.0 > FULL) || both < floors.no_water || both < floors.blocked_lane {
            let detail = "floors are at most 100, and that of both is no lower than either";
            return wrong(At("floors", "", 0), "floors", "floors", detail);
        }
        let derived = &self.derived;
        if derived.storey_m.0 == 0 || derived.micro_kmh.0 == 0 || derived.engine_kmh.0 == 0 || derived.detour.0 < FULL {
            let detail = "storeys and speeds above 0 and a detour of 1 or more are needed";
            return wrong(At("derived", "", 0), "derived", "derived", detail);
        }
        Ok(())
    }

    fn check_lists(&self) -> Checked {
        for (nth, band) in self.bands.iter().enumerate() {
            let in_order = self.bands.get(nth + 1).is_none_or(|next| next.from < band.from);
            let is_last = nth + 1 == self.bands.len();
            let named = BANDS.get(nth) == Some(&band.id.as_str());
            if !named || !in_order || band.from.0 > FULL || is_last && (nth != 3 || band.from.0 != 0) {
                let detail =
                    "bands are red, orange, yellow, blue, each from fewer points than the one before, blue from 0";
                return wrong(At("band", "", nth), &band.id, "from", detail);
            }
        }
        if self.bands.is_empty() {
            return wrong(At("weights", "", 0), "band", "band", "there are no bands");
        }
        for (nth, default) in self.defaults.iter().enumerate() {
            let most = match default.factor.as_str() {
                "single_stair" => Some(self.exposure.egress.by.single_stair.0),
                code => Factor::ALL.iter().find(|factor| factor.code() == code).map(|factor| self.most_of(*factor)),
            };
            let Some(most) = most else {
                return wrong(At("default", "", nth), &default.factor, "factor", "there is no such factor");
            };
            if default.points.0 > most {
                return wrong(At("default", "", nth), &default.factor, "points", "it passes the most of its factor");
            }
            if let Some(strange) = default.uses.iter().find(|code| !known_use(code)) {
                let detail = format!("{strange} is no use of a building");
                return wrong(At("default", "", nth), &default.factor, "uses", detail);
            }
        }
        let groups = [&self.groups.housing, &self.groups.public, &self.groups.either];
        let mut seen = BTreeSet::new();
        for code in groups.into_iter().flatten() {
            if !known_use(code) || !seen.insert(code) {
                let detail = format!("{code} is no use of a building, or stands there twice");
                return wrong(At("groups", "", 0), "groups", "groups", detail);
            }
        }
        let mut ids = BTreeSet::new();
        for (nth, class) in self.building_classes.iter().enumerate() {
            let limits = class.height_m.is_some() || class.built.is_some();
            let strange = class.uses.iter().any(|code| !known_use(code)) || class.groups.is_empty();
            let lowest = class.height_class == Some(HeightClass::NotHigh);
            if !ids.insert(&class.id) || strange || !limits || lowest {
                let detail = "a class has an id of its own, groups, known uses, and a height or year that makes it one";
                return wrong(At("building_class", "", nth), &class.id, "id", detail);
            }
        }
        for (nth, class) in self.place_classes.iter().enumerate() {
            let wordless = class.words.is_empty() || class.words.iter().any(String::is_empty);
            let most = (self.most_of(Factor::Use), self.most_of(Factor::Sleeping));
            if wordless || class.usage.0 > most.0 || class.sleeping.0 > most.1 {
                let detail = "a class of places has words, and points within those of use and sleeping";
                return wrong(At("place_class", "", nth), &class.id, "words", detail);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleError;

    const TEXT: &str = include_str!("../../../data/rules/risk.toml");

    fn line(needle: &str) -> usize {
        TEXT[..TEXT.find(needle).expect("there")].matches('\n').count() + 1
    }

    fn refused(from: &str, to: &str) -> (usize, String) {
        assert!(TEXT.contains(from), "{from}");
        match RiskModel::parse("x", &TEXT.replacen(from, to, 1)) {
            Err(RuleError::BadValue { line, detail, .. } | RuleError::Unreadable { line, detail, .. }) => {
                (line, detail)
            }
            other => panic!("{from} -> {to}: {other:?}"),
        }
    }

    #[test]
    fn what_comes_along_parses_and_its_parts_are_of_a_hundred_points() {
        let model = RiskModel::parse("risk", TEXT).expect("parses");
        assert_eq!(Part::ALL.map(|part| model.most(part)), [10_000, 6_500, 10_000, 10_000]);
    }

    #[test]
    fn a_model_that_cannot_be_is_refused_with_its_line() {
        let cases = [
            ("hazard = 0.25", "hazard = 0.26", "[weights]", "sum to 1.01"),
            ("most = 8\n", "most = 9\n", "[hazard.gas]", "sum to 101"),
            ("[20, 6], [30, 11]", "[20, 6], [30, 5]", "[hazard.age]", "goes back"),
            ("[20, 6], [30, 11]", "[20, 6], [15, 11]", "[hazard.age]", "goes back"),
            ("b1 = 5, b2 = 12", "b1 = 13, b2 = 12", "[hazard.insulation]", "must not fall"),
            ("uses = { residential = 8, ", "uses = { ", "[hazard.use]", "residential is missing"),
            ("other = 12 } }", "other = 12, tower = 3 } }", "[hazard.use]", "tower is no use"),
            ("none_at = 2", "none_at = 1", "[protection.water]", "none_at"),
            ("principal = 3,", "principal = 0.9,", "[dangers.open]", "must not fall"),
            ("no_water_and_blocked_lane = 75", "no_water_and_blocked_lane = 55", "[floors]", "no lower"),
            ("from = 55", "from = 80", "[[band]]", "each from fewer"),
            ("factor = \"insulation\"", "factor = \"colour\"", "[[default]]", "no such factor"),
            ("housing = [\"residential\"]", "housing = [\"house\"]", "[groups]", "no use"),
        ];
        for (from, to, table, said) in cases {
            let (at, detail) = refused(from, to);
            assert_eq!(at, line(table), "{from} -> {to}: {detail}");
            assert!(detail.contains(said), "{from} -> {to}: {detail}");
        }
        assert!(refused("model = 1", "model = 2").1.contains("model 1"));
    }

    #[test]
    fn an_unknown_or_missing_factor_is_refused() {
        assert!(refused("[hazard.gas]", "[hazard.petrol]").1.contains("petrol"));
        let start = TEXT.find("[protection.climb]").expect("there");
        let end = TEXT.find("[protection.lanes]").expect("there");
        let without = format!("{}{}", &TEXT[..start], &TEXT[end..]);
        let Err(RuleError::Unreadable { detail, .. }) = RiskModel::parse("x", &without) else { panic!("refused") };
        assert!(detail.contains("climb"), "{detail}");
        assert_eq!(refused("hazard = 0.25", "hazard = 0.25001").0, line("hazard = 0.25"));
        assert_eq!(refused("height_m = \"> 24\"", "height_m = \"24\"").0, line("height_m = \"> 24\""));
    }
}
