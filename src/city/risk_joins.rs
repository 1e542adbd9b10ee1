//! Which building a place or danger belongs to: the one it names, else the one it lies in.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::access::Access;
use super::rows::RowRef;
use super::town::City;
use crate::analysis::holds;
use crate::analysis::risk::Danger;
use crate::crs::WorldBox;
use crate::model::{FeatureId, Layer, Place, area, building, danger, hydrant, lane, place, road};

/// A place or danger that names what is not there, or that belongs to no building.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjoined {
    /// Its layer.
    pub layer: Layer,
    /// Its number.
    pub id: FeatureId,
    /// Where it is.
    pub place: Place,
    /// What it names and nothing is called; empty where it names nothing.
    pub names: Box<str>,
}

/// Places and dangers by the slot of their building.
#[derive(Default)]
pub struct Joins {
    /// Slots of places.
    pub(super) places: HashMap<u32, Vec<u32>>,
    /// Positions in `dangers`.
    pub(super) dangers_of: HashMap<u32, Vec<u32>>,
    /// Positions in `dangers` by the slot of an estate.
    pub(super) of_estates: HashMap<u32, Vec<u32>>,
    /// All dangers in order of slot, each with where it is.
    pub(super) dangers: Vec<(Place, Danger)>,
    pub(super) unjoined: Vec<Unjoined>,
}

/// The day of an instant in a zone.
pub(super) fn day_of(ms: i64, zone: &TimeZone) -> Option<Date> {
    Some(Timestamp::from_millisecond(ms).ok()?.to_zoned(zone.clone()).date())
}

/// The zone of a city's days; UTC where it is not known.
pub(super) fn zone_of(city: &City) -> TimeZone {
    TimeZone::get(city.zone()).unwrap_or(TimeZone::UTC)
}

/// Slots by what they are called; of several of one name the one of smallest number.
type Names<'a> = HashMap<&'a str, u32>;

fn names<'a>(city: &'a City, layer: Layer, fields: &[usize], wanted: &HashSet<&str>) -> Names<'a> {
    if wanted.is_empty() {
        return Names::new();
    }
    let mut found: HashMap<&'a str, (FeatureId, u32)> = HashMap::new();
    for (slot, row) in city.layer(layer).iter() {
        let texts = fields.iter().filter_map(|ix| row.attributes.text(layer, *ix));
        for name in texts.chain([row.source_key]).filter(|name| wanted.contains(name)) {
            let best = found.entry(name).or_insert((row.id, slot));
            *best = (*best).min((row.id, slot));
        }
    }
    found.into_iter().map(|(name, (_, slot))| (name, slot)).collect()
}

impl Joins {
    /// Of a city. O(places + dangers), and a look at all names where one is named.
    pub(super) fn new(city: &City, access: &Access) -> Joins {
        let (places, dangers) = (city.layer(Layer::Place), city.layer(Layer::Danger));
        if places.count() == 0 && dangers.count() == 0 {
            return Joins::default();
        }
        let of_place = |row: &RowRef<'_>| row.attributes.text(Layer::Place, place::BUILDING).map(str::to_owned);
        let key = |row: &RowRef<'_>| row.attributes.text(Layer::Danger, danger::ABOUT_KEY).map(str::to_owned);
        let keys: Vec<String> = dangers.iter().filter_map(|(_, row)| key(&row)).collect();
        let by_places: Vec<String> = places.iter().filter_map(|(_, row)| of_place(&row)).collect();
        let wanted: HashSet<&str> = keys.iter().map(String::as_str).collect();
        let of_buildings: HashSet<&str> = keys.iter().chain(&by_places).map(String::as_str).collect();
        let called = Called {
            city,
            access,
            buildings: names(city, Layer::Building, &[building::NAME, building::ADDRESS], &of_buildings),
            places: names(city, Layer::Place, &[place::NAME], &wanted),
            lanes: names(city, Layer::Lane, &[lane::NAME], &wanted),
            areas: names(city, Layer::Area, &[area::NAME, area::CODE], &wanted),
            hydrants: names(city, Layer::Hydrant, &[hydrant::NAME], &wanted),
            roads: names(city, Layer::Road, &[road::NAME], &wanted),
        };
        let mut joins = Joins::default();
        for (slot, row) in places.iter() {
            let named = of_place(&row);
            let by_name = named.as_deref().map(|name| called.buildings.get(name).copied());
            joins.note(&row, named.as_deref(), by_name == Some(None));
            match by_name.flatten().or_else(|| called.lies_in(row.shape.first())) {
                Some(of) => joins.places.entry(of).or_default().push(slot),
                None if by_name.is_none() => joins.note(&row, None, true),
                None => {}
            }
        }
        let zone = zone_of(city);
        for (_, row) in dangers.iter() {
            let nth = joins.dangers.len() as u32;
            joins
                .dangers
                .push((row.shape.first(), danger_of(&row, &zone, &city.risk_model().hazard.e_bikes.by.indoor_words)));
            let about = row.attributes.choice(Layer::Danger, danger::ABOUT);
            let named = key(&row);
            match called.about(about, named.as_deref(), row.shape.first()) {
                About::Building(of) => joins.dangers_of.entry(of).or_default().push(nth),
                About::Estate(of) => joins.of_estates.entry(of).or_default().push(nth),
                About::Other => {}
                About::Missing(also) => {
                    joins.note(&row, named.as_deref(), true);
                    if let Some(of) = also {
                        joins.dangers_of.entry(of).or_default().push(nth);
                    }
                }
            }
        }
        joins
    }

