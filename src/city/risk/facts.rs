//! The facts of a building for its score, from what the city has found already.

use std::collections::{HashMap, HashSet};

use super::called::date_of;
use super::joins::Joins;
use crate::analysis::access::Gets;
use crate::analysis::risk::{Arrival, Candidate, Facts, IotFacts, LadderFacts, PlaceFacts, WaterFacts};
use crate::analysis::{Covered, Far, FloorArea, Grade, Laid, Standing, inner_place};
use crate::city::City;
use crate::city::access::Reaching;
use crate::city::chunks::by_chunk;
use crate::city::ground::GroundResults;
use crate::city::rows::RowRef;
use crate::crs::geodesic_m;
use crate::model::{Layer, Place, ValueRef, area, building, ladder_field, lane, place, station};

/// What is asked of the whole city once, for the facts of its buildings.
#[derive(Clone, Default)]
pub(super) struct Around {
    /// Whether there are no roads, so that the straight line stands for every way.
    pub straight: bool,
    obstructed_lanes: HashSet<u32>,
    /// Whether a building's ladder fields are known to be obstructed.
    fields: HashMap<u32, bool>,
    fields_drawn: bool,
    /// By the slot of an estate.
    estates: HashMap<u32, Shared>,
    is_estate: Vec<bool>,
    /// Micro-stations, then engines: where, and seconds before they set out. Asked for without roads alone.
    stations: [Vec<(Place, u32)>; 2],
}

impl Around {
    /// Of a city.
    pub fn new(city: &City) -> Around {
        let access = city.ground().reaching(city);
        let straight = city.risk_is_straight();
        let is_in_way = |row: &RowRef<'_>, ix| row.attributes.choice(row.layer, ix) == Some("obstructed");
        let lanes = city.layer(Layer::Lane).iter().filter(|(_, row)| is_in_way(row, lane::STATE));
        let obstructed_lanes = lanes.filter_map(|(slot, _)| access.served_by_lane(slot)).collect();
        let mut fields: HashMap<u32, bool> = HashMap::new();
        for (slot, row) in city.layer(Layer::LadderField).iter() {
            if let Some(of) = access.served_by_field(slot) {
                *fields.entry(of).or_default() |= is_in_way(&row, ladder_field::STATE);
            }
        }
        let areas = city.layer(Layer::Area);
        let kind = |slot| areas.row(slot).and_then(|row| row.attributes.choice(Layer::Area, area::KIND));
        let mut around = Around {
            straight,
            obstructed_lanes,
            fields_drawn: city.layer(Layer::LadderField).count() > 0,
            fields,
            estates: HashMap::new(),
            is_estate: (0..areas.slots() as u32).map(|slot| kind(slot) == Some("estate")).collect(),
            stations: if straight { all_stations(city) } else { Default::default() },
        };
        around.estates = around.shared_ports(city);
        around
    }

    /// E-bikes and ports of each estate, of the buildings that tell both.
    fn shared_ports(&self, city: &City) -> HashMap<u32, Shared> {
        let mut sums: HashMap<u32, Shared> = HashMap::new();
        if self.is_estate.contains(&true) {
            let buildings = city.layer(Layer::Building);
            let told = by_chunk(buildings, |slots| {
                let rows = slots.filter_map(|slot| Some((self.estate(city, slot)?, buildings.row(slot)?)));
                rows.filter_map(|(estate, row)| Some((estate, bikes_and_ports(row)?))).collect::<Vec<_>>()
            });
            told.into_iter().flatten().for_each(|(estate, told)| count(&mut sums, estate, told, 1));
        }
        sums
    }

    /// The shared e-bikes and ports of an estate after one of its buildings tells other ones than before.
    pub fn follow(&mut self, estate: u32, old: RowRef<'_>, new: RowRef<'_>) {
        for (row, sign) in [(old, -1), (new, 1)] {
            if let Some(told) = bikes_and_ports(row) {
                count(&mut self.estates, estate, told, sign);
            }
        }
    }

    /// The slot of the estate that holds a building.
    pub fn estate(&self, city: &City, slot: u32) -> Option<u32> {
        let held = city.results().building_areas(slot);
        held.slots().find(|area| self.is_estate.get(*area as usize) == Some(&true))
    }
}

