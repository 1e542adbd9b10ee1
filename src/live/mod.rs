//! Follows the store and publishes the next city, on a thread of its own.
//!
//! A reader takes the present city and keeps it for as long as it likes. A fault of the store, of the rules or of our
//! own never makes the city vanish: before the first load there is none, after it the last one stays, the trouble is
//! told, and it is tried again.

mod arrived;
mod beside;
mod board;
mod hub;
mod past;
mod teller;
mod told;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use self::arrived::Arrived;
pub use self::past::{Looked, Moment, Past, PastFault, city_at};
use crate::city::{City, Frame};
use crate::map::TileSource;
use crate::model::Layer;
use crate::rules::{Pack, RuleError};
use crate::store::{Change, Changes, Revision, Store, StoreError};
use crate::tiles::TileId;
use beside::Beside;
use board::Board;
pub use hub::{Bell, Frame as EventFrame, Greeting, Hub, Next};
use teller::Teller;

/// How long one wait for a change lasts; stopping takes as long at most.
const WAIT: Duration = Duration::from_millis(500);
/// How long after a fault it is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// How long without a word from the store makes a city stale.
const STALE: SignedDuration = SignedDuration::from_secs(60);
/// So many changed rows are followed from a city of which more is found, so many at a time.
const MOST_AHEAD: usize = 4000;
const PART: usize = 200;
/// A change of more rows than this share of the city is loaded afresh.
const AFRESH: usize = 8;

crate::sentences! {
    /// Why the city cannot be brought up to date.
    pub enum FollowError {
        /// The store cannot be read.
        Store { cause: StoreError }
            "follow_store", "{cause}", "{cause}";
        /// The pack has no rules for the day.
        Rules { cause: RuleError }
            "follow_rules", "{cause}", "{cause}";
        /// A fault of ours.
        Panicked {}
            "follow_panicked",
            "更新城市数据时程序出错，详见日志；稍后将重新载入。",
            "The program failed while it brought the city up to date; the log has the fault. It will be loaded afresh.";
    }
}

impl From<StoreError> for FollowError {
    fn from(cause: StoreError) -> FollowError {
        FollowError::Store { cause }
    }
}

impl From<RuleError> for FollowError {
    fn from(cause: RuleError) -> FollowError {
        FollowError::Rules { cause }
    }
}

/// A city as it was published.
#[derive(Clone)]
pub struct Published {
    /// The city.
    pub city: Arc<City>,
    /// Which load of this process it descends from. A store that was put back to a backup counts its revisions from
    /// there again; load and revision together never repeat.
    pub load: u64,
    /// The how manieth it is that this process publishes, of any load.
    pub number: u64,
}

/// Tells the time: the edge of the process reads the clock.
pub type Now = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// The present city, what is wrong with it and how old it is.
pub struct Live {
    published: ArcSwapOption<Published>,
    arrived: Arrived,
    board: Board,
    teller: Teller,
    hub: Hub,
    contact: Mutex<Contact>,
    now: Now,
    stop: AtomicBool,
}

/// How the last looks at the store went.
#[derive(Default)]
struct Contact {
    /// When the city was last known to be what the store holds.
    good: Option<Timestamp>,
    trouble: Option<FollowError>,
}

impl Live {
    /// The present city; `None` before the first load.
    pub fn city(&self) -> Option<Arc<City>> {
        self.published().map(|published| published.city.clone())
    }

    /// The present city with the load it descends from; `None` before the first load.
    pub fn published(&self) -> Option<Arc<Published>> {
        self.published.load_full()
    }

    /// Waits until a city of this revision or a later one is published, at most so long; whether one is.
    pub fn wait_for(&self, revision: Revision, at_most: Duration) -> bool {
        self.arrived.wait(revision, at_most)
    }

    /// The city that a tile is to be drawn from, and the number of the one since which it has been the same: what was
    /// drawn of that is this tile. `None` before the first load. It is the city that maps have gone on to, and for which
    /// what the source shows is found; before any is, who draws it has to wait for that.
    pub fn drawn_from(&self, source: TileSource, tile: TileId) -> Option<(Arc<Published>, u64)> {
        self.board.at(source, tile).or_else(|| self.published().map(|published| (published.clone(), published.number)))
    }

