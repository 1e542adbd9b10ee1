//! `firemap import`: files into a store, and what became of them.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use indicatif::{ProgressBar, ProgressStyle};

use super::tables::{TablesArgs, tell_columns};
use super::within::BoxArg;
use super::{CommandError, Failure, StoreArg};
use crate::ingest::{
    Duplicates, FileReport, IngestError, Options, PassedOver, Profile, Progress, Remark, Replace, Report, Stays,
    all_osm, import, sources_of,
};
use crate::model::{Lang, Speak};
use crate::report::{Column, Table};
use crate::store::{Counts, DEFAULT_ZONE, Location, Store, StoreError};

/// Arguments of `firemap import`.
#[derive(Args)]
pub struct ImportArgs {
    /// Files, folders or patterns ('hydrants/*.geojson'): Shapefile, GeoPackage, CSV, GeoJSON, TopoJSON, KML/KMZ,
    /// FlatGeobuf, OpenStreetMap (.osm.pbf, .osm), heights (N43E007.hgt), also in .zip and .gz; one thing of several as town.zip/hydrants.shp
    /// or town.gpkg/hydrants. All are kept, or none.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    store: StoreArg,
    /// The layer, such as hydrant; guessed where not named. Of OpenStreetMap only this layer is taken.
    #[arg(long, env = "FIREMAP_LAYER")]
    layer: Option<String>,
    /// The source's name; otherwise osm, or the file's name. The same source and key again is the same feature.
    #[arg(long, env = "FIREMAP_SOURCE", value_name = "NAME")]
    source: Option<String>,
    /// What the map must say of the source.
    #[arg(long, env = "FIREMAP_ATTRIBUTION", value_name = "TEXT")]
    attribution: Option<String>,
    /// The coordinates of the files: WGS84, CGCS2000, GCJ-02 (of Amap), BD-09 (of Baidu), a code such as EPSG:4523, a
    /// .prj file, well-known text or a +proj= definition; ",yx" behind it where north stands before east.
    #[arg(long, env = "FIREMAP_CRS", value_name = "NAME|EPSG:N|WKT|FILE.prj")]
    crs: Option<String>,
    #[command(flatten)]
    within: BoxArg,
    /// A field and the column of a table it is taken from; may be given again. The place: lon, lat, x, y, lonlat,
    /// latlon, geometry; a column to be left aside: none.
    #[arg(long, env = "FIREMAP_MAP", value_name = "FIELD=COLUMN", value_delimiter = '\n')]
    map: Vec<String>,
    #[command(flatten)]
    tables: TablesArgs,
    /// The column whose values are keys; otherwise that of the source's last import, or one that looks like it.
    #[arg(long, env = "FIREMAP_KEY", value_name = "COLUMN")]
    key: Option<String>,
    /// Takes off the map what the files no longer hold of their source and layer; refused where that is more than half
    /// of it, unless --replace=all.
    #[arg(long, env = "FIREMAP_REPLACE", value_name = "all", num_args = 0..=1, require_equals = true, default_missing_value = "rest", value_parser = ["rest", "all"])]
    replace: Option<String>,
    /// Does everything but keep nothing.
    #[arg(long, env = "FIREMAP_DRY_RUN", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    dry_run: bool,
    /// Writes rejected rows to this CSV file, with reason and original.
    #[arg(long, env = "FIREMAP_REJECTS", value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Writes the rows of keys that stand more than once to this CSV file: file, key, row, kept as.
    #[arg(long, env = "FIREMAP_DUPLICATES", value_name = "FILE")]
    duplicates: Option<PathBuf>,
    /// Writes every change to this CSV file: key, field, old, new.
    #[arg(long, env = "FIREMAP_CHANGES", value_name = "FILE")]
    changes: Option<PathBuf>,
    /// Writes reports over files that exist.
    #[arg(short, long, env = "FIREMAP_FORCE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    force: bool,
}

