//! What fails first, what helps most, and how far a facility reaches, told.

use geo::{Buffer, LineString, MultiLineString};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::ground::Sum;
use super::table::{Column, Table};
use crate::analysis::Grade;
use crate::city::{City, Fragile, Reached};
use crate::model::{FeatureId, Lang, Layer, Place};

/// Something whose failure is felt.
#[derive(Serialize, ToSchema)]
pub struct FragileRow {
    /// hydrant, road or lane.
    pub layer: &'static str,
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
    /// Longitude and latitude.
    pub at: [f64; 2],
    /// The box around it: west, south, east, north.
    pub bbox: [f64; 4],
    /// Buildings that lose by it.
    pub buildings: i64,
    /// Their residents where known.
    pub residents: i64,
}

/// What fails first: roads, or hydrants of a grade.
pub fn fragile_told(city: &City, roads: bool, grade: Grade, most: usize) -> Vec<FragileRow> {
    let frailty = city.ground().frailty(city);
    let found = if roads { frailty.roads() } else { frailty.hydrants(grade) };
    found.iter().take(most).filter_map(|one| fragile_row(city, one)).collect()
}

fn fragile_row(city: &City, one: &Fragile) -> Option<FragileRow> {
    let (_, row) = city.layer(one.layer).find(one.id)?;
    let bounds = row.shape.bounds();
    let name = one.layer.field("name").and_then(|(ix, _)| row.attributes.text(one.layer, ix));
    Some(FragileRow {
        layer: one.layer.name(),
        id: one.id.0,
        name: name.map(str::to_owned),
        at: lon_lat(one.at),
        bbox: [bounds.min.lon_degrees(), bounds.min.lat_degrees(), bounds.max.lon_degrees(), bounds.max.lat_degrees()],
        buildings: one.lose[0],
        residents: one.lose[2],
    })
}

/// What a hydrant at a place would give.
#[derive(Serialize, ToSchema)]
pub struct GainTold {
    /// Longitude and latitude.
    pub at: [f64; 2],
    /// Whether a way from the place to a road was found; without one nothing can be told.
    pub reached: bool,
    /// What it would serve and none of the grade serves now; `null` where nothing can be told.
    pub gain: Option<Sum>,
}

/// What a hydrant at a place would give.
pub fn gain_told(city: &City, at: Place, grade: Grade) -> GainTold {
    let gain = city.ground().gain(city, at, grade);
    GainTold { at: lon_lat(at), reached: gain.is_some(), gain: gain.map(Sum::from) }
}

/// A hydrant that is proposed.
#[derive(Serialize, ToSchema)]
pub struct ProposedTold {
    /// Longitude and latitude.
    pub at: [f64; 2],
    /// What it would serve beyond those before it.
    pub gain: Sum,
    /// What all up to it would serve together.
    pub total: Sum,
}

/// Where the next hydrants give most.
#[derive(Serialize, ToSchema)]
pub struct PlanTold {
    /// Best first.
    pub picks: Vec<ProposedTold>,
    /// No choice of as many would serve more buildings than this.
    pub bound_buildings: u64,
    /// Metres of road between the places that were tried.
    pub spacing_m: u32,
}

/// Where the next hydrants give most.
pub fn plan_told(city: &City, next: usize, grade: Grade) -> PlanTold {
    let plan = city.ground().plan(city, next, grade);
    let told = plan.picks.iter().map(|pick| ProposedTold {
        at: lon_lat(pick.at),
        gain: pick.gain.into(),
        total: pick.total.into(),
    });
    PlanTold { picks: told.collect(), bound_buildings: plan.bound, spacing_m: plan.spacing_m }
}

