//! Who belongs to which thread, and how far they have read.
//!
//! Joining and leaving are events of the thread: the row and the event are written in one
//! transaction, which also gives the event its number.

use super::joining::{self, Outcome};
use super::permissions::{is_guest, is_here};
use super::profiles::PersonRow;
use super::rows::rows;
use super::{Db, Result};
use crate::protocol::{Role, Seq, ThreadId, Timestamp, User, UserId};

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

/// Writes an event, in a transaction at hand, and gives its number and how many of its kind there were.
/// It may be about a message, and say something of it.
macro_rules! write_event {
    ($tx:ident, $thread:expr, $kind:literal, $user:expr, $now:expr) => {
        $crate::server::db::memberships::write_event!(
            $tx, $thread, $kind, $user, about None::<i64>, None::<&str>, $now
        )
    };
    (
        $tx:ident, $thread:expr, $kind:literal, $user:expr,
        about $message:expr, $payload:expr, $now:expr
    ) => {{
        let seq: i64 = sqlx::query_scalar(
            "update threads set last_seq = last_seq + 1 where id = $1 returning last_seq",
        )
        .bind($thread.0)
        .fetch_one(&mut *$tx)
        .await?;
        sqlx::query(
            "insert into thread_events
                 (thread_id, seq, kind, user_id, message_id, payload, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind($thread.0)
        .bind(seq)
        .bind($kind)
        .bind($user.0)
        .bind($message)
        .bind($payload)
        .bind($now.0)
        .execute(&mut *$tx)
        .await?;
        let changes: i64 = sqlx::query_scalar(
            "update server_identity set changes = changes + 1 returning changes",
        )
        .fetch_one(&mut *$tx)
        .await?;
        ($crate::protocol::Seq(seq), changes)
    }};
}
pub(super) use write_event;

/// The threads that everybody belongs to, and that this person does not belong to yet.
pub(super) const EVERYBODYS: &str = "select t.id from threads t
    where t.for_everybody and t.kind = 'public' and t.archived_at is null
      and not exists (select 1 from memberships m where m.thread_id = t.id and m.user_id = $1)
    order by t.id";

/// Makes a person a member of threads that they do not belong to, in a transaction at hand: the
/// threads, with the events, and how many of those there were. Nobody is put in charge of one on
/// their first day, even if it has no owner.
macro_rules! join_threads {
    ($tx:ident, $threads:expr, $user:expr, $now:expr) => {{
        let threads: Vec<i64> = $threads;
        let mut joined = Vec::with_capacity(threads.len());
        let mut count = None;
        for thread in threads.into_iter().map($crate::protocol::ThreadId) {
            sqlx::query(
                "insert into memberships
                   (thread_id, user_id, joined_at, last_read_seq, last_read_number)
                 select id, $2, $3, last_seq, message_count from threads where id = $1",
            )
            .bind(thread.0)
            .bind($user.0)
            .bind($now.0)
            .execute(&mut *$tx)
            .await?;
            let (seq, changes) =
                $crate::server::db::memberships::write_event!($tx, thread, "joined", $user, $now);
            joined.push((thread, seq));
            count = Some(changes);
        }
        (joined, count)
    }};
}
pub(super) use join_threads;

/// Puts a member in charge, in a transaction at hand.
macro_rules! set_owner {
    ($tx:ident, $thread:expr, $user:expr) => {
        sqlx::query("update memberships set role = 'owner' where thread_id = $1 and user_id = $2")
            .bind($thread.0)
            .bind($user.0)
            .execute(&mut *$tx)
            .await?
    };
}
pub(super) use set_owner;

/// Writes that a membership has ended, whose row is gone already, in a transaction at hand: what came
/// of it, and how many events without a message there were. Where the last owner has left, whoever
/// has been there for longest is in charge.
macro_rules! note_departure {
    ($tx:ident, $thread:expr, $user:expr, $now:expr) => {{
        let (seq, mut changes) =
            $crate::server::db::memberships::write_event!($tx, $thread, "left", $user, $now);
        let mut left = $crate::server::db::memberships::Left { seq, heir: None };
        if let Some((heir, count)) =
            $crate::server::db::succession::appoint_heir!($tx, $thread, $now)
        {
            changes = count;
            left.heir = Some((heir.user, heir.seq));
        }
        (left, changes)
    }};
}

/// Makes somebody a member of a thread, as [`joining::insert`] does. The number of the event, or
/// nothing if nothing came of it, which is also so for who is a member already.
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
    Ok(match joining::insert(db, thread, &[user], by, now).await? {
        Outcome::Done(joined) => joined.people.first().map(|(_, seq)| *seq),
        Outcome::Refused | Outcome::Missing => None,
    })
}

/// A membership that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub seq: Seq,
    /// Who is in charge since that event, if nobody was any more.
    pub heir: Option<(User, Seq)>,
}

