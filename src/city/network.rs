//! The city's roads as a network, and the ways from its buildings to them.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::chunks::by_chunk;
use super::layer::LayerSlots;
use super::rows::RowRef;
use crate::analysis::{OnRoad, holds};
use crate::crs::WorldBox;
use crate::model::{Layer, Place, ShapeRef};
use crate::network::{CLASSES, Costs, Graph, Laid, Line, Lists, NO_WAY, Obstacles, Snap, Snapper, class_code};
use crate::rules::Travel;

/// Roads and lanes as a graph, what each way costs whom, and the places on it of every building.
///
/// It is of roads, lanes, barriers, water and buildings alone: who edits a hydrant keeps it.
pub struct Network {
    graph: Graph,
    hose: Costs,
    micro: Costs,
    engine: Costs,
    /// Lengths of the ways that engines can go, where their time is told by distance.
    engine_mm: Option<Costs>,
    /// By kind and class of road whether it is one to stand on. By class alone: who stands at a blocked street does not
    /// come nearer because it is blocked.
    classes: [[bool; CLASSES]; 2],
    /// Where people come from a building to a road, by slot.
    on_foot: Arc<Snaps>,
    /// Where engines stand for a building, by slot.
    by_engine: Arc<Snaps>,
    /// Slots of the buildings whose people come to an edge, by edge; found when first asked for.
    on_edges: Arc<OnceLock<Lists>>,
}

/// Places on roads, by slot of building.
#[derive(Default)]
struct Snaps {
    first: Vec<u32>,
    snaps: Vec<Snap>,
}

impl Snaps {
    fn of(&self, slot: u32) -> &[Snap] {
        let slot = slot as usize;
        match (self.first.get(slot), self.first.get(slot + 1)) {
            (Some(from), Some(to)) => &self.snaps[*from as usize..*to as usize],
            _ => &[],
        }
    }

    fn push(&mut self, snaps: &[Snap]) {
        if self.first.is_empty() {
            self.first.push(0);
        }
        self.snaps.extend_from_slice(snaps);
        self.first.push(self.snaps.len() as u32);
    }
}

impl Network {
    /// Of a city's layers; `height_m` tells the ground's elevation. Parallel; O(n log n).
    pub(super) fn new(
        layers: &[LayerSlots],
        travel: &Travel,
        height_m: &(dyn Fn(Place) -> Option<f64> + Sync),
    ) -> Network {
        let mut drawn = Vec::new();
        for layer in [Layer::Road, Layer::Lane] {
            let rows = layers[layer as usize].iter();
            drawn.extend(
                rows.map(|(slot, row)| (Line::of(layer, slot, row.id, row.source_key, row.attributes), row.shape)),
            );
        }
        let graph = Graph::new(drawn, travel.network.join_within_m, height_m);
        let costs = |id: &str| Costs::of(&graph, travel.profile(id));
        let (hose, (micro, engine)) = rayon::join(
            || costs("hose"),
            || rayon::join(|| costs(&travel.response.micro_by), || costs(&travel.response.engine_by)),
        );
        let by_distance = travel.response.by_distance();
        let engine_mm = by_distance.map(|_| Costs::lengths(&graph, |way| engine.at(way) != NO_WAY));
        let classes = Kind::BOTH.map(|kind| {
            let classes = &travel.profile(kind.profile(travel)).classes;
            std::array::from_fn(|class| classes.contains_key(class_code(class)))
        });
        let (on_foot, by_engine) = Default::default();
        let mut network =
            Network { graph, hose, micro, engine, engine_mm, classes, on_foot, by_engine, on_edges: Arc::default() };
        let buildings = &layers[Layer::Building as usize];
        let found = by_chunk(buildings, |slots| {
            let mut snapper = Snapper::default();
            let mut snaps: [Snaps; 2] = Default::default();
            let mut found = Vec::new();
            for slot in slots {
                let row = buildings.row(slot);
                let mut laid = row.map(|row| network.lay(&mut snapper, travel, row.shape, &Kind::BOTH));
                for (kind, into) in Kind::BOTH.into_iter().zip(&mut snaps) {
                    found.clear();
                    if let Some(laid) = &mut laid {
                        network.snap_laid(laid, (layers, travel), kind, Some(slot), &mut found);
                    }
                    into.push(&found);
                }
            }
            snaps
        });
        let (mut on_foot, mut by_engine) = (Snaps::default(), Snaps::default());
        for chunk in found {
            for (all, chunk) in [&mut on_foot, &mut by_engine].into_iter().zip(chunk) {
                let before = all.snaps.len() as u32;
                all.snaps.extend(chunk.snaps);
                let ends = chunk.first.into_iter().skip(usize::from(!all.first.is_empty()));
                all.first.extend(ends.map(|end| end + before));
            }
        }
        (network.on_foot, network.by_engine) = (Arc::new(on_foot), Arc::new(by_engine));
        network
    }

