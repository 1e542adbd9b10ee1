//! Access: who gets to a building, and findings about lanes, high-rises and ladder fields.

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::Deserialize;
use utoipa::IntoParams;

use super::error::{Asked, Refusal, RefusalBody};
use super::state::App;
use crate::model::{FeatureId, Layer};
use crate::report::{AccessCard, AccessTold, access_of_building, access_told_of};

/// Layers of which something is found.
const JUDGED: [Layer; 3] = [Layer::Lane, Layer::LadderField, Layer::Building];

/// How many, of what.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccessWish {
    /// Findings, at most 1000; 100 where not said.
    most: Option<usize>,
    /// Of lane, ladder_field or building alone.
    layer: Option<String>,
    /// Of the feature of this number of that layer alone.
    id: Option<u64>,
}

/// Findings of access, worst first
///
/// Lanes, high-rises and ladder fields against the rules, each with its rule, what was measured, and where.
#[utoipa::path(get, path = "/api/ground/access", tag = "ground", params(AccessWish),
    responses((status = 200, body = AccessTold), (status = 400, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn findings(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<AccessWish>>,
) -> Result<Json<AccessTold>, Refusal> {
    let most = wish.most.unwrap_or(100).clamp(1, 1000);
    let want = "lane, ladder_field, building".to_owned();
    let named = |name: String| {
        let layer = Layer::named(&name).filter(|layer| JUDGED.contains(layer));
        layer.ok_or(Refusal::BadParameter { name: "layer".to_owned(), want: want.clone() })
    };
    let layer = wish.layer.map(named).transpose()?;
    if wish.id.is_some() && layer.is_none() {
        return Err(Refusal::BadParameter { name: "layer".to_owned(), want });
    }
    app.ask(move |city| access_told_of(city, layer, wish.id.map(FeatureId), most)).await.map(Json)
}

/// Access of a building
///
/// Which vehicles get to it and to its ladder field, and the findings about it, its lanes and ladder fields.
#[utoipa::path(get, path = "/api/ground/access/{building}", tag = "ground", params(("building" = u64, Path)),
    responses((status = 200, body = AccessCard), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn building(
    State(app): State<App>,
    Asked(Path(id)): Asked<Path<String>>,
) -> Result<Json<AccessCard>, Refusal> {
    let want = "a positive whole number / 正整数".to_owned();
    let id: u64 = id.parse().map_err(|_| Refusal::BadParameter { name: "building".to_owned(), want })?;
    let told = app.ask(move |city| access_of_building(city, FeatureId(id))).await?;
    told.map(Json).ok_or(Refusal::NoSuchFeature { layer: "building".to_owned(), id })
}
