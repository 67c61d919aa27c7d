//! Folders in people's lists: the names in a column of the person's, and a column of memberships that says
//! in which a thread is. What one leaves is in none.

use super::rows::rows;
use super::{Db, Result};
use crate::protocol::error::FieldError;
use crate::protocol::folders::{Arranged, Folders};
use crate::protocol::{ThreadId, UserId};

/// What came of putting a thread somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Done,
    /// It was there already.
    Same,
    /// They do not belong to it, or have no such folder.
    NotTheirs,
}

/// Somebody's folders, and which of their threads are in which, by its place.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, user: UserId) -> Result<(Folders, Vec<(ThreadId, i64)>)> {
    let lines: Option<String> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select folders from users where id = $1"
    )
    .bind(user.0)
    .fetch_optional(pool)
    .await)?;
    let threads: Vec<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select thread_id, folder from memberships
         where user_id = $1 and folder is not null order by folder, thread_id"
    )
    .bind(user.0)
    .fetch_all(pool)
    .await)?;
    let threads = threads.into_iter().map(|(id, place)| (ThreadId(id), place));
    Ok((Folders::read(&lines.unwrap_or_default()), threads.collect()))
}

/// Arranges somebody's folders otherwise, and takes what is in them along. Whether that is something
/// else, or why it cannot be. Nothing if they may not be here.
///
/// # Errors
/// The database fails; then nothing has happened.
pub async fn arrange(
    db: &Db,
    user: UserId,
    arrange: impl FnOnce(&Folders) -> std::result::Result<Arranged, FieldError>,
) -> Result<Option<std::result::Result<bool, FieldError>>> {
    Ok(in_tx!(db, |tx| {
        let before: Option<String> = sqlx::query_scalar(
            "select folders from users where id = $1 and banned_at is null and left_at is null",
        )
        .bind(user.0)
        .fetch_optional(&mut *tx)
        .await?;
        let arranged = before.map(|before| (arrange(&Folders::read(&before)), before));
        match arranged {
            None => None,
            Some((Err(error), _)) => Some(Err(error)),
            Some((Ok(Arranged { folders, moved }), before)) => {
                let is_new = folders.to_string() != before;
                if is_new {
                    sqlx::query("update users set folders = $2 where id = $1")
                        .bind(user.0)
                        .bind(folders.to_string())
                        .execute(&mut *tx)
                        .await?;
                }
                if !moved.is_empty() {
                    sqlx::query(
                        "with moved as (
                             select cast(e.value ->> 0 as bigint) as before,
                                    cast(e.value ->> 1 as bigint) as now
                             from json_each($2) e)
                           update memberships set folder = moved.now
                           from moved where folder = moved.before and user_id = $1",
                    )
                    .bind(user.0)
                    .bind(rows(moved))
                    .execute(&mut *tx)
                    .await?;
                }
                Some(Ok(is_new))
            }
        }
    }))
}

/// Puts a thread into the folder of that name, and so out of any other; with an empty name, into none.
///
/// # Errors
/// The database fails.
pub async fn put(db: &Db, user: UserId, thread: ThreadId, name: &str) -> Result<Put> {
    Ok(in_tx!(db, |tx| {
        let found: Option<(String, Option<i64>)> = sqlx::query_as(
            "select u.folders, m.folder from memberships m join users u on u.id = m.user_id
             where m.user_id = $1 and m.thread_id = $2",
        )
        .bind(user.0)
        .bind(thread.0)
        .fetch_optional(&mut *tx)
        .await?;
        let wanted = found.map(|(lines, before)| {
            let place = Folders::read(&lines).place_of(name);
            (place, before, name.is_empty() || place.is_some())
        });
        match wanted {
            None | Some((_, _, false)) => Put::NotTheirs,
            Some((place, before, _)) if place == before => Put::Same,
            Some((place, ..)) => {
                sqlx::query(
                    "update memberships set folder = $3 where user_id = $1 and thread_id = $2",
                )
                .bind(user.0)
                .bind(thread.0)
                .bind(place)
                .execute(&mut *tx)
                .await?;
                Put::Done
            }
        }
    }))
}
