//! What is done with a message after it was posted: editing, deleting, taking that back, reacting.
//!
//! Each is one numbered event of the thread, written in the writer's queue, so that it has its place
//! among the posts and whoever recovers sees it like everybody else. All of it can be asked for twice:
//! what is so already is no event, and no error.

use crate::protocol::{
    Emoji, Field, Message, MessageText, Reacted, Revise, Seq, ThreadEvent, ThreadId, Timestamp,
    User,
};
use crate::server::auth::Identity;
use crate::server::chat::announce::Announcer;
use crate::server::chat::{reports, threads};
use crate::server::db::revising::{At, Revised, Revision};
use crate::server::db::{self, Db, messages};
use crate::server::error::{Error, Result};
use crate::server::state::App;

const MINUTE: i64 = 60_000;

/// Does something with a message, and gives it as it is then.
///
/// # Errors
/// `NotFound` for a message that I may not read or that is gone, `Forbidden` for what is not mine to
/// change, `TooLate`, `Archived`, `Muted`, or something does not parse; or the database fails.
pub async fn revise(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    seq: Seq,
    what: &Revise,
) -> Result<Message> {
    let found = threads::find(app, me, thread).await?;
    if let Revise::Report { reason } = what {
        reports::report(app, me, At { thread, seq }, reason).await?;
        return reread(app, thread, seq).await;
    }
    let now = app.clock.now();
    let revision = parse(what, since(app, now), me.in_person().is_ok())?;
    app.pace.step(me.user.id)?;
    let at = At { thread, seq };
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.clone());
    let revising = async move {
        let revised = db::revising::revise(&db, at, user.id, revision.clone(), now).await?;
        if let Revised::Done(event) | Revised::DoneTo(event, _) = revised {
            announce(&db, &announcer, at, event, reacted(&revision, seq, user)).await?;
        }
        if let Revised::DoneTo(_, whom) = revised {
            let seen = db::activity::seen(&db, whom).await?;
            announcer.activity(whom, seen.has_news());
        }
        Ok(revised)
    };
    match app.writer.in_order(revising).await? {
        Revised::Done(_) | Revised::DoneTo(..) | Revised::Nothing => {}
        Revised::NotThere => return Err(Error::NotFound),
        Revised::NotTheirs if !found.thread.is_active() => return Err(Error::Archived),
        Revised::NotTheirs => return Err(Error::Forbidden),
        Revised::Muted => return Err(Error::Muted),
        Revised::TooLate => return Err(Error::TooLate),
        Revised::TooMany if *what == Revise::Pin => return Err(Error::TooManyPins),
        Revised::TooMany => return Err(Error::TooManyEmoji),
    }
    reread(app, thread, seq).await
}

async fn reread(app: &App, thread: ThreadId, seq: Seq) -> Result<Message> {
    let found = messages::find(&app.db, thread, seq).await?;
    found.ok_or(Error::NotFound)
}

/// Deletes a message that was reported, as an administrator, who need not be able to read the thread.
///
/// # Errors
/// `NotFound` for one that is not there any more, `Forbidden` for who is no administrator.
pub async fn delete_reported(app: &App, me: &Identity, at: At) -> Result<()> {
    me.in_person()?;
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let now = app.clock.now();
    let revision = Revision::Delete {
        since: since(app, now),
        in_person: true,
    };
    let deleting = async move {
        let revised = db::revising::revise(&db, at, by, revision, now).await?;
        if let Revised::Done(event) = revised {
            announce(&db, &announcer, at, event, None).await?;
        }
        Ok(revised)
    };
    match app.writer.in_order(deleting).await? {
        Revised::Done(_) | Revised::Nothing => Ok(()),
        Revised::NotThere => Err(Error::NotFound),
        _ => Err(Error::Forbidden),
    }
}

/// Gives an emoji, or takes it back if I have given it: what a press on it means.
///
/// # Errors
/// As for [`revise`].
pub async fn toggle(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    seq: Seq,
    emoji: String,
) -> Result<Message> {
    threads::find(app, me, thread).await?;
    let message = messages::find(&app.db, thread, seq).await?;
    let message = message.ok_or(Error::NotFound)?;
    let what = match message.has_reacted(me.user.id, &emoji) {
        true => Revise::Unreact { emoji },
        false => Revise::React { emoji },
    };
    revise(app, me, thread, seq, &what).await
}

/// Forgets what deleted messages have said, once it can no longer be taken back.
///
/// # Errors
/// The database fails.
pub async fn forget_deleted(app: &App) -> Result<()> {
    Ok(db::revising::forget_deleted(&app.db, app.clock.now()).await?)
}

/// The oldest that may still be changed.
fn since(app: &App, now: Timestamp) -> Timestamp {
    match i64::from(app.edit_minutes) {
        0 => Timestamp(i64::MIN),
        minutes => Timestamp(now.0 - minutes * MINUTE),
    }
}

/// Nothing is revised by a report: see [`super::reports`].
fn parse(what: &Revise, since: Timestamp, in_person: bool) -> Result<Revision> {
    let emoji = |text: &str| {
        Emoji::parse(text).map_err(|error| Error::Invalid {
            field: Field::Emoji,
            error,
        })
    };
    Ok(match what {
        Revise::Edit { text } => Revision::Edit {
            text: MessageText::parse(text).map_err(|error| Error::Invalid {
                field: Field::Text,
                error,
            })?,
            since,
        },
        Revise::Delete => Revision::Delete { since, in_person },
        Revise::Restore => Revision::Restore,
        Revise::React { emoji: text } => Revision::React(emoji(text)?),
        Revise::Unreact { emoji: text } => Revision::Unreact(emoji(text)?),
        Revise::Pin => Revision::Pin,
        Revise::Unpin => Revision::Unpin,
        Revise::Report { .. } => return Err(Error::NotFound),
    })
}

/// What is told of a reaction; nothing for what changes the message itself.
fn reacted(revision: &Revision, to: Seq, user: User) -> Option<Reacted> {
    let (emoji, removed) = match revision {
        Revision::React(emoji) => (emoji, false),
        Revision::Unreact(emoji) => (emoji, true),
        _ => return None,
    };
    Some(Reacted {
        to,
        user,
        emoji: emoji.clone(),
        removed,
    })
}

async fn announce(
    db: &Db,
    announcer: &Announcer,
    at: At,
    event: Seq,
    reacted: Option<Reacted>,
) -> db::Result<()> {
    let happened = match reacted {
        Some(reacted) => ThreadEvent::Reacted { reacted },
        None => match messages::find(db, at.thread, at.seq).await? {
            Some(message) => ThreadEvent::MessageChanged { message },
            None => ThreadEvent::Unknown,
        },
    };
    announcer.revised(at.thread, event, &happened);
    Ok(())
}
