//! A network between a node and its database that can be made to swallow everything, as a cut cable does: nobody is told
//! that a connection is gone, and what was sent arrives when the cable is whole again.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a stream is waited for before it is looked again whether the cable is cut.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Passes connections on to a port of this machine.
pub struct Relay {
    port: u16,
    cut: Arc<AtomicBool>,
}

impl Relay {
    /// To a port; ends with the process.
    pub fn to(port: u16) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Relay { port: listener.local_addr().unwrap().port(), cut: Arc::default() };
        let cut = relay.cut.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                wait(&cut);
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to, cut) = (from.try_clone().unwrap(), to.try_clone().unwrap(), cut.clone());
                    std::thread::spawn(move || pass(from, to, &cut));
                }
            }
        });
        relay
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the cable, or mends it.
    pub fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::Relaxed);
    }
}

fn wait(cut: &AtomicBool) {
    while cut.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, cut: &AtomicBool) {
    from.set_read_timeout(Some(LOOK_EVERY)).unwrap();
    let mut bytes = [0; 65_536];
    loop {
        let read = match from.read(&mut bytes) {
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                continue;
            }
            Ok(read) if read > 0 => read,
            _ => break,
        };
        wait(cut);
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    wait(cut);
    // The other may be gone already.
    let _ = to.shutdown(Shutdown::Both);
}
