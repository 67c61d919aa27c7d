//! Invitations' rows: codes that let somebody register where registration is not open.

use super::users::{Named, NewUser, Newcomer, insert_user, note_changes};
use super::{Db, Result};
use crate::protocol::{ThreadId, Timestamp, User, UserId};

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

/// Spends one use of an invitation and adds the person: both or neither. Nothing if there is no such
/// invitation.
///
/// # Errors
/// The database fails.
pub async fn redeem(
    db: &Db,
    code_hash: &[u8],
    new: NewUser<'_>,
    now: Timestamp,
) -> Result<Option<Named<Newcomer>>> {
    let named = in_tx!(db, |tx| {
        let spent: Option<i64> = sqlx::query_scalar(
            "update invites set uses_left = uses_left - 1
             where code_hash = $1 and expires_at > $2 and uses_left > 0 returning id",
        )
        .bind(code_hash)
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await?;
        match spent {
            None => None,
            Some(id) => {
                let named = insert_user!(tx, new, now);
                if !matches!(named, Named::Done(_)) {
                    sqlx::query("update invites set uses_left = uses_left + 1 where id = $1")
                        .bind(id)
                        .execute(&mut *tx)
                        .await?;
                }
                Some(named)
            }
        }
    });
    if let Some(named) = &named {
        note_changes(db, named);
    }
    Ok(named)
}