/// Runs it. Fails where nothing could be kept.
pub fn run(args: ImportArgs, lang: Lang) -> Result<(), Failure> {
    let options = options(&args, lang)?;
    refuse_idle_map(&args)?;
    let save_to = args.tables.save_profile.as_deref().map(|name| profile(name, &args)).transpose()?;
    let mut target = Target::open(&args)?;
    let before = sources_of(target.store())?;
    let bar = Bar::new(lang);
    let report = import(&args.files, &options, target.store(), &mut |progress| bar.show(progress));
    bar.clear();
    let report = report.map_err(spoken)?;
    tell(&report, &args, &target.at, lang)
        .map_err(|error| CommandError::CannotWrite { path: "stdout".to_owned(), detail: error.to_string() })?;
    if report.kept() == 0 {
        return Err(ImportError::NothingKept {}.into());
    }
    if let Some(path) = save_to {
        Profile::of(&options, &report).write(&path)?;
        match lang {
            Lang::Zh => println!("方案已保存到 {}。", path.display()),
            Lang::En => println!("The profile is kept in {}.", path.display()),
        }
    }
    target.keep();
    tell_what_stays(&target, &before, &report, lang)?;
    Ok(())
}

crate::sentences! {
    /// How an import whose files could be read can have failed.
    pub enum ImportError {
        /// Columns are named, but no file has any.
        IdleMap {}
            "idle_map",
            "--map 只用于有列的文件；OpenStreetMap 文件的标签按固定规则对应，没有可映射的列。请去掉 --map。",
            "--map is for files with columns; tags of OpenStreetMap files are taken by fixed rules, there is no column to map. Leave --map away.";
        /// Not one feature.
        NothingKept {}
            "nothing_kept", "没有可保存的要素，数据保持原样。", "There was nothing to keep; the store is as it was.";
    }
}

/// The files that the import itself writes: not to be read where they lie in a folder that is imported.
fn written(args: &ImportArgs) -> Vec<PathBuf> {
    let store = args.store.at().ok().and_then(|at| at.file().map(Path::to_owned));
    let dry = store.as_deref().map(Target::beside);
    [store.as_ref(), dry.as_ref(), args.rejects.as_ref(), args.duplicates.as_ref(), args.changes.as_ref()]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

/// Columns are mapped from files that have columns alone: a map that nothing would take is a mistake.
fn refuse_idle_map(args: &ImportArgs) -> Result<(), Failure> {
    if args.map.is_empty() {
        return Ok(());
    }
    match all_osm(&args.files, &written(args))? {
        true => Err(ImportError::IdleMap {}.into()),
        false => Ok(()),
    }
}

/// A store's own words in the person's language.
fn spoken(error: IngestError) -> Failure {
    match error {
        IngestError::Store { cause } => cause.into(),
        other => other.into(),
    }
}

/// Where the profile of a name is kept: beside the store, or here where that is a database.
fn profile(name: &str, args: &ImportArgs) -> Result<PathBuf, Failure> {
    Ok(Profile::path(name, args.store.at()?.file().unwrap_or(Path::new("")))?)
}

fn options(args: &ImportArgs, lang: Lang) -> Result<Options, Failure> {
    let mut options = Options {
        layer: args.layer.as_deref().map(Options::layer_named).transpose()?,
        source: args.source.clone(),
        attribution: args.attribution.clone(),
        crs: args.crs.as_deref().map(crs).transpose()?,
        within: args.within.bounds()?,
        key: args.key.clone(),
        replace: match args.replace.as_deref() {
            None => Replace::No,
            Some("all") => Replace::EvenMost,
            Some(_) => Replace::Rest,
        },
        dry_run: args.dry_run,
        except: written(args),
        rejects: args.rejects.clone(),
        duplicates: args.duplicates.clone(),
        changes: args.changes.clone(),
        force: args.force,
        lang,
        ..Options::default()
    };
    for text in &args.map {
        let (field, column) = text.split_once('=').unwrap_or((text, ""));
        options.say_column(field, column)?;
    }
    args.tables.say(&mut options)?;
    if let Some(name) = &args.tables.profile {
        Profile::read(&profile(name, args)?)?.fill(&mut options)?;
    }
    Ok(options)
}

/// What `--crs` says: a name, or a file of well-known text.
fn crs(told: &str) -> Result<String, CommandError> {
    /// No description of a system of coordinates is longer.
    const LONGEST: u64 = 64 << 10;
    let (path, order) = match told.rsplit_once(',') {
        Some((path, "xy" | "yx")) => (path, told.get(path.len()..).unwrap_or_default()),
        _ => (told, ""),
    };
    let is_file =
        |path: &str| path.to_ascii_lowercase().ends_with(".prj") || path.to_ascii_lowercase().ends_with(".wkt");
    if !is_file(path) {
        return Ok(told.to_owned());
    }
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut text));
    read.map_err(|error| CommandError::CannotRead { path: path.to_owned(), detail: error.to_string() })?;
    Ok(format!(
        "{}{order}",
        String::from_utf8_lossy(&text).trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
    ))
}

