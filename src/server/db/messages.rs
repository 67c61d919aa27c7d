//! Reading messages and events. Writing them is the business of [`super::writer`].

use sqlx::FromRow;

use super::users::{UserRow, decode};
use super::{Db, Result};
use crate::protocol::{
    ClientId, Message, MessageId, MessageText, Seq, ThreadEvent, ThreadId, Timestamp,
};

#[derive(FromRow)]
pub(super) struct MessageRow {
    pub id: i64,
    pub thread_id: i64,
    pub seq: i64,
    pub text: String,
    pub client_id: String,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    #[sqlx(flatten)]
    pub user: UserRow,
}

impl TryFrom<MessageRow> for Message {
    type Error = sqlx::Error;

    fn try_from(row: MessageRow) -> Result<Self> {
        Ok(Self {
            id: MessageId(row.id),
            thread_id: ThreadId(row.thread_id),
            seq: Seq(row.seq),
            user: row.user.try_into()?,
            text: MessageText::parse(&row.text).map_err(decode)?,
            client_id: ClientId::parse(&row.client_id).map_err(decode)?,
            created_at: Timestamp(row.created_at),
            edited_at: row.edited_at.map(Timestamp),
        })
    }
}

/// The newest `limit` messages before `before`, oldest first.
///
/// # Errors
/// The database fails.
pub async fn before(db: &Db, thread: ThreadId, before: Seq, limit: u32) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select m.id, m.thread_id, m.seq, m.text, m.client_id, m.created_at, m.edited_at,
                u.id as user_id, u.username, u.name
         from messages m join users u on u.id = m.author_id
         where m.thread_id = $1 and m.seq < $2 and m.deleted_at is null
         order by m.seq desc limit $3",
    )
    .bind(thread.0)
    .bind(before.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    rows.into_iter().rev().map(Message::try_from).collect()
}

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
    let rows: Vec<MessageRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select m.id, m.thread_id, m.seq, m.text, m.client_id, m.created_at, m.edited_at,
                u.id as user_id, u.username, u.name
         from messages m join users u on u.id = m.author_id
         where m.thread_id = $1 and m.seq > $2 and m.seq <= $3 and m.deleted_at is null
         order by m.seq limit $4",
    )
    .bind(thread.0)
    .bind(after.0)
    .bind(through.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
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
    let (sql, seq) = match which {
        Events::After(seq) => (
            "select m.id, m.thread_id, e.seq, m.text, m.client_id, m.created_at, m.edited_at,
                    u.id as user_id, u.username, u.name
             from thread_events e
             join messages m on m.id = e.message_id
             join users u on u.id = m.author_id
             where e.thread_id = $1 and e.seq > $2
             order by e.seq limit $3",
            seq,
        ),
        Events::Before(seq) => (
            "select m.id, m.thread_id, e.seq, m.text, m.client_id, m.created_at, m.edited_at,
                    u.id as user_id, u.username, u.name
             from thread_events e
             join messages m on m.id = e.message_id
             join users u on u.id = m.author_id
             where e.thread_id = $1 and e.seq < $2
             order by e.seq desc limit $3",
            seq,
        ),
    };
    let rows: Vec<MessageRow> = on!(db.reader(), |pool| sqlx::query_as(sql)
        .bind(thread.0)
        .bind(seq.0)
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await)?;
    rows.into_iter()
        .map(|row| {
            let message = Message::try_from(row)?;
            Ok((message.seq, ThreadEvent::Posted { message }))
        })
        .collect()
}
