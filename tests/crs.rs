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

/// A drawn town with roads every 150 m or so, hydrants a few metres beside them and shops within its houses.
fn roads_and_points(crs: &Crs) -> (String, String, String) {
    // Numbers without rhyme, the same in every run.
    let mut state = 7u64;
    let mut dice = move |sides: i32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i32 % sides
    };
    let (west, south) = (1_065_000_000, 295_000_000);
    let degrees = |number: i32| f64::from(number) / 1e7;
    let (mut roads, mut houses) = (Vec::new(), Vec::new());
    let (mut hydrants, mut shops) = ("编号,lon,lat\n".to_owned(), "名称,lon,lat\n".to_owned());
    for nth in 0..12 {
        let lon = west + nth * 15_000 + dice(5_000);
        roads.push(format!(
            "[[{},{}],[{},{}]]",
            degrees(lon),
            degrees(south),
            degrees(lon + 900),
            degrees(south + 190_000)
        ));
        let lat = south + nth * 15_000 + dice(5_000);
        roads.push(format!(
            "[[{},{}],[{},{}]]",
            degrees(west),
            degrees(lat),
            degrees(west + 190_000),
            degrees(lat + 700)
        ));
        for _ in 0..10 {
            let along = dice(180_000);
            let place =
                Place { lon: lon + (i64::from(along) * 900 / 190_000) as i32 + 400 + dice(300), lat: south + along };
            let [x, y] = crs.degrees(place);
            writeln!(hydrants, "{}-{},{x},{y}", nth, along).unwrap();
            let (lon, lat) = (west + dice(180_000), south + dice(180_000));
            let corners = [(0, 0), (1_500, 0), (1_500, 1_200), (0, 1_200), (0, 0)];
            let corners = corners.map(|(x, y)| format!("[{},{}]", degrees(lon + x), degrees(lat + y)));
            houses.push(format!("[[{}]]", corners.join(",")));
            let [x, y] = crs.degrees(Place { lon: lon + 750, lat: lat + 600 });
            writeln!(shops, "{lon},{x},{y}").unwrap();
        }
    }
    let feature = |kind: &str, at: &String| {
        format!(r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"{kind}","coordinates":{at}}}}}"#)
    };
    let roads = roads.iter().map(|at| feature("LineString", at));
    let houses = houses.iter().map(|at| feature("Polygon", at));
    let town = roads.chain(houses).collect::<Vec<_>>().join("\n");
    (town, hydrants, shops)
}

#[test]
fn points_in_another_datum_than_they_were_taken_for_are_remarked_with_the_figure_and_the_command() {
    let systems = ["EPSG:4326", "GCJ-02", "BD-09"];
    for written in systems {
        let (drawn, hydrants, shops) = roads_and_points(&crs(written));
        let town = Town::new();
        for (layer, kind) in [(Layer::Road, "LineString"), (Layer::Building, "Polygon")] {
            let features: Vec<&str> = drawn.lines().filter(|line| line.contains(kind)).collect();
            let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
            let file = town.file(&format!("{kind}.geojson"), text);
            let report = town.import_with(&[&file], &Options { layer: Some(layer), ..Options::default() }).unwrap();
            assert_eq!(report.rejected(), 0, "{report:?}");
        }
        for (name, text, layer) in [("消火栓.csv", &hydrants, Layer::Hydrant), ("商铺.csv", &shops, Layer::Place)]
        {
            let file = town.file(name, text);
            for said in systems {
                let options = Options { layer: Some(layer), dry_run: true, ..told(said) };
                let report = town.import_with(&[&file], &options).unwrap();
                let remark = report.files[0].remarks.iter().find(|(remark, _)| remark.code() == "wrong_datum");
                let sentence = remark.map(|(remark, _)| remark.say(Lang::En));
                match sentence {
                    None => assert_eq!(said, written, "{name} in {written} passed for {said}"),
                    Some(sentence) => {
                        assert!(
                            said != written && sentence.contains(&format!("--crs {written} (")),
                            "{said}: {sentence}"
                        );
                    }
                }
            }
        }
        // Of few points nothing is said.
        let few: String = hydrants.lines().take(25).map(|line| format!("{line}\n")).collect();
        let wrong = systems.into_iter().find(|said| *said != written).unwrap();
        let report = town.import_with(&[&town.file("消火栓.csv", few)], &told(wrong)).unwrap();
        assert!(!codes(&report).contains(&"wrong_datum"), "{report:?}");
    }
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

#[test]
fn a_prj_file_says_what_a_table_is_in_and_an_export_that_would_move_a_place_is_refused() {
    use std::process::Command;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let store = folder.path().join("town.gpkg").to_str().unwrap().to_owned();
    let firemap = |args: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_firemap"))
            .args(args)
            .args(["--store", &store, "--layer", "hydrant", "--lang", "en"])
            .output()
            .unwrap();
        (out.status.success(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
    };
    let table = file("消火栓.csv", &table("x,y", &crs("EPSG:4544")));
    let zone = r#"PROJCS["CGCS2000_3_Degree_GK_CM_105E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
    let (refused, said) = firemap(&["import", &table]);
    assert!(!refused && said.contains("EPSG:4544 → 106.50"), "{said}");
    let (done, said) = firemap(&["import", &table, "--crs", &file("区界.prj", zone)]);
    assert!(done && said.contains("EPSG:4544"), "{said}");
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (name, crs) in [("a.geojson", "BD-09"), ("b.csv", "EPSG:4523"), ("c.fgb", "EPSG:32648")] {
        let (done, said) = firemap(&["export", "--crs", crs, &out(name)]);
        assert!(done, "{said}");
        let (done, said) = firemap(&["import", &out(name), "--dry-run"]);
        assert!(done && said.contains(if crs == "BD-09" { "BD-09" } else { crs }), "{said}");
    }
    for (crs, why) in [
        ("EPSG:27700", "would not come back"),
        ("EPSG:2384", "Xian 1980"),
        ("EPSG:4326,yx", "code of EPSG"),
        ("nonsense", "nonsense"),
    ] {
        let (done, said) = firemap(&["export", "--crs", crs, &out("d.csv")]);
        assert!(!done && said.contains(why), "{crs}: {said}");
        assert!(!folder.path().join("d.csv").exists());
    }
}