    /// The same network with lines that other crews may use than before: nobody's place on the road is another, and hose
    /// is laid along what is blocked, too. `None` where a line lies otherwise.
    pub(super) fn with_lines(&self, travel: &Travel, lines: &[Line]) -> Option<Network> {
        let (graph, edges) = self.graph.with_lines(lines)?;
        let again = |costs: &Costs, id: &str| costs.again(&graph, travel.profile(id), &edges);
        let micro = again(&self.micro, &travel.response.micro_by);
        let engine = again(&self.engine, &travel.response.engine_by);
        let lengths = || Costs::lengths(&graph, |way| engine.at(way) != NO_WAY);
        let engine_mm = self.engine_mm.as_ref().map(|_| lengths());
        Some(Network {
            hose: again(&self.hose, "hose"),
            micro,
            engine_mm,
            engine,
            graph,
            classes: self.classes,
            on_foot: self.on_foot.clone(),
            by_engine: self.by_engine.clone(),
            on_edges: self.on_edges.clone(),
        })
    }

    /// Places on roads of a shape that is not a building of the city, or of the building of a slot.
    pub(super) fn snap(
        &self,
        snapper: &mut Snapper,
        (layers, travel): (&[LayerSlots], &Travel),
        shape: ShapeRef<'_>,
        kind: Kind,
        own: Option<u32>,
        into: &mut Vec<Snap>,
    ) {
        let mut laid = self.lay(snapper, travel, shape, &[kind]);
        self.snap_laid(&mut laid, (layers, travel), kind, own, into);
    }

