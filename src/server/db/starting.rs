//! Starting threads. Who is in one from the start is there with its row, in one transaction; whoever
//! comes later does so as an event.
//!
//! Of public threads no two are called alike, and of direct ones there is one for each set of people:
//! a unique key each, so that not even two who start at once make two.

use super::holding::hold_person;
use super::memberships::role_name;
use super::permissions::{may_meet, may_start};
use super::rows::rows;
use super::threads::kind_name;
use super::{Db, Result};
use crate::protocol::{
    Description, Role, Thread, ThreadId, ThreadKind, ThreadName, Timestamp, UserId,
};
use crate::server::auth::names::look_alike_key;

/// A thread to be.
#[derive(Clone, Copy, Debug)]
pub struct NewThread<'a> {
    pub name: &'a ThreadName,
    pub description: &'a Description,
    pub kind: ThreadKind,
    pub creator: UserId,
    /// Who belongs to it from the start, beside its creator.
    pub people: &'a [UserId],
}

/// What no other public thread may have.
pub(super) fn name_key(kind: ThreadKind, name: &str) -> Option<String> {
    (kind == ThreadKind::Public).then(|| look_alike_key(name))
}

/// Whether another thread has that key.
macro_rules! is_name_taken {
    ($tx:ident, $key:expr, $me:expr) => {{
        let found: Option<i64> =
            sqlx::query_scalar("select id from threads where name_key = $1 and id <> $2")
                .bind($key)
                .bind($me)
                .fetch_optional(&mut *$tx)
                .await?;
        found.is_some()
    }};
}
pub(super) use is_name_taken;

/// A thread as it is now, in a transaction at hand.
macro_rules! read_thread {
    ($tx:ident, $id:expr) => {{
        let row: $crate::server::db::threads::ThreadRow = sqlx::query_as(concat!(
            "select ",
            $crate::server::db::threads::thread_columns!(),
            " from threads t where t.id = $1"
        ))
        .bind($id)
        .fetch_one(&mut *$tx)
        .await?;
        Thread::try_from(row)?
    }};
}
pub(super) use read_thread;

/// Adds a thread's row and its first members.
macro_rules! insert_thread {
    ($tx:ident, $row:expr, $role:expr, $people:expr, $now:expr) => {{
        let Row {
            name,
            description,
            kind,
            creator,
            name_key,
            direct_key,
        } = $row;
        let id: i64 = sqlx::query_scalar(
            "insert into threads
               (name, description, kind, created_by, created_at, active_at, name_key, direct_key)
             values ($1, $2, $3, $4, $5, $5, $6, $7) returning id",
        )
        .bind(name)
        .bind(description)
        .bind(kind_name(kind))
        .bind(creator.0)
        .bind($now.0)
        .bind(name_key)
        .bind(direct_key)
        .fetch_one(&mut *$tx)
        .await?;
        let people = $people.iter().map(|user: &UserId| (user.0,)).collect();
        sqlx::query(
            "insert into memberships (thread_id, user_id, role, joined_at)
             select $1, u.id, case when u.id = $2 then $3 else 'member' end, $4
             from json_each($5) e join users u on u.id = cast(e.value ->> 0 as bigint)
             where u.banned_at is null on conflict (thread_id, user_id) do nothing",
        )
        .bind(id)
        .bind(creator.0)
        .bind(role_name($role))
        .bind($now.0)
        .bind(rows(people))
        .execute(&mut *$tx)
        .await?;
        read_thread!($tx, id)
    }};
}

struct Row<'a> {
    name: &'a str,
    description: &'a str,
    kind: ThreadKind,
    creator: UserId,
    name_key: Option<String>,
    direct_key: Option<&'a str>,
}

/// What came of starting a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    Done(Thread),
    NameTaken,
    /// It is not for them to start one.
    NotTheirs,
    /// Whoever starts it may not be here any more.
    Gone,
}

impl Started {
    pub fn done(self) -> Option<Thread> {
        match self {
            Self::Done(thread) => Some(thread),
            Self::NameTaken | Self::NotTheirs | Self::Gone => None,
        }
    }
}

/// Starts a thread, owned by whoever starts it, unless there is one of that name.
///
/// # Errors
/// The database fails.
pub async fn start(db: &Db, new: NewThread<'_>, now: Timestamp) -> Result<Started> {
    match try_to_start(db, new, now).await {
        // Another process has made one at the same time.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Started::NameTaken),
        started => started,
    }
}

async fn try_to_start(db: &Db, new: NewThread<'_>, now: Timestamp) -> Result<Started> {
    let key = name_key(new.kind, new.name.as_str());
    let mut people = new.people.to_vec();
    people.push(new.creator);
    Ok(in_tx!(db, |tx| {
        let may: Option<i64> = sqlx::query_scalar(concat!(
            "select id from users where id = $1 and ",
            may_start!("$1", "cast($2 as text)")
        ))
        .bind(new.creator.0)
        .bind(kind_name(new.kind))
        .fetch_optional(&mut *tx)
        .await?;
        if !hold_person!(tx, new.creator) {
            Started::Gone
        } else if may.is_none() {
            Started::NotTheirs
        } else if is_name_taken!(tx, key.as_deref(), 0i64) {
            Started::NameTaken
        } else {
            let row = Row {
                name: new.name.as_str(),
                description: new.description.as_str(),
                kind: new.kind,
                creator: new.creator,
                name_key: key,
                direct_key: None,
            };
            Started::Done(insert_thread!(tx, row, Role::Owner, people, now))
        }
    }))
}

