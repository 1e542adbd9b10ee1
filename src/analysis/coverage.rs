//! Straight-line hydrant coverage of a building: which hydrant is nearest, how far, how many reach it, how much of it.

use super::footprint::Footprint;
use super::grade::{Grade, Standing, WaterPoint};
use crate::crs::{World, WorldBox};
use crate::index::{Packed, Slots, Space};

/// How much of a building lies within the radius of hydrants of a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Covered {
    /// Every vertex of its perimeter.
    Whole,
    /// Some point of it.
    Part,
    /// No point of it.
    Not,
    /// It hangs on a hydrant nobody knows enough of, or no hydrant of the town is known.
    Unknown,
    /// The rule is not one that circles tell; it counts in no class.
    NotAssessed,
}

impl Covered {
    /// The classes that sums count, best first, unknown last.
    pub const ALL: [Covered; 4] = [Covered::Whole, Covered::Part, Covered::Not, Covered::Unknown];

    /// The word in tiles and API.
    pub fn code(self) -> &'static str {
        match self {
            Covered::Whole => "whole",
            Covered::Part => "part",
            Covered::Not => "not",
            Covered::Unknown => "unknown",
            Covered::NotAssessed => "not_assessed",
        }
    }

    /// Its position in [`Covered::ALL`].
    pub fn class(self) -> Option<usize> {
        (self != Covered::NotAssessed).then_some(self as usize)
    }
}

/// Coverage of a building at one grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    nearest: u32,
    distance_mm: u32,
    worst_mm: u32,
    /// How many hydrants of the grade have the building within their radius.
    pub within: u16,
    /// How much of it is covered.
    pub covered: Covered,
}

const NOBODY: u32 = u32::MAX;

impl Reach {
    const NONE: Reach =
        Reach { nearest: NOBODY, distance_mm: u32::MAX, worst_mm: u32::MAX, within: 0, covered: Covered::Unknown };

    /// Slot of the nearest hydrant that surely has the grade; the smaller id where two are equally near.
    pub fn nearest(&self) -> Option<u32> {
        (self.nearest != NOBODY).then_some(self.nearest)
    }

    /// From that hydrant to the nearest point of the building, in millimetres; 0 inside.
    pub fn distance_mm(&self) -> Option<u32> {
        self.nearest().map(|_| self.distance_mm)
    }

    /// From that hydrant to the farthest point of the perimeter, in millimetres.
    pub fn worst_mm(&self) -> Option<u32> {
        self.nearest().map(|_| self.worst_mm)
    }
}

/// Coverage of a building at each grade, in order of [`Grade::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage(pub [Reach; 3]);

impl Coverage {
    /// Of a building that was not looked at.
    pub const NONE: Coverage = Coverage([Reach::NONE; 3]);

    /// At one grade.
    pub fn at(&self, grade: Grade) -> &Reach {
        &self.0[grade as usize]
    }

    /// The distance within which a change of a hydrant's standing at some of the grades can change this result, in
    /// millimetres: the nearest one's, or everywhere where there is none.
    pub fn sway_mm(&self) -> [u32; 3] {
        self.0.map(|reach| reach.distance_mm().unwrap_or(u32::MAX))
    }
}

/// All hydrants that count, findable by grade.
#[derive(Clone, Default)]
pub struct Waters {
    points: Slots<Option<WaterPoint>>,
    /// Those that count or may count.
    any: Space,
    /// Those that surely have each grade.
    sure: [Space; 3],
    /// The widest radius of the rules.
    widest_mm: u32,
    /// Whether the rules leave coverage to the way along the ground.
    by_route: bool,
}

impl Waters {
    /// Of hydrants by slot, best in Hilbert order; any other order is slower to ask and answers the same.
    pub fn new(points: Slots<Option<WaterPoint>>, widest_mm: u32) -> Waters {
        let space = |keep: &dyn Fn(&WaterPoint) -> bool| {
            let boxed = points.iter().zip(0u32..).filter_map(|(point, slot)| {
                point.as_ref().filter(|point| keep(point)).map(|point| (box_of(point), slot))
            });
            // Neighbouring slots are neighbours.
            Space::packed(Packed::sorted(boxed.collect::<Vec<_>>().into_iter()))
        };
        Waters {
            any: space(&WaterPoint::counts),
            sure: Grade::ALL.map(|grade| space(&|point| point.at(grade) == Standing::Yes)),
            points,
            widest_mm,
            by_route: false,
        }
    }

