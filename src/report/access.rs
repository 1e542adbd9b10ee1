//! Access, told: which vehicles get to a building, and findings with their rule, measured value and place.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::coverage::Told;
use super::table::{Column, Table};
use crate::analysis::access::{AccessFinding, Gets, Verdict};
use crate::city::{City, RowRef};
use crate::model::{FeatureId, Lang, Layer, building};
use crate::rules::{Comparator, Rule, Strength};

/// A rule as a finding cites it.
#[derive(Serialize, ToSchema)]
pub struct CitedRule {
    /// Its id in the pack.
    pub id: &'static str,
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
    /// `<=` or `>=`: how a measured value must stand to the number.
    pub comparator: &'static str,
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// `must` 应, `should` 宜, `may` 可 or `practice`.
    pub strength: &'static str,
    /// Clause; empty of a practice.
    pub clause: String,
    /// Standard and year; empty of a practice.
    pub edition: String,
    /// Day from which it holds.
    pub from: String,
    /// `clause`, `reprint`, `secondary` or `unverified`.
    pub certainty: &'static str,
}

impl CitedRule {
    fn of(id: &'static str, rule: &Rule) -> CitedRule {
        CitedRule {
            id,
            zh: rule.zh.clone(),
            en: rule.en.clone(),
            comparator: match rule.comparator {
                Comparator::AtMost => "<=",
                Comparator::AtLeast => ">=",
            },
            value: rule.value,
            unit: rule.unit.clone(),
            strength: match rule.strength {
                Strength::Must => "must",
                Strength::Should => "should",
                Strength::May => "may",
                Strength::Practice => "practice",
            },
            clause: rule.clause.clone(),
            edition: rule.edition.clone(),
            from: rule.from.to_string(),
            certainty: rule.certainty.code(),
        }
    }

