//! The engine: files in, one batch to the store, a report out. All files of a call are one transaction.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::changes::ChangeLog;
use super::coordinates::Settled;
use super::datum::{self, Sample};
use super::error::IngestError;
use super::format::Format;
use super::geometry::{self, Suspicion};
use super::grid::numerals::Numerals;
use super::hash;
use super::ignored::Ignored;
use super::inputs::{Found, Inputs, PassedOver, is_passed_over};
use super::key::{Key, Keys};
use super::lines::Lines;
use super::mapping::{Mapped, Mapper};
use super::osm;
use super::record::{Geometry, Item, Reader, Record};
use super::reject::{Reason, RejectFile, RejectedFrom};
use super::report::{Duplicates, FileReport, Remark, Report};
use super::returned::{self, PLACE, REJECT_PLACE, Rejected};
use super::table::{self, Before, Opened};
use super::unpack;
use crate::crs::Crs;
use crate::model::{Attributes, Bounds, Feature, GeometryKind, Layer, Origin, hydrant};
use crate::store::{Aborted, Batch, Import, ImportedFile, Revision, Source, Store, StoreError, Watch, Write};

/// What becomes of features that the files of their source and layer no longer hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// They stay.
    No,
    /// They are taken off the map, unless that is more than half of them.
    Rest,
    /// They are taken off the map however many they are.
    EvenMost,
}

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
    /// The column whose values are keys.
    pub key: Option<String>,
    /// Whether what a source no longer holds is taken off the map.
    pub replace: Replace,
    /// Do everything but keep nothing.
    pub dry_run: bool,
    /// Files that are not read where they lie in a folder: the store itself.
    pub except: Vec<PathBuf>,
    /// Where to write rejected rows.
    pub rejects: Option<PathBuf>,
    /// Where to write all rows of keys that stand more than once.
    pub duplicates: Option<PathBuf>,
    /// Where to write every change.
    pub changes: Option<PathBuf>,
    /// Write reports over files that are there.
    pub force: bool,
    /// The language of the reject report.
    pub lang: crate::model::Lang,
    /// The zone of times that do not say theirs.
    pub zone: TimeZone,
    /// Asked to, the import ends and keeps nothing.
    pub stop: Stop,
}

