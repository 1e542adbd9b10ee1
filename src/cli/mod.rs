//! The commands: one file each. Only here are arguments, environment and the clock read.

mod access;
mod backtest;
mod check;
mod copy;
mod coverage;
mod demo;
mod export;
mod fragile;
mod history;
mod import;
mod plan;
mod printed;
mod risk;
mod serve;
mod synth;
mod tables;
mod token;
mod town;
mod whole;
mod within;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::model::{Lang, Speak};
use crate::store::{Location, StoreError};

/// A town's hydrants, buildings, roads and stations on one map (风险一张图).
#[derive(Parser)]
#[command(name = "firemap", version, about, disable_help_subcommand = true)]
struct Firemap {
    /// Language of the messages: zh or en. Otherwise that of the locale.
    #[arg(long, global = true, env = "FIREMAP_LANG", value_name = "LANG")]
    lang: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a demo city if there is none, serves it and prints the address.
    Demo(demo::DemoArgs),
    /// Serves the map of a store.
    Serve(serve::ServeArgs),
    /// Makes a store of a made-up city.
    Synth(synth::SynthArgs),
    /// Brings files into a store.
    Import(Box<import::ImportArgs>),
    /// Writes a layer to a GeoJSON, CSV, FlatGeobuf, XLSX or GeoPackage file.
    Export(export::ExportArgs),
    /// Prints coverage by building or by area.
    Coverage(coverage::CoverageArgs),
    /// Prints who arrives when, by building or by area.
    Response(coverage::RatesArgs),
    /// Prints which vehicles get to each building, and how lanes and high-rises stand to the rules.
    Access(access::AccessArgs),
    /// Prints what fails first: hydrants and roads by the buildings that lose by them.
    Fragile(fragile::FragileArgs),
    /// Prints buildings or areas by their risk score: a management ranking, not a probability, not a legal finding.
    Risk(risk::RiskArgs),
    /// Tells whether later fires came where the scores of an earlier day were high.
    Backtest(backtest::BacktestArgs),
    /// Tells where the next ones give most.
    Plan(plan::PlanArgs),
    /// Tells who changed what, newest first.
    History(history::HistoryArgs),
    /// Tells what differs between two moments: features, and buildings with water.
    Diff(history::DiffArgs),
    /// Copies a store whole, history and all, between a GeoPackage file and a PostGIS database.
    Copy(copy::CopyArgs),
    /// Makes a backup of a store that may be in use, and verifies it.
    Backup(copy::BackupArgs),
    /// Makes a store of a backup.
    Restore(copy::RestoreArgs),
    /// Tells what is missing, odd or contradictory in a store, and what it costs the results.
    Check(check::CheckArgs),
}

/// Which store.
#[derive(Args, Clone)]
struct StoreArg {
    /// The store: a GeoPackage file, or a PostGIS database such as postgres://USER@HOST:5432/DATABASE (its password
    /// rather in PGPASSWORD or ~/.pgpass).
    #[arg(
        long,
        env = "FIREMAP_STORE",
        default_value = "firemap.gpkg",
        value_name = "FILE|URL",
        hide_env_values = true
    )]
    store: String,
}

impl StoreArg {
    /// Where it is.
    fn at(&self) -> Result<Location, StoreError> {
        self.store.parse()
    }
}

/// Which rules.
#[derive(Args, Clone)]
struct RulesArg {
    /// The rule pack: a name that comes along (gb, nfpa, ifc, de) or a TOML file.
    #[arg(long, env = "FIREMAP_RULES", default_value = "gb", value_name = "NAME|FILE")]
    rules: String,
    /// How crews move, in place of what comes along: a TOML file like data/rules/travel.toml.
    #[arg(long, env = "FIREMAP_TRAVEL", value_name = "FILE")]
    travel: Option<PathBuf>,
    /// How buildings are ranked by risk, in place of what comes along: a TOML file like data/rules/risk.toml.
    #[arg(long, env = "FIREMAP_RISK", value_name = "FILE")]
    risk: Option<PathBuf>,
}

/// Why a command failed.
type Failure = Box<dyn Speak + Send>;

