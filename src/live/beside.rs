//! What is found on threads of its own, for one city at a time, so that no edit waits for it; and the check of ourselves
//! that can be switched on.
//!
//! While something is found for a city, edits go on. The city that it was found for then takes up what came since, and
//! carries what was found along.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use jiff::civil::Date;

use super::{Live, Published};
use crate::city::{City, GroundResults};
use crate::store::{Revision, Store};

/// Threads that find what takes long.
#[derive(Default)]
pub(super) struct Beside {
    ground: Option<JoinHandle<()>>,
    /// What takes longer still is found beside that, so that it does not wait either.
    detours: Option<JoinHandle<()>>,
    /// The city that things were last found for.
    base: Option<Arc<Published>>,
    check: Option<JoinHandle<bool>>,
    /// Load, revision, day and how much was found of the city that was last checked, or loaded.
    checked: Option<(u64, Revision, Date, u8)>,
}

impl Beside {
    /// Begins with a city where nothing is being found; the one that is newest then comes next.
    pub fn find(&mut self, live: &Arc<Live>, published: &Arc<Published>) {
        let city = &published.city;
        if !is_idle(&self.ground) {
            return;
        }
        if self.base.take().is_some_and(|base| base.number != published.number) {
            // What was found for an earlier one holds for this one, too, where no change touched it.
            live.found(published);
        }
        let ground = city.ground_found();
        if !ground.is_some_and(GroundResults::has_all)
            || city.risk_found().is_none()
            || city.street_need_found().is_none()
        {
            self.base = Some(published.clone());
            self.ground = find_ground(live.clone(), published.clone());
        } else if ground.is_some_and(|found| found.detours_found().is_none()) && is_idle(&self.detours) {
            self.detours = find_detours(city.clone());
        }
    }

    /// A city before the present one, of its load and day, of which more is found by now: from it on changes are followed
    /// with that. Told once.
    pub fn ahead(&mut self, present: &Published) -> Option<Arc<City>> {
        let is_of = |base: &mut Arc<Published>| {
            let older = base.load == present.load && base.city.revision() < present.city.revision();
            older && base.city.day() == present.city.day() && found(&base.city) > found(&present.city)
        };
        let idle = is_idle(&self.ground);
        self.base.take_if(|base| idle && is_of(base)).map(|base| base.city.clone())
    }

    /// Holds a city that followed changes against one loaded afresh, where nothing is being checked.
    pub fn check(&mut self, store: &Arc<dyn Store>, published: &Published) {
        if self.check.is_some() {
            return;
        }
        let city = &published.city;
        let of = (published.load, city.revision(), city.day(), found(city));
        let before = self.checked.replace(of);
        // As it was loaded there is nothing to be held against.
        if before == Some(of) || before.is_none_or(|(load, ..)| load != published.load) {
            return;
        }
        let (store, city) = (store.clone(), city.clone());
        let check = move || differs(&*store, &city);
        self.check = std::thread::Builder::new().name("self-check".to_owned()).spawn(check).ok();
    }

    /// Whether a check has found that the city is not what the store holds. Told once.
    pub fn is_wrong(&mut self) -> bool {
        let check = self.check.take_if(|thread| thread.is_finished());
        check.is_some_and(|check| check.join().unwrap_or(false))
    }
}

/// How much is found of a city.
fn found(city: &City) -> u8 {
    let ground = city.ground_found();
    let of_ground =
        [ground.is_some_and(GroundResults::has_all_that_is_drawn), ground.is_some_and(GroundResults::has_all)];
    let others = [ground.is_some(), city.risk_found().is_some(), city.street_need_found().is_some()];
    of_ground.into_iter().chain(others).map(u8::from).sum()
}

fn is_idle(thread: &Option<JoinHandle<()>>) -> bool {
    thread.as_ref().is_none_or(JoinHandle::is_finished)
}

/// Whether a city loaded afresh is not the same.
fn differs(store: &dyn Store, city: &City) -> bool {
    let start = Instant::now();
    let loaded = City::load(store, city.frame().clone()).ok();
    // Where it was changed in between, the city of that change is checked next.
    let Some(fresh) = loaded.filter(|fresh| fresh.revision() == city.revision()) else { return false };
    let differences = city.differences(&fresh);
    let (revision, ms) = (city.revision().0, start.elapsed().as_millis() as u64);
    if differences.is_empty() {
        tracing::info!(revision, ms, "the city is what the store holds, result for result");
        return false;
    }
    tracing::error!(
        revision,
        ?differences,
        "the city that followed changes is not what the store holds; it is loaded afresh"
    );
    true
}

fn find_ground(live: Arc<Live>, published: Arc<Published>) -> Option<JoinHandle<()>> {
    let find = move || {
        std::thread::scope(|scope| {
            // Maps of low zooms ask for the roads, tables alone for the hydrants that streets need.
            scope.spawn(|| {
                published.city.joined_roads();
                published.city.street_need();
            });
            along_the_ground(&live, &published);
        });
    };
    std::thread::Builder::new().name("ground".to_owned()).spawn(find).ok()
}

fn along_the_ground(live: &Live, published: &Arc<Published>) {
    let city = &published.city;
    let start = Instant::now();
    let network = city.network();
    let made_ms = start.elapsed().as_millis() as u64;
    let ground = city.ground();
    let ground_ms = start.elapsed().as_millis() as u64;
    ground.access(city);
    ground.frailty(city);
    ground.spacing(city);
    ground.supply(city);
    let (edges, ms) = (network.graph().edges().len(), start.elapsed().as_millis() as u64);
    let revision = city.revision().0;
    tracing::info!(revision, edges, made_ms, ground_ms, ms, "found what lies along the ground");
    live.found(published);
    city.risk();
    let risk_ms = start.elapsed().as_millis() as u64 - ms;
    tracing::info!(revision, risk_ms, "ranked the buildings by risk");
    live.found(published);
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
