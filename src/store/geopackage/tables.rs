//! Vector tables of any GeoPackage, a store's own too, as they stand: for reading alone, and for hostile files.
//!
//! The file is opened immutable, so that it is neither locked nor written; where another program's newest pages stand
//! in a log beside it, a copy of both is read. Nothing in the file's schema is trusted, a cell has at most
//! [`MOST_CELL`] bytes, and a view that never comes to its next row is interrupted.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tempfile::TempDir;

use super::file::{beside, escaped, has_wal};
use super::{lock, migrate};
use crate::model::Layer;

/// The most bytes of a cell, and of a row.
const MOST_CELL: i32 = 64 << 20;
/// The most tables of a file.
const MOST_TABLES: usize = 1000;
/// How long a row may take.
const MOST_WAIT: Duration = Duration::from_secs(30);
/// Rows and bytes that are handed on at a time.
const BATCH_ROWS: usize = 256;
const BATCH_BYTES: usize = 4 << 20;

/// A table with a geometry column, or the rows of one source in a table of a firemap store.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorTable {
    /// Its name; of a store's table `hydrant/survey`: the layer and the source.
    pub name: Box<str>,
    /// Its reference system as a code (`EPSG:4326`) and as well-known text; `None` where the file leaves it undefined.
    pub crs: Option<(Option<String>, Option<String>)>,
    /// Layer and source of a firemap store.
    pub own: Option<(Layer, Box<str>)>,
    table: String,
    geometry: String,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A truth, by the type its column declares.
    Bool(bool),
    /// A text, date or time.
    Text(Box<str>),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A row: its geometry as GeoPackage binary, then a value for each column.
pub type TableRow = (Option<Vec<u8>>, Vec<Value>);

/// The vector tables of a file, in its order. The error says what is wrong with the file.
pub fn vector_tables(path: &Path) -> Result<Vec<VectorTable>, String> {
    let source = Source::open(path)?;
    tables(&source.conn).map_err(|err| err.to_string())
}

fn tables(conn: &Connection) -> rusqlite::Result<Vec<VectorTable>> {
    let mut known = conn.prepare(
        "select g.table_name, g.column_name, s.organization, s.organization_coordsys_id, s.definition
         from gpkg_geometry_columns g join gpkg_contents c on c.table_name = g.table_name and c.data_type = 'features'
         left join gpkg_spatial_ref_sys s on s.srs_id = g.srs_id
         order by c.rowid limit ?1",
    )?;
    let is_store = migrate::version(conn).ok().flatten().is_some();
    let found = known.query_map([MOST_TABLES as i64], |row| {
        let (organization, code): (Option<String>, Option<i64>) = (row.get(2)?, row.get(3)?);
        let definition: Option<String> = row.get(4)?;
        let definition = definition.filter(|text| !text.is_empty() && text != "undefined");
        let coded = organization.zip(code.filter(|code| *code > 0)).filter(|(by, _)| !by.eq_ignore_ascii_case("none"));
        let coded = coded.map(|(by, code)| format!("{}:{code}", by.to_uppercase()));
        let crs = (coded.is_some() || definition.is_some()).then_some((coded, definition));
        let name: String = row.get(0)?;
        Ok(VectorTable { name: name.clone().into(), crs, own: None, table: name, geometry: row.get(1)? })
    })?;
    let mut tables = Vec::new();
    for table in found {
        let table = table?;
        let layer = Layer::named(&table.table).filter(|_| is_store);
        let Some(layer) = layer else {
            tables.push(table);
            continue;
        };
        let mut sources = conn.prepare(&format!("select distinct source from {} order by 1", layer.name()))?;
        for source in sources.query_map([], |row| row.get::<_, Option<String>>(0))? {
            let source = source?.unwrap_or_default();
            let (name, own) = (format!("{}/{source}", layer.name()).into(), Some((layer, source.into())));
            tables.push(VectorTable { name, own, ..table.clone() });
        }
    }
    Ok(tables)
}

/// The rows of a table, read by a thread of their own a few batches ahead.
#[derive(Debug)]
pub struct TableRows {
    columns: Vec<Box<str>>,
    batches: Receiver<Result<Vec<TableRow>, String>>,
    batch: std::vec::IntoIter<TableRow>,
    count: u64,
}

impl TableRows {
    /// Begins to read.
    pub fn of(path: &Path, table: &VectorTable) -> Result<TableRows, String> {
        let source = Source::open(path)?;
        let counted = "select feature_count from gpkg_ogr_contents where table_name = ?1";
        let count = source.conn.query_row(counted, [&table.table], |row| row.get::<_, Option<i64>>(0)).optional();
        let count = count.ok().flatten().flatten().and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
        let (send, batches) = sync_channel(2);
        let (tell, told) = sync_channel(1);
        let table = table.clone();
        let read = move || {
            if let Err(err) = source.read(&table, &tell, &send) {
                // Whoever asked has gone where this fails.
                let _ = send.send(Err(err.to_string()));
            }
        };
        std::thread::Builder::new().name("table-reader".to_owned()).spawn(read).map_err(|err| err.to_string())?;
        match told.recv() {
            Ok(columns) => Ok(TableRows { columns, batches, batch: Vec::new().into_iter(), count }),
            Err(_) => match batches.recv() {
                Ok(Err(err)) => Err(err),
                _ => Err("the reader stopped".to_owned()),
            },
        }
    }

