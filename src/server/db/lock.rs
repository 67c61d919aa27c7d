//! One server to a database, or several that are joined by a bus.
//!
//! Any other one would write into the same streams without their readers hearing of it. Servers that are
//! joined share the lock; one without a bus wants it alone.
//! For an `SQLite` file it is a lock on a file beside it, which goes with the process, however that
//! ends; for `PostgreSQL` an advisory lock, which goes with a session that is kept for it. Commands
//! that only change something beside the streams need none.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::Mutex;

use super::open::{Location, OpenError, postgres_options};

/// The advisory lock's number: "hubbub" in ASCII.
const KEY: i64 = 0x6875_6262_7562;

/// How long the lock's session may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
const TRIES: u32 = 10;

/// Whether others may have it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holding {
    Alone,
    Shared,
}

impl Holding {
    /// What takes the lock if it can be had.
    fn statement(self) -> &'static str {
        match self {
            Self::Alone => "select pg_try_advisory_lock($1)",
            Self::Shared => "select pg_try_advisory_lock_shared($1)",
        }
    }
}

/// Held as long as the database is served.
#[derive(Debug)]
pub struct Lock(Kind);

#[derive(Debug)]
enum Kind {
    File(#[allow(dead_code)] File),
    Advisory {
        url: String,
        holding: Holding,
        session: Mutex<Option<PgConnection>>,
    },
}

impl Lock {
    /// Takes the lock. Nothing if somebody has it; a file system without locks is trusted.
    pub(super) async fn take(
        location: &Location,
        holding: Holding,
    ) -> Result<Option<Self>, OpenError> {
        match location {
            Location::File(path) => Ok(take_file(path).map(|file| Self(Kind::File(file)))),
            Location::Postgres(url) => {
                let session = take_session(url, holding).await;
                let session = session.map_err(|source| OpenError::Unreachable {
                    location: location.clone(),
                    source,
                })?;
                Ok(session.map(|session| {
                    Self(Kind::Advisory {
                        url: url.clone(),
                        holding,
                        session: Mutex::new(Some(session)),
                    })
                }))
            }
        }
    }

    /// Gives it back, and returns when the next one can have it.
    pub async fn release(self) {
        if let Kind::Advisory { session, .. } = self.0
            && let Some(session) = session.into_inner()
        {
            // Closing alone would leave it to the server when to notice.
            let closing = async {
                let mut session = session;
                let unlock = sqlx::query("select pg_advisory_unlock_all()");
                let _ = unlock.execute(&mut session).await;
                let _ = session.close().await;
            };
            let _ = tokio::time::timeout(PATIENCE, closing).await;
        }
    }

    /// Whether it is still ours: a session that was cut is begun anew.
    pub async fn still_holds(&self) -> bool {
        let Kind::Advisory {
            url,
            holding,
            session,
        } = &self.0
        else {
            return true;
        };
        let mut session = session.lock().await;
        if let Some(alive) = session.as_mut()
            && matches!(
                tokio::time::timeout(PATIENCE, alive.ping()).await,
                Ok(Ok(()))
            )
        {
            return true;
        }
        *session = match tokio::time::timeout(PATIENCE, take_session(url, *holding)).await {
            Ok(Ok(taken)) => taken,
            Ok(Err(_)) | Err(_) => None,
        };
        session.is_some()
    }
}

/// A server that has just ended may take a moment to be noticed as gone: it is waited for a little.
async fn take_session(url: &str, holding: Holding) -> sqlx::Result<Option<PgConnection>> {
    let mut session = postgres_options(url)?.connect().await?;
    for _ in 0..TRIES {
        let is_ours: bool = sqlx::query_scalar(holding.statement())
            .bind(KEY)
            .fetch_one(&mut session)
            .await?;
        if is_ours {
            return Ok(Some(session));
        }
        tokio::time::sleep(PATIENCE / TRIES).await;
    }
    Ok(None)
}

fn take_file(database: &Path) -> Option<File> {
    let options = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .clone();
    let Ok(file) = options.open(beside(database)) else {
        // What cannot be written will be told by the database itself.
        return File::open(database)
            .or_else(|_| File::open("/dev/null"))
            .ok();
    };
    match file.try_lock() {
        Ok(()) | Err(TryLockError::Error(_)) => Some(file),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-served");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_one_has_it_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let database = Location::File(folder.path().join("hubbub.db"));
        let lock = Lock::take(&database, Holding::Alone)
            .await
            .unwrap()
            .unwrap();
        assert!(
            Lock::take(&database, Holding::Alone)
                .await
                .unwrap()
                .is_none()
        );
        assert!(lock.still_holds().await);
        drop(lock);
        assert!(
            Lock::take(&database, Holding::Alone)
                .await
                .unwrap()
                .is_some()
        );
    }
}
