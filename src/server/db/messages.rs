//! Reading messages and events. Writing them is the business of [`super::writer`].

use serde::Deserialize;

use super::rows::{AsJson, as_json, parse};
use super::threads::{ThreadRow, thread_columns};
use super::users::UserRow;
use super::{Db, Result, reactions};
use crate::protocol::text::Stored;
use crate::protocol::{
    ClientId, Emoji, Message, MessageId, MessageText, Quote, Reacted, Seq, Thread, ThreadEvent,
    ThreadId, Timestamp, User,
};

/// The columns of a message `m`, of its author `u`, and of the message `q` that it answers.
macro_rules! message_columns {
    () => {
        "m.id, m.thread_id, m.seq, m.number, m.text, m.client_id, m.created_at, m.edited_at,
         m.deleted_at, m.reactions, m.changed_seq, u.id as user_id, u.username, u.name,
         q.seq as quoted, substr(q.text, 1, 160) as quoted_text,
         qu.id as quoted_user, qu.username as quoted_username, qu.name as quoted_name "
    };
}

/// The message that `m` answers, and who wrote that.
macro_rules! quoted {
    () => {
        " left join messages q on q.thread_id = m.thread_id and q.seq = m.reply_to
          left join users qu on qu.id = q.author_id "
    };
}

/// Messages as [`MessageRow`]s: from `messages m`, which the first words lead to.
macro_rules! messages {
    ($from:literal, $where:literal) => {
        as_json!(
            {
                message: [
                    id, thread_id, seq, number, text, client_id, created_at, edited_at, deleted_at,
                    reactions, changed_seq
                ],
                author: [user_id, username, name];
                quote?: [quoted, quoted_text, quoted_user, quoted_username, quoted_name]
            },
            "select ",
            message_columns!(),
            $from,
            " join users u on u.id = m.author_id",
            quoted!(),
            $where
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
    deleted_at: Option<i64>,
    reactions: i64,
    changed_seq: Option<i64>,
}

/// The message that another one answers.
#[derive(Deserialize, sqlx::FromRow)]
pub(super) struct QuoteColumns {
    pub quoted: i64,
    pub quoted_text: String,
    pub quoted_user: i64,
    pub quoted_username: String,
    pub quoted_name: String,
}

impl From<QuoteColumns> for Quote {
    fn from(row: QuoteColumns) -> Self {
        let author = UserRow {
            user_id: row.quoted_user,
            username: row.quoted_username,
            name: row.quoted_name,
        };
        Self {
            seq: Seq(row.quoted),
            user: author.into(),
            text: Self::beginning(&row.quoted_text),
        }
    }
}

/// A message, its author, and what it answers. It does not say yet who has reacted: see
/// [`reactions::complete`].
#[derive(Deserialize)]
pub(super) struct MessageRow {
    message: MessageColumns,
    author: UserRow,
    quote: Option<QuoteColumns>,
}

impl MessageRow {
    /// Whether somebody has reacted.
    fn has_reactions(&self) -> bool {
        self.message.reactions > 0 && self.message.deleted_at.is_none()
    }
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        let MessageRow {
            message: row,
            author,
            quote,
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
            deleted_at: row.deleted_at.map(Timestamp),
            reply_to: quote.map(|quote| Box::new(quote.into())),
            reactions: Vec::new(),
            changed_seq: row.changed_seq.map(Seq),
        }
    }
}

/// The messages with these authors and client ids.
pub(super) const KNOWN: AsJson = messages!(
    "from json_each($1) e
     join messages m
       on m.author_id = cast(e.value ->> 0 as bigint) and m.client_id = e.value ->> 1",
    ""
);

const MESSAGES_BEFORE: AsJson = messages!(
    "from messages m",
    "where m.thread_id = $1 and m.seq < $2 order by m.seq desc limit 0 + $3"
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
    let mut messages = with_reactions(db, parse(&json)?).await?;
    messages.reverse();
    Ok(messages)
}

/// The messages of these rows, with who has reacted to them.
async fn with_reactions(db: &Db, rows: Vec<MessageRow>) -> Result<Vec<Message>> {
    let has_some = rows.iter().any(MessageRow::has_reactions);
    let mut messages: Vec<Message> = rows.into_iter().map(Message::from).collect();
    if has_some {
        reactions::complete(db, messages.iter_mut()).await?;
    }
    Ok(messages)
}

const MESSAGES_BETWEEN: AsJson = messages!(
    "from messages m",
    "where m.thread_id = $1 and m.seq > $2 and m.seq <= $3 order by m.seq limit 0 + $4"
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
    with_reactions(db, parse(&json)?).await
}

const MESSAGES_CHANGED: AsJson = messages!(
    "from messages m",
    "where m.thread_id = $1 and m.changed_seq > $2 and m.seq > $3
     order by m.changed_seq limit 0 + $4"
);

/// The first `limit` messages that were changed after `changed_after`, of those after `after`, in the
/// order of their changes.
///
/// # Errors
/// The database fails.
pub async fn changed(
    db: &Db,
    thread: ThreadId,
    changed_after: Seq,
    after: Seq,
    limit: u32,
) -> Result<Vec<Message>> {
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(
        MESSAGES_CHANGED.on(db.reader())
    )
    .bind(thread.0)
    .bind(changed_after.0)
    .bind(after.0)
    .bind(i64::from(limit))
    .fetch_one(pool)
    .await)?;
    with_reactions(db, parse(&json)?).await
}

