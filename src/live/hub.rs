//! The news as viewers hear it: the last events in one ring, written once however many read them.
//!
//! A reader is a place in the ring and nothing else: who falls behind it has missed something and is told to fetch
//! everything again. Whoever waits is woken by a bell; the hub itself knows no runtime.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Published;

/// Events that are kept for those who come back or are slow.
const MOST_EVENTS: usize = 256;
/// Bytes of them, but for the last.
const MOST_BYTES: usize = 8 << 20;

/// An event as it is sent: lines of `text/event-stream`.
pub type Frame = Arc<[u8]>;

/// Rung when there is something new.
pub type Bell = Box<dyn Fn() + Send + Sync>;

/// The last events.
pub struct Hub {
    past: Mutex<Past>,
    bells: Mutex<Vec<Bell>>,
}

struct Past {
    /// Of this process: an id of another is not mistaken for one of ours.
    stamp: u64,
    load: u64,
    /// Number of the next event.
    next: u64,
    ring: VecDeque<Frame>,
    bytes: usize,
    closed: bool,
}

/// What a reader gets next.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// An event, and the place behind it.
    Event(Frame, u64),
    /// Nothing yet.
    Nothing,
    /// There will be nothing more.
    Closed,
}

/// A reader that begins.
#[derive(Debug, PartialEq)]
pub struct Greeting {
    /// What it is told first.
    pub frames: Vec<Frame>,
    /// Its place.
    pub at: u64,
}

impl Hub {
    /// Without events; `stamp` tells this process from others.
    pub(super) fn new(stamp: u64) -> Hub {
        let past = Past { stamp, load: 0, next: 1, ring: VecDeque::new(), bytes: 0, closed: false };
        Hub { past: Mutex::new(past), bells: Mutex::default() }
    }

