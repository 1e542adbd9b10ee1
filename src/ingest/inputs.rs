//! What is named becomes files to read: folders, patterns and archives are opened, parts of one thing taken together.
//!
//! A path may lead on into a file that holds several: `town.zip/water/hydrants.csv`, `town.gpkg/hydrants`. What was
//! found by opening is passed over where it is no data, and named; what a person has named must be data.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::detail::detail;
use super::error::IngestError;
use super::format::{Content, Format, ending, for_gdal, save_as_xlsx, stem};
use super::unpack::{archive, explain, within_archive};
use super::{geopackage, hgt, topojson, workbook};
use crate::model::Layer;

/// How deep folders and archives are opened.
const MOST_DEPTH: usize = 8;
/// The most files of one import.
const MOST_FILES: usize = 20_000;

/// A file to read, or one of several tables in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where it is; may lead on into an archive.
    pub path: PathBuf,
    /// Which of the tables or objects of the file.
    pub part: Option<Box<str>>,
    /// What it is called in reports.
    pub name: String,
    /// What it is called without folder and endings: its source, unless another is named, and a hint at its layer.
    pub stem: String,
    /// Its format.
    pub format: Format,
    /// The layer, where the file tells it.
    pub layer: Option<Layer>,
    /// Whether it was found by opening something, so that it may turn out to be no data.
    pub opened: bool,
}

impl Found {
    /// What to type to name it alone.
    pub fn shown(&self) -> String {
        match &self.part {
            Some(part) => self.path.join(&**part).display().to_string(),
            None => self.path.display().to_string(),
        }
    }
}

/// A file that was come across and not read, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct PassedOver {
    /// Its name in reports.
    pub file: String,
    /// Why it was not read.
    pub why: IngestError,
}

/// The files of an import, in the order they are named, those of a folder in order of name.
#[derive(Debug, Default)]
pub struct Inputs {
    /// What is to be read.
    pub found: Vec<Found>,
    /// What is not.
    pub passed_over: Vec<PassedOver>,
    seen: HashSet<(PathBuf, Option<Box<str>>)>,
    /// Files that are not read wherever they lie.
    except: Vec<PathBuf>,
}

impl Inputs {
    /// Looks at everything that is named; the files of `except`, which the import writes itself, are left out of folders.
    pub fn of(named: &[PathBuf], except: &[PathBuf]) -> Result<Inputs, IngestError> {
        let except = except.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let mut inputs = Inputs { except, ..Inputs::default() };
        for path in named {
            inputs.named(path)?;
        }
        Ok(inputs)
    }

    /// What a person has named.
    fn named(&mut self, path: &Path) -> Result<(), IngestError> {
        let (found, passed_over) = (self.found.len(), self.passed_over.len());
        match is_pattern(path) && std::fs::symlink_metadata(path).is_err() && within_archive(path).is_none() {
            false => self.look(path, &name_of(path), false, 0)?,
            true => {
                for path in matching(path)? {
                    self.look(&path, &name_of(&path), true, 0)?;
                }
            }
        }
        let passed_over = &self.passed_over[passed_over..];
        match passed_over {
            [] => Ok(()),
            _ if self.found.len() > found => Ok(()),
            // One thing alone: its own reason tells more.
            [only] => Err(only.why.clone()),
            several => {
                let telling = several.iter().find(|one| !one.is_no_data());
                let names: Vec<&str> = several.iter().take(20).map(|one| &*one.file).collect();
                let (path, what) = (path.display().to_string(), names.join(", "));
                Err(telling.map_or(IngestError::NoData { path, what }, |one| one.why.clone()))
            }
        }
    }

    fn look(&mut self, path: &Path, name: &str, opened: bool, depth: usize) -> Result<(), IngestError> {
        if depth > MOST_DEPTH || self.found.len() + self.passed_over.len() > MOST_FILES {
            let what = detail!(
                "多于 {MOST_FILES} 个文件，或文件夹多于 {MOST_DEPTH} 层",
                "more than {MOST_FILES} files, or folders more than {MOST_DEPTH} deep"
            );
            return Err(IngestError::TooMuch { path: path.display().to_string(), what });
        }
        match self.look_inside(path, name, opened, depth) {
            Err(why) if opened && is_passed_over(&why) => {
                self.passed_over.push(PassedOver { file: name.to_owned(), why });
                Ok(())
            }
            looked => looked,
        }
    }

