//! The client of the measurements: connections that are kept open, one request at a time on each, bodies read whole.
//!
//! It runs on one thread beside the server, on the same processors, and takes its share of them: rates here are lower
//! than a server alone would give.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use super::figures::Sorted;

/// How long an answer is waited for; later it is an error.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body as it came.
    pub body: Bytes,
}

/// A connection that is kept open.
pub struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    host: String,
}

impl Connection {
    /// Opens one.
    pub async fn open(address: SocketAddr) -> Result<Connection, String> {
        let stream = TcpStream::connect(address).await.map_err(told)?;
        stream.set_nodelay(true).map_err(told)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(told)?;
        tokio::task::spawn_local(connection);
        Ok(Connection { sender, host: address.to_string() })
    }

    /// Asks and reads the answer whole, as a browser asks: gzip is taken.
    pub async fn get(&mut self, path: &str) -> Result<Answer, String> {
        let request = hyper::Request::get(path)
            .header("host", &self.host)
            .header("accept-encoding", "gzip")
            .body(Empty::new())
            .map_err(told)?;
        let asked = async {
            self.sender.ready().await.map_err(told)?;
            let response = self.sender.send_request(request).await.map_err(told)?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.map_err(told)?.to_bytes();
            Ok(Answer { status, body })
        };
        tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "no answer in time".to_owned())?
    }
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// What came of many requests.
#[derive(Default)]
pub struct Tally {
    /// Milliseconds of each answered request.
    pub latencies: Vec<f64>,
    /// Requests that were not answered, or not with 200 or 204.
    pub errors: u64,
    /// What the first of them was.
    pub first_error: Option<String>,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// Of how long a time.
    pub wall: Duration,
}

impl Tally {
    /// Counts an answer that took so long.
    pub fn count(&mut self, path: &str, took: Duration, answer: &Result<Answer, String>) {
        match answer {
            Ok(answer) if matches!(answer.status, 200 | 204) => {
                self.bytes += answer.body.len() as u64;
                self.latencies.push(took.as_secs_f64() * 1000.0);
            }
            Ok(answer) => self.fail(format!("{path}: status {}", answer.status)),
            Err(error) => self.fail(format!("{path}: {error}")),
        }
    }

    /// Counts an error.
    pub fn fail(&mut self, what: String) {
        self.errors += 1;
        self.first_error.get_or_insert(what);
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.wall.as_secs_f64()
    }

    /// The latencies for percentiles.
    pub fn sorted(&self) -> Sorted {
        Sorted::new(self.latencies.clone())
    }
}

/// Runs client work on one thread.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    LocalSet::new().block_on(&runtime, work)
}

/// Asks for paths over so many connections, as fast as they are answered: each connection takes the next path, until
/// `next` gives none.
pub fn ask(address: SocketAddr, connections: usize, next: impl FnMut() -> Option<String> + 'static) -> Tally {
    let next = Rc::new(RefCell::new(next));
    let tally = Rc::new(RefCell::new(Tally::default()));
    run(async {
        let mut workers = Vec::new();
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(address).await);
        }
        let start = Instant::now();
        for connection in open {
            let (next, tally) = (next.clone(), tally.clone());
            workers.push(tokio::task::spawn_local(async move {
                let mut connection = match connection {
                    Ok(connection) => connection,
                    Err(error) => return tally.borrow_mut().fail(error),
                };
                loop {
                    let path = (next.borrow_mut())();
                    let Some(path) = path else { return };
                    let asked = Instant::now();
                    let answer = connection.get(&path).await;
                    tally.borrow_mut().count(&path, asked.elapsed(), &answer);
                    if answer.is_err() {
                        match Connection::open(address).await {
                            Ok(another) => connection = another,
                            Err(error) => return tally.borrow_mut().fail(error),
                        }
                    }
                }
            }));
        }
        for worker in workers {
            let _ = worker.await;
        }
        tally.borrow_mut().wall = start.elapsed();
    });
    tally.take()
}

/// So many viewers, each with a connection, who look somewhere else every second for so long: what a view asks for is
/// asked one after the other.
pub fn look_around(
    address: SocketAddr,
    viewers: usize,
    length: Duration,
    view: impl FnMut() -> Vec<String> + 'static,
) -> Tally {
    const EVERY: Duration = Duration::from_secs(1);
    let (view, tally) = (Rc::new(RefCell::new(view)), Rc::new(RefCell::new(Tally::default())));
    run(async {
        let start = Instant::now();
        let workers = (0..viewers as u32).map(|nth| {
            let (view, tally) = (view.clone(), tally.clone());
            tokio::task::spawn_local(async move {
                let mut connection = match Connection::open(address).await {
                    Ok(connection) => connection,
                    Err(error) => return tally.borrow_mut().fail(error),
                };
                // They do not all move at once.
                let mut at = start + EVERY * nth / viewers as u32;
                while at < start + length {
                    tokio::time::sleep_until(at.into()).await;
                    let paths = (view.borrow_mut())();
                    for path in paths {
                        let asked = Instant::now();
                        let answer = connection.get(&path).await;
                        tally.borrow_mut().count(&path, asked.elapsed(), &answer);
                    }
                    at += EVERY;
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            let _ = worker.await;
        }
        tally.borrow_mut().wall = start.elapsed();
    });
    tally.take()
}

/// [`ask`] for each of these once.
pub fn ask_each(address: SocketAddr, connections: usize, paths: Vec<String>) -> Tally {
    let mut paths = paths.into_iter();
    ask(address, connections, move || paths.next())
}

/// [`ask`] for one path again and again for so long.
pub fn ask_for(address: SocketAddr, connections: usize, path: &str, length: Duration) -> Tally {
    let path = path.to_owned();
    let end: Cell<Option<Instant>> = Cell::new(None);
    ask(address, connections, move || {
        let end = end.get().unwrap_or_else(|| {
            let at = Instant::now() + length;
            end.set(Some(at));
            at
        });
        (Instant::now() < end).then(|| path.clone())
    })
}