/// Ends an import from another thread. Clones ask the same one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the import to end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has been asked to.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
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
            key: None,
            replace: Replace::No,
            dry_run: false,
            except: Vec::new(),
            rejects: None,
            duplicates: None,
            changes: None,
            force: false,
            lang: crate::model::Lang::default(),
            zone: TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC),
            stop: Stop::default(),
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
    let known = sources(store).map_err(|cause| IngestError::Store { cause })?;
    let imports = store.imports().map_err(|cause| IngestError::Store { cause })?;
    let Inputs { found, mut passed_over, .. } = Inputs::of(files, &options.except)?;
    let found = of_sheet(found, files, options)?;
    let found = found_to_be_data(found, &mut passed_over, options, told.as_ref(), &imports)?;
    let inputs =
        found.into_iter().map(|found| Input::of(found, told.as_ref(), options)).collect::<Result<Vec<_>, _>>()?;
    if options.replace != Replace::No && options.within.is_some() {
        return Err(IngestError::ReplaceInBox {});
    }
    for path in [&options.rejects, &options.duplicates, &options.changes].into_iter().flatten() {
        if is_one_of(path, files) {
            let detail = "it is one of the files to import".to_owned();
            return Err(IngestError::RejectsUnwritable { path: path.display().to_string(), detail });
        }
        if path.exists() && !options.force {
            return Err(IngestError::ReportExists { path: path.display().to_string() });
        }
    }
    let changes = ChangeLog::new(options.changes.as_deref())?;
    let duplicates = options.duplicates.as_deref().map(Lines::begin_duplicates).transpose()?;
    let rejects = options.rejects.as_deref().map(|path| RejectFile::create(path, options.lang)).transpose()?;
    let mut intake = Intake {
        of: inputs.len(),
        inputs: inputs.into(),
        options,
        told,
        current: None,
        imports,
        known,
        waiting: VecDeque::new(),
        scope: BTreeSet::new(),
        without_key: 0,
        duplicates,
        done: Vec::new(),
        samples: Vec::new(),
        rejects,
        error: None,
        progress,
    };
    let dry_run = options.dry_run;
    let watch: Option<Box<dyn Watch>> = Some(Box::new(changes.clone()));
    let receipt = store.commit(Batch { actor: "import", sources: Vec::new(), writes: &mut intake, dry_run, watch });
    let Intake { mut done, samples, rejects, error, current, .. } = intake;
    // A store that has seen enough does not read a file to its end.
    done.extend(current.map(Current::so_far));
    if let Some(rejects) = rejects {
        // Of a file that broke off: what was rejected until then.
        rejects.finish()?;
    }
    match (error.or_else(|| changes.failure()), receipt) {
        (Some(IngestError::CrsUnclear { path, example, candidates, .. }), _) => {
            let candidates = candidates.measured(store).map_err(|cause| IngestError::Store { cause })?;
            let most_like = candidates.most_like();
            Err(IngestError::CrsUnclear { path, example, candidates, most_like })
        }
        (Some(error), _) => Err(error),
        (None, Err(cause)) => Err(IngestError::Store { cause }),
        (None, Ok(receipt)) => {
            // What is kept is kept: a store that cannot be read now leaves a remark out, no more.
            let remarks = datum::remarks(&samples, store).unwrap_or_else(|error| {
                tracing::warn!(%error, "the files were not held against what the store has");
                Vec::new()
            });
            for (report, remark) in done.iter_mut().zip(remarks) {
                report.remarks.extend(remark.map(|remark| (remark, 0)));
            }
            let changes = changes.finish()?;
            Ok(Report {
                files: done,
                passed_over,
                counts: receipt.counts,
                changes,
                revision: receipt.revision,
                dry_run,
            })
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
    imports: &[Import],
) -> Result<Vec<Found>, IngestError> {
    let mut data = Vec::new();
    let mut last = None;
    for found in found {
        if !found.opened || matches!(found.format, Format::Osm(_)) {
            data.push(found);
            continue;
        }
        let before = Before { imports, source: &found.stem };
        match table::open(&found, options, told, &before, &mut Vec::new()) {
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

/// The sources that the store knows.
fn sources(store: &dyn Store) -> Result<Vec<Source>, StoreError> {
    let now = store.wait(Revision(0), Duration::ZERO)?;
    Ok(store.changes(now)?.snapshot.sources)
}

/// The records of all files as writes for the store.
struct Intake<'a> {
    inputs: VecDeque<Input>,
    of: usize,
    options: &'a Options,
    /// The coordinates the person says the files are in.
    told: Option<Crs>,
    current: Option<Current>,
    /// What the store has imported before.
    imports: Vec<Import>,
    /// The store's sources, and those that were added.
    known: Vec<Source>,
    /// Writes that go before the next feature.
    waiting: VecDeque<Write>,
    /// The layers and sources that the files stand for.
    scope: BTreeSet<(Layer, Arc<str>)>,
    /// Rejected rows that nobody can tell which feature they stand for.
    without_key: u64,
    duplicates: Option<Lines>,
    done: Vec<FileReport>,
    /// Points of each file done, for the question whether they are in the system they were taken for.
    samples: Vec<Option<Sample>>,
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
    shape: TableShape,
    within: Option<Bounds>,
    suspicion: Suspicion,
    sample: Option<Sample>,
    report: FileReport,
}

impl Iterator for Intake<'_> {
    type Item = Result<Write, Aborted>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.error.is_some() {
            return Some(Err(Aborted));
        }
        if self.options.stop.is_asked() {
            self.error = Some(IngestError::Stopped {});
            return Some(Err(Aborted));
        }
        match self.advance() {
            Ok(write) => write.map(Ok),
            Err(error) => {
                self.error = Some(error);
                Some(Err(Aborted))
            }
        }
    }
}

impl Intake<'_> {
    fn advance(&mut self) -> Result<Option<Write>, IngestError> {
        loop {
            if let Some(write) = self.waiting.pop_front() {
                return Ok(Some(write));
            }
            if self.current.is_none() {
                match self.inputs.pop_front() {
                    Some(input) => self.current = Some(self.open(input)?),
                    None if self.scope.is_empty() => {
                        self.finish_reports()?;
                        return Ok(None);
                    }
                    None => self.retire_rest()?,
                }
                continue;
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
                    current.take_out(&mut record)?;
                    match current.feature(&record, &mut self.duplicates)? {
                        Ok(Some(feature)) if matches!(current.mapper, Mapper::Exported(..)) => {
                            let source = feature.source.clone();
                            if self.options.replace != Replace::No {
                                self.scope.insert((feature.layer, source.clone()));
                            }
                            self.source(&source, false);
                            self.waiting.push_back(Write::Amend(feature));
                        }
                        Ok(Some(feature)) => return Ok(Some(Write::Put(feature))),
                        Ok(None) => *current.report.ignored.entry(Ignored::OutsideBox {}).or_default() += 1,
                        Err((reason, key)) => {
                            self.without_key += u64::from(key.is_none());
                            if let (Some(source_key), true) = (&key, self.options.replace != Replace::No) {
                                let source = current.source(&record);
                                let (layer, source_key) = (current.mapper.layer(&record), source_key.clone());
                                self.waiting.push_back(Write::Spare { layer, source, source_key });
                            }
                            current.report.reject(reason.clone());
                            self.reject(&record, key.as_deref(), &reason)?;
                        }
                    }
                }
                Some(Err(error)) => return Err(error),
                None => {
                    let report = current.finish()?;
                    self.samples.push(current.sample.take());
                    (self.progress)(Progress { file: &report.file, nth: self.done.len() + 1, of: self.of, share: 1.0 });
                    self.done.push(report);
                    self.current = None;
                }
            }
        }
    }

    /// Puts the reports in their places, before the store keeps anything: where one cannot be written nothing is kept.
    fn finish_reports(&mut self) -> Result<(), IngestError> {
        self.duplicates.take().map_or(Ok(()), Lines::finish)?;
        self.rejects.take().map_or(Ok(()), RejectFile::finish)
    }

    /// All files are read: what their sources held before and hold no more goes.
    fn retire_rest(&mut self) -> Result<(), IngestError> {
        let even_most = match self.options.replace {
            Replace::Rest if self.without_key > 0 => {
                return Err(IngestError::ReplaceUnsure { rows: self.without_key });
            }
            replace => replace == Replace::EvenMost,
        };
        let scope = std::mem::take(&mut self.scope);
        self.waiting.extend(scope.into_iter().map(|(layer, source)| Write::RetireRest { layer, source, even_most }));
        Ok(())
    }

    /// Tells the store of a source. One that it knows keeps its attribution where none is named.
    fn source(&mut self, name: &Arc<str>, is_osm: bool) {
        let known = self.known.iter().find(|source| source.name == *name);
        let own = is_osm.then(|| osm::ATTRIBUTION.to_owned());
        let before = known.map(|source| source.attribution.clone());
        let attribution = self.options.attribution.clone().or(own).or(before).unwrap_or_default();
        let source = Source { name: name.clone(), attribution, demo: known.is_some_and(|source| source.demo) };
        if !self.known.contains(&source) {
            self.known.retain(|known| known.name != *name);
            self.known.push(source.clone());
            self.waiting.push_back(Write::Source(source));
        }
    }

    /// Says which file comes, and what it stands for.
    fn begin(
        &mut self,
        path: &Path,
        report: &FileReport,
        layer: Option<Layer>,
        keys: &Keys,
    ) -> Result<(), IngestError> {
        let (hash, bytes) = hash::of_file(path).map_err(|err| unpack::explain(path, &err))?;
        if self.options.replace != Replace::No {
            let layers = layer.or(self.options.layer).map_or(Layer::ALL.to_vec(), |layer| vec![layer]);
            self.scope.extend(layers.into_iter().map(|layer| (layer, report.source.clone())));
        }
        self.waiting.push_back(Write::File(ImportedFile {
            file: report.file.clone(),
            source: report.source.clone(),
            layer,
            hash: Some(hash),
            bytes,
            row_key: Some(keys.told()),
        }));
        Ok(())
    }

    fn open(&mut self, mut input: Input) -> Result<Current, IngestError> {
        let mut remarks = Vec::new();
        let (path, format) = (&input.found.path, input.found.format);
        if let Some(promised) = format.belies(path) {
            remarks.push((Remark::OtherFormat { found: format.name(), promised: promised.name() }, 0));
        }
        let size = std::fs::metadata(path).map_or(1, |meta| meta.len()).max(1);
        let (nth, of) = (self.done.len() + 1, self.of);
        let progress = &mut self.progress;
        let mut reports = Vec::new();
        let (reader, mapper, keys, settled, shape): (Box<dyn Reader>, _, _, _, _) = match format {
            Format::Osm(encoding) => {
                let reader = osm::open(path, encoding, self.options.layer, &mut |bytes| {
                    let share = bytes as f64 / (6 * size) as f64;
                    progress(Progress { file: &input.name, nth, of, share });
                })?;
                let (tags, shape) = (Mapper::Tags(self.options.zone.clone()), TableShape::default());
                (Box::new(reader), tags, Keys::own(), Settled::always(Crs::Wgs84), shape)
            }
            _ => {
                let before = Before { imports: &self.imports, source: &input.source };
                let told = self.told.as_ref();
                let opened = table::open(&input.found, self.options, told, &before, &mut remarks)?;
                if let Some(source) = opened.source {
                    input.source = source.as_str().into();
                }
                reports = opened.reports;
                let Opened { columns, place_columns, rejected, .. } = opened;
                let shape = TableShape { columns, place_columns, rejected };
                (Box::new(opened.reader), opened.mapper, opened.keys, opened.settled, shape)
            }
        };
        if self.options.replace != Replace::No && shape.rejected.is_some() {
            return Err(IngestError::ReplaceByRejects { path: input.found.path.display().to_string() });
        }
        let report = FileReport {
            file: input.name,
            format,
            source: input.source,
            crs: settled.crs.clone(),
            read: 0,
            kept: 0,
            seen: Default::default(),
            ignored: Default::default(),
            rejected: Vec::new(),
            duplicates: Duplicates::default(),
            remarks,
            columns: reports,
            unmatched: Default::default(),
        };
        self.source(&report.source, matches!(format, Format::Osm(_)));
        self.begin(&input.found.path, &report, mapper.one_layer(), &keys)?;
        let (told, within) = (self.told.clone(), self.options.within);
        let suspicion = Suspicion::default();
        let sample = Sample::of(&settled.crs).filter(|_| !matches!(format, Format::Osm(_)));
        Ok(Current {
            path: input.found.path,
            reader,
            mapper,
            keys,
            told,
            settled,
            shape,
            within,
            suspicion,
            sample,
            report,
        })
    }

    /// Writes a rejected row down.
    fn reject(&mut self, record: &Record, key: Option<&str>, reason: &Reason) -> Result<(), IngestError> {
        let (Some(rejects), Some(current)) = (&mut self.rejects, &self.current) else { return Ok(()) };
        let Current { mapper, shape, report, settled, .. } = current;
        let layer = mapper.layer(record);
        let columns = mapper.columns(&shape.columns).map(|pairs| {
            let places = shape.place_columns.iter().map(|column| (column.to_string(), PLACE.to_owned()));
            pairs.into_iter().chain(places).collect()
        });
        let import = Rejected { layer, source: report.source.to_string(), crs: settled.crs.typed(), columns };
        let place_in_columns = !shape.place_columns.is_empty() && shape.place_columns != [REJECT_PLACE.into()];
        let from = RejectedFrom { file: &report.file, import: &import, columns: &shape.columns, place_in_columns };
        rejects.add(&from, record, key, reason)
    }
}

