//! Follows the store and publishes the next city, on a thread of its own.
//!
//! A reader takes the present city and keeps it for as long as it likes. A fault of the store, of the rules or of our
//! own never makes the city vanish: before the first load there is none, after it the last one stays, the trouble is
//! told, and it is tried again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::city::{City, Frame};
use crate::model::Layer;
use crate::rules::{Pack, RuleError};
use crate::store::{Change, Store, StoreError};

/// How long one wait for a change lasts; stopping takes as long at most.
const WAIT: Duration = Duration::from_millis(500);
/// How long after a fault it is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// How long without a word from the store makes a city stale.
const STALE: SignedDuration = SignedDuration::from_secs(60);
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
}

/// Tells the time: the edge of the process reads the clock.
pub type Now = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// The present city, what is wrong with it and how old it is.
pub struct Live {
    published: ArcSwapOption<Published>,
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

    fn publish(&self, published: Published) {
        tracing::info!(revision = published.city.revision().0, day = %published.city.day(), "city published");
        self.published.store(Some(Arc::new(published)));
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
}

/// Starts to follow a store; refuses at once a pack that lacks a rule today.
pub fn follow(store: Arc<dyn Store>, follow: Follow) -> Result<(Arc<Live>, JoinHandle<()>), RuleError> {
    let Follow { pack, today, now } = follow;
    Frame::new(pack.clone(), today("UTC"))?;
    let live = Arc::new(Live {
        published: ArcSwapOption::empty(),
        contact: Mutex::default(),
        now,
        stop: AtomicBool::new(false),
    });
    let thread = std::thread::Builder::new().name("follower".to_owned()).spawn({
        let live = live.clone();
        move || run(&live, &Source { store, pack, today })
    });
    Ok((live, thread.expect("the system can start a thread")))
}

/// What a city is made of.
struct Source {
    store: Arc<dyn Store>,
    pack: Arc<Pack>,
    today: Box<dyn Fn(&str) -> Date + Send>,
}

/// Follows until it is asked to end.
fn run(live: &Live, source: &Source) {
    let mut afresh = false;
    let mut beside = Beside::default();
    while !live.is_stopped() {
        let present = live.published();
        if let Some(published) = &present {
            beside.find(&published.city);
        }
        let began = (live.now)();
        // A step only reads: what it was making when it panicked is gone with it, and the city published stays whole.
        let stepped = catch_unwind(AssertUnwindSafe(|| step(present.as_deref(), afresh, source)));
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

/// Finds what takes longest, on threads of its own and for one city at a time, so that no edit waits for it.
#[derive(Default)]
struct Beside {
    ground: Option<JoinHandle<()>>,
    /// What takes longer still is found beside that, so that it does not wait either.
    detours: Option<JoinHandle<()>>,
}

impl Beside {
    /// Begins with a city where nothing is being found; the one that is newest then comes next.
    fn find(&mut self, city: &Arc<City>) {
        let is_idle = |thread: &Option<JoinHandle<()>>| thread.as_ref().is_none_or(JoinHandle::is_finished);
        let has_detours = city.ground_found().is_some_and(|found| found.detours_found().is_some());
        if !is_idle(&self.ground) {
            return;
        }
        if city.risk_found().is_none() {
            self.ground = find_ground(city.clone());
        } else if !has_detours && is_idle(&self.detours) {
            self.detours = find_detours(city.clone());
        }
    }
}

fn find_ground(city: Arc<City>) -> Option<JoinHandle<()>> {
    let find = move || {
        let start = Instant::now();
        let network = city.network();
        let made_ms = start.elapsed().as_millis() as u64;
        let ground = city.ground();
        let ground_ms = start.elapsed().as_millis() as u64;
        ground.spacing(&city);
        ground.supply(&city);
        ground.access(&city);
        ground.frailty(&city);
        let (edges, ms) = (network.graph().edges().len(), start.elapsed().as_millis() as u64);
        let revision = city.revision().0;
        tracing::info!(revision, edges, made_ms, ground_ms, ms, "found what lies along the ground");
        city.risk();
        let risk_ms = start.elapsed().as_millis() as u64 - ms;
        tracing::info!(revision, risk_ms, "ranked the buildings by risk");
    };
    std::thread::Builder::new().name("ground".to_owned()).spawn(find).ok()
}

fn find_detours(city: Arc<City>) -> Option<JoinHandle<()>> {
    let find = move || {
        let start = Instant::now();
        let roads = city.ground().detours(&city).len();
        let ms = start.elapsed().as_millis() as u64;
        tracing::info!(revision = city.revision().0, roads, ms, "found who waits longer when a road is blocked");
    };
    std::thread::Builder::new().name("detours".to_owned()).spawn(find).ok()
}

/// Rests until it is time to try again, or to end.
fn rest(live: &Live) {
    let start = Instant::now();
    while start.elapsed() < RETRY && !live.is_stopped() {
        std::thread::sleep(WAIT);
    }
}

/// Loads, or waits for a change and takes it up: the next city, `None` where nothing changed.
fn step(present: Option<&Published>, afresh: bool, source: &Source) -> Result<Option<Published>, FollowError> {
    let store = &*source.store;
    let frame = |day| Frame::new(source.pack.clone(), day);
    let Some(Published { city, load }) = present else {
        // The zone stands in the store, so the first day is a guess that the next step mends.
        let city = City::load(store, frame((source.today)("Asia/Shanghai"))?)?;
        return Ok(Some(Published { city: Arc::new(city), load: 1 }));
    };
    // It was published without what takes longer: first what maps of low zooms ask for, then what none does.
    city.joined_roads();
    city.street_need();
    let today = (source.today)(city.zone());
    let same_load = |city| Ok(Some(Published { city: Arc::new(city), load: *load }));
    let loaded = || {
        let city = City::load(store, frame(today)?)?;
        Ok(Some(Published { city: Arc::new(city), load: load + 1 }))
    };
    if afresh {
        return loaded();
    }
    if today != city.day() {
        return same_load(city.reframe(frame(today)?));
    }
    let seen = store.wait(city.revision(), WAIT)?;
    if seen == city.revision() {
        return Ok(None);
    }
    if seen < city.revision() {
        tracing::warn!(revision = seen.0, was = city.revision().0, "the store was put back; it is loaded afresh");
        return loaded();
    }
    let changes = store.changes(city.revision())?;
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
