//! The database as a whole: read table by table, filled table by table.

use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _, ValueRef as _};

use super::cell::{self, Column, Kind};
use super::link::{ANSWER, Link};
use super::{Address, PostGis, migrate, read};
use crate::model::Layer;
use crate::store::StoreError;
use crate::store::exchange::{Beside, Cell, Filling, Sink, Table, Type};
use crate::store::geopackage::blob;

/// Rows that are asked for at a time.
const FETCHED: usize = 1000;

impl PostGis {
    /// Hands over every table, all of one moment.
    pub fn read_whole(&self, sink: &mut Sink<'_>) -> Result<Beside, StoreError> {
        let told = |error: sqlx::Error| self.link.told(&error);
        let mut lent = self.link.lend()?;
        let begun = self.link.block(ANSWER, async {
            sqlx::raw_sql("begin isolation level repeatable read read only").execute(&mut *lent.conn()).await?;
            read::head(lent.conn()).await
        });
        let mut beside = Beside { revision: begun.map_err(told)?, ..Beside::default() };
        for table in Table::all() {
            // A cursor, so that whoever takes the rows may take his time.
            let open =
                format!("declare whole no scroll cursor for select {} from \"{}\"", selected(&table), table.name);
            self.link.block(ANSWER, sqlx::raw_sql(AssertSqlSafe(open)).execute(lent.conn())).map_err(told)?;
            loop {
                let fetch = format!("fetch {} from whole", table.at_a_time.min(FETCHED));
                let rows = self.link.block(ANSWER, async {
                    let query = sqlx::query(AssertSqlSafe(fetch)).persistent(false);
                    query.fetch(lent.conn()).try_collect::<Vec<PgRow>>().await
                });
                let rows = rows.map_err(told)?;
                if rows.is_empty() {
                    break;
                }
                let cells = rows.iter().map(|row| cells_of(&table, row, &mut beside.left_out));
                sink(&table, cells.collect::<sqlx::Result<_>>().map_err(told)?)?;
            }
            let closed = self.link.block(ANSWER, async {
                sqlx::raw_sql("close whole").execute(&mut *lent.conn()).await?;
                if !table.is_numbered {
                    return Ok(None);
                }
                let sql = format!("select last_value, is_called from {}", sequence(&table));
                let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(lent.conn()).await?;
                let given: bool = row.try_get(1)?;
                Ok(if given { Some(row.try_get::<i64, _>(0)?) } else { None })
            });
            beside.numbers.extend(closed.map_err(told)?.map(|last| (table.name, last)));
        }
        self.link.block(ANSWER, sqlx::raw_sql("rollback").execute(lent.conn())).map_err(told)?;
        lent.keep();
        Ok(beside)
    }

    /// Begins to fill the store of a database: one that holds nothing, or is made now.
    pub fn fill(address: Address, zone: &str) -> Result<Box<dyn Filling>, StoreError> {
        let link = Link::new(address)?;
        migrate::complete(&link, Some(zone))?;
        let mut lent = link.lend()?;
        let empty = link.block(ANSWER, begin(lent.conn()));
        if !empty.map_err(|error| link.told(&error))? {
            return Err(StoreError::NotEmpty { path: link.address().to_string() });
        }
        let conn = lent.take();
        Ok(Box::new(Filled { conn, link }))
    }
}

/// Opens the transaction that fills the store: no trigger stands; whether it is empty.
async fn begin(conn: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::raw_sql("begin").execute(&mut *conn).await?;
    sqlx::raw_sql(migrate::LOCK).execute(&mut *conn).await?;
    for table in Table::all().iter().filter(|table| table.name != "firemap_meta") {
        let sql = format!("select from \"{}\" limit 1", table.name);
        if sqlx::query(AssertSqlSafe(sql)).fetch_optional(&mut *conn).await?.is_some() {
            return Ok(false);
        }
    }
    triggers(&mut *conn, "disable").await?;
    sqlx::raw_sql("delete from firemap_meta").execute(conn).await?;
    Ok(true)
}

async fn triggers(conn: &mut PgConnection, switch: &str) -> sqlx::Result<()> {
    let books = ["firemap_source", "firemap_relief"];
    for table in books.into_iter().chain(Layer::ALL.map(Layer::name)) {
        let sql = format!("alter table \"{table}\" {switch} trigger user");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *conn).await?;
    }
    Ok(())
}

/// The sequence that gives a table's numbers.
fn sequence(table: &Table) -> String {
    format!("\"{}_fid_seq\"", table.name)
}

