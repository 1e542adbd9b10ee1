//! Which tiles of two cities of one load may differ.
//!
//! What differs between the cities names the tiles that it may touch; each of those is drawn twice with nothing but what
//! differs, and is clean where that is the same. So what draws a tile also tells whether it changed, and no attribute,
//! zoom or buffer is written down a second time.

use rayon::prelude::*;

use super::areas::rates;
use super::detail::Detail;
use super::pick::{Pick, Thing};
use super::touched::{Suspect, TooMany, Touched};
use super::{FEATURE_ZOOM, LAST_ZOOM, TileSource, laid};
use crate::city::{ALL_FROM, City};
use crate::crs::{World, WorldBox};
use crate::model::{Bounds, FeatureId, Layer};
use crate::tiles::{Pyramid, TileId};

/// Tiles of a source that are told one by one at most.
pub const MOST_DIRTY: usize = 20_000;
/// So many tiles are looked at sooner than others have done with what they share the threads for.
const FEW: usize = 256;

/// The tiles of a source whose bytes may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dirty {
    /// These, in order; perhaps none.
    Tiles(Vec<TileId>),
    /// More than [`MOST_DIRTY`], or nobody can tell.
    All,
}

impl Dirty {
    /// Whether no tile differs.
    pub fn is_none(&self) -> bool {
        matches!(self, Dirty::Tiles(tiles) if tiles.is_empty())
    }
}

/// The tiles of a source that may not be what they were in an earlier city of the same load. What a source draws must be
/// found in both, else who asks waits for it.
pub fn dirty(city: &City, before: &City, source: TileSource) -> Dirty {
    let cities = Cities { city, before };
    let mut touched = Touched::new(MOST_DIRTY);
    let collected = match source {
        TileSource::Base => cities.base(&mut touched),
        TileSource::Buildings => cities.buildings(&mut touched),
        TileSource::Fire => cities.fire(&mut touched),
        TileSource::Areas => cities.areas(&mut touched),
        TileSource::Ground => cities.ground(&mut touched),
        TileSource::Risk => cities.risk(&mut touched),
    };
    if let Err(TooMany) = collected {
        return Dirty::All;
    }
    let tiles = touched.tiles();
    let differs =
        |(tile, suspect): &(TileId, Suspect)| suspect.is_sure || cities.differ(source, *tile, &suspect.things);
    let differ: Vec<_> = if tiles.len() <= FEW {
        tiles.into_iter().filter(differs).collect()
    } else {
        tiles.into_par_iter().filter(differs).collect()
    };
    Dirty::Tiles(differ.into_iter().map(|(tile, _)| tile).collect())
}

#[derive(Clone, Copy)]
struct Cities<'a> {
    city: &'a City,
    before: &'a City,
}

