//! Who belongs to which thread.

use super::{Db, Result};
use crate::protocol::{ThreadId, Timestamp, UserId};

/// Makes somebody a member; nothing changes if they are one already.
///
/// # Errors
/// The database fails.
pub async fn insert(db: &Db, thread: ThreadId, user: UserId, now: Timestamp) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "insert into memberships (thread_id, user_id, joined_at) values ($1, $2, $3)
         on conflict (thread_id, user_id) do nothing",
    )
    .bind(thread.0)
    .bind(user.0)
    .bind(now.0)
    .execute(pool)
    .await
    .map(drop))
}
