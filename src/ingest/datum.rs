//! Whether points taken for one system of China's maps fit the town better in another: WGS 84, GCJ-02 and BD-09 differ by
//! 100–1,500 m and nothing in a file tells them apart, but hydrants stand along roads and shops in buildings.
//!
//! Nothing is decided here. A remark is made where the nearest road (or building) of most points comes much nearer: by
//! a sign test over at least [`LEAST`] points, so that chance does it once in ten thousand files, and by half the median.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::report::Remark;
use crate::crs::{Crs, Frame, Offset};
use crate::model::{Bounds, Layer, Place, ShapeRef};
use crate::store::{Store, StoreError};

/// Points below which nothing is said.
pub const LEAST: usize = 30;

/// The most points that are kept of a file.
const MOST: usize = 256;

/// Metres within which a road or building is looked for.
const REACH_M: f64 = 1000.0;

/// A cell of the grid over the points, in 1e-7°: not less than [`REACH_M`] up to 56° north.
const CELL: i32 = 165_000;

/// What places are held against.
const REFERENCES: [(Layer, &str, &str); 2] = [(Layer::Road, "道路", "road"), (Layer::Building, "建筑", "building")];

/// Places of a file, evenly spread over its rows.
#[derive(Debug)]
pub struct Sample {
    crs: Crs,
    places: Vec<Place>,
    seen: usize,
    every: usize,
}

impl Sample {
    /// Of a file in a system; `None` where there is nothing it could be taken for instead.
    pub fn of(crs: &Crs) -> Option<Sample> {
        let crs = crs.upright().clone();
        matches!(crs, Crs::Wgs84 | Crs::Gcj02 | Crs::Bd09).then_some(Sample {
            crs,
            places: Vec::new(),
            seen: 0,
            every: 1,
        })
    }

    /// Adds a place: every second, fourth and so on as they become many.
    pub fn add(&mut self, place: Place) {
        if self.seen.is_multiple_of(self.every) {
            self.places.push(place);
            if self.places.len() == 2 * MOST {
                let mut nth = 0;
                self.places.retain(|_| {
                    nth += 1;
                    nth % 2 == 1
                });
                self.every *= 2;
            }
        }
        self.seen += 1;
    }

    /// The systems it may be in, the one it was taken for first.
    fn systems(&self) -> Vec<Crs> {
        let others = [Crs::Wgs84, Crs::Gcj02, Crs::Bd09].into_iter().filter(|crs| *crs != self.crs);
        [self.crs.clone()].into_iter().chain(others).collect()
    }

    /// Each place as it would stand in each of these; none where they are too few.
    fn points(&self) -> Vec<[Place; 3]> {
        let systems = self.systems();
        let every = self.places.len().div_ceil(MOST).max(1);
        let places = self.places.iter().step_by(every);
        let points: Vec<[Place; 3]> = places.filter_map(|at| self.taken_as(*at, &systems)).collect();
        if points.len() < LEAST { Vec::new() } else { points }
    }

    /// Where a place would be if the file's numbers were in each system; `None` where nothing is bent.
    fn taken_as(&self, at: Place, systems: &[Crs]) -> Option<[Place; 3]> {
        let numbers = self.crs.degrees(at);
        let there = |crs: &Crs| crs.to_wgs84(numbers).and_then(|[lon, lat]| Place::from_degrees(lon, lat));
        let [_, one, other] = systems else { return None };
        let places = [at, there(one)?, there(other)?];
        (places[0] != places[1]).then_some(places)
    }
}

