//! What is odd or missing about the network, as findings: pieces that nothing joins, ends that stop short, and what no
//! way to a road was found from.

use std::collections::HashMap;

use super::network::Kind as Way;
use super::town::City;
use crate::analysis::check::{Finding, Kind};
use crate::analysis::inner_place;
use crate::crs::{Frame, Offset, WorldBox};
use crate::model::{FeatureId, Layer, Place};
use crate::network::Graph;

/// An end that stops no farther from another line was likely meant to meet it.
const NEAR_M: f64 = 10.0;

impl City {
    /// Findings about its network, in no order. Who asks first waits until the ground is found.
    pub fn ground_check(&self) -> Vec<Finding> {
        let found = self.ground();
        let network = found.network();
        let graph = network.graph();
        let mut all = islands(graph);
        all.extend(near_ends(graph, self.travel().network.join_within_m));
        let without = |layer: Layer, slot: u32| {
            let row = self.layer(layer).row(slot)?;
            Some(finding(Kind::NoWayToRoad, layer, row.id, inner_place(row.shape), &[]))
        };
        // Cisterns and intakes that no engine can stand beside were left out.
        let ways: HashMap<u32, bool> = found.hydrants().map(|of| (of.slot, !of.snaps.is_empty())).collect();
        for (slot, row) in self.layer(Layer::Hydrant).iter() {
            let counts = || self.results().waters().point(slot).is_some_and(|point| point.counts());
            let has_way = || !network.snap_point(&self.layers, self.travel(), row, Way::OnFoot).is_empty();
            let is_without = match ways.get(&slot) {
                Some(has_way) => !has_way,
                None => counts() && !has_way(),
            };
            all.extend(without(Layer::Hydrant, slot).filter(|_| is_without));
        }
        let stations = found.micro().iter().chain(found.engines()).filter(|station| station.snaps.is_empty());
        all.extend(stations.filter_map(|station| without(Layer::Station, station.slot)));
        let buildings = self.layer(Layer::Building).iter().map(|(slot, _)| slot);
        let shut = buildings.filter(|slot| network.on_foot(*slot).is_empty());
        all.extend(shut.filter_map(|slot| without(Layer::Building, slot)));
        all
    }
}

fn finding(kind: Kind, layer: Layer, id: FeatureId, place: Place, values: &[(&'static str, f64)]) -> Finding {
    Finding { kind, layer, id, place: Some(place), other: None, values: values.into(), note: Box::default() }
}

/// A figure to a tenth of a metre.
fn tenths(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}

/// The pieces of the network but for the largest, each by the first of its lines.
fn islands(graph: &Graph) -> Vec<Finding> {
    let (lengths, of_node) = graph.pieces();
    let largest = (0..lengths.len()).max_by_key(|piece| (lengths[*piece], std::cmp::Reverse(*piece)));
    // Lines come in order of layer and number; of a line the edge that is drawn first.
    let mut first: Vec<Option<(u32, u32)>> = vec![None; lengths.len()];
    for (nth, edge) in (0..).zip(graph.edges()) {
        let of = &mut first[of_node[edge.from as usize] as usize];
        if of.is_none_or(|(line, _)| edge.line < line) {
            *of = Some((edge.line, nth));
        }
    }
    let others = first.into_iter().enumerate().filter(|(piece, _)| Some(*piece) != largest);
    let told = others.filter_map(|(piece, first)| {
        let (line, edge) = first?;
        let (line, places) = (&graph.lines()[line as usize], graph.places(edge));
        let place = places.get(places.len() / 2).copied()?;
        let metres = tenths(lengths[piece] as f64 / 1000.0);
        Some(finding(Kind::RoadIsland, line.layer, line.id, place, &[("length_m", metres)]))
    });
    told.collect()
}

/// Dead ends of lines that were drawn without shared nodes, farther than the tolerance from another line but not far.
fn near_ends(graph: &Graph, join_within_m: f64) -> Vec<Finding> {
    let mut found = Vec::new();
    for node in 0..graph.nodes().len() as u32 {
        let [step] = graph.csr().from(node) else { continue };
        let own = graph.edge(step.edge());
        let line = graph.line(step.edge());
        if line.is_noded {
            continue;
        }
        // What it comes from at its other end is near any short stub.
        let is_stub = f64::from(own.length_mm) <= 2000.0 * NEAR_M;
        let root: Vec<u32> = graph.csr().from(step.to).iter().filter(|_| is_stub).map(|step| step.edge()).collect();
        let end = graph.nodes()[node as usize];
        let frame = Frame::at(end);
        let within = WorldBox::at(end.into());
        let mut best: Option<(f64, u32)> = None;
        graph.tree().window(within.grown(within.units_within(NEAR_M)), &mut |edge| {
            let other = graph.line(edge);
            let apart = other.level != line.level || other.is_structure != line.is_structure;
            if graph.edge(edge).line == own.line || root.contains(&edge) || apart {
                return;
            }
            let places: Vec<Offset> = graph.places(edge).iter().map(|place| frame.offset(*place)).collect();
            let far2 = places.windows(2).map(|pair| Offset::default().segment_distance2(pair[0], pair[1]));
            let metres = far2.fold(f64::INFINITY, f64::min).sqrt();
            let next = (metres, graph.edge(edge).line);
            if metres <= NEAR_M && best.is_none_or(|best| next < best) {
                best = Some(next);
            }
        });
        if let Some((metres, other)) = best.filter(|(metres, _)| *metres > join_within_m) {
            let other = &graph.lines()[other as usize];
            let told = finding(Kind::RoadEndNear, line.layer, line.id, end, &[("gap_m", tenths(metres))]);
            found.push(Finding { other: Some((other.layer, other.id)), ..told });
        }
    }
    found
}
