//! The power fails: what was not synced is on the disk by chance. Each edit that was acknowledged is there for sure.
//!
//! A server is edited while `strace` (Debian: `strace`) writes down what it does to the files of its store. Then its
//! files are made again as they may stand on the disk at a moment of that record: every write that a sync followed, and
//! of the others some, whole or in part. The names of files are taken to be there as soon as they are given.
//!
//! Sixty moments; FIREMAP_MOMENTS=1000 for more, FIREMAP_SEED for others.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod record;
mod running;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use firemap::store::{DEFAULT_ZONE, GeoPackage, Store, verify};
use record::{Step, What};
use running::{Dice, Left, SERVE, Server, Wish, edited, names, number, send, terminate, without_settings};

/// Clients that write at a time.
const CLIENTS: u64 = 2;
/// Edits of each: so many that the log is written back and begun anew among them.
const EDITS: u64 = 60;
/// So many syncs of a file are among its last ones: those of edits that were not answered yet, and of the last answered.
const LAST: usize = CLIENTS as usize + 1;
/// Moments at which syncs are taken not to have been, to see that it is they who keep the edits.
const DOUBTED: usize = 9;
/// The unit that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Files by the end of their names.
type Files = BTreeMap<String, Vec<u8>>;

/// What each edit did to its hydrant, by the revision it was acknowledged with.
type History = BTreeMap<u64, (u64, Option<String>)>;

/// A server's work on a store, from its start to its end.
struct Run {
    /// The store's files before and after.
    before: Files,
    after: Files,
    steps: Vec<Step>,
    history: History,
}