    /// Lays a shape out with the roads around it that some kind may use.
    fn lay<'a>(&'a self, snapper: &'a mut Snapper, travel: &Travel, shape: ShapeRef<'_>, kinds: &[Kind]) -> Laid<'a> {
        let most_m = kinds.iter().map(|kind| kind.off_road_m(travel)).fold(0.0, f64::max);
        let passes = |edge: u32| {
            let class = self.graph.line(edge).class;
            kinds.iter().any(|kind| self.classes[*kind as usize][usize::from(class)])
        };
        snapper.lay(&self.graph, shape, most_m, passes)
    }

    fn snap_laid(
        &self,
        laid: &mut Laid<'_>,
        (layers, travel): (&[LayerSlots], &Travel),
        kind: Kind,
        own: Option<u32>,
        into: &mut Vec<Snap>,
    ) {
        let around = Around { layers, graph: &self.graph, own };
        let passes = |edge: u32| self.classes[kind as usize][usize::from(self.graph.line(edge).class)];
        laid.snap(kind.off_road_m(travel), passes, &around, into);
    }

    /// Places on roads of a point: out of the building it lies in, too.
    pub(super) fn snap_point(&self, layers: &[LayerSlots], travel: &Travel, row: RowRef<'_>, kind: Kind) -> Vec<Snap> {
        self.snap_place(layers, travel, row.shape.first(), kind)
    }

    /// The same of a place.
    pub(super) fn snap_place(&self, layers: &[LayerSlots], travel: &Travel, at: Place, kind: Kind) -> Vec<Snap> {
        let buildings = &layers[Layer::Building as usize];
        let mut own = None;
        buildings.drawn_in(WorldBox::at(at.into()), ALL_ZOOMS, |slot| {
            if buildings.row(slot).is_some_and(|row| holds(row.shape, at)) {
                own = own.max(Some(slot));
            }
        });
        let point = crate::model::Shape::point(at);
        let mut found = Vec::new();
        self.snap(&mut Snapper::default(), (layers, travel), point.as_ref(), kind, own, &mut found);
        found
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What hose costs: millimetres.
    pub fn hose(&self) -> &Costs {
        &self.hose
    }

    /// What ways cost micro-stations: milliseconds.
    pub fn micro(&self) -> &Costs {
        &self.micro
    }

    /// What ways cost engines: milliseconds.
    pub fn engine(&self) -> &Costs {
        &self.engine
    }

    /// How long engines take on the road, by the model that a town has chosen.
    pub fn engines<'a>(&'a self, travel: &'a Travel) -> OnRoad<'a> {
        match self.engine_mm.as_ref().zip(travel.response.by_distance()) {
            Some((lengths, model)) => OnRoad::Distance(lengths, model),
            None => OnRoad::Time(&self.engine),
        }
    }

    /// Where people come from the building of a slot to a road.
    pub fn on_foot(&self, slot: u32) -> &[Snap] {
        self.on_foot.of(slot)
    }

    /// Where engines stand for the building of a slot.
    pub fn by_engine(&self, slot: u32) -> &[Snap] {
        self.by_engine.of(slot)
    }

    /// Slots of the buildings whose people come to the road on an edge, in order.
    pub fn buildings_on(&self, edge: u32) -> &[u32] {
        self.on_edges.get_or_init(|| self.find_on_edges()).get(edge)
    }

    fn find_on_edges(&self) -> Lists {
        let slots = 0..self.on_foot.first.len().saturating_sub(1) as u32;
        let mut at: Vec<(u32, u32)> =
            slots.flat_map(|slot| self.on_foot(slot).iter().map(move |snap| (snap.edge, slot))).collect();
        at.par_sort_unstable();
        at.dedup();
        let mut rest = &at[..];
        let of_edge = |edge: u32| {
            let (these, others) = rest.split_at(rest.iter().take_while(|(of, _)| *of == edge).count());
            rest = others;
            these.iter().map(|(_, slot)| *slot)
        };
        (0..self.graph.edges().len() as u32).map(of_edge).collect()
    }

    /// Elevation of a place on a road in centimetres.
    pub fn height_cm(&self, snap: Snap) -> Option<i32> {
        self.graph.height_on(snap.edge, snap.along_mm)
    }
}

/// Whose way to a road is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    OnFoot,
    ByEngine,
}

impl Kind {
    const BOTH: [Kind; 2] = [Kind::OnFoot, Kind::ByEngine];

    fn off_road_m(self, travel: &Travel) -> f64 {
        match self {
            Kind::OnFoot => travel.hose.off_road_m,
            Kind::ByEngine => travel.response.off_road_m,
        }
    }

    fn profile(self, travel: &Travel) -> &str {
        match self {
            Kind::OnFoot => "hose",
            Kind::ByEngine => &travel.response.engine_by,
        }
    }
}

/// A zoom at which every row of a layer is found.
const ALL_ZOOMS: u8 = 22;

/// What stands in the way around a footprint.
struct Around<'a> {
    layers: &'a [LayerSlots],
    graph: &'a Graph,
    /// The building itself.
    own: Option<u32>,
}

impl Obstacles for Around<'_> {
    fn buildings(&self, within: WorldBox, found: &mut dyn FnMut(ShapeRef<'_>)) {
        let buildings = &self.layers[Layer::Building as usize];
        buildings.drawn_in(within, ALL_ZOOMS, |slot| {
            if let Some(row) = buildings.row(slot).filter(|_| Some(slot) != self.own) {
                found(row.shape);
            }
        });
    }

    fn barriers(&self, within: WorldBox, found: &mut dyn FnMut(&[Place])) {
        for layer in [Layer::Barrier, Layer::Water] {
            let rows = &self.layers[layer as usize];
            rows.drawn_in(within, ALL_ZOOMS, |slot| {
                if let Some(row) = rows.row(slot) {
                    row.shape.parts().for_each(|(_, line)| found(line));
                }
            });
        }
        // Nobody crosses a motorway but on a bridge.
        self.graph.tree().window(within, &mut |edge| {
            let line = self.graph.line(edge);
            if matches!(line.class_code(), "motorway" | "trunk") && !line.is_structure {
                found(self.graph.places(edge));
            }
        });
    }
}
