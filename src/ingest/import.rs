//! The engine: files in, one batch to the store, a report out. All files of a call are one transaction.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::again::{Before, Brought};
use super::changes::ChangeLog;
use super::current::Current;
use super::datum;
use super::detail::Detail;
use super::error::IngestError;
use super::format::Format;
use super::inputs::{Found, Inputs, PassedOver, is_passed_over};
use super::intake::{Input, Intake};
use super::options::{Options, Progress, Replace};
use super::report::Report;
use super::table;
use crate::crs::Crs;
use crate::store::{Batch, Import, Revision, Source, Store, StoreError, Watch};

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
    let found = found_to_be_data(found, &mut passed_over, options, told.as_ref(), &imports, store)?;
    let inputs =
        found.into_iter().map(|found| Input::of(found, told.as_ref(), options)).collect::<Result<Vec<_>, _>>()?;
    if options.replace != Replace::No && options.within.is_some() {
        return Err(IngestError::ReplaceInBox {});
    }
    for path in [&options.rejects, &options.duplicates, &options.changes].into_iter().flatten() {
        if is_one_of(path, files) {
            let detail = Detail::both("它是要导入的文件之一", "it is one of the files to import");
            return Err(IngestError::RejectsUnwritable { path: path.display().to_string(), detail });
        }
        if path.exists() && !options.force {
            return Err(IngestError::ReportExists { path: path.display().to_string() });
        }
    }
    let changes = ChangeLog::new(options.changes.as_deref())?;
    let mut intake = Intake::new(inputs, options, told, imports, known, store, progress)?;
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
                relief: receipt.relief,
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
    store: &dyn Store,
) -> Result<Vec<Found>, IngestError> {
    let mut data = Vec::new();
    let mut last = None;
    for found in found {
        if !found.opened || matches!(found.format, Format::Osm(_) | Format::Hgt) {
            data.push(found);
            continue;
        }
        let before = Before { store, brought: &Brought::default(), imports, source: &found.stem };
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

/// The sources that the store knows.
fn sources(store: &dyn Store) -> Result<Vec<Source>, StoreError> {
    let now = store.wait(Revision(0), Duration::ZERO)?;
    Ok(store.changes(now)?.snapshot.sources)
}
