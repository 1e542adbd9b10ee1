//! Columns become fields, by name: a field's own name, its labels and its aliases, without regard to case, blanks,
//! underscores and full-width letters; then by names that come near (`similar.rs`). What a column only looks like by
//! its content (`content.rs`) is proposed. A wrong mapping is worse than none.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::content;
use super::grid::Fact;
use super::names::{Names, Spelling};
use super::osm;
use super::record::{Cell, Record};
use super::report::Remark;
use super::returned::Exported;
use super::similar;
use super::units;
use super::values::{self, How, Reading};
use crate::model::{Field, FieldType, Layer, Value};

/// What the columns of a record say of its layer's fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// Values by field position.
    pub values: Vec<Option<Value>>,
    /// Columns no field takes, or not whole: name and content.
    pub extra: Vec<(String, Json)>,
    /// Cells that could not be read: field position, column, content.
    pub unread: Vec<(usize, Box<str>, String)>,
    /// Positions of fields whose value is an assumption.
    pub assumed: Vec<usize>,
}

impl Mapped {
    /// No value, nothing over.
    pub fn nothing_known(layer: Layer) -> Mapped {
        let values = vec![None; layer.fields().len()];
        Mapped { values, extra: Vec::new(), unread: Vec::new(), assumed: Vec::new() }
    }
}

/// How a file's columns are read.
pub enum Mapper {
    /// As tags of OpenStreetMap.
    Tags(TimeZone),
    /// As columns of a table.
    Table(Box<TableMapping>, TimeZone),
    /// As columns of an export of ours.
    Exported(Box<Exported>, TimeZone),
}

impl Mapper {
    /// The layer of a record.
    pub fn layer(&self, record: &Record) -> Layer {
        match self {
            Mapper::Tags(_) => record.layer.unwrap_or(Layer::Building),
            Mapper::Table(mapping, _) => mapping.layer,
            Mapper::Exported(exported, _) => exported.layer,
        }
    }

    /// The layer that all records are of, where that is one.
    pub fn one_layer(&self) -> Option<Layer> {
        match self {
            Mapper::Tags(_) => None,
            Mapper::Table(mapping, _) => Some(mapping.layer),
            Mapper::Exported(exported, _) => Some(exported.layer),
        }
    }

    /// Columns of a table with the fields they go to; `None` of tags.
    pub fn columns(&self, columns: &[Box<str>]) -> Option<Vec<(String, String)>> {
        let pair = |(column, field): (&str, &str)| (column.to_owned(), field.to_owned());
        match self {
            Mapper::Tags(_) => None,
            Mapper::Table(mapping, _) => Some(mapping.pairs().map(pair).collect()),
            Mapper::Exported(exported, _) => Some(exported.pairs(columns).map(pair).collect()),
        }
    }

    /// The fields of a record.
    pub fn map(&mut self, layer: Layer, record: &Record) -> Mapped {
        match self {
            Mapper::Tags(zone) => {
                let text = |cell: &'_ Cell| match cell {
                    Cell::Text(text) | Cell::Error(text) => text.to_string(),
                    Cell::Json(json) => json.to_string(),
                };
                let tags: Vec<(&str, String)> = record.columns.iter().map(|(key, cell)| (&**key, text(cell))).collect();
                let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (*key, value.as_str())).collect();
                osm::map_tags(layer, &tags, zone)
            }
            Mapper::Table(mapping, zone) => mapping.map(record, zone),
            Mapper::Exported(exported, zone) => exported.map(record, zone),
        }
    }
}

crate::sentences! {
    /// Why a column goes to a field.
    pub enum Why {
        /// A person said so.
        Told {}
            "told", "由 --map 或方案指定", "told by --map or a profile";
        /// The field's own name or label.
        Name {}
            "name", "字段名", "the field's name";
        /// A name it goes by elsewhere.
        Alias {}
            "alias", "常见列名", "a name it goes by";
        /// A known name with a unit behind it.
        WithUnit {}
            "with_unit", "常见列名加单位", "a known name and its unit";
        /// The part under a head of several columns.
        UnderHead {}
            "under_head", "合并表头下的列名", "its name under a merged head";
        /// A name that is nearly one.
        Similar { to: String }
            "similar", "与“{to}”相近", "close to “{to}”";
        /// The beginning of a name.
        CutShort { of: String }
            "cut_short", "“{of}”的开头", "the beginning of “{of}”";
        /// What its cells hold.
        Content { fit: usize, of: usize }
            "content", "内容相符：{of} 格中 {fit} 格", "by its content: {fit} of {of} cells";
    }
}

