//! The city's hydrants along its streets.

use super::ground::GroundResults;
use super::network::Network;
use super::town::City;
use crate::analysis::{NeedArea, Spacing, StreetHydrant, asks_for_hydrants};
use crate::crs::WorldBox;
use crate::model::{Layer, Place, ShapeRef, hydrant};
use crate::network::{Graph, Obstacles, Snap, Snapper};
use crate::rules::StreetRules;

impl GroundResults {
    /// Spacing of hydrants along the streets of the city it was found for; `None` where the pack has no rule of it. Who
    /// asks first waits until it is found.
    pub fn spacing(&self, city: &City) -> Option<&Spacing> {
        self.spacing
            .get_or_init(|| city.rules().streets.as_ref().map(|rules| find(city, self.network(), rules)))
            .as_ref()
    }

    /// The same where it is found already.
    pub fn spacing_found(&self) -> Option<&Spacing> {
        self.spacing.get()?.as_ref()
    }
}

fn find(city: &City, network: &Network, rules: &StreetRules) -> Spacing {
    let graph = network.graph();
    let classes = &city.travel().profile(&city.travel().response.engine_by).classes;
    // By class alone: a street that is blocked today is a street.
    let drives = |edge: u32| classes.contains_key(graph.line(edge).class_code());
    let areas = city.layer(Layer::Area);
    let here = city.results.areas.clone();
    let outlined = here.outlined(areas);
    let all: Vec<NeedArea<'_>> = outlined.all();
    let hydrants = on_streets(city, graph, rules);
    let any = city.results().waters().any_counts();
    Spacing::new(graph, drives, &hydrants, any, rules.spacing.mm() / 2, &all, areas.slots())
}

/// Hydrants that the rule is about, each at the street whose kerb is nearest, as 建有率 counts them.
fn on_streets(city: &City, graph: &Graph, rules: &StreetRules) -> Vec<StreetHydrant> {
    let kerb_mm = |edge: u32| u32::from(graph.line(edge).width_cm) * 5;
    let is_street = |edge: u32| asks_for_hydrants(graph.line(edge));
    let streets = (0..graph.edges().len() as u32).filter(|edge| is_street(*edge));
    let widest_mm = streets.map(kerb_mm).max().unwrap_or(0);
    let reach_mm = rules.of_road_within.mm();
    let most_m = f64::from(reach_mm + widest_mm) / 1000.0;
    let mut snapper = Snapper::default();
    let mut snaps = Vec::new();
    let mut found = Vec::new();
    for (slot, row) in city.layer(Layer::Hydrant).iter() {
        let kind = row.attributes.choice(Layer::Hydrant, hydrant::KIND);
        let Some(point) = city.results().waters().point(slot).filter(|point| point.counts()) else { continue };
        if kind.is_some_and(|kind| !rules.spacing.is_about(kind)) {
            continue;
        }
        snaps.clear();
        snapper.lay(graph, row.shape, most_m, is_street).snap(most_m, is_street, &Nothing, &mut snaps);
        let from_kerb = |snap: &Snap| snap.off_road_mm.saturating_sub(kerb_mm(snap.edge));
        let nearest = snaps.iter().min_by_key(|snap| (from_kerb(snap), snap.edge, snap.along_mm));
        if let Some(snap) = nearest.filter(|snap| from_kerb(snap) <= reach_mm) {
            found.push(StreetHydrant { snap: *snap, standing: point.standing });
        }
    }
    found
}

/// Whose street a hydrant is hangs on distance alone.
struct Nothing;

impl Obstacles for Nothing {
    fn buildings(&self, _: WorldBox, _: &mut dyn FnMut(ShapeRef<'_>)) {}

    fn barriers(&self, _: WorldBox, _: &mut dyn FnMut(&[Place])) {}
}
