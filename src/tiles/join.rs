//! Lines joined end to end into fewer and longer ones that show the same.
//!
//! Two lines are joined where no third ends. Where more do, those that go on straightest are, so that a street goes on
//! over a crossing. What comes out depends on the lines and their order alone.

use crate::crs::World;
use crate::model::Place;

/// Vertices of a chain of several lines at most, so that a window finds little beside what it shows.
const MOST_VERTICES: usize = 256;

/// Ends that are joined where they meet; where more do, each stays by itself.
const MOST_ENDS: usize = 8;

/// Lines that follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The first of its lines in the order in which they were given.
    pub first: usize,
    /// Its places from one end to the other; of a ring the first is the last.
    pub places: Vec<Place>,
}

/// Joins lines of two places or more, each into one chain. O(n log n).
///
/// ```
/// use firemap::{model::Place, tiles::join};
/// let [a, b, c] = [0, 1, 2].map(|lon| Place { lon, lat: 0 });
/// let chains = join(&[&[a, b], &[c, b]]);
/// assert_eq!((chains.len(), &chains[0].places[..]), (1, &[a, b, c][..]));
/// ```
pub fn join(lines: &[&[Place]]) -> Vec<Chain> {
    let ends = Ends(lines);
    let partners = ends.partners();
    let mut walked = vec![false; lines.len()];
    let mut chains = Vec::new();
    // What is left when all that begins somewhere is walked are rings.
    let free = ends.all().filter(|end| partners[*end].is_none());
    for start in free.chain(ends.all()) {
        let mut next = Some(start).filter(|end| !walked[end / 2]);
        let mut chain = Chain { first: start / 2, places: Vec::new() };
        while let Some(end) = next.filter(|end| !walked[end / 2]) {
            let nth = end / 2;
            walked[nth] = true;
            let line = lines[nth];
            if !chain.places.is_empty() && chain.places.len() + line.len() - 1 > MOST_VERTICES {
                chains.push(std::mem::replace(&mut chain, Chain { first: nth, places: Vec::new() }));
            }
            chain.first = chain.first.min(nth);
            // Where the two meet.
            chain.places.pop();
            match end % 2 {
                0 => chain.places.extend_from_slice(line),
                _ => chain.places.extend(line.iter().rev()),
            }
            next = partners[end ^ 1];
        }
        if !chain.places.is_empty() {
            chains.push(chain);
        }
    }
    chains
}

