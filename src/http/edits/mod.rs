//! Edits through the API: what is asked for is checked, done by the store in one transaction, and answered when the
//! city that holds it is published.

mod refused;
mod wish;
mod writer;

use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{Asked, Refusal, RefusalBody, lang_of};
use super::features::{id_of, layer_of};
use super::state::App;
use crate::store::{EditReceipt, EditTask, Edited, Edits, Once, Revision};
use refused::{ConflictTold, ProblemsTold};
use wish::{EditWish, EditsWish, PatchWish, UndoWish};
use writer::Writer;
pub use writer::{LEAST_TOKEN, Token, Writing};

/// The most bytes of a request.
const MOST_BYTES: usize = 4 << 20;
/// How long they may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an answer waits for the city that holds the edits, so that the client's next question sees them.
const SEEN_WITHIN: Duration = Duration::from_secs(2);
/// Characters a key has at most.
const LONGEST_KEY: usize = 64;

/// The addresses of edits.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(edits)).routes(routes!(undo)).routes(routes!(writing)).routes(routes!(
        super::features::one,
        change,
        retire
    ))
}

/// A feature that was edited.
#[derive(Serialize, ToSchema)]
struct EditedTold {
    layer: &'static str,
    id: u64,
    /// That of its last change, for the next edit.
    revision: u64,
}

/// Edits that were done.
#[derive(Serialize, ToSchema)]
pub struct EditsTold {
    /// The revision after them.
    revision: u64,
    /// The features in the order of the edits; of an undo in order of layer and number.
    features: Vec<EditedTold>,
}

impl From<EditReceipt> for EditsTold {
    fn from(receipt: EditReceipt) -> EditsTold {
        let told = |Edited { layer, id, revision }| EditedTold { layer: layer.name(), id: id.0, revision: revision.0 };
        EditsTold { revision: receipt.revision.0, features: receipt.features.into_iter().map(told).collect() }
    }
}

/// Whether this client may edit.
#[derive(Serialize, ToSchema)]
pub struct WritingTold {
    /// As it asks now.
    may: bool,
    /// `here`: from the server's own machine; `token`: by a bearer token; `off`: not at all.
    how: &'static str,
}

/// Edits features
///
/// Creates, changes and retires in one transaction, all or none; each may name the `revision` it has seen. Needs the
/// bearer token of `--write-token-file`; without one it works from the server's own machine, with the header
/// `x-firemap-edit: 1`. With an `Idempotency-Key` (at most 64 visible characters) the same request is done once within
/// a day. The answer comes when the edits are on disk and every question is answered by them; tiles follow at once, and
/// `/api/live` tells which.
#[utoipa::path(post, path = "/api/edits", tag = "edits", request_body = EditsWish,
    responses((status = 200, body = EditsTold), (status = 400, body = RefusalBody), (status = 401, body = RefusalBody), (status = 403, body = RefusalBody), (status = 412, body = ConflictTold), (status = 413, body = RefusalBody), (status = 422, body = ProblemsTold), (status = 503, body = RefusalBody), (status = 507, body = RefusalBody)))]
pub async fn edits(State(app): State<App>, writer: Writer, parts: Parts, body: Body) -> Result<Response, Refusal> {
    let mut request = Request::of(app, writer, &parts)?;
    let bytes = request.body(body).await?;
    let EditsWish { edits } = read(&bytes)?;
    request.edit(edits, false).await
}

/// Changes a feature
///
/// With `If-Match` only where that is its present ETag.
#[utoipa::path(patch, path = "/api/features/{layer}/{id}", tag = "edits", request_body = PatchWish,
    params(("layer" = String, Path), ("id" = u64, Path)),
    responses((status = 200, body = EditsTold), (status = 400, body = RefusalBody), (status = 401, body = RefusalBody), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody), (status = 412, body = ConflictTold), (status = 413, body = RefusalBody), (status = 422, body = ProblemsTold), (status = 503, body = RefusalBody), (status = 507, body = RefusalBody)))]
pub async fn change(
    State(app): State<App>,
    writer: Writer,
    Asked(Path((name, id))): Asked<Path<(String, String)>>,
    parts: Parts,
    body: Body,
) -> Result<Response, Refusal> {
    let mut request = Request::of(app, writer, &parts)?;
    let (layer, id, seen) = (layer_of(&name)?, id_of(&id)?, seen(&parts.headers)?);
    let bytes = request.body(body).await?;
    let wish: PatchWish = read(&bytes)?;
    request.edit(vec![wish.of(layer, id, seen)], true).await
}

/// Takes a feature off the map
///
/// With `If-Match` only where that is its present ETag. Its past stays, and its number is never used again.
#[utoipa::path(delete, path = "/api/features/{layer}/{id}", tag = "edits",
    params(("layer" = String, Path), ("id" = u64, Path)),
    responses((status = 200, body = EditsTold), (status = 401, body = RefusalBody), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody), (status = 412, body = ConflictTold), (status = 503, body = RefusalBody), (status = 507, body = RefusalBody)))]
pub async fn retire(
    State(app): State<App>,
    writer: Writer,
    Asked(Path((name, id))): Asked<Path<(String, String)>>,
    parts: Parts,
) -> Result<Response, Refusal> {
    let request = Request::of(app, writer, &parts)?;
    let wish = wish::retiring(layer_of(&name)?, id_of(&id)?, seen(&parts.headers)?);
    request.edit(vec![wish], true).await
}

