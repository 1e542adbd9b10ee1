//! Opening a file of any format but OpenStreetMap: its first records tell the layer, the key and where columns go.

use std::collections::VecDeque;
use std::path::Path;

use super::again::{self, Coming};
use super::coordinates::{self, Settled};
use super::csv;
use super::error::IngestError;
use super::flatgeobuf::FlatGeobufReader;
use super::format::Format;
use super::geojson::GeoJsonReader;
use super::geopackage::GeoPackageReader;
use super::grid::{Fact, GridReader, list, place};
use super::guess::{self, Candidate};
use super::inputs::Found;
use super::key::{Keys, remembered_column};
use super::kml::KmlReader;
use super::mapping::{Column, ColumnReport, Mapper, TableMapping, Told, plain};
use super::options::Options;
use super::record::{Cell, Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::report::Remark;
use super::returned::{self, Exported, PLACE, Rejected};
use super::shapefile::ShapefileReader;
use super::topojson::TopoJsonReader;
use super::units;
use super::values;
use super::workbook;
use crate::crs::{Crs, CrsError};
use crate::model::{Field, FieldType, Layer, Value};
use crate::store::{Import, Store};

/// How many records are looked at before the first is kept.
const SAMPLE: usize = 1000;

/// About how many bytes of records are read ahead; one that is larger alone is the last.
const MOST_AHEAD: usize = 16 << 20;

/// A file with its first records read ahead.
pub struct Ahead {
    ahead: VecDeque<Item>,
    reader: Box<dyn Reader>,
}

impl Iterator for Ahead {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.ahead.pop_front().map(Ok).or_else(|| self.reader.next())
    }
}

impl Reader for Ahead {
    fn read(&self) -> u64 {
        self.reader.read()
    }

    fn progress(&self) -> (u64, u64) {
        self.reader.progress()
    }

    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        self.reader.crs()
    }
}

/// A file that is ready to be mapped.
pub struct Opened {
    pub reader: Ahead,
    pub mapper: Mapper,
    pub keys: Keys,
    pub settled: Settled,
    /// The names of its columns; of a GeoJSON file those of its first records.
    pub columns: Vec<Box<str>>,
    /// Those that make the place; none where the place is no column.
    pub place_columns: Vec<Box<str>>,
    /// What it remembers of another import, if it is the report of its rejects.
    pub rejected: Option<Rejected>,
    /// The source that it names itself.
    pub source: Option<String>,
    /// What becomes of each column.
    pub reports: Vec<ColumnReport>,
}

