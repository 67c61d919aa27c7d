//! API tokens' rows: for programs; without an end, revoked by name.

use sqlx::{FromRow, QueryBuilder};

use super::policy::{PolicyRow, SetPolicy, policy_columns};
use super::users::{UserRow, standing_from};
use super::{Db, Result};
use crate::protocol::settings::Standing;
use crate::protocol::{Timestamp, User, UserId};

/// A token that has not been revoked.
#[derive(Clone, Debug)]
pub struct ApiToken {
    pub id: i64,
    pub user: User,
    pub standing: Standing,
    /// What is set for everybody.
    pub policy: SetPolicy,
    pub created_at: Timestamp,
    /// May use the server API.
    pub may_serve: bool,
}

#[derive(FromRow)]
struct TokenRow {
    id: i64,
    created_at: i64,
    may_serve: bool,
    role: String,
    #[sqlx(flatten)]
    policy: PolicyRow,
    #[sqlx(flatten)]
    user: UserRow,
}

/// Adds a token. False if that person already has one of that name.
///
/// # Errors
/// The database fails.
pub async fn insert(
    db: &Db,
    user: UserId,
    name: &str,
    token_hash: &[u8],
    may_serve: bool,
    now: Timestamp,
) -> Result<bool> {
    on!(db.writer(), |pool| sqlx::query(
        "insert into api_tokens (user_id, name, token_hash, may_serve, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict (user_id, name) do nothing",
    )
    .bind(user.0)
    .bind(name)
    .bind(token_hash)
    .bind(may_serve)
    .bind(now.0)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// The token with that hash.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, token_hash: &[u8]) -> Result<Option<ApiToken>> {
    let row: Option<TokenRow> = on!(db.reader(), |pool| {
        sqlx::query_as(concat!(
            "select t.id, t.created_at, t.may_serve, u.role, u.id as user_id, u.username, u.name,
                    u.avatar, ",
            policy_columns!(),
            " from api_tokens t join users u on u.id = t.user_id
              join server_identity i on i.id = 1
              where t.token_hash = $1 and u.banned_at is null",
        ))
        .bind(token_hash)
        .fetch_optional(pool)
        .await
    })?;
    row.map(|row| {
        Ok(ApiToken {
            id: row.id,
            standing: standing_from(&row.role),
            policy: row.policy.into(),
            user: row.user.into(),
            created_at: Timestamp(row.created_at),
            may_serve: row.may_serve,
        })
    })
    .transpose()
}

/// Revokes a person's token by name. False if there was none.
///
/// # Errors
/// The database fails.
pub async fn delete(db: &Db, user: UserId, name: &str) -> Result<bool> {
    on!(db.writer(), |pool| sqlx::query(
        "delete from api_tokens where user_id = $1 and name = $2"
    )
    .bind(user.0)
    .bind(name)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Which of these tokens have not been revoked.
///
/// # Errors
/// The database fails.
pub async fn live_among(db: &Db, ids: &[i64]) -> Result<Vec<i64>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(db.reader(), |pool| {
        let mut query = QueryBuilder::new("select id from api_tokens where id in ");
        push_ids!(query, ids);
        query.build_query_scalar().fetch_all(pool).await
    })
}
