//! The ways of one building or place: hose to hydrants, crews on their way.

use serde::Serialize;
use utoipa::ToSchema;

use super::SupplyTold;
use crate::analysis::{Grade, Laid, holds};
use crate::city::{Arrival, City};
use crate::crs::{Frame, geodesic_m};
use crate::model::{FeatureId, Layer, Place, Shape, ShapeRef, building, hydrant, station};
use crate::network::{Route, Snap};
use crate::rules::TravelModel;

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
    /// The model by which its time on the road is told: `network`, `iso_rand` or `kolesar_walker`.
    pub model: &'static str,
    /// Whether that model was stated for so far a way.
    pub model_stated: bool,
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
    /// What hydrants give it against what it asks for; absent of a place, and where the pack asks for no flow.
    pub supply: Option<SupplyTold>,
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
    let use_code = row.attributes.choice(Layer::Building, building::USE);
    let entrance = row.attributes.number(Layer::Building, building::ENTRANCE_ELEVATION_M);
    let network = found.network();
    let asked = Asked { shape: row.shape, entrance_m: entrance, grade, most };
    let card = asked.card(city, [network.on_foot(slot), network.by_engine(slot)]);
    Some(GroundCard {
        id: Some(row.id.0),
        name: row.attributes.text(Layer::Building, building::NAME).map(str::to_owned),
        laid: ground.laid[grade as usize].code(),
        versus: Some(ground.versus(city.results().coverage(slot), grade).code()),
        supply: found.supply(city).map(|supplies| SupplyTold::of(supplies, supplies.of(slot), use_code, grade)),
        ..card
    })
}

/// What a place has along the ground.
pub fn ground_of_place(city: &City, at: Place, grade: Grade, most: usize) -> GroundCard {
    let point = Shape::point(at);
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
            let model = if micro { TravelModel::Network } else { city.travel().response.model };
            found.filter_map(|arrival| self.arrival(city, &arrival, (by, model))).collect()
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
            supply: None,
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

    fn arrival(&self, city: &City, arrival: &Arrival, (by, model): (&str, TravelModel)) -> Option<ArrivalTold> {
        let Arrival { slot, turnout_s, ref route, is_stated } = *arrival;
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
            model: model.code(),
            model_stated: is_stated,
            road_m: route.road_mm as f64 / 1000.0,
            path,
        })
    }

    /// The place of the asker's edge that is nearest to a place on the road; the place itself where the road leads through
    /// the building.
    fn nearest_to(&self, road: Place) -> Place {
        if holds(self.shape, road) {
            return road;
        }
        let frame = Frame::at(road);
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

pub(super) fn path_of(places: &[Place]) -> Vec<[f64; 2]> {
    places.iter().map(|place| lon_lat(*place)).collect()
}
