//! What one would use instead: GeoPandas, PostGIS, martin. Each is driven by a script in `peers/` that says what it
//! found in lines of `key value`; one that is not there is named, and the run goes on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use firemap::model::Layer;

use super::cities;
use super::process::{Server, free_port};

/// A peer, or why it takes no part.
pub type Peer<T> = Result<T, String>;

/// An answer to the main question.
pub struct Answered {
    /// Name and version.
    pub version: String,
    /// The median of its runs.
    pub median: Duration,
    /// Its answers: number, distance, and three counts a line.
    pub answers: PathBuf,
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/peers").join(name)
}

/// Runs a script and gives what it said.
fn said(name: &str, words: &[&std::ffi::OsStr]) -> Peer<HashMap<String, String>> {
    let output = Command::new(script(name))
        .args(words)
        .env("FIREMAP_BENCH_CACHE", cities::cache())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        eprintln!("{told}");
        return Err(match output.status.code() {
            Some(3) => "not installed".to_owned(),
            _ => "failed, see above".to_owned(),
        });
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    Ok(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

fn answered(said: &HashMap<String, String>, answers: PathBuf) -> Peer<Answered> {
    let mut seconds: Vec<f64> =
        said.get("seconds").into_iter().flat_map(|all| all.split(' ')).filter_map(|one| one.parse().ok()).collect();
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).ok_or("said no time")?;
    let version = said.get("version").cloned().unwrap_or_default();
    Ok(Answered { version, median: Duration::from_secs_f64(*median), answers })
}

/// Asks GeoPandas, in an environment of its own in the cache folder.
pub fn geopandas(store: &Path, hydrants: &Path) -> Peer<Answered> {
    let answers = cities::cache().join("answers-geopandas.csv");
    answered(&said("geopandas", &[store.as_ref(), hydrants.as_ref(), answers.as_ref()])?, answers)
}

/// A PostGIS of our own with a city in it; it ends with this value.
pub struct PostGis {
    folder: String,
    port: String,
}

impl PostGis {
    /// Starts one and loads a city's buildings and hydrants.
    pub fn with(store: &Path) -> Peer<PostGis> {
        let port = free_port().to_string();
        // The columns of a building that firemap's own tiles carry.
        let fields = Layer::Building.fields().iter().filter(|field| field.is_public() && field.tile_zoom.is_some());
        let columns = fields.map(|field| field.name).collect::<Vec<_>>().join(",");
        let said = said("postgis", &["start".as_ref(), port.as_ref(), store.as_ref(), columns.as_ref()])?;
        Ok(PostGis { folder: said.get("folder").cloned().ok_or("said no folder")?, port })
    }

    /// Starts one with an empty database.
    pub fn empty() -> Peer<PostGis> {
        let port = free_port().to_string();
        let said = said("postgis", &["empty".as_ref(), port.as_ref()])?;
        Ok(PostGis { folder: said.get("folder").cloned().ok_or("said no folder")?, port })
    }

    /// Where its database is.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/city", self.port)
    }

    /// Asks the main question of these hydrants.
    pub fn ask(&self, hydrants: &Path) -> Peer<Answered> {
        let answers = cities::cache().join("answers-postgis.csv");
        let said = said("postgis", &["ask".as_ref(), self.port.as_ref(), hydrants.as_ref(), answers.as_ref()])?;
        answered(&said, answers)
    }

    /// Starts martin on it, without its cache.
    pub fn martin(&self) -> Peer<(String, Server)> {
        let beside = cities::cache().join("martin/bin/martin");
        let program = std::env::var_os("FIREMAP_BENCH_MARTIN").map_or(beside, PathBuf::from);
        let program = if program.exists() { program } else { PathBuf::from("martin") };
        let version = Command::new(&program).arg("--version").output().map_err(|_| "not installed".to_owned())?;
        let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], free_port()));
        let config = cities::cache().join("martin.yaml");
        let text = include_str!("peers/martin.yaml")
            .replace("ADDRESS", &address.to_string())
            .replace("DATABASE", &format!("postgresql://postgres@127.0.0.1:{}/city", self.port));
        std::fs::write(&config, text).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.arg("--config").arg(&config).stderr(Stdio::null());
        Ok((version, Server::at(command, address, "/building")))
    }
}

impl Drop for PostGis {
    fn drop(&mut self) {
        let _ = said("postgis", &["stop".as_ref(), self.folder.as_ref()]);
    }
}
