//! Supply against demand: the flow of the hydrants in reach of a building by hose, against the flow it asks for.
//!
//! Both are spans: a demand whose use or volume nobody knows, a supply that hangs on hydrants of unknown state. Only
//! what holds over the whole of both is yes or no.

use super::access::HighRise;
use crate::model::{AttributesRef, Layer, building};
use crate::rules::{Rule, SupplyRules};

/// More than anybody can tell.
pub const NO_BOUND: u32 = u32::MAX;

/// Flow in millilitres a second, at least and at most; [`NO_BOUND`] where nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// No less.
    pub least: u32,
    /// No more.
    pub most: u32,
}

impl Flow {
    /// Nobody knows.
    pub const UNKNOWN: Flow = Flow { least: 0, most: NO_BOUND };
}

/// Whether hydrants give what a building asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enough {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// It hangs on what nobody knows.
    Unknown,
}

impl Enough {
    /// All, unknown last.
    pub const ALL: [Enough; 3] = [Enough::Yes, Enough::No, Enough::Unknown];

    /// The word in tables and API.
    pub fn code(self) -> &'static str {
        match self {
            Enough::Yes => "yes",
            Enough::No => "no",
            Enough::Unknown => "unknown",
        }
    }

    /// Of a supply and a demand.
    pub fn of(supply: Flow, demand: Flow) -> Enough {
        if demand.most != NO_BOUND && supply.least >= demand.most {
            Enough::Yes
        } else if supply.most < demand.least {
            Enough::No
        } else {
            Enough::Unknown
        }
    }
}

/// What of a building tells how much it asks for.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Area of its footprint in m².
    pub footprint_m2: f64,
    /// Its floor area in m² where it is known or follows from its floors.
    pub floors_m2: Option<f64>,
    /// Whether it is a high-rise.
    pub high_rise: HighRise,
}

/// No building has more floors: what one of unknown floors has at most in floor area.
const MOST_FLOORS: f64 = 200.0;

/// The flow that a building asks for; `None` where the standard asks for none of any.
pub fn demand(known: AttributesRef<'_>, size: Size, rules: &SupplyRules) -> Option<Flow> {
    if let Some([low, high]) = &rules.between {
        return Some(Flow { least: low.mlps().min(high.mlps()), most: high.mlps().max(low.mlps()) });
    }
    if rules.is_silent() {
        return None;
    }
    let Some(code) = known.choice(Layer::Building, building::USE) else { return Some(Flow::UNKNOWN) };
    let volume_m3 = known.number(Layer::Building, building::HEIGHT_M).map(|height| height * size.footprint_m2);
    let span = |of: &[Rule]| {
        let of_use = of.iter().filter(|rule| rule.is_of_use(code));
        let flows: Vec<u32> =
            of_use.filter(|rule| volume_m3.is_none_or(|m3| rule.is_of_volume(m3))).map(Rule::mlps).collect();
        Some(Flow { least: *flows.iter().min()?, most: *flows.iter().max()? })
    };
    let has_own = rules.flow_high_rise.iter().any(|rule| rule.is_of_use(code));
    let (low, high) = (span(&rules.flow), span(&rules.flow_high_rise));
    let asked = match size.high_rise {
        _ if !has_own => low,
        HighRise::No => low,
        HighRise::Unknown => low.zip(high).map(|(a, b)| Flow { least: a.least.min(b.least), most: a.most.max(b.most) }),
        HighRise::Housing | HighRise::Public | HighRise::Either => high,
    };
    // A use, or a volume of it, that the standard's table does not have.
    let Some(asked) = asked else { return Some(Flow::UNKNOWN) };
    let Some([area, times]) = &rules.large else { return Some(asked) };
    let most = rules.flow.iter().chain(&rules.flow_high_rise).map(|rule| rule.value).fold(0.0, f64::max);
    let large = (most * times.value * 1000.0).round() as u32;
    Some(match size.floors_m2 {
        Some(m2) if m2 > area.value => Flow { least: large, most: large },
        None if size.footprint_m2 > area.value => Flow { least: large, most: large },
        None if size.footprint_m2 * MOST_FLOORS > area.value => Flow { most: asked.most.max(large), ..asked },
        _ => asked,
    })
}

/// What a hydrant is credited with, tested or not; the same where it has the grade and where it may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The flow.
    pub flow: Flow,
    /// Whether it was tested.
    pub tested: bool,
}

