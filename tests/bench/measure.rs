//! What firemap can do on this machine, beside what one would use instead; run by `tests/bench/run` and
//! `tests/bench/soak`. One file a question.

mod cities;
mod clients;
mod figures;
mod load;
mod process;
mod requests;
mod serving;
mod soak;
mod table;

use std::process::ExitCode;

use cities::Rows;
use requests::Town;
use table::Table;

/// A city of a million, and its hydrants.
const MILLION: u64 = 1_000_000;
const HUNDRED_THOUSAND: u64 = 100_000;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let number = |flag: &str, otherwise: u64| {
        let at = words.iter().position(|word| word == flag);
        at.and_then(|at| words.get(at + 1)?.parse().ok()).unwrap_or(otherwise)
    };
    if has("soak") {
        let well = soak::soak(number("--buildings", MILLION), number("--minutes", 60), number("--seed", 1));
        return if well { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut table = Table::default();
    let large = if has("--quick") { HUNDRED_THOUSAND } else { MILLION };
    let store = cities::store(large);
    let start = serving::start(&store, 3);
    serving::ready(&mut table, large, &start);
    let town = Town::of(&Rows::of(&store));
    serving::hundred_maps(&mut table, &store, &town);
    table.print(&std::env::var("FIREMAP_BENCH_MACHINE").unwrap_or_default());
    ExitCode::SUCCESS
}
