//! Values by slot, in chunks that versions of a city share.

use std::sync::Arc;

/// How many values a chunk holds.
pub const CHUNK: usize = 256;

/// How many chunks a shelf holds.
const SHELF: usize = 64;

/// A vector whose clone costs one reference count and whose change copies one chunk, and the counts of one shelf of
/// chunks and of all shelves: of a million values some hundred.
///
/// Slots are never reused or moved; a value that is gone is the business of its type (`Option`).
#[derive(Clone, Debug)]
pub struct Slots<T> {
    shelves: Arc<Vec<Arc<Shelf<T>>>>,
    len: usize,
}

/// Chunks one after the other; only the last of all has fewer values than [`CHUNK`], and the last shelf fewer chunks.
type Shelf<T> = Vec<Arc<Vec<T>>>;

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots { shelves: Arc::default(), len: 0 }
    }
}

impl<T> Slots<T> {
    /// A chunk by its number.
    fn shared(&self, nth: usize) -> Option<&Arc<Vec<T>>> {
        self.shelves.get(nth / SHELF)?.get(nth % SHELF)
    }
}

impl<T: Clone> Slots<T> {
    /// Of chunks, which must hold [`CHUNK`] values each but for the last.
    pub fn of_chunks(chunks: Vec<Vec<T>>) -> Self {
        let len = chunks.iter().map(Vec::len).sum();
        debug_assert!(chunks.iter().rev().skip(1).all(|chunk| chunk.len() == CHUNK));
        let mut shelves: Vec<Shelf<T>> = Vec::with_capacity(chunks.len().div_ceil(SHELF));
        for (nth, chunk) in chunks.into_iter().enumerate() {
            if nth % SHELF == 0 {
                shelves.push(Vec::with_capacity(SHELF));
            }
            shelves.last_mut().expect("just pushed").push(Arc::new(chunk));
        }
        Slots { shelves: Arc::new(shelves.into_iter().map(Arc::new).collect()), len }
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a slot; `None` past the end.
    pub fn get(&self, slot: u32) -> Option<&T> {
        let slot = slot as usize;
        self.shared(slot / CHUNK)?.get(slot % CHUNK)
    }

    /// The value of a slot, to be changed; copies what leads to it where another version shares that.
    ///
    /// # Panics
    /// Past the end: slots come from this vector alone.
    pub fn get_mut(&mut self, slot: u32) -> &mut T {
        let slot = slot as usize;
        let nth = slot / CHUNK;
        let shelf = Arc::make_mut(&mut Arc::make_mut(&mut self.shelves)[nth / SHELF]);
        &mut Arc::make_mut(&mut shelf[nth % SHELF])[slot % CHUNK]
    }

    /// Adds a value; its slot.
    pub fn push(&mut self, value: T) -> u32 {
        let shelves = Arc::make_mut(&mut self.shelves);
        if self.len.is_multiple_of(CHUNK * SHELF) {
            shelves.push(Arc::new(Vec::with_capacity(SHELF)));
        }
        let shelf = Arc::make_mut(shelves.last_mut().expect("a shelf was just made where there was none"));
        if self.len.is_multiple_of(CHUNK) {
            shelf.push(Arc::new(Vec::with_capacity(CHUNK)));
        }
        let last = shelf.last_mut().expect("a chunk was just made where there was none");
        Arc::make_mut(last).push(value);
        self.len += 1;
        (self.len - 1) as u32
    }

    /// All values in order of slot.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks().flat_map(|(_, chunk)| chunk)
    }

    /// The chunks in order, each with its first slot.
    pub fn chunks(&self) -> impl Iterator<Item = (u32, &[T])> {
        let chunks = self.shelves.iter().flat_map(|shelf| shelf.iter());
        chunks.enumerate().map(|(nth, chunk)| ((nth * CHUNK) as u32, &chunk[..]))
    }

