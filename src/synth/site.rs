//! A lot being built on: houses set one by one or in rows, wherever there is room.

use super::blocks::Block;
use super::footprints::{Footprint, Form, Lot};
use super::outline::{direction, dot, offset};
use super::plan::distance;
use super::rng::Rng;
use super::terrain::Xy;

/// A house before it has a number.
#[derive(Clone, Debug)]
pub struct House {
    /// Its parts; more than one where wings of one house stand apart.
    pub parts: Vec<Footprint>,
    /// Its middle.
    pub middle: Xy,
    /// Direction of its width.
    pub along: Xy,
    /// Width and depth in metres.
    pub size: (f64, f64),
    /// The model's word for its use.
    pub usage: &'static str,
    /// Floors above ground.
    pub floors: i64,
    /// Year built.
    pub year: i64,
    /// The block it stands in, by position in the quarter.
    pub block: usize,
}

/// How houses stand in rows: depth of a house, its width, the gap beside it and the space behind it, each least and
/// most, in metres.
#[derive(Clone, Copy)]
pub struct Rows {
    pub depth: (f64, f64),
    pub width: (f64, f64),
    pub gap: (f64, f64),
    pub behind: (f64, f64),
}

/// The kind of a house: its use, floors and year.
pub type Kind = (&'static str, i64, i64);

/// The direction of a block's longest side, sides bending little counted as one; the contour's where it is longer.
pub fn frontage(block: &Block, contour: Xy) -> Xy {
    let n = block.len();
    let turn = |k: usize| {
        let (a, b, c) = (block[(k + n - 1) % n].at, block[k].at, block[(k + 1) % n].at);
        dot(direction(a, b), direction(b, c))
    };
    let sharp: Vec<usize> = (0..n).filter(|&k| turn(k) < 0.86).collect();
    let longest = (0..sharp.len())
        .map(|k| (block[sharp[k]].at, block[sharp[(k + 1) % sharp.len()]].at))
        .max_by(|a, b| distance(a.0, a.1).total_cmp(&distance(b.0, b.1)));
    match longest {
        Some((a, b)) => {
            let side = direction(a, b);
            if dot(side, contour) < 0.0 { [-side[0], -side[1]] } else { side }
        }
        None => contour,
    }
}

/// A lot being built on.
pub struct Site<'a> {
    pub lot: &'a mut Lot,
    pub along: Xy,
    pub block: usize,
    pub houses: &'a mut Vec<House>,
    pub chance: Rng,
}

impl Site<'_> {
    /// Extent of the lot along its frontage and across: least and most of each.
    pub fn extent(&self) -> [(f64, f64); 2] {
        [self.along, [-self.along[1], self.along[0]]].map(|axis| {
            self.lot.ring().iter().map(|p| dot(*p, axis)).fold((f64::MAX, f64::MIN), |(l, h), s| (l.min(s), h.max(s)))
        })
    }

    pub fn at(&self, x: f64, y: f64) -> Xy {
        offset([0.0; 2], self.along, x, y)
    }

    /// Sets a house if there is room.
    pub fn set(&mut self, form: Form, middle: Xy, along: Xy, gap: f64, kind: Kind) -> bool {
        let (w, d) = form.size();
        if !self.lot.may_fit(middle, w.min(d) * 0.45) {
            return false;
        }
        let footprint = form.stand(middle, along);
        let stands = self.lot.take(&footprint.ring, gap);
        if stands {
            let (usage, floors, year) = kind;
            let house = House {
                parts: vec![footprint],
                middle,
                along,
                size: form.size(),
                usage,
                floors,
                year,
                block: self.block,
            };
            self.houses.push(house);
        }
        stands
    }

    /// Fills what is free with rows of houses along the frontage.
    pub fn rows(&mut self, rows: Rows, make: &mut dyn FnMut(f64, f64, &mut Rng) -> (Form, Kind)) {
        let [(west, east), (south, north)] = self.extent();
        let mut y = south + self.chance.between(1.0, 4.0);
        while y < north {
            let depth = self.chance.between(rows.depth.0, rows.depth.1);
            let mut x = west;
            let mut any = false;
            let mut next = self.chance.between(rows.width.0, rows.width.1);
            while x + rows.width.0 < east {
                let (form, kind) = make(next, depth, &mut self.chance);
                let (w, d) = form.size();
                let middle = self.at(x + w / 2.0, y + d / 2.0);
                let gap = rows.gap.0.max(0.6);
                if self.set(form, middle, self.along, gap, kind) {
                    any = true;
                    x += w + self.chance.between(rows.gap.0, rows.gap.1);
                    next = self.chance.between(rows.width.0, rows.width.1);
                } else {
                    // A smaller house may do where this one did not.
                    next = if next > rows.width.0 * 1.15 { rows.width.0 } else { next };
                    x += (0.2 * rows.width.0).max(3.0);
                }
            }
            y += if any {
                depth + self.chance.between(rows.behind.0, rows.behind.1)
            } else {
                (0.25 * rows.depth.0).max(3.0)
            };
        }
    }
}
