//! Stations: two fire stations a district and micro-stations in communities and large units.

use super::names;
use super::record::Record;
use super::rng::Rng;
use super::terrain::{Terrain, Xy};
use crate::model::{Layer, Shape};

/// A fire station's row. Its telephone is left out: a made-up number may be somebody's.
pub fn fire_station(at: Xy, address: &str, ground: &Terrain, chance: &mut Rng) -> Record {
    let name = format!("{}消防救援站", names::place(&[chance.bits()]));
    let vehicles = *chance.pick(&[
        "水罐车 2（宽 2.5 m，高 3.4 m，18 t）；云梯车 1（宽 2.5 m，高 3.9 m，32 t）；抢险车 1",
        "水罐车 2（宽 2.5 m，高 3.5 m，20 t）；泡沫车 1；举高喷射车 1（高 3.8 m，30 t）；小型水罐车 1（宽 2.0 m）",
    ]);
    Record::new(Layer::Station, Shape::point(ground.place(at)))
        .text("name", name)
        .text("address", address)
        .choice("kind", "fire_station")
        .integer("staff", chance.whole(18, 34))
        .text("vehicles", vehicles)
        .integer("turnout_s", chance.whole(45, 60))
}

/// A micro-station's row: of a unit (such as a mall) where it has a name, else of the community around it.
pub fn micro(at: Xy, unit: Option<&str>, address: &str, ground: &Terrain, chance: &mut Rng) -> Record {
    let name = match unit {
        Some(unit) => format!("{unit}微型消防站"),
        None => format!("{}微型消防站", names::street(&[chance.bits()])),
    };
    let vehicles = ["电动巡逻消防车 1", "消防摩托车 2", "手抬泵 1", "灭火器材推车 1"];
    Record::new(Layer::Station, Shape::point(ground.place(at)))
        .text("name", name)
        .text("address", address)
        .choice("kind", if unit.is_some() { "micro_unit" } else { "micro_community" })
        .when(chance.percent(90), |r| r.integer("staff", chance.whole(3, 7)))
        .when(chance.percent(75), |r| r.text("vehicles", *chance.pick(&vehicles)))
        .when(chance.percent(65), |r| r.integer("turnout_s", chance.whole(40, 90)))
}