impl Run {
    /// Lets clients edit a new store and asks the server to end.
    fn of(folder: &Path, seed: u64) -> Run {
        let (store, record) = (folder.join("town.gpkg"), folder.join("record"));
        drop(GeoPackage::open_or_create(&store, DEFAULT_ZONE).unwrap());
        let before = files(&store);
        let under = record::recorder(&record);
        let mut command = without_settings(&under[0]);
        command.args(&under[1..]).arg(env!("CARGO_BIN_EXE_firemap")).args(SERVE).arg(&store);
        let mut server = Server::telling(command);
        let host = server.host.as_str();
        let history = std::thread::scope(|scope| {
            let begin = |nth| scope.spawn(move || edit(host, nth, Dice(seed * 31 + nth + 1)));
            let clients: Vec<_> = (0..CLIENTS).map(begin).collect();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        terminate(record::process(&record));
        assert!(server.child.wait().unwrap().success(), "the server ends as it is asked to");
        Run { before, after: files(&store), steps: record::steps(&record, &store), history }
    }

    /// The last revision that was acknowledged before a moment.
    fn acknowledged(&self, moment: usize) -> u64 {
        let told = |step: &Step| if let What::Answered { revision } = step.what { Some(revision) } else { None };
        self.steps[..moment].iter().filter_map(told).max().unwrap_or(0)
    }

    /// The files as they may stand on the disk when the power fails at a moment. The last `forgotten` syncs of each
    /// file are taken not to have been.
    fn on_disk(&self, moment: usize, forgotten: usize, dice: &mut Dice) -> Files {
        let sure = Sure::of(&self.steps[..moment], forgotten);
        self.again(moment, &|file, until| sure.has(file, until), dice)
    }

    /// The files after the steps before a moment, where writes land that are sure, and others by chance.
    ///
    /// Which of them land is free, so their order needs not to be: one that lands over a later one is as the later one
    /// not landed.
    fn again(&self, moment: usize, is_sure: &dyn Fn(&str, usize) -> bool, dice: &mut Dice) -> Files {
        let mut disk = self.before.clone();
        for step in &self.steps[..moment] {
            match &step.what {
                What::Opened { file } => drop(disk.entry(file.clone()).or_default()),
                What::Written { file, offset, bytes, until } => {
                    let lands = if is_sure(file, *until) { Lands::Whole } else { *dice.among(&Lands::ALL) };
                    lands.write(disk.entry(file.clone()).or_default(), *offset, bytes, dice);
                }
                What::Cut { file, length, until } => {
                    if is_sure(file, *until) || dice.below(2) == 0 {
                        disk.entry(file.clone()).or_default().resize(*length, 0);
                    }
                }
                What::Removed { file } => drop(disk.remove(file)),
                What::Synced { .. } | What::Answered { .. } => {}
            }
        }
        disk
    }

    /// Whether a store opens from these files, is sound, and is what the edits had made of it at a revision not before
    /// the one acknowledged; else why not.
    fn holds(&self, disk: &Files, acknowledged: u64) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("town.gpkg");
        for (end, bytes) in disk {
            fs::write(beside(&path, end), bytes).unwrap();
        }
        let (snapshot, rows) =
            GeoPackage::open(&path).and_then(|store| store.rows()).map_err(|error| error.to_string())?;
        verify(&path).map_err(|error| error.to_string())?;
        let revision = snapshot.revision.0;
        if revision < acknowledged {
            return Err(format!("revision {acknowledged} was acknowledged, and the store is at {revision}"));
        }
        let (found, expected) = (names(&rows), self.names_at(revision));
        if found == expected { Ok(()) } else { Err(format!("at revision {revision}: {found:?}, not {expected:?}")) }
    }

    /// The names of the hydrants after the edits up to a revision.
    fn names_at(&self, revision: u64) -> BTreeMap<u64, String> {
        let left: Left = self.history.range(..=revision).map(|(_, edit)| edit.clone()).collect();
        left.into_iter().filter_map(|(id, name)| Some((id, name?))).collect()
    }

    /// Moments of three kinds in turn: any; while the log is written back to the store's own file; right after an
    /// answer.
    fn moments(&self, many: u64, dice: &mut Dice) -> Vec<usize> {
        let after = |is_meant: fn(&What) -> bool| -> Vec<usize> {
            (1..=self.steps.len()).filter(|moment| is_meant(&self.steps[moment - 1].what)).collect()
        };
        let any = after(|_| true);
        let back =
            after(|what| matches!(what, What::Written { file, .. } | What::Synced { file, .. } if file.is_empty()));
        let answered = after(|what| matches!(what, What::Answered { .. }));
        let kinds = [any, back, answered];
        kinds.iter().cycle().take(many as usize).map(|kind| *dice.among(kind)).collect()
    }
}

/// How much of a write is on the disk.
#[derive(Clone, Copy)]
enum Lands {
    Whole,
    /// Up to the end of some sector.
    Begun,
    /// Each sector by chance.
    Scattered,
    Not,
}

impl Lands {
    const ALL: [Lands; 4] = [Lands::Whole, Lands::Begun, Lands::Scattered, Lands::Not];

    fn write(self, file: &mut Vec<u8>, offset: usize, bytes: &[u8], dice: &mut Dice) {
        let end = offset + bytes.len();
        let (first, last) = (offset / SECTOR, end.div_ceil(SECTOR));
        let begun = first + dice.below((last - first) as u64) as usize;
        for sector in first..last {
            let lands = match self {
                Lands::Whole => true,
                Lands::Begun => sector < begun,
                Lands::Scattered => dice.below(2) == 0,
                Lands::Not => false,
            };
            if lands {
                let (from, to) = ((sector * SECTOR).max(offset), ((sector + 1) * SECTOR).min(end));
                file.resize(file.len().max(to), 0);
                file[from..to].copy_from_slice(&bytes[from - offset..to - offset]);
            }
        }
    }
}

/// What is on disk for sure: of each file what was written before this line of the record.
struct Sure<'a>(BTreeMap<&'a str, usize>);

