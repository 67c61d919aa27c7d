//! Copies of an `SQLite` database, made while it is served, and put back while it is not.
//!
//! `VACUUM INTO` reads one snapshot, however much is written meanwhile, and leaves one small file.
//! It is written under a temporary name, flushed, and only then gets its own: a file with that name
//! is a whole backup. What is restored gets a new epoch, because its numbers will be given again.

use std::fs::File;
use std::path::{Path, PathBuf};

use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use thiserror::Error;

use super::lineage;
use super::lock::{Holding, Lock};
use super::open::{Location, OpenError};
use crate::server::clock::{Clock, Entropy};
use crate::server::hex::hex;

/// Why nothing was copied: one sentence for the operator.
#[derive(Debug, Error)]
pub enum BackupError {
    #[error(
        "this is a PostgreSQL database: use pg_dump and pg_restore, or your provider's backups"
    )]
    NotAFile,
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    #[error("{0} is there already: name another file, or remove it")]
    Exists(PathBuf),
    #[error("{0} is not a backup of Hubbub")]
    NotABackup(PathBuf),
    #[error("a server is using the database {0}: stop it first")]
    Served(Location),
    #[error("the database cannot be copied")]
    Database(#[from] sqlx::Error),
    #[error("cannot write {path}")]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Copies the database to a new file. It may be served meanwhile.
///
/// # Errors
/// There is no database, there is such a file already, or it cannot be written.
pub async fn backup(location: &Location, to: &Path) -> Result<(), BackupError> {
    let Location::File(database) = location else {
        return Err(BackupError::NotAFile);
    };
    if !database.is_file() {
        return Err(BackupError::Missing(database.clone()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let partial = with_ending(to, ".partial");
    let _ = std::fs::remove_file(&partial);
    // Made beforehand, for its owner alone: the database only fills it.
    make_private(&partial)?;
    let copied = async {
        let mut connection = SqliteConnectOptions::new()
            .filename(database)
            .create_if_missing(false)
            .connect()
            .await?;
        sqlx::query("vacuum into $1")
            .bind(partial.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok::<_, BackupError>(())
    };
    let done = match copied.await {
        Ok(()) => put_in_place(&partial, to),
        Err(error) => Err(error),
    };
    if done.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    done
}

/// Puts a backup in the place of the database, which is kept beside it. Gives where it is kept, if
/// there was one.
///
/// # Errors
/// It is no backup, the database is being served, or it cannot be written.
pub async fn restore(
    location: &Location,
    from: &Path,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<Option<PathBuf>, BackupError> {
    let Location::File(database) = location else {
        return Err(BackupError::NotAFile);
    };
    if !from.is_file() {
        return Err(BackupError::Missing(from.to_owned()));
    }
    let served = || BackupError::Served(location.clone());
    let _lock = Lock::take(location, Holding::Alone)
        .await?
        .ok_or_else(served)?;
    let partial = with_ending(database, ".partial");
    let _ = std::fs::remove_file(&partial);
    make_private(&partial)?;
    std::fs::copy(from, &partial).map_err(failed(&partial))?;
    let prepared = prepare(&partial, from, entropy).await;
    if let Err(error) = prepared {
        let _ = std::fs::remove_file(&partial);
        return Err(error);
    }
    let kept = match database.exists() {
        true => Some(set_aside(database, clock)?),
        false => None,
    };
    put_in_place(&partial, database)?;
    let _ = std::fs::remove_file(lineage::beside(database));
    Ok(kept)
}

/// Makes sure that it is one of our databases, and whole, and gives it a new epoch.
async fn prepare(copy: &Path, from: &Path, entropy: &Entropy) -> Result<(), BackupError> {
    let not_one = |_| BackupError::NotABackup(from.to_owned());
    let options = SqliteConnectOptions::new()
        .filename(copy)
        .create_if_missing(false);
    let mut connection = options.connect().await.map_err(not_one)?;
    let verdict: String = sqlx::query_scalar("pragma quick_check(1)")
        .fetch_one(&mut connection)
        .await
        .map_err(not_one)?;
    let changed = sqlx::query("update server_identity set epoch = $1 where id = 1")
        .bind(hex(&entropy.bytes::<8>()))
        .execute(&mut connection)
        .await
        .map_err(not_one)?
        .rows_affected();
    fold_log(&mut connection).await?;
    connection.close().await?;
    match verdict == "ok" && changed == 1 {
        true => Ok(()),
        false => Err(BackupError::NotABackup(from.to_owned())),
    }
}

/// Everything into the file itself, so that it is whole without the log beside it.
async fn fold_log(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("pragma journal_mode = delete")
        .execute(connection)
        .await
        .map(drop)
}

/// Renames the database that was there, with its log, if something is still in it.
fn set_aside(database: &Path, clock: &Clock) -> Result<PathBuf, BackupError> {
    let kept = with_ending(database, &format!(".before-restore-{}", clock.now()));
    for ending in ["", "-wal", "-shm"] {
        let old = with_ending(database, ending);
        if old.exists() {
            let new = with_ending(&kept, ending);
            std::fs::rename(&old, &new).map_err(failed(&new))?;
        }
    }
    Ok(kept)
}

fn make_private(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(failed(path))
}

fn put_in_place(partial: &Path, path: &Path) -> Result<(), BackupError> {
    let flush = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    flush(partial).map_err(failed(partial))?;
    std::fs::rename(partial, path).map_err(failed(path))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // The name is on disk too, where folders can be flushed.
    let _ = flush(folder.unwrap_or(Path::new(".")));
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Write { path, source }
}
