//! Imports under way: what was dropped, what was found in it, and the one thread that works at a time.
//!
//! A later look takes the place of an earlier one; an import into the store is never broken off for another, and keeps
//! all or nothing.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::wish::by_name;
use crate::http::error::Refusal;
use crate::ingest::{
    self, Detail, IngestError, Options, Preview, Profile, Progress, Report, Stays, Stop, Tray, private_folder,
    sources_of,
};
use crate::store::Store;

/// The most bytes of one import.
pub const MOST_BYTES: u64 = 2 << 30;
/// The most imports whose files are kept at a time; beyond, the one that was longest left alone goes.
const MOST_DROPS: usize = 8;
/// How long files are kept that nobody asks for.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// How long the end waits for the thread.
const PATIENCE: Duration = Duration::from_secs(3);

/// All that is dropped on a server.
pub struct Desk {
    store: Arc<dyn Store>,
    folder: PathBuf,
    profiles: PathBuf,
    drops: Mutex<HashMap<String, Arc<Drop>>>,
    job: Mutex<Option<Job>>,
    /// Held by the thread that works.
    turn: Mutex<()>,
    named: RandomState,
}

/// The work under way.
struct Job {
    drop: Arc<Drop>,
    nth: u64,
    stop: Stop,
    keeps: bool,
}

/// The files of one import and what has become of them.
pub struct Drop {
    /// What it is asked for by.
    pub id: String,
    /// Where the files are.
    pub tray: Tray,
    state: Mutex<State>,
}

/// How far an import is.
struct State {
    touched: Instant,
    nth: u64,
    work: Work,
    preview: Arc<Preview>,
}

/// How far an import is.
#[derive(Clone, Debug)]
pub enum Work {
    /// Nothing has been asked yet.
    Waiting,
    /// The thread is at it.
    Underway {
        /// Whether it is an import; else a rehearsal of one.
        keeps: bool,
        /// The file at hand, its number of so many, how far it is.
        file: String,
        nth: usize,
        of: usize,
        share: f64,
    },
    /// It is done, or could not be.
    Done {
        /// Whether it was an import; else a rehearsal of one.
        keeps: bool,
        /// What became of it.
        outcome: Arc<Result<Ended, Failed>>,
    },
}

/// What became of the files.
#[derive(Debug)]
pub struct Ended {
    /// The engine's report.
    pub report: Report,
    /// What stays on the map though the files do not hold it; after a rehearsal, what would.
    pub stays: Vec<Stays>,
    /// The profile that was to be kept, by its name.
    pub profile: Option<Result<String, IngestError>>,
}

/// What is to be done with files.
pub struct Task {
    /// What the person says of them.
    pub options: Options,
    /// Whether it is an import; else a rehearsal of one.
    pub keeps: bool,
    /// The name and the path of a profile to be kept of it.
    pub profile: Option<(String, PathBuf)>,
}

/// Why there is no report.
#[derive(Debug)]
pub enum Failed {
    /// The files, or the store, are not as they should be.
    Ingest(IngestError),
    /// A fault of ours.
    Fault,
}

impl Desk {
    /// For a store and its folder of profiles; files lie in a new folder below `within`, which only this user may read.
    pub fn new(store: Arc<dyn Store>, profiles: PathBuf, within: &Path) -> io::Result<Desk> {
        let named = RandomState::new();
        let folder = within.join(format!("firemap-import-{:016x}", named.hash_one(std::process::id())));
        private_folder(&folder)?;
        let (drops, job, turn) = (Mutex::default(), Mutex::default(), Mutex::default());
        Ok(Desk { store, folder, profiles, drops, job, turn, named })
    }

    /// The folder of profiles; it may not be there yet.
    pub fn profiles(&self) -> &Path {
        &self.profiles
    }

