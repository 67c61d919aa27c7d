//! What has happened that is for somebody, as a list of their own.
//!
//! It is written in the transaction that writes what has happened: with posts, for those of a thread's
//! members whom they mention or answer (`writer/batch`), and with reactions (`revising`), which take their
//! entry along when they are taken back. So a page is a stretch of an index, and reads a bounded number of
//! rows, whatever became of them since: what its person may not read any more, what was deleted, and what
//! somebody whom they have blocked has done is passed over.

use sqlx::FromRow;

use super::permissions::may_read;
use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::activity::What;
use crate::protocol::text::Stored;
use crate::protocol::{Emoji, EntryId, MessageId, Timestamp, User, UserId};

/// Notes whom the messages of a batch mention or answer, by their names: thread, number, name, author,
/// message, kind, and when. Who was told.
pub(super) const NOTE_MEANT: &str = "
    insert into activity (user_id, message_id, kind, by_id, done_at)
      select m.user_id, cast(e.value ->> 4 as bigint), e.value ->> 5,
             cast(e.value ->> 3 as bigint), cast(e.value ->> 6 as bigint)
      from json_each($1) e
      join users u on u.username = e.value ->> 2
      join memberships m on m.user_id = u.id and m.thread_id = cast(e.value ->> 0 as bigint)
      where not exists (select 1 from blocks b where b.user_id = u.id
                        and b.blocked_id = cast(e.value ->> 3 as bigint))
      returning user_id";

/// Notes a reaction for whoever has written what it is about, and may still read it: message, who, emoji,
/// when. Whose it is.
pub(super) const NOTE_REACTION: &str = concat!(
    "insert into activity (user_id, message_id, kind, by_id, emoji, done_at)
     select w.author_id, w.id, 'reaction', $2, $3, $4
     from messages w
     join threads t on t.id = w.thread_id
     left join memberships m on m.thread_id = t.id and m.user_id = w.author_id
     where w.id = $1 and w.author_id <> $2 and ",
    may_read!("w.author_id"),
    " and not exists (select 1 from blocks b
                      where b.user_id = w.author_id and b.blocked_id = $2)
     returning user_id"
);

/// Takes that away again. Whose it was, if they may still read the message.
pub(super) const FORGET_REACTION: &str = concat!(
    "delete from activity
     where message_id = $1 and kind = 'reaction' and by_id = $2 and emoji = $3
     returning (select w.author_id from messages w
                join threads t on t.id = w.thread_id
                left join memberships m on m.thread_id = t.id and m.user_id = w.author_id
                where w.id = $1 and ",
    may_read!("w.author_id"),
    ")"
);

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: EntryId,
    pub message: MessageId,
    pub what: What,
    pub by: User,
    pub at: Timestamp,
    /// It may be shown: its person may read the message, which is there, and has not blocked who has done
    /// it.
    pub is_shown: bool,
}

#[derive(FromRow)]
struct EntryRow {
    id: i64,
    message_id: i64,
    kind: String,
    emoji: String,
    done_at: i64,
    is_shown: i64,
    #[sqlx(flatten)]
    by: UserRow,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: EntryId(row.id),
            message: MessageId(row.message_id),
            what: match row.kind.as_str() {
                "mention" => What::Mentioned,
                "answer" => What::Answered,
                _ => What::Reacted {
                    emoji: Emoji::from_stored(row.emoji),
                },
            },
            by: row.by.into(),
            at: Timestamp(row.done_at),
            is_shown: row.is_shown == 1,
        }
    }
}

const LIST: &str = concat!(
    "select a.id, a.message_id, a.kind, a.emoji, a.done_at,
            cast(case when w.deleted_at is null and ",
    may_read!("$1"),
    " and not exists (select 1 from blocks b where b.user_id = $1 and b.blocked_id = a.by_id)
                 then 1 else 0 end as bigint) as is_shown,
            u.id as user_id, u.username, u.name, u.avatar
     from (select * from activity where user_id = $1 and id < $2
           order by id desc limit 0 + $3) a
     join messages w on w.id = a.message_id
     join threads t on t.id = w.thread_id
     join users u on u.id = a.by_id
     left join memberships m on m.thread_id = t.id and m.user_id = $1
     order by a.id desc"
);

