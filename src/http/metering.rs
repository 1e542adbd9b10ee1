//! Counts and times requests, by route.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::StatusCode;
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

/// Counts a request under its route and status with how long it took; of no route as `other`.
pub fn count(route: Option<&MatchedPath>, status: StatusCode, took: Duration) {
    let measures = measures(route.map_or("other", MatchedPath::as_str), status);
    measures.requests.increment(1);
    measures.seconds.record(took.as_secs_f64());
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
