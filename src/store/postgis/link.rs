//! Connections to the database: so many at most, each with its limits of time, none trusted once it failed.
//!
//! The runtime that drives them lives here; whoever asks blocks until the answer is there or the time is over.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::address::Address;
use crate::store::StoreError;

/// Connections at a time at most, beside the one that listens.
const MOST: usize = 8;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one waits for a connection that others use.
const FREE: Duration = Duration::from_secs(10);
/// How long a kept connection may take to say that it lives.
const PING: Duration = Duration::from_secs(2);
/// How long an answer may take.
pub const ANSWER: Duration = Duration::from_secs(60);

/// What every connection is set to: no question waits for ever, a lock is given up, a peer that is gone is noticed, and
/// what is acknowledged is on disk.
const SETTINGS: &str = "select set_config('statement_timeout', '60s', false), set_config('lock_timeout', '5s', false),
    set_config('idle_in_transaction_session_timeout', '15min', false),
    set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),
    set_config('tcp_keepalives_count', '3', false), set_config('client_encoding', 'UTF8', false),
    case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', false) end";

/// A way to a database.
pub struct Link {
    runtime: Option<Runtime>,
    address: Address,
    idle: Mutex<Vec<PgConnection>>,
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Link {
    /// A way to an address; nothing is connected yet.
    pub fn new(address: Address) -> Result<Link, StoreError> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("postgis").enable_all().build();
        let runtime =
            runtime.map_err(|error| StoreError::Io { path: address.to_string(), detail: error.to_string() })?;
        Ok(Link {
            runtime: Some(runtime),
            address,
            idle: Mutex::default(),
            taken: Mutex::default(),
            freed: Condvar::new(),
        })
    }

    /// Where it leads.
    pub fn address(&self) -> &Address {
        &self.address
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("the runtime stays until the link is dropped")
    }

    /// Drives work of its own beside what is asked.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime().spawn(work);
    }

    /// Waits for work to be done, at most so long.
    pub fn block<T, E: From<sqlx::Error>>(
        &self,
        at_most: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let done = self.runtime().block_on(async { timeout(at_most, work).await });
        done.unwrap_or_else(|_| {
            let detail = format!("no answer within {} s", at_most.as_secs());
            Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, detail)).into())
        })
    }

    /// Asks on a connection that is free.
    pub fn ask<T>(&self, question: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> Result<T, StoreError> {
        self.ask_within(ANSWER, question)
    }

    /// The same where the answer may take so long at most.
    pub fn ask_within<T>(
        &self,
        at_most: Duration,
        question: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, StoreError> {
        let mut lent = self.lend()?;
        let answer = self.block(at_most, question(lent.conn())).map_err(|error| self.told(&error))?;
        lent.keep();
        Ok(answer)
    }

    /// Lends a connection that lives.
    pub fn lend(&self) -> Result<Lent<'_>, StoreError> {
        let place = self.place()?;
        loop {
            let Some(mut kept) = lock(&self.idle).pop() else { break };
            if self.block(PING, kept.ping()).is_ok() {
                return Ok(Lent { conn: Some(kept), place });
            }
            // What was kept beside it is likely as dead.
            lock(&self.idle).clear();
        }
        let made = self.block(CONNECT, async {
            let mut conn = PgConnection::connect_with(self.address.options()).await?;
            sqlx::query(SETTINGS).execute(&mut conn).await?;
            Ok(conn)
        });
        Ok(Lent { conn: Some(made.map_err(|error: sqlx::Error| self.told(&error))?), place })
    }

    /// Waits until one more connection may be used.
    fn place(&self) -> Result<Place<'_>, StoreError> {
        let end = Instant::now() + FREE;
        let mut taken = lock(&self.taken);
        while *taken >= MOST {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(StoreError::Busy { path: self.address.to_string() });
            }
            taken = self.freed.wait_timeout(taken, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken += 1;
        drop(taken);
        Ok(Place(self))
    }

    /// An error of the database in the store's words.
    pub fn told(&self, error: &sqlx::Error) -> StoreError {
        let path = self.address.to_string();
        let sqlx::Error::Database(refused) = error else {
            let detail = error.to_string();
            return match error {
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                    StoreError::Away { path, detail }
                }
                _ => StoreError::Io { path, detail },
            };
        };
        let detail = refused.message().to_owned();
        // PostgreSQL's classes of errors (its appendix A).
        match refused.code().as_deref().unwrap_or_default() {
            "55P03" | "40P01" | "40001" | "57014" => StoreError::Busy { path },
            "53100" => StoreError::DiskFull { path },
            "3D000" => StoreError::Missing { path },
            code if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => StoreError::Away { path, detail },
            _ => StoreError::Io { path, detail },
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        lock(&self.idle).clear();
        if let Some(runtime) = self.runtime.take() {
            // It may be dropped where nothing must block.
            runtime.shutdown_background();
        }
    }
}

/// A right to use one more connection.
struct Place<'a>(&'a Link);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *lock(&self.0.taken) -= 1;
        self.0.freed.notify_one();
    }
}

/// A connection in use. One that is dropped without being kept is closed, which undoes what it had begun.
pub struct Lent<'a> {
    conn: Option<PgConnection>,
    place: Place<'a>,
}

impl Lent<'_> {
    /// The connection.
    pub fn conn(&mut self) -> &mut PgConnection {
        self.conn.as_mut().expect("it is there until it is kept")
    }

    /// Takes it for good: it is not counted any more.
    pub fn take(mut self) -> PgConnection {
        self.conn.take().expect("it is there until it is kept")
    }

    /// Gives it back for others: nothing is open on it.
    pub fn keep(mut self) {
        lock(&self.place.0.idle).extend(self.conn.take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
