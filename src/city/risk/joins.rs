//! Which building a place or danger belongs to: the one it names, else the one it lies in.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::called::{Called, danger_of, zone_of};
use crate::analysis::risk::Danger;
use crate::city::City;
use crate::city::access::Reaching;
use crate::city::edit::{Edit, names};
use crate::city::rows::RowRef;
use crate::index::{Buckets, Slots};
use crate::model::{FeatureId, Layer, Place, danger, place};

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

/// A danger, and what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DangerAt {
    /// Where it is.
    pub place: Place,
    /// What is known of it.
    pub danger: Danger,
    about: About,
}

/// What a place or danger belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The building of a slot.
    Building(u32),
    /// The estate of a slot.
    Estate(u32),
    /// A road or hydrant, which is no building's own.
    Other,
    /// What it names is not there, or nothing is; the building it lies in all the same.
    Missing(Option<u32>),
}

impl About {
    /// The building, if it is one's.
    fn building(self) -> Option<u32> {
        match self {
            About::Building(of) => Some(of),
            About::Missing(of) => of,
            About::Estate(_) | About::Other => None,
        }
    }
}

/// Places and dangers by what they belong to. A clone shares everything, a change copies the chunks it touches.
#[derive(Clone, Default)]
pub struct Joins {
    /// Slots of places by building, and what the place of a slot belongs to.
    places: Buckets,
    about: Slots<Option<About>>,
    /// Slots of dangers by building, by estate, and the danger of a slot.
    of_buildings: Buckets,
    of_estates: Buckets,
    dangers: Slots<Option<Arc<DangerAt>>>,
    unjoined: Arc<BTreeMap<(u8, FeatureId), Unjoined>>,
    /// What places and dangers name: what is called so decides what they belong to.
    wanted: Arc<HashSet<Box<str>>>,
}

impl City {
    /// Tells of rows of dangers whether they are open on its day.
    pub fn tells_open_dangers(&self) -> impl Fn(&RowRef<'_>) -> bool {
        let (zone, day) = (zone_of(self), self.day());
        move |row| danger_of(row, &zone, &[]).is_open(day)
    }
}

impl Joins {
    /// Of a city. Parallel; O(places + dangers), and a look at all names where one is named.
    pub(super) fn new(city: &City, reaching: &Reaching) -> Joins {
        let called = Called::new(city, reaching);
        let mut joins = Joins::default();
        for layer in [Layer::Place, Layer::Danger] {
            let slots = 0..city.layer(layer).slots() as u32;
            let found: Vec<_> = slots.into_par_iter().map(|slot| Found::of(&called, layer, slot)).collect();
            found.into_iter().zip(0..).for_each(|(found, slot)| joins.put(layer, slot, found));
        }
        joins
    }

    /// Takes changed places and dangers into account: the buildings and estates they belong to or did are added, and
    /// the dangers that were and are. `None` where what others name is called otherwise now.
    pub(super) fn follow(&mut self, edit: &Edit<'_>, reaching: &Reaching, touched: &mut Rejoined) -> Option<()> {
        let layers = [Layer::Building, Layer::Place, Layer::Lane, Layer::Area, Layer::Hydrant, Layer::Road];
        if layers.into_iter().any(|layer| self.names_differ(edit, layer)) {
            return None;
        }
        let called = Called::new(edit.after, reaching);
        for layer in [Layer::Place, Layer::Danger] {
            for (slot, old, new) in edit.rows(layer) {
                let stays = old.zip(new).is_some_and(|(old, new)| tells(old) == tells(new));
                touched.note(self.at(layer, slot));
                if layer == Layer::Danger {
                    touched.were.extend(self.danger(slot));
                }
                if stays && layer == Layer::Danger {
                    self.renew(&called, slot);
                } else if !stays {
                    self.take(layer, slot);
                    let key = (layer as u8, edit.after.layer(layer).number(slot));
                    if self.unjoined.contains_key(&key) {
                        Arc::make_mut(&mut self.unjoined).remove(&key);
                    }
                    self.put(layer, slot, Found::of(&called, layer, slot));
                }
                touched.note(self.at(layer, slot));
                if layer == Layer::Danger {
                    touched.are.extend(self.danger(slot));
                }
            }
        }
        Some(())
    }

    /// Whether a changed row is or was called what some place or danger names, and matters to it otherwise now.
    fn names_differ(&self, edit: &Edit<'_>, layer: Layer) -> bool {
        let is_wanted = |row: Option<RowRef<'_>>| names(row).into_iter().any(|name| self.wanted.contains(name));
        edit.rows(layer).any(|(_, old, new)| {
            let differ = match old.zip(new) {
                Some((old, new)) if layer == Layer::Place => {
                    names(Some(old)) != names(Some(new)) || tells(old) != tells(new)
                }
                _ => names(old) != names(new),
            };
            differ && (is_wanted(old) || is_wanted(new))
        })
    }

    fn at(&self, layer: Layer, slot: u32) -> Option<About> {
        match layer {
            Layer::Place => self.about.get(slot).copied().flatten(),
            _ => self.danger(slot).map(|at| at.about),
        }
    }

    fn danger(&self, slot: u32) -> Option<Arc<DangerAt>> {
        self.dangers.get(slot).cloned().flatten()
    }

