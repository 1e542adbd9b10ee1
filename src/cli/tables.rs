//! What is said of tables on the command line, and what an import says of their columns.

use std::io;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::ingest::{ColumnReport, FileReport, IngestError, Numerals, Options};
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
    /// Says the same of an import.
    pub fn say(&self, options: &mut Options) -> Result<(), Failure> {
        options.tables.sheet = self.sheet.clone();
        options.tables.encoding = self.encoding.clone();
        options.tables.header_row = self.header_row;
        options.tables.numerals = self.decimal.map(|decimal| match decimal {
            Decimal::Point => Numerals::Point,
            Decimal::Comma => Numerals::Comma,
        });
        for text in &self.unit {
            let (field, unit) = text.split_once('=').unwrap_or((text, ""));
            options.say_unit(field, unit)?;
        }
        for text in &self.word {
            let parts = text.split_once(':').and_then(|(field, rest)| Some((field, rest.rsplit_once('=')?)));
            let (field, (word, code)) = parts.ok_or_else(|| IngestError::BadWord { text: text.clone() })?;
            options.say_word(field, word, code)?;
        }
        Ok(())
    }
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
