//! A PostgreSQL with PostGIS of the tests' own: a cluster in a temporary folder, a database a test.
//!
//! A shell beside the tests starts it and stops it when the pipe to it closes, which it does however the tests end.
//! Where PostgreSQL is missing the tests say so and pass; `tests/run` sees to it that it is there.

#![allow(dead_code, clippy::unwrap_used, reason = "each suite takes what it needs; a failure here is a failed test")]

pub mod relay;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use firemap::store::{Address, DEFAULT_ZONE, PostGis};

/// Starts, stops and starts again as it is told, a line a command; at the end of its input all is taken away.
const KEEPER: &str = r#"
set -u
start() {
    "$BIN/pg_ctl" -D "$DIR/data" -w -l "$DIR/log" -o "-c port=$PORT -c listen_addresses=127.0.0.1$LISTEN_TOO \
        -c unix_socket_directories=$DIR -c fsync=off -c full_page_writes=off -c max_connections=200 \
        -c shared_buffers=64MB" start >>"$DIR/control" 2>&1
}
stop() { "$BIN/pg_ctl" -D "$DIR/data" -m immediate stop >>"$DIR/control" 2>&1; }
replica() {
    "$BIN/pg_basebackup" -h 127.0.0.1 -p "$PORT" -U firemap -D "$DIR/replica" -R -X stream -c fast >>"$DIR/control" 2>&1 &&
        "$BIN/pg_ctl" -D "$DIR/replica" -w -l "$DIR/replica.log" -o "-c port=$REPLICA -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories=$DIR -c fsync=off -c max_connections=200 -c shared_buffers=64MB" \
            start >>"$DIR/control" 2>&1
}
stop_replica() { "$BIN/pg_ctl" -D "$DIR/replica" -m immediate stop >>"$DIR/control" 2>&1; }
trap 'stop_replica; stop; rm -rf "$DIR"' EXIT
trap '' INT TERM HUP
"$BIN/initdb" -D "$DIR/data" -U firemap -A trust -E UTF8 --locale=C.UTF-8 --no-sync >>"$DIR/control" 2>&1 || exit 1
[ -z "$LISTEN_TOO" ] || echo "host all all samenet trust" >>"$DIR/data/pg_hba.conf"
start || exit 1
echo ready
while read -r command; do
    case "$command" in
        start) start ;;
        stop) stop ;;
        replica) replica ;;
        stop_replica) stop_replica ;;
    esac
    echo "$command"
done
"#;

/// A cluster; taken away when it is dropped, or when the tests end.
pub struct Cluster {
    port: u16,
    replica_port: u16,
    folder: PathBuf,
    keeper: Mutex<(Child, Option<ChildStdin>, BufReader<ChildStdout>)>,
    databases: AtomicU32,
}

impl Cluster {
    /// A cluster of one's own, running; `None`, and a word, where PostgreSQL with PostGIS is missing.
    pub fn new() -> Option<Cluster> {
        Cluster::listening_too(None)
    }

    /// The same, to be reached at another address of this machine too by whoever shares a network with it.
    pub fn listening_too(address: Option<&str>) -> Option<Cluster> {
        let Some(bin) = programs() else {
            eprintln!("skipped: there is no PostgreSQL with PostGIS here (Debian: postgresql-15-postgis-3)");
            return None;
        };
        take_away_leftovers(&bin);
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let [port, replica_port] = [free(), free()].map(|free| free.local_addr().unwrap().port());
        let folder = std::env::temp_dir().join(format!("firemap-postgis-{}-{port}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let mut keeper = as_postgres("sh");
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(&folder).status().unwrap();
            assert!(owned.success(), "the folder of the cluster can be given to postgres");
        }
        let keeper = keeper.args(["-c", KEEPER]).env("BIN", &bin).env("DIR", &folder).env("PORT", port.to_string());
        let too = address.map_or(String::new(), |address| format!(",{address}"));
        let keeper = keeper.env("REPLICA", replica_port.to_string()).env("LISTEN_TOO", too);
        let mut keeper = keeper.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, mut output) = (keeper.stdin.take(), BufReader::new(keeper.stdout.take().unwrap()));
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "the cluster starts; see {}/control", folder.display());
        let cluster = Cluster {
            port,
            replica_port,
            folder,
            keeper: Mutex::new((keeper, input, output)),
            databases: AtomicU32::new(0),
        };
        cluster.sql("postgres", "create database template_postgis");
        cluster.sql("template_postgis", "create extension postgis");
        Some(cluster)
    }

    fn tell(&self, command: &str) {
        let mut keeper = self.keeper.lock().unwrap();
        let (_, input, output) = &mut *keeper;
        writeln!(input.as_mut().unwrap(), "{command}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), command);
    }

    /// Stops it at once, as a fault would.
    pub fn stop(&self) {
        self.tell("stop");
    }

    /// Starts it again.
    pub fn start(&self) {
        self.tell("start");
    }

    /// Starts a read replica of all its databases.
    pub fn start_replica(&self) {
        self.tell("replica");
    }

    /// Stops it at once.
    pub fn stop_replica(&self) {
        self.tell("stop_replica");
    }

    /// Runs SQL in a database by psql; what it prints.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.sql_by(self.port, database, sql)
    }

    fn sql_by(&self, port: u16, database: &str, sql: &str) -> String {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "firemap", "-c", sql]);
        let done = psql.arg("-p").arg(port.to_string()).arg("-d").arg(database).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim_end().to_owned()
    }

    /// An empty database with the extension.
    pub fn database(&self) -> Database<'_> {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("create database {name} template template_postgis"));
        Database { cluster: self, name }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let (keeper, input, _) = &mut *self.keeper.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(input.take());
        let _ = keeper.wait();
    }
}

