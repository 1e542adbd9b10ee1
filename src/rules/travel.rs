//! How crews, hoses and engines move: numbers of practice, as data with their certainty.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::travel_model::{ByDistance, IsoRand, KolesarWalker, TravelModel, wrong_models};
use super::{Certainty, RuleError};
use crate::model::{road, station};

/// How crews, hoses and engines move over the ground.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Travel {
    /// Short name.
    pub id: String,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// How sure the numbers are.
    pub certainty: Certainty,
    /// How lines become a network.
    pub network: NetworkRules,
    /// How hose is laid.
    pub hose: HoseRules,
    /// Who comes, and when.
    pub response: ResponseRules,
    /// Who moves, and how.
    #[serde(rename = "profile")]
    pub profiles: Vec<Profile>,
}

/// How lines become a network.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkRules {
    /// Ends of lines drawn without shared nodes meet another line within so many metres.
    pub join_within_m: f64,
}

/// How hose is laid; metres.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HoseRules {
    /// A length of hose.
    pub length_m: f64,
    /// What part of the hose is way, turns taken off.
    pub factor: f64,
    /// The longest way that counts as covered.
    pub route_limit_m: f64,
    /// Ways at which shares are shown beside.
    pub shown_at_m: [f64; 3],
    /// How far along the ground a hydrant is looked for.
    pub search_limit_m: f64,
    /// How far a building or hydrant may be from the road.
    pub off_road_m: f64,
    /// How far from an engine a cistern's or river's intake may be.
    pub suction_m: f64,
    /// Climb above which a pump is needed.
    pub pump_above_m: f64,
}

impl HoseRules {
    /// Lengths of hose that a way takes.
    pub fn lengths(&self, way_mm: u32) -> u32 {
        (f64::from(way_mm) / 1000.0 / (self.factor * self.length_m)).ceil() as u32
    }
}

/// Who comes, and when.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseRules {
    /// Seconds before a crew is on its way, by kind of station, where the station says nothing.
    pub turnout_s: BTreeMap<String, u32>,
    /// The kinds that are micro-stations.
    pub micro: Vec<String>,
    /// The profile by which they come.
    pub micro_by: String,
    /// The profile by which the others come.
    pub engine_by: String,
    /// Times at which shares are shown.
    pub shown_at_s: [u32; 3],
    /// How far an engine may stop from the building, in metres.
    pub off_road_m: f64,
    /// Seconds beyond which nobody is said to come.
    pub search_limit_s: u32,
    /// A blocked road is felt where the first engine comes so many seconds later.
    pub detour_over_s: u32,
    /// How the time of engines on the road is told.
    pub model: TravelModel,
    /// The numbers of ISO/RAND.
    pub iso_rand: IsoRand,
    /// The numbers of Kolesar and Walker.
    pub kolesar_walker: KolesarWalker,
}

impl ResponseRules {
    /// The model of engines where it goes by distance alone; `None` where the network's speeds tell.
    pub fn by_distance(&self) -> Option<ByDistance<'_>> {
        match self.model {
            TravelModel::Network => None,
            TravelModel::IsoRand => Some(ByDistance::IsoRand(&self.iso_rand)),
            TravelModel::KolesarWalker => Some(ByDistance::KolesarWalker(&self.kolesar_walker)),
        }
    }
}

/// How somebody moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moves {
    /// Hose that is laid: length alone counts.
    Hose,
    /// People with gear: slope counts.
    Foot,
    /// A vehicle: width, height, weight, slope and one-way streets count.
    Vehicle,
}

/// Somebody who moves.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Short name.
    pub id: String,
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// How.
    pub moves: Moves,
    /// Speed in km/h by class of road, `lane` for fire lanes; a class that is not here cannot be used.
    pub classes: BTreeMap<String, f64>,
    /// What a load leaves of the speed on foot.
    #[serde(default = "whole")]
    pub load_factor: f64,
    /// Speed on stairs in km/h, on foot.
    #[serde(default)]
    pub steps_kmh: Option<f64>,
    /// Width of the vehicle in metres.
    #[serde(default)]
    pub width_m: f64,
    /// Height of the vehicle in metres.
    #[serde(default)]
    pub height_m: f64,
    /// Weight of the vehicle in tonnes.
    #[serde(default)]
    pub weight_t: f64,
    /// What it needs beside and above, in metres.
    #[serde(default)]
    pub margin_m: f64,
    /// The steepest slope it takes, in percent.
    #[serde(default)]
    pub steepest_pct: Option<f64>,
    /// How many times slower it is against a one-way street; without, it does not go there.
    #[serde(default)]
    pub against_one_way: Option<f64>,
}

