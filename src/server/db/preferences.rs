//! How people want everything to look: words in a column of theirs, which only they are shown.

use super::{Db, Result};
use crate::protocol::{Preferences, UserId};

/// Notes what somebody prefers: whether that is something else than before. Nothing if they may not be
/// here.
///
/// # Errors
/// The database fails.
pub async fn change(db: &Db, user: UserId, wanted: Preferences) -> Result<Option<bool>> {
    Ok(in_tx!(db, |tx| {
        let before: Option<String> = sqlx::query_scalar(
            "select preferences from users
             where id = $1 and banned_at is null and left_at is null",
        )
        .bind(user.0)
        .fetch_optional(&mut *tx)
        .await?;
        match before {
            None => None,
            Some(before) if before == wanted.to_string() => Some(false),
            Some(_) => {
                sqlx::query("update users set preferences = $2 where id = $1")
                    .bind(user.0)
                    .bind(wanted.to_string())
                    .execute(&mut *tx)
                    .await?;
                Some(true)
            }
        }
    }))
}