/// Opens a table, finds its layer, mapping and key, and tells what it found.
pub fn open(
    found: &Found,
    options: &Options,
    told: Option<&Crs>,
    before: &Before<'_>,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Opened, IngestError> {
    let (path, part) = (&*found.path, found.part.as_deref().unwrap_or_default());
    let mut facts = Vec::new();
    let mut grid = |reader: GridReader| -> (Box<dyn Reader>, _, _) {
        let (columns, place) = (reader.columns().to_vec(), reader.place_columns());
        facts = reader.facts();
        (Box::new(reader), columns, place)
    };
    let (mut reader, header, place_columns): (Box<dyn Reader>, _, _) = match found.format {
        Format::Csv => grid(csv::open(path, told, options, remarks)?),
        Format::Xlsx | Format::Ods => grid(workbook::open(found, told, options, remarks)?),
        Format::FlatGeobuf => {
            let reader = FlatGeobufReader::open(path, told, options.within)?;
            let columns = reader.columns();
            (Box::new(reader), columns, Vec::new())
        }
        Format::Shapefile => {
            let reader = ShapefileReader::open(path, remarks)?;
            let columns = reader.columns();
            (Box::new(reader), columns, Vec::new())
        }
        Format::GeoPackage => {
            let reader = GeoPackageReader::open(path, part)?;
            let columns = reader.columns();
            (Box::new(reader), columns, Vec::new())
        }
        Format::TopoJson => (Box::new(TopoJsonReader::open(path, part)?), Vec::new(), Vec::new()),
        Format::Kml => (Box::new(KmlReader::open(path)?), Vec::new(), Vec::new()),
        Format::GeoJson | Format::Osm(_) => (Box::new(GeoJsonReader::open(path)?), Vec::new(), Vec::new()),
    };
    let mut ahead = VecDeque::new();
    let mut size = 0;
    while ahead.len() < SAMPLE
        && size < MOST_AHEAD
        && let Some(item) = reader.next()
    {
        let item = item?;
        if let Item::Record(record) = &item {
            size += record.size();
        }
        ahead.push_back(item);
    }
    let rejected = ahead.iter().find_map(|item| match item {
        Item::Record(record) => Rejected::of(record),
        Item::Ignored(..) => None,
    });
    if let Some(rejected) = rejected {
        let reader = Ahead { ahead, reader };
        let described = describe(&header, &facts, &[]);
        return open_rejects(path, reader, rejected, (described, place_columns), told, options, remarks);
    }
    let sample: Vec<Record> = ahead
        .iter()
        .filter_map(|item| match item {
            Item::Record(record) => Some(record.clone()),
            Item::Ignored(..) => None,
        })
        .collect();
    let settled = coordinates::settle(path, told, reader.crs(), &sample, remarks)?;
    let columns = columns(header, &sample);
    let described = describe(&columns, &facts, &sample);

    let exported = returned::exported_layer(&columns, &sample, guess::kind_of(&sample));
    let exported = exported.filter(|layer| {
        options.source.is_none() && options.map.is_empty() && options.layer.is_none_or(|named| named == *layer)
    });
    if let Some(layer) = exported {
        remarks.push((Remark::OwnExport { layer: layer.name() }, 0));
        let quoted = found.format == Format::Csv;
        let exported = Exported { layer, quoted, place_columns: place_columns.clone() };
        let source = sample.iter().find_map(|record| exported.source(record));
        let mapper = Mapper::Exported(Box::new(exported), options.zone.clone());
        let (reader, keys) = (Ahead { ahead, reader }, Keys::exported(quoted));
        let reports = Vec::new();
        return Ok(Opened { reader, mapper, keys, settled, columns, place_columns, rejected: None, source, reports });
    }
    let layer = match options.layer.or(found.layer) {
        Some(layer) => layer,
        None => {
            let candidates = guess::layers(&found.stem, &described, &place_columns, &sample);
            let best = clear_winner(&candidates).ok_or_else(|| unclear(found, &candidates, &sample))?;
            let why = if best.why.is_empty() { plain(&found.stem) } else { best.why.clone() };
            remarks.push((Remark::LayerGuessed { layer: best.layer.name(), why }, 0));
            best.layer
        }
    };
    let said = told_of(layer, &columns, path, options, remarks)?;
    let mapping = TableMapping::of(layer, &described, &place_columns, &said, remarks);
    let reports = mapping.reports(&described);
    let aside: Vec<Box<str>> = columns.iter().filter(|column| !mapping.takes(column)).cloned().collect();
    if !aside.is_empty() {
        remarks.push((Remark::KeptAside { columns: list(&aside) }, 0));
    }
    let keys = keys(path, layer, &columns, &sample, options, before, remarks)?;
    let source = options.source.as_deref().unwrap_or(before.source).trim();
    let coming = Coming { path, layer, source, keys: &keys, columns: &columns, sample: &sample, crs: &settled.crs };
    again::check(&coming, options, before.store)?;
    let mapper = Mapper::Table(Box::new(mapping), options.zone.clone());
    Ok(Opened {
        reader: Ahead { ahead, reader },
        mapper,
        keys,
        settled,
        columns,
        place_columns,
        rejected: None,
        source: None,
        reports,
    })
}

