//! Opening a file of any format but OpenStreetMap: its first records tell the layer, the key and where columns go.

use std::collections::VecDeque;
use std::path::Path;

use super::coordinates::{self, Settled};
use super::csv::{CsvReader, list};
use super::error::IngestError;
use super::flatgeobuf::FlatGeobufReader;
use super::format::Format;
use super::geojson::GeoJsonReader;
use super::geopackage::GeoPackageReader;
use super::guess::{self, Candidate};
use super::import::Options;
use super::inputs::Found;
use super::key::{Keys, remembered_column};
use super::kml::KmlReader;
use super::mapping::{Mapper, TableMapping, plain};
use super::record::{Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::report::Remark;
use super::returned::{self, Exported, PLACE, Rejected};
use super::shapefile::ShapefileReader;
use super::topojson::TopoJsonReader;
use crate::crs::{Crs, CrsError};
use crate::model::Layer;
use crate::store::Import;

/// How many records are looked at before the first is kept.
const SAMPLE: usize = 1000;

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
    let (mut reader, header, place_columns): (Box<dyn Reader>, _, _) = match found.format {
        Format::Csv => {
            let reader = CsvReader::open(path, told, remarks)?;
            let (columns, place) = (reader.columns().to_vec(), reader.place_columns());
            (Box::new(reader), columns, place)
        }
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
    while ahead.len() < SAMPLE
        && let Some(item) = reader.next()
    {
        ahead.push_back(item?);
    }
    let rejected = ahead.iter().find_map(|item| match item {
        Item::Record(record) => Rejected::of(record),
        Item::Ignored(..) => None,
    });
    if let Some(rejected) = rejected {
        let reader = Ahead { ahead, reader };
        return open_rejects(path, reader, rejected, (header, place_columns), told, options, remarks);
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
        return Ok(Opened { reader, mapper, keys, settled, columns, place_columns, rejected: None, source });
    }
    let layer = match options.layer.or(found.layer) {
        Some(layer) => layer,
        None => {
            let candidates = guess::layers(&found.stem, &columns, &place_columns, &sample);
            let best = clear_winner(&candidates).ok_or_else(|| unclear(found, &candidates))?;
            let why = if best.why.is_empty() { plain(&found.stem) } else { best.why.clone() };
            remarks.push((Remark::LayerGuessed { layer: best.layer.name(), why }, 0));
            best.layer
        }
    };
    let named = named_columns(layer, &columns, path, options)?;
    let mapping = TableMapping::of(layer, &columns, &place_columns, &named);
    let pairs: Vec<String> = mapping.pairs(&columns).map(|(column, field)| format!("{column} → {field}")).collect();
    if !pairs.is_empty() {
        remarks.push((Remark::Mapped { pairs: pairs.join(", ") }, 0));
    }
    let aside: Vec<Box<str>> = columns.iter().filter(|column| !mapping.takes(column)).cloned().collect();
    if !aside.is_empty() {
        remarks.push((Remark::KeptAside { columns: list(&aside) }, 0));
    }
    let keys = keys(path, layer, &columns, &sample, options, before, remarks)?;
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
    })
}

/// A report of rejects is read as the file its rows come from was: layer, source, coordinates and columns are those.
fn open_rejects(
    path: &Path,
    reader: Ahead,
    rejected: Rejected,
    (header, place_columns): (Vec<Box<str>>, Vec<Box<str>>),
    told: Option<&Crs>,
    options: &Options,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Opened, IngestError> {
    let remembered = Crs::named(&rejected.crs).ok();
    let settled = coordinates::settle(path, told.or(remembered.as_ref()), reader.crs(), &[], remarks)?;
    let layer = options.layer.unwrap_or(rejected.layer);
    let mut names = header;
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
            let taken: Vec<Box<str>> = named.iter().map(|(_, column)| column.clone()).collect();
            let mapping = TableMapping::of(layer, &taken, &place_columns, &named);
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
    })
}

/// How the rows of a source were known when it was last imported, by layer.
pub struct Before<'a> {
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

fn unclear(found: &Found, candidates: &[Candidate]) -> IngestError {
    let names: Vec<&str> = match candidates {
        [] => Layer::ALL.into_iter().map(Layer::name).collect(),
        _ => candidates.iter().take(4).map(|candidate| candidate.layer.name()).collect(),
    };
    IngestError::LayerUnclear { path: found.shown(), candidates: names.join(", ") }
}

/// `--map field=column`, each checked against the layer and the file.
fn named_columns(
    layer: Layer,
    columns: &[Box<str>],
    path: &Path,
    options: &Options,
) -> Result<Vec<(usize, Box<str>)>, IngestError> {
    let mut named = Vec::new();
    for (field, column) in &options.map {
        let is_named = |candidate: &crate::model::Field| candidate.name == field || candidate.zh == field;
        let Some(ix) = layer.fields().iter().position(is_named) else {
            let fields: Vec<&str> = layer.fields().iter().map(|field| field.name).collect();
            let (field, layer) = (field.clone(), layer.name().to_owned());
            return Err(IngestError::NoSuchField { field, layer, fields: fields.join(", ") });
        };
        let exact = columns.iter().find(|name| ***name == **column);
        match exact.or_else(|| columns.iter().find(|name| plain(name) == plain(column))) {
            Some(name) => named.push((ix, name.clone())),
            None => {
                let (column, path) = (column.clone(), path.display().to_string());
                return Err(IngestError::NoSuchColumn { column, path, columns: list(columns) });
            }
        }
    }
    Ok(named)
}
