//! One target for libFuzzer; which, the name of the binary says.

#![no_main]

#[path = "../targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use targets::{Desk, Target};

static DESK: LazyLock<Desk> = LazyLock::new(|| {
    // Panics that the reader itself catches are no findings; libFuzzer's own hook would end the process for them.
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    Desk::new()
});
static TARGET: LazyLock<&Target> =
    LazyLock::new(|| targets::named(env!("CARGO_BIN_NAME")).expect("each binary is named after a target"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let desk = &*DESK;
    if catch_unwind(AssertUnwindSafe(|| (TARGET.run)(desk, bytes))).is_err() {
        std::process::abort();
    }
});
