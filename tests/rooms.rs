//! Who may use whom: the rooms of `src/` and the crates that only some of them know.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may use, in the order data passes through them.
const ROOMS: [(&str, &[&str]); 16] = [
    ("model", &[]),
    ("crs", &["model"]),
    ("rules", &["model"]),
    ("ingest", &["model", "crs", "store"]),
    ("store", &["model"]),
    ("index", &["model", "crs"]),
    ("network", &["model", "crs", "rules", "index"]),
    ("tiles", &["model", "crs"]),
    ("analysis", &["model", "crs", "rules", "index", "network"]),
    ("city", &["model", "crs", "rules", "store", "index", "network", "tiles", "analysis"]),
    ("map", &["model", "crs", "store", "tiles", "analysis", "city"]),
    ("report", &["model", "crs", "rules", "store", "network", "analysis", "city"]),
    ("live", &["model", "rules", "store", "tiles", "city", "map", "report"]),
    ("http", &["model", "crs", "rules", "ingest", "store", "tiles", "analysis", "city", "map", "report", "live"]),
    ("synth", &["model", "crs"]),
    ("cli", &["model", "crs", "rules", "ingest", "store", "analysis", "city", "report", "live", "http", "synth"]),
];

/// Words of code with the rooms that may hold them.
const ONLY_IN: [(&str, &[&str]); 12] = [
    ("rusqlite::", &["store"]),
    ("sqlx::", &["store"]),
    ("axum::", &["http"]),
    ("StatusCode", &["http"]),
    ("tokio::", &["store", "http", "cli"]),
    ("std::env", &["cli"]),
    ("clap::", &["cli"]),
    ("std::fs", &["ingest", "store", "cli"]),
    // The time of day is a parameter everywhere else; how long something took may be measured where it waits.
    ("SystemTime::now", &["cli"]),
    ("Timestamp::now", &["cli"]),
    ("Zoned::now", &["cli"]),
    ("Instant::now", &["store", "live", "http", "cli"]),
];

/// The files of code below a folder; a `tests.rs` holds tests alone.
fn files(below: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .filter(|path| path.file_name().is_some_and(|name| name != "tests.rs"))
        .collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The code of a file without comments and without the module of tests at its end.
fn code(file: &Path) -> String {
    without_tests(&fs::read_to_string(file).unwrap())
}

fn without_tests(text: &str) -> String {
    // A block that anything follows is not at the end, and stays.
    let tests = text.rfind("\n#[cfg(test)]\nmod tests {\n").filter(|start| {
        let end = text[*start..].find("\n}\n").map(|end| start + end + 3);
        end.is_some_and(|end| text[end..].trim().is_empty())
    });
    let code = &text[..tests.unwrap_or(text.len())];
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn only_a_module_of_tests_at_the_end_is_passed_over() {
    let tests = "\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    assert_eq!(without_tests(&format!("// words\nfn a() {{}}\n{tests}")), "fn a() {}");
    for code in ["fn c() {}", "#[cfg(test)]\nfn d() {}"] {
        let text = format!("fn a() {{}}\n{tests}{code}\n");
        assert!(without_tests(&text).contains(code), "code behind tests is code: {text}");
    }
    let helper = "fn a() {}\n#[cfg(test)]\nuse crate::model::Layer;\nfn b() {}\n";
    assert!(without_tests(helper).contains("fn b()"), "a line for tests does not end the code");
}

#[test]
fn every_room_stands_in_the_table_and_in_the_tour() {
    let tour = fs::read_to_string(source().join("lib.rs")).unwrap();
    let named: Vec<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    let declared: Vec<&str> =
        tour.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(declared, named, "lib.rs declares the rooms in the order of the table");
    let built: BTreeSet<String> = fs::read_dir(source())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".rs"))
        .collect();
    assert_eq!(built, named.iter().map(|name| name.to_string()).collect());
}

#[test]
fn no_room_uses_one_it_may_not() {
    for (room, allowed) in ROOMS {
        for file in files(&source().join(room)) {
            for used in code(&file).split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                // A path of its own, the macro of sentences, or a room in its list.
                let fine = used == room || used == "sentences" || allowed.contains(&used.as_str());
                assert!(fine, "{} uses {used}, which {room} may not", file.display());
            }
        }
    }
}

#[test]
fn what_only_some_rooms_know_stays_there() {
    for (room, _) in ROOMS {
        for file in files(&source().join(room)) {
            let code = code(&file);
            for (word, homes) in ONLY_IN {
                assert!(homes.contains(&room) || !code.contains(word), "{} knows {word}", file.display());
            }
        }
    }
}
