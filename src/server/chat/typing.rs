//! Saying that one is writing: authorised like posting, limited, told and forgotten.

use std::num::NonZeroU32;

use crate::protocol::ThreadId;
use crate::server::auth::Identity;
use crate::server::auth::pace::Pace;
use crate::server::db::threads;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// How often anybody may say it: a browser does so every three seconds, in one thread at a time.
pub fn pace() -> Pace {
    Pace::new(NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(4))
}

/// Tells those who are subscribed to a thread that I am writing in it.
///
/// # Errors
/// `TooManyRequests`, or `NotFound` for a thread I may not post in.
pub async fn typing(app: &App, me: &Identity, thread: ThreadId) -> Result<()> {
    app.typing_pace.step(me.user.id)?;
    if !threads::is_postable(&app.db, me.user.id, thread).await? {
        return Err(Error::NotFound);
    }
    app.announcer.typing(thread, &me.user);
    Ok(())
}
