//! Everybody, as administrators see them, and what administrators do about them.
//!
//! The right is part of each statement: of who is no administrator (any more), a list is empty and a
//! change touches no row. What was done is put on record in the same transaction.

use sqlx::FromRow;

use super::holding::{end_credentials, hold_server};
use super::permissions::is_administrator;
use super::search::pattern;
use super::succession::{Heir, hand_over};
use super::users::{UserRow, standing_from};
use super::{Db, Result};
use crate::protocol::settings::ListedPerson;
use crate::protocol::{Timestamp, UserId};

/// Puts a deed on record, in a transaction at hand. By nobody: whoever runs the server did it, or a
/// program of theirs.
macro_rules! record {
    ($tx:ident, $by:expr, $act:expr, $about:expr, $detail:expr, $now:expr) => {
        $crate::server::db::people::record!(
            $tx, $by, $act, $about, $detail, $now, in None::<i64>
        )
    };
    (
        $tx:ident, $by:expr, $act:expr, $about:expr, $detail:expr, $now:expr, in $thread:expr
    ) => {
        sqlx::query(
            "insert into audit_log (done_at, done_by, act, user_id, detail, thread_id)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind($now.0)
        .bind($by)
        .bind($act)
        .bind($about)
        .bind($detail)
        .bind($thread)
        .execute(&mut *$tx)
        .await?
    };
}
pub(super) use record;

/// What came of governing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Governed {
    Done,
    /// Whoever asks is no administrator, or it is not possible with that person.
    Refused,
    /// Nobody would be left to govern.
    LastAdministrator,
}

/// Whether what an administrator wants of somebody is so already, in a transaction at hand: then it is
/// done, and not again on record.
macro_rules! is_so_already {
    ($tx:ident, $by:expr, $id:expr, $condition:literal) => {{
        let found: Option<i64> = sqlx::query_scalar(concat!(
            "select id from users where id = $2 and left_at is null and ",
            $condition,
            " and ",
            is_administrator!("$1")
        ))
        .bind($by.0)
        .bind($id.0)
        .fetch_optional(&mut *$tx)
        .await?;
        match found {
            Some(_) => Governed::Done,
            None => Governed::Refused,
        }
    }};
}

#[derive(FromRow)]
struct PersonRow {
    #[sqlx(flatten)]
    user: UserRow,
    role: String,
    created_at: i64,
    banned_at: Option<i64>,
}

/// People whose name or username contains `search`, after one of them, as `by` may see them.
///
/// # Errors
/// The database fails.
pub async fn list(
    db: &Db,
    by: UserId,
    search: &str,
    after: UserId,
    limit: u32,
) -> Result<Vec<ListedPerson>> {
    let rows: Vec<PersonRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select id as user_id, username, name, avatar, role, created_at, banned_at from users
         where id > $2 and left_at is null
           and search_key like $3 escape '!'
           and ",
        is_administrator!("$1"),
        " order by id limit 0 + $4"
    ))
    .bind(by.0)
    .bind(after.0)
    .bind(pattern("", search))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    let listed = |row: PersonRow| ListedPerson {
        is_me: row.user.user_id == by.0,
        user: row.user.into(),
        standing: standing_from(&row.role),
        since: Timestamp(row.created_at),
        is_banned: row.banned_at.is_some(),
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// Bans a member or a guest, by an administrator: they cannot sign in, and their sessions, tokens and invitations
/// end. Who is in charge of their threads since then.
///
/// # Errors
/// The database fails; then nothing of it has happened.
pub async fn ban(db: &Db, by: UserId, id: UserId, now: Timestamp) -> Result<(Governed, Vec<Heir>)> {
    let (outcome, heirs, count) = in_tx!(db, |tx| {
        let banned = sqlx::query(concat!(
            "update users set banned_at = $3
             where id = $2 and role <> 'admin' and banned_at is null and left_at is null and ",
            is_administrator!("$1")
        ))
        .bind(by.0)
        .bind(id.0)
        .bind(now.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if banned == 0 {
            (
                is_so_already!(tx, by, id, "banned_at is not null"),
                Vec::new(),
                None,
            )
        } else {
            end_credentials!(tx, id, now);
            record!(tx, Some(by.0), "ban", id.0, "", now);
            let (heirs, count) = hand_over!(tx, id, now);
            (Governed::Done, heirs, count)
        }
    });
    if let Some(count) = count {
        db.has_changed(count);
    }
    Ok((outcome, heirs))
}

/// Lets a banned person sign in again, by an administrator.
///
/// # Errors
/// The database fails.
pub async fn unban(db: &Db, by: UserId, id: UserId, now: Timestamp) -> Result<Governed> {
    Ok(in_tx!(db, |tx| {
        let lifted = sqlx::query(concat!(
            "update users set banned_at = null
             where id = $2 and banned_at is not null and left_at is null and ",
            is_administrator!("$1")
        ))
        .bind(by.0)
        .bind(id.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if lifted == 0 {
            is_so_already!(tx, by, id, "banned_at is null")
        } else {
            record!(tx, Some(by.0), "unban", id.0, "", now);
            Governed::Done
        }
    }))
}

/// Bans a person, whoever asks: they cannot sign in, and their sessions, tokens and invitations end.
/// The last administrator stays: somebody else is made one first. Who is in charge of their threads
/// since then.
///
/// # Errors
/// The database fails; then nothing of it has happened.
pub async fn shut_out(db: &Db, id: UserId, now: Timestamp) -> Result<(Governed, Vec<Heir>)> {
    let (outcome, heirs, count) = in_tx!(db, |tx| {
        hold_server!(tx);
        let found: Option<(i64, i64)> = sqlx::query_as(
            "select cast(case when banned_at is null then 0 else 1 end as bigint),
                    cast(case when role = 'admin' and banned_at is null
                         and not exists (select 1 from users o where o.id <> $1
                             and o.role = 'admin' and o.banned_at is null and o.left_at is null)
                         then 1 else 0 end as bigint)
             from users where id = $1",
        )
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
        match found {
            None => (Governed::Refused, Vec::new(), None),
            Some((_, 1)) => (Governed::LastAdministrator, Vec::new(), None),
            Some((is_banned, _)) => {
                sqlx::query("update users set banned_at = coalesce(banned_at, $2) where id = $1")
                    .bind(id.0)
                    .bind(now.0)
                    .execute(&mut *tx)
                    .await?;
                end_credentials!(tx, id, now);
                if is_banned == 0 {
                    record!(tx, None::<i64>, "ban", id.0, "", now);
                }
                let (heirs, count) = hand_over!(tx, id, now);
                (Governed::Done, heirs, count)
            }
        }
    });
    if let Some(count) = count {
        db.has_changed(count);
    }
    Ok((outcome, heirs))
}

/// Lets a banned person sign in again, whoever asks. False if there is no such person.
///
/// # Errors
/// The database fails.
pub async fn let_in(db: &Db, id: UserId, now: Timestamp) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let before: Option<Option<i64>> =
            sqlx::query_scalar("select banned_at from users where id = $1 and left_at is null")
                .bind(id.0)
                .fetch_optional(&mut *tx)
                .await?;
        if let Some(Some(_)) = before {
            sqlx::query("update users set banned_at = null where id = $1 and left_at is null")
                .bind(id.0)
                .execute(&mut *tx)
                .await?;
            record!(tx, None::<i64>, "unban", id.0, "", now);
        }
        before.is_some()
    }))
}
