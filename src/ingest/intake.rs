//! The records of all files of an import, one after the other, as writes for the store.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::again::{Before, Brought};
use super::coordinates::Settled;
use super::current::{Current, TableShape};
use super::datum::Sample;
use super::error::IngestError;
use super::format::Format;
use super::geometry::{self, Suspicion};
use super::hash;
use super::hgt;
use super::ignored::Ignored;
use super::inputs::Found;
use super::key::Keys;
use super::lines::Lines;
use super::mapping::Mapper;
use super::options::{Options, Progress, Replace};
use super::osm;
use super::record::{Item, Reader, Record};
use super::reject::{Reason, RejectFile, RejectedFrom};
use super::report::{Duplicates, FileReport, Remark};
use super::returned::{PLACE, REJECT_PLACE, Rejected};
use super::table::{self, Opened};
use super::unpack;
use crate::crs::Crs;
use crate::model::{Layer, Square};
use crate::store::{Aborted, Import, ImportedFile, Source, Store, Write};

/// A file that can be opened.
pub(super) struct Input {
    found: Found,
    name: Arc<str>,
    source: Arc<str>,
}

impl Input {
    /// Checks that a file can be opened as is said, and settles its source.
    pub fn of(found: Found, told: Option<&Crs>, options: &Options) -> Result<Input, IngestError> {
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

/// The records of all files as writes for the store.
pub(super) struct Intake<'a> {
    inputs: VecDeque<Input>,
    of: usize,
    options: &'a Options,
    /// The coordinates the person says the files are in.
    told: Option<Crs>,
    pub current: Option<Current>,
    /// What the store has imported before.
    imports: Vec<Import>,
    store: &'a dyn Store,
    /// What files of this call have brought, as long as more are to come.
    brought: Brought,
    /// The store's sources, and those that were added.
    known: Vec<Source>,
    /// Writes that go before the next feature.
    waiting: VecDeque<Write>,
    /// The layers and sources that the files stand for.
    scope: BTreeSet<(Layer, Arc<str>)>,
    /// The squares of heights that have come, with their files and what tells the heights apart.
    squares: BTreeMap<Square, (Arc<str>, u64)>,
    /// Rejected rows that nobody can tell which feature they stand for.
    without_key: u64,
    duplicates: Option<Lines>,
    pub done: Vec<FileReport>,
    /// Points of each file done, for the question whether they are in the system they were taken for.
    pub samples: Vec<Option<Sample>>,
    pub rejects: Option<RejectFile>,
    pub error: Option<IngestError>,
    progress: &'a mut dyn FnMut(Progress<'_>),
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

impl<'a> Intake<'a> {
    /// Of files to read, with the reports that are asked for begun.
    pub fn new(
        inputs: Vec<Input>,
        options: &'a Options,
        told: Option<Crs>,
        imports: Vec<Import>,
        known: Vec<Source>,
        store: &'a dyn Store,
        progress: &'a mut dyn FnMut(Progress<'_>),
    ) -> Result<Intake<'a>, IngestError> {
        Ok(Intake {
            of: inputs.len(),
            inputs: inputs.into(),
            options,
            told,
            current: None,
            imports,
            store,
            brought: Brought::default(),
            known,
            waiting: VecDeque::new(),
            scope: BTreeSet::new(),
            squares: BTreeMap::new(),
            without_key: 0,
            duplicates: options.duplicates.as_deref().map(Lines::begin_duplicates).transpose()?,
            done: Vec::new(),
            samples: Vec::new(),
            rejects: options.rejects.as_deref().map(|path| RejectFile::create(path, options.lang)).transpose()?,
            error: None,
            progress,
        })
    }

    fn advance(&mut self) -> Result<Option<Write>, IngestError> {
        loop {
            if let Some(write) = self.waiting.pop_front() {
                return Ok(Some(write));
            }
            if self.current.is_none() {
                match self.inputs.pop_front() {
                    Some(input) if input.found.format == Format::Hgt => self.relief(input)?,
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
                        Ok(Some(feature)) => {
                            if !self.inputs.is_empty() {
                                self.brought.add(&feature);
                            }
                            return Ok(Some(Write::Put(feature)));
                        }
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
        if self.options.replace != Replace::No {
            let layers = layer.or(self.options.layer).map_or(Layer::ALL.to_vec(), |layer| vec![layer]);
            self.scope.extend(layers.into_iter().map(|layer| (layer, report.source.clone())));
        }
        self.begin_file(path, report, layer, Some(keys.told()))
    }

    /// Says which file comes.
    fn begin_file(
        &mut self,
        path: &Path,
        report: &FileReport,
        layer: Option<Layer>,
        row_key: Option<String>,
    ) -> Result<(), IngestError> {
        let (hash, bytes) = hash::of_file(path).map_err(|err| unpack::explain(path, &err))?;
        self.waiting.push_back(Write::File(ImportedFile {
            file: report.file.clone(),
            source: report.source.clone(),
            layer,
            hash: Some(hash),
            bytes,
            row_key,
        }));
        Ok(())
    }

    /// Hands a square of heights on. They are in WGS 84 whatever the other files are in, and no features of a layer.
    fn relief(&mut self, input: Input) -> Result<(), IngestError> {
        let Input { found: Found { path, format, .. }, name, source } = input;
        let tile = hgt::read(&path)?;
        let hash = xxh3_64(&tile.samples().iter().flat_map(|height| height.to_le_bytes()).collect::<Vec<u8>>());
        match self.squares.insert(tile.square(), (name.clone(), hash)) {
            Some((other, known)) if known != hash => {
                let (path, other) = (path.display().to_string(), other.to_string());
                return Err(IngestError::ReliefTwice { path, other });
            }
            _ => {}
        }
        if self.options.attribution.is_some() {
            self.source(&source, false);
        }
        let report = FileReport {
            file: name,
            format,
            source,
            crs: Crs::Wgs84,
            read: 1,
            kept: 1,
            seen: Default::default(),
            ignored: Default::default(),
            rejected: Vec::new(),
            duplicates: Duplicates::default(),
            remarks: vec![(hgt::remark(&tile), 0)],
            columns: Vec::new(),
            unmatched: Default::default(),
        };
        self.begin_file(&path, &report, None, None)?;
        self.waiting.push_back(Write::Relief(tile));
        (self.progress)(Progress { file: &report.file, nth: self.done.len() + 1, of: self.of, share: 1.0 });
        self.samples.push(None);
        self.done.push(report);
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
                let (store, brought) = (self.store, &self.brought);
                let before = Before { store, brought, imports: &self.imports, source: &input.source };
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
