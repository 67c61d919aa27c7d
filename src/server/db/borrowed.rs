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
pub(crate) struct Borrowed(PoolConnection<Postgres>);

impl Borrowed {
    pub async fn of(pool: &PgPool) -> Result<Self> {
        Ok(Self(pool.acquire().await?))
    }

    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    /// Dropping does the same.
    pub fn put_back(self) {
        drop(self);
    }

    /// Without a goodbye: that would wait for the same silence.
    pub fn throw_away(mut self) {
        // The way back has taken the connection, and is not gone: its place is free.
        drop(self.0.return_to_pool());
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // Given up on the way, it is thrown away as well.
        let return_to_pool = self.0.return_to_pool();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async { timeout(ALIVE_WITHIN, return_to_pool).await });
        }
    }
}
