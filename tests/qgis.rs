//! QGIS edits a store that is served and edited: each row that it was told is saved is there, is logged and followed.
//!
//! Needs QGIS for Python (Debian: `python3-qgis`, and for PostGIS `qgis-providers`), and says so where it skips.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod postgis;
mod running;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use firemap::store::{DEFAULT_ZONE, GeoPackage, Store, verify};
use running::{Server, Wish, edited, names, send};

const PYTHON: &str = "/usr/bin/python3";

/// How long whoever edits over HTTP rests after an edit.
const REST: Duration = Duration::from_millis(20);
/// How often at most: for minutes.
const MOST: u64 = 10_000;

/// Opens a layer, changes two rows, takes one away and draws one, some times; saves again, as one would, where it was
/// refused because the other had just written. Prints the names that it has saved, by number, `gone` of those it took away.
const EDIT: &str = r#"
import sys, time
from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
layer = QgsVectorLayer(sys.argv[2], "hydrants", sys.argv[1])
assert layer.isValid(), layer.error().message()
saved = {}
name = layer.fields().indexOf("name")
for turn in range(10):
    # A provider may number features otherwise than their column does.
    mine = [(one.id(), one["fid"]) for one in layer.getFeatures("\"name\" like 'q%'")]
    assert layer.startEditing(), "QGIS may edit it"
    wish = {}
    for own, fid in mine[:2]:
        wish[fid] = f"q renamed {turn}"
        assert layer.changeAttributeValue(own, name, wish[fid])
        assert layer.changeGeometry(own, QgsGeometry.fromPointXY(QgsPointXY(106.5 + turn / 1000, 29.5)))
    if turn % 3 == 2:
        own, fid = mine[2]
        wish[fid] = "gone"
        assert layer.deleteFeature(own)
    drawn = QgsFeature(layer.fields())
    drawn.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(106.6, 29.6)))
    drawn.setAttribute("name", f"q drawn {turn}")
    drawn.setAttribute("state", "out_of_service")
    assert layer.addFeature(drawn)
    again = 0
    while not layer.commitChanges():
        print("refused", layer.commitErrors())
        again += 1
        assert again < 20
        time.sleep(0.05)
    saved.update(wish)
    new = [one["fid"] for one in layer.getFeatures(f"\"name\" = 'q drawn {turn}'")]
    assert len(new) == 1, new
    saved[new[0]] = f"q drawn {turn}"
for fid, text in saved.items():
    print("saved", fid, text, sep="\t")
del layer
app.exitQgis()
"#;

/// Whether QGIS is here; says so if not.
fn is_here() -> bool {
    let probe = Command::new(PYTHON).args(["-c", "import qgis.core"]).output();
    let is_here = probe.is_ok_and(|done| done.status.success());
    if !is_here {
        println!("skipped: QGIS for {PYTHON} not found");
    }
    is_here
}

/// Has QGIS edit hydrants by a provider while others are edited over HTTP, and holds the store to what both were told.
fn edited_by_both(provider: &str, uri: &str, server: &Server, store: &dyn Store) {
    let create = |name: String| {
        let (status, told) = send(&server.host, "POST", "/api/edits", "", &Wish::Create(name).body()).unwrap();
        assert_eq!(status, 200, "{told}");
        edited(&told)
    };
    for nth in 0..3 {
        create(format!("q first {nth}"));
    }
    let (printed, ours) = std::thread::scope(|scope| {
        let qgis = scope.spawn(|| {
            let mut qgis = Command::new(PYTHON);
            let done = qgis.args(["-c", EDIT, provider, uri]).env("QT_QPA_PLATFORM", "offscreen").output().unwrap();
            let printed = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
            assert!(done.status.success(), "{printed}");
            printed
        });
        let mut ours = BTreeMap::new();
        for nth in 0_u64.. {
            let name = format!("by the API {nth}");
            ours.insert(create(name.clone()), name);
            if qgis.is_finished() {
                break;
            }
            assert!(nth < MOST, "QGIS comes to an end");
            std::thread::sleep(REST);
        }
        (qgis.join().unwrap(), ours)
    });
    let mut expected = ours;
    let (mut saved, mut refused) = (0, 0);
    for line in printed.lines() {
        let Some((fid, name)) = line.strip_prefix("saved\t").and_then(|rest| rest.split_once('\t')) else {
            refused += usize::from(line.starts_with("refused"));
            continue;
        };
        saved += 1;
        expected.insert(fid.parse().unwrap(), name.to_owned());
    }
    assert!(saved > 10 && expected.len() > saved + 10, "both edited at the same time: {printed}");
    let gone: Vec<u64> = expected.iter().filter(|(_, name)| *name == "gone").map(|(id, _)| *id).collect();
    expected.retain(|_, name| name != "gone");
    let (snapshot, rows) = store.rows().unwrap();
    let found = names(&rows);
    assert!(gone.iter().all(|id| !found.contains_key(id)), "{gone:?}");
    for (id, name) in expected {
        assert_eq!(found.get(&id), Some(&name), "hydrant {id}; {printed}");
    }
    // The server has followed all of it.
    let begun = std::time::Instant::now();
    let revision = || send(&server.host, "GET", "/api/city", "", "").unwrap().1["revision"].as_u64();
    while revision() != Some(snapshot.revision.0) {
        assert!(begun.elapsed().as_secs() < 20, "{:?} of {:?}", revision(), snapshot.revision);
    }
    println!("{saved} rows by QGIS, which had to save again {refused} times, and all of ours are there and followed");
}

#[test]
fn qgis_edits_a_geopackage_that_is_served_and_edited() {
    if !is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    let store = GeoPackage::open_or_create(&path, DEFAULT_ZONE).unwrap();
    let server = Server::start(&path);
    edited_by_both("ogr", &format!("{}|layername=hydrant", path.display()), &server, &store);
    drop((server, store));
    verify(&path).unwrap();
}

#[test]
fn qgis_edits_a_postgis_store_that_is_served_and_edited() {
    if !is_here() {
        return;
    }
    let Some(database) = postgis::database() else { return };
    let store = database.store();
    let server = Server::start(Path::new(&database.url()));
    let uri = format!("{} key='fid' srid=4326 type=Point table=\"public\".\"hydrant\" (geom)", database.keywords());
    edited_by_both("postgres", &uri, &server, &store);
}
