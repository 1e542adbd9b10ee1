//! Buildings in order of risk: of the score, without D, or by what is not known.

use std::cmp::Reverse;

use serde::Serialize;
use utoipa::ToSchema;

use super::model::way;
use super::points;
use crate::city::{City, RiskOf, RowRef};
use crate::model::{FeatureId, Layer, building};
use crate::report::table::{Column, Table};

/// What a ranking is by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankBy {
    /// The score.
    Score,
    /// H, E and P alone: who is inspected more has more dangers known, not more of them.
    WithoutD,
    /// What is not known: first those that it could move most bands up, then those whose score could rise most.
    Missing,
}

impl RankBy {
    /// By its word: `score`, `without_d` or `missing`.
    pub fn named(word: &str) -> Option<RankBy> {
        Some(match word {
            "score" => RankBy::Score,
            "without_d" => RankBy::WithoutD,
            "missing" => RankBy::Missing,
            _ => return None,
        })
    }

    /// The more, the earlier.
    fn rank(self, of: &RiskOf) -> (u32, u32) {
        match self {
            RankBy::Score => (of.score.into(), of.raw.into()),
            RankBy::WithoutD => (of.without_d.into(), of.score.into()),
            RankBy::Missing => (of.band.saturating_sub(of.bands[1]).into(), (of.between[1] - of.score).into()),
        }
    }
}

/// A building in a ranking.
#[derive(Serialize, ToSchema)]
pub struct RankedRow {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
    /// Its address.
    pub address: Option<String>,
    /// Score.
    pub score: f64,
    /// The sum before floors.
    pub raw: f64,
    /// What the score may be, from the least to the most.
    pub between: [f64; 2],
    /// Band.
    pub band: String,
    /// The band it could be in at worst.
    pub worst_band: String,
    /// The floor that lifts it.
    pub floor: Option<&'static str>,
    /// Which part of all points is known, in percent.
    pub completeness: u8,
    /// Of H, E and P alone.
    pub without_d: f64,
}

/// A ranking.
#[derive(Serialize, ToSchema)]
pub struct RankingTold {
    /// `score`, `without_d` or `missing`.
    pub by: String,
    /// Day of the results.
    pub day: String,
    /// Revision of the store.
    pub revision: u64,
    /// `hose` along the ground, or `straight` where there are no roads.
    pub way: &'static str,
    /// Buildings that are ranked.
    pub of: usize,
    /// The first of them.
    pub rows: Vec<RankedRow>,
}

/// Buildings of the city or of an area, at most so many, first first; `None` where there is no such area. Ties in order
/// of number.
pub fn risk_ranking(city: &City, by: &str, rank: RankBy, area: Option<FeatureId>, most: usize) -> Option<RankingTold> {
    let risk = city.risk();
    let area = match area {
        Some(id) => Some(city.layer(Layer::Area).find(id)?.0),
        None => None,
    };
    let held = |slot: u32| area.is_none_or(|area| city.results().building_areas(slot).slots().any(|of| of == area));
    let here = city.layer(Layer::Building).iter().filter(|(slot, _)| held(*slot));
    let mut all: Vec<_> = here.map(|(slot, row)| (Reverse(rank.rank(risk.of(slot))), row.id, slot)).collect();
    let of = all.len();
    if most < of {
        all.select_nth_unstable(most);
        all.truncate(most);
    }
    all.sort_unstable();
    let rows = all.into_iter().filter_map(|(_, _, slot)| {
        let row = city.layer(Layer::Building).row(slot)?;
        Some(ranked(city, &row, risk.of(slot)))
    });
    let (day, revision) = (city.day().to_string(), city.revision().0);
    Some(RankingTold { by: by.to_owned(), day, revision, way: way(city), of, rows: rows.collect() })
}

fn ranked(city: &City, row: &RowRef<'_>, of: &RiskOf) -> RankedRow {
    let bands = &city.risk_model().bands;
    let band = |nth: u8| bands.get(usize::from(nth)).map_or_else(String::new, |band| band.id.clone());
    let text = |ix| row.attributes.text(Layer::Building, ix).map(str::to_owned);
    RankedRow {
        id: row.id.0,
        name: text(building::NAME),
        address: text(building::ADDRESS),
        score: points(of.score),
        raw: points(of.raw),
        between: of.between.map(points),
        band: band(of.band),
        worst_band: band(of.bands[1]),
        floor: of.floor.map(|floor| floor.code()),
        completeness: of.completeness,
        without_d: points(of.without_d),
    }
}

/// Every building with its score, worst first, by machine names.
pub fn risk_table(city: &City) -> Table {
    let mut columns = vec![Column::number("id")];
    columns.extend(["source_key", "name", "address"].map(Column::text));
    columns.push(Column::number("score"));
    columns.push(Column::text("band"));
    columns.push(Column::number("raw"));
    columns.push(Column::text("floor"));
    columns.extend(["low", "high"].map(Column::number));
    columns.push(Column::text("worst_band"));
    columns.extend(["completeness", "hazard", "exposure", "protection", "dangers", "without_d"].map(Column::number));
    let risk = city.risk();
    let mut rows: Vec<(u32, RowRef<'_>)> = city.layer(Layer::Building).iter().collect();
    rows.sort_unstable_by_key(|(slot, row)| (Reverse(RankBy::Score.rank(risk.of(*slot))), row.id));
    let cells = |(slot, row): (u32, RowRef<'_>)| {
        let of = risk.of(slot);
        let told = ranked(city, &row, of);
        let number = |n: f64| format!("{n:.2}");
        let mut cells = vec![
            told.id.to_string(),
            row.source_key.to_owned(),
            told.name.unwrap_or_default(),
            told.address.unwrap_or_default(),
            number(told.score),
            told.band,
            number(told.raw),
            told.floor.unwrap_or_default().to_owned(),
            number(told.between[0]),
            number(told.between[1]),
            told.worst_band,
            told.completeness.to_string(),
        ];
        cells.extend(of.parts.map(|part| number(points(part))));
        cells.push(number(told.without_d));
        cells
    };
    Table { columns, rows: rows.into_iter().map(cells).collect() }
}
