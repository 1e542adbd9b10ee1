//! Which migrations a store still needs: the same numbers and names for every kind of store.
//!
//! A store keeps the number of its last migration. A migration is never edited; the next one is added. Running the
//! SQL is the business of the store; the choice is made here.

/// One step of a store's structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its number, counted from 1 without holes.
    pub number: u32,
    /// Its name, the same for every kind of store.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
}

/// The migrations after a schema version, in order; `None` where the store is newer than all of them.
pub fn pending(all: &[Migration], found: u32) -> Option<&[Migration]> {
    all.get(found as usize..)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Migration; 2] =
        [Migration { number: 1, name: "one", sql: "" }, Migration { number: 2, name: "two", sql: "" }];

    #[test]
    fn a_store_gets_what_it_lacks_and_a_newer_one_nothing() {
        assert_eq!(pending(&ALL, 0), Some(&ALL[..]));
        assert_eq!(pending(&ALL, 1), Some(&ALL[1..]));
        assert_eq!(pending(&ALL, 2), Some(&ALL[2..]));
        assert_eq!(pending(&ALL, 3), None);
    }
}
