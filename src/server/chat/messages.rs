//! Posting, and reading pages of history.

use crate::protocol::{
    ClientId, HistoryPage, HistoryRequest, PostRequest, Posted, Seq, ThreadKind,
};
use crate::server::auth::Identity;
use crate::server::chat::threads;
use crate::server::db::writer::Post;
use crate::server::db::{memberships, messages};
use crate::server::error::Result;
use crate::server::state::App;

/// Posts a message and returns once it is on disk. Posting in a public thread joins it.
///
/// # Errors
/// `NotFound` for a thread I may not read; or the database fails, and nothing was posted.
pub async fn post(app: &App, me: &Identity, request: PostRequest) -> Result<Posted> {
    let found = threads::find(app, me, request.id).await?;
    if !found.joined && found.thread.kind == ThreadKind::Public {
        memberships::insert(&app.db, request.id, me.user.id, app.clock.now()).await?;
    }
    let client_id = request
        .client_id
        .unwrap_or_else(|| ClientId::from_random(app.entropy.bytes()));
    let post = Post {
        thread: found.thread,
        author: me.user.clone(),
        client_id,
        text: request.message,
    };
    Ok(app.writer.post(post).await?)
}

/// A page of a thread's history.
///
/// The head is read before the messages, so the page never claims to cover what it has not seen.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn history(app: &App, me: &Identity, request: HistoryRequest) -> Result<HistoryPage> {
    let thread = threads::find(app, me, request.id).await?.thread;
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
