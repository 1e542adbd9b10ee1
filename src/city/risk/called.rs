//! What places and dangers name, and what lies where: from a name or a place to the building it means.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::joins::{About, told_name};
use crate::analysis::holds;
use crate::analysis::risk::Danger;
use crate::city::City;
use crate::city::access::Reaching;
use crate::city::rows::RowRef;
use crate::crs::WorldBox;
use crate::model::{FeatureId, Layer, Place, area, building, danger, hydrant, lane, place, road};

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

fn names_of<'a>(city: &'a City, layer: Layer, fields: &[usize], wanted: &HashSet<&str>) -> Names<'a> {
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

/// The building that a place lies in; of several the one of smallest number.
pub(super) fn lies_in(city: &City, at: Place) -> Option<u32> {
    let buildings = city.layer(Layer::Building);
    let near = buildings.slots_in(WorldBox::at(at.into())).into_iter();
    let holding =
        near.filter_map(|slot| buildings.row(slot).filter(|row| holds(row.shape, at)).map(|row| (row.id, slot)));
    holding.min().map(|(_, slot)| slot)
}

/// What rows are called, found for a layer when a name of it is first asked for.
pub(super) struct Called<'a> {
    /// The city.
    pub city: &'a City,
    zone: TimeZone,
    reaching: &'a Reaching,
    /// What dangers name, and with that what places do.
    keys: LazyKeys<'a>,
    of_buildings: LazyKeys<'a>,
    names: [OnceLock<Names<'a>>; Layer::ALL.len()],
}

type LazyKeys<'a> = OnceLock<HashSet<&'a str>>;

impl<'a> Called<'a> {
    /// Of a city.
    pub fn new(city: &'a City, reaching: &'a Reaching) -> Called<'a> {
        let names = std::array::from_fn(|_| OnceLock::new());
        Called { city, zone: zone_of(city), reaching, keys: OnceLock::new(), of_buildings: OnceLock::new(), names }
    }

    /// What a row of dangers tells.
    pub fn danger(&self, row: &RowRef<'_>) -> Danger {
        danger_of(row, &self.zone, &self.city.risk_model().hazard.e_bikes.by.indoor_words)
    }

    /// The slot of what is called so in a layer.
    fn named(&self, layer: Layer, name: &str) -> Option<u32> {
        let all = |layer: Layer| self.city.layer(layer).iter().filter_map(|(_, row)| told_name(row));
        let keys = || self.keys.get_or_init(|| all(Layer::Danger).collect());
        let (fields, wanted): (&[usize], _) = match layer {
            Layer::Building => {
                let both = || all(Layer::Place).chain(keys().iter().copied()).collect();
                (&[building::NAME, building::ADDRESS], self.of_buildings.get_or_init(both))
            }
            Layer::Place => (&[place::NAME], keys()),
            Layer::Lane => (&[lane::NAME], keys()),
            Layer::Area => (&[area::NAME, area::CODE], keys()),
            Layer::Hydrant => (&[hydrant::NAME], keys()),
            _ => (&[road::NAME], keys()),
        };
        self.names[layer as usize].get_or_init(|| names_of(self.city, layer, fields, wanted)).get(name).copied()
    }

    /// What a place belongs to, and what it names in vain.
    pub fn of_place_row<'n>(&self, row: RowRef<'_>, named: Option<&'n str>) -> (About, Option<Option<&'n str>>) {
        let by_name = named.map(|name| self.named(Layer::Building, name));
        match by_name.flatten().or_else(|| self.lies_in(row.shape.first())) {
            Some(of) => (About::Building(of), (by_name == Some(None)).then_some(named)),
            None => (About::Missing(None), Some(named)),
        }
    }

    /// What a danger belongs to that says what sort of thing it is about, and names it.
    pub fn about(&self, about: Option<&str>, named: Option<&str>, at: Place) -> About {
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
            Some("hydrant") => self.named(Layer::Hydrant, name).map(|_| About::Other),
            Some("road") => self.named(Layer::Road, name).map(|_| About::Other),
            Some("estate") => self.named(Layer::Area, name).map(About::Estate),
            Some("lane") => self.named(Layer::Lane, name).map(|lane| {
                let served = self.reaching.served_by_lane(lane);
                served.or_else(inside).map_or(About::Other, About::Building)
            }),
            Some("place") => self.named(Layer::Place, name).map(|slot| building(self.of_place(slot).or_else(inside))),
            Some(_) => self.named(Layer::Building, name).map(About::Building),
            None => {
                let place = || self.named(Layer::Place, name).and_then(|slot| self.of_place(slot));
                self.named(Layer::Building, name).or_else(place).map(About::Building)
            }
        };
        found.unwrap_or_else(|| About::Missing(inside()))
    }

    fn of_place(&self, slot: u32) -> Option<u32> {
        let row = self.city.layer(Layer::Place).row(slot)?;
        let named = row.attributes.text(Layer::Place, place::BUILDING);
        named.and_then(|name| self.named(Layer::Building, name)).or_else(|| self.lies_in(row.shape.first()))
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

pub(super) fn danger_of(row: &RowRef<'_>, zone: &TimeZone, indoor_words: &[String]) -> Danger {
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
