//! What is known of a house's risks: places in it, dangers found there, fires that were. All of it made up.

use super::names;
use super::outline::{offset, within};
use super::recipe::today;
use super::record::Record;
use super::rng::Rng;
use super::site::House;
use super::terrain::{Terrain, Xy};
use crate::model::{Layer, Shape};

/// Days before the recipe's day of which fires are on record.
const RECORDED_D: i64 = 1000;

/// The places, dangers and fires of a house.
pub fn records(house: &House, name: &str, address: &str, seed: u64, ground: &Terrain) -> Vec<Record> {
    let mut chance = Rng::of(&[seed, 0x215C]);
    let Some(at) = inside(house) else { return Vec::new() };
    let mut records = Vec::new();
    let here = |layer| Record::new(layer, Shape::point(ground.place(at)));
    let class = place_class(house, &mut chance);
    if let Some((class, ending)) = class {
        let named = if name.is_empty() { format!("{}{ending}", names::place(&[seed, 0x91])) } else { name.to_owned() };
        records.push(place(here(Layer::Place), house, class, named, &mut chance).text("address", address));
    }
    let old = house.year < 1998;
    // Trouble gathers where houses are old and where people trade.
    let share =
        6 + if old { 9 } else { 0 } + if class.is_some() { 14 } else { 0 } + if house.floors >= 10 { 8 } else { 0 };
    let mut dangers = 0;
    while dangers < 3 && chance.percent(share) {
        records.push(danger(here(Layer::Danger), class.is_some(), &mut chance));
        dangers += 1;
    }
    let in_a_thousand = 16 + if old { 26 } else { 0 } + 32 * dangers + if class.is_some() { 16 } else { 0 };
    if chance.whole(0, 999) < in_a_thousand {
        records.push(fire(here(Layer::Incident), &mut chance));
    }
    records
}

/// A point within a house, its middle where it can be.
fn inside(house: &House) -> Option<Xy> {
    let (w, d) = house.size;
    let part = house.parts.first()?;
    let steps =
        [(0.0, 0.0), (0.3, 0.3), (-0.3, 0.3), (0.3, -0.3), (-0.3, -0.3), (0.42, 0.0), (0.0, 0.42), (0.0, -0.42)];
    let holds = |p: Xy| within(&part.ring, p) && part.court.as_ref().is_none_or(|court| !within(court, p));
    steps.into_iter().map(|(x, y)| offset(house.middle, house.along, x * w, y * d)).find(|p| holds(*p))
}

/// What is in a house: the word of such tables, and the ending of a name.
fn place_class(house: &House, chance: &mut Rng) -> Option<(&'static str, &'static str)> {
    let of = match house.usage {
        "mall" => ("商场", "商场"),
        "market" => ("专业市场", "市场"),
        "hotel" => ("宾馆", "宾馆"),
        "school" => ("学校", "学校"),
        "kindergarten" => ("幼儿园", "幼儿园"),
        "hospital" => ("医院", "医院"),
        "elderly_care" => ("养老机构", "养老院"),
        "industrial" => ("厂房", "厂"),
        "warehouse" => ("仓库", "仓库"),
        "commercial" if chance.percent(45) => {
            *chance.pick(&[("餐饮", "饭馆"), ("小超市", "超市"), ("培训机构", "培训中心")])
        }
        "mixed" if chance.percent(22) => *chance.pick(&[
            ("餐饮", "饭馆"),
            ("三合一", "工坊"),
            ("群租房", "出租屋"),
            ("民宿", "民宿"),
            ("小商店", "商店"),
        ]),
        _ => return None,
    };
    Some(of)
}

fn place(record: Record, house: &House, class: &str, name: String, chance: &mut Rng) -> Record {
    let large = matches!(house.usage, "mall" | "market" | "hotel" | "hospital" | "office");
    let footprint = house.size.0 * house.size.1;
    let area = if large { footprint * house.floors as f64 * 0.8 } else { footprint * chance.between(0.2, 0.9) };
    let has = |chance: &mut Rng| chance.percent(if large { 88 } else { 24 });
    let record = record
        .text("name", name)
        .text("class", class)
        .when(chance.percent(78), |r| r.real("area_above_m2", area, 0))
        .when(house.usage == "mall" && chance.percent(70), |r| r.real("area_below_m2", footprint * 0.7, 0))
        .when(house.usage == "hotel", |r| r.integer("rooms", (area / 45.0) as i64))
        .when(chance.percent(60), |r| r.text("contact", names::contact(chance)));
    let systems = ["alarm", "sprinkler", "indoor_hydrant", "smoke_control"];
    let record = systems.into_iter().fold(record, |record, system| {
        if !chance.percent(76) {
            return record;
        }
        let yes = has(chance);
        record.flag(system, yes)
    });
    let days = chance.whole(4, 520) as i32;
    record.when(chance.percent(72), |r| r.date("last_inspected", today() - days))
}

fn danger(record: Record, of_place: bool, chance: &mut Rng) -> Record {
    let kinds = [
        ("疏散通道", "楼道堆放杂物，占用疏散通道"),
        ("电气线路", "线路老化，私拉乱接"),
        ("电动自行车", "存在飞线充电"),
        ("电动自行车", "车棚端口不足，占用首层门厅停放"),
        ("消防设施", "室内消火栓无水"),
        ("消防设施", "灭火器过期"),
        ("防火门", "常闭式防火门损坏"),
        ("燃气使用", "液化气瓶与明火同室"),
    ];
    let (kind, text) = *chance.pick(&kinds);
    let grade = match chance.whole(0, 99) {
        0..=44 => "minor",
        45..=83 => "ordinary",
        84..=97 => "principal",
        _ => "major",
    };
    let reported = chance.whole(3, 420);
    let due = reported - *chance.pick(&[7, 15, 30, 60, 180, 400]);
    let closed = reported > 20 && chance.percent(58);
    let closed_on = (due + chance.whole(-12, 25)).clamp(1, reported - 1);
    let state = match (closed, chance.whole(0, 9)) {
        (true, _) => "closed",
        (_, 0) => "reported",
        (_, 1 | 2) => "verified",
        (_, 3) => "mended",
        _ => "to_mend",
    };
    record
        .choice("about", if of_place { "place" } else { "building" })
        .text("kind", kind)
        .text("text", text)
        .choice("grade", grade)
        .choice("state", state)
        .instant("reported", instant(reported, chance.whole(1, 9)))
        .when(chance.percent(88), |r| r.date("due", today() - due as i32))
        .when(closed, |r| r.instant("closed", instant(closed_on, 8)))
        .when(chance.percent(8), |r| r.integer("reopened", 1))
        .when(chance.percent(70), |r| r.text("responsible", names::contact(chance)))
}

fn fire(record: Record, chance: &mut Rng) -> Record {
    let causes = ["电气火灾", "用火不慎", "电动自行车", "遗留火种", "原因不明"];
    let injured = i64::from(chance.percent(7));
    record
        .choice("kind", "fire")
        .instant("occurred", instant(chance.whole(1, RECORDED_D), chance.whole(0, 23)))
        .text("cause", *chance.pick(&causes))
        .integer("deaths", 0)
        .integer("injured", injured)
        .real("loss_yuan", chance.between(500.0, 60_000.0), 0)
}

/// Milliseconds of an hour so many days before the recipe's day.
fn instant(days_ago: i64, hour: i64) -> i64 {
    ((i64::from(today()) - days_ago) * 24 + hour) * 3_600_000
}
