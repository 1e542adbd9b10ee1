//! The file itself: whose it is, whether it may be opened, making a new one.
//!
//! A file is looked at before SQLite may write a byte of it: header first, then its tables through a connection that
//! takes no lock and makes no side files. What is refused is left as it was, but that beside a file with a log SQLite may
//! make the memory that those share who have it open.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::{functions, migrate, mount};
use crate::model::Layer;
use crate::store::StoreError;

/// How long a write waits for another program to finish its own.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// `GPKG`, at byte 68 of the file.
const APPLICATION_ID: [u8; 4] = *b"GPKG";

/// A SQLite error in the store's words.
pub fn told(path: &Path, error: &rusqlite::Error) -> StoreError {
    let (path, detail) = (path.display().to_string(), error.to_string());
    // No room for the index of the log, which is made when a store is opened.
    if error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_SHMSIZE) {
        return StoreError::DiskFull { path };
    }
    // A value that its column cannot have.
    if matches!(error, rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::IntegralValueOutOfRange(..)) {
        return StoreError::Damaged { path, detail };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path },
        Some(ErrorCode::DiskFull) => StoreError::DiskFull { path },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged { path, detail },
        _ => StoreError::Io { path, detail },
    }
}

/// An error of the file system in the store's words.
pub fn refused(path: &Path, error: &std::io::Error) -> StoreError {
    let path = path.display().to_string();
    match error.kind() {
        ErrorKind::NotFound => StoreError::Missing { path },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::DiskFull { path },
        _ => StoreError::Io { path, detail: error.to_string() },
    }
}

/// How often a file that seems damaged is looked at, and how long it rests between.
const LOOKS: u32 = 5;
const REST: std::time::Duration = std::time::Duration::from_millis(100);

/// Looks whether a file is a store that this program can use; changes nothing.
pub fn check(path: &Path) -> Result<(), StoreError> {
    let named = || path.display().to_string();
    let foreign = |what: &str| StoreError::Foreign { path: named(), what: what.to_owned() };
    let meta = fs::metadata(path).map_err(|error| refused(path, &error))?;
    if !meta.is_file() {
        return Err(foreign("not a file"));
    }
    refuse_network_share(path)?;
    let mut header = Vec::with_capacity(100);
    let file = File::open(path).map_err(|error| refused(path, &error))?;
    file.take(100).read_to_end(&mut header).map_err(|error| refused(path, &error))?;
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(foreign(if header.is_empty() { "an empty file" } else { "no SQLite database" }));
    }
    let damaged = |detail: String| StoreError::Damaged { path: named(), detail };
    let Some(&header) = header.first_chunk::<100>() else {
        return Err(damaged("cut off within its header".to_owned()));
    };
    if header[68..72] != APPLICATION_ID {
        return Err(foreign("no GeoPackage"));
    }
    if !has_wal(path) {
        let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
            1 => 65_536,
            bytes => bytes,
        };
        let pages = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
        let whole = page * u64::from(pages);
        if meta.len() < whole {
            return Err(damaged(format!("{} of {whole} bytes", meta.len())));
        }
    }
    let mut tries = 1;
    loop {
        // The file alone proves nothing then: the power may have failed when a page was half written, and the log has it
        // whole.
        if has_wal(path) {
            return look_inside(path, Look::FileAndLog);
        }
        match look_inside(path, Look::File) {
            // Another program may just be writing its log back: no lock was taken, and half of it was read.
            Err(StoreError::Damaged { .. }) if tries < LOOKS => {
                tries += 1;
                std::thread::sleep(REST);
            }
            looked => return looked,
        }
    }
}

/// What to look at.
#[derive(Clone, Copy)]
enum Look {
    /// The file as if it were all there is; takes no lock and makes no file.
    File,
    /// The file with the pages in the log beside it.
    FileAndLog,
}

/// Looks at version and tables.
fn look_inside(path: &Path, look: Look) -> Result<(), StoreError> {
    let told = |error: rusqlite::Error| told(path, &error);
    let conn = open_to_look(path, look).map_err(told)?;
    let named = || path.display().to_string();
    match migrate::version(&conn).map_err(told)? {
        None => {
            return Err(StoreError::Foreign { path: named(), what: "a GeoPackage of another program".to_owned() });
        }
        Some(found) if migrate::pending(found).is_none() => {
            return Err(StoreError::Newer { path: named(), found, known: migrate::known() });
        }
        Some(found) if found < migrate::known() => {}
        Some(_) => {
            for layer in Layer::ALL {
                let columns = super::rows::select(layer);
                conn.prepare(&columns).map_err(|error| match told(error) {
                    StoreError::Io { path, detail } => StoreError::Damaged { path, detail },
                    other => other,
                })?;
            }
        }
    }
    conn.query_row("select seq from firemap_head", [], |row| row.get::<_, i64>(0)).map_err(told)?;
    Ok(())
}

/// Whether another program is at the file or died at it: then its newest pages stand in the log beside it.
pub fn has_wal(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|meta| meta.len() > 0)
}

