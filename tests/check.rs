//! What `firemap check` finds: a clean town without findings, and a drawn one for each kind of finding.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod sketch;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use firemap::analysis::check::{Finding, Kind, Severity};
use firemap::model::{Attributes, FieldType, Flaw, GeometryKind, Layer, Shape, Value};
use firemap::report::check::{check_city, found_geojson, found_table, groups};
use firemap::store::{Batch, DEFAULT_ZONE, GeoPackage, Row, Store, Write};
use sketch::{at, city, line, point, rectangle, row};

fn from(source: &str, mut row: Row) -> Row {
    row.feature.source = source.into();
    row
}

const HOUSE: &str = "name=甲楼;height_m=18;floors_above=6;year_built=2001;floor_area_m2=2300;residents=60";
const HYDRANT: &str = "kind=municipal;state=in_service;pressure_mpa=0.3;inspected=2026-05-01";
const AREA: &str = "kind=community;name=甲社区;code=500101";
const STATION: &str = "kind=fire_station;staff=6;vehicles=一辆";
const ROAD: &str = "class=residential;name=甲路;width_m=7";
const LANE: &str = "width_m=4;clear_height_m=4.5;building=甲楼";

/// A fire lane from the street round the house.
fn lane(values: &str) -> Row {
    let places = [(-15.0, 40.0), (-15.0, -8.0), (20.0, -8.0)].map(|(x, y)| at(x, y));
    row(Layer::Lane, 1, Shape::lines([places.to_vec()]).unwrap(), values)
}

/// A town of which nothing is to be said: a house of 20 × 20 m and what serves it.
fn clean() -> Vec<Row> {
    vec![
        row(Layer::Area, 1, rectangle(-500.0, -500.0, 500.0, 500.0), AREA),
        row(Layer::Building, 1, rectangle(0.0, 0.0, 20.0, 20.0), HOUSE),
        row(Layer::Hydrant, 1, point(30.0, 10.0), HYDRANT),
        row(Layer::Connection, 1, point(22.0, 10.0), "building=甲楼;state=in_service"),
        row(Layer::Road, 1, line((-200.0, 40.0), (200.0, 40.0)), ROAD),
        lane(LANE),
        row(Layer::LadderField, 1, rectangle(2.0, -20.0, 18.0, -10.0), ""),
        row(Layer::Station, 1, point(-100.0, 60.0), STATION),
        row(Layer::Water, 1, rectangle(200.0, -400.0, 400.0, -100.0), "kind=river"),
    ]
}

fn found(rows: Vec<Row>) -> Vec<Finding> {
    check_city(&city(rows)).findings
}

/// The clean town with rows more, or in place of those of their number.
fn with(rows: impl IntoIterator<Item = Row>) -> Vec<Row> {
    let mut all = clean();
    for row in rows {
        all.retain(|old| (old.feature.layer, old.id) != (row.feature.layer, row.id));
        all.push(row);
    }
    all
}

fn house(values: &str) -> Vec<Row> {
    with([row(Layer::Building, 1, rectangle(0.0, 0.0, 20.0, 20.0), &format!("name=甲楼;{values}"))])
}

fn hydrant(x: f64, y: f64, values: &str) -> Vec<Row> {
    with([row(Layer::Hydrant, 1, point(x, y), values)])
}

/// A road that leaves the street and comes back to it, but for 6 m.
fn bent_back() -> Row {
    let places = [(-150.0, 40.0), (-150.0, 90.0), (100.0, 90.0), (100.0, 46.0)].map(|(x, y)| at(x, y));
    row(Layer::Road, 2, Shape::lines([places.to_vec()]).unwrap(), ROAD)
}

