//! What people say of themselves, and what proves that they are who they are.

use sqlx::FromRow;

use super::users::{Named, UserRow, is_taken};
use super::{Db, Result};
use crate::protocol::settings::OwnProfile;
use crate::protocol::{DisplayName, SessionId, StatusText, Timestamp, User, UserId};
use crate::server::auth::names::{look_alike_key, searched};

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
        let status = (holds && !words.is_empty()).then(|| words.join(" "));
        User {
            status_until: self
                .status_until
                .filter(|_| status.is_some())
                .map(Timestamp),
            status,
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
    let row: Option<OwnRow> = on!(db.reader(), |pool| {
        sqlx::query_as(
            "select id as user_id, username, name, avatar, role, created_at, status, status_emoji,
                status_until
         from users where id = $1 and left_at is null",
        )
        .bind(id.0)
        .fetch_optional(pool)
        .await
    })?;
    Ok(row.map(|row| {
        let holds = row.status_until.is_none_or(|until| until > now.0);
        let shown = |text: Option<String>| text.filter(|_| holds).unwrap_or_default();
        OwnProfile {
            me: row.user.into(),
            created_at: Timestamp(row.created_at),
            status_until: row.status_until.filter(|_| holds).map(Timestamp),
            emoji: shown(row.status_emoji),
            status: shown(row.status),
            time_zone: String::new(),
        }
    }))
}

/// Says what somebody is called and what they are doing, both or neither. The person as others see
/// them now, if anything is different; nothing if they may not be here.
///
/// # Errors
/// The database fails.
pub async fn change(
    db: &Db,
    id: UserId,
    // None: as it is.
    name: Option<&DisplayName>,
    status: &NewStatus,
    now: Timestamp,
) -> Result<Option<Named<Option<User>>>> {
    let (text, emoji) = (status.text.as_ref(), status.emoji.as_ref());
    let (text, emoji) = (text.map(StatusText::as_str), emoji.map(StatusText::as_str));
    let until = status.until.map(|until| until.0);
    Ok(in_tx!(db, |tx| {
        let before: Option<ProfileRow> = sqlx::query_as(
            "select name, name_key, status, status_emoji, status_until from users
             where id = $1 and banned_at is null and left_at is null",
        )
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
        match before {
            None => None,
            Some(before) => {
                let called = name.map_or(before.name.as_str(), DisplayName::as_str);
                let is_renamed = called != before.name;
                let stands = (before.status.as_deref(), before.status_emoji.as_deref());
                let is_same =
                    !is_renamed && (stands, before.status_until) == ((text, emoji), until);
                if is_same {
                    Some(Named::Done(None))
                } else if is_renamed && is_taken!(tx, called, called, id.0) {
                    Some(Named::LooksLikeAnother)
                } else {
                    let key = is_renamed.then(|| look_alike_key(called));
                    let row: PersonRow = sqlx::query_as(
                        "update users set name = $2, name_key = $3, status = $4, status_emoji = $5,
                                status_until = $6, search_key = ' ' || username || $7
                         where id = $1
                         returning id as user_id, username, name, avatar, role, status, status_emoji,
                                   status_until",
                    )
                    .bind(id.0)
                    .bind(called)
                    .bind(key.or(before.name_key.clone()))
                    .bind(text)
                    .bind(emoji)
                    .bind(until)
                    .bind(format!(" {}", searched(called)))
                    .fetch_one(&mut *tx)
                    .await?;
                    Some(Named::Done(Some(row.at(now))))
                }
            }
        }
    }))
}

/// What is different after a change, or is not.
#[derive(FromRow)]
struct ProfileRow {
    name: String,
    name_key: Option<String>,
    status: Option<String>,
    status_emoji: Option<String>,
    status_until: Option<i64>,
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
