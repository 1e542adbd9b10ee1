//! Looking at files before they are imported: the same engine as an import, on a store that keeps nothing and shows what
//! would lie where.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::IngestError;
use super::import::import;
use super::options::{Options, Progress};
use super::report::Report;
use crate::model::{Bounds, GeometryKind, Layer, Place, Shape};
use crate::store::{Batch, Changes, Import, Receipt, Recognised, Revision, Row, Snapshot, Store, StoreError, Write};

/// The most shapes of a preview.
const MOST_SHAPES: usize = 4000;
/// The most vertices of a preview.
const MOST_PLACES: usize = 120_000;
/// The most vertices of a shape.
const MOST_IN_SHAPE: usize = 2000;
/// How many features a glance looks at.
const GLANCE: u64 = 20_000;

/// Shapes of features, evenly taken of all that came by, and the bounds of all.
#[derive(Debug, Default)]
pub struct Preview {
    seen: Mutex<Seen>,
}

/// What a preview has seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Shapes with their layer.
    pub shapes: Vec<(Layer, Shape)>,
    /// The box around all features, shown or not.
    pub bounds: Option<Bounds>,
    /// How many features came by.
    pub features: u64,
    /// Each so many is among the shapes.
    pub every: u64,
    places: usize,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { shapes: Vec::new(), bounds: None, features: 0, every: 1, places: 0 }
    }
}

impl Preview {
    /// What has been seen so far.
    pub fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn add(&mut self, layer: Layer, shape: &Shape) {
        let nth = self.features;
        self.features += 1;
        let bounds = shape.bounds();
        self.bounds = Some(self.bounds.map_or(bounds, |all| all.union(bounds)));
        if !nth.is_multiple_of(self.every) {
            return;
        }
        let Some(shape) = thinned(shape) else { return };
        self.places += shape.places().len();
        self.shapes.push((layer, shape));
        while self.shapes.len() > MOST_SHAPES || (self.places > MOST_PLACES && self.shapes.len() > 1) {
            self.every *= 2;
            let mut nth = 0;
            self.shapes.retain(|_| {
                nth += 1;
                nth % 2 == 1
            });
            self.places = self.shapes.iter().map(|(_, shape)| shape.places().len()).sum();
        }
    }
}

/// A shape of not many vertices more than [`MOST_IN_SHAPE`]: every so many of them, and the ends.
fn thinned(shape: &Shape) -> Option<Shape> {
    let step = shape.places().len().div_ceil(MOST_IN_SHAPE);
    if step <= 1 {
        return Some(shape.clone());
    }
    let thin = |line: &[Place]| -> Vec<Place> {
        let last = line.len().saturating_sub(1);
        line.iter().enumerate().filter(|(nth, _)| nth % step == 0 || *nth == last).map(|(_, at)| *at).collect()
    };
    match shape.kind() {
        GeometryKind::Point => Some(shape.clone()),
        GeometryKind::Line => Shape::lines(shape.parts().map(|(_, line)| thin(line))).ok(),
        GeometryKind::Polygon => {
            let rings = |rings: Vec<&[Place]>| rings.into_iter().map(thin).collect::<Vec<_>>();
            Shape::polygons(shape.polygon_rings().into_iter().map(rings)).ok()
        }
    }
}

/// Looks at the beginning of files: what they would be taken for. The report of the file at which it stopped tells what
/// had been read by then. Nothing is written.
pub fn glance(
    files: &[PathBuf],
    options: &Options,
    store: &dyn Store,
    preview: &Preview,
) -> Result<Report, IngestError> {
    let options = Options { dry_run: true, rejects: None, duplicates: None, changes: None, ..options.clone() };
    import(files, &options, &Onlooker { store, preview, most: Some(GLANCE) }, &mut |_| {})
}

/// Does everything an import does but keep it: true counts, the report of rejects, and the shapes.
pub fn rehearse(
    files: &[PathBuf],
    options: &Options,
    store: &dyn Store,
    preview: &Preview,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, IngestError> {
    let options = Options { dry_run: true, ..options.clone() };
    import(files, &options, &Onlooker { store, preview, most: None }, progress)
}

/// The first rows of a report of rejects, below the names of its columns; `None` where there is none.
pub fn first_rejects(path: &Path, most: usize) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    /// The longest cell that is shown.
    const LONGEST: usize = 300;
    let mut rows = ::csv::ReaderBuilder::new().flexible(true).from_path(path).ok()?;
    let cells = |row: &::csv::StringRecord| {
        row.iter().map(|cell| cell.trim_start_matches('\u{feff}').chars().take(LONGEST).collect()).collect()
    };
    let columns: Vec<String> = cells(rows.headers().ok()?);
    Some((columns, rows.records().map_while(Result::ok).take(most).map(|row| cells(&row)).collect()))
}

/// A store that looks at what is written to it.
struct Onlooker<'a> {
    store: &'a dyn Store,
    preview: &'a Preview,
    /// Stops after so many features, and asks the store nothing.
    most: Option<u64>,
}

impl Store for Onlooker<'_> {
    fn load(&self, sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        self.store.load(sink)
    }

    fn load_of(&self, layers: &[Layer], sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        self.store.load_of(layers, sink)
    }

    fn commit(&self, batch: Batch<'_>) -> Result<Receipt, StoreError> {
        let mut writes = batch.writes.inspect(|write| {
            if let Ok(Write::Put(feature)) = write {
                self.preview.lock().add(feature.layer, &feature.shape);
            }
        });
        let Some(most) = self.most else {
            return self.store.commit(Batch { writes: &mut writes, dry_run: true, ..batch });
        };
        let mut left = most;
        while left > 0 {
            match writes.next() {
                Some(Ok(_)) => left -= 1,
                Some(Err(_)) => return Err(StoreError::Aborted {}),
                None => break,
            }
        }
        Ok(Receipt { revision: Revision(0), counts: Vec::new(), relief: Default::default() })
    }

    fn imports(&self) -> Result<Vec<Import>, StoreError> {
        self.store.imports()
    }

    fn recognise(&self, layer: Layer, source: &str, brought: &[(Box<str>, Bounds)]) -> Result<Recognised, StoreError> {
        self.store.recognise(layer, source, brought)
    }

    fn changes(&self, after: Revision) -> Result<Changes, StoreError> {
        self.store.changes(after)
    }

    fn wait(&self, after: Revision, at_most: Duration) -> Result<Revision, StoreError> {
        self.store.wait(after, at_most)
    }
}
