//! Joining and leaving threads, and how far one has read.
//!
//! Memberships come and go through the writer's queue, so that they keep their place among the
//! posts and among themselves: nothing that was posted after a removal reaches who was removed.

use crate::protocol::{
    NotifyLevel, ReadPosition, ReadRequest, ReadSeveral, Role, Seq, Thread, ThreadId, ThreadKind,
    User, UserId,
};
use crate::server::auth::Identity;
use crate::server::chat::threads;
use crate::server::db::writer::Mark;
use crate::server::db::{memberships, messages};
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
    insert(app, me, found.thread, me.user.clone()).await
}

/// Adds somebody to a thread that I belong to.
///
/// # Errors
/// `NotFound` for a thread I may not read or a person who is not there, `Forbidden` if I do not
/// belong to it or it is a direct one.
pub async fn add(app: &App, me: &Identity, thread: ThreadId, user: UserId) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    if found.role.is_none() || found.thread.kind == ThreadKind::Direct {
        return Err(Error::Forbidden);
    }
    let user = super::accounts::find(app, user).await?;
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
    if user != me.user.id && found.role != Some(Role::Owner) {
        return Err(Error::Forbidden);
    }
    let user = match user == me.user.id {
        true => me.user.clone(),
        false => super::accounts::find(app, user).await?,
    };
    let (db, announcer, now) = (app.db.clone(), app.announcer.clone(), app.clock.now());
    let removing = async move {
        let left = memberships::delete(&db, thread, user.id, now).await?;
        if let Some(seq) = left {
            announcer.removed(thread, &user, seq);
        }
        Ok(left.is_some())
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
    let head = found.thread.last_seq;
    let to = match seq >= head {
        true => ReadPosition {
            seq: head,
            number: found.thread.message_count,
        },
        false => ReadPosition {
            seq: seq.max(Seq::START),
            number: messages::number_at(&app.db, thread, seq).await?,
        },
    };
    let user = me.user.id;
    Ok(app.writer.mark(Mark { thread, user, to }).await?)
}

/// What a request to read says: that I have read on, or, where it says so, that what follows is to
/// be unread.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn read(app: &App, me: &Identity, request: ReadRequest) -> Result<()> {
    if !request.unread {
        return mark_read(app, me, request.id, request.seq).await;
    }
    threads::find(app, me, request.id).await?;
    set_read(app, me, vec![(request.id, request.seq)]).await
}

/// Moves several threads at once to where they are said to be read, as whoever marks all of them as
/// read wants it, or changes their mind. What is not mine stays as it is, without a word.
///
/// # Errors
/// `Forbidden` for more threads than anybody has.
pub async fn read_several(app: &App, me: &Identity, request: ReadSeveral) -> Result<()> {
    if request.threads.len() > ReadSeveral::MOST {
        return Err(Error::Forbidden);
    }
    let to = request.threads.iter().map(|read| (read.id, read.seq));
    set_read(app, me, to.collect()).await
}

/// Marks all my threads as read.
///
/// # Errors
/// The database fails.
pub async fn read_all(app: &App, me: &Identity) -> Result<()> {
    let mine = threads::mine(app, me).await?;
    let unread = mine.iter().filter(|mine| mine.unread() > 0);
    let to = unread.map(|mine| (mine.thread.id, mine.thread.last_seq));
    set_read(app, me, to.collect()).await
}

/// In the writer's queue, like the marks that are made by reading: devices hear of both in the order
/// in which they were made.
async fn set_read(app: &App, me: &Identity, to: Vec<(ThreadId, Seq)>) -> Result<()> {
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let setting = async move {
        let moved = memberships::set_read(&db, user, &to).await?;
        announcer.read(user, &moved);
        Ok(())
    };
    Ok(app.writer.in_order(setting).await?)
}

/// Chooses what of a thread I want to be told of.
///
/// # Errors
/// `NotFound` for a thread I do not belong to.
pub async fn set_notify(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    level: NotifyLevel,
) -> Result<()> {
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let setting = async move {
        let is_mine = memberships::set_notify(&db, thread, user, level).await?;
        if is_mine {
            announcer.notify_changed(user, thread, level);
        }
        Ok(is_mine)
    };
    match app.writer.in_order(setting).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// How far I have read a thread; nothing if I do not belong to it.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn read_position(
    app: &App,
    me: &Identity,
    thread: ThreadId,
) -> Result<Option<ReadPosition>> {
    let found = threads::find(app, me, thread).await?;
    Ok(memberships::read_position(&app.db, found.thread.id, me.user.id).await?)
}

/// Among the posts too: a membership that is announced still holds.
async fn insert(app: &App, me: &Identity, thread: Thread, user: User) -> Result<()> {
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let (by, now) = (me.user.id, app.clock.now());
    let inserting = async move {
        if let Some(seq) = memberships::insert(&db, thread.id, user.id, by, now).await? {
            announcer.joined(&thread, &user, seq);
        }
        Ok(())
    };
    Ok(app.writer.in_order(inserting).await?)
}