/// An empty database of the cluster that the tests of a suite share.
pub fn database() -> Option<Database<'static>> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::new).as_ref().map(Cluster::database)
}

/// A database, dropped with its handle.
pub struct Database<'a> {
    cluster: &'a Cluster,
    name: String,
}

impl Database<'_> {
    /// Its URL, with a password that must be seen nowhere.
    pub fn url(&self) -> String {
        self.url_by(self.cluster.port)
    }

    /// The same by another port.
    pub fn url_by(&self, port: u16) -> String {
        self.url_at("127.0.0.1", port)
    }

    /// The same by another address of this machine.
    pub fn url_from(&self, address: &str) -> String {
        self.url_at(address, self.cluster.port)
    }

    fn url_at(&self, address: &str, port: u16) -> String {
        format!("postgres://firemap:planted-password@{address}:{port}/{}", self.name)
    }

    /// The same as libpq's keywords.
    pub fn keywords(&self) -> String {
        format!("host=127.0.0.1 port={} dbname={} user=firemap", self.cluster.port, self.name)
    }

    /// A way to it that can be cut.
    pub fn relay(&self) -> relay::Relay {
        relay::Relay::to(self.cluster.port)
    }

    /// Its address at the replica.
    pub fn replica(&self) -> Address {
        Address::parse(&self.url_by(self.cluster.replica_port)).unwrap()
    }

    /// Runs SQL in it at the replica.
    pub fn sql_at_replica(&self, sql: &str) -> String {
        self.cluster.sql_by(self.cluster.replica_port, &self.name, sql)
    }

    /// Its address.
    pub fn address(&self) -> Address {
        Address::parse(&self.url()).unwrap()
    }

    /// Its store; made where there is none.
    pub fn store(&self) -> PostGis {
        PostGis::open_or_create(self.address(), DEFAULT_ZONE).unwrap()
    }

    /// Runs SQL in it by psql, as anybody would; what it prints.
    pub fn sql(&self, sql: &str) -> String {
        self.cluster.sql(&self.name, sql)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // The cluster may be stopped, and goes away with all that is in it.
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-h", "127.0.0.1", "-U", "firemap", "-d", "postgres", "-c"]);
        let drop = psql.arg(format!("drop database if exists {} with (force)", self.name));
        let _ = drop.arg("-p").arg(self.cluster.port.to_string()).stderr(Stdio::null()).status();
    }
}

/// Where the newest PostgreSQL that has PostGIS keeps its programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let has_postgis = Path::new(&format!("/usr/share/postgresql/{version}/extension/postgis.control")).exists();
            (has_postgis && entry.path().join("bin/initdb").exists()).then(|| (version, entry.path().join("bin")))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}

/// A program, run as somebody whom PostgreSQL works for: it refuses root.
fn as_postgres(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", program]);
    command
}

/// Stops clusters whose tests are gone though their keeper could not do it, and takes their folders away.
fn take_away_leftovers(bin: &Path) {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix("firemap-postgis-")?.split('-').next());
        let Some(owner) = owner.filter(|owner| !Path::new("/proc").join(owner).exists()) else { continue };
        eprintln!("taking away what tests of process {owner} left");
        let mut stop = as_postgres(&bin.join("pg_ctl").display().to_string());
        let stop = stop.args(["-m", "immediate", "stop", "-D"]).arg(entry.path().join("data"));
        let _ = stop.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(entry.path());
    }
}
