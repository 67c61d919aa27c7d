//! Joining and leaving threads, and how far one has read.
//!
//! Memberships come and go through the writer's queue, so that they keep their place among the
//! posts and among themselves: nothing that was posted after a removal reaches who was removed.

use crate::protocol::error::Problem;
use crate::protocol::thread::NAMED_PEOPLE;
use crate::protocol::{Role, ThreadId, ThreadKind, User, UserId};
use crate::server::auth::Identity;
use crate::server::chat::accounts::problem;
use crate::server::chat::{muting, threads};
use crate::server::db::joining::{self, Outcome};
use crate::server::db::memberships;
use crate::server::db::threads::VisibleThread;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Members in one list.
const LIST: u32 = 1000;

/// Who belongs to a thread that I may read.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn list(app: &App, me: &Identity, thread: ThreadId) -> Result<Vec<User>> {
    let members = memberships::list(&app.db, thread, app.clock.now(), LIST).await?;
    // Asked afterwards: a right that was lost meanwhile is not used.
    threads::find(app, me, thread).await?;
    Ok(members)
}

/// The same, and who of them is in charge of it.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn list_with_owners(
    app: &App,
    me: &Identity,
    thread: ThreadId,
) -> Result<(Vec<User>, Vec<UserId>)> {
    let owners = memberships::owners(&app.db, thread).await?;
    Ok((list(app, me, thread).await?, owners))
}

/// Joins a public thread. Nothing changes if I belong to it already.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn join(app: &App, me: &Identity, thread: ThreadId) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    app.changes.step(me.user.id)?;
    match insert(app, me, found.thread.id, vec![me.user.clone()]).await? {
        Outcome::Done(_) => Ok(()),
        Outcome::Refused | Outcome::Missing => Err(Error::NotFound),
    }
}

/// Adds somebody to a thread that I belong to.
///
/// # Errors
/// `NotFound` for a thread I may not read or a person who is not there, `Forbidden` if I do not
/// belong to it or it is a direct one.
pub async fn add(app: &App, me: &Identity, thread: ThreadId, user: UserId) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    may_add(&found)?;
    app.changes.step(me.user.id)?;
    let user = super::accounts::find(app, me, user).await?;
    match insert(app, me, found.thread.id, vec![user]).await? {
        Outcome::Done(_) => Ok(()),
        Outcome::Refused => Err(Error::Forbidden),
        Outcome::Missing => Err(Error::NotFound),
    }
}

/// Adds people to a thread that I belong to, by their usernames: all of them, or nobody if one is not
/// there.
///
/// # Errors
/// As for [`add`], or nobody is named, or too many are.
pub async fn add_named(app: &App, me: &Identity, thread: ThreadId, people: &str) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    may_add(&found)?;
    app.changes.step(me.user.id)?;
    let people = super::accounts::named(app, me, people, NAMED_PEOPLE).await?;
    if people.is_empty() {
        return Err(problem(Problem::Empty));
    }
    match insert(app, me, found.thread.id, people).await? {
        Outcome::Done(_) => Ok(()),
        Outcome::Refused => Err(Error::Forbidden),
        Outcome::Missing => Err(problem(Problem::NotThere)),
    }
}

/// Whether I may add somebody: I belong to it, and it is not its people.
fn may_add(found: &VisibleThread) -> Result<()> {
    match found.role {
        Some(_) if found.thread.kind != ThreadKind::Direct => Ok(()),
        _ => Err(Error::Forbidden),
    }
}

/// Takes somebody out of a thread, at once and on all their devices: myself, or anybody if the
/// thread is mine.
///
/// # Errors
/// `NotFound` for a thread I may not read or somebody who does not belong to it, `Forbidden` for
/// somebody else in a thread that is not mine, and in a direct one, which is its people.
pub async fn remove(app: &App, me: &Identity, thread: ThreadId, user: UserId) -> Result<()> {
    let found = threads::find(app, me, thread).await?;
    let is_direct = found.thread.kind == ThreadKind::Direct;
    if is_direct || (user != me.user.id && found.role != Some(Role::Owner)) {
        return Err(Error::Forbidden);
    }
    app.changes.step(me.user.id)?;
    let user = match user == me.user.id {
        true => me.user.clone(),
        false => super::accounts::find(app, me, user).await?,
    };
    let (db, announcer, now) = (app.db.clone(), app.announcer.clone(), app.clock.now());
    let by = me.user.id;
    let removing = async move {
        let left = memberships::delete(&db, thread, user.id, by, now).await?;
        if let Some(left) = &left {
            announcer.left(thread, &user, left);
        }
        Ok(left.is_some())
    };
    match app.writer.in_order(removing).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Among the posts too: a membership that is announced still holds.
async fn insert(app: &App, me: &Identity, thread: ThreadId, people: Vec<User>) -> Result<Outcome> {
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let (by, now) = (me.user.id, app.clock.now());
    let inserting = async move {
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        let outcome = joining::insert(&db, thread, &ids, by, now).await?;
        if let Outcome::Done(joined) = &outcome {
            announcer.joined(joined, &people);
            // They belong to it all the same, and are told when they try to say something.
            if let Err(error) = muting::tell_again(&db, &announcer, thread, &ids, now).await {
                tracing::warn!(%error, "somebody who is muted was not told");
            }
        }
        Ok(outcome)
    };
    Ok(app.writer.in_order(inserting).await?)
}
