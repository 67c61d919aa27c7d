//! Blocking somebody: what they write in direct threads and to me does not reach me, and we cannot
//! write to each other. All my devices hear of it, and nobody else.
//!
//! What it changes is asked where it counts: posting and opening direct threads by the statements that
//! write (`db/permissions`, `db/starting`), notices by the one rule for them (`protocol/notify`), and
//! what is unread by the transaction that writes a post (`db/writer/batch`).

use std::future::Future;

use crate::protocol::{User, UserId};
use crate::server::auth::Identity;
use crate::server::chat::contacts;
use crate::server::db::{self, blocks};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Whom I have blocked, the newest first.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, me: &Identity) -> Result<Vec<User>> {
    Ok(blocks::list(&app.db, me.user.id).await?)
}

/// Blocks somebody; twice is once.
///
/// # Errors
/// `NotFound` for who is not here and for myself, or where I have blocked as many as anybody may;
/// `TooManyRequests`.
pub async fn block(app: &App, me: &Identity, id: UserId) -> Result<()> {
    let (db, by, now) = (app.db.clone(), me.user.id, app.clock.now());
    let announcer = app.announcer.clone();
    let blocking = async move {
        let blocked = blocks::block(&db, by, id, now).await?;
        if blocked.ended_contact {
            contacts::tell(&db, &announcer, [by, id]).await?;
        }
        Ok(blocked.is_so)
    };
    match change(app, me, blocking).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Takes that back.
///
/// # Errors
/// `TooManyRequests`, or the database fails.
pub async fn unblock(app: &App, me: &Identity, id: UserId) -> Result<()> {
    let (db, by) = (app.db.clone(), me.user.id);
    change(app, me, async move { blocks::unblock(&db, by, id).await }).await
}

/// In the writer's queue: what is posted after it is posted to somebody who has blocked its author.
async fn change<T: Send + 'static>(
    app: &App,
    me: &Identity,
    changing: impl Future<Output = db::Result<T>> + Send + 'static,
) -> Result<T> {
    app.changes.step(me.user.id)?;
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let changing = async move {
        let done = changing.await?;
        announcer.blocked(by, &blocks::ids(&db, by).await?);
        Ok(done)
    };
    Ok(app.writer.in_order(changing).await?)
}
