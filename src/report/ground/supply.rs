//! Supply against demand, told.

use serde::Serialize;
use utoipa::ToSchema;

use super::Sum;
use crate::analysis::{Enough, Flow, Grade, NO_BOUND};
use crate::city::{Supplies, Supply, SupplyTotals};
use crate::rules::Rule;

/// What hydrants give a building by hose, against what it asks for.
#[derive(Serialize, ToSchema)]
pub struct SupplyTold {
    /// `yes`, `no` or `unknown`.
    pub enough: &'static str,
    /// What the building asks for in L/s, at least; a span where its use, volume or height is not known.
    pub asked_lps: f64,
    /// At most; `null` where nobody can tell.
    pub asked_most_lps: Option<f64>,
    /// What hydrants that surely have the grade are credited with together, in L/s.
    pub credited_lps: f64,
    /// With those that may have it; `null` where nobody can tell.
    pub possible_lps: Option<f64>,
    /// Hydrants that surely have the grade.
    pub hydrants: u16,
    /// Those among them whose flow was never tested: credited with what the rule is sure of.
    pub untested: u16,
    /// How far by hose hydrants are counted, in metres.
    pub within_m: f64,
    /// The rules that ask for flow and credit it.
    #[schema(value_type = Vec<Object>)]
    pub rules: Vec<Rule>,
}

/// Buildings by whether hydrants give what they ask for.
#[derive(Serialize, ToSchema, Clone, Copy)]
pub struct SupplyRates {
    /// `nominal`, `serviceable` or `verified`.
    pub grade: &'static str,
    /// They do.
    pub yes: Sum,
    /// They do not.
    pub no: Sum,
    /// Nobody can tell.
    pub unknown: Sum,
}

/// Litres a second; `None` where nobody can tell.
pub(super) fn lps(mlps: u32) -> Option<f64> {
    (mlps != NO_BOUND).then(|| f64::from(mlps) / 1000.0)
}

impl SupplyTold {
    /// Of a building of a use at a grade.
    pub fn of(supplies: &Supplies, supply: &Supply, use_code: Option<&str>, grade: Grade) -> SupplyTold {
        let nth = grade as usize;
        let (Flow { least, most }, [hydrants, untested]) = (supply.flow[nth], supply.hydrants[nth]);
        let rules = &supplies.rules;
        // Those of the flow that the building may ask for, and of what is credited.
        let is_asked = |rule: &&Rule| {
            let is_in_span = (supply.demand.least..=supply.demand.most).contains(&rule.mlps());
            is_in_span && use_code.is_some_and(|code| rule.is_of_use(code))
        };
        let table = rules.flow.iter().chain(&rules.flow_high_rise).filter(is_asked);
        let others = rules
            .between
            .iter()
            .flatten()
            .chain(&rules.credit_least)
            .chain(&rules.credit)
            .chain(&rules.within)
            .chain(&rules.most_hydrants)
            .chain(&rules.most_on_tree);
        let each = rules.each.iter().filter(|_| rules.credit.is_none());
        SupplyTold {
            enough: supply.enough(grade).code(),
            asked_lps: f64::from(supply.demand.least) / 1000.0,
            asked_most_lps: lps(supply.demand.most),
            credited_lps: f64::from(least) / 1000.0,
            possible_lps: lps(most),
            hydrants,
            untested,
            within_m: f64::from(supplies.within_mm) / 1000.0,
            rules: table.chain(others).chain(each).cloned().collect(),
        }
    }
}

/// Rates by grade.
pub fn supply_rates(totals: &SupplyTotals) -> [SupplyRates; 3] {
    Grade::ALL.map(|grade| {
        let of = |enough: Enough| Sum::from(totals[grade as usize][enough as usize]);
        SupplyRates { grade: grade.code(), yes: of(Enough::Yes), no: of(Enough::No), unknown: of(Enough::Unknown) }
    })
}
