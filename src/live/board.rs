//! What maps show: for each tile source the city that its tiles are drawn from, and since which city each tile has been
//! what it is.
//!
//! A source goes from one city to the next when the tiles that differ are known, all at once: nobody is shown a tile of
//! one city as that of another. What is found beside the city, along the ground and of risk, stays what it was until it
//! is found for a later city.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::Published;
use crate::city::{City, GroundResults};
use crate::map::{Dirty, TileSource, dirty};
use crate::tiles::TileId;

/// Tiles of a source that are remembered one by one; past that all count as changed.
const MOST_MARKS: usize = 1 << 18;

/// What each source shows, in order of [`TileSource::ALL`].
#[derive(Default)]
pub(super) struct Board {
    sources: [Show; TileSource::ALL.len()],
}

#[derive(Default)]
struct Show {
    /// Held by who finds out what differs next.
    turn: Mutex<()>,
    now: RwLock<Now>,
}

/// What a source shows now.
#[derive(Default)]
struct Now {
    /// The city; `None` until what the source shows is found for the first of a load.
    shown: Option<Arc<Published>>,
    /// The number of the city since which all tiles are what they are, but for those marked later.
    all: u64,
    marks: HashMap<TileId, u64>,
}

/// A source that went on to another city.
pub(super) struct Step {
    pub source: TileSource,
    pub dirty: Dirty,
    /// The city that it showed before; `None` where it is the first of its load.
    pub before: Option<Arc<Published>>,
}

impl Board {
    /// The city that a tile is to be drawn from, and the number of the one since which it is the same; `None` where
    /// nothing is shown yet.
    pub fn at(&self, source: TileSource, tile: TileId) -> Option<(Arc<Published>, u64)> {
        let now = self.now(source);
        let since = now.marks.get(&tile).copied().unwrap_or(0).max(now.all);
        Some((now.shown.clone()?, since))
    }

    /// Shows a city of a new load: no tile is what it was.
    pub fn open(&self, published: &Arc<Published>) {
        for (source, show) in TileSource::ALL.into_iter().zip(&self.sources) {
            let _turn = show.turn.lock().unwrap_or_else(PoisonError::into_inner);
            let shown = is_found(&published.city, source).then(|| published.clone());
            let mut now = show.now.write().unwrap_or_else(PoisonError::into_inner);
            *now = Now { shown, all: published.number, marks: HashMap::new() };
        }
    }

    /// Goes on to a city with every source for which all is found that it shows and which does not show a later one.
    pub fn go_on(&self, published: &Arc<Published>) -> Vec<Step> {
        let found = TileSource::ALL.into_iter().filter(|source| is_found(&published.city, *source));
        found.filter_map(|source| self.step(published, source)).collect()
    }

    fn step(&self, published: &Arc<Published>, source: TileSource) -> Option<Step> {
        let show = &self.sources[source as usize];
        let _turn = show.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, opened) = {
            let now = self.now(source);
            (now.shown.clone(), now.all)
        };
        let is_later = match &before {
            Some(before) => (before.load, before.number) < (published.load, published.number),
            None => opened <= published.number,
        };
        if !is_later {
            return None;
        }
        let same_load = before.as_ref().filter(|before| before.load == published.load);
        let dirty = match same_load {
            Some(before) => dirty(&published.city, &before.city, source),
            // The load's own city: nobody was shown another.
            None if opened == published.number => Dirty::Tiles(Vec::new()),
            None => Dirty::All,
        };
        let mut now = show.now.write().unwrap_or_else(PoisonError::into_inner);
        now.shown = Some(published.clone());
        match &dirty {
            Dirty::Tiles(tiles) if now.marks.len() + tiles.len() <= MOST_MARKS => {
                now.marks.extend(tiles.iter().map(|tile| (*tile, published.number)));
            }
            _ => {
                now.all = published.number;
                now.marks = HashMap::new();
            }
        }
        Some(Step { source, dirty, before })
    }

    fn now(&self, source: TileSource) -> RwLockReadGuard<'_, Now> {
        self.sources[source as usize].now.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a city has all that a source shows.
fn is_found(city: &City, source: TileSource) -> bool {
    match source {
        TileSource::Ground => city.ground_found().is_some_and(GroundResults::has_all_that_is_drawn),
        TileSource::Risk => city.risk_found().is_some(),
        _ => true,
    }
}
