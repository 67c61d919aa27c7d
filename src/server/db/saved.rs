//! What people have saved, and what they want to be reminded of.
//!
//! Rows outlive the right to read what they are about, and a message that was deleted, for as long as that
//! can be taken back: so whatever is read is joined with who may read it now.

use sqlx::FromRow;

use super::permissions::{is_here, may_read};
use super::rows::rows;
use super::{Db, Result};
use crate::protocol::saved::{Kept, REMINDERS, SAVED};
use crate::protocol::{EntryId, MessageId, Seq, ThreadId, Timestamp, UserId};

/// A message that a person may read now, for `insert … select $1, w.id`.
macro_rules! message_at {
    () => {
        concat!(
            " from messages w
              join threads t on t.id = w.thread_id
              left join memberships m on m.thread_id = t.id and m.user_id = $1
              where w.thread_id = $2 and w.seq = $3 and w.deleted_at is null and ",
            may_read!("$1"),
            " and ",
            is_here!("$1")
        )
    };
}

/// Those of somebody's rows `k` whose messages they may read now.
macro_rules! readable {
    () => {
        concat!(
            " join messages w on w.id = k.message_id
              join threads t on t.id = w.thread_id
              left join memberships m on m.thread_id = t.id and m.user_id = k.user_id
              where w.deleted_at is null and ",
            $crate::server::db::permissions::may_read!("k.user_id")
        )
    };
}
pub(super) use readable;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is so now.
    Changed,
    /// It was so already, or there is no such message that they may read.
    Nothing,
    /// They keep as many as anybody may.
    TooMany,
}

impl Done {
    fn of(rows: u64) -> Self {
        match rows {
            0 => Self::Nothing,
            _ => Self::Changed,
        }
    }
}

/// A message by its place, and whose view of it.
#[derive(Clone, Copy, Debug)]
pub struct Which {
    pub user: UserId,
    pub thread: ThreadId,
    pub seq: Seq,
}

/// Runs one of the statements below: about whom and which message, with one value more, or two.
macro_rules! about {
    ($tx:ident, $statement:expr, $which:expr $(, $value:expr)*) => {
        sqlx::query($statement)
            .bind($which.user.0)
            .bind($which.thread.0)
            .bind($which.seq.0)
            $(.bind($value))*
            .execute(&mut *$tx)
            .await?
            .rows_affected()
    };
}

/// Whether somebody keeps so many rows of a table.
macro_rules! is_full {
    ($tx:ident, $table:literal, $which:expr, $most:expr) => {{
        let kept: i64 = sqlx::query_scalar(concat!(
            "select count(*) from ",
            $table,
            " where user_id = $1"
        ))
        .bind($which.user.0)
        .fetch_one(&mut *$tx)
        .await?;
        kept >= $most
    }};
}

/// Saves a message. Whether it was saved already is not asked where there is no more room.
///
/// # Errors
/// The database fails.
pub async fn save(db: &Db, which: Which, now: Timestamp) -> Result<Done> {
    Ok(in_tx!(db, |tx| {
        if is_full!(tx, "saved", which, SAVED) {
            Done::TooMany
        } else {
            Done::of(about!(
                tx,
                concat!(
                    "insert into saved (user_id, message_id, saved_at) select $1, w.id, $4",
                    message_at!(),
                    " on conflict (user_id, message_id) do nothing"
                ),
                which,
                now.0
            ))
        }
    }))
}

/// Takes that back.
///
/// # Errors
/// The database fails.
pub async fn unsave(db: &Db, which: Which) -> Result<Done> {
    let rows: u64 = in_tx!(db, |tx| about!(
        tx,
        "delete from saved where user_id = $1 and message_id =
           (select id from messages where thread_id = $2 and seq = $3)",
        which
    ));
    Ok(Done::of(rows))
}

/// Notes that somebody wants to be reminded of a message at a time, whatever they wanted before.
///
/// # Errors
/// The database fails.
pub async fn remind(db: &Db, which: Which, at: Timestamp) -> Result<Done> {
    Ok(in_tx!(db, |tx| {
        let moved = about!(
            tx,
            "update reminders set due_at = $4, told_at = null where user_id = $1 and message_id =
               (select id from messages where thread_id = $2 and seq = $3)",
            which,
            at.0
        );
        if moved > 0 {
            Done::Changed
        } else if is_full!(tx, "reminders", which, REMINDERS) {
            Done::TooMany
        } else {
            Done::of(about!(
                tx,
                concat!(
                    "insert into reminders (user_id, message_id, due_at) select $1, w.id, $4",
                    message_at!()
                ),
                which,
                at.0
            ))
        }
    }))
}

/// Somebody is done with a reminder.
///
/// # Errors
/// The database fails.
pub async fn done(db: &Db, which: Which) -> Result<Done> {
    let rows: u64 = in_tx!(db, |tx| about!(
        tx,
        "delete from reminders where user_id = $1 and message_id =
           (select id from messages where thread_id = $2 and seq = $3)",
        which
    ));
    Ok(Done::of(rows))
}

