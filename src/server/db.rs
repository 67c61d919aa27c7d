//! All SQL of the product, for two engines in one text.
//!
//! `SQLite` and `PostgreSQL` agree on nearly everything we ask of them (`$1`, `returning`, `on
//! conflict`, `with … update … from`), so each statement stands once, beside the row it fills, and
//! the macros [`on!`] and [`in_tx!`] run it on whichever pool we hold. Only what packs rows into
//! JSON has other names on each (see [`rows`]). `sqlx::Any` would lose types and
//! pragmas, and a trait would write every statement twice. Nothing here decides who may do what.
//!
//! A limit is written `limit 0 + $2`: given a bare parameter, `SQLite` plans for its value and
//! prepares the statement anew each time.
//!
//! `SQLite` gets one connection that writes and several that read: WAL lets them work side by side,
//! and a single writer never meets `SQLITE_BUSY`. On `PostgreSQL` the writer of posts has a
//! connection of its own, so that no crowd of readers keeps it waiting.
//!
//! A connection that may be in a state nobody knows is thrown away: one whose rollback failed (the
//! engine had rolled back by itself, or the connection is gone), and one that did not answer in time.
//! On `PostgreSQL` without a goodbye: that would wait for the same silence, and keep its place in the
//! pool meanwhile. (`SQLite` has no network, and the next writer waits until the file is free.)

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use super::clock::{Clock, Entropy};

/// Runs a body with the pool, or a connection, of whichever engine a [`Pool`] is of.
macro_rules! on {
    ($pool:expr, |$name:ident| $body:expr) => {
        match $pool {
            $crate::server::db::Pool::Sqlite($name) => $body,
            $crate::server::db::Pool::Postgres(pool) => {
                match $crate::server::db::Borrowed::of(pool).await {
                    Err(error) => Err(error),
                    Ok(mut connection) => {
                        let outcome = $crate::server::db::in_time(async {
                            let $name = connection.connection();
                            $body
                        })
                        .await;
                        match outcome {
                            Ok(outcome) => outcome,
                            Err(error) => {
                                connection.throw_away();
                                Err(error)
                            }
                        }
                    }
                }
            }
        }
    };
}

/// Runs a body in one write transaction, commits it, and gives the body's value.
/// Inside, `Driver` names the sqlx database; leaving early with `?` rolls back.
macro_rules! in_tx {
    ($db:expr, |$tx:ident| $body:expr) => {
        match $db.writer() {
            $crate::server::db::Pool::Sqlite(pool) => {
                $crate::server::db::transaction!(@sqlite pool, $tx, $body)
            }
            $crate::server::db::Pool::Postgres(pool) => {
                let connection = $crate::server::db::Borrowed::of(pool).await?;
                let begin = $crate::server::db::turns::ALONE;
                $crate::server::db::transaction!(@postgres connection, begin, $tx, $body)
            }
        }
    };
}

/// The same on the connection that is reserved for the writer of posts.
macro_rules! in_batch {
    ($db:expr, |$tx:ident| $body:expr) => {
        match $db.reserved() {
            $crate::server::db::ForBatches::Sqlite(pool) => {
                $crate::server::db::transaction!(@sqlite pool, $tx, $body)
            }
            $crate::server::db::ForBatches::Postgres(reserved) => {
                let connection = reserved.take().await?;
                let begin = $crate::server::db::turns::BESIDE_OTHER_POSTS;
                $crate::server::db::transaction!(@postgres connection, begin, $tx, $body)
            }
        }
    };
}

