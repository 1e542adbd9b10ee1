//! Runs the migrations of the GeoPackage store and makes what is derived from its tables.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::schema;
use crate::model::Layer;
use crate::store::migrations::{self, Migration};

/// The structure of the store, step by step.
const ALL: &[Migration] = &[
    Migration { number: 1, name: "layers", sql: include_str!("../../../migrations/geopackage/0001_layers.sql") },
    Migration { number: 2, name: "imports", sql: include_str!("../../../migrations/geopackage/0002_imports.sql") },
];

/// The schema version this program knows.
pub fn known() -> u32 {
    ALL.len() as u32
}

/// The migrations after a version; `None` where the store is newer than this program.
pub fn pending(found: u32) -> Option<&'static [Migration]> {
    migrations::pending(ALL, found)
}

/// The schema version of a store; `None` where the file is not one.
pub fn version(conn: &Connection) -> rusqlite::Result<Option<u32>> {
    let ours = conn
        .prepare("select 1 from sqlite_master where type = 'table' and name in ('firemap_migration', 'firemap_head')")?
        .query_map([], |_| Ok(()))?
        .count()
        == 2;
    if !ours {
        return Ok(None);
    }
    conn.query_row("select max(number) from firemap_migration", [], |row| row.get(0)).optional().map(Option::flatten)
}

/// Brings a store up to this program and makes again what another one dropped; writes nothing where nothing is missing.
pub fn complete(conn: &mut Connection) -> rusqlite::Result<()> {
    if version(conn)? == Some(known()) && schema::is_complete(conn)? {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&tx)?.unwrap_or(0);
    run(&tx, found)?;
    tx.commit()
}

/// Runs, in the open transaction, what a store of this version lacks.
pub fn run(conn: &Connection, found: u32) -> rusqlite::Result<()> {
    conn.execute_batch(
        "create table if not exists firemap_migration (
             number integer primary key not null,
             name text not null,
             applied text not null
         )",
    )?;
    let steps = pending(found).unwrap_or_default();
    // A step changes tables whose triggers would log it as an edit, or stand in its way.
    let known = match (found, steps) {
        (_, []) => Vec::new(),
        (0, _) => Layer::ALL.to_vec(),
        _ => schema::lay_down_triggers(conn)?,
    };
    for Migration { number, name, sql } in steps {
        conn.execute_batch(sql)?;
        conn.execute(
            &format!("insert into firemap_migration (number, name, applied) values (?1, ?2, {})", schema::NOW),
            (number, name),
        )?;
    }
    for layer in schema::complete(conn, &known)? {
        tracing::warn!(
            layer = layer.name(),
            "another program dropped the triggers of the change log; they are made again, and its history has a gap"
        );
    }
    Ok(())
}
