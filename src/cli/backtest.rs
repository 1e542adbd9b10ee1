//! `firemap backtest`: whether later fires came where the scores of an earlier day were high.

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use jiff::civil::Date;

use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::analysis::risk::{Caught, backtest};
use crate::live::{Moment, city_at};
use crate::model::Lang;

/// Arguments of `firemap backtest`.
#[derive(Args)]
pub struct BacktestArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// The day of the scores; fires after it count. What is known of buildings is that of now.
    #[arg(long, env = "FIREMAP_SCORED_ON", value_name = "YYYY-MM-DD", required_unless_present = "at")]
    scored_on: Option<Date>,
    /// The same with all rows as they were at a revision or time.
    #[arg(long, env = "FIREMAP_AT", value_name = "REVISION|TIME", conflicts_with = "scored_on")]
    at: Option<String>,
    /// The last day of which fires count; today where not said.
    #[arg(long, env = "FIREMAP_UNTIL", value_name = "YYYY-MM-DD")]
    until: Option<Date>,
    /// Writes JSON.
    #[arg(long, env = "FIREMAP_JSON", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Runs it.
pub fn run(args: BacktestArgs, lang: Lang) -> Result<(), Failure> {
    let store = args.store.at()?.open()?;
    let now = town::city_of(&*store, &args.rules, lang)?;
    let then = match (&args.at, args.scored_on) {
        (Some(at), _) => city_at(Moment::read(at, &*store, &now, town::now())?, &now, &*store)?,
        (None, on) => now.on(on.unwrap_or(now.day()))?,
    };
    let (from, until) = (then.day(), args.until.unwrap_or(now.day()));
    if until <= from {
        return Err(CommandError::BadSpan { from: from.to_string(), until: until.to_string() }.into());
    }
    let Some(told) = backtest(&then.tried(&now, until)) else {
        return Err(CommandError::NoFires { from: from.to_string(), until: until.to_string() }.into());
    };
    if args.json {
        let caught = |of: &Caught| serde_json::json!({"fires": of.fires, "share": of.share, "between": of.between});
        let all = serde_json::json!({
            "scored_on": from.to_string(),
            "revision": then.revision().0,
            "until": until.to_string(),
            "buildings": told.buildings,
            "fires": told.fires,
            "top": told.top,
            "by_score": caught(&told.by_score),
            "by_height_and_age": caught(&told.by_plain),
            "chance": told.chance,
        });
        println!("{all:#}");
        return Ok(());
    }
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let line = |of: &Caught| format!("{} ({}–{})", percent(of.share), percent(of.between[0]), percent(of.between[1]));
    let (fires, buildings, top) = (told.fires, told.buildings, told.top);
    let known = match args.at {
        Some(_) => lang.pick("一切取自当时的数据。", "All of it is as it was then."),
        None => lang.pick(
            "建筑属性取自现在的数据，只有隐患与日期回到当日。",
            "What is known of the buildings is that of now; dangers and days are those of then.",
        ),
    };
    let (score, plain, chance) = (line(&told.by_score), line(&told.by_plain), percent(told.chance));
    match lang {
        Lang::Zh => println!(
            "{from} 的评分，之后至 {until} 的 {fires} 起火灾（{buildings} 栋建筑）。\n评分最高的十分之一（{top} 栋）中的火灾：{score}\n按高度加年代排序的十分之一：{plain}\n随机：{chance}\n括号内为 95 % 区间。{known}"
        ),
        Lang::En => println!(
            "Scores of {from}; {fires} fires after it until {until} at {buildings} buildings.\nIn the top tenth by score ({top} buildings): {score}\nIn the top tenth by height and age: {plain}\nBy chance: {chance}\nIn brackets the 95 % interval. {known}"
        ),
    }
    Ok(())
}
