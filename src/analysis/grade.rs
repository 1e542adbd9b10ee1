//! What a hydrant is good for: three grades, each yes, no or perhaps.

use jiff::civil::Date;

use crate::model::{AttributesRef, FeatureId, Layer, Place, hydrant};
use crate::rules::{Rule, WaterRules};

/// How much is known of the water a hydrant gives. Each grade asks for all of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// 名义: it exists.
    Nominal,
    /// 可用: known to be in service, its pressure not known to be low.
    Serviceable,
    /// 核验: inspected lately, and pressure or flow measured good where its kind has any.
    Verified,
}

impl Grade {
    /// All grades, weakest first.
    pub const ALL: [Grade; 3] = [Grade::Nominal, Grade::Serviceable, Grade::Verified];

    /// The word in tiles and API.
    pub fn code(self) -> &'static str {
        match self {
            Grade::Nominal => "nominal",
            Grade::Serviceable => "serviceable",
            Grade::Verified => "verified",
        }
    }
}

/// Whether a hydrant has a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has.
    Yes,
    /// Nobody knows.
    Maybe,
    /// It has not.
    No,
}

/// A hydrant's state, unknown included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HydrantState {
    /// 正常
    InService,
    /// 停用
    Out,
    /// 被遮挡
    Obstructed,
    /// 状态不明
    Unknown,
}

impl HydrantState {
    /// The state in a hydrant's attributes.
    pub fn of(attributes: AttributesRef<'_>) -> HydrantState {
        match attributes.choice(Layer::Hydrant, hydrant::STATE) {
            Some("in_service") => HydrantState::InService,
            Some("out_of_service") => HydrantState::Out,
            Some("obstructed") => HydrantState::Obstructed,
            _ => HydrantState::Unknown,
        }
    }
}

/// A hydrant as coverage sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaterPoint {
    /// Its number.
    pub id: FeatureId,
    /// Where it stands.
    pub place: Place,
    /// The circle in which it counts for a building; 0 where its kind does not count or no rule has a circle.
    pub radius_mm: u32,
    /// Whether it has each grade, in order of [`Grade::ALL`].
    pub standing: [Standing; 3],
}

impl WaterPoint {
    /// Judges a hydrant by the rules of a day.
    pub fn judge(
        id: FeatureId,
        place: Place,
        attributes: AttributesRef<'_>,
        rules: &WaterRules,
        day: Date,
    ) -> WaterPoint {
        use Standing::{Maybe, No, Yes};
        let field = Layer::Hydrant;
        let kind = attributes.choice(field, hydrant::KIND);
        let (exists, radius_mm) = match kind {
            Some(kind) => match rules.radius(kind) {
                Some(_) => (Yes, rules.circle(kind).map_or(0, Rule::mm)),
                None => (No, 0),
            },
            None => (Maybe, rules.widest_circle_mm()),
        };
        // A cistern has no pressure to fall short of: a rule judges the kinds it is about.
        let about = |rule: &&Rule| kind.is_none_or(|kind| rule.is_about(kind));
        let judged = |rule: Option<&Rule>, ix| {
            rule.filter(about).and_then(|rule| attributes.number(field, ix).map(|value| rule.allows(value)))
        };
        let measures = [rules.static_pressure.as_ref(), rules.flow.as_ref()];
        // Where a standard names no measure at all, nothing measured can be called good.
        let measurable = measures == [None, None] || measures.into_iter().flatten().any(|rule| about(&rule));
        let pressure = judged(measures[0], hydrant::PRESSURE_MPA);
        let flow = judged(measures[1], hydrant::FLOW_LPS);
        let works = match HydrantState::of(attributes) {
            HydrantState::Out | HydrantState::Obstructed => No,
            _ if pressure == Some(false) => No,
            HydrantState::InService => Yes,
            HydrantState::Unknown => Maybe,
        };
        let inspected_lately = attributes.date(field, hydrant::INSPECTED).is_some_and(|inspected| {
            let age = days_since_1970(day) - inspected;
            age >= 0 && rules.verified_within.as_ref().is_some_and(|rule| rule.allows(f64::from(age)))
        });
        let proven = if flow == Some(false) {
            No
        } else if inspected_lately && (pressure == Some(true) || flow == Some(true) || !measurable) {
            Yes
        } else {
            Maybe
        };
        let serviceable = exists.and(works);
        WaterPoint { id, place, radius_mm, standing: [exists, serviceable, serviceable.and(proven)] }
    }

    /// Whether it has a grade.
    pub fn at(&self, grade: Grade) -> Standing {
        self.standing[grade as usize]
    }

    /// Whether it may count at all.
    pub fn counts(&self) -> bool {
        self.at(Grade::Nominal) != Standing::No
    }

