//! The packed Hilbert R-tree of a FlatGeobuf file: which features' boxes touch a box, reading only nodes on the way.
//!
//! Nodes stand level by level, the root first; children of a node stand together and in order, so that their place
//! follows from its own and nothing that a node says can lead astray.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

/// Bytes of a node: west, south, east, north as numbers of 8 bytes, and where its feature begins.
const NODE: u64 = 40;

/// A feature that the index has found.
pub struct Hit {
    /// Its number in the file, from 1.
    pub row: u64,
    /// Where it begins, in bytes after the index.
    pub offset: u64,
}

/// The shape of an index.
pub struct Index {
    node_size: u64,
    /// Nodes of each level, the root first.
    levels: Vec<Range<u64>>,
}

impl Index {
    /// That of so many features; `None` where there can be no such index.
    pub fn of(features: u64, node_size: u16) -> Option<Index> {
        let node_size = u64::from(node_size);
        if features == 0 || node_size < 2 {
            return None;
        }
        let mut sizes = vec![features];
        let mut last = features;
        while last > 1 || sizes.len() == 1 {
            last = last.div_ceil(node_size);
            sizes.push(last);
        }
        let mut levels = Vec::with_capacity(sizes.len());
        let mut start: u64 = 0;
        for size in sizes.into_iter().rev() {
            let end = start.checked_add(size)?;
            levels.push(start..end);
            start = end;
        }
        start.checked_mul(NODE)?;
        Some(Index { node_size, levels })
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.levels.last().map_or(0, |leaves| leaves.end * NODE)
    }

    /// Features whose box touches `[west, south, east, north]`, in the order of the file. `at` is where the index
    /// begins.
    pub fn search(&self, file: &mut BufReader<File>, at: u64, within: [f64; 4]) -> io::Result<Vec<Hit>> {
        file.seek(SeekFrom::Start(at))?;
        let mut found: Vec<u64> = vec![0];
        // Nodes read or passed over so far.
        let mut passed = 0;
        let mut hits = Vec::new();
        for (nth, level) in self.levels.iter().enumerate() {
            let is_last = nth + 1 == self.levels.len();
            let mut next = Vec::new();
            for parent in found {
                // The root is its own parent.
                let first = if nth == 0 { 0 } else { parent * self.node_size };
                let end = (first + self.node_size).min(level.end - level.start);
                // What is buffered stays so: parents and their children stand in order.
                file.seek_relative(((level.start + first - passed) * NODE) as i64)?;
                passed = level.start + end;
                for child in first..end {
                    let mut node = [0; NODE as usize];
                    file.read_exact(&mut node)?;
                    if !touches(&node, within) {
                        continue;
                    }
                    match is_last {
                        true => hits.push(Hit { row: child + 1, offset: u64::from_le_bytes(eight(&node, 4)) }),
                        false => next.push(child),
                    }
                }
            }
            found = next;
        }
        Ok(hits)
    }
}

fn touches(node: &[u8; NODE as usize], [west, south, east, north]: [f64; 4]) -> bool {
    let side = |nth| f64::from_le_bytes(eight(node, nth));
    side(0) <= east && side(2) >= west && side(1) <= north && side(3) >= south
}

fn eight(node: &[u8; NODE as usize], nth: usize) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&node[nth * 8..nth * 8 + 8]);
    bytes
}
