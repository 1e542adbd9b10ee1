//! Fills the R-tree of a table at once: rows sorted into tiles, nodes packed bottom-up and written to the tables behind
//! SQLite's R-tree module. Adding row by row through the module takes some ten times as long.
//!
//! Form of those tables and nodes: <https://www.sqlite.org/rtree.html>, section 6, and `ext/rtree/rtree.c`.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::blob;

/// Bytes of a cell: a number of 8 bytes and four sides of 4, all big-endian.
const CELL: usize = 24;
/// Bytes before the first cell: depth of the tree (of the root only) and number of cells.
const HEAD: usize = 4;
/// Cells left free in each node, so that the first edits split none.
const FREE: usize = 5;
/// Number of the root's node.
const ROOT: i64 = 1;
/// Rows that are sorted at a time, which bounds the memory; leaves of several such lots may overlap.
const A_LOT: usize = 2_000_000;

/// A row or node with its box: least and most x, least and most y, rounded outwards.
#[derive(Clone, Copy)]
struct Cell {
    number: i64,
    sides: [f32; 4],
}

impl Cell {
    fn new(number: i64, [min_x, max_x, min_y, max_y]: [f64; 4]) -> Cell {
        Cell { number, sides: [down(min_x), up(max_x), down(min_y), up(max_y)] }
    }

    /// Twice the middle, by axis.
    fn middle(&self, axis: usize) -> f32 {
        self.sides[2 * axis] + self.sides[2 * axis + 1]
    }
}

fn down(n: f64) -> f32 {
    let near = n as f32;
    if f64::from(near) > n { near.next_down() } else { near }
}

fn up(n: f64) -> f32 {
    let near = n as f32;
    if f64::from(near) < n { near.next_up() } else { near }
}

/// Fills an R-tree anew from the shapes of a table, within the transaction that is open.
///
/// # Errors
///
/// Those of SQLite; a shape that cannot be read is left out, as the triggers leave it.
pub fn fill(conn: &Connection, table: &str, rtree: &str) -> rusqlite::Result<()> {
    fill_by(conn, table, rtree, A_LOT)
}

fn fill_by(conn: &Connection, table: &str, rtree: &str, at_most: usize) -> rusqlite::Result<()> {
    let sql = format!("select length(data) from {rtree}_node where nodeno = {ROOT}");
    let bytes = conn.query_row(&sql, [], |row| row.get::<_, u32>(0))? as usize;
    let most = (bytes.saturating_sub(HEAD) / CELL).saturating_sub(FREE).max(2);
    conn.execute_batch(&format!("delete from {rtree}_node; delete from {rtree}_rowid; delete from {rtree}_parent;"))?;
    let mut writer = Writer { conn, rtree, bytes, most, next: ROOT + 1 };
    let (mut below, mut lot) = (Vec::new(), Vec::new());
    let mut after = i64::MIN;
    let mut depth = 0;
    // Leaves, lot by lot, then nodes over nodes until one node holds all.
    loop {
        after = next_lot(conn, table, after, at_most, &mut lot)?;
        let is_last = lot.len() < at_most;
        if is_last && below.is_empty() && lot.len() <= most {
            below = std::mem::take(&mut lot);
            break;
        }
        below.extend(writer.level(&mut lot, depth)?);
        if is_last {
            depth += 1;
            break;
        }
    }
    while below.len() > most {
        below = writer.level(&mut below, depth)?;
        depth += 1;
    }
    writer.node(ROOT, &below, depth)?;
    writer.parents(depth, below.iter().map(|cell| (cell.number, ROOT)).collect())
}

/// Writes nodes.
struct Writer<'a> {
    conn: &'a Connection,
    rtree: &'a str,
    /// Bytes of a node, and the cells to put in one.
    bytes: usize,
    most: usize,
    next: i64,
}

impl Writer<'_> {
    /// Packs cells into nodes and writes those; a cell for each node.
    fn level(&mut self, cells: &mut [Cell], depth: u16) -> rusqlite::Result<Vec<Cell>> {
        let mut above = Vec::with_capacity(cells.len() / self.most + 1);
        let mut of_node = Vec::with_capacity(cells.len());
        for group in groups(cells, self.most) {
            let number = self.next;
            self.next += 1;
            self.node(number, group, 0)?;
            of_node.extend(group.iter().map(|cell| (cell.number, number)));
            above.push(Cell { number, sides: around(group) });
        }
        self.parents(depth, of_node)?;
        Ok(above)
    }

    /// Writes a node; `depth` is 0 but for the root.
    fn node(&self, number: i64, cells: &[Cell], depth: u16) -> rusqlite::Result<()> {
        let mut node = Vec::with_capacity(self.bytes);
        node.extend(depth.to_be_bytes());
        node.extend((cells.len() as u16).to_be_bytes());
        for cell in cells {
            node.extend(cell.number.to_be_bytes());
            node.extend(cell.sides.iter().flat_map(|side| side.to_be_bytes()));
        }
        node.resize(self.bytes, 0);
        let sql = format!("insert into {}_node (nodeno, data) values (?1, ?2)", self.rtree);
        self.conn.prepare_cached(&sql)?.execute((number, node)).map(drop)
    }

    /// Writes which node holds a row, or a node: in order of number, in which that table is filled fastest.
    fn parents(&self, depth: u16, mut of_node: Vec<(i64, i64)>) -> rusqlite::Result<()> {
        of_node.sort_unstable();
        let sql = match depth {
            0 => format!("insert into {}_rowid (rowid, nodeno) values (?1, ?2)", self.rtree),
            _ => format!("insert into {}_parent (nodeno, parentnode) values (?1, ?2)", self.rtree),
        };
        let mut insert = self.conn.prepare_cached(&sql)?;
        of_node.into_iter().try_for_each(|pair| insert.execute(pair).map(drop))
    }
}

