//! When people are left in peace, in a column of theirs; and the words for which a message is for them,
//! each a row that is found by the word (`db/writer/batch`).

use super::rows::rows;
use super::{Db, Result};
use crate::protocol::{Keywords, Quiet, UserId};

const WORDS: &str = "select word from keywords where user_id = $1 order by word";

/// When somebody is left in peace, and in which time zone they say to be. Nothing if they may not be
/// here.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, user: UserId) -> Result<Option<(Quiet, Option<String>)>> {
    let row: Option<(String, Option<String>)> = on!(db.reader(), |pool| sqlx::query_as(
        "select quiet, time_zone from users
         where id = $1 and banned_at is null and left_at is null"
    )
    .bind(user.0)
    .fetch_optional(pool)
    .await)?;
    Ok(row.map(|(words, zone)| (Quiet::read(&words), zone)))
}

/// Changes when somebody is left in peace: whether it is something else then. Nothing if they may not
/// be here.
///
/// # Errors
/// The database fails.
pub async fn change(
    db: &Db,
    user: UserId,
    change: impl FnOnce(&mut Quiet),
) -> Result<Option<bool>> {
    Ok(in_tx!(db, |tx| {
        let before: Option<String> = sqlx::query_scalar(
            "select quiet from users where id = $1 and banned_at is null and left_at is null",
        )
        .bind(user.0)
        .fetch_optional(&mut *tx)
        .await?;
        match before {
            None => None,
            Some(before) => {
                let mut quiet = Quiet::read(&before);
                change(&mut quiet);
                let is_new = quiet.to_string() != before;
                if is_new {
                    sqlx::query("update users set quiet = $2 where id = $1")
                        .bind(user.0)
                        .bind(quiet.to_string())
                        .execute(&mut *tx)
                        .await?;
                }
                Some(is_new)
            }
        }
    }))
}

/// Somebody's words.
///
/// # Errors
/// The database fails.
pub async fn keywords(db: &Db, user: UserId) -> Result<Keywords> {
    let words: Vec<String> = on!(db.reader(), |pool| sqlx::query_scalar(WORDS)
        .bind(user.0)
        .fetch_all(pool)
        .await)?;
    Ok(Keywords::from_stored(words))
}

/// Puts others in their place. Whether they are others.
///
/// # Errors
/// The database fails; then nothing has happened.
pub async fn set_keywords(db: &Db, user: UserId, wanted: &Keywords) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let before: Vec<String> = sqlx::query_scalar(WORDS)
            .bind(user.0)
            .fetch_all(&mut *tx)
            .await?;
        let is_new = Keywords::from_stored(before) != *wanted;
        if is_new {
            sqlx::query("delete from keywords where user_id = $1")
                .bind(user.0)
                .execute(&mut *tx)
                .await?;
            let words = wanted.iter().map(|word| (word.to_owned(),));
            sqlx::query(
                "insert into keywords (user_id, word)
                 select u.id, e.value ->> 0 from json_each($2) e
                 join users u on u.id = $1 and u.left_at is null",
            )
            .bind(user.0)
            .bind(rows(words.collect()))
            .execute(&mut *tx)
            .await?;
        }
        is_new
    }))
}
