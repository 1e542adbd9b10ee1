//! Segments of member ways become polygons with holes, whatever the roles say.
//!
//! The inside is what an even number of crossings does not leave (so two inner rings that share an edge are one
//! hole, as the wiki of OpenStreetMap wants it). At a vertex where rings touch, the walk keeps to the same corner of
//! the inside, and a walk that comes back to a vertex is cut there: rings are simple. What crosses itself is put
//! together way by way and kept with a flaw.

use std::collections::{HashMap, HashSet};

use crate::ingest::crossing::{Segment, inside_above, turn};
use crate::ingest::reject::Reason;
use crate::model::{Flaw, Place};

/// Polygons, each its outer ring and holes; rings are closed.
pub type Polygons = Vec<Vec<Vec<Place>>>;

/// Puts polygons together from the vertices of ways.
pub fn assemble(ways: &[Vec<Place>]) -> Result<(Polygons, Option<Flaw>), Reason> {
    let segments = odd_segments(ways);
    if segments.is_empty() {
        return Err(Reason::NoArea {});
    }
    if let Some(at) = loose_end(&segments) {
        return Err(Reason::OpenRing { at: format!("{:.7}, {:.7}", at.lon_degrees(), at.lat_degrees()) });
    }
    match inside_above(&segments) {
        Some(above) => Ok((nest(walk(&segments, &above)), None)),
        None => Ok((nest(loops(&segments)), Some(Flaw::SelfCrossing))),
    }
}

/// The segments that stand an odd number of times, in order. A ring that is there twice counts once.
fn odd_segments(ways: &[Vec<Place>]) -> Vec<Segment> {
    let mut rings: HashSet<Vec<Segment>> = HashSet::new();
    let mut all: Vec<Segment> = Vec::new();
    for way in ways {
        let pairs = way.windows(2).filter(|pair| pair[0] != pair[1]);
        let mut segments: Vec<Segment> = pairs.map(|pair| Segment::between(pair[0], pair[1])).collect();
        if way.first() == way.last() {
            segments.sort_unstable();
            if !rings.insert(segments.clone()) {
                continue;
            }
        }
        all.append(&mut segments);
    }
    all.sort_unstable();
    all.chunk_by(|one, other| one == other).filter(|same| same.len() % 2 == 1).map(|same| same[0]).collect()
}

/// The least place where an odd number of segments meet.
fn loose_end(segments: &[Segment]) -> Option<Place> {
    let mut ends: Vec<Place> = segments.iter().flat_map(|segment| [segment.a, segment.b]).collect();
    ends.sort_unstable();
    ends.chunk_by(|one, other| one == other).find(|same| same.len() % 2 == 1).map(|same| same[0])
}

/// Rings with the inside on their left: outer rings against the clock, holes with it.
fn walk(segments: &[Segment], above: &[bool]) -> Vec<Vec<Place>> {
    let steps: Vec<(Place, Place)> =
        segments.iter().zip(above).map(|(s, above)| if *above { (s.a, s.b) } else { (s.b, s.a) }).collect();
    let mut leaving: HashMap<Place, Vec<usize>> = HashMap::with_capacity(steps.len());
    for (nth, (from, _)) in steps.iter().enumerate() {
        leaving.entry(*from).or_default().push(nth);
    }
    let mut used = vec![false; steps.len()];
    let mut rings = Vec::new();
    for start in 0..steps.len() {
        let mut path: Vec<Place> = Vec::new();
        let mut at_path: HashMap<Place, usize> = HashMap::new();
        let mut step = start;
        while !used[step] {
            used[step] = true;
            let (from, to) = steps[step];
            at_path.insert(from, path.len());
            path.push(from);
            if let Some(&since) = at_path.get(&to) {
                let mut ring = path.split_off(since);
                for place in &ring {
                    at_path.remove(place);
                }
                ring.push(to);
                rings.push(ring);
            }
            let next = leaving.get(&to).into_iter().flatten().copied().filter(|nth| !used[*nth]);
            match next
                .reduce(|best, nth| if first_clockwise(to, from, steps[nth].1, steps[best].1) { nth } else { best })
            {
                Some(nth) => step = nth,
                None => break,
            }
        }
    }
    rings
}

/// Whether, turning with the clock around `at` from the direction of `back`, `one` comes before `other`.
fn first_clockwise(at: Place, back: Place, one: Place, other: Place) -> bool {
    // Half 0 lies clockwise of `back` up to its opposite, half 1 beyond.
    let half = |to: Place| match turn(at, back, to) {
        -1 => 0,
        1 => 1,
        _ if is_opposite(at, back, to) => 1,
        _ => 2,
    };
    let (h1, h2) = (half(one), half(other));
    if h1 != h2 { h1 < h2 } else { turn(at, one, other) < 0 }
}

