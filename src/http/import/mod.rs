//! Import over the network, for a browser on the server's own machine: files come in, are looked at, corrected,
//! imported. The engine, its sentences and its report are those of `firemap import`; here is only the way to it.

mod asks;
mod desk;
mod guard;
mod labels;
mod teller;
mod told;
mod upload;
mod wish;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{Asked, Refusal, RefusalBody, lang_of};
use super::state::App;
use crate::ingest::{IngestError, MOST_FILES, Profile, TrayError};
use crate::model::{Lang, Speak};
pub use desk::Desk;
use desk::{Drop, MOST_BYTES, Task};
use guard::Local;
use teller::Teller;
use told::{LookTold, ProgressTold};
use wish::ImportWish;

/// The most bytes of what is said about an import.
const LONGEST_WISH: usize = 64 << 10;
/// How long such words may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// The addresses of the import.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(about, begin))
        .routes(routes!(progress, forget))
        .routes(routes!(upload::file))
        .routes(routes!(look))
        .routes(routes!(run))
        .routes(routes!(stop))
        .routes(routes!(shapes))
        .routes(routes!(rejects))
}

/// What may be imported here.
#[derive(Serialize, ToSchema)]
pub struct About {
    /// The most bytes of the files of one import.
    most_bytes: u64,
    /// The most files of one import.
    most_files: usize,
    /// Profiles that were kept, by name.
    profiles: Vec<String>,
}

/// A new import.
#[derive(Serialize, ToSchema)]
pub struct Begun {
    /// What it is asked for by.
    id: String,
}

/// Whether files can be imported here
///
/// Only for a browser on the server's own machine; anybody else is refused with the sentence that says what to do.
#[utoipa::path(get, path = "/api/import", tag = "import",
    responses((status = 200, body = About), (status = 403, body = RefusalBody)))]
pub async fn about(Local(desk): Local) -> Result<Json<About>, Refusal> {
    let profiles = aside(move || Profile::names(desk.profiles())).await?;
    Ok(Json(About { most_bytes: MOST_BYTES, most_files: MOST_FILES, profiles }))
}

/// Begins an import
///
/// Every request of an import that changes something has the header `x-firemap-import: 1`.
#[utoipa::path(post, path = "/api/import", tag = "import",
    responses((status = 201, body = Begun), (status = 403, body = RefusalBody), (status = 409, body = RefusalBody)))]
pub async fn begin(Local(desk): Local) -> Result<(StatusCode, Json<Begun>), Refusal> {
    let drop = aside(move || desk.begin()).await??;
    Ok((StatusCode::CREATED, Json(Begun { id: drop.id.clone() })))
}

/// How far an import is
///
/// After a rehearsal or an import with its report: what was read, kept and rejected, with remarks, in the reader's
/// language.
#[utoipa::path(get, path = "/api/import/{id}", tag = "import", params(("id" = String, Path)),
    responses((status = 200, body = ProgressTold), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody)))]
pub async fn progress(
    Local(desk): Local,
    Asked(Path(id)): Asked<Path<String>>,
    headers: HeaderMap,
) -> Result<Json<ProgressTold>, Refusal> {
    let drop = desk.get(&id)?;
    aside(move || Teller::new(&drop, lang_of(&headers)).progress()).await.map(Json)
}

/// Stops an import and forgets its files
#[utoipa::path(delete, path = "/api/import/{id}", tag = "import", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody)))]
pub async fn forget(Local(desk): Local, Asked(Path(id)): Asked<Path<String>>) -> Result<StatusCode, Refusal> {
    aside(move || desk.forget(&id)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Looks at the files
///
/// What their beginning shows: format, layer, coordinates, where each column goes, and shapes for a map; or why they
/// cannot be read, with what could be meant. Counts of the whole files are then worked out: ask how far that is.
#[utoipa::path(post, path = "/api/import/{id}/look", tag = "import", params(("id" = String, Path)),
    request_body = ImportWish,
    responses((status = 200, body = LookTold), (status = 400, body = RefusalBody), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody)))]
