//! Importing tables and GeoJSON: what is guessed, what is read, what is rejected, and that nothing is lost.

#![allow(clippy::unwrap_used)] // Helpers of tests, too.

mod real_data;
mod town;

use firemap::ingest::{FileReport, IngestError, Options, Reason, Remark, Report};
use firemap::model::{Flaw, Layer, Place, Speak, Value, building, hydrant, station};
use proptest::prelude::*;
use real_data::real_data;
use town::Town;

fn codes(report: &Report) -> Vec<(&'static str, u64)> {
    report.files[0].rejected.iter().map(|(reason, count)| (reason.code(), *count)).collect()
}

fn remark(report: &FileReport, code: &str) -> Option<(Remark, u64)> {
    report.remarks.iter().find(|(remark, _)| remark.code() == code).cloned()
}

#[test]
fn a_chinese_hydrant_table_is_read_by_its_headings() {
    let town = Town::new();
    let file = town.file(
        "市政消火栓台账.csv",
        "\u{feff}编号,经度,纬度,使用状态,水压(kPa),流量,管径,最近检查日期,责任单位\r\n\
         X-1,106.55,29.56,完好,300,15 L/s,DN100,2024年1月31日,甲\r\n\
         X-2,106.551,29.561,损坏,0.3MPa,很大,\"1,000\",2024/02/01,乙\r\n\
         X-3,106.552,29.562,,,,,,\r\n",
    );
    let report = town.import(&[&file]).unwrap();
    let told = &report.files[0];
    assert!(told.adds_up());
    assert_eq!((told.read, told.kept), (3, 3));
    assert!(matches!(remark(told, "layer_guessed"), Some((Remark::LayerGuessed { layer: "hydrant", .. }, _))));
    assert_eq!(remark(told, "key_column"), Some((Remark::KeyColumn { column: "编号".into() }, 0)));
    assert!(remark(told, "columns_kept_aside").is_some());
    assert_eq!(remark(told, "state_unknown"), Some((Remark::StateUnknown { layer: "hydrant" }, 1)));
    assert_eq!(remark(told, "value_assumed").unwrap().1, 3);
    let unread = remark(told, "value_unread").unwrap();
    assert!(
        matches!(&unread, (Remark::Unread { field: "flow_lps", example, row: 3, .. }, 1) if example == "很大"),
        "{unread:?}"
    );

    let one = town.feature(Layer::Hydrant, "X-1");
    assert_eq!(one.shape.first(), Place { lon: 1_065_500_000, lat: 295_600_000 });
    assert_eq!((&*one.source, &*one.origin.file, one.origin.row), ("市政消火栓台账", "市政消火栓台账.csv", 2));
    let values = |key| town.feature(Layer::Hydrant, key).attributes;
    assert_eq!(values("X-1").as_ref().choice(Layer::Hydrant, hydrant::STATE), Some("in_service"));
    assert_eq!(values("X-1").as_ref().number(Layer::Hydrant, hydrant::PRESSURE_MPA), Some(0.3));
    assert_eq!(values("X-1").as_ref().number(Layer::Hydrant, hydrant::FLOW_LPS), Some(15.0));
    assert_eq!(values("X-1").as_ref().date(Layer::Hydrant, hydrant::INSPECTED), Some(19_753));
    assert_eq!(values("X-2").as_ref().choice(Layer::Hydrant, hydrant::STATE), Some("out_of_service"));
    assert_eq!(values("X-2").as_ref().number(Layer::Hydrant, hydrant::FLOW_LPS), None);
    assert!(values("X-2").as_ref().unpack(Layer::Hydrant).contains(&Some(Value::Integer(1000))));
    let extra = town.extra(Layer::Hydrant, "X-2").unwrap();
    assert!(extra.contains("很大") && extra.contains("乙") && extra.contains("损坏"), "{extra}");

    let again = town.import(&[&file]).unwrap();
    assert!(again.counts.iter().all(|(_, counts)| counts.added + counts.changed == 0));
}

