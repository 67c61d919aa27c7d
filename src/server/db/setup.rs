//! What the server is called, and whether it has anybody yet.
//!
//! A server is set up once: the transaction that makes its administrator is the one that says so, and
//! the condition is part of it, so that of two people with the same link one comes too late.

use super::users::{Named, NewUser, Newcomer, insert_user, note_changes};
use super::{Db, Result};
use crate::protocol::{ServerName, Timestamp, User, UserId};

/// What a server knows of itself.
#[derive(Clone, Debug)]
pub struct Server {
    /// Empty if nobody has given it a name.
    pub name: String,
    pub is_set_up: bool,
}

/// What the server is called, and whether somebody has set it up or is there already.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db) -> Result<Server> {
    let (name, is_set_up): (String, i64) = on!(db.reader(), |pool| sqlx::query_as(
        "select name, cast(case when set_up_at is not null or exists (select 1 from users)
                                then 1 else 0 end as bigint)
         from server_identity where id = 1"
    )
    .fetch_one(pool)
    .await)?;
    Ok(Server {
        name,
        is_set_up: is_set_up == 1,
    })
}

/// Names the server and makes its administrator, both or neither. Nothing if it is set up.
///
/// # Errors
/// The database fails.
pub async fn finish(
    db: &Db,
    name: &ServerName,
    new: NewUser<'_>,
    now: Timestamp,
) -> Result<Option<Named<Newcomer>>> {
    let named = in_tx!(db, |tx| {
        let begun: Option<i64> = sqlx::query_scalar(
            "update server_identity set name = $1, set_up_at = $2
             where id = 1 and set_up_at is null and not exists (select 1 from users) returning id",
        )
        .bind(name.as_str())
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await?;
        match begun {
            None => None,
            Some(_) => Some(insert_user!(tx, new, now)),
        }
    });
    if let Some(named) = &named {
        note_changes(db, named);
    }
    Ok(named)
}

/// Notes that a server needs no administrator, although nobody is there.
///
/// # Errors
/// The database fails.
pub async fn skip(db: &Db, now: Timestamp) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "update server_identity set set_up_at = $1 where id = 1 and set_up_at is null"
    )
    .bind(now.0)
    .execute(pool)
    .await
    .map(drop))
}

/// Changes what the server is called, if `by` is an administrator. Whether it was.
///
/// # Errors
/// The database fails.
pub async fn rename(db: &Db, by: UserId, name: &ServerName, now: Timestamp) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let renamed = sqlx::query(concat!(
            "update server_identity set name = $2 where id = 1 and ",
            super::permissions::is_administrator!("$1")
        ))
        .bind(by.0)
        .bind(name.as_str())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if renamed == 1 {
            super::people::record!(
                tx,
                Some(by.0),
                "name_server",
                None::<i64>,
                name.as_str(),
                now
            );
        }
        renamed == 1
    }))
}
