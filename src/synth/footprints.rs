//! Footprints: the shapes that houses have, and lots on which they stand clear of streets and of one another.

use super::blocks::Corner;
use super::outline::{bounds, cross_each_other, offset, sides, to_segment, within};
use super::terrain::Xy;

/// Outer ring and courtyards of a house, in metres, rings open.
#[derive(Clone, Debug)]
pub struct Footprint {
    /// The outer ring, to the left around it.
    pub ring: Vec<Xy>,
    /// A courtyard, if it has one.
    pub court: Option<Vec<Xy>>,
}

/// A shape of house around its own middle: width along the street, depth away from it.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A plain box or slab.
    Slab(f64, f64),
    /// An L with wings so thick.
    Angle(f64, f64, f64),
    /// A U open towards the street, with wings so thick.
    Horseshoe(f64, f64, f64),
    /// A ring around a courtyard, with wings so thick.
    Court(f64, f64, f64),
    /// A tower with four recesses of a depth.
    Cross(f64, f64, f64),
    /// A tower with two recesses.
    Waist(f64, f64, f64),
    /// A box with its corners cut off.
    Chamfer(f64, f64, f64),
    /// A slab whose second half stands back by so much.
    Step(f64, f64, f64),
    /// A spine with three wings of a thickness.
    Comb(f64, f64, f64),
}

impl Form {
    /// Width and depth.
    pub fn size(self) -> (f64, f64) {
        match self {
            Form::Slab(w, d)
            | Form::Angle(w, d, _)
            | Form::Horseshoe(w, d, _)
            | Form::Court(w, d, _)
            | Form::Cross(w, d, _)
            | Form::Waist(w, d, _)
            | Form::Chamfer(w, d, _)
            | Form::Step(w, d, _)
            | Form::Comb(w, d, _) => (w, d),
        }
    }

    /// The house on the ground: its middle and the direction of its width.
    pub fn stand(self, middle: Xy, along: Xy) -> Footprint {
        let (w, d) = self.size();
        let (x, y) = (w / 2.0, d / 2.0);
        let ring: Vec<Xy> = match self {
            Form::Slab(..) | Form::Court(..) => vec![[-x, -y], [x, -y], [x, y], [-x, y]],
            Form::Angle(_, _, t) => vec![[-x, -y], [x, -y], [x, -y + t], [-x + t, -y + t], [-x + t, y], [-x, y]],
            Form::Horseshoe(_, _, t) => {
                vec![[-x, -y], [-x + t, -y], [-x + t, y - t], [x - t, y - t], [x - t, -y], [x, -y], [x, y], [-x, y]]
            }
            Form::Cross(_, _, t) => vec![
                [-x + t, -y],
                [x - t, -y],
                [x - t, -y + t],
                [x, -y + t],
                [x, y - t],
                [x - t, y - t],
                [x - t, y],
                [-x + t, y],
                [-x + t, y - t],
                [-x, y - t],
                [-x, -y + t],
                [-x + t, -y + t],
            ],
            Form::Waist(_, _, t) => vec![
                [-x, -y],
                [-x / 3.0, -y],
                [-x / 3.0, -y + t],
                [x / 3.0, -y + t],
                [x / 3.0, -y],
                [x, -y],
                [x, y],
                [x / 3.0, y],
                [x / 3.0, y - t],
                [-x / 3.0, y - t],
                [-x / 3.0, y],
                [-x, y],
            ],
            Form::Chamfer(_, _, t) => vec![
                [-x + t, -y],
                [x - t, -y],
                [x, -y + t],
                [x, y - t],
                [x - t, y],
                [-x + t, y],
                [-x, y - t],
                [-x, -y + t],
            ],
            Form::Step(_, _, t) => {
                vec![[-x, -y], [0.0, -y], [0.0, -y + t], [x, -y + t], [x, y], [0.0, y], [0.0, y - t], [-x, y - t]]
            }
            Form::Comb(_, _, t) => vec![
                [-x, -y],
                [-x + t, -y],
                [-x + t, y - t],
                [-t / 2.0, y - t],
                [-t / 2.0, -y],
                [t / 2.0, -y],
                [t / 2.0, y - t],
                [x - t, y - t],
                [x - t, -y],
                [x, -y],
                [x, y],
                [-x, y],
            ],
        };
        let court = match self {
            Form::Court(_, _, t) => Some(vec![[-x + t, -y + t], [-x + t, y - t], [x - t, y - t], [x - t, -y + t]]),
            _ => None,
        };
        let turn = |ring: Vec<Xy>| ring.into_iter().map(|p| offset(middle, along, p[0], p[1])).collect();
        Footprint { ring: turn(ring), court: court.map(turn) }
    }
}

