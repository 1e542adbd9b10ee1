//! FlatGeobuf and GCJ-02 from end to end: what we write GDAL reads and we read again as it was, what GDAL writes we
//! read, and the files of the FlatGeobuf project are taken or refused in words.
//!
//! GDAL's part needs `ogrinfo` and `ogr2ogr` (Debian: `gdal-bin`) and says so where it skips.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod real_data;
mod town;

use std::path::Path;
use std::process::Command;

use firemap::crs::{Crs, bounds_named};
use firemap::ingest::{Ignored, IngestError, Options, Report};
use firemap::model::{Feature, Layer, Speak};
use firemap::report::{ExportFormat, export};
use firemap::store::Row;
use real_data::real_data;
use town::Town;

const FORMATS: [(&str, ExportFormat); 3] =
    [("csv", ExportFormat::Csv), ("geojson", ExportFormat::GeoJson), ("fgb", ExportFormat::FlatGeobuf)];

const HYDRANTS: &str = "编号,经度,纬度,类型,状态,压力,管径,巡检日期,联系人电话\n\
    A-1,106.5501,29.5601,市政消火栓,正常,0.3,150,2024-05-01,PHONE-1\n\
    A-2,106.5520,29.5601,市政消火栓,停用,,100,,PHONE-2\n\
    A-3,106.7,29.7,,,,,,\n";

const HOUSES: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","id":1,"properties":{"建筑名称":"甲楼","层数":6,"高度":18.5,"建成年份":1999,"联系人":"CONTACT-1"},"geometry":{"type":"Polygon","coordinates":[[[106.55,29.56],[106.56,29.56],[106.56,29.57],[106.55,29.57],[106.55,29.56]],[[106.552,29.562],[106.554,29.562],[106.554,29.564],[106.552,29.562]]]}},
 {"type":"Feature","id":2,"properties":{"建筑名称":"乙楼"},"geometry":{"type":"MultiPolygon","coordinates":[[[[106.6,29.6],[106.61,29.6],[106.61,29.61],[106.6,29.6]]],[[[106.62,29.6],[106.63,29.6],[106.63,29.61],[106.62,29.6]]]]}},
 {"type":"Feature","id":3,"properties":{"建筑名称":"bow tie"},"geometry":{"type":"Polygon","coordinates":[[[106.7,29.7],[106.71,29.71],[106.71,29.7],[106.7,29.71],[106.7,29.7]]]}}]}"#;

const ROADS: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","id":1,"properties":{"name":"滨江路","oneway":"yes","width":7.5},"geometry":{"type":"LineString","coordinates":[[106.55,29.56],[106.56,29.561]]}},
 {"type":"Feature","id":2,"properties":{"name":"环路"},"geometry":{"type":"MultiLineString","coordinates":[[[106.6,29.6],[106.61,29.6]],[[106.62,29.6],[106.63,29.6]]]}}]}"#;

const LAYERS: [Layer; 3] = [Layer::Hydrant, Layer::Building, Layer::Road];

fn filled() -> Town {
    let town = Town::new();
    for (name, text, layer) in [
        ("消火栓.csv", HYDRANTS, Layer::Hydrant),
        ("建筑.geojson", HOUSES, Layer::Building),
        ("道路.geojson", ROADS, Layer::Road),
    ] {
        let options = Options { layer: Some(layer), ..Options::default() };
        let report = town.import_with(&[&town.file(name, text)], &options).unwrap();
        assert_eq!(report.rejected(), 0, "{report:?}");
    }
    town
}

fn exported(rows: &[Row], layer: Layer, format: ExportFormat, crs: &Crs) -> Vec<u8> {
    let mut bytes = Vec::new();
    let rows: Vec<Row> = rows.iter().filter(|row| row.feature.layer == layer).cloned().collect();
    export(format, layer, &rows, crs, &Vec::new(), &mut bytes).unwrap();
    bytes
}

/// What of a feature another store has too: not its source, key, origin and restricted fields. Rings may turn the
/// other way.
fn told(features: Vec<Feature>) -> Vec<impl PartialEq + std::fmt::Debug> {
    let mut told: Vec<_> = features
        .into_iter()
        .map(|feature| {
            let mut places = feature.shape.places().to_vec();
            places.sort();
            let fields = feature.layer.fields();
            let values = feature.attributes.as_ref().unpack(feature.layer);
            let public: Vec<_> =
                fields.iter().zip(values).filter(|(field, _)| field.is_public()).map(|(_, value)| value).collect();
            (places, feature.shape.polygon_rings().len(), public, feature.flaw)
        })
        .collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    told
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.files.iter().flat_map(|file| &file.remarks).map(|(remark, _)| remark.code()).collect()
}

