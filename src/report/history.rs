//! The change log as JSON: what each entry did to the public fields of a feature.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::properties::properties;
use super::table::{Column, Table};
use crate::model::{Feature, FeatureId, Lang, Layer};
use crate::store::{Change, Entry, Happened, Revision, Store};

/// A field that changed; absent values are `null`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FieldTold {
    /// Its name.
    pub field: String,
    /// What it said.
    #[schema(value_type = Object)]
    pub from: Value,
    /// What it says then.
    #[schema(value_type = Object)]
    pub to: Value,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EntryTold {
    /// Its place in the log.
    pub revision: u64,
    /// When (RFC 3339, UTC).
    pub time: String,
    /// Who: `import`, `local`, `token`, or `external` of another program.
    pub actor: String,
    /// The layer.
    pub layer: &'static str,
    /// The feature; `null` of a gap.
    pub id: Option<u64>,
    /// `added`, `changed`, `retired`, or `gap`: up to here the log has missed what was done to the layer.
    pub what: &'static str,
    /// The public fields that changed; of one that was retired what it said.
    pub fields: Vec<FieldTold>,
    /// Whether its shape changed; `null` where that is not known.
    pub geometry_changed: Option<bool>,
}

/// What a feature says, as far as all may see it.
#[derive(Clone)]
struct Said {
    properties: Map<String, Value>,
    feature: Feature,
}

impl Said {
    fn of(feature: &Feature) -> Said {
        Said { properties: properties(feature.layer, feature.attributes.as_ref()), feature: feature.clone() }
    }
}

/// The fields that differ, by name in the order in which they come.
pub(super) fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<FieldTold> {
    let added = after.keys().filter(|name| !before.contains_key(*name));
    let value = |of: &Map<String, Value>, name: &str| of.get(name).cloned().unwrap_or_default();
    let told = |name: &String| FieldTold { field: name.clone(), from: value(before, name), to: value(after, name) };
    before.keys().chain(added).map(told).filter(|field| field.from != field.to).collect()
}

/// Tells entries of the log, newest first as the store gives them, none later than `until`. `now` tells a feature at
/// `head`, which is `until` or later.
pub fn history(
    store: &dyn Store,
    entries: &[Entry],
    (until, head): (Revision, Revision),
    now: impl Fn(Layer, FeatureId) -> Option<Feature>,
) -> Vec<EntryTold> {
    // Of what was changed again after them the log has what it was at their end; across a gap nobody has.
    let later = if until < head { store.past(until, head).ok().map(|later| later.rows) } else { Some(Vec::new()) };
    let later: Option<HashMap<(Layer, FeatureId), Option<Feature>>> = later.map(|rows| {
        let told = |change: Change| match change {
            Change::Put(row) => ((row.feature.layer, row.id), Some(row.feature)),
            Change::Gone(layer, id) => ((layer, id), None),
        };
        rows.into_iter().map(told).collect()
    });
    let state = |layer: Layer, id: FeatureId| {
        let known = later.as_ref()?.get(&(layer, id)).cloned();
        Some(known.unwrap_or_else(|| now(layer, id)))
    };
    entries_told(entries, state)
}

/// `state` tells a feature at the end of the entries: `None` where that is not known, `Some(None)` where it was not there.
fn entries_told(entries: &[Entry], state: impl Fn(Layer, FeatureId) -> Option<Option<Feature>>) -> Vec<EntryTold> {
    // What each feature said after the entry at hand.
    let mut after: HashMap<(Layer, FeatureId), Option<Option<Said>>> = HashMap::new();
    let mut behind_gap = Vec::new();
    let mut told = Vec::with_capacity(entries.len());
    for entry in entries {
        let Entry { revision, ref time, ref actor, layer, id, ref happened } = *entry;
        let mut line = EntryTold {
            revision: revision.0,
            time: time.clone(),
            actor: actor.clone(),
            layer: layer.name(),
            id: id.map(|id| id.0),
            what: "gap",
            fields: Vec::new(),
            geometry_changed: None,
        };
        let Some(id) = id.filter(|_| *happened != Happened::Gap) else {
            // What was done unseen lies between the entries before and what came after.
            behind_gap.push(layer);
            after.retain(|(of, _), _| *of != layer);
            told.push(line);
            continue;
        };
        let now = match after.entry((layer, id)) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(empty) => {
                let known = if behind_gap.contains(&layer) { None } else { state(layer, id) };
                empty.insert(known.map(|known| known.as_ref().map(Said::of)))
            }
        };
        let before = match happened {
            Happened::Added | Happened::Gap => None,
            Happened::Changed(before) | Happened::Gone(before) => before.as_deref().map(Said::of),
        };
        let nothing = Map::new();
        let properties = |said: &Option<Said>| said.as_ref().map_or(nothing.clone(), |said| said.properties.clone());
        line.what = match happened {
            Happened::Added => "added",
            Happened::Changed(_) => "changed",
            _ => "retired",
        };
        match (happened, &*now) {
            (Happened::Gone(_), _) => line.fields = between(&properties(&before), &nothing),
            (_, Some(now)) => {
                line.fields = between(&properties(&before), &properties(now));
                let shapes = before.as_ref().zip(now.as_ref());
                line.geometry_changed = shapes.map(|(before, now)| before.feature.shape != now.feature.shape);
            }
            (_, None) => {}
        }
        *now = Some(before);
        told.push(line);
    }
    told
}

/// Entries as a table, a row for each field that changed.
pub fn history_table(entries: &[EntryTold], lang: Lang) -> Table {
    let head = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let columns = vec![
        Column::number(head("版本", "revision")),
        Column::text(head("时间", "time")),
        Column::text(head("来自", "actor")),
        Column::text(head("图层", "layer")),
        Column::number(head("编号", "id")),
        Column::text(head("变化", "what")),
        Column::text(head("字段", "field")),
        Column::text(head("原为", "from")),
        Column::text(head("改为", "to")),
    ];
    let mut rows = Vec::new();
    for entry in entries {
        let id = entry.id.map(|id| id.to_string()).unwrap_or_default();
        let own = [entry.revision.to_string(), entry.time.clone(), entry.actor.clone(), entry.layer.to_owned(), id];
        let mut line = |cells: [String; 3]| {
            let what = entry.what.to_owned();
            rows.push(own.iter().cloned().chain([what]).chain(cells).collect());
        };
        let of_fields = entry.fields.iter().filter(|_| entry.what == "changed");
        of_fields.for_each(|field| line(field.cells()));
        let moved = entry.geometry_changed == Some(true);
        if moved || entry.what != "changed" || entry.fields.is_empty() {
            let field = if moved { "geometry".to_owned() } else { String::new() };
            line([field, String::new(), String::new()]);
        }
    }
    Table { columns, rows }
}

impl FieldTold {
    /// Name, old and new value as a person reads them.
    pub(super) fn cells(&self) -> [String; 3] {
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        [self.field.clone(), text(&self.from), text(&self.to)]
    }
}
