//! Posting, and reading pages of history.

use std::future::Future;

use crate::protocol::{
    ClientId, Field, HistoryPage, HistoryRequest, MessageText, PostRequest, Posted, Seq, Thread,
    ThreadId,
};
use crate::server::auth::Identity;
use crate::server::chat::threads;
use crate::server::db::messages;
use crate::server::db::writer::Post;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// A post as it comes, parsed so that what is wrong with it can be said.
///
/// # Errors
/// The text or the client id does not parse.
pub fn parse(id: ThreadId, text: &str, client_id: Option<&str>) -> Result<PostRequest> {
    let message = MessageText::parse(text).map_err(|error| Error::Invalid {
        field: Field::Text,
        error,
    })?;
    let client_id = client_id.map(ClientId::parse).transpose();
    let client_id = client_id.map_err(|error| Error::Invalid {
        field: Field::ClientId,
        error,
    })?;
    Ok(PostRequest {
        id,
        message,
        client_id,
    })
}

/// Posts a message and returns once it is on disk. Posting in a public thread joins it.
///
/// # Errors
/// `NotFound` for a thread I may not read; or the database fails, and nothing was posted.
pub async fn post(app: &App, me: &Identity, request: PostRequest) -> Result<Posted> {
    submit(app, me, request).await?.await
}

/// The same, but returns once the post has its place in the order, with what resolves when it is
/// on disk. Whether I may read the thread is asked there too, with the whole batch.
///
/// # Errors
/// As for [`post`].
pub async fn submit(
    app: &App,
    me: &Identity,
    request: PostRequest,
) -> Result<impl Future<Output = Result<Posted>> + Send + use<>> {
    let client_id = request
        .client_id
        .unwrap_or_else(|| ClientId::from_random(app.entropy.bytes()));
    let post = Post {
        thread: request.id,
        author: me.user.clone(),
        client_id,
        text: request.message,
    };
    let posted = app.writer.submit(post).await?;
    Ok(async move { posted.await?.ok_or(Error::NotFound) })
}

/// A page of a thread's history.
///
/// The head is read before the messages, so the page never claims to cover what it has not seen.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn history(app: &App, me: &Identity, request: HistoryRequest) -> Result<HistoryPage> {
    let thread = threads::find(app, me, request.id).await?.thread;
    page(app, thread, request).await
}

/// The same for a thread that was just loaded for whoever asks.
///
/// # Errors
/// The database fails.
pub async fn page(app: &App, thread: Thread, request: HistoryRequest) -> Result<HistoryPage> {
    let limit = request.effective_limit();
    let is_full = |count: usize| count >= limit as usize;
    let head = thread.last_seq;
    let within = |seq: Seq| seq.clamp(Seq::START, head.next());
    let (messages, after, through) = match (request.before, request.after) {
        (Some(before), _) => {
            let end = within(before).max(Seq::START.next());
            let messages = messages::before(&app.db, thread.id, end, limit).await?;
            let first = messages.first().map(|message| message.seq.prev());
            let after = first.filter(|_| is_full(messages.len()));
            (messages, after.unwrap_or(Seq::START), end.prev())
        }
        (None, Some(after)) => {
            let after = within(after).min(head);
            let messages = messages::between(&app.db, thread.id, after, head, limit).await?;
            let last = messages.last().map(|message| message.seq);
            let through = last.filter(|_| is_full(messages.len())).unwrap_or(head);
            (messages, after, through)
        }
        (None, None) => {
            let messages = messages::before(&app.db, thread.id, head.next(), limit).await?;
            let first = messages.first().map(|message| message.seq.prev());
            let after = first.filter(|_| is_full(messages.len()));
            (messages, after.unwrap_or(Seq::START), head)
        }
    };
    Ok(HistoryPage {
        thread,
        messages,
        after,
        through,
        epoch: app.db.epoch().to_owned(),
    })
}
