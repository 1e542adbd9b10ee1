//! The card of one building: every factor with its points, its input and the rule, and what would lower the score.

use serde::Serialize;
use utoipa::ToSchema;

use super::input::{InputTold, inputs};
use super::model::{care, way};
use super::points;
use crate::analysis::risk::{Facts, Measure, Membership, Points, Proposal, Scorer};
use crate::city::City;
use crate::model::{FeatureId, Layer, building, danger};
use crate::report::coverage::Told;
use crate::rules::{Factor, Part, RiskModel};

/// The score of a building and all that made it.
#[derive(Serialize, ToSchema)]
pub struct RiskCard {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
    /// Version of the model.
    pub model: String,
    /// What the score is and is not.
    pub legend: Told,
    /// Why people in one-to-one care are not counted.
    pub care: Told,
    /// Day of the results.
    pub day: String,
    /// Revision of the store: how new the data are.
    pub revision: u64,
    /// `hose` along the ground, or `straight` where there are no roads.
    pub way: &'static str,
    /// The sum, or the floor where that is higher.
    pub score: f64,
    /// The sum of the contributions.
    pub raw: f64,
    /// What the score may be, from the least to the most.
    pub between: [f64; 2],
    /// The highest floor there is.
    pub floor: Option<FloorTold>,
    /// `red`, `orange`, `yellow` or `blue`.
    pub band: String,
    /// The bands that it may be in, of the least score and of the most.
    pub bands: [String; 2],
    /// Which part of all points is known, in percent.
    pub completeness: u32,
    /// Of H, E and P alone, 0 to 100: how much was inspected does not enter it.
    pub without_d: f64,
    /// H, E, P and D, each 0 to 100.
    pub parts: Vec<PartPoints>,
    /// Its factors; their contributions sum to `raw`.
    pub factors: Vec<FactorTold>,
    /// Its open dangers; their contributions sum to that of D where all of it is known.
    pub dangers: Vec<DangerTold>,
    /// The classes that it belongs to or may belong to.
    pub classes: Vec<ClassTold>,
    /// What would lower the score, most first.
    pub measures: Vec<MeasureTold>,
}

/// A floor of a score.
#[derive(Serialize, ToSchema)]
pub struct FloorTold {
    /// `major_danger`, `no_water`, `blocked_lane` or `no_water_and_blocked_lane`.
    pub id: &'static str,
    /// What the score does not fall below.
    pub least: f64,
    /// Whether it lifts the score.
    pub lifts: bool,
}

/// A part's points.
#[derive(Serialize, ToSchema)]
pub struct PartPoints {
    /// `hazard`, `exposure`, `protection` or `dangers`.
    pub id: &'static str,
    /// 0 to 100.
    pub points: f64,
    /// What it weighs, 0 to 1.
    pub weight: f64,
}

/// A factor's points and where they come from.
#[derive(Serialize, ToSchema)]
pub struct FactorTold {
    /// Its id in the model.
    pub id: &'static str,
    /// What it is called.
    pub title: Told,
    /// The part it belongs to.
    pub part: &'static str,
    /// Points in its part.
    pub points: f64,
    /// The most it gives there.
    pub most: f64,
    /// What the points may be, from the least to the most.
    pub between: [f64; 2],
    /// What it contributes to the sum.
    pub contribution: f64,
    /// `observed`, `derived`, `default` or `unknown`; of several inputs the least sure.
    pub from: &'static str,
    /// Where a default comes from.
    pub default: Option<Told>,
    /// What it was scored from.
    pub inputs: Vec<InputTold>,
    /// Clause; empty of a practice.
    pub clause: String,
    /// Standard and year; empty of a practice.
    pub edition: String,
    /// `clause`, `reprint`, `secondary` or `unverified`.
    pub certainty: &'static str,
}

/// An open danger.
#[derive(Serialize, ToSchema)]
pub struct DangerTold {
    /// Its number.
    pub id: u64,
    /// What kind it is.
    pub kind: Option<String>,
    /// Its grade, a code of the model.
    pub grade: Option<&'static str>,
    /// Days it is overdue.
    pub overdue_d: i64,
    /// Whether it came back after it was closed.
    pub reopened: bool,
    /// Its share of what open dangers contribute.
    pub contribution: f64,
}

