//! A server is killed (SIGKILL) at random moments of a load of edits, on a file and on a database, which goes down at once
//! itself every other time: each edit that was acknowledged is in the store, none is there by half, and the request that
//! was under way is done once when it is sent again.
//!
//! Twenty kills each; FIREMAP_KILLS=200 for more, FIREMAP_SEED for other moments.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

#[path = "postgis/mod.rs"]
mod postgis;
mod running;

use std::collections::BTreeMap;
use std::time::Duration;

use firemap::store::{DEFAULT_ZONE, GeoPackage, PostGis, Store};
use running::{Dice, Left, Server, Wish, edited, names, number, send};
use rusqlite::Connection;

/// Clients that write at a time.
const CLIENTS: usize = 4;

/// One who edits hydrants of its own.
struct Client {
    dice: Dice,
    nth: usize,
    sent: u64,
    left: Left,
    /// The request under way when the server died, with its key.
    underway: Option<(String, Wish)>,
    acknowledged: u64,
}

impl Client {
    /// Edits until the server is gone.
    fn work(&mut self, host: &str) {
        loop {
            let (key, wish) = self.underway.clone().unwrap_or_else(|| {
                self.sent += 1;
                let name = format!("{}/{}", self.nth, self.sent);
                (format!("{}-{}", self.nth, self.sent), Wish::any(&mut self.dice, &self.left, name))
            });
            self.underway = Some((key.clone(), wish.clone()));
            let Some((status, told)) = send(host, "POST", "/api/edits", &key, &wish.body()) else { return };
            if status == 503 {
                // The database is away: it is to be tried again.
                std::thread::sleep(Duration::from_millis(10));
                continue;
            }
            assert_eq!(status, 200, "{told}");
            self.left.insert(edited(&told), wish.name());
            self.underway = None;
            self.acknowledged += 1;
        }
    }

    /// Whether the store has what was acknowledged; what was under way may be there or not.
    fn holds(&self, rows: &BTreeMap<u64, String>) {
        let underway = self.underway.as_ref().map(|(_, wish)| wish);
        for (id, name) in &self.left {
            let perhaps = match underway {
                Some(Wish::Rename(of, name)) if of == id => Some(Some(name)),
                Some(Wish::Retire(of)) if of == id => Some(None),
                _ => None,
            };
            let found = rows.get(id);
            assert!(
                found == name.as_ref() || perhaps == Some(found),
                "client {}: hydrant {id} is {found:?} and was acknowledged as {name:?}",
                self.nth
            );
        }
        let mut own: Vec<&String> = rows.values().filter(|name| name.starts_with(&format!("{}/", self.nth))).collect();
        let many = own.len();
        own.sort();
        own.dedup();
        assert_eq!(own.len(), many, "nothing is done twice");
    }
}

/// Kills a server again and again while clients write to its store. `fell` is called a moment after they begin, `read`
/// gives the rows once the server is gone.
fn killed(store: &str, mut fell: impl FnMut(u64), read: impl Fn(u64) -> BTreeMap<u64, String>) {
    let (kills, seed) = (number("FIREMAP_KILLS", 20), number("FIREMAP_SEED", 4711));
    let mut dice = Dice(seed);
    let client = |nth: usize| {
        let dice = Dice(seed * 31 + nth as u64 + 1);
        Client { dice, nth, sent: 0, left: Left::new(), underway: None, acknowledged: 0 }
    };
    let mut clients: Vec<Client> = (0..CLIENTS).map(client).collect();
    let mut dead_midway = 0;
    for kill in 0..kills {
        let mut server = Server::start(store.as_ref());
        std::thread::scope(|scope| {
            for client in &mut clients {
                let host = server.host.clone();
                scope.spawn(move || client.work(&host));
            }
            std::thread::sleep(Duration::from_millis(dice.below(300)));
            fell(kill);
            server.child.kill().unwrap();
            server.child.wait().unwrap();
        });
        dead_midway += usize::from(clients.iter().any(|client| client.underway.is_some()));
        let rows = read(kill);
        clients.iter().for_each(|client| client.holds(&rows));
    }
    let acknowledged: u64 = clients.iter().map(|client| client.acknowledged).sum();
    println!("{kills} kills, {acknowledged} edits acknowledged and there, {dead_midway} kills with requests under way");
    assert!(acknowledged > kills && dead_midway > 0, "the kills met a load: {acknowledged}");
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    drop(GeoPackage::open_or_create(&path, DEFAULT_ZONE).unwrap());
    let read = |kill: u64| {
        let store = GeoPackage::open(&path).unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        let rows = names(&store.rows().unwrap().1);
        drop(store);
        let file = Connection::open(&path).unwrap();
        let sound: String = file.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok", "after kill {kill}");
        rows
    };
    killed(path.to_str().unwrap(), |_| {}, read);
}

#[test]
fn what_was_acknowledged_survives_a_kill_of_node_and_database_at_any_moment() {
    let Some(cluster) = postgis::Cluster::new() else { return };
    let database = cluster.database();
    drop(database.store());
    let falls = |kill: u64| kill % 2 == 1;
    let fell = |kill| {
        if falls(kill) {
            cluster.stop();
            // The node is asked for a while without it.
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let read = |kill| {
        if falls(kill) {
            cluster.start();
        }
        let store = PostGis::open(database.address()).unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        names(&store.rows().unwrap().1)
    };
    killed(&database.url(), fell, read);
}
