//! How full the fields are, as rows, and what an empty one costs.

use serde::Serialize;

use crate::analysis::check::LayerFill;
use crate::model::{Lang, Layer};
use crate::report::coverage::Told;
use crate::report::{Column, Table};

/// A field, and in how many rows of its layer it is known.
#[derive(Serialize)]
pub struct LayerFillRow {
    /// The layer.
    pub layer: &'static str,
    /// Rows it has.
    pub rows: u64,
    /// The field.
    pub field: &'static str,
    /// Rows that say something.
    pub known: u64,
    /// `known` ÷ `rows`.
    pub share: f64,
    /// Whether it is empty in most rows.
    pub mostly_empty: bool,
    /// What its emptiness costs the results; `null` where nothing computed rests on it.
    pub cost: Option<Told>,
    #[serde(skip)]
    zh: &'static str,
    #[serde(skip)]
    en: &'static str,
}

/// All public fields of the layers that have rows.
pub fn fill_rows(fill: &[LayerFill]) -> Vec<LayerFillRow> {
    let fields = fill.iter().flat_map(|layer| layer.fields.iter().map(move |field| (layer, field)));
    fields
        .map(|(of, fill)| {
            let field = &of.layer.fields()[fill.ix];
            let cost = cost(of.layer, field.name).map(|(zh, en)| Told { zh: zh.to_owned(), en: en.to_owned() });
            LayerFillRow {
                layer: of.layer.name(),
                rows: of.rows,
                field: field.name,
                known: fill.known,
                share: (fill.known as f64 / of.rows as f64 * 1e4).round() / 1e4,
                mostly_empty: fill.known * 2 < of.rows,
                cost,
                zh: field.zh,
                en: field.en,
            }
        })
        .collect()
}

/// What results lose where a field is empty.
fn cost(layer: Layer, field: &str) -> Option<(&'static str, &'static str)> {
    Some(match (layer, field) {
        (Layer::Building, "floors_above") => ("建筑面积按一层计", "floor area counts as one floor"),
        (Layer::Building, "floor_area_m2") => ("建筑面积由基底推算", "floor area is derived from the footprint"),
        (Layer::Building, "height_m") => ("高层与否不明", "whether it is a high-rise is unknown"),
        (Layer::Building, "residents") => ("不计入居民覆盖率", "not in the share by residents"),
        (Layer::Building, "name" | "address") => ("搜索不到", "not found by searching"),
        (Layer::Hydrant, "kind") => ("“名义”等级不明", "nominal is unknown"),
        (Layer::Hydrant, "state") => ("只算“名义”", "nominal only"),
        (Layer::Hydrant, "inspected") => ("不能算“核验”", "never verified"),
        (Layer::Hydrant, "pressure_mpa") => ("没有流量时不能算“核验”", "not verified unless flow is known"),
        (Layer::Hydrant, "flow_lps") => ("没有静压时不能算“核验”", "not verified unless pressure is known"),
        (Layer::Road, "class") => ("不计入建有率", "not in 建有率"),
        (Layer::Road, "width_m") => ("按一侧布栓计", "hydrants asked for on one side"),
        (Layer::Road, "name") => ("分段各自取整，应建数偏多", "pieces round up apart: more hydrants required"),
        (Layer::Area, "kind") => ("不参与统计", "in no rate"),
        (Layer::Area, "name" | "code") => ("表中难以辨认", "hard to tell in tables"),
        _ => return None,
    })
}

/// Rows as a table: for a person by labels, those mostly empty alone; for machines all of them by name.
pub fn fill_table(rows: &[LayerFillRow], lang: Lang, all: bool) -> Table {
    let heads = match all {
        true => ["layer", "rows", "field", "known", "share", "cost"],
        false => [
            ("图层", "Layer"),
            ("行数", "Rows"),
            ("字段", "Field"),
            ("已知", "Known"),
            ("占比", "Share"),
            ("代价", "Cost"),
        ]
        .map(|(zh, en)| lang.pick(zh, en)),
    };
    let right = [false, true, false, true, true, false];
    let columns = heads.iter().zip(right).map(|(head, right)| Column { head: (*head).to_owned(), right });
    let shown = rows.iter().filter(|row| all || row.mostly_empty);
    let cells = |row: &LayerFillRow| {
        let field = if all { row.field.to_owned() } else { format!("{} ({})", row.field, lang.pick(row.zh, row.en)) };
        let share = if all { row.share.to_string() } else { format!("{:.1} %", row.share * 100.0) };
        let cost = row.cost.as_ref().map_or(String::new(), |cost| lang.pick(&cost.zh, &cost.en).to_owned());
        vec![row.layer.to_owned(), row.rows.to_string(), field, row.known.to_string(), share, cost]
    };
    Table { columns: columns.collect(), rows: shown.map(cells).collect() }
}
