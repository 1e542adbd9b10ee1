//! Risk: the model, a building's card, rankings and areas.

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::Deserialize;
use utoipa::IntoParams;

use super::error::{Asked, Refusal, RefusalBody};
use super::state::App;
use crate::model::{FeatureId, area};
use crate::report::{
    RankBy, RankingTold, RiskAreasTold, RiskCard, RiskTold, risk_areas, risk_card, risk_ranking, risk_told,
};

/// The most rows of a ranking.
const MOST_ROWS: usize = 1000;

/// The risk model
///
/// Its parts, factors and bands with how many buildings are in each, and what the score is and is not.
#[utoipa::path(get, path = "/api/risk", tag = "risk",
    responses((status = 200, body = RiskTold), (status = 503, body = RefusalBody)))]
pub async fn model(State(app): State<App>) -> Result<Json<RiskTold>, Refusal> {
    app.ask(risk_told).await.map(Json)
}

/// Score of a building
///
/// Every factor with its points, inputs, rule and certainty; raw and floored score, interval, completeness, band, and
/// what would lower it most. A management ranking, not a probability and not a legal finding.
#[utoipa::path(get, path = "/api/risk/building/{id}", tag = "risk", params(("id" = u64, Path)),
    responses((status = 200, body = RiskCard), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn building(State(app): State<App>, Asked(Path(id)): Asked<Path<String>>) -> Result<Json<RiskCard>, Refusal> {
    let want = "a positive whole number / 正整数".to_owned();
    let id: u64 = id.parse().map_err(|_| Refusal::BadParameter { name: "id".to_owned(), want })?;
    let told = app.ask(move |city| risk_card(city, FeatureId(id))).await?;
    told.map(Json).ok_or(Refusal::NoSuchFeature { layer: "building".to_owned(), id })
}

/// Which ranking.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RankingWish {
    /// score, without_d or missing; score where not said.
    by: Option<String>,
    /// Number of an area; the whole city where not said.
    area: Option<u64>,
    /// Rows, at most 1000; 100 where not said.
    most: Option<usize>,
}

/// Buildings in order of risk
///
/// By score, by score without dangers (inspection effort biases them), or by what is not known and could move them up.
#[utoipa::path(get, path = "/api/risk/ranking", tag = "risk", params(RankingWish),
    responses((status = 200, body = RankingTold), (status = 400, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn ranking(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<RankingWish>>,
) -> Result<Json<RankingTold>, Refusal> {
    let by = wish.by.unwrap_or_else(|| "score".to_owned());
    let want = "score, without_d, missing".to_owned();
    let rank = RankBy::named(&by).ok_or(Refusal::BadParameter { name: "by".to_owned(), want })?;
    let most = wish.most.unwrap_or(100).clamp(1, MOST_ROWS);
    let area = wish.area;
    let told = app.ask(move |city| risk_ranking(city, &by, rank, area.map(FeatureId), most)).await?;
    told.map(Json).ok_or(Refusal::NoSuchFeature { layer: "area".to_owned(), id: area.unwrap_or_default() })
}

/// Which level, against which year.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RiskAreasWish {
    /// district, subdistrict, community, grid, estate, quarter or built_up; subdistrict where not said.
    level: Option<String>,
    /// The year whose same span fires are held against; the year before where not said.
    base_year: Option<i16>,
}

/// Areas by risk
///
/// Buildings and residents by band, dangers open, overdue and closed in time, fires against a base year.
#[utoipa::path(get, path = "/api/risk/areas", tag = "risk", params(RiskAreasWish),
    responses((status = 200, body = RiskAreasTold), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn areas(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<RiskAreasWish>>,
) -> Result<Json<RiskAreasTold>, Refusal> {
    let level = wish.level.unwrap_or_else(|| "subdistrict".to_owned());
    if !area::KINDS.iter().any(|kind| kind.code == level) {
        return Err(Refusal::NoSuchLevel { name: level.chars().take(40).collect() });
    }
    app.ask(move |city| risk_areas(city, &level, wish.base_year)).await.map(Json)
}
