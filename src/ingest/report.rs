//! What became of the files: counts that add up, what was guessed, what could not be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::changes::Changes;
use super::format::Format;
use super::ignored::Ignored;
use super::inputs::PassedOver;
use super::mapping::ColumnReport;
use super::reject::Reason;
use crate::crs::Crs;
use crate::model::{FieldType, Layer, Speak};
use crate::store::{Counts, Revision};

crate::sentences! {
    /// What an import decided by itself, or could not read, for the person to check.
    #[derive(Eq, PartialOrd, Ord, Hash)]
    pub enum Remark {
        /// Content and name disagree.
        OtherFormat { found: &'static str, promised: &'static str }
            "format_differs", "内容是 {found}，不是文件名所示的 {promised}；按内容读取。", "The content is {found}, not {promised} as the name says; it was read as what it is.";
        /// An encoding was found out.
        Encoding { encoding: &'static str }
            "encoding_guessed", "不是 UTF-8，按 {encoding} 读取；如有乱码请另存为 UTF-8。", "It is not UTF-8 and was read as {encoding}; if names look wrong, save it as UTF-8.";
        /// An encoding was found out, but another fits as well.
        EncodingUnsure { encoding: &'static str, other: &'static str }
            "encoding_unsure", "不是 UTF-8，按 {encoding} 读取，但 {other} 同样说得通；如有乱码请加 --encoding {other}。", "It is not UTF-8 and was read as {encoding}, but {other} would fit as well: if names look wrong, add --encoding {other}.";
        /// The header is not the first row.
        HeaderRow { row: u64, above: String }
            "header_row", "表头在第 {row} 行；其上各行（{above}）不作为数据。不对请用 --header-row 指明。", "The header is row {row}; the rows above it ({above}) are no data. If that is wrong, name it with --header-row.";
        /// A table without a header.
        NoHeader {}
            "header_none", "没有表头，各列按位置命名为 column 1、column 2……", "It has no header; its columns are called column 1, column 2 and so on.";
        /// Decimal commas.
        DecimalComma { columns: String }
            "decimal_comma", "这些列的逗号是小数点：{columns}。", "In these columns the comma is the decimal point: {columns}.";
        /// Commas that may be decimal.
        PerhapsComma { columns: String }
            "decimal_comma_unsure", "这些列的数字两可，按全表习惯把逗号读作小数点、点读作千位分隔：{columns}；不对请加 --decimal point。", "Numbers of these columns can be read two ways; as in the rest of the table the comma is taken for the decimal point and the point for thousands: {columns}. If that is wrong, add --decimal point.";
        /// Commas that may be thousands.
        PerhapsThousands { columns: String }
            "thousands_unsure", "这些列的逗号按千位分隔读取（1,234 读作 1234）：{columns}；若为小数请加 --decimal comma。", "In these columns the comma is taken for thousands (1,234 is 1234): {columns}. If it is the decimal point, add --decimal comma.";
        /// Longitude first.
        PairsLonLat { column: String }
            "pairs_lon_lat", "列 {column} 按“经度, 纬度”读取；不对请加 --map latlon={column}。", "The pairs of {column} are taken for longitude, latitude; if that is wrong, add --map latlon={column}.";
        /// Latitude first.
        PairsLatLon { column: String }
            "pairs_lat_lon", "列 {column} 按“纬度, 经度”读取；不对请加 --map lonlat={column}。", "The pairs of {column} are taken for latitude, longitude; if that is wrong, add --map lonlat={column}.";
        /// Numbers without a unit that cannot be in the field's.
        UnitMissing { layer: &'static str, field: &'static str, column: String, example: String, units: String }
            "unit_missing", "列 {column} 没有写明单位，而数值（例如 {example}）不可能是 {layer}.{field} 的单位，未采用。请指明：--unit {field}={units}。", "{column} names no unit, and its numbers (such as {example}) cannot be in that of {layer}.{field}, so it was not taken. Name the unit: --unit {field}={units}.";
        /// A profile's column that is not there.
        ProfileColumn { column: String, field: String }
            "profile_column_missing", "方案中字段 {field} 的列 {column} 在此文件中没有。", "The profile takes {field} from the column {column}, which this file does not have.";
        /// A part of a Shapefile is not beside it.
        PartMissing { part: &'static str, what: &'static str }
            "shapefile_part_missing", "旁边没有 .{part}（{what}）：不用它读取。", "There is no .{part} ({what}) beside it; it was read without.";
        /// The separator of a table.
        Separator { separator: &'static str }
            "separator_guessed", "列分隔符：{separator}。", "Columns are separated by {separator}.";
        /// The columns of the place.
        PlaceColumns { columns: String }
            "place_columns", "位置取自：{columns}。", "Places are taken from: {columns}.";
        /// The coordinates are bent.
        Gcj02 {}
            "crs_gcj02", "坐标按 GCJ-02 读取，转换为 WGS 84 保存。", "Its coordinates are taken for GCJ-02 and kept as WGS 84.";
        /// The coordinates are in another system.
        OtherCrs { crs: String }
            "crs_taken", "坐标按 {crs} 读取，转换为 WGS 84 保存。", "Its coordinates are taken for {crs} and kept as WGS 84.";
        /// Numbers that can only be one system.
        CrsEvident { crs: String, typed: String }
            "crs_evident", "没有注明坐标系；数字只能是带带号的高斯—克吕格坐标，按 {crs} 读取。若是 1980 西安或 1954 北京坐标，会偏出几十到一百多米，请先向提供单位确认；确认后可写 --crs {typed}。", "Nothing states the coordinates; the numbers can only be Gauss–Krüger with the zone's number, and are taken for {crs}. Were they Xian 1980 or Beijing 1954, they would be tens of metres up to more than a hundred off: ask the office. Once sure, say --crs {typed}.";
        /// A stated system that is written otherwise.
        CrsWrittenAs { crs: String, found: String }
            "crs_written_as", "注明的坐标系是 {crs}，从数字看带号或先后次序不同，按 {found} 读取。", "It states {crs}, and its numbers have the zone's number or the order otherwise: they are taken for {found}.";
        /// Points that fit the town in another system.
        WrongDatum { taken: String, fits: String, typed: String, before_m: u32, after_m: u32, nearer: usize, of: usize, zh: &'static str, en: &'static str }
            "wrong_datum", "坐标按 {taken} 读取，但看来是 {fits}：与最近{zh}的距离（中位数）现为 {before_m} 米，按 {fits} 则为 {after_m} 米，{of} 个点中有 {nearer} 个更近。请加 --crs {typed} 再次导入（以位置识别要素的，再加 --replace，免得错处的留下）。", "Its coordinates were taken for {taken}, and look like {fits}: half of the points lie more than {before_m} m from the nearest {en}, taken for {fits} {after_m} m, and {nearer} of {of} come nearer. Import it again with --crs {typed} (and with --replace where features are known by their place alone, so that the misplaced ones go).";
        /// Something worth knowing of that system.
        CrsNote { crs: String, zh: String, en: String }
            "crs_note", "{crs}：{zh}。", "{crs}: {en}.";
        /// The layer was guessed.
        LayerGuessed { layer: &'static str, why: String }
            "layer_guessed", "判断图层为 {layer}（{why}）；不对请用 --layer 指明。", "The layer is taken to be {layer} ({why}); if that is wrong, name it with --layer.";
        /// Columns that no field takes.
        KeptAside { columns: String }
            "columns_kept_aside", "没有对应字段、原样保留的列：{columns}。可用 --map 字段=列名 指定。", "Columns no field takes, kept as they are: {columns}. Assign them with --map field=column.";
        /// What makes a key.
        KeyColumn { column: String }
            "key_column", "以列 {column} 识别要素；再次导入时相同的值更新同一要素。", "Features are known by the column {column}; the same value in a later import is the same feature.";
        /// An export of ours.
        OwnExport { layer: &'static str }
            "own_export", "这是 firemap 导出的 {layer}：来源与编号按文件所写，未导出的内容（受限字段、其他列）保持不变。", "It is an export of {layer} by firemap: sources and keys are those it names, and what exports leave out (restricted fields, other columns) stays as it is.";
        /// A mended report of rejects.
        OwnRejects { layer: &'static str, source: String }
            "own_rejects", "这是 firemap 的拒绝报告：图层 {layer}、来源 {source}、坐标系和列对应沿用原来的导入。", "It is a report of rejects by firemap: layer {layer}, source {source}, coordinates and columns are those of the import that made it.";
        /// GeoJSON's own key.
        KeyId {}
            "key_id", "以文件自带的 id 识别要素；再次导入时相同的 id 更新同一要素。", "Features are known by the id that the file gives them; the same id in a later import is the same feature.";
        /// The place is the key.
        KeyPlace {}
            "key_place", "没有可用的编号列，以位置识别要素；位置改动后会成为新的要素。", "There is no column of keys: features are known by their place, and one that moves is another feature.";
        /// The source was known by something else before.
        KeyDiffers { before: String }
            "key_differs", "这个来源以前以 {before} 识别要素，这个文件没有它：同一要素会成为新的要素。请用 --key 列名 指明，或核对文件。", "Features of this source were known by {before} before, which this file does not have: the same ones become new ones. Name the column with --key, or see whether it is the right file.";
        /// A key stands twice.
        KeyRepeated { example: String }
            "key_repeated", "编号重复，都保留，后者加 #2、#3（例如 {example}）。", "Keys that stand more than once; all are kept, the later as #2, #3 (such as {example}).";
        /// A value assumed.
        Assumed { layer: &'static str, field: &'static str, word: &'static str }
            "value_assumed", "{layer}.{field} 没有数据，按“{word}”处理。", "Nothing says {layer}.{field}; it is taken to be {word}.";
        /// Hydrants of which nothing says whether they work.
        StateUnknown { layer: &'static str }
            "state_unknown", "没有说明 {layer} 的状态（state）：状态不明，不计为可用。", "Nothing says the state of each {layer}: it is unknown, and unknown never counts as in service.";
        /// A cell that could not be read.
        Unread { layer: &'static str, field: &'static str, column: String, example: String, row: u64 }
            "value_unread", "{layer}.{field} 无法从列 {column} 读取，按未知处理，原值保留（例如第 {row} 行的“{example}”）。", "{layer}.{field} cannot be read from {column}: unknown, the original kept (such as “{example}” in row {row}).";
        /// Shapes kept though they cross themselves.
        SelfCrossing { layer: &'static str }
            "self_crossing", "{layer} 的边界自相交，保留并标记。", "Outlines of {layer} that cross themselves are kept and flagged.";
        /// Areas kept as places.
        AreaAsPlace { layer: &'static str }
            "area_as_place", "{layer} 以面给出，取面内一点。", "Areas of {layer} are kept as a place inside them.";
        /// What heights a file holds.
        Relief { square: String, arc_seconds: usize, lowest: i16, highest: i16, voids: String }
            "relief", "方格 {square} 的地面高程，每 {arc_seconds}″ 一点：最低 {lowest} 米，最高 {highest} 米（EGM96 海平面起算），{voids} % 空缺；空缺处高程按未知处理。", "Heights of the ground of the square {square}, one every {arc_seconds}″: {lowest} m to {highest} m above mean sea level (EGM96), {voids} % void; where they are void the height is unknown.";
        /// Heights that are none.
        ReliefVoid { square: String }
            "relief_void", "方格 {square} 的高程全部空缺：该处高程未知。", "All heights of the square {square} are void: nothing is known of them.";
        /// What an extract's edge has left.
        Cut { layer: &'static str }
            "cut_at_edge", "{layer} 在文件边缘被裁断，只保留文件内的部分。请用更大范围的文件。", "Cut off at the extract's edge; what is left of each {layer} is kept. Take an extract with a margin.";
    }
}

/// Keys that stand more than once in a file: the first of them with their rows, and how many there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Duplicates {
    /// Keys in order of their second row, each with the rows it stands in; at most [`Duplicates::MOST_KEYS`] keys of
    /// [`Duplicates::MOST_ROWS`] rows.
    pub keys: Vec<(String, Vec<u64>)>,
    /// All keys that stand more than once.
    pub keys_in_all: u64,
    /// All rows whose key has stood before.
    pub rows_in_all: u64,
}

impl Duplicates {
    /// Keys told one by one.
    pub const MOST_KEYS: usize = 20;
    /// Rows of a key told one by one.
    pub const MOST_ROWS: usize = 20;

    pub(super) fn add(&mut self, key: &str, first: u64, nth: u32, row: u64) {
        self.rows_in_all += 1;
        self.keys_in_all += u64::from(nth == 2);
        let is_new = nth == 2 && self.keys.len() < Duplicates::MOST_KEYS;
        match self.keys.iter_mut().find(|(known, _)| known == key) {
            Some((_, rows)) if rows.len() < Duplicates::MOST_ROWS => rows.push(row),
            Some(_) => {}
            None if is_new => self.keys.push((key.to_owned(), vec![first, row])),
            None => {}
        }
    }
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileReport {
    /// Its name, without its folder.
    pub file: Arc<str>,
    /// Its format.
    pub format: Format,
    /// The source its features have.
    pub source: Arc<str>,
    /// The system its coordinates were read in.
    pub crs: Crs,
    /// Records it holds; an OpenStreetMap element of two layers counts twice, a square of heights once.
    pub read: u64,
    /// Features, or squares of heights, handed to the store.
    pub kept: u64,
    /// The same by layer and source.
    pub seen: BTreeMap<(Layer, Arc<str>), u64>,
    /// Elements no layer asks for.
    pub ignored: BTreeMap<Ignored, u64>,
    /// Rejected records: the first of each reason, and how many.
    pub rejected: Vec<(Reason, u64)>,
    /// Keys that stand more than once.
    pub duplicates: Duplicates,
    /// What to check, and how many records it concerns (0: the file).
    pub remarks: Vec<(Remark, u64)>,
    /// What became of each column of a table.
    pub columns: Vec<ColumnReport>,
    /// Words that a vocabulary does not know, by field, and how often they stand.
    pub unmatched: BTreeMap<(&'static str, String), u64>,
}

/// The most different unknown words that are counted; beyond, only the remark of the column counts them.
const MOST_WORDS: usize = 1000;

impl FileReport {
    pub(super) fn reject(&mut self, reason: Reason) {
        match self.rejected.iter_mut().find(|(known, _)| known.code() == reason.code()) {
            Some((_, count)) => *count += 1,
            None => self.rejected.push((reason, 1)),
        }
    }

    /// Counts a remark; of those about a column or a key the first example is kept.
    pub(super) fn remark(&mut self, remark: Remark, count: u64) {
        let same = |known: &Remark| match (known, &remark) {
            (Remark::Unread { layer, field, column, .. }, Remark::Unread { layer: l, field: f, column: c, .. }) => {
                (layer, field, column) == (l, f, c)
            }
            (Remark::KeyRepeated { .. }, Remark::KeyRepeated { .. }) => true,
            (known, remark) => known == remark,
        };
        match self.remarks.iter_mut().find(|(known, _)| same(known)) {
            Some((_, known)) => *known += count,
            None => self.remarks.push((remark, count)),
        }
    }

    /// Counts a cell of a column that could not be read, and its word where the field has a vocabulary.
    pub(super) fn unread(&mut self, field: &crate::model::Field, column: &str, text: &str) {
        if let Some(known) = self.columns.iter_mut().find(|known| &*known.column == column) {
            known.unread += 1;
        }
        let has_words = matches!(field.ty, FieldType::Choice(_) | FieldType::Bool) && field.is_public();
        let key = (field.name, text.trim().to_owned());
        if has_words && (self.unmatched.len() < MOST_WORDS || self.unmatched.contains_key(&key)) {
            *self.unmatched.entry(key).or_default() += 1;
        }
    }

    /// Rejected records in all.
    pub fn rejected_in_all(&self) -> u64 {
        self.rejected.iter().map(|(_, count)| count).sum()
    }

    /// Ignored elements in all.
    pub fn ignored_in_all(&self) -> u64 {
        self.ignored.values().sum()
    }

    /// Whether every record is accounted for.
    pub fn adds_up(&self) -> bool {
        self.kept + self.rejected_in_all() + self.ignored_in_all() == self.read
    }
}

/// What became of an import.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its files, in order.
    pub files: Vec<FileReport>,
    /// What lay in folders and archives and is no data, or data that is not read.
    pub passed_over: Vec<PassedOver>,
    /// What the store made of the features, by layer.
    pub counts: Vec<(Layer, Counts)>,
    /// What it made of squares of relief.
    pub relief: Counts,
    /// What changed in rows that were there before, field by field.
    pub changes: Changes,
    /// The store's revision after it.
    pub revision: Revision,
    /// Whether nothing was written on purpose.
    pub dry_run: bool,
}

impl Report {
    /// Features kept, whether new or not.
    pub fn kept(&self) -> u64 {
        self.files.iter().map(|file| file.kept).sum()
    }

    /// Records rejected.
    pub fn rejected(&self) -> u64 {
        self.files.iter().map(FileReport::rejected_in_all).sum()
    }
}
