//! The store as a GeoPackage 1.3 file: in-process, opens in QGIS, one file a city.
//!
//! WAL with every commit synced; one thread writes, readers never wait for it. Other programs may edit the file
//! meanwhile: triggers log what they do. A value they leave that the model refuses is read as unknown, and a row
//! without a readable shape is left out; either is warned of in the log and kept in [`Store::faults`].

pub(super) mod blob;
mod edit;
mod file;
mod functions;
mod history;
pub(super) mod imports;
mod layer;
mod migrate;
mod mount;
mod plain;
mod read;
pub(super) mod relief;
pub(super) mod rows;
mod rtree;
mod schema;
mod tables;
mod times;
mod undo;
mod whole;
mod write;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{
    Batch, Change, Changes, EditError, EditReceipt, Edits, Entry, Import, PastError, Provenance, Receipt, Recognised,
    Revision, Row, Snapshot, Span, Store, StoreError,
};
use crate::model::{Bounds, FeatureId, Layer, Relief};
use edit::{Claim, EditJob};
use file::Cache;
pub use plain::{
    PlainColumn, PlainGeometry, PlainRow, PlainRows, PlainSrs, PlainTable, PlainType, PlainValue, write_plain,
};
pub use rows::Fault;
pub use tables::{TableRow, TableRows, Value as TableValue, VectorTable, vector_tables};
pub use whole::verify;
use write::{Command, Job};

/// The time zone of a store's days where nobody names another.
pub const DEFAULT_ZONE: &str = "Asia/Shanghai";

/// How long edits wait for an import that is being written.
const EDIT_WAITS: Duration = Duration::from_secs(10);
/// How often another program's writes are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// Threads that read a store at the same time at most.
const MOST_READERS: usize = 8;
/// Faults told one by one; the rest is counted.
const FAULTS_TOLD: usize = 20;

/// A store in a GeoPackage file.
#[derive(Debug)]
pub struct GeoPackage {
    path: PathBuf,
    /// The file itself, by device and number: another may come to stand in its place.
    file: (u64, u64),
    commands: Option<Sender<Command>>,
    writer: Option<JoinHandle<()>>,
    idle: Mutex<Vec<Connection>>,
    committed: Arc<Committed>,
    faults: Mutex<Vec<Fault>>,
    /// SQLite's count of changes to the tables themselves, when they were last seen complete.
    schema: AtomicI64,
}

/// Wakes those who wait when our own writer has committed.
#[derive(Debug, Default)]
struct Committed {
    revision: Mutex<Revision>,
    moved: Condvar,
}

