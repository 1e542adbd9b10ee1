//! Roads as low zooms draw them: those that meet end to end, and of which a tile tells the same, as one line that is
//! simplified once. A window of a low zoom holds tens of thousands of main roads, each a few pixels long.

use rayon::prelude::*;

use super::chunks::by_chunk;
use super::early::ALL_FROM;
use super::layer::LayerSlots;
use super::rows::RowRef;
use crate::crs::WorldBox;
use crate::index::Packed;
use crate::model::{Attributes, AttributesRef, FeatureId, Layer, Packer, Place, Shape, ShapeRef};
use crate::tiles::{Coarse, TileId, join};

/// All roads that are drawn before zoom 13, in lines.
pub struct JoinedRoads {
    /// In order of number.
    lines: Vec<JoinedRoad>,
    boxes: Vec<WorldBox>,
    tree: Packed,
}

/// A line of roads.
#[derive(PartialEq)]
struct JoinedRoad {
    /// The least number among its roads.
    id: FeatureId,
    told: Attributes,
    least_zoom: u8,
    coarse: Coarse,
}

impl JoinedRoads {
    /// Of the roads of a city. Parallel; O(n log n).
    pub(super) fn new(roads: &LayerSlots) -> JoinedRoads {
        let lines: Vec<(WorldBox, JoinedRoad)> = joined(roads)
            .into_par_iter()
            .map(|line| {
                let least_zoom = Layer::Road.least_zoom(line.told.as_ref());
                let coarse = Coarse::of_lines(line.shape.as_ref(), least_zoom);
                (line.shape.bounds().into(), JoinedRoad { id: line.id, told: line.told, least_zoom, coarse })
            })
            .collect();
        let tree = Packed::new(lines.iter().zip(0..).map(|((within, _), nth)| (*within, nth)).collect());
        let (boxes, lines) = lines.into_iter().unzip();
        JoinedRoads { lines, boxes, tree }
    }

    /// What a tile of a zoom below 13 shows, in order of number: the least number of the roads that are joined, what is
    /// told of them all, and where they are.
    pub fn drawn(&self, tile: TileId) -> impl Iterator<Item = (FeatureId, AttributesRef<'_>, ShapeRef<'_>)> {
        let mut found: Vec<u32> = Vec::new();
        for window in tile.windows() {
            self.tree.window(window, &mut |nth| found.push(nth));
        }
        found.sort_unstable();
        found.dedup();
        let lines = found.into_iter().map(|nth| &self.lines[nth as usize]);
        let shown = lines.filter(move |line| line.least_zoom <= tile.z());
        shown.filter_map(move |line| Some((line.id, line.told.as_ref(), line.coarse.at(tile.z())?)))
    }

    /// The lines that were not drawn alike before, those gone included: number, where, and zoom from which it is drawn.
    pub fn differing(&self, before: &JoinedRoads) -> Vec<(FeatureId, WorldBox, u8)> {
        let told = |of: &JoinedRoads, nth: usize| (of.lines[nth].id, of.boxes[nth], of.lines[nth].least_zoom);
        let (mut differing, mut nth) = (Vec::new(), 0);
        for (here, line) in self.lines.iter().enumerate() {
            while before.lines.get(nth).is_some_and(|was| was.id < line.id) {
                differing.push(told(before, nth));
                nth += 1;
            }
            match before.lines.get(nth).filter(|was| was.id == line.id) {
                Some(was) => {
                    if was != line {
                        differing.extend([told(before, nth), told(self, here)]);
                    }
                    nth += 1;
                }
                None => differing.push(told(self, here)),
            }
        }
        differing.extend((nth..before.lines.len()).map(|nth| told(before, nth)));
        differing
    }

    /// Whether it matters here that one row is in the place of another, or is there or gone.
    pub(super) fn differ(old: Option<RowRef<'_>>, new: Option<RowRef<'_>>) -> bool {
        old.and_then(seen) != new.and_then(seen)
    }
}

/// Roads joined, not yet simplified.
struct Line {
    id: FeatureId,
    told: Attributes,
    shape: Shape,
}

/// One of the lines of a road.
struct Piece<'a> {
    told: Attributes,
    id: FeatureId,
    nth: usize,
    places: &'a [Place],
}

/// The roads of a layer in lines, in order of number, whatever their slots.
fn joined(roads: &LayerSlots) -> Vec<Line> {
    let pieces = by_chunk(roads, |slots| {
        let rows = slots.filter_map(|slot| roads.row(slot));
        let seen = rows.filter_map(|row| Some((row.id, seen(row)?)));
        let pieces = seen.flat_map(|(id, (told, shape))| {
            let parts = shape.parts().enumerate();
            parts.map(move |(nth, (_, places))| Piece { told: told.clone(), id, nth, places })
        });
        pieces.collect::<Vec<_>>()
    });
    let mut pieces: Vec<Piece<'_>> = pieces.into_iter().flatten().collect();
    pieces.par_sort_unstable_by(|a, b| {
        let key = |piece: &Piece<'_>| (piece.id, piece.nth);
        a.told.as_ref().packed().cmp(b.told.as_ref().packed()).then(key(a).cmp(&key(b)))
    });
    let alike = pieces.par_chunk_by(|a, b| a.told == b.told);
    let mut lines: Vec<Line> = alike.flat_map_iter(lines_of).collect();
    lines.par_sort_unstable_by_key(|line| line.id);
    lines
}

