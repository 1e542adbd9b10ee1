//! A store as a whole, table by table, on its way into another one: rows, books, and the log with all its history.
//!
//! Numbers, revisions and times stay what they are. Both kinds of store have the same tables and columns; what is told
//! here is how a value passes between them.

use crate::model::{Choice, FieldType, GeometryKind, Layer};

use super::geopackage::GeoPackage;
use super::postgis::PostGis;
use super::{Location, Revision, StoreError};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// Text.
    Text,
    /// One of these words.
    Word(&'static [Choice]),
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// Yes or no.
    Bool,
    /// A day.
    Date,
    /// An instant.
    Instant,
    /// Bytes.
    Bytes,
    /// A shape.
    Shape(GeometryKind),
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// None.
    Null,
    /// Text, or a word.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Yes or no.
    Bool(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A shape as GeoPackage binary with the header that firemap writes.
    Shape(Vec<u8>),
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<(&'static str, Type)>,
    /// The layer whose rows it holds.
    pub layer: Option<Layer>,
    /// Whether it gives its rows numbers.
    pub is_numbered: bool,
    /// Rows that are passed on at a time.
    pub at_a_time: usize,
}

impl Table {
    fn book(name: &str, is_numbered: bool, at_a_time: usize, columns: &[(&'static str, Type)]) -> Table {
        Table { name: name.to_owned(), columns: columns.to_vec(), layer: None, is_numbered, at_a_time }
    }

    /// All tables of a store, in the order in which they pass.
    pub fn all() -> Vec<Table> {
        use Type::{Bool, Bytes, Instant, Integer, Text};
        let mut all = vec![
            Table::book("firemap_meta", false, 1000, &[("key", Text), ("value", Text)]),
            Table::book(
                "firemap_source",
                true,
                1000,
                &[("fid", Integer), ("name", Text), ("attribution", Text), ("demo", Bool)],
            ),
            Table::book(
                "firemap_import",
                true,
                1000,
                &[
                    ("fid", Integer),
                    ("file", Text),
                    ("source", Text),
                    ("layer", Text),
                    ("hash", Text),
                    ("bytes", Integer),
                    ("row_key", Text),
                    ("time", Instant),
                    ("actor", Text),
                ],
            ),
            Table::book(
                "firemap_seen",
                false,
                1000,
                &[("layer", Text), ("import", Integer), ("first", Integer), ("last", Integer), ("rows", Bytes)],
            ),
            // One at a time: the heights of a square are many megabytes.
            Table::book(
                "firemap_relief",
                true,
                1,
                &[
                    ("fid", Integer),
                    ("south", Integer),
                    ("west", Integer),
                    ("side", Integer),
                    ("heights", Bytes),
                    ("checksum", Text),
                    ("import", Integer),
                    ("changed", Instant),
                ],
            ),
            Table::book(
                "firemap_relief_log",
                false,
                1000,
                &[
                    ("seq", Integer),
                    ("op", Text),
                    ("time", Instant),
                    ("actor", Text),
                    ("south", Integer),
                    ("west", Integer),
                ],
            ),
            Table::book(
                "firemap_edit",
                false,
                1000,
                &[
                    ("first", Integer),
                    ("last", Integer),
                    ("actor", Text),
                    ("time", Instant),
                    ("key", Text),
                    ("digest", Text),
                    ("answer", Text),
                ],
            ),
        ];
        for layer in Layer::ALL {
            all.push(Table::of(layer));
            all.push(Table::log_of(layer));
        }
        all
    }

    /// The rows of a layer.
    fn of(layer: Layer) -> Table {
        let mut columns = vec![("fid", Type::Integer), ("geom", Type::Shape(layer.def().geometry))];
        columns.extend(layer.fields().iter().map(|field| {
            let ty = match field.ty {
                FieldType::Text => Type::Text,
                FieldType::Choice(choices) => Type::Word(choices),
                FieldType::Integer(..) => Type::Integer,
                FieldType::Real(..) => Type::Real,
                FieldType::Bool => Type::Bool,
                FieldType::Date => Type::Date,
                FieldType::Instant => Type::Instant,
            };
            (field.name, ty)
        }));
        columns.extend([
            ("source", Type::Text),
            ("source_key", Type::Text),
            ("flaw", Type::Text),
            ("extra", Type::Text),
            ("import", Type::Integer),
            ("row", Type::Integer),
            ("changed", Type::Instant),
        ]);
        Table { name: layer.name().to_owned(), columns, layer: Some(layer), is_numbered: true, at_a_time: 1000 }
    }

    /// What a layer's rows were. There any word may stand.
    fn log_of(layer: Layer) -> Table {
        let mut columns =
            vec![("seq", Type::Integer), ("op", Type::Text), ("time", Type::Instant), ("actor", Type::Text)];
        columns.extend(Table::of(layer).columns.into_iter().map(|(name, ty)| match ty {
            Type::Word(_) => (name, Type::Text),
            ty => (name, ty),
        }));
        let name = format!("{}_log", layer.name());
        Table { name, columns, layer: None, is_numbered: false, at_a_time: 1000 }
    }

    /// Its columns, quoted for SQL.
    pub fn quoted(&self) -> String {
        self.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }

    /// Whether a row can stand in a store: numbers of features lie from 1 to under 2⁵³.
    pub fn holds(&self, row: &[Cell]) -> bool {
        self.layer.is_none() || matches!(row.first(), Some(Cell::Integer(fid)) if (1..1 << 53).contains(fid))
    }
}

/// What stands beside the tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// How far the log had come.
    pub revision: Revision,
    /// The last number that each numbered table has given.
    pub numbers: Vec<(String, i64)>,
    /// Values and rows of other programs that no other store can hold.
    pub left_out: u64,
}

/// Takes rows of a table.
pub type Sink<'a> = dyn FnMut(&Table, Vec<Vec<Cell>>) -> Result<(), StoreError> + 'a;

/// An empty store that is being filled; as it was when it is dropped before its end.
pub trait Filling {
    /// Adds rows to a table.
    fn take(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> Result<(), StoreError>;

    /// Keeps all of it; how many rows each table has now.
    fn finish(self: Box<Self>, beside: &Beside) -> Result<Vec<(String, u64)>, StoreError>;
}

/// What was copied.
#[derive(Clone, Debug, PartialEq)]
pub struct Copied {
    /// The revision of both.
    pub revision: Revision,
    /// Rows of layers.
    pub rows: u64,
    /// Entries of the log.
    pub entries: u64,
    /// Values and rows of other programs that could not be kept.
    pub left_out: u64,
}

/// Copies a store whole into one that is empty or not there yet: rows with their numbers, books, and the whole log.
///
/// All of it is of one moment, and appears at once or not at all. Each table is counted on both sides before it is kept.
pub fn copy(from: &Location, to: &Location) -> Result<Copied, StoreError> {
    let source = Open::at(from)?;
    let zone = source.zone()?;
    let mut filling: Box<dyn Filling> = match to {
        Location::File(path) => GeoPackage::fill(path, &zone)?,
        Location::Database(address) => PostGis::fill((**address).clone(), &zone)?,
    };
    let mut counted: Vec<(String, u64)> = Table::all().into_iter().map(|table| (table.name, 0)).collect();
    let (mut rows, mut entries, mut refused) = (0, 0, 0);
    let mut take = |table: &Table, mut some: Vec<Vec<Cell>>| {
        let before = some.len();
        some.retain(|row| table.holds(row));
        refused += (before - some.len()) as u64;
        let count = some.len() as u64;
        counted.iter_mut().filter(|(name, _)| *name == table.name).for_each(|(_, sum)| *sum += count);
        match table.layer {
            Some(_) => rows += count,
            None if table.name.ends_with("_log") => entries += count,
            None => {}
        }
        filling.take(table, some)
    };
    let mut beside = match &source {
        Open::File(store) => store.read_whole(&mut take)?,
        Open::Database(store) => store.read_whole(&mut take)?,
    };
    beside.left_out += refused;
    let kept = filling.finish(&beside)?;
    if let Some((table, _)) = counted.iter().find(|count| !kept.contains(count)) {
        return Err(StoreError::Io { path: to.to_string(), detail: format!("{table} has not all of its rows") });
    }
    Ok(Copied { revision: beside.revision, rows, entries, left_out: beside.left_out })
}

/// A store that is read.
enum Open {
    File(Box<GeoPackage>),
    Database(Box<PostGis>),
}

impl Open {
    fn at(location: &Location) -> Result<Open, StoreError> {
        Ok(match location {
            Location::File(path) => Open::File(Box::new(GeoPackage::open(path)?)),
            Location::Database(address) => Open::Database(Box::new(PostGis::open((**address).clone())?)),
        })
    }

    fn zone(&self) -> Result<String, StoreError> {
        use super::Store;
        let nothing = |_| {};
        let snapshot = match self {
            Open::File(store) => store.load_of(&[], &nothing)?,
            Open::Database(store) => store.load_of(&[], &nothing)?,
        };
        Ok(snapshot.zone)
    }
}
