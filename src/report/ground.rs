//! What is found along the ground, told: rates side by side with the straight line, and the ways of one building.

use serde::Serialize;
use utoipa::ToSchema;

use super::table::{Column, Table};
use crate::analysis::{Band, Grade, GroundTotals, Laid, Reached, Sums, Versus};
use crate::city::{City, RowRef};
use crate::crs::geodesic_m;
use crate::model::{FeatureId, Lang, Layer, Place, ShapeRef, area, building, hydrant, station};
use crate::network::{Route, Snap};

/// Buildings and what is in them.
#[derive(Serialize, ToSchema, Clone, Copy)]
pub struct Sum {
    /// Buildings.
    pub buildings: i64,
    /// Their floor area in m².
    pub floor_area_m2: f64,
    /// Their residents where known.
    pub residents: i64,
}

impl From<Sums> for Sum {
    fn from([buildings, floor_dm2, residents]: Sums) -> Sum {
        Sum { buildings, floor_area_m2: floor_dm2 as f64 / 100.0, residents }
    }
}

/// Buildings by hose at one grade.
#[derive(Serialize, ToSchema)]
pub struct HoseRates {
    /// `nominal`, `serviceable` or `verified`.
    pub grade: &'static str,
    /// Hose can be laid within the limit.
    pub within: Sum,
    /// It cannot.
    pub beyond: Sum,
    /// Nobody can tell.
    pub unknown: Sum,
    /// Share of buildings within the limit, unknown ones in the whole; `null` of nothing.
    pub share_buildings: Option<f64>,
    /// Covered whole by circles and by hose.
    pub both: Sum,
    /// Covered whole by circles, not by hose.
    pub circle_only: Sum,
    /// By hose, not whole by circles.
    pub hose_only: Sum,
    /// By neither.
    pub neither: Sum,
    /// Not to be compared: one of them is unknown or not assessed.
    pub not_compared: Sum,
    /// Within each way shown beside the limit.
    pub shown: [Sum; 3],
}

/// Buildings by when a sort of crew arrives.
#[derive(Serialize, ToSchema)]
pub struct ArrivalRates {
    /// Within each time shown.
    pub shown: [Sum; 3],
    /// Later.
    pub later: Sum,
    /// Nobody arrives.
    pub by_nobody: Sum,
    /// Nobody can tell.
    pub unknown: Sum,
}

/// Rates along the ground.
#[derive(Serialize, ToSchema)]
pub struct GroundRates {
    /// All buildings.
    pub all: Sum,
    /// By hose, by grade.
    pub hose: [HoseRates; 3],
    /// By micro-stations.
    pub micro: ArrivalRates,
    /// By engines.
    pub engine: ArrivalRates,
}

impl GroundRates {
    /// Of totals.
    pub fn of(totals: &GroundTotals) -> GroundRates {
        let hose = Grade::ALL.map(|grade| {
            let laid = |laid| Sum::from(totals.by_hose(grade, laid));
            let versus = |versus| Sum::from(totals.held_against(grade, versus));
            let (within, all) = (laid(Laid::Within), totals.all[0]);
            HoseRates {
                grade: grade.code(),
                within,
                beyond: laid(Laid::Beyond),
                unknown: laid(Laid::Unknown),
                share_buildings: (all > 0).then(|| within.buildings as f64 / all as f64),
                both: versus(Versus::Both),
                circle_only: versus(Versus::CircleOnly),
                hose_only: versus(Versus::HoseOnly),
                neither: versus(Versus::Neither),
                not_compared: versus(Versus::Unknown),
                shown: totals.shown[grade as usize].map(Sum::from),
            }
        });
        let arrivals = |reached: &Reached| ArrivalRates {
            shown: reached.shown.map(Sum::from),
            later: reached.later.into(),
            by_nobody: reached.by_nobody.into(),
            unknown: reached.unknown.into(),
        };
        GroundRates { all: totals.all.into(), hose, micro: arrivals(&totals.micro), engine: arrivals(&totals.engine) }
    }
}

/// The network, counted.
#[derive(Serialize, ToSchema)]
pub struct NetworkTold {
    /// Nodes: places where lines meet or end.
    pub nodes: usize,
    /// Edges between them.
    pub edges: usize,
    /// Their length in kilometres.
    pub km: f64,
    /// Pieces that nothing joins.
    pub pieces: usize,
    /// Share of the length that the longest piece has; `null` of nothing.
    pub largest_share: Option<f64>,
    /// Share of nodes whose elevation is known; `null` of nothing.
    pub heights_share: Option<f64>,
}

