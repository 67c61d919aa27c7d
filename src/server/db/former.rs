//! People who left: what they wrote stays, and nothing else of them.
//!
//! The row stays too, because messages name their author, but under a name that says nothing. The
//! username is kept apart, so that nobody else can be taken for them. Whoever left is also banned: what
//! keeps banned people out keeps them out, wherever it is asked.

use super::departures::note_departures;
use super::holding::{end_credentials, hold_server};
use super::memberships;
use super::saved::forget_person;
use super::search::search_key;
use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::{ThreadId, Timestamp, User, UserId};
use crate::server::auth::names::look_alike_key;

/// How somebody who left is shown.
pub const NAME: &str = "Someone who left";

/// What came of leaving.
#[derive(Clone, Debug)]
pub enum Left {
    /// The person as they are shown from now on, and what became of each thread they belonged to.
    /// Direct ones they stay in: those are their people, and the others go on reading there.
    Gone {
        user: User,
        threads: Vec<(ThreadId, memberships::Left)>,
    },
    /// Nobody would be left to govern the others.
    LastAdministrator,
    /// There is no such person, or they have another password by now.
    Nobody,
}

/// Closes somebody's account for ever: name, status, memberships, sessions and tokens go.
///
/// # Errors
/// The database fails; then nothing of it has happened.
pub async fn leave(db: &Db, id: UserId, password_hash: &str, now: Timestamp) -> Result<Left> {
    let mut last_change = None;
    let left = in_tx!(db, |tx| {
        hold_server!(tx);
        let found: Option<(String, i64)> = sqlx::query_as(
            "select username, cast(case when role = 'admin'
                    and exists (select 1 from users o where o.id <> $1
                                and o.banned_at is null and o.left_at is null)
                    and not exists (select 1 from users o where o.id <> $1 and o.role = 'admin'
                                and o.banned_at is null and o.left_at is null)
                    then 1 else 0 end as bigint)
             from users where id = $1 and password_hash = $2 and left_at is null",
        )
        .bind(id.0)
        .bind(password_hash)
        .fetch_optional(&mut *tx)
        .await?;
        match found {
            None => Left::Nobody,
            Some((_, 1)) => Left::LastAdministrator,
            Some((username, _)) => {
                sqlx::query(
                    "insert into former_usernames (username, username_key, left_at)
                     values ($1, $2, $3)",
                )
                .bind(&username)
                .bind(look_alike_key(&username))
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
                // No username has a tilde, so this one is nobody's.
                let nobodys = format!("~{id}");
                let row: UserRow = sqlx::query_as(
                    "update users set username = $2, username_key = $2, name = $3, name_key = $4,
                            password_hash = '', role = 'member', left_at = $5,
                            banned_at = coalesce(banned_at, $5), avatar = null,
                            status = null, status_emoji = null, status_until = null,
                            search_key = $6, preferences = '', quiet = '', folders = '', time_zone = null
                     where id = $1 returning id as user_id, username, name, avatar",
                )
                .bind(id.0)
                .bind(&nobodys)
                .bind(NAME)
                .bind(look_alike_key(NAME))
                .bind(now.0)
                .bind(search_key(&nobodys, NAME))
                .fetch_one(&mut *tx)
                .await?;
                end_credentials!(tx, id, now);
                sqlx::query("delete from contacts where user_id = $1 or contact_id = $1")
                    .bind(id.0)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query("delete from blocks where user_id = $1 or blocked_id = $1")
                    .bind(id.0)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query("delete from keywords where user_id = $1")
                    .bind(id.0)
                    .execute(&mut *tx)
                    .await?;
                forget_person!(tx, id);
                let joined: Vec<i64> = sqlx::query_scalar(
                    "delete from memberships where user_id = $1 and thread_id in (
                       select t.id from threads t join memberships m on m.thread_id = t.id
                       where m.user_id = $1 and t.kind <> 'direct')
                     returning thread_id",
                )
                .bind(id.0)
                .fetch_all(&mut *tx)
                .await?;
                let threads = if joined.is_empty() {
                    Vec::new()
                } else {
                    let (threads, changes) = note_departures!(tx, &joined, id, now);
                    last_change = Some(changes);
                    threads
                };
                Left::Gone {
                    user: row.into(),
                    threads,
                }
            }
        }
    });
    if let Some(changes) = last_change {
        db.has_changed(changes);
    }
    Ok(left)
}
