//! `firemap backtest`: whether later fires came where the scores of an earlier day were high.

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use jiff::civil::Date;

use super::{CommandError, Failure, RulesArg, StoreArg, town};
use crate::analysis::risk::{Caught, backtest};
use crate::city::Frame;
use crate::model::Lang;

/// Arguments of `firemap backtest`.
#[derive(Args)]
pub struct BacktestArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    /// The day of the scores; fires after it count.
    #[arg(long, env = "FIREMAP_SCORED_ON", value_name = "YYYY-MM-DD")]
    scored_on: Date,
    /// The last day of which fires count; today where not said.
    #[arg(long, env = "FIREMAP_UNTIL", value_name = "YYYY-MM-DD")]
    until: Option<Date>,
    /// Writes JSON.
    #[arg(long, env = "FIREMAP_JSON", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    json: bool,
}

/// Runs it.
pub fn run(args: BacktestArgs, lang: Lang) -> Result<(), Failure> {
    let now = town::city(&args.store.store, &args.rules, lang)?;
    let until = args.until.unwrap_or(now.day());
    if until <= args.scored_on {
        return Err(CommandError::BadSpan { from: args.scored_on.to_string(), until: until.to_string() }.into());
    }
    let then = now.reframe(Frame::new(town::pack(&args.rules)?, args.scored_on)?);
    let tried = then.tried(until);
    let Some(told) = backtest(&tried) else {
        return Err(CommandError::NoFires { from: args.scored_on.to_string(), until: until.to_string() }.into());
    };
    if args.json {
        let caught = |of: &Caught| serde_json::json!({"fires": of.fires, "share": of.share, "between": of.between});
        let all = serde_json::json!({
            "scored_on": args.scored_on.to_string(),
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
    let (from, fires, buildings, top) = (args.scored_on, told.fires, told.buildings, told.top);
    let (score, plain, chance) = (line(&told.by_score), line(&told.by_plain), percent(told.chance));
    match lang {
        Lang::Zh => println!(
            "{from} 的评分，之后至 {until} 的 {fires} 起火灾（{buildings} 栋建筑）。\n评分最高的十分之一（{top} 栋）中的火灾：{score}\n按高度加年代排序的十分之一：{plain}\n随机：{chance}\n括号内为 95 % 区间。建筑属性取自现在的数据，只有隐患与日期回到当日。"
        ),
        Lang::En => println!(
            "Scores of {from}; {fires} fires after it until {until} at {buildings} buildings.\nIn the top tenth by score ({top} buildings): {score}\nIn the top tenth by height and age: {plain}\nBy chance: {chance}\nIn brackets the 95 % interval. What is known of the buildings is that of now; dangers and days are those of then."
        ),
    }
    Ok(())
}
