//! Changing a thread: its name, what it is about, for whom it is, whether it goes on, who is in charge.
//!
//! Each is one numbered event, written in the writer's queue: a thread that becomes private ends the
//! subscriptions of all others at that place among its posts.

use crate::protocol::{
    Description, Field, Manage, Thread, ThreadChange, ThreadId, ThreadName, UserId,
};
use crate::server::auth::Identity;
use crate::server::chat::{memberships, muting, threads};
use crate::server::db;
use crate::server::db::changing::{Change, Changed};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Does what somebody wants about a thread, whichever it is.
///
/// # Errors
/// Those of what is to be done.
pub async fn manage(app: &App, me: &Identity, id: ThreadId, what: Manage) -> Result<()> {
    match what {
        Manage::Join => memberships::join(app, me, id).await,
        Manage::Leave => memberships::remove(app, me, id, me.user.id).await,
        Manage::Add { people } => memberships::add_named(app, me, id, &people).await,
        Manage::Remove { user } => memberships::remove(app, me, id, user).await,
        Manage::MakeOwner { user } => make_owner(app, me, id, user).await,
        Manage::Mute { user, minutes } => muting::mute(app, me, id, user, minutes).await,
        Manage::Unmute { user } => muting::unmute(app, me, id, user).await,
        Manage::Change(wanted) => change(app, me, id, &wanted).await.map(drop),
    }
}

/// Changes a thread that I own. What is so already is no event.
///
/// # Errors
/// `NotFound` for a thread I may not read, `Forbidden` for one that is not mine and for who is no
/// administrator to say who belongs to it from their first day on, something does not parse, or a public
/// thread has that name.
pub async fn change(
    app: &App,
    me: &Identity,
    id: ThreadId,
    wanted: &ThreadChange,
) -> Result<Thread> {
    threads::find(app, me, id).await?;
    let change = parse(wanted)?;
    if wanted.for_everybody.is_some() {
        me.in_person()?;
    }
    app.changes.step(me.user.id)?;
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let now = app.clock.now();
    let changing = async move {
        let changed = db::changing::change(&db, id, by, change, now).await?;
        if let Changed::Done(done) = &changed {
            announcer.changed(done);
        }
        Ok(changed)
    };
    match app.writer.in_order(changing).await? {
        Changed::Done(done) => Ok(done.thread),
        Changed::Nothing(thread) => Ok(thread),
        Changed::NameTaken => Err(Error::NameTaken(Field::ThreadName)),
        Changed::NotTheirs => Err(Error::Forbidden),
    }
}

fn parse(wanted: &ThreadChange) -> Result<Change> {
    let name = wanted.name.as_deref().map(ThreadName::parse).transpose();
    let description = wanted.description.as_deref().map(Description::parse);
    Ok(Change {
        name: name.map_err(|error| Error::Invalid {
            field: Field::ThreadName,
            error,
        })?,
        description: description.transpose().map_err(|error| Error::Invalid {
            field: Field::Description,
            error,
        })?,
        kind: wanted.private.map(threads::kind),
        is_archived: wanted.archived,
        for_everybody: wanted.for_everybody,
        announcements: wanted.announcements,
        slow_seconds: wanted.slow_seconds,
    })
}

/// Puts a member in charge of a thread that I own, beside me.
///
/// # Errors
/// `NotFound` for a thread I may not read or somebody who does not belong to it, `Forbidden` for a
/// thread that is not mine, and for a guest, whom nobody puts in charge.
pub async fn make_owner(app: &App, me: &Identity, id: ThreadId, user: UserId) -> Result<()> {
    let found = threads::find(app, me, id).await?;
    if found.role != Some(crate::protocol::Role::Owner) {
        return Err(Error::Forbidden);
    }
    app.changes.step(me.user.id)?;
    let user = super::accounts::find(app, me, user).await?;
    if db::memberships::owners(&app.db, id)
        .await?
        .contains(&user.id)
    {
        return Ok(());
    }
    if user.guest {
        return Err(Error::Forbidden);
    }
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let now = app.clock.now();
    let making = async move {
        let seq = db::memberships::make_owner(&db, id, user.id, by, now).await?;
        if let Some(seq) = seq {
            announcer.made_owner(id, &user, seq);
        }
        Ok(seq)
    };
    app.writer.in_order(making).await?.ok_or(Error::NotFound)?;
    Ok(())
}