    /// The best grade it surely has.
    pub fn best(&self) -> Option<Grade> {
        Grade::ALL.into_iter().rev().find(|grade| self.at(*grade) == Standing::Yes)
    }
}

impl Standing {
    /// Both: no if one is no, yes only if both are.
    pub fn and(self, other: Standing) -> Standing {
        match (self, other) {
            (Standing::No, _) | (_, Standing::No) => Standing::No,
            (Standing::Yes, Standing::Yes) => Standing::Yes,
            _ => Standing::Maybe,
        }
    }
}

/// Days from 1970-01-01 to a day.
pub(super) fn days_since_1970(day: Date) -> i32 {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    (day - EPOCH).get_days()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attributes, Value};
    use crate::rules::Pack;
    use Standing::{Maybe, No, Yes};
    use jiff::civil::date;

    /// Kind, state, pressure, flow and days since the inspection.
    fn standing(
        kind: Option<&str>,
        state: Option<&str>,
        mpa: Option<f64>,
        lps: Option<f64>,
        age: Option<i32>,
    ) -> [Standing; 3] {
        let day = date(2026, 11, 22);
        let pack = Pack::built_in("gb").unwrap();
        let rules = WaterRules::on(&pack, day).unwrap();
        let mut values = vec![None; Layer::Hydrant.fields().len()];
        let code = |choices: &[crate::model::Choice], code: &str| {
            Value::Choice(choices.iter().position(|choice| choice.code == code).unwrap() as u8)
        };
        values[hydrant::KIND] = kind.map(|kind| code(hydrant::KINDS, kind));
        values[hydrant::STATE] = state.map(|state| code(hydrant::STATES, state));
        values[hydrant::PRESSURE_MPA] = mpa.map(Value::Real);
        values[hydrant::FLOW_LPS] = lps.map(Value::Real);
        values[hydrant::INSPECTED] = age.map(|age| Value::Date(days_since_1970(day) - age));
        let attributes = Attributes::pack(Layer::Hydrant, &values);
        WaterPoint::judge(FeatureId(1), Place::default(), attributes.as_ref(), &rules, day).standing
    }

    #[test]
    fn what_is_not_known_is_perhaps_and_never_yes() {
        let municipal = Some("municipal");
        assert_eq!(standing(municipal, None, None, None, None), [Yes, Maybe, Maybe]);
        assert_eq!(standing(municipal, Some("unknown"), None, None, None), [Yes, Maybe, Maybe]);
        assert_eq!(standing(municipal, Some("in_service"), None, None, None), [Yes, Yes, Maybe]);
        assert_eq!(standing(None, Some("in_service"), Some(0.3), None, Some(9)), [Maybe, Maybe, Maybe]);
    }

    #[test]
    fn what_is_known_to_fail_is_no() {
        let municipal = Some("municipal");
        assert_eq!(standing(Some("dry"), Some("in_service"), None, None, None), [No, No, No]);
        assert_eq!(standing(municipal, Some("out_of_service"), Some(0.3), None, Some(9)), [Yes, No, No]);
        assert_eq!(standing(municipal, Some("obstructed"), None, None, None), [Yes, No, No]);
        assert_eq!(standing(municipal, Some("in_service"), Some(0.1), None, Some(9)), [Yes, No, No]);
        assert_eq!(standing(municipal, None, Some(0.1), None, None), [Yes, No, No]);
        assert_eq!(standing(municipal, Some("in_service"), Some(0.3), Some(8.0), Some(9)), [Yes, Yes, No]);
    }

    #[test]
    fn a_cistern_is_verified_by_its_inspection_since_no_pressure_is_asked_of_it() {
        assert_eq!(standing(Some("cistern"), Some("in_service"), Some(0.0), None, Some(9)), [Yes, Yes, Yes]);
        assert_eq!(standing(Some("cistern"), Some("in_service"), None, None, None), [Yes, Yes, Maybe]);
    }

    #[test]
    fn verified_asks_for_a_late_inspection_and_a_good_measurement() {
        let municipal = Some("municipal");
        assert_eq!(standing(municipal, Some("in_service"), Some(0.3), None, Some(365)), [Yes, Yes, Yes]);
        assert_eq!(standing(municipal, Some("in_service"), None, Some(15.0), Some(0)), [Yes, Yes, Yes]);
        assert_eq!(standing(municipal, Some("in_service"), Some(0.3), None, Some(366)), [Yes, Yes, Maybe]);
        assert_eq!(standing(municipal, Some("in_service"), Some(0.3), None, Some(-1)), [Yes, Yes, Maybe]);
        assert_eq!(standing(municipal, Some("in_service"), None, None, Some(9)), [Yes, Yes, Maybe]);
    }
}
