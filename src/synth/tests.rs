//! What a made-up city must be for anyone to believe what is measured on it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use xxhash_rust::xxh3::Xxh3;

use super::{Recipe, city};
use crate::model::{Feature, Layer, Place, Shape, area, building};

const SMALL: Recipe = Recipe { buildings: 1200, seed: 1 };

fn small() -> &'static [Feature] {
    static CITY: OnceLock<Vec<Feature>> = OnceLock::new();
    CITY.get_or_init(|| city(SMALL).collect())
}

fn layer(layer: Layer) -> impl Iterator<Item = &'static Feature> {
    small().iter().filter(move |feature| feature.layer == layer)
}

fn print(features: impl Iterator<Item = Feature>) -> u64 {
    let mut hash = Xxh3::new();
    for feature in features {
        hash.update(feature.source_key.as_bytes());
        for place in feature.shape.places() {
            hash.update(&place.lon.to_le_bytes());
            hash.update(&place.lat.to_le_bytes());
        }
        hash.update(format!("{:?}", feature.attributes.as_ref().unpack(feature.layer)).as_bytes());
        hash.update(&feature.origin.row.to_le_bytes());
    }
    hash.digest()
}

/// Twice the area of a closed ring, in square 1e-7 degrees.
fn area2(ring: &[Place]) -> i128 {
    ring.windows(2)
        .map(|e| i128::from(e[0].lon) * i128::from(e[1].lat) - i128::from(e[1].lon) * i128::from(e[0].lat))
        .sum()
}

fn shape_area2(shape: &Shape) -> i128 {
    shape.parts().map(|(outer, ring)| if outer { area2(ring).abs() } else { -area2(ring).abs() }).sum()
}

fn turn(o: Place, a: Place, b: Place) -> i64 {
    let (ax, ay) = (i64::from(a.lon - o.lon), i64::from(a.lat - o.lat));
    let (bx, by) = (i64::from(b.lon - o.lon), i64::from(b.lat - o.lat));
    (ax * by - ay * bx).signum()
}

/// Whether two segments cross within both; touching at an end does not count.
fn cross(a: Place, b: Place, c: Place, d: Place) -> bool {
    turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0
}

/// Whether a place lies within a closed ring.
fn inside(ring: &[Place], p: Place) -> bool {
    let mut odd = false;
    for e in ring.windows(2) {
        let (a, b) = if e[0].lat < e[1].lat { (e[0], e[1]) } else { (e[1], e[0]) };
        if a.lat <= p.lat && p.lat < b.lat && turn(a, b, p) > 0 {
            odd = !odd;
        }
    }
    odd
}

fn covers(shape: &Shape, p: Place) -> bool {
    shape.parts().filter(|(_, ring)| inside(ring, p)).count() % 2 == 1
}

#[test]
fn the_same_recipe_gives_the_same_city() {
    let recipe = Recipe { buildings: 150, seed: 1 };
    assert_eq!(print(city(recipe)), print(city(recipe)));
    assert_ne!(print(city(recipe)), print(city(Recipe { seed: 2, ..recipe })));
    // If this changes, every demonstration and benchmark changes with it: say so where it is told.
    assert_eq!(print(city(recipe)), GOLDEN);
}

const GOLDEN: u64 = 7211098660613643361;

#[test]
fn a_city_has_as_many_buildings_as_were_asked_for() {
    for (buildings, seed) in [(60, 3), (700, 5), (6_000, 1), (14_000, 2)] {
        let count = city(Recipe { buildings, seed }).filter(|feature| feature.layer == Layer::Building).count() as u64;
        assert!(count.abs_diff(buildings) * 50 <= buildings, "{count} of {buildings} with seed {seed}");
    }
}

#[test]
fn keys_and_rows_are_counted_without_gap() {
    let mut numbers: BTreeMap<Layer, u64> = BTreeMap::new();
    for (row, feature) in small().iter().enumerate() {
        let n = numbers.entry(feature.layer).or_default();
        *n += 1;
        assert_eq!(*feature.source_key, format!("{}/{n}", feature.layer.name()));
        assert_eq!(feature.origin.row, row as u64 + 1);
    }
}

