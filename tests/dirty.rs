//! Every tile whose bytes an edit changes is told, and few that stay the same.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use firemap::city::{City, Frame};
use firemap::crs::WorldBox;
use firemap::map::{self, Dirty, LAST_ZOOM, TileSource, dirty, draw};
use firemap::model::{Attributes, FeatureId, FieldType, GeometryKind, Layer, Place, Shape, Value, hydrant};
use firemap::rules::Pack;
use firemap::store::{Change, Changes, Revision, Row, Snapshot};
use firemap::synth;
use firemap::tiles::TileId;
use jiff::civil::{Date, date};
use rayon::prelude::*;

const DAY: Date = date(2026, 11, 22);

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as u64) as i64
    }
}

type Rows = BTreeMap<(Layer, FeatureId), Row>;

fn frame(day: Date) -> Frame {
    Frame::new(Arc::new(Pack::built_in("gb").unwrap()), day).unwrap()
}

fn snapshot(revision: u64) -> Snapshot {
    Snapshot { revision: Revision(revision), sources: vec![], zone: "Asia/Shanghai".into() }
}

/// A made-up city of so many buildings.
fn made_up(buildings: u64) -> (Rows, City) {
    let mut numbers = [0; Layer::ALL.len()];
    let rows: Rows = synth::city(synth::Recipe { buildings, seed: 7 })
        .map(|feature| {
            let layer = feature.layer;
            numbers[layer as usize] += 1;
            let id = FeatureId(numbers[layer as usize]);
            ((layer, id), Row { id, feature })
        })
        .collect();
    let city = City::of(snapshot(0), rows.values().cloned(), frame(DAY));
    (rows, city)
}

fn found(city: City) -> City {
    let ground = city.ground();
    ground.access(&city);
    ground.frailty(&city);
    city.risk();
    city
}

/// What tiles show, by source and place.
type Drawn = HashMap<(TileSource, TileId), Option<Vec<u8>>>;

fn everywhere(city: &City, before: &City) -> Vec<TileId> {
    let boxes = [city, before].into_iter().filter_map(|city| city.extent()).map(WorldBox::from);
    let extent = boxes.reduce(WorldBox::union).unwrap();
    (0..=LAST_ZOOM).flat_map(|zoom| TileId::touched_by(extent, zoom)).collect()
}

fn drawn(city: &City, tiles: &[TileId]) -> Drawn {
    let all = tiles.par_iter().flat_map_iter(|tile| TileSource::ALL.map(|source| (source, *tile)));
    all.map(|key| (key, draw(city, key.0, key.1))).collect()
}

/// Tiles told, and of those the ones that stayed the same; fails where one that differs is not told.
fn held(what: &str, city: &City, before: &City) -> (usize, usize) {
    let tiles = everywhere(city, before);
    let (now, was) = (drawn(city, &tiles), drawn(before, &tiles));
    let (mut told, mut vain) = (0, 0);
    for source in TileSource::ALL {
        let Dirty::Tiles(dirty) = dirty(city, before, source) else { panic!("{what}: so few tiles are told") };
        let dirty: BTreeSet<TileId> = dirty.into_iter().collect();
        for tile in &tiles {
            let differs = now[&(source, *tile)] != was[&(source, *tile)];
            assert!(!differs || dirty.contains(tile), "{what}: {} {tile:?} differs and is not told", source.name());
            vain += usize::from(!differs && dirty.contains(tile));
        }
        told += dirty.len();
    }
    (told, vain)
}

fn apply(city: &City, change: Change) -> City {
    let snapshot = snapshot(city.revision().0 + 1);
    city.apply(Changes { snapshot, rows: vec![change], relief_changed: false })
}

fn moved(shape: &Shape, (x, y): (i32, i32), all: bool) -> Option<Shape> {
    let shift = |nth: usize, at: &Place| if all || nth == 0 { Place { lon: at.lon + x, lat: at.lat + y } } else { *at };
    let line = |line: &[Place]| line.iter().enumerate().map(|(nth, at)| shift(nth, at)).collect::<Vec<_>>();
    let of = shape.as_ref();
    match of.kind() {
        GeometryKind::Point => Some(Shape::point(shift(0, &of.first()))),
        GeometryKind::Line => Shape::lines(of.parts().map(|(_, places)| line(places))).ok(),
        GeometryKind::Polygon => {
            let rings = of.polygon_rings();
            let polygon = |rings: &Vec<&[Place]>| rings.iter().map(|ring| line(&ring[..ring.len() - 1])).collect();
            Shape::polygons(rings.iter().map(polygon).collect::<Vec<Vec<Vec<Place>>>>()).ok()
        }
    }
}

fn value(chance: &mut Chance, ty: FieldType) -> Option<Value> {
    if chance.below(5) == 0 {
        return None;
    }
    Some(match ty {
        FieldType::Text => Value::Text(format!("{}号", chance.below(1000)).into()),
        FieldType::Integer(least, most) => Value::Integer(chance.between(least, most.min(least + 60))),
        FieldType::Real(least, most) => {
            Value::Real(least + (most.min(least + 40.0) - least) * chance.below(100) as f64 / 100.0)
        }
        FieldType::Bool => Value::Bool(chance.below(2) == 0),
        FieldType::Date => Value::Date(20_779 - chance.below(700) as i32),
        FieldType::Instant => Value::Instant(1_795_000_000_000 - chance.below(90) as i64 * 86_400_000),
        FieldType::Choice(choices) => Value::Choice(chance.below(choices.len() as u64) as u8),
    })
}

