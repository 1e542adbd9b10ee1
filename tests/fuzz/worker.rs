//! One reader, tried until its time or its number of tries is over.
//!
//! Bytes that take a way not taken before are kept and changed further, so that the tries go deeper than the seeds. A
//! panic is caught and its input minimised; what cannot be caught (a hang, the end of memory or of the stack) ends the
//! process, and the one who started it tries again with every input written down first.

use std::any::Any;
use std::collections::HashSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::HEAP;
use super::mutate::{MOST_BYTES, Random, minimised, mutate, words};
use super::targets::{Desk, Outcome, TARGETS, Target};

/// What one input may take of memory, in bytes, and of time, more without optimisation. Inputs have at most 64 KiB.
pub const MOST_MEMORY: usize = 128 << 20;
const MOST_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 5 });
/// After this a try is taken for one without end.
const HANG: Duration = Duration::from_secs(60);
/// How many inputs are kept beside the seeds.
const MOST_KEPT: usize = 4000;

/// How long to try, and what to note.
pub struct Work {
    pub target: &'static Target,
    pub seconds: Option<u64>,
    pub executions: Option<u64>,
    pub seed: u64,
    /// Where offending inputs go.
    pub findings: PathBuf,
    /// Where every input is written before it is tried.
    pub careful: Option<PathBuf>,
}

/// What the tries have come to.
#[derive(Default)]
pub struct Tally {
    pub executions: u64,
    /// Tries of which something would have been kept: the bytes were still sound enough.
    pub kept: u64,
    pub seconds: f64,
    pub ways: usize,
    pub longest: Duration,
    pub memory: usize,
    pub findings: usize,
}

/// The bytes of all seeds of a target, in order of name; of the whole import those of all readers.
pub fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let readers = TARGETS.iter().filter(|reader| reader.name == target.name || target.name == "import");
    let mut files: Vec<PathBuf> = readers
        .flat_map(|reader| fs::read_dir(corpus.join(reader.name)).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files.iter().filter_map(|file| fs::read(file).ok()).collect()
}

/// Runs a target on bytes; the message and place of a panic.
pub fn attempt(target: &Target, desk: &Desk, bytes: &[u8]) -> Result<Outcome, String> {
    catch_unwind(AssertUnwindSafe(|| (target.run)(desk, bytes))).map_err(|what| told(&*what))
}

/// Where the last panic of any thread came from.
static PANIC: Mutex<String> = Mutex::new(String::new());

fn told(what: &(dyn Any + Send)) -> String {
    let text = what.downcast_ref::<String>().cloned().or_else(|| what.downcast_ref::<&str>().map(|s| (*s).to_owned()));
    format!("{} {}", PANIC.lock().unwrap_or_else(PoisonError::into_inner), text.unwrap_or_default())
}

/// Notes where panics come from instead of printing them: readers of others that are known to panic are caught.
pub fn listen_for_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
}

/// The place of a panic, by which one finding is known from another.
fn place(message: &str) -> String {
    message.split(' ').next().unwrap_or_default().to_owned()
}

