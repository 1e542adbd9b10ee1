//! The file at hand: from each of its records to a feature, or the reason why there is none.

use std::path::PathBuf;
use std::sync::Arc;

use super::coordinates::Settled;
use super::datum::Sample;
use super::error::IngestError;
use super::geometry::{self, Suspicion};
use super::key::{Key, Keys};
use super::lines::Lines;
use super::mapping::{Mapped, Mapper};
use super::record::{Geometry, Reader, Record};
use super::reject::Reason;
use super::report::{FileReport, Remark};
use super::returned::{self, Rejected};
use crate::crs::Crs;
use crate::model::{Attributes, Bounds, Feature, GeometryKind, Layer, Origin, hydrant};

/// The file at hand.
pub(super) struct Current {
    pub path: PathBuf,
    pub reader: Box<dyn Reader>,
    pub mapper: Mapper,
    pub keys: Keys,
    pub told: Option<Crs>,
    pub settled: Settled,
    pub shape: TableShape,
    pub within: Option<Bounds>,
    pub suspicion: Suspicion,
    pub sample: Option<Sample>,
    pub report: FileReport,
}

/// The columns of a table.
#[derive(Default)]
pub(super) struct TableShape {
    pub columns: Vec<Box<str>>,
    pub place_columns: Vec<Box<str>>,
    /// What it remembers, if it is a report of rejects.
    pub rejected: Option<Rejected>,
}

/// The feature of a record, `None` where it is outside the box; or why it is rejected, and the key it gives itself.
pub(super) type Taken = Result<Option<Feature>, (Reason, Option<Box<str>>)>;

impl Current {
    /// Takes out of a row of rejects what the report has added.
    pub fn take_out(&self, record: &mut Record) -> Result<(), IngestError> {
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
    pub fn source(&self, record: &Record) -> Arc<str> {
        let named = match &self.mapper {
            Mapper::Exported(exported, _) => exported.source(record),
            _ => None,
        };
        named.map_or_else(|| self.report.source.clone(), Into::into)
    }

    /// The feature of a record; `None` where it is outside the box. Of a rejected one the reason, and its key where it
    /// gives one itself.
    pub fn feature(&mut self, record: &Record, duplicates: &mut Option<Lines>) -> Result<Taken, IngestError> {
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
        self.tell(layer, &mapped, record.row);
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

    fn tell(&mut self, layer: Layer, mapped: &Mapped, row: u64) {
        for (ix, column, example) in &mapped.unread {
            let field = &layer.fields()[*ix];
            self.report.unread(field, column, example);
            let (column, example) = (column.to_string(), example.clone());
            self.report.remark(Remark::Unread { layer: layer.name(), field: field.name, column, example, row }, 1);
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
    pub fn so_far(self) -> FileReport {
        FileReport {
            read: self.report.kept + self.report.rejected_in_all() + self.report.ignored_in_all(),
            ..self.report
        }
    }

    /// The file's report, unless its coordinates are evidently something else.
    pub fn finish(&mut self) -> Result<FileReport, IngestError> {
        self.suspicion.verdict(&self.path, &self.settled.crs)?;
        // A file may say what it is in behind its features.
        self.settled.holds_to_the_end(&self.path, self.told.as_ref(), self.reader.crs())?;
        self.report.read = self.reader.read();
        debug_assert!(self.report.adds_up(), "{:?}", self.report);
        Ok(self.report.clone())
    }
}
