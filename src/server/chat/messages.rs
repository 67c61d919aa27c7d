//! Posting, and reading pages of history.

use std::future::Future;

use crate::protocol::notify::{Called, called};
use crate::protocol::text::TextError;
use crate::protocol::{
    ClientId, Field, FileInfo, HistoryPage, HistoryRequest, Message, MessageText, PostRequest,
    Posted, Seq, Thread, ThreadId, Timestamp, User, UserId,
};
use crate::server::auth::Identity;
use crate::server::chat::threads;
use crate::server::db::writer::{Forwarded, Post, Unposted};
use crate::server::db::{self, Db, messages};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Posts a message and returns once it is on disk. Posting in a public thread joins it.
///
/// # Errors
/// Something of it does not parse; `NotFound` for a thread I may not read, an answer to nothing that is
/// there, or a file that is not mine to post; `Archived` for a thread that was put away,
/// `Announcements`, `Muted` or `Forbidden` for one I may only read, `TooSoon` for one in slow mode; or the database fails. Then nothing was posted.
pub async fn post(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    request: PostRequest,
) -> Result<Posted> {
    submit(app, me, thread, request).await?.await
}

/// The same, but returns once the post has its place in the order, with what resolves when it is
/// on disk. Whether I may read the thread is asked there too, with the whole batch.
///
/// # Errors
/// As for [`post`].
pub async fn submit(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    request: PostRequest,
) -> Result<impl Future<Output = Result<Posted>> + Send + use<>> {
    let text = text(&request)?;
    app.pace.step(me.user.id)?;
    queue(app, &me.user, thread, request, text, None).await
}

/// Posts what somebody wanted to be posted by now: how fast they write was asked then.
///
/// # Errors
/// As for [`post`].
pub async fn post_as(
    app: &App,
    author: &User,
    thread: ThreadId,
    request: PostRequest,
) -> Result<Posted> {
    let text = text(&request)?;
    queue(app, author, thread, request, text, None).await?.await
}

/// Whether I may post in a thread as it is now.
///
/// # Errors
/// Why I may not, as for [`post`].
pub async fn may_post(app: &App, me: &Identity, thread: ThreadId) -> Result<()> {
    let (db, user, now) = (&app.db, me.user.id, app.clock.now());
    match db::threads::is_postable(db, user, thread, now).await? {
        true => Ok(()),
        false => Err(why_not(db, user, thread, now).await?),
    }
}

/// A message of mine with that client id, if I may read it: whoever asks again is answered with it.
///
/// # Errors
/// The database fails.
pub async fn known(app: &App, me: &Identity, client_id: Option<&str>) -> Result<Option<Posted>> {
    let Some(client_id) = client_id else {
        return Ok(None);
    };
    let found = messages::place_of(&app.db, me.user.id, client_id).await?;
    let Some((thread, seq)) = found else {
        return Ok(None);
    };
    let message = find(app, me, thread, seq).await?;
    let thread = threads::find(app, me, thread).await?.thread;
    Ok(Some(Posted { message, thread }))
}

/// Posts a message that passes another one on, with what is said to it, if anything is. Whether they are
/// too fast is asked before.
///
/// # Errors
/// As for [`post`].
pub async fn forward(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    request: PostRequest,
    forwarded: Forwarded,
) -> Result<Posted> {
    let text = MessageText::caption(&request.message).map_err(not_a_text)?;
    let forwarded = Some(forwarded);
    queue(app, &me.user, thread, request, text, forwarded)
        .await?
        .await
}

/// Gives a post its place in the order.
async fn queue(
    app: &App,
    author: &User,
    thread: ThreadId,
    request: PostRequest,
    text: MessageText,
    forwarded: Option<Forwarded>,
) -> Result<impl Future<Output = Result<Posted>> + Send + use<>> {
    let client_id = request.client_id.as_deref().map(ClientId::parse);
    let client_id = client_id.transpose().map_err(|error| Error::Invalid {
        field: Field::ClientId,
        error,
    })?;
    let here = match called(text.as_str()) {
        Some(Called::Here) => app.presences.everybody(),
        _ => Vec::new(),
    };
    let post = Post {
        thread,
        author: author.clone(),
        client_id: client_id.unwrap_or_else(|| ClientId::from_random(app.entropy.bytes())),
        text,
        reply_to: request.reply_to,
        files: request.files,
        forwarded: forwarded.map(Box::new),
        here,
    };
    let posted = app.writer.submit(post).await?;
    let (db, user, now) = (app.db.clone(), author.id, app.clock.now());
    Ok(async move {
        match posted.await? {
            Ok(posted) => Ok(posted),
            Err(Unposted::TooSoon(wait)) => Err(Error::TooSoon {
                seconds: u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX),
            }),
            Err(Unposted::NotTheirs) => Err(why_not(&db, user, thread, now).await?),
        }
    })
}

/// What is said; files may stand without words.
pub(super) fn text(request: &PostRequest) -> Result<MessageText> {
    if request.files.len() > FileInfo::MOST {
        return Err(Error::TooManyFiles);
    }
    let text = match request.files.is_empty() {
        true => MessageText::parse(&request.message),
        false => MessageText::caption(&request.message),
    };
    text.map_err(not_a_text)
}

fn not_a_text(error: TextError) -> Error {
    Error::Invalid {
        field: Field::Text,
        error,
    }
}

