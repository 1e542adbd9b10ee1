//! The engine: files in, one batch to the store, a report out. All files of a call are one transaction.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::coordinates::Settled;
use super::error::IngestError;
use super::format::Format;
use super::geometry::{self, Suspicion};
use super::grid::numerals::Numerals;
use super::ignored::Ignored;
use super::inputs::{Found, Inputs, PassedOver, is_passed_over};
use super::key::Keys;
use super::mapping::{Mapped, Mapper};
use super::osm;
use super::record::{Geometry, Item, Reader, Record};
use super::reject::{Reason, RejectFile};
use super::report::{FileReport, Remark, Report};
use super::table;
use crate::crs::Crs;
use crate::model::{Attributes, Bounds, Feature, GeometryKind, Layer, Origin, hydrant};
use crate::store::{Aborted, Batch, Revision, Source, Store, StoreError, Write};

/// What a person may say about an import.
#[derive(Clone, Debug)]
pub struct Options {
    /// The layer of tables; guessed where not named. OpenStreetMap's elements tell theirs.
    pub layer: Option<Layer>,
    /// The source; `osm` or the file's stem where not named.
    pub source: Option<String>,
    /// What a map of the source must say.
    pub attribution: Option<String>,
    /// The coordinate system of the files.
    pub crs: Option<String>,
    /// Only features whose box touches this one are kept; the others are counted.
    pub within: Option<Bounds>,
    /// Fields and the columns they are taken from. The place is assigned likewise, as `lon`, `lat`, `x`, `y`,
    /// `lonlat`, `latlon` or `geometry`; what is given to `none` stays aside.
    pub map: Vec<(String, String)>,
    /// What is said of tables.
    pub tables: Tables,
    /// Do everything but keep nothing.
    pub dry_run: bool,
    /// Files that are not read where they lie in a folder: the store itself.
    pub except: Vec<PathBuf>,
    /// Where to write rejected rows.
    pub rejects: Option<PathBuf>,
    /// The language of the reject report.
    pub lang: crate::model::Lang,
    /// The zone of times that do not say theirs.
    pub zone: TimeZone,
}

/// What a person may say about tables, beside the columns.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The sheet of a workbook; all of them where none is named.
    pub sheet: Option<String>,
    /// The encoding of text.
    pub encoding: Option<String>,
    /// The row of the header as a spreadsheet counts; 0 where there is none. Found where it is not named.
    pub header_row: Option<u64>,
    /// What commas and points mean in numbers.
    pub numerals: Option<Numerals>,
    /// Fields and their columns as a profile keeps them: one that the file does not have is said, and goes without.
    pub kept_columns: Vec<(String, String)>,
    /// Fields and the unit of their column.
    pub units: Vec<(String, String)>,
    /// Fields, words of the file, and the code that each stands for; an empty code for nothing known.
    pub words: Vec<(String, String, String)>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            layer: None,
            source: None,
            attribution: None,
            crs: None,
            within: None,
            map: Vec::new(),
            tables: Tables::default(),
            dry_run: false,
            except: Vec::new(),
            rejects: None,
            lang: crate::model::Lang::default(),
            zone: TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC),
        }
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress<'a> {
    /// The file at hand, and its number of so many.
    pub file: &'a str,
    /// Its number, from 1.
    pub nth: usize,
    /// The number of files.
    pub of: usize,
    /// How far the file is done, 0 to 1.
    pub share: f64,
}

