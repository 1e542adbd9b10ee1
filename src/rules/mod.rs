//! Rule packs: every number of a standard, as data with its clause, edition, span and certainty.
//!
//! A pack is parsed whole or refused with the line and field. [`Pack::on`] gives the rules that hold on a day; there
//! is no default value in code, so a pack with a hole is refused too. What the program cannot judge by says why.

mod access;
mod known;
mod pack;
mod risk;
mod supply;
mod travel;
mod travel_model;
mod water;

pub use access::{AccessRule, AccessRules};
pub use known::Unassessed;
pub use pack::{Certainty, Comparator, Metric, Pack, Rule, RuleError, Strength};
pub use risk::{
    BandRule, BuildingClass, Curve, DangerPoints, Decimal, DefaultPoints, EBikePoints, Factor, Group, Groups, Head,
    HeightClass, Hundredths, Limit, MODEL, Part, PlaceClass, RiskModel, Scored, Share, Thousandths, WaterPoints, Word,
};
pub use supply::SupplyRules;
pub use travel::{HoseRules, LANE, Moves, NetworkRules, Profile, ResponseRules, Travel};
pub use travel_model::{ByDistance, IsoRand, KolesarWalker, TravelModel};
pub use water::{StreetRules, WaterRules};

/// The packs that come with the program, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("gb", include_str!("../../data/rules/gb.toml")),
    ("nfpa", include_str!("../../data/rules/nfpa.toml")),
    ("ifc", include_str!("../../data/rules/ifc.toml")),
    ("de", include_str!("../../data/rules/de.toml")),
];
