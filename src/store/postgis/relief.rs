//! The relief in the database: packed as in the GeoPackage.

use sqlx::{PgConnection, Row as _};

use crate::model::{Bounds, Relief, ReliefTile, Square};
use crate::store::geopackage::relief::{LONGEST, Packed, Put, unpacked};

/// Writes a tile over what its square has; nothing where that is the same.
pub async fn put(conn: &mut PgConnection, tile: &Packed, import: Option<u32>) -> sqlx::Result<Put> {
    let (south, west) = (i64::from(tile.square.south()), i64::from(tile.square.west()));
    let known = sqlx::query("select checksum from firemap_relief where south = $1 and west = $2");
    let known = known.bind(south).bind(west).fetch_optional(&mut *conn).await?;
    let known: Option<String> = known.map(|row| row.try_get(0)).transpose()?;
    if known.as_ref() == Some(&tile.checksum) {
        return Ok(Put::Unchanged);
    }
    let write = sqlx::query(match known {
        Some(_) => {
            "update firemap_relief set side = $3, heights = $4, checksum = $5, import = $6, changed = clock_timestamp()
             where south = $1 and west = $2"
        }
        None => {
            "insert into firemap_relief (south, west, side, heights, checksum, import) values ($1, $2, $3, $4, $5, $6)"
        }
    });
    let write = write.bind(south).bind(west).bind(tile.side as i64).bind(&tile.heights).bind(&tile.checksum);
    write.bind(import.map(i64::from)).execute(conn).await?;
    Ok(if known.is_some() { Put::Changed } else { Put::Added })
}

/// The relief around a box. A row that other programs have spoilt is warned of and left out: its heights are unknown.
pub async fn around(conn: &mut PgConnection, bounds: Option<Bounds>) -> sqlx::Result<Relief> {
    sqlx::raw_sql("begin isolation level repeatable read read only").execute(&mut *conn).await?;
    let found = sqlx::query(
        "select south, west from firemap_relief where south between -90 and 89 and west between -180 and 179
         order by 1, 2",
    );
    let mut squares = Vec::new();
    for row in found.fetch_all(&mut *conn).await? {
        let corner = (i16::try_from(row.try_get::<i64, _>(0)?), i16::try_from(row.try_get::<i64, _>(1)?));
        let (Ok(south), Ok(west)) = corner else { continue };
        squares.extend(Square::new(south, west));
    }
    let wanted = squares.iter().filter(|square| bounds.is_some_and(|bounds| square.bounds().intersects(bounds)));
    let wanted: Vec<Square> = wanted.copied().collect();
    let mut relief = Relief::around(bounds, squares);
    for square in wanted {
        // Of one square at a time all samples are in memory.
        let row = sqlx::query(
            "select side, case when length(heights) <= $3 then heights end from firemap_relief
             where south = $1 and west = $2",
        );
        let row = row.bind(i64::from(square.south())).bind(i64::from(square.west())).bind(LONGEST as i64);
        let Some(row) = row.fetch_optional(&mut *conn).await? else { continue };
        let side = usize::try_from(row.try_get::<i64, _>(0)?).ok();
        let heights: Option<&[u8]> = row.try_get(1)?;
        match side.zip(heights).and_then(|(side, heights)| unpacked(side, heights)) {
            Some(samples) => relief.add(&ReliefTile::new(square, samples).expect("a known side, and so many samples")),
            None => tracing::warn!(%square, "the heights of a square cannot be read and are unknown; import it again"),
        }
    }
    sqlx::raw_sql("rollback").execute(conn).await?;
    Ok(relief)
}
