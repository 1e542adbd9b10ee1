//! Names out of syllables: of no real place and no real person.

use super::recipe::shares;
use super::rng::{Rng, hash};

fn nth(of: &str, n: u64) -> char {
    let count = of.chars().count() as u64;
    of.chars().nth((n % count) as usize).expect("the recipe's syllables are not empty")
}

/// Two syllables of a place, the same for the same parts.
pub fn place(parts: &[u64]) -> String {
    let (names, h) = (&shares().names, hash(parts));
    [nth(&names.heads, h), nth(&names.tails, h >> 20)].iter().collect()
}

/// A street's own name, without what kind of street it is.
pub fn street(parts: &[u64]) -> String {
    let (names, h) = (&shares().names, hash(parts));
    let second = if h & 1 == 0 { nth(&names.tails, h >> 20) } else { nth(&names.streets, h >> 20) };
    [nth(&names.heads, h >> 4), second].iter().collect()
}

/// An estate's name.
pub fn estate(parts: &[u64]) -> String {
    let (names, h) = (&shares().names, hash(parts));
    let ending = &names.estates[(h >> 8) as usize % names.estates.len()];
    format!("{}{}{ending}", nth(&names.heads, h >> 16), nth(&names.streets, h >> 28))
}

/// Who manages an estate.
pub fn manager(parts: &[u64]) -> &'static str {
    let managers = &shares().names.managers;
    &managers[hash(parts) as usize % managers.len()]
}

/// Somebody to ask, who is nobody.
pub fn contact(chance: &mut Rng) -> String {
    let of: Vec<char> = shares().names.contacts.chars().collect();
    format!("联系人{}", chance.pick(&of))
}
