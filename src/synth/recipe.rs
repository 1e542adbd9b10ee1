//! What the made-up city is made of: how many buildings, which seed, and the shares of `data/demo/recipe.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

/// How large a city, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Buildings, at least 1.
    pub buildings: u64,
    /// Another seed, another city.
    pub seed: u64,
}

impl Recipe {
    /// The city that `firemap demo` shows.
    pub const DEMO: Recipe = Recipe { buildings: 6000, seed: 1 };
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shares {
    pub today: String,
    pub middle: [f64; 2],
    pub hydrants: HydrantShares,
    pub buildings: BuildingShares,
    pub lanes: LaneShares,
    pub names: Syllables,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HydrantShares {
    pub out_of_service: u32,
    pub obstructed: u32,
    pub unknown: u32,
    pub pressure_known: u32,
    pub flow_known: u32,
    pub inspected_known: u32,
    pub main_known: u32,
    pub bare_streets_old: u32,
    pub bare_streets_village: u32,
    pub lot_m: f64,
    pub no_main_above: f64,
    pub unsurveyed_above: f64,
    pub shut_above: f64,
    pub lot_hits: u32,
    pub zone_head_m: f64,
    pub zone_step_m: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BuildingShares {
    pub height_known: u32,
    pub floors_known: u32,
    pub year_known: u32,
    pub floor_area_known: u32,
    pub insulation_known: u32,
    pub residents_known: u32,
    pub name_known: u32,
    pub e_bikes_known: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaneShares {
    pub obstructed: u32,
    pub unknown: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Syllables {
    pub heads: String,
    pub tails: String,
    pub streets: String,
    pub estates: Vec<String>,
    pub managers: Vec<String>,
    pub contacts: String,
}

/// The shares, read once.
pub(super) fn shares() -> &'static Shares {
    static SHARES: OnceLock<Shares> = OnceLock::new();
    SHARES.get_or_init(|| {
        toml::from_str(include_str!("../../data/demo/recipe.toml"))
            .expect("the recipe within the program is well formed")
    })
}

/// The day the records are of, in days since 1970-01-01.
pub(super) fn today() -> i32 {
    static TODAY: OnceLock<i32> = OnceLock::new();
    *TODAY.get_or_init(|| {
        let day: jiff::civil::Date = shares().today.parse().expect("the recipe's day is a date");
        day.since(jiff::civil::date(1970, 1, 1)).map(|span| span.get_days()).expect("within the calendar")
    })
}