/// One message as it is now.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, thread: ThreadId, seq: Seq) -> Result<Option<Message>> {
    let found = between(db, thread, seq.prev(), seq, 1).await?;
    Ok(found.into_iter().next())
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
                event: [event_seq, event_kind, event_payload];
                message?: [
                    id, thread_id, seq, number, text, client_id, created_at, edited_at, deleted_at,
                    reactions, changed_seq
                ],
                person?: [user_id, username, name],
                quote?: [quoted, quoted_text, quoted_user, quoted_username, quoted_name],
                changed?: [
                    thread, thread_name, description, kind, last_seq, message_count, active_at,
                    archived_at, people, for_everybody
                ]
            },
            "select e.seq as event_seq, e.kind as event_kind, e.payload as event_payload, ",
            message_columns!(),
            ", ",
            thread_columns!(),
            " from thread_events e
             left join threads t on t.id = e.thread_id and e.kind = 'changed'
             left join messages m on m.id = e.message_id
             left join users u on u.id = case
                 when e.kind in ('reacted', 'unreacted') then e.user_id
                 else coalesce(m.author_id, e.user_id) end",
            quoted!(),
            "where e.thread_id = $1 and ",
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
    event_payload: Option<String>,
}

#[derive(Deserialize)]
struct EventRow {
    event: EventColumns,
    message: Option<MessageColumns>,
    person: Option<UserRow>,
    quote: Option<QuoteColumns>,
    changed: Option<ThreadRow>,
}

impl From<EventRow> for (Seq, ThreadEvent) {
    fn from(row: EventRow) -> Self {
        let EventRow {
            event,
            message,
            person,
            quote,
            changed,
        } = row;
        let changed = changed.and_then(|row| Thread::try_from(row).ok());
        let whole = |message, author| {
            Message::from(MessageRow {
                message,
                author,
                quote,
            })
        };
        let happened = match (event.event_kind.as_str(), message, person) {
            ("changed", ..) => changed.map_or(ThreadEvent::Unknown, |thread| {
                ThreadEvent::Changed { thread }
            }),
            ("posted", Some(message), Some(author)) => ThreadEvent::Posted {
                message: whole(message, author),
            },
            ("edited" | "deleted" | "restored", Some(message), Some(author)) => {
                ThreadEvent::MessageChanged {
                    message: whole(message, author),
                }
            }
            (kind @ ("reacted" | "unreacted"), Some(message), Some(person)) => {
                ThreadEvent::Reacted {
                    reacted: Reacted {
                        to: Seq(message.seq),
                        user: person.into(),
                        emoji: Emoji::from_stored(event.event_payload.unwrap_or_default()),
                        removed: kind == "unreacted",
                    },
                }
            }
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
/// An event that shows a message shows it as it is now, not as it was, and a `changed` one its thread:
/// later events still follow and lead to the same state, and nothing that was taken back is shown
/// again. What an event was about may be gone; its number is not.
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
    let mut events: Vec<(Seq, ThreadEvent)> = rows.into_iter().map(EventRow::into).collect();
    let shown = events.iter_mut().filter_map(|(_, event)| match event {
        ThreadEvent::Posted { message } | ThreadEvent::MessageChanged { message } => Some(message),
        _ => None,
    });
    // Of those that nothing was done to, nobody has reacted to any.
    let changed: Vec<&mut Message> = shown.filter(|m| m.changed_seq.is_some()).collect();
    if !changed.is_empty() {
        reactions::complete(db, changed.into_iter()).await?;
    }
    Ok(events)
}
