//! What every answer comes in: its refusal in the reader's language, the headers all answers have, and its count.
//!
//! One layer: each would else box every route, and every answer, once more.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::error::{Refusal, lang_of, speak};
use super::metering;

/// The viewer runs its own scripts, draws in a worker from a blob, and asks nobody but this server.
const POLICY: &str = "default-src 'self'; worker-src blob:; child-src blob:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'self'; base-uri 'self'";

/// Headers of all answers that do not have them.
const FIXED: [(HeaderName, HeaderValue); 3] = [
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
];

/// Has a request answered. A panic is a fault of ours: logged by the panic hook, told as such.
pub async fn enclose(request: Request, next: Next) -> Response {
    let (route, lang) = (request.extensions().get::<MatchedPath>().cloned(), lang_of(request.headers()));
    let start = Instant::now();
    // What a panic may have left half done is gone with its request.
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = speak(answered.unwrap_or_else(|_| Refusal::Fault {}.into_response()), lang);
    for (name, value) in FIXED {
        response.headers_mut().entry(name).or_insert(value);
    }
    metering::count(route.as_ref(), response.status(), start.elapsed());
    response
}
