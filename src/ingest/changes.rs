//! What an import changes, field by field: counts with an example or two, and, where a file is named, every change.
//!
//! Restricted fields and unknown columns are counted by name; what they say is not told, for it may be personal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::date;
use jiff::{Span, Timestamp};

use super::error::IngestError;
use super::lines::Lines;
use crate::model::{Feature, Field, GeometryKind, Layer, ShapeRef, ValueRef};
use crate::store::{Aborted, RowChange, Watch};

/// Examples kept of each field.
const EXAMPLES: usize = 2;
/// Unknown columns told by name in each layer; the rest is counted together.
const MOST_COLUMNS: usize = 200;
/// What stands where a value is not told.
const UNTOLD: &str = "…";
/// Columns of the file of all changes.
const HEADS: [&str; 7] = ["layer", "source", "key", "change", "field", "old", "new"];
/// Characters of a value that an example tells.
const SHORT: usize = 60;

/// What became different in one field of a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldChanges {
    /// Rows in which it did.
    pub count: u64,
    /// The first of them: key, what it was, what it is; nothing where it may be personal.
    pub examples: Vec<(String, String, String)>,
}

/// What changed: layer and field (`geom` the place, `flaw`, a field's name, or a column's).
pub type Changes = BTreeMap<(Layer, String), FieldChanges>;

/// Watches a batch and sums up; the writer's thread holds one, the import another.
#[derive(Clone)]
pub struct ChangeLog(Arc<Mutex<Log>>);

struct Log {
    changes: Changes,
    file: Option<Lines>,
    failed: Option<IngestError>,
}

impl ChangeLog {
    /// Sums up, and writes every change to a CSV file where one is named.
    pub fn new(path: Option<&Path>) -> Result<ChangeLog, IngestError> {
        let file = path.map(|path| Lines::begin(path, HEADS)).transpose()?;
        Ok(ChangeLog(Arc::new(Mutex::new(Log { changes: Changes::new(), file, failed: None }))))
    }

    /// What changed; puts the file in its place.
    pub fn finish(&self) -> Result<Changes, IngestError> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = log.file.take() {
            file.finish()?;
        }
        Ok(std::mem::take(&mut log.changes))
    }

    /// Why the file could not be written.
    pub fn failure(&self) -> Option<IngestError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failed.take()
    }
}

impl Watch for ChangeLog {
    fn change(&mut self, change: RowChange<'_>) -> Result<(), Aborted> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = log.tell(change);
        told.map_err(|error| {
            log.failed = Some(error);
            Aborted
        })
    }

    fn done(&mut self) -> Result<(), Aborted> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = &mut log.file else { return Ok(()) };
        file.flush().map_err(|error| {
            log.failed = Some(error);
            Aborted
        })
    }
}

impl Log {
    fn tell(&mut self, change: RowChange<'_>) -> Result<(), IngestError> {
        let (old, new) = match change {
            RowChange::Added(new) => return self.line(new.layer, &new.source, &new.source_key, ["added", "", "", ""]),
            RowChange::Retired { layer, source, source_key } => {
                return self.line(layer, source, source_key, ["retired", "", "", ""]);
            }
            RowChange::Changed { old: None, new } => {
                return self.line(new.layer, &new.source, &new.source_key, ["changed", "geom", UNTOLD, UNTOLD]);
            }
            RowChange::Changed { old: Some(old), new } => (old, new),
        };
        for Difference { field, old, new: now } in differences(old, new) {
            let key = new.source_key.to_string();
            self.line(new.layer, &new.source, &key, ["changed", &field, &old, &now])?;
            let columns = self.changes.range((new.layer, String::new())..).take_while(|((of, _), _)| *of == new.layer);
            let field = match self.changes.contains_key(&(new.layer, field.clone())) || columns.count() < MOST_COLUMNS {
                true => field,
                false => UNTOLD.to_owned(),
            };
            let known = self.changes.entry((new.layer, field)).or_default();
            known.count += 1;
            if known.examples.len() < EXAMPLES && (&*old, &*now) != (UNTOLD, UNTOLD) {
                known.examples.push((key, short(&old), short(&now)));
            }
        }
        Ok(())
    }

    fn line(&mut self, layer: Layer, source: &str, key: &str, rest: [&str; 4]) -> Result<(), IngestError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.add([layer.name(), source, key].into_iter().chain(rest))
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// One thing that two features of the same key say differently.
struct Difference {
    field: String,
    old: String,
    new: String,
}

fn differences(old: &Feature, new: &Feature) -> Vec<Difference> {
    let layer = new.layer;
    let mut all = Vec::new();
    let mut push = |field: &str, old: String, new: String| {
        if old != new || old == UNTOLD {
            all.push(Difference { field: field.to_owned(), old, new });
        }
    };
    if old.shape != new.shape {
        let (then, now) = (place_text(old.shape.as_ref()), place_text(new.shape.as_ref()));
        // Shapes that differ may read the same, told so short.
        let now = if then == now { format!("{now} *") } else { now };
        push("geom", then, now);
    }
    let code = |feature: &Feature| feature.flaw.map_or("", |flaw| flaw.code()).to_owned();
    push("flaw", code(old), code(new));
    let mut then = old.attributes.as_ref().iter(layer).peekable();
    let mut now = new.attributes.as_ref().iter(layer).peekable();
    for (ix, field) in layer.fields().iter().enumerate() {
        let then = then.next_if(|(at, _)| *at == ix).map(|(_, value)| value);
        let now = now.next_if(|(at, _)| *at == ix).map(|(_, value)| value);
        if then == now {
            continue;
        }
        let text = |value: Option<ValueRef<'_>>| value.map_or(String::new(), |value| value_text(field, value));
        match field.is_public() {
            true => push(field.name, text(then), text(now)),
            false => push(field.name, UNTOLD.to_owned(), UNTOLD.to_owned()),
        }
    }
    let columns = |extra: &Option<String>| -> serde_json::Map<String, serde_json::Value> {
        extra.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    };
    if old.extra != new.extra {
        let (then, now) = (columns(&old.extra), columns(&new.extra));
        let gone = then.keys().filter(|column| !now.contains_key(*column));
        for column in now.keys().chain(gone).filter(|column| then.get(*column) != now.get(*column)) {
            push(column, UNTOLD.to_owned(), UNTOLD.to_owned());
        }
    }
    all
}

/// Longitude and latitude of a place; of anything else how many vertices it has, and the first of them.
fn place_text(shape: ShapeRef<'_>) -> String {
    let at = shape.first();
    let first = format!("{:.7} {:.7}", at.lon_degrees(), at.lat_degrees());
    match shape.kind() {
        GeometryKind::Point => first,
        _ => format!("{} × ({first} …)", shape.places().len()),
    }
}

fn value_text(field: &Field, value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) => text.to_owned(),
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(n) => n.to_string(),
        ValueRef::Bool(yes) => yes.to_string(),
        ValueRef::Date(days) => {
            let day = Span::new().try_days(days).and_then(|span| date(1970, 1, 1).checked_add(span));
            day.map_or_else(|_| days.to_string(), |day| day.to_string())
        }
        ValueRef::Instant(ms) => Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string()),
        ValueRef::Choice(nth) => {
            field.choices().get(usize::from(nth)).map_or(String::new(), |choice| choice.code.to_owned())
        }
    }
}
