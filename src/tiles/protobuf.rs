//! The few words of protobuf that a tile is written in.

/// Fields of the messages of a tile: number and wire type.
pub(super) mod field {
    pub const TILE_LAYER: u8 = 3 << 3 | 2;
    pub const LAYER_NAME: u8 = 1 << 3 | 2;
    pub const LAYER_FEATURE: u8 = 2 << 3 | 2;
    pub const LAYER_KEY: u8 = 3 << 3 | 2;
    pub const LAYER_VALUE: u8 = 4 << 3 | 2;
    pub const LAYER_EXTENT: u8 = 5 << 3;
    pub const LAYER_VERSION: u8 = 15 << 3;
    pub const FEATURE_ID: u8 = 1 << 3;
    pub const FEATURE_TAGS: u8 = 2 << 3 | 2;
    pub const FEATURE_KIND: u8 = 3 << 3;
    pub const FEATURE_GEOMETRY: u8 = 4 << 3 | 2;
    pub const TEXT: u8 = 1 << 3 | 2;
    pub const DOUBLE: u8 = 3 << 3 | 1;
    pub const UNSIGNED: u8 = 5 << 3;
    pub const SIGNED: u8 = 6 << 3;
    pub const BOOL: u8 = 7 << 3;
}

pub(super) fn number(to: &mut Vec<u8>, field: u8, n: u64) {
    to.push(field);
    varint(to, n);
}

pub(super) fn bytes(to: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    to.push(field);
    varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

/// What a field of these bytes takes.
pub(super) fn bytes_len(bytes: &[u8]) -> usize {
    1 + varint_len(bytes.len() as u64) + bytes.len()
}

pub(super) fn varint(to: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        to.push(n as u8 | 0x80);
        n >>= 7;
    }
    to.push(n as u8);
}

pub(super) fn varint_len(n: u64) -> usize {
    (64 - (n | 1).leading_zeros() as usize).div_ceil(7)
}

pub(super) fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}