/// What to remark of each file, by the roads and buildings that the store holds: it is looked through once at most.
pub fn remarks(samples: &[Option<Sample>], store: &dyn Store) -> Result<Vec<Option<Remark>>, StoreError> {
    let points: Vec<Vec<[Place; 3]>> =
        samples.iter().map(|sample| sample.as_ref().map_or_else(Vec::new, Sample::points)).collect();
    if points.iter().all(Vec::is_empty) {
        return Ok(vec![None; samples.len()]);
    }
    let nearest = Mutex::new(Nearest::of(points.iter().flatten().flatten().copied()));
    store.load_of(&REFERENCES.map(|(layer, ..)| layer), &|rows| {
        let mut nearest = nearest.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            if let Some(nth) = REFERENCES.iter().position(|(layer, ..)| *layer == row.feature.layer) {
                nearest.look_at(nth, row.feature.shape.as_ref());
            }
        }
    })?;
    let mut metres = nearest.into_inner().unwrap_or_else(PoisonError::into_inner).metres().into_iter();
    let mut remark = |(sample, points): (&Option<Sample>, &Vec<[Place; 3]>)| {
        let metres: Vec<_> = metres.by_ref().take(points.len()).collect();
        verdict(&sample.as_ref()?.systems(), &metres)
    };
    Ok(samples.iter().zip(&points).map(&mut remark).collect())
}

/// Metres from a point, taken in each of three systems, to the nearest of each reference.
type Metres = [[f64; REFERENCES.len()]; 3];

/// The remark on the distances of points, taken in each system, the first as it was imported.
fn verdict(systems: &[Crs], metres: &[Metres]) -> Option<Remark> {
    let mut best: Option<(usize, usize, Comparison)> = None;
    for alternative in 1..systems.len() {
        let by_reference = [0, 1]
            .map(|reference| Comparison::of(metres.iter().map(|at| (at[0][reference], at[alternative][reference]))));
        // Where the roads speak for it, the buildings must not speak against it.
        if by_reference.iter().any(|comparison| comparison.of >= LEAST && comparison.nearer * 2 < comparison.of) {
            continue;
        }
        for (reference, comparison) in
            by_reference.into_iter().enumerate().filter(|(_, comparison)| comparison.is_clear())
        {
            if best.as_ref().is_none_or(|(_, _, known)| comparison.after_m < known.after_m) {
                best = Some((alternative, reference, comparison));
            }
        }
    }
    let (alternative, reference, comparison) = best?;
    let (_, zh, en) = REFERENCES[reference];
    Some(Remark::WrongDatum {
        taken: systems[0].name().to_owned(),
        fits: systems[alternative].name().to_owned(),
        typed: systems[alternative].typed(),
        before_m: comparison.before_m.round() as u32,
        after_m: comparison.after_m.round() as u32,
        nearer: comparison.nearer,
        of: comparison.of,
        zh,
        en,
    })
}

/// Distances of the same points in two systems.
#[derive(Debug, PartialEq)]
struct Comparison {
    /// Points that come nearer, of those whose distance differs.
    nearer: usize,
    of: usize,
    before_m: f64,
    after_m: f64,
}

impl Comparison {
    /// Of pairs of metres, before and after. Where neither has anything near, the point tells nothing.
    fn of(pairs: impl Iterator<Item = (f64, f64)>) -> Comparison {
        let pairs: Vec<(f64, f64)> =
            pairs.filter(|(before, after)| before.min(*after) < REACH_M && before != after).collect();
        let median = |mut metres: Vec<f64>| {
            metres.sort_by(f64::total_cmp);
            metres.get(metres.len() / 2).copied().unwrap_or(REACH_M)
        };
        Comparison {
            nearer: pairs.iter().filter(|(before, after)| after < before).count(),
            of: pairs.len(),
            before_m: median(pairs.iter().map(|pair| pair.0).collect()),
            after_m: median(pairs.iter().map(|pair| pair.1).collect()),
        }
    }

    /// A sign test of four standard deviations, three of four points and half the median.
    fn is_clear(&self) -> bool {
        let (nearer, of) = (self.nearer as f64, self.of as f64);
        self.of >= LEAST
            && nearer - of / 2.0 >= 2.0 * of.sqrt()
            && nearer >= 0.75 * of
            && self.after_m * 2.0 <= self.before_m
    }
}

/// Places with the least squared distance to each reference seen so far.
struct Nearest {
    places: Vec<(Place, Frame)>,
    squared: Vec<[f64; REFERENCES.len()]>,
    cells: HashMap<(i32, i32), Vec<usize>>,
}

