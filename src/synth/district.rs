//! One district, whole: the largest piece of a city that is ever held.

use super::blocks::{self, Block, Inner};
use super::buildings;
use super::footprints::{Form, Lot};
use super::houses::{self, Books};
use super::hydrants::{self, Outlet};
use super::outline::{direction, dot, offset};
use super::plan::{Plan, ROWS, Stop, distance};
use super::quarters::{self, Quarter, Use};
use super::record::Record;
use super::rng::{Rng, hash};
use super::site::House;
use super::streets::{Street, Way};
use super::terrain::Xy;
use super::{areas, lanes, names, risks, river, stations, walls, yards};
use crate::model::{Layer, Shape};

/// What a district has been filled with so far.
struct District<'a> {
    plan: &'a Plan,
    seed: u64,
    areas: Vec<Record>,
    houses: Vec<Record>,
    streets: Vec<Street>,
    outlets: Vec<Outlet>,
    others: Vec<Record>,
    fire_stations: usize,
}

/// The rows of the nth district, layer by layer, with at most so many buildings.
pub fn records(plan: &Plan, nth: u64, at_most: u64) -> Vec<Record> {
    let (i, j) = plan.district(nth);
    let seed = hash(&[plan.recipe.seed, 0xD15, nth]);
    let mut district = District {
        plan,
        seed,
        areas: Vec::new(),
        houses: Vec::new(),
        streets: Vec::new(),
        outlets: river::intakes(plan, i, j),
        others: Vec::new(),
        fire_stations: 0,
    };
    district.streets.extend(river::promenade(plan, i, j));
    let mut quarters = quarters::of_district(plan, i, j);
    let mut residents = Vec::with_capacity(quarters.len());
    for (rank, quarter) in quarters.iter_mut().enumerate() {
        let room = at_most - district.houses.len() as u64;
        if room == 0 {
            quarter.usage = Use::Hill;
        }
        residents.push(district.fill(quarter, rank, room as usize));
    }
    main_streets(&mut district, i, j, &quarters);
    let mut records = areas::records(plan, i, j, nth, &quarters, &residents);
    records.append(&mut district.areas);
    records.extend(river::record(plan, i, j));
    records.extend(district.streets.iter().filter_map(|street| street.record(&plan.ground)));
    records.append(&mut district.houses);
    district.outlets.retain(|outlet| !hydrants::was_never_built(outlet, plan.recipe.seed));
    let wet = district.outlets.iter().enumerate().map(|(k, outlet)| {
        let number =
            format!("{}-{:05}", if outlet.kind == "municipal" { "XH" } else { "SY" }, nth * 10_000 + k as u64 + 1);
        hydrants::record(outlet, &number, &plan.ground, hash(&[seed, 0x8D, k as u64]), plan.recipe.seed)
    });
    records.extend(wet);
    records.append(&mut district.others);
    records
}

