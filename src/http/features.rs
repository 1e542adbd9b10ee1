//! Features one by one, in a box, and by name.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Json, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::edits;
use super::error::{Asked, Refusal, RefusalBody};
use super::past::AtWish;
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

/// The layer of a name in an address.
pub fn layer_of(name: &str) -> Result<Layer, Refusal> {
    Layer::named(name).ok_or_else(|| Refusal::NoSuchLayer { name: name.chars().take(40).collect() })
}

/// The number of a feature in an address.
pub fn id_of(text: &str) -> Result<u64, Refusal> {
    let want = "a positive whole number / 正整数".to_owned();
    text.parse().map_err(|_| Refusal::BadParameter { name: "id".to_owned(), want })
}

/// A feature
///
/// GeoJSON with public properties by field name; the `revision` of its last change, which is its ETag too; and its
/// provenance: file and row that it has its content from, with the file's SHA-256, when it was imported and by whom,
/// and the same of the file it was last seen in.
#[utoipa::path(get, path = "/api/features/{layer}/{id}", tag = "features",
    params(("layer" = String, Path), ("id" = u64, Path), AtWish),
    responses((status = 200, body = Object), (status = 202, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn one(
    State(app): State<App>,
    Asked(Path((name, id))): Asked<Path<(String, String)>>,
    Asked(Query(wish)): Asked<Query<AtWish>>,
) -> Result<Response, Refusal> {
    let (layer, id) = (layer_of(&name)?, id_of(&id)?);
    let city = app.city_of(&wish).await?;
    let (_, row) = city.layer(layer).find(FeatureId(id)).ok_or(Refusal::NoSuchFeature { layer: name, id })?;
    let mut feature = told(row);
    let at = city.revision();
    drop(city);
    let mut tag = None;
    if let Some(store) = app.store() {
        let of = (layer, FeatureId(id));
        let asked = tokio::task::spawn_blocking(move || (store.provenance(of.0, of.1), store.revisions(&[of], at)));
        // What the city holds is told though the store cannot be asked now.
        let (provenance, revisions) = asked.await.map_err(|_| Refusal::Fault {})?;
        if let (Ok(Some(provenance)), true) = (provenance, wish.is_now()) {
            feature.insert("provenance".to_owned(), provenance_told(provenance));
        }
        if let Ok(revisions) = revisions {
            // A row that the log does not know is that of revision 0.
            let revision = revisions.first().copied().flatten().unwrap_or_default();
            feature["revision"] = json!(revision.0);
            // What was is no state to be changed.
            tag = edits::tag(revision.0).filter(|_| wish.is_now());
        }
    }
    let mut response = Json(Value::Object(feature)).into_response();
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    Ok(response)
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
    told.insert("revision".to_owned(), Value::Null);
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
#[utoipa::path(get, path = "/api/features/{layer}", tag = "features", params(("layer" = String, Path), BoxWish, AtWish),
    responses((status = 200, body = Object), (status = 400, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn in_box(
    State(app): State<App>,
    Asked(Path(name)): Asked<Path<String>>,
    Asked(Query(wish)): Asked<Query<BoxWish>>,
    Asked(Query(at)): Asked<Query<AtWish>>,
) -> Result<Json<Value>, Refusal> {
    let layer = layer_of(&name)?;
    let bounds = wish.bbox.as_deref().map(parse_box).transpose()?;
    let limit = wish.limit.unwrap_or(100).clamp(1, MOST_A_PAGE);
    let after = wish.after.unwrap_or(0);
    let city = app.city_of(&at).await?;
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
    let rows: Vec<RowRef<'_>> = rows.into_iter().take(limit).collect();
    let ids: Vec<(Layer, FeatureId)> = rows.iter().map(|row| (layer, row.id)).collect();
    let mut features: Vec<Map<String, Value>> = rows.into_iter().map(told).collect();
    let at = city.revision();
    drop(city);
    if let Some(store) = app.store() {
        let asked = tokio::task::spawn_blocking(move || store.revisions(&ids, at));
        if let Ok(revisions) = asked.await.map_err(|_| Refusal::Fault {})? {
            for (feature, revision) in features.iter_mut().zip(revisions) {
                feature["revision"] = json!(revision.unwrap_or_default().0);
            }
        }
    }
    Ok(Json(json!({"type": "FeatureCollection", "features": features, "next": next, "revision": at.0})))
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
