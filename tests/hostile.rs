//! The seeds and findings of `tests/fuzz/corpus`, each read once: what has ended an import badly stays mended.

#![allow(clippy::unwrap_used)] // A failure here is a failed test.

#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use mutate::{Random, minimised, mutate, words};
use targets::{Desk, TARGETS};

fn files(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_seed_is_read_or_told_and_its_counts_add_up() {
    let desk = Desk::new();
    let whole = targets::named("import").unwrap();
    for target in &TARGETS {
        for file in files(target.name) {
            println!("{}", file.display());
            let bytes = fs::read(file).unwrap();
            let once = (target.run)(&desk, &bytes);
            assert_eq!((target.run)(&desk, &bytes), once, "the same bytes are read alike");
            (whole.run)(&desk, &bytes);
        }
    }
}

#[test]
fn each_reader_has_a_seed_of_which_something_is_kept() {
    let desk = Desk::new();
    for target in TARGETS.iter().filter(|target| target.name != "import") {
        let kept: Vec<bool> =
            files(target.name).iter().map(|file| (target.run)(&desk, &fs::read(file).unwrap()).kept > 0).collect();
        assert!(kept.contains(&true), "{}: {} seeds", target.name, kept.len());
    }
}

#[test]
fn each_dictionary_has_words() {
    for target in &TARGETS {
        assert!(words(target.words).len() > 3, "{}", target.name);
    }
}

#[test]
fn the_corpus_is_small_and_each_folder_has_its_reader() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut size = 0;
    for folder in fs::read_dir(corpus).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(targets::named(&name).is_some(), "no reader {name}");
        size += files(&name).iter().map(|file| file.metadata().unwrap().len()).sum::<u64>();
    }
    assert!(size < 200_000, "{size} bytes");
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let made = |seed| {
        let mut random = Random(seed);
        let mut bytes = b"{\"a\": [1, 2, 3]}".to_vec();
        (0..200).for_each(|_| mutate(&mut bytes, &[b"lon,lat\n".to_vec()], &[b"[[".to_vec()], &mut random));
        bytes
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
}

#[test]
fn words_are_read_as_libfuzzer_reads_them() {
    assert_eq!(words("\"a\\x00\\xffb\"\n\n\"=\"\n"), [b"a\0\xffb".to_vec(), b"=".to_vec()]);
}

#[test]
fn what_matters_is_left_of_long_bytes() {
    let long = [&[b'a'; 300][..], b"!", &[b'b'; 500]].concat();
    assert_eq!(minimised(&long, 1000, |bytes| bytes.contains(&b'!')), b"!");
}
