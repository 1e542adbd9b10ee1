//! Gzip for tiles.

use std::cell::RefCell;

use libdeflater::{CompressionLvl, Compressor};

thread_local! {
    /// A compressor and the room it writes to: making them anew takes as long as compressing a small tile.
    static COMPRESSOR: RefCell<(Compressor, Vec<u8>)> = {
        let level = CompressionLvl::new(1).expect("libdeflate has a level 1");
        RefCell::new((Compressor::new(level), Vec::new()))
    };
}

/// Compresses a tile to gzip, quickly (level 1): the same bytes for the same tile on every processor, no time in them.
pub fn compress(tile: &[u8]) -> Vec<u8> {
    COMPRESSOR.with_borrow_mut(|(compressor, room)| {
        let bound = compressor.gzip_compress_bound(tile.len());
        room.resize(bound.max(room.len()), 0);
        let len = compressor.gzip_compress(tile, room).expect("the room is as long as the bound says");
        room[..len].to_vec()
    })
}