/// Why nothing was posted: whoever may read the thread is told that it was put away, that it is for
/// announcements, that they are muted, or that they may not write there.
async fn why_not(db: &Db, user: UserId, thread: ThreadId, now: Timestamp) -> Result<Error> {
    let found = db::threads::find_readable(db, user, thread).await?;
    let Some(found) = found else {
        return Ok(Error::NotFound);
    };
    if !found.thread.is_active() {
        return Ok(Error::Archived);
    }
    Ok(
        match db::threads::is_postable(db, user, thread, now).await? {
            true => Error::NotFound,
            false if db::mutes::is_muted(db, thread, user, now).await? => Error::Muted,
            false if found.thread.announcements => Error::Announcements,
            false => Error::Forbidden,
        },
    )
}

/// One message of a thread that I may read.
///
/// # Errors
/// `NotFound`, or the database fails.
pub async fn find(app: &App, me: &Identity, thread: ThreadId, seq: Seq) -> Result<Message> {
    threads::find(app, me, thread).await?;
    let found = messages::find(&app.db, thread, seq).await?;
    found.ok_or(Error::NotFound)
}

/// The first message of a thread that I may read since a time, or its last one; nothing where nobody has
/// said anything.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn first_since(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    since: Timestamp,
) -> Result<Option<Seq>> {
    let head = threads::find(app, me, thread).await?.thread.last_seq;
    let found = messages::first_since(&app.db, thread, head, since).await?;
    if found.is_some() {
        return Ok(found);
    }
    let last = messages::before(&app.db, thread, head.next(), 1).await?;
    Ok(last.first().map(|last| last.seq))
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
    let head = thread.last_seq;
    let within = |seq: Seq| seq.clamp(Seq::START, head.next());
    let db = &app.db;
    if let (Some(changed_after), None, None) =
        (request.changed_after, request.before, request.around)
    {
        let after = request.after.unwrap_or(Seq::START);
        return changes(app, thread, changed_after, after, limit).await;
    }
    let stretch = match (request.before, request.after, request.around) {
        (Some(before), _, _) => backwards(db, &thread, within(before), limit).await?,
        (None, Some(after), _) => forwards(db, &thread, within(after).min(head), limit).await?,
        (None, None, Some(around)) => {
            let middle = within(around).max(Seq::START.next());
            let mut older = backwards(db, &thread, middle, limit / 2).await?;
            let newer = forwards(db, &thread, middle.prev(), limit - limit / 2).await?;
            older.messages.extend(newer.messages);
            older.through = newer.through;
            older
        }
        (None, None, None) => backwards(db, &thread, head.next(), limit).await?,
    };
    let Stretch {
        messages,
        after,
        through,
    } = stretch;
    Ok(HistoryPage {
        thread,
        messages,
        after,
        through,
        epoch: app.db.epoch().to_owned(),
    })
}

/// What was changed after an event, of the messages after another one.
async fn changes(
    app: &App,
    thread: Thread,
    changed_after: Seq,
    after: Seq,
    limit: u32,
) -> Result<HistoryPage> {
    let head = thread.last_seq;
    let mut messages = messages::changed(&app.db, thread.id, changed_after, after, limit).await?;
    let mut is_full = messages.len() >= limit as usize;
    let fitting = fitting(messages.iter());
    if fitting < messages.len() {
        messages.truncate(fitting);
        is_full = true;
    }
    let last = messages.last().map(Message::version);
    Ok(HistoryPage {
        thread,
        messages,
        after: changed_after,
        through: last.filter(|_| is_full).unwrap_or(head),
        epoch: app.db.epoch().to_owned(),
    })
}

/// All messages of the events after `after`, through `through`.
struct Stretch {
    messages: Vec<Message>,
    after: Seq,
    through: Seq,
}

/// The newest messages before an event.
async fn backwards(db: &Db, thread: &Thread, before: Seq, limit: u32) -> Result<Stretch> {
    let end = before.max(Seq::START.next());
    let mut messages = messages::before(db, thread.id, end, limit).await?;
    let mut is_full = messages.len() >= limit as usize;
    let fitting = fitting(messages.iter().rev());
    if fitting < messages.len() {
        messages.drain(..messages.len() - fitting);
        is_full = true;
    }
    let first = messages.first().map(|message| message.seq.prev());
    Ok(Stretch {
        after: first.filter(|_| is_full).unwrap_or(Seq::START),
        through: end.prev(),
        messages,
    })
}

/// The oldest messages after an event.
async fn forwards(db: &Db, thread: &Thread, after: Seq, limit: u32) -> Result<Stretch> {
    let head = thread.last_seq;
    let mut messages = messages::between(db, thread.id, after, head, limit).await?;
    let mut is_full = messages.len() >= limit as usize;
    let fitting = fitting(messages.iter());
    if fitting < messages.len() {
        messages.truncate(fitting);
        is_full = true;
    }
    let last = messages.last().map(|message| message.seq);
    Ok(Stretch {
        after,
        through: last.filter(|_| is_full).unwrap_or(head),
        messages,
    })
}

/// Bytes of text on one page: two hundred of the longest messages would be megabytes.
const PAGE_BYTES: usize = 512 * 1024;

/// How many of these fit one page; at least one.
fn fitting<'a>(messages: impl Iterator<Item = &'a Message>) -> usize {
    let mut left = PAGE_BYTES;
    let fits = |message: &&Message| {
        let bytes = message.text.as_str().len();
        let fits = bytes <= left;
        left = left.saturating_sub(bytes);
        fits
    };
    messages.take_while(fits).count().max(1)
}
