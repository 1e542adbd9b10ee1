//! Counts and times requests, by route.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Counts a request under its route and status and measures how long it took.
pub async fn meter(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other", |path| path.as_str()).to_owned();
    let start = Instant::now();
    let response = next.run(request).await;
    let labels = [("route", route), ("status", response.status().as_u16().to_string())];
    metrics::counter!("firemap_requests_total", &labels).increment(1);
    metrics::histogram!("firemap_request_seconds", &labels).record(start.elapsed().as_secs_f64());
    response
}