/// The next rows of a table that have a place, at most so many; the number of the last that was looked at.
fn next_lot(
    conn: &Connection,
    table: &str,
    mut after: i64,
    at_most: usize,
    lot: &mut Vec<Cell>,
) -> rusqlite::Result<i64> {
    lot.clear();
    let sql = format!("select fid, geom from {table} where fid > ?1 and geom not null order by fid");
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([after])?;
    while lot.len() < at_most
        && let Some(row) = rows.next()?
    {
        after = row.get(0)?;
        if let ValueRef::Blob(geometry) = row.get_ref(1)?
            && let Ok(Some(sides)) = blob::envelope(geometry)
        {
            lot.push(Cell::new(after, sides));
        }
    }
    Ok(after)
}

/// Sort-Tile-Recursive (Leutenegger, López, Edgington 1997): upright strips by x, within each groups by y.
fn groups(cells: &mut [Cell], most: usize) -> impl Iterator<Item = &[Cell]> {
    let nodes = cells.len().div_ceil(most);
    let strips = (nodes as f64).sqrt().ceil().max(1.0) as usize;
    // Without cells there is no group, and a strip of none cannot be cut.
    let strip = nodes.div_ceil(strips).max(1) * most;
    cells.sort_unstable_by(|a, b| a.middle(0).total_cmp(&b.middle(0)).then(a.number.cmp(&b.number)));
    for strip in cells.chunks_mut(strip) {
        strip.sort_unstable_by(|a, b| a.middle(1).total_cmp(&b.middle(1)).then(a.number.cmp(&b.number)));
    }
    // The last of a strip takes what is left; it may be small but never empty.
    cells.chunks(strip).flat_map(move |strip| strip.chunks(most))
}

fn around(cells: &[Cell]) -> [f32; 4] {
    let none = [f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY, f32::NEG_INFINITY];
    cells.iter().fold(none, |[min_x, max_x, min_y, max_y], Cell { sides: [x, to_x, y, to_y], .. }| {
        [min_x.min(*x), max_x.max(*to_x), min_y.min(*y), max_y.max(*to_y)]
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Place, Shape};
    use crate::store::geopackage::functions;

    /// A table with a tree, filled by this module or through SQLite's.
    fn filled(places: &[(i64, i32, i32)], at_once: Option<usize>) -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        functions::register(&conn).unwrap();
        conn.execute_batch(
            "create table t (fid integer primary key, geom blob);
             create virtual table rtree_t using rtree(id, minx, maxx, miny, maxy);",
        )
        .unwrap();
        for &(fid, lon, lat) in places {
            let geom = blob::write(&Shape::point(Place { lon, lat }));
            conn.execute("insert or replace into t values (?1, ?2)", (fid, geom)).unwrap();
        }
        conn.execute("insert or replace into t values (0, x'00')", []).unwrap();
        if let Some(at_most) = at_once {
            fill_by(&conn, "t", "rtree_t", at_most).unwrap();
        } else {
            let sides = "ST_MinX(geom), ST_MaxX(geom), ST_MinY(geom), ST_MaxY(geom)";
            conn.execute_batch(&format!("insert into rtree_t select fid, {sides} from t where not ST_IsEmpty(geom)"))
                .unwrap();
        }
        conn
    }

    fn found(conn: &Connection, [x, y, size]: [f64; 3]) -> Vec<i64> {
        let sql = "select id from rtree_t where maxx >= ?1 and minx <= ?2 and maxy >= ?3 and miny <= ?4 order by id";
        let mut statement = conn.prepare(sql).unwrap();
        statement.query_map([x, x + size, y, y + size], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    fn sound(conn: &Connection) -> String {
        conn.query_row("select rtreecheck('rtree_t')", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn lots_that_come_out_even_leave_no_empty_one_behind() {
        for rows in [0, 1, 63, 64, 65, 128, 192] {
            let places: Vec<(i64, i32, i32)> = (1..=rows).map(|n| (n, n as i32 * 1000, n as i32 * 2000)).collect();
            let conn = filled(&places, Some(64));
            assert_eq!((sound(&conn).as_str(), found(&conn, [-1.0, -1.0, 9.0]).len()), ("ok", rows as usize));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_tree_is_sound_finds_the_same_and_can_be_edited(
            places in proptest::collection::vec((1_i64..9000, -1_800_000_000_i32..1_800_000_000, -900_000_000_i32..900_000_000), 0..3000),
            lot in 1_usize..5000,
            window in (-190.0..180.0, -95.0..90.0, 0.0..200.0),
        ) {
            let (fast, slow) = (filled(&places, Some(lot)), filled(&places, None));
            prop_assert_eq!(sound(&fast), "ok");
            let window = [window.0, window.1, window.2];
            prop_assert_eq!(found(&fast, window), found(&slow, window));
            for conn in [&fast, &slow] {
                conn.execute_batch(
                    "delete from rtree_t where id % 3 = 1;
                     insert or replace into rtree_t select fid + 9000, fid / 100.0, fid / 90.0, 10, 11 from t;",
                ).unwrap();
            }
            prop_assert_eq!(sound(&fast), "ok");
            prop_assert_eq!(found(&fast, window), found(&slow, window));
        }
    }
}
