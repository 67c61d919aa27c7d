//! Muting somebody in a thread: they read, and say nothing, for a while.
//!
//! It is no event of the thread: it concerns whoever is muted, who is told on all their devices, and those
//! who see to the thread. It is written in the writer's queue, so that nothing is posted after it, and
//! posting asks for it in its own statement (`db/writer/batch`).

use crate::protocol::picked::Moderated;
use crate::protocol::{MyThread, ThreadId, Timestamp, UserId};
use crate::server::auth::Identity;
use crate::server::chat::announce::Announcer;
use crate::server::chat::{people, threads};
use crate::server::db::mutes::{self, Moderator};
use crate::server::db::{self, Db, memberships};
use crate::server::error::{Error, Result};
use crate::server::state::App;

const MINUTE: i64 = 60_000;
/// The longest that has an end.
const YEAR: u32 = 365 * 24 * 60;

fn moderator(me: &Identity) -> Moderator {
    Moderator {
        id: me.user.id,
        in_person: people::may_govern(me),
    }
}

/// Mutes a member of a thread for so many minutes, or until it is lifted.
///
/// # Errors
/// `NotFound` for a thread I may not read, `Forbidden` where that is not mine to do, or with those in
/// charge; `TooManyRequests`.
pub async fn mute(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    user: UserId,
    minutes: Option<u32>,
) -> Result<()> {
    threads::find(app, me, thread).await?;
    app.changes.step(me.user.id)?;
    let now = app.clock.now();
    let until = minutes.map_or(MyThread::FOR_GOOD, |minutes| {
        Timestamp(now.0 + i64::from(minutes.clamp(1, YEAR)) * MINUTE)
    });
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), moderator(me));
    let muting = async move {
        let is_muted = mutes::mute(&db, thread, user, by, until, now).await?;
        if is_muted {
            announce(&db, &announcer, thread, user, Some(until), by.id).await?;
        }
        Ok(is_muted)
    };
    theirs(app.writer.in_order(muting).await?)
}

/// Lets somebody speak again.
///
/// # Errors
/// As for [`mute`].
pub async fn unmute(app: &App, me: &Identity, thread: ThreadId, user: UserId) -> Result<()> {
    threads::find(app, me, thread).await?;
    app.changes.step(me.user.id)?;
    let now = app.clock.now();
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), moderator(me));
    let lifting = async move {
        let is_lifted = mutes::unmute(&db, thread, user, by, now).await?;
        if is_lifted {
            announce(&db, &announcer, thread, user, None, by.id).await?;
        }
        Ok(is_lifted)
    };
    theirs(app.writer.in_order(lifting).await?)
}

fn theirs(is_theirs: bool) -> Result<()> {
    match is_theirs {
        true => Ok(()),
        false => Err(Error::Forbidden),
    }
}

async fn announce(
    db: &Db,
    announcer: &Announcer,
    thread: ThreadId,
    user: UserId,
    until: Option<Timestamp>,
    by: UserId,
) -> db::Result<()> {
    announcer.muted(thread, user, until, &[by]);
    let owners = memberships::owners(db, thread).await?;
    announcer.mutes_changed(thread, &owners);
    Ok(())
}

/// Who is muted in a thread, for who sees to it; nothing to anybody else.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, me: &Identity, thread: ThreadId) -> Result<Moderated> {
    let by = moderator(me);
    let (db, now) = (&app.db, app.clock.now());
    Ok(Moderated {
        may_moderate: mutes::may_moderate(db, thread, by).await?,
        muted: mutes::list(db, thread, by, now).await?,
    })
}

/// Tells those of these people who are muted in a thread that they have come to.
///
/// # Errors
/// The database fails.
pub async fn tell_again(
    db: &Db,
    announcer: &Announcer,
    thread: ThreadId,
    people: &[UserId],
    now: Timestamp,
) -> db::Result<()> {
    for (user, until) in mutes::among(db, thread, people, now).await? {
        announcer.muted(thread, user, Some(until), &[]);
    }
    Ok(())
}

/// Forgets what is over.
///
/// # Errors
/// The database fails.
pub async fn forget_ended(app: &App) -> Result<()> {
    Ok(mutes::forget_ended(&app.db, app.clock.now()).await?)
}
