//! Imported files, and in which of them each feature was last seen: the same books as the GeoPackage keeps.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::cell::{Column, Kind};
use crate::model::{Bounds, FeatureId, Layer};
use crate::store::geopackage::imports::{Seen, Sighting, pack, unpack};
use crate::store::geopackage::rows::Files;
use crate::store::{Import, ImportedFile, Provenance, Recognised, Standing};

/// What [`import_of`] reads.
const SELECT: &str = "select fid, file, source, layer, hash, bytes, row_key,
    to_char(time at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), actor from firemap_import";

/// Names of all imported files by number.
pub async fn files(conn: &mut PgConnection) -> sqlx::Result<Files> {
    let mut known: HashMap<String, Arc<str>> = HashMap::new();
    let mut files = HashMap::new();
    for row in sqlx::query("select fid, file from firemap_import").fetch_all(conn).await? {
        let name: String = row.try_get(1)?;
        let name = known.entry(name.clone()).or_insert_with(|| name.into()).clone();
        files.insert(row.try_get(0)?, name);
    }
    Ok(Arc::new(files))
}

/// All imports, oldest first.
pub async fn all(conn: &mut PgConnection) -> sqlx::Result<Vec<Import>> {
    let rows = sqlx::query(AssertSqlSafe(format!("{SELECT} order by fid"))).fetch_all(conn).await?;
    rows.iter().map(import_of).collect()
}

fn import_of(row: &PgRow) -> sqlx::Result<Import> {
    let text = |ix: usize| row.try_get::<Option<String>, _>(ix);
    let file = ImportedFile {
        file: text(1)?.unwrap_or_default().into(),
        source: text(2)?.unwrap_or_default().into(),
        layer: text(3)?.as_deref().and_then(Layer::named),
        hash: text(4)?,
        bytes: row.try_get::<Option<i64>, _>(5)?.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
        row_key: text(6)?,
    };
    Ok(Import { id: row.try_get::<i64, _>(0)? as u64, file, time: text(7)?, actor: text(8)? })
}