fn whole() -> f64 {
    1.0
}

/// The class of a fire lane among those of roads.
pub const LANE: &str = "lane";

#[derive(Deserialize)]
struct Spans {
    network: Spanned<toml::Table>,
    hose: Spanned<toml::Table>,
    response: Spanned<toml::Table>,
    profile: Vec<Spanned<toml::Table>>,
}

impl Travel {
    /// Parses what a file says; `name` is what messages call it.
    pub fn parse(name: &str, text: &str) -> Result<Travel, RuleError> {
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let unreadable = |error: toml::de::Error| RuleError::Unreadable {
            pack: name.to_owned(),
            line: error.span().map_or(1, |span| line_of(span.start)),
            detail: error.message().trim().replace('\n', " "),
        };
        let travel: Travel = toml::from_str(text).map_err(unreadable)?;
        let spans: Spans = toml::from_str(text).map_err(unreadable)?;
        travel.check().map_err(|wrong| {
            let at = match wrong.part {
                Part::Network => spans.network.span().start,
                Part::Hose => spans.hose.span().start,
                Part::Response => spans.response.span().start,
                Part::Profile(nth) => spans.profile.get(nth).map_or(0, |profile| profile.span().start),
                Part::File => 0,
            };
            RuleError::BadValue {
                pack: name.to_owned(),
                line: line_of(at),
                rule: wrong.rule,
                field: wrong.field.to_owned(),
                detail: wrong.detail,
            }
        })?;
        Ok(travel)
    }

    /// What comes with the program.
    pub fn built_in() -> Travel {
        let text = include_str!("../../data/rules/travel.toml");
        Travel::parse("travel", text).expect("what comes with the program is tested to parse")
    }

    /// The profile of a name; every name that the program asks for is there.
    pub fn profile(&self, id: &str) -> &Profile {
        let found = self.profiles.iter().find(|profile| profile.id == id);
        found.unwrap_or(&self.profiles[0])
    }

    fn check(&self) -> Result<(), Wrong> {
        let wrong = |part, rule: &str, field, detail: &str| {
            Err(Wrong { part, rule: rule.to_owned(), field, detail: detail.to_owned() })
        };
        let lies = |value: f64, least: f64, most: f64| value.is_finite() && (least..=most).contains(&value);
        if !lies(self.network.join_within_m, 0.0, 20.0) {
            return wrong(Part::Network, "network", "join_within_m", "it must be a number from 0 to 20");
        }
        let hose = &self.hose;
        let lengths = [
            ("length_m", hose.length_m, 1.0, 200.0),
            ("factor", hose.factor, 0.1, 1.0),
            ("route_limit_m", hose.route_limit_m, 1.0, 5000.0),
            ("search_limit_m", hose.search_limit_m, hose.route_limit_m, 20_000.0),
            ("off_road_m", hose.off_road_m, 0.0, 500.0),
            ("suction_m", hose.suction_m, 0.0, 100.0),
            ("pump_above_m", hose.pump_above_m, 0.0, 200.0),
        ];
        for (field, value, least, most) in lengths {
            if !lies(value, least, most) {
                return wrong(Part::Hose, "hose", field, &format!("it must be a number from {least} to {most}"));
            }
        }
        let [a, b, c] = hose.shown_at_m;
        if !(0.0 < a && a < b && b < c && c <= hose.search_limit_m) {
            return wrong(Part::Hose, "hose", "shown_at_m", "three growing lengths within search_limit_m are needed");
        }
        let response = &self.response;
        for kind in station::KINDS {
            if !response.turnout_s.contains_key(kind.code) {
                return wrong(Part::Response, "response", "turnout_s", &format!("{} is missing", kind.code));
            }
        }
        let is_kind = |code: &str| station::KINDS.iter().any(|kind| kind.code == code);
        if let Some(code) = response.turnout_s.keys().chain(&response.micro).find(|code| !is_kind(code)) {
            return wrong(Part::Response, "response", "turnout_s", &format!("{code} is no kind of station"));
        }
        if !lies(response.off_road_m, 0.0, 500.0) {
            return wrong(Part::Response, "response", "off_road_m", "it must be a number from 0 to 500");
        }
        if !(1..=86_400).contains(&response.search_limit_s) {
            return wrong(Part::Response, "response", "search_limit_s", "it must be a whole number from 1 to 86,400");
        }
        if !(1..=86_400).contains(&response.detour_over_s) {
            return wrong(Part::Response, "response", "detour_over_s", "it must be a whole number from 1 to 86,400");
        }
        if let Some((table, field, detail)) = wrong_models(&response.iso_rand, &response.kolesar_walker) {
            return wrong(Part::Response, table, field, detail);
        }
        let has = |id: &str| self.profiles.iter().any(|profile| profile.id == id);
        for id in ["hose", "foot", "e_vehicle", "engine", "ladder_truck", &response.micro_by, &response.engine_by] {
            if !has(id) {
                return wrong(Part::File, id, "profile", "there is no profile of this name");
            }
        }
        for (nth, profile) in self.profiles.iter().enumerate() {
            let part = Part::Profile(nth);
            let known = |class: &str| class == LANE || road::CLASSES.iter().any(|known| known.code == class);
            for (class, speed) in &profile.classes {
                if !known(class) {
                    return wrong(part, &profile.id, "classes", &format!("{class} is no class of road"));
                }
                if !lies(*speed, 0.1, 200.0) {
                    return wrong(part, &profile.id, "classes", "a speed must be a number from 0.1 to 200");
                }
            }
            let numbers = [
                ("load_factor", profile.load_factor, 0.1, 1.0),
                ("steps_kmh", profile.steps_kmh.unwrap_or(1.0), 0.1, 20.0),
                ("width_m", profile.width_m, 0.0, 10.0),
                ("height_m", profile.height_m, 0.0, 20.0),
                ("weight_t", profile.weight_t, 0.0, 200.0),
                ("margin_m", profile.margin_m, 0.0, 5.0),
                ("steepest_pct", profile.steepest_pct.unwrap_or(10.0), 0.1, 100.0),
                ("against_one_way", profile.against_one_way.unwrap_or(1.0), 1.0, 100.0),
            ];
            for (field, value, least, most) in numbers {
                if !lies(value, least, most) {
                    return wrong(part, &profile.id, field, &format!("it must be a number from {least} to {most}"));
                }
            }
        }
        Ok(())
    }
}