/// A report of rejects is read as the file its rows come from was: layer, source, coordinates and columns are those.
fn open_rejects(
    path: &Path,
    reader: Ahead,
    rejected: Rejected,
    (described, place_columns): (Vec<Column>, Vec<Box<str>>),
    told: Option<&Crs>,
    options: &Options,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Opened, IngestError> {
    let remembered = Crs::named(&rejected.crs).ok();
    let settled = coordinates::settle(path, told.or(remembered.as_ref()), reader.crs(), &[], remarks)?;
    let layer = options.layer.unwrap_or(rejected.layer);
    let mut names: Vec<Box<str>> = described.iter().map(|column| column.name.clone()).collect();
    for item in &reader.ahead {
        if let Item::Record(record) = item {
            names.extend(record.columns.iter().map(|(name, _)| name.clone()));
        }
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| !returned::is_reject_column(name) && seen.insert(name.clone()));
    let mapper = match &rejected.columns {
        None => Mapper::Tags(options.zone.clone()),
        Some(columns) => {
            let field = |name: &String| layer.fields().iter().position(|field| field.name == name);
            let named: Vec<(usize, Box<str>)> = columns
                .iter()
                .filter(|(column, _)| names.iter().any(|name| **name == ***column))
                .filter_map(|(column, name)| Some((field(name)?, column.as_str().into())))
                .collect();
            let place = columns.iter().filter(|(_, name)| *name == PLACE).map(|(column, _)| column.as_str().into());
            let place_columns: Vec<Box<str>> = place_columns.iter().cloned().chain(place).collect();
            let bare = |name: &str| Column { name: name.into(), ..Column::default() };
            let known = |name: &str| described.iter().find(|column| *column.name == *name).cloned();
            let taken: Vec<Column> = named.iter().map(|(_, name)| known(name).unwrap_or_else(|| bare(name))).collect();
            let mut said = Told { columns: named, ..Told::default() };
            units_and_words(layer, options, &mut said)?;
            let mapping = TableMapping::of(layer, &taken, &place_columns, &said, remarks);
            Mapper::Table(Box::new(mapping), options.zone.clone())
        }
    };
    let source = options.source.clone().unwrap_or_else(|| rejected.source.clone());
    remarks.push((Remark::OwnRejects { layer: layer.name(), source: source.clone() }, 0));
    Ok(Opened {
        reader,
        mapper,
        keys: Keys::own(),
        settled,
        columns: names,
        place_columns,
        rejected: Some(rejected),
        source: Some(source),
        reports: Vec::new(),
    })
}

/// How the rows of a source were known when it was last imported, by layer.
pub struct Before<'a> {
    /// The store.
    pub store: &'a dyn Store,
    /// All imports of the store, oldest first.
    pub imports: &'a [Import],
    /// The source of the file at hand.
    pub source: &'a str,
}

impl Before<'_> {
    /// Whether the source was imported before the store wrote down how its rows are known.
    fn is_undated(&self) -> bool {
        self.imports.iter().any(|import| *import.file.source == *self.source && import.time.is_none())
    }

    fn row_key(&self, layer: Layer) -> Option<&str> {
        let files = self.imports.iter().rev().map(|import| &import.file);
        let mut same = files.filter(|file| *file.source == *self.source && file.layer == Some(layer));
        same.find_map(|file| file.row_key.as_deref())
    }
}