/// E-bikes and ports of an estate, and how many buildings tell both.
#[derive(Clone, Copy, Default)]
struct Shared {
    sums: [i64; 2],
    told: i64,
}

fn count(sums: &mut HashMap<u32, Shared>, estate: u32, told: [i64; 2], sign: i64) {
    let shared = sums.entry(estate).or_default();
    shared.told += sign;
    shared.sums.iter_mut().zip(told).for_each(|(sum, more)| *sum += sign * more);
}

/// E-bikes and ports of a building that tells both.
pub(super) fn bikes_and_ports(row: RowRef<'_>) -> Option<[i64; 2]> {
    let whole = |ix| row.attributes.integer(Layer::Building, ix).map(|told| told.max(0));
    Some([whole(building::E_BIKES)?, whole(building::CHARGING_PORTS)?])
}

fn all_stations(city: &City) -> [Vec<(Place, u32)>; 2] {
    let response = &city.travel().response;
    let mut all = [Vec::new(), Vec::new()];
    for (_, row) in city.layer(Layer::Station).iter() {
        let kind = row.attributes.choice(Layer::Station, station::KIND).unwrap_or("fire_station");
        let told = row.attributes.integer(Layer::Station, station::TURNOUT_S).map(|s| s.clamp(0, 86_400) as u32);
        let turnout = told.or_else(|| response.turnout_s.get(kind).copied()).unwrap_or(0);
        let nth = usize::from(!response.micro.iter().any(|micro| micro == kind));
        all[nth].push((row.shape.first(), turnout));
    }
    all
}

/// Who gathers the facts of buildings.
pub(super) struct FactsOf<'a> {
    city: &'a City,
    ground: &'a GroundResults,
    access: &'a Reaching,
    joins: &'a Joins,
    around: &'a Around,
}

