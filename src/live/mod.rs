//! Follows the store and publishes the next city, on a thread of its own.
//!
//! A reader takes the present city and keeps it for as long as it likes. A fault of the store never makes the city
//! vanish: before the first load there is none, after it the last one stays and says how old it is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jiff::civil::Date;

use crate::city::{City, Frame};
use crate::rules::{Pack, RuleError};
use crate::store::{Store, StoreError};

/// How long one wait for a change lasts; stopping takes as long at most.
const WAIT: Duration = Duration::from_millis(500);
/// How long after a fault the store is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// A change of more rows than this share of the city is loaded afresh.
const AFRESH: usize = 8;

/// The present city and what is wrong with the store.
#[derive(Default)]
pub struct Live {
    city: ArcSwapOption<City>,
    trouble: Mutex<Option<String>>,
    stop: AtomicBool,
}

impl Live {
    /// The present city; `None` before the first load.
    pub fn city(&self) -> Option<Arc<City>> {
        self.city.load_full()
    }

    /// What is wrong with the store now, for the log and for `/ready`.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the follower to end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn note(&self, error: Option<&StoreError>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(error), None) = (error, &*trouble) {
            tracing::error!(%error, "the store cannot be read; the last city stays");
        }
        *trouble = error.map(ToString::to_string);
    }
}

/// What a follower needs to know beside the store.
pub struct Follow {
    /// The rule pack.
    pub pack: Arc<Pack>,
    /// The day it is in a time zone: the edge of the process reads the clock.
    pub today: Box<dyn Fn(&str) -> Date + Send>,
}

/// Starts to follow a store; refuses at once a pack that lacks a rule today.
pub fn follow(store: Arc<dyn Store>, follow: Follow) -> Result<(Arc<Live>, JoinHandle<()>), RuleError> {
    Frame::new(follow.pack.clone(), (follow.today)("UTC"))?;
    let live = Arc::new(Live::default());
    let thread = std::thread::Builder::new().name("follower".to_owned()).spawn({
        let live = live.clone();
        move || {
            while !live.stop.load(Ordering::Relaxed) {
                match step(&live, &*store, &follow) {
                    Ok(()) => live.note(None),
                    Err(error) => {
                        live.note(Some(&error));
                        std::thread::sleep(RETRY);
                    }
                }
            }
        }
    });
    Ok((live, thread.expect("the system can start a thread")))
}

/// Loads, or waits for a change and takes it up.
fn step(live: &Live, store: &dyn Store, follow: &Follow) -> Result<(), StoreError> {
    let frame = |day| Frame::new(follow.pack.clone(), day);
    let Some(city) = live.city() else {
        // The zone stands in the store, so the first day is a guess that the next step mends.
        if let Ok(frame) = frame((follow.today)("Asia/Shanghai")) {
            publish(live, City::load(store, frame)?);
        }
        return Ok(());
    };
    let today = (follow.today)(city.zone());
    if today != city.day()
        && let Ok(frame) = frame(today)
    {
        publish(live, city.reframe(frame));
        return Ok(());
    }
    if store.wait(city.revision(), WAIT)? == city.revision() {
        return Ok(());
    }
    let changes = store.changes(city.revision())?;
    let rows = crate::model::Layer::ALL.iter().map(|layer| city.layer(*layer).count()).sum::<usize>();
    if changes.rows.len() > 1000.max(rows / AFRESH) {
        if let Ok(frame) = frame(today) {
            publish(live, City::load(store, frame)?);
        }
    } else {
        publish(live, city.apply(changes));
    }
    Ok(())
}

fn publish(live: &Live, city: City) {
    tracing::info!(revision = city.revision().0, day = %city.day(), "city published");
    live.city.store(Some(Arc::new(city)));
}
