//! What is said of tables on the command line, and what an import says of their columns.

use std::io;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::ingest::{ColumnReport, FileReport, IngestError, Numerals, Options, Profile, Remark, Report, Tables};
use crate::model::{Lang, Speak};
use crate::report::{Column, Table};

/// Arguments about tables.
#[derive(Args)]
pub struct TablesArgs {
    /// The sheet of a workbook; otherwise each sheet that has places is imported.
    #[arg(long, env = "FIREMAP_SHEET", value_name = "NAME")]
    pub sheet: Option<String>,
    /// The encoding of a CSV file, such as GB18030, Big5, EUC-KR, Shift_JIS, windows-1252; otherwise found out.
    #[arg(long, env = "FIREMAP_ENCODING", value_name = "NAME")]
    pub encoding: Option<String>,
    /// The row of the header as a spreadsheet counts, 0 for a table without one; otherwise found out.
    #[arg(long, env = "FIREMAP_HEADER_ROW", value_name = "NUMBER")]
    pub header_row: Option<u64>,
    /// What stands for the decimal point in all numbers of a table; otherwise told by each column.
    #[arg(long, env = "FIREMAP_DECIMAL")]
    pub decimal: Option<Decimal>,
    /// The unit of a field's column where the table does not name it; may be given again.
    #[arg(long, env = "FIREMAP_UNIT", value_name = "FIELD=UNIT", value_delimiter = '\n')]
    pub unit: Vec<String>,
    /// What a word of the table stands for; may be given again. Nothing behind the = is unknown.
    #[arg(long, env = "FIREMAP_WORD", value_name = "FIELD:WORD=CODE", value_delimiter = '\n')]
    pub word: Vec<String>,
    /// What was said of such tables before, kept under a name: layer, coordinates, sheet, header, encoding, columns,
    /// units and words. What is said now counts before it.
    #[arg(long, env = "FIREMAP_PROFILE", value_name = "NAME")]
    pub profile: Option<String>,
    /// Keeps what was said and found under a name, in the folder profiles beside the store.
    #[arg(long, env = "FIREMAP_SAVE_PROFILE", value_name = "NAME")]
    pub save_profile: Option<String>,
}

/// A decimal mark.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Decimal {
    /// 1,234.5
    Point,
    /// 1.234,5
    Comma,
}

impl TablesArgs {
    /// The same for an import.
    pub fn tables(&self) -> Result<Tables, Failure> {
        let unit = |text: &String| match text.split_once('=') {
            Some((field, unit)) if !field.trim().is_empty() && !unit.trim().is_empty() => {
                Ok((field.trim().to_owned(), unit.trim().to_owned()))
            }
            _ => Err(IngestError::BadUnit { text: text.clone() }),
        };
        let word = |text: &String| {
            let parts = text.split_once(':').and_then(|(field, rest)| Some((field, rest.rsplit_once('=')?)));
            match parts {
                Some((field, (word, code))) if !field.trim().is_empty() && !word.trim().is_empty() => {
                    Ok((field.trim().to_owned(), word.trim().to_owned(), code.trim().to_owned()))
                }
                _ => Err(IngestError::BadWord { text: text.clone() }),
            }
        };
        Ok(Tables {
            sheet: self.sheet.clone(),
            encoding: self.encoding.clone(),
            header_row: self.header_row,
            numerals: self.decimal.map(|decimal| match decimal {
                Decimal::Point => Numerals::Point,
                Decimal::Comma => Numerals::Comma,
            }),
            kept_columns: Vec::new(),
            units: self.unit.iter().map(unit).collect::<Result<_, _>>()?,
            words: self.word.iter().map(word).collect::<Result<_, _>>()?,
        })
    }
}

/// What a profile keeps, where nothing else is said now.
pub fn with_profile(options: &mut Options, profile: Profile) {
    options.source = options.source.take().or(profile.source);
    options.crs = options.crs.take().or(profile.crs);
    let tables = &mut options.tables;
    tables.sheet = tables.sheet.take().or(profile.sheet);
    tables.encoding = tables.encoding.take().or(profile.encoding);
    tables.header_row = tables.header_row.or(profile.header_row);
    tables.numerals = tables.numerals.or(profile.decimal);
    tables.kept_columns = profile.columns.into_iter().collect();
    let is_new = |known: &[(String, String)], field: &String| !known.iter().any(|(of, _)| of == field);
    let units: Vec<_> = profile.units.into_iter().filter(|(field, _)| is_new(&tables.units, field)).collect();
    tables.units.extend(units);
    for (field, words) in profile.words {
        for (word, code) in words {
            if !tables.words.iter().any(|(of, known, _)| *of == field && *known == word) {
                tables.words.push((field.clone(), word, code));
            }
        }
    }
    tables.kept_columns.extend(profile.aside.into_iter().map(|column| ("none".to_owned(), column)));
}

