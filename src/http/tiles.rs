//! Tiles: drawn once, kept compressed, served with a strong ETag.

use std::io::Read;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::assets::Origin;
use super::error::{Asked, Refusal};
use super::queue::{Queue, Wish};
use super::state::App;
use crate::city::{City, GroundResults};
use crate::live::{Live, Published};
use crate::map::{LAST_ZOOM, TileSource, draw};
use crate::model::{FieldType, Layer};
use crate::tiles::TileId;

/// A tile as it is kept: compressed bytes and their ETag; empty tiles are kept too.
#[derive(Clone, Debug, PartialEq)]
struct Kept(Option<(Bytes, HeaderValue)>);

impl Kept {
    fn of(bytes: Option<Vec<u8>>) -> Kept {
        Kept(bytes.map(|bytes| {
            let tag = HeaderValue::from_str(&format!("\"{:032x}\"", xxh3_128(&bytes)));
            (Bytes::from(bytes), tag.expect("hexadecimal digits are ASCII"))
        }))
    }
}

/// What makes a tile's bytes: source, place, and the number of the city since which it has been the same.
type Key = (TileSource, TileId, u64);

/// How often a tile is drawn at most for one who asks while it changes.
const ATTEMPTS: usize = 3;

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Kept> for ByBytes {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        // What a small entry costs beside its bytes.
        128 + kept.0.as_ref().map_or(0, |(bytes, _)| bytes.len() as u64)
    }
}

/// Tiles in memory, bounded by bytes. A tile asked for by many at once is drawn once; at most as many are drawn at a
/// time as there are processors, client by client in turn.
pub struct TileCache {
    cache: Arc<Cache<Key, Kept, ByBytes>>,
    queue: Queue<Key, Kept>,
    /// Held by the one tile that waits until what lies along the ground is found; the others wait for it.
    ground: tokio::sync::Mutex<()>,
    /// The same of the scores of risk, which are found after it.
    risk: tokio::sync::Mutex<()>,
}

impl TileCache {
    pub(super) fn new(most_bytes: u64) -> TileCache {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        TileCache {
            cache: Arc::new(Cache::with_weighter((most_bytes / 20_000) as usize, most_bytes, ByBytes)),
            queue: Queue::new(processors),
            ground: tokio::sync::Mutex::default(),
            risk: tokio::sync::Mutex::default(),
        }
    }

    /// Waits until a city has all that tiles along the ground show, so that no drawing waits for it: the turns are for
    /// tiles that can be drawn at once.
    async fn ground_found(&self, city: &Arc<City>) -> Result<(), Refusal> {
        let _first = self.ground.lock().await;
        if city.ground_found().is_some_and(GroundResults::has_all_that_is_drawn) {
            return Ok(());
        }
        let city = city.clone();
        let find = move || {
            let ground = city.ground();
            ground.access(&city);
            ground.frailty(&city);
        };
        tokio::task::spawn_blocking(find).await.map_err(|_| Refusal::Fault {})
    }

    /// Waits until the buildings of a city are scored, likewise.
    async fn risk_found(&self, city: &Arc<City>) -> Result<(), Refusal> {
        let _first = self.risk.lock().await;
        if city.risk_found().is_some() {
            return Ok(());
        }
        let city = city.clone();
        let find = move || {
            city.risk();
        };
        tokio::task::spawn_blocking(find).await.map_err(|_| Refusal::Fault {})
    }

    /// A tile as it is now: one that changed while it was drawn is drawn again, since who asked may have been told of
    /// the change already.
    async fn tile(&self, live: &Live, source: TileSource, tile: TileId, client: SocketAddr) -> Result<Kept, Refusal> {
        let mut attempts = 0;
        loop {
            let (published, since) = live.drawn_from(source, tile).ok_or(Refusal::Loading {})?;
            let kept = self.drawn(&published, (source, tile, since), client).await?;
            attempts += 1;
            if attempts == ATTEMPTS || live.drawn_from(source, tile).is_none_or(|(_, now)| now == since) {
                return Ok(kept);
            }
        }
    }

