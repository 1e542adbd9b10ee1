//! Which address is answered by whom.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn;
use axum::routing::get;
use axum::serve::ListenerExt;
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::envelope::enclose;
use super::error::Refusal;
use super::import::Desk;
use super::openapi::{self, Described, openapi};
use super::state::App;
use super::{access, assets, city, coverage, edits, features, ground, import, live, past, risk, tiles};
use crate::live::Past;

/// How often what was measured is summed up.
const UPKEEP: Duration = Duration::from_secs(5);

/// How long open connections may hold up the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The whole server.
pub fn router(app: App) -> Router {
    let (api, described) = OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(city::city))
        .routes(routes!(city::model))
        .routes(routes!(city::rules))
        .routes(routes!(features::in_box))
        .routes(routes!(features::search))
        .routes(routes!(coverage::building))
        .routes(routes!(coverage::areas))
        .routes(routes!(ground::city))
        .routes(routes!(ground::areas))
        .routes(routes!(ground::building))
        .routes(routes!(ground::place))
        .routes(routes!(ground::reach))
        .routes(routes!(ground::fragile))
        .routes(routes!(ground::gain))
        .routes(routes!(ground::plan))
        .routes(routes!(ground::spacing))
        .routes(routes!(access::findings))
        .routes(routes!(access::building))
        .routes(routes!(risk::model))
        .routes(routes!(risk::building))
        .routes(routes!(risk::ranking))
        .routes(routes!(risk::areas))
        .routes(routes!(past::history))
        .routes(routes!(past::of_feature))
        .routes(routes!(past::diff))
        .routes(routes!(live::live))
        .routes(routes!(tiles::tile))
        .routes(routes!(tiles::tilejson))
        .routes(routes!(assets::style_json))
        .routes(routes!(assets::health))
        .routes(routes!(assets::ready))
        .routes(routes!(assets::metrics))
        .merge(edits::routes())
        .merge(import::routes())
        .split_for_parts();
    let described = openapi(&described);
    api.route("/api/openapi.json", get(move || openapi::serve(described.clone())))
        .route("/", get(assets::page))
        .route("/{name}", get(assets::sprite_sheet))
        .route("/assets/{*path}", get(assets::file))
        .fallback(nowhere)
        .method_not_allowed_fallback(read_only)
        .layer(from_fn(enclose))
        .with_state(app)
}

/// Serves until `stopped` ends. Requests under way are answered first, but a client that keeps its connection open
/// holds it up for five seconds at most, and not beyond the end of `at_once`.
pub async fn serve(
    listener: tokio::net::TcpListener,
    app: App,
    stopped: impl Future<Output = ()> + Send + 'static,
    at_once: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let app = app.listening_at(listener.local_addr().ok());
    // A small event is sent at once, not gathered with the next.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    let news = app.live().clone();
    let upkeep = upkeep(app.metrics.clone(), app.import.clone(), app.past.clone());
    let (stopping, begun) = tokio::sync::oneshot::channel();
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let graceful = axum::serve(listener, service).with_graceful_shutdown(async move {
        stopped.await;
        // Streams come to their end, else they would hold up ours.
        news.hub().close();
        // Nobody listens where the server has ended by itself.
        let _ = stopping.send(());
    });
    let patience = async {
        if begun.await.is_ok() {
            tokio::time::sleep(PATIENCE).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = graceful.into_future() => ended,
        () = patience => Ok(()),
        () = at_once => Ok(()),
        never = upkeep => match never {},
    }
}

/// Has what was measured summed up now and then, as until then every single measurement is kept; and what was dropped
/// and forgotten taken away.
async fn upkeep(metrics: Option<PrometheusHandle>, desk: Option<Arc<Desk>>, past: Arc<Past>) -> Infallible {
    let mut clock = tokio::time::interval(UPKEEP);
    loop {
        clock.tick().await;
        if let Some(metrics) = &metrics {
            metrics.run_upkeep();
        }
        let past = past.clone();
        drop(tokio::task::spawn_blocking(move || past.sweep()));
        if let Some(desk) = desk.clone() {
            // Nobody waits for it; a panic is in the log.
            drop(tokio::task::spawn_blocking(move || desk.sweep()));
        }
    }
}

async fn nowhere(request: Request) -> Refusal {
    Refusal::NoSuchPage { path: request.uri().path().chars().take(200).collect() }
}

async fn read_only(request: Request) -> Refusal {
    Refusal::NotAllowed { path: request.uri().path().chars().take(200).collect() }
}