/// Each kind of finding with the town that has it and nothing else.
fn drawn() -> Vec<(Kind, Vec<Row>)> {
    let area =
        |id, west: f64, values: &str| row(Layer::Area, id, rectangle(west, -500.0, west + 1000.0, 500.0), values);
    let mut crossed = row(Layer::Building, 1, rectangle(0.0, 0.0, 20.0, 20.0), HOUSE);
    crossed.feature.flaw = Some(Flaw::SelfCrossing);
    let frame =
        |id, w, s, e, n| row(Layer::Area, id, rectangle(w, s, e, n), &format!("kind=grid;name=网格;code=g{id}"));
    let twelve = |source: &str, first: u64| -> Vec<Row> {
        (0..12)
            .map(|nth| from(source, row(Layer::Hydrant, first + nth, point(30.0 + 10.0 * nth as f64, 60.0), HYDRANT)))
            .collect()
    };
    vec![
        (Kind::HeightAgainstFloors, house("height_m=120;floors_above=3")),
        (Kind::HeightAgainstFloors, house("height_m=12;floors_above=10")),
        (Kind::YearAhead, house("height_m=18;floors_above=6;year_built=2027")),
        (Kind::FloorAreaAgainstFootprint, house("height_m=18;floors_above=6;floor_area_m2=60000")),
        (Kind::FloorAreaAgainstFootprint, house("height_m=18;floors_above=6;floor_area_m2=20")),
        (
            Kind::InspectedAhead,
            hydrant(30.0, 10.0, "kind=municipal;state=in_service;pressure_mpa=0.3;inspected=2027-01-01"),
        ),
        (
            Kind::InServiceWithoutPressure,
            hydrant(30.0, 10.0, "kind=municipal;state=in_service;pressure_mpa=0;inspected=2026-05-01"),
        ),
        (Kind::NamesNoBuilding, with([row(Layer::Connection, 1, point(22.0, 10.0), "building=丁楼")])),
        (Kind::NamesNoBuilding, with([row(Layer::Danger, 1, point(10.0, 10.0), "about=building;about_key=丁楼")])),
        (Kind::NamesNoBuilding, with([row(Layer::Place, 1, point(10.0, 10.0), "name=店;building=丁楼")])),
        (
            Kind::ClosedBeforeReported,
            with([row(
                Layer::Danger,
                1,
                point(10.0, 10.0),
                "about=building;state=closed;reported=2026-05-02T00:00:00Z;closed=2026-05-01T00:00:00Z",
            )]),
        ),
        (Kind::WithoutBuilding, with([row(Layer::Place, 1, point(60.0, 60.0), "name=店")])),
        (Kind::AreasOverlap, with([area(2, 480.0, "kind=community;name=乙社区;code=500102")])),
        (Kind::AreaCodeTwice, with([area(2, 500.0, "kind=community;name=乙社区;code=500101")])),
        (Kind::AreaParentMissing, with([area(1, -500.0, "kind=community;name=甲社区;code=500101;parent=5001")])),
        (Kind::TwinOfOtherSource, with([from("second", row(Layer::Hydrant, 2, point(31.0, 10.0), HYDRANT))])),
        (Kind::Twin, with([row(Layer::Hydrant, 2, point(31.5, 10.0), HYDRANT)])),
        (Kind::Twin, with([row(Layer::Building, 2, rectangle(0.1, 0.0, 20.1, 20.0), HOUSE)])),
        (Kind::Twin, with([row(Layer::Road, 2, line((200.0, 40.0), (-200.0, 40.0)), ROAD)])),
        (Kind::HeightOdd, house("height_m=0.9;floors_above=1")),
        (Kind::HeightOdd, house("height_m=1400;floors_above=3")),
        (Kind::ResidentsOdd, house("height_m=18;floors_above=6;residents=5000")),
        (Kind::InWater, hydrant(300.0, -200.0, HYDRANT)),
        (Kind::InWater, hydrant(300.0, -200.0, "kind=natural_intake;state=in_service;inspected=2026-05-01")),
        (Kind::InBuilding, hydrant(10.0, 10.0, HYDRANT)),
        (Kind::PressureOdd, hydrant(30.0, 10.0, "kind=municipal;state=in_service;pressure_mpa=3;inspected=2026-05-01")),
        (
            Kind::PressureOdd,
            hydrant(30.0, 10.0, "kind=municipal;state=in_service;pressure_mpa=0.0003;inspected=2026-05-01"),
        ),
        (Kind::FlowOdd, hydrant(30.0, 10.0, "kind=municipal;state=in_service;flow_lps=900;inspected=2026-05-01")),
        (Kind::NoLength, with([row(Layer::Road, 2, line((0.0, 41.0), (0.2, 41.0)), ROAD)])),
        (Kind::SelfCrossing, with([crossed])),
        (
            Kind::AreasLeaveHole,
            with([
                frame(2, -600.0, -600.0, 600.0, -30.0),
                frame(3, -600.0, 100.0, 600.0, 600.0),
                frame(4, -600.0, -30.0, 100.0, 100.0),
                frame(5, 130.0, -30.0, 600.0, 100.0),
            ]),
        ),
        (Kind::HeightAndFloorsUnknown, house("year_built=2001")),
        (Kind::FloorsUnknown, house("height_m=18")),
        (
            Kind::InNoArea,
            with([
                row(Layer::Building, 2, rectangle(600.0, 0.0, 620.0, 20.0), HOUSE),
                row(Layer::Road, 2, line((200.0, 40.0), (700.0, 40.0)), ROAD),
            ]),
        ),
        (Kind::InWater, with([row(Layer::Station, 1, point(300.0, -200.0), STATION)])),
        (Kind::RoadIsland, with([row(Layer::Road, 2, line((-100.0, 300.0), (100.0, 300.0)), ROAD)])),
        (Kind::RoadEndNear, with([bent_back()])),
        (Kind::NoWayToRoad, with([row(Layer::Building, 2, rectangle(0.0, 300.0, 20.0, 320.0), HOUSE)])),
        (Kind::NoWayToRoad, hydrant(30.0, 300.0, HYDRANT)),
        (Kind::NoWayToRoad, with([row(Layer::Station, 1, point(-100.0, 300.0), STATION)])),
        (Kind::HydrantKindUnknown, hydrant(30.0, 10.0, "state=in_service;pressure_mpa=0.3;inspected=2026-05-01")),
        (Kind::HydrantStateUnknown, hydrant(30.0, 10.0, "kind=municipal;pressure_mpa=0.3;inspected=2026-05-01")),
        (Kind::NeverInspected, hydrant(30.0, 10.0, "kind=municipal;state=in_service;pressure_mpa=0.3")),
        (
            Kind::InspectionOld,
            hydrant(30.0, 10.0, "kind=municipal;state=in_service;pressure_mpa=0.3;inspected=2001-05-01"),
        ),
        (Kind::Unmeasured, hydrant(30.0, 10.0, "kind=municipal;state=in_service;inspected=2026-05-01")),
        (Kind::StationWithoutStaff, with([row(Layer::Station, 1, point(-100.0, 60.0), "kind=micro_unit;staff=0")])),
        (
            Kind::StationWithoutVehicles,
            with([row(Layer::Station, 1, point(-100.0, 60.0), "kind=fire_station;staff=6")]),
        ),
        (Kind::WithoutBuilding, with([row(Layer::LadderField, 1, rectangle(2.0, -80.0, 18.0, -70.0), "")])),
        (Kind::WidthUnknown, with([lane("clear_height_m=4.5")])),
        (Kind::WidthUnknown, with([row(Layer::Road, 1, line((-200.0, 40.0), (200.0, 40.0)), "class=residential")])),
        (Kind::ClearHeightUnknown, with([lane("width_m=4")])),
        (Kind::RoadClassUnknown, with([row(Layer::Road, 1, line((-200.0, 40.0), (200.0, 40.0)), "width_m=7")])),
        (Kind::AreaLevelUnknown, with([area(1, -500.0, "name=甲社区;code=500101")])),
        (Kind::AreaNameUnknown, with([area(1, -500.0, "kind=community;code=500101")])),
        (Kind::AreaCodeUnknown, with([area(1, -500.0, "kind=community;name=甲社区")])),
        (Kind::SourcesAlike, with([twelve("a", 10), twelve("b", 30)].concat())),
    ]
}

