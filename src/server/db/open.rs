//! Finding, opening and creating a database, and bringing it up to date.
//!
//! What the command at hand is for decides what may happen: only `serve`, `seed` and `migrate` make
//! a database or change its tables; every other command wants one that is there and current, and
//! says where it looked. Whoever serves takes the lock before anything is changed.

use std::fmt;
use std::fs::OpenOptions;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use thiserror::Error;

use super::borrowed::{ALIVE_WITHIN, is_alive};
use super::lineage::Lineage;
use super::lock::{Holding, Lock};
use super::reserved::Reserved;
use super::{Clock, Db, Entropy, OpenPools, Result};

/// Where a database is. What is printed of it holds no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// An `SQLite` file.
    File(PathBuf),
    /// A `PostgreSQL` server and database.
    Postgres(String),
}

impl Location {
    /// Understands a URL.
    ///
    /// # Errors
    /// It is none that we know, or names no file.
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        let bad = || OpenError::BadUrl(without_password(url));
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(|_| bad())?;
            let file = options.get_filename();
            // Without a file, what is written would be gone with the process.
            if file.as_os_str().is_empty()
                || path.contains(":memory:")
                || path.contains("mode=memory")
            {
                return Err(bad());
            }
            Ok(Self::File(file.to_owned()))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            PgConnectOptions::from_str(url).map_err(|_| bad())?;
            Ok(Self::Postgres(url.to_owned()))
        } else {
            Err(bad())
        }
    }

    fn exists(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
            Self::Postgres(_) => true,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To serve it, alone.
    Serve,
    /// To serve it beside other servers.
    ServeWithOthers,
    /// To make it or bring it up to date.
    Prepare,
    /// To use it as it is.
    Use,
}

/// Why a database could not be opened: one sentence for the operator.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(
        "the database URL {0:?} is not understood: use sqlite://path or postgres://user:password@host/name"
    )]
    BadUrl(String),
    #[error(
        "there is no database at {0}: `hubbub serve` makes one; name another with --data-dir or --database-url"
    )]
    Missing(Location),
    #[error("cannot open the database {location}")]
    Unreachable {
        location: Location,
        source: sqlx::Error,
    },
    #[error("cannot open the database {location}: {problem}")]
    Unusable { location: Location, problem: String },
    #[error(
        "the database was made by a newer version of Hubbub (migration {0} is not known here): install that version, or restore a backup"
    )]
    Newer(i64),
    #[error("the database {0} is of an older version: `hubbub migrate` brings it up to date")]
    Older(Location),
    #[error("another server is using the database {0}: stop it first, or give this one another")]
    Served(Location),
    #[error("several servers need PostgreSQL: {0} is a file of this machine")]
    NotForSeveral(Location),
    #[error("cannot bring the database up to date")]
    Migration(#[source] MigrateError),
}

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl Db {
    /// Opens a database for a purpose. Whoever serves it holds the lock that is returned.
    ///
    /// # Errors
    /// It cannot be reached, is newer or older than this program can use, or is served already.
    pub async fn open(
        location: &Location,
        max_connections: u32,
        purpose: Purpose,
        clock: &Clock,
        entropy: &Entropy,
    ) -> Result<(Self, Option<Lock>), OpenError> {
        if purpose == Purpose::Use && !location.exists() {
            return Err(OpenError::Missing(location.clone()));
        }
        let served = || OpenError::Served(location.clone());
        let is_shared = purpose == Purpose::ServeWithOthers;
        if is_shared && matches!(location, Location::File(_)) {
            return Err(OpenError::NotForSeveral(location.clone()));
        }
        let holding = match is_shared {
            true => Holding::Shared,
            false => Holding::Alone,
        };
        let is_serving = is_shared || purpose == Purpose::Serve;
        let mut lock = None;
        if is_serving {
            lock = Some(Lock::take(location, holding).await?.ok_or_else(served)?);
        }
        if let Location::File(path) = location
            && purpose != Purpose::Use
        {
            keep_private(path).map_err(|problem| OpenError::Unusable {
                location: location.clone(),
                problem,
            })?;
        }
        let unreachable = |source| OpenError::Unreachable {
            location: location.clone(),
            source,
        };
        let pools = OpenPools::connect(location, max_connections)
            .await
            .map_err(unreachable)?;
        if pools.is_behind().await? {
            if purpose == Purpose::Use {
                return Err(OpenError::Older(location.clone()));
            }
            // Nobody changes tables under a running server.
            if lock.is_none() {
                lock = Some(Lock::take(location, holding).await?.ok_or_else(served)?);
            }
            pools.migrate(location).await?;
        }
        if !is_serving && let Some(lock) = lock.take() {
            lock.release().await;
        }
        let lineage = Lineage::establish(&pools, location, purpose, clock, entropy);
        let lineage = lineage.await.map_err(unreachable)?.into();
        let db = Self {
            pools,
            lineage,
            is_shared,
        };
        if purpose != Purpose::Use {
            super::users::fill_name_keys(&db)
                .await
                .map_err(unreachable)?;
            super::starting::fill_name_keys(&db)
                .await
                .map_err(unreachable)?;
            super::search::fill_keys(&db).await.map_err(unreachable)?;
        }
        Ok((db, lock))
    }
}

