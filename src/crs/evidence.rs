//! What the size of numbers tells of the system they are in, where nothing states it, and whether they can be in the
//! system that is stated. No wrong guess: what several systems explain is left to a person, with where each would put it.

use super::Crs;
use super::gauss_kruger::Zone;

/// What numbers show.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// They can be longitude and latitude.
    Degrees,
    /// They can only be this.
    Only(Crs),
    /// They are no degrees; the systems that explain them, each with where the middle of them would lie.
    Several(Vec<Candidate>),
}

/// A system that explains numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The system.
    pub crs: Crs,
    /// Longitude and latitude in WGS 84 of the middle of the numbers, in degrees.
    pub at: [f64; 2],
}

/// How many of a hundred numbers must agree.
const MOST: usize = 90;

/// What the numbers of a file show; `None` where there are none that show anything.
///
/// ```
/// use firemap::crs::evidence::{Evidence, of};
/// use firemap::crs::Crs;
/// assert_eq!(of(&[[106.5, 29.5]]), Some(Evidence::Degrees));
/// assert_eq!(of(&[[35_645_000.0, 3_275_000.0]]), Some(Evidence::Only(Crs::named("EPSG:4523").unwrap())));
/// assert!(matches!(of(&[[645_000.0, 3_275_000.0]]), Some(Evidence::Several(_))));
/// ```
pub fn of(numbers: &[[f64; 2]]) -> Option<Evidence> {
    let telling: Vec<[f64; 2]> = telling(numbers);
    let middle = middle(&telling)?;
    // What most of them are, so that a few slips of the pen do not decide.
    if !most(&telling, |at| at[0].abs() > 180.0 || at[1].abs() > 180.0) {
        return Some(Evidence::Degrees);
    }
    if let Some(zone) = prefixed_zone(&telling) {
        return Some(Evidence::Only(zone));
    }
    Some(Evidence::Several(candidates(middle)))
}

/// Whether numbers can be in a system that a person or the file states.
#[derive(Clone, Debug, PartialEq)]
pub enum Fit {
    /// They can.
    Fits,
    /// They can, in the other order or written with (or without) the zone's number.
    As(Crs),
    /// They are degrees, and the system is a plane.
    Degrees,
    /// They are in a plane, and the system has degrees; or no such place is in the system.
    Outside,
}

/// Whether the numbers can be in the system.
pub fn fit(crs: &Crs, numbers: &[[f64; 2]]) -> Fit {
    let telling = telling(numbers);
    if telling.is_empty() {
        return Fit::Fits;
    }
    let in_plane = most(&telling, |at| at[0].abs() > 180.0 || at[1].abs() > 180.0);
    match (crs.is_degrees(), in_plane) {
        (true, true) => return Fit::Outside,
        (true, false) => return Fit::Fits,
        // A hundred metres around a plane's origin lies in the sea, or nobody's town.
        (false, _) if most(&telling, |at| at[0].abs() <= 180.0 && at[1].abs() <= 90.0) => return Fit::Degrees,
        (false, _) => {}
    }
    let turned = crs.clone().north_first();
    if let Some(zone) = crs.upright().epsg().and_then(Zone::of_code) {
        let written = [zone, zone.with_prefix(!zone.is_prefixed())];
        for zone in written {
            for turned in [false, true] {
                let is_there = |at: &[f64; 2]| zone.holds(if turned { [at[1], at[0]] } else { *at });
                if most(&telling, is_there) {
                    let found = of_zone(zone).map(|crs| if turned { crs.north_first() } else { crs });
                    return match found {
                        Some(found) if found == *crs => Fit::Fits,
                        Some(found) => Fit::As(found),
                        None => Fit::Outside,
                    };
                }
            }
        }
        return Fit::Outside;
    }
    // Where a place comes back as it went, the system has it.
    let has = |crs: &Crs, at: &[f64; 2]| {
        crs.to_wgs84(*at).is_some_and(|[lon, lat]| lon.abs() <= 180.0 && lat.abs() <= 90.0) && crs.returns(*at)
    };
    if most(&telling, |at| has(crs, at)) {
        Fit::Fits
    } else if most(&telling, |at| has(&turned, at)) {
        Fit::As(turned)
    } else {
        Fit::Outside
    }
}