impl Work {
    /// Tries until the end.
    pub fn run(&self) -> Tally {
        let desk = Desk::new();
        let begun = Instant::now();
        let (mut random, mut tally) = (Random(self.seed), Tally::default());
        let watched = Watched::start(self.findings.clone(), self.target.name);
        let (mut ways, mut places) = (HashSet::new(), HashSet::new());
        let mut pool = seeds(self.target);
        let first = pool.len();
        let words = words(self.target.words);
        let mut bytes = Vec::new();
        loop {
            let nth = tally.executions as usize;
            let is_over = self.executions.is_some_and(|most| tally.executions >= most)
                || self.seconds.is_some_and(|most| begun.elapsed().as_secs() >= most);
            if is_over && nth >= first {
                break;
            }
            bytes.clear();
            // The seeds first as they are.
            match pool.get(nth).filter(|_| nth < first) {
                Some(seed) => bytes.extend_from_slice(seed),
                None => {
                    if let Some(one) = random.of(&pool) {
                        bytes.extend_from_slice(one);
                    }
                    mutate(&mut bytes, &pool, &words, &mut random);
                }
            }
            if let Some(path) = &self.careful {
                fs::write(path, &bytes).expect("the input can be written down");
            }
            watched.begin(&bytes);
            HEAP.reset_peak_usage();
            let before = HEAP.current_usage();
            let start = Instant::now();
            let outcome = attempt(self.target, &desk, &bytes);
            let took = start.elapsed();
            let memory = HEAP.peak_usage().saturating_sub(before);
            watched.end();
            tally.executions += 1;
            tally.longest = tally.longest.max(took);
            tally.memory = tally.memory.max(memory);
            tally.kept += u64::from(outcome.as_ref().is_ok_and(|outcome| outcome.kept > 0));
            let finding = match &outcome {
                Err(message) => Some((place(message), message.clone())),
                Ok(_) if took > MOST_TIME => Some(("slow".to_owned(), format!("took {took:?}"))),
                Ok(_) if memory > MOST_MEMORY => Some(("memory".to_owned(), format!("took {memory} bytes of memory"))),
                Ok(_) => None,
            };
            match (finding, outcome) {
                (Some((place, message)), outcome) if places.insert(place.clone()) => {
                    // What is slow or large is kept as it is: each try at less would be as slow.
                    let until = Instant::now() + PATIENCE;
                    let still = |less: &[u8]| {
                        Instant::now() < until
                            && attempt(self.target, &desk, less)
                                .is_err_and(|told| told.starts_with(&format!("{place} ")))
                    };
                    let fell = outcome.is_err();
                    let least = if fell { minimised(&bytes, 3000, still) } else { bytes.clone() };
                    write_down(&self.findings, self.target.name, &least, &message);
                }
                (None, Ok(outcome)) if ways.insert(outcome.way) && nth >= first && bytes.len() <= MOST_BYTES / 4 => {
                    match pool.len() < first + MOST_KEPT {
                        true => pool.push(bytes.clone()),
                        false => {
                            let at = first + random.below(pool.len() - first);
                            pool[at] = bytes.clone();
                        }
                    }
                }
                _ => {}
            }
        }
        Tally { seconds: begun.elapsed().as_secs_f64(), ways: ways.len(), findings: places.len(), ..tally }
    }
}

/// Keeps an offending input, and says so.
pub fn write_down(folder: &Path, name: &str, bytes: &[u8], message: &str) {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    bytes.iter().for_each(|byte| hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    fs::create_dir_all(folder).expect("the folder of findings can be made");
    let path = folder.join(format!("{name}-{hash:016x}"));
    fs::write(&path, bytes).expect("a finding can be written down");
    eprintln!("{name}: {message}\n  {} bytes in {}", bytes.len(), path.display());
}

/// Ends the process where a try does not end.
struct Watched {
    begun: Instant,
    /// Milliseconds at which the present try began; 0 between tries.
    since: Arc<AtomicU64>,
    input: Arc<Mutex<Vec<u8>>>,
}

impl Watched {
    fn start(findings: PathBuf, name: &'static str) -> Watched {
        let watched = Watched { begun: Instant::now(), since: Arc::default(), input: Arc::default() };
        let (begun, since, input) = (watched.begun, watched.since.clone(), watched.input.clone());
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(500));
                let at = since.load(Ordering::Relaxed);
                if at > 0 && begun.elapsed() > Duration::from_millis(at) + HANG {
                    let input = input.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    write_down(&findings, name, &input, &format!("no end after {HANG:?}"));
                    std::process::exit(HUNG);
                }
            }
        });
        watched
    }

    fn begin(&self, bytes: &[u8]) {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        input.clear();
        input.extend_from_slice(bytes);
        self.since.store(self.begun.elapsed().as_millis().max(1) as u64, Ordering::Relaxed);
    }

    fn end(&self) {
        self.since.store(0, Ordering::Relaxed);
    }
}

/// How long an input that ends a reader is made smaller.
const PATIENCE: Duration = Duration::from_secs(20);

/// The exit code of a worker that was stopped.
pub const HUNG: i32 = 3;
