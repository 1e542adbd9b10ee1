//! The queue of drawings: each drawn once however many ask, clients in turn, nothing for those who have left.
//!
//! Turns go round the addresses, and for each address round its connections, so that who opens two hundred tiles holds
//! up nobody who asks for one. A drawing that several wait for is done at the first of their turns.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::error::Refusal;

/// Drawings that may wait at most: some 10 MB.
const MOST_WAITING: usize = 50_000;

/// What is drawn, or why not.
type Drawn<T> = Result<T, Refusal>;

/// Threads that draw, and what waits for them.
pub(super) struct Queue<K, T> {
    shared: Arc<Shared<K, T>>,
}

struct Shared<K, T> {
    line: Mutex<Line<K, T>>,
    ready: Condvar,
}

struct Line<K, T> {
    turns: Turns<K>,
    waiting: HashMap<K, Waiting<T>>,
    /// What is being drawn, with those who want it.
    drawing: HashMap<K, Vec<oneshot::Sender<Drawn<T>>>>,
    ended: bool,
}

struct Waiting<T> {
    draw: Box<dyn FnOnce() -> T + Send>,
    wanted_by: Vec<oneshot::Sender<Drawn<T>>>,
}

/// What becomes of a wish.
pub(super) enum Wish<T> {
    /// It is there by now.
    There(T),
    /// It will be sent; `new` where nobody asked for it before.
    Coming { drawn: oneshot::Receiver<Drawn<T>>, new: bool },
    /// Too many wait.
    Full,
}

impl<K: Copy + Eq + Hash + Send + 'static, T: Clone + Send + 'static> Queue<K, T> {
    /// With so many threads.
    pub fn new(threads: usize) -> Queue<K, T> {
        let line = Line { turns: Turns::default(), waiting: HashMap::new(), drawing: HashMap::new(), ended: false };
        let shared = Arc::new(Shared { line: Mutex::new(line), ready: Condvar::new() });
        for nth in 0..threads {
            let shared = shared.clone();
            let thread = std::thread::Builder::new().name(format!("tiles-{nth}"));
            thread.spawn(move || shared.draw()).expect("the system can start threads");
        }
        Queue { shared }
    }

    /// Asks for a drawing in the line of a client. `there` is looked at once more when nobody else can be drawing it;
    /// `draw` must leave what it draws where `there` finds it.
    pub fn ask(
        &self,
        client: SocketAddr,
        key: K,
        there: impl FnOnce() -> Option<T>,
        draw: impl FnOnce() -> T + Send + 'static,
    ) -> Wish<T> {
        let (send, drawn) = oneshot::channel();
        let mut line = self.shared.line();
        if let Some(wanted_by) = line.drawing.get_mut(&key) {
            wanted_by.push(send);
            return Wish::Coming { drawn, new: false };
        }
        let new = match line.waiting.get_mut(&key) {
            Some(waiting) => {
                waiting.wanted_by.push(send);
                false
            }
            None => {
                if let Some(there) = there() {
                    return Wish::There(there);
                }
                if line.turns.len >= MOST_WAITING {
                    return Wish::Full;
                }
                line.waiting.insert(key, Waiting { draw: Box::new(draw), wanted_by: vec![send] });
                true
            }
        };
        line.turns.push(client, key);
        drop(line);
        self.shared.ready.notify_one();
        Wish::Coming { drawn, new }
    }
}

impl<K, T> Drop for Queue<K, T> {
    fn drop(&mut self) {
        self.shared.line().ended = true;
        self.shared.ready.notify_all();
    }
}

impl<K, T> Shared<K, T> {
    fn line(&self) -> MutexGuard<'_, Line<K, T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash, T: Clone> Shared<K, T> {
    /// Draws until the queue ends. A drawing that panics is a fault to all who want it (the panic hook tells it), and
    /// is tried again by who asks next.
    fn draw(&self) {
        let mut line = self.line();
        loop {
            if line.ended {
                return;
            }
            let Some(key) = line.turns.pop() else {
                line = self.ready.wait(line).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            // It may have been drawn in another client's turn.
            let Some(Waiting { draw, mut wanted_by }) = line.waiting.remove(&key) else { continue };
            wanted_by.retain(|waiter| !waiter.is_closed());
            if wanted_by.is_empty() {
                continue;
            }
            line.drawing.insert(key, wanted_by);
            drop(line);
            let drawn = catch_unwind(AssertUnwindSafe(draw)).map_err(|_| Refusal::Fault {});
            line = self.line();
            for waiter in line.drawing.remove(&key).into_iter().flatten() {
                // Who has left in the meantime does not listen.
                let _ = waiter.send(drawn.clone());
            }
        }
    }
}

/// Wishes in the order of their turns.
struct Turns<K> {
    addresses: HashMap<IpAddr, Address<K>>,
    order: VecDeque<IpAddr>,
    len: usize,
}

/// The wishes of one address by connection (its port).
struct Address<K> {
    connections: HashMap<u16, VecDeque<K>>,
    order: VecDeque<u16>,
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Turns { addresses: HashMap::new(), order: VecDeque::new(), len: 0 }
    }
}

impl<K> Turns<K> {
    fn push(&mut self, client: SocketAddr, key: K) {
        let address = self.addresses.entry(client.ip()).or_insert_with(|| {
            self.order.push_back(client.ip());
            Address { connections: HashMap::new(), order: VecDeque::new() }
        });
        let connection = address.connections.entry(client.port()).or_insert_with(|| {
            address.order.push_back(client.port());
            VecDeque::new()
        });
        connection.push_back(key);
        self.len += 1;
    }

