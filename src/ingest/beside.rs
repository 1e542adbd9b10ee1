//! A file that is written whole or not at all: beside its place first, under a name of its own, then moved there.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file on its way. Dropped before it is put in place, it leaves nothing.
#[derive(Debug)]
pub struct Beside {
    path: PathBuf,
    part: Option<PathBuf>,
    file: BufWriter<File>,
}

impl Beside {
    /// Begins a file for a path.
    pub fn begin(path: &Path) -> io::Result<Beside> {
        let part = part_of(path);
        let file = BufWriter::new(File::create_new(&part)?);
        Ok(Beside { path: path.to_owned(), part: Some(part), file })
    }

    /// All was written: gives the file its name, over one that has it.
    pub fn put_in_place(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        match self.part.take() {
            Some(part) => std::fs::rename(part, &self.path),
            None => Ok(()),
        }
    }
}

/// The name that a file has while it is written.
pub fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    part.into()
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            let _ = std::fs::remove_file(part);
        }
    }
}
