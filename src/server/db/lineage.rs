//! Which stream of events this is: the epoch, and how a restored copy is told from the original.
//!
//! A copy that was made earlier and is served again goes on from where it was made, and gives the
//! numbers that came after a second time, to other events. Whoever knows the first ones must not go
//! on as if nothing had happened: the epoch changes. For `SQLite` a note beside the file tells how
//! far the database had come; it is written after each commit and before anybody hears of it, so a
//! database that knows less than its note is a copy. It need not be flushed: a note that lost a few
//! commits with the power is behind the database, never ahead. `PostgreSQL` tells its own story:
//! another cluster, another timeline, or tables made anew mean another history.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use super::open::{Location, Purpose};
use super::{Clock, Entropy, OpenPools, Pool, Result};
use crate::server::hex::hex;

/// What streams of this database are called.
#[derive(Debug)]
pub(super) struct Lineage {
    pub epoch: String,
    pub origin: String,
    note: Option<Note>,
}

/// How far a database has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Progress {
    epoch: String,
    message: i64,
    changes: i64,
}

#[derive(Debug)]
struct Note {
    file: File,
    epoch: String,
    message: AtomicI64,
    changes: AtomicI64,
}

impl Lineage {
    /// Reads the identity, makes it if there is none yet, and changes the epoch if this is a copy.
    pub(super) async fn establish(
        pools: &OpenPools,
        location: &Location,
        purpose: Purpose,
        clock: &Clock,
        entropy: &Entropy,
    ) -> Result<Self> {
        let pool = pools.writing();
        if purpose != Purpose::Use {
            let fresh = hex(&entropy.bytes::<8>());
            on!(pool, |pool| sqlx::query(
                "insert into server_identity (id, epoch, origin, created_at) values (1, $1, $1, $2)
                 on conflict (id) do nothing",
            )
            .bind(&fresh)
            .bind(clock.now().0)
            .execute(pool)
            .await
            .map(drop))?;
        }
        let (epoch, origin, lineage, changes): (String, String, String, i64) =
            on!(pool, |pool| sqlx::query_as(
                "select epoch, origin, lineage, changes from server_identity where id = 1"
            )
            .fetch_one(pool)
            .await)?;
        let mut identity = Self {
            epoch,
            origin,
            note: None,
        };
        if matches!(purpose, Purpose::Serve | Purpose::ServeWithOthers) {
            match location {
                Location::File(path) => identity.compare(pool, path, changes, entropy).await?,
                Location::Postgres(_) => identity.trace(pool, &lineage, entropy).await?,
            }
        }
        Ok(identity)
    }

    /// Notes that a message with that id is on disk.
    pub(super) fn has_come(&self, message: i64) {
        if let Some(note) = &self.note {
            note.message.fetch_max(message, Ordering::SeqCst);
            note.write();
        }
    }

    /// Notes how many events without a message are on disk.
    pub(super) fn has_changed(&self, changes: i64) {
        if let Some(note) = &self.note {
            note.changes.fetch_max(changes, Ordering::SeqCst);
            note.write();
        }
    }

    async fn compare(
        &mut self,
        pool: Pool<'_>,
        path: &Path,
        changes: i64,
        entropy: &Entropy,
    ) -> Result<()> {
        let message: i64 = on!(pool, |pool| sqlx::query_scalar(
            "select coalesce(max(id), 0) from messages"
        )
        .fetch_one(pool)
        .await)?;
        let now = Progress {
            epoch: self.epoch.clone(),
            message,
            changes,
        };
        let path = beside(path);
        if let Some(noted) = std::fs::read_to_string(&path)
            .ok()
            .and_then(|text| parse(&text))
            && now.is_a_copy(&noted)
        {
            tracing::warn!(
                "this database is an earlier copy of the one that was served here: clients begin anew"
            );
            self.begin_anew(pool, entropy).await?;
        }
        self.note = Note::begin(&path, &self.epoch, message, changes)
            .inspect_err(|error| tracing::warn!(%error, "restored copies will not be noticed"))
            .ok();
        Ok(())
    }

