//! Findings as groups of one kind and layer, and as rows.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::words::words;
use crate::analysis::check::{Finding, Kind, Severity};
use crate::analysis::{Covered, Grade};
use crate::city::City;
use crate::model::{Lang, Layer, Place};
use crate::report::coverage::Told;
use crate::report::{Column, Table};

/// One finding, told.
#[derive(Serialize)]
pub struct FoundRow {
    /// The feature's number.
    pub id: u64,
    /// Its source.
    pub source: String,
    /// Its key there.
    pub source_key: String,
    /// Longitude in degrees; `null` of a row without a shape.
    pub lon: Option<f64>,
    /// Latitude in degrees; `null` of a row without a shape.
    pub lat: Option<f64>,
    /// The figures that make it a finding.
    pub values: Map<String, Value>,
    /// The level, name or code it is about.
    pub note: Option<String>,
    /// The layer of the other feature it is about.
    pub other_layer: Option<&'static str>,
    /// That feature's number.
    pub other_id: Option<u64>,
    /// That feature's key.
    pub other_key: Option<String>,
}

/// Findings that are told one by one, so that a million of them take no room.
pub struct Rows<'a> {
    city: &'a City,
    findings: &'a [Finding],
}

impl Rows<'_> {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = FoundRow> + '_ {
        self.findings.iter().map(|finding| row(self.city, finding))
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// All findings of one kind in one layer.
#[derive(Serialize)]
pub struct Group<'a> {
    /// The kind.
    pub code: &'static str,
    /// `contradiction`, `odd` or `missing`.
    pub severity: &'static str,
    /// The layer.
    pub layer: &'static str,
    /// How many there are.
    pub count: usize,
    /// What was found.
    pub what: Told,
    /// What it costs the results.
    pub cost: Told,
    /// What to do.
    pub mend: Told,
    /// A command that mends it, where there is one.
    pub command: Option<String>,
    /// The findings, or the first of them.
    pub findings: Rows<'a>,
    #[serde(skip)]
    of: Layer,
}

/// Groups of findings in order, with at most so many rows each. `store` is what a command names.
pub fn groups<'a>(city: &'a City, findings: &'a [Finding], most: usize, store: &str) -> Vec<Group<'a>> {
    let same = |a: &Finding, b: &Finding| (a.kind, a.layer) == (b.kind, b.layer);
    findings.chunk_by(same).filter_map(|of_one| group(city, of_one, most, store)).collect()
}

fn group<'a>(city: &'a City, findings: &'a [Finding], most: usize, store: &str) -> Option<Group<'a>> {
    let first = findings.first()?;
    let words = words(first.kind, first.layer);
    let told = |(zh, en): (&str, &str)| Told { zh: zh.to_owned(), en: en.to_owned() };
    let mut cost = told(words.cost);
    if let Some((zh, en)) = unknown_buildings(city, first.kind) {
        cost.zh.push_str(&zh);
        cost.en.push_str(&en);
    }
    Some(Group {
        code: first.kind.code(),
        severity: first.kind.severity().code(),
        layer: first.layer.name(),
        count: findings.len(),
        what: told(words.what),
        cost,
        mend: told(words.mend),
        command: command(city, first, store),
        findings: Rows { city, findings: &findings[..most.min(findings.len())] },
        of: first.layer,
    })
}

/// How many buildings are of unknown coverage at the grade that a kind of finding keeps hydrants from.
fn unknown_buildings(city: &City, kind: Kind) -> Option<(String, String)> {
    let grade = match kind {
        Kind::HydrantKindUnknown => Grade::Nominal,
        Kind::HydrantStateUnknown => Grade::Serviceable,
        Kind::NeverInspected | Kind::InspectionOld | Kind::Unmeasured | Kind::InspectedAhead => Grade::Verified,
        _ => return None,
    };
    let n = city.results().whole().sum(grade, Covered::Unknown, 0);
    let (zh, en) = match grade {
        Grade::Nominal => ("名义", "nominal"),
        Grade::Serviceable => ("可用", "serviceable"),
        Grade::Verified => ("核验", "verified"),
    };
    (n > 0).then(|| (format!("现有 {n} 栋建筑在“{zh}”等级为不明。"), format!(" Buildings now unknown at {en}: {n}.")))
}

