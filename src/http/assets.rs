//! Everything that is not data: style, symbols, viewer, health.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Asked, Refusal, RefusalBody, lang_of};
use super::sprite::sprite;
use super::state::App;
use super::style::{Theme, style};
use super::viewer::asset;
use crate::model::Lang;

/// Where clients find this server, as they named it; its own address where they named none that is a host's.
pub struct Origin(pub String);

impl FromRequestParts<App> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Origin, Infallible> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let plain = |host: &&str| {
            let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
            !host.is_empty() && host.bytes().all(part)
        };
        // HTTP/2 names the host in the address of the request.
        let named = parts.uri.authority().map(Authority::as_str).or_else(|| text("host"));
        let host = named.filter(plain).map_or_else(|| app.own_host(), str::to_owned);
        let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
        Ok(Origin(format!("{scheme}://{host}")))
    }
}

/// What a style is asked for with.
#[derive(Deserialize)]
pub struct StyleWish {
    theme: Option<String>,
    lang: Option<String>,
}

/// The map style
///
/// A complete MapLibre style. `theme` is light or dark, `lang` zh or en.
#[utoipa::path(get, path = "/style.json", tag = "tiles", params(("theme" = Option<String>, Query), ("lang" = Option<String>, Query)),
    responses((status = 200, body = Object), (status = 400, body = RefusalBody)))]
pub async fn style_json(Asked(Query(wish)): Asked<Query<StyleWish>>, Origin(origin): Origin) -> Json<Value> {
    let theme = Theme::named(wish.theme.as_deref().unwrap_or("light"));
    let lang = wish.lang.as_deref().map_or(Lang::Zh, Lang::named);
    Json(style(theme, lang, &origin))
}

/// The sheet of symbols, as picture or index, for screens of one or two pixels a point.
pub async fn sprite_sheet(Asked(Path(name)): Asked<Path<String>>) -> Result<Response, Refusal> {
    let (ratio, kind) = match name.as_str() {
        "sprite.json" => (1, "json"),
        "sprite@2x.json" => (2, "json"),
        "sprite.png" => (1, "png"),
        "sprite@2x.png" => (2, "png"),
        _ => return viewer_file(&name),
    };
    let sheet = sprite(ratio);
    let keep = (header::CACHE_CONTROL, "no-cache");
    Ok(match kind {
        "json" => ([(header::CONTENT_TYPE, "application/json"), keep], sheet.json.clone()).into_response(),
        _ => ([(header::CONTENT_TYPE, "image/png"), keep], sheet.png.clone()).into_response(),
    })
}

/// The page of the viewer.
pub async fn page() -> Result<Response, Refusal> {
    viewer_file("")
}

/// A file of the viewer by its path.
pub async fn file(request: Request) -> Result<Response, Refusal> {
    viewer_file(request.uri().path())
}

fn viewer_file(path: &str) -> Result<Response, Refusal> {
    let (bytes, kind, immutable) =
        asset(path).ok_or_else(|| Refusal::NoSuchPage { path: path.chars().take(200).collect() })?;
    let keep = if immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], bytes.into_owned()).into_response())
}

/// Whether the process lives
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = String)))]
pub async fn health() -> &'static str {
    "ok"
}

/// Whether it has a city to serve
///
/// `message` says that the city is not brought up to date where it is not; the city in memory is served all the same.
#[utoipa::path(get, path = "/ready", tag = "service", responses((status = 200, body = Object), (status = 503, body = Object)))]
pub async fn ready(State(app): State<App>, request: Request) -> Response {
    let lang = lang_of(request.headers());
    let trouble = app.trouble().map(|_| {
        lang.pick(
            "数据暂时无法更新，地图显示的是最后一次读到的内容，详见日志。",
            "The city cannot be brought up to date now; the map shows what was read last. The log says why.",
        )
    });
    let (as_of, stale) = app.age();
    let told = |revision: Option<u64>| json!({"ready": revision.is_some(), "revision": revision, "as_of": as_of, "stale": stale, "message": trouble});
    match app.city() {
        Ok(city) => Json(told(Some(city.revision().0))).into_response(),
        Err(_) => {
            let body = told(None);
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, HeaderValue::from_static("1"))], Json(body))
                .into_response()
        }
    }
}

/// Counters for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "service", responses((status = 200, body = String)))]
pub async fn metrics(State(app): State<App>) -> Response {
    if let Ok(city) = app.city() {
        metrics::gauge!("firemap_city_revision").set(city.revision().0 as f64);
        for layer in crate::model::Layer::ALL {
            metrics::gauge!("firemap_features", "layer" => layer.name()).set(city.layer(layer).count() as f64);
        }
    }
    let text = app.metrics.as_ref().map(|handle| handle.render()).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
