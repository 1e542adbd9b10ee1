//! A hundred people open the map in the same moment: each the tiles of one screen at a place nobody has looked at.

use std::net::SocketAddr;
use std::time::Instant;

use super::figures::{Chance, Sorted};
use super::load::{Connection, Tally, run};
use super::requests::Town;

/// Who opens a map at once.
pub const CLIENTS: usize = 100;
/// Connections that a browser keeps to one server.
const CONNECTIONS: usize = 6;

/// What they met.
pub struct Opened {
    /// Each request, from its sending to its last byte.
    pub requests: Tally,
    /// Milliseconds until all tiles of a client's screen were there.
    pub screens: Sorted,
}

/// Lets them all open their maps.
pub fn open_maps(address: SocketAddr, town: &Town, seed: u64) -> Opened {
    let mut chance = Chance::of(seed);
    let views: Vec<Vec<String>> =
        (0..CLIENTS).map(|_| Town::view(town.place(&mut chance), 13 + chance.below(4) as u8)).collect();
    run(async {
        let start = Instant::now();
        let clients: Vec<_> = views.into_iter().map(|view| tokio::task::spawn_local(one(address, view))).collect();
        let (mut requests, mut screens) = (Tally::default(), Vec::new());
        for client in clients {
            let (tally, screen) = client.await.expect("a client does not panic");
            requests.latencies.extend(&tally.latencies);
            requests.bytes += tally.bytes;
            requests.errors += tally.errors;
            requests.first_error = requests.first_error.or(tally.first_error);
            screens.push(screen);
        }
        requests.wall = start.elapsed();
        Opened { requests, screens: Sorted::new(screens) }
    })
}

async fn one(address: SocketAddr, view: Vec<String>) -> (Tally, f64) {
    let start = Instant::now();
    let share = |nth: usize| view.iter().skip(nth).step_by(CONNECTIONS).cloned().collect::<Vec<String>>();
    let lanes: Vec<_> = (0..CONNECTIONS)
        .map(|nth| {
            let paths = share(nth);
            tokio::task::spawn_local(async move {
                let mut tally = Tally::default();
                let mut connection = match Connection::open(address).await {
                    Ok(connection) => connection,
                    Err(error) => {
                        tally.fail(error);
                        return tally;
                    }
                };
                for path in paths {
                    let asked = Instant::now();
                    let answer = connection.get(&path).await;
                    tally.count(&path, asked.elapsed(), &answer);
                }
                tally
            })
        })
        .collect();
    let mut all = Tally::default();
    for lane in lanes {
        let tally = lane.await.expect("a connection does not panic");
        all.latencies.extend(tally.latencies);
        all.bytes += tally.bytes;
        all.errors += tally.errors;
        all.first_error = all.first_error.or(tally.first_error);
    }
    (all, start.elapsed().as_secs_f64() * 1000.0)
}
