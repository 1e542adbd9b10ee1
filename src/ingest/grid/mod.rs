//! Tables of any kind, CSV or spreadsheet: where the header stands, which columns make the place, what commas mean,
//! and which rows are none.
//!
//! A table is read twice: once to see what its columns show from top to bottom, once to hand on its records. Rows are
//! numbered as a spreadsheet shows them.

pub mod angle;
pub mod header;
mod notes;
pub mod numerals;
pub mod place;
pub mod rows;

use serde_json::{Number, Value as Json};

use self::header::Head;
use self::numerals::{Numerals, Signs};
use self::place::{Order, Place, Seen};
use self::rows::{Raw, Rows, TopRow};
use super::detail::detail;
use super::error::IngestError;
use super::names::plain;
use super::options::Options;
use super::record::{Cell, Item, Reader, Record};
use super::report::Remark;
use crate::crs::{Crs, CrsError};

/// The most columns of a table.
pub const MOST_COLUMNS: usize = 4096;

/// What a table's own rows say of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fact {
    /// The unit of a line of units under the header, empty where there is none.
    pub unit: String,
    /// What commas and points mean in it.
    pub numerals: Numerals,
}

/// A table, record by record.
pub struct GridReader {
    rows: Box<dyn Rows>,
    head: Head,
    columns: Vec<Box<str>>,
    numerals: Vec<Numerals>,
    place: Place,
    order: Order,
    crs: Option<Crs>,
    /// Rows of the header and above it that are still to be passed over.
    before: usize,
    read: u64,
}

/// Opens the rows of a table from the first on.
pub type Again<'a> = dyn Fn() -> Result<Box<dyn Rows>, IngestError> + 'a;

impl GridReader {
    /// Opens a table and finds its header and the columns of its place: of several those whose names tell the system
    /// that is `told`. `path` is what its sentences call it.
    pub fn open(
        path: &str,
        again: &Again<'_>,
        options: &Options,
        told: Option<&Crs>,
        remarks: &mut Vec<(Remark, u64)>,
    ) -> Result<GridReader, IngestError> {
        let mut rows = again()?;
        let top = top_of(rows.as_mut())?;
        let head = find_head(path, &top, options)?;
        if head.names.len() > MOST_COLUMNS {
            let what = detail!("多于 {MOST_COLUMNS} 列", "more than {MOST_COLUMNS} columns");
            return Err(IngestError::TooMuch { path: path.to_owned(), what });
        }
        let columns = names(head.names.iter().map(String::as_str));
        let behind = top.get(head.rows..).unwrap_or_default();
        let (place, crs) = find_place(path, &columns, behind, options, told)?;
        let survey = Survey::of(again()?.as_mut(), &head, columns.len(), place)?;
        let (numerals, unsure) = numerals::decide(&survey.signs, options.tables.numerals);
        if let Some(example) = survey.place.packed() {
            let column = list(&place_names(place, &columns));
            return Err(IngestError::PackedAngles { path: path.to_owned(), column, example: example.to_owned() });
        }
        let order = order_of(path, place, &columns, &survey.place, remarks)?;
        remarks.extend(tell_head(&head).map(|remark| (remark, 0)));
        tell_numerals(&columns, &survey.signs, &numerals, &unsure, remarks);
        remarks.push((Remark::PlaceColumns { columns: list(&place_names(place, &columns)) }, 0));
        let before = head.rows;
        Ok(GridReader { rows: again()?, head, columns, numerals, place, order, crs, before, read: 0 })
    }

    /// Names of the columns, each once.
    pub fn columns(&self) -> &[Box<str>] {
        &self.columns
    }

    /// Names of the columns that make the place.
    pub fn place_columns(&self) -> Vec<Box<str>> {
        place_names(self.place, &self.columns)
    }

    /// What the table says of each column.
    pub fn facts(&self) -> Vec<Fact> {
        let unit = |ix: usize| self.head.units.get(ix).cloned().unwrap_or_default();
        let fact = |(ix, numerals): (usize, &Numerals)| Fact { unit: unit(ix), numerals: *numerals };
        self.numerals.iter().enumerate().map(fact).collect()
    }

    fn record(&self) -> Record {
        let width = self.rows.width();
        let mut columns = Vec::with_capacity(width);
        for ix in 0..width {
            let Some(raw) = self.rows.cell(ix) else { continue };
            // Cells beyond the header are kept under a number.
            let name = self.columns.get(ix).cloned().unwrap_or_else(|| format!("column {}", ix + 1).into());
            columns.push((name, cell(raw)));
        }
        Record {
            row: self.rows.number(),
            key: None,
            layer: None,
            geometry: place::geometry(self.place, self.order, &self.numerals, self.rows.as_ref()),
            columns,
            original: None,
            cut: false,
        }
    }