/// The direct thread of these people, of whom `by` is one, and whether it was not there before. If
/// another process makes it at the same time, that one is found. Nothing if one of them may not be here
/// any more, and so nobody begins one with them, or `by` is a guest who does not know them; nor if `by` has blocked one of them, or they `by`.
///
/// # Errors
/// The database fails.
pub async fn open_direct(
    db: &Db,
    people: &[UserId],
    by: UserId,
    now: Timestamp,
) -> Result<Option<(Thread, bool)>> {
    match try_to_open_direct(db, people, by, now).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            try_to_open_direct(db, people, by, now).await
        }
        opened => opened,
    }
}

async fn try_to_open_direct(
    db: &Db,
    people: &[UserId],
    by: UserId,
    now: Timestamp,
) -> Result<Option<(Thread, bool)>> {
    let mut people = people.to_vec();
    people.push(by);
    people.sort_unstable();
    people.dedup();
    let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
    let key = ids.join(",");
    Ok(in_tx!(db, |tx| {
        let known: Option<i64> = sqlx::query_scalar("select id from threads where direct_key = $1")
            .bind(&key)
            .fetch_optional(&mut *tx)
            .await?;
        let here: i64 = sqlx::query_scalar(concat!(
            "select count(*) from json_each($1) e
             join users u on u.id = cast(e.value ->> 0 as bigint) and u.banned_at is null
             where ",
            may_meet!("$2")
        ))
        .bind(rows(people.iter().map(|user| (user.0,)).collect()))
        .bind(by.0)
        .fetch_one(&mut *tx)
        .await?;
        let are_here = usize::try_from(here).is_ok_and(|here| here == people.len());
        let blocks: i64 = sqlx::query_scalar(
            "select count(*) from json_each($1) e
             join blocks b
               on b.user_id = cast(e.value ->> 0 as bigint) and b.blocked_id = $2
               or b.user_id = $2 and b.blocked_id = cast(e.value ->> 0 as bigint)",
        )
        .bind(rows(people.iter().map(|user| (user.0,)).collect()))
        .bind(by.0)
        .fetch_one(&mut *tx)
        .await?;
        let may_begin = are_here && blocks == 0;
        if !hold_person!(tx, by) || known.is_none() && !may_begin {
            None
        } else if let Some(id) = known {
            Some((read_thread!(tx, id), false))
        } else {
            let row = Row {
                name: "",
                description: "",
                kind: ThreadKind::Direct,
                creator: by,
                name_key: None,
                direct_key: Some(&key),
            };
            let thread = insert_thread!(tx, row, Role::Member, people, now);
            Some((thread, true))
        }
    }))
}

/// Gives every public thread the key of its name that has none yet. Of several that are called alike,
/// the oldest gets it as it is, the others with their number behind a character that no name has.
///
/// # Errors
/// The database fails.
pub async fn fill_name_keys(db: &Db) -> Result<()> {
    let missing: Vec<(i64, String)> = on!(db.writer(), |pool| sqlx::query_as(
        "select id, name from threads where name_key is null and kind = 'public' order by id"
    )
    .fetch_all(pool)
    .await)?;
    if missing.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = on!(db.writer(), |pool| sqlx::query_scalar(
        "select name_key from threads where name_key is not null"
    )
    .fetch_all(pool)
    .await)?;
    let mut known: std::collections::HashSet<String> = known.into_iter().collect();
    let keyed = |(id, name): &(i64, String)| {
        let mut key = look_alike_key(name);
        if !known.insert(key.clone()) {
            key = format!("{key}\u{1}{id}");
        }
        (*id, key)
    };
    let keys: Vec<(i64, String)> = missing.iter().map(keyed).collect();
    for chunk in keys.chunks(1000) {
        on!(db.writer(), |pool| sqlx::query(
            "with keys as (
               select cast(e.value ->> 0 as bigint) as thread, e.value ->> 1 as of_name
               from json_each($1) e)
             update threads set name_key = keys.of_name
             from keys where id = keys.thread and name_key is null"
        )
        .bind(rows(chunk.to_vec()))
        .execute(pool)
        .await
        .map(drop))?;
    }
    Ok(())
}

/// Makes a thread one that people belong to from their first day on.
///
/// # Errors
/// The database fails.
pub async fn make_everybodys(db: &Db, thread: ThreadId) -> Result<()> {
    on!(db.writer(), |pool| sqlx::query(
        "update threads set for_everybody = true where id = $1"
    )
    .bind(thread.0)
    .execute(pool)
    .await
    .map(drop))
}
