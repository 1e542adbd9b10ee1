//! Hydrants by hose, for every place of the network, and followed when one of them changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::grade::{Grade, Standing, WaterPoint};
use super::ground::{Far, Ground, Laid, Placed};
use crate::index::{Buckets, Slots};
use crate::model::FeatureId;
use crate::network::{Costs, Direction, Graph, Kept, Nearest, Snap, Stand, Ways};
use crate::rules::Travel;

/// What hose is laid along.
#[derive(Clone, Copy)]
pub struct Roads<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// What its ways cost in millimetres of hose.
    pub hose: &'a Costs,
}

/// Hydrants with the nearest of each grade for every place. A clone costs some reference counts, a changed hydrant
/// what it is or was among the nearest of.
#[derive(Clone, Debug)]
pub struct Hoses {
    stand: Standings,
    /// Those that surely have each grade.
    sure: [Kept<2>; 3],
    /// Those that perhaps have it.
    perhaps: [Kept<1>; 3],
    limit_mm: u32,
    search_mm: u32,
}

/// Who stands where.
#[derive(Clone, Debug)]
struct Standings {
    /// By slot.
    placed: Slots<Option<Arc<Placed<WaterPoint>>>>,
    /// Positions in order of number, by slot, and the slots in that order.
    ranks: Slots<u32>,
    slots: Slots<u32>,
    last: Option<FeatureId>,
    /// Slots by edge.
    on: Buckets,
}

impl Standings {
    fn stands<'a>(&self, of: &'a Placed<WaterPoint>) -> impl Iterator<Item = Stand> + use<'a> {
        let source = self.ranks[of.slot];
        of.snaps.iter().map(move |snap| Stand { snap: *snap, cost: snap.off_road_mm, source })
    }

    /// Those on an edge who have a grade so.
    fn here(&self, edge: u32, grade: Grade, standing: Standing) -> impl Iterator<Item = Stand> {
        let placed = self.on.get(edge).filter_map(|slot| self.placed.get(slot)?.as_deref());
        let having = placed.filter(move |of| of.what.at(grade) == standing);
        having.flat_map(|of| self.stands(of)).filter(move |stand| stand.snap.edge == edge)
    }

    fn all(&self) -> impl Iterator<Item = &Placed<WaterPoint>> {
        self.slots.iter().filter_map(|slot| self.placed[*slot].as_deref())
    }

    fn set(&mut self, slot: u32, new: Option<Arc<Placed<WaterPoint>>>) -> Option<Arc<Placed<WaterPoint>>> {
        let old = std::mem::replace(self.placed.get_mut(slot), new.clone());
        for snap in old.iter().flat_map(|old| &old.snaps) {
            self.on.remove(snap.edge, slot);
        }
        for snap in new.iter().flat_map(|new| &new.snaps) {
            self.on.insert(snap.edge, slot);
        }
        old
    }
}

impl Hoses {
    /// Of hydrants that may count; `numbers` are those of all slots, whether they count or not. Parallel.
    pub fn new(
        roads: Roads<'_>,
        travel: &Travel,
        limit_mm: u32,
        numbers: &[FeatureId],
        hydrants: Vec<Placed<WaterPoint>>,
    ) -> Hoses {
        let mut slots: Vec<u32> = (0..numbers.len() as u32).collect();
        slots.sort_unstable_by_key(|slot| numbers[*slot as usize]);
        let mut ranks = vec![0; slots.len()];
        for (rank, slot) in (0..).zip(&slots) {
            ranks[*slot as usize] = rank;
        }
        let on = hydrants.iter().flat_map(|of| of.snaps.iter().map(|snap| (snap.edge, of.slot))).collect();
        let mut placed = vec![None; numbers.len()];
        for of in hydrants {
            let slot = of.slot as usize;
            placed[slot] = Some(Arc::new(of));
        }
        let stand = Standings {
            placed: placed.into_iter().collect(),
            ranks: ranks.into_iter().collect(),
            slots: slots.into_iter().collect(),
            last: numbers.iter().max().copied(),
            on: Buckets::new(on),
        };
        let search_mm = (travel.hose.search_limit_m * 1000.0) as u32;
        let of = |grade: Grade, standing| {
            let having = stand.all().filter(move |of| of.what.at(grade) == standing);
            having.flat_map(|of| stand.stands(of))
        };
        let (sure, perhaps) = rayon::join(
            || Grade::ALL.map(|grade| Kept::new(ways(roads, search_mm), of(grade, Standing::Yes))),
            || Grade::ALL.map(|grade| Kept::new(ways(roads, limit_mm), of(grade, Standing::Maybe))),
        );
        Hoses { stand, sure, perhaps, limit_mm, search_mm }
    }

