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
//! and a single writer never meets `SQLITE_BUSY`.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use thiserror::Error;

use super::clock::{Clock, Entropy};
use super::hex::hex;

/// Runs a body with the pool of whichever engine a [`Pool`] is of.
macro_rules! on {
    ($pool:expr, |$name:ident| $body:expr) => {
        match $pool {
            $crate::server::db::Pool::Sqlite($name) => $body,
            $crate::server::db::Pool::Postgres($name) => $body,
        }
    };
}

/// Runs a body in one write transaction, commits it, and gives the body's value.
/// Inside, `Engine` names the sqlx database; leaving early with `?` rolls back.
macro_rules! in_tx {
    ($db:expr, |$tx:ident| $body:expr) => {
        match $db.writer() {
            $crate::server::db::Pool::Sqlite(pool) => {
                #[allow(dead_code)]
                type Engine = sqlx::Sqlite;
                let mut $tx = pool.begin_with("begin immediate").await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
            $crate::server::db::Pool::Postgres(pool) => {
                #[allow(dead_code)]
                type Engine = sqlx::Postgres;
                let mut $tx = pool.begin().await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
        }
    };
}

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

pub mod invites;
mod lock;
pub mod memberships;
pub mod messages;
mod rows;
pub mod seeding;
pub mod sessions;
pub mod threads;
pub mod tokens;
pub mod users;
pub mod writer;

/// Result of a statement.
pub type Result<T, E = sqlx::Error> = std::result::Result<T, E>;

/// The open database.
#[derive(Clone, Debug)]
pub struct Db {
    engine: Engine,
    /// The random identity of this database: the epoch of every stream in it.
    epoch: std::sync::Arc<str>,
}

#[derive(Clone, Debug)]
enum Engine {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// The pool to run a statement on; see [`on!`].
#[derive(Clone, Copy, Debug)]
pub enum Pool<'a> {
    Sqlite(&'a SqlitePool),
    Postgres(&'a PgPool),
}

/// Why a database could not be opened: one sentence for the operator.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(
        "the database URL {0:?} is not understood: use sqlite://path or postgres://user:password@host/name"
    )]
    BadUrl(String),
    #[error("cannot open the database {url}")]
    Unreachable { url: String, source: sqlx::Error },
    #[error(
        "the database was made by a newer version of Hubbub (migration {0} is not known here): install that version, or restore a backup"
    )]
    Newer(i64),
    #[error("another server is using the database {0}: stop it first, or give this one another")]
    Served(String),
    #[error("cannot bring the database up to date")]
    Migration(#[source] MigrateError),
}

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl Db {
    /// Connects, migrates, and makes the database's identity if it has none yet.
    ///
    /// # Errors
    /// The URL is malformed, the database cannot be reached, or it is newer than this program.
    pub async fn open(
        url: &str,
        max_connections: u32,
        clock: &Clock,
        entropy: &Entropy,
    ) -> Result<Self, OpenError> {
        let engine = Engine::connect(url, max_connections).await?;
        engine.migrate().await?;
        let mut db = Self {
            engine,
            epoch: "".into(),
        };
        let identity = db.identity(clock, entropy).await;
        db.epoch = identity
            .map_err(|source| OpenError::unreachable(url, source))?
            .into();
        Ok(db)
    }

    /// The random identity of this database.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Where statements run that only read.
    pub fn reader(&self) -> Pool<'_> {
        match &self.engine {
            Engine::Sqlite { readers, .. } => Pool::Sqlite(readers),
            Engine::Postgres(pool) => Pool::Postgres(pool),
        }
    }

    /// Where statements run that change something.
    pub fn writer(&self) -> Pool<'_> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => Pool::Sqlite(writer),
            Engine::Postgres(pool) => Pool::Postgres(pool),
        }
    }

    /// Makes sure that this is the only server of the database, as long as what is returned lives.
    /// Several may serve one `PostgreSQL` database only once there is a bus between them.
    ///
    /// # Errors
    /// Another process serves the same `SQLite` file.
    pub fn serve_alone(&self) -> Result<Option<lock::Lock>, OpenError> {
        let Engine::Sqlite { writer, .. } = &self.engine else {
            return Ok(None);
        };
        let options = writer.connect_options();
        let path = options.get_filename();
        match lock::Lock::take(path) {
            Some(lock) => Ok(Some(lock)),
            None => Err(OpenError::Served(path.display().to_string())),
        }
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

    /// Closes all connections; `SQLite` then folds its log into the file.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    async fn identity(&self, clock: &Clock, entropy: &Entropy) -> Result<String> {
        let fresh = hex(&entropy.bytes::<8>());
        let now = clock.now().0;
        on!(self.writer(), |pool| {
            sqlx::query(
                "insert into server_identity (id, epoch, created_at) values (1, $1, $2)
                 on conflict (id) do nothing",
            )
            .bind(&fresh)
            .bind(now)
            .execute(pool)
            .await?;
            sqlx::query_scalar("select epoch from server_identity where id = 1")
                .fetch_one(pool)
                .await
        })
    }
}