    fn advance(&mut self) -> Result<Option<Item>, IngestError> {
        while self.rows.advance()? {
            if self.before > 0 {
                self.before -= 1;
                continue;
            }
            self.read += 1;
            let why = notes::why_none(&self.head, has_place(self.place, self.rows.as_ref()), self.rows.as_ref());
            return Ok(Some(match why {
                Some(why) => Item::Ignored(why, 1),
                None => Item::Record(self.record()),
            }));
        }
        Ok(None)
    }
}

impl Iterator for GridReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

impl Reader for GridReader {
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        self.rows.progress()
    }

    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        self.crs.clone().map(Ok)
    }
}

/// Whether a table that begins so has a header with columns for a place; how many rows of it hold anything.
pub fn looks_placed(top: &[TopRow]) -> bool {
    let Some(head) = header::find(top, None) else { return false };
    let columns = names(head.names.iter().map(String::as_str));
    let behind = top.get(head.rows..).unwrap_or_default();
    !behind.is_empty() && (place::named(&columns, None).is_some() || place::by_content(behind, columns.len()).is_some())
}

/// The first rows of a table.
pub fn top_of(rows: &mut dyn Rows) -> Result<Vec<TopRow>, IngestError> {
    let mut top = Vec::new();
    while top.len() < header::TOP && rows.advance()? {
        top.push(TopRow::of(rows));
    }
    Ok(top)
}

fn find_head(path: &str, top: &[TopRow], options: &Options) -> Result<Head, IngestError> {
    match (header::find(top, options.tables.header_row), options.tables.header_row) {
        (Some(head), _) => Ok(head),
        (None, Some(row)) => Err(IngestError::NoSuchRow { path: path.to_owned(), row, most: header::TOP }),
        (None, None) => Err(IngestError::Empty { path: path.to_owned() }),
    }
}

fn find_place(
    path: &str,
    columns: &[Box<str>],
    behind: &[TopRow],
    options: &Options,
    told: Option<&Crs>,
) -> Result<(Place, Option<Crs>), IngestError> {
    let mut words = Vec::new();
    // What a profile keeps of the place is a hint; a file without such columns is looked through as ever.
    for (word, column) in options.tables.kept_columns.iter().filter(|(word, _)| place::WORDS.contains(&word.as_str())) {
        let at = columns.iter().position(|name| plain(name) == plain(column));
        words.extend(at.map(|ix| (ix, word.as_str())));
    }
    for (word, column) in options.map.iter().filter(|(word, _)| place::WORDS.contains(&word.as_str())) {
        let ix = columns.iter().position(|name| **name == **column).or_else(|| {
            let wanted = plain(column);
            columns.iter().position(|name| plain(name) == wanted)
        });
        let (column, path) = (column.clone(), path.to_owned());
        let ix = ix.ok_or_else(|| IngestError::NoSuchColumn { column, path, columns: list(columns) })?;
        words.retain(|(_, known)| *known != word.as_str());
        words.push((ix, word.as_str()));
    }
    let by_content = || place::by_content(behind, columns.len()).map(|place| (place, None));
    let place =
        place::told(&words).map(|place| (place, None)).or_else(|| place::named(columns, told)).or_else(by_content);
    place.ok_or_else(|| IngestError::NoPlaceColumns { path: path.to_owned(), columns: list(columns) })
}

/// What the columns show from top to bottom.
struct Survey {
    signs: Vec<Signs>,
    place: Seen,
}

impl Survey {
    fn of(rows: &mut dyn Rows, head: &Head, width: usize, place: Place) -> Result<Survey, IngestError> {
        let mut survey = Survey { signs: vec![Signs::default(); width], place: Seen::default() };
        let mut before = head.rows;
        while rows.advance()? {
            if before > 0 {
                before -= 1;
                continue;
            }
            for (ix, signs) in survey.signs.iter_mut().enumerate().take(rows.width()) {
                if let Some(Raw::Text(text)) = rows.cell(ix) {
                    signs.look_at(text);
                }
            }
            survey.place.look_at(place, rows);
        }
        // Commas between two numbers of one cell are not within them.
        if let Place::One(ix, _) = place
            && let Some(signs) = survey.signs.get_mut(ix)
            && survey.place.has_pairs()
        {
            *signs = Signs::default();
        }
        Ok(survey)
    }
}

