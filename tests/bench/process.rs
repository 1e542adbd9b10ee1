//! Servers as processes of their own: started, asked whether they are ready, looked at from outside, ended.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::cities;

/// A server that ends with this value.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to the first answer that it is ready.
    pub ready_after: Duration,
    /// From its start until it has answered with all figures of the city; of other servers the same as ready.
    pub whole_after: Duration,
}

impl Server {
    /// `firemap serve` of a store, as anyone starts it; returns when it is ready and all figures are there.
    pub fn firemap(store: impl AsRef<OsStr>) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firemap"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--store"]).arg(store.as_ref());
        let log = std::fs::File::create(cities::cache().join("server.log")).expect("the cache folder can be written");
        command.stderr(log);
        let mut server = Server::telling(command);
        let asked = Instant::now();
        assert!(is_ok(server.address, "/api/city"), "a server that is ready tells of its city");
        server.whole_after += asked.elapsed();
        server
    }

    /// Waits until it has found beside its work what takes longest, and does nothing any more.
    pub fn at_rest(self) -> Server {
        let mut before = self.processor();
        loop {
            std::thread::sleep(Duration::from_millis(1200));
            let now = self.processor();
            if now - before < Duration::from_millis(40) {
                return self;
            }
            before = now;
        }
    }

    /// Starts a server that prints its address, `http://…/`, as its first line and answers `/ready`.
    pub fn telling(mut command: Command) -> Server {
        let start = Instant::now();
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server's program is there");
        let mut line = String::new();
        let told = child.stdout.as_mut().map(|out| BufReader::new(out).read_line(&mut line));
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').parse();
        let address = address.unwrap_or_else(|_| panic!("the server tells its address, not {told:?} {line:?}"));
        Server::awaited(child, address, "/ready", start)
    }

    /// Starts a server that was told its address; it is ready when a path is answered with 200.
    pub fn at(mut command: Command, address: SocketAddr, path: &str) -> Server {
        let start = Instant::now();
        let child = command.stdout(Stdio::null()).spawn().expect("the server's program is there");
        Server::awaited(child, address, path, start)
    }

    fn awaited(child: Child, address: SocketAddr, path: &str, start: Instant) -> Server {
        let mut server = Server { child, address, ready_after: Duration::ZERO, whole_after: Duration::ZERO };
        while !is_ok(address, path) {
            assert!(server.child.try_wait().is_ok_and(|ended| ended.is_none()), "the server goes on");
            assert!(start.elapsed() < Duration::from_secs(600), "the server is ready within ten minutes");
            std::thread::sleep(Duration::from_millis(5));
        }
        server.ready_after = start.elapsed();
        server.whole_after = server.ready_after;
        server
    }

    /// Resident memory now, in kB.
    pub fn resident_kb(&self) -> u64 {
        status_kb(self.child.id(), "VmRSS:")
    }

    /// The most it ever was, in kB.
    pub fn peak_kb(&self) -> u64 {
        status_kb(self.child.id(), "VmHWM:")
    }

    /// Processor time it has taken, of all its threads (Linux counts it in hundredths of a second).
    pub fn processor(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // After the name in brackets: utime and stime are the 12th and 13th.
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("this machine has free ports").port()
}

fn status_kb(process: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn is_ok(address: SocketAddr, path: &str) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok::<bool, std::io::Error>(start.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}
