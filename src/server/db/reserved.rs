//! The connection of the writer of posts, on `PostgreSQL`.
//!
//! It is of no pool. No crowd of readers keeps it waiting, and nobody asks it after each batch
//! whether it is still there, as pools do: that would be a round trip more, and one without a limit
//! if it has fallen silent just then. Whoever takes it and does not put it back has thrown it away.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::{Mutex, MutexGuard};

use super::borrowed::is_alive;
use super::{Result, in_time};

/// A session is begun anew at times, so that what a server holds for one does not grow for ever.
const LIFETIME: Duration = Duration::from_mins(30);

#[derive(Debug)]
pub(crate) struct Reserved {
    options: PgConnectOptions,
    idle: Mutex<Option<OpenConnection>>,
}

#[derive(Debug)]
struct OpenConnection {
    connection: PgConnection,
    begun: Instant,
    used: Instant,
}

/// The connection while somebody works on it.
#[derive(Debug)]
pub(crate) struct Taken<'a> {
    place: MutexGuard<'a, Option<OpenConnection>>,
    session: OpenConnection,
}

impl Reserved {
    pub fn new(options: PgConnectOptions) -> Self {
        // Everything that is asked here is found by its key. A plan that was made while the tables
        // were empty would read them whole, for as long as the connection lives.
        let by_key = ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"];
        Self {
            options: options.options(by_key.map(|setting| (setting, "off"))),
            idle: Mutex::new(None),
        }
    }

    /// Waits for whoever has it. One that has not been used for a while shows first that it is still
    /// there; if not, another is made.
    pub async fn take(&self) -> Result<Taken<'_>> {
        let mut place = self.idle.lock().await;
        if let Some(mut session) = place.take()
            && session.begun.elapsed() < LIFETIME
            && is_alive(&mut session.connection, session.used.elapsed()).await
        {
            return Ok(Taken { place, session });
        }
        let now = Instant::now();
        let session = OpenConnection {
            connection: in_time(self.options.connect()).await??,
            begun: now,
            used: now,
        };
        Ok(Taken { place, session })
    }

    pub async fn close(&self) {
        if let Some(session) = self.idle.lock().await.take() {
            let _ = session.connection.close().await;
        }
    }
}

impl Taken<'_> {
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.session.connection
    }

    pub fn put_back(mut self) {
        self.session.used = Instant::now();
        *self.place = Some(self.session);
    }

    /// What is not put back is closed, without a goodbye.
    pub fn throw_away(self) {
        drop(self);
    }
}
