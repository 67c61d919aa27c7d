//! Who belongs to which thread, and how far they have read.
//!
//! Joining and leaving are events of the thread: the row and the event are written in one
//! transaction, which also gives the event its number.

use super::permissions::may_read;
use super::rows::rows;
use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::{NotifyLevel, ReadPosition, Role, Seq, ThreadId, Timestamp, User, UserId};

/// How a role is stored.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Member => "member",
    }
}

/// An unknown role may do the least.
pub(super) fn role_from(name: &str) -> Role {
    match name {
        "owner" => Role::Owner,
        _ => Role::Member,
    }
}

/// Writes an event that has no message, in a transaction at hand, and gives its number and how many
/// of its kind there were.
macro_rules! write_event {
    ($tx:ident, $thread:expr, $kind:literal, $user:expr, $now:expr) => {{
        let seq: i64 = sqlx::query_scalar(
            "update threads set last_seq = last_seq + 1 where id = $1 returning last_seq",
        )
        .bind($thread.0)
        .fetch_one(&mut *$tx)
        .await?;
        sqlx::query(
            "insert into thread_events (thread_id, seq, kind, user_id, created_at)
             values ($1, $2, $3, $4, $5)",
        )
        .bind($thread.0)
        .bind(seq)
        .bind($kind)
        .bind($user.0)
        .bind($now.0)
        .execute(&mut *$tx)
        .await?;
        let changes: i64 = sqlx::query_scalar(
            "update server_identity set changes = changes + 1 returning changes",
        )
        .fetch_one(&mut *$tx)
        .await?;
        (Seq(seq), changes)
    }};
}

/// Makes somebody a member of a thread that `by` may read: themselves of a public one, anybody of
/// one that `by` belongs to. The number of the event, or nothing if nothing came of it, which is
/// also so for who is a member already.
///
/// The right is part of the statement, so one that was lost meanwhile is not used. What was said
/// before does not count as unread.
///
/// # Errors
/// The database fails.
pub async fn insert(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    by: UserId,
    now: Timestamp,
) -> Result<Option<Seq>> {
    let written = in_tx!(db, |tx| {
        let inserted = sqlx::query(concat!(
            "insert into memberships
               (thread_id, user_id, joined_at, last_read_seq, last_read_number)
             select t.id, u.id, $4, t.last_seq, t.message_count
             from threads t
             join users u on u.id = $2 and u.banned_at is null
             left join memberships m on m.thread_id = t.id and m.user_id = $3
             where t.id = $1 and ",
            may_read!(),
            " and (u.id = $3 or m.user_id is not null)
             on conflict (thread_id, user_id) do nothing"
        ))
        .bind(thread.0)
        .bind(user.0)
        .bind(by.0)
        .bind(now.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        match inserted {
            0 => None,
            _ => Some(write_event!(tx, thread, "joined", user, now)),
        }
    });
    Ok(noted(db, written))
}

/// Ends a membership. The number of the event; nothing if there was no membership.
///
/// # Errors
/// The database fails.
pub async fn delete(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Seq>> {
    let written = in_tx!(db, |tx| {
        let deleted = sqlx::query("delete from memberships where thread_id = $1 and user_id = $2")
            .bind(thread.0)
            .bind(user.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        match deleted {
            0 => None,
            _ => Some(write_event!(tx, thread, "left", user, now)),
        }
    });
    Ok(noted(db, written))
}

fn noted(db: &Db, written: Option<(Seq, i64)>) -> Option<Seq> {
    let (seq, changes) = written?;
    db.has_changed(changes);
    Some(seq)
}

/// The members of a thread, by name.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, thread: ThreadId, limit: u32) -> Result<Vec<User>> {
    let rows: Vec<UserRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select u.id as user_id, u.username, u.name
         from memberships m join users u on u.id = m.user_id
         where m.thread_id = $1 order by u.username limit 0 + $2",
    )
    .bind(thread.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// How far somebody has read a thread; nothing if they do not belong to it.
///
/// # Errors
/// The database fails.
pub async fn read_position(
    db: &Db,
    thread: ThreadId,
    user: UserId,
) -> Result<Option<ReadPosition>> {
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

/// Moves what somebody has read in some of their threads to these events, further or back, though
/// never beyond a thread's end. Gives those that have moved; threads that are not theirs do not.
///
/// # Errors
/// The database fails.
pub async fn set_read(
    db: &Db,
    user: UserId,
    to: &[(ThreadId, Seq)],
) -> Result<Vec<(ThreadId, ReadPosition)>> {
    let wanted: Vec<(i64, i64)> = to.iter().map(|(thread, seq)| (thread.0, seq.0)).collect();
    let moved: Vec<(i64, i64, i64)> = in_tx!(db, |tx| sqlx::query_as(SET_READ)
        .bind(rows(wanted.clone()))
        .bind(user.0)
        .fetch_all(&mut *tx)
        .await?);
    let moved = moved.into_iter().map(|(thread, seq, number)| {
        let read = ReadPosition {
            seq: Seq(seq),
            number,
        };
        (ThreadId(thread), read)
    });
    Ok(moved.collect())
}

const SET_READ: &str = "
    with wanted as (
        select t.id as thread,
               case when cast(e.value ->> 1 as bigint) > t.last_seq then t.last_seq
                    when cast(e.value ->> 1 as bigint) < 0 then 0
                    else cast(e.value ->> 1 as bigint) end as seq
        from json_each($1) e join threads t on t.id = cast(e.value ->> 0 as bigint))
      update memberships set last_read_seq = wanted.seq,
             last_read_number = coalesce((
                 select m.number from messages m
                 where m.thread_id = wanted.thread and m.seq <= wanted.seq
                 order by m.seq desc limit 1), 0)
      from wanted
      where thread_id = wanted.thread and user_id = $2 and last_read_seq <> wanted.seq
      returning thread_id, last_read_seq, last_read_number";

/// Notes what of a thread somebody wants to be told of. False if they do not belong to it.
///
/// # Errors
/// The database fails.
pub async fn set_notify(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    level: NotifyLevel,
) -> Result<bool> {
    let changed = in_tx!(db, |tx| sqlx::query(
        "update memberships set notify = $3 where thread_id = $1 and user_id = $2",
    )
    .bind(thread.0)
    .bind(user.0)
    .bind(level.name())
    .execute(&mut *tx)
    .await?
    .rows_affected());
    Ok(changed > 0)
}
