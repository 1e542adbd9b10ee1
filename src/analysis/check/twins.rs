//! The same thing twice: within a source, between sources, and whole layers that came under two names.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::finding::{Finding, Kind};
use super::sheet::{CheckedRow, Sheet, Sheets};
use crate::analysis::near::edge_m;
use crate::crs::{WorldBox, geodesic_m};
use crate::index::Packed;
use crate::model::{FeatureId, GeometryKind, Layer, Place, ShapeRef, area, place};

/// Two hydrants do not stand nearer than this: a person steps between them.
const NEAR_M: f64 = 2.0;
/// Outlines that agree so far are one outline, rounded twice.
const OUTLINE_M: f64 = 0.5;
/// Vertices of an outline that are compared; more would tell no more.
const SAMPLED: usize = 32;
/// From this share of the smaller source on it is not chance but the same data.
const ALIKE_SHARE: f64 = 0.5;
/// Fewer twins are single things that two sources both have.
const ALIKE_LEAST: u64 = 10;

/// Layers that hold one thing once. Dangers and incidents come again at the same place.
const LAYERS: [Layer; 12] = [
    Layer::Area,
    Layer::Building,
    Layer::Place,
    Layer::Hydrant,
    Layer::Connection,
    Layer::Road,
    Layer::Lane,
    Layer::LadderField,
    Layer::Station,
    Layer::Barrier,
    Layer::Water,
    Layer::Sensor,
];

/// Looks at all layers: each row that has a twin of smaller number is found, with that twin.
pub(super) fn findings(sheets: &Sheets<'_>) -> Vec<Finding> {
    LAYERS.iter().flat_map(|layer| of_layer(sheets.of(*layer))).collect()
}

/// A twin of a row: first those of other sources, then the smallest number.
type Twin<'a> = (bool, FeatureId, &'a str, f64);

fn of_layer(sheet: &Sheet<'_>) -> Vec<Finding> {
    let layer = sheet.layer();
    let tell = |row: &CheckedRow<'_>, twin: Option<Twin<'_>>, found: &mut Vec<Finding>| {
        let Some((same_source, id, source, metres)) = twin else { return };
        let kind = if same_source { Kind::Twin } else { Kind::TwinOfOtherSource };
        let note = if same_source { String::new() } else { between(source, row.source) };
        let apart = [("apart_m", (metres * 100.0).round() / 100.0)];
        found.push(Finding::new(kind, layer, row).about(layer, id).with(&apart).noting(note));
    };
    let mut found = if layer.def().geometry == GeometryKind::Point {
        let spots = Spots::new(sheet);
        sheet.each(|row, found| tell(row, spots.twin(row), found))
    } else {
        sheet.each(|row, found| tell(row, outline_twin(sheet, row), found))
    };
    let alike = alike(sheet, &found);
    found.extend(alike);
    found
}

/// How a pair of sources is written.
fn between(first: &str, second: &str) -> String {
    format!("{first} = {second}")
}

/// Points at one place with one name: thousands may be stacked there, of which the first of each source matters.
struct Spots<'a> {
    layer: Layer,
    spots: Vec<Spot<'a>>,
    tree: Packed,
}

struct Spot<'a> {
    at: Place,
    name: Option<&'a str>,
    /// Each source with the smallest number of its rows here.
    firsts: Vec<(&'a str, FeatureId)>,
}