macro_rules! transaction {
    (@sqlite $pool:ident, $tx:ident, $body:expr) => {{
        #[allow(dead_code)]
        type Driver = sqlx::Sqlite;
        let mut connection = $pool.acquire().await?;
        let (outcome, is_fit) = $crate::server::db::transaction!(
            @run &mut *connection, "begin immediate", $tx, $body
        );
        if !is_fit {
            connection.close_on_drop();
        }
        outcome?
    }};
    (@postgres $connection:ident, $begin:expr, $tx:ident, $body:expr) => {{
        #[allow(dead_code)]
        type Driver = sqlx::Postgres;
        let mut connection = $connection;
        let outcome = $crate::server::db::in_time(async {
            $crate::server::db::transaction!(@run connection.connection(), $begin, $tx, $body)
        })
        .await;
        let (outcome, is_fit) = outcome.unwrap_or_else(|error| (Err(error), false));
        match is_fit {
            true => connection.put_back(),
            false => connection.throw_away(),
        }
        outcome?
    }};
    // The outcome, and whether the connection is fit for more.
    (@run $connection:expr, $begin:expr, $tx:ident, $body:expr) => {
        match sqlx::Connection::begin_with($connection, $begin).await {
            Err(error) => (Err(error), false),
            Ok(mut $tx) => {
                let outcome: $crate::server::db::Result<_> = async { Ok($body) }.await;
                match outcome {
                    Ok(value) => match $tx.commit().await {
                        Ok(()) => (Ok(value), true),
                        Err(error) => (Err(error), false),
                    },
                    Err(error) => {
                        let is_fit = $tx.rollback().await.is_ok();
                        (Err(error), is_fit)
                    }
                }
            }
        }
    };
}
pub(crate) use transaction;

/// Adds `(1, 2, …)` to a query, for `in`.
macro_rules! push_ids {
    ($query:expr, $ids:expr) => {{
        $query.push("(");
        let mut list = $query.separated(", ");
        for id in $ids {
            list.push_bind(*id);
        }
        $query.push(")");
    }};
}

pub mod about;
pub mod activity;
pub mod aside;
pub mod audit;
pub mod avatars;
pub mod backup;
pub mod blocks;
mod borrowed;
mod calling;
pub mod changing;
pub mod contacts;
pub mod copying;
mod departures;
pub mod events;
pub mod everybody;
pub mod favourites;
pub mod files;
pub mod finding;
pub mod folders;
pub mod former;
mod holding;
pub mod invites;
pub mod joining;
mod lineage;
mod lock;
pub mod memberships;
pub mod messages;
pub mod mutes;
mod open;
pub mod people;
mod permissions;
pub mod policy;
pub mod preferences;
pub mod profiles;
pub mod quiet;
mod reactions;
pub mod reading;
pub mod receipts;
pub mod reports;
mod reserved;
pub mod revising;
mod rows;
pub mod saved;
pub mod scheduled;
pub mod search;
pub mod seeding;
pub mod sessions;
pub mod setup;
pub mod standing;
pub mod starting;
pub mod succession;
pub mod threads;
pub mod tokens;
mod turns;
pub mod users;
pub mod writer;

pub(crate) use borrowed::Borrowed;
pub use lock::Lock;
pub use open::{Location, OpenError, Purpose, without_password};

/// Result of a statement.
pub type Result<T, E = sqlx::Error> = std::result::Result<T, E>;

/// The open database.
#[derive(Clone, Debug)]
pub struct Db {
    pools: OpenPools,
    lineage: Arc<lineage::Lineage>,
    /// Other servers serve it too.
    is_shared: bool,
}

#[derive(Clone, Debug)]
enum OpenPools {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres {
        /// For the writer of posts.
        reserved: Arc<reserved::Reserved>,
        pool: PgPool,
    },
}

impl OpenPools {
    fn writing(&self) -> Pool<'_> {
        match self {
            Self::Sqlite { writer, .. } => Pool::Sqlite(writer),
            Self::Postgres { pool, .. } => Pool::Postgres(pool),
        }
    }
}