/// The store to write to. A file that was not there before goes away again, unless something was kept in it.
struct Target {
    store: Box<dyn Store>,
    at: Location,
    passing: Option<PathBuf>,
}

impl Target {
    fn open(args: &ImportArgs) -> Result<Target, Failure> {
        let at = args.store.at()?;
        let is_there = at.file().is_none_or(Path::exists);
        if !args.dry_run || is_there {
            let passing = at.file().filter(|_| !is_there).map(Path::to_owned);
            let opened = if args.dry_run { at.open() } else { at.open_or_create(DEFAULT_ZONE) };
            match opened {
                // Tried on a database that has no store yet: on a file, then.
                Err(StoreError::Missing { .. }) if args.dry_run => {}
                opened => return Ok(Target { store: opened?, at, passing }),
            }
        }
        let beside = Target::beside(at.file().unwrap_or(&std::env::temp_dir().join("firemap")));
        let store = Location::File(beside.clone()).open_or_create(DEFAULT_ZONE)?;
        Ok(Target { store, at, passing: Some(beside) })
    }

    /// Where the store of a dry run stands for as long as it runs.
    fn beside(path: &Path) -> PathBuf {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!("{DRY_RUN}{}", std::process::id()));
        beside.into()
    }

    fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Something was kept in it: it stays. (That of a dry run never does.)
    fn keep(&mut self) {
        let dry = self.passing.as_ref().is_some_and(|path| path.to_string_lossy().contains(DRY_RUN));
        if !dry {
            self.passing = None;
        }
    }
}

/// What the store of a dry run is called after, with the number of the process.
const DRY_RUN: &str = ".dry-run-";

/// Says how many features of the same sources and layers the files did not mention: they stay on the map.
fn tell_what_stays(target: &Target, before: &[Arc<str>], report: &Report, lang: Lang) -> Result<(), StoreError> {
    if report.dry_run {
        return Ok(());
    }
    for Stays { layer, source, count } in Stays::after(target.store(), before, report)? {
        let layer = lang.pick(layer.def().zh, layer.def().en);
        match lang {
            Lang::Zh => println!("注意：来源 {source} 的{layer}中有 {count} 个不在本次文件里，仍留在地图上。"),
            Lang::En => {
                println!(
                    "Note: {count} of the {layer} of source {source} are not in these files; they stay on the map."
                )
            }
        }
    }
    Ok(())
}

impl Drop for Target {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            if let Some(passing) = &self.passing {
                let mut path = passing.as_os_str().to_owned();
                path.push(ending);
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// A bar on a terminal; elsewhere a line a file.
struct Bar {
    bar: Option<ProgressBar>,
    lang: Lang,
    told: std::cell::Cell<usize>,
}

impl Bar {
    fn new(lang: Lang) -> Bar {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(1000);
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} % {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        Bar { bar, lang, told: std::cell::Cell::new(0) }
    }

