//! What was: the history of a feature and of a span, the city at a moment, and what differs between two.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::city::{Figures, figures};
use super::error::{Asked, Refusal, RefusalBody};
use super::features::{id_of, layer_of};
use super::state::App;
use crate::city::City;
use crate::live::{Looked, Moment, PastFault, Published};
use crate::model::{FeatureId, Lang, Layer, Speak};
use crate::report::{self, DifferenceTold, EntryTold, differences};
use crate::store::{PastError, Revision, Span, Store};

/// Entries of an answer at most, and where nobody says.
const MOST_ENTRIES: usize = 1000;
const ENTRIES: usize = 100;
/// Features that a comparison tells one by one.
const MOST_DIFFERENCES: usize = 1000;

/// Of when.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AtWish {
    /// A revision, or a time (RFC 3339): the answer as it was then. 202 while that city is being built: ask again.
    at: Option<String>,
}

impl AtWish {
    /// Whether it is the present that is asked for.
    pub fn is_now(&self) -> bool {
        self.at.is_none()
    }
}

impl App {
    /// The present city, or the one that is asked for: then 202 until it is built.
    pub(super) async fn city_of(&self, wish: &AtWish) -> Result<Arc<City>, Refusal> {
        match &wish.at {
            None => self.city(),
            Some(at) => self.city_at(at).await.map(|(_, city)| city),
        }
    }

    /// The city of a moment, beside the present one.
    async fn city_at(&self, at: &str) -> Result<(Arc<Published>, Arc<City>), Refusal> {
        let (present, store, now) = (self.published()?, self.asked_store()?, self.time());
        let (past, text) = (self.past.clone(), at.to_owned());
        let looked = aside(move || {
            let looked = Moment::read(&text, &*store, &present.city, now)
                .map_or_else(Looked::Failed, |moment| past.look(moment, &present, &store));
            (present, looked)
        });
        match looked.await? {
            (present, Looked::Found(city)) => Ok((present, city)),
            (_, Looked::Building) => Err(Refusal::PastBuilding {}),
            (_, Looked::Failed(fault)) => Err(fault.into()),
        }
    }

    fn asked_store(&self) -> Result<Arc<dyn Store>, Refusal> {
        self.store().ok_or(Refusal::StoreUnread {})
    }
}