#[test]
fn a_clean_town_has_no_findings() {
    assert_eq!(found(clean()), []);
}

#[test]
fn each_kind_is_found_where_it_is_drawn_and_nothing_else() {
    let drawn = drawn();
    for (kind, rows) in &drawn {
        let told: BTreeSet<&str> = found(rows.clone()).iter().map(|finding| finding.kind.code()).collect();
        let mut wanted = BTreeSet::from([kind.code()]);
        match kind {
            Kind::SourcesAlike => wanted.insert(Kind::TwinOfOtherSource.code()),
            // Across the bank no way leads to a road.
            Kind::InWater => wanted.insert(Kind::NoWayToRoad.code()),
            _ => false,
        };
        assert_eq!(told, wanted);
    }
    // The two that another program leaves in a store have a test of their own.
    let written = [Kind::RowLeftOut, Kind::ValueRefused];
    let all: BTreeSet<Kind> = drawn.iter().map(|(kind, _)| *kind).chain(written).collect();
    assert_eq!(
        all.len(),
        Kind::ALL.len(),
        "a kind without a drawing: {:?}",
        Kind::ALL.iter().filter(|kind| !all.contains(kind)).collect::<Vec<_>>()
    );
}

#[test]
fn what_stands_at_the_edge_is_not_found() {
    let intake = "kind=natural_intake;state=in_service;inspected=2026-05-01";
    for (x, y, values) in [
        (203.0, -200.0, HYDRANT),
        (225.0, -200.0, intake),
        (19.0, 10.0, HYDRANT),
        (10.0, 10.0, "kind=cistern;state=in_service;inspected=2026-05-01"),
    ] {
        let mut all = found(hydrant(x, y, values));
        // Across the bank no way leads to a road.
        all.retain(|finding| finding.kind != Kind::NoWayToRoad || x < 200.0);
        assert_eq!(all, [], "{values} at {x}, {y}");
    }
    assert_eq!(found(with([row(Layer::Hydrant, 2, point(32.5, 10.0), HYDRANT)])), [], "2.5 m apart");
    let neighbour = row(Layer::Building, 2, rectangle(20.0, 0.0, 40.0, 20.0), HOUSE);
    assert_eq!(
        found(with([neighbour, row(Layer::Hydrant, 1, point(50.0, 10.0), HYDRANT)])),
        [],
        "a terraced house is no twin"
    );
}