/// What became of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnReport {
    /// Its name.
    pub column: Box<str>,
    /// The field it goes to, or that it looks like.
    pub field: Option<&'static str>,
    /// Whether the field takes it; else the field is only a proposal.
    pub taken: bool,
    /// Why.
    pub why: Option<Why>,
    /// The unit its numbers are read in, empty where the field has none.
    pub unit: String,
    /// A cell of it; none of a field that not everybody may see, nor of a column that no field takes.
    pub example: Option<String>,
    /// How many of its cells could not be read.
    pub unread: u64,
}

/// What is known of a column before it is mapped.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Its name.
    pub name: Box<str>,
    /// Its name as it is compared.
    spelling: Spelling,
    /// What the table's own rows say of it.
    pub fact: Fact,
    /// Cells near the top that are not empty.
    pub cells: Vec<String>,
}

impl Column {
    /// Of a name, with what the table's own rows say of it and no cell yet.
    pub fn new(name: &str, fact: Fact) -> Column {
        Column { name: name.into(), spelling: Spelling::of(name), fact, cells: Vec::new() }
    }
}

/// A column that a field takes.
#[derive(Clone, Debug)]
struct Target {
    column: Box<str>,
    field: usize,
    how: How,
    why: Why,
    /// What words that stood already were read as; those a person translated are in it from the start.
    words: HashMap<Box<str>, Reading>,
}

/// Which column goes to which field of a layer.
#[derive(Clone, Debug)]
pub struct TableMapping {
    /// The layer.
    pub layer: Layer,
    /// In the order of columns.
    targets: Vec<Target>,
    /// Columns that look like a field that none takes.
    proposals: Vec<(Box<str>, usize, Why)>,
    /// Columns that make the place and go nowhere else.
    place_columns: Vec<Box<str>>,
    /// Where the last cell's column was found.
    last: usize,
}

/// Words a column is remembered to hold; beyond, each is read anew.
const MOST_REMEMBERED: usize = 256;

/// What a person says of columns and fields, checked against layer and file.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Fields and their columns.
    pub columns: Vec<(usize, Box<str>)>,
    /// Columns that no field takes.
    pub aside: Vec<Box<str>>,
    /// Fields and the unit of their column.
    pub units: Vec<(usize, String)>,
    /// Fields, words, and what each stands for.
    pub words: Vec<(usize, String, Option<Value>)>,
}

impl TableMapping {
    /// The mapping of columns to a layer's fields. Columns that a person named go where they are told to; of several
    /// that fit a field the one nearest to the field's own name is taken; then those whose names come near. What
    /// cannot be in its field's unit is left aside, with the remark that says so.
    pub fn of(
        layer: Layer,
        columns: &[Column],
        place_columns: &[Box<str>],
        told: &Told,
        remarks: &mut Vec<(Remark, u64)>,
    ) -> Self {
        Self::with(layer, columns, place_columns, told, true, remarks)
    }

    /// What fields of a layer take of columns of which nobody has said anything: [`of`](Self::of) without proposals.
    pub fn taken(
        layer: Layer,
        columns: &[Column],
        place_columns: &[Box<str>],
        remarks: &mut Vec<(Remark, u64)>,
    ) -> Self {
        Self::with(layer, columns, place_columns, &Told::default(), false, remarks)
    }

