//! Who belongs to which thread, and how far they have read.

use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::{Seq, ThreadId, Timestamp, User, UserId};

/// Makes somebody a member of a thread that `by` may read: themselves of a public one, anybody of
/// one that `by` belongs to. False if nothing came of it, which is also so for who is one already.
///
/// The right is part of the statement, so one that was lost meanwhile is not used.
///
/// # Errors
/// The database fails.
pub async fn insert(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    by: UserId,
    now: Timestamp,
) -> Result<bool> {
    on!(db.writer(), |pool| sqlx::query(
        "insert into memberships (thread_id, user_id, joined_at)
         select t.id, u.id, $4 from threads t, users u
         where t.id = $1 and u.id = $2 and u.banned_at is null
           and (exists (select 1 from memberships m where m.thread_id = t.id and m.user_id = $3)
                or (t.kind = 'public' and u.id = $3))
         on conflict (thread_id, user_id) do nothing",
    )
    .bind(thread.0)
    .bind(user.0)
    .bind(by.0)
    .bind(now.0)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Ends a membership. False if there was none.
///
/// # Errors
/// The database fails.
pub async fn delete(db: &Db, thread: ThreadId, user: UserId) -> Result<bool> {
    on!(db.writer(), |pool| sqlx::query(
        "delete from memberships where thread_id = $1 and user_id = $2"
    )
    .bind(thread.0)
    .bind(user.0)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() == 1))
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
    rows.into_iter().map(User::try_from).collect()
}

/// Moves on how far a member has read; the position that holds now, if it has moved.
///
/// # Errors
/// The database fails.
pub async fn advance_read(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    seq: Seq,
) -> Result<Option<Seq>> {
    let moved: Option<i64> = on!(db.writer(), |pool| sqlx::query_scalar(
        "update memberships set last_read_seq = $3
         where thread_id = $1 and user_id = $2 and last_read_seq < $3
         returning last_read_seq",
    )
    .bind(thread.0)
    .bind(user.0)
    .bind(seq.0)
    .fetch_optional(pool)
    .await)?;
    Ok(moved.map(Seq))
}
