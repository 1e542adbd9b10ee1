//! Features one by one, in a box, and by name.

use axum::extract::{Path, Query, State};
use axum::response::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::error::{Asked, Refusal, RefusalBody};
use super::state::App;
use crate::city::RowRef;
use crate::crs::{WorldBox, bounds_named};
use crate::model::{Bounds, FeatureId, Layer};
use crate::report::feature;
use crate::store::{Import, Provenance, Standing};

/// Features a page has at most.
const MOST_A_PAGE: usize = 1000;
/// Hits a search gives at most.
const MOST_HITS: usize = 100;
/// Characters of a search that are read.
const MOST_TEXT: usize = 100;

fn layer_of(name: &str) -> Result<Layer, Refusal> {
    Layer::named(name).ok_or_else(|| Refusal::NoSuchLayer { name: name.chars().take(40).collect() })
}

/// A feature
///
/// GeoJSON with public properties by field name, and its provenance: file and row that it has its content from, with
/// the file's SHA-256, when it was imported and by whom, and the same of the file it was last seen in.
#[utoipa::path(get, path = "/api/features/{layer}/{id}", tag = "features",
    params(("layer" = String, Path), ("id" = u64, Path)),
    responses((status = 200, body = Object), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn one(
    State(app): State<App>,
    Asked(Path((name, id))): Asked<Path<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let layer = layer_of(&name)?;
    let want = "a positive whole number / 正整数".to_owned();
    let id: u64 = id.parse().map_err(|_| Refusal::BadParameter { name: "id".to_owned(), want })?;
    let city = app.city()?;
    let (_, row) = city.layer(layer).find(FeatureId(id)).ok_or(Refusal::NoSuchFeature { layer: name, id })?;
    let mut feature = told(row);
    drop(city);
    if let Some(store) = app.store() {
        let asked = tokio::task::spawn_blocking(move || store.provenance(layer, FeatureId(id)));
        // What the city holds is told though the store cannot be asked now.
        if let Ok(Ok(Some(provenance))) = asked.await {
            feature.insert("provenance".to_owned(), provenance_told(provenance));
        }
    }
    Ok(Json(Value::Object(feature)))
}

fn provenance_told(provenance: Provenance) -> Value {
    let standing = |Standing { import, row }: Standing| {
        let Import { file, time, actor, .. } = import;
        json!({"file": &*file.file, "row": row, "sha256": file.hash, "imported": time, "actor": actor})
    };
    let mut told = provenance.came_from.map_or_else(|| json!({"file": "", "row": 0}), standing);
    told["last_seen"] = provenance.last_seen.map_or(Value::Null, standing);
    told
}

fn told(row: RowRef<'_>) -> Map<String, Value> {
    let mut told = feature(row);
    told.insert("provenance".to_owned(), json!({"file": &**row.file, "row": row.file_row}));
    told
}

/// Which features of a box.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BoxWish {
    /// west,south,east,north in degrees.
    bbox: Option<String>,
    /// Features a page, at most 1000; 100 where not said.
    limit: Option<usize>,
    /// Only features of larger number: `next` of the page before.
    after: Option<u64>,
}

/// Features in a box
///
/// A GeoJSON FeatureCollection in order of number, paged: `next` is the number to go on after, or null.
#[utoipa::path(get, path = "/api/features/{layer}", tag = "features", params(("layer" = String, Path), BoxWish),
    responses((status = 200, body = Object), (status = 400, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn in_box(
    State(app): State<App>,
    Asked(Path(name)): Asked<Path<String>>,
    Asked(Query(wish)): Asked<Query<BoxWish>>,
) -> Result<Json<Value>, Refusal> {
    let layer = layer_of(&name)?;
    let bounds = wish.bbox.as_deref().map(parse_box).transpose()?;
    let limit = wish.limit.unwrap_or(100).clamp(1, MOST_A_PAGE);
    let after = wish.after.unwrap_or(0);
    let city = app.city()?;
    // One more than a page, so that it is known whether another follows.
    let rows: Vec<RowRef<'_>> = match bounds {
        None => city.layer(layer).after(FeatureId(after), limit + 1),
        Some(bounds) => {
            let mut rows = city.layer(layer).window(WorldBox::from(bounds));
            rows.retain(|row| row.id.0 > after && row.shape.bounds().intersects(bounds));
            rows
        }
    };
    let next = (rows.len() > limit).then(|| rows[limit - 1].id.0);
    let features: Vec<Value> = rows.into_iter().take(limit).map(|row| Value::Object(told(row))).collect();
    Ok(Json(json!({"type": "FeatureCollection", "features": features, "next": next, "revision": city.revision().0})))
}

fn parse_box(text: &str) -> Result<Bounds, Refusal> {
    let want = "west,south,east,north in degrees, west < east, south < north / 西,南,东,北（度）".to_owned();
    bounds_named(text).ok_or_else(|| Refusal::BadParameter { name: "bbox".to_owned(), want })
}

/// What to search for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchWish {
    /// Name, address or code, or parts of them.
    q: Option<String>,
    /// Hits, at most 100; 20 where not said.
    limit: Option<usize>,
}

/// A hit.
#[derive(Serialize, ToSchema)]
pub struct HitTold {
    layer: &'static str,
    id: u64,
    name: Option<String>,
    /// Address or code.
    detail: Option<String>,
    at: [f64; 2],
    bbox: [f64; 4],
}

/// Hits, best first.
#[derive(Serialize, ToSchema)]
pub struct Hits {
    results: Vec<HitTold>,
}

/// Features by name, address or code
#[utoipa::path(get, path = "/api/search", tag = "features", params(SearchWish),
    responses((status = 200, body = Hits), (status = 400, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn search(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<SearchWish>>,
) -> Result<Json<Hits>, Refusal> {
    let text: String = wish.q.unwrap_or_default().chars().take(MOST_TEXT).collect();
    let most = wish.limit.unwrap_or(20).clamp(1, MOST_HITS);
    let found = app.ask(move |city| {
        let hits = city.search(&text, most).into_iter();
        Hits { results: hits.filter_map(|hit| Some(hit_told(city.layer(hit.layer).find(hit.id)?.1))).collect() }
    });
    found.await.map(Json)
}

fn hit_told(row: RowRef<'_>) -> HitTold {
    let layer = row.layer;
    let text = |name: &str| {
        let (ix, field) = layer.field(name)?;
        row.attributes.text(layer, ix).filter(|_| field.is_public()).map(str::to_owned)
    };
    let bounds = row.shape.bounds();
    let at = crate::analysis::inner_place(row.shape);
    HitTold {
        layer: layer.name(),
        id: row.id.0,
        name: text("name"),
        detail: text("address").or_else(|| text("code")),
        at: [at.lon_degrees(), at.lat_degrees()],
        bbox: [bounds.min.lon_degrees(), bounds.min.lat_degrees(), bounds.max.lon_degrees(), bounds.max.lat_degrees()],
    }
}