pub async fn look(
    Local(desk): Local,
    Asked(Path(id)): Asked<Path<String>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LookTold>, Refusal> {
    let (drop, wish) = (desk.get(&id)?, wish_of(body).await?);
    aside(move || look_at(&desk, &drop, &wish, lang_of(&headers))).await?.map(Json)
}

fn look_at(desk: &Arc<Desk>, drop: &Arc<Drop>, wish: &ImportWish, lang: Lang) -> Result<LookTold, Refusal> {
    let teller = Teller::new(drop, lang);
    // A name that no profile can have is told now, not after the import.
    let said = wish.keeps(desk.profiles()).and_then(|_| wish.options(lang, drop.rejects(), desk.profiles()));
    let sheets = desk.sheets(drop);
    let options = match said {
        Ok(options) => options,
        Err(error) => return Ok(teller.look_failed(&error, None, sheets)),
    };
    match desk.glance(drop, &options) {
        Ok((report, preview)) => {
            // Where another import is under way, only the whole counts are missing.
            let task = Task { options, keeps: false, profile: None };
            let waits = desk.start(drop.clone(), task).err();
            Ok(teller.look(&report, &preview.seen(), waits, sheets))
        }
        Err(error) => {
            // The map may show what a layer is still to be named for.
            let perhaps = asks::layers_of(&error).first().copied();
            let guess = perhaps.and_then(|layer| {
                let options = crate::ingest::Options { layer: Some(layer), ..options };
                desk.glance(drop, &options).ok()
            });
            Ok(teller.look_failed(&error, guess.map(|(_, preview)| preview.seen()), sheets))
        }
    }
}

/// Imports the files
///
/// All of them or none, on a thread; one import at a time. Ask how far it is.
#[utoipa::path(post, path = "/api/import/{id}/run", tag = "import", params(("id" = String, Path)),
    request_body = ImportWish,
    responses((status = 202), (status = 400, body = RefusalBody), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody), (status = 409, body = RefusalBody)))]
pub async fn run(
    Local(desk): Local,
    Asked(Path(id)): Asked<Path<String>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let (drop, wish) = (desk.get(&id)?, wish_of(body).await?);
    let refused = |error: IngestError| {
        let said = |lang| labels::with_labels(&error.say(lang), lang);
        Refusal::BadWish { zh: said(Lang::Zh), en: said(Lang::En) }
    };
    aside(move || {
        let profile = wish.keeps(desk.profiles()).map_err(refused)?;
        let options = wish.options(lang_of(&headers), drop.rejects(), desk.profiles()).map_err(refused)?;
        desk.start(drop, Task { options, keeps: true, profile })
    })
    .await??;
    Ok(StatusCode::ACCEPTED)
}

/// Stops the work on an import
///
/// Nothing of it is kept; its files stay to be looked at again.
#[utoipa::path(post, path = "/api/import/{id}/stop", tag = "import", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody)))]
pub async fn stop(Local(desk): Local, Asked(Path(id)): Asked<Path<String>>) -> Result<StatusCode, Refusal> {
    desk.stop(&desk.get(&id)?);
    Ok(StatusCode::NO_CONTENT)
}

/// What the files hold, for a map
///
/// At most 4,000 shapes as GeoJSON, evenly taken, with the bounds of all.
#[utoipa::path(get, path = "/api/import/{id}/shapes", tag = "import", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody)))]
pub async fn shapes(
    Local(desk): Local,
    Asked(Path(id)): Asked<Path<String>>,
) -> Result<Json<serde_json::Value>, Refusal> {
    let drop = desk.get(&id)?;
    aside(move || teller::shapes(&drop.preview().seen())).await.map(Json)
}

/// The rejected rows
///
/// CSV with each row's reason, in the language in which the import was asked for.
#[utoipa::path(get, path = "/api/import/{id}/rejects.csv", tag = "import", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/csv"), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody)))]
pub async fn rejects(Local(desk): Local, Asked(Path(id)): Asked<Path<String>>) -> Result<Response, Refusal> {
    let drop = desk.get(&id)?;
    let text = aside(move || drop.tray.read_beside(&drop.rejects())).await?.map_err(|_| Refusal::NoRejects {})?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"rejects.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}

/// Runs what blocks off the threads that serve.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Fault {})
}

/// What a person says about an import; nothing where the body is empty.
async fn wish_of(body: Body) -> Result<ImportWish, Refusal> {
    let bad = |what: &str| Refusal::BadParameter { name: "body".to_owned(), want: what.chars().take(200).collect() };
    let bytes = tokio::time::timeout(PATIENCE, to_bytes(body, LONGEST_WISH)).await.map_err(|_| Refusal::Slow {})?;
    let bytes = bytes.map_err(|_| bad("JSON, 64 kB"))?;
    if bytes.is_empty() {
        return Ok(ImportWish::default());
    }
    serde_json::from_slice(&bytes).map_err(|error| bad(&error.to_string()))
}

impl From<TrayError> for Refusal {
    fn from(error: TrayError) -> Refusal {
        let (zh, en) = (error.say(Lang::Zh), error.say(Lang::En));
        match error {
            TrayError::NoRoom { .. } => Refusal::NoRoom { zh, en },
            TrayError::TooLarge { .. } | TrayError::TooMany { .. } => Refusal::TooLarge { zh, en },
        }
    }
}
