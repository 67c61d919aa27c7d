//! Reading a thread's events: what recovery and history are made of.

use serde::Deserialize;

use super::messages::{
    MessageColumns, MessageRow, PassedColumns, QuoteColumns, message_columns, quoted,
};
use super::rows::{Statement, as_json, parse};
use super::threads::{ThreadRow, thread_columns};
use super::users::UserRow;
use super::{Db, Result, reactions};
use crate::protocol::text::Stored;
use crate::protocol::{Emoji, Message, Reacted, Seq, Thread, ThreadEvent, ThreadId, User};

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
                event: [at, what, payload];
                message?: [
                    id, thread_id, seq, number, text, client_id, created_at, edited_at, deleted_at,
                    pinned_at, calls, files, reactions, changed_seq
                ],
                person?: [user_id, username, name, avatar, role],
                quote?: [quoted, quoted_text, quoted_user, quoted_username, quoted_name],
                passed?: [
                    passed_user, passed_username, passed_name, passed_text, passed_thread, passed_seq
                ],
                changed?: [
                    thread, thread_name, description, kind, last_seq, message_count, active_at,
                    archived_at, people, for_everybody, announcements, slow_seconds
                ]
            },
            "select e.seq as at, e.kind as what, e.payload, ",
            message_columns!(),
            ", ",
            thread_columns!(),
            ", case when m.id is null then u.role end as role
             from thread_events e
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

const EVENTS_AFTER: Statement = events!("e.seq > $2 order by e.seq limit 0 + $3");
const EVENTS_BEFORE: Statement = events!("e.seq < $2 order by e.seq desc limit 0 + $3");

#[derive(Deserialize)]
struct EventColumns {
    at: i64,
    what: String,
    payload: Option<String>,
}

#[derive(Deserialize)]
struct EventRow {
    event: EventColumns,
    message: Option<MessageColumns>,
    person: Option<UserRow>,
    quote: Option<QuoteColumns>,
    passed: Option<PassedColumns>,
    changed: Option<ThreadRow>,
}

impl From<EventRow> for (Seq, ThreadEvent) {
    fn from(row: EventRow) -> Self {
        let EventRow {
            event,
            message,
            person,
            quote,
            passed,
            changed,
        } = row;
        let changed = changed.and_then(|row| Thread::try_from(row).ok());
        let whole = |message, author| {
            Message::from(MessageRow {
                message,
                author,
                quote,
                passed,
            })
        };
        let happened = match (event.what.as_str(), message, person) {
            ("changed", ..) => changed.map_or(ThreadEvent::Unknown, |thread| {
                ThreadEvent::Changed { thread }
            }),
            ("posted", Some(message), Some(author)) => ThreadEvent::Posted {
                message: whole(message, author),
            },
            (
                "edited" | "deleted" | "restored" | "pinned" | "unpinned",
                Some(message),
                Some(author),
            ) => ThreadEvent::MessageChanged {
                message: whole(message, author),
            },
            (kind @ ("reacted" | "unreacted"), Some(message), Some(person)) => {
                ThreadEvent::Reacted {
                    reacted: Reacted {
                        to: Seq(message.seq),
                        user: person.into(),
                        emoji: Emoji::from_stored(event.payload.unwrap_or_default()),
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
        (Seq(event.at), happened)
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
