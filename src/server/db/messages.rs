//! Reading messages and events. Writing them is the business of [`super::writer`].

use serde::Deserialize;

use super::rows::{AsJson, as_json, parse};
use super::threads::{ThreadRow, thread_columns};
use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::text::Stored;
use crate::protocol::{
    ClientId, Message, MessageId, MessageText, Seq, Thread, ThreadEvent, ThreadId, Timestamp, User,
};

/// Messages as [`MessageRow`]s, from `messages m` and `users u`.
macro_rules! messages {
    ($($from:literal),+) => {
        as_json!(
            {
                message: [id, thread_id, seq, number, text, client_id, created_at, edited_at, changed_seq],
                author: [user_id, username, name]
            },
            "select m.id, m.thread_id, m.seq, m.number, m.text, m.client_id, m.created_at,
                    m.edited_at, m.changed_seq, u.id as user_id, u.username, u.name ",
            $($from),+
        )
    };
}

#[derive(Deserialize)]
pub(super) struct MessageColumns {
    id: i64,
    thread_id: i64,
    seq: i64,
    number: i64,
    text: String,
    client_id: String,
    created_at: i64,
    edited_at: Option<i64>,
    changed_seq: Option<i64>,
}

/// A message and its author.
#[derive(Deserialize)]
pub(super) struct MessageRow {
    message: MessageColumns,
    author: UserRow,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        let MessageRow {
            message: row,
            author,
        } = row;
        Self {
            id: MessageId(row.id),
            thread_id: ThreadId(row.thread_id),
            seq: Seq(row.seq),
            number: row.number,
            user: author.into(),
            text: MessageText::from_stored(row.text),
            client_id: ClientId::from_stored(row.client_id),
            created_at: Timestamp(row.created_at),
            edited_at: row.edited_at.map(Timestamp),
            changed_seq: row.changed_seq.map(Seq),
        }
    }
}

/// The messages with these authors and client ids.
pub(super) const KNOWN: AsJson = messages!(
    "from json_each($1) e
     join messages m
       on m.author_id = cast(e.value ->> 0 as bigint) and m.client_id = e.value ->> 1
     join users u on u.id = m.author_id"
);

const MESSAGES_BEFORE: AsJson = messages!(
    "from messages m join users u on u.id = m.author_id
     where m.thread_id = $1 and m.seq < $2 and m.deleted_at is null
     order by m.seq desc limit 0 + $3"
);

/// The newest `limit` messages before `before`, oldest first.
///
/// # Errors
/// The database fails.
pub async fn before(db: &Db, thread: ThreadId, before: Seq, limit: u32) -> Result<Vec<Message>> {
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(
        MESSAGES_BEFORE.on(db.reader())
    )
    .bind(thread.0)
    .bind(before.0)
    .bind(i64::from(limit))
    .fetch_one(pool)
    .await)?;
    let rows: Vec<MessageRow> = parse(&json)?;
    Ok(rows.into_iter().rev().map(Message::from).collect())
}

const MESSAGES_BETWEEN: AsJson = messages!(
    "from messages m join users u on u.id = m.author_id
     where m.thread_id = $1 and m.seq > $2 and m.seq <= $3 and m.deleted_at is null
     order by m.seq limit 0 + $4"
);

/// The oldest `limit` messages after `after` and not beyond `through`, oldest first.
///
/// # Errors
/// The database fails.
pub async fn between(
    db: &Db,
    thread: ThreadId,
    after: Seq,
    through: Seq,
    limit: u32,
) -> Result<Vec<Message>> {
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(
        MESSAGES_BETWEEN.on(db.reader())
    )
    .bind(thread.0)
    .bind(after.0)
    .bind(through.0)
    .bind(i64::from(limit))
    .fetch_one(pool)
    .await)?;
    let rows: Vec<MessageRow> = parse(&json)?;
    Ok(rows.into_iter().map(Message::from).collect())
}

