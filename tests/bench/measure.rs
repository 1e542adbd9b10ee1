//! What firemap can do on this machine, beside what one would use instead; run by `tests/bench/run` and
//! `tests/bench/soak`. One file a question.

mod cached;
mod cities;
mod clients;
mod drawing;
mod edits;
mod figures;
mod follow;
mod ground;
mod growth;
mod load;
mod martin;
mod peers;
mod process;
mod question;
#[path = "../real_data/mod.rs"]
mod real_data;
mod requests;
mod serving;
mod soak;
mod streets;
mod table;

use std::process::ExitCode;

use cities::Rows;
use figures::{time, whole};
use firemap::model::Layer;
use growth::Cost;
use peers::PostGis;
use process::Server;
use requests::{Town, tile_path};
use table::Table;

const HUNDRED_THOUSAND: u64 = 100_000;
const MILLION: u64 = 1_000_000;
const TEN_MILLION: u64 = 10_000_000;
/// Hydrants that are asked about for each building, one for ten.
const BUILDINGS_A_HYDRANT: usize = 10;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let number = |flag: &str, otherwise: u64| {
        let at = words.iter().position(|word| word == flag);
        at.and_then(|at| words.get(at + 1)?.parse().ok()).unwrap_or(otherwise)
    };
    match words.first().map(String::as_str) {
        Some(cached::BARE) => {
            cached::serve_bare(words.get(1).map_or("", String::as_str));
            ExitCode::SUCCESS
        }
        Some("soak") => {
            match soak::soak(number("--buildings", MILLION), number("--minutes", 60), number("--seed", 1)) {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }
        }
        Some("streets") => {
            let mut table = Table::default();
            streets::rows(&mut table);
            ground::rows(&mut table, HUNDRED_THOUSAND);
            table.print(&std::env::var("FIREMAP_BENCH_MACHINE").unwrap_or_default());
            ExitCode::SUCCESS
        }
        Some("follow") => {
            let mut table = Table::default();
            follow::rows(&mut table, &[HUNDRED_THOUSAND, number("--buildings", MILLION)]);
            table.print(&std::env::var("FIREMAP_BENCH_MACHINE").unwrap_or_default());
            ExitCode::SUCCESS
        }
        Some("edits") => {
            let mut table = Table::default();
            edits::rows(&mut table, number("--buildings", HUNDRED_THOUSAND));
            table.print(&std::env::var("FIREMAP_BENCH_MACHINE").unwrap_or_default());
            ExitCode::SUCCESS
        }
        Some("nodes") => {
            let mut table = Table::default();
            edits::nodes(&mut table, number("--buildings", HUNDRED_THOUSAND));
            table.print(&std::env::var("FIREMAP_BENCH_MACHINE").unwrap_or_default());
            ExitCode::SUCCESS
        }
        _ => {
            measure(has("--quick"), has("--ten-million"));
            ExitCode::SUCCESS
        }
    }
}

/// Everything, in one table.
fn measure(quick: bool, ten_million: bool) {
    let mut table = Table::default();
    let (small, large) = if quick { (HUNDRED_THOUSAND / 10, HUNDRED_THOUSAND) } else { (HUNDRED_THOUSAND, MILLION) };
    let town = cities::store(question::BUILDINGS);
    {
        let postgis = PostGis::with(&town);
        question::ask_all(&mut table, &postgis);
        martin::cold_tiles(&mut table, &town, &postgis);
    }
    let small = cost(small);
    let large_cost = cost(large);
    let store = cities::store(large);
    serving::ready(&mut table, large, &large_cost.start);
    {
        let mut rows = Rows::of(&store);
        let town = Town::of(&rows);
        let tiles = drawing::dense_tiles(&rows);
        let paths = tiles.iter().map(|(tile, _)| tile_path("buildings", tile.z(), tile.x(), tile.y())).collect();
        let asked = serving::cold_tiles(&Server::firemap(&store).at_rest(), paths);
        serving::hundred_maps(&mut table, &store, &town);
        cached::against_bare(&mut table, &store, &town);
        rows.thin_hydrants(large as usize / BUILDINGS_A_HYDRANT);
        let alone = question::coverage_alone(&rows, &cities::frame(), 3);
        let hydrants = rows.layer(Layer::Hydrant).len() as u64;
        let (city, all) = figures::timed(|| rows.city(cities::frame()));
        table.row(
            format!(
                "coverage at all three grades, {} buildings × {} hydrants, from rows",
                whole(large),
                whole(hydrants)
            ),
            time(alone),
            format!("with indexes, search, areas, streets and squares: {}", time(all)),
        );
        drawing::dense(&mut table, &city, &tiles, &asked);
        drawing::slowest(&mut table, &city);
    }
    streets::rows(&mut table);
    ground::rows(&mut table, HUNDRED_THOUSAND);
    follow::rows(&mut table, &[HUNDRED_THOUSAND, large]);
    growth::row(&mut table, &small, &large_cost);
    edits::rows(&mut table, HUNDRED_THOUSAND);
    edits::rows(&mut table, large);
    edits::nodes(&mut table, HUNDRED_THOUSAND);
    if ten_million {
        let start = serving::start(&cities::store(TEN_MILLION), 1);
        serving::ready(&mut table, TEN_MILLION, &start);
    }
    table.note("Client and server share the processors in every figure over HTTP; cities are made by `firemap synth` with a fixed seed.");
    table.print(&std::env::var("FIREMAP_BENCH_MACHINE").unwrap_or_default());
}

fn cost(buildings: u64) -> Cost {
    let store = cities::store(buildings);
    let start = serving::start(&store, 3);
    let results = growth::results(&Rows::of(&store), 3);
    Cost { buildings, start, results }
}