/// What is found along the ground, at a glance.
#[derive(Serialize, ToSchema)]
pub struct GroundTold {
    /// The longest way of hose that counts, in metres.
    pub limit_m: f64,
    /// Ways beside it at which shares are shown.
    pub shown_at_m: [f64; 3],
    /// Seconds at which shares of arrivals are shown.
    pub shown_at_s: [u32; 3],
    /// The network.
    pub network: NetworkTold,
    /// Stations that send engines, and micro-stations.
    pub stations: [usize; 2],
    /// All buildings.
    pub whole: GroundRates,
}

/// What is found along the ground, at a glance.
pub fn ground_told(city: &City) -> GroundTold {
    let found = city.ground();
    let graph = found.network().graph();
    let (pieces, _) = graph.pieces();
    let all: u64 = pieces.iter().sum();
    let longest = pieces.iter().max().copied().unwrap_or(0);
    let nodes = graph.nodes().len();
    let heights = (0..nodes as u32).filter(|node| graph.height_cm(*node).is_some()).count();
    let travel = city.travel();
    GroundTold {
        limit_m: f64::from(found.limit_mm()) / 1000.0,
        shown_at_m: travel.hose.shown_at_m,
        shown_at_s: travel.response.shown_at_s,
        network: NetworkTold {
            nodes,
            edges: graph.edges().len(),
            km: all as f64 / 1e6,
            pieces: pieces.len(),
            largest_share: (all > 0).then(|| longest as f64 / all as f64),
            heights_share: (nodes > 0).then(|| heights as f64 / nodes as f64),
        },
        stations: [found.engines().len(), found.micro().len()],
        whole: GroundRates::of(found.whole()),
    }
}

/// An area and its rates along the ground.
#[derive(Serialize, ToSchema)]
pub struct GroundArea {
    /// Its number.
    pub id: u64,
    /// Its code.
    pub code: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its level.
    pub level: &'static str,
    /// Its rates.
    pub rates: GroundRates,
}

/// The areas of a level, by code, then number.
pub fn ground_areas(city: &City, level: &str) -> Vec<GroundArea> {
    let found = city.ground();
    let of_level = |row: &RowRef<'_>| row.attributes.choice(Layer::Area, area::KIND) == Some(level);
    let told = |(slot, row): (u32, RowRef<'_>)| {
        let text = |ix| row.attributes.text(Layer::Area, ix).map(str::to_owned);
        GroundArea {
            id: row.id.0,
            code: text(area::CODE),
            name: text(area::NAME),
            level: row.attributes.choice(Layer::Area, area::KIND).unwrap_or("unknown"),
            rates: GroundRates::of(found.totals(slot)),
        }
    };
    let mut rows: Vec<GroundArea> = city.layer(Layer::Area).iter().filter(|(_, row)| of_level(row)).map(told).collect();
    rows.sort_by(|a, b| (&a.code, a.id).cmp(&(&b.code, b.id)));
    rows
}

/// A way of hose to a hydrant.
#[derive(Serialize, ToSchema)]
pub struct HoseWay {
    /// The hydrant's number.
    pub id: u64,
    /// The number painted on it.
    pub name: Option<String>,
    /// Kind, a code of the model.
    pub kind: Option<&'static str>,
    /// State, a code of the model; absent where unknown.
    pub state: Option<&'static str>,
    /// Longitude and latitude.
    pub at: [f64; 2],
    /// The whole way in metres.
    pub way_m: f64,
    /// What of it is off the road: at the building, at the hydrant.
    pub off_road_m: [f64; 2],
    /// Lengths of hose it takes.
    pub lengths: u32,
    /// How much higher the building's side of the way lies than the hydrant's, in metres; absent where unknown.
    pub climb_m: Option<f64>,
    /// Whether the climb asks for a pump; `null` where the climb is unknown.
    pub needs_pump: Option<bool>,
    /// Whether the way is within the limit.
    pub within: bool,
    /// Longitude and latitude of its places, from the building to the hydrant.
    pub path: Vec<[f64; 2]>,
}

/// A crew on its way.
#[derive(Serialize, ToSchema)]
pub struct ArrivalTold {
    /// The station's number.
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
    /// Its kind, a code of the model.
    pub kind: Option<&'static str>,
    /// Longitude and latitude.
    pub at: [f64; 2],
    /// The profile it moves by.
    pub by: String,
    /// Seconds before it sets out.
    pub turnout_s: u32,
    /// Seconds under way, what is off the road included.
    pub travel_s: u32,
    /// Both.
    pub total_s: u32,
    /// Length on the road in metres.
    pub road_m: f64,
    /// Longitude and latitude of its places, from the station.
    pub path: Vec<[f64; 2]>,
}