/// How many messages a thread had up to an event.
///
/// # Errors
/// The database fails.
pub async fn number_at(db: &Db, thread: ThreadId, seq: Seq) -> Result<i64> {
    let number: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select number from messages where thread_id = $1 and seq <= $2
         order by seq desc limit 1"
    )
    .bind(thread.0)
    .bind(seq.0)
    .fetch_optional(pool)
    .await)?;
    Ok(number.unwrap_or(0))
}

/// A stretch of a thread's events.
#[derive(Clone, Copy, Debug)]
pub enum Events {
    /// Those after, oldest first.
    After(Seq),
    /// Those before, newest first.
    Before(Seq),
}

/// Events with what they concern: a message with its author, a person, or nothing that is still
/// there.
macro_rules! events {
    ($which:literal) => {
        as_json!(
            {
                event: [event_seq, event_kind];
                message?: [id, thread_id, seq, number, text, client_id, created_at, edited_at, changed_seq],
                person?: [user_id, username, name],
                changed?: [
                    thread, thread_name, description, kind, last_seq, message_count, active_at,
                    archived_at, people, for_everybody
                ]
            },
            "select e.seq as event_seq, e.kind as event_kind, m.id, m.thread_id, m.seq, m.number,
                    m.text, m.client_id, m.created_at, m.edited_at, m.changed_seq,
                    u.id as user_id, u.username, u.name, ",
            thread_columns!(),
            " from thread_events e
             left join threads t on t.id = e.thread_id and e.kind = 'changed'
             left join messages m on m.id = e.message_id
             left join users u on u.id = coalesce(m.author_id, e.user_id)
             where e.thread_id = $1 and ",
            $which
        )
    };
}

const EVENTS_AFTER: AsJson = events!("e.seq > $2 order by e.seq limit 0 + $3");
const EVENTS_BEFORE: AsJson = events!("e.seq < $2 order by e.seq desc limit 0 + $3");

#[derive(Deserialize)]
struct EventColumns {
    event_seq: i64,
    event_kind: String,
}

#[derive(Deserialize)]
struct EventRow {
    event: EventColumns,
    message: Option<MessageColumns>,
    person: Option<UserRow>,
    changed: Option<ThreadRow>,
}

impl From<EventRow> for (Seq, ThreadEvent) {
    fn from(row: EventRow) -> Self {
        let EventRow {
            event,
            message,
            person,
            changed,
        } = row;
        let changed = changed.and_then(|row| Thread::try_from(row).ok());
        let happened = match (event.event_kind.as_str(), message, person) {
            ("changed", ..) => changed.map_or(ThreadEvent::Unknown, |thread| {
                ThreadEvent::Changed { thread }
            }),
            ("posted", Some(message), Some(author)) => ThreadEvent::Posted {
                message: MessageRow { message, author }.into(),
            },
            ("joined", _, Some(person)) => ThreadEvent::Joined {
                user: User::from(person),
            },
            ("left", _, Some(person)) => ThreadEvent::Left {
                user: User::from(person),
            },
            ("made_owner", _, Some(person)) => ThreadEvent::MadeOwner {
                user: User::from(person),
            },
            _ => ThreadEvent::Unknown,
        };
        (Seq(event.event_seq), happened)
    }
}

/// Events of a thread, at most `limit`, without gaps.
///
/// A `posted` event shows its message as it is now, not as it was, and a `changed` one its thread: later events still follow and
/// lead to the same state, and nothing that was taken back is shown again. What an event was about
/// may be gone; its number is not.
///
/// # Errors
/// The database fails.
pub async fn events(
    db: &Db,
    thread: ThreadId,
    which: Events,
    limit: u32,
) -> Result<Vec<(Seq, ThreadEvent)>> {
    let (query, seq) = match which {
        Events::After(seq) => (EVENTS_AFTER, seq),
        Events::Before(seq) => (EVENTS_BEFORE, seq),
    };
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(
        query.on(db.reader())
    )
    .bind(thread.0)
    .bind(seq.0)
    .bind(i64::from(limit))
    .fetch_one(pool)
    .await)?;
    let rows: Vec<EventRow> = parse(&json)?;
    Ok(rows.into_iter().map(EventRow::into).collect())
}
