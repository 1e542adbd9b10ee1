//! What differs between two cities: the features, and how many buildings have water.

use serde::Serialize;
use utoipa::ToSchema;

use super::history::{FieldTold, between};
use super::properties::properties;
use super::table::{Column, Table};
use crate::analysis::{Covered, Grade};
use crate::city::{City, RowRef};
use crate::model::{Lang, Layer};
use crate::store::Change;

/// A feature that is different at two moments.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DifferenceTold {
    /// The layer.
    pub layer: &'static str,
    /// The feature.
    pub id: u64,
    /// `added`, `changed` or `retired`.
    pub what: &'static str,
    /// The public fields that differ.
    pub fields: Vec<FieldTold>,
    /// Whether its shape differs.
    pub geometry_changed: bool,
}

/// How many buildings of a city have water.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counts {
    /// The revision.
    pub revision: u64,
    /// The day its results are of.
    pub day: String,
    /// All buildings.
    pub buildings: i64,
    /// All hydrants.
    pub hydrants: usize,
    /// Buildings by class of coverage, at each grade.
    pub coverage: Vec<CoverageCounts>,
}

/// Buildings by class of coverage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoverageCounts {
    /// The grade.
    pub grade: &'static str,
    /// Covered whole.
    pub whole: i64,
    /// Covered in part.
    pub part: i64,
    /// Not covered.
    pub not: i64,
    /// Nobody knows.
    pub unknown: i64,
}

/// Tells the features that are different in two cities: `earlier` has those that the log names, as they were in the
/// first.
pub fn differences(earlier: &[Change], later: &City) -> Vec<DifferenceTold> {
    let public = |row: RowRef<'_>| properties(row.layer, row.attributes);
    let mut told = Vec::new();
    for change in earlier {
        let (layer, id, before) = match change {
            Change::Put(row) => (row.feature.layer, row.id, Some(RowRef::from(row))),
            Change::Gone(layer, id) => (*layer, *id, None),
        };
        let after = later.layer(layer).find(id).map(|(_, row)| row);
        let fields = between(&before.map(public).unwrap_or_default(), &after.map(public).unwrap_or_default());
        let (what, geometry_changed) = match (before, after) {
            (None, None) => continue,
            (None, Some(_)) => ("added", false),
            (Some(_), None) => ("retired", false),
            (Some(before), Some(after)) => ("changed", before.shape.to_owned() != after.shape.to_owned()),
        };
        if what != "changed" || geometry_changed || !fields.is_empty() {
            told.push(DifferenceTold { layer: layer.name(), id: id.0, what, fields, geometry_changed });
        }
    }
    told
}

/// How many buildings of a city have water.
pub fn counts(city: &City) -> Counts {
    let whole = city.results().whole();
    let at = |grade: Grade| {
        let count = |covered| whole.sum(grade, covered, 0);
        CoverageCounts {
            grade: grade.code(),
            whole: count(Covered::Whole),
            part: count(Covered::Part),
            not: count(Covered::Not),
            unknown: count(Covered::Unknown),
        }
    };
    Counts {
        revision: city.revision().0,
        day: city.day().to_string(),
        buildings: whole.buildings,
        hydrants: city.layer(Layer::Hydrant).count(),
        coverage: Grade::ALL.map(at).into(),
    }
}

/// Counts of two cities beside each other.
pub fn counts_table(before: &Counts, after: &Counts, lang: Lang) -> Table {
    let side = |counts: &Counts| format!("{} ({})", counts.revision, counts.day);
    let head = |text: String| Column::number(text);
    let columns =
        vec![Column::text(""), head(side(before)), head(side(after)), head(lang.pick("变化", "change").into())];
    let mut rows = Vec::new();
    let mut line = |name: String, before: i64, after: i64| {
        let change = if after == before { "0".to_owned() } else { format!("{:+}", after - before) };
        rows.push(vec![name, before.to_string(), after.to_string(), change]);
    };
    line(lang.pick("建筑", "buildings").into(), before.buildings, after.buildings);
    line(lang.pick("消火栓", "hydrants").into(), before.hydrants as i64, after.hydrants as i64);
    for (one, other) in before.coverage.iter().zip(&after.coverage) {
        for (name, before, after) in [
            (lang.pick("全覆盖", "covered whole"), one.whole, other.whole),
            (lang.pick("部分覆盖", "covered in part"), one.part, other.part),
            (lang.pick("未覆盖", "not covered"), one.not, other.not),
            (lang.pick("未知", "unknown"), one.unknown, other.unknown),
        ] {
            line(format!("{name}, {}", one.grade), before, after);
        }
    }
    Table { columns, rows }
}

/// Features that differ as a table, a row for each field.
pub fn differences_table(differences: &[DifferenceTold], lang: Lang) -> Table {
    let head = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let columns = vec![
        Column::text(head("图层", "layer")),
        Column::number(head("编号", "id")),
        Column::text(head("变化", "what")),
        Column::text(head("字段", "field")),
        Column::text(head("原为", "from")),
        Column::text(head("改为", "to")),
    ];
    let mut rows = Vec::new();
    for of in differences {
        let mut line = |cells: [String; 3]| {
            let own = [of.layer.to_owned(), of.id.to_string(), of.what.to_owned()];
            rows.push(own.into_iter().chain(cells).collect());
        };
        let changed = of.what == "changed";
        of.fields.iter().filter(|_| changed).for_each(|field| line(field.cells()));
        if of.geometry_changed || !changed {
            let field = if of.geometry_changed { "geometry" } else { "" };
            line([field.to_owned(), String::new(), String::new()]);
        }
    }
    Table { columns, rows }
}