impl<'a> FactsOf<'a> {
    /// Of a city.
    pub fn new(city: &'a City, joins: &'a Joins, around: &'a Around) -> FactsOf<'a> {
        let ground = city.ground();
        FactsOf { city, ground, access: ground.reaching(city), joins, around }
    }

    /// Facts of the building of a slot; `None` where there is none.
    pub fn of(&self, slot: u32) -> Option<Facts> {
        let row = self.city.layer(Layer::Building).row(slot)?;
        let day = self.city.day();
        let mut facts = Facts::unknown(i64::from(day.year()), 0);
        let mut entrance_m = None;
        let mut inspected = None;
        let (mut installed, mut reporting) = (None, None);
        for (ix, value) in row.attributes.iter(Layer::Building) {
            match (ix, value) {
                (building::USE, ValueRef::Choice(nth)) => {
                    facts.usage = building::USES.get(usize::from(nth)).map(|usage| usage.code);
                }
                (building::INSULATION, ValueRef::Choice(_)) => {
                    facts.insulation = row.attributes.choice(Layer::Building, building::INSULATION);
                }
                (building::HEIGHT_M, ValueRef::Real(m)) => facts.height_mm = Some(thousandths(m)),
                (building::ENTRANCE_ELEVATION_M, ValueRef::Real(m)) => entrance_m = Some(m),
                (building::FLOORS_ABOVE, ValueRef::Integer(n)) => facts.floors = Some(n),
                (building::YEAR_BUILT, ValueRef::Integer(n)) => facts.year_built = Some(n),
                (building::RESIDENTS, ValueRef::Integer(n)) => facts.residents = Some(n),
                (building::E_BIKES, ValueRef::Integer(n)) => facts.e_bikes = Some(n),
                (building::CHARGING_PORTS, ValueRef::Integer(n)) => facts.ports = Some(n),
                (building::GAS_CYLINDERS, ValueRef::Integer(n)) => facts.gas = Some(n),
                (building::STAIRS, ValueRef::Integer(n)) => facts.stairs = Some(n),
                (building::LAST_INSPECTED, ValueRef::Date(days)) => inspected = Some(days),
                (building::IOT_INSTALLED, ValueRef::Text(text)) => installed = Some(text),
                (building::IOT_REPORTING, ValueRef::Text(text)) => reporting = Some(text),
                _ => {}
            }
        }
        let weight = self.city.results().weight(slot);
        facts.floor_dm2 = (weight.floor_is != FloorArea::Footprint).then_some(i64::from(weight.floor_dm2));
        facts.iot = installed.map(|installed| iot(installed, reporting));
        facts.estate = facts
            .e_bikes
            .and(self.around.estate(self.city, slot))
            .and_then(|estate| self.around.estates.get(&estate))
            .filter(|shared| shared.told > 0)
            .map(|shared| shared.sums);
        facts.places = self.places(slot, &mut inspected);
        let days = |on: i32| date_of(on).map(|on| i64::from((day - on).get_days()));
        facts.inspected_d = inspected.and_then(days).filter(|days| *days >= 0);
        facts.dangers = self.dangers(slot);
        facts.lane_obstructed = self.around.obstructed_lanes.contains(&slot);
        let vehicles = self.access.vehicles(slot);
        facts.engine_gets = if self.around.straight { Gets::Unknown } else { vehicles.engine };
        let field = self.around.fields.get(&slot).copied();
        facts.ladder = LadderFacts {
            drawn: self.around.fields_drawn,
            any: field.is_some(),
            obstructed: field == Some(true),
            reached: vehicles.to_field.unwrap_or(Gets::Unknown),
        };
        if self.around.straight {
            self.by_the_line(slot, &row, &mut facts);
        } else {
            self.by_the_ground(slot, &row, entrance_m, &mut facts);
        }
        Some(facts)
    }

    fn places(&self, slot: u32, inspected: &mut Option<i32>) -> Vec<PlaceFacts> {
        let rows = self.joins.places(slot).filter_map(|slot| self.city.layer(Layer::Place).row(slot));
        let of = |row: RowRef<'_>| {
            let (known, layer) = (row.attributes, Layer::Place);
            let when = known.date(layer, place::LAST_INSPECTED);
            *inspected = (*inspected).max(when);
            let systems = [place::ALARM, place::SPRINKLER, place::INDOOR_HYDRANT, place::SMOKE_CONTROL];
            PlaceFacts {
                class: known.text(layer, place::CLASS).map(Box::from),
                area: [place::AREA_ABOVE_M2, place::AREA_BELOW_M2].map(|ix| known.number(layer, ix).map(thousandths)),
                rooms: known.integer(layer, place::ROOMS),
                systems: systems.map(|ix| known.bool(layer, ix)),
            }
        };
        rows.map(of).collect()
    }

    fn dangers(&self, slot: u32) -> Vec<crate::analysis::risk::OpenDanger> {
        let all = self.joins.dangers_of(slot, || self.around.estate(self.city, slot));
        let mut open: Vec<_> = all.filter_map(|at| at.danger.on(self.city.day())).collect();
        open.sort_unstable_by_key(|danger| danger.id);
        open
    }

    fn by_the_ground(&self, slot: u32, row: &RowRef<'_>, entrance_m: Option<f64>, facts: &mut Facts) {
        let ground = self.ground.of(slot);
        let limit_mm = self.ground.limit_mm();
        let laid = ground.laid[Grade::Serviceable as usize];
        let mut water = WaterFacts { limit_mm, unknown: !ground.on_foot, ..WaterFacts::default() };
        for grade in Grade::ALL {
            let ways = ground.hose[grade as usize].iter().filter_map(|far: &Far| far.get());
            ways.for_each(|(slot, way_mm)| self.meet(&mut water, slot, way_mm, grade));
        }
        water.perhaps = laid == Laid::Unknown && !water.hydrants.iter().any(|of| of.grade == Grade::Nominal);
        water.unknown |= !self.city.results().waters().any_counts();
        water.lacks = laid == Laid::Beyond;
        facts.water = water;
        let arrival = |far: Far, has_way: bool| match far.far() {
            Some(ms) => Arrival::After(ms),
            None if has_way => Arrival::Nobody,
            None => Arrival::Unknown,
        };
        facts.micro = arrival(ground.micro[0], ground.on_foot);
        facts.engine = arrival(ground.engine[0], ground.by_engine);
        let network = self.ground.network();
        let stop = network.by_engine(slot).iter().min_by_key(|snap| snap.off_road_mm);
        let road_cm = stop.and_then(|snap| network.height_cm(*snap));
        let relief = self.city.relief();
        let entrance_m = entrance_m.or_else(|| road_cm.and_then(|_| relief.height_m(inner_place(row.shape))));
        let climb = entrance_m.zip(road_cm).map(|(entrance, cm)| thousandths(entrance) - i64::from(cm) * 10);
        facts.climb_mm = climb;
    }

