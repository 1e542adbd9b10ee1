//! Buildings: heights against floors, floor area against the footprint, residents against room.

use jiff::civil::Date;

use super::finding::{Finding, Kind, tenths};
use super::sheet::{CheckedRow, Sheet};
use crate::analysis::Footprint;
use crate::crs::WorldBox;
use crate::model::{Layer, building};

/// No storey is lower: a person must stand in it. Attics and half storeys make the mean less than a room's height.
const LEAST_STOREY_M: f64 = 1.8;
/// The mean storey of a building with several is hardly higher: malls and halls with galleries have 6 to 8 m.
const MOST_STOREY_M: f64 = 12.0;
/// What stands above the highest floor counts too: roofs, masts, a spire on a church of two floors.
const ROOF_M: f64 = 20.0;
/// A roof on posts is higher than this.
const LEAST_HEIGHT_M: f64 = 1.5;
/// The highest building there is has 828 m.
const MOST_HEIGHT_M: f64 = 830.0;
/// Floor area may pass footprint × floors where storeys stand out over the ground floor, but not twice.
const MOST_OF_FOOTPRINT: f64 = 2.0;
/// A tower on a podium fills a part of each floor; not less than this.
const LEAST_OF_FOOTPRINT: f64 = 0.1;
/// Under this footprint an error of drawing is larger than what is asked.
const LEAST_FOOTPRINT_M2: f64 = 20.0;
/// Dormitories give a person 4 m² of a room; with all residents on less than this of floor the number is not theirs.
const LEAST_M2_A_RESIDENT: f64 = 2.0;
/// A floor for each so many metres where floors are not known, so that room is rather taken too large.
const STOREY_M: f64 = 2.5;

/// Looks at all buildings on a day.
pub(super) fn findings(sheet: &Sheet<'_>, day: Date) -> Vec<Finding> {
    sheet.each_with(Footprint::default, |footprint, row, found| judge(footprint, row, day, found))
}

fn judge(footprint: &mut Footprint, row: &CheckedRow<'_>, day: Date, found: &mut Vec<Finding>) {
    let new = |kind| Finding::new(kind, Layer::Building, row);
    let number = |ix| row.attributes.number(Layer::Building, ix);
    let (height, floors) = (number(building::HEIGHT_M), number(building::FLOORS_ABOVE));
    let given_m2 = number(building::FLOOR_AREA_M2);
    if let Some(height) = height.filter(|height| !(LEAST_HEIGHT_M..=MOST_HEIGHT_M).contains(height)) {
        found.push(new(Kind::HeightOdd).with(&[("height_m", height)]));
    } else if let (Some(height), Some(floors)) = (height, floors)
        && !go_together(height, floors)
    {
        found.push(new(Kind::HeightAgainstFloors).with(&[("height_m", height), ("floors_above", floors)]));
    }
    match (height, floors) {
        (None, None) => found.push(new(Kind::HeightAndFloorsUnknown)),
        (Some(height), None) if given_m2.is_none() => {
            found.push(new(Kind::FloorsUnknown).with(&[("height_m", height)]));
        }
        _ => {}
    }
    if let Some(year) = number(building::YEAR_BUILT).filter(|year| *year > f64::from(day.year())) {
        found.push(new(Kind::YearAhead).with(&[("year_built", year)]));
    }
    let residents = number(building::RESIDENTS);
    if given_m2.is_none() && residents.is_none() {
        return;
    }
    footprint.lay(row.shape, WorldBox::from(row.shape));
    let footprint_m2 = footprint.area_m2();
    if let Some(given) = given_m2.filter(|_| footprint_m2 >= LEAST_FOOTPRINT_M2) {
        let below = number(building::FLOORS_BELOW).unwrap_or(0.0);
        let all = floors.map(|floors| floors.max(1.0) + below);
        let too_much = all.is_some_and(|all| given > footprint_m2 * all * MOST_OF_FOOTPRINT);
        if too_much || given < footprint_m2 * all.unwrap_or(1.0) * LEAST_OF_FOOTPRINT {
            let mut values = vec![("floor_area_m2", given), ("footprint_m2", tenths(footprint_m2))];
            values.extend(floors.map(|floors| ("floors_above", floors)));
            found.push(new(Kind::FloorAreaAgainstFootprint).with(&values));
        }
    }
    if let Some(residents) = residents {
        let guessed = floors.or(height.map(|height| (height / STOREY_M).ceil())).map(|floors| floors.max(1.0));
        let room = given_m2.filter(|m2| *m2 > 0.0).or(guessed.map(|floors| footprint_m2 * floors));
        if residents < 0.0 || room.is_some_and(|room| room < residents * LEAST_M2_A_RESIDENT) {
            let mut values = vec![("residents", residents)];
            values.extend(room.map(|room| ("room_m2", tenths(room))));
            found.push(new(Kind::ResidentsOdd).with(&values));
        }
    }
}

/// Whether a building of so many floors can be so high. One of a single floor can be a hall, a tower or a silo, so it
/// is never too high; one of none is a roof.
fn go_together(height: f64, floors: f64) -> bool {
    let not_too_low = height >= floors * LEAST_STOREY_M;
    not_too_low && (floors < 2.0 || height <= floors * MOST_STOREY_M + ROOF_M)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_floors_are_not_120_m_and_ten_are_not_12_m() {
        assert!(!go_together(120.0, 3.0) && !go_together(12.0, 10.0));
        assert!(go_together(9.0, 3.0) && go_together(60.0, 1.0) && go_together(4.0, 0.0) && go_together(300.0, 60.0));
        assert!(go_together(18.0, 10.0) && !go_together(17.9, 10.0), "the line itself goes");
        assert!(go_together(56.0, 3.0) && !go_together(56.1, 3.0));
    }
}