/// The lines of pieces that are told alike, given in order of number.
fn lines_of(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut chains = join(&pieces.iter().map(|piece| piece.places).collect::<Vec<_>>());
    chains.sort_unstable_by_key(|chain| chain.first);
    // A road of several lines may be the first of several chains, which then are one feature.
    let of_one = chains.chunk_by(|a, b| pieces[a.first].id == pieces[b.first].id);
    let line = of_one.map(|chains| {
        let Piece { id, told, .. } = &pieces[chains[0].first];
        let shape = Shape::lines(chains.iter().map(|chain| chain.places.clone())).ok()?;
        Some(Line { id: *id, told: told.clone(), shape })
    });
    line.flatten().collect()
}

/// What tiles below zoom 13 tell of a road, and its shape; `None` where they do not show it.
fn seen(row: RowRef<'_>) -> Option<(Attributes, ShapeRef<'_>)> {
    if row.least_zoom() >= ALL_FROM {
        return None;
    }
    let mut told = Packer::new(row.layer);
    for (ix, value) in row.attributes.iter(row.layer) {
        if row.layer.fields()[ix].is_told(ALL_FROM - 1) {
            told.push(ix, value);
        }
    }
    Some((told.finish(), row.shape))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::layer::Gathered;
    use super::*;
    use crate::crs::World;
    use crate::model::{Feature, Origin, Value, road};
    use crate::store::Row;

    /// A place of a grid of corners some 500 m apart.
    fn corner(x: i32, y: i32) -> Place {
        Place { lon: 1_065_000_000 + x * 50_000, lat: 295_000_000 + y * 45_000 }
    }

    fn row(id: u64, lines: Vec<Vec<Place>>, values: &[(usize, Value)]) -> Option<Row> {
        let mut all = vec![None; Layer::Road.fields().len()];
        values.iter().for_each(|(ix, value)| all[*ix] = Some(value.clone()));
        let feature = Feature {
            layer: Layer::Road,
            source: "test".into(),
            source_key: id.to_string().into(),
            shape: Shape::lines(lines).ok()?,
            flaw: None,
            attributes: Attributes::pack(Layer::Road, &all),
            extra: None,
            origin: Origin { file: "test".into(), row: id },
        };
        Some(Row { id: FeatureId(id), feature })
    }

    fn layer<'a>(rows: impl IntoIterator<Item = &'a Row>) -> LayerSlots {
        let mut gathered = Gathered::new(Layer::Road);
        rows.into_iter().for_each(|row| gathered.push(row));
        LayerSlots::new(gathered)
    }

    /// Roads of every class, some of several lines, that share corners; name and width are not told at low zooms.
    fn any_row() -> impl Strategy<Value = Row> {
        let line = proptest::collection::vec((0..4_i32, 0..4_i32), 2..5);
        let class = prop_oneof![2 => 1..3_u8, 1 => 0..road::CLASSES.len() as u8];
        let blocked = proptest::option::weighted(0.3, any::<bool>());
        (1..40_u64, proptest::collection::vec(line, 1..3), class, blocked, 1..4_u8).prop_filter_map(
            "no length",
            |(id, lines, class, blocked, width)| {
                let place = |(x, y): (i32, i32)| corner(x, y);
                let lines = lines.into_iter().map(|line| line.into_iter().map(place).collect()).collect();
                let name = (road::NAME, Value::Text(format!("第{id}街").into()));
                let blocked = blocked.map(|yes| (blocked_ix(), Value::Bool(yes)));
                let class = (road::CLASS, Value::Choice(class));
                let width = (road::WIDTH_M, Value::Real(f64::from(width)));
                row(
                    id,
                    lines,
                    &[Some(class), Some(name), Some(width), blocked].into_iter().flatten().collect::<Vec<_>>(),
                )
            },
        )
    }

    fn blocked_ix() -> usize {
        Layer::Road.field("blocked").expect("a field").0
    }

    fn by_id(rows: Vec<Row>) -> BTreeMap<FeatureId, Row> {
        rows.into_iter().map(|row| (row.id, row)).collect()
    }

    type Step = (Vec<Option<Value>>, [Place; 2]);

    /// Every step of a shape with what is told of it, whichever way it goes.
    fn steps(told: AttributesRef<'_>, shape: ShapeRef<'_>) -> Vec<Step> {
        let told = told.unpack(Layer::Road);
        let parts = shape.parts().flat_map(|(_, line)| line.windows(2));
        parts.map(|step| (told.clone(), [step[0].min(step[1]), step[0].max(step[1])])).collect()
    }

    fn sorted(mut steps: Vec<Step>) -> Vec<String> {
        steps.sort_by_key(|step| step.1);
        let mut steps: Vec<String> = steps.into_iter().map(|step| format!("{step:?}")).collect();
        steps.sort();
        steps
    }

    proptest! {
        #[test]
        fn every_step_of_a_main_road_stands_in_one_line_that_tells_the_same(rows in proptest::collection::vec(any_row(), 0..40)) {
            let rows = by_id(rows);
            let lines = joined(&layer(rows.values()));
            let of_lines = lines.iter().flat_map(|line| steps(line.told.as_ref(), line.shape.as_ref())).collect();
            let mut of_rows = Vec::new();
            for row in rows.values() {
                let mut values = row.feature.attributes.as_ref().unpack(Layer::Road);
                let class = row.feature.attributes.as_ref().choice(Layer::Road, road::CLASS);
                if road::least_zoom(class) <= 12 {
                    for (field, value) in Layer::Road.fields().iter().zip(&mut values) {
                        value.take_if(|_| field.tile_zoom.is_none_or(|least| least > 12));
                    }
                    let told = Attributes::pack(Layer::Road, &values);
                    of_rows.extend(steps(told.as_ref(), row.feature.shape.as_ref()));
                }
            }
            prop_assert_eq!(sorted(of_lines), sorted(of_rows));
            let ids: Vec<FeatureId> = lines.iter().map(|line| line.id).collect();
            prop_assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "in order of number, each once");
            for line in &lines {
                // The road whose number it bears is part of it.
                let of_line: BTreeSet<[Place; 2]> = steps(line.told.as_ref(), line.shape.as_ref()).into_iter().map(|step| step.1).collect();
                let row = rows[&line.id].feature.shape.as_ref();
                prop_assert!(steps(line.told.as_ref(), row).iter().any(|step| of_line.contains(&step.1)));
            }
        }

        #[test]
        fn the_slots_of_roads_do_not_matter(rows in proptest::collection::vec(any_row(), 0..30), gone in proptest::collection::vec(1..40_u64, 0..8)) {
            let mut grown = layer([]);
            rows.iter().for_each(|row| drop(grown.put(row)));
            let mut rows = by_id(rows);
            for id in gone {
                grown.take(FeatureId(id));
                rows.remove(&FeatureId(id));
            }
            let told = |roads: &LayerSlots| -> Vec<_> {
                joined(roads).into_iter().map(|line| (line.id, line.told, line.shape)).collect()
            };
            prop_assert_eq!(told(&grown), told(&layer(rows.values())));
        }
    }

    #[test]
    fn a_street_of_many_roads_is_one_line_that_its_class_lets_be_seen() {
        let piece = |id: u64| {
            let values = [(road::CLASS, Value::Choice(2)), (road::WIDTH_M, Value::Real(id as f64))];
            row(id, vec![vec![corner(id as i32, 0), corner(id as i32 + 1, 0)]], &values).expect("has length")
        };
        let roads = JoinedRoads::new(&layer(&[7, 5, 6, 8, 12].map(piece)));
        let drawn = |zoom| -> Vec<_> {
            let tile = TileId::at(World::from(corner(7, 0)), zoom).expect("a tile");
            roads.drawn(tile).map(|(id, _, shape)| (id.0, shape.places().len())).collect()
        };
        assert_eq!(drawn(8), [], "primary roads are drawn from zoom 9 on");
        assert_eq!(drawn(9), [(5, 2), (12, 2)], "a straight street keeps its ends");
        assert_eq!(drawn(12), [(5, 2), (12, 2)]);
        assert!(roads.drawn(TileId::new(12, 0, 0).expect("a tile")).next().is_none());
    }

    #[test]
    fn only_what_is_drawn_at_low_zooms_makes_a_difference() {
        let line = || vec![vec![corner(0, 0), corner(1, 0)]];
        let primary =
            |more: (usize, Value)| row(1, line(), &[(road::CLASS, Value::Choice(2)), more]).expect("has length");
        let wide = primary((road::WIDTH_M, Value::Real(9.0)));
        let named = primary((road::NAME, Value::Text("甲街".into())));
        let blocked = primary((blocked_ix(), Value::Bool(true)));
        let footway = row(1, line(), &[(road::CLASS, Value::Choice(11))]).expect("has length");
        let differ = |a: Option<&Row>, b: Option<&Row>| JoinedRoads::differ(a.map(RowRef::from), b.map(RowRef::from));
        assert!(!differ(Some(&wide), Some(&named)));
        assert!(!differ(None, Some(&footway)));
        assert!(differ(Some(&named), Some(&blocked)));
        assert!(differ(Some(&wide), Some(&footway)));
        assert!(differ(Some(&wide), None));
    }
}
