//! Why a row is rejected, and the report that says so: a CSV file that spreadsheets open, one line a rejected row.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::IngestError;
use super::record::Record;
use crate::model::{Lang, Speak};

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

/// The report of rejected rows: CSV in UTF-8 with a byte order mark.
pub struct RejectFile {
    path: PathBuf,
    rows: csv::Writer<BufWriter<File>>,
    lang: Lang,
}

impl RejectFile {
    /// Makes the file, over an older one of that name.
    pub fn create(path: &Path, lang: Lang) -> Result<RejectFile, IngestError> {
        let failed = |err: std::io::Error| unwritable(path, &err);
        let mut file = BufWriter::new(File::create(path).map_err(failed)?);
        file.write_all("\u{feff}".as_bytes()).map_err(failed)?;
        let mut report = RejectFile { path: path.to_owned(), rows: csv::Writer::from_writer(file), lang };
        report.line(match lang {
            Lang::Zh => ["文件", "行", "键", "原因代码", "原因", "原内容"],
            Lang::En => ["file", "row", "key", "code", "reason", "original"],
        })?;
        Ok(report)
    }

    /// Adds a rejected row.
    pub fn add(&mut self, file: &str, record: &Record, reason: &Reason) -> Result<(), IngestError> {
        // A spreadsheet takes a cell that begins so for a formula.
        let key = record.key.as_deref().unwrap_or_default();
        let quote = if key.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
        let original = record.to_original();
        let sentence = reason.say(self.lang);
        self.line([file, &record.row.to_string(), &format!("{quote}{key}"), reason.code(), &sentence, &original])
    }

    /// Ends the report on disk.
    pub fn finish(mut self) -> Result<(), IngestError> {
        self.rows.flush().map_err(|err| unwritable(&self.path, &err))
    }

    fn line(&mut self, cells: [&str; 6]) -> Result<(), IngestError> {
        self.rows.write_record(cells).map_err(|err| unwritable(&self.path, &err))
    }
}

fn unwritable(path: &Path, err: &dyn std::fmt::Display) -> IngestError {
    IngestError::RejectsUnwritable { path: path.display().to_string(), detail: err.to_string() }
}
