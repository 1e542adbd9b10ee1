//! `firemap serve`: follows a store and serves its map until Ctrl-C.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use super::{CommandError, Failure, RulesArg, StoreArg, token, town};
use crate::http::{self, App, Writing};
use crate::ingest::Profile;
use crate::live::{Follow, follow};
use crate::model::Lang;
use crate::store::{Address, Location, PostGis, Store, StoreError};

/// How long the end waits for the follower.
const FOLLOWER_ENDS: Duration = Duration::from_secs(1);

/// Arguments of `firemap serve`.
#[derive(Args)]
pub struct ServeArgs {
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    rules: RulesArg,
    #[command(flatten)]
    pub(super) server: ServerArgs,
}

/// How to serve.
#[derive(Args, Clone)]
pub struct ServerArgs {
    /// Address and port to listen on.
    #[arg(long, env = "FIREMAP_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub(super) listen: String,
    /// A file with the token that lets one edit by the API and the viewer, from anywhere. (Without one only this machine
    /// can.) It must not be readable by others.
    #[arg(long, env = "FIREMAP_WRITE_TOKEN_FILE", value_name = "FILE")]
    write_token_file: Option<PathBuf>,
    /// Nothing can be imported or edited in the viewer or by the API. (Otherwise a browser on this machine can.)
    #[arg(long, env = "FIREMAP_READ_ONLY", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    read_only: bool,
    /// Every change that was followed is checked: the city is loaded afresh beside, and a difference is logged as an error
    /// and mended. Takes as long as a start each time.
    #[arg(long, env = "FIREMAP_SELF_CHECK", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    self_check: bool,
    /// Loads the rows from this read replica of a PostGIS store: postgres://USER@HOST:5432/DATABASE.
    #[arg(long, env = "FIREMAP_REPLICA_URL", value_name = "URL", hide_env_values = true)]
    replica_url: Option<String>,
    /// Memory for drawn tiles, in MB.
    #[arg(long, env = "FIREMAP_TILE_CACHE_MB", default_value_t = 128, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..=65_536))]
    tile_cache_mb: u64,
    /// How the log is written: text or json.
    #[arg(long, env = "FIREMAP_LOG_FORMAT", default_value = "text", value_parser = ["text", "json"])]
    log_format: String,
    /// What is logged, such as info, debug, or firemap=debug.
    #[arg(long, env = "FIREMAP_LOG", default_value = "warn,firemap=info", value_name = "FILTER")]
    log: String,
}

/// Runs it.
pub fn run(args: ServeArgs, lang: Lang) -> Result<(), Failure> {
    serve(&args.store.at()?, &args.rules, &args.server, lang)
}

/// Serves a store until Ctrl-C; a second one does not wait for open connections.
pub fn serve(at: &Location, rules: &RulesArg, args: &ServerArgs, lang: Lang) -> Result<(), Failure> {
    log(args)?;
    let pack = town::pack(rules)?;
    let token = args.write_token_file.as_deref().map(token::read).transpose()?;
    let store: Arc<dyn Store> = Arc::from(open(at, args)?);
    let refused = |error: std::io::Error| CommandError::Listen {
        address: args.listen.clone(),
        detail: listen_detail(&error, lang),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(refused)?;
    // The port is taken before the work begins, so that a port in use is told at once.
    let listener = runtime.block_on(tokio::net::TcpListener::bind(&args.listen)).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let (live, follower) = follow(
        store.clone(),
        Follow { pack, today: Box::new(town::day_clock()), now: Box::new(town::now), self_check: args.self_check },
    )?;
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0])
        .and_then(PrometheusBuilder::install_recorder)
        .ok();
    let desk = import_desk(store.clone(), Profile::folder(at.file().unwrap_or(Path::new(""))), args);
    let writing = (!args.read_only).then(|| Writing::new(store.clone(), token));
    let app = App::new(live.clone(), args.tile_cache_mb << 20, metrics).backed_by(store);
    let app = app.importing(desk.clone()).writing(writing);
    let (stopped, at_once) = {
        let _within = runtime.enter();
        (asked_to_stop(1).map_err(refused)?, asked_to_stop(2).map_err(refused)?)
    };
    eprintln!("{}", lang.pick("地图地址（Ctrl-C 停止）：", "The map is at (Ctrl-C stops it):"));
    println!("http://{address}/");
    let ended = runtime.block_on(http::serve(listener, app, stopped, at_once));
    live.stop();
    if let Some(desk) = desk {
        desk.close();
    }
    // Connections that are still open end with the runtime.
    runtime.shutdown_background();
    // The follower ends after its wait. One that is at work on a large city is left: it only reads.
    let left = Instant::now();
    while !follower.is_finished() && left.elapsed() < FOLLOWER_ENDS {
        std::thread::sleep(Duration::from_millis(20));
    }
    ended.map_err(|error| CommandError::Server { detail: error.to_string() })?;
    eprintln!("{}", lang.pick("已停止。", "Stopped."));
    Ok(())
}

/// Opens the store that is served; rows may be loaded from a replica of its database.
fn open(at: &Location, args: &ServerArgs) -> Result<Box<dyn Store>, StoreError> {
    match (at, &args.replica_url) {
        (Location::Database(address), Some(replica)) => {
            Ok(Box::new(PostGis::open((**address).clone())?.loading_from(Address::parse(replica)?)?))
        }
        _ => at.open(),
    }
}

/// Where files are imported, unless nobody shall. Without a folder for them the server serves all the same.
fn import_desk(store: Arc<dyn Store>, profiles: PathBuf, args: &ServerArgs) -> Option<Arc<http::Desk>> {
    if args.read_only {
        return None;
    }
    let desk = http::Desk::new(store, profiles, &std::env::temp_dir());
    desk.map(Arc::new).inspect_err(|error| tracing::warn!(%error, "no temporary folder: nothing can be imported")).ok()
}

fn listen_detail(error: &std::io::Error, lang: Lang) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => lang.pick("端口已被占用", "the port is in use").to_owned(),
        std::io::ErrorKind::PermissionDenied => lang.pick("没有权限", "permission is denied").to_owned(),
        std::io::ErrorKind::AddrNotAvailable => {
            lang.pick("本机没有这个地址", "this machine has no such address").to_owned()
        }
        _ => error.to_string(),
    }
}

/// Ends at the nth Ctrl-C or request to terminate; both are listened for from the moment of the call.
fn asked_to_stop(nth: u32) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        for _ in 0..nth {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    })
}

fn log(args: &ServerArgs) -> Result<(), CommandError> {
    let refused = |error: ParseError| CommandError::LogFilter { filter: args.log.clone(), detail: error.to_string() };
    let filter = EnvFilter::try_new(&args.log).map_err(refused)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match args.log_format.as_str() {
        "json" => log.json().try_init(),
        _ => log.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    // A second start in one process keeps the first log.
    let _ = begun;
    Ok(())
}