/// Any edit of any row: another value, moved, reshaped, taken away, or another like it.
fn any_edit(chance: &mut Chance, rows: &Rows) -> Option<(String, Change)> {
    let layers: Vec<Layer> = Layer::ALL.into_iter().filter(|layer| rows.keys().any(|key| key.0 == *layer)).collect();
    let layer = layers[chance.below(layers.len() as u64) as usize];
    let of_layer: Vec<&Row> =
        rows.range((layer, FeatureId(0))..=(layer, FeatureId(u64::MAX))).map(|row| row.1).collect();
    let mut row = of_layer[chance.below(of_layer.len() as u64) as usize].clone();
    let by = (chance.between(-4000, 4000) as i32, chance.between(-4000, 4000) as i32);
    let what = match chance.below(6) {
        0 => return Some((format!("gone {layer:?} {:?}", row.id), Change::Gone(layer, row.id))),
        1 => {
            row.feature.shape = moved(&row.feature.shape, by, true)?;
            "moved"
        }
        2 => {
            row.feature.shape = moved(&row.feature.shape, by, false)?;
            "reshaped"
        }
        3 => {
            row.feature.shape = moved(&row.feature.shape, by, true)?;
            row.id = FeatureId(of_layer.iter().map(|row| row.id.0).max()? + 1);
            row.feature.source_key = format!("new/{}", row.id.0).into();
            "new"
        }
        _ => {
            let mut values = row.feature.attributes.as_ref().unpack(layer);
            let ix = chance.below(values.len() as u64) as usize;
            values[ix] = value(chance, layer.fields()[ix].ty);
            row.feature.attributes = Attributes::pack(layer, &values);
            "changed"
        }
    };
    Some((format!("{what} {layer:?} {:?}", row.id), Change::Put(row)))
}

fn take(rows: &mut Rows, change: &Change) {
    match change {
        Change::Put(row) => drop(rows.insert((row.feature.layer, row.id), row.clone())),
        Change::Gone(layer, id) => drop(rows.remove(&(*layer, *id))),
    }
}

#[test]
fn every_tile_that_any_edit_changes_is_told() {
    let (mut rows, city) = made_up(140);
    let mut city = found(city);
    let mut chance = Chance(20_261_122);
    let (mut told, mut vain, mut done) = (0, 0, 0);
    while done < 40 {
        let Some((what, change)) = any_edit(&mut chance, &rows) else { continue };
        take(&mut rows, &change);
        let next = found(apply(&city, change));
        let (more, in_vain) = held(&what, &next, &city);
        (told, vain, done) = (told + more, vain + in_vain, done + 1);
        city = next;
    }
    let tomorrow = found(city.reframe(frame(date(2026, 11, 23))));
    held("midnight", &tomorrow, &city);
    println!("{done} edits of any kind: {told} tiles told, {vain} of them in vain");
    assert!(5 * vain <= told, "{vain} of {told} in vain");
}

#[test]
fn of_the_tiles_told_when_a_hydrant_is_closed_few_stay_the_same() {
    let (rows, city) = made_up(400);
    let city = found(city);
    let (mut told, mut vain) = (0, 0);
    let hydrants: Vec<&Row> = rows.values().filter(|row| row.feature.layer == Layer::Hydrant).collect();
    for row in hydrants.iter().step_by(hydrants.len() / 8) {
        let mut row = (*row).clone();
        let mut values = row.feature.attributes.as_ref().unpack(Layer::Hydrant);
        let out = hydrant::STATES.iter().position(|state| state.code == "out_of_service").unwrap() as u8;
        values[hydrant::STATE] = Some(Value::Choice(out));
        row.feature.attributes = Attributes::pack(Layer::Hydrant, &values);
        let next = found(apply(&city, Change::Put(row)));
        let (more, in_vain) = held("closed", &next, &city);
        (told, vain) = (told + more, vain + in_vain);
    }
    println!("hydrants closed: {told} tiles told, {vain} of them in vain");
    assert!(told > 0 && 5 * vain <= told, "{vain} of {told} in vain");
    // The bytes of one tile, so that drawing is what was compared.
    assert!(map::draw(&city, TileSource::Fire, TileId::new(0, 0, 0).unwrap()).is_some());
}

#[test]
fn cities_that_came_to_the_same_rows_by_other_ways_draw_the_same() {
    let (rows, city) = made_up(80);
    let like = |layer: Layer, id: u64, by: i32| {
        let mut row = rows[&(layer, FeatureId(1))].clone();
        row.id = FeatureId(id);
        row.feature.shape = moved(&row.feature.shape, (by, by), true).unwrap();
        Change::Put(row)
    };
    // Rows that came one after the other stand in other slots than rows that came at once.
    let new = [Layer::Building, Layer::Hydrant].map(|layer| [like(layer, 9001, 900), like(layer, 9000, -900)]);
    let one_by_one = new.iter().flatten().fold(city.clone(), |city, change| apply(&city, change.clone()));
    let rows = new.into_iter().flat_map(|[later, sooner]| [sooner, later]).collect();
    let at_once = city.apply(Changes { snapshot: snapshot(1), rows, relief_changed: false });
    let number = |city: &City, slot| city.layer(Layer::Building).row(slot).map(|row| row.id);
    let slot = city.layer(Layer::Building).slots() as u32;
    assert_ne!(number(&one_by_one, slot), number(&at_once, slot), "else nothing is tried");
    let (one_by_one, at_once) = (found(one_by_one), found(at_once));
    for source in TileSource::ALL {
        assert_eq!(dirty(&at_once, &one_by_one, source), Dirty::Tiles(vec![]), "{}", source.name());
    }
}
