//! One target for libFuzzer; which, the name of the binary says.

#![no_main]

#[path = "../targets.rs"]
mod targets;

use std::sync::LazyLock;

use targets::{Desk, Target};

static DESK: LazyLock<Desk> = LazyLock::new(Desk::new);
static TARGET: LazyLock<&Target> =
    LazyLock::new(|| targets::named(env!("CARGO_BIN_NAME")).expect("each binary is named after a target"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    (TARGET.run)(&DESK, bytes);
});
