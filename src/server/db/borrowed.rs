//! A connection of the pool, on `PostgreSQL`, while somebody works on it.
//!
//! A pool asks a connection that comes back whether it is still there, and waits for the answer
//! without a limit: one that has fallen silent would keep its place for ever, until none is left.
//! So it comes back through here, also when whoever worked on it was cancelled, and has a limit.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use sqlx::{Connection, PgConnection, Postgres};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::Result;

/// A connection that was used so recently is not asked whether it still answers: under load that
/// would be a round trip more for every statement. If it does not, its own statement finds out.
const BUSY: Duration = Duration::from_millis(100);
/// How long a connection may take to show that it is still there.
pub(super) const ALIVE_WITHIN: Duration = Duration::from_secs(2);

/// Whether a connection answers that was not used for a while.
pub(super) async fn is_alive(connection: &mut PgConnection, idle_for: Duration) -> bool {
    idle_for < BUSY || matches!(timeout(ALIVE_WITHIN, connection.ping()).await, Ok(Ok(())))
}

#[derive(Debug)]
pub(crate) struct Borrowed(Option<PoolConnection<Postgres>>);

impl Borrowed {
    pub async fn of(pool: &PgPool) -> Result<Self> {
        Ok(Self(Some(pool.acquire().await?)))
    }

    pub fn connection(&mut self) -> &mut PgConnection {
        // There until it is put back or thrown away, and both take `self`.
        self.0.as_mut().expect("a borrowed connection")
    }

    /// Dropping does the same.
    pub fn put_back(self) {
        drop(self);
    }

    /// Without a goodbye: that would wait for the same silence.
    pub fn throw_away(mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(mut connection) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            // Given up, it is thrown away and its place is free.
            runtime.spawn(timeout(ALIVE_WITHIN, connection.return_to_pool()));
        }
    }
}