    /// The slots in which another version has another value, or none, in order; chunks that both share are passed over.
    pub fn differing<'a>(
        &'a self,
        other: &'a Slots<T>,
        same: impl Fn(&T, &T) -> bool + 'a,
    ) -> impl Iterator<Item = u32> + 'a {
        // Beyond the end of both nothing differs.
        fn apart<P>(a: Option<&Arc<P>>, b: Option<&Arc<P>>) -> bool {
            !a.zip(b).map_or(a.is_none() && b.is_none(), |(a, b)| Arc::ptr_eq(a, b))
        }
        let shelves =
            0..if Arc::ptr_eq(&self.shelves, &other.shelves) { 0 } else { self.shelves.len().max(other.shelves.len()) };
        let shelves = shelves.filter(|nth| apart(self.shelves.get(*nth), other.shelves.get(*nth)));
        let chunks = shelves.flat_map(|nth| nth * SHELF..(nth + 1) * SHELF);
        let chunks = chunks.filter(|nth| apart(self.shared(*nth), other.shared(*nth)));
        let slots = chunks.flat_map(|nth| (nth * CHUNK) as u32..((nth + 1) * CHUNK) as u32);
        slots.filter(move |slot| match (self.get(*slot), other.get(*slot)) {
            (Some(a), Some(b)) => !same(a, b),
            (None, None) => false,
            _ => true,
        })
    }

    /// The values of one chunk by its number.
    pub fn chunk(&self, nth: usize) -> &[T] {
        self.shared(nth).map_or(&[], |chunk| &chunk[..])
    }
}

impl<T: Clone> FromIterator<T> for Slots<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut chunks: Vec<Vec<T>> = Vec::new();
        for (nth, value) in values.into_iter().enumerate() {
            if nth % CHUNK == 0 {
                chunks.push(Vec::with_capacity(CHUNK));
            }
            chunks.last_mut().expect("just pushed").push(value);
        }
        Slots::of_chunks(chunks)
    }
}

impl<T: Clone> std::ops::Index<u32> for Slots<T> {
    type Output = T;

    fn index(&self, slot: u32) -> &T {
        let (slot, nth) = (slot as usize, slot as usize / CHUNK);
        &self.shelves[nth / SHELF][nth % SHELF][slot % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_older_versions_as_they_were() {
        for many in [1000, (2 * SHELF * CHUNK) as u32] {
            let old: Slots<u32> = (0..many).collect();
            let mut new = old.clone();
            *new.get_mut(700) = 1;
            assert_eq!(new.push(5), many);
            assert_eq!((old[700], new[700], old.get(many), new[many]), (700, 1, None, 5));
            assert_eq!(new.differing(&old, u32::eq).collect::<Vec<_>>(), [700, many]);
            assert_eq!(old.differing(&new, u32::eq).collect::<Vec<_>>(), [700, many]);
            assert!(Arc::ptr_eq(old.shared(0).unwrap(), new.shared(0).unwrap()), "chunks nobody touched are shared");
            assert!(new.iter().copied().eq((0..700).chain([1]).chain(701..many).chain([5])));
            assert_eq!((new.iter().count(), old.iter().count()), (new.len(), many as usize));
            assert_eq!((new.chunk(1)[0], new.chunk(1 << 20).len()), (256, 0));
        }
    }

    #[test]
    fn one_pushed_after_the_other_is_the_same_as_all_at_once() {
        let many = (SHELF * CHUNK + CHUNK + 3) as u32;
        let mut pushed = Slots::default();
        (0..many).for_each(|value| _ = pushed.push(value));
        let all: Slots<u32> = (0..many).collect();
        assert_eq!((pushed.differing(&all, u32::eq).next(), pushed.len()), (None, all.len()));
        assert!(pushed.chunks().map(|(first, chunk)| (first, chunk.len())).eq(all.chunks().map(|(f, c)| (f, c.len()))));
    }
}
