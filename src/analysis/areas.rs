//! Totals of an area: what share of it is covered, by buildings, floor area and residents.

use super::coverage::{Coverage, Covered};
use super::footprint::Footprint;
use super::grade::{Grade, HydrantState};
use crate::model::{AttributesRef, Layer, building};

/// What a building weighs in a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Weight {
    /// Floor area in square decimetres.
    pub floor_dm2: u32,
    /// How the floor area is known.
    pub floor_is: FloorArea,
    /// Residents; `None` where nobody says.
    pub residents: Option<u32>,
}

/// How a floor area is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FloorArea {
    /// It stands in the data.
    Given,
    /// Footprint times floors above ground.
    Derived,
    /// The footprint alone, as one floor: the floors are not known.
    #[default]
    Footprint,
}

impl FloorArea {
    /// The word in API and tables.
    pub fn code(self) -> &'static str {
        match self {
            FloorArea::Given => "given",
            FloorArea::Derived => "derived",
            FloorArea::Footprint => "footprint",
        }
    }
}

/// Weighs a building whose footprint was laid out.
pub fn weight(footprint: &Footprint, attributes: AttributesRef<'_>) -> Weight {
    let number = |ix| attributes.number(Layer::Building, ix);
    let (m2, floor_is) = match (number(building::FLOOR_AREA_M2), number(building::FLOORS_ABOVE)) {
        (Some(m2), _) => (m2, FloorArea::Given),
        (None, Some(floors)) if floors > 0.0 => (footprint.area_m2() * floors, FloorArea::Derived),
        _ => (footprint.area_m2(), FloorArea::Footprint),
    };
    Weight {
        floor_dm2: (m2 * 100.0).round() as u32,
        floor_is,
        residents: number(building::RESIDENTS).map(|residents| residents as u32),
    }
}

/// Sums of an area; they are added to and taken from, so that an edit costs what it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AreaTotals {
    /// Buildings.
    pub buildings: i64,
    /// Floor area in dm².
    pub floor_dm2: i64,
    /// Buildings whose floor area is not given.
    pub floor_guessed: i64,
    /// Residents where known.
    pub residents: i64,
    /// Buildings whose residents are known.
    pub residents_known: i64,
    /// By grade and [`Covered::ALL`]: buildings, floor area in dm², residents.
    pub covered: [[[i64; 3]; 4]; 3],
    /// Hydrants in service, out of service, obstructed, of unknown state.
    pub hydrants: [i64; 4],
    /// Municipal hydrants, whatever their state.
    pub municipal: i64,
}

impl AreaTotals {
    /// Adds (`sign` 1) or takes away (−1) a building.
    pub fn count_building(&mut self, weight: &Weight, coverage: &Coverage, sign: i64) {
        let residents = i64::from(weight.residents.unwrap_or(0));
        let floor = i64::from(weight.floor_dm2);
        self.buildings += sign;
        self.floor_dm2 += sign * floor;
        self.floor_guessed += sign * i64::from(weight.floor_is != FloorArea::Given);
        self.residents += sign * residents;
        self.residents_known += sign * i64::from(weight.residents.is_some());
        for grade in Grade::ALL {
            let Some(class) = coverage.at(grade).covered.class() else { continue };
            let sums = &mut self.covered[grade as usize][class];
            for (sum, add) in sums.iter_mut().zip([1, floor, residents]) {
                *sum += sign * add;
            }
        }
    }

    /// Adds the sums of other buildings and hydrants.
    pub fn add(&mut self, other: &AreaTotals) {
        let AreaTotals {
            buildings,
            floor_dm2,
            floor_guessed,
            residents,
            residents_known,
            covered,
            hydrants,
            municipal,
        } = other;
        self.buildings += buildings;
        self.floor_dm2 += floor_dm2;
        self.floor_guessed += floor_guessed;
        self.residents += residents;
        self.residents_known += residents_known;
        self.municipal += municipal;
        let sums = self.covered.as_flattened_mut().as_flattened_mut().iter_mut().chain(&mut self.hydrants);
        let added = covered.as_flattened().as_flattened().iter().chain(hydrants);
        sums.zip(added).for_each(|(sum, add)| *sum += add);
    }

    /// Adds (1) or takes away (−1) a hydrant.
    pub fn count_hydrant(&mut self, state: HydrantState, municipal: bool, sign: i64) {
        self.hydrants[state as usize] += sign;
        self.municipal += sign * i64::from(municipal);
    }

    /// Sum of buildings (0), floor area in dm² (1) or residents (2) in a class of coverage, or not assessed.
    pub fn sum(&self, grade: Grade, covered: Covered, of: usize) -> i64 {
        let sums = &self.covered[grade as usize];
        match covered.class() {
            Some(class) => sums[class][of],
            None => [self.buildings, self.floor_dm2, self.residents][of] - sums.iter().map(|sum| sum[of]).sum::<i64>(),
        }
    }

    /// Share covered whole of buildings (0), floor area (1) or residents (2); `None` of nothing. A building covered
    /// in part is not covered.
    pub fn share(&self, grade: Grade, of: usize) -> Option<f64> {
        let all: i64 = Covered::ALL.iter().map(|covered| self.sum(grade, *covered, of)).sum();
        (all > 0).then(|| self.sum(grade, Covered::Whole, of) as f64 / all as f64)
    }

    /// 完好率: hydrants in service ÷ all, unknown ones among all; `None` where there are none.
    pub fn sound(&self) -> Option<f64> {
        let all: i64 = self.hydrants.iter().sum();
        (all > 0).then(|| self.hydrants[HydrantState::InService as usize] as f64 / all as f64)
    }
}
