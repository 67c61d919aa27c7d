//! Invitations' rows: codes that let somebody register where registration is not open.

use super::{Db, Result};
use crate::protocol::{DisplayName, Timestamp, User, UserId, Username};

/// Adds an invitation for `uses` people.
///
/// # Errors
/// The database fails.
pub async fn insert(
    db: &Db,
    code_hash: &[u8],
    uses: u32,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "insert into invites (code_hash, created_at, expires_at, uses_left)
         values ($1, $2, $3, $4)",
    )
    .bind(code_hash)
    .bind(now.0)
    .bind(expires_at.0)
    .bind(i64::from(uses))
    .execute(pool)
    .await
    .map(drop))
}

/// Whether an invitation can still be used.
///
/// # Errors
/// The database fails.
pub async fn is_live(db: &Db, code_hash: &[u8], now: Timestamp) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select id from invites where code_hash = $1 and expires_at > $2 and uses_left > 0"
    )
    .bind(code_hash)
    .bind(now.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
}

/// What came of registering by invitation.
#[derive(Debug, PartialEq, Eq)]
pub enum Redeemed {
    Joined(User),
    UsernameTaken,
    NoSuchInvite,
}

/// Spends one use of an invitation and adds the person: both or neither.
///
/// # Errors
/// The database fails.
pub async fn redeem(
    db: &Db,
    code_hash: &[u8],
    username: &Username,
    name: &DisplayName,
    password_hash: &str,
    now: Timestamp,
) -> Result<Redeemed> {
    Ok(in_tx!(db, |tx| {
        let spent: Option<i64> = sqlx::query_scalar(
            "update invites set uses_left = uses_left - 1
             where code_hash = $1 and expires_at > $2 and uses_left > 0 returning id",
        )
        .bind(code_hash)
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await?;
        if spent.is_none() {
            return Ok(Redeemed::NoSuchInvite);
        }
        let id: Option<i64> = sqlx::query_scalar(
            "insert into users (username, name, password_hash, created_at)
             values ($1, $2, $3, $4) on conflict (username) do nothing returning id",
        )
        .bind(username.as_str())
        .bind(name.as_str())
        .bind(password_hash)
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(id) = id else {
            return Ok(Redeemed::UsernameTaken);
        };
        Redeemed::Joined(User {
            id: UserId(id),
            username: username.clone(),
            name: name.clone(),
        })
    }))
}
