//! The relief in the file: of each square its samples, packed to about half of what plain zlib makes of them.
//!
//! Row by row from the north-west corner, each sample is told by how far it is from what the samples to the west, the
//! north and the north-west lead to expect (the plane through them), zigzag, as a varint; then zlib.

use libdeflater::{CompressionLvl, Compressor, Decompressor};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::schema;
use crate::model::{Bounds, Relief, ReliefTile, Square};

/// A tile on its way to the writer.
pub struct Packed {
    /// The square.
    pub square: Square,
    /// Samples a side.
    pub side: usize,
    /// The samples, packed.
    pub heights: Vec<u8>,
    /// SHA-256 of the samples.
    pub checksum: String,
}

/// What became of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The square was not there.
    Added,
    /// It has other heights now.
    Changed,
    /// It had them.
    Unchanged,
}

impl Packed {
    /// Packs a tile.
    pub fn of(tile: &ReliefTile) -> Packed {
        let mut hash = Sha256::new();
        for row in tile.samples().chunks(tile.side()) {
            hash.update(row.iter().flat_map(|height| height.to_be_bytes()).collect::<Vec<u8>>());
        }
        let checksum = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let told = told(tile.samples(), tile.side());
        let mut compressor = Compressor::new(CompressionLvl::default());
        let mut heights = vec![0; compressor.zlib_compress_bound(told.len())];
        let len = compressor.zlib_compress(&told, &mut heights).expect("the room is as long as the bound says");
        heights.truncate(len);
        Packed { square: tile.square(), side: tile.side(), heights, checksum }
    }

    /// Writes it over what its square has; nothing where that is the same.
    pub fn put(&self, conn: &Connection, import: Option<u32>) -> rusqlite::Result<Put> {
        let square = (self.square.south(), self.square.west());
        let known: Option<String> = conn
            .prepare_cached("select checksum from firemap_relief where south = ?1 and west = ?2")?
            .query_row(square, |row| row.get(0))
            .optional()?;
        if known.as_ref() == Some(&self.checksum) {
            return Ok(Put::Unchanged);
        }
        let sql = format!(
            "insert into firemap_relief (south, west, side, heights, checksum, import, changed)
             values (?1, ?2, ?3, ?4, ?5, ?6, {})
             on conflict (south, west) do update set side = excluded.side, heights = excluded.heights,
                 checksum = excluded.checksum, import = excluded.import, changed = excluded.changed",
            schema::NOW
        );
        let (south, west) = square;
        conn.prepare_cached(&sql)?.execute((south, west, self.side as i64, &self.heights, &self.checksum, import))?;
        Ok(if known.is_some() { Put::Changed } else { Put::Added })
    }
}

/// The relief around a box. A row that other programs have spoilt is warned of and left out: its heights are unknown.
pub fn around(conn: &Connection, bounds: Option<Bounds>) -> rusqlite::Result<Relief> {
    let tx = conn.unchecked_transaction()?;
    let squares: Vec<(i16, i16)> = tx
        .prepare_cached("select south, west from firemap_relief where south between -90 and 89 and west between -180 and 179 order by 1, 2")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let squares: Vec<Square> = squares.into_iter().filter_map(|(south, west)| Square::new(south, west)).collect();
    let wanted = squares.iter().filter(|square| bounds.is_some_and(|bounds| square.bounds().intersects(bounds)));
    let wanted: Vec<Square> = wanted.copied().collect();
    let mut relief = Relief::around(bounds, squares);
    let mut read = tx.prepare_cached(
        "select side, iif(length(heights) <= ?3, heights, null) from firemap_relief where south = ?1 and west = ?2",
    )?;
    for square in wanted {
        // Of one square at a time all samples are in memory.
        let mut rows = read.query((square.south(), square.west(), LONGEST as i64))?;
        let Some(row) = rows.next()? else { continue };
        let side = row.get_ref(0)?.as_i64().ok().and_then(|side| usize::try_from(side).ok());
        let heights = row.get_ref(1)?.as_blob().ok();
        match side.zip(heights).and_then(|(side, heights)| unpacked(side, heights)) {
            Some(samples) => relief.add(&ReliefTile::new(square, samples).expect("a known side, and so many samples")),
            None => tracing::warn!(%square, "the heights of a square cannot be read and are unknown; import it again"),
        }
    }
    Ok(relief)
}

