//! Values by slot, in chunks that versions of a city share.

use std::sync::Arc;

/// How many values a chunk holds.
pub const CHUNK: usize = 256;

/// A vector whose clone costs one reference count and whose change copies one chunk.
///
/// Slots are never reused or moved; a value that is gone is the business of its type (`Option`).
#[derive(Clone, Debug)]
pub struct Slots<T> {
    chunks: Arc<Vec<Arc<Vec<T>>>>,
    len: usize,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots { chunks: Arc::default(), len: 0 }
    }
}

impl<T: Clone> Slots<T> {
    /// Of chunks, which must hold [`CHUNK`] values each but for the last.
    pub fn of_chunks(chunks: Vec<Vec<T>>) -> Self {
        let len = chunks.iter().map(Vec::len).sum();
        debug_assert!(chunks.iter().rev().skip(1).all(|chunk| chunk.len() == CHUNK));
        Slots { chunks: Arc::new(chunks.into_iter().map(Arc::new).collect()), len }
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
        self.chunks.get(slot / CHUNK)?.get(slot % CHUNK)
    }

    /// The value of a slot, to be changed; copies its chunk where another version shares it.
    ///
    /// # Panics
    /// Past the end: slots come from this vector alone.
    pub fn get_mut(&mut self, slot: u32) -> &mut T {
        let slot = slot as usize;
        let chunks = Arc::make_mut(&mut self.chunks);
        &mut Arc::make_mut(&mut chunks[slot / CHUNK])[slot % CHUNK]
    }

    /// Adds a value; its slot.
    pub fn push(&mut self, value: T) -> u32 {
        let chunks = Arc::make_mut(&mut self.chunks);
        if self.len.is_multiple_of(CHUNK) {
            chunks.push(Arc::new(Vec::with_capacity(CHUNK)));
        }
        let last = chunks.last_mut().expect("a chunk was just made where there was none");
        Arc::make_mut(last).push(value);
        self.len += 1;
        (self.len - 1) as u32
    }

    /// All values in order of slot.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// The chunks in order, each with its first slot.
    pub fn chunks(&self) -> impl Iterator<Item = (u32, &[T])> {
        self.chunks.iter().enumerate().map(|(nth, chunk)| ((nth * CHUNK) as u32, &chunk[..]))
    }

    /// The slots in which another version has another value, or none, in order; chunks that both share are passed over.
    pub fn differing<'a>(
        &'a self,
        other: &'a Slots<T>,
        same: impl Fn(&T, &T) -> bool + 'a,
    ) -> impl Iterator<Item = u32> + 'a {
        let chunks = 0..self.chunks.len().max(other.chunks.len());
        let apart = move |nth: &usize| match (self.chunks.get(*nth), other.chunks.get(*nth)) {
            (Some(a), Some(b)) => !Arc::ptr_eq(a, b),
            _ => true,
        };
        let slots = chunks.filter(apart).flat_map(|nth| (nth * CHUNK) as u32..((nth + 1) * CHUNK) as u32);
        slots.filter(move |slot| match (self.get(*slot), other.get(*slot)) {
            (Some(a), Some(b)) => !same(a, b),
            (None, None) => false,
            _ => true,
        })
    }

    /// The values of one chunk by its number.
    pub fn chunk(&self, nth: usize) -> &[T] {
        self.chunks.get(nth).map_or(&[], |chunk| &chunk[..])
    }
}

impl<T: Clone> FromIterator<T> for Slots<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut chunks: Vec<Vec<T>> = Vec::new();
        let mut len = 0;
        for value in values {
            if len % CHUNK == 0 {
                chunks.push(Vec::with_capacity(CHUNK));
            }
            chunks.last_mut().expect("just pushed").push(value);
            len += 1;
        }
        Slots { chunks: Arc::new(chunks.into_iter().map(Arc::new).collect()), len }
    }
}

impl<T: Clone> std::ops::Index<u32> for Slots<T> {
    type Output = T;

    fn index(&self, slot: u32) -> &T {
        let slot = slot as usize;
        &self.chunks[slot / CHUNK][slot % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_older_versions_as_they_were() {
        let old: Slots<u32> = (0..1000).collect();
        let mut new = old.clone();
        *new.get_mut(700) = 1;
        assert_eq!(new.push(5), 1000);
        assert_eq!((old[700], new[700], old.get(1000), new[1000]), (700, 1, None, 5));
        assert_eq!(new.differing(&old, u32::eq).collect::<Vec<_>>(), [700, 1000]);
        assert!(Arc::ptr_eq(&old.chunks[0], &new.chunks[0]), "chunks nobody touched are shared");
        assert_eq!(new.iter().count(), new.len());
    }
}
