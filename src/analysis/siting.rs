//! What helps most next: the best `n` of many candidates by greatest gain, each time of what is still to be gained.
//!
//! Greedy choice gains at least 1 − 1/e of what any `n` could, and what is left to gain says how far it can be from the
//! best at most (Nemhauser, Wolsey and Fisher 1978). Gains only shrink, so that a candidate is weighed again only when it
//! comes first (Minoux 1978).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::network::Lists;

/// A candidate that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Its number.
    pub candidate: u32,
    /// What it gains over those chosen before it.
    pub gain: u64,
    /// What all up to it gain together.
    pub total: u64,
}

/// The candidates to take, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Siting {
    /// Those chosen; fewer than asked for where no other gains anything.
    pub picks: Vec<Pick>,
    /// No choice of as many as were asked for gains more than this.
    pub bound: u64,
}

/// Chooses up to `n` of the candidates whose lists tell which targets each would serve; a target weighs what `weights`
/// says at its number (nothing where it says nothing, nor when it is served already). Of equal gains the candidate with
/// the smaller number is taken.
///
/// O(numbers in the lists + n · (n + weighed again) · log candidates) in practice.
pub fn best_next(candidates: &Lists, weights: &[u64], n: usize) -> Siting {
    let mut open = Open { weights: weights.to_vec(), seen: vec![0; weights.len()], weighing: 0 };
    // The gain of each candidate when so many were chosen.
    let mut heap: BinaryHeap<(u64, Reverse<u32>, usize)> = (0..candidates.len() as u32)
        .map(|candidate| (open.gain(candidates.get(candidate)), Reverse(candidate), 0))
        .filter(|(gain, ..)| *gain > 0)
        .collect();
    let mut siting = Siting { picks: Vec::new(), bound: u64::MAX };
    let mut first = Vec::new();
    loop {
        let chosen = siting.picks.len();
        let total = siting.picks.last().map_or(0, |pick| pick.total);
        // The n greatest of the gains that are left, each as it is now.
        while first.len() < n
            && let Some((gain, Reverse(candidate), when)) = heap.pop()
        {
            if when == chosen {
                first.push((gain, candidate));
                continue;
            }
            let gain = open.gain(candidates.get(candidate));
            if gain > 0 {
                heap.push((gain, Reverse(candidate), chosen));
            }
        }
        let left = first.iter().fold(0_u64, |sum, (gain, _)| sum.saturating_add(*gain));
        siting.bound = siting.bound.min(total.saturating_add(left));
        let mut greatest = first.drain(..);
        let Some((gain, candidate)) = greatest.next().filter(|_| chosen < n) else {
            return siting;
        };
        heap.extend(greatest.map(|(gain, candidate)| (gain, Reverse(candidate), chosen)));
        open.serve(candidates.get(candidate));
        siting.picks.push(Pick { candidate, gain, total: total.saturating_add(gain) });
    }
}

/// What is still to be gained.
struct Open {
    /// Of each target; nothing once it is served.
    weights: Vec<u64>,
    /// In which weighing a target was last seen: a list may name it twice.
    seen: Vec<u32>,
    weighing: u32,
}

impl Open {
    fn gain(&mut self, targets: &[u32]) -> u64 {
        self.weighing = self.weighing.wrapping_add(1);
        if self.weighing == 0 {
            self.seen.fill(0);
            self.weighing = 1;
        }
        let mut gain = 0_u64;
        for target in targets {
            let Some(seen) = self.seen.get_mut(*target as usize) else { continue };
            if std::mem::replace(seen, self.weighing) != self.weighing {
                gain = gain.saturating_add(self.weights[*target as usize]);
            }
        }
        gain
    }

    fn serve(&mut self, targets: &[u32]) {
        for target in targets {
            if let Some(weight) = self.weights.get_mut(*target as usize) {
                *weight = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gain(chosen: &[u32], candidates: &[Vec<u32>], weights: &[u64]) -> u64 {
        let served = |target: u32| chosen.iter().any(|candidate| candidates[*candidate as usize].contains(&target));
        (0..).zip(weights).filter(|(target, _)| served(*target)).map(|(_, weight)| weight).sum()
    }

    /// Greedy choice by weighing everything each time.
    fn plain(candidates: &[Vec<u32>], weights: &[u64], n: usize) -> Vec<Pick> {
        let mut chosen: Vec<u32> = Vec::new();
        let mut picks: Vec<Pick> = Vec::new();
        for _ in 0..n {
            let before = gain(&chosen, candidates, weights);
            let with = |candidate: u32| gain(&[&chosen[..], &[candidate]].concat(), candidates, weights);
            let best = (0..candidates.len() as u32).max_by_key(|candidate| (with(*candidate), Reverse(*candidate)));
            let Some(candidate) = best.filter(|candidate| with(*candidate) > before) else { break };
            picks.push(Pick { candidate, gain: with(candidate) - before, total: with(candidate) });
            chosen.push(candidate);
        }
        picks
    }

    /// The most that any `n` gain.
    fn optimum(candidates: &[Vec<u32>], weights: &[u64], n: usize) -> u64 {
        let sets = (0..1_u32 << candidates.len()).filter(|set| set.count_ones() as usize <= n);
        let chosen = |set: u32| (0..candidates.len() as u32).filter(|at| (set >> at) & 1 == 1).collect::<Vec<_>>();
        sets.map(|set| gain(&chosen(set), candidates, weights)).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn lazy_choice_is_greedy_choice_and_within_its_bounds_of_the_best(
            candidates in proptest::collection::vec(proptest::collection::vec(0..14_u32, 0..7), 0..9),
            weights in proptest::collection::vec(0..6_u64, 12),
            n in 0..6_usize,
        ) {
            let found = best_next(&candidates.iter().cloned().collect(), &weights, n);
            prop_assert_eq!(&found.picks, &plain(&candidates, &weights, n));
            let total = found.picks.last().map_or(0, |pick| pick.total);
            let best = optimum(&candidates, &weights, n);
            prop_assert!(total <= best && best <= found.bound, "{} {} {}", total, best, found.bound);
            prop_assert!(total as f64 >= (1.0 - (-1.0_f64).exp()) * best as f64);
        }
    }

    #[test]
    fn who_asks_for_none_gets_none_and_weights_beyond_counting_stay_at_the_most() {
        let candidates: Lists = [vec![0, 1], vec![1]].into_iter().collect();
        assert_eq!(best_next(&candidates, &[5, 5], 0), Siting { picks: vec![], bound: 0 });
        let most = best_next(&candidates, &[u64::MAX, u64::MAX], 2);
        assert_eq!(most.picks, [Pick { candidate: 0, gain: u64::MAX, total: u64::MAX }]);
    }
}