/// A block as ground to build on.
#[derive(Clone, Debug)]
pub struct Lot {
    corners: Vec<Xy>,
    /// How far from each side a house must stay: half the street and its pavement.
    clear: Vec<f64>,
    taken: Vec<(Vec<Xy>, [f64; 4])>,
}

impl Lot {
    /// The ground of a block.
    pub fn new(block: &[Corner]) -> Lot {
        Lot {
            corners: block.iter().map(|corner| corner.at).collect(),
            clear: block.iter().map(|corner| corner.way.width_m() / 2.0 + corner.way.pavement_m()).collect(),
            taken: Vec::new(),
        }
    }

    /// The block's corners.
    pub fn ring(&self) -> &[Xy] {
        &self.corners
    }

    /// A quick look whether a house around this middle, `radius` metres to its nearest side, may stand here at all.
    pub fn may_fit(&self, middle: Xy, radius: f64) -> bool {
        let taken = |b: &[f64; 4]| {
            let inner = 0.25 * (b[2] - b[0]).min(b[3] - b[1]);
            (middle[0] - (b[0] + b[2]) / 2.0).abs() < inner && (middle[1] - (b[1] + b[3]) / 2.0).abs() < inner
        };
        within(&self.corners, middle)
            && !self.taken.iter().any(|(_, bounds)| taken(bounds))
            && self.clear.iter().enumerate().all(|(k, far)| {
                let (a, b) = (self.corners[k], self.corners[(k + 1) % self.corners.len()]);
                to_segment(middle, a, b) >= far + radius
            })
    }

    /// Whether something of this outline stands within the block, `gap` metres from what stands there already.
    pub fn fits(&self, ring: &[Xy], gap: f64) -> bool {
        self.is_within(ring) && self.is_free(ring, gap)
    }

    /// Sides and corners of the block that lie away from the outline's box need no closer look.
    fn is_within(&self, ring: &[Xy]) -> bool {
        if !within(&self.corners, ring[0]) {
            return false;
        }
        let [w, s, e, n] = bounds(ring);
        let count = self.corners.len();
        (0..count).all(|k| {
            let (a, b, far) = (self.corners[k], self.corners[(k + 1) % count], self.clear[k]);
            let away = a[0].max(b[0]) < w - far
                || a[0].min(b[0]) > e + far
                || a[1].max(b[1]) < s - far
                || a[1].min(b[1]) > n + far;
            away || ring.iter().all(|p| to_segment(*p, a, b) >= far)
                && sides(ring).all(|(p, q)| !cross_each_other(a, b, p, q))
        }) && self.corners.iter().zip(&self.clear).all(|(corner, far)| {
            let away = corner[0] < w - far || corner[0] > e + far || corner[1] < s - far || corner[1] > n + far;
            away || sides(ring).all(|(p, q)| to_segment(*corner, p, q) >= *far)
        })
    }

    fn is_free(&self, ring: &[Xy], gap: f64) -> bool {
        let [w, s, e, n] = bounds(ring);
        self.taken.iter().all(|(other, [ow, os, oe, on])| {
            let apart = *ow > e + gap || *oe < w - gap || *os > n + gap || *on < s - gap;
            apart || is_apart(ring, other, gap)
        })
    }

    /// Takes the ground if it is free.
    pub fn take(&mut self, ring: &[Xy], gap: f64) -> bool {
        let fits = self.fits(ring, gap);
        if fits {
            self.taken.push((ring.to_vec(), bounds(ring)));
        }
        fits
    }

    /// Whether a line keeps `gap` metres from all that stands in the block.
    pub fn is_open(&self, a: Xy, b: Xy, gap: f64) -> bool {
        self.taken.iter().all(|(ring, _)| {
            sides(ring).all(|(p, q)| {
                !cross_each_other(a, b, p, q)
                    && to_segment(p, a, b) >= gap
                    && to_segment(a, p, q) >= gap
                    && to_segment(b, p, q) >= gap
            })
        })
    }
}

fn is_apart(one: &[Xy], other: &[Xy], gap: f64) -> bool {
    !within(other, one[0])
        && !within(one, other[0])
        && sides(one).all(|(a, b)| {
            sides(other)
                .all(|(c, d)| !cross_each_other(a, b, c, d) && to_segment(a, c, d) >= gap && to_segment(c, a, b) >= gap)
        })
}
