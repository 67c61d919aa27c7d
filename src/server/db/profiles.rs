//! What people say of themselves, and what proves that they are who they are.

use sqlx::FromRow;

use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::settings::OwnProfile;
use crate::protocol::{SessionId, StatusText, Timestamp, User, UserId};

/// A person with what they are doing; for lists of people.
#[derive(FromRow)]
pub(super) struct PersonRow {
    #[sqlx(flatten)]
    user: UserRow,
    status: Option<String>,
    status_emoji: Option<String>,
    status_until: Option<i64>,
}

impl PersonRow {
    /// The person as they are at that time.
    pub(super) fn at(self, now: Timestamp) -> User {
        let holds = self.status_until.is_none_or(|until| until > now.0);
        let words = [self.status_emoji, self.status];
        let words: Vec<String> = words.into_iter().flatten().collect();
        User {
            status: (holds && !words.is_empty()).then(|| words.join(" ")),
            ..self.user.into()
        }
    }
}

#[derive(FromRow)]
struct OwnRow {
    #[sqlx(flatten)]
    user: UserRow,
    created_at: i64,
    status: Option<String>,
    status_emoji: Option<String>,
    status_until: Option<i64>,
}

/// What somebody is doing, and until when.
#[derive(Clone, Debug, Default)]
pub struct NewStatus {
    pub emoji: Option<StatusText>,
    pub text: Option<StatusText>,
    /// None: until it is changed.
    pub until: Option<Timestamp>,
}

/// A person's own profile.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, id: UserId, now: Timestamp) -> Result<Option<OwnProfile>> {
    let row: Option<OwnRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select id as user_id, username, name, created_at, status, status_emoji, status_until
         from users where id = $1 and left_at is null",
    )
    .bind(id.0)
    .fetch_optional(pool)
    .await)?;
    Ok(row.map(|row| {
        let holds = row.status_until.is_none_or(|until| until > now.0);
        let shown = |text: Option<String>| text.filter(|_| holds).unwrap_or_default();
        OwnProfile {
            me: row.user.into(),
            created_at: Timestamp(row.created_at),
            status_until: row.status_until.filter(|_| holds).map(Timestamp),
            emoji: shown(row.status_emoji),
            status: shown(row.status),
        }
    }))
}

/// Says what somebody is doing. The person as others see them now; nothing if they are gone.
///
/// # Errors
/// The database fails.
pub async fn set_status(
    db: &Db,
    id: UserId,
    status: NewStatus,
    now: Timestamp,
) -> Result<Option<User>> {
    let row: Option<PersonRow> = on!(db.writer(), |pool| sqlx::query_as(
        "update users set status = $2, status_emoji = $3, status_until = $4
         where id = $1 and left_at is null
         returning id as user_id, username, name, status, status_emoji, status_until",
    )
    .bind(id.0)
    .bind(status.text.as_ref().map(StatusText::as_str))
    .bind(status.emoji.as_ref().map(StatusText::as_str))
    .bind(status.until.map(|until| until.0))
    .fetch_optional(pool)
    .await)?;
    Ok(row.map(|row| row.at(now)))
}

/// The hash of somebody's password.
///
/// # Errors
/// The database fails.
pub async fn password_hash(db: &Db, id: UserId) -> Result<Option<String>> {
    on!(db.reader(), |pool| sqlx::query_scalar(
        "select password_hash from users where id = $1 and left_at is null"
    )
    .bind(id.0)
    .fetch_optional(pool)
    .await)
}

/// Puts a password in the place of another one and ends all sessions but one; which ones. Nothing if
/// the password has been changed meanwhile.
///
/// # Errors
/// The database fails; then neither has happened.
pub async fn change_password(
    db: &Db,
    id: UserId,
    old_hash: &str,
    new_hash: &str,
    kept: i64,
) -> Result<Option<Vec<SessionId>>> {
    Ok(in_tx!(db, |tx| {
        let changed =
            sqlx::query("update users set password_hash = $3 where id = $1 and password_hash = $2")
                .bind(id.0)
                .bind(old_hash)
                .bind(new_hash)
                .execute(&mut *tx)
                .await?
                .rows_affected();
        if changed == 0 {
            None
        } else {
            let ended: Vec<i64> = sqlx::query_scalar(
                "delete from sessions where user_id = $1 and id <> $2 returning id",
            )
            .bind(id.0)
            .bind(kept)
            .fetch_all(&mut *tx)
            .await?;
            Some(ended.into_iter().map(SessionId).collect())
        }
    }))
}
