//! Everybody who is here, as anybody sees them; and what two people have in common.

use sqlx::FromRow;

use super::permissions::may_meet;
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

/// People whose name or username contains `search`, or looks as if it did, after a username: those whom
/// `by` may know.
///
/// # Errors
/// The database fails.
pub async fn list(
    db: &Db,
    by: UserId,
    search: &str,
    after: &str,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<User>> {
    let rows: Vec<PersonRow> = on!(db.reader(), |pool| {
        sqlx::query_as(concat!(
            "select u.id as user_id, u.username, u.name, u.avatar, u.role, u.status, u.status_emoji,
                    u.status_until
             from users u
             where u.username > $1 and u.banned_at is null and u.left_at is null
               and (u.search_key like $2 escape '!' or u.name_key like $3 escape '!'
                    or u.username_key like $3 escape '!')
               and ",
            may_meet!("$5"),
            " order by u.username limit 0 + $4"
        ))
        .bind(after)
        .bind(pattern("", search))
        .bind(pattern("", &look_alike_key(search)))
        .bind(i64::from(limit))
        .bind(by.0)
        .fetch_all(pool)
        .await
    })?;
    Ok(rows.into_iter().map(|row| row.at(now)).collect())
}

/// Somebody who is here, and whom `by` may know, by their username.
///
/// # Errors
/// The database fails.
pub async fn find(
    db: &Db,
    by: UserId,
    username: &str,
    now: Timestamp,
) -> Result<Option<Described>> {
    let row: Option<DescribedRow> = on!(db.reader(), |pool| {
        sqlx::query_as(concat!(
            "select u.id as user_id, u.username, u.name, u.avatar, u.role, u.status, u.status_emoji,
                    u.status_until, u.created_at, u.time_zone, u.quiet
             from users u
             where u.username = $1 and u.banned_at is null and u.left_at is null and ",
            may_meet!("$2")
        ))
        .bind(username)
        .bind(by.0)
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

/// Guests who know somebody: to them a new name is told one by one, because a channel that everybody
/// hears would tell them of others too.
///
/// # Errors
/// The database fails.
pub async fn guests_who_know(db: &Db, user: UserId) -> Result<Vec<UserId>> {
    let ids: Vec<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select g.id from users g
         where g.role = 'guest' and g.banned_at is null and g.id <> $1
           and exists (select 1 from memberships mine
                       join memberships theirs on theirs.thread_id = mine.thread_id
                       where mine.user_id = g.id and theirs.user_id = $1)
         order by g.id"
    )
    .bind(user.0)
    .fetch_all(pool)
    .await)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// Whether somebody may look around: see which threads there are, and hear of everybody.
///
/// # Errors
/// The database fails.
pub async fn looks_around(db: &Db, user: UserId) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select id from users where id = $1 and role <> 'guest'"
    )
    .bind(user.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
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