    fn show(&self, progress: Progress<'_>) {
        let Progress { file, nth, of, share } = progress;
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{nth}/{of} {file}"));
                bar.set_position((share * 1000.0) as u64);
            }
            None if self.told.replace(nth) != nth => match self.lang {
                Lang::Zh => eprintln!("读取 {nth}/{of}：{file}"),
                Lang::En => eprintln!("Reading {nth}/{of}: {file}"),
            },
            None => {}
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn tell(report: &Report, args: &ImportArgs, at: &Location, lang: Lang) -> io::Result<()> {
    let out = &mut io::stdout().lock();
    for file in &report.files {
        tell_file(file, lang, out)?;
    }
    tell_passed_over(&report.passed_over, lang, out)?;
    let head = |zh, en| Column::number(lang.pick(zh, en));
    let columns = vec![
        Column::text(lang.pick("图层", "layer")),
        head("新增", "added"),
        head("更新", "changed"),
        head("不变", "unchanged"),
        head("移除", "retired"),
    ];
    let of_layers = report.counts.iter().map(|(layer, counts)| (lang.pick(layer.def().zh, layer.def().en), *counts));
    let relief =
        (report.relief != Counts::default()).then_some((lang.pick("高程方格", "squares of heights"), report.relief));
    let rows = of_layers.chain(relief).map(|(label, counts)| {
        let counts = [counts.added, counts.changed, counts.unchanged, counts.retired];
        std::iter::once(label.to_owned()).chain(counts.map(|count| count.to_string())).collect()
    });
    Table { columns, rows: rows.collect() }.write_text(out)?;
    tell_changes(report, lang, out)?;
    let revision = report.revision.0;
    match (report.dry_run, lang) {
        (true, Lang::Zh) => writeln!(out, "试运行：没有写入任何内容。")?,
        (true, Lang::En) => writeln!(out, "A dry run: nothing was written.")?,
        (false, _) if report.kept() == 0 => {}
        (false, Lang::Zh) => writeln!(out, "已写入 {at}，修订 {revision}。")?,
        (false, Lang::En) => writeln!(out, "Written to {at}, revision {revision}.")?,
    }
    match (&args.rejects, report.rejected(), lang) {
        (_, 0, _) => Ok(()),
        (Some(path), _, Lang::Zh) => writeln!(out, "被拒绝的行见 {}。", path.display()),
        (Some(path), _, Lang::En) => writeln!(out, "Rejected rows are in {}.", path.display()),
        (None, _, Lang::Zh) => writeln!(out, "要得到被拒绝的行及原因，请加 --rejects 文件.csv。"),
        (None, _, Lang::En) => writeln!(out, "To have the rejected rows with their reasons, add --rejects FILE.csv."),
    }
}

/// Field by field how many rows changed, with an example or two.
fn tell_changes(report: &Report, lang: Lang, out: &mut dyn io::Write) -> io::Result<()> {
    if report.changes.is_empty() {
        return Ok(());
    }
    let columns = vec![
        Column::text(lang.pick("图层", "layer")),
        Column::text(lang.pick("字段", "field")),
        Column::number(lang.pick("更新", "changed")),
        Column::text(lang.pick("例如", "such as")),
    ];
    let rows = report.changes.iter().map(|((layer, field), changes)| {
        let blank = |text: &str| if text.is_empty() { "∅".to_owned() } else { text.to_owned() };
        let examples = changes.examples.iter().map(|(key, old, new)| format!("{key}: {} → {}", blank(old), blank(new)));
        let label = lang.pick(layer.def().zh, layer.def().en).to_owned();
        vec![label, field.clone(), changes.count.to_string(), examples.collect::<Vec<_>>().join("; ")]
    });
    writeln!(out)?;
    Table { columns, rows: rows.collect() }.write_text(out)?;
    writeln!(out)
}

/// Keys that stand more than once, with their rows.
fn tell_duplicates(duplicates: &Duplicates, lang: Lang, out: &mut dyn io::Write) -> io::Result<()> {
    for (key, rows) in &duplicates.keys {
        let listed: Vec<String> = rows.iter().map(u64::to_string).collect();
        let more = if rows.len() == Duplicates::MOST_ROWS { " …" } else { "" };
        match lang {
            Lang::Zh => writeln!(out, "    {key}：第 {}{more} 行", listed.join("、"))?,
            Lang::En => writeln!(out, "    {key}: rows {}{more}", listed.join(", "))?,
        }
    }
    match (duplicates.keys_in_all.saturating_sub(duplicates.keys.len() as u64), lang) {
        (0, _) => Ok(()),
        (more, Lang::Zh) => writeln!(out, "    另有 {more} 个重复的编号；--duplicates 文件.csv 列出全部。"),
        (more, Lang::En) => writeln!(out, "    and {more} more such keys; --duplicates FILE.csv lists them all."),
    }
}

/// What was come across and not read: what is no data by name, the rest with what to do.
fn tell_passed_over(passed_over: &[PassedOver], lang: Lang, out: &mut dyn io::Write) -> io::Result<()> {
    let (no_data, advised): (Vec<&PassedOver>, Vec<&PassedOver>) = passed_over.iter().partition(|one| one.is_no_data());
    if !no_data.is_empty() {
        let names: Vec<&str> = no_data.iter().take(20).map(|one| &*one.file).collect();
        let more = if no_data.len() > names.len() { ", …" } else { "" };
        let (count, names) = (no_data.len(), names.join(", "));
        match lang {
            Lang::Zh => writeln!(out, "不是地图数据、未读取的文件（{count} 个）：{names}{more}")?,
            Lang::En => writeln!(out, "No map data, not read ({count}): {names}{more}")?,
        }
    }
    for one in &advised {
        match lang {
            Lang::Zh => writeln!(out, "未读取：{}", one.why.say(lang))?,
            Lang::En => writeln!(out, "Not read: {}", one.why.say(lang))?,
        }
    }
    if passed_over.is_empty() { Ok(()) } else { writeln!(out) }
}

fn tell_file(file: &FileReport, lang: Lang, out: &mut dyn io::Write) -> io::Result<()> {
    let (name, format, source) = (&file.file, file.format.name(), &file.source);
    match lang {
        Lang::Zh => writeln!(out, "{name}（{format}，来源 {source}）")?,
        Lang::En => writeln!(out, "{name} ({format}, source {source})")?,
    }
    for (remark, count) in &file.remarks {
        match count {
            0 => writeln!(out, "  {}", remark.say(lang))?,
            _ => writeln!(out, "  {count} × {}", remark.say(lang))?,
        }
        if let Remark::KeyRepeated { .. } = remark {
            tell_duplicates(&file.duplicates, lang, out)?;
        }
    }
    tell_columns(file, lang, out)?;
    let mut rows = vec![
        vec![lang.pick("读取", "read").to_owned(), file.read.to_string(), String::new()],
        vec![lang.pick("保留", "kept").to_owned(), file.kept.to_string(), String::new()],
    ];
    let rejected = file.rejected.iter().map(|(reason, count)| (lang.pick("拒绝", "rejected"), count, reason.say(lang)));
    let ignored = file.ignored.iter().map(|(why, count)| (lang.pick("略过", "ignored"), count, why.say(lang)));
    rows.extend(rejected.chain(ignored).map(|(what, count, why)| vec![what.to_owned(), count.to_string(), why]));
    let columns = vec![
        Column::text(lang.pick("结果", "outcome")),
        Column::number(lang.pick("数量", "count")),
        Column::text(lang.pick("原因", "why")),
    ];
    Table { columns, rows }.write_text(out)?;
    writeln!(out)
}
