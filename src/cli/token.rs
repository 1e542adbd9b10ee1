//! The token for writing: read from a file that nobody else may read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::CommandError;
use crate::http::{LEAST_TOKEN, Token};

/// Bytes of such a file at most.
const MOST_BYTES: u64 = 4096;
/// What lets all others read or write a file.
const BY_OTHERS: u32 = 0o006;

/// The token in a file; blanks around it do not count.
pub fn read(path: &Path) -> Result<Token, CommandError> {
    let named = || path.display().to_string();
    let unread = |error: std::io::Error| CommandError::CannotRead { path: named(), detail: error.to_string() };
    let meta = fs::metadata(path).map_err(unread)?;
    if meta.permissions().mode() & BY_OTHERS != 0 {
        return Err(CommandError::TokenOpen { path: named() });
    }
    let bad = || CommandError::TokenBad { path: named(), least: LEAST_TOKEN };
    if meta.len() > MOST_BYTES {
        return Err(bad());
    }
    let text = fs::read_to_string(path).map_err(unread)?;
    Token::new(text.trim()).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Speak;

    #[test]
    fn a_token_is_read_from_a_file_of_ones_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let read_as = |text: &str, mode: u32| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            read(&path).map(drop).map_err(|error| error.code())
        };
        assert_eq!(read_as("a-token-of-enough-length\n", 0o600), Ok(()));
        assert_eq!(read_as("a-token-of-enough-length", 0o640), Ok(()));
        assert_eq!(read_as("a-token-of-enough-length", 0o644), Err("token_open"));
        for text in ["", "short", "a token with blanks in it", &"x".repeat(5000)] {
            assert_eq!(read_as(text, 0o600), Err("token_bad"), "{text}");
        }
        assert_eq!(read(&folder.path().join("none")).map(drop).map_err(|error| error.code()), Err("cannot_read"));
    }
}