/// The plan as a table.
pub fn plan_table(plan: &PlanTold, lang: Lang) -> Table {
    let heads = [
        ("序号", "No"),
        ("经度", "Longitude"),
        ("纬度", "Latitude"),
        ("新增建筑", "Buildings gained"),
        ("新增居民", "Residents gained"),
        ("累计建筑", "Buildings in all"),
        ("累计居民", "Residents in all"),
    ];
    let cells = |(nth, pick): (usize, &ProposedTold)| {
        let mut cells = vec![(nth + 1).to_string()];
        cells.extend(pick.at.map(|degrees| format!("{degrees:.6}")));
        cells.extend(
            [pick.gain, pick.total].iter().flat_map(|sum| [sum.buildings.to_string(), sum.residents.to_string()]),
        );
        cells
    };
    Table {
        columns: heads.map(|(zh, en)| Column::number(lang.pick(zh, en))).into(),
        rows: plan.picks.iter().enumerate().map(cells).collect(),
    }
}

/// What is reached within a break.
#[derive(Serialize, ToSchema)]
pub struct BandTold {
    /// Seconds after the alarm, or metres of hose.
    pub upto: u32,
    /// Roads and paths that are reached: a GeoJSON MultiLineString.
    #[schema(value_type = Object)]
    pub lines: Value,
    /// The ground within some steps of them: a GeoJSON MultiPolygon; `null` where nothing is reached.
    #[schema(value_type = Object)]
    pub area: Value,
}

/// How far a facility reaches.
#[derive(Serialize, ToSchema)]
pub struct ReachTold {
    /// The profile it reaches by.
    pub by: String,
    /// `s` of seconds, `m` of metres.
    pub unit: &'static str,
    /// The breaks.
    pub breaks: Vec<u32>,
    /// What is reached within each, nearest first.
    pub bands: Vec<BandTold>,
}

/// How far a station or hydrant reaches.
pub fn reach_told(city: &City, layer: Layer, id: FeatureId, breaks: Option<&[u32]>) -> Option<ReachTold> {
    let ground = city.ground();
    let hose = [50, 100, ground.limit_mm().div_ceil(1000)];
    let usual = if layer == Layer::Hydrant { hose } else { city.travel().response.shown_at_s };
    let breaks = breaks.unwrap_or(&usual);
    let reach = ground.reach(city, layer, id, breaks)?;
    Some(ReachTold {
        by: reach.by,
        unit: if layer == Layer::Hydrant { "m" } else { "s" },
        breaks: breaks.to_vec(),
        bands: reach.bands.iter().map(band_told).collect(),
    })
}

/// Ground beside a road that counts as reached with it when the reach is drawn, in metres.
const BESIDE_M: f64 = 25.0;

fn band_told(band: &Reached) -> BandTold {
    let lines: Vec<Vec<[f64; 2]>> =
        band.lines.iter().map(|line| line.iter().map(|place| lon_lat(*place)).collect()).collect();
    BandTold {
        upto: band.upto,
        area: area_of(&band.lines),
        lines: json!({"type": "MultiLineString", "coordinates": lines}),
    }
}

/// The ground beside lines, to be drawn: in metres of a plane at the first of them, which a drawing may be.
fn area_of(lines: &[Vec<Place>]) -> Value {
    let Some(origin) = lines.first().and_then(|line| line.first()) else { return Value::Null };
    const METRES: f64 = 111_195.0;
    let squeeze = origin.lat_degrees().to_radians().cos();
    let flat = |place: &Place| geo::Coord {
        x: (place.lon_degrees() - origin.lon_degrees()) * METRES * squeeze,
        y: (place.lat_degrees() - origin.lat_degrees()) * METRES,
    };
    let back = |at: &geo::Coord| {
        let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
        [rounded(at.x / METRES / squeeze + origin.lon_degrees()), rounded(at.y / METRES + origin.lat_degrees())]
    };
    let all = MultiLineString(lines.iter().map(|line| line.iter().map(flat).collect::<LineString>()).collect());
    let ring = |ring: &LineString| ring.0.iter().map(back).collect::<Vec<_>>();
    let polygons: Vec<Vec<Vec<[f64; 2]>>> = all
        .buffer(BESIDE_M)
        .iter()
        .map(|polygon| std::iter::once(ring(polygon.exterior())).chain(polygon.interiors().iter().map(ring)).collect())
        .collect();
    json!({"type": "MultiPolygon", "coordinates": polygons})
}

fn lon_lat(at: Place) -> [f64; 2] {
    [at.lon_degrees(), at.lat_degrees()]
}
