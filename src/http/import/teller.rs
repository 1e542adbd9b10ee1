//! Tells of an import in the reader's language. Files are told by their names, not by where they lie.

use serde_json::{Value, json};

use super::asks::{self, layers_of};
use super::desk::{Drop, Ended, Failed, Work};
use super::labels;
use super::told::{
    ChangedTold, ColumnTold, CountsTold, CrsCandidate, CrsTold, FileTold, LookTold, PassedTold, ProfileTold,
    ProgressTold, RejectsTold, RepeatedTold, ReportTold, Said, StaysTold, Trouble,
};
use crate::http::error::Refusal;
use crate::ingest::{self, ColumnReport, FileReport, IngestError, Remark, Report, Seen, Stays};
use crate::model::{Lang, Layer, Speak};
use crate::report::geometry;
use crate::store::StoreError;

/// How many rejected rows are shown.
const FIRST_REJECTS: usize = 20;

/// Tells of an import in a language.
pub struct Teller<'a> {
    drop: &'a Drop,
    lang: Lang,
}

impl Teller<'_> {
    pub fn new(drop: &Drop, lang: Lang) -> Teller<'_> {
        Teller { drop, lang }
    }

    /// How far it is.
    pub fn progress(&self) -> ProgressTold {
        let at = |state| ProgressTold { state, file: None, nth: 0, of: 0, share: 0.0, report: None, trouble: None };
        match self.drop.work() {
            Work::Waiting => at("waiting"),
            Work::Underway { keeps, file, nth, of, share } => {
                let state = if keeps { "importing" } else { "rehearsing" };
                ProgressTold { file: Some(file), nth, of, share, ..at(state) }
            }
            Work::Done { keeps, outcome } => match &*outcome {
                Ok(ended) => {
                    let state = match (keeps, ended.report.kept()) {
                        (false, _) => "rehearsed",
                        (true, 0) => "nothing_kept",
                        (true, _) => "imported",
                    };
                    ProgressTold { share: 1.0, report: Some(self.report(ended)), ..at(state) }
                }
                Err(Failed::Ingest(error)) => ProgressTold { trouble: Some(self.trouble(error)), ..at("failed") },
                Err(Failed::Fault) => {
                    let refusal = Refusal::Fault {};
                    let (code, message) = (refusal.code().to_owned(), refusal.say(self.lang));
                    let (layers, systems, asks) = (Vec::new(), Vec::new(), Vec::new());
                    let trouble = Trouble { code, message, layers, systems, asks };
                    ProgressTold { trouble: Some(trouble), ..at("failed") }
                }
            },
        }
    }

    /// What the beginning of the files shows.
    pub fn look(&self, report: &Report, seen: &Seen, waits: Option<Refusal>, sheets: Vec<String>) -> LookTold {
        let files = report.files.iter().map(|file| self.file(file)).collect();
        let waits = waits.map(|refusal| refusal.say(self.lang));
        LookTold { files, trouble: None, shapes: shapes(seen), waits, sheets }
    }

    /// Why the files cannot be imported as they are, and what can be shown all the same.
    pub fn look_failed(&self, error: &IngestError, seen: Option<Seen>, sheets: Vec<String>) -> LookTold {
        let trouble = Some(self.trouble(error));
        LookTold { files: Vec::new(), trouble, shapes: shapes(&seen.unwrap_or_default()), waits: None, sheets }
    }

    fn report(&self, Ended { report, stays, profile }: &Ended) -> ReportTold {
        let counts = report.counts.iter().map(|(layer, counts)| CountsTold {
            layer: layer.name(),
            added: counts.added,
            changed: counts.changed,
            unchanged: counts.unchanged,
            retired: counts.retired,
        });
        let changes = report.changes.iter().map(|((layer, field), changes)| ChangedTold {
            layer: layer.name(),
            field: field.clone(),
            count: changes.count,
            examples: changes.examples.clone(),
        });
        let passed_over = report
            .passed_over
            .iter()
            .map(|passed| PassedTold { file: passed.file.clone(), message: self.on_screen(passed.why.say(self.lang)) });
        let first = ingest::first_rejects(&self.drop.rejects(), FIRST_REJECTS).filter(|_| report.rejected() > 0);
        ReportTold {
            files: report.files.iter().map(|file| self.file(file)).collect(),
            passed_over: passed_over.collect(),
            counts: counts.collect(),
            changes: changes.collect(),
            kept: report.kept(),
            rejected: report.rejected(),
            revision: report.revision.0,
            first_rejects: first.map(|(columns, rows)| RejectsTold { columns, rows }),
            stays: stays.iter().map(stays_told).collect(),
            profile: profile.as_ref().map(|kept| ProfileTold {
                kept: kept.as_ref().ok().cloned(),
                message: kept.as_ref().err().map(|error| self.on_screen(error.say(self.lang))),
            }),
        }
    }

    fn file(&self, file: &FileReport) -> FileTold {
        let mut layers: Vec<&'static str> = file.seen.keys().map(|(layer, _)| layer.name()).collect();
        layers.dedup();
        if layers.is_empty() {
            layers.extend(file.remarks.iter().find_map(|(remark, _)| match remark {
                Remark::LayerGuessed { layer, .. } => Some(*layer),
                _ => None,
            }));
        }
        FileTold {
            file: file.file.to_string(),
            format: file.format.name().to_owned(),
            source: file.source.to_string(),
            crs: CrsTold { typed: file.crs.typed(), name: file.crs.name().to_owned() },
            layers,
            columns: columns(file, self.lang),
            asks: asks::of_file(file),
            repeated: file
                .duplicates
                .keys
                .iter()
                .map(|(key, rows)| RepeatedTold { key: key.clone(), rows: rows.clone() })
                .collect(),
            repeated_in_all: file.duplicates.keys_in_all,
            remarks: file.remarks.iter().map(|(remark, count)| self.said(remark, *count)).collect(),
            read: file.read,
            kept: file.kept,
            rejected: file.rejected.iter().map(|(reason, count)| self.said(reason, *count)).collect(),
            ignored: file.ignored.iter().map(|(why, count)| self.said(why, *count)).collect(),
        }
    }

    fn said(&self, what: &dyn Speak, count: u64) -> Said {
        Said { code: what.code().to_owned(), message: self.on_screen(what.say(self.lang)), count }
    }

    fn trouble(&self, error: &IngestError) -> Trouble {
        let systems = match error {
            IngestError::CrsUnclear { candidates, .. } => candidates.all().collect(),
            _ => Vec::new(),
        };
        let systems = systems.into_iter().map(|(candidate, distance_m)| CrsCandidate {
            typed: candidate.crs.typed(),
            name: candidate.crs.name().to_owned(),
            at: candidate.at,
            distance_m,
        });
        let layers = layers_of(error).into_iter().map(Layer::name).collect();
        let (code, message) = match error {
            // What the person can decide is said; what only the server's log should hold is not.
            IngestError::Store { cause: cause @ StoreError::RetiresMost { .. } } => {
                (cause.code(), self.on_screen(cause.say(self.lang)))
            }
            IngestError::Store { cause } => {
                let refusal = match cause {
                    StoreError::Busy { .. } => Refusal::StoreBusy {},
                    StoreError::DiskFull { .. } => Refusal::DiskFull {},
                    _ => Refusal::StoreFailed {},
                };
                tracing::error!(error = %cause, "an import could not be written");
                (refusal.code(), refusal.say(self.lang))
            }
            other => (other.code(), self.on_screen(other.say(self.lang))),
        };
        Trouble { code: code.to_owned(), message, layers, systems: systems.collect(), asks: asks::of_error(error) }
    }

    /// A sentence that names files as the person knows them, and fields of the screen instead of flags.
    fn on_screen(&self, sentence: String) -> String {
        let folder = self.drop.tray.files_folder().display().to_string();
        labels::with_labels(&sentence.replace(&format!("{folder}/"), "").replace(&folder, ""), self.lang)
    }
}