    /// The same under rules for the way along the ground: no coverage is told, distances and counts are.
    pub fn by_route(self, by_route: bool) -> Waters {
        Waters { by_route, ..self }
    }

    /// The hydrant of a slot, whether it counts or not.
    pub fn point(&self, slot: u32) -> Option<&WaterPoint> {
        self.points.get(slot)?.as_ref()
    }

    /// Whether there is any hydrant that counts or may count.
    pub fn any_counts(&self) -> bool {
        !self.any.is_empty()
    }

    /// The widest radius of the rules, in millimetres.
    pub fn widest_mm(&self) -> u32 {
        self.widest_mm
    }

    /// Puts a hydrant in a slot, in place of what is there; a slot past the end must be the next one.
    pub fn put(&mut self, slot: u32, point: Option<WaterPoint>) {
        let old = if slot as usize == self.points.len() {
            self.points.push(None);
            None
        } else {
            self.points[slot]
        };
        if old == point {
            return;
        }
        let change = |space: &mut Space, keep: &dyn Fn(&WaterPoint) -> bool| {
            if let Some(old) = old.as_ref().filter(|point| keep(point)) {
                space.remove(box_of(old), slot);
            }
            if let Some(new) = point.as_ref().filter(|point| keep(point)) {
                space.insert(box_of(new), slot);
            }
        };
        change(&mut self.any, &WaterPoint::counts);
        for (space, grade) in self.sure.iter_mut().zip(Grade::ALL) {
            change(space, &|point| point.at(grade) == Standing::Yes);
        }
        *self.points.get_mut(slot) = point;
    }

    /// Hydrants that count near a footprint with their distance in millimetres: all that have it within their radius,
    /// at least the nearest three, nearest first, at most `most`.
    pub fn around(&self, footprint: &Footprint, most: usize) -> Vec<(u32, u32)> {
        let mut found: Vec<(u32, u32)> = Vec::new();
        let radius = footprint.within().units_within(f64::from(self.widest_mm) / 1000.0);
        self.any.near(footprint.within(), f64::INFINITY, |slot| {
            if let Some(point) = self.point(slot) {
                let at = (millimetres(footprint.distance_m(footprint.offset(point.place))), slot);
                let nth = found.partition_point(|other| self.order(other) <= self.order(&at));
                found.insert(nth, at);
            }
            match found.get(2) {
                Some((third_mm, _)) => footprint.within().units_within(f64::from(*third_mm) / 1000.0).max(radius),
                None => f64::INFINITY,
            }
        });
        let reaches = |(mm, slot): &(u32, u32)| self.point(*slot).is_some_and(|point| *mm <= point.radius_mm);
        let reached = found.iter().rposition(reaches).map_or(0, |last| last + 1);
        found.truncate(reached.max(3).min(most));
        found.into_iter().map(|(mm, slot)| (slot, mm)).collect()
    }

    /// The hydrant that made a footprint's coverage at a grade: the nearest that has it within its own radius and
    /// surely has the grade, else the nearest that perhaps has; `None` where neither is.
    pub fn maker(&self, footprint: &Footprint, grade: Grade) -> Option<u32> {
        let radius = footprint.within().units_within(f64::from(self.widest_mm) / 1000.0);
        let mut best: Option<(bool, u32, u64, u32)> = None;
        self.any.near(footprint.within(), radius, |slot| {
            if let Some(point) = self.point(slot).filter(|point| point.at(grade) != Standing::No) {
                let mm = millimetres(footprint.distance_m(footprint.offset(point.place)));
                let found = (point.at(grade) == Standing::Maybe, mm, point.id.0, slot);
                if mm <= point.radius_mm && best.is_none_or(|best| found < best) {
                    best = Some(found);
                }
            }
            radius
        });
        best.map(|(.., slot)| slot)
    }

