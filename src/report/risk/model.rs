//! The model itself, told: what the score is and is not, its parts, factors and bands.

use serde::Serialize;
use utoipa::ToSchema;

use super::points;
use crate::city::City;
use crate::report::coverage::Told;
use crate::rules::{Factor, Part};

/// The risk model in force, and how the whole city stands.
#[derive(Serialize, ToSchema)]
pub struct RiskTold {
    /// Short name of the model.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `unverified` until a town has tested it.
    pub certainty: &'static str,
    /// What it is called.
    pub title: Told,
    /// What the score is and is not.
    pub legend: Told,
    /// Why people in one-to-one care are not counted.
    pub care: Told,
    /// Day of the results.
    pub day: String,
    /// Revision of the store.
    pub revision: u64,
    /// `hose` along the ground, or `straight` where there are no roads.
    pub way: &'static str,
    /// Bands, worst first.
    pub bands: Vec<BandTold>,
    /// Parts, each with its factors.
    pub parts: Vec<PartTold>,
}

/// A band.
#[derive(Serialize, ToSchema)]
pub struct BandTold {
    /// `red`, `orange`, `yellow` or `blue`.
    pub id: String,
    /// What it is called.
    pub title: Told,
    /// The score from which it holds.
    pub from: f64,
    /// Buildings in it.
    pub buildings: i64,
    /// Their residents where known.
    pub residents: i64,
}

/// A part of the score.
#[derive(Serialize, ToSchema)]
pub struct PartTold {
    /// `hazard`, `exposure`, `protection` or `dangers`.
    pub id: &'static str,
    /// Its letter in the formula.
    pub letter: String,
    /// What it weighs, 0 to 1.
    pub weight: f64,
    /// Its factors.
    pub factors: Vec<FactorHead>,
}

/// What the model says of a factor.
#[derive(Serialize, ToSchema)]
pub struct FactorHead {
    /// Its id in the model.
    pub id: &'static str,
    /// What it is called.
    pub title: Told,
    /// The most points in its part.
    pub most: f64,
    /// Whether it enters the score; what only some may see does not.
    pub counted: bool,
    /// Clause; empty of a practice.
    pub clause: String,
    /// Standard and year; empty of a practice.
    pub edition: String,
    /// `clause`, `reprint`, `secondary` or `unverified`.
    pub certainty: &'static str,
}

/// What is said of E without those in care.
pub(super) fn care() -> Told {
    Told {
        zh: "一对一帮扶人员属个人信息，未计入评分；暴露部分由其余因子按满分折算。".to_owned(),
        en: "People in one-to-one care are personal data and are not counted; the other factors stand for all of the exposure.".to_owned(),
    }
}

/// The model, and how many buildings are in each band.
pub fn risk_told(city: &City) -> RiskTold {
    let (model, whole) = (city.risk_model(), city.risk().whole());
    let told = |zh: &str, en: &str| Told { zh: zh.to_owned(), en: en.to_owned() };
    let factor = |factor: Factor| {
        let head = model.head(factor);
        FactorHead {
            id: factor.code(),
            title: told(head.zh, head.en),
            most: points(head.most),
            counted: factor.is_computed(),
            clause: head.clause.to_owned(),
            edition: head.edition.to_owned(),
            certainty: head.certainty.code(),
        }
    };
    let bands = model.bands.iter().zip(whole.bands).map(|(band, [buildings, residents])| BandTold {
        id: band.id.clone(),
        title: told(&band.zh, &band.en),
        from: band.from.shown(),
        buildings,
        residents,
    });
    RiskTold {
        id: model.id.clone(),
        version: model.version.clone(),
        certainty: model.certainty.code(),
        title: told(&model.zh, &model.en),
        legend: told(&model.legend.zh, &model.legend.en),
        care: care(),
        day: city.day().to_string(),
        revision: city.revision().0,
        way: way(city),
        bands: bands.collect(),
        parts: Part::ALL
            .map(|part| PartTold {
                id: part.code(),
                letter: part.letter().to_string(),
                weight: f64::from(model.weight(part)) / 10_000.0,
                factors: part.factors().map(factor).collect(),
            })
            .into(),
    }
}

/// How ways are measured.
pub(super) fn way(city: &City) -> &'static str {
    if city.risk_is_straight() { "straight" } else { "hose" }
}
