//! Wakes those who wait for a city of some revision.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::store::Revision;

/// How far the published cities have come.
#[derive(Default)]
pub struct Arrived {
    newest: Mutex<Revision>,
    moved: Condvar,
}

impl Arrived {
    /// A city of this revision is published.
    pub fn tell(&self, revision: Revision) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = revision;
        self.moved.notify_all();
    }

    /// Waits for this revision or a later one, at most so long; whether it came.
    pub fn wait(&self, revision: Revision, at_most: Duration) -> bool {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.moved.wait_timeout_while(newest, at_most, |newest| *newest < revision);
        *waited.unwrap_or_else(PoisonError::into_inner).0 >= revision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_goes_on_with_the_revision_or_with_the_time() {
        let arrived = Arrived::default();
        assert!(!arrived.wait(Revision(1), Duration::from_millis(5)));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| arrived.wait(Revision(2), Duration::from_secs(60)));
            arrived.tell(Revision(1));
            arrived.tell(Revision(3));
            assert!(waiting.join().unwrap());
        });
    }
}
