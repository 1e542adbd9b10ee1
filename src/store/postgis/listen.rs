//! Hears that the log has grown, by LISTEN/NOTIFY.
//!
//! A word only wakes those who wait; what changed is read from the log. So nothing is lost when words are: after every
//! connection made anew the log is looked at again.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::address::Address;

/// After so long without a word it is tried whether the connection lives.
const QUIET: Duration = Duration::from_secs(20);
/// How long that may take.
const ANSWER: Duration = Duration::from_secs(5);
/// How long after a fault it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Counts up `heard` whenever there may be something new, until nobody waits any more.
pub async fn listen(address: Address, heard: watch::Sender<u64>) {
    while !heard.is_closed() {
        if let Err(error) = hear(&address, &heard).await {
            tracing::debug!(%error, "the store's words are not heard; the log is looked at meanwhile");
        }
        sleep(RETRY).await;
    }
}

async fn hear(address: &Address, heard: &watch::Sender<u64>) -> sqlx::Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(ANSWER);
    let mut listener = PgListener::connect_with(&pool.connect_lazy_with(address.options().clone())).await?;
    listener.eager_reconnect(false);
    listener.listen("firemap").await?;
    loop {
        heard.send_modify(|times| *times += 1);
        loop {
            match timeout(QUIET, listener.try_recv()).await {
                Ok(Ok(Some(_))) => break,
                // The connection is lost; a new one is made above.
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(error),
                Err(_) if heard.is_closed() => return Ok(()),
                Err(_) => {
                    let lives = timeout(ANSWER, sqlx::query("select 1").execute(&mut listener)).await;
                    lives.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
                }
            }
        }
    }
}