#[test]
fn an_overlap_and_a_hole_come_with_their_area_and_a_place_inside() {
    let overlap = drawn().into_iter().find(|(kind, _)| *kind == Kind::AreasOverlap).unwrap().1;
    let all = found(overlap);
    let [told] = &all[..] else { panic!("one overlap") };
    assert!((told.values[0].1 - 20_000.0).abs() < 100.0, "{:?}", told.values);
    assert!(told.place.unwrap().lon > at(480.0, 0.0).lon && told.place.unwrap().lon < at(500.0, 0.0).lon);
    let hole = drawn().into_iter().find(|(kind, _)| *kind == Kind::AreasLeaveHole).unwrap().1;
    let all = found(hole);
    let [told] = &all[..] else { panic!("one hole") };
    assert!((told.values[0].1 - 30.0 * 130.0).abs() < 20.0, "{:?}", told.values);
    assert!(told.place.unwrap().lon > at(100.0, 0.0).lon && told.place.unwrap().lon < at(130.0, 0.0).lon);
}

#[test]
fn an_island_comes_with_its_length_and_an_end_with_its_gap() {
    let told = |kind: Kind| {
        let rows = drawn().into_iter().find(|(of, _)| *of == kind).unwrap().1;
        let all = found(rows);
        let finding = all.iter().find(|finding| finding.kind == kind).unwrap();
        (finding.layer, finding.id.0, finding.values[0], finding.other.map(|(layer, id)| (layer, id.0)))
    };
    let (layer, id, (name, metres), _) = told(Kind::RoadIsland);
    assert!((layer, id, name) == (Layer::Road, 2, "length_m") && (metres - 200.0).abs() < 0.2, "{metres}");
    let (layer, id, gap, other) = told(Kind::RoadEndNear);
    assert_eq!((layer, id, gap, other), (Layer::Road, 2, ("gap_m", 6.0), Some((Layer::Road, 1))));
}

