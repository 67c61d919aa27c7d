//! Threads' rows. Every query that serves a person is scoped to what that person may see: the
//! `where` clause is the permission check, and "not found" is the only way it says no.

use serde::Deserialize;
use sqlx::FromRow;

use super::memberships::role_from;
use super::permissions::{may_post, may_read, muted_until};
use super::rows::{Statement, as_json, parse};
use super::{Db, Result};
use crate::protocol::text::Stored;
use crate::protocol::{
    AvatarId, Description, DirectoryPosition, DisplayName, Listed, MyThread, NotifyLevel,
    ReadPosition, Role, Seq, Thread, ThreadId, ThreadKind, ThreadName, Timestamp, User, UserId,
    Username,
};

/// The columns of a thread `t`. The people of a direct one are lines of id, picture (0 if there is
/// none), username and name; names have no line breaks.
macro_rules! thread_columns {
    () => {
        "t.id as thread, t.name as thread_name, t.description, t.kind, t.last_seq,
         t.message_count, t.active_at, t.archived_at,
         case when t.kind = 'direct' then (
             select string_agg(p.id || ' ' || coalesce(p.avatar, 0) || ' ' || p.username || ' ' || p.name, '
') from memberships mp join users p on p.id = mp.user_id where mp.thread_id = t.id
         ) end as people,
         cast(case when t.for_everybody then 1 else 0 end as bigint) as for_everybody,
         cast(case when t.announcements then 1 else 0 end as bigint) as announcements,
         t.slow_seconds"
    };
}
pub(super) use thread_columns;

/// A thread and what the person who asked is in it.
#[derive(Clone, Debug)]
pub struct VisibleThread {
    pub thread: Thread,
    /// Nothing for who does not belong to it.
    pub role: Option<Role>,
    /// How far they have read it, if they belong to it.
    pub read: Option<ReadPosition>,
}

impl From<&MyThread> for VisibleThread {
    fn from(mine: &MyThread) -> Self {
        Self {
            thread: mine.thread.clone(),
            role: Some(mine.role),
            read: Some(mine.read),
        }
    }
}

#[derive(Deserialize, FromRow)]
pub(super) struct ThreadRow {
    pub thread: i64,
    pub thread_name: String,
    pub description: String,
    pub kind: String,
    pub last_seq: i64,
    pub message_count: i64,
    pub active_at: i64,
    pub archived_at: Option<i64>,
    pub people: Option<String>,
    pub for_everybody: i64,
    pub announcements: i64,
    pub slow_seconds: i64,
}

#[derive(FromRow)]
struct VisibleRow {
    #[sqlx(flatten)]
    thread: ThreadRow,
    role: Option<String>,
    last_read_seq: Option<i64>,
    last_read_number: Option<i64>,
}

impl TryFrom<ThreadRow> for Thread {
    type Error = sqlx::Error;

    fn try_from(row: ThreadRow) -> Result<Self> {
        Ok(Self {
            id: ThreadId(row.thread),
            name: ThreadName::from_stored(row.thread_name),
            description: Description::from_stored(row.description),
            kind: kind_from(&row.kind)?,
            last_seq: Seq(row.last_seq),
            message_count: row.message_count,
            active_at: Timestamp(row.active_at),
            archived_at: row.archived_at.map(Timestamp),
            people: row.people.as_deref().map(people).unwrap_or_default(),
            for_everybody: row.for_everybody == 1,
            announcements: row.announcements == 1,
            slow_seconds: u32::try_from(row.slow_seconds).unwrap_or_default().into(),
        })
    }
}

/// People from lines of id, picture, username and name.
fn people(lines: &str) -> Vec<User> {
    let person = |line: &str| {
        let mut words = line.splitn(4, ' ');
        Some(User {
            id: UserId(words.next()?.parse().ok()?),
            guest: false,
            avatar: words
                .next()?
                .parse()
                .ok()
                .map(AvatarId)
                .filter(|id| id.0 > 0),
            username: Username::from_stored(words.next()?.to_owned()),
            name: DisplayName::from_stored(words.next()?.to_owned()),
            status: None,
            status_until: None,
        })
    };
    let mut people: Vec<User> = lines.lines().filter_map(person).collect();
    people.sort_by(|a, b| a.username.cmp(&b.username));
    people
}

impl TryFrom<VisibleRow> for VisibleThread {
    type Error = sqlx::Error;

    fn try_from(row: VisibleRow) -> Result<Self> {
        Ok(Self {
            thread: row.thread.try_into()?,
            role: row.role.as_deref().map(role_from),
            read: row.last_read_seq.map(|seq| ReadPosition {
                seq: Seq(seq),
                number: row.last_read_number.unwrap_or(0),
            }),
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

pub(super) fn kind_from(name: &str) -> Result<ThreadKind> {
    match name {
        "public" => Ok(ThreadKind::Public),
        "private" => Ok(ThreadKind::Private),
        "direct" => Ok(ThreadKind::Direct),
        other => Err(sqlx::Error::Decode(
            format!("unknown kind of thread {other:?}").into(),
        )),
    }
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
    let row: Option<VisibleRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select ",
        thread_columns!(),
        ", m.role, m.last_read_seq, m.last_read_number
         from threads t
         left join memberships m on m.thread_id = t.id and m.user_id = $2
         where t.id = $1 and ",
        may_read!("$2")
    ))
    .bind(thread.0)
    .bind(user.0)
    .fetch_optional(pool)
    .await)?;
    row.map(VisibleThread::try_from).transpose()
}

/// Whether a person may post in a thread, and is not muted there.
///
/// # Errors
/// The database fails.
pub async fn is_postable(db: &Db, user: UserId, thread: ThreadId, now: Timestamp) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(concat!(
        "select t.id from threads t
         left join memberships m on m.thread_id = t.id and m.user_id = $2
         where t.id = $1 and ",
        may_post!("$2"),
        " and coalesce(",
        muted_until!("$2"),
        ", 0) <= $3"
    ))
    .bind(thread.0)
    .bind(user.0)
    .bind(now.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
}

const MINE: Statement = as_json!(
    {
        thread: [
            thread, thread_name, description, kind, last_seq, message_count, active_at, archived_at,
            people, for_everybody, announcements, slow_seconds
        ],
        standing: [
            role, last_read_seq, last_read_number, notify, for_me, favourite, folder, muted_until
        ]
    },
    "select ",
    thread_columns!(),
    ", m.role, m.last_read_seq, m.last_read_number, m.notify, m.for_me,
            m.favourite, m.folder, ",
    muted_until!("$1"),
    " as muted_until
     from memberships m join threads t on t.id = m.thread_id
     where m.user_id = $1 and (t.kind <> 'direct' or t.message_count > 0)
     order by t.active_at desc, t.id desc limit 0 + $2"
);

#[derive(Deserialize)]
struct Standing {
    role: String,
    last_read_seq: i64,
    last_read_number: i64,
    notify: String,
    for_me: i64,
    favourite: Option<i64>,
    muted_until: Option<i64>,
    folder: Option<i64>,
}

#[derive(Deserialize)]
struct MineRow {
    thread: ThreadRow,
    standing: Standing,
}

/// The threads a person belongs to, most recently active first. Direct ones in which nothing was said
/// yet are not among them: anybody can open as many as they like.
///
/// # Errors
/// The database fails.
pub async fn list_joined(db: &Db, user: UserId, limit: u32) -> Result<Vec<MyThread>> {
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(MINE.on(db.reader()))
        .bind(user.0)
        .bind(i64::from(limit))
        .fetch_one(pool)
        .await)?;
    let rows: Vec<MineRow> = parse(&json)?;
    rows.into_iter()
        .map(|row| {
            Ok(MyThread {
                thread: row.thread.try_into()?,
                role: role_from(&row.standing.role),
                read: ReadPosition {
                    seq: Seq(row.standing.last_read_seq),
                    number: row.standing.last_read_number,
                },
                notify: NotifyLevel::parse(&row.standing.notify).unwrap_or_default(),
                for_me: row.standing.for_me,
                favourite: row.standing.favourite,
                muted_until: row.standing.muted_until.map(Timestamp),
                folder: row.standing.folder,
            })
        })
        .collect()
}

/// Everybody's threads after a place in the directory, most recently active first, and whether the
/// person belongs to each.
///
/// # Errors
/// The database fails.
pub async fn list_public(
    db: &Db,
    user: UserId,
    after: Option<DirectoryPosition>,
    limit: u32,
) -> Result<Vec<Listed>> {
    let after = after.unwrap_or(DirectoryPosition {
        active_at: Timestamp(i64::MAX),
        id: ThreadId(i64::MAX),
    });
    let rows: Vec<VisibleRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select ",
        thread_columns!(),
        ", m.role, m.last_read_seq, m.last_read_number
         from threads t
         left join memberships m on m.thread_id = t.id and m.user_id = $1
         where t.kind = 'public' and t.archived_at is null and (t.active_at, t.id) < ($2, $3)
           and ",
        may_read!("$1"),
        " order by t.active_at desc, t.id desc limit 0 + $4"
    ))
    .bind(user.0)
    .bind(after.active_at.0)
    .bind(after.id.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    rows.into_iter()
        .map(|row| {
            let found = VisibleThread::try_from(row)?;
            Ok(Listed {
                joined: found.role.is_some(),
                thread: found.thread,
            })
        })
        .collect()
}

