//! A house's row: what the books know of it, with the gaps that books have.

use super::names;
use super::outline::area;
use super::recipe::{shares, today};
use super::record::Record;
use super::rng::Rng;
use super::site::House;
use super::terrain::Terrain;
use crate::model::{Layer, Shape};

/// What a house is called and who looks after it.
pub struct Books<'a> {
    /// Its name; empty where it has none.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Who manages the estate it belongs to.
    pub manager: Option<&'a str>,
    /// The house's own chance.
    pub seed: u64,
}

/// A house's row and how many live there by the books.
pub fn record(house: &House, books: &Books<'_>, ground: &Terrain) -> Option<(Record, i64)> {
    let known = &shares().buildings;
    let mut chance = Rng::of(&[books.seed, 0x40]);
    let rings = house
        .parts
        .iter()
        .map(|part| std::iter::once(&part.ring).chain(&part.court).map(|ring| ground.places(ring)).collect::<Vec<_>>());
    let shape = Shape::polygons(rings).ok()?;
    let footprint: f64 =
        house.parts.iter().map(|part| area(&part.ring) - part.court.as_deref().map_or(0.0, |c| area(c).abs())).sum();
    let floors = house.floors;
    let storey = match house.usage {
        "mall" | "market" => 5.1,
        "industrial" | "warehouse" => 7.4,
        "school" | "hospital" | "office" | "public" | "hotel" => 3.8,
        "commercial" | "heritage" => 3.5,
        _ => 2.95,
    };
    let height = storey * floors as f64 + chance.between(0.2, 2.4);
    let floor_area = footprint * floors as f64 * chance.between(0.93, 1.0);
    let homes = match house.usage {
        "residential" | "dormitory" => 1.0,
        "mixed" => 0.75,
        _ => 0.0,
    };
    let per_head = if floors > 12 {
        41.0
    } else if floors < 4 {
        44.0
    } else {
        32.0
    };
    let residents = (floor_area * homes / per_head * chance.between(0.55, 1.0)) as i64;
    let residents = if house.usage == "elderly_care" { (floor_area / 36.0) as i64 } else { residents };
    let residents_known = chance.percent(known.residents_known);
    let tower = floors >= 10;
    let new = house.year >= 2000;
    let housing = homes > 0.0;
    let below = match house.usage {
        "mall" | "hospital" | "office" | "hotel" => chance.whole(1, 4),
        "residential" if tower && new => chance.whole(1, 2),
        _ => 0,
    };
    let e_bikes = (residents as f64 * chance.between(0.04, 0.16) * if tower { 0.6 } else { 1.0 }) as i64;
    let ports = if new {
        (e_bikes as f64 * chance.between(0.05, 0.4)) as i64
    } else {
        (e_bikes as f64 * chance.between(0.0, 0.16)) as i64
    };
    let cylinders = match house.usage {
        _ if new || !housing => 0,
        "mixed" => chance.whole(1, 14),
        _ => chance.whole(0, 2 * floors),
    };
    let eats = matches!(house.usage, "market" | "mall" | "commercial") && chance.percent(25);
    let supervisor = match house.usage {
        "mall" | "hospital" | "hotel" => "fire_brigade",
        "market" | "school" | "office" | "industrial" | "warehouse" | "dormitory" => {
            if chance.percent(40) {
                "fire_brigade"
            } else {
                "police"
            }
        }
        _ if tower => "police",
        _ => "subdistrict",
    };
    let insulated = house.year >= 2003 && (housing || house.usage == "office");
    let record = Record::new(Layer::Building, shape)
        .choice("use", house.usage)
        .when(!books.name.is_empty() && chance.percent(known.name_known), |r| r.text("name", &books.name))
        .text("address", &books.address)
        .when(chance.percent(known.height_known), |r| r.real("height_m", height, 1))
        .when(chance.percent(known.floors_known), |r| r.integer("floors_above", floors))
        .when(chance.percent(80), |r| r.integer("floors_below", below))
        .when(chance.percent(known.year_known), |r| r.integer("year_built", house.year))
        .when(chance.percent(known.floor_area_known), |r| r.real("floor_area_m2", floor_area, 0))
        .when(insulated && chance.percent(known.insulation_known), |r| {
            let class = match chance.whole(0, 19) {
                0 => "b3",
                1..=5 => "b2",
                6..=13 => "b1",
                _ => "a",
            };
            r.choice("insulation", class)
        })
        .real("entrance_elevation_m", ground.elevation(house.middle), 1)
        .when(residents_known && (housing || residents > 0), |r| {
            let share = if new { chance.between(0.0, 0.02) } else { chance.between(0.0, 0.06) };
            r.integer("residents", residents).integer("care_residents", (residents as f64 * share) as i64)
        })
        .when(housing && chance.percent(known.e_bikes_known), |r| {
            r.integer("e_bikes", e_bikes).integer("charging_ports", ports)
        })
        .when((housing && !new || eats) && chance.percent(60), |r| {
            r.integer("gas_cylinders", if eats { chance.whole(2, 24) } else { cylinders })
        })
        .when(tower && chance.percent(72), |r| {
            let kinds = ["电气火灾", "电气火灾、水压", "电气火灾、水压、消控室"];
            let nth = chance.whole(0, 2) as usize;
            let installed = r.text("iot_installed", kinds[nth]);
            if chance.percent(78) {
                installed.text("iot_reporting", kinds[chance.whole(0, nth as i64) as usize])
            } else {
                installed
            }
        })
        .when(books.manager.is_some(), |r| r.text("manager", books.manager.unwrap_or_default()))
        .when(chance.percent(70), |r| r.text("contact", names::contact(&mut chance)))
        .when(chance.percent(92), |r| r.choice("supervised_by", supervisor));
    // Drawn apart, so that nothing else of a house hangs on whether anybody looked.
    let mut looked = Rng::of(&[books.seed, 0x41]);
    let days = looked.whole(2, 640) as i32;
    let stairs = if tower { looked.whole(2, 3) } else { ((house.size.0 / 18.0) as i64).max(1) };
    let record = record
        .when(looked.percent(68), |r| r.date("last_inspected", today() - days))
        .when(looked.percent(42), |r| r.integer("stairs", stairs));
    Some((record, if residents_known { residents } else { 0 }))
}
