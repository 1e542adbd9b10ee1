//! Runs the migrations of the GeoPackage store and makes what is derived from its tables.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::schema;
use crate::model::Layer;
use crate::store::migrations::{self, Migration};

/// The structure of the store, step by step.
const ALL: &[Migration] = &[
    Migration { number: 1, name: "layers", sql: include_str!("../../../migrations/geopackage/0001_layers.sql") },
    Migration { number: 2, name: "imports", sql: include_str!("../../../migrations/geopackage/0002_imports.sql") },
    Migration { number: 3, name: "relief", sql: include_str!("../../../migrations/geopackage/0003_relief.sql") },
    Migration { number: 4, name: "risk", sql: include_str!("../../../migrations/geopackage/0004_risk.sql") },
    Migration { number: 5, name: "edits", sql: include_str!("../../../migrations/geopackage/0005_edits.sql") },
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
    run_steps(conn, found, pending(found).unwrap_or_default())
}

fn run_steps(conn: &Connection, found: u32, steps: &[Migration]) -> rusqlite::Result<()> {
    conn.execute_batch(
        "create table if not exists firemap_migration (
             number integer primary key not null,
             name text not null,
             applied text not null
         )",
    )?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FeatureId;
    use crate::store::geopackage::{functions, imports};

    /// A store as the first version made it, with two hydrants of two files and one that another program added.
    fn old() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        functions::register(&conn).unwrap();
        run_steps(&conn, 0, &ALL[..1]).unwrap();
        conn.execute_batch(
            "insert into firemap_meta (key, value) values ('zone', 'UTC');
             update firemap_actor set name = 'import';
             insert into hydrant (geom, name, source, source_key, file, row) values
                 (null, 'one', 'survey', 'a', 'spring.csv', 2), (null, 'two', 'survey', 'b', 'autumn.csv', 5);
             update firemap_actor set name = null;
             insert into hydrant (geom) values (null);",
        )
        .unwrap();
        conn
    }

    fn entries(conn: &Connection) -> Vec<(String, i64)> {
        conn.prepare("select op, fid from hydrant_log order by seq")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.unwrap_or(0))))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    #[test]
    fn a_store_of_the_first_version_keeps_its_files_and_its_log_has_no_gap() {
        let mut conn = old();
        let (before, head): (_, i64) =
            (entries(&conn), conn.query_row("select seq from firemap_head", [], |row| row.get(0)).unwrap());
        complete(&mut conn).unwrap();
        assert_eq!(version(&conn).unwrap(), Some(known()));
        assert!(schema::is_complete(&conn).unwrap());
        assert_eq!(entries(&conn), before, "nothing was edited, and nothing missed");
        assert_eq!(head, conn.query_row("select seq from firemap_head", [], |row| row.get::<_, i64>(0)).unwrap());
        let of = |fid| imports::provenance(&conn, Layer::Hydrant, FeatureId(fid)).unwrap().unwrap().came_from;
        let file = |fid| of(fid).map(|standing| (standing.import.file.file.to_string(), standing.row));
        assert_eq!(file(1), Some(("spring.csv".to_owned(), 2)));
        assert_eq!(file(2), Some(("autumn.csv".to_owned(), 5)));
        assert_eq!(file(3), None);
        conn.execute_batch("update hydrant set name = 'later' where fid = 1").unwrap();
        assert_eq!(entries(&conn).last(), Some(&("update".to_owned(), 1)), "edits are logged as before");
        assert_eq!(imports::files(&conn).unwrap().len(), 2);
    }

    #[test]
    fn triggers_that_were_gone_before_a_migration_leave_a_gap_in_the_log() {
        let mut conn = old();
        conn.execute_batch("drop trigger hydrant_log_update").unwrap();
        complete(&mut conn).unwrap();
        assert!(entries(&conn).iter().any(|(op, _)| op == "gap"));
    }
}