/// The web of main streets that this district owns: its lines with their lower ends, and the rim where nobody follows.
fn main_streets(district: &mut District<'_>, i: i64, j: i64, quarters: &[Quarter]) {
    let plan = district.plan;
    let seed = plan.recipe.seed;
    let town: Vec<Xy> = quarters.iter().filter(|quarter| !quarter.is_rural()).map(|quarter| quarter.middle).collect();
    let (first, end) = (j * ROWS + plan.rows.start, j * ROWS + plan.rows.end);
    for line in first..=end {
        let way = Plan::contour_way(line);
        if way == Way::Nothing || line == end && plan.has_district(i, j + 1) {
            continue;
        }
        let embankment = Plan::is_river(line - 1) || Plan::is_river(line + 1);
        let pieces = between_gates(&plan.line(i, line));
        let count = pieces.len();
        for (piece, points) in pieces.into_iter().enumerate() {
            let half = u64::from(piece * 2 > count);
            let name = names::street(&[seed, 0x57, line as u64, i as u64, half]);
            let name = if embankment { format!("{name}滨江路") } else { format!("{name}{}", way.ending()) };
            district.main_street(Street::new(points, way, name), &town);
        }
    }
    for row in first..end {
        let rim = plan.quarters(i, row);
        for nth in 0..=rim {
            if nth == rim && plan.has_district(i + 1, j) {
                continue;
            }
            let (stops, way) = plan.climb(i, row, nth);
            let bridge = way == Way::Trunk && Plan::is_strip(row);
            let tunnel = way == Way::Trunk && row == j * ROWS + 9;
            // Trunk roads and the district's edges keep their name all the way.
            let name = match way {
                Way::Trunk | Way::Secondary => names::street(&[seed, 0xC1, i as u64, u64::from(nth == 0), j as u64]),
                _ => names::street(&[seed, 0xC2, i as u64, row as u64, nth as u64]),
            };
            let name = match way {
                _ if bridge => format!("{name}大桥"),
                _ if tunnel => format!("{name}隧道"),
                way => format!("{name}{}", way.ending()),
            };
            let pieces = between_gates(&stops);
            // Half of the ways up a hill where nobody lives were never made.
            let rural =
                nth != 0 && nth != rim && way != Way::Trunk && pieces.iter().all(|points| is_rural(points, &town));
            if rural && hash(&[seed, 0xC3, i as u64, row as u64, nth as u64]) % 100 < 55 {
                continue;
            }
            for points in pieces {
                district.main_street(Street { bridge, tunnel, ..Street::new(points, way, &name) }, &town);
            }
        }
    }
}

/// A main street's pieces from gate to gate.
fn between_gates(stops: &[Stop]) -> Vec<Vec<Xy>> {
    let gates: Vec<usize> = (0..stops.len()).filter(|k| stops[*k].gate).collect();
    gates.windows(2).map(|pair| stops[pair[0]..=pair[1]].iter().map(|stop| stop.at).collect()).collect()
}

/// Whether no quarter of the town is near.
fn is_rural(street: &[Xy], town: &[Xy]) -> bool {
    let middle = street[street.len() / 2];
    town.iter().all(|quarter| distance(*quarter, middle) > 270.0)
}

