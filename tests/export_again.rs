//! What is exported and imported again changes nothing, whatever the rows hold, and leaves nothing out that is public.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod any;

use std::collections::BTreeMap;
use std::path::Path;

use any::any_feature;
use firemap::crs::Crs;
use firemap::ingest::{Options, import};
use firemap::model::{Feature, Layer, Value};
use firemap::report::{ExportFormat, export, export_geopackage};
use firemap::store::{Batch, DEFAULT_ZONE, GeoPackage, Row, Store, Write};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Formats that are written and read.
const FORMATS: [(ExportFormat, &str); 5] = [
    (ExportFormat::GeoJson, "geojson"),
    (ExportFormat::Csv, "csv"),
    (ExportFormat::FlatGeobuf, "fgb"),
    (ExportFormat::Xlsx, "xlsx"),
    (ExportFormat::GeoPackage, "gpkg"),
];

fn store_of(folder: &Path, features: &[Feature]) -> GeoPackage {
    let store = GeoPackage::open_or_create(folder.join("town.gpkg"), DEFAULT_ZONE).unwrap();
    let mut writes = features.iter().cloned().map(|feature| Ok(Write::Put(feature)));
    let batch = Batch { actor: "test", sources: Vec::new(), writes: &mut writes, dry_run: false, watch: None };
    store.commit(batch).unwrap();
    store
}

fn rows(store: &GeoPackage, layer: Layer) -> Vec<Row> {
    store.rows().unwrap().1.into_iter().filter(|row| row.feature.layer == layer).collect()
}

fn write(format: ExportFormat, layer: Layer, rows: &[Row], path: &Path) {
    if format == ExportFormat::GeoPackage {
        return export_geopackage(layer, rows, &Crs::Wgs84, &Vec::new(), path).unwrap();
    }
    let mut bytes = Vec::new();
    export(format, layer, rows, &Crs::Wgs84, &Vec::new(), &mut bytes).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn any_layer() -> impl Strategy<Value = (Layer, Vec<Feature>)> {
    select(Layer::ALL.to_vec()).prop_flat_map(|layer| {
        let sources = select(vec!["survey", "osm", "=1+1", "\'=x"]);
        let feature = ("[a-z#/=@+-]{1,3}", sources).prop_flat_map(move |(key, source)| {
            any_feature(layer, key).prop_map(move |feature| Feature { source: source.into(), ..feature })
        });
        (Just(layer), vec(feature, 1..6))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]
    #[test]
    fn an_export_that_comes_back_changes_nothing((layer, features) in any_layer(), format in select(FORMATS.to_vec())) {
        let (format, ending) = format;
        let folder = tempfile::tempdir().unwrap();
        let store = store_of(folder.path(), &features);
        let before = rows(&store, layer);
        let revision = store.rows().unwrap().0.revision;
        let path = folder.path().join(format!("out.{ending}"));
        write(format, layer, &before, &path);
        let report = import(&[path], &Options::default(), &store, &mut |_| {}).unwrap();
        prop_assert_eq!(report.rejected(), 0);
        let counts = report.counts[0].1;
        let told = format!("{ending} {} {:?}", layer.name(), report.changes);
        prop_assert_eq!((counts.added, counts.changed, counts.retired), (0, 0, 0), "{}", told);
        prop_assert_eq!(counts.unchanged, before.len() as u64);
        prop_assert_eq!(rows(&store, layer), before);
        // The source of the export is none of its own: nothing is added that a map would have to name.
        prop_assert!(store.rows().unwrap().0.revision.0 <= revision.0 + 4);
    }
}

#[test]
fn what_was_worked_on_in_an_export_changes_that_alone() {
    for (format, ending) in [(ExportFormat::Csv, "csv"), (ExportFormat::GeoJson, "geojson")] {
        let folder = tempfile::tempdir().unwrap();
        let layer = Layer::Station;
        let (name, _) = layer.field("name").unwrap();
        let (contact, _) = layer.field("contact").unwrap();
        let mut values = vec![None; layer.fields().len()];
        values[name] = Some(Value::Text("东门站".into()));
        values[contact] = Some(Value::Text("MARKER".into()));
        let feature = Feature {
            layer,
            source: "works".into(),
            source_key: "7".into(),
            shape: firemap::model::Shape::point(firemap::model::Place { lon: 1_065_000_000, lat: 295_000_000 }),
            flaw: None,
            attributes: firemap::model::Attributes::pack(layer, &values),
            extra: Some(r#"{"备注":"MARKER too"}"#.to_owned()),
            origin: firemap::model::Origin { file: "works.csv".into(), row: 2 },
        };
        let store = store_of(folder.path(), &[feature]);
        let path = folder.path().join(format!("out.{ending}"));
        write(format, layer, &rows(&store, layer), &path);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("MARKER"), "{text}");
        std::fs::write(&path, text.replace("东门站", "西门站")).unwrap();
        let report = import(&[path], &Options::default(), &store, &mut |_| {}).unwrap();
        let told: BTreeMap<&str, u64> =
            report.changes.iter().map(|((_, field), told)| (&**field, told.count)).collect();
        assert_eq!(told, BTreeMap::from([("name", 1)]), "{ending}");
        values[name] = Some(Value::Text("西门站".into()));
        let now = &rows(&store, layer)[0].feature;
        assert_eq!(now.attributes, firemap::model::Attributes::pack(layer, &values), "the contact stays");
        assert_eq!(&*now.source, "works");
        let conn = rusqlite::Connection::open(folder.path().join("town.gpkg")).unwrap();
        let extra: String = conn.query_row("select extra from station", [], |row| row.get(0)).unwrap();
        assert!(extra.contains("MARKER too"), "{extra}");
    }
}