/// Undoes edits
///
/// What the batch did that was answered with this `revision`, as a new edit: only one's own, and only while none of its
/// features was changed since.
#[utoipa::path(post, path = "/api/edits/undo", tag = "edits", request_body = UndoWish,
    responses((status = 200, body = EditsTold), (status = 400, body = RefusalBody), (status = 401, body = RefusalBody), (status = 403, body = RefusalBody), (status = 412, body = ConflictTold), (status = 503, body = RefusalBody), (status = 507, body = RefusalBody)))]
pub async fn undo(State(app): State<App>, writer: Writer, parts: Parts, body: Body) -> Result<Response, Refusal> {
    let mut request = Request::of(app, writer, &parts)?;
    let bytes = request.body(body).await?;
    let UndoWish { revision } = read(&bytes)?;
    request.run(EditTask::Undo(Revision(revision)), false).await
}

/// Whether this client may edit
#[utoipa::path(get, path = "/api/writing", tag = "edits", responses((status = 200, body = WritingTold)))]
pub async fn writing(State(app): State<App>, parts: Parts) -> Json<WritingTold> {
    Json(match &app.writing {
        Some(writing) => WritingTold { may: writing.actor(&parts).is_ok(), how: writing.how() },
        None => WritingTold { may: false, how: "off" },
    })
}

/// A request that writes.
struct Request {
    app: App,
    writer: Writer,
    key: Option<String>,
    /// Of all that the request says.
    digest: Sha256,
    headers: HeaderMap,
}

impl Request {
    fn of(app: App, writer: Writer, parts: &Parts) -> Result<Request, Refusal> {
        let mut digest = Sha256::new();
        let matched = parts.headers.get(header::IF_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
        for said in [parts.method.as_str().as_bytes(), parts.uri.path().as_bytes(), matched] {
            digest.update(said);
            digest.update(b"\n");
        }
        Ok(Request { app, writer, key: key_of(&parts.headers)?, digest, headers: parts.headers.clone() })
    }

    async fn body(&mut self, body: Body) -> Result<Vec<u8>, Refusal> {
        let bytes = tokio::time::timeout(PATIENCE, to_bytes(body, MOST_BYTES)).await.map_err(|_| Refusal::Slow {})?;
        let bytes = bytes.map_err(|_| {
            let most = MOST_BYTES >> 20;
            Refusal::TooLarge {
                zh: format!("请求超过 {most} MB，未保存任何内容。请分批提交。"),
                en: format!("The request is larger than {most} MB; nothing was kept. Send the edits in several."),
            }
        })?;
        self.digest.update(&bytes);
        Ok(bytes.to_vec())
    }

    async fn edit(self, wishes: Vec<EditWish>, is_single: bool) -> Result<Response, Refusal> {
        let zone = TimeZone::get(self.app.city()?.zone()).unwrap_or(TimeZone::UTC);
        let lang = lang_of(&self.headers);
        // Shapes of many vertices take a while to check.
        let checked = tokio::task::spawn_blocking(move || wish::edits_of(wishes, &zone));
        match checked.await.map_err(|_| Refusal::Fault {})? {
            Ok(edits) => self.run(EditTask::Edits(edits), is_single).await,
            Err(problems) => Ok(refused::wrong(&problems, lang)),
        }
    }

    async fn run(self, task: EditTask, is_single: bool) -> Result<Response, Refusal> {
        let Request { app, writer: Writer { store, actor, place }, key, digest, headers } = self;
        let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let once = key.map(|key| Once { key, digest });
        let edits = Edits { actor: actor.to_owned(), task, once };
        let done = tokio::task::spawn_blocking(move || {
            let done = store.edit(edits);
            // Who waits for the city does not keep others from the store.
            drop(place);
            if let Ok(receipt) = &done {
                app.seen_within(receipt.revision, SEEN_WITHIN);
            }
            done
        });
        Ok(match done.await.map_err(|_| Refusal::Fault {})? {
            Ok(receipt) => {
                let tag = receipt.features.first().filter(|_| is_single).and_then(|edited| tag(edited.revision.0));
                let mut response = Json(EditsTold::from(receipt)).into_response();
                response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
                response
            }
            Err(error) => refused::undone(error, is_single, lang_of(&headers)),
        })
    }
}

/// The tag of a feature's revision.
pub fn tag(revision: u64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{revision}\"")).ok()
}

/// The revision that a client has seen; `None` where it does not say.
fn seen(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(given) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let given = given.to_str().unwrap_or_default().trim();
    let revision = given.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|text| text.parse().ok());
    match revision {
        Some(revision) => Ok(Some(revision)),
        None if given == "*" => Ok(None),
        None => Err(bad("If-Match", "the ETag of the feature, such as \"17\", or * / 要素的 ETag")),
    }
}

/// The key that a client gives its request.
fn key_of(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let fits = (1..=LONGEST_KEY).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    let key = key.to_str().ok().filter(|_| fits);
    let bad = || bad("Idempotency-Key", "1 to 64 visible ASCII characters / 1–64 个可见 ASCII 字符");
    key.map(|key| Some(key.to_owned())).ok_or_else(bad)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| bad("body", &error.to_string()))
}

fn bad(name: &str, want: &str) -> Refusal {
    Refusal::BadParameter { name: name.to_owned(), want: want.chars().take(200).collect() }
}