/// So many entries of somebody before one, newest first, with those that are not to be shown.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, user: UserId, before: EntryId, limit: u32) -> Result<Vec<Entry>> {
    let rows: Vec<EntryRow> = on!(db.reader(), |pool| sqlx::query_as(LIST)
        .bind(user.0)
        .bind(before.0)
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Up to where somebody has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Seen {
    /// The newest of those that they have not seen and may see; zero if there is none.
    newest: i64,
    up_to: i64,
    /// The newest that they had seen when their visit began, and when that was.
    line: i64,
    visited_at: i64,
}

impl Seen {
    /// There is something that they have not seen.
    pub fn has_news(self) -> bool {
        self.newest > self.up_to
    }

    /// What comes after it is marked as new.
    pub fn line(self) -> EntryId {
        EntryId(self.line)
    }

    /// The same once they have come to look, at a time. What was new stays marked for so many
    /// milliseconds: whoever goes on and comes back is on the same visit.
    #[must_use]
    pub fn visited(self, now: Timestamp, visit: i64) -> Self {
        let is_over = !(0..visit).contains(&(now.0 - self.visited_at));
        Self {
            newest: self.newest,
            up_to: self.newest.max(self.up_to),
            line: if is_over { self.up_to } else { self.line },
            visited_at: if is_over { now.0 } else { self.visited_at },
        }
    }
}

/// Up to where somebody has seen it.
///
/// # Errors
/// The database fails.
pub async fn seen(db: &Db, user: UserId) -> Result<Seen> {
    on!(db.reader(), |pool| sqlx::query_as(SEEN)
        .bind(user.0)
        .fetch_one(pool)
        .await)
}

/// The newest of what the person $1 has not seen, as far as they may see it; so much is looked through.
macro_rules! newest_unseen {
    () => {
        concat!(
            "select max(a.id)
             from (select * from activity
                   where user_id = $1
                     and id > (select activity_seen from users where id = $1)
                   order by id desc limit 500) a
             join messages w on w.id = a.message_id
             join threads t on t.id = w.thread_id
             left join memberships m on m.thread_id = t.id and m.user_id = $1
             where w.deleted_at is null and ",
            $crate::server::db::permissions::may_read!("$1"),
            " and not exists (select 1 from blocks b
                              where b.user_id = $1 and b.blocked_id = a.by_id)"
        )
    };
}
pub(super) use newest_unseen;

const SEEN: &str = concat!(
    "select coalesce((",
    newest_unseen!(),
    "), 0) as newest,
            u.activity_seen as up_to, u.activity_line as line,
            u.activity_visited_at as visited_at
     from users u where u.id = $1"
);

/// Somebody comes to look, at a time: how it was before. All that other servers have begun to write is
/// there by then, so nothing older is overlooked for being written later.
///
/// # Errors
/// The database fails.
pub async fn visit(db: &Db, user: UserId, now: Timestamp, visit: i64) -> Result<Seen> {
    Ok(in_tx!(db, |tx| {
        let before: Seen = sqlx::query_as(SEEN)
            .bind(user.0)
            .fetch_one(&mut *tx)
            .await?;
        let after = before.visited(now, visit);
        if after != before {
            sqlx::query(
                "update users
                 set activity_seen = $2, activity_line = $3, activity_visited_at = $4
                 where id = $1",
            )
            .bind(user.0)
            .bind(after.up_to)
            .bind(after.line)
            .bind(after.visited_at)
            .execute(&mut *tx)
            .await?;
        }
        before
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_new_stays_so_for_as_long_as_one_looks_and_is_old_when_one_comes_again() {
        let first = Seen {
            newest: 7,
            up_to: 4,
            line: 2,
            visited_at: 0,
        };
        assert!(first.has_news());
        let there = first.visited(Timestamp(1_000_000), 1000);
        assert!(!there.has_news());
        assert_eq!(there.line(), EntryId(4));
        // Something more comes meanwhile.
        let more = Seen { newest: 9, ..there };
        assert!(more.has_news());
        let still = more.visited(Timestamp(1_000_999), 1000);
        assert_eq!((still.line(), still.has_news()), (EntryId(4), false));
        let again = still.visited(Timestamp(1_001_000), 1000);
        assert_eq!(again.line(), EntryId(9));
    }
}