    /// Names of the columns beside the geometry.
    pub fn columns(&self) -> &[Box<str>] {
        &self.columns
    }

    /// How many rows the file says there are; 0 where it does not say.
    pub fn promised(&self) -> u64 {
        self.count
    }
}

impl Iterator for TableRows {
    type Item = Result<TableRow, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.batch.next() {
                return Some(Ok(row));
            }
            match self.batches.recv() {
                Ok(Ok(batch)) => self.batch = batch.into_iter(),
                Ok(Err(err)) => return Some(Err(err)),
                Err(_) => return None,
            }
        }
    }
}

/// A file opened for reading alone.
struct Source {
    conn: Connection,
    /// When the row at hand was asked for.
    asked: Arc<Mutex<Instant>>,
    /// Where the copy stands that is read, if one is.
    _copy: Option<TempDir>,
}

impl Source {
    fn open(path: &Path) -> Result<Source, String> {
        let told = |err: rusqlite::Error| err.to_string();
        let (path, copy) = match has_wal(path) {
            true => copied(path).map(|(path, copy)| (path, Some(copy))).map_err(|err| err.to_string())?,
            false => (path.to_owned(), None),
        };
        let conn = match copy {
            Some(_) => Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE),
            None => {
                let path = std::path::absolute(&path).map_err(|err| err.to_string())?;
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                Connection::open_with_flags(format!("file:{}?mode=ro&immutable=1", escaped(&path)), flags)
            }
        };
        let conn = conn.map_err(told)?;
        let asked = Arc::new(Mutex::new(Instant::now()));
        guard(&conn, asked.clone()).map_err(told)?;
        Ok(Source { conn, asked, _copy: copy })
    }

    fn read(
        &self,
        table: &VectorTable,
        tell: &SyncSender<Vec<Box<str>>>,
        send: &SyncSender<Result<Vec<TableRow>, String>>,
    ) -> rusqlite::Result<()> {
        let quoted = table.table.replace('"', "\"\"");
        let booleans: Vec<String> = self
            .conn
            .prepare("select name from pragma_table_info(?1) where upper(type) = 'BOOLEAN'")?
            .query_map([&table.table], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut select = match &table.own {
            None => self.conn.prepare(&format!("select * from \"{quoted}\""))?,
            Some(_) => self.conn.prepare(&format!("select * from \"{quoted}\" where coalesce(source, '') = ?1"))?,
        };
        let names: Vec<String> = select.column_names().into_iter().map(str::to_owned).collect();
        let is_shape = |name: &String| name.eq_ignore_ascii_case(&table.geometry);
        let shape =
            names.iter().position(is_shape).ok_or(rusqlite::Error::InvalidColumnName(table.geometry.clone()))?;
        let is_bool: Vec<bool> = names.iter().map(|name| booleans.contains(name)).collect();
        let others = names.iter().enumerate().filter(|(ix, _)| *ix != shape).map(|(_, name)| name.as_str().into());
        if tell.send(others.collect()).is_err() {
            return Ok(());
        }
        let mut rows = match &table.own {
            None => select.query([])?,
            Some((_, source)) => select.query([source])?,
        };
        let (mut batch, mut bytes) = (Vec::new(), 0);
        loop {
            *lock(&self.asked) = Instant::now();
            let Some(row) = rows.next()? else { break };
            let geometry = match row.get_ref(shape)? {
                ValueRef::Null => None,
                ValueRef::Blob(blob) => Some(blob.to_vec()),
                // What is no blob is no geometry; the bytes say so to whoever reads them.
                ValueRef::Text(text) => Some(text.to_vec()),
                _ => Some(Vec::new()),
            };
            bytes += geometry.as_ref().map_or(0, Vec::len);
            let mut values = Vec::with_capacity(names.len());
            for ix in (0..names.len()).filter(|ix| *ix != shape) {
                let value = value(row.get_ref(ix)?, is_bool[ix]);
                bytes += match &value {
                    Value::Text(text) => text.len(),
                    Value::Bytes(bytes) => bytes.len(),
                    _ => 8,
                };
                values.push(value);
            }
            batch.push((geometry, values));
            if batch.len() == BATCH_ROWS || bytes > BATCH_BYTES {
                bytes = 0;
                if send.send(Ok(std::mem::take(&mut batch))).is_err() {
                    return Ok(());
                }
            }
        }
        let _ = send.send(Ok(batch));
        Ok(())
    }
}

/// A copy of the file with the log of its newest pages, in a folder of its own.
fn copied(path: &Path) -> std::io::Result<(PathBuf, TempDir)> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.gpkg");
    std::fs::copy(path, &copy)?;
    std::fs::copy(beside(path, "-wal"), beside(&copy, "-wal"))?;
    Ok((copy, folder))
}

/// Takes from a connection what a hostile file could use.
fn guard(conn: &Connection, asked: Arc<Mutex<Instant>>) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_CELL)?;
    conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20)?;
    conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "mmap_size", 0)?;
    conn.pragma_update(None, "temp_store", "memory")?;
    conn.pragma_update(None, "cache_size", -8000)?;
    conn.progress_handler(100_000, Some(move || lock(&asked).elapsed() > MOST_WAIT))
}

fn value(value: ValueRef<'_>, is_bool: bool) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(yes @ (0 | 1)) if is_bool => Value::Bool(yes == 1),
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}