/// Ends a membership, which `by` may end: their own, or anybody's in a thread that they own. Nothing
/// if there is no such membership. A direct thread is its people: nobody leaves it.
///
/// # Errors
/// The database fails.
pub async fn delete(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    by: UserId,
    now: Timestamp,
) -> Result<Option<Left>> {
    let written = in_tx!(db, |tx| {
        let deleted = sqlx::query(concat!(
            "delete from memberships where thread_id = $1 and user_id = $2
             and exists (select 1 from threads where id = $1 and kind <> 'direct')
             and ($2 = $3 or exists (
                 select 1 from memberships o
                 where o.thread_id = $1 and o.user_id = $3 and o.role = 'owner'))
             and ",
            is_here!("$3")
        ))
        .bind(thread.0)
        .bind(user.0)
        .bind(by.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if deleted == 0 {
            None
        } else {
            Some(note_departure!(tx, thread, user, now))
        }
    });
    Ok(written.map(|(left, changes)| {
        db.has_changed(changes);
        left
    }))
}

/// Puts a member in charge of a thread, who is no guest, as one of its owners may. The number of the event, or
/// nothing if nothing came of it.
///
/// # Errors
/// The database fails.
pub async fn make_owner(
    db: &Db,
    thread: ThreadId,
    user: UserId,
    by: UserId,
    now: Timestamp,
) -> Result<Option<Seq>> {
    let written = in_tx!(db, |tx| {
        let found: Option<i64> = sqlx::query_scalar(concat!(
            "select m.user_id from memberships m
             join memberships o on o.thread_id = m.thread_id and o.user_id = $3 and o.role = 'owner'
             where m.thread_id = $1 and m.user_id = $2 and m.role <> 'owner' and not ",
            is_guest!("$2"),
            " and ",
            is_here!("$3")
        ))
        .bind(thread.0)
        .bind(user.0)
        .bind(by.0)
        .fetch_optional(&mut *tx)
        .await?;
        if found.is_none() {
            None
        } else {
            set_owner!(tx, thread, user);
            Some(write_event!(tx, thread, "made_owner", user, now))
        }
    });
    Ok(noted(db, written))
}

/// The owners among the members of a thread.
///
/// # Errors
/// The database fails.
pub async fn owners(db: &Db, thread: ThreadId) -> Result<Vec<UserId>> {
    let ids: Vec<i64> = on!(db.reader(), |pool| {
        sqlx::query_scalar(
        "select user_id from memberships where thread_id = $1 and role = 'owner' order by user_id"
    )
    .bind(thread.0)
    .fetch_all(pool)
    .await
    })?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// All members of a thread.
///
/// # Errors
/// The database fails.
pub async fn ids(db: &Db, thread: ThreadId) -> Result<Vec<UserId>> {
    let ids: Vec<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select user_id from memberships where thread_id = $1"
    )
    .bind(thread.0)
    .fetch_all(pool)
    .await)?;
    Ok(ids.into_iter().map(UserId).collect())
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
pub async fn list(db: &Db, thread: ThreadId, now: Timestamp, limit: u32) -> Result<Vec<User>> {
    let rows: Vec<PersonRow> = on!(db.reader(), |pool| {
        sqlx::query_as(
            "select u.id as user_id, u.username, u.name, u.avatar, u.role, u.status,
                u.status_emoji, u.status_until
         from memberships m join users u on u.id = m.user_id
         where m.thread_id = $1 order by u.username limit 0 + $2",
        )
        .bind(thread.0)
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await
    })?;
    Ok(rows.into_iter().map(|row| row.at(now)).collect())
}

/// Which of these people belong to which of these threads.
///
/// # Errors
/// The database fails.
pub async fn among(
    db: &Db,
    threads: &[ThreadId],
    users: &[UserId],
) -> Result<Vec<(ThreadId, UserId)>> {
    let threads = threads.iter().map(|thread| (thread.0,)).collect();
    let users = users.iter().map(|user| (user.0,)).collect();
    let pairs: Vec<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select m.thread_id, m.user_id
         from json_each($1) u
         join memberships m on m.user_id = cast(u.value ->> 0 as bigint)
         where m.thread_id in (select cast(t.value ->> 0 as bigint) from json_each($2) t)"
    )
    .bind(rows(users))
    .bind(rows(threads))
    .fetch_all(pool)
    .await)?;
    Ok(pairs
        .into_iter()
        .map(|(thread, user)| (ThreadId(thread), UserId(user)))
        .collect())
}

/// With whom each of these people writes in a direct thread of two: the other one, and they.
///
/// # Errors
/// The database fails.
pub async fn peers(db: &Db, users: &[UserId]) -> Result<Vec<(UserId, UserId)>> {
    let users = users.iter().map(|user| (user.0,)).collect();
    let pairs: Vec<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select other.user_id, one.user_id
         from json_each($1) u
         join memberships one on one.user_id = cast(u.value ->> 0 as bigint)
         join threads t on t.id = one.thread_id and t.kind = 'direct' and t.message_count > 0
         join memberships other on other.thread_id = t.id and other.user_id <> one.user_id
         where (select count(*) from memberships m where m.thread_id = t.id) = 2"
    )
    .bind(rows(users))
    .fetch_all(pool)
    .await)?;
    Ok(pairs
        .into_iter()
        .map(|(other, one)| (UserId(other), UserId(one)))
        .collect())
}
