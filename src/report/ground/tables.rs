//! Rates and ways along the ground as tables.

use super::supply::lps;
use super::{GroundArea, StreetsTold, SupplyRates};
use crate::analysis::{Band, Covered, Grade};
use crate::city::{City, RowRef};
use crate::model::{FeatureId, Lang, Layer, building};
use crate::report::{Column, Table};

/// Areas as a table by hose beside the straight line: the figures that matter most, in a language.
pub fn hose_table(city: &City, rows: &[GroundArea], lang: Lang) -> Table {
    let [a, b, c] = city.travel().hose.shown_at_m;
    let heads = [
        ("代码".to_owned(), "Code".to_owned()),
        ("名称".to_owned(), "Name".to_owned()),
        ("建筑".to_owned(), "Buildings".to_owned()),
        ("圆内".to_owned(), "By circle".to_owned()),
        ("水带可达".to_owned(), "By hose".to_owned()),
        ("仅圆内".to_owned(), "Circle only".to_owned()),
        ("不明".to_owned(), "Unknown".to_owned()),
        (format!("≤{a} m"), format!("≤{a} m")),
        (format!("≤{b} m"), format!("≤{b} m")),
        (format!("≤{c} m"), format!("≤{c} m")),
        ("街道 m".to_owned(), "Street m".to_owned()),
        ("间距过大".to_owned(), "Too far".to_owned()),
        ("间距不明".to_owned(), "Spacing unknown".to_owned()),
        ("水量足够".to_owned(), "Flow enough".to_owned()),
        ("水量不足".to_owned(), "Too little".to_owned()),
    ];
    let cells = |row: &GroundArea| {
        let (hose, all) = (&row.rates.hose[SERVICEABLE], row.rates.all.buildings);
        let percent =
            |n: i64| if all > 0 { format!("{:.1} %", 100.0 * n as f64 / all as f64) } else { "—".to_owned() };
        let circle = || {
            let circled = hose.both.buildings + hose.circle_only.buildings;
            let (slot, _) = city.layer(Layer::Area).find(FeatureId(row.id))?;
            let whole = city.results().totals(slot).sum(Grade::Serviceable, Covered::Whole, 0);
            Some(whole.max(circled))
        };
        let mut cells =
            vec![row.code.clone().unwrap_or_default(), row.name.clone().unwrap_or_default(), all.to_string()];
        cells.push(circle().map_or("—".to_owned(), percent));
        let counts = [hose.within, hose.circle_only, hose.unknown, hose.shown[0], hose.shown[1], hose.shown[2]];
        cells.extend(counts.map(|sum| percent(sum.buildings)));
        let metres = |of: fn(&StreetsTold) -> f64| row.streets.map(|streets| (of(&streets), streets.street_m));
        let share =
            |(part, all): (f64, f64)| if all > 0.0 { format!("{:.1} %", 100.0 * part / all) } else { "—".into() };
        cells.push(metres(|streets| streets.street_m).map_or("—".to_owned(), |(all, _)| format!("{all:.0}")));
        cells.push(metres(|streets| streets.grades[SERVICEABLE].too_far_m).map_or("—".to_owned(), share));
        cells.push(metres(|streets| streets.grades[SERVICEABLE].unknown_m).map_or("—".to_owned(), share));
        let flow = |of: fn(&SupplyRates) -> i64| {
            row.supply.map_or("—".to_owned(), |supply| percent(of(&supply[SERVICEABLE])))
        };
        cells.push(flow(|supply| supply.yes.buildings));
        cells.push(flow(|supply| supply.no.buildings));
        cells
    };
    table(heads, lang, rows.iter().map(cells).collect())
}

const SERVICEABLE: usize = Grade::Serviceable as usize;