    /// Whether maps have gone on to the city of a number, and it was told. The hub's bells ring then.
    pub fn is_on_maps(&self, number: u64) -> bool {
        self.teller.reached() >= number
    }

    /// The news of changes.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Why the city is not brought up to date now, for the log and for `/ready`.
    pub fn trouble(&self) -> Option<String> {
        self.contact().trouble.as_ref().map(ToString::to_string)
    }

    /// When the city was last known to be what the store holds; `None` before the first load.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.contact().good
    }

    /// Whether the city may be older than what the store holds: there is trouble, or no word from the store for a
    /// minute.
    pub fn is_stale(&self) -> bool {
        let contact = self.contact();
        contact.trouble.is_some() || contact.good.is_none_or(|good| (self.now)().duration_since(good) > STALE)
    }

    /// The time it is.
    pub fn time(&self) -> Timestamp {
        (self.now)()
    }

    fn contact(&self) -> MutexGuard<'_, Contact> {
        self.contact.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the follower to end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Notes that the city is what the store held at a time.
    fn note_good(&self, at: Timestamp) {
        let before = std::mem::replace(&mut *self.contact(), Contact { good: Some(at), trouble: None });
        if before.trouble.is_some() {
            tracing::info!("the city is up to date again");
        }
    }

    fn note_trouble(&self, error: FollowError) {
        let mut contact = self.contact();
        if contact.trouble.as_ref() != Some(&error) {
            tracing::error!(%error, "the city cannot be brought up to date; the last one stays");
        }
        contact.trouble = Some(error);
    }

    /// Publishes a city: it is there to be asked at once, and on maps as soon as it is known which tiles differ.
    fn publish(&self, published: Published) {
        let published = Arc::new(published);
        self.published.store(Some(published.clone()));
        self.arrived.tell(published.city.revision());
        tracing::info!(revision = published.city.revision().0, day = %published.city.day(), "city published");
        self.teller.published(published);
    }

    /// Has maps show what was found beside a city since it was published, and tells it.
    fn found(&self, published: &Arc<Published>) {
        self.teller.found(published.clone());
    }
}

/// What a follower needs to know beside the store.
pub struct Follow {
    /// The rule pack.
    pub pack: Arc<Pack>,
    /// The day it is in a time zone: the edge of the process reads the clock.
    pub today: Box<dyn Fn(&str) -> Date + Send>,
    /// The time it is, likewise.
    pub now: Now,
    /// Whether every city that followed a change is held against one loaded afresh, beside all else.
    pub self_check: bool,
}

/// Starts to follow a store; refuses at once a pack that lacks a rule today.
pub fn follow(store: Arc<dyn Store>, follow: Follow) -> Result<(Arc<Live>, JoinHandle<()>), RuleError> {
    let Follow { pack, today, now, self_check } = follow;
    Frame::new(pack.clone(), today("UTC"))?;
    let live = Arc::new(Live {
        published: ArcSwapOption::empty(),
        arrived: Arrived::default(),
        board: Board::default(),
        teller: Teller::default(),
        hub: Hub::new(now().as_nanosecond() as u64),
        contact: Mutex::default(),
        now,
        stop: AtomicBool::new(false),
    });
    let thread = std::thread::Builder::new().name("follower".to_owned()).spawn({
        let live = live.clone();
        move || run(&live, &Source { store, pack, today, self_check })
    });
    Ok((live, thread.expect("the system can start a thread")))
}

/// What a city is made of.
struct Source {
    store: Arc<dyn Store>,
    pack: Arc<Pack>,
    today: Box<dyn Fn(&str) -> Date + Send>,
    self_check: bool,
}

/// Follows until it is asked to end.
fn run(live: &Arc<Live>, source: &Source) {
    std::thread::scope(|scope| {
        let teller = std::thread::Builder::new().name("teller".to_owned());
        teller.spawn_scoped(scope, || live.teller.run(live)).expect("the system can start a thread");
        follow_on(live, source);
        live.teller.end();
    });
}

