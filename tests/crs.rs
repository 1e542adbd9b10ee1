//! Files in any system of coordinates, from the file to the store: what is recognised, what is refused and what the
//! refusal says.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod town;

use std::fmt::Write;
use std::path::Path;

use firemap::crs::Crs;
use firemap::ingest::{IngestError, Options, Report};
use firemap::model::{Lang, Layer, Place, Speak};

use town::Town;

/// Hydrants of a drawn town, in WGS 84.
fn places() -> Vec<Place> {
    (0..40).map(|nth| Place { lon: 1_065_012_345 + nth % 8 * 9_000, lat: 295_012_345 + nth / 8 * 11_000 }).collect()
}

/// The places as a table in a system.
fn table(columns: &str, crs: &Crs) -> String {
    let mut text = format!("编号,{columns}\n");
    for (nth, place) in places().into_iter().enumerate() {
        let [x, y] = crs.degrees(place);
        writeln!(text, "{nth},{x},{y}").unwrap();
    }
    text
}

fn crs(name: &str) -> Crs {
    Crs::named(name).unwrap()
}

fn told(name: &str) -> Options {
    Options { layer: Some(Layer::Hydrant), crs: Some(name.to_owned()), ..Options::default() }
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.files.iter().flat_map(|file| &file.remarks).map(|(remark, _)| remark.code()).collect()
}

fn stands_where_it_should(town: &Town) {
    let stored: Vec<Place> = town.features(Layer::Hydrant).iter().map(|feature| feature.shape.first()).collect();
    assert_eq!(stored, places());
}

#[test]
fn a_zones_number_before_the_easting_is_recognised_in_either_order() {
    for name in ["EPSG:4523", "EPSG:4523,yx", "EPSG:4496", "EPSG:4496,yx"] {
        let town = Town::new();
        let report = town.import(&[&town.file("消火栓.csv", table("X,Y", &crs(name)))]).unwrap();
        assert!(codes(&report).contains(&"crs_evident"), "{name}: {report:?}");
        assert!(report.files[0].remarks.iter().any(|(remark, _)| remark.say(Lang::En).contains(name)), "{report:?}");
        stands_where_it_should(&town);
    }
}

#[test]
fn every_stated_system_puts_the_hydrants_where_they_stand() {
    let written = [
        ("EPSG:4544", "EPSG:4544"),
        ("CGCS2000 3度带 35带", "EPSG:4544"),
        ("EPSG:4544", "EPSG:4523,yx"),
        ("UTM 48N", "EPSG:32648"),
        ("EPSG:3857", "EPSG:3857"),
        ("BD-09", "BD-09"),
        ("百度", "BD-09"),
        ("GCJ-02,yx", "GCJ-02,yx"),
        ("EPSG:4326,yx", "EPSG:4326,yx"),
        ("EPSG:2384 +towgs84=10,-120,-60", "EPSG:2384 +towgs84=10,-120,-60"),
        (
            "+proj=tmerc +lon_0=106.5 +x_0=50000 +y_0=-3200000 +ellps=GRS80",
            "+proj=tmerc +lon_0=106.5 +x_0=50000 +y_0=-3200000 +ellps=GRS80",
        ),
    ];
    for (said, written) in written {
        let town = Town::new();
        let file = town.file("消火栓.csv", table("x,y", &crs(written)));
        let report = town.import_with(&[&file], &told(said)).unwrap_or_else(|err| panic!("{said}: {err}"));
        assert_eq!(report.kept(), 40, "{said}: {report:?}");
        stands_where_it_should(&town);
    }
}