/// The names of threads with names that a person may read and that are not put away: their own first, and
/// then the most recently active.
///
/// # Errors
/// The database fails.
pub async fn names(db: &Db, user: UserId, limit: u32) -> Result<Vec<(ThreadId, String)>> {
    let rows: Vec<(i64, String)> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select t.id, t.name
         from threads t left join memberships m on m.thread_id = t.id and m.user_id = $1
         where t.kind <> 'direct' and t.archived_at is null and ",
        may_read!("$1"),
        " order by case when m.user_id is null then 1 else 0 end, t.active_at desc, t.id desc
          limit 0 + $2"
    ))
    .bind(user.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    let rows = rows.into_iter();
    Ok(rows.map(|(id, name)| (ThreadId(id), name)).collect())
}

/// The threads a person joined with the newest event of each, most recently active first, and behind
/// them the direct ones in which nothing was said yet.
///
/// # Errors
/// The database fails.
pub async fn joined_heads(db: &Db, user: UserId, limit: u32) -> Result<Vec<(ThreadId, Seq)>> {
    let rows: Vec<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select t.id, t.last_seq
         from memberships m join threads t on t.id = m.thread_id
         where m.user_id = $1
         order by case when t.kind = 'direct' and t.message_count = 0 then 1 else 0 end,
                  t.active_at desc, t.id desc limit 0 + $2",
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

/// Whether guests belong to a thread.
///
/// # Errors
/// The database fails.
pub async fn has_guests(db: &Db, thread: ThreadId) -> Result<bool> {
    let found: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select g.id from users g join memberships m on m.user_id = g.id
         where g.role = 'guest' and m.thread_id = $1 limit 1"
    )
    .bind(thread.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.is_some())
}

/// Threads with names, that are called exactly that; whoever runs the server asks.
///
/// # Errors
/// The database fails.
pub async fn called(db: &Db, name: &str) -> Result<Vec<ThreadId>> {
    let ids: Vec<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select id from threads where name = $1 and kind <> 'direct' order by id"
    )
    .bind(name)
    .fetch_all(pool)
    .await)?;
    Ok(ids.into_iter().map(ThreadId).collect())
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

/// Of these threads, the newest event of each.
///
/// # Errors
/// The database fails.
pub async fn heads(db: &Db, threads: &[ThreadId]) -> Result<Vec<(ThreadId, Seq)>> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<(i64,)> = threads.iter().map(|id| (id.0,)).collect();
    let rows: Vec<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select t.id, t.last_seq
         from json_each($1) e join threads t on t.id = cast(e.value ->> 0 as bigint)"
    )
    .bind(super::rows::rows(ids))
    .fetch_all(pool)
    .await)?;
    Ok(rows
        .into_iter()
        .map(|(id, seq)| (ThreadId(id), Seq(seq)))
        .collect())
}