#[test]
fn no_ring_crosses_itself() {
    for feature in small() {
        if feature.layer.def().geometry != crate::model::GeometryKind::Polygon {
            continue;
        }
        for (_, ring) in feature.shape.parts() {
            let n = ring.len() - 1;
            for i in 0..n {
                for j in i + 2..n {
                    let crosses = cross(ring[i], ring[i + 1], ring[j], ring[j + 1]);
                    assert!(!crosses, "{} crosses itself at {:?}", feature.source_key, ring[i]);
                }
            }
        }
    }
}

#[test]
fn no_two_buildings_overlap() {
    let mut cells: BTreeMap<(i32, i32), Vec<&Feature>> = BTreeMap::new();
    for house in layer(Layer::Building) {
        let bounds = house.shape.bounds();
        for x in bounds.min.lon / 5_000..=bounds.max.lon / 5_000 {
            for y in bounds.min.lat / 5_000..=bounds.max.lat / 5_000 {
                cells.entry((x, y)).or_default().push(house);
            }
        }
    }
    for houses in cells.values() {
        for (n, a) in houses.iter().enumerate() {
            for b in &houses[n + 1..] {
                if !a.shape.bounds().intersects(b.shape.bounds()) {
                    continue;
                }
                let apart = a.shape.parts().all(|(_, p)| {
                    b.shape
                        .parts()
                        .all(|(_, q)| p.windows(2).all(|e| q.windows(2).all(|f| !cross(e[0], e[1], f[0], f[1]))))
                });
                let nested = covers(&a.shape, b.shape.first()) || covers(&b.shape, a.shape.first());
                assert!(apart && !nested, "{} and {}", a.source_key, b.source_key);
            }
        }
    }
}

#[test]
fn no_building_stands_in_the_river_or_on_a_street() {
    let river: Vec<_> = layer(Layer::Water).collect();
    let streets: Vec<&[Place]> = layer(Layer::Road).flat_map(|road| road.shape.parts().map(|(_, line)| line)).collect();
    for house in layer(Layer::Building) {
        assert!(house.shape.places().iter().all(|p| river.iter().all(|water| !covers(&water.shape, *p))));
        let bounds = house.shape.bounds();
        for leg in streets.iter().flat_map(|line| line.windows(2)) {
            let near = crate::model::Bounds::of(leg.iter().copied()).is_some_and(|leg| leg.intersects(bounds));
            let meets =
                near && house.shape.parts().any(|(_, ring)| ring.windows(2).any(|e| cross(e[0], e[1], leg[0], leg[1])));
            assert!(!meets, "{} on a street at {:?}", house.source_key, leg[0]);
        }
    }
}

#[test]
fn no_wall_runs_across_a_street() {
    let streets: Vec<&[Place]> = layer(Layer::Road).flat_map(|road| road.shape.parts().map(|(_, line)| line)).collect();
    for wall in layer(Layer::Barrier) {
        let bounds = wall.shape.bounds();
        for leg in streets.iter().flat_map(|line| line.windows(2)) {
            if crate::model::Bounds::of(leg.iter().copied()).is_some_and(|leg| leg.intersects(bounds)) {
                let crosses = wall.shape.places().windows(2).any(|w| cross(w[0], w[1], leg[0], leg[1]));
                assert!(!crosses, "{} at {:?}", wall.source_key, leg[0]);
            }
        }
    }
}