    fn note(&mut self, row: &RowRef<'_>, names: Option<&str>, yes: bool) {
        if yes {
            let place = row.shape.first();
            self.unjoined.push(Unjoined {
                layer: row.layer,
                id: row.id,
                place,
                names: names.unwrap_or_default().into(),
            });
        }
    }

    /// Places and dangers that name what is not there, or that belong to no building.
    pub fn unjoined(&self) -> &[Unjoined] {
        &self.unjoined
    }
}

/// The building that a place lies in; of several the one of smallest number.
pub(super) fn lies_in(city: &City, at: Place) -> Option<u32> {
    let buildings = city.layer(Layer::Building);
    let near = buildings.slots_in(WorldBox::at(at.into())).into_iter();
    let holding =
        near.filter_map(|slot| buildings.row(slot).filter(|row| holds(row.shape, at)).map(|row| (row.id, slot)));
    holding.min().map(|(_, slot)| slot)
}

/// What a danger is about.
enum About {
    /// The building of a slot.
    Building(u32),
    /// The estate of a slot.
    Estate(u32),
    /// A road or hydrant, which is no building's own.
    Other,
    /// What it names is not there, or nothing is; the building it lies in all the same.
    Missing(Option<u32>),
}

struct Called<'a> {
    city: &'a City,
    access: &'a Access,
    buildings: Names<'a>,
    places: Names<'a>,
    lanes: Names<'a>,
    areas: Names<'a>,
    hydrants: Names<'a>,
    roads: Names<'a>,
}

impl Called<'_> {
    fn about(&self, about: Option<&str>, named: Option<&str>, at: Place) -> About {
        let inside = || self.lies_in(at);
        let building = |found: Option<u32>| found.map_or(About::Missing(None), About::Building);
        let Some(name) = named else {
            return match about {
                Some("hydrant" | "road") => About::Other,
                Some("estate") => self.estate_at(at).map_or_else(|| About::Missing(inside()), About::Estate),
                _ => building(inside()),
            };
        };
        let found = match about {
            Some("hydrant") => self.hydrants.get(name).map(|_| About::Other),
            Some("road") => self.roads.get(name).map(|_| About::Other),
            Some("estate") => self.areas.get(name).copied().map(About::Estate),
            Some("lane") => self.lanes.get(name).map(|lane| {
                let served = self.access.served_by_lane(*lane);
                served.or_else(inside).map_or(About::Other, About::Building)
            }),
            Some("place") => self.places.get(name).map(|slot| building(self.of_place(*slot).or_else(inside))),
            Some(_) => self.buildings.get(name).copied().map(About::Building),
            None => {
                let place = || self.places.get(name).and_then(|slot| self.of_place(*slot));
                self.buildings.get(name).copied().or_else(place).map(About::Building)
            }
        };
        found.unwrap_or_else(|| About::Missing(inside()))
    }

    fn of_place(&self, slot: u32) -> Option<u32> {
        let row = self.city.layer(Layer::Place).row(slot)?;
        let named = row.attributes.text(Layer::Place, place::BUILDING);
        // The name of its building was not asked for where no danger says it; then where it lies.
        named.and_then(|name| self.buildings.get(name).copied()).or_else(|| self.lies_in(row.shape.first()))
    }

    fn lies_in(&self, at: Place) -> Option<u32> {
        lies_in(self.city, at)
    }

    fn estate_at(&self, at: Place) -> Option<u32> {
        let areas = self.city.layer(Layer::Area);
        let held = self.city.results().areas.holding(areas, at);
        held.slots().find(|slot| {
            let kind = areas.row(*slot).and_then(|row| row.attributes.choice(Layer::Area, area::KIND));
            kind == Some("estate")
        })
    }
}

fn danger_of(row: &RowRef<'_>, zone: &TimeZone, indoor_words: &[String]) -> Danger {
    let field = Layer::Danger;
    let instant = |ix| row.attributes.instant(field, ix).and_then(|ms| day_of(ms, zone));
    let text = |ix| row.attributes.text(field, ix);
    let tells_indoors = |ix| text(ix).is_some_and(|text| indoor_words.iter().any(|word| text.contains(word.as_str())));
    let grade = row.attributes.choice(field, danger::GRADE);
    let grade = grade.and_then(|code| danger::GRADES.iter().position(|known| known.code == code));
    Danger {
        id: row.id,
        grade: grade.map(|nth| nth as u8),
        reported: instant(danger::REPORTED),
        due: row.attributes.date(field, danger::DUE).and_then(date_of),
        closed: instant(danger::CLOSED),
        is_closed: row.attributes.choice(field, danger::STATE) == Some("closed"),
        reopened: row.attributes.integer(field, danger::REOPENED).is_some_and(|times| times > 0),
        indoors: [danger::KIND, danger::TEXT].into_iter().any(tells_indoors),
    }
}

/// A date of days since 1970-01-01.
pub(super) fn date_of(days: i32) -> Option<Date> {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}