/// What a place or building has along the ground.
#[derive(Serialize, ToSchema)]
pub struct GroundCard {
    /// The building's number; absent of a place.
    pub id: Option<u64>,
    /// Its name.
    pub name: Option<String>,
    /// Day of the results.
    pub day: String,
    /// Revision of the store.
    pub revision: u64,
    /// `nominal`, `serviceable` or `verified`.
    pub grade: &'static str,
    /// The longest way of hose that counts, in metres.
    pub limit_m: f64,
    /// `within`, `beyond` or `unknown`.
    pub laid: &'static str,
    /// Against circles: `both`, `circle_only`, `hose_only`, `neither` or `unknown`; absent of a place.
    pub versus: Option<&'static str>,
    /// Whether a way from it to a road that people use was found.
    pub on_foot: bool,
    /// Whether a way from it to a road that engines use was found.
    pub by_engine: bool,
    /// The nearest hydrants of the grade by hose, nearest first.
    pub hoses: Vec<HoseWay>,
    /// The first micro-stations to arrive.
    pub micro: Vec<ArrivalTold>,
    /// The first engines to arrive.
    pub engine: Vec<ArrivalTold>,
}

/// What a building has along the ground.
pub fn ground_of_building(city: &City, id: FeatureId, grade: Grade, most: usize) -> Option<GroundCard> {
    let (slot, row) = city.layer(Layer::Building).find(id)?;
    let found = city.ground();
    let ground = found.of(slot);
    let entrance = row.attributes.number(Layer::Building, building::ENTRANCE_ELEVATION_M);
    let network = found.network();
    let asked = Asked { shape: row.shape, entrance_m: entrance, grade, most };
    let card = asked.card(city, [network.on_foot(slot), network.by_engine(slot)]);
    Some(GroundCard {
        id: Some(row.id.0),
        name: row.attributes.text(Layer::Building, building::NAME).map(str::to_owned),
        laid: ground.laid[grade as usize].code(),
        versus: Some(ground.versus(city.results().coverage(slot), grade).code()),
        ..card
    })
}

/// What a place has along the ground.
pub fn ground_of_place(city: &City, at: Place, grade: Grade, most: usize) -> GroundCard {
    let point = crate::model::Shape::point(at);
    let [on_foot, by_engine] = city.ground().snap(city, at);
    let asked = Asked { shape: point.as_ref(), entrance_m: None, grade, most };
    asked.card(city, [&on_foot, &by_engine])
}

/// Who asks.
struct Asked<'a> {
    shape: ShapeRef<'a>,
    entrance_m: Option<f64>,
    grade: Grade,
    most: usize,
}