/// The number of an import of a file: the last one of its source where that was the same file, else a new one.
pub async fn begin(conn: &mut PgConnection, file: &ImportedFile, actor: &str) -> sqlx::Result<u32> {
    let last = sqlx::query(AssertSqlSafe(format!("{SELECT} where source = $1 order by fid desc limit 1")));
    let last = last.bind(&*file.source).fetch_optional(&mut *conn).await?;
    let last = last.as_ref().map(import_of).transpose()?;
    if let Some(last) = last.filter(|last| last.file == *file) {
        return Ok(u32::try_from(last.id).unwrap_or(u32::MAX));
    }
    let added = sqlx::query(
        "insert into firemap_import (file, source, layer, hash, bytes, row_key, time, actor)
         values ($1, $2, $3, $4, $5, $6, clock_timestamp(), $7) returning fid",
    );
    let added = added
        .bind(&*file.file)
        .bind(&*file.source)
        .bind(file.layer.map(Layer::name))
        .bind(&file.hash)
        .bind(i64::try_from(file.bytes).unwrap_or(i64::MAX))
        .bind(&file.row_key)
        .bind(actor);
    let number: i64 = added.fetch_one(conn).await?.try_get(0)?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Writes down in which import features of a layer were seen, in place of where they were seen before; whether that
/// says anything new.
pub async fn saw(conn: &mut PgConnection, layer: Layer, seen: Vec<Sighting>) -> sqlx::Result<bool> {
    let mut seen = Seen::new(seen);
    let Some((first, last)) = seen.ends() else { return Ok(false) };
    let spans =
        sqlx::query("select import, first, rows from firemap_seen where layer = $1 and first <= $2 and last >= $3");
    let spans = spans.bind(layer.name()).bind(last as i64).bind(first as i64).fetch_all(&mut *conn).await?;
    for span in spans {
        let import = u32::try_from(span.try_get::<i64, _>(0)?).unwrap_or(u32::MAX);
        seen.meet(import, span.try_get(1)?, span.try_get::<&[u8], _>(2)?);
    }
    if seen.says_nothing_new() {
        return Ok(false);
    }
    let (imports, firsts): (Vec<i64>, Vec<i64>) =
        seen.stale().map(|(import, begin)| (i64::from(import), begin)).unzip();
    let delete = sqlx::query(
        "delete from firemap_seen s using unnest($2::bigint[], $3::bigint[]) u(import, first)
         where s.layer = $1 and s.import = u.import and s.first = u.first",
    );
    delete.bind(layer.name()).bind(imports).bind(firsts).execute(&mut *conn).await?;
    let spans = seen.spans();
    let ends = |span: &Vec<Sighting>| Some((span.first()?.import, span.first()?.fid, span.last()?.fid));
    let mut rows = Column::new(Kind::Bytes);
    spans.iter().for_each(|span| rows.blob(&pack(span)));
    let ends: Vec<(u32, u64, u64)> = spans.iter().filter_map(ends).collect();
    let put = sqlx::query(
        "insert into firemap_seen (layer, import, first, last, rows)
         select $1, u.* from unnest($2, $3, $4, $5) u
         on conflict (layer, import, first) do update set last = excluded.last, rows = excluded.rows",
    );
    put.bind(layer.name())
        .bind(Column::integers(ends.iter().map(|(import, ..)| i64::from(*import))))
        .bind(Column::integers(ends.iter().map(|(_, first, _)| *first as i64)))
        .bind(Column::integers(ends.iter().map(|(.., last)| *last as i64)))
        .bind(rows)
        .execute(conn)
        .await?;
    Ok(true)
}

/// Where a feature comes from and where it was last seen; `None` where there is no such feature.
pub async fn provenance(conn: &mut PgConnection, layer: Layer, id: FeatureId) -> sqlx::Result<Option<Provenance>> {
    let fid = i64::try_from(id.0).unwrap_or(i64::MAX);
    let of = sqlx::query(AssertSqlSafe(format!("select import, \"row\" from \"{}\" where fid = $1", layer.name())));
    let Some(of) = of.bind(fid).fetch_optional(&mut *conn).await? else { return Ok(None) };
    let row = of.try_get::<Option<i64>, _>(1)?.and_then(|row| u64::try_from(row).ok()).unwrap_or(0);
    let came_from = match of.try_get::<Option<i64>, _>(0)? {
        Some(import) => standing(&mut *conn, import, row).await?,
        None => None,
    };
    let spans = sqlx::query(
        "select import, rows from firemap_seen where layer = $1 and first <= $2 and last >= $2 order by import desc",
    );
    let spans = spans.bind(layer.name()).bind(fid).fetch_all(&mut *conn).await?;
    let mut last_seen = None;
    for span in spans {
        let found = unpack(span.try_get(1)?).find(|(of, _)| *of == id.0);
        if let Some((_, row)) = found {
            last_seen = standing(&mut *conn, span.try_get(0)?, u64::from(row)).await?;
            break;
        }
    }
    Ok(Some(Provenance { came_from, last_seen }))
}

async fn standing(conn: &mut PgConnection, import: i64, row: u64) -> sqlx::Result<Option<Standing>> {
    let found = sqlx::query(AssertSqlSafe(format!("{SELECT} where fid = $1"))).bind(import);
    let found = found.fetch_optional(conn).await?;
    Ok(found.as_ref().map(import_of).transpose()?.map(|import| Standing { import, row }))
}

/// Degrees that a side of a box may differ by, as in the GeoPackage.
const SAME: f64 = 2e-5;

/// How many of the keys, and how many of the boxes, a layer has from a source.
pub async fn recognise(
    conn: &mut PgConnection,
    layer: Layer,
    source: &str,
    brought: &[(Box<str>, Bounds)],
) -> sqlx::Result<Recognised> {
    let mut sides = [const { Vec::new() }; 4];
    for (_, Bounds { min, max }) in brought {
        let all = [min.lon_degrees(), min.lat_degrees(), max.lon_degrees(), max.lat_degrees()];
        sides.iter_mut().zip(all).for_each(|(column, side)| column.push(side));
    }
    let [west, south, east, north] = sides;
    let table = layer.name();
    let sql = format!(
        "select count(*) filter (where exists (
                select from \"{table}\" t where t.source = $1 and t.source_key = u.key)),
            count(*) filter (where exists (
                select from \"{table}\" t
                where t.source = $1 and t.geom && st_expand(
                        st_makeenvelope(u.west, u.south, u.east, u.north, 4326), {SAME})
                    and abs(st_xmin(t.geom) - u.west) <= {SAME} and abs(st_ymin(t.geom) - u.south) <= {SAME}
                    and abs(st_xmax(t.geom) - u.east) <= {SAME} and abs(st_ymax(t.geom) - u.north) <= {SAME}))
         from unnest($2, $3, $4, $5, $6) u(key, west, south, east, north)"
    );
    let counted = sqlx::query(AssertSqlSafe(sql))
        .bind(source)
        .bind(Column::texts(brought.iter().map(|(key, _)| &**key)))
        .bind(west)
        .bind(south)
        .bind(east)
        .bind(north)
        .fetch_one(conn)
        .await?;
    let count = |ix: usize| counted.try_get::<i64, _>(ix).map(|count| usize::try_from(count).unwrap_or(0));
    Ok(Recognised { keys: count(0)?, places: count(1)? })
}