    /// Begins an import.
    pub fn begin(&self) -> Result<Arc<Drop>, Refusal> {
        self.sweep();
        let mut drops = lock(&self.drops);
        if drops.len() >= MOST_DROPS {
            let idle = drops.values().filter(|drop| !drop.is_busy()).min_by_key(|drop| lock(&drop.state).touched);
            let id = idle.map(|drop| drop.id.clone()).ok_or(Refusal::ImportBusy {})?;
            drops.remove(&id);
        }
        let id = self.new_id();
        let tray = Tray::new(&self.folder, &id, MOST_BYTES).map_err(|error| {
            tracing::error!(%error, "no folder for an import");
            Refusal::Fault {}
        })?;
        let state = State { touched: Instant::now(), nth: 0, work: Work::Waiting, preview: Arc::default() };
        let drop = Arc::new(Drop { id: id.clone(), tray, state: Mutex::new(state) });
        drops.insert(id, drop.clone());
        Ok(drop)
    }

    /// A name nobody guesses: two hashes under keys of the system's own chance.
    fn new_id(&self) -> String {
        let half = || {
            let mut hasher = self.named.build_hasher();
            hasher.write_u64(RandomState::new().hash_one(0));
            hasher.finish()
        };
        format!("{:016x}{:016x}", half(), half())
    }

    /// An import that was begun.
    pub fn get(&self, id: &str) -> Result<Arc<Drop>, Refusal> {
        let drop = lock(&self.drops).get(id).cloned().ok_or(Refusal::NoSuchImport {})?;
        lock(&drop.state).touched = Instant::now();
        Ok(drop)
    }

    /// Stops what is done with an import and forgets it.
    pub fn forget(&self, id: &str) -> Result<(), Refusal> {
        let drop = lock(&self.drops).remove(id).ok_or(Refusal::NoSuchImport {})?;
        if let Some(job) = &*lock(&self.job)
            && Arc::ptr_eq(&job.drop, &drop)
        {
            job.stop.ask();
        }
        Ok(())
    }

    /// Forgets what nobody has asked for in an hour.
    pub fn sweep(&self) {
        lock(&self.drops).retain(|_, drop| drop.is_busy() || lock(&drop.state).touched.elapsed() < KEPT);
    }

    /// Stops everything and takes all files away: the server ends.
    pub fn close(&self) {
        if let Some(job) = &*lock(&self.job) {
            job.stop.ask();
        }
        // Waits for the thread a while: what it was writing is undone, or kept whole.
        let start = Instant::now();
        while self.turn.try_lock().is_err() && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        lock(&self.drops).clear();
        ingest::Tray::remove(&self.folder);
    }

    /// What files would be taken for, by their beginning.
    pub fn glance(&self, drop: &Drop, options: &Options) -> Result<(Report, Arc<Preview>), IngestError> {
        let files = files_of(drop)?;
        let preview = Arc::<Preview>::default();
        let report = ingest::glance(&files, options, &*self.store, &preview)?;
        lock(&drop.state).preview = preview.clone();
        Ok((report, preview))
    }

    /// The sheets of those files that are workbooks.
    pub fn sheets(&self, drop: &Drop) -> Vec<String> {
        files_of(drop).map(|files| ingest::sheets_of(&files)).unwrap_or_default()
    }