#[test]
fn a_stub_is_no_end_that_stops_short_and_nor_is_one_of_shared_nodes() {
    let stub = row(Layer::Road, 2, line((0.0, 40.0), (0.0, 47.0)), ROAD);
    assert_eq!(found(with([stub])), [], "7 m from the street it leaves");
    let mut noded = bent_back();
    noded.feature.source_key = "way/2".into();
    let kinds: Vec<Kind> = found(with([noded])).iter().map(|finding| finding.kind).collect();
    assert!(!kinds.contains(&Kind::RoadEndNear), "{kinds:?}");
}

#[test]
fn findings_do_not_hang_on_the_order_of_rows() {
    for (_, rows) in drawn() {
        let turned: Vec<Row> = rows.iter().rev().cloned().collect();
        assert_eq!(found(rows), found(turned));
    }
}

#[test]
fn no_output_holds_a_restricted_value() {
    let marked = |mut row: Row| {
        let layer = row.feature.layer;
        let mut values = row.feature.attributes.as_ref().unpack(layer);
        for (ix, field) in layer.fields().iter().enumerate().filter(|(_, field)| !field.is_public()) {
            values[ix] = match field.ty {
                FieldType::Text => Some(Value::Text("PLANTED".into())),
                FieldType::Integer(..) => Some(Value::Integer(77_777)),
                _ => None,
            };
        }
        row.feature.attributes = Attributes::pack(layer, &values);
        row
    };
    for (_, rows) in drawn() {
        let city = city(rows.into_iter().map(marked).collect());
        let checked = check_city(&city);
        let groups = groups(&city, &checked.findings, usize::MAX, "town.gpkg");
        let mut out = Vec::new();
        found_table(&groups).write_csv(&mut out).unwrap();
        found_geojson(&groups, &mut out).unwrap();
        let mut told = String::from_utf8(out).unwrap();
        told.push_str(&serde_json::to_string(&groups).unwrap());
        told.push_str(&serde_json::to_string(&firemap::report::check::fill_rows(&checked.fill)).unwrap());
        assert!(!told.contains("PLANTED") && !told.contains("77777"), "{told}");
        for layer in Layer::ALL {
            for field in layer.fields().iter().filter(|field| !field.is_public()) {
                let fill = checked.fill.iter().filter(|fill| fill.layer == layer);
                assert!(fill.flat_map(|fill| &fill.fields).all(|of| layer.fields()[of.ix].name != field.name));
            }
        }
    }
}

fn firemap(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firemap"));
    command.current_dir(folder).args(args).env("LC_ALL", "C");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FIREMAP_")) {
        command.env_remove(name);
    }
    command.output().unwrap()
}

/// A store of rows, whose numbers it gives itself.
fn store(folder: &Path, rows: Vec<Row>) {
    let store = GeoPackage::open_or_create(folder.join("firemap.gpkg"), DEFAULT_ZONE).unwrap();
    let mut writes = rows.into_iter().map(|row| Ok(Write::Put(row.feature)));
    store.commit(Batch { actor: "test", sources: vec![], writes: &mut writes, dry_run: false, watch: None }).unwrap();
}