fn order_of(
    path: &str,
    place: Place,
    columns: &[Box<str>],
    seen: &Seen,
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Order, IngestError> {
    let Place::One(ix, by_name) = place else { return Ok(Order::LonLat) };
    let column = columns.get(ix).map(|name| name.to_string()).unwrap_or_default();
    match seen.order(by_name) {
        Ok((order, _)) => {
            if seen.has_pairs() {
                let remark = match order {
                    Order::LonLat => Remark::PairsLonLat { column },
                    Order::LatLon => Remark::PairsLatLon { column },
                };
                remarks.push((remark, 0));
            }
            Ok(order)
        }
        Err(example) => Err(IngestError::PairOrder { path: path.to_owned(), column, example }),
    }
}

fn tell_head(head: &Head) -> Option<Remark> {
    match head.above.as_slice() {
        _ if head.row == 0 => Some(Remark::NoHeader {}),
        [] if head.row == 1 => None,
        above => {
            let above = above.iter().take(10).map(u64::to_string).collect::<Vec<_>>().join(", ");
            Some(Remark::HeaderRow { row: head.row, above: if above.is_empty() { "—".to_owned() } else { above } })
        }
    }
}

fn tell_numerals(
    columns: &[Box<str>],
    signs: &[Signs],
    numerals: &[Numerals],
    unsure: &[usize],
    remarks: &mut Vec<(Remark, u64)>,
) {
    let of = |is: &dyn Fn(usize) -> bool| -> Vec<Box<str>> {
        columns.iter().enumerate().filter(|(ix, _)| is(*ix)).map(|(_, name)| name.clone()).collect()
    };
    let is_comma = |ix: usize| numerals.get(ix) == Some(&Numerals::Comma);
    let commas = of(&|ix| is_comma(ix) && signs.get(ix).is_some_and(Signs::has_commas) && !unsure.contains(&ix));
    if !commas.is_empty() {
        remarks.push((Remark::DecimalComma { columns: list(&commas) }, 0));
    }
    let unsure_comma = of(&|ix| unsure.contains(&ix) && is_comma(ix));
    if !unsure_comma.is_empty() {
        remarks.push((Remark::PerhapsComma { columns: list(&unsure_comma) }, 0));
    }
    let unsure_point = of(&|ix| unsure.contains(&ix) && !is_comma(ix));
    if !unsure_point.is_empty() {
        remarks.push((Remark::PerhapsThousands { columns: list(&unsure_point) }, 0));
    }
}

fn has_place(place: Place, rows: &dyn Rows) -> bool {
    match place {
        Place::Two { x, y, .. } => rows.cell(x).is_some() || rows.cell(y).is_some(),
        Place::One(ix, _) => rows.cell(ix).is_some(),
    }
}

fn place_names(place: Place, columns: &[Box<str>]) -> Vec<Box<str>> {
    let positions = match place {
        Place::Two { x, y, .. } => vec![x, y],
        Place::One(ix, _) => vec![ix],
    };
    positions.into_iter().filter_map(|ix| columns.get(ix).cloned()).collect()
}

fn cell(raw: Raw<'_>) -> Cell {
    match raw {
        Raw::Text(text) => Cell::Text(text.into()),
        Raw::Bool(yes) => Cell::Json(Json::Bool(yes)),
        Raw::Error(text) => Cell::Error(text.into()),
        Raw::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Cell::Json(Json::from(number as i64)),
        Raw::Number(number) => {
            Number::from_f64(number).map_or(Cell::Text(number.to_string().into()), |number| Cell::Json(number.into()))
        }
    }
}

/// Names of columns, each once; one without a name gets its number.
pub fn names<'a>(header: impl Iterator<Item = &'a str>) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for (ix, name) in header.enumerate() {
        // A name broken into lines within its cell is one name.
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = match name.trim_matches('\u{feff}') {
            "" => format!("column {}", ix + 1),
            name => name.chars().take(200).collect(),
        };
        let count = seen.entry(name.clone()).or_insert(0);
        *count += 1;
        names.push(if *count == 1 { name.into() } else { format!("{name} #{count}").into() });
    }
    names
}

/// Names for a sentence, the first of them if they are many.
pub fn list(names: &[Box<str>]) -> String {
    let short = |name: &str| name.chars().take(60).collect::<String>();
    let mut text = names.iter().take(20).map(|name| short(name)).collect::<Vec<_>>().join(", ");
    if names.len() > 20 {
        text.push_str(", …");
    }
    text
}
