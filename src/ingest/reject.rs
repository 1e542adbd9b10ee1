//! Why a row is rejected, and the report that says so: the rows in the columns of their own file, for a spreadsheet or
//! QGIS to mend, with what another import needs to take them as this one would have.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::beside::part_of;
use super::detail::{Detail, detail};
use super::error::IngestError;
use super::grid::MOST_COLUMNS;
use super::lines::Lines;
use super::record::{Cell, Record};
use super::returned::{REJECT_COLUMNS, REJECT_PLACE, Rejected, is_reject_column};
use super::wkt;
use crate::model::{Lang, Speak};
use crate::store::{PlainColumn, PlainGeometry, PlainRow, PlainTable, PlainType, PlainValue, write_plain};

crate::sentences! {
    /// Why a row cannot be kept.
    pub enum Reason {
        /// There is no geometry.
        NoGeometry {}
            "no_geometry", "没有位置：几何或坐标为空。请补上坐标。", "It has no place: geometry or coordinates are empty. Add them.";
        /// A geometry that cannot be read.
        BadGeometry { what: String }
            "bad_geometry", "几何无法读取：{what}。", "Its geometry cannot be read: {what}.";
        /// A coordinate is no finite number, or not on earth.
        OffEarth { lon: String, lat: String }
            "off_earth", "坐标（{lon}, {lat}）不在经度 ±180、纬度 ±90 之内。", "The coordinates ({lon}, {lat}) are not within longitude ±180 and latitude ±90.";
        /// Numbers that the file's system has no place for.
        OutsideCrs { x: String, y: String, crs: String }
            "outside_crs", "坐标（{x}, {y}）不在 {crs} 的范围之内。", "The coordinates ({x}, {y}) are no place in {crs}.";
        /// Zero for both, as programs write where they know nothing.
        NullIsland {}
            "null_island", "坐标为（0, 0），多为缺失值。请补上真实坐标。", "The coordinates are (0, 0), which stands for a missing place. Fill them in.";
        /// No point in a layer of points.
        NotAPoint { layer: &'static str }
            "not_a_point", "图层 {layer} 需要点或面，几何是别的类型。", "The layer {layer} holds places, and its geometry is neither a point nor an area.";
        /// No line in a layer of lines.
        NotALine { layer: &'static str }
            "not_a_line", "图层 {layer} 需要线，几何是别的类型。", "The layer {layer} holds lines, and its geometry is none.";
        /// No area in a layer of areas.
        NotAnArea { layer: &'static str }
            "not_an_area", "图层 {layer} 需要面，几何是别的类型。", "The layer {layer} holds areas, and its geometry is none.";
        /// Several places for one thing.
        SeveralPoints { count: usize }
            "several_points", "一行含 {count} 个点，只能是一处。请拆成多行。", "It has {count} points and can be in one place only. Split it into rows.";
        /// A collection of different kinds.
        MixedCollection {}
            "mixed_collection", "几何集合含有不同类型，无法作为一个要素。请拆开。", "Its geometry collection mixes kinds and cannot be one feature. Split it.";
        /// Rings without area.
        NoArea {}
            "no_area", "面积为零：各点重合或在一条直线上。", "It has no area: its vertices coincide or lie on one line.";
        /// A line of one place.
        NoLength {}
            "no_length", "长度为零：各点重合。", "It has no length: its vertices coincide.";
        /// More vertices than can be counted.
        TooLarge {}
            "too_large", "顶点过多，无法保存。", "It has more vertices than can be kept.";
        /// An area whose ring is open.
        OpenRing { at: String }
            "open_ring", "面的边界没有闭合，断在 {at}。", "Its outline is not closed; it breaks off at {at}.";
        /// Members of a relation that the file does not hold.
        Incomplete { missing: usize, of: usize }
            "incomplete", "{of} 条边线中有 {missing} 条不在文件内（多在裁剪边缘）。请用更大范围的文件。", "{missing} of its {of} member ways are not in the file (as happens at an extract's edge). Take an extract with a margin.";
        /// Nodes of a way that the file does not hold.
        MissingNodes { missing: usize, of: usize }
            "missing_nodes", "{of} 个顶点中有 {missing} 个不在文件内（多在裁剪边缘）。请用更大范围的文件。", "{missing} of its {of} nodes are not in the file (as happens at an extract's edge). Take an extract with a margin.";
        /// A row that is no record of its format.
        NotARecord { what: String }
            "not_a_record", "不是有效的记录：{what}。", "It is no valid record: {what}.";
    }
}

/// The report of rejected rows, by the ending of its name a GeoPackage or else CSV in UTF-8 with a byte order mark. Rows
/// wait beside it until all columns are known.
pub struct RejectFile {
    path: PathBuf,
    waiting: BufWriter<File>,
    waiting_at: PathBuf,
    columns: Vec<String>,
    known: HashSet<String>,
    has_place: bool,
    lang: Lang,
}

/// What a rejected row has from its file.
pub struct RejectedFrom<'a> {
    /// The file's name.
    pub file: &'a str,
    /// What is remembered of its import.
    pub import: &'a Rejected,
    /// Its columns.
    pub columns: &'a [Box<str>],
    /// Whether columns hold the place.
    pub place_in_columns: bool,
}

/// A row that waits: what is said of it, its cells and its place.
#[derive(Serialize, Deserialize)]
struct Waiting {
    own: [String; 9],
    cells: Vec<(String, String)>,
    place: Option<String>,
}

impl RejectFile {
    /// Begins the report.
    pub fn create(path: &Path, lang: Lang) -> Result<RejectFile, IngestError> {
        let mut waiting_at = part_of(path).into_os_string();
        waiting_at.push(".rows");
        let waiting_at = PathBuf::from(waiting_at);
        let waiting = BufWriter::new(File::create_new(&waiting_at).map_err(|err| unwritable(path, &err))?);
        let (columns, known, has_place) = (Vec::new(), HashSet::new(), false);
        Ok(RejectFile { path: path.to_owned(), waiting, waiting_at, columns, known, has_place, lang })
    }

    /// Whether it becomes a GeoPackage.
    fn is_geopackage(&self) -> bool {
        self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gpkg"))
    }

    /// Adds a rejected row, whose place is in WGS 84 now.
    pub fn add(
        &mut self,
        from: &RejectedFrom<'_>,
        record: &Record,
        key: Option<&str>,
        reason: &Reason,
    ) -> Result<(), IngestError> {
        let cells: Vec<(String, String)> = record
            .columns
            .iter()
            .map(|(name, cell)| (name.to_string(), cell_text(cell)))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        for name in from.columns.iter().map(|name| &**name).chain(cells.iter().map(|(name, _)| name.as_str())) {
            if !self.known.contains(name) && !is_reject_column(name) {
                if self.columns.len() == MOST_COLUMNS {
                    let detail = detail!("多于 {MOST_COLUMNS} 列", "more than {MOST_COLUMNS} columns");
                    return Err(unwritable(&self.path, &detail));
                }
                self.known.insert(name.to_owned());
                self.columns.push(name.to_owned());
            }
        }
        let place = match from.place_in_columns && !self.is_geopackage() {
            true => None,
            false => wkt::write(&record.geometry),
        };
        self.has_place |= !from.place_in_columns;
        let crs = if from.place_in_columns && !self.is_geopackage() { &from.import.crs } else { "EPSG:4326" };
        let own = [
            reason.say(self.lang),
            record.row.to_string(),
            from.file.to_owned(),
            key.unwrap_or_default().to_owned(),
            reason.code().to_owned(),
            from.import.layer.name().to_owned(),
            from.import.source.clone(),
            crs.to_owned(),
            from.import.columns_told(),
        ];
        let row = serde_json::to_string(&Waiting { own, cells, place }).map_err(|err| unwritable(&self.path, &err))?;
        writeln!(self.waiting, "{row}").map_err(|err| unwritable(&self.path, &err))
    }

    /// Writes the report, unless there is nothing to report.
    pub fn finish(mut self) -> Result<(), IngestError> {
        self.waiting.flush().map_err(|err| unwritable(&self.path, &err))?;
        if self.known.is_empty() && self.rows()?.next().is_none() {
            return Ok(());
        }
        if self.is_geopackage() { self.finish_geopackage() } else { self.finish_csv() }
    }

    fn rows(&self) -> Result<impl Iterator<Item = Result<Waiting, IngestError>> + use<>, IngestError> {
        let path = self.path.clone();
        let file = File::open(&self.waiting_at).map_err(|err| unwritable(&path, &err))?;
        let lines = BufReader::new(file).lines();
        Ok(lines.map(move |line| {
            let line = line.map_err(|err| unwritable(&path, &err))?;
            serde_json::from_str(&line).map_err(|err| unwritable(&path, &err))
        }))
    }

    fn finish_csv(&self) -> Result<(), IngestError> {
        let columns = self.columns.iter().map(String::as_str);
        let (before, behind) = REJECT_COLUMNS.split_at(2);
        let place = self.has_place.then_some(REJECT_PLACE);
        let heads = before.iter().copied().chain(columns).chain(behind.iter().copied()).chain(place);
        let mut lines = Lines::begin(&self.path, heads)?;
        for row in self.rows()? {
            let Waiting { own, cells, place } = row?;
            let cells: HashMap<&str, &str> = cells.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            let cell = |name: &String| cells.get(name.as_str()).copied().unwrap_or_default();
            let (before, behind) = own.split_at(2);
            let place = self.has_place.then(|| place.as_deref().unwrap_or_default());
            let line = before.iter().map(String::as_str).chain(self.columns.iter().map(cell));
            let line = line.chain(behind.iter().map(String::as_str)).chain(place);
            lines.add(line)?;
        }
        lines.finish()
    }

    fn finish_geopackage(&self) -> Result<(), IngestError> {
        let (before, behind) = REJECT_COLUMNS.split_at(2);
        let names = before.iter().copied().chain(self.columns.iter().map(String::as_str)).chain(behind.iter().copied());
        let columns = names.map(|name| PlainColumn { name: name.to_owned(), ty: PlainType::Text }).collect();
        let table = PlainTable {
            name: "firemap_rejects".to_owned(),
            description: self.lang.pick("被拒绝的行", "rejected rows").to_owned(),
            geometry: PlainGeometry::Any,
            srs: None,
            columns,
        };
        let mut failed = None;
        let mut rows = self.rows()?.map_while(|row| match row {
            Ok(Waiting { own, cells, place }) => {
                let cells: HashMap<String, String> = cells.into_iter().collect();
                let cell =
                    |name: &String| cells.get(name).map_or(PlainValue::Null, |text| PlainValue::Text(text.clone()));
                let text =
                    |cells: &[String]| cells.iter().map(|text| PlainValue::Text(text.clone())).collect::<Vec<_>>();
                let (before, behind) = own.split_at(2);
                let shape = place.and_then(|text| wkt::read(&text).ok()).and_then(|geometry| geometry.to_shape());
                let values =
                    text(before).into_iter().chain(self.columns.iter().map(cell)).chain(text(behind)).collect();
                Some(PlainRow { fid: None, shape, values })
            }
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        write_plain(&self.path, &[table], &mut [&mut rows]).map_err(|error| unwritable(&self.path, &error))?;
        failed.map_or(Ok(()), Err)
    }
}

impl Drop for RejectFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.waiting_at);
    }
}

/// A cell in the words of its file.
fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Error(text) => text.to_string(),
        Cell::Json(serde_json::Value::Null) => String::new(),
        Cell::Json(json) => json.to_string(),
    }
}

fn unwritable(path: &Path, err: &dyn std::fmt::Display) -> IngestError {
    IngestError::RejectsUnwritable { path: path.display().to_string(), detail: Detail::quoted(err) }
}
