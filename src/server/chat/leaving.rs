//! Leaving for good. What one wrote stays, under a name that says nothing.

use super::profiles::prove;
use crate::server::auth::{Identity, RequestSource};
use crate::server::db;
use crate::server::db::former::{self, Left};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Deletes my account: I am gone from every thread, and signed out everywhere, at once.
///
/// # Errors
/// `WrongPassword`, `LastAdministrator` if others would be left without one, or too many attempts.
pub async fn leave(app: &App, me: &Identity, password: &str, source: &RequestSource) -> Result<()> {
    let hash = prove(app, me, password, source).await?;
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let (id, now) = (me.user.id, app.clock.now());
    let leaving = async move {
        let guests = db::everybody::guests_who_know(&db, id).await?;
        let left = former::leave(&db, id, &hash, now).await?;
        if let Left::Gone { user, threads } = &left {
            for (thread, left) in threads {
                announcer.left(*thread, user, left);
            }
            announcer.profile_changed(user, &guests);
            announcer.banned(id, &[]);
        }
        Ok(left)
    };
    match app.writer.in_order(leaving).await? {
        Left::Gone { .. } => Ok(()),
        Left::LastAdministrator => Err(Error::LastAdministrator),
        Left::Nobody => Err(Error::WrongPassword),
    }
}