impl Sure<'_> {
    /// By the syncs among some steps but for each file's last `forgotten`.
    fn of(steps: &[Step], forgotten: usize) -> Sure<'_> {
        let mut synced: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for step in steps {
            if let What::Synced { file, from } = &step.what {
                synced.entry(file).or_default().push(*from);
            }
        }
        let last = |lines: &[usize]| lines.iter().rev().nth(forgotten).copied();
        Sure(synced.into_iter().filter_map(|(file, lines)| Some((file, last(&lines)?))).collect())
    }

    /// Whether it has a write that was done at a line.
    fn has(&self, file: &str, until: usize) -> bool {
        self.0.get(file).is_some_and(|sure| until < *sure)
    }
}

/// Edits hydrants of its own.
fn edit(host: &str, nth: u64, mut dice: Dice) -> History {
    let (mut left, mut history) = (Left::new(), History::new());
    for sent in 0..EDITS {
        let wish = Wish::any(&mut dice, &left, format!("{nth}/{sent}"));
        let (status, told) = send(host, "POST", "/api/edits", "", &wish.body()).unwrap();
        assert_eq!(status, 200, "{told}");
        let (id, name) = (edited(&told), wish.name());
        left.insert(id, name.clone());
        history.insert(told["revision"].as_u64().unwrap(), (id, name));
    }
    history
}

/// The files of a store but the index of its log.
fn files(store: &Path) -> Files {
    let read = |end: &str| fs::read(beside(store, end)).ok().map(|bytes| (end.to_owned(), bytes));
    ["", "-wal"].into_iter().filter_map(read).collect()
}

fn sizes(files: &Files) -> Vec<(&str, usize)> {
    files.iter().map(|(end, bytes)| (end.as_str(), bytes.len())).collect()
}

fn beside(path: &Path, end: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Whether programs can be recorded here; says why not.
fn can_record(folder: &Path) -> bool {
    let under = record::recorder(&folder.join("nothing"));
    match Command::new(&under[0]).args(&under[1..]).arg("true").output() {
        Err(_) => println!("skipped: strace not found"),
        Ok(ended) if !ended.status.success() => println!("skipped: strace may not look at processes here"),
        Ok(_) => return true,
    }
    false
}

#[test]
fn what_was_acknowledged_survives_a_disk_that_loses_what_was_not_synced() {
    let (moments, seed) = (number("FIREMAP_MOMENTS", 60), number("FIREMAP_SEED", 4711));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    if !can_record(&path) {
        return;
    }
    let run = Run::of(&path, seed);
    let is_answer = |step: &&Step| matches!(step.what, What::Answered { .. });
    assert_eq!(run.steps.iter().filter(is_answer).count() as u64, CLIENTS * EDITS, "the record has every answer");
    let written_back =
        run.steps.iter().position(|step| matches!(&step.what, What::Written { file, .. } if file.is_empty()));
    assert!(
        run.acknowledged(written_back.unwrap()) < run.acknowledged(run.steps.len()),
        "the log was written back midway"
    );

    let mut dice = Dice(seed);
    let again = run.again(run.steps.len(), &|_, _| true, &mut dice);
    assert!(again == run.after, "the record has all that was done: {:?}, not {:?}", sizes(&again), sizes(&run.after));
    let moments = run.moments(moments, &mut dice);
    for &moment in &moments {
        let acknowledged = run.acknowledged(moment);
        let disk = run.on_disk(moment, 0, &mut dice);
        let held = run.holds(&disk, acknowledged);
        assert_eq!(held, Ok(()), "step {moment} of {}, seed {seed}", run.steps.len());
    }
    let lost = [usize::MAX, LAST].map(|forgotten| {
        let is_lost = |moment: &&usize| {
            let disk = run.on_disk(**moment, forgotten, &mut dice);
            run.holds(&disk, run.acknowledged(**moment)).is_err()
        };
        moments.iter().take(DOUBTED).filter(is_lost).count()
    });
    let (many, steps, edits) = (moments.len(), run.steps.len(), run.history.len());
    println!("{many} moments of {steps} steps with {edits} edits, and no acknowledged edit lost");
    println!("of {DOUBTED} without any sync {} lose some, without the last {LAST} of each file {}", lost[0], lost[1]);
    assert!(!lost.contains(&0), "a store that is not synced loses edits: {lost:?}");
}
