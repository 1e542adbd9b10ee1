//! Chance that is the same on every machine: numbers drawn from a seed, and smooth noise over the ground.
//!
//! SplitMix64 (Steele, Lea, Flood 2014). Only whole numbers, addition and multiplication: no processor rounds
//! otherwise.

/// A stream of chance.
#[derive(Clone, Debug)]
pub struct Rng(u64);

/// One number out of several: where a stream starts, and the chance of a thing that has a number.
pub fn hash(parts: &[u64]) -> u64 {
    parts.iter().fold(0x243F_6A88_85A3_08D3, |h, part| mix(h ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Rng {
    /// The stream of these numbers.
    pub fn of(parts: &[u64]) -> Rng {
        Rng(hash(parts))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number in 0…1, 1 left out.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number between two.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number from low to high, both included.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        low + (self.bits() % (high - low + 1) as u64) as i64
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, of_a_hundred: u32) -> bool {
        self.bits() % 100 < u64::from(of_a_hundred)
    }

    /// One of some.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[(self.bits() % of.len() as u64) as usize]
    }
}

fn lattice(seed: u64, x: i64, y: i64) -> f64 {
    (hash(&[seed, x as u64, y as u64]) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn ease(t: f64) -> f64 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// Smooth noise over a line in −1…1, with a bump about every 2.
pub fn noise1(seed: u64, x: f64) -> f64 {
    let (ix, t) = (x.floor() as i64, ease(x - x.floor()));
    lattice(seed, ix, 0) * (1.0 - t) + lattice(seed, ix + 1, 0) * t
}

/// Smooth noise over a plane in −1…1, with a bump about every 2.
pub fn noise2(seed: u64, x: f64, y: f64) -> f64 {
    let (ix, iy) = (x.floor() as i64, y.floor() as i64);
    let (tx, ty) = (ease(x - x.floor()), ease(y - y.floor()));
    let low = lattice(seed, ix, iy) * (1.0 - tx) + lattice(seed, ix + 1, iy) * tx;
    let high = lattice(seed, ix, iy + 1) * (1.0 - tx) + lattice(seed, ix + 1, iy + 1) * tx;
    low * (1.0 - ty) + high * ty
}