/// Takes the rows of the second of two sources that are alike off the map.
fn command(city: &City, finding: &Finding, store: &str) -> Option<String> {
    if finding.kind != Kind::SourcesAlike {
        return None;
    }
    let (_, row) = city.layer(finding.layer).find(finding.id)?;
    let source = row.source.replace('\'', "''");
    let sql = format!("delete from {} where source = '{source}'", finding.layer.name());
    Some(format!("ogrinfo {} -sql {}", shell_word(store), shell_word(&sql)))
}

/// A text as one word of a shell: a source may be called anything, and the command is there to be pasted.
fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn row(city: &City, finding: &Finding) -> FoundRow {
    let of = |layer: Layer, id| city.layer(layer).find(id).map(|(_, row)| row);
    let here = of(finding.layer, finding.id);
    let number = |n: f64| if n.fract() == 0.0 && n.abs() < 1e15 { json!(n as i64) } else { json!(n) };
    FoundRow {
        id: finding.id.0,
        source: here.map_or(String::new(), |row| row.source.to_string()),
        source_key: here.map_or(String::new(), |row| row.source_key.to_owned()),
        lon: finding.place.map(Place::lon_degrees),
        lat: finding.place.map(Place::lat_degrees),
        values: finding.values.iter().map(|(name, n)| ((*name).to_owned(), number(*n))).collect(),
        note: Some(finding.note.to_string()).filter(|note| !note.is_empty()),
        other_layer: finding.other.map(|(layer, _)| layer.name()),
        other_id: finding.other.map(|(_, id)| id.0),
        other_key: finding.other.and_then(|(layer, id)| of(layer, id)).map(|row| row.source_key.to_owned()),
    }
}

/// The groups with their counts.
pub fn summary_table(groups: &[Group<'_>], lang: Lang) -> Table {
    let heads = [("性质", "Severity"), ("图层", "Layer"), ("代码", "Code"), ("数量", "Count"), ("说明", "What")];
    let columns = heads.iter().enumerate();
    let columns = columns.map(|(nth, (zh, en))| Column { head: lang.pick(zh, en).to_owned(), right: nth == 3 });
    let cells = |group: &Group<'_>| {
        vec![
            severity_label(group.severity, lang).to_owned(),
            lang.pick(group.of.def().zh, group.of.def().en).to_owned(),
            group.code.to_owned(),
            group.count.to_string(),
            lang.pick(&group.what.zh, &group.what.en).to_owned(),
        ]
    };
    Table { columns: columns.collect(), rows: groups.iter().map(cells).collect() }
}

/// A severity as a person reads it.
pub fn severity_label(code: &str, lang: Lang) -> &'static str {
    let labels = [(Severity::Contradiction, "矛盾", "contradiction"), (Severity::Odd, "可疑", "odd")];
    let found = labels.into_iter().find(|(severity, _, _)| severity.code() == code);
    found.map_or(lang.pick("缺失", "missing"), |(_, zh, en)| lang.pick(zh, en))
}