impl Asked<'_> {
    fn card(&self, city: &City, [on_foot, by_engine]: [&[Snap]; 2]) -> GroundCard {
        let found = city.ground();
        let hoses: Vec<HoseWay> = (found.hoses(city, on_foot, self.grade, self.most).into_iter())
            .filter_map(|(slot, route)| self.hose_way(city, slot, &route))
            .collect();
        let arrivals = |micro: bool| -> Vec<ArrivalTold> {
            let by = if micro { &city.travel().response.micro_by } else { &city.travel().response.engine_by };
            let snaps = if micro { on_foot } else { by_engine };
            let found = found.arrivals(city, snaps, micro, self.most).into_iter();
            found.filter_map(|(slot, turnout_s, route)| self.arrival(city, slot, turnout_s, by, &route)).collect()
        };
        let laid = match hoses.first() {
            Some(way) if way.within => Laid::Within,
            _ if on_foot.is_empty() => Laid::Unknown,
            _ => Laid::Beyond,
        };
        GroundCard {
            id: None,
            name: None,
            day: city.day().to_string(),
            revision: city.revision().0,
            grade: self.grade.code(),
            limit_m: f64::from(found.limit_mm()) / 1000.0,
            laid: laid.code(),
            versus: None,
            on_foot: !on_foot.is_empty(),
            by_engine: !by_engine.is_empty(),
            hoses,
            micro: arrivals(true),
            engine: arrivals(false),
        }
    }

    fn hose_way(&self, city: &City, slot: u32, route: &Route) -> Option<HoseWay> {
        let row = city.layer(Layer::Hydrant).row(slot)?;
        let values = row.attributes;
        let at = row.shape.first();
        let [near, far] = route.between;
        let network = city.ground().network();
        let metres = |snap: Snap| network.height_cm(snap).map(|cm| f64::from(cm) / 100.0);
        let building = self.entrance_m.or_else(|| metres(near));
        let hydrant_m = values.number(Layer::Hydrant, hydrant::ELEVATION_M).or_else(|| metres(far));
        let climb = building.zip(hydrant_m).map(|(building, hydrant)| building - hydrant);
        let hose = &city.travel().hose;
        let mut path = path_of(&route.places);
        path.insert(0, lon_lat(self.nearest_to(route.places.first().copied().unwrap_or(at))));
        path.push(lon_lat(at));
        Some(HoseWay {
            id: row.id.0,
            name: values.text(Layer::Hydrant, hydrant::NAME).map(str::to_owned),
            kind: values.choice(Layer::Hydrant, hydrant::KIND),
            state: values.choice(Layer::Hydrant, hydrant::STATE),
            at: lon_lat(at),
            way_m: f64::from(route.cost) / 1000.0,
            off_road_m: [near, far].map(|snap| f64::from(snap.off_road_mm) / 1000.0),
            lengths: hose.lengths(route.cost),
            climb_m: climb.map(|m| (m * 10.0).round() / 10.0),
            needs_pump: climb.map(|m| m > hose.pump_above_m),
            within: route.cost <= city.ground().limit_mm(),
            path,
        })
    }

    fn arrival(&self, city: &City, slot: u32, turnout_s: u32, by: &str, route: &Route) -> Option<ArrivalTold> {
        let row = city.layer(Layer::Station).row(slot)?;
        let at = row.shape.first();
        let total_s = route.cost.div_ceil(1000);
        let mut path = path_of(&route.places);
        path.insert(0, lon_lat(at));
        path.push(lon_lat(self.nearest_to(route.places.last().copied().unwrap_or(at))));
        Some(ArrivalTold {
            id: row.id.0,
            name: row.attributes.text(Layer::Station, station::NAME).map(str::to_owned),
            kind: row.attributes.choice(Layer::Station, station::KIND),
            at: lon_lat(at),
            by: by.to_owned(),
            turnout_s,
            travel_s: total_s.saturating_sub(turnout_s),
            total_s,
            road_m: route.road_mm as f64 / 1000.0,
            path,
        })
    }

    /// The place of the asker's edge that is nearest to a place on the road.
    fn nearest_to(&self, road: Place) -> Place {
        let frame = crate::crs::Frame::at(road);
        let mut best: Option<(f64, Place)> = None;
        for (_, ring) in self.shape.parts() {
            for step in ring.windows(2) {
                let (a, b) = (frame.offset(step[0]), frame.offset(step[1]));
                let (dx, dy) = (b.x - a.x, b.y - a.y);
                let len2 = dx * dx + dy * dy;
                let share = if len2 > 0.0 { (-(a.x * dx + a.y * dy) / len2).clamp(0.0, 1.0) } else { 0.0 };
                let between = |a: i32, b: i32| a + (f64::from(b - a) * share).round() as i32;
                let at = Place { lon: between(step[0].lon, step[1].lon), lat: between(step[0].lat, step[1].lat) };
                let far = geodesic_m(road, at);
                if best.is_none_or(|(known, _)| far < known) {
                    best = Some((far, at));
                }
            }
        }
        best.map_or(self.shape.first(), |(_, at)| at)
    }
}

fn lon_lat(at: Place) -> [f64; 2] {
    [at.lon_degrees(), at.lat_degrees()]
}

fn path_of(places: &[Place]) -> Vec<[f64; 2]> {
    places.iter().map(|place| lon_lat(*place)).collect()
}

/// Areas as a table by hose beside the straight line: the figures that matter most, in a language.
pub fn hose_table(city: &City, rows: &[GroundArea], lang: Lang) -> Table {
    let [a, b, c] = city.travel().hose.shown_at_m;
    let grade = Grade::Serviceable as usize;
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
    ];
    let cells = |row: &GroundArea| {
        let (hose, all) = (&row.rates.hose[grade], row.rates.all.buildings);
        let percent =
            |n: i64| if all > 0 { format!("{:.1} %", 100.0 * n as f64 / all as f64) } else { "—".to_owned() };
        let circle = || {
            let circled = hose.both.buildings + hose.circle_only.buildings;
            let (slot, _) = city.layer(Layer::Area).find(FeatureId(row.id))?;
            let whole = city.results().totals(slot).sum(Grade::Serviceable, crate::analysis::Covered::Whole, 0);
            Some(whole.max(circled))
        };
        let mut cells =
            vec![row.code.clone().unwrap_or_default(), row.name.clone().unwrap_or_default(), all.to_string()];
        cells.push(circle().map_or("—".to_owned(), percent));
        let counts = [hose.within, hose.circle_only, hose.unknown, hose.shown[0], hose.shown[1], hose.shown[2]];
        cells.extend(counts.map(|sum| percent(sum.buildings)));
        cells
    };
    table(heads, lang, rows.iter().map(cells).collect())
}

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
