//! Why a building has the coverage it has, in a sentence.

use serde::Serialize;
use utoipa::ToSchema;

use crate::analysis::{Covered, Grade, Reach};
use crate::model::{Lang, Speak};
use crate::rules::Unassessed;

/// Why something is not assessed.
#[derive(Clone, Serialize, ToSchema)]
pub struct NotAssessed {
    /// `route`, `use`, `duration`, `main` or `no_field`.
    pub code: &'static str,
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

impl From<Unassessed> for NotAssessed {
    fn from(why: Unassessed) -> NotAssessed {
        NotAssessed { code: why.code(), zh: why.say(Lang::Zh), en: why.say(Lang::En) }
    }
}

/// The reason for a result, with the limit in metres of its rule; `circle_m` is where hydrants are counted though the
/// rule is not assessed.
pub fn reason(
    grade: Grade,
    reach: &Reach,
    radius_m: f64,
    circle_m: Option<f64>,
    any_hydrant: bool,
    lang: Lang,
) -> String {
    let zh = lang == Lang::Zh;
    let within = reach.within;
    let which = match (grade, zh) {
        (Grade::Nominal, true) => "消火栓",
        (Grade::Serviceable, true) => "可用消火栓",
        (Grade::Verified, true) => "经核验的消火栓",
        (Grade::Nominal, false) => "hydrants",
        (Grade::Serviceable, false) => "hydrants known to work",
        (Grade::Verified, false) => "verified hydrants",
    };
    match (reach.covered, zh) {
        (Covered::NotAssessed, _) => {
            let counted = circle_m.map_or(String::new(), |circle_m| match lang {
                Lang::Zh => format!("直线 {circle_m} m 内有{which} {within} 个。"),
                Lang::En => format!(" In a straight line of {circle_m} m: {within} {which}."),
            });
            let why = Unassessed::Route.say(lang);
            match lang {
                Lang::Zh => format!("未评估（限值 {radius_m} m）。{why}此处的直线距离只是事实。{counted}"),
                Lang::En => {
                    format!("Not assessed (limit {radius_m} m). {why} Straight distances are facts alone.{counted}")
                }
            }
        }
        _ if !any_hydrant && zh => "数据中没有任何计入的消火栓，无法判断。".to_owned(),
        _ if !any_hydrant => "No hydrant that counts is in the data, so nobody can tell.".to_owned(),
        (Covered::Whole, true) => format!("整栋建筑都在{which}的 {radius_m} m 保护半径内（{within} 个）。"),
        (Covered::Whole, false) => format!("All of it lies within {radius_m} m of {which} ({within} of them)."),
        (Covered::Part, true) => {
            format!("只有一部分在{which}的 {radius_m} m 保护半径内（{within} 个），其余部分够不到。")
        }
        (Covered::Part, false) => format!("Only a part of it lies within {radius_m} m of {which} ({within} of them)."),
        (Covered::Not, true) => format!("{radius_m} m 保护半径内没有{which}。"),
        (Covered::Not, false) => format!("There are no {which} within {radius_m} m."),
        (Covered::Unknown, true) if grade == Grade::Nominal => {
            format!("{radius_m} m 内有水源，但类型不明，不能算作{which}；需现场核实。")
        }
        (Covered::Unknown, false) if grade == Grade::Nominal => {
            format!("There is water within {radius_m} m, but of what kind nobody says, so it cannot count: look at it.")
        }
        (Covered::Unknown, true) => {
            format!("{radius_m} m 内有消火栓，但其状态或检查记录不明，不能算作{which}；需现场核实。")
        }
        (Covered::Unknown, false) => {
            format!(
                "Hydrants within {radius_m} m are of unknown state or inspection and cannot count as {which}: look at them."
            )
        }
    }
}

/// What is to be said of a municipal hydrant nearer to the wall than it should be, or within it.
pub fn remark(least_m: f64, inside: bool, lang: Lang) -> String {
    match (inside, lang) {
        (true, Lang::Zh) => "位置落在建筑轮廓之内，请核对坐标。".to_owned(),
        (true, Lang::En) => "It lies inside the footprint: check where it stands.".to_owned(),
        (false, Lang::Zh) => format!("距建筑不足 {least_m} m，火场可能无法靠近。"),
        (false, Lang::En) => format!("Under {least_m} m from the wall: a crew may not get near it in a fire."),
    }
}