/// The columns of a table.
#[derive(Default)]
struct TableShape {
    columns: Vec<Box<str>>,
    place_columns: Vec<Box<str>>,
    /// What it remembers, if it is a report of rejects.
    rejected: Option<Rejected>,
}

/// The feature of a record, `None` where it is outside the box; or why it is rejected, and the key it gives itself.
type Taken = Result<Option<Feature>, (Reason, Option<Box<str>>)>;

impl Current {
    /// Takes out of a row of rejects what the report has added.
    fn take_out(&self, record: &mut Record) -> Result<(), IngestError> {
        let Some(first) = &self.shape.rejected else { return Ok(()) };
        let told = Rejected::of(record);
        // Tags of OpenStreetMap tell a layer each.
        let is_osm = first.columns.is_none();
        let same = told.as_ref().is_some_and(|told| {
            (told.source == first.source && told.crs == first.crs && told.columns == first.columns)
                && (is_osm || told.layer == first.layer)
        });
        if !same {
            return Err(IngestError::MixedRejects { path: self.path.display().to_string(), row: record.row });
        }
        record.layer = told.map(|told| told.layer).filter(|_| is_osm);
        returned::take_out(record);
        Ok(())
    }

    /// The source of a record's feature.
    fn source(&self, record: &Record) -> Arc<str> {
        let named = match &self.mapper {
            Mapper::Exported(exported, _) => exported.source(record),
            _ => None,
        };
        named.map_or_else(|| self.report.source.clone(), Into::into)
    }

