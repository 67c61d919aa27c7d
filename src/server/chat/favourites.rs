//! The threads that somebody has put on top of their list: kept with their memberships, and told to all
//! their devices.

use crate::protocol::favourites::{Favour, Favourites};
use crate::protocol::{ThreadId, UserId};
use crate::server::auth::Identity;
use crate::server::chat::announce::Announcer;
use crate::server::db::{self, Db};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Makes these threads my favourites, in this order, and no others. What is not mine is passed over.
///
/// # Errors
/// `TooManyRequests`, or the database fails.
pub async fn set(app: &App, me: &Identity, wanted: Favourites) -> Result<()> {
    app.pace.step(me.user.id)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let setting = async move { put(&db, &announcer, user, wanted.sound()).await };
    Ok(app.writer.in_order(setting).await?)
}

/// Does something with one of them.
///
/// # Errors
/// `NotFound` for a thread I do not belong to, `TooManyRequests`.
pub async fn change(app: &App, me: &Identity, thread: ThreadId, favour: Favour) -> Result<()> {
    app.pace.step(me.user.id)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let changing = async move {
        let mine = db::favourites::is_mine(&db, user, thread).await?;
        if mine {
            let before = db::favourites::list(&db, user).await?;
            put(&db, &announcer, user, before.after(favour, thread)).await?;
        }
        Ok(mine)
    };
    match app.writer.in_order(changing).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// What is so already is told to nobody.
async fn put(db: &Db, announcer: &Announcer, user: UserId, wanted: Favourites) -> db::Result<()> {
    let before = db::favourites::list(db, user).await?;
    if before != wanted {
        let now = db::favourites::set(db, user, &wanted).await?;
        if now != before {
            announcer.favourites_changed(user);
        }
    }
    Ok(())
}