impl Engine {
    async fn connect(url: &str, max_connections: u32) -> Result<Self, OpenError> {
        if url.starts_with("sqlite:") {
            let bad = || OpenError::BadUrl(without_password(url));
            let options = SqliteConnectOptions::from_str(url).map_err(|_| bad())?;
            // Without a file, what is written would be gone with the process.
            if options.get_filename().as_os_str().is_empty() || url.contains(":memory:") {
                return Err(bad());
            }
            Self::connect_sqlite(options, max_connections)
                .await
                .map_err(|source| OpenError::unreachable(url, source))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)
                .map_err(|_| OpenError::BadUrl(without_password(url)))?;
            let pool = PgPoolOptions::new()
                .max_connections(max_connections)
                .acquire_timeout(CONNECT_TIMEOUT)
                .connect_with(options.clone())
                .await;
            match pool {
                Ok(pool) => Ok(Self::Postgres(pool)),
                // The pool has tried for a while, and forgot why it did not succeed.
                Err(sqlx::Error::PoolTimedOut) => {
                    let why = options.connect().await.err();
                    let why = why.unwrap_or(sqlx::Error::PoolTimedOut);
                    Err(OpenError::unreachable(url, why))
                }
                Err(why) => Err(OpenError::unreachable(url, why)),
            }
        } else {
            Err(OpenError::BadUrl(without_password(url)))
        }
    }

    async fn connect_sqlite(options: SqliteConnectOptions, readers: u32) -> Result<Self> {
        // FULL: a commit returns only once it is on disk. That is what an acknowledgement means.
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", "-16000")
            // What a statement of many rows would need to be undone stays out of the file system.
            .pragma("temp_store", "memory")
            .statement_cache_capacity(256);
        // A file does not hang up: asking whether a connection still answers would double the cost
        // of a small statement.
        let pool = || {
            SqlitePoolOptions::new()
                .acquire_timeout(CONNECT_TIMEOUT)
                .test_before_acquire(false)
        };
        let writer = pool()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        let readers = pool()
            .max_connections(readers)
            .connect_with(options.create_if_missing(false).pragma("query_only", "on"))
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }

    async fn migrate(&self) -> Result<(), OpenError> {
        let outcome = match self {
            Self::Sqlite { writer, .. } => SQLITE_MIGRATIONS.run(writer).await,
            Self::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await,
        };
        outcome.map_err(|error| match error {
            MigrateError::VersionMissing(version) => OpenError::Newer(version),
            other => OpenError::Migration(other),
        })
    }
}

impl OpenError {
    fn unreachable(url: &str, source: sqlx::Error) -> Self {
        Self::Unreachable {
            url: without_password(url),
            source,
        }
    }
}

/// The URL as it may be shown: `postgres://user:secret@host/db` → `postgres://user:…@host/db`.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((credentials, place)) = rest.rsplit_once('@') else {
        return url.to_owned();
    };
    let user = credentials.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:…@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        assert_eq!(
            without_password("postgres://me:p@ss@db/x"),
            "postgres://me:…@db/x"
        );
        assert_eq!(without_password("sqlite://a.db"), "sqlite://a.db");
    }
}
