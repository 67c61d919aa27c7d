//! How somebody wants everything to look: stored with the person, and told to all their devices.

use crate::protocol::Preferences;
use crate::server::auth::Identity;
use crate::server::db::preferences;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Notes what I prefer. What was so already is told to nobody.
///
/// # Errors
/// `Forbidden` with an API token, `Unauthenticated` if I am gone.
pub async fn change(app: &App, me: &Identity, wanted: Preferences) -> Result<()> {
    me.in_person()?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let changing = async move {
        let changed = preferences::change(&db, user, wanted).await?;
        if changed == Some(true) {
            announcer.preferences_changed(user, wanted);
        }
        Ok(changed)
    };
    match app.writer.in_order(changing).await? {
        Some(_) => Ok(()),
        None => Err(Error::Unauthenticated),
    }
}