/// A profile of what was said, and of what the import of its first table found.
pub fn profile_of(options: &Options, report: &Report) -> Profile {
    let tables = &options.tables;
    let file = report.files.iter().find(|file| !file.columns.is_empty());
    let layer = file.and_then(|file| file.seen.keys().next()).map(|(layer, _)| layer.name().to_owned());
    let found = file.into_iter().flat_map(|file| &file.remarks).find_map(|(remark, _)| match remark {
        Remark::Encoding { encoding } => Some((*encoding).to_owned()),
        _ => None,
    });
    let mut profile = Profile {
        layer: options.layer.map(|layer| layer.name().to_owned()).or(layer),
        source: options.source.clone(),
        crs: options.crs.clone(),
        sheet: tables.sheet.clone(),
        encoding: tables.encoding.clone().or(found),
        header_row: tables.header_row,
        decimal: tables.numerals,
        units: tables.units.iter().cloned().collect(),
        ..Profile::default()
    };
    for (field, column) in &tables.kept_columns {
        match field.as_str() {
            "none" => profile.aside.push(column.clone()),
            _ => drop(profile.columns.insert(field.clone(), column.clone())),
        }
    }
    let taken = file.into_iter().flat_map(|file| &file.columns).filter(|column| column.taken);
    profile.columns.extend(taken.filter_map(|column| Some((column.field?.to_owned(), column.column.to_string()))));
    for (field, column) in &options.map {
        match field.as_str() {
            "none" | "无" => profile.aside.push(column.clone()),
            _ => drop(profile.columns.insert(field.clone(), column.clone())),
        }
    }
    for (field, word, code) in &tables.words {
        profile.words.entry(field.clone()).or_default().insert(word.clone(), code.clone());
    }
    profile
}

/// The most unknown words of a field that are listed.
const MOST_WORDS: usize = 12;

/// Prints what became of each column, and the words that no vocabulary knows.
pub fn tell_columns(file: &FileReport, lang: Lang, out: &mut dyn io::Write) -> io::Result<()> {
    let named: Vec<&ColumnReport> = file.columns.iter().filter(|column| column.field.is_some()).collect();
    if !named.is_empty() {
        let columns = vec![
            Column::text(lang.pick("列", "column")),
            Column::text(lang.pick("字段", "field")),
            Column::text(lang.pick("依据", "why")),
            Column::text(lang.pick("单位", "unit")),
            Column::text(lang.pick("示例", "example")),
            Column::number(lang.pick("无法读取", "unreadable")),
        ];
        let row = |column: &&ColumnReport| {
            let field = column.field.unwrap_or_default();
            let field = if column.taken { field.to_owned() } else { format!("({field}?)") };
            let why = column.why.as_ref().map(|why| why.say(lang)).unwrap_or_default();
            let unread = if column.taken { column.unread.to_string() } else { String::new() };
            let example = column.example.clone().unwrap_or_default();
            vec![column.column.to_string(), field, why, column.unit.clone(), example, unread]
        };
        Table { columns, rows: named.iter().map(row).collect() }.write_text(out)?;
        if let Some(proposed) = named.iter().find(|column| !column.taken) {
            let (field, column) = (proposed.field.unwrap_or_default(), &proposed.column);
            match lang {
                Lang::Zh => {
                    writeln!(out, "  带问号的只是按内容的建议，没有采用；要采用请加例如 --map {field}={column}。")?
                }
                Lang::En => writeln!(
                    out,
                    "  Fields with a question mark are proposals by content and were not taken; to take one, add such as --map {field}={column}."
                )?,
            }
        }
    }
    let mut fields: Vec<&str> = file.unmatched.keys().map(|(field, _)| *field).collect();
    fields.dedup();
    for field in fields {
        let mut words: Vec<(&String, u64)> = file
            .unmatched
            .iter()
            .filter(|((of, _), _)| *of == field)
            .map(|((_, word), count)| (word, *count))
            .collect();
        words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let more = words.len().saturating_sub(MOST_WORDS);
        let first = words.first().map(|(word, _)| word.as_str()).unwrap_or_default();
        let mut list = words
            .iter()
            .take(MOST_WORDS)
            .map(|(word, count)| format!("{word} × {count}"))
            .collect::<Vec<_>>()
            .join(", ");
        if more > 0 {
            list.push_str(&format!(", … (+{more})"));
        }
        match lang {
            Lang::Zh => {
                writeln!(out, "  {field} 中不认识的词：{list}。请指明含义，例如 --word '{field}:{first}=代码'。")?
            }
            Lang::En => writeln!(
                out,
                "  Words of {field} that are not known: {list}. Say what they stand for, such as --word '{field}:{first}=code'."
            )?,
        }
    }
    Ok(())
}