    fn cited(&self) -> String {
        [&*self.edition, &*self.clause].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// A finding of access.
#[derive(Serialize, ToSchema)]
pub struct AccessRow {
    /// `below_must`, `below_should`, `below_practice`, `unknown` or `kept`. None of them is called a breach: a rule holds
    /// for what was built under its edition.
    pub verdict: &'static str,
    /// `lane`, `ladder_field` or `building`.
    pub layer: &'static str,
    /// Number of the feature.
    pub id: u64,
    /// Longitude in degrees.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
    /// The rule.
    pub rule: CitedRule,
    /// What was measured, in the rule's unit; `null` where nobody knows.
    pub measured: Option<f64>,
    /// Number of the building it is about.
    pub building: Option<u64>,
    /// Its name.
    pub building_name: Option<String>,
    /// Whether that building was built before the rule held; `null` where nobody knows.
    pub older: Option<bool>,
    /// All of it in a sentence.
    pub said: Told,
}

impl AccessRow {
    fn of(city: &City, finding: &AccessFinding) -> Option<AccessRow> {
        let rule = city.ground().access(city).rules().get(finding.rule)?;
        let rule = CitedRule::of(finding.rule.id(), rule);
        let building = finding.building.and_then(|slot| city.layer(Layer::Building).row(slot));
        let said = said(finding, &rule);
        Some(AccessRow {
            verdict: finding.verdict.code(),
            layer: finding.layer.name(),
            id: finding.id.0,
            lon: finding.place.lon_degrees(),
            lat: finding.place.lat_degrees(),
            rule,
            measured: finding.measured,
            building: building.map(|row| row.id.0),
            building_name: building.and_then(|row| name(&row)),
            older: finding.older,
            said,
        })
    }
}

fn name(row: &RowRef<'_>) -> Option<String> {
    row.attributes.text(Layer::Building, building::NAME).map(str::to_owned)
}

fn said(finding: &AccessFinding, rule: &CitedRule) -> Told {
    let (unit, unit_zh) = match rule.unit.as_str() {
        "sides" => (" sides", " 边"),
        "%" => (" %", " %"),
        _ => (" m", " m"),
    };
    let sign = if rule.comparator == "<=" { "≤" } else { "≥" };
    let (must_zh, must_en) = match rule.strength {
        "must" => ("应", "must be"),
        "should" => ("宜", "should be"),
        "may" => ("可", "may be"),
        _ => ("推荐", "is recommended"),
    };
    let (verdict_zh, verdict_en) = match finding.verdict {
        Verdict::BelowMust => ("低于“应”", "below must"),
        Verdict::BelowShould => ("低于“宜”", "below should"),
        Verdict::BelowPractice => ("低于推荐做法", "below the recommended means"),
        Verdict::Unknown => ("不明", "unknown"),
        Verdict::Kept => ("满足", "kept"),
    };
    let cited = if rule.cited().is_empty() { String::new() } else { format!("（{}）", rule.cited()) };
    let cited_en = if rule.cited().is_empty() { String::new() } else { format!(" ({})", rule.cited()) };
    let number = |n: f64| format!("{}", (n * 100.0).round() / 100.0);
    let value = number(rule.value);
    let measured = finding.measured.map(number);
    let (zh, en) = match measured {
        Some(m) => (format!("实为 {m}{unit_zh}"), format!("{m}{unit} found")),
        None => ("未量取".to_owned(), "not measured".to_owned()),
    };
    let (old_zh, old_en) = match finding.older {
        Some(true) if finding.verdict != Verdict::Kept => (
            "；建筑早于该版规范，按其建成时的规定衡量",
            "; the building is older than this edition and is held to that of its time",
        ),
        _ => ("", ""),
    };
    Told {
        zh: format!("{}{must_zh} {sign} {value}{unit_zh}{cited}，{zh}：{verdict_zh}{old_zh}。", rule.zh),
        en: format!("{} {must_en} {sign} {value}{unit}{cited_en}, {en}: {verdict_en}{old_en}.", rule.en),
    }
}

/// Findings of a city, worst first.
#[derive(Serialize, ToSchema)]
pub struct AccessTold {
    /// Findings by verdict, worst first.
    pub counts: Vec<VerdictCount>,
    /// The first of them.
    pub rows: Vec<AccessRow>,
}

/// How many findings have a verdict.
#[derive(Serialize, ToSchema)]
pub struct VerdictCount {
    /// The verdict.
    pub verdict: &'static str,
    /// How many.
    pub count: usize,
}

/// Findings of a city, worst first, at most so many.
pub fn access_told(city: &City, most: usize) -> AccessTold {
    access_told_of(city, None, None, most)
}

/// Findings of one layer, or of one of its features, or of all, worst first, at most so many.
pub fn access_told_of(city: &City, layer: Option<Layer>, id: Option<FeatureId>, most: usize) -> AccessTold {
    let all = city.ground().access(city).findings().iter();
    let wanted = |one: &&AccessFinding| layer.is_none_or(|of| one.layer == of) && id.is_none_or(|of| one.id == of);
    let findings: Vec<&AccessFinding> = all.filter(wanted).collect();
    let count = |verdict: Verdict| VerdictCount {
        verdict: verdict.code(),
        count: findings.iter().filter(|finding| finding.verdict == verdict).count(),
    };
    let rows = findings.iter().take(most).filter_map(|finding| AccessRow::of(city, finding));
    AccessTold { counts: Verdict::ALL.map(count).into(), rows: rows.collect() }
}

/// Access of one building.
#[derive(Serialize, ToSchema)]
pub struct AccessCard {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
    /// Day of the results.
    pub day: String,
    /// Revision of the store.
    pub revision: u64,
    /// How far from the building an engine may stand, in metres.
    pub within_m: f64,
    /// Whether a fire engine gets so near: `yes`, `no`, `unknown_width` (only over ways that nobody measured) or
    /// `unknown` (no way from the building to a road was found).
    pub engine: &'static str,
    /// Whether a ladder truck does.
    pub ladder_truck: &'static str,
    /// Whether an electric patrol vehicle does.
    pub e_vehicle: &'static str,
    /// Whether a ladder truck gets to its ladder field; `null` where it has none.
    pub to_ladder_field: Option<&'static str>,
    /// `housing`, `public`, `high_rise` (use not known), `no` or `unknown`.
    pub high_rise: &'static str,
    /// Findings about it, its lanes and ladder fields, worst first.
    pub findings: Vec<AccessRow>,
}

/// Access of a building; `None` where there is none of the number.
pub fn access_of_building(city: &City, id: FeatureId) -> Option<AccessCard> {
    let (slot, row) = city.layer(Layer::Building).find(id)?;
    let access = city.ground().access(city);
    let vehicles = access.vehicles(slot);
    let own = access.findings().iter().filter(|finding| finding.building == Some(slot));
    Some(AccessCard {
        id: id.0,
        name: name(&row),
        day: city.day().to_string(),
        revision: city.revision().0,
        within_m: city.travel().response.off_road_m,
        engine: vehicles.engine.code(),
        ladder_truck: vehicles.ladder.code(),
        e_vehicle: vehicles.e_vehicle.code(),
        to_ladder_field: vehicles.to_field.map(Gets::code),
        high_rise: vehicles.high_rise.code(),
        findings: own.filter_map(|finding| AccessRow::of(city, finding)).collect(),
    })
}

/// Every building with who gets to it and how many findings it has, by machine names.
pub fn access_table(city: &City) -> Table {
    let access = city.ground().access(city);
    let mut counts: HashMap<u32, [usize; 5]> = HashMap::new();
    for finding in access.findings() {
        if let Some(slot) = finding.building {
            counts.entry(slot).or_default()[finding.verdict as usize] += 1;
        }
    }
    let mut columns = vec![Column::number("id")];
    columns.extend(
        ["source_key", "name", "high_rise", "engine", "ladder_truck", "e_vehicle", "to_ladder_field"].map(Column::text),
    );
    columns.extend(Verdict::ALL.map(|verdict| Column::number(verdict.code())));
    let mut buildings: Vec<(u32, RowRef<'_>)> = city.layer(Layer::Building).iter().collect();
    buildings.sort_unstable_by_key(|(_, row)| row.id);
    let cells = |(slot, row): (u32, RowRef<'_>)| {
        let vehicles = access.vehicles(slot);
        let mut cells = vec![row.id.0.to_string(), row.source_key.to_owned(), name(&row).unwrap_or_default()];
        let words = [
            vehicles.high_rise.code(),
            vehicles.engine.code(),
            vehicles.ladder.code(),
            vehicles.e_vehicle.code(),
            vehicles.to_field.map_or("", Gets::code),
        ];
        cells.extend(words.map(str::to_owned));
        cells.extend(counts.get(&slot).copied().unwrap_or_default().map(|count| count.to_string()));
        cells
    };
    Table { rows: buildings.into_iter().map(cells).collect(), columns }
}

/// Findings as a table, worst first, of one layer or of all, by machine names and with a sentence in a language.
pub fn access_findings_table(city: &City, layer: Option<Layer>, lang: Lang) -> Table {
    let mut columns = vec![Column::text("verdict"), Column::text("layer"), Column::number("id"), Column::text("rule")];
    columns.extend(["measured", "value"].map(Column::number));
    columns.extend(["unit", "strength", "clause", "edition", "certainty", "older"].map(Column::text));
    columns.extend(["lon", "lat", "building"].map(Column::number));
    columns.extend(["building_name", "said"].map(Column::text));
    let findings = city.ground().access(city).findings().iter();
    let wanted = findings.filter(|finding| layer.is_none_or(|layer| finding.layer == layer));
    let cells = |row: AccessRow| {
        vec![
            row.verdict.to_owned(),
            row.layer.to_owned(),
            row.id.to_string(),
            row.rule.id.to_owned(),
            row.measured.map_or(String::new(), |n| n.to_string()),
            row.rule.value.to_string(),
            row.rule.unit,
            row.rule.strength.to_owned(),
            row.rule.clause,
            row.rule.edition,
            row.rule.certainty.to_owned(),
            row.older.map_or(String::new(), |older| older.to_string()),
            row.lon.to_string(),
            row.lat.to_string(),
            row.building.map_or(String::new(), |id| id.to_string()),
            row.building_name.unwrap_or_default(),
            match lang {
                Lang::Zh => row.said.zh,
                Lang::En => row.said.en,
            },
        ]
    };
    Table { columns, rows: wanted.filter_map(|finding| AccessRow::of(city, finding)).map(cells).collect() }
}

/// Findings of one layer or of all as a person reads them, worst first.
pub fn access_summary(city: &City, layer: Option<Layer>, lang: Lang) -> Table {
    let heads = [("图层", "Layer"), ("编号", "Id"), ("经度,纬度", "Lon,lat"), ("建筑", "Building"), ("说明", "What")];
    let columns =
        heads.iter().zip(0..).map(|((zh, en), nth)| Column { head: lang.pick(zh, en).to_owned(), right: nth == 1 });
    let findings = city.ground().access(city).findings().iter();
    let wanted = findings.filter(|finding| layer.is_none_or(|layer| finding.layer == layer));
    let cells = |row: AccessRow| {
        let of = Layer::named(row.layer).map_or(row.layer, |layer| lang.pick(layer.def().zh, layer.def().en));
        let building = row.building_name.or(row.building.map(|id| id.to_string()));
        vec![
            of.to_owned(),
            row.id.to_string(),
            format!("{:.5},{:.5}", row.lon, row.lat),
            building.unwrap_or_default(),
            match lang {
                Lang::Zh => row.said.zh,
                Lang::En => row.said.en,
            },
        ]
    };
    let rows = wanted.filter_map(|finding| AccessRow::of(city, finding)).map(cells).collect();
    Table { columns: columns.collect(), rows }
}
