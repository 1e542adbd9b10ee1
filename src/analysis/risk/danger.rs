//! Open dangers: when one is open, how long it is overdue, and what D they make together.

use jiff::civil::Date;

use super::class::Judge;
use super::facts::Facts;
use super::points::{Origin, Points};
use crate::model::FeatureId;
use crate::rules::{DangerPoints, Factor, RiskModel};

/// A danger with its days, in the city's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Danger {
    /// Its number.
    pub id: FeatureId,
    /// Position of its grade, lightest first; `None` where nobody says.
    pub grade: Option<u8>,
    /// Day of the report.
    pub reported: Option<Date>,
    /// Day by which it is to be put right.
    pub due: Option<Date>,
    /// Day on which it was closed.
    pub closed: Option<Date>,
    /// Whether its state is closed.
    pub is_closed: bool,
    /// Whether it came back after it was closed.
    pub reopened: bool,
    /// Whether it is about charging e-bikes indoors.
    pub indoors: bool,
}

impl Danger {
    /// Whether it is open on a day: reported by then, and not closed. One that is closed without a day is closed.
    pub fn is_open(&self, day: Date) -> bool {
        let closed = self.closed.map_or(self.is_closed, |closed| closed <= day);
        !closed && self.reported.is_none_or(|reported| reported <= day)
    }

    /// Days beyond the day by which it was to be put right; 0 where it is not overdue or nobody said by when.
    pub fn overdue_d(&self, day: Date) -> i64 {
        self.due.map_or(0, |due| i64::from((day - due).get_days()).max(0))
    }

    /// As it stands on a day; `None` where it is not open then.
    pub fn on(&self, day: Date) -> Option<OpenDanger> {
        let Danger { id, grade, reopened, indoors, .. } = *self;
        self.is_open(day).then(|| OpenDanger { id, grade, overdue_d: self.overdue_d(day), reopened, indoors })
    }
}

/// An open danger on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenDanger {
    /// Its number.
    pub id: FeatureId,
    /// Position of its grade, lightest first; `None` where nobody says.
    pub grade: Option<u8>,
    /// Days it is overdue.
    pub overdue_d: i64,
    /// Whether it came back.
    pub reopened: bool,
    /// Whether it is about charging e-bikes indoors.
    pub indoors: bool,
}

/// Position of the gravest grade.
const MAJOR: u8 = 3;

impl OpenDanger {
    /// Whether it is of the gravest grade, as those who graded it say.
    pub fn is_major(&self) -> bool {
        self.grade == Some(MAJOR)
    }

    /// What it adds to L, in parts of 1 / (10,000 · delay_d): if its grade is light, as taken, if it is grave.
    fn loads(&self, rules: &DangerPoints) -> [u64; 3] {
        let severities = [rules.minor.0, rules.ordinary.0, rules.principal.0, rules.major.0];
        let of = |grade: u8| u64::from(severities[usize::from(grade.min(MAJOR))]);
        // What nobody graded is taken for ordinary.
        let grades = self.grade.map_or([0, 1, MAJOR], |grade| [grade; 3]);
        let delay = u64::from(rules.delay_d);
        let late = delay + delay.min(self.overdue_d.max(0) as u64);
        let again = if self.reopened { u64::from(rules.reopened.0) } else { 100 };
        grades.map(|grade| of(grade) * late * again)
    }
}

impl Facts {
    /// What the known open dangers make of D, whether or not there are others: in hundredths, if grades that nobody
    /// gave are light, as taken, if they are grave.
    fn of_dangers(&self, model: &RiskModel) -> [u32; 3] {
        let (rules, most) = (&model.dangers.open.by, model.dangers.open.most.0);
        let mut sums = [0_u64; 3];
        for danger in &self.dangers {
            sums.iter_mut().zip(danger.loads(rules)).for_each(|(sum, load)| *sum = sum.saturating_add(load));
        }
        let parts = 100.0 * 100.0 * f64::from(rules.delay_d);
        let scale = f64::from(rules.scale.0) / 100.0;
        sums.map(|sum| (f64::from(most) * (1.0 - libm::exp(-(sum as f64 / parts) / scale))).round() as u32)
    }

    /// Whether it was inspected within the period; `None` where nobody says when it was.
    pub fn is_inspected(&self, model: &RiskModel) -> bool {
        let period = i64::from(model.dangers.open.by.inspected_within_d);
        self.inspected_d.is_some_and(|days| (0..=period).contains(&days))
    }

    /// D: what the open dangers make, and half of what is left where nobody has looked.
    pub(super) fn danger_points(&self, judge: &Judge<'_>) -> Points {
        let model = judge.model;
        let most = model.head(Factor::Open).most;
        let [low, at, high] = self.of_dangers(model);
        if self.is_inspected(model) {
            let graded = self.dangers.iter().all(|danger| danger.grade.is_some());
            let origin = if graded { Origin::Observed } else { Origin::Unknown };
            return Points { low, at, high, origin };
        }
        Points { low, at: (at + most).div_ceil(2), high: most, origin: Origin::Unknown }
    }

    /// The share of each open danger in hundredths of points of the whole, by largest remainder; ties to the first.
    pub fn danger_shares(&self, model: &RiskModel, whole: u32) -> Vec<u32> {
        let loads: Vec<u128> =
            self.dangers.iter().map(|danger| u128::from(danger.loads(&model.dangers.open.by)[1])).collect();
        share_out(whole, &loads)
    }
}

/// A whole by largest remainder among parts; ties to the first. All nothing where the parts are.
pub(super) fn share_out(whole: u32, parts: &[u128]) -> Vec<u32> {
    let sum: u128 = parts.iter().sum();
    if sum == 0 {
        return vec![0; parts.len()];
    }
    let mut shares: Vec<u32> = parts.iter().map(|part| (part * u128::from(whole) / sum) as u32).collect();
    let rest = whole - shares.iter().sum::<u32>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|nth| std::cmp::Reverse(parts[*nth] * u128::from(whole) % sum));
    order.into_iter().take(rest as usize).for_each(|nth| shares[nth] += 1);
    shares
}
