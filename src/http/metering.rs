//! Counts and times requests, by route.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use metrics::{Counter, Histogram};

/// What is measured of a route and status.
#[derive(Clone)]
struct Measures {
    status: StatusCode,
    requests: Counter,
    seconds: Histogram,
}

thread_local! {
    /// By route: to find them by name for every request takes longer than a tile from the cache.
    static KNOWN: RefCell<HashMap<Box<str>, Vec<Measures>>> = RefCell::default();
}

/// Counts a request under its route and status and measures how long it took.
pub async fn meter(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let start = Instant::now();
    let response = next.run(request).await;
    let took = start.elapsed().as_secs_f64();
    let measures = measures(route.as_ref().map_or("other", MatchedPath::as_str), response.status());
    measures.requests.increment(1);
    measures.seconds.record(took);
    response
}

fn measures(route: &str, status: StatusCode) -> Measures {
    KNOWN.with_borrow_mut(|known| {
        if let Some(found) = known.get(route).and_then(|all| all.iter().find(|one| one.status == status)) {
            return found.clone();
        }
        let labels = [("route", route.to_owned()), ("status", status.as_u16().to_string())];
        let requests = metrics::counter!("firemap_requests_total", &labels);
        let seconds = metrics::histogram!("firemap_request_seconds", &labels);
        let found = Measures { status, requests, seconds };
        known.entry(route.into()).or_default().push(found.clone());
        found
    })
}