impl Nearest {
    fn of(places: impl Iterator<Item = Place>) -> Nearest {
        let places: Vec<(Place, Frame)> = places.map(|place| (place, Frame::at(place))).collect();
        let mut cells: HashMap<(i32, i32), Vec<usize>> = HashMap::new();
        for (nth, (place, _)) in places.iter().enumerate() {
            cells.entry((place.lon.div_euclid(CELL), place.lat.div_euclid(CELL))).or_default().push(nth);
        }
        Nearest { squared: vec![[REACH_M * REACH_M; REFERENCES.len()]; places.len()], places, cells }
    }

    fn look_at(&mut self, reference: usize, shape: ShapeRef<'_>) {
        let bounds = shape.bounds();
        let cell = |degrees: i32| degrees.div_euclid(CELL);
        let (west, east) = (cell(bounds.min.lon) - 1, cell(bounds.max.lon) + 1);
        let (south, north) = (cell(bounds.min.lat) - 1, cell(bounds.max.lat) + 1);
        let within = i64::from(east - west + 1) * i64::from(north - south + 1);
        // What spans half a country is not asked of every cell of it.
        if within > self.cells.len() as i64 {
            for nth in 0..self.places.len() {
                self.measure(nth, reference, shape, bounds);
            }
            return;
        }
        for lon in west..=east {
            for lat in south..=north {
                for nth in self.cells.get(&(lon, lat)).cloned().unwrap_or_default() {
                    self.measure(nth, reference, shape, bounds);
                }
            }
        }
    }

    fn measure(&mut self, nth: usize, reference: usize, shape: ShapeRef<'_>, bounds: Bounds) {
        let (place, frame) = self.places[nth];
        let least = &mut self.squared[nth][reference];
        let clamped = Place {
            lon: place.lon.clamp(bounds.min.lon, bounds.max.lon),
            lat: place.lat.clamp(bounds.min.lat, bounds.max.lat),
        };
        let here = Offset::default();
        if here.distance2(frame.offset(clamped)) >= *least {
            return;
        }
        // A ray from the place eastwards crosses an outline around it an odd number of times.
        let mut inside = false;
        for (_, part) in shape.parts() {
            for edge in part.windows(2) {
                let (a, b) = (frame.offset(edge[0]), frame.offset(edge[1]));
                *least = least.min(here.segment_distance2(a, b));
                if (a.y > 0.0) != (b.y > 0.0) && a.x - a.y / (b.y - a.y) * (b.x - a.x) > 0.0 {
                    inside = !inside;
                }
            }
        }
        if inside && shape.kind() == crate::model::GeometryKind::Polygon {
            *least = 0.0;
        }
    }

    /// The metres of each point.
    fn metres(&self) -> Vec<Metres> {
        let roots = |squared: [f64; REFERENCES.len()]| squared.map(f64::sqrt);
        self.squared.chunks_exact(3).map(|three| [0, 1, 2].map(|nth| roots(three[nth]))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_no_reason_to_speak() {
        let comparison = |nearer: usize, of: usize, after: f64| {
            Comparison::of((0..of).map(|nth| if nth < nearer { (30.0, after) } else { (30.0, 31.0) })).is_clear()
        };
        assert!(comparison(30, 30, 5.0) && comparison(27, 30, 5.0));
        assert!(!comparison(25, 30, 5.0), "three of four, but of few");
        assert!(!comparison(29, 29, 5.0), "too few");
        assert!(!comparison(140, 200, 5.0), "not most");
        assert!(!comparison(200, 200, 16.0), "not much nearer");
        assert!(!Comparison::of((0..100).map(|_| (REACH_M, REACH_M))).is_clear(), "nothing near");
    }

    #[test]
    fn a_sample_is_spread_over_all_rows() {
        let mut sample = Sample::of(&Crs::Wgs84).unwrap();
        for lon in 0..100_000 {
            sample.add(Place { lon, lat: 0 });
        }
        assert!((MOST..2 * MOST).contains(&sample.places.len()));
        assert!(sample.places.last().unwrap().lon > 99_000);
        assert!(Sample::of(&Crs::named("EPSG:4523").unwrap()).is_none());
    }
}