impl Credit {
    /// Of a hydrant of a kind with a tested flow in litres a second.
    pub fn of(kind: Option<&str>, tested_lps: Option<f64>, rules: &SupplyRules) -> Credit {
        let all = |mlps: u32| Flow { least: mlps, most: mlps };
        let about = |rule: &&Rule| kind.is_some_and(|kind| rule.is_about(kind));
        let of = |rule: &Option<Rule>| rule.as_ref().filter(about).map(Rule::mlps);
        let ours = of(&rules.credit);
        if let Some(lps) = tested_lps {
            let mlps = (lps.max(0.0) * 1000.0).round().min(1e9) as u32;
            return Credit { flow: all(ours.map_or(mlps, |most| mlps.min(most))), tested: true };
        }
        let flow = match (of(&rules.credit_least), ours.or(of(&rules.each))) {
            (Some(least), Some(most)) => Flow { least: least.min(most), most },
            (_, most) => most.map_or(Flow::UNKNOWN, all),
        };
        Credit { flow, tested: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attributes, Value};
    use crate::rules::Pack;
    use jiff::civil::date;

    fn rules(pack: &str) -> SupplyRules {
        SupplyRules::on(&Pack::built_in(pack).unwrap(), date(2026, 11, 22))
    }

    fn asks(
        code: Option<&str>,
        height: Option<f64>,
        footprint_m2: f64,
        floors_m2: Option<f64>,
        high_rise: HighRise,
    ) -> [u32; 2] {
        let mut values = vec![None; Layer::Building.fields().len()];
        let nth = |code: &str| building::USES.iter().position(|choice| choice.code == code).unwrap() as u8;
        values[building::USE] = code.map(|code| Value::Choice(nth(code)));
        values[building::HEIGHT_M] = height.map(Value::Real);
        let attributes = Attributes::pack(Layer::Building, &values);
        let flow = demand(attributes.as_ref(), Size { footprint_m2, floors_m2, high_rise }, &rules("gb")).unwrap();
        [flow.least, flow.most]
    }

    #[test]
    fn a_building_asks_for_what_its_use_volume_and_height_say_and_for_a_span_where_they_are_not_known() {
        let office = Some("office");
        assert_eq!(asks(Some("residential"), None, 400.0, None, HighRise::Unknown), [15_000; 2]);
        assert_eq!(asks(office, Some(10.0), 500.0, None, HighRise::No), [15_000; 2], "5000 m³ are up to 5000");
        assert_eq!(asks(office, Some(10.0), 500.1, None, HighRise::No), [25_000; 2]);
        assert_eq!(asks(office, Some(20.0), 2_000.0, None, HighRise::No), [30_000; 2]);
        assert_eq!(asks(office, Some(20.0), 2_501.0, Some(9e4), HighRise::No), [40_000; 2]);
        assert_eq!(asks(office, Some(30.0), 100.0, None, HighRise::Public), [25_000; 2]);
        assert_eq!(asks(office, Some(30.0), 100.0, None, HighRise::Unknown), [15_000, 25_000]);
        assert_eq!(asks(office, None, 100.0, None, HighRise::Unknown), [15_000, 40_000]);
        for code in [None, Some("industrial"), Some("other")] {
            assert_eq!(asks(code, Some(10.0), 100.0, None, HighRise::No), [0, NO_BOUND]);
        }
    }

    #[test]
    fn beyond_500_000_m2_twice_the_most_is_asked_for_and_perhaps_where_floors_are_not_known() {
        let mall = Some("mall");
        assert_eq!(asks(mall, Some(20.0), 90_000.0, Some(500_001.0), HighRise::No), [80_000; 2]);
        assert_eq!(asks(mall, Some(20.0), 90_000.0, Some(500_000.0), HighRise::No), [40_000; 2]);
        assert_eq!(asks(mall, Some(20.0), 90_000.0, None, HighRise::No), [40_000, 80_000]);
        assert_eq!(asks(mall, Some(20.0), 500_001.0, None, HighRise::No), [80_000; 2]);
    }

    #[test]
    fn other_packs_ask_for_their_own_or_for_nothing() {
        let nothing = Attributes::pack(Layer::Building, &vec![None; Layer::Building.fields().len()]);
        let size = Size { footprint_m2: 100.0, floors_m2: None, high_rise: HighRise::Unknown };
        let asked = |pack: &str| demand(nothing.as_ref(), size, &rules(pack));
        assert_eq!(asked("de"), Some(Flow { least: 13_333, most: 26_667 }));
        assert_eq!((asked("nfpa"), asked("ifc")), (None, None));
    }

    #[test]
    fn only_what_holds_over_both_spans_is_yes_or_no() {
        let flow = |least, most| Flow { least, most };
        assert_eq!(Enough::of(flow(30, 30), flow(15, 30)), Enough::Yes);
        assert_eq!(Enough::of(flow(29, 90), flow(15, 30)), Enough::Unknown);
        assert_eq!(Enough::of(flow(0, 14), flow(15, 30)), Enough::No);
        assert_eq!(Enough::of(flow(0, 15), flow(15, 15)), Enough::Unknown);
        assert_eq!(Enough::of(flow(NO_BOUND - 1, NO_BOUND), Flow::UNKNOWN), Enough::Unknown);
        assert_eq!(Enough::of(flow(0, 0), Flow::UNKNOWN), Enough::Unknown);
    }

    #[test]
    fn a_test_is_credited_up_to_the_rule_and_without_one_what_is_sure_of_any() {
        let of = |pack: &str, kind: Option<&str>, lps: Option<f64>| {
            let credit = Credit::of(kind, lps, &rules(pack));
            (credit.flow.least, credit.flow.most, credit.tested)
        };
        let municipal = Some("municipal");
        assert_eq!(of("gb", municipal, Some(40.0)), (15_000, 15_000, true));
        assert_eq!(of("gb", municipal, Some(8.5)), (8_500, 8_500, true));
        assert_eq!(of("gb", Some("cistern"), None), (10_000, 15_000, false));
        assert_eq!(of("gb", None, None), (0, NO_BOUND, false));
        assert_eq!(of("de", municipal, None), (6_667, 6_667, false));
        assert_eq!(of("nfpa", municipal, Some(40.0)), (40_000, 40_000, true));
        assert_eq!(of("nfpa", municipal, None), (0, NO_BOUND, false));
    }
}
