//! What a program did to some files and when it answered, as `strace` wrote it down, call by call.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The calls that are looked at. One that changes a file and is not known here would show in the files' end.
const CALLS: &str = "trace=?open,?openat,?creat,pwrite64,pwritev,write,writev,sendto,sendmsg,ftruncate,fallocate,fsync,\
                     fdatasync,?unlink,unlinkat,?rename,?renameat,renameat2";

/// What stands before the command of a program that is recorded.
pub fn recorder(record: &Path) -> Vec<String> {
    let record = record.to_str().unwrap();
    // All threads, files by name, and every byte as a number of two digits.
    ["strace", "-f", "-qq", "-y", "-xx", "-s", "1000000", "-e", "signal=none", "-e", CALLS, "-o", record]
        .map(str::to_owned)
        .to_vec()
}

/// Something the program did.
pub struct Step {
    /// When: a line of the record.
    pub line: usize,
    /// What.
    pub what: What,
}

/// What a program does. Files have the end of their names, beyond that of the store.
pub enum What {
    /// The file is there from now on.
    Opened { file: String },
    /// The call returned at line `until`.
    Written { file: String, offset: usize, bytes: Vec<u8>, until: usize },
    /// The file is this long from now on; the call returned at line `until`.
    Cut { file: String, length: usize, until: usize },
    /// All is on disk that was written to the file before line `from`.
    Synced { file: String, from: usize },
    /// The file is there no more.
    Removed { file: String },
    /// The first bytes of an answer with status 200 that tells a revision are handed to the network.
    Answered { revision: u64 },
}

/// The steps of a record that have to do with a store's files, in order, and the answers.
///
/// A write counts from its beginning on, for some of it may have landed; a sync from its end.
pub fn steps(record: &Path, store: &Path) -> Vec<Step> {
    let (record, store) = (std::fs::read_to_string(record).unwrap(), store.to_str().unwrap());
    let mut begun: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut steps = Vec::new();
    for (line, text) in record.lines().enumerate() {
        let (thread, text) = text.split_once(' ').unwrap();
        let text = text.trim_start();
        if let Some(start) = text.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, (line, start));
        } else if let Some(end) = text.strip_prefix("<... ") {
            let Some((from, start)) = begun.remove(thread) else { continue };
            let (_, end) = end.split_once(" resumed>").unwrap();
            steps.extend(step(&format!("{start}{end}"), from, line, store));
        } else {
            steps.extend(step(text, line, line, store));
        }
    }
    steps.sort_by_key(|step| step.line);
    steps
}

/// The process that was recorded first: the program itself.
pub fn process(record: &Path) -> u32 {
    let mut line = Vec::new();
    BufReader::new(File::open(record).unwrap()).read_until(b' ', &mut line).unwrap();
    str::from_utf8(&line).unwrap().trim().parse().unwrap()
}

/// What a call does, from its line in the record: `name(4<path>, "bytes", numbers) = result`.
fn step(call: &str, from: usize, until: usize, store: &str) -> Option<Step> {
    let (call, result) = call.rsplit_once(" = ")?;
    let (name, given) = call.trim_end().strip_suffix(')')?.split_once('(')?;
    let returned: usize = result.split([' ', '<']).next()?.parse().ok()?;
    let file = match name {
        "open" | "openat" | "creat" => path(result),
        "unlink" | "unlinkat" | "rename" | "renameat" | "renameat2" => String::from_utf8(quoted(given)).ok(),
        _ => path(given),
    };
    let file = file.as_deref().and_then(|file| file.strip_prefix(store)).map(str::to_owned);
    let (line, what) = match (name, file) {
        // The index of the log is memory that the processes share; a new one is made of the log.
        (_, Some(file)) if file == "-shm" => return None,
        ("open" | "openat" | "creat", Some(file)) => (until, What::Opened { file }),
        ("pwrite64", Some(file)) => {
            let mut bytes = quoted(given);
            bytes.truncate(returned);
            (from, What::Written { file, offset: last_number(given)?, bytes, until })
        }
        ("ftruncate", Some(file)) => (from, What::Cut { file, length: last_number(given)?, until }),
        ("fsync" | "fdatasync", Some(file)) => (until, What::Synced { file, from }),
        ("unlink" | "unlinkat", Some(file)) => (until, What::Removed { file }),
        (_, Some(file)) => panic!("{name} of the store{file} is not known here"),
        ("write" | "writev" | "sendto" | "sendmsg", None) => {
            (from, What::Answered { revision: told_revision(&quoted(given))? })
        }
        _ => return None,
    };
    Some(Step { line, what })
}

/// The path that stands with the first file of a text, `4<path>`.
fn path(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    if path.starts_with("\\x") { String::from_utf8(bytes(path)).ok() } else { Some(path.to_owned()) }
}

/// All that stands between quotes.
fn quoted(text: &str) -> Vec<u8> {
    text.split('"').skip(1).step_by(2).flat_map(bytes).collect()
}

/// Bytes written as `\x0a\xff`.
fn bytes(text: &str) -> Vec<u8> {
    let digit = |byte: u8| if byte <= b'9' { byte - b'0' } else { byte - b'a' + 10 };
    text.as_bytes().chunks_exact(4).map(|four| digit(four[2]) << 4 | digit(four[3])).collect()
}

fn last_number(given: &str) -> Option<usize> {
    given.rsplit(", ").next()?.parse().ok()
}

fn told_revision(answer: &[u8]) -> Option<u64> {
    let answer = str::from_utf8(answer).ok()?.strip_prefix("HTTP/1.1 200 ")?;
    let (_, rest) = answer.split_once("{\"revision\":")?;
    rest.split(',').next()?.parse().ok()
}
