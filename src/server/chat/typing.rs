//! Saying that one is writing: authorised like posting, limited, told and forgotten.

use std::num::NonZeroU32;

use crate::protocol::ThreadId;
use crate::server::auth::Identity;
use crate::server::auth::pace::Pace;
use crate::server::db::threads;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// How often it may be said.
#[derive(Debug)]
pub struct Paces {
    /// By one person: a browser does so every three seconds, in one thread at a time.
    person: Pace,
    /// In one thread: where many write at once, two names and "others" are all that is shown, and
    /// everybody there hears each.
    thread: Pace<ThreadId>,
}

impl Default for Paces {
    fn default() -> Self {
        let at_least = |n: u32| NonZeroU32::MIN.saturating_add(n - 1);
        Self {
            person: Pace::new(at_least(1), at_least(5)),
            thread: Pace::new(at_least(3), at_least(6)),
        }
    }
}

impl Paces {
    pub fn sweep(&self) {
        self.person.sweep();
        self.thread.sweep();
    }
}

/// Tells those who are subscribed to a thread that I am writing in it, unless they hear of many.
///
/// # Errors
/// `TooManyRequests`, or `NotFound` for a thread I may not post in.
pub async fn typing(app: &App, me: &Identity, thread: ThreadId) -> Result<()> {
    app.typing.person.step(me.user.id)?;
    if !threads::is_postable(&app.db, me.user.id, thread, app.clock.now()).await? {
        return Err(Error::NotFound);
    }
    if app.typing.thread.step(thread).is_ok() {
        app.announcer.typing(thread, &me.user);
    }
    Ok(())
}
