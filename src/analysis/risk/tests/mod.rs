//! What must hold of every score, buildings reckoned by hand, and what decides a class or an open danger.

mod by_hand;
mod properties;

use jiff::civil::date;

use super::*;
use crate::analysis::Grade;
use crate::analysis::access::Gets;
use crate::model::{FeatureId, building};
use crate::rules::{Factor, RiskModel};

fn model() -> &'static RiskModel {
    static MODEL: std::sync::OnceLock<RiskModel> = std::sync::OnceLock::new();
    MODEL.get_or_init(RiskModel::built_in)
}

fn score(facts: &Facts) -> Score {
    Scorer::new(model()).score(facts)
}

fn danger(id: u64, grade: Option<u8>, overdue_d: i64) -> OpenDanger {
    OpenDanger { id: FeatureId(id), grade, overdue_d, reopened: false, indoors: false }
}

fn hydrant(slot: u32, grade: Grade, way_mm: u32) -> Candidate {
    Candidate { slot, grade, way_mm }
}

fn with(facts: &Facts, change: impl FnOnce(&mut Facts)) -> Facts {
    let mut changed = facts.clone();
    change(&mut changed);
    changed
}

#[test]
fn over_and_at_least_are_kept_as_written() {
    let housing =
        |mm| Facts { usage: Some("residential"), height_mm: Some(mm), floors: Some(9), ..Facts::unknown(2026, 1) };
    let class = |facts: &Facts| {
        let classes = facts.classes(model());
        classes.iter().filter(|of| of.is == Membership::Yes).map(|of| of.class.id.clone()).collect::<Vec<_>>()
    };
    assert!(class(&housing(27_000)).is_empty());
    assert_eq!(class(&housing(27_001)), ["high_rise_housing"]);
    let unknown = Facts { usage: Some("office"), ..Facts::unknown(2026, 1) };
    let told = unknown.classes(model());
    assert!(told.iter().any(|of| of.class.id == "high_rise_public" && of.missing == ["floors_above", "height_m"]));
    let place =
        |above, rooms| PlaceFacts { class: Some("宾馆".into()), area: [above, None], rooms, systems: [None; 4] };
    let of =
        |place: &PlaceFacts| place_classes(place, model()).iter().map(|of| of.class.id.clone()).collect::<Vec<_>>();
    assert_eq!(of(&place(None, Some(50))), ["hotel"]);
    assert_eq!(of(&place(None, Some(51))), ["key_hotel", "hotel"]);
}

#[test]
fn a_danger_is_open_from_its_report_until_it_is_closed() {
    let danger = Danger {
        id: FeatureId(1),
        grade: Some(1),
        reported: Some(date(2026, 3, 1)),
        due: Some(date(2026, 3, 10)),
        closed: Some(date(2026, 4, 1)),
        is_closed: true,
        reopened: false,
        indoors: false,
    };
    let open = |day| danger.is_open(day);
    assert!(!open(date(2026, 2, 28)) && open(date(2026, 3, 1)) && open(date(2026, 3, 31)) && !open(date(2026, 4, 1)));
    assert_eq!((danger.overdue_d(date(2026, 3, 10)), danger.overdue_d(date(2026, 3, 11))), (0, 1));
    assert!(!Danger { closed: None, ..danger }.is_open(date(2026, 3, 5)), "closed without a day is closed");
}
