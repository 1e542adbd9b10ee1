//! Archives made for tests: deflated entries with raw names, and what real archives have beside them.

#![allow(dead_code)] // Each test file takes what it needs.

use std::io::Write;

/// A ZIP archive of entries by name.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().map(|(name, bytes)| (name.as_bytes(), *bytes, 1 << 11)).collect();
    zip_raw(&entries)
}

/// A ZIP archive of entries by raw name, each with its flags.
pub fn zip_raw(entries: &[(&[u8], &[u8], u16)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, flags) in entries {
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).expect("a vector takes all");
        let packed = packed.finish().expect("a vector takes all");
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let offset = file.len() as u32;
        let mut shared = 20u16.to_le_bytes().to_vec();
        for number in [*flags, 8, 0, 0] {
            shared.extend(number.to_le_bytes());
        }
        for number in [crc.sum(), packed.len() as u32, bytes.len() as u32] {
            shared.extend(number.to_le_bytes());
        }
        shared.extend((name.len() as u16).to_le_bytes());
        shared.extend(0u16.to_le_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&shared);
        file.extend(*name);
        file.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(*name);
    }
    let start = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        file.extend((entries.len() as u16).to_le_bytes());
    }
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}
