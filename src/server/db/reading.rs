//! How far people have read their threads, and what of them they want to be told of.
//!
//! What is read by looking travels with the posts (`writer::batch`); what is said by hand, perhaps of
//! many threads at once and perhaps back, is one statement.

use super::rows::rows;
use super::{Db, Result};
use crate::protocol::{NotifyLevel, ReadPosition, ReadRequest, Seq, ThreadId, UserId};

/// A thread in which somebody's position has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub thread: ThreadId,
    pub to: ReadPosition,
    /// By hand, so that what follows is unread again.
    pub went_back: bool,
}

impl Moved {
    pub fn on(thread: ThreadId, to: ReadPosition) -> Self {
        Self {
            thread,
            to,
            went_back: false,
        }
    }
}

/// How far somebody has read a thread; nothing if they do not belong to it.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, thread: ThreadId, user: UserId) -> Result<Option<ReadPosition>> {
    let row: Option<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select last_read_seq, last_read_number from memberships
         where thread_id = $1 and user_id = $2",
    )
    .bind(thread.0)
    .bind(user.0)
    .fetch_optional(pool)
    .await)?;
    Ok(row.map(|(seq, number)| ReadPosition {
        seq: Seq(seq),
        number,
    }))
}

/// Moves what somebody has read in some of their threads, never beyond a thread's end: further, or
/// back where that is what they want, and only from where they say it is. Gives those that have
/// moved; threads that are not theirs do not.
///
/// # Errors
/// The database fails.
pub async fn set(db: &Db, user: UserId, wanted: &[ReadRequest]) -> Result<Vec<Moved>> {
    let told: Vec<(i64, i64, i64, i64)> = wanted
        .iter()
        .map(|read| {
            let from = read.from.map_or(-1, |from| from.0);
            (read.id.0, read.seq.0, i64::from(read.unread), from)
        })
        .collect();
    let moved: Vec<(i64, i64, i64)> = in_tx!(db, |tx| sqlx::query_as(SET)
        .bind(rows(told.clone()))
        .bind(user.0)
        .fetch_all(&mut *tx)
        .await?);
    let went_back = |thread| wanted.iter().any(|read| read.id == thread && read.unread);
    let moved = moved.into_iter().map(|(thread, seq, number)| Moved {
        thread: ThreadId(thread),
        to: ReadPosition {
            seq: Seq(seq),
            number,
        },
        went_back: went_back(ThreadId(thread)),
    });
    Ok(moved.collect())
}

const SET: &str = "
    with wanted as (
        select t.id as thread,
               case when cast(e.value ->> 1 as bigint) > t.last_seq then t.last_seq
                    when cast(e.value ->> 1 as bigint) < 0 then 0
                    else cast(e.value ->> 1 as bigint) end as seq,
               cast(e.value ->> 2 as bigint) as unread,
               cast(e.value ->> 3 as bigint) as wanted_from
        from json_each($1) e join threads t on t.id = cast(e.value ->> 0 as bigint))
      update memberships set last_read_seq = wanted.seq,
             last_read_number = coalesce((
                 select m.number from messages m
                 where m.thread_id = wanted.thread and m.seq <= wanted.seq
                 order by m.seq desc limit 1), 0)
      from wanted
      where thread_id = wanted.thread and user_id = $2
        and (last_read_seq < wanted.seq or (wanted.unread = 1 and last_read_seq <> wanted.seq))
        and (wanted.wanted_from = -1 or last_read_seq = wanted.wanted_from)
      returning thread_id, last_read_seq, last_read_number";

/// Notes what of a thread somebody wants to be told of: whether that is something else than before.
/// Nothing if they do not belong to it.
///
/// # Errors
/// The database fails.
pub async fn set_notify(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    level: NotifyLevel,
) -> Result<Option<bool>> {
    let before: Option<String> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select notify from memberships where thread_id = $1 and user_id = $2"
    )
    .bind(thread.0)
    .bind(user.0)
    .fetch_optional(pool)
    .await)?;
    match before {
        None => return Ok(None),
        Some(before) if before == level.name() => return Ok(Some(false)),
        Some(_) => {}
    }
    let changed = in_tx!(db, |tx| sqlx::query(
        "update memberships set notify = $3 where thread_id = $1 and user_id = $2",
    )
    .bind(thread.0)
    .bind(user.0)
    .bind(level.name())
    .execute(&mut *tx)
    .await?
    .rows_affected());
    Ok((changed > 0).then_some(true))
}
