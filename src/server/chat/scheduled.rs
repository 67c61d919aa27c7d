//! Messages that are to be posted later: kept, listed, posted when their time has come.
//!
//! Every server looks once a second, and the database says which of them posts one. It is posted as any
//! message is, by the same code and under the same rules, which are those of that moment; what they refuse
//! waits for its author with the reason, and counts with what is due. Nobody else learns of any of it, so
//! it is no event of a thread; all devices of its author do.

use crate::protocol::scheduled::{ForLater, Schedule, Scheduled};
use crate::protocol::text::Stored;
use crate::protocol::{
    ClientId, Field, FileInfo, PostRequest, ScheduledId, Seq, Thread, ThreadId, Timestamp, UserId,
};
use crate::server::auth::Identity;
use crate::server::chat::{messages, threads};
use crate::server::db::scheduled::{self, Added, NewScheduled, ScheduledRow};
use crate::server::db::{saved, users};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// So far ahead a message is posted at most, in milliseconds.
const AHEAD: i64 = 366 * 86_400_000;
/// So long one rests that could not be posted for now, in milliseconds.
const REST: i64 = 10_000;
/// Messages that are taken to be posted at once.
const AT_ONCE: u32 = 50;

/// Does something about messages of mine for later.
///
/// # Errors
/// As for posting; `NotATime` for one that is over or too far away, `TooManySaved` where too many wait,
/// and `NotFound` for one that is not there, or is being posted.
pub async fn schedule(app: &App, me: &Identity, thread: ThreadId, what: Schedule) -> Result<()> {
    app.pace.step(me.user.id)?;
    match what {
        Schedule::Add(later) => add(app, me, thread, later).await,
        Schedule::Now { id } => {
            let now = app.clock.now();
            found(scheduled::hurry(&app.db, me.user.id, id, now).await?)?;
            tell(app, me.user.id).await
        }
        Schedule::Cancel { id } => {
            found(scheduled::cancel(&app.db, me.user.id, id, app.clock.now()).await?)?;
            tell(app, me.user.id).await
        }
    }
}

fn found(is_there: bool) -> Result<()> {
    match is_there {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

async fn add(app: &App, me: &Identity, thread: ThreadId, later: ForLater) -> Result<()> {
    let now = app.clock.now();
    let ForLater {
        message,
        at,
        client_id,
        reply_to,
        files,
    } = later;
    let request = PostRequest {
        message,
        files,
        ..PostRequest::default()
    };
    let text = messages::text(&request)?;
    if !(now.0 < at.0 && at.0 <= now.0 + AHEAD) {
        return Err(Error::NotATime);
    }
    let client_id = client_id.as_deref().map(ClientId::parse);
    let client_id = client_id.transpose().map_err(|error| Error::Invalid {
        field: Field::ClientId,
        error,
    })?;
    messages::may_post(app, me, thread).await?;
    if let Some(seq) = reply_to {
        messages::find(app, me, thread, seq).await?;
    }
    let new = NewScheduled {
        user: me.user.id,
        thread,
        text,
        reply_to,
        files: request.files,
        client_id: client_id.unwrap_or_else(|| ClientId::from_random(app.entropy.bytes())),
        at,
    };
    match scheduled::add(&app.db, new).await? {
        Added::Done => tell(app, me.user.id).await,
        Added::Known => Ok(()),
        Added::TooMany => Err(Error::TooManySaved),
        Added::NotThere => Err(Error::NotFound),
    }
}

/// What waits of mine, the earliest first; in one thread, or in all.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, me: &Identity, only: Option<ThreadId>) -> Result<Vec<Scheduled>> {
    let rows = scheduled::list(&app.db, me.user.id, only).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let files = scheduled::files(&app.db, me.user.id).await?;
    let mut known: Vec<Thread> = Vec::new();
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let id = ThreadId(row.thread_id);
        if !known.iter().any(|thread| thread.id == id) {
            match threads::find(app, me, id).await {
                Ok(found) => known.push(found.thread),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let thread = known.iter().find(|thread| thread.id == id);
        all.push(shown(row, thread.cloned(), &files));
    }
    Ok(all)
}

fn shown(row: ScheduledRow, thread: Option<Thread>, files: &[FileInfo]) -> Scheduled {
    let its = row.files();
    let file = |id| files.iter().find(|file| file.id == id).cloned();
    Scheduled {
        id: ScheduledId(row.id),
        thread,
        files: its.into_iter().filter_map(file).collect(),
        at: Timestamp(row.send_at),
        refused: row
            .refused
            .as_deref()
            .and_then(|why| serde_json::from_str(why).ok()),
        text: row.text,
    }
}

/// Posts what is due by now.
///
/// # Errors
/// The database fails: what is not posted by then is posted later.
pub async fn post_due(app: &App) -> Result<()> {
    while scheduled::is_time(&app.db, app.clock.now()).await? {
        let taken = scheduled::take_due(&app.db, app.clock.now(), AT_ONCE).await?;
        for row in &taken {
            if let Err(error) = post(app, row).await {
                error.log();
                // It holds up no others. (Where the database is away, this fails as well, and what was
                // taken is taken again in a minute.)
                let until = Timestamp(app.clock.now().0 + REST);
                scheduled::put_off(&app.db, ScheduledId(row.id), until).await?;
            }
        }
    }
    Ok(())
}

/// Posts one, or notes why that cannot be.
async fn post(app: &App, row: &ScheduledRow) -> Result<()> {
    let (id, user) = (ScheduledId(row.id), UserId(row.user_id));
    let Some(author) = users::find(&app.db, user, user).await? else {
        return scheduled::forget(&app.db, id).await.map_err(Error::from);
    };
    let request = PostRequest {
        id: None,
        message: row.text.clone(),
        client_id: Some(ClientId::from_stored(row.client_id.clone()).to_string()),
        reply_to: row.reply_to.map(Seq),
        files: row.files(),
    };
    match messages::post_as(app, &author, ThreadId(row.thread_id), request).await {
        Ok(_) => scheduled::forget(&app.db, id).await?,
        Err(error) => match (error.retry_after(), error.to_api()) {
            (Some(_), _) if !matches!(error, Error::TooSoon { .. }) => return Err(error),
            (Some(seconds), _) => {
                let until = Timestamp(app.clock.now().0 + i64::from(seconds) * 1000);
                scheduled::put_off(&app.db, id, until).await?;
            }
            (None, crate::protocol::ApiError::Internal) => return Err(error),
            (None, api) => {
                let why = serde_json::to_string(&api).map_err(Error::internal)?;
                scheduled::refuse(&app.db, id, &why).await?;
            }
        },
    }
    tell(app, user).await
}

/// Tells all devices of somebody that what waits is different.
async fn tell(app: &App, user: UserId) -> Result<()> {
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let telling = async move {
        announcer.saved(user, saved::due(&db, user).await?);
        Ok(())
    };
    Ok(app.writer.in_order(telling).await?)
}