    /// A tile of a city, drawn in the client's turn where it is not kept.
    async fn drawn(&self, published: &Published, key: Key, client: SocketAddr) -> Result<Kept, Refusal> {
        if let Some(kept) = self.cache.get(&key) {
            return Ok(kept);
        }
        let (source, tile, _) = key;
        match source {
            TileSource::Ground => self.ground_found(&published.city).await?,
            TileSource::Risk => self.risk_found(&published.city).await?,
            _ => {}
        }
        let (cache, city) = (self.cache.clone(), published.city.clone());
        let there = || self.cache.get(&key);
        let asked = self.queue.ask(client, key, there, move || {
            let kept = Kept::of(draw(&city, source, tile));
            cache.insert(key, kept.clone());
            kept
        });
        match asked {
            Wish::There(kept) => Ok(kept),
            Wish::Full => Err(Refusal::Busy {}),
            Wish::Coming { drawn, new } => {
                if new {
                    metrics::counter!("firemap_tiles_drawn_total", "source" => source.name()).increment(1);
                }
                // Whoever draws sends something, unless the queue ends.
                drawn.await.unwrap_or(Err(Refusal::Fault {}))
            }
        }
    }
}

/// The connection of a request: its address and port. One for all where the server does not tell.
fn client_of(request: &Request) -> SocketAddr {
    let told = request.extensions().get::<ConnectInfo<SocketAddr>>();
    told.map_or(SocketAddr::from(([0, 0, 0, 0], 0)), |ConnectInfo(address)| *address)
}

/// A tile
///
/// Mapbox Vector Tile 2.1, gzip. An ending `.mvt` or `.pbf` is allowed.
#[utoipa::path(get, path = "/tiles/{source}/{z}/{x}/{y}", tag = "tiles",
    params(("source" = String, Path, description = "base, buildings, fire, areas, ground or risk"), ("z" = u8, Path), ("x" = u32, Path), ("y" = String, Path)),
    responses((status = 200, content_type = "application/vnd.mapbox-vector-tile"), (status = 204, description = "empty"), (status = 304),
        (status = 404, body = super::error::RefusalBody), (status = 503, body = super::error::RefusalBody)))]
pub async fn tile(State(app): State<App>, request: Request) -> Result<Response, Refusal> {
    let (source, id) = wished(request.uri().path())?;
    let Kept(Some((bytes, tag))) = app.tiles.tile(app.live(), source, id, client_of(&request)).await? else {
        return Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-cache")]).into_response());
    };
    // A strong tag is of the bytes sent, so the uncompressed tile has one of its own.
    let gzip = accepts_gzip(request.headers());
    let tag = if gzip { tag } else { plain_tag(&tag) };
    let fixed = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if matches(request.headers(), &tag) {
        return Ok((StatusCode::NOT_MODIFIED, fixed).into_response());
    }
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.mapbox-vector-tile"));
    if gzip {
        let coding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        Ok((fixed, [kind, coding], bytes).into_response())
    } else {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).map_err(|_| Refusal::Fault {})?;
        Ok((fixed, [kind], plain).into_response())
    }
}

/// Source and place of a tile's path, `/tiles/SOURCE/Z/X/Y`: read where it stands, as most answers are ready sooner than
/// its parts would be taken out.
fn wished(path: &str) -> Result<(TileSource, TileId), Refusal> {
    let mut parts = path.split('/').skip(2);
    let mut part = || parts.next().unwrap_or_default();
    let [source, z, x, y] = [part(), part(), part(), part()];
    let short = |text: &str| text.chars().take(40).collect::<String>();
    let source = TileSource::named(source).ok_or_else(|| Refusal::NoSuchSource { name: short(source) })?;
    let bare = y.strip_suffix(".mvt").or(y.strip_suffix(".pbf")).unwrap_or(y);
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let (Some(zoom), Some(column), Some(row)) = (number(z), number(x), number(bare)) else {
        return Err(Refusal::TileUnreadable { z: short(z), x: short(x), y: short(y) });
    };
    let id = u8::try_from(zoom).ok().filter(|z| *z <= LAST_ZOOM).and_then(|z| TileId::new(z, column, row));
    Ok((source, id.ok_or(Refusal::TileOutside { z: zoom, x: column, y: row, last: LAST_ZOOM })?))
}