impl<'a> Spots<'a> {
    fn new(sheet: &Sheet<'a>) -> Spots<'a> {
        let layer = sheet.layer();
        let mut rows: Vec<_> =
            sheet.rows().iter().map(|row| (row.shape.first(), Spots::name(layer, row), row.source, row.id)).collect();
        rows.par_sort_unstable();
        let of_spot = |rows: &[(Place, Option<&'a str>, &'a str, FeatureId)]| {
            let (at, name, ..) = rows[0];
            let firsts = rows.chunk_by(|a, b| a.2 == b.2).map(|of_source| (of_source[0].2, of_source[0].3));
            Spot { at, name, firsts: firsts.collect() }
        };
        let spots: Vec<Spot<'a>> = rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(of_spot).collect();
        let boxed = spots.iter().zip(0..).map(|(spot, nth)| (WorldBox::at(spot.at.into()), nth));
        Spots { layer, tree: Packed::new(boxed.collect()), spots }
    }

    /// What rows must share beside their place: many shops share the point of their building, many sensors that of
    /// their room.
    fn name(layer: Layer, row: &CheckedRow<'a>) -> Option<&'a str> {
        match layer {
            Layer::Place => row.attributes.text(layer, place::NAME),
            Layer::Sensor => Some(row.source_key),
            _ => None,
        }
    }

    fn twin(&self, row: &CheckedRow<'a>) -> Option<Twin<'a>> {
        let (at, name) = (row.shape.first(), Spots::name(self.layer, row));
        let here = WorldBox::at(at.into());
        let mut best: Option<Twin<'a>> = None;
        self.tree.window(here.grown(here.units_within(NEAR_M).ceil()), &mut |nth| {
            let spot = &self.spots[nth as usize];
            let metres = geodesic_m(at, spot.at);
            if spot.name != name || metres > NEAR_M {
                return;
            }
            for &(source, id) in spot.firsts.iter().filter(|(_, id)| *id < row.id) {
                let rank = (source == row.source, id);
                if best.is_none_or(|best| rank < (best.0, best.1)) {
                    best = Some((rank.0, id, source, metres));
                }
            }
        });
        best
    }
}

fn outline_twin<'a>(sheet: &Sheet<'a>, row: &CheckedRow<'a>) -> Option<Twin<'a>> {
    let layer = sheet.layer();
    let middle = WorldBox::at(WorldBox::from(row.shape).centre());
    let mut best: Option<Twin<'a>> = None;
    sheet.near(middle, OUTLINE_M, &mut |_, other| {
        let rank = (other.source == row.source, other.id);
        if other.id >= row.id || best.is_some_and(|best| rank >= (best.0, best.1)) {
            return;
        }
        // A district may be of one sub-district alone.
        let level = |row: &CheckedRow<'_>| row.attributes.choice(layer, area::KIND);
        if layer == Layer::Area && level(row) != level(other) {
            return;
        }
        if let Some(metres) = outlines_apart_m(row.shape, other.shape) {
            best = Some((rank.0, rank.1, other.source, metres));
        }
    });
    best
}

/// How far the outlines of two shapes are apart at most, where that is little.
fn outlines_apart_m(a: ShapeRef<'_>, b: ShapeRef<'_>) -> Option<f64> {
    let (of_a, of_b) = (a.bounds(), b.bounds());
    let corners = [(of_a.min, of_b.min), (of_a.max, of_b.max)];
    // A metre of latitude is some 90 units: most neighbours part here.
    let far = |(p, q): &(Place, Place)| p.lat.abs_diff(q.lat) > 100 || geodesic_m(*p, *q) > 2.0 * OUTLINE_M;
    if corners.iter().any(far) {
        return None;
    }
    let mut most = 0f64;
    for (from, to) in [(a, b), (b, a)] {
        let places = from.places();
        for place in places.iter().step_by(places.len().div_ceil(SAMPLED)) {
            most = most.max(edge_m(to, *place));
            if most > OUTLINE_M {
                return None;
            }
        }
    }
    Some(most)
}

/// Pairs of sources that hold the same data: a finding for each, at the first twin.
fn alike(sheet: &Sheet<'_>, found: &[Finding]) -> Vec<Finding> {
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for row in sheet.rows() {
        *rows.entry(row.source).or_default() += 1;
    }
    if rows.len() < 2 {
        return Vec::new();
    }
    let mut pairs: BTreeMap<&str, (u64, &Finding)> = BTreeMap::new();
    for finding in found.iter().filter(|finding| finding.kind == Kind::TwinOfOtherSource) {
        let (count, first) = pairs.entry(&finding.note).or_insert((0, finding));
        *count += 1;
        if finding.id < first.id {
            *first = finding;
        }
    }
    let names: Vec<&str> = rows.keys().copied().collect();
    let both = names.iter().flat_map(|a| names.iter().map(move |b| (*a, *b)));
    both.filter_map(|(a, b)| {
        let (twins, first) = pairs.get(between(a, b).as_str())?;
        let smaller = rows[a].min(rows[b]);
        let alike = *twins >= ALIKE_LEAST && *twins as f64 >= smaller as f64 * ALIKE_SHARE;
        let values = [("twins", *twins as f64), ("rows_of_first", rows[a] as f64), ("rows_of_second", rows[b] as f64)];
        alike.then(|| Finding { kind: Kind::SourcesAlike, values: values.into(), ..(*first).clone() })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributesRef, Shape};
    use proptest::prelude::*;

    fn row<'a>(id: u64, source: &'a str, shape: &'a Shape) -> CheckedRow<'a> {
        let attributes = AttributesRef::default();
        CheckedRow { id: FeatureId(id), source, source_key: "", shape: shape.as_ref(), flaw: None, attributes }
    }

    proptest! {
        /// Every pair looked at one by one is the naive twin.
        #[test]
        fn hydrants_have_the_twins_that_all_pairs_have(
            places in proptest::collection::vec((0..800i32, 0..800i32, 0..2usize), 0..60)
        ) {
            let at = |(x, y, _): &(i32, i32, usize)| Shape::point(Place { lon: 1_065_000_000 + x, lat: 295_000_000 + y });
            let shapes: Vec<Shape> = places.iter().map(at).collect();
            let source = |nth: usize| ["a", "b"][places[nth].2];
            let rows = || (0..places.len()).map(|nth| row(nth as u64 + 1, source(nth), &shapes[nth])).collect();
            let found = of_layer(&Sheet::new(Layer::Hydrant, rows()));
            let told: Vec<(FeatureId, Option<FeatureId>)> = found
                .iter()
                .filter(|finding| finding.kind != Kind::SourcesAlike)
                .map(|finding| (finding.id, finding.other.map(|(_, id)| id)))
                .collect();
            let rows: Vec<CheckedRow<'_>> = rows();
            let naive: Vec<(FeatureId, Option<FeatureId>)> = rows
                .iter()
                .filter_map(|row| {
                    let near = |other: &&CheckedRow<'_>| {
                        other.id < row.id && geodesic_m(row.shape.first(), other.shape.first()) <= NEAR_M
                    };
                    let best = rows.iter().filter(near).min_by_key(|other| (other.source == row.source, other.id))?;
                    Some((row.id, Some(best.id)))
                })
                .collect();
            prop_assert_eq!(told, naive);
        }
    }
}
