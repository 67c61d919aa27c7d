//! Uploading files, and handing them out to whoever may read their message.
//!
//! A file is uploaded first and belongs to nobody's eyes but its owner's, until a message of theirs takes
//! it along. What is posted nowhere within a day, and what was in deleted messages, is taken away.

use std::sync::Arc;

use futures::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::protocol::{FileId, FileInfo, FileName, Message, Timestamp};
use crate::server::auth::Identity;
use crate::server::config;
use crate::server::db::files::{self, KeptFile, NewFile};
use crate::server::error::{Error, Result};
use crate::server::files::kind;
use crate::server::files::picture::{self, Made};
use crate::server::files::store::{ReceiveError, Received, Store};
use crate::server::state::App;

const MIB: u64 = 1024 * 1024;
/// So long a file waits for its message.
const WAITS_MS: i64 = 24 * 60 * 60_000;

/// What files need, made once.
#[derive(Debug)]
pub struct Files {
    pub store: Store,
    limits: config::Files,
    /// Pictures take much memory while they are made anew: one after the other.
    pictures: Arc<Semaphore>,
}

impl Files {
    pub fn new(config: &config::Config) -> Self {
        Self {
            store: match config.cluster.nats_url {
                Some(_) => Store::shared(&config.server.data_dir),
                None => Store::new(&config.server.data_dir),
            },
            limits: config.files.clone(),
            pictures: Arc::new(Semaphore::new(1)),
        }
    }

    /// My turn to make a picture anew, until it is dropped.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = self.pictures.clone().acquire_owned().await;
        turn.map_err(Error::internal)
    }

    /// The largest file that one may upload, in MiB.
    pub fn most_mib(&self) -> u32 {
        self.limits.max_mib.get()
    }
}

/// Takes in a file.
///
/// # Errors
/// It is larger than one may be, I have no room for more, it breaks off, I have asked too often; or the
/// disk or the database fails. Then nothing of it is left.
pub async fn upload<B: AsRef<[u8]>, E>(
    app: &App,
    me: &Identity,
    name: &str,
    coming: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<FileInfo> {
    app.pace.step(me.user.id)?;
    let left = left(app, me).await?;
    let received = receive(app, coming, left).await?;
    keep(app, me, name, received).await
}

/// Receives what comes, if it is no larger than a file may be and than the room there is for it.
pub(super) async fn receive<B: AsRef<[u8]>, E>(
    app: &App,
    coming: impl Stream<Item = Result<B, E>> + Unpin,
    left: u64,
) -> Result<Received> {
    let mib = app.files.most_mib();
    let most = u64::from(mib) * MIB;
    let received = app.files.store.receive(coming, most.min(left)).await;
    received.map_err(|error| match error {
        ReceiveError::TooLarge { .. } if left < most => Error::FilesAreFull,
        ReceiveError::TooLarge { .. } => Error::FileTooLarge { mib },
        ReceiveError::Broken => Error::CutOff,
        ReceiveError::Disk(error) => not_kept(&error),
    })
}

/// Bytes that I have room for.
pub(super) async fn left(app: &App, me: &Identity) -> Result<u64> {
    let used = files::bytes_of(&app.db, me.user.id).await?;
    let quota = u64::from(app.files.limits.quota_mib.get()) * MIB;
    Ok(quota.saturating_sub(u64::try_from(used).unwrap_or_default()))
}

pub(super) fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The disk is full, or away: for now.
pub(super) fn not_kept(error: &std::io::Error) -> Error {
    Error::Unavailable(format!("a file was not kept: {error}"))
}

/// Looks into what was received, keeps it, and notes whose it is.
async fn keep(app: &App, me: &Identity, name: &str, received: Received) -> Result<FileInfo> {
    let kind = kind::of(&received.head);
    let came = received.bytes;
    let (received, made) = look_into(&app.files, received, kind).await?;
    let store = &app.files.store;
    let _alone = store.alone().await;
    // Others of mine may have come meanwhile.
    if came > left(app, me).await? {
        return Err(Error::FilesAreFull);
    }
    let is_picture = kind.starts_with("image/");
    let (mut kind, mut bytes, mut small, mut told) = (kind, signed(came), None, None);
    let content = if let Some(made) = made {
        (kind, told) = (made.kind, Some(made.told));
        if let Some((bytes, kind)) = made.small {
            small = Some((
                store.keep(bytes).await.map_err(|error| not_kept(&error))?,
                kind,
            ));
        }
        match made.content {
            Some(content) => {
                bytes = signed(content.len() as u64);
                store.keep(content).await
            }
            None => store.keep_received(received).await,
        }
    } else {
        // What only says that it is a picture is a file like any other.
        if is_picture {
            kind = FileInfo::UNKNOWN;
        }
        store.keep_received(received).await
    };
    let file = NewFile {
        owner: me.user.id,
        name: FileName::clean(name),
        kind: kind.to_owned(),
        content: content.map_err(|error| not_kept(&error))?,
        small,
        bytes,
        picture: told,
    };
    let id = files::add(&app.db, &file, app.clock.now()).await?;
    Ok(FileInfo {
        id,
        name: file.name,
        kind: file.kind,
        bytes: file.bytes,
        picture: file.picture,
    })
}

/// A picture, made anew, if it is one.
async fn look_into(
    files: &Files,
    mut received: Received,
    kind: &'static str,
) -> Result<(Received, Option<Made>)> {
    if !kind.starts_with("image/") {
        return Ok((received, None));
    }
    let turn = files.turn().await?;
    let work = move || {
        let bytes = received.read()?;
        let made = picture::make(&bytes, kind);
        drop(turn);
        Ok::<_, std::io::Error>((received, made))
    };
    let made = spawn_blocking(work).await.map_err(Error::internal)?;
    made.map_err(Error::internal)
}

/// A file that I may have now.
///
/// # Errors
/// `NotFound`, or the database fails.
pub async fn find(app: &App, me: &Identity, id: FileId) -> Result<KeptFile> {
    let found = files::find_readable(&app.db, id, me.user.id).await?;
    found.ok_or(Error::NotFound)
}

/// Takes away a file of mine that I have not posted.
///
/// # Errors
/// The database or the disk fails.
pub async fn discard(app: &App, me: &Identity, id: FileId) -> Result<()> {
    let (db, owner) = (app.db.clone(), me.user.id);
    // Among the posts: one that takes it along has it, or it is gone before.
    let discarding = async move { files::discard(&db, id, owner).await };
    remove(app, app.writer.in_order(discarding).await?).await
}

/// Takes away what nobody needs any more.
///
/// # Errors
/// The database or the disk fails.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.clock.now().0;
    let unposted = files::discard_unposted(&app.db, Timestamp(now - WAITS_MS)).await?;
    remove(app, unposted).await?;
    let deleted = files::discard_deleted(&app.db, Timestamp(now - Message::UNDO_MS)).await?;
    remove(app, deleted).await
}

/// Takes away these contents, unless another file, or a picture of somebody, has the same.
pub(super) async fn remove(app: &App, contents: Vec<String>) -> Result<()> {
    for content in contents {
        let _alone = app.files.store.alone().await;
        if !files::is_needed(&app.db, &content).await? {
            let removed = app.files.store.remove(&content).await;
            removed.map_err(|error| Error::internal(format!("a file was not removed: {error}")))?;
        }
    }
    Ok(())
}