/// A class of a building.
#[derive(Serialize, ToSchema)]
pub struct ClassTold {
    /// Its id in the model.
    pub id: String,
    /// What it is called.
    pub title: Told,
    /// `yes` or `unknown`.
    pub is: &'static str,
    /// The fields that are missing to decide.
    pub missing: Vec<&'static str>,
}

/// A measure and what it would do.
#[derive(Serialize, ToSchema)]
pub struct MeasureTold {
    /// `close_danger`, `repair_hydrant`, `add_hydrant`, `clear_lane`, `inspect`, `find_out` and others.
    pub id: &'static str,
    /// What to do.
    pub said: Told,
    /// By how much the score falls; for what is found out, at most.
    pub falls: f64,
    /// By how much the sum falls, floors aside.
    pub raw_falls: f64,
    /// By how much the score may rise by what is found out.
    pub may_rise: f64,
    /// Whether it finds out rather than changes anything.
    pub finds_out: bool,
    /// The danger or hydrant it is about.
    pub about: Option<u64>,
}

/// The card of a building; `None` where there is none of the number.
pub fn risk_card(city: &City, id: FeatureId) -> Option<RiskCard> {
    let (slot, row) = city.layer(Layer::Building).find(id)?;
    let (facts, score, proposals) = city.risk_of(slot)?;
    let model = city.risk_model();
    let shares = Scorer::new(model).contributions(&score);
    let band = |nth: usize| model.bands.get(nth).map_or_else(String::new, |band| band.id.clone());
    let part = |part: Part| PartPoints {
        id: part.code(),
        points: points(score.parts[part as usize]),
        weight: f64::from(model.weight(part)) / 10_000.0,
    };
    let class = |decided: &crate::analysis::risk::Decided<'_, crate::rules::BuildingClass>| ClassTold {
        id: decided.class.id.clone(),
        title: Told { zh: decided.class.zh.clone(), en: decided.class.en.clone() },
        is: if decided.is == Membership::Yes { "yes" } else { "unknown" },
        missing: decided.missing.clone(),
    };
    Some(RiskCard {
        id: id.0,
        name: row.attributes.text(Layer::Building, building::NAME).map(str::to_owned),
        model: model.version.clone(),
        legend: Told { zh: model.legend.zh.clone(), en: model.legend.en.clone() },
        care: care(),
        day: city.day().to_string(),
        revision: city.revision().0,
        way: way(city),
        score: points(score.score),
        raw: points(score.raw),
        between: score.between.map(points),
        floor: score.floor.map(|(floor, least)| FloorTold {
            id: floor.code(),
            least: points(least),
            lifts: least > score.raw,
        }),
        band: band(score.band),
        bands: score.bands.map(band),
        completeness: score.completeness,
        without_d: points(score.without_d),
        parts: Part::ALL.map(part).into(),
        factors: Factor::ALL
            .into_iter()
            .filter(|of| of.is_computed())
            .map(|of| factor(&facts, (score.points[of as usize], shares[of as usize]), of, model))
            .collect(),
        dangers: dangers(city, &facts, shares[Factor::Open as usize]),
        classes: facts.classes(model).iter().map(class).collect(),
        measures: proposals.iter().map(|proposal| measure(city, proposal)).collect(),
    })
}

/// A factor with its points and what they contribute.
fn factor(facts: &Facts, (of, share): (Points, u32), factor: Factor, model: &RiskModel) -> FactorTold {
    let head = model.head(factor);
    let default = (of.origin == crate::analysis::risk::Origin::Default)
        .then(|| facts.default_for(model, factor))
        .flatten()
        .map(|default| Told { zh: default.zh.clone(), en: default.en.clone() });
    FactorTold {
        id: factor.code(),
        title: Told { zh: head.zh.to_owned(), en: head.en.to_owned() },
        part: factor.part().code(),
        points: points(of.at),
        most: points(head.most),
        between: [points(of.low), points(of.high)],
        contribution: points(share),
        from: of.origin.code(),
        default,
        inputs: inputs(facts, factor, model),
        clause: head.clause.to_owned(),
        edition: head.edition.to_owned(),
        certainty: head.certainty.code(),
    }
}