    async fn trace(&mut self, pool: Pool<'_>, known: &str, entropy: &Entropy) -> Result<()> {
        let lineage = postgres_lineage(pool).await?;
        if lineage == known {
            return Ok(());
        }
        let mut epoch = self.epoch.clone();
        if !known.is_empty() {
            tracing::warn!("this database is a copy, or was promoted from one: clients begin anew");
            epoch = hex(&entropy.bytes::<8>());
        }
        // Of several servers that find this out at once, one says what the epoch is.
        on!(pool, |pool| sqlx::query(
            "update server_identity set lineage = $1, epoch = $2 where id = 1 and lineage = $3"
        )
        .bind(&lineage)
        .bind(&epoch)
        .bind(known)
        .execute(pool)
        .await
        .map(drop))?;
        let found = "select epoch from server_identity where id = 1";
        self.epoch = on!(pool, |pool| sqlx::query_scalar(found).fetch_one(pool).await)?;
        Ok(())
    }

    async fn begin_anew(&mut self, pool: Pool<'_>, entropy: &Entropy) -> Result<()> {
        self.epoch = hex(&entropy.bytes::<8>());
        set_epoch(pool, &self.epoch).await
    }
}

/// Gives all streams another epoch.
pub(super) async fn set_epoch(pool: Pool<'_>, epoch: &str) -> Result<()> {
    on!(pool, |pool| sqlx::query(
        "update server_identity set epoch = $1 where id = 1"
    )
    .bind(epoch)
    .execute(pool)
    .await
    .map(drop))
}

async fn postgres_lineage(pool: Pool<'_>) -> Result<String> {
    // Not everybody may ask for the cluster.
    let cluster: Result<String> = on!(pool, |pool| sqlx::query_scalar(
        "select system_identifier::text from pg_control_system()"
    )
    .fetch_one(pool)
    .await);
    let rest: String = on!(pool, |pool| sqlx::query_scalar(
        "select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
                || '/' || 'server_identity'::regclass::oid::text"
    )
    .fetch_one(pool)
    .await)?;
    Ok(format!("{}/{rest}", cluster.unwrap_or_default()))
}

impl Progress {
    /// Whether this is less than was noted, or of another history.
    fn is_a_copy(&self, noted: &Self) -> bool {
        self.epoch != noted.epoch || self.message < noted.message || self.changes < noted.changes
    }
}

impl Note {
    fn begin(path: &Path, epoch: &str, message: i64, changes: i64) -> std::io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)?;
        let note = Self {
            file,
            epoch: epoch.to_owned(),
            message: message.into(),
            changes: changes.into(),
        };
        note.file.write_all_at(note.text().as_bytes(), 0)?;
        note.file.sync_data()?;
        Ok(note)
    }

    fn write(&self) {
        if let Err(error) = self.file.write_all_at(self.text().as_bytes(), 0) {
            tracing::debug!(%error, "how far the database has come could not be noted");
        }
    }

    /// Always as long, so that one write replaces the one before.
    fn text(&self) -> String {
        let message = self.message.load(Ordering::SeqCst);
        let changes = self.changes.load(Ordering::SeqCst);
        format!("{} {message:020} {changes:020}\n", self.epoch)
    }
}

fn parse(text: &str) -> Option<Progress> {
    let mut words = text.split_whitespace();
    Some(Progress {
        epoch: words.next()?.to_owned(),
        message: words.next()?.parse().ok()?,
        changes: words.next()?.parse().ok()?,
    })
}

/// The note of a database.
pub(super) fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-progress");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(epoch: &str, message: i64, changes: i64) -> Progress {
        Progress {
            epoch: epoch.to_owned(),
            message,
            changes,
        }
    }

    #[test]
    fn a_database_that_knows_less_than_its_note_is_a_copy() {
        let noted = progress("e", 10, 3);
        for (now, is_copy) in [
            (progress("e", 10, 3), false),
            (progress("e", 12, 4), false),
            (progress("e", 9, 3), true),
            (progress("e", 10, 2), true),
            (progress("e", 12, 2), true),
            (progress("f", 12, 4), true),
        ] {
            assert_eq!(now.is_a_copy(&noted), is_copy, "{now:?}");
        }
    }

    #[test]
    fn a_note_says_what_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note");
        let note = Note::begin(&path, "e", 7, 1).unwrap();
        note.message.store(12, Ordering::SeqCst);
        note.write();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(parse(&text), Some(progress("e", 12, 1)));
        assert_eq!(parse("nonsense"), None);
    }
}