    /// Joins the row of a slot that is not joined; `None` where there is none.
    fn put(&mut self, layer: Layer, slot: u32, found: Option<Found<'_>>) {
        self.grow(layer, slot);
        let Some(Found { about, named, unjoined, danger }) = found else { return };
        if let Some(name) = named.filter(|name| !self.wanted.contains(*name)) {
            Arc::make_mut(&mut self.wanted).insert(name.into());
        }
        if let Some(unjoined) = unjoined {
            Arc::make_mut(&mut self.unjoined).insert((layer as u8, unjoined.id), unjoined);
        }
        match layer {
            Layer::Place => *self.about.get_mut(slot) = Some(about),
            _ => *self.dangers.get_mut(slot) = danger,
        }
        match (about, about.building()) {
            (About::Estate(of), _) => self.of_estates.insert(of, slot),
            (_, Some(of)) if layer == Layer::Place => self.places.insert(of, slot),
            (_, Some(of)) => self.of_buildings.insert(of, slot),
            _ => {}
        }
    }

    fn grow(&mut self, layer: Layer, slot: u32) {
        while layer == Layer::Place && self.about.len() <= slot as usize {
            self.about.push(None);
        }
        while layer == Layer::Danger && self.dangers.len() <= slot as usize {
            self.dangers.push(None);
        }
    }

    /// A danger that belongs where it did is known otherwise now.
    fn renew(&mut self, called: &Called<'_>, slot: u32) {
        if let Some((at, row)) = self.danger(slot).zip(called.city.layer(Layer::Danger).row(slot)) {
            let danger = called.danger(&row);
            *self.dangers.get_mut(slot) = Some(Arc::new(DangerAt { danger, ..(*at).clone() }));
        }
    }

    /// Forgets the row of a slot.
    fn take(&mut self, layer: Layer, slot: u32) {
        let Some(about) = self.at(layer, slot) else { return };
        match (about, about.building()) {
            (About::Estate(of), _) => self.of_estates.remove(of, slot),
            (_, Some(of)) if layer == Layer::Place => self.places.remove(of, slot),
            (_, Some(of)) => self.of_buildings.remove(of, slot),
            _ => {}
        }
        match layer {
            Layer::Place => *self.about.get_mut(slot) = None,
            _ => *self.dangers.get_mut(slot) = None,
        }
    }

    /// Slots of the places in the building of a slot.
    pub(super) fn places(&self, building: u32) -> impl Iterator<Item = u32> {
        self.places.get(building)
    }

    /// The dangers of the building of a slot; `estate` tells that of its estate, which has some too.
    pub(super) fn dangers_of(
        &self,
        building: u32,
        estate: impl FnOnce() -> Option<u32>,
    ) -> impl Iterator<Item = &DangerAt> {
        let estate = if self.of_estates.is_empty() { None } else { estate() };
        let shared = estate.into_iter().flat_map(|estate| self.of_estates.get(estate));
        self.of_buildings.get(building).chain(shared).filter_map(|slot| self.dangers.get(slot)?.as_deref())
    }

    /// Whether there are any.
    pub(in crate::city) fn any_dangers(&self) -> bool {
        self.dangers().next().is_some()
    }

    /// All dangers.
    pub(super) fn dangers(&self) -> impl Iterator<Item = &DangerAt> {
        self.dangers.iter().filter_map(|at| at.as_deref())
    }

    /// Places and dangers that name what is not there, or that belong to no building; in order of layer and number.
    pub fn unjoined(&self) -> impl Iterator<Item = &Unjoined> {
        self.unjoined.values()
    }
}

/// What a row of places or dangers was found to belong to.
struct Found<'a> {
    about: About,
    named: Option<&'a str>,
    unjoined: Option<Unjoined>,
    /// Of a danger.
    danger: Option<Arc<DangerAt>>,
}

impl<'a> Found<'a> {
    /// Of the row of a slot; `None` where there is none.
    fn of(called: &Called<'a>, layer: Layer, slot: u32) -> Option<Found<'a>> {
        let row = called.city.layer(layer).row(slot)?;
        let (named, at) = (told_name(row), row.shape.first());
        let (about, missing) = match layer {
            Layer::Place => called.of_place_row(row, named),
            _ => {
                let about = called.about(row.attributes.choice(layer, danger::ABOUT), named, at);
                (about, matches!(about, About::Missing(_)).then_some(named))
            }
        };
        let names = |named: Option<&str>| named.unwrap_or_default().into();
        let unjoined = missing.map(|named| Unjoined { layer, id: row.id, place: at, names: names(named) });
        let danger = || Arc::new(DangerAt { place: at, danger: called.danger(&row), about });
        Some(Found { about, named, unjoined, danger: (layer == Layer::Danger).then(danger) })
    }
}

/// What changed places and dangers touch.
#[derive(Default)]
pub(super) struct Rejoined {
    /// Slots of buildings.
    pub buildings: BTreeSet<u32>,
    /// Slots of estates.
    pub estates: BTreeSet<u32>,
    /// Dangers that are no more as they were, and as they are.
    pub were: Vec<Arc<DangerAt>>,
    /// The same now.
    pub are: Vec<Arc<DangerAt>>,
}

impl Rejoined {
    fn note(&mut self, about: Option<About>) {
        let Some(about) = about else { return };
        self.buildings.extend(about.building());
        if let About::Estate(of) = about {
            self.estates.insert(of);
        }
    }
}

/// What a place or danger names as that which it belongs to.
pub(super) fn told_name(row: RowRef<'_>) -> Option<&str> {
    match row.layer {
        Layer::Place => row.attributes.text(Layer::Place, place::BUILDING),
        _ => row.attributes.text(Layer::Danger, danger::ABOUT_KEY),
    }
}

/// What tells where a place or danger belongs.
fn tells(row: RowRef<'_>) -> (Option<&str>, Option<&'static str>, Place) {
    let about = (row.layer == Layer::Danger).then(|| row.attributes.choice(Layer::Danger, danger::ABOUT)).flatten();
    (told_name(row), about, row.shape.first())
}
