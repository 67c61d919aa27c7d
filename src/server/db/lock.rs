//! One server to an `SQLite` file.
//!
//! A second one would write into the same streams without the first one's readers hearing of it.
//! A lock on a file beside the database says that somebody serves it; it goes with the process,
//! however that ends. Commands that only change something beside the streams need no lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Held as long as the database is served.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code)] File);

impl Lock {
    /// Takes the lock. Nothing if somebody has it; a file system without locks is trusted.
    pub(super) fn take(database: &Path) -> Option<Self> {
        let path = beside(database);
        let options = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .clone();
        let Ok(file) = options.open(path) else {
            // What cannot be written will be told by the database itself.
            return File::open(database).ok().map(Self);
        };
        match file.try_lock() {
            Ok(()) | Err(TryLockError::Error(_)) => Some(Self(file)),
            Err(TryLockError::WouldBlock) => None,
        }
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

    #[test]
    fn only_one_has_it_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("hubbub.db");
        let lock = Lock::take(&database).unwrap();
        assert!(Lock::take(&database).is_none());
        drop(lock);
        assert!(Lock::take(&database).is_some());
    }
}
