//! Along the ground: hose ways and arrivals, of the city, its areas, a building and a place.

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{Asked, Refusal, RefusalBody};
use super::state::App;
use crate::analysis::Grade;
use crate::model::{FeatureId, Place, area};
use crate::report::{
    GroundArea, GroundCard, GroundTold, ground_areas, ground_of_building, ground_of_place, ground_told,
};

/// Ways that are told at most.
const MOST_WAYS: usize = 8;

/// What is found along the ground, or that it is still being found.
#[derive(Serialize, ToSchema)]
pub struct GroundState {
    /// `ready`, or `computing` while the network is made or walked again after a change.
    state: &'static str,
    day: String,
    revision: u64,
    /// `null` while computing.
    found: Option<GroundTold>,
}

/// Along the ground, at a glance
///
/// Shares by hose beside those by circle, and by arrival, of all buildings. Answers at once: while the network is made
/// or walked again, `state` is `computing`.
#[utoipa::path(get, path = "/api/ground", tag = "ground",
    responses((status = 200, body = GroundState), (status = 503, body = RefusalBody)))]
pub async fn city(State(app): State<App>) -> Result<Json<GroundState>, Refusal> {
    let told = app.ask(|city| {
        let found = city.ground_found().map(|_| ground_told(city));
        let state = if found.is_some() { "ready" } else { "computing" };
        GroundState { state, day: city.day().to_string(), revision: city.revision().0, found }
    });
    told.await.map(Json)
}

/// Which areas.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LevelWish {
    /// district, subdistrict, community, grid, estate, quarter or built_up; subdistrict where not said.
    level: Option<String>,
}

/// The areas of a level and their rates along the ground.
#[derive(Serialize, ToSchema)]
pub struct GroundAreas {
    level: String,
    day: String,
    revision: u64,
    rows: Vec<GroundArea>,
}

/// Along the ground, by areas
#[utoipa::path(get, path = "/api/ground/areas", tag = "ground", params(LevelWish),
    responses((status = 200, body = GroundAreas), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn areas(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<LevelWish>>,
) -> Result<Json<GroundAreas>, Refusal> {
    let level = wish.level.unwrap_or_else(|| "subdistrict".to_owned());
    if !area::KINDS.iter().any(|kind| kind.code == level) {
        return Err(Refusal::NoSuchLevel { name: level.chars().take(40).collect() });
    }
    let told = app.ask(move |city| {
        let rows = ground_areas(city, &level);
        GroundAreas { level, day: city.day().to_string(), revision: city.revision().0, rows }
    });
    told.await.map(Json)
}

/// How much of what.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WayWish {
    /// nominal, serviceable or verified; serviceable where not said.
    grade: Option<String>,
    /// Ways of each sort, at most 8; 2 where not said.
    most: Option<usize>,
    /// Longitude of a place in degrees.
    lon: Option<f64>,
    /// Latitude of a place in degrees.
    lat: Option<f64>,
}

impl WayWish {
    fn grade(&self) -> Result<Grade, Refusal> {
        let wanted = self.grade.as_deref().unwrap_or("serviceable");
        let want = "nominal, serviceable, verified".to_owned();
        let found = Grade::ALL.into_iter().find(|grade| grade.code() == wanted);
        found.ok_or(Refusal::BadParameter { name: "grade".to_owned(), want })
    }

    fn most(&self) -> usize {
        self.most.unwrap_or(2).clamp(1, MOST_WAYS)
    }

    fn place(&self) -> Result<Place, Refusal> {
        let place = self.lon.zip(self.lat).and_then(|(lon, lat)| Place::from_degrees(lon, lat));
        let want = "lon -180..180, lat -90..90 (degrees / 度)".to_owned();
        place.ok_or(Refusal::BadParameter { name: "lon, lat".to_owned(), want })
    }
}

/// Along the ground, of a building
///
/// The nearest hydrants of a grade by hose and the first to arrive, each with its way to be drawn.
#[utoipa::path(get, path = "/api/ground/building/{id}", tag = "ground", params(("id" = u64, Path), WayWish),
    responses((status = 200, body = GroundCard), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn building(
    State(app): State<App>,
    Asked(Path(id)): Asked<Path<String>>,
    Asked(Query(wish)): Asked<Query<WayWish>>,
) -> Result<Json<GroundCard>, Refusal> {
    let want = "a positive whole number / 正整数".to_owned();
    let id: u64 = id.parse().map_err(|_| Refusal::BadParameter { name: "id".to_owned(), want })?;
    let (grade, most) = (wish.grade()?, wish.most());
    let told = app.ask(move |city| ground_of_building(city, FeatureId(id), grade, most)).await?;
    told.map(Json).ok_or(Refusal::NoSuchFeature { layer: "building".to_owned(), id })
}

/// Along the ground, of a place
///
/// The same of any place: an alarm in the street, or where something is to be built.
#[utoipa::path(get, path = "/api/ground/place", tag = "ground", params(WayWish),
    responses((status = 200, body = GroundCard), (status = 400, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn place(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<WayWish>>,
) -> Result<Json<GroundCard>, Refusal> {
    let (grade, most, at) = (wish.grade()?, wish.most(), wish.place()?);
    app.ask(move |city| ground_of_place(city, at, grade, most)).await.map(Json)
}
