//! Messages that are to be posted later.
//!
//! A row is taken before it is posted, so that of several servers one does it, and so that whoever cancels
//! it is told whether that came in time. One that was taken by a server that has stopped is taken again:
//! its client id makes that harmless. Files wait with their row, and are their owner's to post until then.

use sqlx::FromRow;

use super::permissions::{is_here, may_read};
use super::rows::rows;
use super::{Db, Result};
use crate::protocol::scheduled::SCHEDULED;
use crate::protocol::{
    ClientId, FileId, FileInfo, MessageText, ScheduledId, Seq, ThreadId, Timestamp, UserId,
};
use crate::server::db::files::UploadRow;

/// So long a server posts one, in milliseconds; then another may.
const TAKEN: i64 = 60_000;

/// A message for later.
#[derive(Clone, Debug)]
pub struct NewScheduled {
    pub user: UserId,
    pub thread: ThreadId,
    pub text: MessageText,
    pub reply_to: Option<Seq>,
    pub files: Vec<FileId>,
    pub client_id: ClientId,
    pub at: Timestamp,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    Done,
    /// It waits already.
    Known,
    /// As many wait as may.
    TooMany,
    /// A file is not theirs to post, or there is no such thread that they may read.
    NotThere,
}

/// A row of somebody's.
#[derive(Clone, Debug, FromRow)]
pub struct ScheduledRow {
    pub id: i64,
    pub user_id: i64,
    pub thread_id: i64,
    pub text: String,
    pub reply_to: Option<i64>,
    pub files: String,
    pub client_id: String,
    pub send_at: i64,
    pub refused: Option<String>,
}

impl ScheduledRow {
    pub fn files(&self) -> Vec<FileId> {
        serde_json::from_str(&self.files).unwrap_or_default()
    }
}

/// Notes one, and that its files wait with it.
///
/// # Errors
/// The database fails.
pub async fn add(db: &Db, new: NewScheduled) -> Result<Added> {
    let ids: Vec<i64> = new.files.iter().map(|file| file.0).collect();
    let files = serde_json::to_string(&ids).map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok(in_tx!(db, |tx| {
        let (waiting, known, free): (i64, i64, i64) = sqlx::query_as(
            "select count(*),
                    cast(coalesce(sum(case when client_id = $2 then 1 else 0 end), 0) as bigint),
                    (select count(*) from files f
                     join json_each($3) e on f.id = cast(e.value ->> 0 as bigint)
                     where f.owner_id = $1 and f.message_id is null and f.scheduled_id is null)
             from scheduled where user_id = $1",
        )
        .bind(new.user.0)
        .bind(new.client_id.as_str())
        .bind(rows(ids.iter().map(|id| (*id,)).collect()))
        .fetch_one(&mut *tx)
        .await?;
        if known > 0 {
            Added::Known
        } else if waiting >= SCHEDULED {
            Added::TooMany
        } else if usize::try_from(free).ok() != Some(ids.len()) {
            Added::NotThere
        } else {
            let id: Option<i64> = sqlx::query_scalar(concat!(
                "insert into scheduled
                     (user_id, thread_id, text, reply_to, files, client_id, send_at)
                   select $1, t.id, $3, $4, $5, $6, $7 from threads t
                   left join memberships m on m.thread_id = t.id and m.user_id = $1
                   where t.id = $2 and ",
                may_read!("$1"),
                " and ",
                is_here!("$1"),
                " returning id"
            ))
            .bind(new.user.0)
            .bind(new.thread.0)
            .bind(new.text.as_str())
            .bind(new.reply_to.map(|seq| seq.0))
            .bind(&files)
            .bind(new.client_id.as_str())
            .bind(new.at.0)
            .fetch_optional(&mut *tx)
            .await?;
            match id {
                None => Added::NotThere,
                Some(id) => {
                    sqlx::query(
                        "update files set scheduled_id = $1 where id in
                             (select cast(e.value ->> 0 as bigint) from json_each($2) e)",
                    )
                    .bind(id)
                    .bind(rows(ids.iter().map(|id| (*id,)).collect()))
                    .execute(&mut *tx)
                    .await?;
                    Added::Done
                }
            }
        }
    }))
}

/// The columns of a [`ScheduledRow`].
macro_rules! columns {
    () => {
        "id, user_id, thread_id, text, reply_to, files, client_id, send_at, refused"
    };
}

