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
use super::key::Keys;
use super::kml::KmlReader;
use super::mapping::{TableMapping, plain};
use super::record::{Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::report::Remark;
use super::shapefile::ShapefileReader;
use super::topojson::TopoJsonReader;
use crate::crs::{Crs, CrsError};
use crate::model::Layer;

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
    pub mapping: TableMapping,
    pub keys: Keys,
    pub settled: Settled,
}

/// Opens a table, finds its layer, mapping and key, and tells what it found.
pub fn open(
    found: &Found,
    options: &Options,
    told: Option<&Crs>,
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
    let sample: Vec<Record> = ahead
        .iter()
        .filter_map(|item| match item {
            Item::Record(record) => Some(record.clone()),
            Item::Ignored(..) => None,
        })
        .collect();
    let settled = coordinates::settle(path, told, reader.crs(), &sample, remarks)?;
    let columns = columns(header, &sample);

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
    let is_record = |record: &&Record| !matches!(record.geometry, Geometry::Unusable(Reason::NotARecord { .. }));
    let mut records = sample.iter().filter(is_record).peekable();
    let has_ids = records.peek().is_some() && records.all(|record| record.key.is_some());
    let (keys, told) = match guess::key_column(&columns, &sample) {
        _ if has_ids => (Keys::own(), Remark::KeyId {}),
        Some(column) => (Keys::column(&column), Remark::KeyColumn { column: column.into() }),
        None => (Keys::place(), Remark::KeyPlace {}),
    };
    remarks.push((told, 0));
    Ok(Opened { reader: Ahead { ahead, reader }, mapping, keys, settled })
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
