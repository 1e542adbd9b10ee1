//! Travel models: how long an engine takes over a distance, where a town would rather take the figures that American
//! cities measured than speeds by class of road.

use serde::{Deserialize, Serialize};

use super::Certainty;

/// How the time of engines on the road is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TravelModel {
    /// By the speed of each class of road.
    Network,
    /// By the distance alone: so many minutes, and so many a mile.
    IsoRand,
    /// By the distance alone: with its square root as far as some miles, then evenly.
    KolesarWalker,
}

impl TravelModel {
    /// The word in travel files and API.
    pub fn code(self) -> &'static str {
        match self {
            TravelModel::Network => "network",
            TravelModel::IsoRand => "iso_rand",
            TravelModel::KolesarWalker => "kolesar_walker",
        }
    }
}

/// T = fixed + D · per mile; minutes and statute miles.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IsoRand {
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Minutes at any distance.
    pub fixed_min: f64,
    /// Minutes a mile.
    pub per_mile_min: f64,
    /// The distances it was stated for, in miles.
    pub stated_for_miles: [f64; 2],
    /// How sure the numbers are.
    pub certainty: Certainty,
}

/// T = fixed + b · √D as far as some miles, then evenly with D, without a step between; minutes and statute miles.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KolesarWalker {
    /// Chinese title.
    pub zh: String,
    /// English title.
    pub en: String,
    /// Minutes at any distance.
    pub fixed_min: f64,
    /// Minutes for the square root of a mile.
    pub per_root_mile_min: f64,
    /// Miles as far as the square root holds.
    pub root_upto_miles: f64,
    /// Minutes a mile beyond.
    pub per_mile_min: f64,
    /// How sure the numbers are.
    pub certainty: Certainty,
}

/// A model by distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ByDistance<'a> {
    /// ISO/RAND.
    IsoRand(&'a IsoRand),
    /// Kolesar and Walker 1974.
    KolesarWalker(&'a KolesarWalker),
}

const MM_A_MILE: f64 = 1_609_344.0;

impl ByDistance<'_> {
    /// Milliseconds over millimetres; it never falls with the distance.
    pub fn ms(self, mm: u32) -> u32 {
        let miles = f64::from(mm) / MM_A_MILE;
        let minutes = match self {
            ByDistance::IsoRand(of) => of.fixed_min + of.per_mile_min * miles,
            ByDistance::KolesarWalker(of) => {
                let root = of.root_upto_miles.min(miles).sqrt();
                of.fixed_min + of.per_root_mile_min * root + of.per_mile_min * (miles - of.root_upto_miles).max(0.0)
            }
        };
        (minutes * 60_000.0).round().clamp(0.0, f64::from(u32::MAX - 1)) as u32
    }

    /// The longest distance that takes no more; `None` where none is so short.
    pub fn mm_within(self, ms: u32) -> Option<u32> {
        let (mut low, mut high) = (0, u32::MAX - 1);
        if self.ms(low) > ms {
            return None;
        }
        while low < high {
            let middle = high - (high - low) / 2;
            if self.ms(middle) <= ms {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Some(low)
    }

    /// Its Chinese and English title.
    pub fn titles(&self) -> (&str, &str) {
        match self {
            ByDistance::IsoRand(of) => (&of.zh, &of.en),
            ByDistance::KolesarWalker(of) => (&of.zh, &of.en),
        }
    }

    /// Whether it was stated for a distance.
    pub fn is_stated_for(self, mm: u32) -> bool {
        match self {
            ByDistance::IsoRand(of) => {
                let miles = f64::from(mm) / MM_A_MILE;
                let [from, upto] = of.stated_for_miles;
                (from..=upto).contains(&miles)
            }
            ByDistance::KolesarWalker(_) => true,
        }
    }
}

/// What is wrong with the numbers of the models: table, field and detail.
pub(super) fn wrong_models(
    iso: &IsoRand,
    kolesar: &KolesarWalker,
) -> Option<(&'static str, &'static str, &'static str)> {
    let lies = |value: f64, most: f64| value.is_finite() && (0.0..=most).contains(&value);
    let numbers = [
        ("response.iso_rand", "fixed_min", iso.fixed_min),
        ("response.iso_rand", "per_mile_min", iso.per_mile_min),
        ("response.kolesar_walker", "fixed_min", kolesar.fixed_min),
        ("response.kolesar_walker", "per_root_mile_min", kolesar.per_root_mile_min),
        ("response.kolesar_walker", "root_upto_miles", kolesar.root_upto_miles),
        ("response.kolesar_walker", "per_mile_min", kolesar.per_mile_min),
    ];
    let out = numbers.into_iter().find(|(.., value)| !lies(*value, 60.0));
    if let Some((table, field, _)) = out {
        return Some((table, field, "it must be a number from 0 to 60"));
    }
    let [from, upto] = iso.stated_for_miles;
    let grows = lies(from, 100.0) && lies(upto, 100.0) && from < upto;
    (!grows).then_some(("response.iso_rand", "stated_for_miles", "two growing numbers from 0 to 100 are needed"))
}

#[cfg(test)]
mod tests {
    use crate::rules::{ByDistance, Travel, TravelModel};
    use proptest::prelude::*;

    const MILE: u32 = 1_609_344;

    fn by(model: TravelModel, then: impl Fn(ByDistance<'_>)) {
        let mut travel = Travel::built_in();
        travel.response.model = model;
        then(travel.response.by_distance().unwrap());
    }

    #[test]
    fn a_mile_takes_what_the_formulas_say_and_the_line_goes_on_where_the_root_ends() {
        // 0.65 + 1.7 D minutes.
        by(TravelModel::IsoRand, |model| {
            assert_eq!((model.ms(0), model.ms(MILE), model.ms(3 * MILE)), (39_000, 141_000, 345_000));
            let half = MILE / 2;
            assert_eq!(
                [half - 1, half, 8 * MILE, 8 * MILE + 1].map(|mm| model.is_stated_for(mm)),
                [false, true, true, false]
            );
        });
        // 2.10 √D up to 0.88 miles, then 1.12 minutes a mile.
        by(TravelModel::KolesarWalker, |model| {
            assert_eq!((model.ms(0), model.ms(MILE / 4)), (0, 63_000));
            let turn = (0.88 * f64::from(MILE)) as u32;
            assert!(model.ms(turn).abs_diff(model.ms(turn + 1)) <= 1);
            assert_eq!(model.ms(2 * MILE), (60_000.0 * (2.1 * 0.88_f64.sqrt() + 1.12 * 1.12)).round() as u32);
        });
        assert!(Travel::built_in().response.by_distance().is_none(), "the network is what is used unasked");
    }

    proptest! {
        #[test]
        fn no_farther_is_sooner_and_what_is_within_a_time_takes_no_more(a in 0..40 * MILE, b in 0..40 * MILE, ms in 0..9_000_000_u32) {
            for which in [TravelModel::IsoRand, TravelModel::KolesarWalker] {
                by(which, |model| {
                    assert!(model.ms(a.min(b)) <= model.ms(a.max(b)));
                    match model.mm_within(ms) {
                        Some(mm) => assert!(model.ms(mm) <= ms && model.ms(mm + 1) > ms),
                        None => assert!(model.ms(0) > ms),
                    }
                });
            }
        }
    }
}
