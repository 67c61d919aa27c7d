//! Messages of one's own: saving them, and being reminded of them.
//!
//! Nobody else learns of it, so it is no event of a thread; all devices of whoever does it do. The time of
//! a reminder is waited for by every server, and the database says which of them tells it
//! ([`saved::take_due`]). Who may not read a message any more is told nothing of it: neither in the list,
//! nor in the number of what is due, nor when its time comes.

use crate::protocol::saved::{Kept, KeptMessage, SavedPage};
use crate::protocol::{EntryId, Keep, Message, MessageId, Seq, Thread, ThreadId, UserId};
use crate::server::auth::Identity;
use crate::server::chat::announce::{Announcer, Due};
use crate::server::chat::{scheduled, threads};
use crate::server::db::saved::{self, Done, Entry, Which};
use crate::server::db::{self, Db, messages};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Messages on a page.
const PAGE: usize = 30;
/// So far ahead somebody is reminded at most, in milliseconds.
const AHEAD: i64 = 366 * 86_400_000;
/// Reminders that are told at once.
const AT_ONCE: u32 = 100;

/// Does something with a message for me, and says how it stands then. What is so already is no error.
///
/// # Errors
/// `NotFound` for a message I may not read, `NotATime`, `TooManySaved`, `TooManyRequests`.
pub async fn keep(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    seq: Seq,
    what: Keep,
) -> Result<Kept> {
    let now = app.clock.now();
    if let Keep::Remind { at } = what
        && !(now.0 < at.0 && at.0 <= now.0 + AHEAD)
    {
        return Err(Error::NotATime);
    }
    app.pace.step(me.user.id)?;
    let which = Which {
        user: me.user.id,
        thread,
        seq,
    };
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let keeping = async move {
        let done = match what {
            Keep::Save => saved::save(&db, which, now).await?,
            Keep::Unsave => saved::unsave(&db, which).await?,
            Keep::Remind { at } => saved::remind(&db, which, at).await?,
            Keep::Done => saved::done(&db, which).await?,
        };
        if done == Done::Changed {
            announcer.saved(which.user, saved::due(&db, which.user).await?);
        }
        Ok(done)
    };
    let done = app.writer.in_order(keeping).await?;
    match (done, find(app, me, thread, seq).await) {
        // What one cannot read any more one can be done with all the same.
        (Done::Changed, Err(Error::NotFound)) => Ok(Kept::default()),
        (Done::TooMany, Ok(kept)) if what != Keep::Save || !kept.is_saved => {
            Err(Error::TooManySaved)
        }
        (_, kept) => kept,
    }
}

/// How it stands with a message for me.
///
/// # Errors
/// `NotFound` for a message I may not read, or the database fails.
pub async fn find(app: &App, me: &Identity, thread: ThreadId, seq: Seq) -> Result<Kept> {
    let user = me.user.id;
    let which = Which { user, thread, seq };
    saved::find(&app.db, which).await?.ok_or(Error::NotFound)
}

/// A page of what I have saved, before an entry.
///
/// # Errors
/// The database fails.
pub async fn page(app: &App, me: &Identity, before: Option<EntryId>) -> Result<SavedPage> {
    let user = me.user.id;
    let from = before.unwrap_or(EntryId(i64::MAX));
    let one_more = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let mut entries = saved::list(&app.db, user, from, one_more).await?;
    let has_more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let next = entries.last().map(|last| last.id()).filter(|_| has_more);
    let (reminders, scheduled) = match before {
        None => (
            saved::reminders(&app.db, user).await?,
            scheduled::list(app, me, None).await?,
        ),
        Some(_) => (Vec::new(), Vec::new()),
    };
    Ok(SavedPage {
        scheduled,
        reminders: shown(app, me, &reminders).await?,
        saved: shown(app, me, &entries).await?,
        next,
    })
}

async fn shown(app: &App, me: &Identity, entries: &[Entry]) -> Result<Vec<KeptMessage>> {
    let ids: Vec<MessageId> = entries.iter().map(|entry| entry.message()).collect();
    let mut all = in_context(app, me, &ids).await?;
    let kept = |entry: &Entry| {
        let at = all
            .iter()
            .position(|(message, _)| message.id == entry.message())?;
        let (message, thread) = all.swap_remove(at);
        Some(KeptMessage {
            message,
            thread,
            at: entry.at(),
            is_due: entry.is_told(),
        })
    };
    Ok(entries.iter().filter_map(kept).collect())
}

/// Messages with their threads, in any order. Rights are asked after reading: what I may not read by now
/// is left out.
///
/// # Errors
/// The database fails.
pub async fn in_context(
    app: &App,
    me: &Identity,
    ids: &[MessageId],
) -> Result<Vec<(Message, Thread)>> {
    let mut threads: Vec<Thread> = Vec::new();
    let mut all = Vec::with_capacity(ids.len());
    for message in messages::by_id(&app.db, ids).await? {
        let known = threads.iter().find(|thread| thread.id == message.thread_id);
        let thread = match known {
            Some(thread) => thread.clone(),
            None => match threads::find(app, me, message.thread_id).await {
                Ok(found) => {
                    threads.push(found.thread.clone());
                    found.thread
                }
                Err(Error::NotFound) => continue,
                Err(error) => return Err(error),
            },
        };
        all.push((message, thread));
    }
    Ok(all)
}

/// Tells people of what they wanted to be reminded of by now.
///
/// They are taken first, so that of several servers one tells; what is read for it holds up no posts.
///
/// # Errors
/// The database fails: what is not told by then is told the next time.
pub async fn remind(app: &App) -> Result<()> {
    while saved::is_time(&app.db, app.clock.now()).await? {
        let taken = saved::take_due(&app.db, app.clock.now(), AT_ONCE).await?;
        for (at, (user, message)) in taken.iter().enumerate() {
            if let Err(error) = tell(&app.db, &app.announcer, *user, *message).await {
                saved::put_back(&app.db, &taken[at..]).await?;
                return Err(error.into());
            }
        }
    }
    Ok(())
}

async fn tell(db: &Db, announcer: &Announcer, user: UserId, message: MessageId) -> db::Result<()> {
    if let Some((message, thread)) = readable(db, user, message).await? {
        let due = Due {
            number: saved::due(db, user).await?,
            message,
            thread,
        };
        announcer.reminded(user, &due);
    }
    Ok(())
}

/// A message as somebody may read it now.
async fn readable(
    db: &Db,
    user: UserId,
    message: MessageId,
) -> db::Result<Option<(Message, Thread)>> {
    let found = messages::by_id(db, &[message]).await?;
    let Some(message) = found.into_iter().next() else {
        return Ok(None);
    };
    let thread = db::threads::find_readable(db, user, message.thread_id).await?;
    Ok(thread.map(|found| (message, found.thread)))
}