    /// Begins to import, or to rehearse it, on the thread. A rehearsal gives way, an import does not.
    pub fn start(self: &Arc<Self>, drop: Arc<Drop>, task: Task) -> Result<(), Refusal> {
        let keeps = task.keeps;
        let mut job = lock(&self.job);
        if let Some(job) = &*job {
            if job.keeps {
                return Err(Refusal::ImportBusy {});
            }
            job.stop.ask();
        }
        let nth = {
            let mut state = lock(&drop.state);
            state.nth += 1;
            state.work = Work::Underway { keeps, file: String::new(), nth: 0, of: 0, share: 0.0 };
            state.nth
        };
        let stop = Stop::default();
        let task = Task { options: Options { stop: stop.clone(), ..task.options }, ..task };
        *job = Some(Job { drop: drop.clone(), nth, stop, keeps });
        let desk = self.clone();
        let begun = std::thread::Builder::new().name("import".to_owned()).spawn(move || {
            let turn = lock(&desk.turn);
            // What a panic leaves half done is the store's batch, which is undone.
            let outcome = catch_unwind(AssertUnwindSafe(|| desk.work(&drop, nth, &task)));
            std::mem::drop(turn);
            let outcome = outcome.unwrap_or(Err(Failed::Fault));
            let mut job = lock(&desk.job);
            if job.as_ref().is_some_and(|job| Arc::ptr_eq(&job.drop, &drop) && job.nth == nth) {
                *job = None;
            }
            drop.tell(nth, Work::Done { keeps, outcome: Arc::new(outcome) });
        });
        begun.map(|_| ()).map_err(|error| {
            tracing::error!(%error, "no thread for an import");
            *job = None;
            Refusal::Fault {}
        })
    }

    fn work(&self, drop: &Drop, nth: u64, task: &Task) -> Result<Ended, Failed> {
        let Task { options, keeps, profile } = task;
        let files = files_of(drop).map_err(Failed::Ingest)?;
        let failed = |cause| Failed::Ingest(IngestError::Store { cause });
        let before = sources_of(&*self.store).map_err(failed)?;
        let mut progress = |at: Progress<'_>| {
            let (file, share) = (at.file.to_owned(), at.share);
            drop.tell(nth, Work::Underway { keeps: *keeps, file, nth: at.nth, of: at.of, share });
        };
        let report = match keeps {
            true => ingest::import(&files, options, &*self.store, &mut progress),
            false => {
                let preview = Arc::<Preview>::default();
                let rehearsed = ingest::rehearse(&files, options, &*self.store, &preview, &mut progress);
                let mut state = lock(&drop.state);
                if rehearsed.is_ok() && state.nth == nth {
                    state.preview = preview;
                }
                rehearsed
            }
        };
        let report = report.map_err(Failed::Ingest)?;
        let kept = *keeps && report.kept() > 0;
        if kept {
            drop.tray.clear();
        }
        // What is kept is kept: what cannot be counted afterwards goes untold, no more.
        let stays = Stays::after(&*self.store, &before, &report).unwrap_or_else(|error| {
            tracing::warn!(%error, "what the files do not hold was not counted");
            Vec::new()
        });
        let profile = profile.as_ref().filter(|_| kept).map(|(name, path)| {
            let written = Profile::of(options, &report).write(path);
            written.map(|()| name.clone()).map_err(|error| by_name(error, name))
        });
        Ok(Ended { report, stays, profile })
    }

    /// Asks the work on an import to stop; it keeps nothing then.
    pub fn stop(&self, drop: &Arc<Drop>) {
        if let Some(job) = lock(&self.job).as_ref().filter(|job| Arc::ptr_eq(&job.drop, drop)) {
            job.stop.ask();
        }
    }
}

impl Drop {
    /// How far it is.
    pub fn work(&self) -> Work {
        lock(&self.state).work.clone()
    }

    /// What was seen of it.
    pub fn preview(&self) -> Arc<Preview> {
        lock(&self.state).preview.clone()
    }

    /// Where its rejected rows stand.
    pub fn rejects(&self) -> PathBuf {
        self.tray.beside("rejects.csv")
    }

    fn is_busy(&self) -> bool {
        matches!(lock(&self.state).work, Work::Underway { .. })
    }

    fn tell(&self, nth: u64, work: Work) {
        let mut state = lock(&self.state);
        // A later work has its own say.
        if state.nth == nth {
            state.work = work;
            state.touched = Instant::now();
        }
    }
}

fn files_of(drop: &Drop) -> Result<Vec<PathBuf>, IngestError> {
    let unreadable =
        |error: io::Error| IngestError::Unreadable { path: String::new(), detail: Detail::quoted(error.kind()) };
    drop.tray.files().map_err(unreadable)
}

/// A lock that a panic does not spoil: what it guards is replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