    /// A hydrant that was found for a building: by the best grade it surely has, once.
    fn meet(&self, water: &mut WaterFacts, slot: u32, way_mm: u32, grade: Grade) {
        let point = self.city.results().waters().point(slot);
        let works = point.map(|point| point.at(Grade::Serviceable));
        if works == Some(Standing::No) {
            let nearer = water.idle.is_none_or(|idle| way_mm < idle.way_mm);
            if nearer {
                water.idle = Some(Candidate { slot, grade: Grade::Nominal, way_mm });
            }
            return;
        }
        match water.hydrants.iter_mut().find(|of| of.slot == slot) {
            Some(known) => known.grade = known.grade.max(grade),
            None => water.hydrants.push(Candidate { slot, grade, way_mm }),
        }
    }

    fn by_the_line(&self, slot: u32, row: &RowRef<'_>, facts: &mut Facts) {
        let coverage = self.city.results().coverage(slot);
        let waters = self.city.results().waters();
        let limit_mm = waters.widest_mm();
        let mut water = WaterFacts { limit_mm, straight: true, ..WaterFacts::default() };
        for grade in Grade::ALL {
            let reach = coverage.at(grade);
            if let Some((nearest, mm)) = reach.nearest().zip(reach.distance_mm()) {
                self.meet(&mut water, nearest, mm, grade);
                if reach.within >= 2 && water.hydrants.iter().any(|of| of.slot == nearest) {
                    // Another is within the radius, no one says how near: at the limit.
                    let others = water.hydrants.iter().filter(|of| of.slot != nearest && of.grade >= grade);
                    if others.count() == 0 {
                        water.hydrants.push(Candidate { slot: u32::MAX - grade as u32, grade, way_mm: limit_mm });
                    }
                }
            }
        }
        let covered = coverage.at(Grade::Serviceable).covered;
        water.unknown = !waters.any_counts() || covered == Covered::NotAssessed || limit_mm == 0;
        water.perhaps = covered == Covered::Unknown && !water.hydrants.iter().any(|of| of.grade == Grade::Nominal);
        water.lacks = covered == Covered::Not;
        facts.water = water;
        let derived = &self.city.risk_model().derived;
        let at = inner_place(row.shape);
        let about = |nth: usize, kmh: f64| {
            let ms = |(from, turnout): &(Place, u32)| {
                let way_m = geodesic_m(at, *from) * derived.detour.shown();
                (f64::from(*turnout) * 1000.0 + way_m * 3600.0 / kmh) as u32
            };
            let first = self.around.stations[nth].iter().map(ms).min();
            first.map_or(Arrival::Nobody, Arrival::About)
        };
        if !self.around.stations.iter().all(Vec::is_empty) {
            facts.micro = about(0, derived.micro_kmh.shown());
            facts.engine = about(1, derived.engine_kmh.shown());
        }
    }
}

fn thousandths(n: f64) -> i64 {
    (n * 1000.0).round() as i64
}

/// Kinds in a text, whatever stands between them.
fn kinds(text: &str) -> HashSet<&str> {
    let between = |c: char| matches!(c, '、' | ',' | '，' | ';' | '；' | '/' | '|') || c.is_whitespace();
    text.split(between).filter(|kind| !kind.is_empty()).collect()
}

fn iot(installed: &str, reporting: Option<&str>) -> IotFacts {
    let installed = kinds(installed);
    let heard = reporting.map(|text| kinds(text).intersection(&installed).count() as u32);
    IotFacts { installed: installed.len() as u32, reporting: heard }
}
