//! The program as a person types it: what it prints, how it ends, what it leaves behind.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

fn firemap(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firemap"));
    command.current_dir(folder).args(args).env("LC_ALL", "C");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FIREMAP_")) {
        command.env_remove(name);
    }
    command
}

/// What it said on standard error, having failed.
fn refused(folder: &Path, args: &[&str]) -> String {
    let output = firemap(folder, args);
    assert!(!output.status.success(), "{args:?} must fail");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    let told: Vec<&str> = said.lines().filter(|line| line.starts_with("firemap: ")).collect();
    assert_eq!(told.len(), 1, "one sentence: {said}");
    told[0].to_owned()
}

const HYDRANTS: &str = "编号,经度,纬度,状态,压力\nA-1,106.5501,29.5601,正常,0.3\nA-2,106.5520,29.5601,停用,\n";
const HOUSES: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","id":1,"properties":{"建筑名称":"甲楼","层数":6},"geometry":{"type":"Polygon","coordinates":[[[106.5503,29.5601],[106.5505,29.5601],[106.5505,29.5603],[106.5503,29.5603],[106.5503,29.5601]]]}},
 {"type":"Feature","id":2,"properties":{"建筑名称":"乙楼"},"geometry":null}]}"#;

fn town(folder: &Path) {
    fs::write(folder.join("消火栓.csv"), HYDRANTS).unwrap();
    fs::write(folder.join("建筑.geojson"), HOUSES).unwrap();
    let output = firemap(folder, &["import", "消火栓.csv", "建筑.geojson", "--lang", "zh"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn tables_become_coverage_in_three_commands() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    let output = firemap(folder.path(), &["coverage", "--by", "building", "--format", "json"]);
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 3, "one building at three grades; the one without a place was rejected");
    assert_eq!((&rows[0]["grade"], &rows[0]["covered"]), (&"nominal".into(), &"whole".into()));
    assert_eq!(rows[0]["within"], 2);
    assert_eq!((&rows[1]["grade"], &rows[1]["within"]), (&"serviceable".into(), &1.into()));
    assert_eq!((&rows[2]["grade"], &rows[2]["covered"]), (&"verified".into(), &"unknown".into()));
    let metres = rows[0]["distance_m"].as_f64().unwrap();
    assert!((metres - 19.4).abs() < 0.1, "{metres}");
}

#[test]
fn what_is_exported_is_imported_again_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    for (layer, file) in [("hydrant", "h.csv"), ("building", "b.geojson")] {
        assert!(firemap(folder.path(), &["export", "--layer", layer, file]).status.success());
        let output = firemap(folder.path(), &["import", file, "--layer", layer, "--store", "again.gpkg"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let coverage = |store: &str| {
        let output = firemap(folder.path(), &["coverage", "--by", "building", "--format", "json", "--store", store]);
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        rows.into_iter()
            .map(|row| (row["covered"].clone(), row["distance_m"].clone(), row["name"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(coverage("firemap.gpkg"), coverage("again.gpkg"));
}

#[test]
fn layers_and_coverage_go_out_as_geopackage_and_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    town(path);
    for args in [
        &["export", "--layer", "building", "b.gpkg"][..],
        &["export", "--layer", "hydrant", "--crs", "EPSG:4544", "plane.gpkg"],
        &["export", "--layer", "building", "b.xlsx"],
        &["coverage", "--by", "building", "--out", "c.gpkg"],
        &["coverage", "--by", "building", "--out", "c.xlsx"],
        &["coverage", "--by", "building", "--out", "c.csv"],
    ] {
        let output = firemap(path, args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let of = |file: &str, sql: &str| -> String {
        let conn = Connection::open(path.join(file)).unwrap();
        conn.query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0)).map_or_else(
            |error| error.to_string(),
            |value| match value {
                rusqlite::types::Value::Integer(n) => n.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            },
        )
    };
    let store = |sql: &str| of("firemap.gpkg", sql);
    assert_eq!(of("b.gpkg", "select count(*) from building"), store("select count(*) from building"));
    assert_eq!(of("b.gpkg", "select count(*) from rtree_building_geom"), store("select count(*) from building"));
    assert!(of("b.gpkg", "select contact from building").contains("no such column"), "restricted");
    assert_eq!(of("b.gpkg", "select content from firemap_about where item = 'Layer'"), "building");
    let system = "select srs_id || organization from gpkg_spatial_ref_sys join gpkg_contents using (srs_id)";
    assert_eq!(of("plane.gpkg", system), "4544EPSG");
    assert!(of("plane.gpkg", "select min_x > 100000 from gpkg_contents") == "1", "metres, not degrees");
    let buildings: u64 = store("select count(*) from building").parse().unwrap();
    assert_eq!(of("c.gpkg", "select count(*) from coverage_building"), (3 * buildings).to_string());
    assert_eq!(of("c.gpkg", "select content from firemap_about where item = 'Rule pack'"), "gb");
    for file in ["b.xlsx", "c.xlsx"] {
        assert!(fs::read(path.join(file)).unwrap().starts_with(b"PK"), "{file}");
    }
    let said = refused(path, &["coverage", "--by", "building", "--out", "c.xlsx"]);
    assert!(said.contains("c.xlsx") && said.contains("--force"), "{said}");
    let said = refused(path, &["coverage", "--by", "building", "--out", "c.pdf"]);
    assert!(said.contains(".xlsx"), "{said}");
    assert!(firemap(path, &["coverage", "--by", "building", "--out", "c.xlsx", "-f"]).status.success());
}

#[test]
fn an_export_writes_over_nothing_unasked_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    town(path);
    for file in ["h.csv", "h.geojson", "h.fgb", "h.xlsx", "h.gpkg"] {
        fs::write(path.join(file), "mine").unwrap();
        let said = refused(path, &["export", "--layer", "hydrant", file]);
        assert!(said.contains(file) && said.contains("--force"), "{said}");
        assert_eq!(fs::read(path.join(file)).unwrap(), b"mine");
        let said = refused(path, &["export", "--layer", "hydrant", file, "--lang", "zh"]);
        assert!(said.contains("已存在") && said.contains("--force"), "{said}");
        assert!(firemap(path, &["export", "--layer", "hydrant", "-f", file]).status.success());
        assert_ne!(fs::read(path.join(file)).unwrap(), b"mine");
    }
    let said = refused(path, &["export", "--layer", "hydrant", "nowhere/h.fgb"]);
    assert!(said.contains("nowhere/h.fgb"), "{said}");
    let left = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.ends_with(".part")).collect::<Vec<_>>(), [] as [String; 0]);
}

#[test]
fn a_box_and_gcj_02_hold_for_import_and_export() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    town(path);
    let near = "106.55,29.56,106.551,29.57";
    let export = |more: &[&str]| {
        let output = firemap(path, &[&["export", "--layer", "hydrant", "-f", "h.csv"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(path.join("h.csv")).unwrap()
    };
    assert_eq!(export(&["--box", near]).lines().count(), 2, "the heading and one hydrant");
    let bent = export(&["--crs", "GCJ-02"]);
    assert!(bent.contains("gcj02_lon,gcj02_lat") && !bent.contains("106.5501"), "{bent}");
    // What went out in GCJ-02 comes in as it was: nothing changes but the name of its source.
    let again = ["import", "h.csv", "--layer", "hydrant", "--crs", "GCJ-02", "--store", "again.gpkg"];
    let output = firemap(path, &[&again[..], &["--box", near]].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("outside the --box"), "{said}");
    let unbent = ["export", "--layer", "hydrant", "--store", "again.gpkg", "again.csv"];
    assert!(firemap(path, &unbent).status.success());
    let unbent = fs::read_to_string(path.join("again.csv")).unwrap();
    assert!(unbent.contains("106.5501,29.5601") && unbent.lines().count() == 2, "{unbent}");
    for bad in ["1,2,3", "-71.2,42.3,-71.3,42.4", "东,南,西,北"] {
        let said = refused(path, &["import", "消火栓.csv", "--box", bad]);
        assert!(said.contains(bad), "{said}");
    }
    let said = refused(path, &["export", "--layer", "hydrant", "--crs", "EPSG:2384", "x.csv"]);
    assert!(said.contains("EPSG:2384") && !path.join("x.csv").exists(), "{said}");
}

#[test]
fn a_store_that_is_not_ours_is_refused_in_words_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    town(path);
    fs::write(path.join("text.gpkg"), "not a database at all, but long enough to look at").unwrap();
    fs::write(path.join("empty.gpkg"), "").unwrap();
    Connection::open(path.join("other.gpkg"))
        .unwrap()
        .execute_batch("create table t (a); insert into t values (1)")
        .unwrap();
    let whole = fs::read(path.join("firemap.gpkg")).unwrap();
    fs::write(path.join("cut.gpkg"), &whole[..whole.len() / 2]).unwrap();
    for store in ["text.gpkg", "other.gpkg", "cut.gpkg"] {
        let before = fs::read(path.join(store)).unwrap();
        for args in
            [&["serve", "--listen", "127.0.0.1:0"][..], &["coverage", "--by", "building"], &["import", "消火栓.csv"]]
        {
            let said = refused(path, &[args, &["--store", store]].concat());
            assert!(said.contains(store), "it names the file: {said}");
        }
        assert_eq!(fs::read(path.join(store)).unwrap(), before, "{store} is as it was");
    }
    let said = refused(path, &["serve", "--store", "nowhere.gpkg"]);
    assert!(said.contains("There is no store at nowhere.gpkg"), "{said}");
    assert!(!path.join("nowhere.gpkg").exists());
    let said = refused(path, &["serve", "--store", "nowhere.gpkg", "--lang", "zh"]);
    assert!(said.contains("没有找到数据文件"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_the_store_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    town(path);
    let rows = || {
        let store = Connection::open(path.join("firemap.gpkg")).unwrap();
        store
            .query_row("select (select count(*) from hydrant) + (select count(*) from building)", [], |row| {
                row.get::<_, i64>(0)
            })
            .unwrap()
    };
    let before = rows();
    fs::write(path.join("empty.csv"), "").unwrap();
    fs::write(path.join("words.osm.pbf"), "these are words").unwrap();
    fs::write(path.join("open.geojson"), r#"{"type":"FeatureCollection","features":[{"type":"#).unwrap();
    fs::write(path.join("swapped.csv"), "编号,经度,纬度\nA,29.56,106.55\nB,29.57,106.56\n").unwrap();
    fs::write(path.join("nan.csv"), "编号,经度,纬度\nA,nan,29.5\nB,inf,29.5\n").unwrap();
    fs::write(
        path.join("quote.csv"),
        "编号,经度,纬度,位置\nA,106.5,29.5,\"桥头\nB,106.6,29.5,街口\nC,106.7,29.5,巷尾\n",
    )
    .unwrap();
    fs::create_dir(path.join("folder")).unwrap();
    let broken =
        ["empty.csv", "words.osm.pbf", "open.geojson", "swapped.csv", "nan.csv", "quote.csv", "folder", "missing.csv"];
    for file in broken {
        let said = refused(path, &["import", file, "--layer", "hydrant"]);
        assert!(said.len() > 30, "{file}: {said}");
        // One broken file keeps the sound one out too: all or nothing.
        if file != "nan.csv" {
            refused(path, &["import", "消火栓.csv", file, "--source", "twice"]);
        }
        assert_eq!(rows(), before, "{file} left nothing behind");
    }
}

#[test]
fn an_import_that_keeps_nothing_leaves_no_store() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("nowhere.csv"), "编号,经度,纬度\nA,0,0\n").unwrap();
    refused(folder.path(), &["import", "nowhere.csv", "--layer", "hydrant"]);
    refused(folder.path(), &["import", "missing.csv"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only the table is there");
}

#[test]
fn what_a_newer_file_no_longer_holds_is_said_to_stay() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    fs::write(folder.path().join("消火栓.csv"), HYDRANTS.lines().take(2).collect::<Vec<_>>().join("\n")).unwrap();
    let output = firemap(folder.path(), &["import", "消火栓.csv"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("Note: 1 of the Hydrants of source 消火栓 are not in these files"), "{told}");
}

#[test]
fn a_dry_run_tells_all_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("消火栓.csv"), HYDRANTS).unwrap();
    let output = firemap(folder.path(), &["import", "消火栓.csv", "--dry-run"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains("Hydrants"));
    assert!(!folder.path().join("firemap.gpkg").exists());
}

#[test]
fn a_dry_run_can_be_asked_for_by_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("消火栓.csv"), HYDRANTS).unwrap();
    for (wish, written) in [("1", false), ("true", false), ("0", true)] {
        let output = command(folder.path(), &["import", "消火栓.csv"]).env("FIREMAP_DRY_RUN", wish).output().unwrap();
        assert!(output.status.success(), "{wish}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(folder.path().join("firemap.gpkg").exists(), written, "FIREMAP_DRY_RUN={wish}");
    }
}

#[test]
fn a_map_of_columns_that_no_file_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let osm = r#"<osm version="0.6"><node id="1" lat="29.56" lon="106.55"><tag k="emergency" v="fire_hydrant"/></node></osm>"#;
    fs::write(path.join("town.osm"), osm).unwrap();
    fs::write(path.join("消火栓.csv"), HYDRANTS).unwrap();
    let said = refused(path, &["import", "town.osm", "--map", "code=ref"]);
    assert!(said.contains("--map is for files with columns"), "{said}");
    assert!(!path.join("firemap.gpkg").exists());
    let output = firemap(path, &["import", "town.osm", "消火栓.csv", "--map", "name=编号"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_log_filter_that_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    let said = refused(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--log", "firemap=loud"]);
    assert!(said.contains("firemap=loud") && said.contains("warn,firemap=debug"), "{said}");
}

#[test]
fn a_time_zone_that_is_not_known_is_told() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    let store = Connection::open(folder.path().join("firemap.gpkg")).unwrap();
    store.execute("update firemap_meta set value = 'Mars/Olympus' where key = 'zone'", []).unwrap();
    drop(store);
    let output = firemap(folder.path(), &["coverage", "--by", "building"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("Mars/Olympus").count(), 1, "{said}");
}

#[test]
fn a_rule_pack_with_a_hole_or_a_wrong_line_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    let pack = firemap::rules::BUILT_IN[0].1;
    fs::write(
        folder.path().join("hole.toml"),
        pack.replace("id = \"hydrant.spacing\"", "id = \"hydrant.spacing\"\nuntil = 2015-01-01"),
    )
    .unwrap();
    fs::write(folder.path().join("wrong.toml"), pack.replacen("value = 150.0", "value = \"far\"", 1)).unwrap();
    let with = |rules| refused(folder.path(), &["coverage", "--by", "building", "--rules", rules]);
    assert!(with("hole.toml").contains("hydrant.spacing"));
    let line = pack[..pack.find("value = 150.0").unwrap()].matches('\n').count() + 1;
    assert!(with("wrong.toml").contains(&format!("wrong.toml, line {line}:")), "{}", with("wrong.toml"));
    let unknown = with("atlantis");
    assert!(unknown.contains("no rule pack atlantis") && unknown.contains("gb, nfpa, ifc, de"), "{unknown}");
    refused(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--rules", "hole.toml"]);
}

#[test]
fn every_number_of_the_pack_changes_some_result() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    let pack = firemap::rules::BUILT_IN[0].1;
    let rows = |rules: &str| {
        firemap(folder.path(), &["coverage", "--by", "building", "--format", "csv", "--rules", rules]).stdout
    };
    fs::write(folder.path().join("short.toml"), pack.replace("value = 150.0", "value = 10.0")).unwrap();
    assert_ne!(rows("gb"), rows("short.toml"), "a radius of 10 m");
    fs::write(folder.path().join("strict.toml"), pack.replace("value = 0.14", "value = 0.5")).unwrap();
    assert_ne!(rows("gb"), rows("strict.toml"), "0.5 MPa asked for");
}

#[test]
fn coverage_under_a_pack_for_the_route_says_that_it_is_not_assessed() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    for pack in ["nfpa", "ifc", "de"] {
        let output = firemap(folder.path(), &["coverage", "--by", "building", "--format", "csv", "--rules", pack]);
        let (told, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(said.contains("not assessed"), "{said}");
        assert!(told.lines().count() > 1);
        assert!(told.lines().skip(1).all(|line| line.contains(",not_assessed,") && line.ends_with(",route")), "{told}");
    }
}

#[test]
fn what_is_found_along_the_ground_is_printed_and_goes_by_the_numbers_of_ones_own_town() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    town(folder);
    let road = r#"{"type":"Feature","properties":{"等级":"支路"},"geometry":{"type":"LineString","coordinates":[[106.549,29.56],[106.552,29.56]]}}"#;
    fs::write(folder.join("道路.geojson"), road).unwrap();
    assert!(firemap(folder, &["import", "道路.geojson", "--layer", "road"]).status.success());
    let rows = |args: &[&str]| -> serde_json::Value {
        let output = firemap(folder, args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let by_hose = ["coverage", "--way", "hose", "--by", "building", "--format", "json"];
    let told = rows(&by_hose);
    assert_eq!((&told[0]["serviceable_hose"], &told[0]["serviceable_versus"]), (&"within".into(), &"both".into()));
    let metres = told[0]["serviceable_first_way_m"].as_f64().unwrap();
    assert!((metres - (11.1 + 19.4 + 11.1)).abs() < 0.3, "{metres}");
    let told = rows(&["response", "--by", "building", "--format", "json"]);
    assert_eq!((&told[0]["engine_band"], &told[0]["micro_band"]), (&"nobody".into(), &"nobody".into()));
    assert_eq!(rows(&["plan", "hydrants", "--format", "json"])["picks"], serde_json::json!([]), "all are served");
    let one = rows(&["plan", "hydrants", "--grade", "verified", "--next", "1", "--format", "json"]);
    assert_eq!((&one["picks"][0]["gain"]["buildings"], &one["bound_buildings"]), (&1.into(), &1.into()));

    // Spacing along the street, and flow: what the building is used for is not known.
    assert_eq!(
        (&told_of(&rows(&by_hose), "serviceable_flow_enough"), &told_of(&rows(&by_hose), "asked_flow_most_lps")),
        (&"unknown".into(), &serde_json::Value::Null)
    );
    for what in ["hydrant", "road", "detour"] {
        let told = rows(&["fragile", "--what", what, "--format", "json"]);
        assert_eq!(told.as_array().unwrap().len(), usize::from(what == "hydrant"), "{what}: {told}");
    }

    // A town whose engines are timed by their distance.
    let timed = include_str!("../data/rules/travel.toml").replacen("model = \"network\"", "model = \"iso_rand\"", 1);
    fs::write(folder.join("timed.toml"), timed).unwrap();
    let output = firemap(folder, &["response", "--by", "building", "--travel", "timed.toml"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("ISO/RAND"), "{output:?}");

    // A town whose crews carry less hose.
    let travel = include_str!("../data/rules/travel.toml");
    let own = travel.replacen("route_limit_m = 153.0", "route_limit_m = 40.0", 1);
    fs::write(folder.join("own.toml"), own).unwrap();
    let told = rows(&[&by_hose[..], &["--travel", "own.toml"]].concat());
    assert_eq!(
        (&told[0]["serviceable_hose"], &told[0]["serviceable_versus"]),
        (&"beyond".into(), &"circle_only".into())
    );
    fs::write(folder.join("own.toml"), travel.replacen("factor = 0.9", "factor = 9", 1)).unwrap();
    let said = refused(folder, &[&by_hose[..], &["--travel", "own.toml"]].concat());
    assert!(said.contains("own.toml") && said.contains("factor"), "{said}");
    assert!(refused(folder, &["coverage", "--by", "building", "--travel", "none.toml"]).contains("none.toml"));
}

fn told_of(rows: &serde_json::Value, column: &str) -> serde_json::Value {
    rows[0].get(column).cloned().unwrap_or_else(|| panic!("no column {column} in {rows}"))
}

#[test]
fn a_port_in_use_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(folder.path(), &["serve", "--listen", &address]);
    assert!(said.contains(&address) && said.contains("the port is in use"), "{said}");
    let said = refused(folder.path(), &["serve", "--listen", "nonsense"]);
    assert!(said.contains("nonsense"), "{said}");
}

/// A server of the town and the address it printed.
#[cfg(unix)]
fn server(folder: &Path) -> (Child, String) {
    let mut server = command(folder, &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
    let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
    (server, address)
}

#[cfg(unix)]
fn interrupt(server: &Child) {
    Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap();
}

#[cfg(unix)]
#[test]
fn a_request_to_terminate_stops_the_server_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    let (mut server, address) = server(folder.path());
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    interrupt(&server);
    assert!(server.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_connection_left_open_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    for (interrupts, least, most) in [(1, 4, 12), (2, 0, 4)] {
        let (mut server, address) = server(folder.path());
        let mut open = TcpStream::connect(&address).unwrap();
        // Half a request: the server waits for the rest of it.
        open.write_all(b"GET /health HTTP/1.1\r\nhost: map").unwrap();
        std::thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        for _ in 0..interrupts {
            interrupt(&server);
            std::thread::sleep(Duration::from_millis(300));
        }
        assert!(server.wait().unwrap().success());
        let took = start.elapsed().as_secs();
        assert!((least..most).contains(&took), "{interrupts} interrupts took {took} s");
    }
}

#[test]
fn what_was_said_of_a_table_is_kept_under_a_name_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "编号,经度,纬度,水压,情形\nX-1,106.55,29.56,3,待修\n").unwrap();
    let said = [
        "--layer",
        "hydrant",
        "--source",
        "water",
        "--unit",
        "pressure_mpa=bar",
        "--map",
        "state=情形",
        "--word",
        "state:待修=out_of_service",
        "--save-profile",
        "水务",
    ];
    let output = firemap(folder.path(), &[&["import", "a.csv", "--dry-run"][..], &said].concat());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("pressure_mpa") && told.contains("bar") && told.contains("profiles/水务.toml"), "{told}");
    // Next year's file has another name, another order and lacks a column.
    fs::write(folder.path().join("b.csv"), "情形,水压,纬度,经度\n待修,4,29.56,106.55\n").unwrap();
    let output = firemap(folder.path(), &["import", "b.csv", "--profile", "水务", "--lang", "en"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("source water") && told.contains("takes name from the column 编号"), "{told}");
    let output = firemap(folder.path(), &["export", "--layer", "hydrant", "out.csv"]);
    assert!(output.status.success());
    let out = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(out.contains("out_of_service") && out.contains("0.4"), "{out}");
    assert!(
        refused(folder.path(), &["import", "b.csv", "--profile", "none"]).contains("no profile none. There are: 水务.")
    );
}

#[test]
fn risk_is_printed_by_building_and_by_area_and_a_wrong_model_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    town(folder.path());
    let output = firemap(folder.path(), &["risk", "--by", "building", "--format", "json"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("not a probability"), "{said}");
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = &rows.as_array().unwrap()[0];
    assert!(row["score"].as_f64().unwrap() > 0.0 && row["band"].is_string(), "{row}");
    let areas = firemap(folder.path(), &["risk", "--by", "community", "--format", "csv"]);
    let text = String::from_utf8(areas.stdout).unwrap();
    assert_eq!(text.lines().count(), 2, "no area, but the whole city: {text}");

    let model = include_str!("../data/rules/risk.toml").replace("hazard = 0.25", "hazard = 0.75");
    fs::write(folder.path().join("ours.toml"), &model).unwrap();
    let said = refused(folder.path(), &["risk", "--by", "building", "--risk", "ours.toml"]);
    let line = model.lines().position(|line| line == "[weights]").unwrap() + 1;
    assert!(said.contains(&format!("line {line}")) && said.contains("1.5"), "{said}");
    let said = refused(folder.path(), &["backtest", "--scored-on", "2020-01-01"]);
    assert!(said.contains("incident"), "{said}");
}

#[test]
fn a_back_test_at_a_revision_scores_what_was_known_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let houses = |tall: usize| {
        let house = |nth: usize| {
            let (west, storeys) = (106.55 + nth as f64 / 1000.0, if nth == tall { 14 } else { 2 });
            let (east, height, people) = (west + 0.0002, storeys * 3, storeys * 10);
            serde_json::json!({
                "type": "Feature",
                "properties": {"key": format!("h{nth}"), "use": "residential", "height_m": height, "floors_above": storeys,
                    "residents": people, "year_built": 2000},
                "geometry": {"type": "Polygon", "coordinates":
                    [[[west, 29.56], [east, 29.56], [east, 29.5602], [west, 29.5602], [west, 29.56]]]},
            })
        };
        let all: Vec<_> = (0..10).map(house).collect();
        let file = serde_json::json!({"type": "FeatureCollection", "features": all}).to_string();
        fs::write(path.join("houses.geojson"), file).unwrap();
        let said = ["import", "houses.geojson", "--layer", "building", "--key", "key"];
        let output = firemap(path, &said);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let head = "select seq from firemap_head";
        let store = Connection::open(path.join("firemap.gpkg")).unwrap();
        store.query_row(head, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let then = houses(3);
    houses(7);
    fs::write(path.join("fires.csv"), "id,kind,occurred,lon,lat\n1,fire,2099-05-01,106.5531,29.5601\n").unwrap();
    let output = firemap(path, &["import", "fires.csv", "--layer", "incident"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let caught = |of: &[&str]| {
        let output = firemap(path, &[&["backtest", "--until", "2099-12-31", "--json"], of].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&told["fires"], &told["top"]), (&1.into(), &1.into()));
        (told["revision"].as_i64().unwrap(), told["by_score"]["fires"].as_f64().unwrap())
    };
    assert_eq!(caught(&["--at", &then.to_string()]), (then, 1.0));
    assert_eq!(caught(&["--scored-on", "2026-11-22"]).1, 0.0, "by what is known now the house is none of the worst");
    let said = refused(path, &["backtest", "--at", "999999", "--until", "2099-12-31"]);
    assert!(said.contains("999999"), "{said}");
}
