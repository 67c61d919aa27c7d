//! People's rows.

use serde::Deserialize;
use sqlx::FromRow;

use super::{Db, Result};
use crate::protocol::{DisplayName, Profile, Timestamp, User, UserId, Username};

/// A person with what is needed to check their password.
#[derive(Debug)]
pub struct Account {
    pub user: User,
    pub password_hash: String,
    pub is_banned: bool,
}

#[derive(Deserialize, FromRow)]
pub(super) struct UserRow {
    pub user_id: i64,
    pub username: String,
    pub name: String,
}

#[derive(FromRow)]
struct AccountRow {
    #[sqlx(flatten)]
    user: UserRow,
    password_hash: String,
    banned_at: Option<i64>,
}

#[derive(FromRow)]
struct ProfileRow {
    #[sqlx(flatten)]
    user: UserRow,
    created_at: i64,
}

impl TryFrom<UserRow> for User {
    type Error = sqlx::Error;

    fn try_from(row: UserRow) -> Result<Self> {
        Ok(Self {
            id: UserId(row.user_id),
            username: Username::parse(&row.username).map_err(decode)?,
            name: DisplayName::parse(&row.name).map_err(decode)?,
        })
    }
}

/// A stored value that its own parser refuses: the database was changed behind our back.
pub(super) fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// Adds a person; nothing if the username is taken.
///
/// # Errors
/// The database fails.
pub async fn insert(
    db: &Db,
    username: &Username,
    name: &DisplayName,
    password_hash: &str,
    now: Timestamp,
) -> Result<Option<User>> {
    let id: Option<i64> = on!(db.writer(), |pool| sqlx::query_scalar(
        "insert into users (username, name, password_hash, created_at) values ($1, $2, $3, $4)
         on conflict (username) do nothing returning id",
    )
    .bind(username.as_str())
    .bind(name.as_str())
    .bind(password_hash)
    .bind(now.0)
    .fetch_optional(pool)
    .await)?;
    Ok(id.map(|id| User {
        id: UserId(id),
        username: username.clone(),
        name: name.clone(),
    }))
}

/// The account with that username.
///
/// # Errors
/// The database fails.
pub async fn find_account(db: &Db, username: &Username) -> Result<Option<Account>> {
    let row: Option<AccountRow> = on!(db.reader(), |pool| {
        sqlx::query_as(
        "select id as user_id, username, name, password_hash, banned_at from users where username = $1",
    )
    .bind(username.as_str())
    .fetch_optional(pool)
    .await
    })?;
    row.map(|row| {
        Ok(Account {
            user: row.user.try_into()?,
            password_hash: row.password_hash,
            is_banned: row.banned_at.is_some(),
        })
    })
    .transpose()
}

/// A person, as others see them.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, id: UserId) -> Result<Option<User>> {
    let row: Option<UserRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select id as user_id, username, name from users where id = $1",
    )
    .bind(id.0)
    .fetch_optional(pool)
    .await)?;
    row.map(User::try_from).transpose()
}

/// Changes the name others see; nothing if there is no such person.
///
/// # Errors
/// The database fails.
pub async fn set_name(db: &Db, id: UserId, name: &DisplayName) -> Result<Option<User>> {
    let row: Option<UserRow> = on!(db.writer(), |pool| sqlx::query_as(
        "update users set name = $2 where id = $1 returning id as user_id, username, name",
    )
    .bind(id.0)
    .bind(name.as_str())
    .fetch_optional(pool)
    .await)?;
    row.map(User::try_from).transpose()
}

/// Bans a person: they cannot sign in, and their sessions and tokens end. False if there is no
/// such person.
///
/// # Errors
/// The database fails; then nothing of it has happened.
pub async fn ban(db: &Db, id: UserId, now: Timestamp) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let found =
            sqlx::query("update users set banned_at = coalesce(banned_at, $2) where id = $1")
                .bind(id.0)
                .bind(now.0)
                .execute(&mut *tx)
                .await?
                .rows_affected();
        sqlx::query("delete from sessions where user_id = $1")
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        sqlx::query("delete from api_tokens where user_id = $1")
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        found == 1
    }))
}

/// Lets a banned person sign in again. False if there is no such person.
///
/// # Errors
/// The database fails.
pub async fn unban(db: &Db, id: UserId) -> Result<bool> {
    on!(db.writer(), |pool| sqlx::query(
        "update users set banned_at = null where id = $1"
    )
    .bind(id.0)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// A person as they see themselves.
///
/// # Errors
/// The database fails.
pub async fn find_profile(db: &Db, id: UserId) -> Result<Option<Profile>> {
    let row: Option<ProfileRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select id as user_id, username, name, created_at from users where id = $1",
    )
    .bind(id.0)
    .fetch_optional(pool)
    .await)?;
    row.map(|row| {
        Ok(Profile {
            user: row.user.try_into()?,
            created_at: Timestamp(row.created_at),
        })
    })
    .transpose()
}

/// Sets a new password and ends every session of that person. False if there is no such person.
///
/// # Errors
/// The database fails; then neither has happened.
pub async fn set_password(db: &Db, username: &Username, password_hash: &str) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let id: Option<i64> = sqlx::query_scalar(
            "update users set password_hash = $2 where username = $1 returning id",
        )
        .bind(username.as_str())
        .bind(password_hash)
        .fetch_optional(&mut *tx)
        .await?;
        sqlx::query("delete from sessions where user_id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        id.is_some()
    }))
}