fn taken_as(layer: Layer, crs: Option<&str>) -> Options {
    Options { layer: Some(layer), crs: crs.map(str::to_owned), ..Options::default() }
}

/// What a program prints; `None`, and a plain word, where it is not there.
fn run(program: &str, args: &[&str]) -> Option<String> {
    let Ok(output) = Command::new(program).args(args).output() else {
        println!("skipped: {program} not found");
        return None;
    };
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{program} {args:?}: {printed}");
    Some(printed)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn what_is_exported_in_any_system_is_the_same_to_the_last_digit_when_imported() {
    let town = filled();
    let rows = town.rows();
    for layer in LAYERS {
        for (ending, format) in FORMATS {
            for name in ["EPSG:4326", "GCJ-02", "BD-09", "EPSG:4523", "EPSG:3857"] {
                let crs = Crs::named(name).unwrap();
                let again = Town::new();
                let file = again.file(&format!("again.{ending}"), exported(&rows, layer, format, &crs));
                // The file says itself what it is in; saying it once more changes nothing.
                for said in [None, (crs != Crs::Wgs84).then_some(name)] {
                    let report = again.import_with(&[&file], &taken_as(layer, said)).unwrap();
                    assert_eq!(report.rejected(), 0, "{report:?}");
                    assert_eq!(codes(&report).contains(&"crs_gcj02"), crs == Crs::Gcj02);
                    assert_eq!(told(again.features(layer)), told(town.features(layer)), "{layer:?} {ending} {crs:?}");
                }
            }
        }
    }
}

#[test]
fn nobody_takes_gcj_02_for_wgs_84() {
    let town = filled();
    let rows = town.rows();
    for layer in [Layer::Hydrant, Layer::Building] {
        for (ending, format) in FORMATS {
            let name = format!("{}.{ending}", layer.name());
            let bytes = exported(&rows, layer, format, &Crs::Gcj02);
            assert!(String::from_utf8_lossy(&bytes).to_lowercase().replace('-', "").contains("gcj02"), "{name}");
            let file = town.file(&name, bytes);
            let refused = town.import_with(&[&file], &taken_as(layer, Some("EPSG:4326"))).unwrap_err();
            assert!(matches!(refused, IngestError::SaysOther { .. }), "{refused}");
            if ending == "csv" {
                continue;
            }
            let Some(info) = run("ogrinfo", &["-ro", "-so", "-al", text(&file)]) else { continue };
            assert!(info.contains("ENGCRS[\"GCJ-02\"") && !info.contains("\"WGS 84\""), "{name}: {info}");
            // A copy by GDAL is still in GCJ-02, and GDAL does not bring it to another system.
            let copy = file.with_file_name("copy.fgb");
            let _ = std::fs::remove_file(&copy);
            run("ogr2ogr", &["-f", "FlatGeobuf", text(&copy), text(&file)]).unwrap();
            let again = Town::new();
            assert!(codes(&again.import_with(&[&copy], &taken_as(layer, None)).unwrap()).contains(&"crs_gcj02"));
            assert_eq!(told(again.features(layer)), told(town.features(layer)), "{name}");
            let moved = copy.with_file_name("moved.fgb");
            let moved = ["-f", "FlatGeobuf", "-t_srs", "EPSG:4326", text(&moved), text(&file)];
            assert!(!Command::new("ogr2ogr").args(moved).output().unwrap().status.success());
        }
    }
    let late = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[106.5,29.5]}}],"crs":{"type":"name","properties":{"name":"GCJ-02"}}}"#;
    let late = town.file("late.geojson", late);
    // Of a small file all is read before the first feature is kept.
    assert!(codes(&town.import_with(&[&late], &taken_as(Layer::Hydrant, None)).unwrap()).contains(&"crs_gcj02"));
    let osm = town.file("a.osm", "<osm version='0.6'><node id='1' lon='106.5' lat='29.5'/></osm>");
    let refused = town.import_with(&[&osm], &taken_as(Layer::Hydrant, Some("GCJ02"))).unwrap_err();
    assert!(matches!(refused, IngestError::OsmCrs { .. }), "{refused}");
}