#[test]
fn streets_hang_together() {
    let mut parent: Vec<usize> = Vec::new();
    let mut numbers: BTreeMap<Place, usize> = BTreeMap::new();
    fn root(parent: &mut [usize], mut n: usize) -> usize {
        while parent[n] != n {
            parent[n] = parent[parent[n]];
            n = parent[n];
        }
        n
    }
    let mut ends = Vec::new();
    for road in layer(Layer::Road) {
        let places = road.shape.places();
        let pair = [places[0], places[places.len() - 1]].map(|place| {
            *numbers.entry(place).or_insert_with(|| {
                parent.push(parent.len());
                parent.len() - 1
            })
        });
        let (a, b) = (root(&mut parent, pair[0]), root(&mut parent, pair[1]));
        parent[a] = b;
        ends.push(pair[0]);
    }
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for end in &ends {
        *sizes.entry(root(&mut parent, *end)).or_default() += 1;
    }
    let largest = sizes.values().max().copied().unwrap_or(0);
    assert!(largest * 100 >= ends.len() * 98, "{largest} of {}: {sizes:?}", ends.len());
}

fn areas(kind: &'static str) -> Vec<&'static Feature> {
    layer(Layer::Area).filter(|area| area.attributes.as_ref().choice(Layer::Area, area::KIND) == Some(kind)).collect()
}

#[test]
fn every_level_of_areas_covers_the_district_once() {
    let whole: i128 = areas("district").iter().map(|area| shape_area2(&area.shape)).sum();
    for kind in ["subdistrict", "community", "grid"] {
        let sum: i128 = areas(kind).iter().map(|area| shape_area2(&area.shape)).sum();
        assert_eq!(sum, whole, "{kind}");
    }
    let grids = areas("grid");
    for house in layer(Layer::Building) {
        let within = grids.iter().filter(|grid| covers(&grid.shape, house.shape.first())).count();
        assert_eq!(within, 1, "{}", house.source_key);
    }
}

#[test]
fn residents_of_an_area_are_those_of_its_buildings() {
    let by = |layer, feature: &Feature, ix| feature.attributes.as_ref().integer(layer, ix).unwrap_or(0);
    let at_home: i64 = layer(Layer::Building).map(|house| by(Layer::Building, house, building::RESIDENTS)).sum();
    for kind in ["district", "subdistrict", "community", "grid"] {
        let sum: i64 = areas(kind).iter().map(|area| by(Layer::Area, area, area::RESIDENTS)).sum();
        assert_eq!(sum, at_home, "{kind}");
    }
}

#[test]
fn values_are_within_what_the_model_allows() {
    use crate::model::{FieldType, ValueRef};
    for feature in small() {
        for (ix, value) in feature.attributes.as_ref().iter(feature.layer) {
            let field = &feature.layer.fields()[ix];
            let fits = match (field.ty, &value) {
                (FieldType::Integer(least, most), ValueRef::Integer(n)) => (least..=most).contains(n),
                (FieldType::Real(least, most), ValueRef::Real(n)) => (least..=most).contains(n),
                (FieldType::Text, ValueRef::Text(text)) => !text.is_empty() && text.trim() == *text,
                _ => true,
            };
            assert!(fits, "{} of {}: {value:?}", field.name, feature.source_key);
        }
    }
}

#[test]
fn a_city_of_several_districts_joins_at_their_seams() {
    let mut ends: BTreeMap<Place, usize> = BTreeMap::new();
    let mut grids = 0i128;
    let mut districts = 0i128;
    for feature in city(Recipe { buildings: 13_000, seed: 4 }) {
        match feature.layer {
            Layer::Road => {
                let places = feature.shape.places();
                for end in [places[0], places[places.len() - 1]] {
                    *ends.entry(end).or_default() += 1;
                }
            }
            Layer::Area => match feature.attributes.as_ref().choice(Layer::Area, area::KIND) {
                Some("grid") => grids += shape_area2(&feature.shape),
                Some("district") => districts += shape_area2(&feature.shape),
                _ => {}
            },
            _ => {}
        }
    }
    assert_eq!(grids, districts);
    let loose = ends.values().filter(|count| **count == 1).count();
    assert!(loose * 100 < ends.len() * 4, "{loose} loose ends of {}", ends.len());
}
