//! What is derived from a layer's table: its log, its R-tree, and the triggers that keep both.
//!
//! Triggers use built-in functions and those every GeoPackage tool brings (`ST_MinX` …), so that edits by QGIS, GDAL
//! and others are logged too. If a tool dropped them they are made again; the log then says `gap`, for nobody knows
//! what was edited meanwhile.

use rusqlite::{Connection, OptionalExtension};

use crate::model::Layer;

/// The instant of a statement, as GeoPackage writes it.
pub const NOW: &str = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/// Adds to every layer what is missing, in the open transaction; the layers whose log has a gap now.
///
/// Of `known` layers nothing can have been missed: they were made in this transaction, or their triggers stood until it.
pub fn complete(conn: &Connection, known: &[Layer]) -> rusqlite::Result<Vec<Layer>> {
    let mut gaps = Vec::new();
    for layer in Layer::ALL {
        let log_was_kept = has_all(conn, &log_triggers(layer, &columns(conn, layer)?))?;
        make_log_table(conn, layer)?;
        for (index, of) in log_indexes(layer) {
            conn.execute_batch(&format!("create index if not exists {index} on {} {of}", log(layer)))?;
        }
        let index_was_kept = has(conn, "table", &rtree(layer))? && has_all(conn, &rtree_triggers(layer.name()))?;
        if !index_was_kept {
            make_rtree(conn, layer.name())?;
        }
        if !(log_was_kept && index_was_kept) {
            make_triggers(conn, layer)?;
        }
        if !log_was_kept && !known.contains(&layer) {
            log_gap(conn, layer)?;
            gaps.push(layer);
        }
    }
    Ok(gaps)
}

/// Takes the triggers of all layers away, for a migration; the layers whose log had missed nothing until then.
pub fn lay_down_triggers(conn: &Connection) -> rusqlite::Result<Vec<Layer>> {
    let mut known = Vec::new();
    for layer in Layer::ALL {
        if has(conn, "table", &log(layer))? && has_all(conn, &log_triggers(layer, &columns(conn, layer)?))? {
            known.push(layer);
        }
        drop_triggers(conn, layer)?;
    }
    Ok(known)
}

