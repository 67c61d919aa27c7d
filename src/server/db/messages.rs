//! Reading messages and events. Writing them is the business of [`super::writer`].

use serde::Deserialize;

use super::rows::{AsJson, as_json, parse};
use super::users::{UserRow, decode};
use super::{Db, Result};
use crate::protocol::{
    ClientId, Message, MessageId, MessageText, Seq, ThreadEvent, ThreadId, Timestamp,
};

/// Messages as [`MessageRow`]s, with the number that is wanted, from `messages m` and `users u`.
macro_rules! messages {
    ($seq:literal, $from:literal) => {
        as_json!(
            ["r.id, r.thread_id, r.seq, r.text, r.client_id, r.created_at, r.edited_at"]
            ["r.user_id, r.username, r.name"],
            "select m.id, m.thread_id, ",
            $seq,
            ", m.text, m.client_id, m.created_at, m.edited_at,
             u.id as user_id, u.username, u.name ",
            $from
        )
    };
}

/// In the order of the columns.
#[derive(Deserialize)]
pub(super) struct MessageColumns {
    id: i64,
    thread_id: i64,
    seq: i64,
    text: String,
    client_id: String,
    created_at: i64,
    edited_at: Option<i64>,
}

/// A message and its author.
pub(super) type MessageRow = (MessageColumns, UserRow);

impl TryFrom<MessageRow> for Message {
    type Error = sqlx::Error;

    fn try_from((row, author): MessageRow) -> Result<Self> {
        Ok(Self {
            id: MessageId(row.id),
            thread_id: ThreadId(row.thread_id),
            seq: Seq(row.seq),
            user: author.try_into()?,
            text: MessageText::parse(&row.text).map_err(decode)?,
            client_id: ClientId::parse(&row.client_id).map_err(decode)?,
            created_at: Timestamp(row.created_at),
            edited_at: row.edited_at.map(Timestamp),
        })
    }
}

const MESSAGES_BEFORE: AsJson = messages!(
    "m.seq",
    "from messages m join users u on u.id = m.author_id
     where m.thread_id = $1 and m.seq < $2 and m.deleted_at is null
     order by m.seq desc limit 0 + $3"
);

/// The messages with these authors and client ids.
pub(super) const KNOWN: AsJson = messages!(
    "m.seq",
    "from json_each($1) e
     join messages m
       on m.author_id = cast(e.value ->> 0 as bigint) and m.client_id = e.value ->> 1
     join users u on u.id = m.author_id"
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
    rows.into_iter().rev().map(Message::try_from).collect()
}

const MESSAGES_BETWEEN: AsJson = messages!(
    "m.seq",
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
    rows.into_iter().map(Message::try_from).collect()
}

/// A stretch of a thread's events.
#[derive(Clone, Copy, Debug)]
pub enum Events {
    /// Those after, oldest first.
    After(Seq),
    /// Those before, newest first.
    Before(Seq),
}

const EVENTS_AFTER: AsJson = messages!(
    "e.seq",
    "from thread_events e
     join messages m on m.id = e.message_id
     join users u on u.id = m.author_id
     where e.thread_id = $1 and e.seq > $2
     order by e.seq limit 0 + $3"
);

const EVENTS_BEFORE: AsJson = messages!(
    "e.seq",
    "from thread_events e
     join messages m on m.id = e.message_id
     join users u on u.id = m.author_id
     where e.thread_id = $1 and e.seq < $2
     order by e.seq desc limit 0 + $3"
);

/// Events of a thread, at most `limit`, without gaps.
///
/// A `posted` event shows its message as it is now, not as it was: later events still follow and
/// lead to the same state, and nothing that was taken back is shown again.
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
    let rows: Vec<MessageRow> = parse(&json)?;
    rows.into_iter()
        .map(|row| {
            let message = Message::try_from(row)?;
            Ok((message.seq, ThreadEvent::Posted { message }))
        })
        .collect()
}