#[test]
fn coordinates_from_amap_are_brought_to_where_the_hydrant_stands() {
    let town = Town::new();
    // Amap's answer for the place 116.481499, 39.990475 in WGS 84.
    let table = town.file("消火栓.csv", "编号,经度,纬度\n1,116.487585177952,39.991754014757\n");
    town.import_with(&[&table], &taken_as(Layer::Hydrant, Some("gcj02"))).unwrap();
    let at = town.feature(Layer::Hydrant, "1").shape.first();
    assert!((at.lon - 1_164_814_990).abs() < 10 && (at.lat - 399_904_750).abs() < 10, "{at:?}");
}

#[test]
fn a_restricted_field_leaves_in_no_format() {
    let rows = filled().rows();
    let restricted = |row: &Row| {
        let layer = row.feature.layer;
        row.feature.attributes.as_ref().iter(layer).any(|(ix, _)| !layer.fields()[ix].is_public())
    };
    assert!(rows.iter().any(restricted), "there is something to keep back");
    for layer in LAYERS {
        for (ending, format) in FORMATS {
            let bytes = exported(&rows, layer, format, &Crs::Wgs84);
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("CONTACT-") && !text.contains("PHONE-"), "{ending}");
            let restricted = layer.fields().iter().filter(|field| !field.is_public());
            assert!(restricted.into_iter().all(|field| !text.contains(field.name)), "{ending}");
        }
    }
}

#[test]
fn gdal_reads_what_is_written() {
    let town = filled();
    let rows = town.rows();
    for (layer, count, kind) in
        [(Layer::Hydrant, 3, "Point"), (Layer::Building, 3, "Multi Polygon"), (Layer::Road, 2, "Unknown (any)")]
    {
        let file = town.file("out.fgb", exported(&rows, layer, ExportFormat::FlatGeobuf, &Crs::Wgs84));
        let Some(info) = run("ogrinfo", &["-ro", "-so", "-al", text(&file)]) else { return };
        assert!(!info.contains("Warning") && !info.contains("ERROR"), "{info}");
        for wanted in [format!("Feature Count: {count}"), format!("Geometry: {kind}\n"), "ID[\"EPSG\",4326]".to_owned()]
        {
            assert!(info.contains(&wanted), "{wanted}: {info}");
        }
        let public = layer.fields().iter().filter(|field| field.is_public());
        for field in public {
            assert!(info.contains(&format!("\n{}: ", field.name)), "{}: {info}", field.name);
        }
        // GDAL's own copy has the same places and values, and its search by the index finds them.
        let copy = file.with_file_name("copy.geojson");
        let _ = std::fs::remove_file(&copy);
        let to = ["-lco", "COORDINATE_PRECISION=9", "-spat", "106", "29", "107", "30", text(&copy), text(&file)];
        run("ogr2ogr", &[&["-f", "GeoJSON"][..], &to].concat()).unwrap();
        let again = Town::new();
        again.import_with(&[&copy], &taken_as(layer, None)).unwrap();
        assert_eq!(told(again.features(layer)), told(town.features(layer)), "{layer:?}");
    }
    let file = town.file("out.fgb", exported(&rows, Layer::Hydrant, ExportFormat::FlatGeobuf, &Crs::Wgs84));
    let all = run("ogrinfo", &["-ro", "-al", text(&file)]).unwrap();
    let empty = town.file("empty.fgb", exported(&[], Layer::Hydrant, ExportFormat::FlatGeobuf, &Crs::Wgs84));
    assert!(run("ogrinfo", &["-ro", "-so", "-al", text(&empty)]).unwrap().contains("Feature Count: 0"));
    assert_eq!(town.import_with(&[&empty], &taken_as(Layer::Hydrant, None)).unwrap().files[0].read, 0);
    assert!(all.contains("inspected (DateTime) = 2024/05/01") && all.contains("pressure_mpa (Real) = 0.3"), "{all}");
    assert!(all.contains("POINT (106.5501 29.5601)"), "{all}");
}

