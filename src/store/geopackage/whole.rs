//! The file as a whole: read table by table, filled table by table, and copied page by page while it is in use.

use std::path::{Path, PathBuf};

use rusqlite::backup::Backup;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::{GeoPackage, blob, file, read, rtree, schema, times};
use crate::model::Layer;
use crate::store::StoreError;
use crate::store::exchange::{Beside, Cell, Filling, Sink, Table, Type};

impl GeoPackage {
    /// Hands over every table, all of one moment.
    pub fn read_whole(&self, sink: &mut Sink<'_>) -> Result<Beside, StoreError> {
        let told = |error| file::told(&self.path, &error);
        let conn = file::connect(&self.path, file::Cache::Reading).map_err(told)?;
        let tx = conn.unchecked_transaction().map_err(told)?;
        let mut beside = Beside { revision: read::head(&tx).map_err(told)?, ..Beside::default() };
        for table in Table::all() {
            let sql = format!("select {} from \"{}\"", table.quoted(), table.name);
            let mut statement = tx.prepare(&sql).map_err(told)?;
            let mut rows = statement.query([]).map_err(told)?;
            let mut some = Vec::new();
            while let Some(row) = rows.next().map_err(told)? {
                let mut cells = Vec::with_capacity(table.columns.len());
                for (ix, (_, ty)) in table.columns.iter().enumerate() {
                    let stored = row.get_ref(ix).map_err(told)?;
                    let cell = cell_of(*ty, stored);
                    beside.left_out += u64::from(cell.is_none());
                    cells.push(cell.unwrap_or(Cell::Null));
                }
                some.push(cells);
                if some.len() >= table.at_a_time {
                    sink(&table, std::mem::take(&mut some))?;
                }
            }
            sink(&table, some)?;
            if table.is_numbered {
                let last = "select seq from sqlite_sequence where name = ?1";
                let last = tx.query_row(last, [&table.name], |row| row.get::<_, i64>(0)).optional().map_err(told)?;
                beside.numbers.extend(last.map(|last| (table.name, last)));
            }
        }
        Ok(beside)
    }

    /// Begins to fill a file that is not there yet; it appears at its place when it is whole.
    pub fn fill(path: &Path, zone: &str) -> Result<Box<dyn Filling>, StoreError> {
        if path.exists() {
            return Err(StoreError::NotEmpty { path: path.display().to_string() });
        }
        let part = part_of(path);
        remove(&part);
        let filled = Filled { path: path.to_owned(), part, conn: None, relief: Vec::new() };
        file::create(&filled.part, zone)?;
        filled.begun().map(|filled| Box::new(filled) as Box<dyn Filling>)
    }

    /// Copies a store that may be in use to a file, as it is at one moment, and looks whether the copy is sound.
    pub fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
        file::check(from)?;
        let part = part_of(to);
        remove(&part);
        let told = |error| file::told(from, &error);
        let copied = (|| {
            let source =
                Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            source.busy_timeout(std::time::Duration::from_secs(30))?;
            let mut copy = Connection::open(&part)?;
            copy.pragma_update(None, "synchronous", "full")?;
            // In one step: it reads one moment, and whoever writes meanwhile does not make it begin again.
            Backup::new(&source, &mut copy)?.step(-1)?;
            copy.pragma_update(None, "journal_mode", "delete")?;
            copy.close().map_err(|(_, error)| error)
        })();
        copied.map_err(|error| match told(error) {
            // What is read needs no room.
            StoreError::DiskFull { .. } => StoreError::DiskFull { path: to.display().to_string() },
            other => other,
        })?;
        let kept = verify(&part).and_then(|()| put_in_place(&part, to));
        remove(&part);
        kept
    }
}

/// Looks whether a file is a sound store from its first page to its last.
pub fn verify(path: &Path) -> Result<(), StoreError> {
    file::check(path)?;
    let told = |error| file::told(path, &error);
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let conn = conn.map_err(told)?;
    let found: String = conn.query_row("pragma integrity_check(1)", [], |row| row.get(0)).map_err(told)?;
    if found != "ok" {
        return Err(StoreError::Damaged { path: path.display().to_string(), detail: found });
    }
    let head = read::head(&conn).map_err(told)?.0;
    for layer in Layer::ALL {
        let sql = format!("select coalesce(max(seq), 0) from {}", schema::log(layer));
        let last: i64 = conn.query_row(&sql, [], |row| row.get(0)).map_err(told)?;
        if last as u64 > head {
            let detail = format!("the log of {} is further than the store", layer.name());
            return Err(StoreError::Damaged { path: path.display().to_string(), detail });
        }
    }
    Ok(())
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".part-{}", std::process::id()));
    part.into()
}

fn remove(part: &Path) {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut path = part.as_os_str().to_owned();
        path.push(ending);
        // Gone already where all went well.
        let _ = std::fs::remove_file(path);
    }
}

/// Gives a file its name, on disk.
fn put_in_place(part: &Path, path: &Path) -> Result<(), StoreError> {
    let refused = |error: std::io::Error| file::refused(path, &error);
    std::fs::File::open(part).and_then(|part| part.sync_all()).map_err(refused)?;
    std::fs::rename(part, path).map_err(refused)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(refused)
}