/// All rows of groups as a table for machines.
pub fn found_table(groups: &[Group<'_>]) -> Table {
    let heads = [
        ("severity", false),
        ("code", false),
        ("layer", false),
        ("id", true),
        ("source", false),
        ("source_key", false),
        ("lon", true),
        ("lat", true),
        ("values", false),
        ("note", false),
        ("other_layer", false),
        ("other_id", true),
        ("other_key", false),
    ];
    let cells = |group: &Group<'_>, row: FoundRow| {
        vec![
            group.severity.to_owned(),
            group.code.to_owned(),
            group.layer.to_owned(),
            row.id.to_string(),
            row.source.clone(),
            row.source_key.clone(),
            row.lon.map_or(String::new(), |degrees| degrees.to_string()),
            row.lat.map_or(String::new(), |degrees| degrees.to_string()),
            values_text(&row),
            row.note.clone().unwrap_or_default(),
            row.other_layer.unwrap_or_default().to_owned(),
            row.other_id.map_or(String::new(), |id| id.to_string()),
            row.other_key.clone().unwrap_or_default(),
        ]
    };
    let rows = groups.iter().flat_map(|group| group.findings.iter().map(move |row| cells(group, row)));
    let columns = heads.map(|(head, right)| Column { head: head.to_owned(), right });
    Table { columns: columns.into(), rows: rows.collect() }
}

/// The figures of a row as text.
pub fn values_text(row: &FoundRow) -> String {
    row.values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// All rows of groups as points of a GeoJSON FeatureCollection.
pub fn found_geojson(groups: &[Group<'_>], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[\n")?;
    let rows = groups.iter().flat_map(|group| group.findings.iter().map(move |row| (group, row)));
    for (nth, (group, row)) in rows.enumerate() {
        if nth > 0 {
            out.write_all(b",\n")?;
        }
        let mut properties = Map::new();
        let named = [
            ("severity", json!(group.severity)),
            ("code", json!(group.code)),
            ("layer", json!(group.layer)),
            ("id", json!(row.id)),
            ("source", json!(row.source)),
            ("source_key", json!(row.source_key)),
            ("note", json!(row.note)),
            ("other_layer", json!(row.other_layer)),
            ("other_id", json!(row.other_id)),
            ("other_key", json!(row.other_key)),
            ("what_zh", json!(group.what.zh)),
            ("what_en", json!(group.what.en)),
        ];
        properties.extend(named.map(|(name, value)| (name.to_owned(), value)));
        properties.extend(row.values.clone());
        let point = row.lon.zip(row.lat).map(|(lon, lat)| json!({"type": "Point", "coordinates": [lon, lat]}));
        let feature = json!({"type": "Feature", "geometry": point, "properties": properties});
        serde_json::to_writer(&mut *out, &feature)?;
    }
    out.write_all(b"\n]}\n")
}

/// A group for a person: its sentences, then its first places.
pub fn listed(group: &Group<'_>, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let (severity, def) = (severity_label(group.severity, lang), group.of.def());
    writeln!(out, "{} · {} · {severity} · {}", group.code, lang.pick(def.zh, def.en), group.count)?;
    for told in [&group.what, &group.cost, &group.mend] {
        writeln!(out, "  {}", lang.pick(&told.zh, &told.en))?;
    }
    if let Some(command) = &group.command {
        writeln!(out, "  $ {command}")?;
    }
    for row in group.findings.iter() {
        let mut line = format!("    {}", row.id);
        if let Some((lon, lat)) = row.lon.zip(row.lat) {
            line.push_str(&format!(" {} ({}) @ {lon},{lat}", row.source_key, row.source));
        }
        for part in [values_text(&row), row.note.clone().unwrap_or_default()].iter().filter(|part| !part.is_empty()) {
            line.push_str("  ");
            line.push_str(part);
        }
        if let (Some(layer), Some(id)) = (row.other_layer, row.other_id) {
            line.push_str(&format!("  → {layer} {id} {}", row.other_key.as_deref().unwrap_or_default()));
        }
        writeln!(out, "{line}")?;
    }
    let more = group.count.saturating_sub(group.findings.findings.len());
    if more > 0 {
        let code = group.code;
        match lang {
            Lang::Zh => writeln!(out, "    … 还有 {more} 条：--only {code} --list {}", group.count)?,
            Lang::En => writeln!(out, "    … and {more} more: --only {code} --list {}", group.count)?,
        }
    }
    Ok(())
}
