//! Files that a command writes: whole or not at all, and over none that is there unless it is asked to.

use std::io::{self, Write};
use std::path::Path;

use super::CommandError;
use crate::ingest::Beside;

/// A file that is there stays, unless the person says otherwise.
pub fn refuse_existing(path: &Path, force: bool) -> Result<(), CommandError> {
    match path.exists() && !force {
        true => Err(CommandError::WouldOverwrite { path: path.display().to_string() }),
        false => Ok(()),
    }
}

/// Writes a file whole or not at all.
pub fn write_whole<T>(
    path: &Path,
    force: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> Result<T, CommandError> {
    let cannot =
        |error: io::Error| CommandError::CannotWrite { path: path.display().to_string(), detail: error.to_string() };
    refuse_existing(path, force)?;
    let mut out = Beside::begin(path).map_err(cannot)?;
    let told = write(&mut out).map_err(cannot)?;
    // It may have come to be there while this one was written.
    refuse_existing(path, force)?;
    out.put_in_place().map_err(cannot)?;
    Ok(told)
}