    fn with(
        layer: Layer,
        columns: &[Column],
        place_columns: &[Box<str>],
        told: &Told,
        proposing: bool,
        remarks: &mut Vec<(Remark, u64)>,
    ) -> Self {
        let fields = layer.fields();
        let mut free: Vec<bool> = vec![true; fields.len()];
        let mut chosen: Vec<(usize, usize, Why)> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for (nth, column) in columns.iter().enumerate() {
            let is_aside = place_columns.contains(&column.name) || told.aside.contains(&column.name);
            match told.columns.iter().find(|(_, name)| *name == column.name) {
                Some((field, _)) => {
                    free[*field] = false;
                    chosen.push((nth, *field, Why::Told {}));
                }
                None if is_aside => {}
                None => open.push(nth),
            }
        }
        let mut fits: Vec<(usize, usize, usize, Why)> = Vec::new();
        let names = Names::of(layer);
        for &nth in &open {
            let spelling = &columns[nth].spelling;
            let near = || similar::field(layer, &spelling.near).map(|(field, why)| (9, field, why));
            if let Some((rank, field, why)) = names.fit(spelling).or_else(near) {
                fits.push((rank, nth, field, why));
            }
        }
        fits.sort_by_key(|(rank, nth, ..)| (*rank, *nth));
        for (rank, nth, field, why) in fits {
            // A name that only comes near must hold what the field can.
            let how = how(&columns[nth], &fields[field], field, told).0;
            let sound = rank < 9 || content::is_readable(&fields[field], &columns[nth].cells, &how);
            if sound && std::mem::replace(&mut free[field], false) {
                chosen.push((nth, field, why));
                open.retain(|known| *known != nth);
            }
        }
        let mut proposals = Vec::new();
        for &nth in &open {
            let column = &columns[nth];
            let is_unnamed = column.name.starts_with("column ");
            // Of a column with a name content only makes a proposal.
            if !proposing && !is_unnamed {
                continue;
            }
            if let Some((field, why, taken)) = content::field(layer, &free, is_unnamed, &column.cells) {
                match taken {
                    true => {
                        free[field] = false;
                        chosen.push((nth, field, why));
                    }
                    false => proposals.push((column.name.clone(), field, why)),
                }
            }
        }
        chosen.sort_by_key(|(nth, ..)| *nth);
        let mut targets = Vec::new();
        for (nth, field, why) in chosen {
            let (column, def) = (&columns[nth], &fields[field]);
            let (how, is_told) = how(column, def, field, told);
            if !is_told && let Some((example, units)) = content::other_unit(def, &column.cells) {
                let units = if units.is_empty() { "…".to_owned() } else { units.join("|") };
                let (column, layer, field) = (column.name.to_string(), layer.name(), def.name);
                remarks.push((Remark::UnitMissing { layer, field, column, example, units }, 0));
                continue;
            }
            let words = told.words.iter().filter(|(of, ..)| *of == field);
            let words = words.map(|(_, word, value)| {
                let reading = value.clone().map_or(Reading::Nothing, Reading::Coarser);
                (word.as_str().into(), reading)
            });
            targets.push(Target { column: column.name.clone(), field, how, why, words: words.collect() });
        }
        TableMapping { layer, targets, proposals, place_columns: place_columns.to_vec(), last: 0 }
    }