#[test]
fn bad_rows_are_rejected_by_name_and_written_to_the_report() {
    let town = Town::new();
    let file = town.file(
        "hydrants.csv",
        "id,lon,lat,status\n1,106.5,29.5,ok\n2,,,ok\n3,abc,29.5,ok\n4,206.5,29.5,ok\n5,NaN,29.5,ok\n6,106.6,29.6\n6,106.7,29.7,ok,more\n",
    );
    let rejects = file.with_file_name("rejects.csv");
    let options = Options { rejects: Some(rejects.clone()), ..Options::default() };
    let report = town.import_with(&[&file], &options).unwrap();
    assert!(report.files[0].adds_up());
    assert_eq!(codes(&report), [("no_geometry", 1), ("bad_geometry", 1), ("off_earth", 2)]);
    assert_eq!(report.kept(), 3);
    let text = std::fs::read_to_string(rejects).unwrap();
    assert!(text.starts_with("\u{feff}firemap_reason,firemap_row,"), "{text}");
    assert_eq!(text.lines().count(), 5);
    assert!(text.contains("hydrants.csv,") && text.contains(",bad_geometry,") && text.contains("abc"), "{text}");
    // Two rows of one number are two hydrants.
    assert_eq!(town.features(Layer::Hydrant).len(), 3);
    assert!(town.extra(Layer::Hydrant, &town.features(Layer::Hydrant)[2].source_key).unwrap().contains("more"));
}

#[test]
fn a_key_that_stands_twice_keeps_both_and_without_keys_the_place_is_the_key() {
    let town = Town::new();
    let mut rows = String::from("hydrant_id,lng,lat\n");
    for nth in 0..1000 {
        rows.push_str(&format!("{nth},106.5,29.{nth:04}\n"));
    }
    rows.push_str("7,106.6,29.5\n");
    let report = town.import(&[&town.file("hydrants.csv", rows)]).unwrap();
    assert_eq!(remark(&report.files[0], "key_repeated"), Some((Remark::KeyRepeated { example: "7".into() }, 1)));
    assert_eq!(town.feature(Layer::Hydrant, "7#2").shape.first().lon, 1_066_000_000);

    let places = town.file("消火栓.csv", "X,Y\n106.5,29.5\n106.5,29.5\n");
    let report = town.import(&[&places]).unwrap();
    assert!(remark(&report.files[0], "key_place").is_some());
    town.feature(Layer::Hydrant, "@106.5000000,29.5000000#2");
    let again = town.import(&[&places]).unwrap();
    assert!(again.counts.iter().all(|(_, counts)| counts.added + counts.changed == 0));
}

#[test]
fn other_encodings_and_separators_are_found_out() {
    let town = Town::new();
    let text = "编号;经度;纬度;位置\n一;106,5;29,5;解放碑\n";
    let (gbk, _, _) = encoding_rs::GB18030.encode(text);
    let report = town.import(&[&town.file("消火栓.csv", &gbk)]).unwrap();
    assert!(remark(&report.files[0], "encoding_guessed").is_some());
    assert!(remark(&report.files[0], "separator_guessed").is_some());
    assert_eq!(town.feature(Layer::Hydrant, "一").shape.first().lon, 1_065_000_000);

    let utf16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let report = town.import(&[&town.file("消火栓.csv", utf16)]).unwrap();
    assert_eq!(report.counts[0].1.unchanged, 1);
    let neither = [b"lon,lat,name\n1,1,".as_slice(), &[0xff, 0xff, 0x81], b"\n"].concat();
    assert!(matches!(town.import(&[&town.file("消火栓.csv", neither)]), Err(IngestError::Encoding { .. })));
}