/// Imports files into a store, all of them or none. Reading errors undo the batch; bad rows do not.
pub fn import(
    files: &[PathBuf],
    options: &Options,
    store: &dyn Store,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, IngestError> {
    let named = |crs: &String| {
        let path = files.first().map_or_else(String::new, |path| path.display().to_string());
        Crs::named(crs).map_err(|refused| IngestError::other_crs(Path::new(&path), &refused))
    };
    let told = options.crs.as_ref().map(named).transpose()?;
    let Inputs { found, mut passed_over, .. } = Inputs::of(files, &options.except)?;
    let found = of_sheet(found, files, options)?;
    let found = found_to_be_data(found, &mut passed_over, options, told.as_ref())?;
    let inputs =
        found.into_iter().map(|found| Input::of(found, told.as_ref(), options)).collect::<Result<Vec<_>, _>>()?;
    let sources = sources(&inputs, options, store).map_err(|cause| IngestError::Store { cause })?;
    if let Some(path) = options.rejects.as_deref().filter(|path| is_one_of(path, files)) {
        let detail = "it is one of the files to import".to_owned();
        return Err(IngestError::RejectsUnwritable { path: path.display().to_string(), detail });
    }
    let rejects = options.rejects.as_deref().map(|path| RejectFile::create(path, options.lang)).transpose()?;
    let mut intake = Intake {
        of: inputs.len(),
        inputs: inputs.into(),
        options,
        told,
        current: None,
        done: Vec::new(),
        rejects,
        error: None,
        progress,
    };
    let dry_run = options.dry_run;
    let receipt = store.commit(Batch { actor: "import", sources, writes: &mut intake, dry_run });
    let Intake { done, rejects, error, .. } = intake;
    if let Some(rejects) = rejects {
        rejects.finish()?;
    }
    match (error, receipt) {
        (Some(IngestError::CrsUnclear { path, example, candidates, .. }), _) => {
            let candidates = candidates.measured(store).map_err(|cause| IngestError::Store { cause })?;
            let most_like = candidates.most_like();
            Err(IngestError::CrsUnclear { path, example, candidates, most_like })
        }
        (Some(error), _) => Err(error),
        (None, Err(cause)) => Err(IngestError::Store { cause }),
        (None, Ok(receipt)) => {
            Ok(Report { files: done, passed_over, counts: receipt.counts, revision: receipt.revision, dry_run })
        }
    }
}

/// Whether a path leads to one of the files.
fn is_one_of(path: &Path, files: &[PathBuf]) -> bool {
    path.canonicalize().is_ok_and(|path| files.iter().any(|file| file.canonicalize().is_ok_and(|file| file == path)))
}

/// Of workbooks only the sheet that is named.
fn of_sheet(mut found: Vec<Found>, files: &[PathBuf], options: &Options) -> Result<Vec<Found>, IngestError> {
    let Some(wanted) = &options.tables.sheet else { return Ok(found) };
    let is_sheet = |found: &Found| matches!(found.format, Format::Xlsx | Format::Ods);
    let names: Vec<String> = found
        .iter()
        .filter(|found| is_sheet(found))
        .filter_map(|found| found.part.as_ref().map(|part| part.to_string()))
        .collect();
    if !names.iter().any(|name| name == wanted) {
        let path = files.first().map_or_else(String::new, |path| path.display().to_string());
        return Err(IngestError::NoSuchSheet { path, sheet: wanted.clone(), sheets: names.join(", ") });
    }
    found.retain(|found| !is_sheet(found) || found.part.as_deref() == Some(wanted));
    found.iter_mut().filter(|found| is_sheet(found)).for_each(|found| found.opened = false);
    Ok(found)
}

/// What was found in folders and archives is opened beforehand, and left out where it turns out to be no data, so that
/// nothing is written on its account.
fn found_to_be_data(
    found: Vec<Found>,
    passed_over: &mut Vec<PassedOver>,
    options: &Options,
    told: Option<&Crs>,
) -> Result<Vec<Found>, IngestError> {
    let mut data = Vec::new();
    let mut last = None;
    for found in found {
        if !found.opened || matches!(found.format, Format::Osm(_)) {
            data.push(found);
            continue;
        }
        match table::open(&found, options, told, &mut Vec::new()) {
            Ok(_) => data.push(found),
            Err(why) if is_passed_over(&why) => {
                last = Some(why.clone());
                passed_over.push(PassedOver { file: found.name, why });
            }
            Err(other) => return Err(other),
        }
    }
    match last {
        Some(why) if data.is_empty() => Err(why),
        _ => Ok(data),
    }
}

/// A file that can be opened.
struct Input {
    found: Found,
    name: Arc<str>,
    source: Arc<str>,
}

impl Input {
    fn of(found: Found, told: Option<&Crs>, options: &Options) -> Result<Input, IngestError> {
        if let (Some(told), Format::Osm(_)) = (told.filter(|told| **told != Crs::Wgs84), found.format) {
            return Err(IngestError::OsmCrs { path: found.path.display().to_string(), crs: told.typed() });
        }
        let source = match (&options.source, found.format) {
            (Some(source), _) => source.trim().to_owned(),
            (None, Format::Osm(_)) => osm::SOURCE.to_owned(),
            (None, _) => found.stem.clone(),
        };
        let length = source.chars().count();
        if !(1..=100).contains(&length) || source.chars().any(char::is_control) {
            return Err(IngestError::BadSource { text: source.chars().take(100).collect() });
        }
        Ok(Input { name: found.name.as_str().into(), found, source: source.into() })
    }
}

/// The sources of the files. One that the store knows keeps its attribution where none is named.
fn sources(inputs: &[Input], options: &Options, store: &dyn Store) -> Result<Vec<Source>, StoreError> {
    let now = store.wait(Revision(0), Duration::ZERO)?;
    let known = store.changes(now)?.snapshot.sources;
    let mut sources: Vec<Source> = Vec::new();
    for input in inputs {
        if sources.iter().any(|source| source.name == input.source) {
            continue;
        }
        let before = known.iter().find(|source| source.name == input.source).map(|source| source.attribution.clone());
        let own = matches!(input.found.format, Format::Osm(_)).then(|| osm::ATTRIBUTION.to_owned());
        let attribution = options.attribution.clone().or(own).or(before).unwrap_or_default();
        sources.push(Source { name: input.source.clone(), attribution, demo: false });
    }
    Ok(sources)
}

/// The records of all files as writes for the store.
struct Intake<'a> {
    inputs: VecDeque<Input>,
    of: usize,
    options: &'a Options,
    /// The coordinates the person says the files are in.
    told: Option<Crs>,
    current: Option<Current>,
    done: Vec<FileReport>,
    rejects: Option<RejectFile>,
    error: Option<IngestError>,
    progress: &'a mut dyn FnMut(Progress<'_>),
}