impl<E: Speak + Send + 'static> From<E> for Failure {
    fn from(error: E) -> Failure {
        Box::new(error)
    }
}

/// Runs the command of the process's arguments.
pub fn run() -> ExitCode {
    let firemap = Firemap::parse();
    let lang = firemap.lang.as_deref().map_or_else(lang_of_locale, Lang::named);
    let done = match firemap.command {
        Command::Demo(args) => demo::run(args, lang),
        Command::Serve(args) => serve::run(args, lang),
        Command::Synth(args) => synth::run(args, lang),
        Command::Import(args) => import::run(*args, lang),
        Command::Export(args) => export::run(args, lang),
        Command::Coverage(args) => coverage::run(args, lang),
        Command::Response(args) => coverage::response(args, lang),
        Command::Access(args) => access::run(args, lang),
        Command::Fragile(args) => fragile::run(args, lang),
        Command::Risk(args) => risk::run(args, lang),
        Command::Backtest(args) => backtest::run(args, lang),
        Command::Plan(args) => plan::run(args, lang),
        Command::History(args) => history::run(args, lang),
        Command::Diff(args) => history::diff(args, lang),
        Command::Copy(args) => copy::run(args, lang),
        Command::Backup(args) => copy::backup(args, lang),
        Command::Restore(args) => copy::restore(args, lang),
        Command::Check(args) => match check::run(args, lang) {
            Ok(false) => return ExitCode::FAILURE,
            done => done.map(|_| ()),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("firemap: {}", failure.say(lang));
            ExitCode::FAILURE
        }
    }
}

fn lang_of_locale() -> Lang {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    set.as_deref().map_or(Lang::En, Lang::named)
}

