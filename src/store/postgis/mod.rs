//! The store in PostgreSQL with PostGIS: for several nodes and several writers at a time.
//!
//! Triggers in the database log what anybody writes, psql and QGIS too, under one lock, so that the order of the log is
//! the order of commits; NOTIFY wakes those who wait, and what changed is read from the log. The runtime that the
//! connections need lives in here; methods block. No password leaves by a message or a log.

mod address;
mod cell;
mod edit;
mod history;
mod imports;
mod layer;
mod link;
mod listen;
mod migrate;
mod read;
mod relief;
mod rows;
mod undo;
mod whole;
mod write;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::geopackage::Fault;
use super::{
    Batch, Change, Changes, EditError, EditReceipt, Edits, Entry, Import, PastError, Provenance, Receipt, Recognised,
    Revision, Row, Snapshot, Span, Store, StoreError,
};
use crate::model::{Bounds, FeatureId, Layer, Relief};
pub use address::Address;
use link::Link;

/// How often the log is looked at where no word comes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long the database may take to say how far its log is; one that is quiet for longer is away, though nobody told.
const WORD: Duration = Duration::from_secs(5);
/// Faults told one by one; the rest is counted.
const FAULTS_TOLD: usize = 20;

/// A store in a PostGIS database.
pub struct PostGis {
    link: Link,
    /// Where rows are loaded from, so that the database that is written to has less to do.
    replica: Option<Link>,
    /// Counts up when there may be something new.
    heard: watch::Receiver<u64>,
    faults: Mutex<Vec<Fault>>,
}

impl PostGis {
    /// Opens the store of a database, bringing an older one up to this version.
    ///
    /// Refuses a database without one, of another program or newer, and leaves it as it was.
    pub fn open(address: Address) -> Result<PostGis, StoreError> {
        PostGis::opened(address, None)
    }

    /// Opens the store of a database, or makes one in a database that has none, whose days are those of `zone` (an IANA
    /// name). An existing store keeps its zone.
    pub fn open_or_create(address: Address, zone: &str) -> Result<PostGis, StoreError> {
        PostGis::opened(address, Some(zone))
    }

    fn opened(address: Address, zone: Option<&str>) -> Result<PostGis, StoreError> {
        let link = Link::new(address.clone())?;
        migrate::complete(&link, zone)?;
        let (heard_by, heard) = watch::channel(0);
        link.spawn(listen::listen(address, heard_by));
        Ok(PostGis { link, replica: None, heard, faults: Mutex::default() })
    }

    /// Loads rows from a read replica of the database. What it has not got yet is followed from the log.
    pub fn loading_from(mut self, replica: Address) -> Result<PostGis, StoreError> {
        self.replica = Some(Link::new(replica)?);
        Ok(self)
    }

    fn read_layers(
        &self,
        layers: &[Layer],
        sink: &(dyn Fn(Vec<Row>) + Sync),
    ) -> Result<(Snapshot, Vec<Fault>), StoreError> {
        let Some(replica) = &self.replica else { return read::load(&self.link, layers, sink) };
        // Nothing was handed on where it cannot even be reached.
        match replica.ask(async |conn| read::head(conn).await) {
            Ok(_) => read::load(replica, layers, sink),
            Err(error) => {
                tracing::warn!(%error, "the replica does not answer; rows are loaded from the database itself");
                read::load(&self.link, layers, sink)
            }
        }
    }
}

impl Store for PostGis {
    fn load(&self, sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        let (snapshot, faults) = self.read_layers(&Layer::ALL, sink)?;
        tell_faults(&faults);
        *lock(&self.faults) = faults;
        Ok(snapshot)
    }

    fn load_of(&self, layers: &[Layer], sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        self.read_layers(layers, sink).map(|(snapshot, _)| snapshot)
    }

    fn commit(&self, batch: Batch<'_>) -> Result<Receipt, StoreError> {
        write::commit(&self.link, batch)
    }

