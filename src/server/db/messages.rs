//! Reading messages. Writing them is the business of [`super::writer`], changing them that of
//! [`super::revising`].

use serde::Deserialize;

use super::rows::{Statement, as_json, parse, rows};
use super::users::UserRow;
use super::{Db, Result, reactions};
use crate::protocol::text::Stored;
use crate::protocol::{
    ClientId, FileInfo, Message, MessageId, MessageText, Quote, Seq, ThreadId, Timestamp, UserId,
};

/// How the message `q` begins, which another one answers. One that is files only has a sign for them
/// ([`Quote::FILES`]): without a text it would pass for a deleted one.
macro_rules! quoted_text {
    () => {
        "case when q.text <> '' or q.deleted_at is not null then substr(q.text, 1, 160)
              when coalesce(q.forwarded_text, '') <> '' then substr(q.forwarded_text, 1, 160)
              when q.files is not null then '📎' else '' end"
    };
}

/// All who read the message `m` may read the thread `ft` too, in which what it passes on was said: it is the
/// same, or for everybody, and no guest is among them.
macro_rules! is_told_where {
    () => {
        "(ft.id = m.thread_id or ft.kind = 'public' and not exists (
              select 1 from users g join memberships gm on gm.user_id = g.id
              where g.role = 'guest' and gm.thread_id = m.thread_id))"
    };
}

/// The columns of a message `m`, of its author `u`, and of the message `q` that it answers.
macro_rules! message_columns {
    () => {
        concat!(
            "m.id, m.thread_id, m.seq, m.number, m.text, m.client_id, m.created_at, m.edited_at,
         m.deleted_at, m.pinned_at, m.calls, m.files, m.reactions, m.changed_seq, u.id as user_id, u.username, u.name,
         u.avatar,
         q.seq as quoted, ",
            $crate::server::db::messages::quoted_text!(),
            " as quoted_text,
         qu.id as quoted_user, qu.username as quoted_username, qu.name as quoted_name,
         fu.id as passed_user, fu.username as passed_username, fu.name as passed_name,
         m.forwarded_text as passed_text,
         case when ",
            $crate::server::db::messages::is_told_where!(),
            " then ft.id end as passed_thread,
         case when ",
            $crate::server::db::messages::is_told_where!(),
            " then m.forwarded_seq end as passed_seq "
        )
    };
}

/// The message that `m` answers, and who wrote that; who has said what it passes on, and where.
macro_rules! quoted {
    () => {
        " left join messages q on q.thread_id = m.thread_id and q.seq = m.reply_to
          left join users qu on qu.id = q.author_id
          left join users fu on fu.id = m.forwarded_user
          left join threads ft on ft.id = m.forwarded_thread "
    };
}

pub(super) use {is_told_where, message_columns, quoted, quoted_text};

/// Messages as [`MessageRow`]s: from `messages m`, which the first words lead to.
macro_rules! messages {
    ($from:literal, $where:literal) => {
        as_json!(
            {
                message: [
                    id, thread_id, seq, number, text, client_id, created_at, edited_at, deleted_at,
                    pinned_at, calls, files, reactions, changed_seq
                ],
                author: [user_id, username, name, avatar];
                quote?: [quoted, quoted_text, quoted_user, quoted_username, quoted_name],
                passed?: [
                    passed_user, passed_username, passed_name, passed_text, passed_thread, passed_seq
                ]
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
    pub seq: i64,
    number: i64,
    text: String,
    client_id: String,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    pinned_at: Option<i64>,
    calls: i64,
    files: Option<String>,
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
            // It is shown by its name only.
            avatar: None,
            role: None,
        };
        Self {
            seq: Seq(row.quoted),
            thread_id: None,
            user: author.into(),
            text: Self::beginning(&row.quoted_text),
        }
    }
}

/// A message that another one passes on. Where it was said is told only of what is open to all who read
/// that.
// They are called as the columns are.
#[allow(clippy::struct_field_names)]
#[derive(Deserialize)]
pub(super) struct PassedColumns {
    passed_user: i64,
    passed_username: String,
    passed_name: String,
    passed_text: Option<String>,
    passed_thread: Option<i64>,
    passed_seq: Option<i64>,
}

impl From<PassedColumns> for Quote {
    fn from(row: PassedColumns) -> Self {
        let author = UserRow {
            user_id: row.passed_user,
            username: row.passed_username,
            name: row.passed_name,
            // It is shown by its name only.
            avatar: None,
            role: None,
        };
        Self {
            seq: Seq(row.passed_seq.unwrap_or(0)),
            thread_id: row.passed_thread.map(ThreadId),
            user: author.into(),
            text: row.passed_text.unwrap_or_default(),
        }
    }
}

/// A message, its author, and what it answers. It does not say yet who has reacted: see
/// [`reactions::complete`].
#[derive(Deserialize)]
pub(super) struct MessageRow {
    pub message: MessageColumns,
    pub author: UserRow,
    pub quote: Option<QuoteColumns>,
    pub passed: Option<PassedColumns>,
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
            passed,
        } = row;
        let passed = passed.filter(|_| row.deleted_at.is_none());
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
            pinned_at: row
                .pinned_at
                .filter(|_| row.deleted_at.is_none())
                .map(Timestamp),
            calls: row.calls == 1,
            reply_to: quote.map(|quote| Box::new(quote.into())),
            forwarded: passed.map(|passed| Box::new(passed.into())),
            files: shown(row.files, row.deleted_at),
            reactions: Vec::new(),
            changed_seq: row.changed_seq.map(Seq),
        }
    }
}