impl Cities<'_> {
    /// Whether a tile draws some things otherwise than before. In full detail everything is told that is told in less,
    /// but for the squares that stand for features in a tile too dense for them.
    fn differ(&self, source: TileSource, tile: TileId, things: &[Thing]) -> bool {
        let dense = tile.z() >= FEATURE_ZOOM;
        let details: &[Detail] = if dense { &[Detail::Full, Detail::Least] } else { &[Detail::Full] };
        let differ = |detail: &Detail, things: &[Thing]| {
            let pick = Pick::of(things.iter().copied());
            laid(self.city, source, tile, *detail, &pick) != laid(self.before, source, tile, *detail, &pick)
        };
        // Most often the first of them differs, and one is enough; rows stand before squares, which few tiles of late zooms
        // draw.
        let first = things.iter().find(|thing| self.is_one(thing));
        let first = first.filter(|first| things.iter().any(|thing| thing != *first));
        first.is_some_and(|first| differ(&Detail::Full, &[*first]))
            || details.iter().any(|detail| differ(detail, things))
    }

    /// Whether a thing is the same feature in both. Rows that came in another order have each other's slots.
    fn is_one(&self, thing: &Thing) -> bool {
        let Thing::Row(layer, slot) = thing else { return true };
        let [here, there] = [self.city, self.before].map(|city| city.layer(*layer).row(*slot).map(|row| row.id));
        here.is_some() && here == there
    }

    /// Rows in both cities, drawn from a zoom on at the earliest.
    fn rows(&self, touched: &mut Touched, layer: Layer, from: u8, slots: Vec<u32>) -> Result<(), TooMany> {
        for slot in slots {
            for city in [self.before, self.city] {
                if let Some(row) = city.layer(layer).row(slot) {
                    let zooms = (row.least_zoom().max(layer.def().tile_zoom).max(from), LAST_ZOOM);
                    touched.add_shape(Thing::Row(layer, slot), row.shape, zooms)?;
                }
            }
        }
        Ok(())
    }

    fn squares<const N: usize>(&self, touched: &mut Touched, of: impl Fn(&City) -> &Pyramid<N>) -> Result<(), TooMany> {
        let mut all = Ok(());
        of(self.city).differing(of(self.before), &mut |square| {
            if all.is_ok() {
                all = touched.add_square(&square);
            }
        });
        all
    }

    fn base(&self, touched: &mut Touched) -> Result<(), TooMany> {
        for layer in [Layer::Water, Layer::Barrier] {
            self.rows(touched, layer, 0, self.city.differing_rows(self.before, layer))?;
        }
        self.rows(touched, Layer::Road, ALL_FROM, self.city.differing_rows(self.before, Layer::Road))?;
        if self.city.shares_joined_roads(self.before) {
            return Ok(());
        }
        for (id, within, from) in self.city.joined_roads().differing(self.before.joined_roads()) {
            let from = from.max(Layer::Road.def().tile_zoom);
            touched.add(Thing::Joined(id), within, (from, ALL_FROM - 1))?;
        }
        Ok(())
    }

    fn buildings(&self, touched: &mut Touched) -> Result<(), TooMany> {
        let mut slots = self.city.differing_rows(self.before, Layer::Building);
        slots.extend(self.city.differing_coverage(self.before));
        self.rows(touched, Layer::Building, FEATURE_ZOOM, slots)?;
        self.squares(touched, |city| city.results().building_squares())
    }

    fn fire(&self, touched: &mut Touched) -> Result<(), TooMany> {
        for &layer in TileSource::Fire.layers() {
            self.rows(touched, layer, 0, self.city.differing_rows(self.before, layer))?;
        }
        self.rows(touched, Layer::Hydrant, 0, self.city.differing_grades(self.before))?;
        self.rows(touched, Layer::Danger, 0, self.city.differing_dangers(self.before))?;
        self.squares(touched, |city| city.results().hydrant_squares())
    }

    fn areas(&self, touched: &mut Touched) -> Result<(), TooMany> {
        let mut slots = self.city.differing_rows(self.before, Layer::Area);
        slots.extend(self.city.differing_totals(self.before, |a, b| rates(a) == rates(b)));
        for slot in &slots {
            for city in [self.before, self.city] {
                if let Some(label) = city.layer(Layer::Area).label(*slot) {
                    let within = WorldBox::at(World::from(label));
                    touched.add(Thing::Row(Layer::Area, *slot), within, (0, LAST_ZOOM))?;
                }
            }
        }
        self.rows(touched, Layer::Area, 0, slots)
    }

    fn ground(&self, touched: &mut Touched) -> Result<(), TooMany> {
        let (city, before) = (self.city, self.before);
        let mut slots = city.differing_rows(before, Layer::Building);
        slots.extend(city.differing_coverage(before));
        slots.extend(city.differing_ground(before));
        slots.sort_unstable();
        slots.dedup();
        self.rows(touched, Layer::Building, FEATURE_ZOOM, slots)?;
        self.squares(touched, |city| city.ground().squares())?;
        self.squares(touched, |city| city.ground().access(city).squares())?;
        let features = (0, LAST_ZOOM);
        for finding in city.differing_findings(before) {
            let within = WorldBox::at(World::from(finding.place));
            touched.add(Thing::Finding(finding.layer, finding.id), within, features)?;
        }
        for (id, at) in city.differing_felt(before) {
            touched.add(Thing::Felt(id), WorldBox::at(World::from(at)), features)?;
        }
        for (layer, id, pieces) in city.differing_cuts(before) {
            self.cutting(touched, layer, id, &pieces)?;
        }
        Ok(())
    }

    fn cutting(
        &self,
        touched: &mut Touched,
        layer: Layer,
        id: FeatureId,
        pieces: &[Vec<crate::model::Place>],
    ) -> Result<(), TooMany> {
        for piece in pieces {
            if let Some(bounds) = Bounds::of(piece.iter().copied()) {
                touched.add(Thing::Cutting(layer, id), bounds.into(), (0, LAST_ZOOM))?;
            }
        }
        Ok(())
    }

    fn risk(&self, touched: &mut Touched) -> Result<(), TooMany> {
        let mut slots = self.city.differing_rows(self.before, Layer::Building);
        slots.extend(self.city.differing_scores(self.before));
        self.rows(touched, Layer::Building, FEATURE_ZOOM, slots)?;
        self.squares(touched, |city| city.risk().squares())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::*;
    use crate::city::Frame;
    use crate::model::{Attributes, Value, building, hydrant};
    use crate::rules::Pack;
    use crate::store::{Change, Changes, Revision, Row, Snapshot};

    fn snapshot(revision: u64) -> Snapshot {
        Snapshot { revision: Revision(revision), sources: vec![], zone: "Asia/Shanghai".into() }
    }

    fn with(row: &Row, ix: usize, value: Value) -> Change {
        let (mut row, layer) = (row.clone(), row.feature.layer);
        let mut values = row.feature.attributes.as_ref().unpack(layer);
        values[ix] = Some(value);
        row.feature.attributes = Attributes::pack(layer, &values);
        Change::Put(row)
    }

    #[test]
    fn a_tile_that_is_too_dense_for_full_detail_is_told_too() {
        let rows: Vec<Row> = crate::synth::city(crate::synth::Recipe { buildings: 120, seed: 3 })
            .zip(1..)
            .map(|(feature, id)| Row { id: FeatureId(id), feature })
            .collect();
        let frame = Frame::new(Arc::new(Pack::built_in("gb").unwrap()), jiff::civil::date(2026, 11, 22)).unwrap();
        let before = City::of(snapshot(0), rows.clone(), frame);
        let of = |layer, nth| rows.iter().filter(|row| row.feature.layer == layer).nth(nth).unwrap();
        let changes = vec![
            with(of(Layer::Hydrant, 0), hydrant::STATE, Value::Choice(1)),
            with(of(Layer::Building, 20), building::NAME, Value::Text("丁楼".into())),
            Change::Gone(Layer::Building, of(Layer::Building, 40).id),
        ];
        let city = before.apply(Changes { snapshot: snapshot(1), rows: changes, relief_changed: false });
        let extent = WorldBox::from(before.extent().unwrap());
        for source in TileSource::ALL {
            let Dirty::Tiles(dirty) = dirty(&city, &before, source) else { panic!("so few are told") };
            let dirty: HashSet<TileId> = dirty.into_iter().collect();
            for tile in (0..=LAST_ZOOM).flat_map(|zoom| TileId::touched_by(extent, zoom)) {
                for detail in Detail::ALL {
                    let [now, was] = [&city, &before].map(|city| laid(city, source, tile, detail, &Pick::ALL));
                    assert!(now == was || dirty.contains(&tile), "{} {tile:?} {detail:?}", source.name());
                }
            }
        }
    }
}
