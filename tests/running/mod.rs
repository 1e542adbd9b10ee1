//! A server as a process of its own, and people who edit hydrants on it over HTTP.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use firemap::model::{Layer, hydrant};
use firemap::store::Row;
use serde_json::{Value as Json, json};

/// The number that a variable of the environment gives.
pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// A row of numbers that looks random (xorshift, Marsaglia 2003).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// One of some.
    pub fn among<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len() as u64) as usize]
    }
}

/// A server, or a program that runs one and ends with it.
pub struct Server {
    pub child: Child,
    pub host: String,
}

impl Server {
    /// On a store.
    pub fn start(store: &Path) -> Server {
        let mut command = without_settings(env!("CARGO_BIN_EXE_firemap"));
        command.args(SERVE).arg(store);
        Server::telling(command)
    }

    /// By a program that prints what the server prints: its address first.
    pub fn telling(mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let host = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut server = Server { child, host };
        while server.ask("/ready") != Some(200) {
            assert!(server.child.try_wait().is_ok_and(|ended| ended.is_none()), "the server goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// The status of the answer to a question.
    pub fn ask(&self, path: &str) -> Option<u16> {
        send(&self.host, "GET", path, "", "").map(|(status, _)| status)
    }
}

/// A server does not outlive a test that fails.
impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            terminate(self.child.id());
            let _ = self.child.wait();
        }
    }
}

/// What a server of a store is told; the store's path comes last.
pub const SERVE: [&str; 6] = ["serve", "--listen", "127.0.0.1:0", "--log", "error", "--store"];

/// A program that nothing tells how a server is to be.
pub fn without_settings(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FIREMAP_")) {
        command.env_remove(name);
    }
    command
}

/// Asks a process to end.
pub fn terminate(process: u32) {
    Command::new("kill").args(["-TERM", &process.to_string()]).status().unwrap();
}

/// Status and body of an answer; nothing where it did not come whole. A body that is no JSON is `null`.
pub fn send(host: &str, method: &str, path: &str, key: &str, body: &str) -> Option<(u16, Json)> {
    let key = if key.is_empty() { String::new() } else { format!("idempotency-key: {key}\r\n") };
    send_with(host, method, path, &key, body)
}

/// The same with more lines in the head of the request, each with its end.
pub fn send_with(host: &str, method: &str, path: &str, more: &str, body: &str) -> Option<(u16, Json)> {
    let mut connection = TcpStream::connect(host).ok()?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nx-firemap-edit: 1\r\n{more}content-length: {length}\r\n\r\n{body}"
    );
    connection.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (str::from_utf8(&answer[..end]).ok()?, &answer[end + 4..]);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse::<usize>().ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    (body.len() == length).then(|| (status, serde_json::from_slice(body).unwrap_or(Json::Null)))
}

/// Hydrants as someone left them: the name of each, or nothing where it was taken away.
pub type Left = BTreeMap<u64, Option<String>>;

/// What someone wants done.
#[derive(Clone)]
pub enum Wish {
    Create(String),
    Rename(u64, String),
    Retire(u64),
}

impl Wish {
    /// Something to do with hydrants as they were left; a name that is needed is this one.
    pub fn any(dice: &mut Dice, left: &Left, name: String) -> Wish {
        let there: Vec<u64> = left.iter().filter(|(_, name)| name.is_some()).map(|(id, _)| *id).collect();
        match (there.get(dice.below(there.len().max(1) as u64) as usize), dice.below(10)) {
            (Some(id), 0..5) => Wish::Rename(*id, name),
            (Some(id), 5..7) => Wish::Retire(*id),
            _ => Wish::Create(name),
        }
    }

    pub fn body(&self) -> String {
        let edit = match self {
            Wish::Create(name) => json!({"create": {
                "layer": "hydrant", "properties": {"name": name},
                "geometry": {"type": "Point", "coordinates": [106.5, 29.5]},
            }}),
            Wish::Rename(id, name) => json!({"change": {"layer": "hydrant", "id": id, "properties": {"name": name}}}),
            Wish::Retire(id) => json!({"retire": {"layer": "hydrant", "id": id}}),
        };
        json!({"edits": [edit]}).to_string()
    }

    /// The name that it leaves.
    pub fn name(self) -> Option<String> {
        match self {
            Wish::Create(name) | Wish::Rename(_, name) => Some(name),
            Wish::Retire(_) => None,
        }
    }
}

/// The number of the hydrant that was edited.
pub fn edited(told: &Json) -> u64 {
    told["features"][0]["id"].as_u64().unwrap_or_else(|| panic!("{told}"))
}

/// The names of the hydrants of a store.
pub fn names(rows: &[Row]) -> BTreeMap<u64, String> {
    let name =
        |row: &Row| row.feature.attributes.as_ref().text(Layer::Hydrant, hydrant::NAME).unwrap_or_default().to_owned();
    rows.iter().map(|row| (row.id.0, name(row))).collect()
}
