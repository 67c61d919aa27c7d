//! Which of their threads somebody has put on top, in a column of their memberships: what they leave, or
//! are taken out of, is no favourite any more.

use super::rows::rows;
use super::{Db, Result};
use crate::protocol::favourites::Favourites;
use crate::protocol::{ThreadId, UserId};

const OF: &str = "
    select thread_id from memberships
    where user_id = $1 and favourite is not null order by favourite, thread_id";

/// Whether a thread may be one of theirs: they belong to it.
///
/// # Errors
/// The database fails.
pub async fn is_mine(db: &Db, user: UserId, thread: ThreadId) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select thread_id from memberships where user_id = $1 and thread_id = $2"
    )
    .bind(user.0)
    .bind(thread.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
}

/// All of them, from the top.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, user: UserId) -> Result<Favourites> {
    let ids: Vec<i64> = on!(db.reader(), |pool| sqlx::query_scalar(OF)
        .bind(user.0)
        .fetch_all(pool)
        .await)?;
    Ok(from(ids))
}

/// Puts others in their place; what they are then, without what is not theirs.
///
/// # Errors
/// The database fails; then nothing has happened.
pub async fn set(db: &Db, user: UserId, wanted: &Favourites) -> Result<Favourites> {
    let places = (1_i64..).zip(&wanted.threads);
    let places: Vec<(i64, i64)> = places.map(|(place, thread)| (thread.0, place)).collect();
    let ids: Vec<i64> = in_tx!(db, |tx| {
        sqlx::query(
            "update memberships set favourite = null
             where user_id = $1 and favourite is not null",
        )
        .bind(user.0)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "with wanted as (
                 select cast(e.value ->> 0 as bigint) as thread,
                        cast(e.value ->> 1 as bigint) as place
                 from json_each($2) e)
               update memberships set favourite = wanted.place
               from wanted where thread_id = wanted.thread and user_id = $1",
        )
        .bind(user.0)
        .bind(rows(places.clone()))
        .execute(&mut *tx)
        .await?;
        sqlx::query_scalar(OF)
            .bind(user.0)
            .fetch_all(&mut *tx)
            .await?
    });
    Ok(from(ids))
}

fn from(ids: Vec<i64>) -> Favourites {
    let threads = ids.into_iter().map(ThreadId).collect();
    Favourites { threads }
}
