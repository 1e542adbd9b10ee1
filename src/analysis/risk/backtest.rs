//! Whether fires came where the scores were high: the share of later fires in the top tenth of buildings.

/// A building before the period: its score, what it is held against, and its fires in the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Score in hundredths.
    pub score: u32,
    /// Points of height and age alone.
    pub plain: u32,
    /// Fires in the period.
    pub fires: u32,
}

/// How many of the fires fell into a choice of buildings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caught {
    /// Fires; a part of those at buildings of which only some fit in.
    pub fires: f64,
    /// Their share of all.
    pub share: f64,
    /// The share between which bounds it lies with 95 % (Wilson).
    pub between: [f64; 2],
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backtest {
    /// Buildings.
    pub buildings: usize,
    /// Fires at them.
    pub fires: u32,
    /// Buildings in the top tenth.
    pub top: usize,
    /// Fires in the top tenth by score.
    pub by_score: Caught,
    /// Fires in the top tenth by height and age.
    pub by_plain: Caught,
    /// The share that chance would give: that of the buildings.
    pub chance: f64,
}

/// Tries scores on what came after them; `None` where there is no building or no fire.
pub fn backtest(tried: &[Tried]) -> Option<Backtest> {
    let fires: u32 = tried.iter().map(|of| of.fires).sum();
    if fires == 0 {
        return None;
    }
    let top = tried.len().div_ceil(10);
    Some(Backtest {
        buildings: tried.len(),
        fires,
        top,
        by_score: caught(tried, top, fires, |of| of.score),
        by_plain: caught(tried, top, fires, |of| of.plain),
        chance: top as f64 / tried.len() as f64,
    })
}

/// Fires in the top by a measure. Of buildings that tie at its edge each counts for the part that fits in.
fn caught(tried: &[Tried], top: usize, all: u32, by: impl Fn(&Tried) -> u32) -> Caught {
    let mut measures: Vec<u32> = tried.iter().map(&by).collect();
    measures.sort_unstable_by(|a, b| b.cmp(a));
    let edge = measures.get(top.saturating_sub(1)).copied().unwrap_or_default();
    let above = measures.partition_point(|measure| *measure > edge);
    let ties = measures[above..].partition_point(|measure| *measure == edge);
    let fires = |holds: &dyn Fn(u32) -> bool| tried.iter().filter(|of| holds(by(of))).map(|of| of.fires).sum::<u32>();
    let part = (top - above) as f64 / ties.max(1) as f64;
    let fires = f64::from(fires(&|measure| measure > edge)) + f64::from(fires(&|measure| measure == edge)) * part;
    let share = fires / f64::from(all);
    Caught { fires, share, between: wilson(share, f64::from(all)) }
}

/// The interval of a share of so many (Wilson 1927), 95 %.
fn wilson(share: f64, of: f64) -> [f64; 2] {
    const Z: f64 = 1.959_963_984_540_054;
    let z2 = Z * Z / of;
    let middle = share + z2 / 2.0;
    let half = Z * (share * (1.0 - share) / of + z2 / (4.0 * of)).sqrt();
    [-1.0, 1.0].map(|side| ((middle + side * half) / (1.0 + z2)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like chance, the same everywhere.
    fn noise(n: u64) -> u32 {
        let mut z = n.wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z >> 32) % 10_000) as u32
    }

    /// Buildings of which the scored worst burn so many times as often.
    fn town(times: u32) -> Vec<Tried> {
        let one = |n: u64| {
            let score = noise(n);
            let odds = if score >= 9000 { 200 * times } else { 200 };
            Tried { score, plain: noise(n + 77_777), fires: u32::from(noise(n + 1_000_000) < odds) }
        };
        (0..20_000).map(one).collect()
    }

    #[test]
    fn a_planted_signal_is_found_and_chance_is_not_taken_for_one() {
        let told = backtest(&town(6)).expect("fires");
        assert!((told.chance - 0.1).abs() < 1e-9);
        // 0.1 · 6 / (0.1 · 6 + 0.9) = 0.4.
        assert!((told.by_score.share - 0.4).abs() < 0.05, "{told:?}");
        assert!(told.by_score.between[0] > 0.3 && told.by_plain.between[1] < 0.2, "{told:?}");
        let none = backtest(&town(1)).expect("fires");
        assert!(none.by_score.between[0] < 0.1 && none.by_score.between[1] > 0.1, "{none:?}");
    }

    #[test]
    fn ties_at_the_edge_count_for_the_part_that_fits_in() {
        let of = |score, fires| Tried { score, plain: 0, fires };
        let tried: Vec<Tried> = [of(9, 1), of(5, 2), of(5, 0)].into_iter().chain((0..17).map(|_| of(1, 1))).collect();
        let told = backtest(&tried).expect("fires");
        // Two of twenty: the first, and half of the two that tie, which have two fires together.
        assert_eq!((told.top, told.by_score.fires), (2, 2.0));
        // By nothing at all every building ties: a tenth of all fires.
        assert!((told.by_plain.share - 0.1).abs() < 1e-9);
        assert_eq!(backtest(&[of(3, 0)]), None);
    }

    #[test]
    fn the_interval_is_wilsons() {
        // Published example: 10 of 100 gives 0.0552 to 0.1744.
        let [low, high] = wilson(0.1, 100.0);
        assert!((low - 0.0552).abs() < 5e-4 && (high - 0.1744).abs() < 5e-4, "{low} {high}");
    }
}