fn stays_told(stays: &Stays) -> StaysTold {
    StaysTold { layer: stays.layer.name(), source: stays.source.to_string(), count: stays.count }
}

/// Shapes as GeoJSON with the bounds of all.
pub fn shapes(seen: &Seen) -> Value {
    let features = seen.shapes.iter().map(
        |(layer, shape)| json!({"type": "Feature", "geometry": geometry(shape.as_ref()), "properties": {"layer": layer.name()}}),
    );
    let bbox = seen.bounds.map(|bounds| {
        let (min, max) = (bounds.min, bounds.max);
        [min.lon_degrees(), min.lat_degrees(), max.lon_degrees(), max.lat_degrees()]
    });
    let mut told =
        json!({"type": "FeatureCollection", "features": features.collect::<Vec<_>>(), "seen": seen.features});
    if let Some(bbox) = bbox {
        told["bbox"] = json!(bbox);
    }
    told
}

/// Where the columns of a file go.
fn columns(file: &FileReport, lang: Lang) -> Vec<ColumnTold> {
    let told = |column: &ColumnReport| ColumnTold {
        column: column.column.to_string(),
        field: column.field.map(str::to_owned),
        taken: column.taken,
        why: column.why.as_ref().map(|why| labels::with_labels(&why.say(lang), lang)),
        unit: column.unit.clone(),
        example: column.example.clone(),
        unread: column.unread,
    };
    file.columns.iter().map(told).collect()
}