/// The pool to run a statement on; see [`on!`].
#[derive(Clone, Copy, Debug)]
pub enum Pool<'a> {
    Sqlite(&'a SqlitePool),
    Postgres(&'a PgPool),
}

/// Where the writer of posts works.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ForBatches<'a> {
    Sqlite(&'a SqlitePool),
    Postgres(&'a reserved::Reserved),
}

/// How long a statement or a transaction may take where it goes over a network.
const ANSWERS_WITHIN: Duration = Duration::from_secs(6);

/// Waits for an answer, but not for ever.
///
/// # Errors
/// None came in time: the connection is not to be used again.
async fn in_time<T>(work: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(ANSWERS_WITHIN, work)
        .await
        .map_err(|_| {
            let late = std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                "the database did not answer in time",
            );
            sqlx::Error::Io(late)
        })
}

/// Whether an error says that the database cannot do anything for us at the moment, whatever it is
/// asked: it is gone, silent, locked, full, or read-only.
pub fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            if error
                .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                .is_some()
            {
                // The low byte is the kind: busy, locked, out of memory, read-only, interrupted,
                // input or output, full, cannot open, protocol.
                let code = code.parse::<u32>().unwrap_or_default() & 0xff;
                return matches!(code, 5 | 6 | 7 | 8 | 9 | 10 | 13 | 14 | 15);
            }
            // Connection, resources, operator's intervention, system; a lock or a statement that
            // took too long; a server that only reads.
            ["08", "53", "57", "58"]
                .iter()
                .any(|class| code.starts_with(class))
                || matches!(code.as_ref(), "55P03" | "25006" | "40001" | "40P01")
        }
        _ => false,
    }
}

/// Whether an error says that there is no more room.
pub fn is_full(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let code = error.code().unwrap_or_default();
    match error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
        Some(_) => code.parse::<u32>().unwrap_or_default() & 0xff == 13,
        None => code == "53100",
    }
}

/// Whether an error is about one row that was to be written, so that others may fare better.
pub(crate) fn is_about_a_row(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::RowNotFound => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            if error
                .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                .is_some()
            {
                // Too big, a constraint of any kind, or of another type than its column.
                return matches!(code.parse::<u32>().unwrap_or_default() & 0xff, 18..=20);
            }
            // Data that cannot be taken, constraints, and what a trigger raises.
            ["22", "23"].iter().any(|class| code.starts_with(class)) || code == "P0001"
        }
        _ => false,
    }
}

impl Db {
    /// The identity of every stream in it: positions of another epoch mean nothing here.
    pub fn epoch(&self) -> &str {
        &self.lineage.epoch
    }

    /// What tells this database from any other, also after it was restored: browsers keep what
    /// was not sent under this name.
    pub fn origin(&self) -> &str {
        &self.lineage.origin
    }

    /// Whether other servers write posts to it as well.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Where statements run that only read.
    pub fn reader(&self) -> Pool<'_> {
        match &self.pools {
            OpenPools::Sqlite { readers, .. } => Pool::Sqlite(readers),
            OpenPools::Postgres { pool, .. } => Pool::Postgres(pool),
        }
    }

    /// Where statements run that change something.
    pub fn writer(&self) -> Pool<'_> {
        self.pools.writing()
    }

    /// Where the writer of posts works.
    pub(crate) fn reserved(&self) -> ForBatches<'_> {
        match &self.pools {
            OpenPools::Sqlite { writer, .. } => ForBatches::Sqlite(writer),
            OpenPools::Postgres { reserved, .. } => ForBatches::Postgres(reserved),
        }
    }

    /// Notes how far the database has come, so that a restored copy is recognised as one. Called
    /// after each commit of events, before they are announced.
    pub(crate) fn has_come(&self, message: i64) {
        self.lineage.has_come(message);
    }

    /// Notes how many events without a message it has come to.
    pub(crate) fn has_changed(&self, changes: i64) {
        self.lineage.has_changed(changes);
    }

    /// Answers if the database does.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        on!(self.reader(), |pool| sqlx::query("select 1")
            .execute(pool)
            .await
            .map(drop))
    }

    /// Writes something that changes nothing: only so it is known whether the disk takes it.
    ///
    /// # Errors
    /// When it does not.
    pub async fn try_writing(&self) -> Result<()> {
        in_batch!(self, |tx| {
            sqlx::query("update server_identity set created_at = created_at where id = 1")
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Closes all connections; `SQLite` then folds its log into the file.
    pub async fn close(&self) {
        match &self.pools {
            OpenPools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            OpenPools::Postgres { reserved, pool } => {
                // What does not answer is not waited for.
                let closing = futures::future::join(reserved.close(), pool.close());
                let _ = in_time(closing).await;
            }
        }
    }
}