/// Numbers that tell something: finite, and not the (0, 0) of programs that know nothing.
fn telling(numbers: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let tells = |at: &&[f64; 2]| at[0].is_finite() && at[1].is_finite() && **at != [0.0, 0.0];
    numbers.iter().filter(tells).copied().collect()
}

fn most(numbers: &[[f64; 2]], is: impl Fn(&[f64; 2]) -> bool) -> bool {
    numbers.iter().filter(|at| is(at)).count() * 100 >= numbers.len() * MOST
}

/// The median of each of both numbers.
pub fn middle(numbers: &[[f64; 2]]) -> Option<[f64; 2]> {
    let median = |nth: usize| {
        let mut sorted: Vec<f64> = numbers.iter().map(|at| at[nth]).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    };
    Some([median(0)?, median(1)?])
}

fn of_zone(zone: Zone) -> Option<Crs> {
    Crs::named(&format!("EPSG:{}", zone.code())).ok()
}

/// The Gauss–Krüger zone whose number stands before the eastings, where they can be nothing else.
fn prefixed_zone(numbers: &[[f64; 2]]) -> Option<Crs> {
    // Up to 16 000 km an easting is also one of Web Mercator in Asia: 6° zones 13 to 15 are not evident.
    let six = (16..=23).filter_map(|number| Zone::new(6, number, true));
    let three = (25..=45).filter_map(|number| Zone::new(3, number, true));
    for zone in six.chain(three) {
        if most(numbers, |at| zone.holds(*at)) {
            return of_zone(zone);
        }
        if most(numbers, |[north, east]| zone.holds([*east, *north])) {
            return of_zone(zone).map(Crs::north_first);
        }
    }
    None
}

