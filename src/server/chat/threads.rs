//! Threads: which there are, which one may see, making one.

use crate::protocol::error::Field;
use crate::protocol::{Thread, ThreadId, ThreadKind, ThreadName};
use crate::server::auth::Identity;
use crate::server::db::threads::{self, VisibleThread};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Threads in one list.
const LIST: u32 = 300;

/// What I may read, most recently active first.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, me: &Identity) -> Result<Vec<Thread>> {
    let threads = threads::list_readable(&app.db, me.user.id, LIST).await?;
    Ok(threads.into_iter().map(|found| found.thread).collect())
}

/// A thread that I may read. One that I may not and one that is not look the same.
///
/// # Errors
/// `NotFound`, or the database fails.
pub async fn find(app: &App, me: &Identity, id: ThreadId) -> Result<VisibleThread> {
    threads::find_readable(&app.db, me.user.id, id)
        .await?
        .ok_or(Error::NotFound)
}

/// Makes a thread with me as its first member.
///
/// # Errors
/// The name does not parse, or the database fails.
pub async fn create(app: &App, me: &Identity, name: &str, kind: ThreadKind) -> Result<Thread> {
    let name = ThreadName::parse(name).map_err(|error| Error::Invalid {
        field: Field::ThreadName,
        error,
    })?;
    let now = app.clock.now();
    let thread = threads::insert(&app.db, &name, kind, me.user.id, now).await?;
    app.announcer.thread_created(&thread, me.user.id);
    Ok(thread)
}
