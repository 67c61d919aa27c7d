//! Who has blocked whom. Nobody but whoever blocks is told of it: others meet it in what is refused
//! (`permissions`), and it is in no list of theirs.

use sqlx::FromRow;

use super::contacts::end_contact;
use super::holding::hold_person;
use super::permissions::may_meet;
use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::{Timestamp, User, UserId};

/// So many people one blocks at most: each page of theirs knows all of them.
const MOST: i64 = 200;

#[derive(FromRow)]
struct BlockedRow {
    #[sqlx(flatten)]
    user: UserRow,
}

/// Whom somebody has blocked, the newest first.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, by: UserId) -> Result<Vec<User>> {
    let rows: Vec<BlockedRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select u.id as user_id, u.username, u.name, u.avatar, u.role
         from blocks b join users u on u.id = b.blocked_id
         where b.user_id = $1 order by b.created_at desc, u.id"
    )
    .bind(by.0)
    .fetch_all(pool)
    .await)?;
    Ok(rows.into_iter().map(|row| row.user.into()).collect())
}

/// The same by their ids only.
///
/// # Errors
/// The database fails.
pub async fn ids(db: &Db, by: UserId) -> Result<Vec<UserId>> {
    let ids: Vec<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select blocked_id from blocks where user_id = $1 order by created_at desc, blocked_id"
    )
    .bind(by.0)
    .fetch_all(pool)
    .await)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// What came of blocking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// They are blocked then: nobody blocks more than so many.
    pub is_so: bool,
    /// They were a contact, or one of the two had asked for that.
    pub ended_contact: bool,
}

/// Blocks somebody who is here, and not oneself; they are no contact any more then.
///
/// # Errors
/// The database fails.
pub async fn block(db: &Db, by: UserId, id: UserId, now: Timestamp) -> Result<Blocked> {
    Ok(in_tx!(db, |tx| {
        let may = by != id && hold_person!(tx, by);
        if may {
            sqlx::query(concat!(
                "insert into blocks (user_id, blocked_id, created_at)
                 select $1, u.id, $3 from users u
                 where u.id = $2 and u.banned_at is null and u.left_at is null
                   and (select count(*) from blocks b where b.user_id = $1) < $4
                   and ",
                may_meet!("$1"),
                " on conflict (user_id, blocked_id) do nothing",
            ))
            .bind(by.0)
            .bind(id.0)
            .bind(now.0)
            .bind(MOST)
            .execute(&mut *tx)
            .await?;
        }
        let found: Option<i64> = sqlx::query_scalar(
            "select blocked_id from blocks where user_id = $1 and blocked_id = $2",
        )
        .bind(by.0)
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
        let is_so = found.is_some();
        Blocked {
            is_so,
            ended_contact: is_so && end_contact!(tx, by, id),
        }
    }))
}

/// Takes that back.
///
/// # Errors
/// The database fails.
pub async fn unblock(db: &Db, by: UserId, id: UserId) -> Result<()> {
    let _: u64 = in_tx!(db, |tx| sqlx::query(
        "delete from blocks where user_id = $1 and blocked_id = $2"
    )
    .bind(by.0)
    .bind(id.0)
    .execute(&mut *tx)
    .await?
    .rows_affected());
    Ok(())
}