    /// The feature of a record; `None` where it is outside the box. Of a rejected one the reason, and its key where it
    /// gives one itself.
    fn feature(&mut self, record: &Record, duplicates: &mut Option<Lines>) -> Result<Taken, IngestError> {
        self.suspicion.look_at(&record.geometry);
        let layer = self.mapper.layer(record);
        // Of rejected rows and those outside the box too, so that of a key that stands twice the same one is the second.
        let given = self.keys.given(layer, record);
        if let Some(Key { key, repeated: Some(repeated) }) = &given {
            self.report.duplicates.add(&repeated.key, repeated.first_row, repeated.nth, record.row);
            if let Some(lines) = duplicates {
                lines.duplicate(&self.report.file, layer, repeated, record.row, key)?;
            }
        }
        let (shape, flaw) = match geometry::shape(&record.geometry, layer) {
            Ok(shape) => shape,
            Err(reason) => return Ok(Err((reason, given.map(|given| given.key)))),
        };
        let key = given.unwrap_or_else(|| self.keys.of_place(layer, &shape, record.row));
        if self.within.is_some_and(|within| !shape.bounds().intersects(within)) {
            return Ok(Ok(None));
        }
        let mapped = self.mapper.map(layer, record);
        if let Some(repeated) = key.repeated {
            self.report.remark(Remark::KeyRepeated { example: repeated.key }, 1);
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
        let source = self.source(record);
        let extra = (!mapped.extra.is_empty())
            .then(|| serde_json::Value::Object(mapped.extra.into_iter().collect()).to_string());
        if let (Geometry::Points(_), Some(sample)) = (&record.geometry, &mut self.sample) {
            sample.add(shape.first());
        }
        self.report.kept += 1;
        *self.report.seen.entry((layer, source.clone())).or_default() += 1;
        Ok(Ok(Some(Feature {
            layer,
            source,
            source_key: key.key,
            shape,
            flaw,
            attributes: Attributes::pack(layer, &mapped.values),
            extra,
            origin: Origin { file: self.report.file.clone(), row: record.row },
        })))
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

    /// The report of a file that is read no further.
    fn so_far(self) -> FileReport {
        FileReport {
            read: self.report.kept + self.report.rejected_in_all() + self.report.ignored_in_all(),
            ..self.report
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