fn selected(table: &Table) -> String {
    let column = |(name, ty): &(&str, Type)| match ty {
        Type::Shape(_) => format!("st_asbinary(\"{name}\", 'NDR')"),
        _ => format!("\"{name}\""),
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

fn kind(ty: Type) -> Kind {
    match ty {
        Type::Text | Type::Word(_) => Kind::Text,
        Type::Integer => Kind::Integer,
        Type::Real => Kind::Real,
        Type::Bool => Kind::Bool,
        Type::Date => Kind::Date,
        Type::Instant => Kind::Instant,
        Type::Bytes | Type::Shape(_) => Kind::Bytes,
    }
}

fn cells_of(table: &Table, row: &PgRow, left_out: &mut u64) -> sqlx::Result<Vec<Cell>> {
    let cell = |(ix, (_, ty)): (usize, &(&str, Type))| {
        let value = row.try_get_raw(ix)?;
        if value.is_null() {
            return Ok(Cell::Null);
        }
        let cell = cell_of(*ty, value.as_bytes().map_err(sqlx::Error::Decode)?);
        *left_out += u64::from(cell.is_none());
        Ok(cell.unwrap_or(Cell::Null))
    };
    table.columns.iter().enumerate().map(cell).collect()
}

/// A value as its column means it; `None` where no other store can hold it.
fn cell_of(ty: Type, bytes: &[u8]) -> Option<Cell> {
    match ty {
        Type::Text | Type::Word(_) => cell::text(bytes).map(|text| Cell::Text(text.to_owned())),
        Type::Integer => cell::integer(bytes).map(Cell::Integer),
        Type::Real => cell::real(bytes).map(Cell::Real),
        Type::Bool => cell::bool(bytes).map(Cell::Bool),
        Type::Date => cell::date(bytes).map(Cell::Date),
        Type::Instant => cell::instant(bytes).map(Cell::Instant),
        Type::Bytes => Some(Cell::Bytes(bytes.to_vec())),
        Type::Shape(kind) => blob::read_wkb(bytes, kind).ok().map(|shape| Cell::Shape(blob::write(&shape))),
    }
}

fn put(column: &mut Column, cell: &Cell) {
    match cell {
        Cell::Null => column.null(),
        Cell::Text(text) => column.text(text),
        Cell::Integer(n) => column.integer(*n),
        Cell::Real(n) => column.real(*n),
        Cell::Bool(yes) => column.bool(*yes),
        Cell::Date(days) => {
            if !column.date(*days) {
                column.null();
            }
        }
        Cell::Instant(ms) => {
            if !column.instant(*ms) {
                column.null();
            }
        }
        Cell::Bytes(bytes) => column.blob(bytes),
        Cell::Shape(bytes) => column.blob(bytes.get(blob::HEADER..).unwrap_or_default()),
    }
}

/// A database that is being filled, in one transaction.
struct Filled {
    conn: PgConnection,
    link: Link,
}

impl Filling for Filled {
    fn take(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut columns: Vec<Column> = table.columns.iter().map(|(_, ty)| Column::new(kind(*ty))).collect();
        for row in &rows {
            columns.iter_mut().zip(row).for_each(|(column, cell)| put(column, cell));
        }
        let given = |(nth, (_, ty)): (usize, &(&str, Type))| match ty {
            Type::Shape(_) => format!("st_geomfromwkb(u.c{nth}, 4326)"),
            _ => format!("u.c{nth}"),
        };
        let given: Vec<String> = table.columns.iter().enumerate().map(given).collect();
        let places: Vec<String> = (1..=columns.len()).map(|nth| format!("${nth}")).collect();
        let names: Vec<String> = (0..columns.len()).map(|nth| format!("c{nth}")).collect();
        let numbers = if table.is_numbered { "overriding system value" } else { "" };
        let sql = format!(
            "insert into \"{}\" ({}) {numbers} select {} from unnest({}) u({})",
            table.name,
            table.quoted(),
            given.join(", "),
            places.join(", "),
            names.join(", ")
        );
        let insert = columns.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, column| query.bind(column));
        let done = self.link.block(ANSWER, insert.execute(&mut self.conn));
        done.map(drop).map_err(|error| self.link.told(&error))
    }

    fn finish(mut self: Box<Self>, beside: &Beside) -> Result<Vec<(String, u64)>, StoreError> {
        let conn = &mut self.conn;
        let finished = self.link.block(ANSWER, async {
            triggers(&mut *conn, "enable").await?;
            let head = i64::try_from(beside.revision.0).unwrap_or(i64::MAX);
            sqlx::query("update firemap_head set seq = $1").bind(head).execute(&mut *conn).await?;
            for table in Table::all().iter().filter(|table| table.is_numbered) {
                if let Some((_, last)) = beside.numbers.iter().find(|(name, last)| *name == table.name && *last > 0) {
                    let set = format!("select setval('{}', $1)", sequence(table));
                    sqlx::query(AssertSqlSafe(set)).bind(*last).execute(&mut *conn).await?;
                }
            }
            let mut counts = Vec::new();
            for table in Table::all() {
                let sql = format!("select count(*) from \"{}\"", table.name);
                let count: i64 = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *conn).await?.try_get(0)?;
                // Until the database looks by itself, a minute later or so, each edit would read whole tables.
                sqlx::raw_sql(AssertSqlSafe(format!("analyze \"{}\"", table.name))).execute(&mut *conn).await?;
                counts.push((table.name, count as u64));
            }
            let tell = "select firemap_tell('firemap_head', seq, null) from firemap_head";
            sqlx::raw_sql(tell).execute(&mut *conn).await?;
            sqlx::raw_sql("commit").execute(conn).await?;
            sqlx::Result::Ok(counts)
        });
        finished.map_err(|error| self.link.told(&error))
    }
}