struct Wrong {
    part: Part,
    rule: String,
    field: &'static str,
    detail: String,
}

#[derive(Clone, Copy)]
enum Part {
    File,
    Network,
    Hose,
    Response,
    Profile(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../data/rules/travel.toml");

    #[test]
    fn what_cannot_be_is_refused_with_its_line_and_field() {
        let line = |needle: &str| TEXT[..TEXT.find(needle).expect("there")].matches('\n').count() + 1;
        for (from, to, wanted, at) in [
            ("join_within_m = 2.0", "join_within_m = -1.0", "join_within_m", "[network]"),
            ("factor = 0.9", "factor = 9.0", "factor", "[hose]"),
            ("[150.0, 170.0, 180.0]", "[150.0, 140.0, 180.0]", "shown_at_m", "[hose]"),
            ("volunteer = 300 }", "volunteers = 300 }", "turnout_s", "[response]"),
            ("root_upto_miles = 0.88", "root_upto_miles = -1.0", "root_upto_miles", "[response]"),
            ("[0.5, 8.0]", "[8.0, 0.5]", "stated_for_miles", "[response]"),
            ("detour_over_s = 120", "detour_over_s = 0", "detour_over_s", "[response]"),
            ("motorway = 70", "motorways = 70", "classes", "[[profile]]\nid = \"engine\""),
            ("id = \"foot\"", "id = \"feet\"", "profile", "# How crews"),
        ] {
            let broken = TEXT.replacen(from, to, 1);
            match Travel::parse("x", &broken).expect_err(from) {
                RuleError::BadValue { line: found, field, .. } => {
                    assert_eq!((field.as_str(), found), (wanted, line(at)), "{from}");
                }
                other => panic!("{other}"),
            }
        }
        let odd = TEXT.replacen("model = \"network\"", "model = \"crow\"", 1);
        assert!(matches!(Travel::parse("x", &odd), Err(RuleError::Unreadable { .. })));
        assert!(matches!(Travel::parse("x", "id = 1"), Err(RuleError::Unreadable { .. })));
    }

    #[test]
    fn hose_is_counted_in_whole_lengths_with_its_turns() {
        let hose = Travel::built_in().hose;
        assert_eq!((hose.lengths(0), hose.lengths(18_000), hose.lengths(18_001), hose.lengths(153_000)), (0, 1, 2, 9));
    }
}
