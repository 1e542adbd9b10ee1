//! The city's hydrants along its streets.

use std::sync::{Arc, OnceLock};

use super::edit::Edit;
use super::ground::GroundResults;
use super::network::Network;
use super::town::City;
use crate::analysis::{NeedArea, Run, Spacing, StreetHydrant, Streets, Told, asks_for_hydrants};
use crate::crs::WorldBox;
use crate::model::{Layer, Place, ShapeRef, hydrant};
use crate::network::{Graph, Obstacles, Snap, Snapper};
use crate::rules::StreetRules;

/// Spacing with what it takes to follow a changed hydrant.
#[derive(Clone)]
pub(super) struct CitySpacing {
    spacing: Spacing,
    /// How far from the middle of a street its hydrants may stand at most.
    reach_m: f64,
    runs: Arc<OnceLock<[Vec<Run>; 3]>>,
}

impl GroundResults {
    /// Spacing of hydrants along the streets of the city it was found for; `None` where the pack has no rule of it. Who
    /// asks first waits until it is found.
    pub fn spacing(&self, city: &City) -> Option<&Spacing> {
        Some(&self.city_spacing(city)?.spacing)
    }

    /// The same where it is found already.
    pub fn spacing_found(&self) -> Option<&Spacing> {
        Some(&self.spacing.get()?.as_ref()?.spacing)
    }

    /// Of that, by grade the stretches that touch, longest first. Who asks first waits until they are found.
    pub fn street_runs(&self, city: &City) -> Option<&[Vec<Run>; 3]> {
        let CitySpacing { spacing, runs, .. } = self.city_spacing(city)?;
        Some(runs.get_or_init(|| {
            let here = city.results.areas.clone();
            spacing.runs(self.network().graph(), &here.outlined(city.layer(Layer::Area)).all())
        }))
    }

    fn city_spacing(&self, city: &City) -> Option<&CitySpacing> {
        let find = || city.rules().streets.as_ref().map(|rules| find(city, self.network(), rules));
        self.spacing.get_or_init(find).as_ref()
    }

    /// The same where they are found already.
    pub(super) fn street_runs_found(&self) -> Option<&[Vec<Run>; 3]> {
        self.spacing.get()?.as_ref()?.runs.get()
    }

    /// Takes changed hydrants into account where spacing is found already; else it is found again when it is asked for.
    pub(super) fn follow_spacing(&mut self, edit: &Edit<'_>) {
        if edit.leaves(&[Layer::Hydrant]) {
            return;
        }
        let after = edit.after;
        let Some(Some(known)) = self.spacing.get() else {
            self.spacing = Arc::default();
            return;
        };
        let rules = after.rules().streets.as_ref().filter(|_| known.spacing.any() == any_counts(after));
        let Some(rules) = rules else {
            self.spacing = Arc::default();
            return;
        };
        let (graph, areas) = (self.network().graph(), &after.results.areas);
        let mut snapper = Snapper::default();
        let new = edit.slots(Layer::Hydrant).map(|slot| {
            let new = on_street(after, graph, rules, known.reach_m, slot, &mut snapper);
            (slot, new)
        });
        let others: Vec<_> = new.filter(|(slot, new)| known.spacing.hydrant(*slot) != new.as_ref()).collect();
        if others.is_empty() {
            return;
        }
        let mut next = known.clone();
        for (slot, new) in others {
            let near = |within, told: Told<'_>| {
                let outlined = areas.outlined_within(after.layer(Layer::Area), within);
                told(&outlined.iter().map(|(area, outline)| area.needs(outline)).collect::<Vec<_>>());
            };
            if next.spacing.follow(graph, slot, new, near) {
                next.runs = Arc::default();
            }
        }
        self.spacing = Arc::new(Some(next).into());
    }
}

fn any_counts(city: &City) -> bool {
    city.results().waters().any_counts()
}

fn find(city: &City, network: &Network, rules: &StreetRules) -> CitySpacing {
    let graph = network.graph();
    let classes = &city.travel().profile(&city.travel().response.engine_by).classes;
    // By class alone: a street that is blocked today is a street.
    let drives = |edge: u32| classes.contains_key(graph.line(edge).class_code());
    let areas = city.layer(Layer::Area);
    let here = city.results.areas.clone();
    let outlined = here.outlined(areas);
    let all: Vec<NeedArea<'_>> = outlined.all();
    let streets =
        Streets { graph, drives: &drives, half_mm: rules.spacing.mm() / 2, areas: &all, slots: areas.slots() };
    let asked = (0..graph.edges().len() as u32).filter(|edge| asks_for_hydrants(graph.line(*edge)));
    let widest_mm = asked.map(|edge| kerb_mm(graph, edge)).max().unwrap_or(0);
    let reach_m = f64::from(rules.of_road_within.mm() + widest_mm) / 1000.0;
    let mut snapper = Snapper::default();
    let slots = 0..city.layer(Layer::Hydrant).slots() as u32;
    let hydrants = slots.map(|slot| on_street(city, graph, rules, reach_m, slot, &mut snapper)).collect();
    CitySpacing { spacing: Spacing::new(&streets, hydrants, any_counts(city)), reach_m, runs: Arc::default() }
}

/// How far the kerb of a street is from its middle.
fn kerb_mm(graph: &Graph, edge: u32) -> u32 {
    u32::from(graph.line(edge).width_cm) * 5
}

/// A hydrant that the rule is about at the street whose kerb is nearest, as 建有率 counts it.
fn on_street(
    city: &City,
    graph: &Graph,
    rules: &StreetRules,
    reach_m: f64,
    slot: u32,
    snapper: &mut Snapper,
) -> Option<StreetHydrant> {
    let row = city.layer(Layer::Hydrant).row(slot)?;
    let kind = row.attributes.choice(Layer::Hydrant, hydrant::KIND);
    let point = city.results().waters().point(slot).filter(|point| point.counts())?;
    if kind.is_some_and(|kind| !rules.spacing.is_about(kind)) {
        return None;
    }
    let is_street = |edge: u32| asks_for_hydrants(graph.line(edge));
    let mut snaps = Vec::new();
    snapper.lay(graph, row.shape, reach_m, is_street).snap(reach_m, is_street, &Nothing, &mut snaps);
    let from_kerb = |snap: &Snap| snap.off_road_mm.saturating_sub(kerb_mm(graph, snap.edge));
    let nearest = snaps.into_iter().min_by_key(|snap| (from_kerb(snap), snap.edge, snap.along_mm))?;
    let is_near = from_kerb(&nearest) <= rules.of_road_within.mm();
    is_near.then_some(StreetHydrant { snap: nearest, standing: point.standing })
}

/// Whose street a hydrant is hangs on distance alone.
struct Nothing;

impl Obstacles for Nothing {
    fn buildings(&self, _: WorldBox, _: &mut dyn FnMut(ShapeRef<'_>)) {}

    fn barriers(&self, _: WorldBox, _: &mut dyn FnMut(&[Place])) {}
}
