//! A file comes in: straight to disk, bounded, and not slower than a person would wait for.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::desk::{Drop, MOST_BYTES, Work};
use super::guard::Local;
use crate::http::error::{Asked, Refusal, RefusalBody};
use crate::ingest::TrayError;

/// The longest pause within a file.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Pieces that may wait for the disk.
const WAITING: usize = 16;

/// A file that came in.
#[derive(Serialize, ToSchema)]
pub struct FileTaken {
    /// The name it is kept by.
    name: String,
    /// Its size.
    bytes: u64,
}

/// Takes a file in
///
/// The body is the file. Several files, such as the parts of a Shapefile, make one import.
#[utoipa::path(put, path = "/api/import/{id}/files/{name}", tag = "import",
    params(("id" = String, Path), ("name" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = FileTaken), (status = 403, body = RefusalBody), (status = 404, body = RefusalBody), (status = 408, body = RefusalBody), (status = 409, body = RefusalBody), (status = 413, body = RefusalBody), (status = 507, body = RefusalBody)))]
pub async fn file(
    Local(desk): Local,
    Asked(Path((id, name))): Asked<Path<(String, String)>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<FileTaken>, Refusal> {
    let drop = desk.get(&id)?;
    if matches!(drop.work(), Work::Underway { keeps: true, .. }) {
        return Err(Refusal::ImportBusy {});
    }
    let told = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > MOST_BYTES) {
        return Err(TrayError::TooLarge { most_mb: MOST_BYTES >> 20 }.into());
    }
    let (pieces, waiting) = mpsc::channel(WAITING);
    let writer = tokio::task::spawn_blocking(move || write(&drop, &name, waiting));
    let came = bring(body, pieces).await;
    let written = writer.await.map_err(|_| Refusal::Fault {})?;
    // A disk that refused is why the rest was not taken.
    match (written, came) {
        (Err(error), _) => Err(error.into()),
        (Ok(_), Err(refusal)) => Err(refusal),
        (Ok(None), Ok(())) => Err(Refusal::Fault {}),
        (Ok(Some((name, bytes))), Ok(())) => Ok(Json(FileTaken { name, bytes })),
    }
}

/// A piece of a file, or its end.
enum Piece {
    Bytes(Bytes),
    End,
}

/// Hands the body on piece by piece.
async fn bring(body: Body, pieces: mpsc::Sender<Piece>) -> Result<(), Refusal> {
    let mut body = body.into_data_stream();
    loop {
        let next = tokio::time::timeout(LONGEST_PAUSE, body.next()).await.map_err(|_| Refusal::Slow {})?;
        let piece = match next {
            Some(Ok(bytes)) => Piece::Bytes(bytes),
            Some(Err(_)) => return Err(Refusal::Slow {}),
            None => Piece::End,
        };
        let is_end = matches!(piece, Piece::End);
        if pieces.send(piece).await.is_err() || is_end {
            return Ok(());
        }
    }
}

/// Writes pieces as they come; `None` where the end never came, and nothing is kept then.
fn write(drop: &Arc<Drop>, name: &str, mut pieces: mpsc::Receiver<Piece>) -> Result<Option<(String, u64)>, TrayError> {
    let mut file = drop.tray.begin(name)?;
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::Bytes(bytes) => file.add(&bytes)?,
            Piece::End => return Ok(Some(file.keep())),
        }
    }
    Ok(None)
}
