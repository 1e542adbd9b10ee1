//! Has maps go on to what was published and tells viewers, on a thread of its own: which tiles differ takes longer to
//! find than the change itself, and who edits need not wait for it. Cities that come faster than they can be told are
//! told together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Live, Published, told};

/// What is to be told.
#[derive(Default)]
pub(super) struct Teller {
    wish: Mutex<Wish>,
    bell: Condvar,
    /// Number of the city that maps have gone on to.
    reached: AtomicU64,
}

#[derive(Default)]
struct Wish {
    published: Option<Arc<Published>>,
    /// Cities for which more was found since they were published.
    found: Vec<Arc<Published>>,
    ends: bool,
}

impl Teller {
    /// A city was published.
    pub fn published(&self, published: Arc<Published>) {
        self.wish().published = Some(published);
        self.bell.notify_one();
    }

    /// More was found for a city that was published.
    pub fn found(&self, published: Arc<Published>) {
        let mut wish = self.wish();
        if wish.found.iter().all(|known| known.number != published.number) {
            wish.found.push(published);
        }
        self.bell.notify_one();
    }

    /// The number of the city that maps have gone on to; 0 before the first.
    pub fn reached(&self) -> u64 {
        self.reached.load(Ordering::Acquire)
    }

    /// Asks the thread to end.
    pub fn end(&self) {
        self.wish().ends = true;
        self.bell.notify_one();
    }

    /// Tells until it is asked to end.
    pub fn run(&self, live: &Live) {
        let mut told: Option<Arc<Published>> = None;
        while let Some(Wish { published, found, .. }) = self.next() {
            let last = published.or(told.clone());
            let tells = AssertUnwindSafe(|| tell(live, last.as_ref(), told.as_ref(), &found));
            if catch_unwind(tells).is_err()
                && let Some(last) = &last
            {
                tracing::error!("the program failed while it looked for tiles that changed; all count as changed");
                begin(live, last);
            }
            told = last;
        }
    }

    fn next(&self) -> Option<Wish> {
        let is_idle = |wish: &mut Wish| wish.published.is_none() && wish.found.is_empty() && !wish.ends;
        let wish = self.bell.wait_while(self.wish(), is_idle);
        let wish = std::mem::take(&mut *wish.unwrap_or_else(PoisonError::into_inner));
        (!wish.ends).then_some(wish)
    }

    fn wish(&self) -> MutexGuard<'_, Wish> {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells of the city that was published last, from the one that was told before.
fn tell(live: &Live, last: Option<&Arc<Published>>, told: Option<&Arc<Published>>, found: &[Arc<Published>]) {
    let Some(last) = last else { return };
    match told.filter(|told| told.load == last.load) {
        None => begin(live, last),
        Some(told) if told.number == last.number => {}
        Some(told) => {
            // What was found for it since may have been fetched: maps go on from there.
            tell_found(live, told, told);
            let steps = live.board.go_on(last);
            live.hub.change(&told::change(last, told, &steps));
            reached(live, last);
        }
    }
    for city in found.iter().filter(|city| city.load == last.load && city.number <= last.number) {
        // What was found for the one may be found for the other with it.
        tell_found(live, last, city);
        tell_found(live, last, last);
    }
}

/// Maps begin with a city of a new load, and whoever has another fetches all again.
fn begin(live: &Live, published: &Arc<Published>) {
    live.board.open(published);
    live.hub.reload(published.load);
    reached(live, published);
}

/// Maps are on a city, and all that they show of it is told: whoever waits for that goes on.
fn reached(live: &Live, published: &Published) {
    live.teller.reached.store(published.number, Ordering::Release);
    live.hub.ring();
}

fn tell_found(live: &Live, last: &Published, found: &Arc<Published>) {
    if let Some(told) = told::found(last, found, &live.board.go_on(found)) {
        live.hub.change(&told);
    }
}
