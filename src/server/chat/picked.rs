//! What is picked out of a thread: what is pinned, the files in it, and what is told of one message.
//!
//! Rights are asked after reading: what was lost meanwhile is not used.

use crate::protocol::picked::{AboutMessage, Picked};
use crate::protocol::text::Stored;
use crate::protocol::{MessageText, Seq, ThreadId};
use crate::server::auth::Identity;
use crate::server::chat::{forwarding, saved, threads};
use crate::server::db::revising::At;
use crate::server::db::{about, messages};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// What is pinned in a thread that I may read, the last that was first.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn pinned(app: &App, me: &Identity, thread: ThreadId) -> Result<Picked> {
    let messages = messages::pinned(&app.db, thread).await?;
    threads::find(app, me, thread).await?;
    Ok(Picked {
        messages,
        before: None,
    })
}

/// The messages with files of a thread that I may read, the newest before `before`.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn with_files(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    before: Option<Seq>,
) -> Result<Picked> {
    let before = before.unwrap_or(Seq(i64::MAX));
    let page = u32::try_from(Picked::PAGE).unwrap_or(u32::MAX);
    let mut messages = messages::with_files(&app.db, thread, before, page + 1).await?;
    threads::find(app, me, thread).await?;
    let has_more = messages.len() > Picked::PAGE;
    messages.truncate(Picked::PAGE);
    // What was said with them is in the thread.
    for message in &mut messages {
        message.text = MessageText::from_stored(String::new());
    }
    Ok(Picked {
        before: messages.last().map(|last| last.seq).filter(|_| has_more),
        messages,
    })
}

/// What is told of a message that I may read.
///
/// # Errors
/// `NotFound`, or the database fails.
pub async fn about(app: &App, me: &Identity, thread: ThreadId, seq: Seq) -> Result<AboutMessage> {
    threads::find(app, me, thread).await?;
    let message = messages::find(&app.db, thread, seq).await?;
    let message = message.ok_or(Error::NotFound)?;
    if message.is_deleted() {
        return Ok(AboutMessage::default());
    }
    let in_person = me.in_person().is_ok();
    let told = AboutMessage {
        reactions: about::reactions(&app.db, message.id).await?,
        versions: about::versions(&app.db, At { thread, seq }, me.user.id, in_person).await?,
        kept: saved::find(app, me, thread, seq).await?,
        origin: forwarding::origin(app, me, &message).await?,
    };
    threads::find(app, me, thread).await?;
    Ok(told)
}
