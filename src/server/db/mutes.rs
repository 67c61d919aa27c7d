//! Who is muted where, and until when.
//!
//! The right to mute is part of the statement, and what was done is put on record in the same
//! transaction. What an owner does in a private thread is on the record of those who may read it; what
//! an administrator does who owns nothing is on everybody's, without a name of what is not theirs to see.

use super::people::record;
use super::permissions::{is_administrator, may_moderate};
use super::rows::rows;
use super::{Db, Result};
use crate::protocol::{ThreadId, Timestamp, UserId};

/// Who sees to what others say, and whether they are here themselves and not by a token.
#[derive(Clone, Copy, Debug)]
pub struct Moderator {
    pub id: UserId,
    pub in_person: bool,
}

/// The thread that is put on record for what was done in it: nothing for a private one, if it was not an
/// owner's deed.
macro_rules! thread_on_record {
    ($tx:ident, $thread:expr, $by:expr) => {
        sqlx::query_scalar::<_, i64>(
            "select t.id from threads t where t.id = $1
             and (t.kind = 'public' or exists (
                 select 1 from memberships m
                 where m.thread_id = t.id and m.user_id = $2 and m.role = 'owner'))",
        )
        .bind($thread.0)
        .bind($by.0)
        .fetch_optional(&mut *$tx)
        .await?
    };
}
pub(super) use thread_on_record;

/// A thread that somebody sees to.
const MODERATED: &str = concat!(
    "select t.id from threads t where t.id = $1 and ",
    may_moderate!("$2", "$3")
);

/// Whether somebody sees to what others say in a thread.
///
/// # Errors
/// The database fails.
pub async fn may_moderate(db: &Db, thread: ThreadId, by: Moderator) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(MODERATED)
        .bind(thread.0)
        .bind(by.id.0)
        .bind(i64::from(by.in_person))
        .fetch_optional(pool)
        .await)?;
    Ok(found.is_some())
}

/// Mutes a member of a thread until then, again if they are already. False where that is not for whoever
/// asks, or not possible with that member: nobody mutes those in charge.
///
/// # Errors
/// The database fails.
pub async fn mute(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    by: Moderator,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let muted = sqlx::query(concat!(
            "insert into mutes (thread_id, user_id, until, muted_by)
             select t.id, m.user_id, $5, $3
             from threads t
             join memberships m on m.thread_id = t.id and m.user_id = $2 and m.role <> 'owner'
             where t.id = $1 and m.user_id <> $3 and not ",
            is_administrator!("$2"),
            " and ",
            may_moderate!("$3", "$4"),
            " on conflict (thread_id, user_id) do update
              set until = excluded.until, muted_by = excluded.muted_by"
        ))
        .bind(thread.0)
        .bind(user.0)
        .bind(by.id.0)
        .bind(i64::from(by.in_person))
        .bind(until.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if muted > 0 {
            let on_record = thread_on_record!(tx, thread, by.id);
            let by = Some(by.id.0);
            record!(tx, by, "mute", user.0, until.to_string(), now, in on_record);
        }
        muted > 0
    }))
}

/// Lets somebody speak again. False where that is not for whoever asks; it is nothing new for who is not
/// muted.
///
/// # Errors
/// The database fails.
pub async fn unmute(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    by: Moderator,
    now: Timestamp,
) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let theirs: Option<i64> = sqlx::query_scalar(MODERATED)
            .bind(thread.0)
            .bind(by.id.0)
            .bind(i64::from(by.in_person))
            .fetch_optional(&mut *tx)
            .await?;
        if theirs.is_some() {
            let lifted = sqlx::query("delete from mutes where thread_id = $1 and user_id = $2")
                .bind(thread.0)
                .bind(user.0)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if lifted > 0 {
                let on_record = thread_on_record!(tx, thread, by.id);
                record!(tx, Some(by.id.0), "unmute", user.0, "", now, in on_record);
            }
        }
        theirs.is_some()
    }))
}

/// Who is muted in a thread, and until when, as somebody who sees to it may know.
///
/// # Errors
/// The database fails.
pub async fn list(
    db: &Db,
    thread: ThreadId,
    by: Moderator,
    now: Timestamp,
) -> Result<Vec<(UserId, Timestamp)>> {
    let muted: Vec<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select x.user_id, x.until from mutes x join threads t on t.id = x.thread_id
         where t.id = $1 and x.until > $4 and ",
        may_moderate!("$2", "$3"),
        " order by x.user_id"
    ))
    .bind(thread.0)
    .bind(by.id.0)
    .bind(i64::from(by.in_person))
    .bind(now.0)
    .fetch_all(pool)
    .await)?;
    let muted = muted.into_iter();
    Ok(muted
        .map(|(user, until)| (UserId(user), Timestamp(until)))
        .collect())
}

/// Which of these people are muted in a thread, and until when.
///
/// # Errors
/// The database fails.
pub async fn among(
    db: &Db,
    thread: ThreadId,
    users: &[UserId],
    now: Timestamp,
) -> Result<Vec<(UserId, Timestamp)>> {
    let users = users.iter().map(|user| (user.0,)).collect();
    let muted: Vec<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select x.user_id, x.until
         from json_each($2) e
         join mutes x on x.thread_id = $1 and x.user_id = cast(e.value ->> 0 as bigint)
         where x.until > $3"
    )
    .bind(thread.0)
    .bind(rows(users))
    .bind(now.0)
    .fetch_all(pool)
    .await)?;
    let muted = muted.into_iter();
    Ok(muted
        .map(|(user, until)| (UserId(user), Timestamp(until)))
        .collect())
}

/// Whether somebody is muted in a thread.
///
/// # Errors
/// The database fails.
pub async fn is_muted(db: &Db, thread: ThreadId, user: UserId, now: Timestamp) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(concat!(
        "select t.id from threads t
         left join memberships m on m.thread_id = t.id and m.user_id = $2
         where t.id = $1 and ",
        super::permissions::muted_until!("$2"),
        " > $3"
    ))
    .bind(thread.0)
    .bind(user.0)
    .bind(now.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
}

/// Forgets what is over.
///
/// # Errors
/// The database fails.
pub async fn forget_ended(db: &Db, now: Timestamp) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "delete from mutes where until < $1"
    )
    .bind(now.0)
    .execute(pool)
    .await
    .map(drop))
}