impl OpenPools {
    pub(super) async fn connect(location: &Location, max_connections: u32) -> Result<Self> {
        match location {
            Location::File(path) => Self::connect_sqlite(path, max_connections).await,
            Location::Postgres(url) => Self::connect_postgres(url, max_connections).await,
        }
    }

    async fn connect_sqlite(path: &Path, readers: u32) -> Result<Self> {
        // FULL: a commit returns only once it is on disk. That is what an acknowledgement means.
        let options = SqliteConnectOptions::new()
            .filename(path)
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

    async fn connect_postgres(url: &str, max_connections: u32) -> Result<Self> {
        let options = postgres_options(url)?;
        let opened = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(CONNECT_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, since| {
                Box::pin(async move {
                    match is_alive(connection, since.idle_for).await {
                        true => Ok(true),
                        // An error has it thrown away without a goodbye.
                        false => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
                    }
                })
            })
            .connect_with(options.clone());
        match opened.await {
            // The pool has tried for a while, and forgot why it did not succeed.
            Err(sqlx::Error::PoolTimedOut) => {
                let again = tokio::time::timeout(ALIVE_WITHIN, options.connect()).await;
                Err(again
                    .ok()
                    .and_then(Result::err)
                    .unwrap_or(sqlx::Error::PoolTimedOut))
            }
            outcome => Ok(Self::Postgres {
                reserved: Arc::new(Reserved::new(options)),
                pool: outcome?,
            }),
        }
    }

    /// Whether tables are to be made or changed before it can be used.
    async fn is_behind(&self) -> Result<bool, OpenError> {
        let applied = match self {
            Self::Sqlite { writer, .. } => match writer.acquire().await {
                Ok(mut connection) => applied(&mut *connection).await,
                Err(error) => Err(error.into()),
            },
            Self::Postgres { pool, .. } => match pool.acquire().await {
                Ok(mut connection) => applied(&mut *connection).await,
                Err(error) => Err(error.into()),
            },
        };
        let applied = applied.map_err(OpenError::Migration)?;
        let known: Vec<i64> = self.migrations().iter().map(|m| m.version).collect();
        if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
            return Err(OpenError::Newer(*newer));
        }
        Ok(known.iter().any(|version| !applied.contains(version)))
    }

    fn migrations(&self) -> &'static Migrator {
        match self {
            Self::Sqlite { .. } => &SQLITE_MIGRATIONS,
            Self::Postgres { .. } => &POSTGRES_MIGRATIONS,
        }
    }

    async fn migrate(&self, location: &Location) -> Result<(), OpenError> {
        let outcome = match self {
            Self::Sqlite { writer, .. } => self.migrations().run(writer).await,
            Self::Postgres { .. } => self.migrate_postgres(location).await,
        };
        outcome.map_err(|error| match error {
            MigrateError::VersionMissing(version) => OpenError::Newer(version),
            other => OpenError::Migration(other),
        })
    }
}

impl OpenPools {
    /// On a connection of its own: what takes long in a big database has to, and the limits that
    /// other statements have would stop it, each time anew.
    async fn migrate_postgres(&self, location: &Location) -> Result<(), MigrateError> {
        let Location::Postgres(url) = location else {
            return Ok(());
        };
        let options = postgres_options(url)?.options([
            ("statement_timeout", "0"),
            ("lock_timeout", "0"),
            ("idle_in_transaction_session_timeout", "0"),
        ]);
        let connection = PgPoolOptions::new().max_connections(1);
        let pool = connection.connect_with(options).await?;
        let outcome = self.migrations().run(&pool).await;
        pool.close().await;
        outcome
    }
}

