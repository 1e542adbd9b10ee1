//! Which file it was: SHA-256 of its bytes, so that anyone can check with `sha256sum` years later; a quicker hash would
//! tell files apart as well, but nobody could name the file by it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::unpack::within_archive;

/// The hash of a file in hexadecimal, and its size in bytes; of one in an archive those of the archive.
pub fn of_file(path: &Path) -> io::Result<(String, u64)> {
    let mut file = match within_archive(path) {
        Some((archive, _)) => File::open(archive)?,
        None => File::open(path)?,
    };
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; 1 << 18];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(len) => {
                hash.update(chunk.get(..len).unwrap_or_default());
                bytes += len as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_what_sha256sum_prints() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let (hash, bytes) = of_file(&path).unwrap();
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(bytes, 3);
    }
}
