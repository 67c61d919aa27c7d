//! Pictures of people. Which one is somebody's is said by `users.avatar` alone: a picture that no
//! person's row points at is an old one, is nobody's to see, and is taken away by the sweep.

use sqlx::FromRow;

use super::permissions::may_meet;
use super::profiles::PersonRow;
use super::{Db, Result};
use crate::protocol::{AvatarId, Timestamp, User, UserId};

/// A picture that is kept already, to be shown.
#[derive(Clone, Debug)]
pub struct NewAvatar {
    pub id: AvatarId,
    pub large: String,
    pub small: String,
    pub bytes: i64,
}

/// Where what is shown is kept.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct KeptAvatar {
    pub large: String,
    pub small: String,
}

/// Gives somebody a picture, or takes it away. The person as others see them then; nothing if they may
/// not be here.
///
/// # Errors
/// The database fails.
pub async fn set(
    db: &Db,
    owner: UserId,
    avatar: Option<&NewAvatar>,
    now: Timestamp,
) -> Result<Option<User>> {
    let row: Option<PersonRow> = in_tx!(db, |tx| {
        if let Some(avatar) = avatar {
            sqlx::query(
                "insert into avatars (id, owner_id, large, small, bytes, created_at)
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(avatar.id.0)
            .bind(owner.0)
            .bind(&avatar.large)
            .bind(&avatar.small)
            .bind(avatar.bytes)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query_as(
            "update users set avatar = $2
             where id = $1 and banned_at is null and left_at is null
             returning id as user_id, username, name, avatar, role, status, status_emoji,
                       status_until",
        )
        .bind(owner.0)
        .bind(avatar.map(|avatar| avatar.id.0))
        .fetch_optional(&mut *tx)
        .await?
    });
    Ok(row.map(|row| row.at(now)))
}

/// A picture that is somebody's now, who is there for `by`.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, by: UserId, id: AvatarId) -> Result<Option<KeptAvatar>> {
    on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select a.large, a.small from avatars a join users u on u.avatar = a.id
         where a.id = $1 and ",
        may_meet!("$2")
    ))
    .bind(id.0)
    .bind(by.0)
    .fetch_optional(pool)
    .await)
}

/// Forgets pictures that are nobody's any more: what was kept of them.
///
/// # Errors
/// The database fails.
pub async fn discard_old(db: &Db) -> Result<Vec<String>> {
    let gone: Vec<(String, String)> = on!(db.writer(), |pool| sqlx::query_as(
        "delete from avatars
         where not exists (select 1 from users u where u.avatar = avatars.id)
         returning large, small"
    )
    .fetch_all(pool)
    .await)?;
    Ok(gone
        .into_iter()
        .flat_map(|(large, small)| [large, small])
        .collect())
}
