//! The SQL functions that the R-tree triggers of every GeoPackage call and plain SQLite lacks.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use super::blob;

/// Registers `ST_IsEmpty`, `ST_MinX`, `ST_MaxX`, `ST_MinY`, `ST_MaxY` (GeoPackage 1.3, annex F.3).
///
/// Bytes that are no geometry count as empty: they get no place in the index, and the next load tells of them.
pub fn register(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (side, name) in ["ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"].into_iter().enumerate() {
        conn.create_scalar_function(name, 1, flags, move |ctx| Ok(envelope(ctx).map(|sides| sides[side])))?;
    }
    conn.create_scalar_function("ST_IsEmpty", 1, flags, |ctx| Ok(envelope(ctx).is_none()))
}

fn envelope(ctx: &Context<'_>) -> Option<[f64; 4]> {
    match ctx.get_raw(0) {
        ValueRef::Blob(bytes) => blob::envelope(bytes).ok().flatten(),
        _ => None,
    }
}
