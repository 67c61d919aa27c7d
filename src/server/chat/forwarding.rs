//! Passing a message on to another thread: a new message there, which has a copy of what was said, by whom,
//! and of its files.
//!
//! It is a copy, and not a way into a thread that others may not read: what is changed there later is not
//! changed here, and who reads it learns of where it comes from only what they could read anyway. Where
//! that is open to everybody who reads it (there are no guests), or the same thread, the message says so; of any other thread a reader who
//! may read it is led there by what is told of the message ([`origin`]).

use crate::protocol::error::Problem;
use crate::protocol::forward::Forward;
use crate::protocol::{
    FileId, FileInfo, Message, Place, PostRequest, Posted, Quote, Seq, ThreadId, ThreadKind,
};
use crate::server::auth::Identity;
use crate::server::chat::accounts::problem;
use crate::server::chat::{direct, files, messages, threads};
use crate::server::db;
use crate::server::db::writer::Forwarded;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Passes a message that I may read on, into a thread that I may post in.
///
/// # Errors
/// `NotFound` for a message or a thread I may not read; nobody and nothing is named to pass it on to;
/// `FilesAreFull` if I have no room for its files; and what posting may be refused for.
pub async fn forward(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    seq: Seq,
    what: Forward,
) -> Result<Posted> {
    app.pace.step(me.user.id)?;
    if let Some(posted) = messages::known(app, me, what.client_id.as_deref()).await? {
        return Ok(posted);
    }
    let found = threads::find(app, me, thread).await?.thread;
    let message = messages::find(app, me, thread, seq).await?;
    if message.is_deleted() {
        return Err(Error::NotFound);
    }
    let to = match (what.people.trim(), what.to) {
        ("", Some(to)) => to,
        ("", None) => return Err(problem(Problem::Empty)),
        (people, _) => direct::open(app, me, people).await?.id,
    };
    let is_public = found.kind == ThreadKind::Public;
    // A guest among its readers would learn of a thread that is not theirs.
    let is_open = to == thread || is_public && !db::threads::has_guests(&app.db, to).await?;
    let forwarded = Forwarded {
        thread,
        seq,
        shown: said(&message, is_open),
    };
    let request = PostRequest {
        message: what.message,
        client_id: what.client_id,
        // Only for a thread in which I may post anything at all.
        files: match db::threads::is_postable(&app.db, me.user.id, to, app.clock.now()).await? {
            true => copies(app, me, &message).await?,
            false => Vec::new(),
        },
        ..PostRequest::default()
    };
    messages::forward(app, me, to, request, forwarded).await
}

/// What is passed on: what the message says, or what it passes on itself, if it says nothing.
fn said(message: &Message, is_open: bool) -> Quote {
    let inner = message.forwarded.as_deref();
    let inner = inner.filter(|_| message.text.as_str().is_empty() && message.files.is_empty());
    let (user, text) = match inner {
        Some(inner) => (inner.user.clone(), inner.text.clone()),
        None => (message.user.clone(), message.text.as_str().to_owned()),
    };
    Quote {
        seq: if is_open { message.seq } else { Seq::START },
        thread_id: is_open.then_some(message.thread_id),
        user,
        text,
    }
}

/// The files of a message once more, as mine: what is in them is kept once.
async fn copies(app: &App, me: &Identity, message: &Message) -> Result<Vec<FileId>> {
    let bytes = message.files.iter().map(|file| file.bytes).sum::<i64>();
    // What is not needed any more is not taken away meanwhile, nor is the same room taken twice.
    let _alone = app.files.store.alone().await;
    if files::signed(files::left(app, me).await?) < bytes {
        return Err(Error::FilesAreFull);
    }
    let mut copies = Vec::with_capacity(message.files.len());
    for FileInfo { id, .. } in &message.files {
        let copy = db::files::copy(&app.db, *id, me.user.id, app.clock.now()).await?;
        copies.push(copy.ok_or(Error::NotFound)?);
    }
    Ok(copies)
}

/// Where a message that was passed on was said first, if I may read that.
///
/// # Errors
/// The database fails.
pub async fn origin(app: &App, me: &Identity, message: &Message) -> Result<Option<Place>> {
    let found = db::messages::origin(&app.db, message.id).await?;
    let Some((id, seq)) = found else {
        return Ok(None);
    };
    match threads::find(app, me, id).await {
        Ok(_) => Ok(Some(Place::Thread {
            id,
            message: Some(seq),
            panel: None,
        })),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