/// The file that SQLite keeps beside another.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A connection that changes nothing; it leaves the log beside the file where it is.
fn open_to_look(path: &Path, look: Look) -> rusqlite::Result<Connection> {
    let immutable = match look {
        Look::File => "&immutable=1",
        Look::FileAndLog => "",
    };
    let uri = format!("file:{}?mode=ro{immutable}", escaped(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(uri, flags)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(conn)
}

/// A path as the path of a URI.
pub fn escaped(path: &Path) -> String {
    let mut uri = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri
}

/// Refuses a place where WAL's locks cannot be trusted.
fn refuse_network_share(path: &Path) -> Result<(), StoreError> {
    // Only Linux has the list; elsewhere nothing is refused.
    let Ok(mounts) = fs::read_to_string("/proc/self/mountinfo") else { return Ok(()) };
    let absolute = path.canonicalize().map_err(|error| refused(path, &error))?;
    match mount::network_share(&mounts, &absolute) {
        Some(kind) => Err(StoreError::NetworkShare { path: path.display().to_string(), kind }),
        None => Ok(()),
    }
}

/// Kilobytes of pages a connection keeps.
#[derive(Clone, Copy, Debug)]
pub enum Cache {
    /// A large import touches indexes all over.
    Writing = 64_000,
    /// Reading passes once over what it asks for, and lives beside a city in memory.
    Reading = 4_000,
}

/// A connection to a checked file: WAL, every commit synced, the functions of the R-tree triggers.
pub fn connect(path: &Path, cache: Cache) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.pragma_update(None, "journal_mode", "wal")?;
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "cache_size", -(cache as i64))?;
    conn.pragma_update(None, "journal_size_limit", 16_000_000)?;
    // What firemap writes is of the model's types; the checks are for other programs, and each list of words in them is
    // made into a table of its own for every row that is written.
    conn.pragma_update(None, "ignore_check_constraints", true)?;
    conn.set_prepared_statement_cache_capacity(64);
    functions::register(&conn)?;
    Ok(conn)
}

/// Makes a store where there is none, whole or not at all: under another name first, then under its own.
///
/// Nothing happens where another program was quicker. `zone` is an IANA time zone.
pub fn create(path: &Path, zone: &str) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let io = |detail: String| StoreError::Io { path: path.display().to_string(), detail };
    fs::metadata(folder).map_err(|error| io(format!("{}: {error}", folder.display())))?;
    refuse_network_share(folder).map_err(|error| match error {
        StoreError::NetworkShare { kind, .. } => StoreError::NetworkShare { path: path.display().to_string(), kind },
        other => other,
    })?;
    if jiff::tz::TimeZone::get(zone).is_err() {
        return Err(io(format!("no time zone is called {zone}")));
    }
    static NTH: AtomicU32 = AtomicU32::new(0);
    let nth = NTH.fetch_add(1, Ordering::Relaxed);
    let unfinished = beside(path, &format!(".new-{}-{nth}", std::process::id()));
    let made = make(&unfinished, zone).map_err(|error| told(path, &error)).and_then(|()| {
        put_in_place(&unfinished, path).map_err(|error| io(error.to_string()))?;
        // The name is on disk only when the folder is.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io(error.to_string()))
    });
    for ending in ["", "-wal", "-shm", "-journal"] {
        // Gone already where all went well.
        let _ = fs::remove_file(beside(&unfinished, ending));
    }
    made
}

fn make(path: &Path, zone: &str) -> rusqlite::Result<()> {
    let mut conn = Connection::open(path)?;
    conn.pragma_update(None, "synchronous", "full")?;
    functions::register(&conn)?;
    let tx = conn.transaction()?;
    migrate::run(&tx, 0)?;
    tx.execute("insert into firemap_meta (key, value) values ('zone', ?1)", [zone])?;
    tx.commit()?;
    conn.pragma_update(None, "journal_mode", "wal")?;
    conn.close().map_err(|(_, error)| error)
}

/// Gives a file its name unless the name is taken.
fn put_in_place(made: &Path, path: &Path) -> std::io::Result<()> {
    match fs::hard_link(made, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Some file systems know no links.
        Err(_) if !path.exists() => fs::rename(made, path),
        linked => linked,
    }
}

/// Which file stands at a path: its device and number there.
pub fn identity(path: &Path) -> Result<(u64, u64), StoreError> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map(|file| (file.dev(), file.ino())).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::Missing { path: path.display().to_string() },
        _ => refused(path, &error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such() {
        let refused = |code| told(Path::new("a.gpkg"), &rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        let full = StoreError::DiskFull { path: "a.gpkg".to_owned() };
        assert_eq!([ffi::SQLITE_FULL, ffi::SQLITE_IOERR_SHMSIZE].map(refused), [full.clone(), full]);
        assert!(matches!(refused(ffi::SQLITE_IOERR_WRITE), StoreError::Io { .. }));
    }

    #[test]
    fn a_path_becomes_a_uri_without_losing_a_byte() {
        assert_eq!(escaped(Path::new("/a b/50%?#é.gpkg")), "/a%20b/50%25%3f%23%c3%a9.gpkg");
    }
}
