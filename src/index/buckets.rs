//! Numbers by key, such as the hydrants on each edge: many keys, few of which have any, in blocks that versions of a
//! city share.

use super::Slots;

/// How many keys a block is of.
const BLOCK: u32 = 64;

/// Lists of numbers by key. A clone costs one reference count, a change copies one chunk of blocks.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    /// Pairs of key and number in order.
    blocks: Slots<Vec<(u32, u32)>>,
}

impl Buckets {
    /// Of pairs of key and number in any order.
    pub fn new(mut pairs: Vec<(u32, u32)>) -> Buckets {
        pairs.sort_unstable();
        pairs.dedup();
        let blocks = pairs.last().map_or(0, |(key, _)| key / BLOCK + 1);
        let mut rest = &pairs[..];
        let block = |nth: u32| {
            let (these, others) = rest.split_at(rest.partition_point(|(key, _)| key / BLOCK == nth));
            rest = others;
            these.to_vec()
        };
        Buckets { blocks: (0..blocks).map(block).collect() }
    }

    /// Whether no key was ever given any.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The numbers of a key, in order.
    pub fn get(&self, key: u32) -> impl Iterator<Item = u32> + '_ {
        let block = self.blocks.get(key / BLOCK).map_or(&[][..], Vec::as_slice);
        let first = block.partition_point(|(of, _)| *of < key);
        block[first..].iter().take_while(move |(of, _)| *of == key).map(|(_, number)| *number)
    }

    /// Adds a number to a key that does not have it.
    pub fn insert(&mut self, key: u32, number: u32) {
        while self.blocks.len() <= (key / BLOCK) as usize {
            self.blocks.push(Vec::new());
        }
        let block = self.blocks.get_mut(key / BLOCK);
        if let Err(at) = block.binary_search(&(key, number)) {
            block.insert(at, (key, number));
        }
    }

    /// Takes a number away from a key.
    pub fn remove(&mut self, key: u32, number: u32) {
        if self.get(key).any(|of| of == number) {
            self.blocks.get_mut(key / BLOCK).retain(|pair| *pair != (key, number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn after_any_edits_each_key_has_what_a_set_holds(
            first in proptest::collection::vec((0..400_u32, 0..9_u32), 0..40),
            edits in proptest::collection::vec((0..500_u32, 0..9_u32, any::<bool>()), 0..60),
        ) {
            let mut set: BTreeSet<(u32, u32)> = first.iter().copied().collect();
            let before = Buckets::new(first);
            let kept = set.clone();
            let mut buckets = before.clone();
            for (key, number, put) in edits {
                if put {
                    buckets.insert(key, number);
                    set.insert((key, number));
                } else {
                    buckets.remove(key, number);
                    set.remove(&(key, number));
                }
            }
            let all = |buckets: &Buckets| (0..600).flat_map(|key| buckets.get(key).map(move |n| (key, n)).collect::<Vec<_>>()).collect::<Vec<_>>();
            prop_assert_eq!(all(&buckets), set.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(all(&before), kept.into_iter().collect::<Vec<_>>(), "the version before stays as it was");
        }
    }
}