impl GeoPackage {
    /// Opens a store, bringing an older one up to this version.
    ///
    /// Refuses a file that is missing, of another program, newer, damaged or on a network share, and leaves it as it
    /// was.
    pub fn open(path: impl AsRef<Path>) -> Result<GeoPackage, StoreError> {
        let path = path.as_ref();
        file::check(path)?;
        let told = |error: rusqlite::Error| file::told(path, &error);
        let mut conn = file::connect(path, Cache::Writing).map_err(told)?;
        migrate::complete(&mut conn).map_err(told)?;
        let committed = Arc::new(Committed::default());
        let (commands, received) = channel();
        let tell = committed.clone();
        let owned = path.to_owned();
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write::run(conn, owned, received, |revision| tell.tell(revision)))
            .map_err(|error| file::refused(path, &error))?;
        Ok(GeoPackage {
            path: path.to_owned(),
            file: file::identity(path)?,
            commands: Some(commands),
            writer: Some(writer),
            idle: Mutex::default(),
            committed,
            faults: Mutex::default(),
            schema: AtomicI64::new(-1),
        })
    }

    /// Opens a store, or makes one whose days are those of `zone` (an IANA name, [`DEFAULT_ZONE`] where nobody says
    /// otherwise). An existing store keeps its zone.
    pub fn open_or_create(path: impl AsRef<Path>, zone: &str) -> Result<GeoPackage, StoreError> {
        let path = path.as_ref();
        if !path.exists() {
            file::create(path, zone)?;
        }
        GeoPackage::open(path)
    }

    /// Runs a reading on a connection of its own; those not in use are kept.
    fn reading<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let told = |error| file::told(&self.path, &error);
        let kept = lock(&self.idle).pop();
        let conn = match kept {
            Some(conn) => conn,
            None => file::connect(&self.path, Cache::Reading).map_err(told)?,
        };
        let answer = read(&conn).map_err(told)?;
        lock(&self.idle).push(conn);
        Ok(answer)
    }

    /// Asks the writer.
    fn command(&self, command: Command) -> Result<(), StoreError> {
        let commands = self.commands.as_ref().ok_or_else(|| self.stopped())?;
        commands.send(command).map_err(|_| self.stopped())
    }

    fn stopped(&self) -> StoreError {
        StoreError::Io { path: self.path.display().to_string(), detail: "the writer has stopped".to_owned() }
    }

    /// Has dropped triggers made again; looks only where the tables were changed since the last look.
    fn mend(&self) -> Result<(), StoreError> {
        let seen = self.schema.load(Ordering::Relaxed);
        let (schema, complete) = self.reading(|conn| {
            let schema = conn.query_row("pragma schema_version", [], |row| row.get(0))?;
            Ok((schema, schema == seen || schema::is_complete(conn)?))
        })?;
        if !complete {
            let (answer, answered) = sync_channel(1);
            self.command(Command::Complete(answer))?;
            answered.recv().map_err(|_| self.stopped())??;
        }
        self.schema.store(schema, Ordering::Relaxed);
        Ok(())
    }

    fn tell_faults(&self, faults: &[Fault]) {
        for Fault { layer, id, column, what } in faults.iter().take(FAULTS_TOLD) {
            tracing::warn!(layer = layer.name(), fid = id.0, column, what, "a row holds what the model refuses");
        }
        if !faults.is_empty() {
            tracing::warn!(
                faults = faults.len(),
                "rows without a readable shape were left out, refused values read as unknown"
            );
        }
    }

    /// Reads the rows of layers on several threads.
    fn read_layers(
        &self,
        layers: &[Layer],
        sink: &(dyn Fn(Vec<Row>) + Sync),
    ) -> Result<(Snapshot, Vec<Fault>), StoreError> {
        let told = |error| file::told(&self.path, &error);
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(MOST_READERS));
        let conns: Result<Vec<Connection>, _> =
            (0..threads).map(|_| file::connect(&self.path, Cache::Reading)).collect();
        read::load(conns.map_err(told)?, layers, sink).map_err(told)
    }
}

impl Store for GeoPackage {
    fn load(&self, sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        let (snapshot, faults) = self.read_layers(&Layer::ALL, sink)?;
        self.tell_faults(&faults);
        *lock(&self.faults) = faults;
        Ok(snapshot)
    }

    fn load_of(&self, layers: &[Layer], sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        self.read_layers(layers, sink).map(|(snapshot, _)| snapshot)
    }

    fn commit(&self, mut batch: Batch<'_>) -> Result<Receipt, StoreError> {
        let (pieces, received) = sync_channel(write::WAITING);
        let (answer, answered) = sync_channel(1);
        let job = Job {
            actor: batch.actor.to_owned(),
            sources: std::mem::take(&mut batch.sources),
            dry_run: batch.dry_run,
            watch: batch.watch.take(),
            pieces: received,
            answer,
        };
        self.command(Command::Commit(job))?;
        // An `Err` item hangs up without an end; the writer undoes all and says so.
        let _ = write::send(&mut batch, &pieces);
        drop(pieces);
        answered.recv().map_err(|_| self.stopped())?
    }

