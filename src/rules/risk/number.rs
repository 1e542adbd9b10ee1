//! Numbers of the risk model as whole numbers, so that every machine gives the same: decimals, curves and limits.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A decimal as so many parts of one; a number that is not one exactly is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Decimal<const PARTS: u32>(pub u32);

/// Points in hundredths.
pub type Hundredths = Decimal<100>;
/// Inputs of curves, in thousandths of their unit.
pub type Thousandths = Decimal<1000>;
/// Shares and weights, in ten-thousandths.
pub type Share = Decimal<10_000>;

impl<const PARTS: u32> Decimal<PARTS> {
    /// As a number to be shown.
    pub fn shown(self) -> f64 {
        f64::from(self.0) / f64::from(PARTS)
    }
}

impl<'de, const PARTS: u32> Deserialize<'de> for Decimal<PARTS> {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let written = f64::deserialize(de)?;
        let parts = (written * f64::from(PARTS)).round();
        // The nearest number to parts ÷ PARTS is the one that a decimal of so many digits is read as.
        let fits = (0.0..=4.0e9).contains(&parts) && parts / f64::from(PARTS) == written;
        if fits {
            return Ok(Decimal(parts as u32));
        }
        let digits = PARTS.ilog10();
        Err(de::Error::custom(format!("{written} is no number from 0 on with at most {digits} decimals")))
    }
}

impl<const PARTS: u32> Serialize for Decimal<PARTS> {
    fn serialize<S: Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        ser.serialize_f64(self.shown())
    }
}

/// Points by an input, with straight lines between: never fewer for a larger input.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Curve(Vec<(Thousandths, Hundredths)>);

impl Curve {
    /// Hundredths of a point of an input in thousandths. What is below the first or above the last stays there.
    pub fn at(&self, input: i64) -> u32 {
        let Some((first, last)) = self.0.first().zip(self.0.last()) else { return 0 };
        if input <= i64::from(first.0.0) {
            return first.1.0;
        }
        let pairs = self.0.windows(2).map(|pair| (pair[0], pair[1]));
        for ((from, low), (to, high)) in pairs {
            let (from, to) = (i64::from(from.0), i64::from(to.0));
            if input < to {
                let (low, high) = (i64::from(low.0), i64::from(high.0));
                return (low + (2 * (high - low) * (input - from) + (to - from)) / (2 * (to - from))) as u32;
            }
        }
        last.1.0
    }

    /// Why it is no curve of at most so many hundredths; `None` where it is one.
    pub(super) fn fault(&self, most: u32) -> Option<&'static str> {
        let goes_back = |pair: &[(Thousandths, Hundredths)]| pair[1].0 <= pair[0].0 || pair[1].1 < pair[0].1;
        if self.0.is_empty() {
            return Some("a curve has one point at least");
        }
        if self.0.windows(2).any(goes_back) {
            return Some("a curve goes back: inputs must grow, and points must not fall with them");
        }
        (self.0.last().map(|(_, points)| points.0) != Some(most))
            .then_some("a curve must end at the most points that it can give")
    }
}

/// A limit as it is written: `> 24`, `>= 1000`, `< 2000` or `<= 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    sign: Sign,
    /// In thousandths.
    value: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Over,
    AtLeast,
    Under,
    AtMost,
}

const SIGNS: [(&str, Sign); 4] = [(">=", Sign::AtLeast), ("<=", Sign::AtMost), (">", Sign::Over), ("<", Sign::Under)];

impl Limit {
    /// Whether a number in thousandths is within it.
    pub fn holds(self, thousandths: i64) -> bool {
        match self.sign {
            Sign::Over => thousandths > self.value,
            Sign::AtLeast => thousandths >= self.value,
            Sign::Under => thousandths < self.value,
            Sign::AtMost => thousandths <= self.value,
        }
    }

    /// As it is written.
    pub fn written(self) -> String {
        let sign = SIGNS.iter().find(|(_, sign)| *sign == self.sign).map_or("", |(text, _)| text);
        format!("{sign} {}", self.value as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let text = String::deserialize(de)?;
        let sign = SIGNS.iter().find(|(written, _)| text.starts_with(written));
        let read = sign.and_then(|(written, sign)| {
            let number: f64 = text[written.len()..].trim().parse().ok()?;
            let value = (number * 1000.0).round();
            (0.0..=1e12).contains(&value).then_some(Limit { sign: *sign, value: value as i64 })
        });
        read.ok_or_else(|| de::Error::custom(format!("{text} is no limit; write such as \"> 24\" or \">= 1000\"")))
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        ser.serialize_str(&self.written())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Row {
        curve: Curve,
        limit: Limit,
        share: Share,
    }

    fn row(text: &str) -> Result<Row, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_curve_is_straight_between_its_points_and_stays_beyond_them() {
        let row = row("curve = [[0, 0], [10, 2.5], [20, 15]]\nlimit = \"> 24\"\nshare = 0.2").expect("read");
        assert_eq!(
            [-5, 0, 5_000, 10_000, 15_000, 20_000, 99_000].map(|x| row.curve.at(x)),
            [0, 0, 125, 250, 875, 1500, 1500]
        );
        assert_eq!(row.share, Decimal(2000));
        assert_eq!((row.limit.holds(24_000), row.limit.holds(24_001)), (false, true));
        assert_eq!(row.limit.written(), "> 24");
    }

    #[test]
    fn what_is_not_exact_or_no_limit_is_refused() {
        let text = |limit: &str, share: &str| format!("curve = [[0, 0]]\nlimit = \"{limit}\"\nshare = {share}");
        assert!(row(&text("> 24", "0.20001")).is_err_and(|said| said.contains("4 decimals")));
        assert!(row(&text("24", "0.2")).is_err_and(|said| said.contains("no limit")));
        assert!(row(&text("> -3", "0.2")).is_err());
    }
}