    fn pop(&mut self) -> Option<K> {
        let ip = self.order.pop_front()?;
        let address = self.addresses.get_mut(&ip)?;
        let port = address.order.pop_front()?;
        let connection = address.connections.get_mut(&port)?;
        let key = connection.pop_front();
        if connection.is_empty() {
            address.connections.remove(&port);
        } else {
            address.order.push_back(port);
        }
        if address.order.is_empty() {
            self.addresses.remove(&ip);
        } else {
            self.order.push_back(ip);
        }
        self.len -= 1;
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn client(address: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, address], port))
    }

    fn coming(asked: Wish<u32>) -> (oneshot::Receiver<Drawn<u32>>, bool) {
        match asked {
            Wish::Coming { drawn, new } => (drawn, new),
            Wish::There(_) | Wish::Full => panic!("nothing is there, and there is room"),
        }
    }

    /// A queue of one thread that is busy until it is let go, and what it drew since.
    struct Held {
        queue: Queue<u32, u32>,
        drawn: mpsc::Receiver<u32>,
        told: mpsc::Sender<u32>,
        let_go: mpsc::Sender<()>,
    }

    impl Held {
        fn new() -> Held {
            let queue = Queue::new(1);
            let (told, drawn) = mpsc::channel();
            let ((let_go, held), (begun, begins)) = (mpsc::channel::<()>(), mpsc::channel());
            let hold = move || {
                begun.send(()).unwrap();
                held.recv().unwrap();
                0
            };
            let first = queue.ask(client(99, 1), 0, || None, hold);
            begins.recv().unwrap();
            // Begun, it is drawn though nobody listens.
            drop(first);
            Held { queue, drawn, told, let_go }
        }

        fn ask(&self, client: SocketAddr, key: u32) -> (oneshot::Receiver<Drawn<u32>>, bool) {
            let told = self.told.clone();
            let draw = move || {
                told.send(key).unwrap();
                key
            };
            coming(self.queue.ask(client, key, || None, draw))
        }

        fn order(self) -> Vec<u32> {
            self.let_go.send(()).unwrap();
            drop(self.told);
            // The last to be asked for ends it.
            let (told, drawn) = (self.drawn, self.queue);
            let mut all = Vec::new();
            while let Ok(key) = told.recv_timeout(std::time::Duration::from_millis(300)) {
                all.push(key);
            }
            drop(drawn);
            all
        }
    }

    #[test]
    fn who_asks_for_one_waits_for_one_of_those_who_ask_for_many() {
        let held = Held::new();
        let many: Vec<_> = (1..=200).map(|key| held.ask(client(1, 7), key)).collect();
        let one = held.ask(client(2, 7), 1000);
        let order = held.order();
        assert_eq!(order.len(), 201);
        assert_eq!(order[..3], [1, 1000, 2]);
        drop((many, one));
    }

    #[test]
    fn connections_of_one_address_take_turns_and_share_its_turn() {
        let held = Held::new();
        let asked = [(1, 7, 10), (1, 7, 11), (1, 8, 20), (1, 8, 21), (2, 7, 30), (2, 7, 31)];
        let waiting: Vec<_> = asked.map(|(address, port, key)| held.ask(client(address, port), key)).into();
        assert_eq!(held.order(), [10, 30, 20, 31, 11, 21]);
        drop(waiting);
    }

    #[test]
    fn a_drawing_many_ask_for_is_done_once_at_the_first_of_their_turns() {
        let held = Held::new();
        let many: Vec<_> = (1..=50).map(|key| held.ask(client(1, 7), key)).collect();
        let (mut also, new) = held.ask(client(2, 7), 50);
        assert!(!new && many.iter().all(|(_, new)| *new));
        let order = held.order();
        assert_eq!(order[..3], [1, 50, 2]);
        assert_eq!(order.len(), 50);
        assert_eq!(also.try_recv(), Ok(Ok(50)));
        assert!(many.into_iter().zip(1..).all(|((mut one, _), key)| one.try_recv() == Ok(Ok(key))));
    }

    #[test]
    fn nothing_is_drawn_for_those_who_have_left() {
        let held = Held::new();
        let left = (1..=5).map(|key| held.ask(client(1, 7), key)).collect::<Vec<_>>();
        let stays = held.ask(client(2, 7), 3);
        drop(left);
        assert_eq!(held.order(), [3]);
        drop(stays);
    }

    #[test]
    fn too_many_are_turned_away() {
        let held = Held::new();
        let all: Vec<_> = (1..=MOST_WAITING as u32).map(|key| held.ask(client(1, 7), key)).collect();
        assert!(matches!(held.queue.ask(client(2, 7), 0xffff_ffff, || None, || 1), Wish::Full));
        drop(all);
        held.let_go.send(()).unwrap();
    }

    #[test]
    fn what_is_there_by_now_is_not_drawn_and_a_panic_is_a_fault() {
        let queue: Queue<u32, u32> = Queue::new(1);
        assert!(matches!(queue.ask(client(1, 7), 1, || Some(5), || 6), Wish::There(5)));
        let (broken, _) = coming(queue.ask(client(1, 7), 1, || None, || panic!("this drawing is meant to fail")));
        assert_eq!(broken.blocking_recv(), Ok(Err(Refusal::Fault {})));
        let (whole, _) = coming(queue.ask(client(1, 7), 1, || None, || 6));
        assert_eq!(whole.blocking_recv(), Ok(Ok(6)));
    }
}