    fn look_inside(&mut self, path: &Path, name: &str, opened: bool, depth: usize) -> Result<(), IngestError> {
        if path.is_dir() {
            return self.folder(path, name, depth);
        }
        if opened && path.canonicalize().is_ok_and(|path| self.except.contains(&path)) {
            return Ok(());
        }
        // A sheet named behind its workbook.
        if let Some((file, part)) = within_archive(path)
            && Content::of(&file)? == Content::Zip
            && let Some(format) = workbook_format(&file)?
        {
            return self.workbook(&file, format, &name_of(&file), Some(&part), opened);
        }
        // A table or an object named behind its file.
        if let Some((file, part)) = within_archive(path)
            && let Content::Data(format) = Content::of(&file)?
        {
            return self.parts(&file, format, &name_of(&file), Some(&part), opened);
        }
        if let Some(main) = main_part(path) {
            return if opened { Ok(()) } else { self.look(&main, &name_of(&main), opened, depth + 1) };
        }
        match Content::of(path)? {
            Content::Data(format) => self.parts(path, format, name, None, opened),
            Content::Zip => self.archive(path, name, opened, depth),
        }
    }

    fn folder(&mut self, path: &Path, name: &str, depth: usize) -> Result<(), IngestError> {
        let entries = std::fs::read_dir(path).map_err(|err| explain(path, &err))?;
        let mut names = Vec::new();
        for entry in entries.take(MOST_FILES + 1) {
            names.push(entry.map_err(|err| explain(path, &err))?.file_name());
        }
        if is_geodatabase(path, names.iter().filter_map(|name| name.to_str())) {
            return Err(for_gdal(path, GEODATABASE));
        }
        names.sort();
        for entry in names.iter().filter(|name| !is_hidden(&name.to_string_lossy())) {
            let entry_name = entry.to_string_lossy();
            let name = if name == "." { entry_name.into_owned() } else { format!("{name}/{entry_name}") };
            self.look(&path.join(entry), &name, true, depth + 1)?;
        }
        if names.is_empty() {
            return Err(IngestError::NoData { path: path.display().to_string(), what: "-".to_owned() });
        }
        Ok(())
    }

    fn archive(&mut self, path: &Path, name: &str, opened: bool, depth: usize) -> Result<(), IngestError> {
        let held = archive(path).map_err(|err| explain(path, &err))?;
        let mut names: Vec<&str> = held.entries().iter().map(|entry| &*entry.name).collect();
        let unknown = |what: &str| IngestError::UnknownFormat { path: path.display().to_string(), what: what.into() };
        if let Some(format) = workbook::format_of(&names) {
            return self.workbook(path, format, name, None, opened);
        }
        if names.contains(&"xl/workbook.bin") {
            return Err(save_as_xlsx(path, "Excel (.xlsb)"));
        }
        if names.contains(&"[Content_Types].xml") || names.contains(&"mimetype") {
            return Err(unknown("an office document"));
        }
        // A KMZ holds pictures beside its KML, and perhaps more KML that the first one links to.
        let is_kmz = ending(path).as_deref() == Some("kmz");
        let is_kml = |name: &&str| name.to_lowercase().ends_with(".kml");
        if is_kmz && names.iter().any(is_kml) {
            names.retain(is_kml);
        }
        if let (true, [kml]) = (is_kmz || names.contains(&"doc.kml"), &*names) {
            let (path, part, stem) = (path.join(kml), None, stem(path));
            self.add(Found { path, part, name: name.to_owned(), stem, format: Format::Kml, layer: None, opened });
            return Ok(());
        }
        if names.is_empty() {
            return Err(IngestError::NoData { path: path.display().to_string(), what: "-".to_owned() });
        }
        names.sort_unstable();
        names.dedup();
        let mut geodatabases = HashSet::new();
        for inner in names.into_iter().filter(|name| !name.split('/').any(is_hidden)) {
            if let Some(end) = inner.to_lowercase().find(".gdb/").filter(|end| inner.is_char_boundary(end + 4)) {
                let folder = &inner[..end + 4];
                if geodatabases.insert(folder.to_owned()) {
                    let within = Path::new("/vsizip").join(path).join(folder);
                    let (file, why) = (format!("{name}/{folder}"), for_gdal(&within, GEODATABASE));
                    self.passed_over.push(PassedOver { file, why });
                }
                continue;
            }
            self.look(&path.join(inner), &format!("{name}/{inner}"), true, depth + 1)?;
        }
        Ok(())
    }