fn plain_tag(tag: &HeaderValue) -> HeaderValue {
    let text = tag.to_str().unwrap_or_default().trim_end_matches('"').to_owned();
    HeaderValue::from_str(&format!("{text}-plain\"")).expect("hexadecimal digits are ASCII")
}

/// Whether gzip is taken: an entry of that name decides, else `*` (RFC 9110, 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let listed = || headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let weight = |wanted: &str| {
        listed().flat_map(|value| value.split(',')).find_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            parts.next().filter(|name| name.eq_ignore_ascii_case(wanted))?;
            let weight =
                parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
            Some(weight.map_or(1.0, |(_, weight)| weight.trim().parse::<f32>().unwrap_or(1.0)))
        })
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

fn matches(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let listed = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let ours = tag.to_str().unwrap_or_default();
    listed
        .flat_map(|value| value.split(','))
        .any(|known| matches!(known.trim().trim_start_matches("W/"), known if known == ours || known == "*"))
}

/// TileJSON of a source
///
/// TileJSON 3.0 with the attributes that each source layer carries.
#[utoipa::path(get, path = "/tiles/{source}", tag = "tiles", params(("source" = String, Path, description = "such as base.json")),
    responses((status = 200, body = Object), (status = 404, body = super::error::RefusalBody)))]
pub async fn tilejson(
    State(app): State<App>,
    Asked(Path(name)): Asked<Path<String>>,
    Origin(origin): Origin,
) -> Result<Json<Value>, Refusal> {
    let bare = name.strip_suffix(".json").unwrap_or(&name);
    let source = TileSource::named(bare).ok_or(Refusal::NoSuchSource { name: bare.to_owned() })?;
    let city = app.city()?;
    let layers: Vec<Value> = source
        .source_layers()
        .into_iter()
        .map(|(id, attributes)| {
            let kind = |name: &str, number| match Layer::named(id).and_then(|layer| layer.field(name)) {
                Some((_, field)) => type_word(field.ty),
                None if number => "Number",
                None => "String",
            };
            let fields: serde_json::Map<String, Value> =
                attributes.into_iter().map(|(name, number)| (name.clone(), json!(kind(&name, number)))).collect();
            json!({"id": id, "fields": fields, "minzoom": 0, "maxzoom": LAST_ZOOM})
        })
        .collect();
    let bounds = city.extent().map(|bounds| {
        [bounds.min.lon_degrees(), bounds.min.lat_degrees(), bounds.max.lon_degrees(), bounds.max.lat_degrees()]
    });
    let mut told = json!({
        "tilejson": "3.0.0",
        "name": source.name(),
        "tiles": [format!("{}/tiles/{}/{{z}}/{{x}}/{{y}}", origin, source.name())],
        "minzoom": 0,
        "maxzoom": LAST_ZOOM,
        "attribution": attribution(&city),
        "vector_layers": layers,
    });
    if let Some([west, south, east, north]) = bounds {
        // A point has no extent, and clients refuse a box without any.
        told["bounds"] = json!([west - 0.01, (south - 0.01).max(-85.0), east + 0.01, (north + 0.01).min(85.0)]);
    }
    Ok(Json(told))
}

/// The type of a field's values in a tile, as TileJSON names it. Dates and instants are whole numbers there.
fn type_word(ty: FieldType) -> &'static str {
    match ty {
        FieldType::Bool => "Boolean",
        FieldType::Integer(..) | FieldType::Real(..) | FieldType::Date | FieldType::Instant => "Number",
        FieldType::Text | FieldType::Choice(_) => "String",
    }
}

fn attribution(city: &City) -> String {
    let mut all: Vec<&str> =
        city.sources().iter().map(|source| source.attribution.as_str()).filter(|text| !text.is_empty()).collect();
    all.sort_unstable();
    all.dedup();
    let escaped = all.iter().map(|text| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"));
    escaped.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        for (header, taken) in [
            ("gzip", true),
            ("GZip;Q=0.5, br", true),
            ("br, *", true),
            ("*;q=0.1", true),
            ("gzip;q=0, *", false),
            ("*, gzip; Q = 0.000", false),
            ("*;q=0, gzip", true),
            ("gzip ; q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(header))]);
            assert_eq!(accepts_gzip(&headers), taken, "{header:?}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
