//! What of a street edge is not near to any hydrant that surely has a grade.

use std::sync::Arc;

use super::super::grade::Grade;

/// Spans of an edge in millimetres along it, in order and apart.
pub type Near = Vec<(u32, u32)>;

/// What is told of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is street.
    Street,
    /// It is too far from any hydrant that may have the grade.
    TooFar(Grade),
    /// It is near to one that may have it, and to none that surely has, or nobody knows any hydrant.
    Unknown(Grade),
}

/// A part of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from_mm: u32,
    pub upto_mm: u32,
    pub what: What,
}

impl Span {
    /// A whole edge.
    pub fn whole(length_mm: u32) -> Span {
        Span { from_mm: 0, upto_mm: length_mm, what: What::Street }
    }

    pub fn length_mm(&self) -> u64 {
        u64::from(self.upto_mm - self.from_mm)
    }
}

/// What an edge lacks at each grade, by what of it is near to hydrants that surely have the grade and to those that may;
/// `None` where that is nothing.
pub fn lacking(length_mm: u32, near: &[[Near; 2]; 3], any: bool) -> Option<Arc<[Span]>> {
    let mut spans = Vec::new();
    for (grade, [sure, perhaps]) in Grade::ALL.into_iter().zip(near) {
        let open = without(&[(0, length_mm)], sure);
        let far = if any { without(&open, perhaps) } else { vec![] };
        let unknown = without(&open, &far);
        let told = |of: Near, what| of.into_iter().map(move |(from_mm, upto_mm)| Span { from_mm, upto_mm, what });
        spans.extend(told(far, What::TooFar(grade)));
        spans.extend(told(unknown, What::Unknown(grade)));
    }
    (!spans.is_empty()).then(|| spans.into())
}

/// What spans have beyond others; both in order and apart.
fn without(spans: &[(u32, u32)], others: &[(u32, u32)]) -> Near {
    let mut left = Vec::new();
    for (from, upto) in spans {
        let mut at = *from;
        for (low, high) in others.iter().filter(|(low, high)| low < upto && high > from) {
            if *low > at {
                left.push((at, *low));
            }
            at = at.max(*high);
        }
        if at < *upto {
            left.push((at, *upto));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_spans_is_what_others_do_not_hold() {
        assert_eq!(without(&[(0, 10)], &[]), [(0, 10)]);
        assert_eq!(without(&[(0, 10)], &[(0, 3), (5, 6), (9, 12)]), [(3, 5), (6, 9)]);
        assert_eq!(without(&[(0, 4), (6, 10)], &[(3, 7)]), [(0, 3), (7, 10)]);
        assert_eq!(without(&[(2, 8)], &[(0, 9)]), []);
    }
}
