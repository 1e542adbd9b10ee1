//! Everything along the ground, of the made-up city and of real ones where their files are there.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use firemap::analysis::Grade;
use firemap::city::{City, RiskOf, RiskResults};
use firemap::model::Layer;
use firemap::report::ground_of_building;

use super::cities::{self, Rows};
use super::figures::{Chance, Sorted, median_of, millis, ms, time, timed, whole};
use super::real_data::real_data;
use super::table::Table;

/// Runs of which the median counts.
const RUNS: usize = 5;
/// Buildings that are asked for.
const ASKED: usize = 300;

/// Rows of a made-up city of so many buildings and of the real ones.
pub fn rows(table: &mut Table, buildings: u64) {
    let demo = Rows::of(&cities::store(6_000));
    all(table, "the made-up city of 6,000 buildings", &demo);
    for (name, files) in [
        ("Liechtenstein", &["osm/liechtenstein-2024-03-03.osm.pbf"][..]),
        ("Monaco with heights", &["osm/monaco-area-2016-osrm.osm.pbf", "osm/srtm/N43E007.hgt.zip"][..]),
    ] {
        if let Some(files) = files.iter().map(|file| real_data(file)).collect::<Option<Vec<PathBuf>>>() {
            all(table, name, &Rows::of(&cities::imported(&name[..6].to_lowercase(), &files)));
        }
    }
    let rows = Rows::of(&cities::store(buildings));
    let city = all(table, &format!("the made-up city of {} buildings", whole(buildings)), &rows);
    questions(table, &city);
    risk(table, &city);
}

/// Network, ways of all buildings to it, and all that is found over it; the median of runs that each begin anew.
fn all(table: &mut Table, name: &str, rows: &Rows) -> City {
    let mut networks = Vec::new();
    let mut last = None;
    let results = median_of(RUNS, || {
        let city = rows.clone().city(cities::frame());
        let (_, network) = timed(|| city.network());
        let (_, results) = timed(|| city.ground().whole().all);
        networks.push(ms(network));
        last = Some(city);
        results
    });
    let city = last.expect("it was run");
    let network = Sorted::new(networks).median();
    let graph = city.network();
    let graph = graph.graph();
    let ways = 2 * graph.edges().len();
    table.row(
        format!(
            "along the ground, {name}: {} buildings, {} hydrants, {} nodes, {} ways",
            whole(city.layer(Layer::Building).count() as u64),
            whole(city.layer(Layer::Hydrant).count() as u64),
            whole(graph.nodes().len() as u64),
            whole(ways as u64)
        ),
        millis(network + ms(results)),
        format!(
            "roads joined and every building brought to them {}; then hydrants, stations, the two nearest of each grade, arrivals and sums {}; {} bytes a way",
            millis(network),
            time(results),
            graph.bytes() / ways.max(1)
        ),
    );
    city
}

/// What is asked of a city whose results are there.
fn questions(table: &mut Table, city: &City) {
    let ground = city.ground();
    // First, as cards ask for them too.
    let (spacing, supply) = (timed(|| _ = ground.spacing(city)).1, timed(|| _ = ground.supply(city)).1);
    table.row("spacing of hydrants along all streets", time(spacing), "");
    table.row("supply of all buildings against their demand", time(supply), "");
    let ids: Vec<_> = city.layer(Layer::Building).iter().map(|(_, row)| (row.id, row.shape.first())).collect();
    let mut chance = Chance::of(5);
    let asked: Vec<_> = (0..ASKED).map(|_| *chance.one(&ids)).collect();
    let each = |work: &dyn Fn(usize)| Sorted::new((0..ASKED).map(|nth| ms(timed(|| work(nth)).1)).collect());
    let cards = each(&|nth| drop(ground_of_building(city, asked[nth].0, Grade::Serviceable, 2)));
    let gains = each(&|nth| _ = black_box(ground.gain(city, asked[nth].1, Grade::Serviceable)));
    table.row(
        "the two nearest hydrants and the arrivals of a building, each with its way",
        millis(cards.median()),
        format!("p99 {}, longest {}", millis(cards.percentile(99.0)), millis(cards.max())),
    );
    table.row(
        "what a hydrant at a place would add",
        millis(gains.median()),
        format!("p99 {}, longest {}", millis(gains.percentile(99.0)), millis(gains.max())),
    );
    let plan: Duration = median_of(3, || timed(|| drop(ground.plan(city, 10, Grade::Serviceable))).1);
    let cuts = timed(|| ground.frailty(city).roads().len()).1;
    let access = timed(|| ground.access(city).findings().len()).1;
    table.row("the best next ten hydrants along the roads", time(plan), "a place tried every 20 m");
    table.row(
        "what fails first: hydrants at each grade, roads that cut buildings off from every engine",
        time(cuts),
        "",
    );
    table.row("access of all buildings, lanes and high-rises", time(access), "");
}

/// The score of all buildings from results that are there, and of one with what would lower it.
fn risk(table: &mut Table, city: &City) {
    let ids: Vec<u32> = city.layer(Layer::Building).iter().map(|(slot, _)| slot).collect();
    let all = timed(|| _ = city.risk()).1;
    let again = median_of(RUNS, || timed(|| drop(RiskResults::new(city))).1);
    table.row(
        format!("scores of {} buildings from present results, with areas and squares", whole(ids.len() as u64)),
        time(again),
        format!("{} when first asked for; {} bytes a building", time(all), size_of::<RiskOf>()),
    );
    let mut chance = Chance::of(6);
    let one = Sorted::new((0..ASKED).map(|_| ms(timed(|| drop(city.risk_of(*chance.one(&ids)))).1)).collect());
    table.row(
        "score of one building with every measure that would lower it",
        millis(one.median()),
        format!("p99 {}, longest {}", millis(one.percentile(99.0)), millis(one.max())),
    );
}
