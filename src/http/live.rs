//! The news of changes as a stream that a viewer keeps open.
//!
//! A stream holds its place in the ring of events and nothing of any city. Events were written when they came: for each
//! stream their bytes are shared, not written again.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

use super::error::{Refusal, RefusalBody};
use super::state::App;
use crate::live::{EventFrame, Live, Next};

/// Streams that are open at most.
const MOST_STREAMS: usize = 2000;

/// After so long without an event a line is sent that says nothing, so that who is between knows that both are there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a browser waits before it connects again.
const RETRY: &[u8] = b"retry: 2000\n\n";

/// Who hears the news: a bell that wakes all streams, and how many there are.
#[derive(Clone)]
pub(super) struct Audience {
    bell: watch::Receiver<()>,
    seats: Arc<AtomicUsize>,
}

impl Audience {
    /// Of the news of a followed store.
    pub fn new(live: &Live) -> Audience {
        let (ring, bell) = watch::channel(());
        live.hub().listen(Box::new(move || {
            // Nobody may be listening.
            let _ = ring.send(());
        }));
        Audience { bell, seats: Arc::default() }
    }

    /// Waits until something is so that a bell is rung for, at most so long.
    pub async fn until(&self, at_most: Duration, is_so: impl Fn() -> bool) {
        if is_so() {
            return;
        }
        let mut bell = self.bell.clone();
        let rung = async {
            // Heard before looking, so that what comes in between is looked for again.
            bell.mark_unchanged();
            while !is_so() && bell.changed().await.is_ok() {}
        };
        // What is not so by then is not waited for.
        let _ = tokio::time::timeout(at_most, rung).await;
    }

    /// A place for another; `None` where there are too many.
    fn seat(&self) -> Option<Seat> {
        let seat = |taken: usize| (taken < MOST_STREAMS).then_some(taken + 1);
        let before = self.seats.fetch_update(Ordering::Relaxed, Ordering::Relaxed, seat).ok()?;
        metrics::gauge!("firemap_live_streams").set((before + 1) as f64);
        Some(Seat(self.seats.clone()))
    }
}

/// A place that is free again when the stream ends.
struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        let before = self.0.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("firemap_live_streams").set(before.saturating_sub(1) as f64);
    }
}

/// A stream on its way.
struct Stream {
    live: Arc<Live>,
    bell: watch::Receiver<()>,
    first: VecDeque<Bytes>,
    at: u64,
    _seat: Seat,
}

impl Stream {
    /// The next bytes, once they are there; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        let silence = tokio::time::sleep(HEARTBEAT);
        tokio::pin!(silence);
        loop {
            // Heard before looking, so that what comes in between is looked for again.
            self.bell.mark_unchanged();
            match self.live.hub().next(self.at) {
                Next::Event(frame, at) => {
                    self.at = at;
                    return Some(bytes(frame));
                }
                Next::Closed => return None,
                Next::Nothing => {}
            }
            tokio::select! {
                rung = self.bell.changed() => rung.ok()?,
                () = &mut silence => return Some(Bytes::from_static(b":\n\n")),
            }
        }
    }
}

fn bytes(frame: EventFrame) -> Bytes {
    Bytes::from_owner(frame)
}

/// News of changes
///
/// Server-sent events, each with an `id` and one line of JSON. `hello`: `load`, `revision`, `day` that the stream begins
/// with. `change`: what an edit, a new day or a result found later changed: `features` with `layer`, `id` and either
/// public `properties` and a place `at` or `gone`; `features_left_off`; `tiles` by source as `[z, x, y]` or `all`, whose
/// bytes may differ; `areas`, `changed` or `same`. `reload`: events were missed, fetch everything again. Who connects
/// again with `Last-Event-ID` hears what came in between. A comment comes after 15 s of silence.
#[utoipa::path(get, path = "/api/live", tag = "live",
    params(("Last-Event-ID" = Option<String>, Header, description = "id of the last event heard")),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 503, body = RefusalBody)))]
pub async fn live(State(app): State<App>, headers: HeaderMap) -> Result<Response, Refusal> {
    let published = app.published()?;
    let seat = app.audience.seat().ok_or(Refusal::TooManyStreams { most: MOST_STREAMS })?;
    let live = app.live().clone();
    let last_id = headers.get("last-event-id").and_then(|value| value.to_str().ok()).filter(|id| !id.is_empty());
    let greeting = live.hub().greet(&published, last_id);
    let retry = [Bytes::from_static(RETRY)];
    let first = retry.into_iter().chain(greeting.frames.into_iter().map(bytes)).collect();
    let stream = Stream { bell: app.audience.bell.clone(), live, first, at: greeting.at, _seat: seat };
    let body = futures_util::stream::unfold(stream, |mut stream: Stream| async move {
        let next = stream.next().await?;
        Some((Ok::<Bytes, Infallible>(next), stream))
    });
    let fixed = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        // Proxies that gather answers before they pass them on are asked not to.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((fixed, Body::from_stream(body)).into_response())
}