/// How it stands with a message for somebody; nothing if they may not read it.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, which: Which) -> Result<Option<Kept>> {
    let found: Option<(i64, Option<i64>)> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select cast(case when exists (select 1 from saved s
                     where s.user_id = $1 and s.message_id = w.id) then 1 else 0 end as bigint),
                (select r.due_at from reminders r where r.user_id = $1 and r.message_id = w.id)",
        message_at!()
    ))
    .bind(which.user.0)
    .bind(which.thread.0)
    .bind(which.seq.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.map(|(is_saved, remind_at)| Kept {
        is_saved: is_saved == 1,
        remind_at: remind_at.map(Timestamp),
    }))
}

/// An entry of a list.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Entry {
    id: i64,
    message_id: i64,
    at: i64,
    told_at: Option<i64>,
}

impl Entry {
    pub fn id(self) -> EntryId {
        EntryId(self.id)
    }

    pub fn message(self) -> MessageId {
        MessageId(self.message_id)
    }

    pub fn at(self) -> Timestamp {
        Timestamp(self.at)
    }

    pub fn is_told(self) -> bool {
        self.told_at.is_some()
    }
}

/// What somebody has saved and may read now, the last that was first, before an entry.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, user: UserId, before: EntryId, limit: u32) -> Result<Vec<Entry>> {
    on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select k.id, k.message_id, k.saved_at as at, cast(null as bigint) as told_at
         from saved k",
        readable!(),
        " and k.user_id = $1 and k.id < $2 order by k.id desc limit 0 + $3"
    ))
    .bind(user.0)
    .bind(before.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)
}

/// What somebody wants to be reminded of and may read now, the earliest first.
///
/// # Errors
/// The database fails.
pub async fn reminders(db: &Db, user: UserId) -> Result<Vec<Entry>> {
    on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select cast(0 as bigint) as id, k.message_id, k.due_at as at, k.told_at
         from reminders k",
        readable!(),
        " and k.user_id = $1 order by k.due_at, k.message_id"
    ))
    .bind(user.0)
    .fetch_all(pool)
    .await)
}

/// Of how much somebody was reminded that they are not done with, as far as they may read it now.
///
/// # Errors
/// The database fails.
pub async fn due(db: &Db, user: UserId) -> Result<i64> {
    on!(db.reader(), |pool| sqlx::query_scalar(count_due!())
        .bind(user.0)
        .fetch_one(pool)
        .await)
}

/// How many reminders of the person $1 are due, and how many of their messages for later could not be
/// posted.
macro_rules! count_due {
    () => {
        concat!(
            "select (select count(*) from reminders k",
            $crate::server::db::saved::readable!(),
            " and k.user_id = $1 and k.told_at is not null)
             + (select count(*) from scheduled s where s.user_id = $1 and s.refused is not null)"
        )
    };
}
pub(super) use count_due;

/// Whether the time of a reminder has come that nobody was told of.
///
/// # Errors
/// The database fails.
pub async fn is_time(db: &Db, now: Timestamp) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select message_id from reminders where told_at is null and due_at <= $1 limit 1"
    )
    .bind(now.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
}

/// Takes reminders whose time has come, the earliest first, to be told: of several servers one gets
/// each.
///
/// # Errors
/// The database fails.
pub async fn take_due(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<(UserId, MessageId)>> {
    let taken: Vec<(i64, i64)> = in_tx!(db, |tx| {
        sqlx::query_as(
            "with taken as (
               select user_id as who, message_id as what from reminders
               where told_at is null and due_at <= $1
               order by due_at limit 0 + $2)
             update reminders set told_at = $1 from taken
             where user_id = taken.who and message_id = taken.what
             returning user_id, message_id",
        )
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *tx)
        .await?
    });
    let taken = taken.into_iter();
    Ok(taken
        .map(|(user, message)| (UserId(user), MessageId(message)))
        .collect())
}

/// These were not told after all.
///
/// # Errors
/// The database fails.
pub async fn put_back(db: &Db, taken: &[(UserId, MessageId)]) -> Result<()> {
    let taken = taken.iter().map(|(user, message)| (user.0, message.0));
    on!(db.writer(), |pool| sqlx::query(
        "with untold as (
           select cast(e.value ->> 0 as bigint) as who, cast(e.value ->> 1 as bigint) as what
           from json_each($1) e)
         update reminders set told_at = null from untold
         where user_id = untold.who and message_id = untold.what"
    )
    .bind(rows(taken.collect()))
    .execute(pool)
    .await
    .map(drop))
}

/// Forgets all that is kept of somebody who leaves, in a transaction at hand.
macro_rules! forget_person {
    ($tx:ident, $user:expr) => {
        for forget in [
            "delete from saved where user_id = $1",
            "delete from reminders where user_id = $1",
            "delete from scheduled where user_id = $1",
            "delete from activity where user_id = $1 or by_id = $1",
        ] {
            sqlx::query(forget).bind($user.0).execute(&mut *$tx).await?;
        }
    };
}
pub(super) use forget_person;