impl From<PastFault> for Refusal {
    fn from(fault: PastFault) -> Refusal {
        let (zh, en) = (fault.say(Lang::Zh), fault.say(Lang::En));
        match fault {
            PastFault::Past { cause: PastError::Store { cause } } => {
                tracing::error!(%cause, "the past could not be read");
                Refusal::StoreUnread {}
            }
            PastFault::Past { cause: PastError::Gap { .. } } => Refusal::PastGone { zh, en },
            PastFault::Panicked {} => Refusal::Fault {},
            _ => Refusal::NoSuchMoment { zh, en },
        }
    }
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpanWish {
    /// Only later ones than this revision.
    after: Option<u64>,
    /// Only those up to this revision.
    until: Option<u64>,
    /// Only of this layer.
    layer: Option<String>,
    /// So many at most, the newest: at most 1000, 100 where not said.
    limit: Option<usize>,
}

/// Entries of the change log, newest first.
#[derive(Serialize, ToSchema)]
pub struct HistoryTold {
    entries: Vec<EntryTold>,
    /// Whether there may be older ones: ask with `until` one less than the last revision here.
    more: bool,
}

/// What was changed
///
/// Entries of the change log over all layers, newest first, whoever wrote them.
#[utoipa::path(get, path = "/api/history", tag = "history", params(SpanWish),
    responses((status = 200, body = HistoryTold), (status = 400, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn history(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<SpanWish>>,
) -> Result<Json<HistoryTold>, Refusal> {
    let layer = wish.layer.as_deref().map(layer_of).transpose()?;
    let most = wish.limit.unwrap_or(ENTRIES).clamp(1, MOST_ENTRIES);
    let (after, until) = (Revision(wish.after.unwrap_or(0)), wish.until.map(Revision));
    let span = Span { of: layer.map(|layer| (layer, None)), after, until, most };
    told(app, span).await
}

/// What was changed about a feature
///
/// Every entry of the log about it, newest first, with the public fields that changed; and where the log has gaps.
#[utoipa::path(get, path = "/api/features/{layer}/{id}/history", tag = "history",
    params(("layer" = String, Path), ("id" = u64, Path)),
    responses((status = 200, body = HistoryTold), (status = 400, body = RefusalBody), (status = 404, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn of_feature(
    State(app): State<App>,
    Asked(Path((name, id))): Asked<Path<(String, String)>>,
) -> Result<Json<HistoryTold>, Refusal> {
    let (layer, id) = (layer_of(&name)?, id_of(&id)?);
    let of = Some((layer, Some(FeatureId(id))));
    let Json(found) = told(app, Span { of, most: MOST_ENTRIES, ..Span::default() }).await?;
    if found.entries.iter().all(|entry| entry.id.is_none()) {
        return Err(Refusal::NoSuchFeature { layer: name, id });
    }
    Ok(Json(found))
}

async fn told(app: App, span: Span) -> Result<Json<HistoryTold>, Refusal> {
    let (store, present) = (app.asked_store()?, app.city()?);
    aside(move || history_told(&*store, &present, span).map(Json)).await?
}

fn history_told(store: &dyn Store, present: &City, span: Span) -> Result<HistoryTold, Refusal> {
    // What came after the present city is told with the next one, which has what it led to.
    let head = present.revision();
    let until = span.until.map_or(head, |until| until.min(head));
    let span = Span { until: Some(until), ..span };
    let entries = store.history(&span).map_err(|error| Refusal::from(PastFault::from(error)))?;
    let now = |layer: Layer, id: FeatureId| present.layer(layer).find(id).map(|(_, row)| row.to_owned().feature);
    let told = report::history(store, &entries, (until, head), now);
    Ok(HistoryTold { more: told.len() == span.most, entries: told })
}

/// Which moments.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiffWish {
    /// A revision, or a time (RFC 3339).
    a: String,
    /// Another, later one; the present where not said.
    b: Option<String>,
}

/// The city at a moment, in figures.
#[derive(Serialize, ToSchema)]
pub struct MomentTold {
    revision: u64,
    day: String,
    figures: Figures,
}

/// What differs between two moments.
#[derive(Serialize, ToSchema)]
pub struct DiffTold {
    a: MomentTold,
    b: MomentTold,
    /// At most 1,000.
    features: Vec<DifferenceTold>,
    features_left_off: usize,
}

/// What differs between two moments
///
/// The figures of both, and the features that are different. 202 while one of the cities is being built: ask again.
#[utoipa::path(get, path = "/api/diff", tag = "history", params(DiffWish),
    responses((status = 200, body = DiffTold), (status = 202, body = RefusalBody), (status = 400, body = RefusalBody), (status = 404, body = RefusalBody), (status = 410, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn diff(
    State(app): State<App>,
    Asked(Query(wish)): Asked<Query<DiffWish>>,
) -> Result<Json<DiffTold>, Refusal> {
    let (_, a) = app.city_at(&wish.a).await?;
    let b = match &wish.b {
        Some(b) => app.city_at(b).await?.1,
        None => app.city()?,
    };
    let store = app.asked_store()?;
    aside(move || {
        let (a, b) = if a.revision() <= b.revision() { (a, b) } else { (b, a) };
        let earlier = store.past(a.revision(), b.revision()).map_err(|error| Refusal::from(PastFault::from(error)))?;
        let mut features = differences(&earlier.rows, &b);
        let features_left_off = features.len().saturating_sub(MOST_DIFFERENCES);
        features.truncate(MOST_DIFFERENCES);
        let moment = |city: &City| MomentTold {
            revision: city.revision().0,
            day: city.day().to_string(),
            figures: figures(city),
        };
        Ok(Json(DiffTold { a: moment(&a), b: moment(&b), features, features_left_off }))
    })
    .await?
}

/// Runs what blocks off the threads that serve.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Fault {})
}
