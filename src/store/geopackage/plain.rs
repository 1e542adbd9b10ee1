//! GeoPackages that are no store: tables for other programs, typed, with an R-tree over each layer and no log.
//!
//! Written beside their place and moved there when they are whole.

use std::path::{Path, PathBuf};

use rusqlite::types::ToSql;
use rusqlite::{Connection, params};

use super::{blob, file, functions, schema};
use crate::model::{GeometryKind, Place, Shape};
use crate::store::StoreError;

/// A column of a plain table.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub ty: PlainType,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainType {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Yes or no.
    Bool,
    /// Days, `YYYY-MM-DD`.
    Date,
    /// Instants in UTC, RFC 3339.
    Instant,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum PlainValue {
    /// Nothing is known.
    Null,
    /// Text, a day or an instant.
    Text(String),
    /// A whole number, or yes (1) or no (0).
    Integer(i64),
    /// A number.
    Real(f64),
}

/// What shapes a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainGeometry {
    /// None: it is a list.
    None,
    /// Those of a layer.
    Kind(GeometryKind),
    /// Any, or none in some rows.
    Any,
}

/// A system of coordinates that is not WGS 84.
pub struct PlainSrs {
    /// Its name.
    pub name: String,
    /// Its code in the register of EPSG, where it has one.
    pub epsg: Option<u32>,
    /// Its definition as well-known text, `undefined` where the code tells it.
    pub wkt: String,
    /// What is to be said of it.
    pub note: String,
    /// A place in it.
    pub place: Box<dyn Fn(Place) -> [f64; 2]>,
}

/// A table.
pub struct PlainTable {
    /// Its name.
    pub name: String,
    /// What it holds, for people.
    pub description: String,
    /// What shapes it has.
    pub geometry: PlainGeometry,
    /// Their system; WGS 84 where none is named.
    pub srs: Option<PlainSrs>,
    /// Its columns beside number and shape.
    pub columns: Vec<PlainColumn>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainRow {
    /// Its number; counted up where none is given.
    pub fid: Option<u64>,
    /// Its shape, in WGS 84; it is written in the table's system.
    pub shape: Option<Shape>,
    /// A cell a column.
    pub values: Vec<PlainValue>,
}

/// Rows on their way into a table.
pub type PlainRows<'a> = dyn Iterator<Item = PlainRow> + 'a;

/// The number of a system that no registry knows.
const OTHER_SRS: i32 = 100_000;

/// Writes tables and their rows to a GeoPackage, over one that is there.
pub fn write_plain(path: &Path, tables: &[PlainTable], rows: &mut [&mut PlainRows<'_>]) -> Result<(), StoreError> {
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(part);
    let made = make(&part, tables, rows).map_err(|error| file::told(path, &error));
    let placed = made.and_then(|()| std::fs::rename(&part, path).map_err(|error| file::refused(path, &error)));
    placed.inspect_err(|_| {
        let _ = std::fs::remove_file(&part);
    })
}

fn make(path: &Path, tables: &[PlainTable], rows: &mut [&mut PlainRows<'_>]) -> rusqlite::Result<()> {
    let mut conn = Connection::open(path)?;
    functions::register(&conn)?;
    // The journal would lie beside the file; one that breaks off is thrown away.
    conn.pragma_update(None, "journal_mode", "memory")?;
    let tx = conn.transaction()?;
    tx.execute_batch(base())?;
    for (table, rows) in tables.iter().zip(rows) {
        fill(&tx, table, rows)?;
    }
    tx.commit()?;
    conn.close().map_err(|(_, error)| error)
}

/// The tables that every GeoPackage has, as the first migration of the store makes them.
fn base() -> &'static str {
    let all = include_str!("../../../migrations/geopackage/0001_layers.sql");
    all.split("-- Facts about the store").next().unwrap_or(all)
}

fn fill(conn: &Connection, table: &PlainTable, rows: &mut PlainRows<'_>) -> rusqlite::Result<()> {
    let name = quoted(&table.name);
    let geometry = match table.geometry {
        PlainGeometry::None => None,
        PlainGeometry::Kind(GeometryKind::Point) => Some("POINT"),
        PlainGeometry::Kind(GeometryKind::Line) => Some("MULTILINESTRING"),
        PlainGeometry::Kind(GeometryKind::Polygon) => Some("MULTIPOLYGON"),
        PlainGeometry::Any => Some("GEOMETRY"),
    };
    let columns = distinct(&table.columns, geometry.is_some());
    let mut declared = vec!["fid INTEGER primary key autoincrement not null".to_owned()];
    declared.extend(geometry.map(|kind| format!("geom {kind}")));
    declared.extend(columns.iter().zip(&table.columns).map(|(name, column)| format!("{name} {}", type_of(column.ty))));
    conn.execute_batch(&format!("create table {name} ({})", declared.join(", ")))?;
    let srs = srs_of(conn, table)?;
    let kind = if geometry.is_some() { "features" } else { "attributes" };
    conn.execute(
        "insert into gpkg_contents (table_name, data_type, identifier, description, srs_id) values (?1, ?2, ?1, ?3, ?4)",
        params![table.name, kind, table.description, geometry.map(|_| srs)],
    )?;
    if let Some(geometry) = geometry {
        conn.execute(
            "insert into gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)
             values (?1, 'geom', ?2, ?3, 0, 0)",
            params![table.name, geometry, srs],
        )?;
    }
    let mut names = vec!["fid".to_owned()];
    names.extend(geometry.map(|_| "geom".to_owned()));
    names.extend(columns);
    let places = vec!["?"; names.len()].join(", ");
    let mut insert = conn.prepare(&format!("insert into {name} ({}) values ({places})", names.join(", ")))?;
    let to_there = |place: Place| match &table.srs {
        Some(other) => (other.place)(place),
        None => [place.lon_degrees(), place.lat_degrees()],
    };
    let mut around: Option<[f64; 4]> = None;
    for row in rows {
        let mut at = 0;
        let mut bind = |insert: &mut rusqlite::Statement<'_>, value: &dyn ToSql| {
            at += 1;
            insert.raw_bind_parameter(at, value)
        };
        bind(&mut insert, &row.fid.and_then(|fid| i64::try_from(fid).ok()))?;
        if geometry.is_some() {
            let shape = row.shape.as_ref();
            let written = shape.map(|shape| blob::write_in(shape, srs, &to_there));
            let box_of = written.as_deref().and_then(|bytes| blob::envelope(bytes).ok().flatten());
            around = box_of
                .into_iter()
                .chain(around)
                .reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].max(b[3])]);
            bind(&mut insert, &written)?;
        }
        for nth in 0..table.columns.len() {
            match row.values.get(nth) {
                Some(PlainValue::Text(text)) => bind(&mut insert, text)?,
                Some(PlainValue::Integer(n)) => bind(&mut insert, n)?,
                Some(PlainValue::Real(n)) => bind(&mut insert, n)?,
                Some(PlainValue::Null) | None => bind(&mut insert, &rusqlite::types::Null)?,
            }
        }
        insert.raw_execute()?;
    }
    if let Some([min_x, max_x, min_y, max_y]) = around {
        conn.execute(
            "update gpkg_contents set min_x = ?1, min_y = ?2, max_x = ?3, max_y = ?4 where table_name = ?5",
            params![min_x, min_y, max_x, max_y, table.name],
        )?;
    }
    match geometry {
        Some(_) => schema::index_plain(conn, &table.name),
        None => Ok(()),
    }
}