#[test]
fn the_command_tells_lists_exports_and_is_strict_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let contradiction =
        row(Layer::Building, 1, rectangle(0.0, 0.0, 20.0, 20.0), "name=甲楼;height_m=120;floors_above=3");
    // Without dates: the command goes by the clock.
    let hydrants = ["kind=municipal;state=in_service;pressure_mpa=0.3", "kind=municipal"];
    let [first, second] = hydrants.map(|values| move |id, x| row(Layer::Hydrant, id, point(x, 10.0), values));
    store(path, with([contradiction, first(1, 30.0), second(2, 31.0)]));
    let run = |args: &[&str]| {
        let output = firemap(path, &[&["check"], args].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text, _) = run(&[]);
    assert_eq!(code, Some(0), "findings are no failure");
    assert!(text.contains("height_against_floors") && text.contains("height_m=120 floors_above=3"), "{text}");
    assert!(text.contains("Buildings now unknown at serviceable") || text.contains("nominal only"), "{text}");
    let (_, zh, _) = run(&["--lang", "zh"]);
    assert!(zh.contains("高度与地上层数不相称") && zh.contains("矛盾"), "{zh}");
    assert_eq!(run(&["--strict"]).0, Some(1));
    assert_eq!(run(&["--strict", "--layer", "hydrant"]).0, Some(0), "the contradiction is another layer's");
    let (_, json, _) = run(&["--format", "json", "--only", "twin,unmeasured"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let codes: Vec<&str> =
        json["groups"].as_array().unwrap().iter().map(|group| group["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["twin", "unmeasured"]);
    let (_, csv, _) = run(&["--format", "csv", "--layer", "building"]);
    assert!(csv.lines().count() == 2 && csv.contains("contradiction,height_against_floors,building,1"), "{csv}");
    assert!(run(&["--format", "geojson", "--output", "found.geojson"]).1.is_empty());
    let geojson: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.join("found.geojson")).unwrap()).unwrap();
    assert!(geojson["features"].as_array().unwrap().iter().all(|feature| feature["geometry"]["type"] == "Point"));
    let (_, fill, _) = run(&["--format", "csv", "--only", "fill"]);
    assert!(fill.contains("hydrant,2,state,1,0.5"), "{fill}");
    let (code, _, said) = run(&["--only", "nonsense"]);
    assert!(code == Some(1) && said.contains("nonsense") && said.contains("height_against_floors"), "{said}");
    let (first, second) = (run(&["--format", "json"]).1, run(&["--format", "json"]).1);
    assert_eq!(first, second);
}

#[test]
fn each_kind_has_a_word_of_its_own() {
    let codes: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), Kind::ALL.len());
    assert!(Kind::ALL.iter().all(|kind| Kind::named(kind.code()) == Some(*kind)));
    let severities: Vec<Severity> = Kind::ALL.iter().map(|kind| kind.severity()).collect();
    assert!(severities.is_sorted(), "the gravest come first");
    assert_eq!(GeometryKind::Point, Layer::Hydrant.def().geometry);
}

#[test]
fn what_another_program_wrote_and_the_model_refuses_is_found() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), clean());
    let other = rusqlite::Connection::open(folder.path().join("firemap.gpkg")).unwrap();
    // What every program that writes GeoPackages brings along: their triggers call it.
    for name in ["ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY", "ST_IsEmpty"] {
        other.create_scalar_function(name, 1, rusqlite::functions::FunctionFlags::default(), |_| Ok(0.0)).unwrap();
    }
    other
        .execute_batch("pragma ignore_check_constraints = on; update building set height_m = 9999, contact = x'00'")
        .unwrap();
    let output = firemap(folder.path(), &["check", "--format", "json", "--only", "value_refused"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = told["groups"][0]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["note"].as_str().is_some_and(|note| note.starts_with("height_m: "))));
    assert!(!told.to_string().contains("contact"), "{told}");
}

#[test]
fn what_was_imported_twice_is_told_with_a_command_that_a_shell_takes_as_it_is() {
    let second = "b'; $(touch here)";
    let of = |source: &str, first: u64| -> Vec<Row> {
        let row = |nth: u64| row(Layer::Hydrant, first + nth, point(30.0, 60.0 + 10.0 * nth as f64), HYDRANT);
        (0..12).map(|nth| from(source, row(nth))).collect()
    };
    let city = city(with([of("a", 10), of(second, 30)].concat()));
    let checked = check_city(&city);
    let groups = groups(&city, &checked.findings, 1, "my town.gpkg");
    let alike = groups.iter().find(|group| group.code == "sources_alike").unwrap();
    let row = alike.findings.iter().next().unwrap();
    assert_eq!(row.note.as_deref(), Some("a = b'; $(touch here)"));
    assert_eq!((&row.values["twins"], &row.values["rows_of_first"]), (&12.into(), &12.into()));
    let command = alike.command.clone().unwrap().replacen("ogrinfo", "printf '%s\\n'", 1);
    let told = Command::new("sh").args(["-c", &command]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert_eq!(told, "my town.gpkg\n-sql\ndelete from hydrant where source = 'b''; $(touch here)'\n");
}
