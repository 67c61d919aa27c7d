//! Bulk inserts for seeding: thousands of rows to a statement, a few statements to a commit.

use sqlx::QueryBuilder;

use super::memberships::role_name;
use super::search::search_key;
use super::threads::kind_name;
use super::{Db, Pool, Result};
use crate::protocol::{Role, Seq, ThreadId, ThreadKind, Timestamp, UserId};
use crate::server::auth::names::look_alike_key;

/// Rows in one statement: seven values each stays below `SQLite`'s 32,766.
const ROWS: usize = 4000;

const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;

/// A person to be made up.
#[derive(Debug)]
pub struct NewUser {
    pub username: String,
    pub name: String,
}

/// A message to be made up.
#[derive(Debug)]
pub struct NewMessage {
    pub author: UserId,
    pub text: String,
    pub client_id: String,
    pub created_at: Timestamp,
}

/// Adds people who share one password hash; those whose username is taken are left out.
///
/// # Errors
/// The database fails.
pub async fn insert_users(
    db: &Db,
    users: &[NewUser],
    password_hash: &str,
    now: Timestamp,
) -> Result<Vec<UserId>> {
    let mut ids = Vec::with_capacity(users.len());
    for chunk in users.chunks(ROWS) {
        let mut added: Vec<i64> = in_tx!(db, |tx| {
            let mut query = QueryBuilder::<Driver>::new(
                "insert into users
                   (username, name, username_key, name_key, search_key, password_hash, created_at) ",
            );
            query.push_values(chunk, |mut row, user| {
                row.push_bind(&user.username)
                    .push_bind(&user.name)
                    .push_bind(look_alike_key(&user.username))
                    .push_bind(look_alike_key(&user.name))
                    .push_bind(search_key(&user.username, &user.name))
                    .push_bind(password_hash)
                    .push_bind(now.0);
            });
            query
                .push(" on conflict (username) do nothing returning id")
                .build_query_scalar()
                .fetch_all(&mut *tx)
                .await?
        });
        ids.append(&mut added);
    }
    Ok(ids.into_iter().map(UserId).collect())
}

/// Adds public threads in which nothing was said yet, as if they were a year old. Those whose name is
/// taken are left out.
///
/// # Errors
/// The database fails.
pub async fn insert_threads(
    db: &Db,
    names: &[String],
    creator: UserId,
    now: Timestamp,
) -> Result<Vec<ThreadId>> {
    let mut ids = Vec::with_capacity(names.len());
    for chunk in names.chunks(ROWS) {
        let mut added: Vec<i64> = in_tx!(db, |tx| {
            let mut query = QueryBuilder::<Driver>::new(
                "insert into threads
                   (name, name_key, kind, created_by, created_at, active_at) ",
            );
            query.push_values(chunk, |mut row, name| {
                row.push_bind(name)
                    .push_bind(look_alike_key(name))
                    .push_bind(kind_name(ThreadKind::Public))
                    .push_bind(creator.0)
                    .push_bind(now.0 - YEAR)
                    .push_bind(now.0 - YEAR);
            });
            query
                .push(" on conflict (name_key) do nothing returning id")
                .build_query_scalar()
                .fetch_all(&mut *tx)
                .await?
        });
        ids.append(&mut added);
    }
    Ok(ids.into_iter().map(ThreadId).collect())
}

/// Makes each of these people a member of the thread.
///
/// # Errors
/// The database fails.
pub async fn insert_members(
    db: &Db,
    thread: ThreadId,
    members: &[UserId],
    now: Timestamp,
) -> Result<()> {
    for chunk in members.chunks(ROWS) {
        in_tx!(db, |tx| {
            let mut query = QueryBuilder::<Driver>::new(
                "insert into memberships (thread_id, user_id, role, joined_at) ",
            );
            query.push_values(chunk, |mut row, member| {
                row.push_bind(thread.0)
                    .push_bind(member.0)
                    .push_bind(role_name(Role::Member))
                    .push_bind(now.0);
            });
            query
                .push(" on conflict (thread_id, user_id) do nothing")
                .build()
                .execute(&mut *tx)
                .await?;
        });
    }
    Ok(())
}