/// Whether any square was written after a place in the log.
pub fn changed(conn: &Connection, after: i64) -> rusqlite::Result<bool> {
    conn.prepare_cached("select 1 from firemap_relief_log where seq > ?1")?.exists([after])
}

/// The most bytes of a packed tile: a step takes three at most, and zlib makes incompressible bytes little longer.
pub const LONGEST: usize = 3601 * 3601 * 3 + (1 << 20);

/// What the samples before one in its row and above lead to expect.
fn expected(samples: &[i16], side: usize, nth: usize) -> i16 {
    let at = |back: usize| nth.checked_sub(back).and_then(|nth| samples.get(nth)).copied().unwrap_or(0);
    match (nth >= side, !nth.is_multiple_of(side)) {
        (true, true) => at(1).wrapping_add(at(side)).wrapping_sub(at(side + 1)),
        (true, false) => at(side),
        (false, _) => at(1),
    }
}

/// Samples as steps from what is expected.
fn told(samples: &[i16], side: usize) -> Vec<u8> {
    let mut told = Vec::with_capacity(samples.len() + samples.len() / 8);
    for (nth, height) in samples.iter().enumerate() {
        let step = height.wrapping_sub(expected(samples, side, nth));
        let mut zigzag = ((step << 1) ^ (step >> 15)) as u16;
        while zigzag > 0x7f {
            told.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        told.push(zigzag as u8);
    }
    told
}

/// The samples of a square; `None` where the bytes are not those of so many.
pub fn unpacked(side: usize, heights: &[u8]) -> Option<Vec<i16>> {
    let side = ReliefTile::SIDES.into_iter().find(|known| *known == side)?;
    let count = side * side;
    let mut told = vec![0; 3 * count];
    let len = Decompressor::new().zlib_decompress(heights, &mut told).ok()?;
    let mut bytes = told.get(..len)?.iter();
    let mut samples: Vec<i16> = Vec::with_capacity(count);
    for nth in 0..count {
        let mut zigzag = 0_u16;
        for shift in [0, 7, 14] {
            let byte = *bytes.next()?;
            zigzag |= u16::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let step = (zigzag >> 1) as i16 ^ -((zigzag & 1) as i16);
        samples.push(expected(&samples, side, nth).wrapping_add(step));
    }
    bytes.next().is_none().then_some(samples)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const N: usize = 1201;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

        #[test]
        fn heights_come_back_from_their_bytes(some in vec(any::<i16>(), 1..3000)) {
            let samples = some.iter().copied().cycle().take(N * N).collect();
            let tile = ReliefTile::new(Square::named("N43E007").unwrap(), samples).unwrap();
            let packed = Packed::of(&tile);
            prop_assert!(unpacked(N, &packed.heights).as_deref() == Some(tile.samples()));
        }

        #[test]
        fn bytes_of_any_kind_are_heights_or_nothing(
            byte in any::<u8>(), at in any::<prop::sample::Index>(), keep in any::<prop::sample::Index>(), some in vec(any::<u8>(), 0..300),
        ) {
            prop_assert_eq!(unpacked(N, &some), None);
            let tile = ReliefTile::new(Square::named("N43E007").unwrap(), vec![5; N * N]).unwrap();
            let whole = Packed::of(&tile).heights;
            prop_assert_eq!(unpacked(N, &whole[..keep.index(whole.len())]), None);
            let mut other = whole.clone();
            other[at.index(whole.len())] ^= byte;
            // zlib's own checksum sees it, unless the bit fills up a byte.
            let read = unpacked(N, &other);
            prop_assert!(read.is_none() || read.as_deref() == Some(tile.samples()));
        }
    }

    #[test]
    fn a_side_that_is_none_or_another_square_s_is_refused() {
        let tile = ReliefTile::new(Square::named("N43E007").unwrap(), vec![5; N * N]).unwrap();
        let heights = Packed::of(&tile).heights;
        assert_eq!(unpacked(3601, &heights), None);
        assert_eq!(unpacked(usize::MAX, &heights), None);
        assert_eq!(unpacked(0, &[]), None);
    }
}
