//! Opening what the commands work on: rules, store, city.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{CommandError, Failure};
use crate::city::{City, Frame};
use crate::rules::Pack;
use crate::store::GeoPackage;

/// The pack of a name or a file.
pub fn pack(name: &str) -> Result<Arc<Pack>, Failure> {
    if let Some(pack) = Pack::built_in(name) {
        return Ok(Arc::new(pack));
    }
    let missing = |error: std::io::Error| CommandError::NoRules { name: name.to_owned(), detail: error.to_string() };
    let text = std::fs::read_to_string(name).map_err(missing)?;
    Ok(Arc::new(Pack::parse(name, &text)?))
}

/// The day it is in a time zone; in UTC where the zone is not known.
#[allow(clippy::disallowed_methods)] // The edge of the process: here the clock is read.
pub fn today(zone: &str) -> Date {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Timestamp::now().to_zoned(zone).date()
}

/// The city of a store, today.
pub fn city(store: &Path, rules: &str) -> Result<City, Failure> {
    let pack = pack(rules)?;
    let store = GeoPackage::open(store)?;
    let city = City::load(&store, Frame::new(pack.clone(), today("Asia/Shanghai"))?)?;
    let day = today(city.zone());
    Ok(city.reframe(Frame::new(pack, day)?))
}