/// What waits of somebody, the earliest first; in one thread, or in all.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, user: UserId, thread: Option<ThreadId>) -> Result<Vec<ScheduledRow>> {
    on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from scheduled where user_id = $1 and ($2 = 0 or thread_id = $2) order by send_at, id"
    ))
    .bind(user.0)
    .bind(thread.map_or(0, |thread| thread.0))
    .fetch_all(pool)
    .await)
}

/// The files that wait with somebody's messages.
///
/// # Errors
/// The database fails.
pub async fn files(db: &Db, user: UserId) -> Result<Vec<FileInfo>> {
    let found: Vec<UploadRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select f.id, f.owner_id, f.message_id, f.name, f.kind, f.bytes, f.picture
         from files f join scheduled s on s.id = f.scheduled_id where s.user_id = $1"
    )
    .bind(user.0)
    .fetch_all(pool)
    .await)?;
    let files = found.into_iter().map(|row| row.into_upload().1.1);
    Ok(files.collect())
}

/// Whether the time of one has come.
///
/// # Errors
/// The database fails.
pub async fn is_time(db: &Db, now: Timestamp) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select id from scheduled where refused is null and send_at <= $1
           and (taken_at is null or taken_at < $2) limit 1"
    )
    .bind(now.0)
    .bind(now.0 - TAKEN)
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
}

/// Takes those whose time has come, the earliest first, to be posted.
///
/// # Errors
/// The database fails.
pub async fn take_due(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<ScheduledRow>> {
    let mut taken: Vec<ScheduledRow> = in_tx!(db, |tx| {
        sqlx::query_as(concat!(
            "with due as (
               select id as what from scheduled
               where refused is null and send_at <= $1 and (taken_at is null or taken_at < $2)
               order by send_at, id limit 0 + $3)
             update scheduled set taken_at = $1 from due where id = due.what
             returning ",
            columns!()
        ))
        .bind(now.0)
        .bind(now.0 - TAKEN)
        .bind(i64::from(limit))
        .fetch_all(&mut *tx)
        .await?
    });
    taken.sort_by_key(|row| (row.send_at, row.id));
    Ok(taken)
}

/// It was posted.
///
/// # Errors
/// The database fails.
pub async fn forget(db: &Db, id: ScheduledId) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "delete from scheduled where id = $1"
    )
    .bind(id.0)
    .execute(pool)
    .await
    .map(drop))
}

/// It was not posted yet, and is to be then.
///
/// # Errors
/// The database fails.
pub async fn put_off(db: &Db, id: ScheduledId, until: Timestamp) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "update scheduled set taken_at = null, send_at = $2 where id = $1"
    )
    .bind(id.0)
    .bind(until.0)
    .execute(pool)
    .await
    .map(drop))
}

/// It cannot be posted, and waits for its author.
///
/// # Errors
/// The database fails.
pub async fn refuse(db: &Db, id: ScheduledId, why: &str) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "update scheduled set taken_at = null, refused = $2 where id = $1"
    )
    .bind(id.0)
    .bind(why)
    .execute(pool)
    .await
    .map(drop))
}

/// Somebody wants theirs posted at once. Whether it is there and not being posted.
///
/// # Errors
/// The database fails.
pub async fn hurry(db: &Db, user: UserId, id: ScheduledId, now: Timestamp) -> Result<bool> {
    let rows = on!(db.writer(), |pool| sqlx::query(
        "update scheduled set send_at = $3, refused = null, taken_at = null
         where id = $2 and user_id = $1 and (taken_at is null or taken_at < $4)"
    )
    .bind(user.0)
    .bind(id.0)
    .bind(now.0)
    .bind(now.0 - TAKEN)
    .execute(pool)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(rows > 0)
}

/// Somebody does not want theirs posted after all. Whether that came in time.
///
/// # Errors
/// The database fails.
pub async fn cancel(db: &Db, user: UserId, id: ScheduledId, now: Timestamp) -> Result<bool> {
    let rows = on!(db.writer(), |pool| sqlx::query(
        "delete from scheduled
         where id = $2 and user_id = $1 and (taken_at is null or taken_at < $3)"
    )
    .bind(user.0)
    .bind(id.0)
    .bind(now.0 - TAKEN)
    .execute(pool)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(rows > 0)
}
