//! Opening what the commands work on: rules, store, city.

use std::sync::{Arc, Once};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{CommandError, Failure, RulesArg, StoreArg};
use crate::city::{City, Frame};
use crate::model::{Lang, Speak};
use crate::report::About;
use crate::rules::{BUILT_IN, Pack, RiskModel, Travel};
use crate::store::{DEFAULT_ZONE, Source, Store};

/// The pack of a name or a file, with how crews move.
pub fn pack(asked: &RulesArg) -> Result<Arc<Pack>, Failure> {
    let mut pack = named(&asked.rules)?;
    if let Some(path) = &asked.travel {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| CommandError::NoTravel { path: name.clone(), detail: error.to_string() })?;
        pack.travel = Travel::parse(&name, &text)?;
    }
    if let Some(path) = &asked.risk {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| CommandError::NoRisk { path: name.clone(), detail: error.to_string() })?;
        pack.risk = RiskModel::parse(&name, &text)?;
    }
    Ok(Arc::new(pack))
}

fn named(name: &str) -> Result<Pack, Failure> {
    if let Some(pack) = Pack::built_in(name) {
        return Ok(pack);
    }
    let known = || BUILT_IN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let missing = |error: std::io::Error| CommandError::NoRules {
        name: name.to_owned(),
        detail: error.to_string(),
        known: known(),
    };
    let text = std::fs::read_to_string(name).map_err(missing)?;
    Ok(Pack::parse(name, &text)?)
}

/// The time it is.
#[allow(clippy::disallowed_methods)] // The edge of the process: here the clock is read.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The day it is in a time zone, `None` where the zone is not known.
fn today(zone: &str) -> Option<Date> {
    Some(now().to_zoned(TimeZone::get(zone).ok()?).date())
}

fn today_utc() -> Date {
    now().to_zoned(TimeZone::UTC).date()
}

/// Tells the day in a time zone again and again; in UTC where the zone is not known, which the log says once.
pub fn day_clock() -> impl Fn(&str) -> Date + Send {
    let warned = Once::new();
    move |zone| {
        today(zone).unwrap_or_else(|| {
            warned.call_once(|| tracing::warn!("{}", CommandError::UnknownZone { zone: zone.to_owned() }));
            today_utc()
        })
    }
}

/// The city of a store, today.
pub fn city(store: &StoreArg, rules: &RulesArg, lang: Lang) -> Result<City, Failure> {
    city_of(&*store.at()?.open()?, rules, lang)
}

/// The city of an open store, today.
pub fn city_of(store: &dyn Store, rules: &RulesArg, lang: Lang) -> Result<City, Failure> {
    let pack = pack(rules)?;
    let guess = today(DEFAULT_ZONE).unwrap_or_else(today_utc);
    let city = City::load(store, Frame::new(pack.clone(), guess)?)?;
    let day = today(city.zone()).unwrap_or_else(|| {
        eprintln!("firemap: {}", CommandError::UnknownZone { zone: city.zone().to_owned() }.say(lang));
        today_utc()
    });
    Ok(city.reframe(Frame::new(pack, day)?))
}

/// What a file that is written says of the store: revision, day in the store's zone, coordinates.
pub fn about(revision: u64, zone: &str, crs: &str, lang: Lang) -> About {
    let day = today(zone).unwrap_or_else(today_utc);
    let line = |zh: &str, en: &str, text: String| (lang.pick(zh, en).to_owned(), text);
    vec![
        line("修订", "Revision", revision.to_string()),
        line("日期", "Day", day.to_string()),
        line("坐标系", "Coordinates", crs.to_owned()),
    ]
}

/// What a file that is written says of the sources of its rows.
pub fn sources(sources: &[Source], lang: Lang) -> About {
    let demo = lang.pick("（演示数据）", " (made up, to try things on)");
    let told = |source: &Source| format!("{}{}", source.attribution, if source.demo { demo } else { "" });
    let name = |source: &Source| format!("{}: {}", lang.pick("来源", "Source"), source.name);
    sources.iter().map(|source| (name(source), told(source))).collect()
}