impl District<'_> {
    /// A main street: outside the town a narrower one, and mostly without hydrants.
    fn main_street(&mut self, mut street: Street, town: &[Xy]) {
        let rural = is_rural(&street.points, town);
        street.way = match street.way {
            Way::Secondary | Way::Primary if rural => Way::Tertiary,
            Way::Tertiary if rural => Way::Residential,
            way => way,
        };
        let bare = if rural { 84 } else { 9 };
        self.street(street, bare, false);
    }

    fn street(&mut self, street: Street, bare: u32, old: bool) {
        if street.way != Way::Nothing {
            self.outlets.extend(hydrants::along(&street, bare, old, self.seed));
            self.streets.push(street);
        }
    }

    /// Fills a quarter with at most so many houses; how many people live there by the books.
    fn fill(&mut self, quarter: &Quarter, rank: usize, room: usize) -> i64 {
        if quarter.usage == Use::Hill {
            return 0;
        }
        let ground = &self.plan.ground;
        let mut chance = Rng::of(&[quarter.seed, 0xF1]);
        let (blocks, inner) = match quarter.cutting() {
            Some(cutting) => blocks::cut(quarter.corners.clone(), &cutting, 4, &mut chance),
            None => (vec![quarter.corners.clone()], Vec::new()),
        };
        let names = self.inner_hydrants(quarter, &inner);
        let mut lots: Vec<Lot> = blocks.iter().map(|block| Lot::new(block)).collect();
        let mut houses = buildings::build(quarter, &blocks, &mut lots);
        houses.truncate(room);
        self.station(quarter, rank, &mut houses, &names, &mut chance);
        let estates = self.estates(quarter, &blocks, &houses, &mut chance);
        let (mut residents, mut ways) = (0, Vec::new());
        let mut numbers = vec![0; blocks.len()];
        for (k, house) in houses.iter().enumerate() {
            numbers[house.block] += 1;
            let number = numbers[house.block];
            let estate = estates[house.block].as_ref();
            let name = match (estate, house.usage) {
                (Some(estate), "residential" | "mixed" | "dormitory") => format!("{estate}{number}栋"),
                (_, usage) => own_name(usage, hash(&[quarter.seed, k as u64]), number),
            };
            let street = &names[blocks[house.block][house.block % blocks[house.block].len()].street];
            let street = if street.is_empty() { &names[0] } else { street };
            let books = Books {
                address: format!("{street}{}号", house.block as i64 * 20 + number * 2 - 1),
                manager: estate.map(|estate| names::manager(&[hash(&[estate.len() as u64, quarter.seed])])),
                seed: hash(&[quarter.seed, 0xB00, k as u64]),
                name,
            };
            let high = house.floors >= 10 && house.year >= 1998;
            if high && chance.percent(86) {
                let around = (&mut lots[house.block], &blocks[house.block]);
                let (records, lane) = lanes::records(house, &books.name, around, ground, &mut chance);
                self.others.extend(records);
                ways.extend(lane);
            }
            if let Some((record, count)) = houses::record(house, &books, ground) {
                residents += count;
                self.houses.push(record);
                self.others.extend(risks::records(house, &books.name, &books.address, books.seed, ground));
            }
        }
        self.own_water(quarter, &houses, &mut lots, &mut chance);
        ways.extend(self.inner_streets(quarter, (&blocks, &lots), inner.clone(), &names, &houses));
        self.walls(quarter, &blocks, &inner, &ways, &mut chance);
        residents
    }

    /// The hydrants along the inner streets of a quarter; the names of all its streets by number, main ones first.
    fn inner_hydrants(&mut self, quarter: &Quarter, inner: &[Inner]) -> Vec<String> {
        let seed = self.plan.recipe.seed;
        let line = |line: i64| {
            format!("{}{}", names::street(&[seed, 0x57, line as u64, 0, 0]), Plan::contour_way(line).ending())
        };
        let mut names = vec![line(quarter.row), String::new(), line(quarter.row + 1), String::new()];
        names.extend(inner.iter().enumerate().map(|(k, street)| {
            let own = names::street(&[quarter.seed, 0x1A, k as u64 / 2]);
            match street.way {
                Way::Service => String::new(),
                Way::Alley => format!("{own}{}巷", 1 + k),
                way => format!("{own}{}", way.ending()),
            }
        }));
        let shares = &super::recipe::shares().hydrants;
        let bare = match quarter.usage {
            Use::Village => shares.bare_streets_village,
            _ if quarter.is_old() => shares.bare_streets_old,
            _ => 6,
        };
        for (k, points) in blocks::pieces(inner) {
            let street = Street::new(points, inner[k].way, &names[4 + k]);
            let bare = if street.way == Way::Alley { 50 + bare / 2 } else { bare };
            self.outlets.extend(hydrants::along(&street, bare, quarter.is_old(), self.seed));
        }
        names
    }

    /// Names of the estates by block; their areas are added to the district's. Towers and slabs make one estate a
    /// quarter, walk-ups one a block.
    fn estates(
        &mut self,
        quarter: &Quarter,
        blocks: &[Block],
        houses: &[House],
        chance: &mut Rng,
    ) -> Vec<Option<String>> {
        if matches!(quarter.usage, Use::Towers | Use::Slabs) {
            let name = names::estate(&[quarter.seed]);
            self.estate(&quarter.corners, &name);
            return vec![Some(name); blocks.len()];
        }
        let mut named = Vec::with_capacity(blocks.len());
        for (k, block) in blocks.iter().enumerate() {
            let homes = houses.iter().filter(|house| house.block == k && house.usage == "residential").count();
            let is_estate = quarter.usage == Use::WalkUps && homes > 3 && chance.percent(70);
            named.push(is_estate.then(|| names::estate(&[quarter.seed, k as u64])));
            if let Some(Some(name)) = named.last() {
                self.estate(block, name);
            }
        }
        named
    }

    fn estate(&mut self, around: &Block, name: &str) {
        let ring = around.iter().map(|corner| self.plan.ground.place(corner.at)).collect();
        if let Ok(shape) = Shape::polygons([vec![ring]]) {
            self.areas.push(Record::new(Layer::Area, shape).choice("kind", "estate").text("name", name));
        }
    }

    /// Gives a house of some quarters over to a brigade.
    fn station(&mut self, quarter: &Quarter, rank: usize, houses: &mut [House], names: &[String], chance: &mut Rng) {
        let ground = &self.plan.ground;
        let address = format!("{}{}号", names[0], chance.whole(1, 90));
        let wanted = [10, 72].iter().filter(|from| rank >= **from).count();
        if self.fire_stations < wanted && !quarter.is_rural() && !houses.is_empty() {
            self.fire_stations += 1;
            let fit = houses
                .iter_mut()
                .filter(|house| house.floors < 9)
                .max_by(|a, b| (a.size.0 * a.size.1).total_cmp(&(b.size.0 * b.size.1)));
            if let Some(house) = fit {
                (house.usage, house.floors) = ("public", 4);
                self.others.push(stations::fire_station(house.middle, &address, ground, chance));
            }
            return;
        }
        let unit = matches!(quarter.usage, Use::Centre | Use::Hospital) || quarter.usage == Use::Market;
        if (unit || rank % 10 == 6) && !houses.is_empty() {
            let house = if unit { &houses[0] } else { &houses[houses.len() / 2] };
            let name = unit.then(|| own_name(house.usage, hash(&[quarter.seed, 0]), 1));
            self.others.push(stations::micro(house.middle, name.as_deref(), &address, ground, chance));
        }
    }

    /// Hydrants of estates and works beside their houses, cisterns of villages.
    fn own_water(&mut self, quarter: &Quarter, houses: &[House], lots: &mut [Lot], chance: &mut Rng) {
        let (kind, every) = match quarter.usage {
            Use::Towers => ("building_outdoor", 2),
            Use::Slabs | Use::School | Use::Hospital | Use::Works | Use::Centre => ("building_outdoor", 4),
            Use::Village => ("cistern", 24),
            _ => return,
        };
        for (k, house) in houses.iter().enumerate() {
            if k % every != every / 2 {
                continue;
            }
            let (w, d) = house.size;
            let at = offset(house.middle, house.along, chance.between(-0.3, 0.3) * w, -(d / 2.0 + 5.2));
            let mark = Form::Slab(1.2, 1.2).stand(at, house.along);
            if lots[house.block].take(&mark.ring, 1.0) {
                self.outlets.push(Outlet { at, kind, near: String::new(), old: quarter.is_old() });
            }
        }
    }

    /// The inner streets of a quarter, and ways through its blocks between the rows of their houses.
    fn inner_streets(
        &mut self,
        quarter: &Quarter,
        (blocks, lots): (&[Block], &[Lot]),
        mut streets: Vec<Inner>,
        names: &[String],
        houses: &[House],
    ) -> Vec<Vec<Xy>> {
        let mut yards = Vec::new();
        for (nth, (block, lot)) in blocks.iter().zip(lots).enumerate() {
            let own: Vec<&House> = houses.iter().filter(|house| house.block == nth).collect();
            if let Some(first) = own.first() {
                yards.extend(yards::through(block, lot, &own, first.along));
            }
        }
        let inner = streets.len();
        for yard in &yards {
            let (from, to) = (yard.line[0], yard.line[yard.line.len() - 1]);
            let climbs = dot(direction(from, to), quarter.along).abs() < 0.7;
            let way = match quarter.usage {
                _ if climbs && quarter.slope > 0.13 => Way::Steps,
                Use::OldTown | Use::WalkUps | Use::Village => Way::Footway,
                _ if yard.free_m < Way::Service.width_m() => Way::Footway,
                _ => Way::Service,
            };
            yards::join(&mut streets[..inner], [from, to]);
            streets.push(Inner { points: yard.line.clone(), way, climbs });
        }
        for (k, points) in blocks::pieces(&streets) {
            let name = names.get(4 + k).filter(|_| k < inner).cloned().unwrap_or_default();
            self.streets.push(Street::new(points, streets[k].way, name));
        }
        yards.into_iter().map(|yard| yard.line).collect()
    }

    /// Retaining walls above the streets of a slope, walls around estates, open where a way goes through.
    fn walls(&mut self, quarter: &Quarter, blocks: &[Block], inner: &[Inner], ways: &[Vec<Xy>], chance: &mut Rng) {
        let ground = &self.plan.ground;
        if quarter.slope > 0.09 {
            for (k, points) in blocks::pieces(inner) {
                if inner[k].climbs || !chance.percent(75) {
                    continue;
                }
                let half = inner[k].way.width_m() / 2.0 + 0.9;
                let middle = points[points.len() / 2];
                let before = points[points.len() / 2 - 1];
                let dir = super::outline::direction(before, middle);
                let up = ground.elevation(offset(middle, dir, 0.0, 12.0))
                    > ground.elevation(offset(middle, dir, 0.0, -12.0));
                if let Some(wall) = walls::beside(&points, if up { half } else { -half }, 14.0) {
                    let height = 30.0 * quarter.slope * chance.between(0.7, 1.3);
                    for wall in yards::opened(&wall, ways) {
                        self.others.extend(walls::record(&wall, "retaining_wall", height, ground, chance));
                    }
                }
            }
        }
        if !matches!(quarter.usage, Use::Towers | Use::Slabs | Use::School | Use::Works) {
            return;
        }
        for block in blocks {
            if chance.percent(30) {
                continue;
            }
            for (street, line) in frontages(block) {
                let away = street.width_m() / 2.0 + street.pavement_m() * 0.7;
                // At a sharp corner the wall ends earlier, so that it stands on no other street.
                let ends = [9.0, 18.0, 30.0, 50.0].into_iter();
                let wall =
                    ends.filter_map(|open| walls::beside(&line, away, open)).find(|wall| walls::is_clear(wall, block));
                if let Some(wall) = wall {
                    let kind = if chance.percent(50) { "wall" } else { "fence" };
                    for wall in yards::opened(&wall, ways) {
                        self.others.extend(walls::record(&wall, kind, 2.2, ground, chance));
                    }
                }
            }
        }
    }
}