#[test]
fn a_plane_that_nothing_states_is_refused_with_where_each_candidate_would_put_it() {
    let town = Town::new();
    let plain = town.file("消火栓.csv", table("x,y", &crs("EPSG:4544")));
    let refused = town.import(&[&plain]).unwrap_err();
    let IngestError::CrsUnclear { candidates, .. } = &refused else { panic!("{refused}") };
    assert!(candidates.to_string().contains("EPSG:4544 → 106.50"), "{candidates}");
    assert!(!candidates.to_string().contains("km"), "the store holds nothing: {candidates}");
    for lang in [Lang::Zh, Lang::En] {
        assert!(refused.say(lang).contains("--crs EPSG:"), "{}", refused.say(lang));
    }
    // With something in the store the nearest is the first, and how far it is is said.
    town.import(&[&town.file("消防站.geojson", STATION)]).unwrap();
    let refused = town.import(&[&plain]).unwrap_err();
    let IngestError::CrsUnclear { candidates, most_like, .. } = &refused else { panic!("{refused}") };
    assert_eq!(most_like, "EPSG:4544", "{candidates}");
    assert!(candidates.to_string().starts_with("EPSG:4544 → 106.50") && candidates.to_string().contains(" m)"));
    assert_eq!(town.features(Layer::Hydrant).len(), 0);
    assert!(town.import_with(&[&plain], &told(most_like)).is_ok());
    stands_where_it_should(&town);
}

const STATION: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":1,"properties":{"staff_on_shift":6},"geometry":{"type":"Point","coordinates":[106.505,29.503]}}]}"#;

#[test]
fn a_word_that_the_numbers_contradict_is_refused_with_what_to_type() {
    let town = Town::new();
    let refused = |text: String, said: &str| {
        let refused = town.import_with(&[&town.file("消火栓.csv", text)], &told(said)).unwrap_err();
        assert!(refused.say(Lang::En).contains("--crs"), "{refused}");
        refused.code()
    };
    assert_eq!(refused(table("lon,lat", &Crs::Wgs84), "EPSG:4523"), "crs_but_degrees");
    assert_eq!(refused(table("x,y", &crs("EPSG:4523")), "EPSG:4326"), "crs_misfits");
    assert_eq!(refused(table("x,y", &crs("EPSG:4523")), "EPSG:4524"), "crs_misfits");
    assert_eq!(refused(table("x,y", &crs("EPSG:4544")), "GCJ-02"), "crs_unclear");
    assert_eq!(refused(table("x,y", &crs("EPSG:4544")), "EPSG:2384"), "crs_unsupported");
    assert_eq!(refused(table("x,y", &crs("EPSG:4544")), "EPSG:1"), "crs_unsupported");
    assert_eq!(refused(table("lon,lat", &crs("EPSG:4326,yx")), "EPSG:4326"), "coordinates_swapped");
}

#[test]
fn what_a_geojson_file_states_is_believed_and_overruled_by_a_person() {
    let town = Town::new();
    let [x, y] = crs("EPSG:4523").degrees(places()[0]);
    let file = |name: &str, member: &str| {
        let text = format!(
            r#"{{"type":"FeatureCollection","crs":{member},"features":[{{"type":"Feature","id":1,"properties":{{}},"geometry":{{"type":"Point","coordinates":[{x},{y}]}}}}]}}"#
        );
        town.file(name, text)
    };
    let there = |path: &Path, options: &Options| {
        let town = Town::new();
        town.import_with(&[path], options).map(|_| town.features(Layer::Hydrant)[0].shape.first())
    };
    let unsaid = Options { layer: Some(Layer::Hydrant), ..Options::default() };
    for (name, member) in [
        ("a.geojson", r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4523"}}"#),
        ("b.geojson", r#"{"type":"EPSG","properties":{"code":4523}}"#),
        ("c.geojson", r#""EPSG:4523""#),
        ("d.geojson", r#"{"type":"name","properties":{"name":"EPSG:4544"}}"#),
    ] {
        assert_eq!(there(&file(name, member), &unsaid).unwrap(), places()[0], "{member}");
    }
    // A refused one is refused in words, and a person knows better.
    let xian = file("e.geojson", r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::2359"}}"#);
    let refused = there(&xian, &unsaid).unwrap_err();
    assert!(refused.say(Lang::Zh).contains("西安") && refused.say(Lang::En).contains("Xian 1980"), "{refused}");
    assert_eq!(there(&xian, &told("EPSG:4523")).unwrap(), places()[0]);
}
