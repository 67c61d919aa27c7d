//! Sessions' rows. A session is found by the hash of its token; the token itself is never stored.

use sqlx::{FromRow, QueryBuilder};

use super::holding::hold_person;
use super::policy::{PolicyRow, SetPolicy, policy_columns};
use super::profiles::PersonRow;
use super::users::standing_from;
use super::{Db, Result};
use crate::protocol::settings::Standing;
use crate::protocol::{Folders, Preferences, Quiet, SessionId, Timestamp, User, UserId};

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct LiveSession {
    pub id: i64,
    pub user: User,
    pub standing: Standing,
    /// What is set for everybody.
    pub policy: SetPolicy,
    /// What they are doing.
    pub status: Option<String>,
    pub status_until: Option<Timestamp>,
    /// How they want everything to look.
    pub preferences: Preferences,
    /// When they are left in peace, and in which time zone they say to be.
    pub quiet: Quiet,
    pub time_zone: Option<String>,
    /// Sections of their own in their list.
    pub folders: Folders,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A session to be.
#[derive(Debug)]
pub struct NewSession<'a> {
    pub user: UserId,
    /// Of the password that was proven: with another one by now, nothing begins.
    pub password_hash: &'a str,
    pub token_hash: &'a [u8],
    pub now: Timestamp,
    pub expires_at: Timestamp,
    pub user_agent: &'a str,
    pub address: &'a str,
}

/// A session, as its owner sees it in a list.
#[derive(Debug)]
pub struct Listed {
    pub id: i64,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub user_agent: String,
    pub address: String,
}

#[derive(FromRow)]
struct ListedRow {
    id: i64,
    created_at: i64,
    last_seen_at: i64,
    user_agent: String,
    address: String,
}

impl From<ListedRow> for Listed {
    fn from(row: ListedRow) -> Self {
        Self {
            id: row.id,
            created_at: Timestamp(row.created_at),
            last_seen_at: Timestamp(row.last_seen_at),
            user_agent: row.user_agent,
            address: row.address,
        }
    }
}

#[derive(FromRow)]
struct SessionRow {
    id: i64,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    role: String,
    preferences: String,
    quiet: String,
    time_zone: Option<String>,
    folders: String,
    #[sqlx(flatten)]
    policy: PolicyRow,
    #[sqlx(flatten)]
    user: PersonRow,
}

/// Begins a session. False if the person has another password by now, or may not be here.
///
/// # Errors
/// The database fails.
pub async fn insert(db: &Db, session: NewSession<'_>) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let is_here = hold_person!(tx, session.user);
        let begun = sqlx::query(
            "insert into sessions
               (user_id, token_hash, created_at, last_seen_at, expires_at, user_agent, address)
             select id, $3, $4, $4, $5, $6, $7 from users
             where id = $1 and password_hash = $2 and cast($8 as bigint) = 1",
        )
        .bind(session.user.0)
        .bind(session.password_hash)
        .bind(session.token_hash)
        .bind(session.now.0)
        .bind(session.expires_at.0)
        .bind(session.user_agent)
        .bind(session.address)
        .bind(i64::from(is_here))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        begun == 1
    }))
}

/// The session with that token, if it has not expired and was used since `idle_since`.
///
/// # Errors
/// The database fails.
pub async fn find_live(
    db: &Db,
    token_hash: &[u8],
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Option<LiveSession>> {
    let row: Option<SessionRow> = on!(db.reader(), |pool| {
        sqlx::query_as(concat!(
            "select s.id, s.created_at, s.last_seen_at, s.expires_at, u.role, u.preferences,
                u.quiet, u.time_zone, u.folders,
                u.id as user_id, u.username, u.name, u.avatar, u.status, u.status_emoji,
                u.status_until, ",
            policy_columns!(),
            " from sessions s join users u on u.id = s.user_id
         join server_identity i on i.id = 1
         where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3
           and u.banned_at is null",
        ))
        .bind(token_hash)
        .bind(now.0)
        .bind(idle_since.0)
        .fetch_optional(pool)
        .await
    })?;
    row.map(|row| {
        let mut user = row.user.at(now);
        Ok(LiveSession {
            id: row.id,
            standing: standing_from(&row.role),
            policy: row.policy.into(),
            status: user.status.take(),
            status_until: user.status_until.take(),
            preferences: Preferences::read(&row.preferences),
            quiet: Quiet::read(&row.quiet),
            time_zone: row.time_zone,
            folders: Folders::read(&row.folders),
            user,
            created_at: Timestamp(row.created_at),
            last_seen_at: Timestamp(row.last_seen_at),
            expires_at: Timestamp(row.expires_at),
        })
    })
    .transpose()
}

/// Notes that a session was used.
///
/// # Errors
/// The database fails.
pub async fn touch(db: &Db, id: i64, now: Timestamp) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "update sessions set last_seen_at = $2 where id = $1"
    )
    .bind(id)
    .bind(now.0)
    .execute(pool)
    .await
    .map(drop))
}