/// Where keys come from: the column a person names, else the one of the source's last import, else what the file's
/// first records show.
fn keys(
    path: &Path,
    layer: Layer,
    columns: &[Box<str>],
    sample: &[Record],
    options: &Options,
    before: &Before<'_>,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Keys, IngestError> {
    if let Some(key) = &options.key {
        let column = columns.iter().find(|name| ***name == **key);
        let Some(name) = column.or_else(|| columns.iter().find(|name| plain(name) == plain(key))) else {
            let (column, path) = (key.clone(), path.display().to_string());
            return Err(IngestError::NoSuchColumn { column, path, columns: list(columns) });
        };
        remarks.push((Remark::KeyColumn { column: name.to_string() }, 0));
        return Ok(Keys::column(name));
    }
    let is_record = |record: &&Record| !matches!(record.geometry, Geometry::Unusable(Reason::NotARecord { .. }));
    let mut records = sample.iter().filter(is_record).peekable();
    let has_ids = records.peek().is_some() && records.all(|record| record.key.is_some());
    let known = before.row_key(layer);
    let counted = || guess::counts_rows(sample.iter().map(|record| record.key.as_deref().map(str::to_owned)));
    let evident = guess::key_column(columns, sample);
    // Ids that only number the rows are no keys where a column is one, unless the source has been known by them.
    let has_ids = has_ids && (known == Some("own") || evident.is_none() || before.is_undated() || !counted());
    let same_column = known.and_then(remembered_column).filter(|column| columns.iter().any(|name| **name == **column));
    let (keys, told) = match (same_column, evident) {
        (Some(column), _) => (Keys::column(column), Remark::KeyColumn { column: column.to_owned() }),
        _ if known == Some("place") => (Keys::place(), Remark::KeyPlace {}),
        _ if has_ids => (Keys::own(), Remark::KeyId {}),
        (None, Some(column)) => (Keys::column(&column), Remark::KeyColumn { column: column.into() }),
        (None, None) => (Keys::place(), Remark::KeyPlace {}),
    };
    remarks.push((told, 0));
    if let Some(before) = known.filter(|known| *known != keys.told()) {
        let before = remembered_column(before).unwrap_or(before).to_owned();
        remarks.push((Remark::KeyDiffers { before }, 0));
    }
    Ok(keys)
}

/// Names of columns: a header's, or what the sample's records have, in order of appearance.
fn columns(header: Vec<Box<str>>, sample: &[Record]) -> Vec<Box<str>> {
    let mut columns = header;
    let mut seen: std::collections::HashSet<Box<str>> = columns.iter().cloned().collect();
    for (name, _) in sample.iter().flat_map(|record| &record.columns) {
        if !seen.contains(name) {
            seen.insert(name.clone());
            columns.push(name.clone());
        }
    }
    columns
}

/// The best candidate, if it is better than the next by a field at least.
fn clear_winner(candidates: &[Candidate]) -> Option<&Candidate> {
    match candidates {
        [best, next, ..] if best.points < next.points + 2 => None,
        [best, ..] => Some(best),
        [] => None,
    }
}

fn unclear(found: &Found, candidates: &[Candidate], sample: &[Record]) -> IngestError {
    if sample.is_empty() {
        return IngestError::NoRecords { path: found.shown() };
    }
    let Some(kind) = guess::kind_of(sample) else {
        return IngestError::NoPlaces { path: found.shown(), records: sample.len() };
    };
    let names: Vec<&str> = match candidates {
        [] => guess::of_kind(kind).map(Layer::name).collect(),
        _ => candidates.iter().take(4).map(|candidate| candidate.layer.name()).collect(),
    };
    IngestError::LayerUnclear { path: found.shown(), candidates: names.join(", ") }
}

/// Columns with what the table and the sample show of them.
fn describe(columns: &[Box<str>], facts: &[Fact], sample: &[Record]) -> Vec<Column> {
    let fact = |ix: usize| facts.get(ix).cloned().unwrap_or_default();
    let mut described: Vec<Column> = columns
        .iter()
        .enumerate()
        .map(|(ix, name)| Column { name: name.clone(), fact: fact(ix), cells: Vec::new() })
        .collect();
    let positions: std::collections::HashMap<&str, usize> =
        columns.iter().enumerate().map(|(ix, name)| (&**name, ix)).collect();
    for (name, cell) in sample.iter().flat_map(|record| &record.columns) {
        let text = match cell {
            Cell::Text(text) => text.trim().chars().take(200).collect::<String>(),
            Cell::Json(json) if json.is_number() || json.is_boolean() => json.to_string(),
            Cell::Json(_) | Cell::Error(_) => continue,
        };
        if let Some(column) = positions.get(&**name).and_then(|ix| described.get_mut(*ix)).filter(|_| !text.is_empty())
        {
            column.cells.push(text);
        }
    }
    described
}