#[test]
fn coordinates_that_are_something_else_are_refused_with_a_sentence() {
    let town = Town::new();
    let refused = |name: &str, text: &str| town.import(&[&town.file(name, text)]).unwrap_err().code();
    assert_eq!(refused("消火栓.csv", "经度,纬度\n29.5,106.5\n29.6,106.6\n"), "coordinates_swapped");
    assert_eq!(refused("消火栓.csv", "x,y\n600000,3275000\n600001,3275001\n"), "crs_unclear");
    assert_eq!(refused("消火栓.csv", "名称,地址\n甲,乙\n"), "columns_no_place");
    assert_eq!(refused("something.csv", "lon,lat\n1,1\n"), "layer_unclear");
    assert_eq!(refused("a.csv", ""), "file_empty");
    assert_eq!(refused("消火栓.csv", "编号,经度,纬度\n"), "no_records");
    assert_eq!(refused("a.csv", "PK\u{3}\u{4}"), "file_truncated");
    let crs = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::2384"}},"features":[]}"#;
    assert_eq!(refused("hydrants.geojson", crs), "crs_unsupported");
    assert_eq!(refused("hydrants.geojson", r#"{"type":"Topology"}"#), "file_damaged");
    assert_eq!(refused("hydrants.geojson", r#"[1, 2]"#), "not_geojson");
    assert_eq!(
        refused("hydrants.geojson", r#"{"type":"FeatureCollection","features":[{"type":"Feat"#),
        "file_truncated"
    );
    let options = Options { crs: Some("EPSG:4547".into()), ..Options::default() };
    let file = town.file("消火栓.csv", "经度,纬度\n106.5,29.5\n");
    assert_eq!(town.import_with(&[&file], &options).unwrap_err().code(), "crs_but_degrees");
    for crs in ["EPSG:4490", "epsg:4326", "CRS84"] {
        let options = Options { crs: Some(crs.into()), dry_run: true, ..Options::default() };
        assert!(town.import_with(&[&file], &options).is_ok());
    }
    let onto_itself = Options { rejects: Some(file.clone()), ..Options::default() };
    assert_eq!(town.import_with(&[&file], &onto_itself).unwrap_err().code(), "rejects_unwritable");
    assert_eq!(town.import(&[&file.with_file_name("none")]).unwrap_err().code(), "file_missing");
    assert!(Layer::ALL.into_iter().all(|layer| town.features(layer).is_empty()));
}

#[test]
fn geojson_of_every_shape_is_kept_or_rejected_by_name() {
    let town = Town::new();
    let square = "[[[0,0],[0.001,0],[0.001,0.001],[0,0.001],[0,0]]]";
    let bow = "[[[0,0],[0.001,0.001],[0.001,0],[0,0.001],[0,0]]]";
    let flat = "[[[0,0],[0.001,0],[0.002,0],[0,0]]]";
    let geometries = [
        format!(r#"{{"type":"Polygon","coordinates":{square}}}"#),
        format!(r#"{{"type":"Polygon","coordinates":{bow}}}"#),
        format!(r#"{{"type":"Polygon","coordinates":{flat}}}"#),
        "null".to_owned(),
        r#"{"type":"Point","coordinates":[1,2]}"#.to_owned(),
        r#"{"type":"Polygon","coordinates":[[["a",0]]]}"#.to_owned(),
        r#"{"type":"Circle"}"#.to_owned(),
        format!(
            r#"{{"type":"GeometryCollection","geometries":[{{"type":"GeometryCollection","geometries":[{{"type":"Polygon","coordinates":{square}}}]}}]}}"#
        ),
        format!(
            r#"{{"type":"GeometryCollection","geometries":[{{"type":"Point","coordinates":[1,2]}},{{"type":"Polygon","coordinates":{square}}}]}}"#
        ),
        r#"{"type":"Polygon","coordinates":[[[0,0],[1e400,0],[1,1],[0,0]]]}"#.to_owned(),
    ];
    let features: Vec<String> = geometries
        .iter()
        .enumerate()
        .map(|(nth, geometry)| format!(r#"{{"type":"Feature","id":{nth},"geometry":{geometry},"properties":{{"height":"12 m","层数":3,"高":{{"a":1}}}}}}"#))
        .collect();
    let file = town
        .file("buildings.geojson", format!(r#"{{"features":[{}],"type":"FeatureCollection"}}"#, features.join(",")));
    let report = town.import(&[&file]).unwrap();
    assert!(report.files[0].adds_up());
    assert_eq!((report.files[0].read, report.kept()), (10, 3));
    let mut found = codes(&report);
    found.sort_unstable();
    let expected = [
        ("bad_geometry", 2),
        ("mixed_collection", 1),
        ("no_area", 1),
        ("no_geometry", 1),
        ("not_a_record", 1),
        ("not_an_area", 1),
    ];
    assert_eq!(found, expected);
    assert_eq!(town.feature(Layer::Building, "1").flaw, Some(Flaw::SelfCrossing));
    let square = town.feature(Layer::Building, "0");
    assert_eq!(square.attributes.as_ref().number(Layer::Building, building::HEIGHT_M), Some(12.0));
    assert_eq!(square.attributes.as_ref().integer(Layer::Building, building::FLOORS_ABOVE), Some(3));
    assert_eq!(town.extra(Layer::Building, "0").as_deref(), Some(r#"{"高":{"a":1}}"#));
    let deep = format!(r#"{{"type":"FeatureCollection","features":[{}{}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let options = Options { layer: Some(Layer::Building), ..Options::default() };
    let report = town.import_with(&[&town.file("deep.geojson", deep)], &options).unwrap();
    assert_eq!(codes(&report), [("not_a_record", 1)]);
}

#[test]
fn a_single_feature_and_a_bare_geometry_are_files_too() {
    let town = Town::new();
    let feature =
        r#"{"type":"Feature","properties":{"消火栓编号":"7"},"geometry":{"type":"Point","coordinates":[106.5,29.5]}}"#;
    assert_eq!(town.import(&[&town.file("a.json", feature)]).unwrap().kept(), 1);
    let point = r#"{"type":"Point","coordinates":[106.5,29.5]}"#;
    let report = town.import(&[&town.file("hydrant.json", point)]).unwrap();
    assert_eq!(report.kept(), 1);
    town.feature(Layer::Hydrant, "@106.5000000,29.5000000");
}

#[test]
fn a_person_may_say_what_columns_mean() {
    let town = Town::new();
    let file = town.file("t.csv", "a,b,WKT\n1,Z9,\"POLYGON((0 0,0.001 0,0.001 0.001,0 0))\"\n");
    let map = vec![("floors_above".to_owned(), "A".to_owned()), ("名称".to_owned(), "b".to_owned())];
    let options = Options { layer: Some(Layer::Building), source: Some("plan".into()), map, ..Options::default() };
    town.import_with(&[&file], &options).unwrap();
    let feature = &town.features(Layer::Building)[0];
    assert_eq!(feature.attributes.as_ref().integer(Layer::Building, building::FLOORS_ABOVE), Some(1));
    assert_eq!(feature.attributes.as_ref().text(Layer::Building, building::NAME), Some("Z9"));
    assert_eq!(&*feature.source, "plan");
    let wrong = |field: &str, column: &str| {
        let map = vec![(field.to_owned(), column.to_owned())];
        let options = Options { layer: Some(Layer::Building), map, ..Options::default() };
        town.import_with(&[&file], &options).unwrap_err().code()
    };
    assert_eq!(wrong("nothing", "a"), "map_field_unknown");
    assert_eq!(wrong("name", "c"), "map_column_unknown");
}

#[test]
fn several_files_are_one_change_or_none() {
    let town = Town::new();
    let good = town.file("hydrants.csv", "id,lon,lat\n1,106.5,29.5\n");
    let bad = town.file("stations.csv", "名称,地址\n甲,乙\n");
    assert!(town.import(&[&good, &bad]).is_err());
    assert!(town.features(Layer::Hydrant).is_empty());
    let other = town.file("消防站.csv", "站名,经度,纬度\n一站,106.5,29.5\n");
    let report = town.import(&[&good, &other]).unwrap();
    assert_eq!(report.files.len(), 2);
    assert_eq!((town.features(Layer::Hydrant).len(), town.features(Layer::Station).len()), (1, 1));
    let dry = Options { dry_run: true, ..Options::default() };
    let more = town.file("hydrants.csv", "id,lon,lat\n1,106.5,29.5\n2,106.5,29.6\n");
    let report = town.import_with(&[&more], &dry).unwrap();
    assert_eq!((report.counts[0].1.added, report.counts[0].1.unchanged), (1, 1));
    assert_eq!(town.features(Layer::Hydrant).len(), 1);
}

#[test]
fn japanese_open_data_is_read_sensibly() {
    let town = Town::new();
    if let Some(wells) = real_data("yaizu/消防水利施設一覧_222127_fire_hydrant.csv") {
        let report = town.import(&[&wells]).unwrap();
        assert_eq!((report.files[0].read, report.kept()), (193, 193), "{report:#?}");
        let kinds: Vec<_> = town
            .features(Layer::Hydrant)
            .iter()
            .map(|feature| feature.attributes.as_ref().choice(Layer::Hydrant, hydrant::KIND))
            .collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == Some("cistern")).count(), 92);
        assert_eq!(kinds.iter().filter(|kind| **kind == Some("natural_intake")).count(), 101);
        assert_eq!(town.import(&[&wells]).unwrap().counts[0].1.unchanged, 193);
    }
    if let Some(stations) = real_data("yaizu/消防施設.geojson") {
        let report = town.import(&[&stations]).unwrap();
        assert_eq!(report.kept(), 26, "{report:#?}");
        let first = &town.features(Layer::Station)[0].attributes;
        assert_eq!(first.as_ref().text(Layer::Station, station::NAME), Some("東分署"));
        assert_eq!(first.as_ref().choice(Layer::Station, station::KIND), Some("fire_station"));
    }
}

#[test]
fn geojsonhint_files_are_kept_rejected_or_refused_and_never_lost() {
    let (Some(good), Some(bad)) = (real_data("conformance/geojsonhint/good"), real_data("conformance/geojsonhint/bad"))
    else {
        return;
    };
    let town = Town::new();
    for folder in [good, bad] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            for layer in [Layer::Hydrant, Layer::Road, Layer::Building] {
                let options = Options { layer: Some(layer), dry_run: true, ..Options::default() };
                match town.import_with(&[&path], &options) {
                    Ok(report) => assert!(report.files[0].adds_up(), "{path:?}"),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
}

#[test]
fn monthly_hydrant_files_of_a_city_update_what_is_there() {
    let Some(folder) = real_data("cambridge") else { return };
    let town = Town::new();
    let mut files: Vec<_> =
        walk(&folder).into_iter().filter(|path| path.to_string_lossy().to_lowercase().contains("hydrant")).collect();
    files.sort();
    for file in files
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "geojson" || ending == "csv"))
        .take(3)
    {
        let options = Options { layer: Some(Layer::Hydrant), source: Some("cambridge".into()), ..Options::default() };
        let report = town.import_with(&[file], &options).unwrap();
        assert!(report.files[0].adds_up());
        assert!(report.kept() > 1000, "{report:#?}");
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_reason_speaks_both_languages() {
    let reason = Reason::Incomplete { missing: 1, of: 2 };
    assert!(reason.say(firemap::model::Lang::Zh).contains("2 条"));
    assert!(reason.say(firemap::model::Lang::En).contains("1 of its 2"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]
    #[test]
    fn whatever_a_table_holds_every_row_is_kept_or_rejected_and_twice_is_once(
        rows in proptest::collection::vec((cell(), cell(), cell(), cell()), 1..20)
    ) {
        let town = Town::new();
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(["lon", "lat", "hydrant_id", "状态"]).unwrap();
        for (lon, lat, key, state) in &rows {
            table.write_record([lon, lat, key, state]).unwrap();
        }
        let file = town.file("hydrants.csv", table.into_inner().unwrap());
        // A table that is mostly nonsense may be refused whole, then nothing is kept.
        let Ok(report) = town.import(&[&file]) else {
            prop_assert!(town.features(Layer::Hydrant).is_empty());
            return Ok(());
        };
        prop_assert_eq!(report.files[0].read, rows.len() as u64);
        prop_assert!(report.files[0].adds_up());
        prop_assert_eq!(town.features(Layer::Hydrant).len() as u64, report.kept());
        let again = town.import(&[&file]).unwrap();
        prop_assert_eq!(again.revision, report.revision);
    }
}

/// Numbers mostly, and what else stands in tables.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (-90..90i32, 0..100i32).prop_map(|(whole, part)| format!("{whole}.{part}")),
        1 => "[ -~]{0,6}",
        1 => Just(String::new()),
        1 => Just("正常".to_owned()),
        1 => "\\PC{0,4}",
    ]
}