    /// A workbook's sheets that have places, or the one that is named; the others are passed over.
    fn workbook(
        &mut self,
        path: &Path,
        format: Format,
        name: &str,
        wanted: Option<&str>,
        opened: bool,
    ) -> Result<(), IngestError> {
        let sheets = workbook::sheets(path, format)?;
        let several = sheets.iter().filter(|sheet| sheet.has_places && !sheet.is_hidden).count() > 1;
        let names: Vec<&str> = sheets.iter().map(|sheet| &*sheet.name).collect();
        if let Some(wanted) = wanted.filter(|wanted| !names.contains(wanted)) {
            let (path, sheet) = (path.display().to_string(), wanted.to_owned());
            return Err(IngestError::NoSuchSheet { path, sheet, sheets: names.join(", ") });
        }
        for sheet in sheets.iter().filter(|sheet| wanted.is_none_or(|wanted| wanted == sheet.name)) {
            let file = format!("{name}/{}", sheet.name);
            if sheet.is_hidden && wanted.is_none() {
                let path = path.join(&sheet.name).display().to_string();
                self.passed_over.push(PassedOver { file, why: IngestError::HiddenSheet { path } });
                continue;
            }
            // One sheet of data is known by its file, so that its name may change.
            let stem = if several { format!("{}/{}", stem(path), sheet.name) } else { stem(path) };
            let opened = opened || sheets.len() > 1 && wanted.is_none();
            let part = Some(sheet.name.as_str().into());
            self.add(Found { path: path.to_owned(), name: file, stem, part, format, layer: None, opened });
        }
        Ok(())
    }

    /// A file's tables or objects where it holds several, or the one that is named.
    fn parts(
        &mut self,
        path: &Path,
        format: Format,
        name: &str,
        wanted: Option<&str>,
        opened: bool,
    ) -> Result<(), IngestError> {
        if format == Format::Osm(super::osm::Encoding::Pbf) && within_archive(path).is_some() {
            return Err(IngestError::UnpackFirst { path: path.display().to_string(), what: "OpenStreetMap PBF" });
        }
        let parts: Vec<(Box<str>, Option<Layer>)> = match format {
            Format::GeoPackage => geopackage::tables(path)?,
            Format::Hgt if wanted.is_none() => {
                // By its name alone it is of a square.
                let stem = hgt::square_of(path)?.to_string();
                let name = name.to_owned();
                self.add(Found { path: path.to_owned(), part: None, name, stem, format, layer: None, opened });
                return Ok(());
            }
            Format::TopoJson => topojson::objects(path)?.into_iter().map(|name| (name, None)).collect(),
            _ if wanted.is_some() => {
                let shown = format!("{name}/{}", wanted.unwrap_or_default());
                return Err(IngestError::Missing { path: shown });
            }
            _ => {
                let (name, stem) = (name.to_owned(), stem(path));
                self.add(Found { path: path.to_owned(), part: None, name, stem, format, layer: None, opened });
                return Ok(());
            }
        };
        let several = parts.len() > 1;
        let names: Vec<&str> = parts.iter().map(|(part, _)| &**part).collect();
        if let Some(wanted) = wanted.filter(|wanted| !names.contains(wanted)) {
            let (path, part) = (path.display().to_string(), wanted.to_owned());
            return Err(IngestError::NoSuchPart { path, part, parts: names.join(", ") });
        }
        for (part, layer) in parts.into_iter().filter(|(part, _)| wanted.is_none_or(|wanted| wanted == &**part)) {
            let found = Found {
                path: path.to_owned(),
                name: format!("{name}/{part}"),
                // A part of a store is named by its layer and its source, and the source stays what it is.
                stem: part.split_once('/').filter(|_| layer.is_some()).map_or(&*part, |(_, source)| source).to_owned(),
                part: Some(part),
                format,
                layer,
                opened: opened || (several && wanted.is_none()),
            };
            self.add(found);
        }
        Ok(())
    }

    /// Adds a file once, though a shell may name it by each of its parts.
    fn add(&mut self, found: Found) {
        if self.seen.insert((found.path.clone(), found.part.clone())) {
            self.found.push(found);
        }
    }
}

impl PassedOver {
    /// Whether there is nothing in it for a map; otherwise the reason tells what to do.
    pub fn is_no_data(&self) -> bool {
        is_no_data(&self.why)
    }
}