/// The open dangers, with what they contribute together.
fn dangers(city: &City, facts: &Facts, share: u32) -> Vec<DangerTold> {
    let shares = facts.danger_shares(city.risk_model(), share);
    let told = |(of, share): (&crate::analysis::risk::OpenDanger, u32)| {
        let row = city.layer(Layer::Danger).find(of.id).map(|(_, row)| row);
        DangerTold {
            id: of.id.0,
            kind: row.and_then(|row| row.attributes.text(Layer::Danger, danger::KIND)).map(str::to_owned),
            grade: of.grade.and_then(|nth| danger::GRADES.get(usize::from(nth))).map(|grade| grade.code),
            overdue_d: of.overdue_d,
            reopened: of.reopened,
            contribution: points(share),
        }
    };
    facts.dangers.iter().zip(shares).map(told).collect()
}

fn measure(city: &City, proposal: &Proposal) -> MeasureTold {
    let model = city.risk_model();
    let hydrant = |slot: u32| city.layer(Layer::Hydrant).row(slot).map(|row| row.id.0);
    let said = |zh: &str, en: &str| Told { zh: zh.to_owned(), en: en.to_owned() };
    let (said, about) = match proposal.measure {
        Measure::CloseDanger(id) => (
            Told { zh: format!("整改并销号隐患 {}", id.0), en: format!("Put right and close danger {}", id.0) },
            Some(id.0),
        ),
        Measure::RepairHydrant(slot) => {
            let id = hydrant(slot).unwrap_or_default();
            (Told { zh: format!("修复消火栓 {id}"), en: format!("Put hydrant {id} back in service") }, Some(id))
        }
        Measure::AddHydrant => (said("在楼旁增设消火栓", "Add a hydrant beside it"), None),
        Measure::ClearLane => (said("清理消防车道", "Clear the fire lane"), None),
        Measure::OpenWay => (said("打通消防车通道", "Make a way that engines pass"), None),
        Measure::MakeField => (said("设置登高操作场地", "Make a ladder field that a ladder truck reaches"), None),
        Measure::ClearField => (said("清理登高操作场地", "Clear the ladder field"), None),
        Measure::InstallSystem(nth) => {
            let names = [
                ("火灾自动报警系统", "a fire alarm"),
                ("自动喷水灭火系统", "sprinklers"),
                ("室内消火栓系统", "indoor hydrants"),
                ("防烟排烟系统", "smoke control"),
            ];
            let (zh, en) = names[usize::from(nth).min(3)];
            (Told { zh: format!("增设{zh}"), en: format!("Install {en}") }, None)
        }
        Measure::MendDevices => (said("恢复离线的物联设备", "Have all devices report"), None),
        Measure::AddPorts(ports) => {
            let many = if ports == 1 { "a charging port".to_owned() } else { format!("{ports} charging ports") };
            (Told { zh: format!("增设 {ports} 个充电端口"), en: format!("Add {many}") }, None)
        }
        Measure::RemoveGas => (said("清退液化气瓶", "Take away the gas cylinders"), None),
        Measure::ReplaceInsulation => {
            (said("更换为不燃外保温", "Replace the insulation by one that does not burn"), None)
        }
        Measure::Inspect => (said("上门检查一次", "Inspect it"), None),
        Measure::FindOut(factor) => {
            let head = model.head(factor);
            (Told { zh: format!("查明：{}", head.zh), en: format!("Find out: {}", head.en.to_lowercase()) }, None)
        }
    };
    MeasureTold {
        id: proposal.measure.code(),
        said,
        falls: points(proposal.falls),
        raw_falls: points(proposal.raw_falls),
        may_rise: points(proposal.may_rise),
        finds_out: proposal.measure.is_to_find_out(),
        about,
    }
}
