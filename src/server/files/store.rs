//! Bytes by their digest, in a directory beside the database.
//!
//! What is the same is there once. A file is written aside, with its bytes on the disk before it gets its
//! name, so what has a name is whole. Whoever keeps something and notes that it is needed, and whoever
//! looks whether it is needed and takes it away, do so one after the other ([`Store::alone`]): nothing is
//! taken away that somebody has just found to be there. Several servers share the directory, so that is
//! a lock on a file beside it too.

use std::fs::TryLockError;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::spawn_blocking;

use super::kind::HEAD;
use crate::server::hex::hex;

/// Where bytes are kept.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    /// Other servers keep their files there too.
    is_shared: bool,
    changing: Mutex<()>,
}

/// As long as it is there, one can rely on what one has found.
#[derive(Debug)]
pub struct Alone<'a> {
    _here: MutexGuard<'a, ()>,
    _everywhere: Option<std::fs::File>,
}

/// Bytes that have come and have no name yet; gone when dropped.
#[derive(Debug)]
pub struct Received {
    file: NamedTempFile,
    digest: String,
    pub bytes: u64,
    pub head: Vec<u8>,
}

/// Why nothing was received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    #[error("more than {most} bytes")]
    TooLarge { most: u64 },
    #[error("the sender went away")]
    Broken,
    #[error(transparent)]
    Disk(#[from] io::Error),
}

impl Store {
    pub fn new(data_dir: &Path) -> Self {
        Self {
            dir: data_dir.join("files"),
            is_shared: false,
            changing: Mutex::default(),
        }
    }

    /// The same, where other servers keep their files too.
    pub fn shared(data_dir: &Path) -> Self {
        Self {
            is_shared: true,
            ..Self::new(data_dir)
        }
    }