/// The file at hand.
struct Current {
    path: PathBuf,
    reader: Box<dyn Reader>,
    mapper: Mapper,
    keys: Keys,
    told: Option<Crs>,
    settled: Settled,
    within: Option<Bounds>,
    suspicion: Suspicion,
    report: FileReport,
}

impl Iterator for Intake<'_> {
    type Item = Result<Write, Aborted>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.error.is_some() {
            return Some(Err(Aborted));
        }
        match self.advance() {
            Ok(feature) => feature.map(|feature| Ok(Write::Put(feature))),
            Err(error) => {
                self.error = Some(error);
                Some(Err(Aborted))
            }
        }
    }
}

impl Intake<'_> {
    fn advance(&mut self) -> Result<Option<Feature>, IngestError> {
        loop {
            if self.current.is_none() {
                let Some(input) = self.inputs.pop_front() else { return Ok(None) };
                self.current = Some(self.open(input)?);
            }
            let Some(current) = &mut self.current else { continue };
            match current.reader.next() {
                Some(Ok(Item::Ignored(why, count))) => *current.report.ignored.entry(why).or_default() += count,
                Some(Ok(Item::Record(mut record))) => {
                    if current.report.kept.is_multiple_of(4096) {
                        let (done, total) = current.reader.progress();
                        let share = 0.5 + 0.5 * (done as f64 / total.max(1) as f64).min(1.0);
                        let file = &current.report.file;
                        (self.progress)(Progress { file, nth: self.done.len() + 1, of: self.of, share });
                    }
                    geometry::to_wgs84(&mut record.geometry, &current.settled.crs);
                    match current.feature(&record) {
                        Ok(Some(feature)) => return Ok(Some(feature)),
                        Ok(None) => *current.report.ignored.entry(Ignored::OutsideBox {}).or_default() += 1,
                        Err(reason) => {
                            if let Some(rejects) = &mut self.rejects {
                                rejects.add(&current.report.file, &record, &reason)?;
                            }
                            current.report.reject(reason);
                        }
                    }
                }
                Some(Err(error)) => return Err(error),
                None => {
                    let report = current.finish()?;
                    (self.progress)(Progress { file: &report.file, nth: self.done.len() + 1, of: self.of, share: 1.0 });
                    self.done.push(report);
                    self.current = None;
                }
            }
        }
    }

    fn open(&mut self, input: Input) -> Result<Current, IngestError> {
        let mut remarks = Vec::new();
        let (path, format) = (&input.found.path, input.found.format);
        if let Some(promised) = format.belies(path) {
            remarks.push((Remark::OtherFormat { found: format.name(), promised: promised.name() }, 0));
        }
        let size = std::fs::metadata(path).map_or(1, |meta| meta.len()).max(1);
        let (nth, of) = (self.done.len() + 1, self.of);
        let progress = &mut self.progress;
        let mut columns = Vec::new();
        let (reader, mapper, keys, settled): (Box<dyn Reader>, _, _, _) = match format {
            Format::Osm(encoding) => {
                let reader = osm::open(path, encoding, self.options.layer, &mut |bytes| {
                    let share = bytes as f64 / (6 * size) as f64;
                    progress(Progress { file: &input.name, nth, of, share });
                })?;
                (Box::new(reader), Mapper::Tags(self.options.zone.clone()), Keys::own(), Settled::always(Crs::Wgs84))
            }
            _ => {
                let opened = table::open(&input.found, self.options, self.told.as_ref(), &mut remarks)?;
                columns = opened.columns;
                (
                    Box::new(opened.reader),
                    Mapper::Table(Box::new(opened.mapping), self.options.zone.clone()),
                    opened.keys,
                    opened.settled,
                )
            }
        };
        let report = FileReport {
            file: input.name,
            format,
            source: input.source,
            read: 0,
            kept: 0,
            seen: Default::default(),
            ignored: Default::default(),
            rejected: Vec::new(),
            remarks,
            columns,
            unmatched: Default::default(),
        };
        let (told, within) = (self.told.clone(), self.options.within);
        let suspicion = Suspicion::default();
        Ok(Current { path: input.found.path, reader, mapper, keys, told, settled, within, suspicion, report })
    }
}

