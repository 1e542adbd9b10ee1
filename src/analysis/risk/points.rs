//! Points of a factor: as taken, and between which bounds what is not known may move them.

/// Where points come from, surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The data say it.
    Observed,
    /// It follows from other data.
    Derived,
    /// Nobody says; the model's default for such buildings.
    Default,
    /// Nobody says; half of what there may be.
    Unknown,
}

impl Origin {
    /// The word in tables and API.
    pub fn code(self) -> &'static str {
        match self {
            Origin::Observed => "observed",
            Origin::Derived => "derived",
            Origin::Default => "default",
            Origin::Unknown => "unknown",
        }
    }
}

/// Points in hundredths: `low` and `high` are what they could be, `at` is what is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Points {
    /// If all that is not known is good.
    pub low: u32,
    /// As taken.
    pub at: u32,
    /// If all that is not known is bad.
    pub high: u32,
    /// Where they come from; of several inputs the least sure.
    pub origin: Origin,
}

impl Points {
    /// None, surely.
    pub const NONE: Points = Points::known(0, Origin::Observed);

    /// Known points.
    pub const fn known(at: u32, origin: Origin) -> Points {
        Points { low: at, at, high: at, origin }
    }

    /// What the data say.
    pub const fn observed(at: u32) -> Points {
        Points::known(at, Origin::Observed)
    }

    /// What follows from other data.
    pub const fn derived(at: u32) -> Points {
        Points::known(at, Origin::Derived)
    }

    /// Nobody knows: half of what there may be.
    pub const fn unknown(most: u32) -> Points {
        Points { low: 0, at: most.div_ceil(2), high: most, origin: Origin::Unknown }
    }

    /// Nobody knows: a default where there is one.
    pub fn unless_known(default: Option<u32>, most: u32) -> Points {
        match default {
            Some(at) => Points { low: 0, at: at.min(most), high: most, origin: Origin::Default },
            None => Points::unknown(most),
        }
    }

    /// Both together.
    pub fn and(self, other: Points) -> Points {
        Points {
            low: self.low + other.low,
            at: self.at + other.at,
            high: self.high + other.high,
            origin: self.origin.max(other.origin),
        }
    }

    /// These where something holds; nobody knows whether it does where `None`.
    pub fn only_if(self, holds: Option<bool>) -> Points {
        match holds {
            Some(true) => self,
            Some(false) => Points::NONE,
            None => Points { low: 0, at: self.high.div_ceil(2), high: self.high, origin: Origin::Unknown },
        }
    }
}