    /// The hydrants that count or may count, in order of number, with their places on the road.
    pub fn hydrants(&self) -> impl Iterator<Item = &Placed<WaterPoint>> {
        self.stand.all()
    }

    /// The hydrant of a slot if it counts or may count.
    pub fn placed(&self, slot: u32) -> Option<&Placed<WaterPoint>> {
        self.stand.placed.get(slot)?.as_deref()
    }

    /// Slots of hydrants that come to the road on an edge, in order.
    pub fn on(&self, edge: u32) -> impl Iterator<Item = u32> + '_ {
        self.stand.on.get(edge)
    }

    /// Of a building with these places on the road. `beside` tells whether a hydrant that may have a grade, and of which
    /// no way to the road is known, stands near enough to matter.
    pub fn reach(&self, roads: Roads<'_>, snaps: &[Snap], beside: impl Fn(Grade) -> bool, into: &mut Ground) {
        into.on_foot = !snaps.is_empty();
        for grade in Grade::ALL {
            let nth = grade as usize;
            let mut nearest: Nearest<2> = Nearest::NONE;
            let mut perhaps: Nearest<1> = Nearest::NONE;
            for snap in snaps {
                let here = self.stand.here(snap.edge, grade, Standing::Yes);
                let of = self.sure[nth].at(ways(roads, self.search_mm), *snap, snap.off_road_mm, here);
                of.0.into_iter().for_each(|label| nearest.meet(label));
                let here = self.stand.here(snap.edge, grade, Standing::Maybe);
                let of = self.perhaps[nth].at(ways(roads, self.limit_mm), *snap, snap.off_road_mm, here);
                perhaps.meet(of.0[0]);
            }
            into.hose[nth] = nearest.0.map(|label| Far::of(label, |rank| self.stand.slots[rank]));
            into.laid[nth] = if nearest.0[0].cost <= self.limit_mm {
                Laid::Within
            } else if snaps.is_empty() || perhaps.0[0].is_some() || beside(grade) {
                Laid::Unknown
            } else {
                Laid::Beyond
            };
        }
    }

    /// Takes a changed hydrant into account: the edges on which what is nearest may differ now, in order. `None` where it
    /// cannot be followed, since it has no place in the order of numbers.
    pub fn follow(
        &mut self,
        roads: Roads<'_>,
        (slot, number): (u32, FeatureId),
        new: Option<Placed<WaterPoint>>,
    ) -> Option<BTreeSet<u32>> {
        let stand = &mut self.stand;
        if slot as usize == stand.placed.len() {
            if stand.last.is_some_and(|last| number <= last) {
                return None;
            }
            stand.last = Some(number);
            stand.placed.push(None);
            stand.ranks.push(slot);
            stand.slots.push(slot);
        }
        if self.placed(slot) == new.as_ref() {
            return Some(BTreeSet::new());
        }
        let new = new.map(Arc::new);
        let old = self.stand.set(slot, new.clone());
        let stand = &self.stand;
        let mut nodes = BTreeSet::new();
        let stands = |of: &Option<Arc<Placed<WaterPoint>>>| -> Vec<Stand> {
            of.iter().flat_map(|of| stand.stands(of)).collect()
        };
        let (gone, came) = (stands(&old), stands(&new));
        let at = |of: &Option<Arc<Placed<WaterPoint>>>, grade| of.as_ref().map(|of| of.what.at(grade));
        let source = stand.ranks[slot];
        for grade in Grade::ALL {
            let (sure, perhaps) = (&mut self.sure[grade as usize], &mut self.perhaps[grade as usize]);
            let others = |standing| {
                move |edge: u32| stand.here(edge, grade, standing).filter(move |other| other.source != source)
            };
            let (search, limit) = (ways(roads, self.search_mm), ways(roads, self.limit_mm));
            match at(&old, grade) {
                Some(Standing::Yes) => sure.take(search, &gone, others(Standing::Yes), &mut nodes),
                Some(Standing::Maybe) => perhaps.take(limit, &gone, others(Standing::Maybe), &mut nodes),
                Some(Standing::No) | None => {}
            }
            match at(&new, grade) {
                Some(Standing::Yes) => sure.put(search, &came, &mut nodes),
                Some(Standing::Maybe) => perhaps.put(limit, &came, &mut nodes),
                Some(Standing::No) | None => {}
            }
        }
        let around = nodes.iter().flat_map(|node| roads.graph.csr().from(*node)).map(|step| step.edge());
        Some(around.chain(gone.iter().chain(&came).map(|stand| stand.snap.edge)).collect())
    }
}

fn ways(roads: Roads<'_>, limit: u32) -> Ways<'_> {
    Ways { graph: roads.graph, costs: roads.hose, direction: Direction::Go, limit }
}
