//! What is found in files and what became of them, as data and in the reader's language. No path of this machine is in
//! it: files are told by their names.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::desk::{Drop, Failed, Work};
use crate::http::error::Refusal;
use crate::ingest::{self, ColumnReport, FileReport, IngestError, Remark, Report, Seen};
use crate::model::{Lang, Layer, Speak};
use crate::report::geometry;
use crate::store::StoreError;

/// How many rejected rows are shown.
const FIRST_REJECTS: usize = 20;

/// A sentence, with a word that a program can match on and how many records it concerns (0: the whole file).
#[derive(Serialize, ToSchema)]
pub struct Said {
    code: String,
    message: String,
    count: u64,
}

/// A system of coordinates.
#[derive(Serialize, ToSchema)]
pub struct CrsTold {
    /// What to say to have it.
    typed: String,
    /// What it is called.
    name: String,
}

/// A system that would explain the numbers.
#[derive(Serialize, ToSchema)]
pub struct CrsCandidate {
    typed: String,
    name: String,
    /// Longitude and latitude where it puts the middle of the data.
    at: [f64; 2],
    /// Metres from there to what the store holds.
    distance_m: Option<f64>,
}

/// Why files cannot be imported as they are, and what could be meant.
#[derive(Serialize, ToSchema)]
pub struct Trouble {
    code: String,
    message: String,
    /// Layers that could be meant.
    layers: Vec<&'static str>,
    /// Systems of coordinates that could be meant.
    systems: Vec<CrsCandidate>,
}

/// A column of a table and where it goes.
#[derive(Serialize, ToSchema)]
pub struct ColumnTold {
    column: String,
    /// The field that takes it, or that it looks like.
    field: Option<String>,
    /// Whether the field takes it; else the field is only a proposal.
    taken: bool,
    why: Option<String>,
    unit: String,
    example: Option<String>,
    /// Cells that could not be read.
    unread: u64,
}

/// What a file is taken for, and what became of it.
#[derive(Serialize, ToSchema)]
pub struct FileTold {
    file: String,
    format: String,
    source: String,
    crs: CrsTold,
    /// The layers of its features.
    layers: Vec<&'static str>,
    columns: Vec<ColumnTold>,
    remarks: Vec<Said>,
    read: u64,
    kept: u64,
    rejected: Vec<Said>,
    ignored: Vec<Said>,
}

/// What the beginning of files shows.
#[derive(Serialize, ToSchema)]
pub struct LookTold {
    files: Vec<FileTold>,
    /// Why they cannot be imported as they are.
    trouble: Option<Trouble>,
    /// Shapes for a map, as GeoJSON.
    #[schema(value_type = Object)]
    shapes: Value,
    /// Why the whole counts are not worked out now.
    waits: Option<String>,
}

/// What the store made of a layer's features.
#[derive(Serialize, ToSchema)]
pub struct CountsTold {
    layer: &'static str,
    added: u64,
    changed: u64,
    unchanged: u64,
    retired: u64,
}

/// What became different in a field of rows that were there before.
#[derive(Serialize, ToSchema)]
pub struct ChangedTold {
    layer: &'static str,
    /// `geom`, `flaw`, a field's name, or a column's.
    field: String,
    count: u64,
    /// Key, what it was, what it is; nothing where it may be personal.
    examples: Vec<(String, String, String)>,
}

/// A file that is no data.
#[derive(Serialize, ToSchema)]
pub struct PassedTold {
    file: String,
    message: String,
}

