//! Runs the migrations of the PostGIS store and makes again what others dropped.

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::link::Link;
use crate::store::StoreError;
use crate::store::migrations::{self, Migration};

/// The structure of the store, step by step.
const ALL: &[Migration] = &[
    Migration { number: 1, name: "layers", sql: include_str!("../../../migrations/postgis/0001_layers.sql") },
    Migration { number: 2, name: "imports", sql: include_str!("../../../migrations/postgis/0002_imports.sql") },
    Migration { number: 3, name: "relief", sql: include_str!("../../../migrations/postgis/0003_relief.sql") },
    Migration { number: 4, name: "risk", sql: include_str!("../../../migrations/postgis/0004_risk.sql") },
    Migration { number: 5, name: "edits", sql: include_str!("../../../migrations/postgis/0005_edits.sql") },
];

/// Whoever writes, or changes the structure, holds this lock of the database until the end of its transaction.
pub const LOCK: &str = "select pg_advisory_xact_lock(28826396990989680)";

/// Says who writes in the transaction that is open, and that it is now, in all its entries of the log.
pub const SIGN: &str =
    "select set_config('firemap.actor', $1, true), set_config('firemap.time', clock_timestamp()::text, true)";

/// How a database stands before it is used.
enum Found {
    /// It has no table of ours.
    Nothing,
    /// It has another program's table by the name of one of ours.
    Foreign(String),
    /// A store of this version.
    Version(u32),
}

/// Brings the store of a database up to this program, in one transaction under the lock; makes one in a database that
/// has none where a zone is given.
///
/// Refuses a database that has none of ours otherwise, one of another program, a newer one, and leaves it as it was.
pub fn complete(link: &Link, zone: Option<&str>) -> Result<(), StoreError> {
    let path = || link.address().to_string();
    let ready = link.ask(async |conn| is_ready(conn).await)?;
    if ready {
        return Ok(());
    }
    let mut lent = link.lend()?;
    let told = |error: sqlx::Error| link.told(&error);
    let found = link.block(super::link::ANSWER, begin(lent.conn())).map_err(told)?;
    let found = match (found, zone) {
        (Found::Foreign(table), _) => {
            return Err(StoreError::Foreign { path: path(), what: format!("a table {table} of another program") });
        }
        (Found::Nothing, None) => return Err(StoreError::Missing { path: path() }),
        (Found::Nothing, Some(_)) => 0,
        (Found::Version(found), _) => found,
    };
    let Some(steps) = migrations::pending(ALL, found) else {
        return Err(StoreError::Newer { path: path(), found, known: ALL.len() as u32 });
    };
    let zone = zone.filter(|_| found == 0);
    if zone.is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
        let detail = format!("no time zone is called {}", zone.unwrap_or_default());
        return Err(StoreError::Io { path: path(), detail });
    }
    link.block(super::link::ANSWER, run(lent.conn(), steps, zone)).map_err(told)?;
    lent.keep();
    Ok(())
}

/// Whether nothing is missing.
async fn is_ready(conn: &mut PgConnection) -> sqlx::Result<bool> {
    if !matches!(look(conn).await?, Found::Version(found) if found as usize == ALL.len()) {
        return Ok(false);
    }
    Ok(sqlx::query("select from firemap_unlogged() limit 1").fetch_optional(conn).await?.is_none())
}

async fn begin(conn: &mut PgConnection) -> sqlx::Result<Found> {
    sqlx::raw_sql("begin").execute(&mut *conn).await?;
    // Another node may be at it, which takes as long as it takes.
    sqlx::raw_sql("set local lock_timeout = '60s'").execute(&mut *conn).await?;
    sqlx::raw_sql(LOCK).execute(&mut *conn).await?;
    look(conn).await
}

async fn look(conn: &mut PgConnection) -> sqlx::Result<Found> {
    let is_there = "select to_regclass('firemap_migration') is not null and to_regclass('firemap_head') is not null";
    if sqlx::query(is_there).fetch_one(&mut *conn).await?.try_get(0)? {
        let version = "select coalesce(max(number), 0)::bigint from firemap_migration";
        let version: i64 = sqlx::query(version).fetch_one(conn).await?.try_get(0)?;
        return Ok(Found::Version(u32::try_from(version).unwrap_or(u32::MAX)));
    }
    let names: Vec<&str> = crate::model::Layer::ALL.into_iter().map(|layer| layer.name()).collect();
    let other = sqlx::query("select name from unnest($1::text[]) name where to_regclass(name) is not null limit 1");
    let other = other.bind(super::cell::Column::texts(names)).fetch_optional(conn).await?;
    Ok(match other {
        Some(row) => Found::Foreign(row.try_get(0)?),
        None => Found::Nothing,
    })
}

async fn run(conn: &mut PgConnection, steps: &[Migration], zone: Option<&str>) -> sqlx::Result<()> {
    let book = "create table if not exists firemap_migration (
            number bigint not null,
            name text not null,
            applied timestamptz(3) not null default clock_timestamp(),
            constraint firemap_migration_number primary key (number)
        )";
    sqlx::raw_sql("set local client_min_messages = warning").execute(&mut *conn).await?;
    sqlx::raw_sql(book).execute(&mut *conn).await?;
    for Migration { number, name, sql } in steps {
        sqlx::raw_sql(AssertSqlSafe(*sql)).execute(&mut *conn).await?;
        let done = sqlx::query("insert into firemap_migration (number, name) values ($1, $2)");
        done.bind(i64::from(*number)).bind(*name).execute(&mut *conn).await?;
    }
    if let Some(zone) = zone {
        let settle = "insert into firemap_meta (key, value) values ('zone', $1) on conflict (key) do nothing";
        sqlx::query(settle).bind(zone).execute(&mut *conn).await?;
    }
    let unlogged = sqlx::query("select name::text from firemap_unlogged() name").fetch_all(&mut *conn).await?;
    for row in unlogged {
        let layer: String = row.try_get(0)?;
        sqlx::query("select firemap_mend($1)").bind(&layer).execute(&mut *conn).await?;
        tracing::warn!(
            layer,
            "triggers of the change log were gone or switched off; they are made again, and its history has a gap"
        );
    }
    sqlx::raw_sql("commit").execute(conn).await?;
    Ok(())
}
