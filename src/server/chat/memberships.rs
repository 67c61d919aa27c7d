//! Joining and leaving threads, and how far one has read.
//!
//! Memberships come and go through the writer's queue, so that they keep their place among the
//! posts and among themselves: nothing that was posted after a removal reaches who was removed.

use crate::protocol::{Seq, Thread, ThreadId, ThreadKind, User, UserId};
use crate::server::auth::Identity;
use crate::server::chat::threads;
use crate::server::db::memberships;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Members in one list.
const LIST: u32 = 1000;

/// Who belongs to a thread that I may read.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn list(app: &App, me: &Identity, thread: ThreadId) -> Result<Vec<User>> {
    let found = threads::find(app, me, thread).await?;
    Ok(memberships::list(&app.db, found.thread.id, LIST).await?)
}

/// Joins a public thread. Nothing changes if I belong to it already.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn join(app: &App, me: &Identity, thread: ThreadId) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    insert(app, me, found.thread, me.user.id).await
}

/// Adds somebody to a thread that I belong to.
///
/// # Errors
/// `NotFound` for a thread I may not read or a person who is not there, `Forbidden` if I do not
/// belong to it or it is a direct one.
pub async fn add(app: &App, me: &Identity, thread: ThreadId, user: UserId) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    if !found.joined || found.thread.kind == ThreadKind::Direct {
        return Err(Error::Forbidden);
    }
    super::accounts::find(app, user).await?;
    insert(app, me, found.thread, user).await
}

/// Takes somebody out of a thread, at once and on all their devices: myself, or anybody if the
/// thread is mine.
///
/// # Errors
/// `NotFound` for a thread I may not read or somebody who does not belong to it, `Forbidden` for
/// somebody else in a thread that is not mine.
pub async fn remove(app: &App, me: &Identity, thread: ThreadId, user: UserId) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    if user != me.user.id && !found.is_own {
        return Err(Error::Forbidden);
    }
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let removing = async move {
        let removed = memberships::delete(&db, thread, user).await?;
        if removed {
            announcer.removed(thread, user);
        }
        Ok(removed)
    };
    match app.writer.in_order(removing).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Notes that I have read a thread up to there, never further than it goes and never back. My
/// other devices hear of it.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn mark_read(app: &App, me: &Identity, thread: ThreadId, seq: Seq) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    let seq = seq.min(found.thread.last_seq);
    let moved = memberships::advance_read(&app.db, thread, me.user.id, seq).await?;
    if let Some(seq) = moved {
        app.announcer.read(me.user.id, thread, seq);
    }
    Ok(())
}

/// Among the posts too: a membership that is announced still holds.
async fn insert(app: &App, me: &Identity, thread: Thread, user: UserId) -> Result<()> {
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let (by, now) = (me.user.id, app.clock.now());
    let inserting = async move {
        if memberships::insert(&db, thread.id, user, by, now).await? {
            announcer.joined(&thread, user);
        }
        Ok(())
    };
    Ok(app.writer.in_order(inserting).await?)
}