    /// Has a bell rung from now on whenever there is something new.
    pub fn listen(&self, bell: Bell) {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner).push(bell);
    }

    /// Begins to read of a city: after the last event that a reader heard where that is known, else from now on. One
    /// that was away too long is told to fetch everything again.
    pub fn greet(&self, published: &Published, last_id: Option<&str>) -> Greeting {
        let past = self.past();
        let resumed = last_id.and_then(|id| past.place_after(id));
        let at = resumed.unwrap_or(past.next);
        let hello = json!({
            "load": published.load,
            "revision": published.city.revision().0,
            "day": published.city.day().to_string(),
        });
        let mut frames = vec![past.frame("hello", at - 1, &hello)];
        if last_id.is_some() && resumed.is_none() {
            frames.push(past.frame("reload", at - 1, &json!({})));
        }
        Greeting { frames, at }
    }

    /// The id of the last event.
    pub fn told(&self) -> String {
        let past = self.past();
        past.id(past.next - 1)
    }

    /// What comes at a place. Who is behind the ring hears that it must fetch everything again, and goes on from now.
    pub fn next(&self, at: u64) -> Next {
        let past = self.past();
        if past.closed {
            return Next::Closed;
        }
        if at >= past.next {
            return Next::Nothing;
        }
        let event = at.checked_sub(past.oldest()).and_then(|nth| past.ring.get(usize::try_from(nth).ok()?));
        match event {
            Some(frame) => Next::Event(frame.clone(), at + 1),
            None => {
                metrics::counter!("firemap_live_missed_total").increment(1);
                Next::Event(past.frame("reload", past.next - 1, &json!({})), past.next)
            }
        }
    }

    /// Tells that something changed.
    pub(super) fn change(&self, told: &Value) {
        self.tell("change", None, told);
    }

    /// Tells that everything is to be fetched again, as the city descends from a new load.
    pub(super) fn reload(&self, load: u64) {
        self.tell("reload", Some(load), &json!({}));
    }

    /// Tells nothing more: whoever reads comes to the end.
    pub fn close(&self) {
        self.past().closed = true;
        self.ring();
    }

    fn tell(&self, name: &str, load: Option<u64>, told: &Value) {
        {
            let mut past = self.past();
            if let Some(load) = load {
                // What is from before is of no use to anybody.
                past.load = load;
                past.ring.clear();
                past.bytes = 0;
            }
            let frame = past.frame(name, past.next, told);
            past.bytes += frame.len();
            past.ring.push_back(frame);
            past.next += 1;
            while past.ring.len() > MOST_EVENTS || (past.bytes > MOST_BYTES && past.ring.len() > 1) {
                past.bytes -= past.ring.pop_front().map_or(0, |frame| frame.len());
            }
        }
        self.ring();
    }

    /// Rings the bells.
    pub(super) fn ring(&self) {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|bell| bell());
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Past {
    /// Number of the first event in the ring.
    fn oldest(&self) -> u64 {
        self.next - self.ring.len() as u64
    }

    fn frame(&self, name: &str, number: u64, told: &Value) -> Frame {
        format!("id: {}\nevent: {name}\ndata: {told}\n\n", self.id(number)).into_bytes().into()
    }

    fn id(&self, number: u64) -> String {
        let Past { stamp, load, .. } = self;
        format!("{stamp:x}.{load}-{number}")
    }

    /// The place after the event of an id; `None` where what followed is not kept, or it is of another load or process.
    fn place_after(&self, id: &str) -> Option<u64> {
        let (of, number) = id.split_once('-')?;
        let (stamp, load) = of.split_once('.')?;
        let same = u64::from_str_radix(stamp, 16).ok()? == self.stamp && load.parse() == Ok(self.load);
        let after = number.parse::<u64>().ok()?.checked_add(1)?;
        (same && (self.oldest()..=self.next).contains(&after)).then_some(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(frame: &Frame) -> &str {
        std::str::from_utf8(frame).unwrap()
    }

    #[test]
    fn a_reader_hears_each_event_once_and_in_order_or_that_it_missed_some() {
        let hub = Hub::new(0xabc);
        hub.reload(1);
        let Next::Event(frame, mut at) = hub.next(1) else { panic!("the load is told") };
        assert_eq!(text(&frame), "id: abc.1-1\nevent: reload\ndata: {}\n\n");
        assert_eq!((hub.next(at), hub.told()), (Next::Nothing, "abc.1-1".to_owned()));
        let slow = at;
        for nth in 0..MOST_EVENTS as u64 + 1 {
            hub.change(&json!({"nth": nth}));
            let Next::Event(frame, next) = hub.next(at) else { panic!("an event") };
            assert_eq!(text(&frame), format!("id: abc.1-{}\nevent: change\ndata: {{\"nth\":{nth}}}\n\n", nth + 2));
            at = next;
        }
        let Next::Event(frame, newest) = hub.next(slow) else { panic!("it is told") };
        assert!(text(&frame).contains("event: reload") && newest == at);
        hub.close();
        assert_eq!(hub.next(newest), Next::Closed);
    }

    #[test]
    fn large_events_are_kept_up_to_a_sum_of_bytes() {
        let hub = Hub::new(1);
        let large = json!({"text": "x".repeat(MOST_BYTES / 3)});
        (0..4).for_each(|_| hub.change(&large));
        assert_eq!(hub.past().ring.len(), 2);
        hub.change(&json!({"text": "x".repeat(2 * MOST_BYTES)}));
        assert_eq!(hub.past().ring.len(), 1, "the last is kept, however large");
        hub.change(&json!({}));
        assert_eq!(hub.past().ring.len(), 1);
        assert!(hub.past().bytes < 100);
    }

    #[test]
    fn only_an_id_of_this_process_and_load_is_a_place_to_go_on_from() {
        let hub = Hub::new(7);
        hub.reload(1);
        (0..3).for_each(|_| hub.change(&json!({})));
        let place = |id: &str| hub.past().place_after(id);
        assert_eq!([place("7.1-1"), place("7.1-4"), place("7.1-0")], [Some(2), Some(5), Some(1)]);
        assert_eq!([place("7.1-5"), place("8.1-1"), place("7.2-1"), place("7.1"), place("x.y-z")], [None; 5]);
        assert_eq!(place("7.1-18446744073709551615"), None);
        hub.reload(2);
        assert_eq!([place("7.1-4"), place("7.2-5")], [None, Some(6)]);
    }
}
