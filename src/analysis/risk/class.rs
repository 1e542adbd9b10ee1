//! Which classes a building and a place belong to, and what is missing to decide.

use super::facts::{Facts, PlaceFacts};
use crate::rules::{BuildingClass, Group, HeightClass, Limit, PlaceClass, RiskModel};

/// Whether something belongs to a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Something is missing to decide.
    Unknown,
}

/// A class decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided<'a, Class> {
    /// The class.
    pub class: &'a Class,
    /// Whether it belongs to it.
    pub is: Membership,
    /// The fields that are missing to decide.
    pub missing: Vec<&'static str>,
}

/// A height that is known, and whether it is from floors.
pub(super) fn height_mm(facts: &Facts, model: &RiskModel) -> Option<(i64, bool)> {
    let storey = i64::from(model.derived.storey_m.0);
    let derived = || facts.floors.map(|floors| (floors.saturating_mul(storey), true));
    facts.height_mm.map(|mm| (mm, false)).or_else(derived)
}

/// Floors above ground, and whether they are from the height.
pub(super) fn floors(facts: &Facts, model: &RiskModel) -> Option<(i64, bool)> {
    let storey = i64::from(model.derived.storey_m.0);
    let derived = || facts.height_mm.map(|mm| ((mm / storey).max(1), true));
    facts.floors.map(|floors| (floors, false)).or_else(derived)
}

/// Whether a limit holds; `None` where there is one and the number is not known.
fn holds(limit: Option<Limit>, thousandths: Option<i64>) -> Option<bool> {
    match (limit, thousandths) {
        (None, _) => Some(true),
        (Some(limit), Some(number)) => Some(limit.holds(number)),
        (Some(_), None) => None,
    }
}

/// Whether a building that counts as of a group belongs to a class; fields that are missing are told.
fn belongs(
    class: &BuildingClass,
    group: Group,
    facts: &Facts,
    model: &RiskModel,
    mut missing: impl FnMut(&'static str),
) -> Option<bool> {
    if !class.groups.contains(&group) {
        return Some(false);
    }
    let usage = match (&*class.uses, facts.usage) {
        ([], _) => Some(true),
        (_, None) => None,
        (uses, Some(usage)) => Some(uses.iter().any(|of| of == usage)),
    };
    let conditions = [
        ("use", usage),
        ("height_m", holds(class.height_m, height_mm(facts, model).map(|(mm, _)| mm))),
        ("floors_above", holds(class.storeys, floors(facts, model).map(|(floors, _)| floors * 1000))),
        ("year_built", holds(class.built, facts.year_built.map(|year| year * 1000))),
    ];
    if conditions.iter().any(|(_, holds)| *holds == Some(false)) {
        return Some(false);
    }
    let mut all = Some(true);
    for (field, _) in conditions.iter().filter(|(_, holds)| holds.is_none()) {
        missing(field);
        all = None;
    }
    all
}

impl Facts {
    /// The classes of the building that it belongs to or may belong to.
    pub fn classes<'a>(&self, model: &'a RiskModel) -> Vec<Decided<'a, BuildingClass>> {
        let groups = model.groups.of(self.usage);
        let decide = |class: &'a BuildingClass| {
            let mut missing = Vec::new();
            let of = |group: &Group| belongs(class, *group, self, model, |field| missing.push(field));
            let each: Vec<Option<bool>> = groups.iter().map(of).collect();
            let is = match &*each {
                all if all.iter().all(|is| *is == Some(false)) => Membership::No,
                all if self.usage.is_some() && all.iter().all(|is| *is == Some(true)) => Membership::Yes,
                _ => Membership::Unknown,
            };
            if is == Membership::Unknown && (self.usage.is_none() || each.iter().any(|of| *of != each[0])) {
                missing.push("use");
            }
            missing.sort_unstable();
            missing.dedup();
            Decided { class, is, missing }
        };
        model.building_classes.iter().map(decide).filter(|decided| decided.is != Membership::No).collect()
    }

    /// The lowest, the likely and the highest height class it may be of. Where a height is known but not what it is
    /// used for, the likely one is the highest.
    fn height_classes(&self, model: &RiskModel) -> [HeightClass; 3] {
        let (mut low, mut high) = (HeightClass::SuperHigh, HeightClass::NotHigh);
        for group in model.groups.of(self.usage) {
            let (mut least, mut most) = (HeightClass::NotHigh, HeightClass::NotHigh);
            for (class, of) in model.building_classes.iter().filter_map(|class| Some((class, class.height_class?))) {
                match belongs(class, *group, self, model, |_| {}) {
                    Some(true) => (least, most) = (least.max(of), most.max(of)),
                    None => most = most.max(of),
                    Some(false) => {}
                }
            }
            (low, high) = (low.min(least), high.max(most));
        }
        if self.usage.is_none() || low > high {
            // It may be of a use for which there are no high-rises.
            low = HeightClass::NotHigh;
        }
        [low, high, high]
    }

    /// Whether it is a high-rise; `None` where nobody knows.
    pub fn is_high_rise(&self, model: &RiskModel) -> Option<bool> {
        Judge::of(self, model).is_high_rise()
    }
}

/// A model, with what several factors ask of the building at hand.
pub(super) struct Judge<'a> {
    /// The model.
    pub model: &'a RiskModel,
    /// The lowest, the likely and the highest height class it may be of.
    pub heights: [HeightClass; 3],
}

impl<'a> Judge<'a> {
    /// Of a building.
    pub fn of(facts: &Facts, model: &'a RiskModel) -> Judge<'a> {
        Judge { model, heights: facts.height_classes(model) }
    }

    /// Whether it is a high-rise; `None` where nobody knows.
    pub fn is_high_rise(&self) -> Option<bool> {
        let [low, _, high] = self.heights;
        match (low > HeightClass::NotHigh, high > HeightClass::NotHigh) {
            (true, _) => Some(true),
            (_, false) => Some(false),
            _ => None,
        }
    }
}

/// The classes of a place that it belongs to or may belong to.
pub fn place_classes<'a>(place: &PlaceFacts, model: &'a RiskModel) -> Vec<Decided<'a, PlaceClass>> {
    let Some(word) = place.class.as_deref().map(str::to_lowercase) else { return Vec::new() };
    let [above, below] = place.area;
    let whole = match (above, below) {
        (Some(above), Some(below)) => Some(above + below),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    };
    let decide = |class: &'a PlaceClass| {
        if !class.words.iter().any(|of| word.contains(of.as_str())) {
            return None;
        }
        let sizes = [
            ("area_above_m2", class.area_m2, whole),
            ("area_above_m2", class.area_above_m2, above),
            ("area_below_m2", class.area_below_m2, below),
            ("rooms", class.rooms, place.rooms.map(|rooms| rooms * 1000)),
        ];
        let asked: Vec<_> = sizes.into_iter().filter_map(|(field, limit, size)| Some((field, limit?, size))).collect();
        if asked.is_empty() || asked.iter().any(|(_, limit, size)| size.is_some_and(|size| limit.holds(size))) {
            return Some(Decided { class, is: Membership::Yes, missing: vec![] });
        }
        // A place that says how large it is above ground and nothing below has nothing below, as surveys are filled in.
        let missing: Vec<&'static str> = asked.iter().filter(|(_, _, size)| size.is_none()).map(|of| of.0).collect();
        let told = place.area.iter().any(Option::is_some) || place.rooms.is_some();
        (!missing.is_empty() && !told).then_some(Decided { class, is: Membership::Unknown, missing })
    };
    model.place_classes.iter().filter_map(decide).collect()
}