#[test]
fn what_gdal_writes_is_read_with_and_without_an_index() {
    let town = filled();
    let rows = town.rows();
    for layer in LAYERS {
        let json = town.file("in.geojson", exported(&rows, layer, ExportFormat::GeoJson, &Crs::Wgs84));
        for index in ["YES", "NO"] {
            let file = json.with_file_name("gdal.fgb");
            let _ = std::fs::remove_file(&file);
            let option = format!("SPATIAL_INDEX={index}");
            let made = run("ogr2ogr", &["-f", "FlatGeobuf", "-lco", &option, text(&file), text(&json)]);
            if made.is_none() {
                return;
            }
            let again = Town::new();
            let report = again.import_with(&[&file], &taken_as(layer, None)).unwrap();
            assert_eq!((report.files[0].format.name(), report.rejected()), ("FlatGeobuf", 0));
            assert_eq!(told(again.features(layer)), told(town.features(layer)), "{layer:?}, index {index}");
        }
        let file = json.with_file_name("mercator.fgb");
        let _ = std::fs::remove_file(&file);
        run("ogr2ogr", &["-f", "FlatGeobuf", "-t_srs", "EPSG:3857", text(&file), text(&json)]).unwrap();
        let again = Town::new();
        let report = again.import_with(&[&file], &taken_as(layer, None)).unwrap();
        assert!(codes(&report).contains(&"crs_taken"), "{report:?}");
        assert_eq!(told(again.features(layer)), told(town.features(layer)), "{layer:?}");
    }
}

#[test]
fn a_box_takes_what_touches_it_from_every_format_and_counts_the_rest() {
    let town = filled();
    let rows = town.rows();
    // The third house is outside, the second touches a side.
    let within = bounds_named("106.5,29.5,106.6,29.65").unwrap();
    for (layer, kept) in [(Layer::Hydrant, 2), (Layer::Building, 2), (Layer::Road, 2)] {
        for (ending, format) in FORMATS {
            for crs in [Crs::Wgs84, Crs::Gcj02] {
                let again = Town::new();
                let file = again.file(&format!("a.{ending}"), exported(&rows, layer, format, &crs));
                let options = Options { within: Some(within), ..taken_as(layer, None) };
                let report = again.import_with(&[&file], &options).unwrap();
                let file = &report.files[0];
                assert!(file.adds_up(), "{file:?}");
                let outside = file.ignored.get(&Ignored::OutsideBox {}).copied().unwrap_or(0);
                assert_eq!((file.kept, outside), (kept, file.read - kept), "{layer:?} {ending} {crs:?}");
                assert_eq!(file.read, town.features(layer).len() as u64);
            }
        }
    }
    let osm = real_data("osm").and_then(|folder| {
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().find(|path| text(path).contains("neuss") && text(path).ends_with(".pbf"))
    });
    if let Some(osm) = osm {
        let again = Town::new();
        let options = Options { within: bounds_named("6.68,51.19,6.70,51.20"), ..Options::default() };
        let report = again.import_with(&[&osm], &options).unwrap();
        assert!(report.files[0].adds_up() && report.kept() > 0, "{report:?}");
        assert!(report.files[0].ignored[&Ignored::OutsideBox {}] > 0);
    }
}

#[test]
fn the_files_of_the_project_are_read_or_refused_in_words() {
    let Some(folder) = real_data("conformance/flatgeobuf") else { return };
    let town = Town::new();
    let import = |name: &str, layer: Layer| town.import_with(&[&folder.join(name)], &taken_as(layer, None));
    for name in ["countries.fgb", "countries_nocrs.fgb"] {
        let report = import(name, Layer::Area).unwrap();
        assert_eq!((report.files[0].read, report.kept()), (179, 179), "{name}: {report:?}");
    }
    let of_version_2 = import("topp_states.fgb", Layer::Area).unwrap_err();
    assert!(matches!(of_version_2, IngestError::UnknownFormat { .. }), "{of_version_2}");
    let in_metres = import("poly00.fgb", Layer::Area).unwrap();
    assert!(in_metres.kept() > 0 && codes(&in_metres).contains(&"crs_note"), "{in_metres:?}");
    let nowhere = import("countries_nogeo.fgb", Layer::Area).unwrap();
    assert_eq!(nowhere.files[0].rejected_in_all(), 179, "{nowhere:?}");
    assert_eq!(import("empty.fgb", Layer::Area).unwrap().files[0].read, 0);
    assert_eq!(import("unknown_feature_count.fgb", Layer::Area).unwrap().files[0].read, 1);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let fuzzed = name.starts_with("clusterfuzz");
        if !name.ends_with(".fgb") && !fuzzed {
            continue;
        }
        match import(&name, Layer::Building) {
            Ok(report) => println!("{name}: {:?}", report.files[0].rejected),
            Err(refused) => println!("{name}: {refused}"),
        }
        if name == "alldatatypes.fgb" {
            let file = &import(&name, Layer::Hydrant).unwrap().files[0];
            assert_eq!((file.read, file.rejected_in_all() + file.kept), (1, 1));
        }
    }
}
