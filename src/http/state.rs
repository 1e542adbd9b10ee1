//! What all handlers share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;

use super::edits::Writing;
use super::error::Refusal;
use super::import::Desk;
use super::live::Audience;
use super::tiles::TileCache;
use crate::city::City;
use crate::live::{Live, Past, Published};
use crate::store::{Revision, Store};

/// What all handlers share. A clone is a reference.
#[derive(Clone)]
pub struct App {
    live: Arc<Live>,
    pub(super) tiles: Arc<TileCache>,
    pub(super) audience: Audience,
    pub(super) metrics: Option<PrometheusHandle>,
    address: Option<SocketAddr>,
    store: Option<Arc<dyn Store>>,
    /// Where files are imported; `None` where nobody may.
    pub(super) import: Option<Arc<Desk>>,
    /// Where edits go; `None` where nobody may.
    pub(super) writing: Option<Arc<Writing>>,
    /// Cities of the past.
    pub(super) past: Arc<Past>,
}

impl App {
    /// For a followed store; tiles take at most `cache_bytes` in memory.
    pub fn new(live: Arc<Live>, cache_bytes: u64, metrics: Option<PrometheusHandle>) -> App {
        let (tiles, audience) = (Arc::new(TileCache::new(cache_bytes)), Audience::new(&live));
        let (import, writing, past) = (None, None, Arc::default());
        App { live, tiles, audience, metrics, address: None, store: None, import, writing, past }
    }

    /// The same, where files can be imported from this machine.
    pub fn importing(self, desk: Option<Arc<Desk>>) -> App {
        App { import: desk, ..self }
    }

    /// The same, where features can be edited.
    pub fn writing(self, writing: Option<Writing>) -> App {
        App { writing: writing.map(Arc::new), ..self }
    }

    /// The same, that can ask the store what the city does not hold: where a feature was last seen.
    pub fn backed_by(self, store: Arc<dyn Store>) -> App {
        App { store: Some(store), ..self }
    }

    /// The followed store.
    pub(super) fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// The store, where there is one to ask.
    pub(super) fn store(&self) -> Option<Arc<dyn Store>> {
        self.store.clone()
    }

    /// The same, listening at an address.
    pub(super) fn listening_at(self, address: Option<SocketAddr>) -> App {
        App { address, ..self }
    }

    /// Host and port to be found at from this machine, where a client does not name them.
    pub(super) fn own_host(&self) -> String {
        match self.address {
            Some(address) if !address.ip().is_unspecified() => address.to_string(),
            Some(address) => format!("127.0.0.1:{}", address.port()),
            None => "127.0.0.1".to_owned(),
        }
    }

    /// The present city, or the refusal that it is still being loaded.
    pub fn city(&self) -> Result<Arc<City>, Refusal> {
        self.live.city().ok_or(Refusal::Loading {})
    }

    /// The time it is.
    pub(super) fn time(&self) -> jiff::Timestamp {
        self.live.time()
    }

    /// Waits, at most so long, until the present city is of this revision or later. Blocks.
    pub(super) fn seen_within(&self, revision: Revision, at_most: Duration) -> bool {
        self.live.wait_for(revision, at_most)
    }

    /// Asks the present city something that takes a while or may have to wait, off the threads that serve.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&City) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        self.ask_of(self.city()?, question).await
    }

    /// Asks the same of a city.
    pub(super) async fn ask_of<T: Send + 'static>(
        &self,
        city: Arc<City>,
        question: impl FnOnce(&City) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        tokio::task::spawn_blocking(move || question(&city)).await.map_err(|_| Refusal::Fault {})
    }

    /// The present city with the load it descends from.
    pub(super) fn published(&self) -> Result<Arc<Published>, Refusal> {
        self.live.published().ok_or(Refusal::Loading {})
    }

    /// Waits until maps have gone on to the present city, at most so long.
    pub(super) async fn maps_follow(&self, at_most: Duration) -> Result<(), Refusal> {
        let number = self.published()?.number;
        self.audience.until(at_most, || self.live.is_on_maps(number)).await;
        Ok(())
    }

    /// Why the city is not brought up to date now.
    pub fn trouble(&self) -> Option<String> {
        self.live.trouble()
    }

    /// When the city was last known to be what the store holds (RFC 3339, UTC, whole seconds), and whether it may be
    /// older than that by now.
    pub(super) fn age(&self) -> (Option<String>, bool) {
        let as_of = self.live.as_of().map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        (as_of, self.live.is_stale())
    }
}