crate::sentences! {
    /// What only a command can run into.
    pub enum CommandError {
        /// A rule pack that is not there.
        NoRules { name: String, detail: String, known: String }
            "rules_missing",
            "没有名为 {name} 的规则包，也读不到这个文件（{detail}）。自带的规则包：{known}。",
            "There is no rule pack {name} and no file of that name can be read ({detail}). Packs that come along: {known}.";
        /// A file of travel that cannot be read.
        NoTravel { path: String, detail: String }
            "travel_missing",
            "读不到通行参数文件 {path}（{detail}）。请检查 --travel 的路径。",
            "The file {path} cannot be read ({detail}). Check the path given with --travel.";
        /// A risk model that cannot be read.
        NoRisk { path: String, detail: String }
            "risk_missing",
            "读不到风险评分参数文件 {path}（{detail}）。请检查 --risk 的路径。",
            "The file {path} cannot be read ({detail}). Check the path given with --risk.";
        /// A span that ends before it begins.
        BadSpan { from: String, until: String }
            "span_malformed",
            "--until（{until}）必须晚于 --scored-on（{from}）。",
            "--until ({until}) must lie after --scored-on ({from}).";
        /// No fire to try scores on.
        NoFires { from: String, until: String }
            "no_fires",
            "{from} 之后至 {until} 没有落在建筑内的火灾记录，无法回测。请先导入 incident 图层，或改 --scored-on。",
            "No fire at a building is on record after {from} until {until}, so there is nothing to try the scores on. Import the incident layer, or change --scored-on.";
        /// An address that cannot be listened on.
        Listen { address: String, detail: String }
            "listen_failed",
            "无法在 {address} 监听：{detail}。请换一个 --listen 地址，例如 127.0.0.1:8081。",
            "{address} cannot be listened on: {detail}. Name another with --listen, such as 127.0.0.1:8081.";
        /// A filter of the log that cannot be read.
        LogFilter { filter: String, detail: String }
            "log_filter",
            "无法识别日志过滤条件 {filter}（{detail}）。可用的写法如 info、debug 或 warn,firemap=debug。",
            "The log filter {filter} cannot be read ({detail}). Write such as info, debug or warn,firemap=debug.";
        /// A time zone of the store that this program does not know.
        UnknownZone { zone: String }
            "zone_unknown",
            "数据文件的时区 {zone} 无法识别，日期按 UTC 计算。请把 firemap_meta 表中的 zone 改为 Asia/Shanghai 这样的名称。",
            "The store's time zone {zone} is not known, so its days are those of UTC. Set zone in its table firemap_meta to a name such as Asia/Shanghai.";
        /// A layer that does not exist.
        NoLayer { name: String, known: String }
            "no_such_layer",
            "没有名为 {name} 的图层；可用的有：{known}。",
            "There is no layer {name}; there are: {known}.";
        /// A kind of finding that does not exist.
        NoFinding { code: String, known: String }
            "no_such_finding",
            "没有名为 {code} 的问题类型；可用的有：{known}。",
            "There is no kind of finding {code}; there are: {known}.";
        /// A file that must not be there.
        Exists { path: String }
            "exists",
            "{path} 已存在，未作改动。请换一个路径，或先移走它。",
            "{path} exists and was left as it is. Name another path or move it away first.";
        /// A file that must not be written over unasked.
        WouldOverwrite { path: String }
            "would_overwrite",
            "{path} 已存在，未作改动。请换一个文件名，或加 --force 覆盖它。",
            "{path} exists and was left as it is. Name another file, or add --force to write over it.";
        /// A file that cannot be written.
        CannotWrite { path: String, detail: String }
            "cannot_write",
            "无法写入 {path}：{detail}。",
            "{path} cannot be written: {detail}.";
        /// A file that cannot be read.
        CannotRead { path: String, detail: String }
            "cannot_read",
            "无法读取 {path}：{detail}。请检查路径。",
            "{path} cannot be read: {detail}. Check the path.";
        /// An ending that names no format.
        NoFormat { path: String }
            "no_such_format",
            "无法从 {path} 的扩展名判断格式；可用 .geojson、.json、.csv、.fgb、.xlsx 或 .gpkg。",
            "The ending of {path} names no format; use .geojson, .json, .csv, .fgb, .xlsx or .gpkg.";
        /// An ending that names no format of tables.
        NoTableFormat { path: String }
            "no_such_table_format",
            "无法从 {path} 的扩展名判断格式；可用 .csv、.json、.xlsx 或 .gpkg。",
            "The ending of {path} names no format; use .csv, .json, .xlsx or .gpkg.";
        /// A system of coordinates that is not written.
        NoCrs { name: String, zh: String, en: String }
            "no_such_crs",
            "不能写出坐标系 {name}：{zh}。可用 EPSG:4326（WGS 84）、GCJ-02、BD-09 或 EPSG:4523 这样的代码。",
            "Coordinates in {name} are not written: {en}. Use EPSG:4326 (WGS 84), GCJ-02, BD-09 or a code such as EPSG:4523.";
        /// A place that a system of coordinates would move.
        CrsLoses { crs: String, place: String }
            "crs_loses",
            "用 {crs} 写出后，（{place}）不能原样读回，未写出任何内容。请用 EPSG:4326，或用 --box 只取该坐标系范围内的部分。",
            "In {crs} the place ({place}) would not come back as it went; nothing was written. Use EPSG:4326, or take only what lies in its area with --box.";
        /// Text that is no box.
        BadBox { text: String }
            "box_malformed",
            "“{text}”不是范围。请写作 西,南,东,北（度），西不大于东、南不大于北，例如 --box 106.5,29.5,106.6,29.6；不能跨越 180° 经线。",
            "“{text}” is no box. Write west,south,east,north in degrees, west before east and south before north, such as --box 106.5,29.5,106.6,29.6; it cannot lie across the 180th meridian.";
        /// A token that anyone can read.
        TokenOpen { path: String }
            "token_open",
            "令牌文件 {path} 能被本机其他用户读取。请执行：chmod 600 {path}",
            "Other users of this machine can read the token file {path}. Type: chmod 600 {path}";
        /// A token that is none.
        TokenBad { path: String, least: usize }
            "token_bad",
            "令牌文件 {path} 中应有至少 {least} 个可见 ASCII 字符、不含空格的令牌。可这样生成：openssl rand -hex 24 > {path}",
            "The token file {path} must hold a token of at least {least} visible ASCII characters without blanks. Make one with: openssl rand -hex 24 > {path}";
        /// The server stopped by itself.
        Server { detail: String }
            "server_failed",
            "服务意外停止：{detail}。",
            "The server stopped: {detail}.";
    }
}
