//! The systems of coordinates against PROJ: a table made with its `cs2cs` 9.1 that is always held, and `cs2cs` itself
//! where it is installed. One centimetre before rounding, where no datum shift is in play; the same where PROJ is
//! given the same parameters of a shift.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::io::Write;
use std::process::{Command, Stdio};

use firemap::crs::{Crs, geodesic_m};
use firemap::model::Place;

/// A system, longitude and latitude in degrees on its own datum, easting and northing in its units.
type Pair = (&'static str, [f64; 2], [f64; 2]);

/// Systems whose datum is taken for WGS 84, each from the geographic system of its own datum.
const PAIRS: [Pair; 21] = [
    ("EPSG:4523", [106.5512345, 29.5612345], [35650336.36698, 3272480.97455]),
    ("EPSG:4523", [104.1, 30.7], [35413776.54657, 3398060.01223]),
    ("EPSG:4544", [106.5512345, 29.5612345], [650336.36698, 3272480.97455]),
    ("EPSG:4513", [75.9, 39.4], [25577523.51608, 4363298.19006]),
    ("EPSG:4533", [134.2, 48.1], [45440415.38928, 5329856.35246]),
    ("EPSG:4554", [133.6, 48.3], [396132.8346, 5352733.12304]),
    ("EPSG:4491", [75.9, 39.4], [13577523.51608, 4363298.19006]),
    ("EPSG:4498", [116.3912345, 39.9112345], [20447947.74055, 4419850.48442]),
    ("EPSG:4509", [113.2612345, 23.1312345], [116874.57073, 2563986.44353]),
    ("EPSG:32648", [106.5512345, 29.5612345], [650276.23244, 3271171.98225]),
    ("EPSG:32756", [151.2112345, -33.8612345], [334532.98753, 6251790.44705]),
    ("EPSG:3857", [121.4712345, 31.2312345], [13522115.97057, 3662815.89661]),
    ("EPSG:3857", [-71.1112345, 42.3712345], [-7916066.41422, 5216751.80796]),
    ("EPSG:25832", [6.6912345, 51.2012345], [338705.98043, 5674736.59775]),
    ("EPSG:2249", [-71.1112345, 42.3712345], [761220.66557, 2960546.7038]),
    ("EPSG:6677", [139.7612345, 35.6812345], [-6526.10482, -35363.0288]),
    ("EPSG:6676", [138.3212345, 34.8712345], [-16343.07356, -125207.83532]),
    ("EPSG:2154", [2.3512345, 48.8512345], [652393.28094, 6861439.24576]),
    ("EPSG:3035", [10.1, 52.3], [4327821.85738, 3243385.61121]),
    ("EPSG:5179", [126.9712345, 37.5612345], [953300.39965, 1951451.24006]),
    ("EPSG:3826", [121.5612345, 25.0312345], [306637.26322, 2769354.53111]),
];

/// Metres of one unit.
fn unit_m(name: &str) -> f64 {
    if name == "EPSG:2249" { 1200.0 / 3937.0 } else { 1.0 }
}

fn place([lon, lat]: [f64; 2]) -> Place {
    Place::from_degrees(lon, lat).unwrap()
}

#[test]
fn the_table_made_with_proj_is_met_to_a_centimetre_both_ways() {
    for (name, degrees, [x, y]) in PAIRS {
        let crs = Crs::named(name).unwrap();
        let there = crs.degrees(place(degrees));
        let off = (there[0] - x).hypot(there[1] - y) * unit_m(name);
        assert!(off < 0.01, "{name}: {there:?} is {off} m from {x}, {y}");
        let [lon, lat] = crs.to_wgs84([x, y]).unwrap();
        let off = ((lon - degrees[0]) * degrees[1].to_radians().cos()).hypot(lat - degrees[1]) * 111_320.0;
        assert!(off < 0.01, "{name}: {lon}, {lat} is {off} m off");
        assert_eq!(crs.to_wgs84(there).map(place), Some(place(degrees)), "{name}: what is written comes back");
    }
}

/// What `cs2cs` makes of places; `None`, and a plain word, where it is not there.
fn cs2cs(from: &str, to: &str, numbers: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    let child = Command::new("cs2cs")
        .args(["-d", "6"])
        .args(from.split_whitespace())
        .arg("+to")
        .args(to.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: cs2cs not found");
        return None;
    };
    let text: String = numbers.iter().map(|[x, y]| format!("{x:.9} {y:.9}\n")).collect();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    let lines = String::from_utf8(out.stdout).unwrap();
    let number = |text: Option<&str>| text.unwrap().parse().unwrap();
    let pair = |line: &str| {
        let mut words = line.split_whitespace();
        [number(words.next()), number(words.next())]
    };
    Some(lines.lines().map(pair).collect())
}

/// Places on a grid around a middle.
fn grid([lon, lat]: [f64; 2], reach: f64) -> Vec<[f64; 2]> {
    let step = |nth: i32| f64::from(nth) / 4.0 * reach;
    (-4..=4).flat_map(|x| (-4..=4).map(move |y| [lon + step(x), lat + step(y)])).collect()
}

fn agree(name: &str, crs: &Crs, places: &[[f64; 2]], theirs: &[[f64; 2]]) {
    for (degrees, [x, y]) in places.iter().zip(theirs) {
        let there = crs.degrees(place(*degrees));
        let off = (there[0] - x).hypot(there[1] - y) * unit_m(name);
        assert!(off < 0.01, "{name} at {degrees:?}: {there:?} is {off} m from PROJ's {x}, {y}");
        let back = crs.to_wgs84([*x, *y]).map(place).unwrap();
        assert!(geodesic_m(back, place(*degrees)) < 0.02, "{name} at {degrees:?}");
        assert_eq!(crs.to_wgs84(there).map(place), Some(place(*degrees)), "{name}");
    }
}

#[test]
fn all_zones_of_cgcs2000_agree_with_proj() {
    for code in 4491..=4554u32 {
        let zone = firemap::crs::gauss_kruger::Zone::of_code(code).unwrap();
        let reach = if code < 4513 { 3.0 } else { 1.5 };
        let places = grid([f64::from(zone.meridian()), 36.0], reach);
        let lat_first: Vec<[f64; 2]> = places.iter().map(|[lon, lat]| [*lat, *lon]).collect();
        // The register has latitude before longitude, and north before east.
        let Some(theirs) = cs2cs("EPSG:4490", &format!("EPSG:{code}"), &lat_first) else { return };
        let theirs: Vec<[f64; 2]> = theirs.iter().map(|[north, east]| [*east, *north]).collect();
        let name = format!("EPSG:{code}");
        agree(&name, &Crs::named(&name).unwrap(), &places, &theirs);
    }
}

#[test]
fn utm_web_mercator_and_national_grids_agree_with_proj() {
    let systems = [
        ("EPSG:32648", 4326, [106.5, 29.5], 3.0),
        ("EPSG:32756", 4326, [151.2, -33.9], 2.0),
        ("EPSG:3857", 4326, [121.5, 31.2], 20.0),
        ("EPSG:25832", 4258, [6.7, 51.2], 2.0),
        ("EPSG:2249", 4269, [-71.1, 42.4], 1.0),
        ("EPSG:2154", 4171, [2.3, 48.9], 3.0),
    ];
    for (name, geographic, middle, reach) in systems {
        let places = grid(middle, reach);
        let lat_first: Vec<[f64; 2]> = places.iter().map(|[lon, lat]| [*lat, *lon]).collect();
        let Some(theirs) = cs2cs(&format!("EPSG:{geographic}"), name, &lat_first) else { return };
        agree(name, &Crs::named(name).unwrap(), &places, &theirs);
    }
}

#[test]
fn with_the_same_parameters_of_a_shift_proj_gives_the_same() {
    let systems = [
        ("EPSG:27700", [-0.1, 51.5], 1.0),
        ("EPSG:2056", [7.44, 46.95], 1.0),
        ("EPSG:28992", [5.4, 52.2], 0.8),
        ("EPSG:31370", [4.4, 50.8], 0.8),
        ("EPSG:2326", [114.17, 22.31], 0.2),
        ("EPSG:5514", [14.4, 50.1], 1.0),
        ("EPSG:2384 +towgs84=10,-120,-60,1,2,-3,4", [117.2, 31.8], 1.0),
    ];
    for (name, middle, reach) in systems {
        let crs = Crs::named(name).unwrap();
        let Crs::Other(definition) = &crs else { panic!("{name}") };
        let places = grid(middle, reach);
        let Some(theirs) = cs2cs("+proj=longlat +datum=WGS84", definition.text(), &places) else { return };
        agree(name, &crs, &places, &theirs);
    }
}

#[test]
fn the_register_is_read_or_refused_without_a_panic_and_no_number_makes_one() {
    let (mut read, mut refused) = (0, 0);
    for code in 1000..=32_800u32 {
        match Crs::named(&format!("EPSG:{code}")) {
            Ok(Crs::Wgs84) => {}
            Ok(crs) => {
                read += 1;
                // Anywhere: nothing may panic, and what is no place is none.
                for at in [[0.0, 0.0], [500_000.0, 5_000_000.0], [1e30, -1e30], [f64::NAN, 0.0], [120.0, 30.0]] {
                    if let Some([lon, lat]) = crs.to_wgs84(at) {
                        assert!(lon.is_finite() && lat.is_finite(), "{code}: {at:?}");
                    }
                    let _ = crs.degrees(Place { lon: 1_065_000_000, lat: 295_000_000 });
                }
            }
            Err(_) => refused += 1,
        }
    }
    println!("{read} systems of the register are read, {refused} codes are none or refused");
    assert!(read > 3500, "{read}");
}