fn is_opposite(at: Place, back: Place, to: Place) -> bool {
    (at < back) != (at < to)
}

/// Closed loops through segments that may cross: any way on from each end.
fn loops(segments: &[Segment]) -> Vec<Vec<Place>> {
    let mut meeting: HashMap<Place, Vec<usize>> = HashMap::with_capacity(segments.len());
    for (nth, segment) in segments.iter().enumerate() {
        meeting.entry(segment.a).or_default().push(nth);
        meeting.entry(segment.b).or_default().push(nth);
    }
    let mut used = vec![false; segments.len()];
    let mut rings = Vec::new();
    for start in 0..segments.len() {
        let mut ring = vec![segments[start].a];
        let mut at = segments[start].a;
        while let Some(nth) = meeting.get_mut(&at).and_then(|meet| {
            while meet.last().is_some_and(|nth| used[*nth]) {
                meet.pop();
            }
            meet.pop()
        }) {
            used[nth] = true;
            at = if segments[nth].a == at { segments[nth].b } else { segments[nth].a };
            ring.push(at);
            if at == ring[0] {
                break;
            }
        }
        if ring.len() > 3 {
            if doubled_area(&ring) < 0 {
                ring.reverse();
            }
            rings.push(ring);
        }
    }
    // Without sides to go by, a ring within an odd number of others is a hole.
    let depth = |nth: usize| {
        let others = rings.iter().enumerate().filter(|(other, _)| *other != nth);
        others.filter(|(_, other)| contains(other, middle(&rings[nth]))).count()
    };
    let holes: Vec<bool> = (0..rings.len()).map(|nth| depth(nth) % 2 == 1).collect();
    for (ring, _) in rings.iter_mut().zip(holes).filter(|(_, hole)| *hole) {
        ring.reverse();
    }
    rings
}

/// Holes (rings with the clock) go to the smallest outer ring around them.
fn nest(rings: Vec<Vec<Place>>) -> Polygons {
    let (mut outers, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| doubled_area(ring) >= 0);
    outers.sort_by_key(|ring| doubled_area(ring));
    let boxes: Vec<_> = outers.iter().map(|ring| crate::model::Bounds::of(ring.iter().copied())).collect();
    let mut polygons: Polygons = outers.into_iter().map(|outer| vec![outer]).collect();
    for hole in holes {
        let [x, y] = middle(&hole);
        let within = |nth: &usize| {
            boxes[*nth].is_some_and(|b| {
                let wide = |n: i32| 2 * i64::from(n);
                wide(b.min.lon) <= x && x <= wide(b.max.lon) && wide(b.min.lat) <= y && y <= wide(b.max.lat)
            }) && contains(&polygons[*nth][0], [x, y])
        };
        if let Some(home) = (0..polygons.len()).find(within) {
            polygons[home].push(hole);
        }
    }
    // The order of rings must not hang on sizes that may be equal.
    polygons.sort_by_key(|polygon| polygon[0].iter().min().copied());
    polygons
}

/// The middle of a ring's first segment, in half units: no ring that only touches this one goes through it.
fn middle(ring: &[Place]) -> [i64; 2] {
    [i64::from(ring[0].lon) + i64::from(ring[1].lon), i64::from(ring[0].lat) + i64::from(ring[1].lat)]
}

/// Twice the signed area of a closed ring, positive against the clock.
fn doubled_area(ring: &[Place]) -> i128 {
    let wide = |p: Place| (i128::from(p.lon), i128::from(p.lat));
    ring.windows(2)
        .map(|pair| {
            let ((ax, ay), (bx, by)) = (wide(pair[0]), wide(pair[1]));
            ax * by - ay * bx
        })
        .sum()
}

/// Whether a place (in half units) lies in a closed ring, even–odd.
fn contains(ring: &[Place], [x, y]: [i64; 2]) -> bool {
    let wide = |p: Place| (i128::from(p.lon) * 2, i128::from(p.lat) * 2);
    let (x, y) = (i128::from(x), i128::from(y));
    let crossings = ring.windows(2).filter(|pair| {
        let ((ax, ay), (bx, by)) = (wide(pair[0]), wide(pair[1]));
        if (ay > y) == (by > y) {
            return false;
        }
        let side = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        (side > 0) == (by > ay)
    });
    crossings.count() % 2 == 1
}