    fn order(&self, (mm, slot): &(u32, u32)) -> (u32, u64) {
        (*mm, self.point(*slot).map_or(u64::MAX, |point| point.id.0))
    }
}

fn box_of(point: &WaterPoint) -> WorldBox {
    WorldBox::at(World::from(point.place))
}

/// Metres, not negative, as whole millimetres; what is farther than 4,294 km is that far.
fn millimetres(metres: f64) -> u32 {
    (metres * 1000.0 + 0.5) as u32
}

/// The hydrants that may have buildings of a neighbourhood within their radius, gathered once for all of them.
#[derive(Default)]
pub struct Neighbourhood {
    near: Vec<(World, u32, WaterPoint)>,
    /// The hydrants nearest to the footprint before, by grade: a neighbour's cannot be far.
    before: [Option<u32>; 3],
    /// World units within which lies what is within the widest radius.
    radius: f64,
}

impl Neighbourhood {
    /// Gathers those near a box that holds the footprints to come. O(log hydrants + found).
    pub fn gather(&mut self, waters: &Waters, within: WorldBox) {
        self.near.clear();
        self.radius = within.units_within(f64::from(waters.widest_mm) / 1000.0);
        waters.any.window(within.grown(self.radius.ceil()), |slot| {
            if let Some(point) = waters.point(slot) {
                self.near.push((point.place.into(), slot, *point));
            }
        });
    }

    /// Coverage of a footprint of this neighbourhood; O(hydrants of the neighbourhood + those within reach × vertices),
    /// and O(log hydrants) for each grade of which none is within reach.
    pub fn cover(&mut self, footprint: &Footprint, waters: &Waters) -> Coverage {
        let mut looking = Looking { footprint, waters, reached: [const { Reached::NOT }; 3] };
        let reach = footprint.within().grown(self.radius.ceil());
        for (at, slot, point) in &self.near {
            if reach.intersects(WorldBox::at(*at)) {
                looking.meet(*slot, point);
            }
        }
        // Farther off each grade has a tree of its own.
        let limit = |mm: u32| footprint.within().units_within(f64::from(mm) / 1000.0);
        for (space, grade) in waters.sure.iter().zip(Grade::ALL) {
            if looking.nearest(grade).is_none_or(|best| best.mm > waters.widest_mm) {
                if let Some(before) = self.before[grade as usize] {
                    looking.compare(before, grade);
                }
                let mut units = looking.nearest(grade).map_or(f64::INFINITY, |best| limit(best.mm));
                space.near(footprint.within(), units, |slot| {
                    if looking.compare(slot, grade) {
                        units = looking.nearest(grade).map_or(units, |best| limit(best.mm));
                    }
                    units
                });
            }
        }
        let coverage = looking.coverage();
        self.before = coverage.0.map(|reach| reach.nearest());
        // Who meets its nearest first need not look closely at the others.
        for (first, nearest) in self.before.into_iter().enumerate() {
            if let Some(at) = self.near.iter().position(|(_, slot, _)| Some(*slot) == nearest) {
                self.near.swap(at, first.min(at));
            }
        }
        coverage
    }
}

/// Coverage of one footprint.
pub fn cover(footprint: &Footprint, waters: &Waters) -> Coverage {
    let mut neighbourhood = Neighbourhood::default();
    neighbourhood.gather(waters, footprint.within());
    neighbourhood.cover(footprint, waters)
}

#[derive(Clone, Copy)]
struct Nearest {
    mm: u32,
    id: u64,
    slot: u32,
}

/// What is known so far of a building at one grade.
struct Reached {
    nearest: Option<Nearest>,
    within: u16,
    /// Whether one that may have the grade reaches the building.
    perhaps: bool,
    /// Whether every vertex is covered.
    whole: bool,
    /// The vertices that none of the hydrants met so far covers; empty before the first and once `whole`.
    bare: Vec<u32>,
}

impl Reached {
    const NOT: Reached = Reached { nearest: None, within: 0, perhaps: false, whole: false, bare: Vec::new() };
}

struct Looking<'a> {
    footprint: &'a Footprint,
    waters: &'a Waters,
    reached: [Reached; 3],
}