    /// Columns and the fields they go to, in the order of columns.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.targets.iter().map(|target| (&*target.column, self.layer.fields()[target.field].name))
    }

    /// Whether a column goes to a field or to the place.
    pub fn takes(&self, column: &str) -> bool {
        self.targets.iter().any(|target| &*target.column == column)
            || self.place_columns.iter().any(|place| &**place == column)
    }

    /// What becomes of each column, those of the place left out.
    pub fn reports(&self, columns: &[Column]) -> Vec<ColumnReport> {
        let fields = self.layer.fields();
        let proposed: HashMap<&str, (usize, &Why)> =
            self.proposals.iter().map(|(name, field, why)| (&**name, (*field, why))).collect();
        let report = |column: &Column| {
            let mut report = ColumnReport {
                column: column.name.clone(),
                field: None,
                taken: false,
                why: None,
                unit: String::new(),
                example: None,
                unread: 0,
            };
            let target = self.targets.iter().find(|target| target.column == column.name);
            let (field, why) = match (target, proposed.get(&*column.name)) {
                (Some(target), _) => (target.field, &target.why),
                (None, Some((field, why))) => (*field, *why),
                (None, None) => return report,
            };
            let def = &fields[field];
            report.field = Some(def.name);
            report.taken = target.is_some();
            report.why = Some(why.clone());
            report.unit = match target.map(|target| target.how.unit.as_str()) {
                Some(unit) if !unit.is_empty() => unit.to_owned(),
                _ => def.unit.to_owned(),
            };
            report.example =
                column.cells.first().filter(|_| def.is_public()).map(|cell| cell.chars().take(40).collect());
            report
        };
        columns.iter().filter(|column| !self.place_columns.contains(&column.name)).map(report).collect()
    }

    fn target(&mut self, column: &str) -> Option<usize> {
        // Columns come in their order, so that the next is nearly always the one wanted.
        let len = self.targets.len();
        let at = (self.last..len).chain(0..self.last).find(|at| &*self.targets[*at].column == column)?;
        self.last = (at + 1) % len;
        Some(at)
    }

    fn map(&mut self, record: &Record, zone: &TimeZone) -> Mapped {
        let fields = self.layer.fields();
        let mut mapped = Mapped::nothing_known(self.layer);
        for (column, cell) in &record.columns {
            if self.place_columns.contains(column) {
                continue;
            }
            let Some(at) = self.target(column) else {
                if !is_empty(cell) {
                    mapped.extra.push((column.to_string(), cell.to_json()));
                }
                continue;
            };
            let target = &mut self.targets[at];
            match target.read(cell, &fields[target.field], zone) {
                Reading::Nothing => {}
                Reading::Value(value) => mapped.values[target.field] = Some(value),
                Reading::Coarser(value) => {
                    mapped.values[target.field] = Some(value);
                    mapped.extra.push((column.to_string(), cell.to_json()));
                }
                Reading::Unreadable => {
                    let text = match cell {
                        Cell::Text(text) | Cell::Error(text) => text.chars().take(80).collect(),
                        Cell::Json(json) => json.to_string().chars().take(80).collect(),
                    };
                    mapped.unread.push((target.field, column.clone(), text));
                    mapped.extra.push((column.to_string(), cell.to_json()));
                }
            }
        }
        for (ix, field) in fields.iter().enumerate() {
            let Some(code) = field.assumed else { continue };
            if !self.targets.iter().any(|target| target.field == ix) {
                let nth = field.choices().iter().position(|choice| choice.code == code);
                mapped.values[ix] = nth.map(|nth| Value::Choice(nth as u8));
                mapped.assumed.push(ix);
            }
        }
        mapped
    }
}

impl Target {
    /// Reads a cell; words of a vocabulary are read once and remembered.
    fn read(&mut self, cell: &Cell, field: &Field, zone: &TimeZone) -> Reading {
        let Cell::Text(text) = cell else { return values::read(cell, field, &self.how, zone) };
        let text = text.trim();
        if let Some(reading) = self.words.get(text) {
            return reading.clone();
        }
        let reading = values::read(cell, field, &self.how, zone);
        let has_words = matches!(field.ty, FieldType::Choice(_) | FieldType::Bool);
        if has_words && self.words.len() < MOST_REMEMBERED && text.len() < 100 {
            self.words.insert(text.into(), reading.clone());
        }
        reading
    }
}

/// How a column is read for a field, and whether anybody said in which unit: a person, the column's name or a line of
/// units under it.
fn how(column: &Column, def: &Field, field: usize, told: &Told) -> (How, bool) {
    let by_person = told.units.iter().find(|(of, _)| *of == field).map(|(_, unit)| unit.clone());
    let fits = |unit: &String| !unit.is_empty() && units::factor(unit, def.unit).is_some();
    let by_line = Some(units::plain(&column.fact.unit)).filter(fits);
    let by_name = Some(column.spelling.unit().to_owned()).filter(fits);
    let unit = by_person.map(|unit| units::plain(&unit)).or(by_name).or(by_line);
    (How::new(unit.as_deref().unwrap_or_default(), def.unit, column.fact.numerals), unit.is_some())
}

fn is_empty(cell: &Cell) -> bool {
    match cell {
        Cell::Text(text) => text.trim().is_empty(),
        Cell::Json(json) => json.is_null(),
        Cell::Error(_) => false,
    }
}