/// Areas as a table by who arrives when, in a language.
pub fn response_table(city: &City, rows: &[GroundArea], lang: Lang) -> Table {
    let times = city.travel().response.shown_at_s;
    let mut heads = vec![
        ("代码".to_owned(), "Code".to_owned()),
        ("名称".to_owned(), "Name".to_owned()),
        ("建筑".to_owned(), "Buildings".to_owned()),
    ];
    for (zh, en) in [("微型站", "Micro"), ("消防车", "Engine")] {
        heads.extend(times.map(|s| (format!("{zh} ≤{s} s"), format!("{en} ≤{s} s"))));
        heads.push((format!("{zh}不达"), format!("{en} never")));
        heads.push((format!("{zh}不明"), format!("{en} unknown")));
    }
    let cells = |row: &GroundArea| {
        let all = row.rates.all.buildings;
        let percent =
            |n: i64| if all > 0 { format!("{:.1} %", 100.0 * n as f64 / all as f64) } else { "—".to_owned() };
        let mut cells =
            vec![row.code.clone().unwrap_or_default(), row.name.clone().unwrap_or_default(), all.to_string()];
        for arrivals in [&row.rates.micro, &row.rates.engine] {
            cells.extend(arrivals.shown.map(|sum| percent(sum.buildings)));
            cells.extend([arrivals.by_nobody, arrivals.unknown].map(|sum| percent(sum.buildings)));
        }
        cells
    };
    table(heads, lang, rows.iter().map(cells).collect())
}

fn table(heads: impl IntoIterator<Item = (String, String)>, lang: Lang, rows: Vec<Vec<String>>) -> Table {
    let column = |(nth, (zh, en)): (usize, (String, String))| Column {
        head: match lang {
            Lang::Zh => zh,
            Lang::En => en,
        },
        right: nth > 1,
    };
    Table { columns: heads.into_iter().enumerate().map(column).collect(), rows }
}

/// Areas with every figure along the ground, one row each, by machine names.
pub fn ground_area_table(rows: &[GroundArea]) -> Table {
    let mut columns = ["id", "code", "name", "level"].map(Column::text).to_vec();
    columns[0].right = true;
    let mut all = Vec::new();
    for row in rows {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut cells = vec![row.id.to_string(), text(&row.code), text(&row.name), row.level.to_owned()];
        let mut figures = vec![("all".to_owned(), row.rates.all)];
        for hose in &row.rates.hose {
            let classes = [
                ("within", hose.within),
                ("beyond", hose.beyond),
                ("unknown", hose.unknown),
                ("both", hose.both),
                ("circle_only", hose.circle_only),
                ("hose_only", hose.hose_only),
                ("neither", hose.neither),
                ("not_compared", hose.not_compared),
            ];
            figures.extend(classes.map(|(name, sum)| (format!("{}_{name}", hose.grade), sum)));
            let shown = (1..).zip(hose.shown);
            figures.extend(shown.map(|(nth, sum)| (format!("{}_within_way_{nth}", hose.grade), sum)));
        }
        for (who, arrivals) in [("micro", &row.rates.micro), ("engine", &row.rates.engine)] {
            let shown = (1..).zip(arrivals.shown);
            figures.extend(shown.map(|(nth, sum)| (format!("{who}_within_time_{nth}"), sum)));
            let others = [("later", arrivals.later), ("nobody", arrivals.by_nobody), ("unknown", arrivals.unknown)];
            figures.extend(others.map(|(name, sum)| (format!("{who}_{name}"), sum)));
        }
        let first = columns.len() == 4;
        for (name, sum) in figures {
            if first {
                let of = ["buildings", "floor_area_m2", "residents"];
                columns.extend(of.map(|of| Column::number(format!("{name}_{of}"))));
            }
            cells.extend([sum.buildings.to_string(), sum.floor_area_m2.to_string(), sum.residents.to_string()]);
        }
        let metres = |of: &dyn Fn(&StreetsTold) -> f64| {
            row.streets.as_ref().map_or(String::new(), |streets| format!("{:.3}", of(streets)))
        };
        let mut streets = vec![("street_m".to_owned(), metres(&|streets| streets.street_m))];
        for grade in Grade::ALL {
            let (nth, code) = (grade as usize, grade.code());
            streets.push((format!("{code}_street_too_far_m"), metres(&|streets| streets.grades[nth].too_far_m)));
            streets.push((format!("{code}_street_unknown_m"), metres(&|streets| streets.grades[nth].unknown_m)));
        }
        let mut figures = streets;
        for (grade, code) in Grade::ALL.into_iter().map(|grade| (grade as usize, grade.code())) {
            let buildings = |of: fn(&SupplyRates) -> i64| {
                row.supply.as_ref().map_or(String::new(), |supply| of(&supply[grade]).to_string())
            };
            figures.push((format!("{code}_enough_flow_buildings"), buildings(|supply| supply.yes.buildings)));
            figures.push((format!("{code}_too_little_flow_buildings"), buildings(|supply| supply.no.buildings)));
            figures.push((format!("{code}_unknown_flow_buildings"), buildings(|supply| supply.unknown.buildings)));
        }
        for (name, cell) in figures {
            if first {
                columns.push(Column::number(name));
            }
            cells.push(cell);
        }
        all.push(cells);
    }
    Table { columns, rows: all }
}

