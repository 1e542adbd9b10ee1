//! The city as it was: built aside from the present one, a thread at a time, and kept while somebody looks at it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Published;
use crate::city::City;
use crate::rules::RuleError;
use crate::store::{PastError, Revision, Store, StoreError};

/// Cities that are kept: the two sides of a comparison.
const MOST_KEPT: usize = 2;
/// How long one is kept that nobody asks for.
const KEPT: Duration = Duration::from_secs(10 * 60);
/// How far a clock may be ahead of ours before its time is one to come.
const CLOCKS_DIFFER: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

crate::sentences! {
    /// Why there is no city of a moment.
    pub enum PastFault {
        /// Neither a revision nor a time.
        Unreadable { text: String }
            "moment_unreadable",
            "“{text}”不是版本号或时间。请写作 1234 或 2026-05-01T08:30:00Z。",
            "“{text}” is neither a revision nor a time. Write such as 1234 or 2026-05-01T08:30:00Z.";
        /// A time to come.
        Future { text: String }
            "moment_future",
            "{text} 还没有到。",
            "{text} is yet to come.";
        /// The store cannot tell.
        Past { cause: PastError }
            "past", "{cause}", "{cause}";
        /// The pack has no rules for the day.
        Rules { cause: RuleError }
            "past_rules", "{cause}", "{cause}";
        /// A fault of ours.
        Panicked {}
            "past_panicked",
            "还原以前的状态时程序出错，详见日志。",
            "The program failed while it went back in time; the log has the fault.";
    }
}

impl From<PastError> for PastFault {
    fn from(cause: PastError) -> PastFault {
        PastFault::Past { cause }
    }
}

impl From<StoreError> for PastFault {
    fn from(cause: StoreError) -> PastFault {
        PastFault::Past { cause: cause.into() }
    }
}

impl From<RuleError> for PastFault {
    fn from(cause: RuleError) -> PastFault {
        PastFault::Rules { cause }
    }
}

/// A revision and the day its results are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The revision.
    pub revision: Revision,
    /// The day.
    pub day: Date,
}

impl Moment {
    /// That of a city.
    pub fn of(city: &City) -> Moment {
        Moment { revision: city.revision(), day: city.day() }
    }

    /// The moment of a text: a revision, with the day of its entry in the log; or a time (RFC 3339) with its day. That
    /// of the present city where it is its revision.
    pub fn read(text: &str, store: &dyn Store, present: &City, now: Timestamp) -> Result<Moment, PastFault> {
        let zone = TimeZone::get(present.zone()).unwrap_or(TimeZone::UTC);
        let text = text.trim();
        if let Ok(revision) = text.parse() {
            let revision = Revision(revision);
            if revision >= present.revision() {
                let head = present.revision();
                let future = PastError::Future { revision: revision.0, head: head.0 };
                return if revision == head { Ok(Moment::of(present)) } else { Err(future.into()) };
            }
            let time = store.time_of(revision)?.and_then(|time| time.parse::<Timestamp>().ok());
            let day = time.map_or(present.day(), |time| time.to_zoned(zone).date());
            return Ok(Moment { revision, day });
        }
        // In the address of a page a plus sign stands for a blank.
        let unreadable = || PastFault::Unreadable { text: text.chars().take(60).collect() };
        let time: Timestamp = text.replace(' ', "+").parse().map_err(|_| unreadable())?;
        if time.duration_since(now) > CLOCKS_DIFFER {
            return Err(PastFault::Future { text: time.to_string() });
        }
        let revision = store.revision_at(&time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())?;
        Ok(Moment { revision: revision.min(present.revision()), day: time.to_zoned(zone).date() })
    }
}

/// The city at a moment, from the present one. Heights, sources and the zone are those of now.
pub fn city_at(moment: Moment, present: &City, store: &dyn Store) -> Result<City, PastFault> {
    let rows = store.past(moment.revision, present.revision())?;
    // What is still being read of the present one is not what it was.
    Ok(present.apply(crate::store::Changes { relief_changed: false, ..rows }).on(moment.day)?)
}

/// What became of a question for a city of the past.
pub enum Looked {
    /// Here it is.
    Found(Arc<City>),
    /// It, or another, is being built: ask again.
    Building,
    /// It cannot be.
    Failed(PastFault),
}

/// Cities of the past.
#[derive(Default)]
pub struct Past(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// Newest last.
    cities: Vec<(Key, Arc<City>, Instant)>,
    building: Option<Key>,
    failed: Option<(Key, PastFault)>,
}

/// Which load the city descends from, and its moment.
type Key = (u64, Revision, Date);

impl Past {
    /// The city at a moment; begins to build it where none is being built.
    pub fn look(self: &Arc<Past>, moment: Moment, present: &Published, store: &Arc<dyn Store>) -> Looked {
        if moment == Moment::of(&present.city) {
            return Looked::Found(present.city.clone());
        }
        let key = (present.load, moment.revision, moment.day);
        let mut kept = self.lock();
        if let Some((_, city, asked)) = kept.cities.iter_mut().find(|(of, ..)| *of == key) {
            *asked = Instant::now();
            return Looked::Found(city.clone());
        }
        if kept.building.is_some() {
            return Looked::Building;
        }
        if let Some((_, fault)) = kept.failed.take_if(|(of, _)| *of == key) {
            return Looked::Failed(fault);
        }
        let (past, city, store) = (self.clone(), present.city.clone(), store.clone());
        let build = move || {
            // It only reads: what it was making when it panicked is gone with it.
            let built = catch_unwind(AssertUnwindSafe(|| city_at(moment, &city, &*store)));
            past.lock().take(key, built.unwrap_or(Err(PastFault::Panicked {})));
        };
        match std::thread::Builder::new().name("past".to_owned()).spawn(build) {
            Ok(_) => {
                kept.building = Some(key);
                Looked::Building
            }
            Err(error) => {
                tracing::error!(%error, "no thread for a city of the past");
                Looked::Building
            }
        }
    }

    /// Forgets what nobody has asked for.
    pub fn sweep(&self) {
        let gone: Vec<_> = self.lock().cities.extract_if(.., |(_, _, asked)| asked.elapsed() > KEPT).collect();
        // A city is dropped outside the lock.
        drop(gone);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn take(&mut self, key: Key, built: Result<City, PastFault>) {
        self.building = None;
        match built {
            Ok(city) => {
                if self.cities.len() == MOST_KEPT {
                    self.cities.remove(0);
                }
                self.cities.push((key, Arc::new(city), Instant::now()));
            }
            Err(fault) => self.failed = Some((key, fault)),
        }
    }
}