const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

async fn applied<C: Migrate>(connection: &mut C) -> Result<Vec<i64>, MigrateError> {
    match connection.list_applied_migrations(MIGRATIONS_TABLE).await {
        Ok(applied) => Ok(applied.into_iter().map(|m| m.version).collect()),
        // There is no such table: nothing was ever applied.
        Err(MigrateError::Execute(sqlx::Error::Database(_))) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What a session of ours wants of the server, whatever its own configuration says.
pub(super) fn postgres_options(url: &str) -> Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(url)?.options([
        // A commit returns only once it is on disk. That is what an acknowledgement means.
        ("synchronous_commit", "on"),
        // To compile a statement takes longer than any of ours runs.
        ("jit", "off"),
        ("statement_timeout", "30s"),
        ("lock_timeout", "5s"),
        // A server that has stopped in the middle of a transaction holds up all others (`turns`).
        ("idle_in_transaction_session_timeout", "3s"),
        ("default_transaction_isolation", "read committed"),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    ]))
}

/// Nobody else on this machine is to read what people wrote: the file is made for its owner alone,
/// and what a file was made with before is mended. (The log beside it gets the file's own rights.)
fn keep_private(path: &Path) -> Result<(), String> {
    let made = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            if !path.is_file() {
                return Err("it is not a file".to_owned());
            }
            let beside = |ending: &str| {
                let mut name = path.as_os_str().to_owned();
                name.push(ending);
                PathBuf::from(name)
            };
            for file in [path.to_owned(), beside("-wal"), beside("-shm")] {
                // Somebody else's file cannot be changed, and may be meant to be as it is.
                if let Ok(metadata) = file.metadata()
                    && metadata.permissions().mode() & 0o077 != 0
                {
                    let _ = std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600));
                }
            }
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The URL as it may be shown: without the password, wherever in it that stands.
pub fn without_password(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.has_host() => {
            if url.password().is_some() {
                let _ = url.set_password(Some("…"));
            }
            let is_secret = |name: &str| name.contains("password") || name.contains("passphrase");
            if url.query_pairs().any(|(name, _)| is_secret(&name)) {
                let kept: Vec<_> = url
                    .query_pairs()
                    .filter(|(name, _)| !is_secret(name))
                    .map(|(name, value)| (name.into_owned(), value.into_owned()))
                    .collect();
                url.set_query(None);
                if !kept.is_empty() {
                    url.query_pairs_mut().extend_pairs(kept);
                }
            }
            url.to_string().replace("%E2%80%A6", "…")
        }
        // A path, or something that cannot be taken apart: then no more of it is shown than what
        // it should have been.
        _ if text.starts_with("sqlite:") || !text.contains(['@', ':']) => text.to_owned(),
        _ => {
            let scheme = text.split("://").next().unwrap_or_default();
            let is_scheme = scheme.chars().all(|c| c.is_ascii_alphanumeric());
            match is_scheme && scheme.len() < 16 {
                true => format!("{scheme}://…"),
                false => "…".to_owned(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password_wherever_that_stands() {
        for (url, shown) in [
            ("postgres://me:secret@db/x", "postgres://me:…@db/x"),
            ("postgres://me:p%40secret@db/x", "postgres://me:…@db/x"),
            ("postgres://h/db?password=secret", "postgres://h/db"),
            (
                "postgres://h/db?sslmode=require&password=secret",
                "postgres://h/db?sslmode=require",
            ),
            ("postgres://h/db?sslpassword=secret", "postgres://h/db"),
            ("postgres://me:se cret@:x/y", "postgres://…"),
            ("me:secret@db", "…"),
            ("sqlite://a.db", "sqlite://a.db"),
        ] {
            let answer = without_password(url);
            assert_eq!(answer, shown, "{url}");
            assert!(!answer.contains("secret"));
        }
    }

    #[test]
    fn a_location_never_shows_a_password() {
        let location = Location::parse("postgres://me:secret@db/x?password=secret").unwrap();
        assert!(!format!("{location:?} {location}").contains("secret"));
        let error = Location::parse("mysql://me:secret@db/x").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }

    #[test]
    fn what_would_be_gone_with_the_process_is_no_database() {
        for url in [
            "sqlite::memory:",
            "sqlite://?mode=memory",
            "sqlite:",
            "sqlite://",
        ] {
            assert!(Location::parse(url).is_err(), "{url}");
        }
    }
}