/// The sides of a block, each along one street.
fn frontages(block: &Block) -> Vec<(Way, Vec<Xy>)> {
    let n = block.len();
    let start = (0..n).find(|&k| block[k].street != block[(k + n - 1) % n].street).unwrap_or(0);
    let mut sides: Vec<(usize, Way, Vec<Xy>)> = Vec::new();
    for k in (0..n).map(|k| (start + k) % n) {
        let (corner, next) = (block[k], block[(k + 1) % n].at);
        match sides.last_mut() {
            Some((street, _, line)) if *street == corner.street => line.push(next),
            _ => sides.push((corner.street, corner.way, vec![corner.at, next])),
        }
    }
    sides.into_iter().map(|(_, way, line)| (way, line)).collect()
}

/// What a house that belongs to no estate is called; empty where such houses have no name.
fn own_name(usage: &str, seed: u64, number: i64) -> String {
    let ending = match usage {
        "mall" => "购物广场",
        "market" => "市场",
        "hotel" => "宾馆",
        "office" => "大厦",
        "school" => return format!("{}学校{number}号楼", names::place(&[seed >> 40])),
        "kindergarten" => "幼儿园",
        "hospital" => return format!("{}医院{number}号楼", names::place(&[seed >> 40])),
        "elderly_care" => "养老院",
        "industrial" => "厂房",
        "warehouse" => "仓库",
        "heritage" => "旧址",
        "religious" => "寺",
        "dormitory" => "公寓",
        "public" => "服务中心",
        _ => return String::new(),
    };
    format!("{}{ending}", names::place(&[seed]))
}