/// Whether any layer lacks something that [`complete`] would add.
pub fn is_complete(conn: &Connection) -> rusqlite::Result<bool> {
    for layer in Layer::ALL {
        let kept = has(conn, "table", &log(layer))?
            && has_indexes(conn, layer)?
            && has(conn, "table", &rtree(layer))?
            && has_all(conn, &triggers(conn, layer)?)?;
        if !kept {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Name of a layer's log.
pub fn log(layer: Layer) -> String {
    format!("{}_log", layer.name())
}

/// The indexes by which the entries of one row, and gaps, are found.
fn log_indexes(layer: Layer) -> [(String, &'static str); 2] {
    let log = log(layer);
    [(format!("{log}_fid"), "(fid)"), (format!("{log}_gap"), "(seq) where op = 'gap'")]
}

fn has_indexes(conn: &Connection, layer: Layer) -> rusqlite::Result<bool> {
    log_indexes(layer).iter().try_fold(true, |all, (index, _)| Ok(all && has(conn, "index", index)?))
}

/// Name of a layer's R-tree.
pub fn rtree(layer: Layer) -> String {
    rtree_of(layer.name())
}

/// Name of a table's R-tree.
pub fn rtree_of(table: &str) -> String {
    format!("rtree_{table}_geom")
}

/// Takes a layer's triggers away, for a first load that fills log and R-tree by sets.
pub fn drop_triggers(conn: &Connection, layer: Layer) -> rusqlite::Result<()> {
    triggers(conn, layer)?.iter().try_for_each(|t| conn.execute_batch(&format!("drop trigger if exists {}", t.name)))
}

/// Makes a layer's triggers, anew where they stand.
pub fn make_triggers(conn: &Connection, layer: Layer) -> rusqlite::Result<()> {
    for trigger in triggers(conn, layer)? {
        conn.execute_batch(&format!("drop trigger if exists {}; {}", trigger.name, trigger.sql))?;
    }
    Ok(())
}

/// Makes the R-tree of a table that is no layer of a store, and the triggers that keep it.
pub fn index_plain(conn: &Connection, table: &str) -> rusqlite::Result<()> {
    make_rtree(conn, table)?;
    rtree_triggers(table).iter().try_for_each(|trigger| conn.execute_batch(&trigger.sql))
}

fn make_rtree(conn: &Connection, table: &str) -> rusqlite::Result<()> {
    let rtree = rtree_of(table);
    conn.execute_batch(&format!(
        "drop table if exists {rtree};
         create virtual table {rtree} using rtree(id, minx, maxx, miny, maxy);
         insert or ignore into gpkg_extensions (table_name, column_name, extension_name, definition, scope)
         values ('{table}', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree',
             'write-only');"
    ))?;
    super::rtree::fill(conn, table, &rtree)
}

/// Makes the log or adds the columns that the table has got since.
fn make_log_table(conn: &Connection, layer: Layer) -> rusqlite::Result<()> {
    let (table, log) = (layer.name(), log(layer));
    let old: Vec<(String, String)> = columns_of(conn, table)?.into_iter().filter(|(name, _)| name != "fid").collect();
    let known = columns_of(conn, &log)?;
    if known.is_empty() {
        let old: String = old.iter().map(|(name, ty)| format!("    {name} {ty},\n")).collect();
        return conn.execute_batch(&format!(
            "create table {log} (
    seq integer primary key not null, -- place in the log of all layers
    op text not null,
    time text not null,
    actor text not null,
    fid integer, -- null where op is gap
{old}    constraint {table}_log_op_code check (op in ('insert', 'update', 'delete', 'replace', 'gap'))
)"
        ));
    }
    for (name, ty) in old.iter().filter(|(name, _)| !known.iter().any(|(column, _)| column == name)) {
        conn.execute_batch(&format!("alter table {log} add column {name} {ty}"))?;
    }
    Ok(())
}

/// Logs that edits went by unseen, and every row that came in that time, so that the log knows each number ever given.
fn log_gap(conn: &Connection, layer: Layer) -> rusqlite::Result<()> {
    let (table, log) = (layer.name(), log(layer));
    conn.execute_batch(&format!(
        "update or ignore {table} set source = coalesce(nullif(source, ''), 'edited'),
             source_key = coalesce(nullif(source_key, ''), 'fid/' || fid)
         where source is null or source = '' or source_key is null or source_key = '';
         update firemap_head set seq = seq + 1;
         insert into {log} (seq, op, time, actor) select seq, 'gap', {NOW}, 'external' from firemap_head;
         insert into {log} (seq, op, time, actor, fid)
         select (select seq from firemap_head) + row_number() over (order by fid), 'insert', {NOW}, 'external', fid
         from {table} where fid not in (select fid from {log} where fid not null);
         update firemap_head set seq = max(seq, coalesce((select max(seq) from {log}), 0));"
    ))
}

fn columns_of(conn: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    conn.prepare("select name, type from pragma_table_info(?1) order by cid")?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The columns of a layer's table but the number.
pub fn columns(conn: &Connection, layer: Layer) -> rusqlite::Result<Vec<String>> {
    let all = columns_of(conn, layer.name())?;
    Ok(all.into_iter().map(|(name, _)| name).filter(|name| name != "fid").collect())
}

struct Trigger {
    name: String,
    sql: String,
}

impl Trigger {
    fn new(name: String, rest: String) -> Trigger {
        let sql = format!("CREATE TRIGGER {name} {rest}");
        Trigger { name, sql }
    }
}

fn has(conn: &Connection, kind: &str, name: &str) -> rusqlite::Result<bool> {
    conn.prepare_cached("select 1 from sqlite_master where type = ?1 and name = ?2")?.exists([kind, name])
}

fn has_all(conn: &Connection, triggers: &[Trigger]) -> rusqlite::Result<bool> {
    for trigger in triggers {
        let sql: Option<String> = conn
            .prepare_cached("select sql from sqlite_master where type = 'trigger' and name = ?1")?
            .query_row([&trigger.name], |row| row.get(0))
            .optional()?;
        if sql.as_deref() != Some(&trigger.sql) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn triggers(conn: &Connection, layer: Layer) -> rusqlite::Result<Vec<Trigger>> {
    let mut all = log_triggers(layer, &columns(conn, layer)?);
    all.extend(rtree_triggers(layer.name()));
    Ok(all)
}

/// The triggers that write a layer's log.
///
/// `insert or replace` takes a row away without any delete trigger, so the row about to go is logged before; a number
/// that the table is yet to give is −1 then. What another program adds without source or key gets `edited` and its own
/// number, and its time of change.
fn log_triggers(layer: Layer, columns: &[String]) -> Vec<Trigger> {
    let (table, log, rtree) = (layer.name(), log(layer), rtree(layer));
    let names = columns.join(", ");
    let old = columns.iter().map(|c| format!("old.{c}")).collect::<Vec<_>>().join(", ");
    let actor = "coalesce((select name from firemap_actor), 'external')";
    let external = "(select name from firemap_actor) is null";
    let bump = "update firemap_head set seq = seq + 1";
    let same_place = "fid = new.fid or (source = new.source and source_key = new.source_key)";
    let save = |which: &str| {
        format!(
            "begin
    update firemap_head set seq = seq + (select count(*) from {table} where {which});
    insert into {log} (seq, op, time, actor, fid, {names})
    select (select seq from firemap_head) + 1 - row_number() over (order by fid desc), 'replace', {NOW}, 'external',
        fid, {names}
    from {table} where {which};
end"
        )
    };
    let complete = format!(
        "update {table} set changed = {NOW}, source = coalesce(nullif(source, ''), 'edited'),
        source_key = coalesce(nullif(source_key, ''), 'fid/' || fid)
    where fid = new.fid and {external}"
    );
    let unindex = format!(
        "delete from {rtree} where id in (select fid from {log} where seq > (select seq from firemap_head) - 4
        and op = 'replace') and id not in (select fid from {table});"
    );
    let others = format!("fid <> old.fid and ({same_place})");
    vec![
        Trigger::new(
            format!("{table}_log_replace"),
            format!(
                "before insert on {table} when {external} and exists (select 1 from {table} where {same_place})\n{}",
                save(same_place)
            ),
        ),
        Trigger::new(
            format!("{table}_log_push_out"),
            format!(
                "before update of fid, source, source_key on {table}
when {external} and exists (select 1 from {table} where {others})\n{}",
                save(&others)
            ),
        ),
        Trigger::new(
            format!("{table}_log_insert"),
            format!(
                "after insert on {table}
begin
    {bump};
    insert into {log} (seq, op, time, actor, fid) select seq, 'insert', {NOW}, {actor}, new.fid from firemap_head;
    {complete};
end"
            ),
        ),
        Trigger::new(
            format!("{table}_log_unindex"),
            format!(
                "after insert on {table} when {external}
begin
    {unindex}
end"
            ),
        ),
        Trigger::new(
            format!("{table}_log_unindex_pushed_out"),
            format!(
                "after update of fid, source, source_key on {table} when {external}
begin
    {unindex}
end"
            ),
        ),
        Trigger::new(
            format!("{table}_log_update"),
            format!(
                "after update on {table}
begin
    {bump};
    insert into {log} (seq, op, time, actor, fid, {names})
    select seq, iif(new.fid = old.fid, 'update', 'delete'), {NOW}, {actor}, old.fid, {old} from firemap_head;
    {bump} where new.fid <> old.fid;
    insert into {log} (seq, op, time, actor, fid)
    select seq, 'insert', {NOW}, {actor}, new.fid from firemap_head where new.fid <> old.fid;
    {complete} and new.changed is old.changed;
end"
            ),
        ),
        Trigger::new(
            format!("{table}_log_delete"),
            format!(
                "after delete on {table}
begin
    {bump};
    insert into {log} (seq, op, time, actor, fid, {names})
    select seq, 'delete', {NOW}, {actor}, old.fid, {old} from firemap_head;
end"
            ),
        ),
    ]
}

/// The triggers of GeoPackage 1.2 and 1.3 that keep the R-tree (annex F.3), the same that GDAL writes.
fn rtree_triggers(table: &str) -> Vec<Trigger> {
    let rtree = rtree_of(table);
    let put = format!(
        "INSERT OR REPLACE INTO {rtree} VALUES \
         (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));"
    );
    let full = "(NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))";
    let empty = "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))";
    let trigger = |ending: &str, rest: String| Trigger::new(format!("{rtree}_{ending}"), rest);
    vec![
        trigger("insert", format!("AFTER INSERT ON {table} WHEN {full} BEGIN {put} END")),
        trigger(
            "update1",
            format!("AFTER UPDATE OF geom ON {table} WHEN OLD.fid = NEW.fid AND {full} BEGIN {put} END"),
        ),
        trigger(
            "update2",
            format!(
                "AFTER UPDATE OF geom ON {table} WHEN OLD.fid = NEW.fid AND {empty} \
                 BEGIN DELETE FROM {rtree} WHERE id = OLD.fid; END"
            ),
        ),
        trigger(
            "update3",
            format!(
                "AFTER UPDATE ON {table} WHEN OLD.fid != NEW.fid AND {full} \
                 BEGIN DELETE FROM {rtree} WHERE id = OLD.fid; {put} END"
            ),
        ),
        trigger(
            "update4",
            format!(
                "AFTER UPDATE ON {table} WHEN OLD.fid != NEW.fid AND {empty} \
                 BEGIN DELETE FROM {rtree} WHERE id IN (OLD.fid, NEW.fid); END"
            ),
        ),
        trigger(
            "delete",
            format!("AFTER DELETE ON {table} WHEN OLD.geom NOT NULL BEGIN DELETE FROM {rtree} WHERE id = OLD.fid; END"),
        ),
    ]
}