/// The number of the table's system, declared where it is none of those that every GeoPackage has.
fn srs_of(conn: &Connection, table: &PlainTable) -> rusqlite::Result<i32> {
    let Some(PlainSrs { name, epsg, wkt, note, .. }) = &table.srs else { return Ok(blob::SRS_ID) };
    let id = epsg.and_then(|code| i32::try_from(code).ok()).unwrap_or(OTHER_SRS);
    let office = if epsg.is_some() { "EPSG" } else { "NONE" };
    conn.execute(
        "insert or ignore into gpkg_spatial_ref_sys
             (srs_name, srs_id, organization, organization_coordsys_id, definition, description)
         values (?1, ?2, ?5, ?2, ?3, ?4)",
        params![name, id, wkt, note, office],
    )?;
    Ok(id)
}

/// Names of columns as SQL writes them, each once: SQLite takes two that differ in case for one.
fn distinct(columns: &[PlainColumn], has_geometry: bool) -> Vec<String> {
    let mut taken: std::collections::HashSet<String> = std::collections::HashSet::from(["fid".to_owned()]);
    taken.extend(has_geometry.then(|| "geom".to_owned()));
    let mut names = Vec::new();
    for PlainColumn { name, .. } in columns {
        let name = name.replace('\0', " ");
        let mut free = name.clone();
        let mut nth = 1;
        while !taken.insert(free.to_lowercase()) {
            nth += 1;
            free = format!("{name}_{nth}");
        }
        names.push(quoted(&free));
    }
    names
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn type_of(ty: PlainType) -> &'static str {
    match ty {
        PlainType::Text => "TEXT",
        PlainType::Integer => "INTEGER",
        PlainType::Real => "DOUBLE",
        PlainType::Bool => "BOOLEAN",
        PlainType::Date => "DATE",
        PlainType::Instant => "DATETIME",
    }
}
