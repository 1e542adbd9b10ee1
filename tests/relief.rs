//! Heights of the ground from file to city: every way an SRTM file may come, what the store makes of it, and who sees it.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod packed;
mod real_data;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firemap::city::{City, Frame};
use firemap::ingest::{IngestError, Options, Remark, Report, import};
use firemap::live::{Follow, follow};
use firemap::model::{Bounds, Place};
use firemap::rules::Pack;
use firemap::store::{Counts, DEFAULT_ZONE, GeoPackage, Revision, Store};
use jiff::civil::{Date, date};
use real_data::real_data;

const TODAY: Date = date(2026, 11, 22);
const ADDED: Counts = Counts { added: 1, changed: 0, unchanged: 0, retired: 0 };
const CHANGED: Counts = Counts { added: 0, changed: 1, ..ADDED };
const UNCHANGED: Counts = Counts { added: 0, unchanged: 1, ..ADDED };

struct Desk {
    folder: tempfile::TempDir,
    store: Arc<GeoPackage>,
}

impl Desk {
    fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let store = GeoPackage::open_or_create(folder.path().join("town.gpkg"), DEFAULT_ZONE).unwrap();
        Desk { folder, store: Arc::new(store) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    fn import(&self, path: &Path) -> Result<Report, IngestError> {
        import(&[path.to_owned()], &Options::default(), &*self.store, &mut |_| {})
    }

    fn height(&self, lon: f64, lat: f64) -> Option<f64> {
        let at = Place::from_degrees(lon, lat).unwrap();
        self.store.relief(Some(Bounds { min: at, max: at })).unwrap().height_m(at)
    }

    fn revision(&self) -> Revision {
        self.store.wait(Revision(0), Duration::ZERO).unwrap()
    }

    /// Another program's edit.
    fn edit(&self, sql: &str) {
        let conn = rusqlite::Connection::open(self.path("town.gpkg")).unwrap();
        conn.execute_batch(&format!("pragma ignore_check_constraints = on; {sql}")).unwrap();
    }
}

/// A flat square of 3″, so that it is small when packed.
fn flat(height: i16) -> Vec<u8> {
    height.to_be_bytes().repeat(1201 * 1201)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn a_square_comes_plain_packed_in_a_folder_or_beside_a_table() {
    let table = "id,lon,lat,state\n1,106.55,29.56,in_service\n".as_bytes();
    let heights = flat(250);
    let zip = packed::zip(&[("read me.txt", b"words"), ("deep/n29e106.HGT", &heights)]);
    let nasadem = packed::zip(&[
        ("n29e106.hgt", &heights),
        ("n29e106.num", &[5; 1201 * 1201]),
        ("n29e106.swb", &[255; 1201 * 1201]),
    ]);
    let gz = gzip(&heights);
    type Files<'a> = &'a [(&'a str, &'a [u8])];
    let cases: [(&str, Files<'_>); 6] = [
        ("N29E106.hgt", &[("N29E106.hgt", &heights)]),
        ("N29E106.SRTMGL3.hgt.zip", &[("N29E106.SRTMGL3.hgt.zip", &zip)]),
        ("n29e106.hgt.gz", &[("n29e106.hgt.gz", &gz)]),
        ("NASADEM_HGT_n29e106.zip", &[("NASADEM_HGT_n29e106.zip", &nasadem)]),
        ("plans", &[("plans/N29E106.hgt", &heights), ("plans/hydrants.csv", table), ("plans/heights.hgt", &heights)]),
        ("N*.hgt*", &[("N29E106.hgt.gz", &gz)]),
    ];
    for (named, files) in cases {
        let desk = Desk::new();
        files.iter().for_each(|(name, content)| drop(desk.file(name, content)));
        let report = desk.import(&desk.path(named)).unwrap();
        assert_eq!(report.relief, ADDED, "{named}");
        assert_eq!(desk.height(106.55, 29.56), Some(250.0), "{named}");
        assert_eq!(desk.height(107.55, 29.56), None, "{named}");
        let told = report.files.iter().flat_map(|file| &file.remarks);
        let told = told.filter(|(remark, _)| matches!(remark, Remark::Relief { lowest: 250, highest: 250, .. }));
        assert_eq!(told.count(), 1, "{named}");
        assert!(report.files.iter().all(|file| file.adds_up()));
        let hydrants = if named == "plans" { 1 } else { 0 };
        assert_eq!(desk.store.rows().unwrap().1.len(), hydrants, "{named}");
        // What is misnamed among others is told, and no reason to keep nothing.
        let misnamed = report.passed_over.iter().filter(|one| matches!(one.why, IngestError::ReliefName { .. }));
        assert_eq!(misnamed.count(), hydrants, "{named}");
        let before = desk.revision();
        assert_eq!(desk.import(&desk.path(named)).unwrap().relief, UNCHANGED, "{named}");
        assert_eq!(desk.revision(), before, "the same file again changes nothing");
    }
}

#[test]
fn a_dry_run_keeps_nothing_a_new_file_takes_the_place_and_two_at_once_are_refused() {
    let desk = Desk::new();
    let (old, new) = (desk.file("N29E106.hgt", &flat(250)), desk.file("newer/n29e106.hgt.gz", &gzip(&flat(260))));
    let dry = Options { dry_run: true, ..Options::default() };
    let report = import(std::slice::from_ref(&old), &dry, &*desk.store, &mut |_| {}).unwrap();
    assert_eq!((report.relief, desk.revision(), desk.height(106.5, 29.5)), (ADDED, Revision(0), None));
    let twice = import(&[old.clone(), new.clone()], &Options::default(), &*desk.store, &mut |_| {});
    assert!(matches!(&twice, Err(IngestError::ReliefTwice { .. })), "{twice:?}");
    assert_eq!((desk.revision(), desk.height(106.5, 29.5)), (Revision(0), None));
    desk.import(&old).unwrap();
    let before = desk.revision();
    assert_eq!(desk.import(&new).unwrap().relief, CHANGED);
    assert_eq!(desk.height(106.5, 29.5), Some(260.0));
    assert!(desk.revision() > before);
    assert!(desk.store.changes(before).unwrap().relief_changed);
    assert!(!desk.store.changes(desk.revision()).unwrap().relief_changed);
    let imports = desk.store.imports().unwrap();
    let files: Vec<&str> = imports.iter().map(|import| &*import.file.file).collect();
    assert_eq!(files, ["N29E106.hgt", "n29e106.hgt.gz"]);
    assert!(imports.iter().all(|import| import.file.hash.is_some() && import.time.is_some()));
    for (name, content) in [("N43E007.hgt", &flat(1)[..3000]), ("Nizza.hgt", &flat(1))] {
        let refused = desk.import(&desk.file(name, content)).unwrap_err();
        assert!(refused.to_string().contains(name), "{refused}");
    }
}

#[test]
fn what_other_programs_do_to_heights_is_logged_and_what_they_spoil_is_unknown() {
    let desk = Desk::new();
    desk.import(&desk.file("N29E106.hgt", &flat(250))).unwrap();
    for (sql, op) in [
        ("update firemap_relief set heights = x'00'", "update"),
        ("delete from firemap_relief", "delete"),
        (
            "insert into firemap_relief (south, west, side, heights, checksum, changed) values (29, 106, 1200, 7, '', '')",
            "insert",
        ),
        (
            "insert or replace into firemap_relief (south, west, side, heights, checksum, changed) values (29, 106, 3601, x'', '', ''), (99, 106, 1201, x'', '', '')",
            "insert",
        ),
    ] {
        let before = desk.revision();
        desk.edit(sql);
        assert!(desk.revision() > before, "{sql}");
        assert!(desk.store.changes(before).unwrap().relief_changed, "{sql}");
        assert_eq!(desk.height(106.5, 29.5), None, "{sql}");
        let logged = rusqlite::Connection::open(desk.path("town.gpkg")).unwrap();
        let logged: (String, String) = logged
            .query_row("select op, actor from firemap_relief_log order by seq desc", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(logged, (op.to_owned(), "external".to_owned()));
    }
    desk.import(&desk.path("N29E106.hgt")).unwrap();
    assert_eq!(desk.height(106.5, 29.5), Some(250.0), "importing it again mends it");
}

#[allow(clippy::disallowed_methods, reason = "a test is an edge of a process")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[test]
fn a_city_holds_the_heights_it_reaches_and_takes_up_new_ones_and_new_ground() {
    let desk = Desk::new();
    let hydrants = |rows: &str| format!("id,lon,lat,state\n{rows}");
    desk.import(&desk.file("hydrants.csv", hydrants("1,106.55,29.56,in_service\n").as_bytes())).unwrap();
    let pack = Arc::new(Pack::built_in("gb").unwrap());
    let at = |lon, lat| Place::from_degrees(lon, lat).unwrap();
    let today = Box::new(|_: &str| TODAY);
    let (live, thread) =
        follow(desk.store.clone(), Follow { pack: pack.clone(), today, now: Box::new(now), self_check: true }).unwrap();
    let until = |what: &str, seen: &dyn Fn(&City) -> bool| {
        let start = Instant::now();
        while !live.city().is_some_and(|city| seen(&city)) {
            assert!(start.elapsed() < Duration::from_secs(60), "{what}: {:?}", live.trouble());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until("the first load", &|city| city.relief().is_empty());
    desk.import(&desk.file("N29E106.hgt", &flat(250))).unwrap();
    until("a square that is imported", &|city| city.relief().height_m(at(106.55, 29.56)) == Some(250.0));
    let city = live.city().unwrap();
    assert_eq!(city.relief().height_m(at(106.559, 29.568)), Some(250.0), "the margin");
    assert_eq!(city.relief().height_m(at(106.9, 29.9)), None, "what the city does not reach is not held");
    desk.import(&desk.file("far/hydrants.csv", hydrants("2,106.95,29.95,in_service\n").as_bytes())).unwrap();
    until("a hydrant off the ground that was held", &|city| city.relief().height_m(at(106.95, 29.95)) == Some(250.0));
    let fresh = City::load(&*desk.store, Frame::new(pack, TODAY).unwrap()).unwrap();
    assert_eq!(fresh.relief(), live.city().unwrap().relief(), "followed as it is loaded");
    live.stop();
    thread.join().unwrap();
}

/// Heights that `gdalwarp -r bilinear` (GDAL 3.6.2) gives of the square of Monaco, in metres.
const BY_GDAL: [(f64, f64, f64); 11] = [
    (7.4199, 43.7311, 55.4384),
    (7.4123, 43.7402, 176.3072),
    (7.3999, 43.7450, 478.16),
    (7.4286, 43.7396, 45.6848),
    (7.4167, 43.7500, 359.72),
    (7.3500, 43.7700, 203.0),
    (7.5033, 43.7787, 46.4528),
    (7.4333, 43.7251, 0.0),
    (7.2, 43.9, 490.0),
    (7.40561, 43.73472, 430.0158),
    (7.9, 43.1, 0.0),
];

#[test]
fn heights_of_a_real_square_are_those_of_gdal() {
    let Some(file) = real_data("osm/srtm/N43E007.hgt.zip") else { return };
    let desk = Desk::new();
    let report = desk.import(&file).unwrap();
    assert!(matches!(
        &report.files[0].remarks[0].0,
        Remark::Relief { arc_seconds: 3, lowest: -11, highest: 2064, voids, .. } if voids == "0.11"
    ));
    for (lon, lat, by_gdal) in BY_GDAL {
        let found = desk.height(lon, lat).unwrap();
        assert!((found - by_gdal).abs() < 0.001, "{lon} {lat}: {found}, {by_gdal} by GDAL");
    }
    assert_eq!(desk.height(7.4021, 43.7295), None, "one of its four samples is a void");
}
