//! Contacts: asking somebody, saying yes or no, taking it back, ending it. All devices of both hear of it.
//!
//! Asking is the same call as saying yes, and saying no the same as ending it: so two who ask each other at
//! once have agreed, and whatever is asked twice is asked once.

use crate::protocol::UserId;
use crate::protocol::person::Contacts;
use crate::server::auth::Identity;
use crate::server::chat::announce::Announcer;
use crate::server::db::contacts::{self, Asked};
use crate::server::db::{self, Db};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// My contacts, with those who wait for me and those whom I have asked.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, me: &Identity) -> Result<Contacts> {
    let now = app.clock.now();
    let contacts = contacts::list(&app.db, me.user.id, now).await?;
    let ids = contacts.iter().map(|contact| contact.user.id);
    let presence = app.presences.of(ids, now);
    Ok(Contacts { contacts, presence })
}

/// Asks somebody to be a contact of mine, or says yes if they have asked me.
///
/// # Errors
/// `NotFound` for myself, for who is not here, where one of us has blocked the other, and where one of us
/// has as many as anybody may; `TooManyRequests`.
pub async fn ask(app: &App, me: &Identity, id: UserId) -> Result<()> {
    app.changes.step(me.user.id)?;
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let now = app.clock.now();
    let asking = async move {
        let asked = contacts::ask(&db, by, id, now).await?;
        if asked == Asked::Done {
            tell(&db, &announcer, [by, id]).await?;
        }
        Ok(asked)
    };
    match app.writer.in_order(asking).await? {
        Asked::Done | Asked::Nothing => Ok(()),
        Asked::NotThere => Err(Error::NotFound),
    }
}

/// Says no to somebody, takes a request back, or ends it.
///
/// # Errors
/// `TooManyRequests`, or the database fails.
pub async fn end(app: &App, me: &Identity, id: UserId) -> Result<()> {
    app.changes.step(me.user.id)?;
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let ending = async move {
        if contacts::end(&db, by, id).await? {
            tell(&db, &announcer, [by, id]).await?;
        }
        Ok(())
    };
    Ok(app.writer.in_order(ending).await?)
}

/// Tells people that something is different, each how many wait for them.
pub(super) async fn tell(db: &Db, announcer: &Announcer, people: [UserId; 2]) -> db::Result<()> {
    for user in people {
        announcer.contacts_changed(user, contacts::waiting(db, user).await?);
    }
    Ok(())
}