    fn edit(&self, edits: Edits) -> Result<EditReceipt, EditError> {
        let (answer, answered) = sync_channel(1);
        let claim = Arc::new(Claim::default());
        self.command(Command::Edit(EditJob { edits, claim: claim.clone(), answer }))?;
        match answered.recv_timeout(EDIT_WAITS) {
            Ok(done) => done,
            // An import is being written.
            Err(RecvTimeoutError::Timeout) if claim.take() => {
                Err(StoreError::Busy { path: self.path.display().to_string() }.into())
            }
            Err(_) => answered.recv().map_err(|_| self.stopped())?,
        }
    }

    fn revisions(&self, of: &[(Layer, FeatureId)], at: Revision) -> Result<Vec<Option<Revision>>, StoreError> {
        self.reading(|conn| history::revisions(conn, of, at))
    }

    fn history(&self, span: &Span) -> Result<Vec<Entry>, StoreError> {
        self.reading(|conn| history::entries(conn, span))
    }

    fn past(&self, at: Revision, from: Revision) -> Result<Changes, PastError> {
        let (changes, faults) = self.reading(|conn| history::past(conn, at, from))??;
        self.tell_faults(&faults);
        Ok(changes)
    }

    fn revision_at(&self, time: &str) -> Result<Revision, StoreError> {
        self.reading(|conn| history::revision_at(conn, time))
    }

    fn time_of(&self, at: Revision) -> Result<Option<String>, StoreError> {
        self.reading(|conn| history::time_of(conn, at))
    }

    fn changes(&self, after: Revision) -> Result<Changes, StoreError> {
        let (changes, mut faults) = self.reading(|conn| read::changes(conn, after))?;
        self.tell_faults(&faults);
        // A row that was read again has the faults it has now.
        let read: HashSet<(Layer, FeatureId)> = changes.rows.iter().map(place).collect();
        let mut known = lock(&self.faults);
        known.retain(|fault| !read.contains(&(fault.layer, fault.id)));
        known.append(&mut faults);
        Ok(changes)
    }

    fn relief(&self, around: Option<Bounds>) -> Result<Relief, StoreError> {
        self.reading(|conn| relief::around(conn, around))
    }

    fn imports(&self) -> Result<Vec<Import>, StoreError> {
        self.reading(imports::all)
    }

    fn provenance(&self, layer: Layer, id: FeatureId) -> Result<Option<Provenance>, StoreError> {
        self.reading(|conn| imports::provenance(conn, layer, id))
    }

    fn recognise(&self, layer: Layer, source: &str, brought: &[(Box<str>, Bounds)]) -> Result<Recognised, StoreError> {
        self.reading(|conn| imports::recognise(conn, layer, source, brought))
    }

    fn faults(&self) -> Vec<Fault> {
        lock(&self.faults).clone()
    }

    fn wait(&self, after: Revision, at_most: Duration) -> Result<Revision, StoreError> {
        let end = Instant::now() + at_most;
        loop {
            if file::identity(&self.path)? != self.file {
                return Err(StoreError::Replaced { path: self.path.display().to_string() });
            }
            self.mend()?;
            let revision = self.reading(read::head)?;
            let left = end.saturating_duration_since(Instant::now());
            if revision > after || left.is_zero() {
                return Ok(revision);
            }
            self.committed.wait(after, left.min(LOOK_EVERY));
        }
    }
}

/// The layer and number of a changed row.
fn place(change: &Change) -> (Layer, FeatureId) {
    match change {
        Change::Put(row) => (row.feature.layer, row.id),
        Change::Gone(layer, id) => (*layer, *id),
    }
}

impl Committed {
    fn tell(&self, revision: Revision) {
        *lock(&self.revision) = revision;
        self.moved.notify_all();
    }

    fn wait(&self, after: Revision, at_most: Duration) {
        let revision = lock(&self.revision);
        let _ = self.moved.wait_timeout_while(revision, at_most, |revision| *revision <= after);
    }
}

/// What a lock guards here is whole at every moment, so a panic elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for GeoPackage {
    /// Waits for the writer, so that the file is at rest when the store is gone.
    fn drop(&mut self) {
        lock(&self.idle).clear();
        self.commands = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer was told by the panic itself.
            let _ = writer.join();
        }
    }
}