/// The files of a message; of a deleted one they are not told.
fn shown(files: Option<String>, deleted_at: Option<i64>) -> Vec<FileInfo> {
    let files = files.filter(|_| deleted_at.is_none());
    files.map_or_else(Vec::new, |files| super::files::read(&files))
}

/// The messages with these authors and client ids.
pub(super) const KNOWN: Statement = messages!(
    "from json_each($1) e
     join messages m
       on m.author_id = cast(e.value ->> 0 as bigint) and m.client_id = e.value ->> 1",
    ""
);

const MESSAGES_BEFORE: Statement = messages!(
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

const MESSAGES_BETWEEN: Statement = messages!(
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

const MESSAGES_CHANGED: Statement = messages!(
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

const MESSAGES_BY_ID: Statement = messages!(
    "from json_each($1) e join messages m on m.id = cast(e.value ->> 0 as bigint)",
    "where m.deleted_at is null order by m.id desc"
);

/// These messages, newest first.
///
/// # Errors
/// The database fails.
pub async fn by_id(db: &Db, ids: &[MessageId]) -> Result<Vec<Message>> {
    let ids = ids.iter().map(|id| (id.0,)).collect();
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(
        MESSAGES_BY_ID.on(db.reader())
    )
    .bind(rows(ids))
    .fetch_one(pool)
    .await)?;
    with_reactions(db, parse(&json)?).await
}

const PINNED: Statement = messages!(
    "from messages m",
    "where m.thread_id = $1 and m.pinned_at is not null and m.deleted_at is null
     order by m.pinned_at desc, m.seq desc"
);

/// What is pinned in a thread, the last that was first.
///
/// # Errors
/// The database fails.
pub async fn pinned(db: &Db, thread: ThreadId) -> Result<Vec<Message>> {
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(
        PINNED.on(db.reader())
    )
    .bind(thread.0)
    .fetch_one(pool)
    .await)?;
    with_reactions(db, parse(&json)?).await
}

const WITH_FILES: Statement = messages!(
    "from messages m",
    "where m.thread_id = $1 and m.seq < $2 and m.files is not null and m.deleted_at is null
     order by m.seq desc limit 0 + $3"
);

/// The newest `limit` messages with files before `before`, newest first.
///
/// # Errors
/// The database fails.
pub async fn with_files(
    db: &Db,
    thread: ThreadId,
    before: Seq,
    limit: u32,
) -> Result<Vec<Message>> {
    let json: String = on!(db.reader(), |pool| sqlx::query_scalar(
        WITH_FILES.on(db.reader())
    )
    .bind(thread.0)
    .bind(before.0)
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

/// The first message of a thread at a time or later, up to an event. Time does not run backwards within a
/// thread, so half of what is left is looked away from with each step: that needs no index of times.
///
/// # Errors
/// The database fails.
pub async fn first_since(
    db: &Db,
    thread: ThreadId,
    head: Seq,
    since: Timestamp,
) -> Result<Option<Seq>> {
    // What is at `low` or before is earlier; what is at `high` or after is not.
    let (mut low, mut high) = (0, head.0 + 1);
    let mut found = None;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let next: Option<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
            "select seq, created_at from messages
             where thread_id = $1 and seq >= $2 and seq < $3 order by seq limit 1"
        )
        .bind(thread.0)
        .bind(middle)
        .bind(high)
        .fetch_optional(pool)
        .await)?;
        match next {
            Some((seq, at)) if at < since.0 => low = seq,
            Some((seq, _)) => (found, high) = (Some(Seq(seq)), middle),
            None => high = middle,
        }
    }
    Ok(found)
}

/// Where what a message passes on was said.
///
/// # Errors
/// The database fails.
pub async fn origin(db: &Db, message: MessageId) -> Result<Option<(ThreadId, Seq)>> {
    let found: Option<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select forwarded_thread, forwarded_seq from messages
         where id = $1 and forwarded_thread is not null and deleted_at is null"
    )
    .bind(message.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.map(|(thread, seq)| (ThreadId(thread), Seq(seq))))
}

/// Where somebody has said something with that client id.
///
/// # Errors
/// The database fails.
pub async fn place_of(db: &Db, author: UserId, client_id: &str) -> Result<Option<(ThreadId, Seq)>> {
    let found: Option<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(
        "select thread_id, seq from messages where author_id = $1 and client_id = $2"
    )
    .bind(author.0)
    .bind(client_id)
    .fetch_optional(pool)
    .await)?;
    Ok(found.map(|(thread, seq)| (ThreadId(thread), Seq(seq))))
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
