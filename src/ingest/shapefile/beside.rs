//! The parts of a Shapefile: files of the same name with other endings, in whatever letters.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::ingest::error::IngestError;
use crate::ingest::unpack::{Unpacked, archive, explain, within_archive};

/// The most bytes of a part that says one thing: an encoding, a coordinate system.
const MOST_TEXT: u64 = 64 << 10;

/// The file with another ending beside one, in its folder or in its archive. Large and small letters are the same.
pub fn beside(path: &Path, ending: &str) -> Option<PathBuf> {
    let exact = path.with_extension(ending);
    let wanted = exact.file_name()?.to_string_lossy().to_lowercase();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if within_archive(path).is_some() {
        // The archive is the file nearest above; the rest of the way is folders in it.
        let (held, inner) = folder
            .ancestors()
            .map(|above| (above, path.strip_prefix(above)))
            .find_map(|(above, inner)| Some((archive(above).ok()?, inner.ok()?.to_string_lossy().into_owned())))?;
        let start = &inner[..inner.rfind('/').map_or(0, |slash| slash + 1)];
        let name = held.entries().iter().find_map(|entry| {
            let name = entry.name.strip_prefix(start)?;
            (name.to_lowercase() == wanted).then(|| name.to_owned())
        });
        return name.map(|name| path.with_file_name(name));
    }
    if exact.is_file() {
        return Some(exact);
    }
    let entries = std::fs::read_dir(folder).ok()?;
    let found = entries.flatten().find(|entry| entry.file_name().to_string_lossy().to_lowercase() == wanted)?;
    Some(path.with_file_name(found.file_name())).filter(|path| path.is_file())
}

/// The text of a part; `None` where there is no such part or nothing in it.
pub fn text(path: &Path, ending: &str) -> Result<Option<String>, IngestError> {
    let Some(path) = beside(path, ending) else { return Ok(None) };
    let mut bytes = Vec::new();
    let opened = Unpacked::open(&path).map_err(|err| explain(&path, &err))?;
    opened.take(MOST_TEXT).read_to_end(&mut bytes).map_err(|err| explain(&path, &err))?;
    let text = String::from_utf8_lossy(&bytes)
        .trim_matches(|c: char| c.is_whitespace() || "\0\u{feff}".contains(c))
        .to_owned();
    Ok((!text.is_empty()).then_some(text))
}
