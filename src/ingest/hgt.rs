//! SRTM's HGT files: the heights of a square of one degree as whole metres above EGM96, 16 bits big-endian, row by row
//! from the north-west corner.
//!
//! A file holds heights and nothing else: its size tells how many, its name (`N43E007.hgt`, the south-west corner) of
//! which square. What is said of voids and edges stands at [`ReliefTile`].

use std::io::Read;
use std::path::Path;

use super::error::IngestError;
use super::format::ending;
use super::report::Remark;
use super::unpack::{Unpacked, explain};
use crate::model::{ReliefTile, Square};

/// Whether a file calls itself one.
pub fn is_named(path: &Path) -> bool {
    ending(path).as_deref() == Some("hgt")
}

/// The square of a file by its name, of which more may follow: `N43E007.SRTMGL1.hgt`.
pub fn square_of(path: &Path) -> Result<Square, IngestError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let square = name.split('.').next().and_then(Square::named);
    square.ok_or_else(|| IngestError::ReliefName { path: path.display().to_string() })
}

/// Reads a file whole: 26 MB at most, and as much for what becomes of it.
pub fn read(path: &Path) -> Result<ReliefTile, IngestError> {
    let square = square_of(path)?;
    let [small, large] = ReliefTile::SIDES.map(|side| 2 * side * side);
    let mut bytes = Vec::new();
    let file = Unpacked::open(path).map_err(|err| explain(path, &err))?;
    file.take(large as u64 + 1).read_to_end(&mut bytes).map_err(|err| explain(path, &err))?;
    let samples = bytes.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect();
    let tile = if [small, large].contains(&bytes.len()) { ReliefTile::new(square, samples) } else { None };
    tile.ok_or_else(|| {
        let more = if bytes.len() > large { ">" } else { "" };
        IngestError::ReliefSize { path: path.display().to_string(), found: format!("{more}{}", bytes.len().min(large)) }
    })
}

/// What a tile holds, in a sentence.
pub fn remark(tile: &ReliefTile) -> Remark {
    let (square, arc_seconds) = (tile.square().to_string(), tile.arc_seconds());
    match tile.span_m() {
        None => Remark::ReliefVoid { square },
        Some((lowest, highest)) => {
            let share = 100.0 * tile.voids() as f64 / tile.samples().len() as f64;
            // Few are not none.
            let voids = if tile.voids() == 0 { "0".to_owned() } else { format!("{:.2}", share.max(0.01)) };
            Remark::Relief { square, arc_seconds, lowest, highest, voids }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Place, Relief};

    const N: usize = 1201;

    fn written(name: &str, bytes: &[u8]) -> Result<ReliefTile, IngestError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path)
    }

    fn heights(height: impl Fn(usize, usize) -> i16) -> Vec<u8> {
        (0..N * N).flat_map(|nth| height(nth / N, nth % N).to_be_bytes()).collect()
    }

    #[test]
    fn rows_go_from_north_to_south_and_bytes_from_high_to_low() {
        let tile = written("s01w078.hgt", &heights(|row, col| 1000 + col as i16 - row as i16)).unwrap();
        let relief = Relief::of([tile]);
        let height = |lon, lat| Place::from_degrees(lon, lat).and_then(|at| relief.height_m(at));
        assert_eq!((height(-78.0, 0.0), height(-77.0, 0.0)), (Some(1000.0), Some(2200.0)));
        assert_eq!((height(-78.0, -1.0), height(-77.5, -0.5)), (Some(-200.0), Some(1000.0)));
    }

    #[test]
    fn a_wrong_name_or_size_says_what_is_right() {
        let whole = heights(|_, _| 5);
        for name in ["heights.hgt", "E007N43.hgt", "N43E7.hgt", ".hgt"] {
            let told = written(name, &whole).unwrap_err();
            assert!(matches!(&told, IngestError::ReliefName { .. }), "{told:?}");
            assert!(told.to_string().contains("N43E007.hgt"), "{told}");
        }
        for (bytes, found) in [(&whole[..whole.len() - 1], "2884801"), (&[1, 2, 3], "3"), (&[], "0")] {
            let told = written("N43E007.hgt", bytes).unwrap_err();
            assert!(matches!(&told, IngestError::ReliefSize { found: number, .. } if number == found), "{told:?}");
        }
        let told = written("N43E007.hgt", &vec![0; 2 * 3601 * 3601 + 2]).unwrap_err();
        assert!(matches!(&told, IngestError::ReliefSize { found, .. } if found == ">25934402"), "{told:?}");
    }

    #[test]
    fn what_a_tile_holds_is_told_with_its_voids() {
        let tile = written(
            "N43E007.SRTMGL3.hgt",
            &heights(|row, col| match (row, col) {
                (0, 0) => ReliefTile::VOID,
                (1, _) => -3,
                (2, 2) => 2064,
                _ => 0,
            }),
        );
        let told = remark(&tile.unwrap());
        let Remark::Relief { square, arc_seconds: 3, lowest: -3, highest: 2064, voids } = told else {
            panic!("{told:?}")
        };
        assert_eq!((&*square, &*voids), ("N43E007", "0.01"));
        let none = written("N43E007.hgt", &heights(|_, _| ReliefTile::VOID)).unwrap();
        assert!(matches!(remark(&none), Remark::ReliefVoid { .. }));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        #[test]
        fn bytes_of_any_kind_are_a_tile_or_a_sentence(
            some in vec(any::<u8>(), 1..2000), cut in 0..4_usize, packed in any::<bool>(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut bytes: Vec<u8> = some.iter().copied().cycle().take(2 * N * N - cut.saturating_sub(2)).collect();
            let name = if packed { "N43E007.hgt.gz" } else { "N43E007.hgt" };
            if packed {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                gzip.write_all(&bytes).unwrap();
                bytes = gzip.finish().unwrap();
                let at = at.index(bytes.len());
                bytes[at] ^= byte;
            }
            if let Ok(tile) = written(name, &bytes) {
                prop_assert_eq!(tile.side(), N);
                prop_assert!(tile.span_m().is_none_or(|(low, high)| low >= -500 && high <= 9000));
            }
        }
    }
}