/// What a person says of columns, units and words, each checked against the layer and the file.
fn told_of(
    layer: Layer,
    columns: &[Box<str>],
    path: &Path,
    options: &Options,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Told, IngestError> {
    let mut told = Told::default();
    for (field, column) in &options.map {
        if place::WORDS.contains(&field.as_str()) {
            continue;
        }
        let is_aside = matches!(field.as_str(), "none" | "无");
        let field = if is_aside { None } else { Some(field_named(layer, field)?.0) };
        let exact = columns.iter().find(|name| ***name == **column);
        let name = exact.or_else(|| columns.iter().find(|name| plain(name) == plain(column)));
        let name = name.ok_or_else(|| IngestError::NoSuchColumn {
            column: column.clone(),
            path: path.display().to_string(),
            columns: list(columns),
        })?;
        match field {
            Some(ix) => told.columns.push((ix, name.clone())),
            None => told.aside.push(name.clone()),
        }
    }
    for (name, column) in &options.tables.kept_columns {
        if place::WORDS.contains(&name.as_str()) {
            continue;
        }
        if name == "none" {
            told.aside.extend(columns.iter().filter(|known| plain(known) == plain(column)).cloned());
            continue;
        }
        let (ix, _) = field_named(layer, name)?;
        match columns.iter().find(|known| plain(known) == plain(column)) {
            _ if told.columns.iter().any(|(known, _)| *known == ix) => {}
            // What is said now counts before what a profile keeps.
            Some(known) if told.aside.contains(known) || told.columns.iter().any(|(_, name)| name == known) => {}
            Some(known) => told.columns.push((ix, known.clone())),
            None => remarks.push((Remark::ProfileColumn { column: column.clone(), field: name.clone() }, 0)),
        }
    }
    units_and_words(layer, options, &mut told)?;
    Ok(told)
}

/// What a person says of units and words.
fn units_and_words(layer: Layer, options: &Options, told: &mut Told) -> Result<(), IngestError> {
    for (name, unit) in &options.tables.units {
        let (ix, field) = field_named(layer, name)?;
        if field.unit.is_empty() || units::factor(&units::plain(unit), field.unit).is_none() {
            let (field, unit, wanted) = (name.clone(), unit.clone(), field.unit.to_owned());
            return Err(IngestError::NoSuchUnit { field, unit, wanted });
        }
        told.units.push((ix, unit.clone()));
    }
    for (name, word, code) in &options.tables.words {
        let (ix, field) = field_named(layer, name)?;
        told.words.push((ix, word.clone(), code_of(field, name, code)?));
    }
    Ok(())
}

/// The value of a code that a word stands for; `None` for nothing known.
fn code_of(field: &Field, name: &str, code: &str) -> Result<Option<Value>, IngestError> {
    if code.is_empty() {
        return Ok(None);
    }
    let nth = || field.choices().iter().position(|choice| choice.is_meant_by(&code.to_lowercase()));
    let value = match field.ty {
        FieldType::Bool => values::bool_word(&code.to_lowercase()).map(Value::Bool),
        _ => nth().map(|nth| Value::Choice(nth as u8)),
    };
    value.map(Some).ok_or_else(|| {
        let codes: Vec<&str> = match field.ty {
            FieldType::Bool => vec!["yes", "no"],
            _ => field.choices().iter().map(|choice| choice.code).collect(),
        };
        IngestError::NoSuchCode { field: name.to_owned(), code: code.to_owned(), codes: codes.join(", ") }
    })
}

fn field_named(layer: Layer, name: &str) -> Result<(usize, &'static Field), IngestError> {
    let is_named = |field: &&Field| field.name == name || field.zh == name;
    let found = layer.fields().iter().enumerate().find(|(_, field)| is_named(field));
    found.ok_or_else(|| {
        let fields: Vec<&str> = layer.fields().iter().map(|field| field.name).collect();
        let (field, layer) = (name.to_owned(), layer.name().to_owned());
        IngestError::NoSuchField { field, layer, fields: fields.join(", ") }
    })
}
