//! The judges of a GeoPackage: GDAL reads the store, its validator finds nothing, and what GDAL edits is logged.
//!
//! These tests need GDAL's tools and its Python package (Debian: `gdal-bin python3-gdal`) and say so where they skip.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::Path;
use std::process::Command;

use firemap::model::{
    Attributes, Feature, Flaw, Layer, Origin, Place, ReliefTile, Shape, Square, Value, building, hydrant, road,
};
use firemap::store::{Batch, Change, DEFAULT_ZONE, GeoPackage, Revision, Row, Source, Store, Write};

const PYTHON: &str = "/usr/bin/python3";

/// What a program prints; `None`, and a plain word, where it is not there.
fn run(program: &str, args: &[&str]) -> Option<String> {
    match Command::new(program).args(args).output() {
        Ok(output) => {
            let printed =
                [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
            assert!(output.status.success(), "{program} {args:?}: {printed}");
            Some(printed)
        }
        Err(_) => {
            println!("skipped: {program} not found");
            None
        }
    }
}

fn python(script: &str, path: &Path) -> Option<String> {
    let probe = Command::new(PYTHON).args(["-c", "import osgeo_utils.samples.validate_gpkg"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("skipped: {PYTHON} with GDAL's osgeo_utils not found");
        return None;
    }
    run(PYTHON, &["-W", "ignore", "-c", script, path.to_str().unwrap()])
}

fn validate(path: &Path) -> Option<()> {
    let printed = python(
        "import sys; from osgeo_utils.samples.validate_gpkg import check; check(sys.argv[1], extra_checks=True, warning_as_error=True); print('valid')",
        path,
    )?;
    assert_eq!(printed.trim(), "valid");
    Some(())
}

fn place(lon: f64, lat: f64) -> Place {
    Place::from_degrees(106.5 + lon / 1000.0, 29.5 + lat / 1000.0).unwrap()
}

fn feature(layer: Layer, key: &str, shape: Shape, values: &[(usize, Value)]) -> Feature {
    let mut all = vec![None; layer.fields().len()];
    values.iter().for_each(|(ix, value)| all[*ix] = Some(value.clone()));
    Feature {
        layer,
        source: "survey".into(),
        source_key: key.into(),
        shape,
        flaw: Some(Flaw::SelfCrossing),
        attributes: Attributes::pack(layer, &all),
        extra: Some(r#"{"备注":"x"}"#.to_owned()),
        origin: Origin { file: "survey.csv".into(), row: 7 },
    }
}

/// A store with features of every kind of shape.
fn filled(path: &Path) -> (GeoPackage, Revision) {
    let store = GeoPackage::open_or_create(path, DEFAULT_ZONE).unwrap();
    let square = |at: f64| vec![place(at, 0.0), place(at + 1.0, 0.0), place(at + 1.0, 1.0), place(at, 1.0)];
    let houses = (0..30).map(|n| {
        let shape = Shape::polygons([vec![square(f64::from(n) * 2.0)]]).unwrap();
        let values = [(building::NAME, Value::Text(format!("{n}号楼").into()))];
        feature(Layer::Building, &n.to_string(), shape, &values)
    });
    let well = feature(
        Layer::Hydrant,
        "w",
        Shape::point(place(1.0, 1.0)),
        &[(hydrant::INSPECTED, Value::Date(19_844)), (hydrant::PRESSURE_MPA, Value::Real(0.25))],
    );
    let street = feature(
        Layer::Road,
        "s",
        Shape::lines([vec![place(0.0, 0.0), place(9.0, 9.0)]]).unwrap(),
        &[(road::WIDTH_M, Value::Real(4.5))],
    );
    let time = Layer::Incident.field("occurred").unwrap().0;
    let fire =
        feature(Layer::Incident, "f", Shape::point(place(2.0, 2.0)), &[(time, Value::Instant(1_714_552_200_123))]);
    let heights = ReliefTile::new(Square::new(29, 106).unwrap(), vec![250; 1201 * 1201]).unwrap();
    let features = houses.chain([well, street, fire]).map(|feature| Ok(Write::Put(feature)));
    let mut writes = features.chain([Ok(Write::Relief(heights))]);
    let sources = vec![Source { name: "survey".into(), attribution: String::new(), demo: false }];
    let revision = store
        .commit(Batch { actor: "test", sources, writes: &mut writes, dry_run: false, watch: None })
        .unwrap()
        .revision;
    (store, revision)
}

fn rows(store: &GeoPackage) -> Vec<Row> {
    store.rows().unwrap().1
}

#[test]
fn gdal_reads_every_layer_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    drop(filled(&path));
    let path = path.to_str().unwrap();
    let Some(all) = run("ogrinfo", &["-ro", "-so", "-al", path]) else { return };
    assert!(!all.contains("Warning") && !all.contains("ERROR"), "{all}");
    assert!(all.contains("Layer name: building") && all.contains("Feature Count: 30"), "{all}");
    assert!(!all.contains("building_log") && !all.contains("relief"), "logs and heights are no layers: {all}");
    let one = run("ogrinfo", &["-ro", path, "hydrant"]).unwrap();
    assert!(one.contains("inspected (Date) = 2024/05/01") && one.contains("pressure_mpa (Real) = 0.25"), "{one}");
    assert!(one.contains("POINT (106.501 29.501)"), "{one}");
    let fire = run("ogrinfo", &["-ro", path, "incident"]).unwrap();
    assert!(fire.contains("occurred (DateTime) = 2024/05/01 08:30:00.123+00"), "{fire}");
}

#[test]
fn the_validator_finds_nothing_before_and_after_an_edit_by_gdal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let (store, first) = filled(&path);
    if validate(&path).is_none() {
        return;
    }
    let edit = "
import sys
from osgeo import ogr
ogr.UseExceptions()
store = ogr.Open(sys.argv[1], 1)
layer = store.GetLayerByName('building')
house = layer.GetFeature(2)
house.SetField('name', 'renamed')
house.SetGeometry(ogr.CreateGeometryFromWkt('MULTIPOLYGON(((106 29,107 29,107 30,106 29)))'))
layer.SetFeature(house)
layer.DeleteFeature(5)
new = ogr.Feature(layer.GetLayerDefn())
new.SetGeometry(ogr.CreateGeometryFromWkt('MULTIPOLYGON(((106 29,107 29,107 30,106 29)))'))
new.SetField('use', 'hotel')
layer.CreateFeature(new)
store = None
";
    python(edit, &path).unwrap();
    validate(&path).unwrap();
    let changes = store.changes(first).unwrap();
    let [Change::Put(renamed), Change::Gone(Layer::Building, gone), Change::Put(new)] = &changes.rows[..] else {
        panic!("{changes:?}");
    };
    assert_eq!((renamed.id.0, gone.0, new.id.0), (2, 5, 31));
    assert_eq!(renamed.feature.attributes.as_ref().text(Layer::Building, building::NAME), Some("renamed"));
    assert_eq!((&*new.feature.source, &*new.feature.source_key), ("edited", "fid/31"));
    assert_eq!(new.feature.shape.places().len(), 4);
    let actors: Vec<(String, i64)> = rusqlite::Connection::open(&path)
        .unwrap()
        .prepare("select actor, count(*) from building_log where seq > ?1 group by actor")
        .unwrap()
        .query_map([first.0 as i64], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(matches!(&actors[..], [(actor, 3..)] if actor == "external"), "{actors:?}");
    assert_eq!(store.faults(), []);
}

#[test]
fn rows_appended_by_ogr2ogr_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let (store, first) = filled(&path);
    let json = folder.path().join("more.geojson");
    let points: Vec<String> = (0..50)
        .map(|n| {
            format!(
                r#"{{"type":"Feature","properties":{{"name":"H{n}"}},"geometry":{{"type":"Point","coordinates":[106.5,29.{n:02}]}}}}"#
            )
        })
        .collect();
    std::fs::write(&json, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, points.join(","))).unwrap();
    let args = ["-append", "-nln", "hydrant", path.to_str().unwrap(), json.to_str().unwrap()];
    let Some(printed) = run("ogr2ogr", &args) else { return };
    assert_eq!(printed, "");
    assert_eq!(store.changes(first).unwrap().rows.len(), 50);
    assert_eq!(rows(&store).len(), 33 + 50);
    assert_eq!(store.faults(), []);
    validate(&path);
}
