//! What is found along the ground, told: rates side by side with the straight line.

mod card;
mod spacing;
mod supply;
mod tables;

use serde::Serialize;
use utoipa::ToSchema;

use crate::analysis::{Grade, GroundTotals, Laid, Reached, Sums, Versus};
use crate::city::{City, RowRef};
use crate::model::{Layer, area};
pub use card::{GroundCard, ground_of_building, ground_of_place};
pub use spacing::{SpacingTold, StreetRates, StreetsTold, spacing_told};
pub use supply::{SupplyRates, SupplyTold, supply_rates};
pub use tables::{ground_area_table, ground_table, hose_table, response_table};

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
    /// The model by which the time of engines on the road is told: `network`, `iso_rand` or `kolesar_walker`.
    pub engine_model: &'static str,
    /// All buildings.
    pub whole: GroundRates,
    /// All streets; `null` while they are being measured, and where the pack has no rule of spacing along them.
    pub streets: Option<StreetsTold>,
    /// All buildings by whether hydrants give what they ask for, by grade; `null` while that is being found, and where
    /// the pack asks for no flow.
    pub supply: Option<[SupplyRates; 3]>,
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
        engine_model: travel.response.model.code(),
        whole: GroundRates::of(found.whole()),
        streets: found.spacing_found().map(|spacing| StreetsTold::from(&spacing.whole())),
        supply: found.supply_found().map(|supplies| supply_rates(supplies.whole())),
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
    /// Its streets; `null` where the pack has no rule of spacing along them.
    pub streets: Option<StreetsTold>,
    /// Its buildings by whether hydrants give what they ask for, by grade; `null` where the pack asks for no flow.
    pub supply: Option<[SupplyRates; 3]>,
}

/// The areas of a level, by code, then number.
pub fn ground_areas(city: &City, level: &str) -> Vec<GroundArea> {
    let found = city.ground();
    let (spacing, supply) = (found.spacing(city), found.supply(city));
    let of_level = |row: &RowRef<'_>| row.attributes.choice(Layer::Area, area::KIND) == Some(level);
    let told = |(slot, row): (u32, RowRef<'_>)| {
        let text = |ix| row.attributes.text(Layer::Area, ix).map(str::to_owned);
        GroundArea {
            id: row.id.0,
            code: text(area::CODE),
            name: text(area::NAME),
            level: row.attributes.choice(Layer::Area, area::KIND).unwrap_or("unknown"),
            rates: GroundRates::of(found.totals(slot)),
            streets: spacing::streets_of(spacing, slot),
            supply: supply.map(|supplies| supply_rates(supplies.totals(slot))),
        }
    };
    let mut rows: Vec<GroundArea> = city.layer(Layer::Area).iter().filter(|(_, row)| of_level(row)).map(told).collect();
    rows.sort_by(|a, b| (&a.code, a.id).cmp(&(&b.code, b.id)));
    rows
}