    /// Nobody else keeps or takes away until this is dropped, on no server.
    pub async fn alone(&self) -> Alone<'_> {
        let here = self.changing.lock().await;
        let mut everywhere = None;
        let mut tries = 0;
        while self.is_shared && everywhere.is_none() {
            let dir = self.dir.clone();
            let locked = spawn_blocking(move || lock(&dir)).await;
            match locked.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(Some(file)) => everywhere = Some(file),
                // One that has stopped does not hold up all others for ever.
                Ok(None) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
                Ok(None) => {
                    tracing::warn!("another server holds the files and does not go on");
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "the files cannot be locked");
                    break;
                }
            }
        }
        Alone {
            _here: here,
            _everywhere: everywhere,
        }
    }

    /// Takes in what comes, at most so many bytes.
    ///
    /// # Errors
    /// It is more, breaks off, or cannot be written.
    pub async fn receive<B: AsRef<[u8]>, E>(
        &self,
        mut coming: impl Stream<Item = Result<B, E>> + Unpin,
        most: u64,
    ) -> Result<Received, ReceiveError> {
        let mut file = aside(self.dir.clone()).await?;
        let (mut digest, mut bytes, mut head) = (Sha256::new(), 0, Vec::new());
        while let Some(chunk) = coming.next().await {
            let chunk = chunk.map_err(|_| ReceiveError::Broken)?;
            let chunk = chunk.as_ref();
            bytes += chunk.len() as u64;
            if bytes > most {
                return Err(ReceiveError::TooLarge { most });
            }
            let of_head = chunk.len().min(HEAD - head.len());
            head.extend_from_slice(&chunk[..of_head]);
            digest.update(chunk);
            // Into the system's memory: the disk is waited for when it gets its name.
            file.write_all(chunk)?;
        }
        Ok(Received {
            file,
            digest: hex(&digest.finalize()),
            bytes,
            head,
        })
    }

    /// Keeps what was received: its name from now on.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn keep_received(&self, received: Received) -> io::Result<String> {
        let Received { file, digest, .. } = received;
        let path = self.path(&digest);
        spawn_blocking(move || place(file, &path)).await??;
        Ok(digest)
    }

    /// Keeps bytes: their name from now on.
    ///
    /// # Errors
    /// They cannot be written.
    pub async fn keep(&self, bytes: Vec<u8>) -> io::Result<String> {
        let mut file = aside(self.dir.clone()).await?;
        let digest = hex(&Sha256::digest(&bytes));
        let path = self.path(&digest);
        let write = move || {
            file.write_all(&bytes)?;
            place(file, &path)
        };
        spawn_blocking(write).await??;
        Ok(digest)
    }

    /// Where something of that name lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(&name[..2.min(name.len())]).join(name)
    }

    /// Takes it away.
    ///
    /// # Errors
    /// It cannot be taken away. That it is gone already is fine.
    pub async fn remove(&self, name: &str) -> io::Result<()> {
        match tokio::fs::remove_file(self.path(name)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes away what was being received when a server ended: what nothing was added to for so long.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub async fn tidy(&self, untouched: Duration) -> io::Result<()> {
        let mut all = match tokio::fs::read_dir(self.dir.join(ASIDE)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            all => all?,
        };
        while let Some(left) = all.next_entry().await? {
            let touched = left.metadata().await?.modified()?;
            if touched.elapsed().unwrap_or_default() >= untouched {
                tokio::fs::remove_file(left.path()).await?;
            }
        }
        Ok(())
    }
}

impl Received {
    /// All of it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Where files are until they have a name.
const ASIDE: &str = "incoming";

async fn aside(dir: PathBuf) -> io::Result<NamedTempFile> {
    let make = move || {
        let dir = dir.join(ASIDE);
        make_dir(&dir)?;
        NamedTempFile::new_in(dir)
    };
    spawn_blocking(make).await?
}

/// How often it is tried to have the directory alone.
const TRIES: u32 = 200;
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Takes the directory for this server, unless another one has it.
fn lock(dir: &Path) -> io::Result<Option<std::fs::File>> {
    make_dir(dir)?;
    let mut options = std::fs::File::options();
    let options = options.create(true).truncate(false).write(true);
    // Beside the directory: in it are files of people and nothing else.
    let options = std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(dir.with_extension("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What people send is nobody else's on this machine.
fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

/// Gives a file its name, once all of it is on the disk.
fn place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let dir = path.parent().unwrap_or(path);
    make_dir(dir)?;
    if path.exists() {
        return Ok(());
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    std::fs::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream::iter;

    use super::*;

    fn coming(
        chunks: &[&'static str],
    ) -> impl Stream<Item = Result<&'static str, Infallible>> + Unpin {
        iter(chunks.iter().map(|chunk| Ok(*chunk)).collect::<Vec<_>>())
    }

    fn names(dir: &Path) -> usize {
        let all = std::fs::read_dir(dir).into_iter().flatten().flatten();
        all.map(|entry| match entry.path() {
            path if path.is_dir() => names(&path),
            _ => 1,
        })
        .sum()
    }

    #[tokio::test]
    async fn what_is_the_same_is_kept_once_and_can_be_taken_away_twice() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let first = store.receive(coming(&["hel", "lo"]), 5).await.unwrap();
        assert_eq!(
            (first.bytes, first.head.as_slice()),
            (5, b"hello".as_slice())
        );
        let first = store.keep_received(first).await.unwrap();
        let second = store.keep(b"hello".to_vec()).await.unwrap();
        assert_eq!((&first, names(dir.path())), (&second, 1));
        assert_eq!(std::fs::read(store.path(&first)).unwrap(), b"hello");
        store.remove(&first).await.unwrap();
        store.remove(&first).await.unwrap();
        assert_eq!(names(dir.path()), 0);
    }

    #[tokio::test]
    async fn two_servers_with_one_directory_wait_for_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (Store::shared(dir.path()), Store::shared(dir.path()));
        let alone = one.alone().await;
        let waiting = tokio::spawn(async move {
            let _alone = other.alone().await;
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waiting.is_finished());
        drop(alone);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_too_large_or_breaks_off_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let refused = store.receive(coming(&["hel", "lo!"]), 5).await;
        assert!(matches!(refused, Err(ReceiveError::TooLarge { most: 5 })));
        let broken = iter([Ok("hel"), Err(())]);
        let broken = store.receive(broken, 5).await;
        assert!(matches!(broken, Err(ReceiveError::Broken)));
        assert_eq!(names(dir.path()), 0);
    }

    #[tokio::test]
    async fn what_a_server_was_receiving_when_it_ended_is_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        store.tidy(Duration::ZERO).await.unwrap();
        let kept = store.keep(b"kept".to_vec()).await.unwrap();
        std::fs::write(dir.path().join("files/incoming/left"), "half").unwrap();
        store.tidy(Duration::from_mins(1)).await.unwrap();
        assert_eq!(names(dir.path()), 2, "another server may be receiving it");
        store.tidy(Duration::ZERO).await.unwrap();
        assert_eq!(names(dir.path()), 1);
        assert!(store.path(&kept).is_file());
    }
}