impl Current {
    /// The feature of a record; `None` where it is outside the box.
    fn feature(&mut self, record: &Record) -> Result<Option<Feature>, Reason> {
        self.suspicion.look_at(&record.geometry);
        let layer = self.mapper.layer(record);
        let (shape, flaw) = geometry::shape(&record.geometry, layer)?;
        // Outside the box too, so that of a key that stands twice the same one is the second.
        let key = self.keys.key(layer, record, &shape);
        if self.within.is_some_and(|within| !shape.bounds().intersects(within)) {
            return Ok(None);
        }
        let mapped = self.mapper.map(layer, record);
        if let Some(example) = key.repeated {
            self.report.remark(Remark::KeyRepeated { example }, 1);
        }
        if record.cut {
            self.report.remark(Remark::Cut { layer: layer.name() }, 1);
        }
        if flaw.is_some() {
            self.report.remark(Remark::SelfCrossing { layer: layer.name() }, 1);
        }
        if layer.def().geometry == GeometryKind::Point && matches!(record.geometry, Geometry::Polygons(_)) {
            self.report.remark(Remark::AreaAsPlace { layer: layer.name() }, 1);
        }
        self.tell(layer, &mapped);
        let extra = (!mapped.extra.is_empty())
            .then(|| serde_json::Value::Object(mapped.extra.into_iter().collect()).to_string());
        self.report.kept += 1;
        *self.report.seen.entry((layer, self.report.source.clone())).or_default() += 1;
        Ok(Some(Feature {
            layer,
            source: self.report.source.clone(),
            source_key: key.key,
            shape,
            flaw,
            attributes: Attributes::pack(layer, &mapped.values),
            extra,
            origin: Origin { file: self.report.file.clone(), row: record.row },
        }))
    }

    fn tell(&mut self, layer: Layer, mapped: &Mapped) {
        for (ix, column, example) in &mapped.unread {
            let field = &layer.fields()[*ix];
            self.report.unread(field, column, example);
            let (column, example) = (column.to_string(), example.clone());
            self.report.remark(Remark::Unread { layer: layer.name(), field: field.name, column, example }, 1);
        }
        for &ix in &mapped.assumed {
            let field = &layer.fields()[ix];
            let word = field.assumed.unwrap_or_default();
            self.report.remark(Remark::Assumed { layer: layer.name(), field: field.name, word }, 1);
        }
        if layer == Layer::Hydrant && mapped.values[hydrant::STATE].is_none() {
            self.report.remark(Remark::StateUnknown { layer: layer.name() }, 1);
        }
    }

    /// The file's report, unless its coordinates are evidently something else.
    fn finish(&mut self) -> Result<FileReport, IngestError> {
        self.suspicion.verdict(&self.path, &self.settled.crs)?;
        // A file may say what it is in behind its features.
        self.settled.holds_to_the_end(&self.path, self.told.as_ref(), self.reader.crs())?;
        self.report.read = self.reader.read();
        debug_assert!(self.report.adds_up(), "{:?}", self.report);
        Ok(self.report.clone())
    }
}
