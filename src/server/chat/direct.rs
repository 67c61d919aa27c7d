//! Direct threads: a conversation of a few people, which has no name, no owner and no past before it.
//!
//! There is exactly one for each set of people, so to open one is to find it, and nobody can be added
//! or leave: that would be another set.

use crate::protocol::error::Problem;
use crate::protocol::thread::DIRECT_PEOPLE;
use crate::protocol::{Thread, UserId};
use crate::server::auth::Identity;
use crate::server::chat::accounts::{self, problem};
use crate::server::db::starting;
use crate::server::error::Result;
use crate::server::state::App;

/// The thread of me and these people, by their usernames.
///
/// # Errors
/// Nobody else is named, somebody is not there, they or the threads of late are too many; or the
/// database fails.
pub async fn open(app: &App, me: &Identity, people: &str) -> Result<Thread> {
    app.changes.step(me.user.id)?;
    let mut people = accounts::named(app, me, people, DIRECT_PEOPLE).await?;
    people.retain(|user| user.id != me.user.id);
    if people.is_empty() {
        return Err(problem(Problem::Empty));
    }
    if people.len() >= DIRECT_PEOPLE {
        return Err(problem(Problem::TooLong));
    }
    let me = me.user.id;
    let ids: Vec<UserId> = people.iter().map(|user| user.id).chain([me]).collect();
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let now = app.clock.now();
    let opening = async move {
        let opened = starting::open_direct(&db, &ids, me, now).await?;
        if let Some((thread, true)) = &opened {
            announcer.thread_created(thread, &ids, None);
        }
        Ok(opened)
    };
    let opened = app.writer.in_order(opening).await?;
    let (thread, _) = opened.ok_or_else(|| problem(Problem::NotThere))?;
    Ok(thread)
}