/// Every building with what it has along the ground, one row each, by machine names.
pub fn ground_table(city: &City) -> Table {
    let found = city.ground();
    let mut columns = vec![Column::number("id"), Column::text("source_key"), Column::text("name")];
    for grade in Grade::ALL {
        let code = grade.code();
        columns.push(Column::text(format!("{code}_hose")));
        columns.push(Column::text(format!("{code}_versus")));
        for nth in ["first", "second"] {
            columns.push(Column::number(format!("{code}_{nth}_hydrant_id")));
            columns.push(Column::number(format!("{code}_{nth}_way_m")));
        }
    }
    let supplies = found.supply(city);
    columns.push(Column::number("asked_flow_lps"));
    columns.push(Column::number("asked_flow_most_lps"));
    for grade in Grade::ALL {
        columns.push(Column::text(format!("{}_flow_enough", grade.code())));
        columns.push(Column::number(format!("{}_flow_lps", grade.code())));
        columns.push(Column::number(format!("{}_flow_untested_hydrants", grade.code())));
    }
    for who in ["micro", "engine"] {
        columns.push(Column::text(format!("{who}_band")));
        for nth in ["first", "second"] {
            columns.push(Column::number(format!("{who}_{nth}_station_id")));
            columns.push(Column::number(format!("{who}_{nth}_s")));
        }
    }
    let mut buildings: Vec<(u32, RowRef<'_>)> = city.layer(Layer::Building).iter().collect();
    buildings.sort_unstable_by_key(|(_, row)| row.id);
    let cells = |(slot, row): (u32, RowRef<'_>)| {
        let ground = found.of(slot);
        let mut cells = vec![
            row.id.0.to_string(),
            row.source_key.to_owned(),
            row.attributes.text(Layer::Building, building::NAME).unwrap_or_default().to_owned(),
        ];
        let number = |layer: Layer, slot: u32| city.layer(layer).number(slot).0.to_string();
        for grade in Grade::ALL {
            let nth = grade as usize;
            cells.push(ground.laid[nth].code().to_owned());
            cells.push(ground.versus(city.results().coverage(slot), grade).code().to_owned());
            for far in ground.hose[nth] {
                let told = far.get().map(|(slot, mm)| (number(Layer::Hydrant, slot), f64::from(mm) / 1000.0));
                cells.push(told.as_ref().map_or(String::new(), |(id, _)| id.clone()));
                cells.push(told.map_or(String::new(), |(_, metres)| format!("{metres:.3}")));
            }
        }
        let supply = supplies.map(|supplies| supplies.of(slot));
        let told = |mlps: Option<u32>| mlps.and_then(lps).map_or(String::new(), |lps| format!("{lps:.3}"));
        cells.push(told(supply.map(|supply| supply.demand.least)));
        cells.push(told(supply.map(|supply| supply.demand.most)));
        for grade in Grade::ALL {
            let nth = grade as usize;
            cells.push(supply.map_or(String::new(), |supply| supply.enough(grade).code().to_owned()));
            cells.push(told(supply.map(|supply| supply.flow[nth].least)));
            cells.push(supply.map_or(String::new(), |supply| supply.hydrants[nth][1].to_string()));
        }
        let bands: [Band; 2] = ground.bands(found.shown().arrival_ms);
        for (band, both) in bands.into_iter().zip([ground.micro, ground.engine]) {
            cells.push(band.code().to_owned());
            for far in both {
                let told = far.get().map(|(slot, ms)| (number(Layer::Station, slot), f64::from(ms) / 1000.0));
                cells.push(told.as_ref().map_or(String::new(), |(id, _)| id.clone()));
                cells.push(told.map_or(String::new(), |(_, seconds)| format!("{seconds:.1}")));
            }
        }
        cells
    };
    Table { rows: buildings.into_iter().map(cells).collect(), columns }
}