/// Appends messages to a thread, numbering them on from its head.
///
/// # Errors
/// The database fails, or a client id is taken.
pub async fn insert_messages(db: &Db, thread: ThreadId, messages: &[NewMessage]) -> Result<()> {
    let Some(last) = messages.last() else {
        return Ok(());
    };
    let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
    in_tx!(db, |tx| {
        let head: i64 = sqlx::query_scalar(
            "update threads set last_seq = last_seq + $2, message_count = message_count + $2,
                    active_at = $3
             where id = $1 returning last_seq",
        )
        .bind(thread.0)
        .bind(count)
        .bind(last.created_at.0)
        .fetch_one(&mut *tx)
        .await?;
        let posted: i64 = sqlx::query_scalar("select message_count from threads where id = $1")
            .bind(thread.0)
            .fetch_one(&mut *tx)
            .await?;
        let mut seq = Seq(head - count);
        let mut number = posted - count;
        for chunk in messages.chunks(ROWS) {
            let mut query = QueryBuilder::<Driver>::new(
                "insert into messages
                   (thread_id, author_id, seq, number, text, client_id, created_at) ",
            );
            query.push_values(chunk, |mut row, message| {
                seq = seq.next();
                number += 1;
                row.push_bind(thread.0)
                    .push_bind(message.author.0)
                    .push_bind(seq.0)
                    .push_bind(number)
                    .push_bind(&message.text)
                    .push_bind(&message.client_id)
                    .push_bind(message.created_at.0);
            });
            query.build().execute(&mut *tx).await?;
        }
        sqlx::query(
            "insert into thread_events (thread_id, seq, kind, message_id, created_at)
             select thread_id, seq, 'posted', id, created_at from messages
             where thread_id = $1 and seq > $2",
        )
        .bind(thread.0)
        .bind(head - count)
        .execute(&mut *tx)
        .await?;
        // So many at once are put into the index when the server runs.
        sqlx::query(super::finding::NOTHING_IS_INDEXED)
            .execute(&mut *tx)
            .await?;
    });
    Ok(())
}

/// The oldest thread of that name that this person made.
///
/// # Errors
/// The database fails.
pub async fn oldest_thread_called(
    db: &Db,
    name: &str,
    creator: UserId,
) -> Result<Option<ThreadId>> {
    let id: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select id from threads where name = $1 and created_by = $2 order by id limit 1"
    )
    .bind(name)
    .bind(creator.0)
    .fetch_optional(pool)
    .await)?;
    Ok(id.map(ThreadId))
}

/// When something was last said in a thread.
///
/// # Errors
/// The database fails.
pub async fn active_at(db: &Db, thread: ThreadId) -> Result<Timestamp> {
    let at: i64 = on!(db.reader(), |pool| sqlx::query_scalar(
        "select active_at from threads where id = $1"
    )
    .bind(thread.0)
    .fetch_one(pool)
    .await)?;
    Ok(Timestamp(at))
}

/// Tells `PostgreSQL` to look at its tables. It does so by itself a minute after many rows came, and
/// plans for empty tables until then.
///
/// # Errors
/// The database fails.
pub async fn take_stock(db: &Db) -> Result<()> {
    match db.writer() {
        Pool::Sqlite(_) => Ok(()),
        Pool::Postgres(pool) => sqlx::query("analyze").execute(pool).await.map(drop),
    }
}

/// How many people there are.
///
/// # Errors
/// The database fails.
pub async fn count_users(db: &Db) -> Result<u64> {
    let count: i64 = on!(db.reader(), |pool| sqlx::query_scalar(
        "select count(*) from users"
    )
    .fetch_one(pool)
    .await)?;
    Ok(count.unsigned_abs())
}