/// Systems that put numbers somewhere people would have them, the likeliest first.
fn candidates(middle: [f64; 2]) -> Vec<Candidate> {
    let turned = [middle[1], middle[0]];
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |crs: Option<Crs>, is_turned: bool| {
        let crs = crs.map(|crs| if is_turned { crs.north_first() } else { crs });
        if let Some((crs, at)) = crs.and_then(|crs| Some((crs.clone(), crs.to_wgs84(middle)?))) {
            found.push(Candidate { crs, at });
        }
    };
    for (at, is_turned) in [(middle, false), (turned, true)] {
        let plain = (25..=45).filter_map(|number| Zone::new(3, number, false));
        let prefixed = (13..=15).filter_map(|number| Zone::new(6, number, true));
        for zone in plain.chain(prefixed).filter(|zone| zone.holds(at)) {
            add(of_zone(zone), is_turned);
        }
        if (100_000.0..=900_000.0).contains(&at[0]) && (300_000.0..=6_100_000.0).contains(&at[1]) {
            for number in 43..=53 {
                add(Crs::named(&format!("EPSG:{}", 32600 + number)).ok(), is_turned);
            }
        }
        // Web Mercator in China and around it.
        if (7_000_000.0..=16_500_000.0).contains(&at[0]) && (200_000.0..=7_500_000.0).contains(&at[1]) {
            add(Crs::named("EPSG:3857").ok(), is_turned);
        }
    }
    // Most people of China live around 113° east; zones of 3° are what offices use.
    let rank = |candidate: &Candidate| {
        let is_utm = candidate.crs.upright().epsg().is_some_and(|code| code > 32_000);
        (is_utm, (candidate.at[0] - 113.0).abs())
    };
    found.sort_by(|one, other| rank(one).0.cmp(&rank(other).0).then(rank(one).1.total_cmp(&rank(other).1)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;
    use proptest::prelude::*;

    fn crs(name: &str) -> Crs {
        Crs::named(name).unwrap()
    }

    #[test]
    fn web_mercator_of_shanghai_is_not_taken_for_a_zone_in_kashmir() {
        let shanghai = [[13_522_000.0, 3_662_000.0]];
        let Some(Evidence::Several(found)) = of(&shanghai) else { panic!("it is not evident") };
        let names: Vec<String> = found.iter().map(|candidate| candidate.crs.typed()).collect();
        assert!(names.contains(&"EPSG:3857".into()) && names.contains(&"EPSG:4491".into()), "{names:?}");
        let mercator = found.iter().find(|candidate| candidate.crs == crs("EPSG:3857")).unwrap();
        assert!((mercator.at[0] - 121.47).abs() < 0.01 && (mercator.at[1] - 31.23).abs() < 0.01, "{mercator:?}");
    }

    #[test]
    fn the_stated_zone_is_taken_as_its_numbers_are_written() {
        let (prefixed, plain) = ([[35_645_000.0, 3_275_000.0]], [[645_000.0, 3_275_000.0]]);
        assert_eq!(fit(&crs("EPSG:4523"), &prefixed), Fit::Fits);
        assert_eq!(fit(&crs("EPSG:4523"), &plain), Fit::As(crs("EPSG:4544")));
        assert_eq!(fit(&crs("EPSG:4544"), &prefixed), Fit::As(crs("EPSG:4523")));
        assert_eq!(fit(&crs("EPSG:4544"), &[[3_275_000.0, 645_000.0]]), Fit::As(crs("EPSG:4544,yx")));
        assert_eq!(fit(&crs("EPSG:4524"), &prefixed), Fit::Outside, "another zone's number stands there");
        assert_eq!(fit(&crs("EPSG:4523"), &[[106.5, 29.5]]), Fit::Degrees);
        assert_eq!(fit(&Crs::Wgs84, &prefixed), Fit::Outside);
        assert_eq!(fit(&Crs::Gcj02, &[[106.5, 29.5]]), Fit::Fits);
        assert_eq!(fit(&crs("EPSG:25832"), &[[345_000.0, 5_675_000.0]]), Fit::Fits);
    }

    #[test]
    fn a_few_slips_of_the_pen_do_not_decide() {
        let mut numbers = vec![[35_645_000.0, 3_275_000.0]; 20];
        numbers.extend([[0.0, 0.0], [f64::NAN, 1.0], [106.5, 29.5]]);
        assert_eq!(of(&numbers), Some(Evidence::Only(crs("EPSG:4523"))));
        assert_eq!(of(&[[0.0, 0.0]]), None);
        assert_eq!(of(&[]), None);
    }

    proptest! {
        #[test]
        fn a_place_in_china_written_in_any_evident_zone_is_recognised_in_either_order(
            lon in 73.6..135.0f64, lat in 18.2..53.5f64, wide in any::<bool>(), turned in any::<bool>()
        ) {
            let number = if wide { ((lon + 6.0) / 6.0) as u8 } else { ((lon + 1.5) / 3.0) as u8 };
            let zone = Zone::new(if wide { 6 } else { 3 }, number, true);
            let Some(zone) = zone.filter(|zone| !wide || zone.meridian() > 87) else { return Ok(()) };
            let written = of_zone(zone).map(|crs| if turned { crs.north_first() } else { crs }).unwrap();
            let place = Place::from_degrees(lon, lat).unwrap();
            prop_assert_eq!(of(&[written.degrees(place)]), Some(Evidence::Only(written)));
        }

        #[test]
        fn a_place_in_china_written_in_metres_is_among_the_candidates(
            lon in 75.0..135.0f64, lat in 18.2..53.5f64, which in 0..3u8, turned in any::<bool>()
        ) {
            let code = match which {
                0 => Zone::new(3, ((lon + 1.5) / 3.0) as u8, false).map(Zone::code),
                1 => Some(32630 + (lon / 6.0) as u32 + 1),
                _ => Some(3857),
            };
            let Some(code) = code else { return Ok(()) };
            let written = crs(&format!("EPSG:{code}"));
            let written = if turned { written.north_first() } else { written };
            let place = Place::from_degrees(lon, lat).unwrap();
            let Some(Evidence::Several(found)) = of(&[written.degrees(place)]) else { panic!("not evident") };
            let right = found.iter().find(|candidate| candidate.crs == written);
            let right = right.map(|right| Place::from_degrees(right.at[0], right.at[1]));
            prop_assert_eq!(right, Some(Some(place)), "{:?} of {:?}", written, found);
        }
    }
}
