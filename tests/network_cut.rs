//! A node in a network namespace of its own, whose cable to the database is pulled while viewers reach it by another.
//!
//! Needs Linux, root and `ip` (Debian: `iproute2`), and says so where it skips.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
#![cfg(unix)]

mod postgis;
mod running;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use postgis::Cluster;
use running::{SERVE, Server, Wish, edited, send, send_with, without_settings};

const TOKEN: &str = "a-token-of-the-test-that-is-long-enough";

/// A namespace with two cables to this machine: one to the database, one to viewers.
struct Apart {
    name: String,
    /// The last number but one of the addresses, which no other run has at the same time.
    net: u32,
}

impl Apart {
    /// `None`, and a word, where none can be made.
    fn new() -> Option<Apart> {
        let process = std::process::id();
        let apart = Apart { name: format!("fm{process}"), net: process % 250 };
        let made = apart.make();
        if let Err(why) = &made {
            eprintln!("skipped: no network namespace can be made here (Linux, root, Debian: iproute2): {why}");
        }
        made.ok().map(|()| apart)
    }

    fn make(&self) -> Result<(), String> {
        ip(&["netns", "add", &self.name])?;
        for (cable, [here, there]) in [("db", [1, 2]), ("view", [5, 6])] {
            let ends = [self.end(cable, 'h'), self.end(cable, 'n')];
            ip(&["link", "add", &ends[0], "type", "veth", "peer", "name", &ends[1], "netns", &self.name])?;
            ip(&["addr", "add", &format!("{}/30", self.address(here)), "dev", &ends[0]])?;
            ip(&["link", "set", &ends[0], "up"])?;
            ip(&["-n", &self.name, "addr", "add", &format!("{}/30", self.address(there)), "dev", &ends[1]])?;
            ip(&["-n", &self.name, "link", "set", &ends[1], "up"])?;
        }
        Ok(())
    }

    fn end(&self, cable: &str, side: char) -> String {
        format!("{cable}{side}{}", self.net)
    }

    fn address(&self, last: u32) -> String {
        format!("10.213.{}.{last}", self.net)
    }

    /// Pulls the cable to the database, or puts it back.
    fn pull(&self, pulled: bool) {
        ip(&["link", "set", &self.end("db", 'h'), if pulled { "down" } else { "up" }]).unwrap();
    }
}

fn ip(args: &[&str]) -> Result<(), String> {
    let done = Command::new("ip").args(args).output().map_err(|error| error.to_string())?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

/// Its cables go with it.
impl Drop for Apart {
    fn drop(&mut self) {
        let _ = ip(&["netns", "del", &self.name]);
    }
}

fn until(what: &str, mut done: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    begun.elapsed()
}

#[test]
fn a_node_whose_cable_to_the_database_is_pulled_goes_on_telling_and_loses_nothing() {
    let Some(apart) = Apart::new() else { return };
    let Some(cluster) = Cluster::listening_too(Some(&apart.address(1))) else { return };
    let database = cluster.database();
    drop(database.store());
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    std::fs::set_permissions(&token, Permissions::from_mode(0o600)).unwrap();
    let mut node = without_settings("ip");
    node.args(["netns", "exec", &apart.name, env!("CARGO_BIN_EXE_firemap")]);
    // The address comes after the one that is told first, and counts.
    let (listen, url) = (format!("{}:0", apart.address(6)), database.url_from(&apart.address(1)));
    let serve = SERVE.map(|word| if word == "127.0.0.1:0" { listen.as_str() } else { word });
    node.args(serve).arg(url).arg("--write-token-file").arg(&token);
    let node = Server::telling(node);
    let write = |wish: Wish| {
        let token = format!("authorization: Bearer {TOKEN}\r\n");
        send_with(&node.host, "POST", "/api/edits", &token, &wish.body()).unwrap()
    };
    let city = || send(&node.host, "GET", "/api/city", "", "").unwrap().1;
    let count =
        || city()["layers"].as_array().unwrap().iter().map(|layer| layer["count"].as_u64().unwrap()).sum::<u64>();
    let (status, told) = write(Wish::Create("sooner".to_owned()));
    assert_eq!(status, 200, "{told}");
    let id = edited(&told);

    apart.pull(true);
    let begun = Instant::now();
    let (status, refused) = write(Wish::Create("lost".to_owned()));
    assert_eq!(status, 503, "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(30), "refused after {:?}", begun.elapsed());
    database.sql(&format!("update hydrant set name = 'by psql' where fid = {id}"));
    let stale = until("the node knows that its city may be old", || city()["stale"] == true);
    assert_eq!(count(), 1, "what it has stays there to be asked");
    assert_eq!(node.ask("/tiles/fire/0/0/0.mvt"), Some(200));

    apart.pull(false);
    let name = || {
        let told = send(&node.host, "GET", &format!("/api/features/hydrant/{id}"), "", "").unwrap().1;
        told["properties"]["name"].clone()
    };
    let again = until("the node has caught up", || name() == "by psql" && city()["stale"] == false);
    let (status, told) = write(Wish::Create("later".to_owned()));
    assert_eq!(status, 200, "{told}");
    assert_eq!(count(), 2);
    let names = database.sql("select string_agg(name, ',' order by fid) from hydrant");
    assert_eq!(names, "by psql,later", "what was refused was not done");
    println!("told to be old {stale:?} after it was refused an edit, caught up {again:?} after the cable was back");
}
