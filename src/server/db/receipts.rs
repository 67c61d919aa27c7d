//! What programs have published under keys of their own, for all servers together.
//!
//! A key is taken by one statement, so of two servers that are asked at once one has it.

use super::{Db, Result};
use crate::protocol::Timestamp;

/// What came of taking a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenKey {
    ByYou,
    BySomebody,
    /// With what was published.
    Done(String),
}

/// Takes a key, unless somebody has since `taken_after`, or it was done since `done_after`.
///
/// # Errors
/// The database fails.
pub async fn take(
    db: &Db,
    key: &[u8],
    now: Timestamp,
    taken_after: Timestamp,
    done_after: Timestamp,
) -> Result<TakenKey> {
    let taken = on!(db.writer(), |pool| sqlx::query(
        "insert into receipts (key, taken_at, published) values ($1, $2, null)
         on conflict (key) do update set taken_at = excluded.taken_at, published = null
         where receipts.taken_at <= $4
            or (receipts.published is null and receipts.taken_at <= $3)"
    )
    .bind(key)
    .bind(now.0)
    .bind(taken_after.0)
    .bind(done_after.0)
    .execute(pool)
    .await
    .map(|done| done.rows_affected()))?;
    if taken > 0 {
        return Ok(TakenKey::ByYou);
    }
    let published: Option<String> = on!(db.writer(), |pool| sqlx::query_scalar(
        "select published from receipts where key = $1 and published is not null"
    )
    .bind(key)
    .fetch_optional(pool)
    .await)?;
    // One that was given back in between is to be asked for once more.
    Ok(published.map_or(TakenKey::BySomebody, TakenKey::Done))
}

/// Notes what was published.
///
/// # Errors
/// The database fails.
pub async fn leave(db: &Db, key: &[u8], published: &str) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "update receipts set published = $2 where key = $1"
    )
    .bind(key)
    .bind(published)
    .execute(pool)
    .await
    .map(drop))
}

/// Nothing was published.
///
/// # Errors
/// The database fails.
pub async fn give_back(db: &Db, key: &[u8]) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "delete from receipts where key = $1 and published is null"
    )
    .bind(key)
    .execute(pool)
    .await
    .map(drop))
}

/// Forgets those that were taken before.
///
/// # Errors
/// The database fails.
pub async fn forget(db: &Db, before: Timestamp) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "delete from receipts where taken_at <= $1"
    )
    .bind(before.0)
    .execute(pool)
    .await
    .map(drop))
}