/// What rounding to millimetres may do to a glance.
const HAIR_M: f64 = 0.001;

impl Looking<'_> {
    fn nearest(&self, grade: Grade) -> Option<Nearest> {
        self.reached[grade as usize].nearest
    }

    /// Takes a hydrant into account at every grade. The vertices are looked at only where a glance cannot tell.
    fn meet(&mut self, slot: u32, point: &WaterPoint) {
        let at = self.footprint.offset(point.place);
        let glance = self.footprint.glance(at);
        let radius_m = f64::from(point.radius_mm) / 1000.0;
        let mut known_mm = None;
        let mut exact_mm = || *known_mm.get_or_insert_with(|| millimetres(self.footprint.distance_m(at)));
        let reaches = if glance.most_m + HAIR_M < radius_m {
            true
        } else if glance.least_m - HAIR_M > radius_m {
            false
        } else {
            exact_mm() <= point.radius_mm
        };
        for (reached, standing) in self.reached.iter_mut().zip(point.standing) {
            match standing {
                Standing::No => {}
                Standing::Maybe => reached.perhaps |= reaches,
                Standing::Yes => {
                    let may_be_nearest =
                        reached.nearest.is_none_or(|best| glance.least_m - HAIR_M <= f64::from(best.mm) / 1000.0);
                    if may_be_nearest {
                        let (mm, id) = (exact_mm(), point.id.0);
                        if reached.nearest.is_none_or(|best| (mm, id) < (best.mm, best.id)) {
                            reached.nearest = Some(Nearest { mm, id, slot });
                        }
                    }
                    if reaches {
                        reached.within = reached.within.saturating_add(1);
                        if reached.whole || glance.most_m + HAIR_M < radius_m {
                            reached.whole = true;
                            continue;
                        }
                        let vertices = self.footprint.vertices();
                        if reached.within == 1 {
                            reached.bare.extend(0..vertices.len() as u32);
                        }
                        let covers =
                            |nth: u32| millimetres(at.distance2(vertices[nth as usize]).sqrt()) <= point.radius_mm;
                        reached.bare.retain(|nth| !covers(*nth));
                        reached.whole = reached.bare.is_empty();
                    }
                }
            }
        }
    }

    /// Takes a hydrant into account as the nearest of a grade alone; whether it is.
    fn compare(&mut self, slot: u32, grade: Grade) -> bool {
        let Some(point) = self.waters.point(slot) else { return false };
        let mm = millimetres(self.footprint.distance_m(self.footprint.offset(point.place)));
        let best = &mut self.reached[grade as usize].nearest;
        let nearer = best.is_none_or(|best| (mm, point.id.0) < (best.mm, best.id));
        if nearer {
            *best = Some(Nearest { mm, id: point.id.0, slot });
        }
        nearer
    }

    fn coverage(&self) -> Coverage {
        let mut all = [Reach::NONE; 3];
        for nth in 0..all.len() {
            // The same hydrant is often the nearest of the grade before.
            all[nth] = match (self.reached[nth].nearest, nth.checked_sub(1).map(|before| all[before])) {
                (Some(best), Some(before)) if before.nearest() == Some(best.slot) => before,
                (Some(best), _) => Reach {
                    nearest: best.slot,
                    distance_mm: best.mm,
                    worst_mm: self
                        .waters
                        .point(best.slot)
                        .map_or(0, |point| millimetres(self.footprint.farthest_m(self.footprint.offset(point.place)))),
                    ..Reach::NONE
                },
                (None, _) => Reach::NONE,
            };
            all[nth].within = self.reached[nth].within;
            all[nth].covered = self.covered(&self.reached[nth]);
        }
        Coverage(all)
    }

    fn covered(&self, reached: &Reached) -> Covered {
        if self.waters.by_route {
            Covered::NotAssessed
        } else if self.waters.any.is_empty() {
            Covered::Unknown
        } else if reached.within > 0 {
            if reached.whole { Covered::Whole } else { Covered::Part }
        } else if reached.perhaps {
            Covered::Unknown
        } else {
            Covered::Not
        }
    }
}

#[cfg(test)]
mod tests;
