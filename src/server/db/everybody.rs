//! Everybody who is here, as anybody sees them; and what two people have in common.

use sqlx::FromRow;

use super::profiles::PersonRow;
use super::search::pattern;
use super::threads::kind_from;
use super::{Db, Result};
use crate::protocol::person::CommonThread;
use crate::protocol::text::Stored;
use crate::protocol::{Quiet, ThreadId, ThreadName, Timestamp, User, UserId};
use crate::server::auth::names::look_alike_key;

/// Somebody with what only their card says.
#[derive(Clone, Debug)]
pub struct Described {
    pub user: User,
    pub since: Timestamp,
    /// The name of their time zone, if they say it.
    pub time_zone: Option<String>,
    /// When they are left in peace, without their zone.
    pub quiet: Quiet,
}

#[derive(FromRow)]
struct DescribedRow {
    #[sqlx(flatten)]
    person: PersonRow,
    created_at: i64,
    time_zone: Option<String>,
    quiet: String,
}

#[derive(FromRow)]
struct CommonRow {
    id: i64,
    name: String,
    kind: String,
}

/// People whose name or username contains `search`, or looks as if it did, after a username.
///
/// # Errors
/// The database fails.
pub async fn list(
    db: &Db,
    search: &str,
    after: &str,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<User>> {
    let rows: Vec<PersonRow> = on!(db.reader(), |pool| {
        sqlx::query_as(
        "select id as user_id, username, name, avatar, status, status_emoji, status_until from users
         where username > $1 and banned_at is null and left_at is null
           and (search_key like $2 escape '!' or name_key like $3 escape '!'
                or username_key like $3 escape '!')
         order by username limit 0 + $4"
    )
    .bind(after)
    .bind(pattern("", search))
    .bind(pattern("", &look_alike_key(search)))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    })?;
    Ok(rows.into_iter().map(|row| row.at(now)).collect())
}

/// Somebody who is here, by their username.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, username: &str, now: Timestamp) -> Result<Option<Described>> {
    let row: Option<DescribedRow> = on!(db.reader(), |pool| {
        sqlx::query_as(
        "select id as user_id, username, name, avatar, status, status_emoji, status_until, created_at,
                time_zone, quiet
         from users where username = $1 and banned_at is null and left_at is null"
    )
    .bind(username)
    .fetch_optional(pool)
    .await
    })?;
    Ok(row.map(|row| Described {
        user: row.person.at(now),
        since: Timestamp(row.created_at),
        time_zone: row.time_zone,
        quiet: Quiet::read(&row.quiet),
    }))
}

/// Threads with names that both belong to, the most recently active first. Who belongs to one may see
/// it, and that the other one does.
///
/// # Errors
/// The database fails.
pub async fn in_common(
    db: &Db,
    me: UserId,
    other: UserId,
    limit: u32,
) -> Result<Vec<CommonThread>> {
    let rows: Vec<CommonRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select t.id, t.name, t.kind from memberships theirs
         join memberships mine on mine.thread_id = theirs.thread_id and mine.user_id = $1
         join threads t on t.id = theirs.thread_id
         where theirs.user_id = $2 and t.kind <> 'direct' and t.archived_at is null
         order by t.active_at desc, t.id desc limit 0 + $3"
    )
    .bind(me.0)
    .bind(other.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    rows.into_iter()
        .map(|row| {
            Ok(CommonThread {
                id: ThreadId(row.id),
                name: ThreadName::from_stored(row.name),
                kind: kind_from(&row.kind)?,
            })
        })
        .collect()
}

/// Notes in which time zone somebody is, or that they do not say. False if they may not be here.
///
/// # Errors
/// The database fails.
pub async fn set_time_zone(db: &Db, id: UserId, zone: Option<&str>) -> Result<bool> {
    let changed = in_tx!(db, |tx| sqlx::query(
        "update users set time_zone = $2
         where id = $1 and banned_at is null and left_at is null"
    )
    .bind(id.0)
    .bind(zone)
    .execute(&mut *tx)
    .await?
    .rows_affected());
    Ok(changed > 0)
}

/// In which time zone somebody says to be; empty if they do not.
///
/// # Errors
/// The database fails.
pub async fn time_zone(db: &Db, id: UserId) -> Result<String> {
    let zone: Option<Option<String>> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select time_zone from users where id = $1"
    )
    .bind(id.0)
    .fetch_optional(pool)
    .await)?;
    Ok(zone.flatten().unwrap_or_default())
}
