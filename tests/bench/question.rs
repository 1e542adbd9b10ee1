//! The main question, asked to all in the same words: of each building the distance from its footprint's edge to the
//! nearest hydrant, and how many hydrants stand within 150 m. The answers are compared, so that the quick one is right.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use firemap::analysis::{Footprint, Grade, Neighbourhood, WaterPoint, Waters};
use firemap::city::Frame;
use firemap::crs::WorldBox;
use firemap::model::Layer;
use firemap::store::Row;
use rayon::prelude::*;

use super::cities::{self, Rows};
use super::figures::{median_of, time, timed, whole};
use super::peers::{self, Peer};
use super::table::{Table, times};

/// The city that other tools were first measured on.
pub const BUILDINGS: u64 = 82_192;
/// Its hydrants that are asked about, evenly chosen of those it has.
const HYDRANTS: usize = 8_200;

/// Buildings a thread takes at a time.
const SHARE: usize = 256;

/// The answer for a building.
struct Answer {
    id: u64,
    distance_mm: u32,
    within: u16,
}

/// Indexes the hydrants and answers for all buildings, on all processors.
fn answer(buildings: &[Row], hydrants: &[Row], frame: &Frame) -> Vec<Answer> {
    let judge = |row: &Row| {
        let feature = &row.feature;
        WaterPoint::judge(row.id, feature.shape.first(), feature.attributes.as_ref(), &frame.rules, frame.day)
    };
    let points = neighbours(hydrants).into_iter().map(|(_, row)| Some(judge(row))).collect();
    let waters = Waters::new(points, frame.rules.widest_circle_mm());
    let buildings = neighbours(buildings);
    let shares = buildings.par_chunks(SHARE).flat_map_iter(|share| {
        let mut neighbourhood = Neighbourhood::default();
        if let Some(within) = share.iter().map(|(within, _)| *within).reduce(WorldBox::union) {
            neighbourhood.gather(&waters, within);
        }
        let mut footprint = Footprint::default();
        let of = |(within, row): &(WorldBox, &Row)| {
            footprint.lay(row.feature.shape.as_ref(), *within);
            let coverage = neighbourhood.cover(&footprint, &waters);
            let reach = coverage.at(Grade::Nominal);
            Answer { id: row.id.0, distance_mm: reach.distance_mm().unwrap_or(u32::MAX), within: reach.within }
        };
        share.iter().map(of).collect::<Vec<_>>()
    });
    shares.collect()
}

/// Rows with the boxes around them, neighbours beside each other.
fn neighbours(rows: &[Row]) -> Vec<(WorldBox, &Row)> {
    let boxed = |row: &'_ Row| WorldBox::from(row.feature.shape.as_ref());
    let mut keyed: Vec<(u64, u32)> =
        rows.par_iter().zip(0..rows.len() as u32).map(|(row, nth)| (boxed(row).centre().hilbert(), nth)).collect();
    keyed.par_sort_unstable();
    keyed.into_par_iter().map(|(_, nth)| (boxed(&rows[nth as usize]), &rows[nth as usize])).collect()
}

/// The median time for so many hydrants of a city's rows.
pub fn coverage_alone(rows: &Rows, frame: &Frame, runs: usize) -> Duration {
    median_of(runs, || timed(|| answer(rows.layer(Layer::Building), rows.layer(Layer::Hydrant), frame)).1)
}

/// Asks everybody.
pub fn ask_all(table: &mut Table, postgis: &Peer<peers::PostGis>) {
    let store = cities::store(BUILDINGS);
    let mut rows = Rows::of(&store);
    rows.thin_hydrants(HYDRANTS);
    let frame = cities::frame();
    let (buildings, hydrants) = (rows.layer(Layer::Building), rows.layer(Layer::Hydrant));
    let ours = coverage_alone(&rows, &frame, 9);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("the system can start a thread");
    let alone = one.install(|| coverage_alone(&rows, &frame, 5));
    let answers = answer(buildings, hydrants, &frame);
    let asked_about = asked_about(hydrants);

    let beside = |name: &str, answered: Result<peers::Answered, String>| match answered {
        Ok(answered) => {
            let compared = compare(&answers, &answered.answers);
            (format!("{} {}", answered.version, times(ours, answered.median)), compared)
        }
        Err(why) => (format!("{name}: {why}"), format!("{name} was not asked: {why}")),
    };
    let (geopandas, geopandas_compared) = beside("GeoPandas", peers::geopandas(&store, &asked_about));
    let postgis = postgis.as_ref().map_err(Clone::clone).and_then(|postgis| postgis.ask(&asked_about));
    let (postgis, postgis_compared) = beside("PostGIS", postgis);
    table.row(
        format!(
            "nearest hydrant of each building (from its footprint's edge) and how many stand within 150 m: {} buildings × {} hydrants",
            whole(buildings.len() as u64),
            whole(hydrants.len() as u64)
        ),
        format!("{}, on one processor {}", time(ours), time(alone)),
        format!("{geopandas}; {postgis}"),
    );
    table.note(format!(
        "The nearest hydrant: on the clock is indexing and asking. firemap: from rows in memory, on all processors, at three grades at once with the farthest corner of each building. GeoPandas: `sindex.nearest` and `sindex.query(dwithin)` on frames in memory in UTM 48N, with the building of the index, on one processor. PostGIS: one query on tables in UTM 48N with GiST indexes and statistics already there, which PostgreSQL runs in one process. Medians. Answers compared: {geopandas_compared}; {postgis_compared}."
    ));
}

/// A file of the hydrants' numbers, for those who read the store themselves.
fn asked_about(hydrants: &[Row]) -> PathBuf {
    let path = cities::cache().join("hydrants-asked-about.csv");
    let numbers: String = hydrants.iter().map(|row| format!("{}\n", row.id.0)).collect();
    std::fs::write(&path, numbers).expect("the cache folder can be written");
    path
}

/// What two answers have in common, in words. Another's file holds number, distance, how many within 150 m, and how
/// many within 0.05 % less and more of it: what lies between is a matter of projection.
fn compare(ours: &[Answer], theirs: &Path) -> String {
    let text = std::fs::read_to_string(theirs).unwrap_or_default();
    let parse = |line: &str| {
        let mut columns = line.split(',').map(|n| n.trim().parse::<f64>().unwrap_or(f64::NAN));
        Some((columns.next()? as u64, [columns.next()?, columns.next()?, columns.next()?, columns.next()?]))
    };
    let theirs: BTreeMap<u64, [f64; 4]> = text.lines().filter_map(parse).collect();
    let (mut farthest, mut share, mut border, mut wrong, mut missing) = (0f64, 0f64, 0u64, 0u64, 0u64);
    for answer in ours {
        let Some([distance, count, less, more]) = theirs.get(&answer.id) else {
            missing += 1;
            continue;
        };
        let apart = (f64::from(answer.distance_mm) / 1000.0 - distance).abs();
        farthest = farthest.max(apart);
        if *distance > 10.0 {
            share = share.max(apart / distance);
        }
        let within = f64::from(answer.within);
        match within == *count {
            true => {}
            false if (*less..=*more).contains(&within) => border += 1,
            false => wrong += 1,
        }
    }
    format!(
        "of {} distances none differs by more than {farthest:.3} m or {:.3} %, and counts are the same but for {border} buildings with a hydrant at 150 m ± 0.05 %{}{}",
        whole(ours.len() as u64 - missing),
        share * 100.0,
        if wrong > 0 { format!(", and {wrong} THAT DIFFER") } else { String::new() },
        if missing > 0 { format!(", and {missing} NOT ANSWERED") } else { String::new() },
    )
}
