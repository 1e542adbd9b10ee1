//! Opening a file of any format but OpenStreetMap: its first records tell the layer, the key and where columns go.

use std::collections::VecDeque;
use std::path::Path;

use super::again::{Before, Coming};
use super::coordinates::{self, Settled};
use super::csv;
use super::error::IngestError;
use super::flatgeobuf::FlatGeobufReader;
use super::format::Format;
use super::geojson::GeoJsonReader;
use super::geopackage::GeoPackageReader;
use super::grid::{Fact, GridReader, list};
use super::guess::{self, Candidate};
use super::inputs::Found;
use super::key::Keys;
use super::kml::KmlReader;
use super::mapping::{Column, ColumnReport, Mapper, TableMapping, Told};
use super::names::plain;
use super::options::Options;
use super::record::{Cell, Item, Reader, Record};
use super::report::Remark;
use super::returned::{self, Exported, PLACE, Rejected};
use super::said;
use super::shapefile::ShapefileReader;
use super::topojson::TopoJsonReader;
use super::workbook;
use crate::crs::{Crs, CrsError};
use crate::model::Layer;

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
        Format::GeoJson | Format::Osm(_) | Format::Hgt => {
            (Box::new(GeoJsonReader::open(path)?), Vec::new(), Vec::new())
        }
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
    let said = said::told_of(layer, &columns, path, options, remarks)?;
    let mapping = TableMapping::of(layer, &described, &place_columns, &said, remarks);
    let reports = mapping.reports(&described);
    let aside: Vec<Box<str>> = columns.iter().filter(|column| !mapping.takes(column)).cloned().collect();
    if !aside.is_empty() {
        remarks.push((Remark::KeptAside { columns: list(&aside) }, 0));
    }
    let coming = Coming { path, layer, columns: &columns, sample: &sample, crs: &settled.crs };
    let keys = before.keys(&coming, options, remarks)?;
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
            let bare = |name: &str| Column::new(name, Fact::default());
            let known = |name: &str| described.iter().find(|column| *column.name == *name).cloned();
            let taken: Vec<Column> = named.iter().map(|(_, name)| known(name).unwrap_or_else(|| bare(name))).collect();
            let mut said = Told { columns: named, ..Told::default() };
            said::units_and_words(layer, options, &mut said)?;
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
    let mut described: Vec<Column> = columns.iter().enumerate().map(|(ix, name)| Column::new(name, fact(ix))).collect();
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
