//! A look at lanes, high-rises and ladder fields: which building each serves, and what is not as the rules ask.

use std::collections::HashMap;

use super::Served;
use crate::analysis::access::{
    AccessFinding, Block, DeadEnd, FieldFacts, LaneFacts, SideFacts, Verdict, dead_end, high_rise, judge_field,
    judge_lane, judge_sides, older,
};
use crate::analysis::{between_m, inner_place};
use crate::city::City;
use crate::city::chunks::by_chunk;
use crate::city::network::Network;
use crate::city::rows::RowRef;
use crate::crs::WorldBox;
use crate::model::{FeatureId, Layer, Place, building, ladder_field, lane};
use crate::network::{Passage, passage};
use crate::rules::{AccessRule, AccessRules, Profile};

/// Who looks at lanes, high-rises and ladder fields.
pub(super) struct Look<'a> {
    city: &'a City,
    network: &'a Network,
    rules: &'a AccessRules,
    engine: Option<&'a Profile>,
}

/// A zoom at which every row of a layer is found.
const ALL_ZOOMS: u8 = 22;

impl<'a> Look<'a> {
    pub fn new(city: &'a City, network: &'a Network, rules: &'a AccessRules) -> Look<'a> {
        let travel = city.travel();
        let engine = travel.profiles.iter().find(|profile| profile.id == travel.response.engine_by);
        Look { city, network, rules, engine }
    }

    /// The building each lane and ladder field serves: the one it names, else the nearest.
    pub fn served(&self) -> Served {
        let named = [(Layer::Lane, lane::BUILDING), (Layer::LadderField, ladder_field::BUILDING)];
        let name = |row: &RowRef<'a>, layer, ix| row.attributes.text(layer, ix);
        let is_named = |(layer, ix)| self.city.layer(layer).iter().any(|(_, row)| name(&row, layer, ix).is_some());
        let names = if named.into_iter().any(is_named) { self.names() } else { HashMap::new() };
        let value = |rule| self.rules.value(rule);
        let within_m = value(AccessRule::LaneWithin).unwrap_or(0.0);
        let [lanes, fields] = named.map(|(layer, ix)| {
            by_chunk(self.city.layer(layer), |slots| {
                let one = |slot: u32| {
                    let Some(row) = self.city.layer(layer).row(slot) else { return (None, None) };
                    let width = (layer == Layer::Lane).then(|| row.attributes.number(layer, lane::WIDTH_M)).flatten();
                    let wall_m = value(AccessRule::LaneWall).unwrap_or(0.0) + width.unwrap_or(0.0) / 2.0;
                    let near = self.nearest(row, within_m.max(wall_m));
                    let told = name(&row, layer, ix).and_then(|told| names.get(told).copied());
                    let served = told.or(near.filter(|(m, _)| *m <= within_m).map(|(_, slot)| slot));
                    (served, near.map(|(m, _)| m))
                };
                slots.map(one).collect::<Vec<_>>()
            })
        });
        let (lanes, walls) = lanes.into_iter().flatten().unzip();
        Served { lanes, walls, fields: fields.into_iter().flatten().map(|(served, _)| served).collect() }
    }

    /// Buildings by all they may be called: name, address, key; of several of one name the one of smallest number.
    fn names(&self) -> HashMap<&'a str, u32> {
        let mut rows: Vec<(u32, RowRef<'a>)> = self.city.layer(Layer::Building).iter().collect();
        rows.sort_unstable_by_key(|(_, row)| row.id);
        let mut names = HashMap::new();
        for (slot, row) in rows {
            let texts = [building::NAME, building::ADDRESS].into_iter();
            let texts = texts.filter_map(|ix| row.attributes.text(Layer::Building, ix));
            for name in texts.chain([row.source_key]) {
                names.entry(name).or_insert(slot);
            }
        }
        names
    }

    /// The nearest building within a distance, and how far it is.
    fn nearest(&self, row: RowRef<'_>, within_m: f64) -> Option<(f64, u32)> {
        let buildings = self.city.layer(Layer::Building);
        let within = row.within();
        let mut best: Option<(f64, FeatureId, u32)> = None;
        buildings.drawn_in(within.grown(within.units_within(within_m)), ALL_ZOOMS, |slot| {
            if let Some(of) = buildings.row(slot) {
                let next = (between_m(row.shape, of.shape), of.id, slot);
                if next.0 <= within_m && best.is_none_or(|best| (next.0, next.1) < (best.0, best.1)) {
                    best = Some(next);
                }
            }
        });
        best.map(|(m, _, slot)| (m, slot))
    }

    /// All findings, in no order.
    pub fn findings(&self, served: &Served) -> Vec<AccessFinding> {
        if self.rules.is_silent() {
            return Vec::new();
        }
        let (lanes, (fields, sides)) = rayon::join(
            || self.lane_findings(served),
            || rayon::join(|| self.field_findings(served), || self.side_findings(served)),
        );
        [lanes, fields, sides].concat()
    }

    fn new_finding(
        &self,
        row: RowRef<'_>,
        building: Option<u32>,
    ) -> impl Fn(AccessRule, Option<f64>, Verdict) -> AccessFinding {
        let year = building
            .and_then(|slot| self.city.layer(Layer::Building).row(slot))
            .and_then(|row| row.attributes.integer(Layer::Building, building::YEAR_BUILT));
        let ages: Vec<Option<bool>> =
            AccessRule::ALL.iter().map(|rule| self.rules.get(*rule).and_then(|rule| older(rule, year))).collect();
        let (layer, id, place) = (row.layer, row.id, inner_place(row.shape));
        move |rule, measured, verdict| {
            let older = ages.get(rule as usize).copied().flatten();
            AccessFinding { verdict, layer, id, rule, measured, place, building, older }
        }
    }

    fn lane_findings(&self, served: &Served) -> Vec<AccessFinding> {
        let (lanes, graph) = (self.city.layer(Layer::Lane), self.network.graph());
        let mut edges: HashMap<u32, Vec<u32>> = HashMap::new();
        for (nth, edge) in (0..).zip(graph.edges()) {
            let line = &graph.lines()[edge.line as usize];
            if line.layer == Layer::Lane {
                edges.entry(line.slot).or_default().push(nth);
            }
        }
        let drives = |edge: u32| self.engine.is_some_and(|of| of.classes.contains_key(graph.line(edge).class_code()));
        let by_lane = by_chunk(lanes, |slots| {
            let mut found = Vec::new();
            for slot in slots {
                let Some(row) = lanes.row(slot) else { continue };
                let own = edges.get(&slot).map(Vec::as_slice).unwrap_or_default();
                let building = served.lanes.get(slot as usize).copied().flatten();
                let number = |ix| row.attributes.number(Layer::Lane, ix);
                let (dead_end_m, end) = self.dead_end(row, own, dead_end(graph, own, drives));
                let high = building.and_then(|slot| self.city.layer(Layer::Building).row(slot));
                let facts = LaneFacts {
                    width_m: number(lane::WIDTH_M),
                    clear_height_m: number(lane::CLEAR_HEIGHT_M),
                    slope_pct: number(lane::SLOPE_PCT),
                    turning_radius_m: number(lane::TURNING_RADIUS_M),
                    turnaround: row.attributes.bool(Layer::Lane, lane::TURNAROUND),
                    dead_end_m,
                    wall_m: served.walls.get(slot as usize).copied().flatten(),
                    serves_high_rise: high.is_some_and(|row| high_rise(row.attributes, self.rules).is_one()),
                };
                let new = self.new_finding(row, building);
                judge_lane(&facts, self.rules, |rule, measured, verdict| {
                    let finding = new(rule, measured, verdict);
                    let place = end.filter(|_| rule == AccessRule::LaneDeadEnd).unwrap_or(finding.place);
                    found.push(AccessFinding { place, ..finding });
                });
            }
            found
        });
        by_lane.concat()
    }

    /// Length of a lane's dead end: told by the data whether it is one, measured on the graph.
    fn dead_end(&self, row: RowRef<'_>, own: &[u32], drawn: DeadEnd) -> (Option<f64>, Option<Place>) {
        let told = row.attributes.bool(Layer::Lane, lane::DEAD_END);
        let whole = || own.iter().map(|edge| u64::from(self.network.graph().edge(*edge).length_mm)).sum::<u64>();
        match (told, drawn) {
            (Some(false), _) => (Some(0.0), None),
            (_, DeadEnd::Long(metres, end)) => (Some((metres * 10.0).round() / 10.0), Some(end)),
            (Some(true), _) => (Some((whole() as f64 / 100.0).round() / 10.0), None),
            (None, DeadEnd::None) => (Some(0.0), None),
            (None, DeadEnd::Apart) => (None, None),
        }
    }

    fn field_findings(&self, served: &Served) -> Vec<AccessFinding> {
        let mut found = Vec::new();
        for (slot, row) in self.city.layer(Layer::LadderField).iter() {
            let Some(building) = served.fields.get(slot as usize).copied().flatten() else { continue };
            let Some(of) = self.city.layer(Layer::Building).row(building) else { continue };
            if !high_rise(of.attributes, self.rules).is_one() {
                continue;
            }
            let Some(block) = Block::around(row.shape) else { continue };
            let facts = FieldFacts {
                length_m: block.length_m,
                width_m: block.width_m,
                wall_m: between_m(row.shape, of.shape),
                slope_pct: row.attributes.number(Layer::LadderField, ladder_field::SLOPE_PCT),
                height_m: of.attributes.number(Layer::Building, building::HEIGHT_M),
            };
            let new = self.new_finding(row, Some(building));
            judge_field(&facts, self.rules, |rule, measured, verdict| found.push(new(rule, measured, verdict)));
        }
        found
    }

    fn side_findings(&self, served: &Served) -> Vec<AccessFinding> {
        let (buildings, fields) = (self.city.layer(Layer::Building), self.city.layer(Layer::LadderField));
        let rules = [AccessRule::LaneWithin, AccessRule::SideShare].map(|rule| self.rules.get(rule));
        let [Some(within), Some(share)] = rules else { return Vec::new() };
        let mut fields_of: HashMap<u32, Vec<u32>> = HashMap::new();
        for (field, building) in (0..).zip(&served.fields) {
            if let Some(building) = building {
                fields_of.entry(*building).or_default().push(field);
            }
        }
        let drawn = [Layer::Lane, Layer::LadderField].map(|layer| self.city.layer(layer).count() > 0);
        let by_building = by_chunk(buildings, |slots| {
            let mut found = Vec::new();
            for slot in slots {
                let Some(row) = buildings.row(slot) else { continue };
                let what = high_rise(row.attributes, self.rules);
                let Some(block) = Some(row.shape).filter(|_| what.is_one()).and_then(Block::around) else { continue };
                let (sure, perhaps) = self.lines_near(row.within(), within.value);
                let along = |lines: &[&[Place]]| {
                    let passed = |lines: &[&[Place]], wall| {
                        share.allows(100.0 * block.share_before(wall, within.value, lines.iter().copied()))
                    };
                    block.walls().iter().filter(|wall| passed(lines, wall)).count() as u8
                };
                let lanes = along(&sure);
                let both: Vec<&[Place]> = sure.into_iter().chain(perhaps).collect();
                let own = fields_of.get(&slot).map(Vec::as_slice).unwrap_or_default();
                let before = |wall| {
                    own.iter().filter_map(|field| fields.row(*field)).any(|field| {
                        let rings = field.shape.parts().map(|(_, ring)| ring);
                        block.share_before(wall, within.value, rings) > 0.0
                    })
                };
                let facts = SideFacts {
                    what,
                    lanes,
                    lanes_perhaps: along(&both),
                    fields: block.walls().iter().filter(|wall| before(wall)).count() as u8,
                    lanes_drawn: drawn[0],
                    fields_drawn: drawn[1],
                };
                let new = self.new_finding(row, Some(slot));
                judge_sides(&facts, self.rules, |rule, measured, verdict| found.push(new(rule, measured, verdict)));
            }
            found
        });
        by_building.concat()
    }

    /// Lanes and roads that engines use around a box, and those of which nobody knows.
    fn lines_near(&self, within: WorldBox, metres: f64) -> (Vec<&'a [Place]>, Vec<&'a [Place]>) {
        let graph = self.network.graph();
        let (mut sure, mut perhaps) = (Vec::new(), Vec::new());
        graph.tree().window(within.grown(within.units_within(metres)), &mut |edge| {
            let line = graph.line(edge);
            let passes = self.engine.map_or(Passage::Barred, |engine| passage(engine, line));
            match passes {
                // A lane is one, whatever its width: that is a finding of its own.
                _ if line.layer == Layer::Lane => sure.push(graph.places(edge)),
                Passage::Open => sure.push(graph.places(edge)),
                Passage::Doubtful => perhaps.push(graph.places(edge)),
                Passage::Barred => {}
            }
        });
        (sure, perhaps)
    }
}
