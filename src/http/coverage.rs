//! Coverage of a building with the reasons, and of areas.

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{Asked, Refusal, RefusalBody};
use super::features::id_of;
use super::past::AtWish;
use super::state::App;
use crate::model::{FeatureId, area};
use crate::report::{AreaRow, BuildingCoverage, area_rows, building_coverage};

/// Coverage of a building
///
/// At each grade with nearest hydrant, distances, rule and reason; and the hydrants around it.
#[utoipa::path(get, path = "/api/coverage/building/{id}", tag = "coverage", params(("id" = u64, Path), AtWish),
    responses((status = 200, body = BuildingCoverage), (status = 202, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn building(
    State(app): State<App>,
    Asked(Path(id)): Asked<Path<String>>,
    Asked(Query(wish)): Asked<Query<AtWish>>,
) -> Result<Json<BuildingCoverage>, Refusal> {
    let id = id_of(&id)?;
    let city = app.city_of(&wish).await?;
    building_coverage(&city, FeatureId(id)).map(Json).ok_or(Refusal::NoSuchFeature { layer: "building".to_owned(), id })
}

/// Which areas.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LevelWish {
    /// district, subdistrict, community, grid, estate, quarter or built_up; subdistrict where not said.
    level: Option<String>,
}

/// The areas of a level and their rates.
#[derive(Serialize, ToSchema)]
pub struct AreasTold {
    level: String,
    day: String,
    revision: u64,
    rows: Vec<AreaRow>,
}

/// Coverage of areas
///
/// Every area of a level with shares by buildings, floor area and residents at each grade, 建有率 and 完好率.
#[utoipa::path(get, path = "/api/coverage/areas", tag = "coverage", params(LevelWish, AtWish),
    responses((status = 200, body = AreasTold), (status = 202, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn areas(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<LevelWish>>,
    Asked(Query(at)): Asked<Query<AtWish>>,
) -> Result<Json<AreasTold>, Refusal> {
    let level = wish.level.unwrap_or_else(|| "subdistrict".to_owned());
    if !area::KINDS.iter().any(|kind| kind.code == level) {
        return Err(Refusal::NoSuchLevel { name: level.chars().take(40).collect() });
    }
    let city = app.city_of(&at).await?;
    let told = app.ask_of(city, move |city| {
        let rows = area_rows(city, &level);
        AreasTold { level, day: city.day().to_string(), revision: city.revision().0, rows }
    });
    told.await.map(Json)
}