/// Ends the session with that token; whose it was and its id, if there was one.
///
/// # Errors
/// The database fails.
pub async fn delete_by_token(db: &Db, token_hash: &[u8]) -> Result<Option<(UserId, SessionId)>> {
    let row: Option<(i64, i64)> = on!(db.writer(), |pool| sqlx::query_as(
        "delete from sessions where token_hash = $1 returning user_id, id"
    )
    .bind(token_hash)
    .fetch_optional(pool)
    .await)?;
    Ok(row.map(|(user, id)| (UserId(user), SessionId(id))))
}

/// Ends one of a person's sessions. False if they have no such session.
///
/// # Errors
/// The database fails.
pub async fn delete(db: &Db, user: UserId, id: SessionId) -> Result<bool> {
    on!(db.writer(), |pool| sqlx::query(
        "delete from sessions where id = $1 and user_id = $2"
    )
    .bind(id.0)
    .bind(user.0)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Ends all of a person's sessions but one; which ones.
///
/// # Errors
/// The database fails.
pub async fn delete_others(db: &Db, user: UserId, kept: i64) -> Result<Vec<SessionId>> {
    let ended: Vec<i64> = on!(db.writer(), |pool| sqlx::query_scalar(
        "delete from sessions where user_id = $1 and id <> $2 returning id"
    )
    .bind(user.0)
    .bind(kept)
    .fetch_all(pool)
    .await)?;
    Ok(ended.into_iter().map(SessionId).collect())
}

/// A person's sessions that have not ended, the one used last first.
///
/// # Errors
/// The database fails.
pub async fn list_live(
    db: &Db,
    user: UserId,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<Listed>> {
    let rows: Vec<ListedRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select id, created_at, last_seen_at, user_agent, address from sessions
         where user_id = $1 and expires_at > $2 and last_seen_at > $3
         order by last_seen_at desc, id desc",
    )
    .bind(user.0)
    .bind(now.0)
    .bind(idle_since.0)
    .fetch_all(pool)
    .await)?;
    Ok(rows.into_iter().map(Listed::from).collect())
}

/// Removes sessions that can never be used again.
///
/// # Errors
/// The database fails.
pub async fn delete_expired(db: &Db, now: Timestamp, idle_since: Timestamp) -> Result<u64> {
    on!(db.writer(), |pool| sqlx::query(
        "delete from sessions where expires_at <= $1 or last_seen_at <= $2"
    )
    .bind(now.0)
    .bind(idle_since.0)
    .execute(pool)
    .await
    .map(|done| done.rows_affected()))
}

/// Which of these sessions have not ended.
///
/// # Errors
/// The database fails.
pub async fn live_among(
    db: &Db,
    ids: &[i64],
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<i64>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(db.reader(), |pool| {
        let mut query = QueryBuilder::new("select id from sessions where expires_at > ");
        query
            .push_bind(now.0)
            .push(" and last_seen_at > ")
            .push_bind(idle_since.0)
            .push(" and id in ");
        push_ids!(query, ids);
        query.build_query_scalar().fetch_all(pool).await
    })
}

/// Notes that these sessions were used, where that was not noted since `unused_since`.
///
/// # Errors
/// The database fails.
pub async fn touch_all(
    db: &Db,
    ids: &[i64],
    now: Timestamp,
    unused_since: Timestamp,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    on!(db.writer(), |pool| {
        let mut query = QueryBuilder::new("update sessions set last_seen_at = ");
        query
            .push_bind(now.0)
            .push(" where last_seen_at < ")
            .push_bind(unused_since.0)
            .push(" and id in ");
        push_ids!(query, ids);
        query.build().execute(pool).await.map(drop)
    })
}
