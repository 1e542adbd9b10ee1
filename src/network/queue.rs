//! What comes next in a flood: a monotone queue in the manner of a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990).
//!
//! Nothing is ever added before what was last taken, so that entries need order only where the flood stands: buckets by
//! the highest bit in which a cost differs from the last, and one short run in full order.

use std::cmp::Reverse;

use super::flood::Label;

/// A bucket of at most so many is put in order at once rather than parted by bits.
const SHORT: usize = 64;
/// A run that grows to so many goes back into its buckets.
const LONG: usize = 256;

/// A label that waits to be settled at a node.
#[derive(Clone, Copy)]
struct Entry {
    label: Label,
    node: u32,
}

/// Labels at nodes, the least first; of equal labels in no order that means anything.
pub struct Queue {
    /// No more than the cost of anything here.
    last: u32,
    /// Bucket `b` holds costs whose highest bit other than `last`'s is bit `b − 1`; bucket 0 those equal to it.
    buckets: [Vec<Entry>; 33],
    /// Bit `b` says that bucket `b` is not empty.
    filled: u64,
    /// Greatest first, all before every bucket's.
    run: Vec<Entry>,
}

impl Queue {
    /// An empty queue.
    pub fn new() -> Queue {
        Queue { last: 0, buckets: [const { Vec::new() }; 33], filled: 0, run: Vec::new() }
    }

    /// Adds a label, which must not be less than the one last taken.
    pub fn push(&mut self, label: Label, node: u32) {
        let entry = Entry { label, node };
        let Some(greatest) = self.run.first().filter(|greatest| label <= greatest.label) else {
            return self.lay(entry);
        };
        // A run of one cost may be long: what is added to it has the label last taken and goes to its end.
        if self.run.len() >= LONG && greatest.label.cost != self.last {
            while let Some(entry) = self.run.pop() {
                self.lay(entry);
            }
            return self.lay(entry);
        }
        let less = self.run.iter().rev().take_while(|other| other.label < label).count();
        self.run.insert(self.run.len() - less, entry);
    }

    /// Takes the least label and its node.
    pub fn pop(&mut self) -> Option<(Label, u32)> {
        while self.run.is_empty() {
            if self.filled == 0 {
                return None;
            }
            let least = self.filled.trailing_zeros() as usize;
            self.filled &= !(1 << least);
            let mut bucket = std::mem::take(&mut self.buckets[least]);
            self.last = bucket.iter().map(|entry| entry.label.cost).min().unwrap_or(self.last);
            if least == 0 || bucket.len() <= SHORT {
                bucket.sort_unstable_by_key(|entry| Reverse(entry.label));
                self.buckets[least] = std::mem::replace(&mut self.run, bucket);
            } else {
                bucket.drain(..).for_each(|entry| self.lay(entry));
                self.buckets[least] = bucket;
            }
        }
        self.run.pop().map(|entry| (entry.label, entry.node))
    }

    fn lay(&mut self, entry: Entry) {
        let bucket = u32::BITS - (entry.label.cost ^ self.last).leading_zeros();
        self.buckets[bucket as usize].push(entry);
        self.filled |= 1 << bucket;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BinaryHeap;

    proptest! {
        #[test]
        fn labels_come_in_order_whatever_is_added_between(
            // How far beyond the last a cost is, its source, and how many are taken then.
            added in proptest::collection::vec((prop_oneof![Just(0), 0..4_u32, 0..400_u32, any::<u32>()], 0..5_u32, 0..3_u32), 0..600)
        ) {
            let (mut queue, mut plain) = (Queue::new(), BinaryHeap::new());
            let mut last = Label { cost: 0, source: 0 };
            for (more, source, taken) in added {
                let label = last.max(Label { cost: last.cost.saturating_add(more), source });
                queue.push(label, 7);
                plain.push(Reverse(label));
                for _ in 0..taken {
                    let next = queue.pop();
                    prop_assert_eq!(next, plain.pop().map(|Reverse(label)| (label, 7)));
                    last = next.map_or(last, |(label, _)| label);
                }
            }
            while let Some(Reverse(label)) = plain.pop() {
                prop_assert_eq!(queue.pop(), Some((label, 7)));
            }
            prop_assert_eq!(queue.pop(), None);
        }
    }

    #[test]
    fn many_that_fall_into_a_short_run_come_in_order_and_quickly() {
        let label = |cost| Label { cost, source: 1 };
        let (low, high) = (1 << 20, (1 << 21) - 1);
        let mut queue = Queue::new();
        queue.push(label(low), 0);
        queue.push(label(high), 0);
        assert_eq!(queue.pop(), Some((label(low), 0)));
        let between: Vec<u32> = (0..100_000).map(|at| low + at * 7_919 % (high - low)).collect();
        between.iter().for_each(|cost| queue.push(label(*cost), 0));
        let mut sorted: Vec<u32> = between.into_iter().chain([high]).collect();
        sorted.sort_unstable();
        for cost in sorted {
            assert!(queue.run.len() <= LONG);
            assert_eq!(queue.pop(), Some((label(cost), 0)));
        }
    }
}