/// The first rejected rows.
#[derive(Serialize, ToSchema)]
pub struct RejectsTold {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// What became of an import.
#[derive(Serialize, ToSchema)]
pub struct ReportTold {
    files: Vec<FileTold>,
    passed_over: Vec<PassedTold>,
    counts: Vec<CountsTold>,
    changes: Vec<ChangedTold>,
    kept: u64,
    rejected: u64,
    /// The store's revision after it.
    revision: u64,
    first_rejects: Option<RejectsTold>,
}

/// How far an import is.
#[derive(Serialize, ToSchema)]
pub struct ProgressTold {
    /// `waiting`, `rehearsing`, `importing`, `rehearsed`, `imported`, `nothing_kept` or `failed`.
    state: &'static str,
    /// The file at hand, its number of so many, and how far it is from 0 to 1.
    file: Option<String>,
    nth: usize,
    of: usize,
    share: f64,
    report: Option<ReportTold>,
    trouble: Option<Trouble>,
}

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
                Ok(report) => {
                    let state = match (keeps, report.kept()) {
                        (false, _) => "rehearsed",
                        (true, 0) => "nothing_kept",
                        (true, _) => "imported",
                    };
                    ProgressTold { share: 1.0, report: Some(self.report(report)), ..at(state) }
                }
                Err(Failed::Ingest(error)) => ProgressTold { trouble: Some(self.trouble(error)), ..at("failed") },
                Err(Failed::Fault) => {
                    let refusal = Refusal::Fault {};
                    let (code, message) = (refusal.code().to_owned(), refusal.say(self.lang));
                    let trouble = Trouble { code, message, layers: Vec::new(), systems: Vec::new() };
                    ProgressTold { trouble: Some(trouble), ..at("failed") }
                }
            },
        }
    }

    /// What the beginning of the files shows.
    pub fn look(&self, report: &Report, seen: &Seen, waits: Option<Refusal>) -> LookTold {
        let files = report.files.iter().map(|file| self.file(file)).collect();
        let waits = waits.map(|refusal| refusal.say(self.lang));
        LookTold { files, trouble: None, shapes: shapes(seen), waits }
    }

    /// Why the files cannot be imported as they are, and what can be shown all the same.
    pub fn look_failed(&self, error: &IngestError, seen: Option<Seen>) -> LookTold {
        let trouble = Some(self.trouble(error));
        LookTold { files: Vec::new(), trouble, shapes: shapes(&seen.unwrap_or_default()), waits: None }
    }

    fn report(&self, report: &Report) -> ReportTold {
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
        let passed_over = report.passed_over.iter().map(|passed| PassedTold {
            file: passed.file.clone(),
            message: self.without_paths(passed.why.say(self.lang)),
        });
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
            remarks: file.remarks.iter().map(|(remark, count)| self.said(remark, *count)).collect(),
            read: file.read,
            kept: file.kept,
            rejected: file.rejected.iter().map(|(reason, count)| self.said(reason, *count)).collect(),
            ignored: file.ignored.iter().map(|(why, count)| self.said(why, *count)).collect(),
        }
    }

    fn said(&self, what: &dyn Speak, count: u64) -> Said {
        Said { code: what.code().to_owned(), message: self.without_paths(what.say(self.lang)), count }
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
            IngestError::Store { cause } => {
                let refusal = match cause {
                    StoreError::Busy { .. } => Refusal::StoreBusy {},
                    _ => Refusal::StoreFailed {},
                };
                tracing::error!(error = %cause, "an import could not be written");
                (refusal.code(), refusal.say(self.lang))
            }
            other => (other.code(), self.without_paths(other.say(self.lang))),
        };
        Trouble { code: code.to_owned(), message, layers, systems: systems.collect() }
    }

    /// A sentence that names files as the person knows them.
    fn without_paths(&self, sentence: String) -> String {
        let folder = self.drop.tray.files_folder().display().to_string();
        sentence.replace(&format!("{folder}/"), "").replace(&folder, "")
    }
}

/// Layers that could be meant where it is not clear which.
pub fn layers_of(error: &IngestError) -> Vec<Layer> {
    match error {
        IngestError::LayerUnclear { candidates, .. } => candidates.split(", ").filter_map(Layer::named).collect(),
        _ => Vec::new(),
    }
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
        why: column.why.as_ref().map(|why| why.say(lang)),
        unit: column.unit.clone(),
        example: column.example.clone(),
        unread: column.unread,
    };
    file.columns.iter().map(told).collect()
}
