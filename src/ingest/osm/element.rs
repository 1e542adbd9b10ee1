//! Elements of OpenStreetMap as the readers of its two formats hand them out, and the passes that look at them.

use std::ops::RangeInclusive;

use crate::model::Place;

/// The tags of an element, in the file's order.
#[derive(Clone, Copy, Debug)]
pub struct Tags<'a>(pub &'a [(&'a str, &'a str)]);

impl<'a> Tags<'a> {
    /// The value of a key.
    pub fn get(self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }

    /// Keys and values in one allocation, to keep.
    pub fn pack(self) -> PackedTags {
        let mut text = String::with_capacity(self.0.iter().map(|(k, v)| k.len() + v.len() + 2).sum());
        for word in self.0.iter().flat_map(|(key, value)| [key, value]) {
            text.extend(word.chars().filter(|c| *c != '\0'));
            text.push('\0');
        }
        PackedTags(text.into_boxed_str())
    }
}

/// Tags kept for later.
#[derive(Clone, Debug, Default)]
pub struct PackedTags(Box<str>);

impl PackedTags {
    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut words = self.0.split_terminator('\0');
        std::iter::from_fn(move || Some((words.next()?, words.next()?)))
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// The three kinds of element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A place.
    Node,
    /// A row of nodes.
    Way,
    /// Elements with roles.
    Relation,
}

/// What a relation holds.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The kind of element.
    pub kind: Kind,
    /// Its number among its kind.
    pub id: i64,
    /// Its role: `outer`, `inner`, `admin_centre`, or nothing.
    pub role: &'a str,
}

/// What an element is beside its number and tags.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// Where a node is; `None` where the file puts it off the earth.
    Node(Option<Place>),
    /// The nodes of a way.
    Way(&'a [i64]),
    /// The members of a relation.
    Relation(&'a [Member<'a>]),
}

/// An element.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// Its number among its kind.
    pub id: i64,
    /// Its tags.
    pub tags: Tags<'a>,
    /// The rest.
    pub body: Body<'a>,
}

/// One look through all elements of a kind. Chunks of the file are seen in parallel and joined in order.
pub trait Pass: Sync {
    /// What is found in a chunk.
    type Found: Default + Send;
    /// The kind of element it looks at.
    const KIND: Kind;
    /// Looks at an element, the `nth` of its chunk (of all kinds, from 0).
    fn see(&self, nth: u32, element: &Element<'_>, found: &mut Self::Found);
    /// Whether it looks at a chunk whose elements have numbers from the first to the last of these.
    fn wants(&self, _ids: RangeInclusive<i64>) -> bool {
        true
    }
}

/// The most nodes of a way and members of a relation; the API of OpenStreetMap stops at 2,000 and 32,000.
pub const MOST_PARTS: usize = 1_000_000;
