//! Where files lie that came over the network until they are imported: a folder that nobody else may read, a bounded
//! number of bytes, names that lead nowhere. What lies there goes away with the tray.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use unicode_normalization::UnicodeNormalization;

/// The most files of a tray.
pub const MOST_FILES: usize = 200;

/// The longest name of a file, in bytes.
const LONGEST_NAME: usize = 200;

crate::sentences! {
    /// Why a file is not taken in.
    pub enum TrayError {
        /// Too many bytes.
        TooLarge { most_mb: u64 }
            "upload_too_large", "一次导入的文件合计不能超过 {most_mb} MB；更大的文件请在服务器上用 firemap import 导入。", "The files of an import may have {most_mb} MB in all; import larger ones on the server with firemap import.";
        /// Too many files.
        TooMany { most: usize }
            "upload_too_many", "一次最多 {most} 个文件；请打成一个 zip 包，或分几次导入。", "There may be {most} files at a time; pack them into one zip, or import them in parts.";
        /// The disk refuses.
        NoRoom { detail: String }
            "upload_no_room", "服务器无法暂存文件（{detail}）。请检查临时文件夹的空间，或在服务器上用 firemap import 导入。", "The server cannot keep the file for now ({detail}). See whether its temporary folder has room, or import on the server with firemap import.";
    }
}

/// A folder with the files of one import.
#[derive(Debug)]
pub struct Tray {
    folder: PathBuf,
    most_bytes: u64,
    bytes: AtomicU64,
}

impl Tray {
    /// A new folder below `within`, for at most so many bytes.
    pub fn new(within: &Path, name: &str, most_bytes: u64) -> io::Result<Tray> {
        let folder = within.join(name);
        private_folder(&folder)?;
        let tray = Tray { folder, most_bytes, bytes: AtomicU64::new(0) };
        private_folder(&tray.files_folder())?;
        Ok(tray)
    }

    /// Takes a folder of trays away with all that is left in it.
    pub fn remove(folder: &Path) {
        let _ = fs::remove_dir_all(folder);
    }

    /// Where its files lie.
    pub fn files_folder(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// A path beside its files, for what is made of them.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What stands beside its files under a path of [`Tray::beside`].
    pub fn read_beside(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    /// Its files in order of name.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        let paths = fs::read_dir(self.files_folder())?.map(|entry| Ok(entry?.path()));
        let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    }

    /// Begins a file under a safe form of its name, in place of an older one of that name.
    pub fn begin(&self, name: &str) -> Result<Incoming<'_>, TrayError> {
        let name = safe_name(name);
        let path = self.files_folder().join(&name);
        if self.files().map_err(no_room)?.len() >= MOST_FILES && !path.exists() {
            return Err(TrayError::TooMany { most: MOST_FILES });
        }
        if let Ok(before) = fs::metadata(&path) {
            fs::remove_file(&path).map_err(no_room)?;
            self.bytes.fetch_sub(before.len(), Ordering::Relaxed);
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(no_room)?;
        Ok(Incoming { tray: self, path, name, file, bytes: 0, whole: false })
    }

    /// Takes its files away; what was made of them stays.
    pub fn clear(&self) {
        for path in self.files().unwrap_or_default() {
            // What cannot be removed now goes with the folder.
            let _ = fs::remove_file(path);
        }
        self.bytes.store(0, Ordering::Relaxed);
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder that nobody else may read; fails where something of that name is there already.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// A file that is coming in. It goes away again unless it came whole.
#[derive(Debug)]
pub struct Incoming<'a> {
    tray: &'a Tray,
    path: PathBuf,
    name: String,
    file: File,
    bytes: u64,
    whole: bool,
}

impl Incoming<'_> {
    /// Writes the next bytes.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), TrayError> {
        let len = bytes.len() as u64;
        let most = self.tray.most_bytes;
        self.bytes += len;
        if self.tray.bytes.fetch_add(len, Ordering::Relaxed) + len > most {
            return Err(TrayError::TooLarge { most_mb: most >> 20 });
        }
        self.file.write_all(bytes).map_err(no_room)
    }

    /// Keeps it: its name in the tray and its bytes.
    pub fn keep(mut self) -> (String, u64) {
        self.whole = true;
        (self.name.clone(), self.bytes)
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        if !self.whole {
            let _ = fs::remove_file(&self.path);
            self.tray.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

fn no_room(error: io::Error) -> TrayError {
    // Not the error's own words: they may name a path.
    TrayError::NoRoom { detail: error.kind().to_string() }
}

/// A name that is one file below its folder on any system, as like the given one as can be: its ending stays.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let told: String = last
        .nfc()
        .map(|c| if c.is_control() || matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    let told = told.trim().trim_start_matches('.');
    if told.is_empty() {
        return "file".to_owned();
    }
    if told.len() <= LONGEST_NAME {
        return told.to_owned();
    }
    let (stem, ending) = told.rsplit_once('.').filter(|(_, ending)| ending.len() <= 12).unwrap_or((told, ""));
    let mut short = String::new();
    for c in stem.chars() {
        if short.len() + c.len_utf8() + ending.len() + 1 > LONGEST_NAME {
            break;
        }
        short.push(c);
    }
    if ending.is_empty() { short } else { format!("{short}.{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_but_into_the_folder() {
        for (given, kept) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\消火栓.csv", "消火栓.csv"),
            ("..", "file"),
            ("", "file"),
            ("/", "file"),
            (".htaccess", "htaccess"),
            ("a\0b\n.csv", "a_b_.csv"),
            ("消火栓 2026.shp", "消火栓 2026.shp"),
        ] {
            assert_eq!(safe_name(given), kept, "{given:?}");
        }
        let long = format!("{}.geojson", "栓".repeat(300));
        assert!(safe_name(&long).len() <= LONGEST_NAME && safe_name(&long).ends_with("栓.geojson"));
    }

    #[test]
    fn a_tray_is_private_bounded_and_gone_in_the_end() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let tray = Tray::new(home.path(), "one", 10).unwrap();
        assert_eq!(fs::metadata(home.path().join("one")).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(Tray::new(home.path(), "one", 10).is_err(), "a folder that is there is not taken over");
        let mut file = tray.begin("../a.csv").unwrap();
        file.add(b"12345678").unwrap();
        assert_eq!(file.keep(), ("a.csv".to_owned(), 8));
        let mut more = tray.begin("b.csv").unwrap();
        assert_eq!(more.add(b"123"), Err(TrayError::TooLarge { most_mb: 0 }));
        drop(more);
        assert_eq!(tray.files().unwrap(), [tray.files_folder().join("a.csv")], "what came in part is gone");
        let mut again = tray.begin("a.csv").unwrap();
        again.add(b"1234567890").unwrap();
        again.keep();
        drop(tray);
        assert!(!home.path().join("one").exists());
    }
}