fn follow_on(live: &Arc<Live>, source: &Source) {
    let mut afresh = false;
    let mut beside = Beside::default();
    while !live.is_stopped() {
        let present = live.published();
        let ahead = present.as_deref().and_then(|present| beside.ahead(present));
        if let Some(published) = present.as_ref().filter(|_| ahead.is_none()) {
            beside.find(live, published);
            if source.self_check {
                afresh |= beside.is_wrong();
                beside.check(&source.store, published);
            }
        }
        let began = (live.now)();
        // A step only reads: what it was making when it panicked is gone with it, and the city published stays whole.
        let stepped = catch_unwind(AssertUnwindSafe(|| step(present.as_deref(), ahead.as_deref(), afresh, source)));
        match stepped.unwrap_or(Err(FollowError::Panicked {})) {
            Ok(next) => {
                afresh = false;
                live.note_good(began);
                if let Some(next) = next {
                    live.publish(next);
                }
            }
            Err(error) => {
                // What cannot be taken up as a change may well be loaded.
                afresh = error == FollowError::Panicked {};
                live.note_trouble(error);
                rest(live);
            }
        }
    }
}

/// Rests until it is time to try again, or to end.
fn rest(live: &Live) {
    let start = Instant::now();
    while start.elapsed() < RETRY && !live.is_stopped() {
        std::thread::sleep(WAIT);
    }
}

/// Loads, or waits for a change and takes it up: the next city, `None` where nothing changed.
/// `ahead` is a city before the present one of which more is found.
fn step(
    present: Option<&Published>,
    ahead: Option<&City>,
    afresh: bool,
    source: &Source,
) -> Result<Option<Published>, FollowError> {
    let store = &*source.store;
    let frame = |day| Frame::new(source.pack.clone(), day);
    let Some(Published { city, load, number }) = present else {
        // The zone stands in the store, so the first day is a guess that the next step mends.
        let city = City::load(store, frame((source.today)("Asia/Shanghai"))?)?;
        return Ok(Some(Published { city: Arc::new(city), load: 1, number: 1 }));
    };
    let today = (source.today)(city.zone());
    let number = number + 1;
    let same_load = |city| Ok(Some(Published { city: Arc::new(city), load: *load, number }));
    let loaded = || {
        let city = City::load(store, frame(today)?)?;
        Ok(Some(Published { city: Arc::new(city), load: load + 1, number }))
    };
    if afresh {
        return loaded();
    }
    if today != city.day() {
        return same_load(city.reframe(frame(today)?));
    }
    let seen = store.wait(city.revision(), if ahead.is_some() { Duration::ZERO } else { WAIT })?;
    if seen == city.revision() && ahead.is_none() {
        return Ok(None);
    }
    if seen < city.revision() {
        tracing::warn!(revision = seen.0, was = city.revision().0, "the store was put back; it is loaded afresh");
        return loaded();
    }
    if let Some(from) = ahead
        && let Some(next) = in_parts(from, store.changes(from.revision())?)
    {
        // Where a row came and went in between, new rows have other slots than in the present city.
        let load = if next.numbers_as(city) { *load } else { load + 1 };
        return Ok(Some(Published { city: Arc::new(next), load, number }));
    }
    let changes = store.changes(city.revision())?;
    if changes.snapshot.revision == city.revision() {
        return Ok(None);
    }
    let put_back = changes.snapshot.revision < seen;
    let is_off_relief = |change: &Change| match change {
        Change::Put(row) => city.relief().lacks(row.feature.shape.bounds()),
        Change::Gone(..) => false,
    };
    let heights_differ = changes.relief_changed || changes.rows.iter().any(is_off_relief);
    let rows = Layer::ALL.iter().map(|layer| city.layer(*layer).count()).sum::<usize>();
    let many = changes.rows.len() > 1000.max(rows / AFRESH);
    if put_back || heights_differ || many { loaded() } else { same_load(city.apply(changes)) }
}

/// A city after what changed while things were found for it, a part of the rows after the other: many at once would be
/// found afresh. `None` where they are too many, or heights are others.
fn in_parts(from: &City, changes: Changes) -> Option<City> {
    let off_relief =
        |change: &Change| matches!(change, Change::Put(row) if from.relief().lacks(row.feature.shape.bounds()));
    if changes.relief_changed || changes.rows.len() > MOST_AHEAD || changes.rows.iter().any(off_relief) {
        return None;
    }
    let Changes { snapshot, rows, .. } = changes;
    let mut next = from.clone();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() || next.revision() != snapshot.revision {
        let rows = rows.by_ref().take(PART).collect();
        next = next.apply(Changes { snapshot: snapshot.clone(), rows, relief_changed: false });
    }
    Some(next)
}
