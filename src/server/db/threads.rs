//! Threads' rows. Every query that serves a person is scoped to what that person may see: the
//! `where` clause is the permission check, and "not found" is the only way it says no.

use serde::Deserialize;
use sqlx::FromRow;

use super::rows::{AsJson, as_json, parse};
use super::users::decode;
use super::{Db, Result};
use crate::protocol::{Seq, Thread, ThreadId, ThreadKind, ThreadName, Timestamp, UserId};

/// A thread and whether the person who asked belongs to it.
#[derive(Clone, Debug)]
pub struct VisibleThread {
    pub thread: Thread,
    pub joined: bool,
    /// Whether it was made by the person who asked.
    pub is_own: bool,
}

#[derive(Deserialize, FromRow)]
pub(super) struct ThreadRow {
    pub thread_id: i64,
    pub thread_name: String,
    pub kind: String,
    pub last_seq: i64,
    pub active_at: i64,
}

#[derive(FromRow)]
struct VisibleRow {
    #[sqlx(flatten)]
    thread: ThreadRow,
    member: Option<i64>,
    is_own: bool,
}

impl TryFrom<ThreadRow> for Thread {
    type Error = sqlx::Error;

    fn try_from(row: ThreadRow) -> Result<Self> {
        Ok(Self {
            id: ThreadId(row.thread_id),
            name: ThreadName::parse(&row.thread_name).map_err(decode)?,
            kind: kind_from(&row.kind)?,
            last_seq: Seq(row.last_seq),
            active_at: Timestamp(row.active_at),
        })
    }
}

impl TryFrom<VisibleRow> for VisibleThread {
    type Error = sqlx::Error;

    fn try_from(row: VisibleRow) -> Result<Self> {
        Ok(Self {
            thread: row.thread.try_into()?,
            joined: row.member.is_some(),
            is_own: row.is_own,
        })
    }
}

/// How a kind is stored.
pub(super) fn kind_name(kind: ThreadKind) -> &'static str {
    match kind {
        ThreadKind::Public => "public",
        ThreadKind::Private => "private",
        ThreadKind::Direct => "direct",
    }
}

fn kind_from(name: &str) -> Result<ThreadKind> {
    match name {
        "public" => Ok(ThreadKind::Public),
        "private" => Ok(ThreadKind::Private),
        "direct" => Ok(ThreadKind::Direct),
        other => Err(sqlx::Error::Decode(
            format!("unknown kind of thread {other:?}").into(),
        )),
    }
}

/// Creates a thread with its creator as the first member.
///
/// # Errors
/// The database fails.
pub async fn insert(
    db: &Db,
    name: &ThreadName,
    kind: ThreadKind,
    creator: UserId,
    now: Timestamp,
) -> Result<Thread> {
    let id: i64 = in_tx!(db, |tx| {
        let id: i64 = sqlx::query_scalar(
            "insert into threads (name, kind, created_by, created_at, active_at)
             values ($1, $2, $3, $4, $4) returning id",
        )
        .bind(name.as_str())
        .bind(kind_name(kind))
        .bind(creator.0)
        .bind(now.0)
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query("insert into memberships (thread_id, user_id, joined_at) values ($1, $2, $3)")
            .bind(id)
            .bind(creator.0)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        id
    });
    Ok(Thread {
        id: ThreadId(id),
        name: name.clone(),
        kind,
        last_seq: Seq::START,
        active_at: now,
    })
}

/// A thread that the person may read: one they joined, or a public one.
///
/// # Errors
/// The database fails.
pub async fn find_readable(
    db: &Db,
    user: UserId,
    thread: ThreadId,
) -> Result<Option<VisibleThread>> {
    let row: Option<VisibleRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select t.id as thread_id, t.name as thread_name, t.kind, t.last_seq, t.active_at,
                m.user_id as member, coalesce(t.created_by = $2, false) as is_own
         from threads t
         left join memberships m on m.thread_id = t.id and m.user_id = $2
         where t.id = $1 and (t.kind = 'public' or m.user_id is not null)",
    )
    .bind(thread.0)
    .bind(user.0)
    .fetch_optional(pool)
    .await)?;
    row.map(VisibleThread::try_from).transpose()
}

const READABLE: AsJson = as_json!(
    ["r.id, r.name, r.kind, r.last_seq, r.active_at"]["r.member, r.is_own"],
    "select t.id, t.name, t.kind, t.last_seq, t.active_at, m.user_id as member,
            case when t.created_by = $1 then 1 else 0 end as is_own
     from threads t
     left join memberships m on m.thread_id = t.id and m.user_id = $1
     where t.kind = 'public' or m.user_id is not null
     order by t.active_at desc, t.id desc limit 0 + $2"
);

/// What a thread is to the person who asked: their membership, and whether it is their own.
type Standing = (Option<i64>, i64);

impl TryFrom<(ThreadRow, Standing)> for VisibleThread {
    type Error = sqlx::Error;

    fn try_from((thread, (member, is_own)): (ThreadRow, Standing)) -> Result<Self> {
        Ok(Self {
            thread: thread.try_into()?,
            joined: member.is_some(),
            is_own: is_own == 1,
        })
    }
}

/// The threads a person may read, most recently active first.
///
/// # Errors
/// The database fails.
pub async fn list_readable(db: &Db, user: UserId, limit: u32) -> Result<Vec<VisibleThread>> {
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(
        READABLE.on(db.reader())
    )
    .bind(user.0)
    .bind(i64::from(limit))
    .fetch_one(pool)
    .await)?;
    let rows: Vec<(ThreadRow, Standing)> = parse(&json)?;
    rows.into_iter().map(VisibleThread::try_from).collect()
}

/// The threads a person joined with the newest event of each, most recently active first.
///
/// # Errors
/// The database fails.
pub async fn joined_heads(db: &Db, user: UserId, limit: u32) -> Result<Vec<(ThreadId, Seq)>> {
    let rows: Vec<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select t.id, t.last_seq
         from memberships m join threads t on t.id = m.thread_id
         where m.user_id = $1
         order by t.active_at desc, t.id desc limit 0 + $2",
    )
    .bind(user.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    Ok(rows
        .into_iter()
        .map(|(id, seq)| (ThreadId(id), Seq(seq)))
        .collect())
}

/// The newest event of a thread; nothing if there is no such thread.
///
/// # Errors
/// The database fails.
pub async fn head(db: &Db, thread: ThreadId) -> Result<Option<Seq>> {
    let seq: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select last_seq from threads where id = $1"
    )
    .bind(thread.0)
    .fetch_optional(pool)
    .await)?;
    Ok(seq.map(Seq))
}
