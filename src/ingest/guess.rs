//! Which layer a table belongs to, and which column is its key, by what its first records show.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::LazyLock;

use super::key::column_key;
use super::mapping::{Column, TableMapping};
use super::names::plain;
use super::record::{Geometry, Record};
use super::report::Remark;
use crate::model::{FieldType, GeometryKind, Layer};

/// A layer that fits, how well, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The layer.
    pub layer: Layer,
    /// How well it fits.
    pub points: usize,
    /// Words that speak for it.
    pub why: String,
}

/// Points below which a layer is no candidate.
const LEAST: usize = 4;

/// How many fields of that name there are: one that many layers have tells little.
static LAYERS_WITH: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    let mut layers_with = HashMap::new();
    for field in Layer::ALL.into_iter().flat_map(Layer::fields) {
        *layers_with.entry(field.name).or_insert(0) += 1;
    }
    layers_with
});

/// Layers that fit a table, best first.
pub fn layers(stem: &str, columns: &[Column], place_columns: &[Box<str>], sample: &[Record]) -> Vec<Candidate> {
    let Some(kind) = kind_of(sample) else { return Vec::new() };
    let stem = stem.to_lowercase();
    let names: Vec<String> = columns.iter().map(|column| column.name.to_lowercase()).collect();
    let mut candidates: Vec<Candidate> = of_kind(kind)
        .map(|layer| {
            let mut candidate = rate(layer, &stem, columns, place_columns, sample);
            let hints = || layer.def().hints.iter().filter(|hint| hint.chars().count() > 1);
            if names.iter().any(|name| hints().any(|hint| name.contains(*hint))) {
                candidate.points += 3;
            }
            // An area can stand for a place, but where a layer of areas fits as well that is meant.
            if layer.def().geometry != kind {
                candidate.points = candidate.points.saturating_sub(2);
            }
            candidate
        })
        .filter(|candidate| candidate.points >= LEAST)
        .collect();
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.points));
    candidates
}

/// Layers that hold geometry of a kind. An area can stand for a place.
pub fn of_kind(kind: GeometryKind) -> impl Iterator<Item = Layer> {
    Layer::ALL.into_iter().filter(move |layer| {
        let wanted = layer.def().geometry;
        wanted == kind || (wanted == GeometryKind::Point && kind == GeometryKind::Polygon)
    })
}

fn rate(layer: Layer, stem: &str, columns: &[Column], place_columns: &[Box<str>], sample: &[Record]) -> Candidate {
    let def = layer.def();
    let mut points = 0;
    let mut why: Vec<String> = Vec::new();
    if let Some(hint) = def.hints.iter().filter(|hint| stem.contains(**hint)).max_by_key(|hint| hint.chars().count()) {
        points += 6 + hint.chars().count().min(4);
        why.push((*hint).to_owned());
    }
    let mut remarks = Vec::new();
    let mapping = TableMapping::taken(layer, columns, place_columns, &mut remarks);
    // A column that only waits for its unit speaks for its layer all the same.
    let waiting = remarks.iter().filter_map(|(remark, _)| match remark {
        Remark::UnitMissing { column, field, .. } => Some((column.as_str(), *field)),
        _ => None,
    });
    for (column, name) in mapping.pairs().chain(waiting) {
        points += if LAYERS_WITH.get(name).is_some_and(|count| *count > 2) { 1 } else { 3 };
        why.push(column.to_owned());
        let Some((_, field)) = layer.field(name) else { continue };
        if let FieldType::Choice(choices) = field.ty {
            let texts = sample.iter().take(100).filter_map(|record| column_key(record, column));
            let words: HashSet<String> = texts.map(|text| text.to_lowercase()).collect();
            let meant = words.iter().filter(|word| choices.iter().any(|choice| choice.is_meant_by(word))).count();
            points += 2 * meant.min(3);
        }
    }
    why.truncate(6);
    Candidate { layer, points, why: why.join(", ") }
}

/// The kind of geometry that most records have.
pub fn kind_of(sample: &[Record]) -> Option<GeometryKind> {
    let kind = |record: &Record| match record.geometry {
        Geometry::Points(_) => Some(GeometryKind::Point),
        Geometry::Lines(_) => Some(GeometryKind::Line),
        Geometry::Polygons(_) => Some(GeometryKind::Polygon),
        _ => None,
    };
    let count = |wanted: GeometryKind| sample.iter().filter(|record| kind(record) == Some(wanted)).count();
    let counts = [GeometryKind::Point, GeometryKind::Line, GeometryKind::Polygon].map(|kind| (count(kind), kind));
    counts.into_iter().rev().max_by_key(|(count, _)| *count).filter(|(count, _)| *count > 0).map(|(_, kind)| kind)
}

/// The column whose values evidently are keys: named like one, filled and different in every record of the sample.
pub fn key_column(columns: &[Box<str>], sample: &[Record]) -> Option<Box<str>> {
    let ranked = named_like_keys(columns);
    let is_unique = |column: &str| {
        let mut seen = HashSet::new();
        !sample.is_empty() && sample.iter().all(|record| column_key(record, column).is_some_and(|key| seen.insert(key)))
    };
    let unique: Vec<&str> = ranked.into_iter().filter(|name| is_unique(name)).collect();
    let counts = |name: &str| counts_rows(sample.iter().map(|record| column_key(record, name)));
    // Numbers of rows are other features' as soon as a row is added or taken out.
    unique.iter().find(|name| !counts(name)).or(unique.first()).map(|name| (*name).into())
}

/// Columns that are named like keys, the most like first.
fn named_like_keys(columns: &[Box<str>]) -> Vec<&str> {
    const NAMES: [&str; 14] = [
        "id", "编号", "uuid", "globalid", "guid", "key", "gid", "objectid", "fid", "ogcfid", "osmid", "序号", "代码",
        "code",
    ];
    let rank = |column: &str| {
        let name = plain(column);
        let ends = ["编号", "編號", "番号", "id", "代码"].iter().any(|ending| name.ends_with(ending));
        NAMES.iter().position(|known| *known == name).or(ends.then_some(NAMES.len()))
    };
    let mut ranked: Vec<(usize, &str)> = columns.iter().filter_map(|name| Some((rank(name)?, &**name))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// Another column than this one that could be the key: named like one, nearly always filled and nearly always different.
pub fn nearly_key(columns: &[Box<str>], sample: &[Record], other_than: Option<&str>) -> Option<Box<str>> {
    let nearly = |name: &str| {
        let keys: HashSet<String> = sample.iter().filter_map(|record| column_key(record, name)).collect();
        10 * keys.len() >= 9 * sample.len() && !counts_rows(sample.iter().map(|record| column_key(record, name)))
    };
    let mut others = named_like_keys(columns).into_iter().filter(|name| Some(*name) != other_than);
    others.find(|name| nearly(name)).map(Into::into)
}

/// Whether keys only number the rows: each is one more than the one before, from 0 or 1 on.
pub fn counts_rows(keys: impl Iterator<Item = Option<String>>) -> bool {
    let mut next = None;
    let mut rows = 0;
    for key in keys {
        let Some(n) = key.and_then(|key| key.parse::<u64>().ok()) else { return false };
        if n != next.unwrap_or(n.min(1)) {
            return false;
        }
        next = n.checked_add(1);
        rows += 1;
    }
    rows > 1
}
