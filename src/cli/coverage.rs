//! `firemap coverage` and `firemap response`: the rates, as a table, CSV or JSON.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

use super::printed::{By, Format, print, write_json, write_table};
use super::whole::{refuse_existing, write_whole};
use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::city::City;
use crate::model::{FeatureId, Lang, Layer, Shape, Speak};
use crate::report::{
    Table, area_rows, area_table, building_rows, building_table, ground_area_table, ground_areas, ground_table,
    hose_table, plain_about, response_table, write_workbook,
};
use crate::store::write_plain;

/// How a way is measured.
#[derive(Clone, Copy, ValueEnum)]
enum Way {
    Circle,
    Hose,
}

/// Arguments of `firemap coverage`.
#[derive(Args)]
pub struct CoverageArgs {
    #[command(flatten)]
    rates: RatesArgs,
    /// As the crow flies, as the Chinese code writes it, or along the ground as hose is laid.
    #[arg(long, env = "FIREMAP_WAY", value_enum, default_value = "circle")]
    way: Way,
}

/// Arguments of `firemap response`, which those of coverage are too.
#[derive(Args)]
pub struct RatesArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// A row for each building and grade, or for each area of a level.
    #[arg(long, env = "FIREMAP_BY", value_enum)]
    by: By,
    /// How to write it.
    #[arg(long, env = "FIREMAP_FORMAT", value_enum, default_value = "table")]
    format: Format,
    /// The file to write instead, by its ending: .csv, .json, .xlsx or .gpkg (GeoPackage, with the shapes).
    #[arg(short, long, env = "FIREMAP_OUT", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Writes over a file that exists.
    #[arg(short, long, env = "FIREMAP_FORCE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    force: bool,
}

/// What is told.
#[derive(Clone, Copy)]
enum What {
    Circle,
    Hose,
    Response,
}

/// Runs `firemap coverage`.
pub fn run(args: CoverageArgs, lang: Lang) -> Result<(), Failure> {
    let what = match args.way {
        Way::Circle => What::Circle,
        Way::Hose => What::Hose,
    };
    tell(what, args.rates, lang)
}

/// Runs `firemap response`.
pub fn response(args: RatesArgs, lang: Lang) -> Result<(), Failure> {
    tell(What::Response, args, lang)
}

fn tell(what: What, args: RatesArgs, lang: Lang) -> Result<(), Failure> {
    let city = town::city(&args.store, &args.rules, lang)?;
    if let (What::Circle, Some(why)) = (what, city.rules().unassessed()) {
        let (zh, en) = ("覆盖未评估：", "Coverage is not assessed: ");
        eprintln!("firemap: {}{}", lang.pick(zh, en), why.say(lang));
    }
    if let (What::Response, Some(model)) = (what, city.travel().response.by_distance()) {
        let (zh, en) = model.titles();
        match lang {
            Lang::Zh => eprintln!("firemap: 消防车的行驶时间按{zh}估算，未核验。"),
            Lang::En => eprintln!("firemap: Times of engines on the road by the {en}, unverified."),
        }
    }
    let level = args.by.level();
    if !matches!(args.by, By::Building) && area_rows(&city, &level).is_empty() {
        let hint = lang.pick(
            "数据中没有这一级区划，请先导入区划图层。",
            "The store has no areas of this level; import an area layer first.",
        );
        eprintln!("{hint}");
    }
    if let Some(path) = &args.out {
        return write_file(path, what, &args, &city, &level, lang);
    }
    print(|out| write_as(out, what, &args, args.format, &city, &level, lang))?;
    Ok(())
}

fn write_as(
    out: &mut dyn Write,
    what: What,
    args: &RatesArgs,
    format: Format,
    city: &City,
    level: &str,
    lang: Lang,
) -> io::Result<()> {
    let all = matches!(format, Format::Csv);
    match (what, args.by, format) {
        (What::Circle, By::Building, format) => write_table(out, &building_table(&building_rows(city)), format),
        (What::Circle, _, Format::Json) => write_json(out, &area_rows(city, level)),
        (What::Circle, _, format) => write_table(out, &area_table(&area_rows(city, level), lang, all), format),
        (_, By::Building, format) => write_table(out, &ground_table(city), format),
        (_, _, Format::Json) => write_json(out, &ground_areas(city, level)),
        (_, _, format) => write_table(out, &along(what, city, level, lang, all), format),
    }
}

/// Writes the rows to a file of the format that its ending names.
fn write_file(path: &Path, what: What, args: &RatesArgs, city: &City, level: &str, lang: Lang) -> Result<(), Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    refuse_existing(path, args.force)?;
    let whole = |format| write_whole(path, args.force, |out| write_as(out, what, args, format, city, level, lang));
    match ending.as_str() {
        "csv" => whole(Format::Csv)?,
        "json" => whole(Format::Json)?,
        "xlsx" | "gpkg" => {
            let (table, shapes) = table_with_shapes(what, args.by, city, level, lang);
            let mut about = town::about(city.revision().0, city.zone(), "EPSG:4326", lang);
            about.push((lang.pick("规则包", "Rule pack").to_owned(), args.rules.rules.clone()));
            let name = format!("coverage_{level}");
            if ending == "xlsx" {
                write_whole(path, args.force, |out| write_workbook(&table.to_sheet(&name), &about, out).map(drop))?;
            } else {
                let plain = table.to_plain(&name, lang.pick("消防供水覆盖", "Coverage by hydrants"));
                let mut rows = table.plain_rows(shapes.into_iter());
                let (lines, mut told) = plain_about(&about);
                write_plain(path, &[plain, lines], &mut [&mut rows, &mut told])?;
            }
        }
        _ => return Err(CommandError::NoTableFormat { path: path.display().to_string() }.into()),
    }
    match lang {
        Lang::Zh => eprintln!("已写出到 {}。", path.display()),
        Lang::En => eprintln!("Written to {}.", path.display()),
    }
    Ok(())
}

/// The rows as a table, and the shape of each.
fn table_with_shapes(what: What, by: By, city: &City, level: &str, lang: Lang) -> (Table, Vec<Option<Shape>>) {
    if !matches!(what, What::Circle) {
        let table = if matches!(by, By::Building) { ground_table(city) } else { along(what, city, level, lang, true) };
        let layer = if matches!(by, By::Building) { Layer::Building } else { Layer::Area };
        let shape = |row: &Vec<String>| {
            let id = row.first()?.parse().ok()?;
            city.layer(layer).find(FeatureId(id)).map(|(_, row)| row.shape.to_owned())
        };
        let shapes = table.rows.iter().map(shape).collect();
        return (table, shapes);
    }
    if matches!(by, By::Building) {
        let rows = building_rows(city);
        let shapes = rows.iter().map(|told| Some(told.row.shape.to_owned())).collect();
        return (building_table(&rows), shapes);
    }
    let rows = area_rows(city, level);
    let shape = |id| city.layer(Layer::Area).find(FeatureId(id)).map(|(_, row)| row.shape.to_owned());
    let shapes = rows.iter().map(|row| shape(row.id)).collect();
    (area_table(&rows, lang, true), shapes)
}

/// Areas along the ground: for machines every figure, else those that were asked for.
fn along(what: What, city: &City, level: &str, lang: Lang, all: bool) -> Table {
    let rows = ground_areas(city, level);
    match what {
        _ if all => ground_area_table(&rows),
        What::Response => response_table(city, &rows, lang),
        _ => hose_table(city, &rows, lang),
    }
}