/// The ends of lines: number 2·n where line n begins, 2·n + 1 where it ends.
struct Ends<'a>(&'a [&'a [Place]]);

impl Ends<'_> {
    fn all(&self) -> std::ops::Range<usize> {
        0..2 * self.0.len()
    }

    /// Where an end lies, and the vertex before it.
    fn at(&self, end: usize) -> [Place; 2] {
        let line = self.0[end / 2];
        if end.is_multiple_of(2) { [line[0], line[1]] } else { [line[line.len() - 1], line[line.len() - 2]] }
    }

    /// For each end the one it is joined to.
    fn partners(&self) -> Vec<Option<usize>> {
        let mut partners = vec![None; self.all().len()];
        let mut ends: Vec<(Place, usize)> = self.all().map(|end| (self.at(end)[0], end)).collect();
        ends.sort_unstable();
        let meetings = ends.chunk_by(|a, b| a.0 == b.0);
        for meeting in meetings.filter(|meeting| (2..=MOST_ENDS).contains(&meeting.len())) {
            let mut free: Vec<usize> = meeting.iter().map(|(_, end)| *end).collect();
            while let Some((a, b)) = self.straightest(&free) {
                (partners[a], partners[b]) = (Some(b), Some(a));
                free.retain(|end| *end != a && *end != b);
            }
        }
        partners
    }

    /// The two of several ends in one place that go on straightest, on a tie the first; `None` of fewer than two.
    fn straightest(&self, ends: &[usize]) -> Option<(usize, usize)> {
        let pairs = ends.iter().enumerate().flat_map(|(nth, a)| ends[nth + 1..].iter().map(|b| (*a, *b)));
        if ends.len() < 3 {
            return pairs.last();
        }
        let cosine = |(a, b): (usize, usize)| {
            let ([ax, ay], [bx, by]) = (self.heading(a), self.heading(b));
            ax * bx + ay * by
        };
        pairs.min_by(|a, b| cosine(*a).total_cmp(&cosine(*b)))
    }

    /// Where a line comes from at an end, as a vector of length one. Roots and quotients are the same on every
    /// processor.
    fn heading(&self, end: usize) -> [f64; 2] {
        let [at, before] = self.at(end).map(World::from);
        let (x, y) = (f64::from(before.x) - f64::from(at.x), f64::from(before.y) - f64::from(at.y));
        // Beyond the edge of the world places fall together.
        let length = (x * x + y * y).sqrt().max(1.0);
        [x / length, y / length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(lon: i32, lat: i32) -> Place {
        Place { lon: 1_065_000_000 + lon * 10_000, lat: 295_000_000 + lat * 10_000 }
    }

    fn joined(lines: &[Vec<Place>]) -> Vec<Chain> {
        join(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// Every step between two places, whichever way it is walked.
    fn steps<'a>(lines: impl Iterator<Item = &'a Vec<Place>>) -> Vec<[Place; 2]> {
        let mut steps: Vec<[Place; 2]> =
            lines.flat_map(|line| line.windows(2).map(|step| [step[0].min(step[1]), step[0].max(step[1])])).collect();
        steps.sort_unstable();
        steps
    }

    #[test]
    fn a_street_goes_on_over_a_crossing() {
        let lines = [
            vec![p(0, 0), p(1, 0)],
            vec![p(1, 1), p(1, 0)],
            vec![p(1, 0), p(2, 0)],
            vec![p(1, -1), p(1, 0)],
            vec![p(3, 1), p(2, 0)],
        ];
        let chains = joined(&lines);
        let places: Vec<_> = chains.iter().map(|chain| (chain.first, chain.places.clone())).collect();
        let along = vec![p(0, 0), p(1, 0), p(2, 0), p(3, 1)];
        assert_eq!(places, [(0, along), (1, vec![p(1, 1), p(1, 0), p(1, -1)])]);
    }

    #[test]
    fn rings_end_where_they_begin() {
        let ring = [vec![p(0, 0), p(4, 0)], vec![p(0, 0), p(2, 3)], vec![p(4, 0), p(2, 3)]];
        assert_eq!(joined(&ring), [Chain { first: 0, places: vec![p(0, 0), p(4, 0), p(2, 3), p(0, 0)] }]);
        let alone = [vec![p(0, 0), p(4, 0), p(2, 3), p(0, 0)]];
        assert_eq!(joined(&alone), [Chain { first: 0, places: alone[0].clone() }]);
    }

    #[test]
    fn a_long_street_is_cut_into_chains_that_meet() {
        let lines: Vec<Vec<Place>> = (0..1000).rev().map(|n| vec![p(n, 0), p(n + 1, 0)]).collect();
        let chains = joined(&lines);
        assert!(chains.iter().all(|chain| chain.places.len() <= MOST_VERTICES));
        assert_eq!(chains.len(), 1000_usize.div_ceil(MOST_VERTICES - 1));
        assert_eq!(steps(chains.iter().map(|chain| &chain.places)), steps(lines.iter()));
        assert!(
            chains.windows(2).all(|pair| pair[0].places.first() == pair[1].places.last()
                || pair[0].places.last() == pair[1].places.first())
        );
    }

    #[test]
    fn a_star_of_many_ends_is_left_alone() {
        let star: Vec<Vec<Place>> = (0..2000).map(|n| vec![p(0, 0), p(1000, n)]).collect();
        assert_eq!(joined(&star).len(), 2000);
    }

    proptest! {
        #[test]
        fn every_step_stands_in_one_chain_and_ends_of_two_are_joined(
            lines in proptest::collection::vec(proptest::collection::vec((0..4_i32, 0..4_i32), 2..5), 0..30),
        ) {
            let mut lines: Vec<Vec<Place>> = lines.into_iter().map(|line| line.into_iter().map(|(x, y)| p(x, y)).collect()).collect();
            lines.iter_mut().for_each(|line| line.dedup());
            lines.retain(|line| line.len() > 1);
            let chains = joined(&lines);
            prop_assert_eq!(steps(chains.iter().map(|chain| &chain.places)), steps(lines.iter()));
            // Where so many lines end, so many chains do: all but pairs, or all of very many.
            let ending = |at: Place, lines: &mut dyn Iterator<Item = &Vec<Place>>| {
                lines.map(|line| usize::from(line[0] == at) + usize::from(line[line.len() - 1] == at)).sum::<usize>()
            };
            for at in (0..16).map(|nth| p(nth % 4, nth / 4)) {
                let of_lines = ending(at, &mut lines.iter());
                let of_chains = ending(at, &mut chains.iter().map(|chain| &chain.places));
                let rings = chains.iter().filter(|chain| chain.places[0] == at && chain.places[chain.places.len() - 1] == at).count();
                if of_lines <= MOST_ENDS {
                    prop_assert!(of_chains <= of_lines % 2 + 2 * rings, "{of_lines} {of_chains}");
                } else {
                    prop_assert_eq!(of_chains, of_lines);
                }
            }
        }

        #[test]
        fn the_first_line_of_a_chain_is_the_first_of_its_steps(count in 1..40_usize, turned in proptest::collection::vec(any::<bool>(), 40), order in Just((0..40).collect::<Vec<usize>>()).prop_shuffle()) {
            let order: Vec<usize> = order.into_iter().filter(|at| *at < count).collect();
            let lines: Vec<Vec<Place>> = order.iter().map(|at| {
                let (a, b) = (p(*at as i32, 0), p(*at as i32 + 1, 0));
                if turned[*at] { vec![b, a] } else { vec![a, b] }
            }).collect();
            let chains = joined(&lines);
            prop_assert_eq!(chains.len(), 1);
            prop_assert_eq!(chains[0].first, 0);
            prop_assert_eq!(chains[0].places.len(), count + 1);
        }
    }
}
