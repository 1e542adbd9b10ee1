//! Along the ground: hose ways and arrivals, of the city, its areas, a building and a place.

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{Asked, Refusal, RefusalBody};
use super::state::App;
use crate::analysis::Grade;
use crate::city::MOST_ROADS;
use crate::model::{FeatureId, Layer, Place, area};
use crate::report::{
    FragileRow, GainTold, GroundArea, GroundCard, GroundTold, PlanTold, ReachTold, fragile_told, gain_told,
    ground_areas, ground_of_building, ground_of_place, ground_told, plan_told, reach_told,
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

/// How far.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReachWish {
    /// Growing whole numbers with commas between, at most six: seconds after the alarm of a station (60,180,300 where
    /// not said), metres of hose of a hydrant (50,100 and the limit where not said).
    breaks: Option<String>,
}

/// Reaches that are told at once.
const MOST_BREAKS: usize = 6;

/// How far a station or hydrant reaches
///
/// The parts of roads and paths within each break, nearest first, and the area around them.
#[utoipa::path(get, path = "/api/ground/reach/{layer}/{id}", tag = "ground",
    params(("layer" = String, Path, description = "station or hydrant"), ("id" = u64, Path), ReachWish),
    responses((status = 200, body = ReachTold), (status = 400, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn reach(
    State(app): State<App>,
    Asked(Path((name, id))): Asked<Path<(String, String)>>,
    Asked(Query(wish)): Asked<Query<ReachWish>>,
) -> Result<Json<ReachTold>, Refusal> {
    let short = || name.chars().take(40).collect::<String>();
    let layer = Layer::named(&name).filter(|layer| matches!(layer, Layer::Station | Layer::Hydrant));
    let layer = layer.ok_or_else(|| Refusal::NoSuchLayer { name: short() })?;
    let want = "a positive whole number / 正整数".to_owned();
    let id: u64 = id.parse().map_err(|_| Refusal::BadParameter { name: "id".to_owned(), want })?;
    let breaks = wish.breaks.as_deref().map(breaks_of).transpose()?;
    let told = app.ask(move |city| reach_told(city, layer, FeatureId(id), breaks.as_deref())).await?;
    told.map(Json).ok_or(Refusal::NoSuchFeature { layer: name, id })
}

fn breaks_of(text: &str) -> Result<Vec<u32>, Refusal> {
    let want = "1 to 6 growing whole numbers from 1 to 7200 / 1至6个递增整数（1–7200）".to_owned();
    let numbers: Option<Vec<u32>> = text.split(',').map(|word| word.trim().parse().ok()).collect();
    let fits = |all: &Vec<u32>| {
        all.len() <= MOST_BREAKS
            && all.iter().all(|n| (1..=7200).contains(n))
            && all.windows(2).all(|two| two[0] < two[1])
    };
    numbers.filter(fits).ok_or(Refusal::BadParameter { name: "breaks".to_owned(), want })
}

/// What of which.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FragileWish {
    /// hydrant or road; hydrant where not said.
    what: Option<String>,
    /// nominal, serviceable or verified; serviceable where not said.
    grade: Option<String>,
    /// Rows, at most 200; 20 where not said.
    most: Option<usize>,
}

/// What fails first, most felt first.
#[derive(Serialize, ToSchema)]
pub struct FragileTold {
    rows: Vec<FragileRow>,
}

/// What fails first
///
/// Hydrants whose failure leaves buildings without water within the limit of hose, or pieces of road whose blocking cuts
/// buildings off from every engine; those felt most first.
#[utoipa::path(get, path = "/api/ground/fragile", tag = "ground", params(FragileWish),
    responses((status = 200, body = FragileTold), (status = 400, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn fragile(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<FragileWish>>,
) -> Result<Json<FragileTold>, Refusal> {
    let roads = match wish.what.as_deref().unwrap_or("hydrant") {
        "hydrant" => false,
        "road" => true,
        _ => return Err(Refusal::BadParameter { name: "what".to_owned(), want: "hydrant, road".to_owned() }),
    };
    let grade = WayWish { grade: wish.grade, most: None, lon: None, lat: None }.grade()?;
    let most = wish.most.unwrap_or(20).clamp(1, MOST_ROADS);
    app.ask(move |city| FragileTold { rows: fragile_told(city, roads, grade, most) }).await.map(Json)
}

/// What a hydrant here would give
///
/// Buildings that it would have within the limit of hose and that none of the grade has now.
#[utoipa::path(get, path = "/api/ground/gain", tag = "ground", params(WayWish),
    responses((status = 200, body = GainTold), (status = 400, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn gain(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<WayWish>>,
) -> Result<Json<GainTold>, Refusal> {
    let (grade, at) = (wish.grade()?, wish.place()?);
    app.ask(move |city| gain_told(city, at, grade)).await.map(Json)
}

/// How many next.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanWish {
    /// Hydrants, at most 100; 10 where not said.
    next: Option<usize>,
    /// nominal, serviceable or verified; serviceable where not said.
    grade: Option<String>,
}

/// Where the next hydrants give most
///
/// Places along roads that engines use, by greatest gain in buildings, those there are fixed.
#[utoipa::path(get, path = "/api/ground/plan", tag = "ground", params(PlanWish),
    responses((status = 200, body = PlanTold), (status = 400, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn plan(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<PlanWish>>,
) -> Result<Json<PlanTold>, Refusal> {
    let grade = WayWish { grade: wish.grade, most: None, lon: None, lat: None }.grade()?;
    let next = wish.next.unwrap_or(10).clamp(1, 100);
    app.ask(move |city| plan_told(city, next, grade)).await.map(Json)
}