/// A value as its column means it; `None` where another program has put there what it does not mean.
fn cell_of(ty: Type, stored: ValueRef<'_>) -> Option<Cell> {
    let text = || stored.as_str().ok();
    if stored == ValueRef::Null {
        return Some(Cell::Null);
    }
    match ty {
        Type::Text => text().map(|text| Cell::Text(text.to_owned())),
        Type::Word(choices) => {
            text().filter(|word| choices.iter().any(|c| c.code == *word)).map(|w| Cell::Text(w.to_owned()))
        }
        Type::Integer => stored.as_i64().ok().map(Cell::Integer),
        Type::Real => match stored {
            ValueRef::Integer(n) => Some(Cell::Real(n as f64)),
            ValueRef::Real(n) => Some(Cell::Real(n)),
            _ => None,
        },
        Type::Bool => match stored {
            ValueRef::Integer(n @ 0..=1) => Some(Cell::Bool(n == 1)),
            _ => None,
        },
        Type::Date => times::date_of(text()?).map(Cell::Date),
        Type::Instant => times::instant_of(text()?).map(Cell::Instant),
        Type::Bytes => stored.as_blob().ok().map(|bytes| Cell::Bytes(bytes.to_vec())),
        Type::Shape(kind) => {
            let shape = blob::read(stored.as_blob().ok()?, kind).ok()?;
            Some(Cell::Shape(blob::write(&shape)))
        }
    }
}

fn value_of(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => Value::Text(text),
        Cell::Integer(n) => Value::Integer(n),
        Cell::Real(n) => Value::Real(n),
        Cell::Bool(yes) => Value::Integer(i64::from(yes)),
        Cell::Date(days) => times::date_text(days).map_or(Value::Null, Value::Text),
        Cell::Instant(ms) => times::instant_text(ms).map_or(Value::Null, Value::Text),
        Cell::Bytes(bytes) | Cell::Shape(bytes) => Value::Blob(bytes),
    }
}

/// A file that is being filled.
struct Filled {
    path: PathBuf,
    part: PathBuf,
    conn: Option<Connection>,
    /// The triggers of the relief's log.
    relief: Vec<(String, String)>,
}

impl Filled {
    /// With its tables bare of triggers, and empty.
    fn begun(mut self) -> Result<Filled, StoreError> {
        let told = |error| file::told(&self.path, &error);
        let conn = file::connect(&self.part, file::Cache::Writing).map_err(told)?;
        let begun = (|| {
            conn.execute_batch("begin immediate; delete from firemap_meta")?;
            Layer::ALL.into_iter().try_for_each(|layer| schema::drop_triggers(&conn, layer))?;
            let mut found = conn.prepare(
                "select name, sql from sqlite_master where type = 'trigger' and tbl_name = 'firemap_relief'",
            )?;
            let found = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let relief = found.collect::<rusqlite::Result<Vec<(String, String)>>>()?;
            for (name, _) in &relief {
                conn.execute_batch(&format!("drop trigger {name}"))?;
            }
            Ok(relief)
        })();
        self.relief = begun.map_err(told)?;
        self.conn = Some(conn);
        Ok(self)
    }

    /// The index, the triggers, and what the contents say of it.
    fn complete(&self, conn: &Connection, beside: &Beside) -> rusqlite::Result<Vec<(String, u64)>> {
        for layer in Layer::ALL {
            let (table, index) = (layer.name(), schema::rtree(layer));
            rtree::fill(conn, table, &index)?;
            schema::make_triggers(conn, layer)?;
            conn.execute(
                &format!(
                    "update gpkg_contents set (min_x, min_y, max_x, max_y) =
                         (select min(minx), min(miny), max(maxx), max(maxy) from {index}) where table_name = ?1"
                ),
                [table],
            )?;
        }
        self.relief.iter().try_for_each(|(_, sql)| conn.execute_batch(sql))?;
        let head = i64::try_from(beside.revision.0).unwrap_or(i64::MAX);
        conn.execute("update firemap_head set seq = ?1", [head])?;
        for (table, last) in &beside.numbers {
            conn.execute("delete from sqlite_sequence where name = ?1", [table])?;
            conn.execute("insert into sqlite_sequence (name, seq) values (?1, ?2)", (table, last))?;
        }
        let count = |table: Table| {
            let sql = format!("select count(*) from \"{}\"", table.name);
            let count: i64 = conn.query_row(&sql, [], |row| row.get(0))?;
            Ok((table.name, count as u64))
        };
        let counts = Table::all().into_iter().map(count).collect::<rusqlite::Result<_>>()?;
        conn.execute_batch("commit; pragma wal_checkpoint(truncate)")?;
        Ok(counts)
    }
}

impl Filling for Filled {
    fn take(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> Result<(), StoreError> {
        let Some(conn) = &self.conn else { return Ok(()) };
        let told = |error| file::told(&self.path, &error);
        let places = vec!["?"; table.columns.len()].join(", ");
        let sql = format!("insert into \"{}\" ({}) values ({places})", table.name, table.quoted());
        let mut insert = conn.prepare_cached(&sql).map_err(told)?;
        for row in rows {
            insert.execute(rusqlite::params_from_iter(row.into_iter().map(value_of))).map_err(told)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, beside: &Beside) -> Result<Vec<(String, u64)>, StoreError> {
        let told = |error| file::told(&self.path, &error);
        let Some(conn) = self.conn.take() else { return Ok(Vec::new()) };
        let counts = self.complete(&conn, beside).map_err(told)?;
        conn.close().map_err(|(_, error)| told(error))?;
        verify(&self.part)?;
        put_in_place(&self.part, &self.path)?;
        Ok(counts)
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        self.conn = None;
        remove(&self.part);
    }
}