fn is_no_data(why: &IngestError) -> bool {
    use IngestError::*;
    matches!(why, UnknownFormat { .. } | Empty { .. } | NoPlaceColumns { .. } | NotGeoJson { .. } | NoData { .. })
}

/// Whether what was found by opening may be passed over for a reason.
pub fn is_passed_over(why: &IngestError) -> bool {
    use IngestError::*;
    let with_advice = matches!(
        why,
        NeedsGdal { .. }
            | Pdf { .. }
            | SaveAsDxf { .. }
            | Packed { .. }
            | PartAlone { .. }
            | LayerUnclear { .. }
            | NoPlaces { .. }
            | NoRecords { .. }
    );
    let with_advice = with_advice || matches!(why, UnpackFirst { .. } | NoPlacemarks { .. });
    let with_advice =
        with_advice || matches!(why, HiddenSheet { .. } | SaveAsXlsx { .. } | Locked { .. } | ReliefName { .. });
    with_advice || is_no_data(why)
}

/// What stands beside the file that is read: parts of a Shapefile or of a MapInfo table, and what GIS programs leave.
fn main_part(path: &Path) -> Option<PathBuf> {
    const BESIDE_SHP: [&str; 15] =
        ["dbf", "shx", "prj", "cpg", "sbn", "sbx", "qix", "fix", "fbn", "fbx", "ain", "aih", "atx", "qpj", "qmd"];
    let ending = ending(path)?;
    let main = match &*ending {
        "xml" if stem_of(path).to_lowercase().ends_with(".shp") => path.with_extension(""),
        ending if BESIDE_SHP.contains(&ending) => super::shapefile::beside(path, "shp")?,
        "dat" | "map" | "id" | "ind" => super::shapefile::beside(path, "tab")?,
        "mid" => super::shapefile::beside(path, "mif")?,
        // What NASADEM has beside heights: how many scenes they are of, and water.
        "num" | "swb" => super::shapefile::beside(path, "hgt")?,
        _ => return None,
    };
    Some(main)
}

fn workbook_format(path: &Path) -> Result<Option<Format>, IngestError> {
    let held = archive(path).map_err(|err| explain(path, &err))?;
    let names: Vec<&str> = held.entries().iter().map(|entry| &*entry.name).collect();
    Ok(workbook::format_of(&names))
}

fn stem_of(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

const GEODATABASE: &str = "Esri File Geodatabase";

fn is_geodatabase<'a>(path: &Path, mut names: impl Iterator<Item = &'a str>) -> bool {
    let by_name = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gdb"));
    by_name || names.any(|name| name.ends_with(".gdbtable"))
}

/// What systems leave in folders and archives.
fn is_hidden(name: &str) -> bool {
    let beside_sqlite = ["-wal", "-shm", "-journal"].iter().any(|ending| name.ends_with(ending));
    name.starts_with('.') || beside_sqlite || matches!(name, "__MACOSX" | "Thumbs.db" | "desktop.ini")
}

fn name_of(path: &Path) -> String {
    if let Some((file, inner)) = within_archive(path) {
        return format!("{}/{inner}", name_of(&file));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| path.display().to_string())
}

fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '[']))
}

/// Files that a pattern names, in order of name.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, IngestError> {
    let shown = || pattern.display().to_string();
    let none = || IngestError::NoMatch { pattern: shown() };
    let paths = glob::glob(&shown()).map_err(|_| none())?;
    let mut found = Vec::new();
    for path in paths.take(MOST_FILES + 1) {
        found.push(path.map_err(|err| explain(err.path(), err.error()))?);
    }
    found.sort();
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

/// Whether all that is named is OpenStreetMap, whose tags are no columns.
pub fn all_osm(named: &[PathBuf], except: &[PathBuf]) -> Result<bool, IngestError> {
    Ok(Inputs::of(named, except)?.found.iter().all(|found| matches!(found.format, Format::Osm(_))))
}

/// The sheets of workbooks that are not hidden, in their order, each name once; none of a file that is no workbook or
/// cannot be read.
pub fn sheets_of(files: &[PathBuf]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for file in files {
        let Ok(Content::Zip) = Content::of(file) else { continue };
        let Ok(Some(format)) = workbook_format(file) else { continue };
        for sheet in workbook::sheets(file, format).unwrap_or_default() {
            if !sheet.is_hidden && !names.contains(&sheet.name) {
                names.push(sheet.name);
            }
        }
    }
    names
}
