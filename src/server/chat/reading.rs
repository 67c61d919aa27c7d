//! How far I have read, and what I want to be told of. Nobody else learns of either.

use crate::protocol::{NotifyLevel, ReadPosition, ReadRequest, ReadSeveral, Seq, ThreadId};
use crate::server::auth::Identity;
use crate::server::chat::threads;
use crate::server::db;
use crate::server::db::messages;
use crate::server::db::writer::Mark;
use crate::server::error::{Error, Result};
use crate::server::state::App;

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
/// `NotFound` for a thread I may not read, `TooManyRequests`.
pub async fn read(app: &App, me: &Identity, request: ReadRequest) -> Result<()> {
    if is_by_looking(&request) {
        return mark_read(app, me, request.id, request.seq).await;
    }
    threads::find(app, me, request.id).await?;
    set(app, me, vec![request]).await
}

/// What requests to read say, in their order. What is not mine stays as it is, without a word.
///
/// # Errors
/// `Forbidden` for more threads than anybody has, `TooManyRequests`.
pub async fn read_several(app: &App, me: &Identity, request: ReadSeveral) -> Result<()> {
    if request.threads.len() > ReadSeveral::MOST {
        return Err(Error::Forbidden);
    }
    match request.threads.as_slice() {
        // What everybody does all the time travels with the posts.
        [one] if is_by_looking(one) => match mark_read(app, me, one.id, one.seq).await {
            Err(Error::NotFound) => Ok(()),
            done => done,
        },
        _ => set(app, me, request.threads).await,
    }
}

fn is_by_looking(request: &ReadRequest) -> bool {
    !request.unread && request.from.is_none()
}

/// Marks all my threads as read.
///
/// # Errors
/// The database fails, `TooManyRequests`.
pub async fn read_all(app: &App, me: &Identity) -> Result<()> {
    let mine = threads::mine(app, me).await?;
    let unread = mine.iter().filter(|mine| mine.unread() > 0);
    let to = unread.map(|mine| ReadRequest::up_to(mine.thread.id, mine.thread.last_seq));
    set(app, me, to.collect()).await
}

/// In the writer's queue, like the marks that are made by reading: devices hear of both in the order
/// in which they were made. One statement knows each thread once, so several requests about one
/// thread are several rounds.
async fn set(app: &App, me: &Identity, mut wanted: Vec<ReadRequest>) -> Result<()> {
    app.pace.step(me.user.id)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let setting = async move {
        while !wanted.is_empty() {
            let (round, later) = first_of_each(wanted);
            let moved = db::reading::set(&db, user, &round).await?;
            announcer.read(user, &moved);
            wanted = later;
        }
        Ok(())
    };
    Ok(app.writer.in_order(setting).await?)
}

/// The first request about each thread, and the others.
fn first_of_each(wanted: Vec<ReadRequest>) -> (Vec<ReadRequest>, Vec<ReadRequest>) {
    let mut seen = std::collections::HashSet::new();
    wanted.into_iter().partition(|read| seen.insert(read.id))
}

/// Chooses what of a thread I want to be told of.
///
/// # Errors
/// `NotFound` for a thread I do not belong to, `TooManyRequests`.
pub async fn set_notify(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    level: NotifyLevel,
) -> Result<()> {
    app.pace.step(me.user.id)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let setting = async move {
        let is_new = db::reading::set_notify(&db, thread, user, level).await?;
        if is_new == Some(true) {
            announcer.notify_changed(user, thread, level);
        }
        Ok(is_new.is_some())
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
    Ok(db::reading::find(&app.db, found.thread.id, me.user.id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_one_thread_twice_is_done_in_its_order() {
        let (one, two) = (ThreadId(1), ThreadId(2));
        let wanted = vec![
            ReadRequest::up_to(one, Seq(9)),
            ReadRequest::unread_after(one, Seq(4)),
            ReadRequest::up_to(two, Seq(3)),
        ];
        let (first, later) = first_of_each(wanted);
        assert_eq!(first.len(), 2);
        assert_eq!(later, [ReadRequest::unread_after(one, Seq(4))]);
    }
}