    fn edit(&self, edits: Edits) -> Result<EditReceipt, EditError> {
        edit::edit(&self.link, &edits)
    }

    fn revisions(&self, of: &[(Layer, FeatureId)], at: Revision) -> Result<Vec<Option<Revision>>, StoreError> {
        self.link.ask(async |conn| history::revisions(conn, of, at).await)
    }

    fn history(&self, span: &Span) -> Result<Vec<Entry>, StoreError> {
        self.link.ask(async |conn| history::entries(conn, span).await)
    }

    fn past(&self, at: Revision, from: Revision) -> Result<Changes, PastError> {
        let (changes, faults) = self.link.ask(async |conn| history::past(conn, at, from).await)??;
        tell_faults(&faults);
        Ok(changes)
    }

    fn revision_at(&self, time: &str) -> Result<Revision, StoreError> {
        self.link.ask(async |conn| history::revision_at(conn, time).await)
    }

    fn time_of(&self, at: Revision) -> Result<Option<String>, StoreError> {
        self.link.ask(async |conn| history::time_of(conn, at).await)
    }

    fn changes(&self, after: Revision) -> Result<Changes, StoreError> {
        let (changes, mut faults) = self.link.ask(async |conn| read::changes(conn, after).await)?;
        tell_faults(&faults);
        // A row that was read again has the faults it has now.
        let read: HashSet<(Layer, FeatureId)> = changes.rows.iter().map(place).collect();
        let mut known = lock(&self.faults);
        known.retain(|fault| !read.contains(&(fault.layer, fault.id)));
        known.append(&mut faults);
        Ok(changes)
    }

    fn relief(&self, around: Option<Bounds>) -> Result<Relief, StoreError> {
        self.link.ask(async |conn| relief::around(conn, around).await)
    }

    fn imports(&self) -> Result<Vec<Import>, StoreError> {
        self.link.ask(async |conn| imports::all(conn).await)
    }

    fn provenance(&self, layer: Layer, id: FeatureId) -> Result<Option<Provenance>, StoreError> {
        self.link.ask(async |conn| imports::provenance(conn, layer, id).await)
    }

    fn recognise(&self, layer: Layer, source: &str, brought: &[(Box<str>, Bounds)]) -> Result<Recognised, StoreError> {
        self.link.ask(async |conn| imports::recognise(conn, layer, source, brought).await)
    }

    fn faults(&self) -> Vec<Fault> {
        lock(&self.faults).clone()
    }

    fn wait(&self, after: Revision, at_most: Duration) -> Result<Revision, StoreError> {
        let end = Instant::now() + at_most;
        let mut heard = self.heard.clone();
        loop {
            heard.mark_unchanged();
            let revision = self.link.ask_within(WORD, async |conn| read::head(conn).await)?;
            let left = end.saturating_duration_since(Instant::now());
            if revision > after || left.is_zero() {
                return Ok(revision);
            }
            // A word, or the time, whichever comes first; a word that was missed is made up for by looking again.
            let _ = self.link.block::<_, sqlx::Error>(left.min(LOOK_EVERY), async {
                // Without anyone who listens only time passes.
                if heard.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                Ok(())
            });
        }
    }
}

/// Name of a layer's log.
fn log(layer: Layer) -> String {
    format!("{}_log", layer.name())
}

/// The layer and number of a changed row.
fn place(change: &Change) -> (Layer, FeatureId) {
    match change {
        Change::Put(row) => (row.feature.layer, row.id),
        Change::Gone(layer, id) => (*layer, *id),
    }
}

fn tell_faults(faults: &[Fault]) {
    for Fault { layer, id, column, what } in faults.iter().take(FAULTS_TOLD) {
        tracing::warn!(layer = layer.name(), fid = id.0, column, what, "a row holds what the model refuses");
    }
    if !faults.is_empty() {
        let faults = faults.len();
        tracing::warn!(faults, "rows without a readable shape were left out, refused values read as unknown");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
