//! One batch of posts in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;

use super::Post;
use crate::protocol::{
    Message, MessageId, Posted, Seq, Thread, ThreadId, ThreadKind, Timestamp, User, UserId,
};
use crate::server::db::messages::{KNOWN, MessageRow};
use crate::server::db::rows::{AsJson, as_json, parse, rows};
use crate::server::db::threads::ThreadRow;
use crate::server::db::users::UserRow;
use crate::server::db::{Db, Result};

/// What came of a post.
pub(super) enum Outcome {
    Fresh {
        posted: Posted,
        /// The author belongs to the thread since just now.
        has_joined: bool,
    },
    /// The client id was known.
    Repeated(Posted),
    /// There is no such thread for the author.
    Refused,
}

impl Outcome {
    /// A commit that failed may have happened all the same (the answer was lost): what is found
    /// written was perhaps never announced. Subscribers drop a double by its number.
    pub(super) fn announced_again(self) -> Self {
        match self {
            Self::Repeated(posted) => Self::Fresh {
                has_joined: posted.thread.kind == ThreadKind::Public,
                posted,
            },
            other => other,
        }
    }

    pub(super) fn into_posted(self) -> Option<Posted> {
        match self {
            Self::Fresh { posted, .. } | Self::Repeated(posted) => Some(posted),
            Self::Refused => None,
        }
    }
}

/// Authors in the threads that they may post in.
const READABLE: AsJson = as_json!(
    "r.is_member, r.user_id, r.username, r.user_name,
     r.thread_id, r.name, r.kind, r.last_seq, r.active_at",
    "select case when m.user_id is null then 0 else 1 end as is_member,
            u.id as user_id, u.username, u.name as user_name,
            t.id as thread_id, t.name, t.kind, t.last_seq, t.active_at
     from json_each($1) e
     join threads t on t.id = cast(e.value ->> 0 as bigint)
     join users u on u.id = cast(e.value ->> 1 as bigint) and u.banned_at is null
     left join memberships m on m.thread_id = t.id and m.user_id = u.id
     where t.kind = 'public' or m.user_id is not null"
);

/// In the order of the columns.
#[derive(Deserialize)]
struct ReadableRow {
    is_member: i64,
    user_id: i64,
    username: String,
    user_name: String,
    thread_id: i64,
    thread_name: String,
    kind: String,
    last_seq: i64,
    active_at: i64,
}

const HEADS: AsJson = as_json!(
    "r.id, r.last_seq, r.active_at",
    "select t.id, t.last_seq, t.active_at
     from json_each($1) e join threads t on t.id = cast(e.value ->> 0 as bigint)"
);

/// What was written to these threads after these numbers.
const WRITTEN: AsJson = as_json!(
    "r.id, r.thread_id, r.seq",
    "select m.id, m.thread_id, m.seq
     from json_each($1) e
     join messages m
       on m.thread_id = cast(e.value ->> 0 as bigint) and m.seq > cast(e.value ->> 1 as bigint)"
);

/// A thread that an author may post in.
struct Readable {
    thread: Thread,
    /// As they are called now.
    author: User,
    is_member: bool,
}

impl TryFrom<ReadableRow> for Readable {
    type Error = sqlx::Error;

    fn try_from(row: ReadableRow) -> Result<Self> {
        let thread = ThreadRow {
            thread_id: row.thread_id,
            thread_name: row.thread_name,
            kind: row.kind,
            last_seq: row.last_seq,
            active_at: row.active_at,
        };
        let author = UserRow {
            user_id: row.user_id,
            username: row.username,
            name: row.user_name,
        };
        Ok(Self {
            thread: thread.try_into()?,
            author: author.try_into()?,
            is_member: row.is_member == 1,
        })
    }
}

type Reader = (ThreadId, UserId);

/// Whether to look for posts that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeats {
    NotExpected,
    LookedFor,
}

/// Writes a batch: all of it or nothing. An outcome for each post, in their order.
///
/// Posts that come again are rare. So they are looked for only after the database has refused one
/// for its client id, and with it the whole attempt.
pub(super) async fn write(db: &Db, posts: &[Post], now: Timestamp) -> Result<Vec<Outcome>> {
    match attempt(db, posts, now, Repeats::NotExpected).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            attempt(db, posts, now, Repeats::LookedFor).await
        }
        outcome => outcome,
    }
}

/// One transaction.
async fn attempt(
    db: &Db,
    posts: &[Post],
    now: Timestamp,
    repeats: Repeats,
) -> Result<Vec<Outcome>> {
    Ok(in_tx!(db, |tx| {
        let authors: HashSet<(i64, i64)> = posts
            .iter()
            .map(|post| (post.thread.0, post.author.id.0))
            .collect();
        let readable: String = sqlx::query_scalar(READABLE.on(db.writer()))
            .bind(rows(authors.into_iter().collect()))
            .fetch_one(&mut *tx)
            .await?;

        let mut known = Vec::new();
        if repeats == Repeats::LookedFor {
            let keys = posts.iter().map(|p| (p.author.id.0, p.client_id.as_str()));
            let json: String = sqlx::query_scalar(KNOWN.on(db.writer()))
                .bind(rows(keys.collect()))
                .fetch_one(&mut *tx)
                .await?;
            known = parse(&json)?;
        }

        let mut plan = Plan::new(posts, parse(&readable)?, known)?;
        let joining = plan.joining();
        if !joining.is_empty() {
            sqlx::query(
                "insert into memberships (thread_id, user_id, joined_at)
                 select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint), $2
                 from json_each($1) e where true
                 on conflict (thread_id, user_id) do nothing",
            )
            .bind(rows(joining))
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        }
        if !plan.rows.is_empty() {
            // Time does not run backwards within a thread, whatever the clock does.
            sqlx::query(
                "with added as (
                   select cast(e.value ->> 0 as bigint) as thread,
                          cast(e.value ->> 1 as bigint) as n
                   from json_each($1) e)
                 update threads set last_seq = last_seq + added.n,
                        active_at = case when active_at > $2 then active_at else $2 end
                 from added where id = added.thread",
            )
            .bind(rows(plan.added()))
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            let heads: String = sqlx::query_scalar(HEADS.on(db.writer()))
                .bind(rows(plan.added()))
                .fetch_one(&mut *tx)
                .await?;
            let before = plan.number(&parse(&heads)?)?;

            sqlx::query(
                "insert into messages (thread_id, author_id, seq, text, client_id, created_at)
                 select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint),
                        cast(e.value ->> 2 as bigint), e.value ->> 3, e.value ->> 4,
                        cast(e.value ->> 5 as bigint)
                 from json_each($1) e",
            )
            .bind(rows(plan.messages()))
            .execute(&mut *tx)
            .await?;
            let written: String = sqlx::query_scalar(WRITTEN.on(db.writer()))
                .bind(rows(before))
                .fetch_one(&mut *tx)
                .await?;
            plan.identify(&parse(&written)?)?;

            sqlx::query(
                "insert into thread_events (thread_id, seq, kind, message_id, created_at)
                 select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint), 'posted',
                        cast(e.value ->> 2 as bigint), cast(e.value ->> 3 as bigint)
                 from json_each($1) e",
            )
            .bind(rows(plan.events()))
            .execute(&mut *tx)
            .await?;
        }
        plan.outcomes()
    }))
}

/// What a batch does.
struct Plan<'a> {
    posts: &'a [Post],
    readable: HashMap<Reader, Readable>,
    known: HashMap<Key<'a>, Message>,
    rows: Vec<NewRow<'a>>,
    per_thread: BTreeMap<ThreadId, i64>,
}

struct NewRow<'a> {
    /// Its place in the batch.
    at: usize,
    post: &'a Post,
    seq: Seq,
    created_at: Timestamp,
    id: MessageId,
}

type Key<'a> = (UserId, &'a str);

fn key(post: &Post) -> Key<'_> {
    (post.author.id, post.client_id.as_str())
}

impl<'a> Plan<'a> {
    /// Leaves out what may not be posted, what is known already, and the second of two posts with
    /// one client id.
    fn new(posts: &'a [Post], readable: Vec<ReadableRow>, known: Vec<MessageRow>) -> Result<Self> {
        let readable = readable
            .into_iter()
            .map(|row| {
                let readable = Readable::try_from(row)?;
                Ok(((readable.thread.id, readable.author.id), readable))
            })
            .collect::<Result<HashMap<_, _>>>()?;
        let mut earlier: HashMap<(UserId, String), Message> = HashMap::new();
        for row in known {
            let message = Message::try_from(row)?;
            let client_id = message.client_id.as_str().to_owned();
            earlier.insert((message.user.id, client_id), message);
        }
        let mut plan = Self {
            posts,
            readable,
            known: HashMap::new(),
            rows: Vec::with_capacity(posts.len()),
            per_thread: BTreeMap::new(),
        };
        let mut seen = HashSet::new();
        for (at, post) in posts.iter().enumerate() {
            if !earlier.is_empty()
                && let Some(message) = earlier.remove(&(post.author.id, post.client_id.to_string()))
            {
                plan.known.insert(key(post), message);
            }
            let may_post = plan.readable.contains_key(&(post.thread, post.author.id));
            if may_post && !plan.known.contains_key(&key(post)) && seen.insert(key(post)) {
                plan.add(at, post);
            }
        }
        Ok(plan)
    }

    fn add(&mut self, at: usize, post: &'a Post) {
        *self.per_thread.entry(post.thread).or_default() += 1;
        self.rows.push(NewRow {
            at,
            post,
            seq: Seq::START,
            created_at: Timestamp(0),
            id: MessageId(0),
        });
    }

    /// Authors who do not belong to the public thread that they post in.
    fn joining(&self) -> Vec<(i64, i64)> {
        let new: HashSet<(i64, i64)> = self
            .rows
            .iter()
            .filter(|row| self.joins(row.post))
            .map(|row| (row.post.thread.0, row.post.author.id.0))
            .collect();
        new.into_iter().collect()
    }

    fn joins(&self, post: &Post) -> bool {
        let readable = self.readable.get(&(post.thread, post.author.id));
        readable.is_some_and(|r| !r.is_member && r.thread.kind == ThreadKind::Public)
    }

    fn added(&self) -> Vec<(i64, i64)> {
        let threads = self.per_thread.iter();
        threads.map(|(thread, n)| (thread.0, *n)).collect()
    }

    fn messages(&self) -> Vec<(i64, i64, i64, &'a str, &'a str, i64)> {
        let row = |new: &NewRow<'a>| {
            let Post {
                thread,
                author,
                client_id,
                text,
            } = new.post;
            (
                thread.0,
                author.id.0,
                new.seq.0,
                text.as_str(),
                client_id.as_str(),
                new.created_at.0,
            )
        };
        self.rows.iter().map(row).collect()
    }

    fn events(&self) -> Vec<(i64, i64, i64, i64)> {
        let row = |new: &NewRow<'a>| (new.post.thread.0, new.seq.0, new.id.0, new.created_at.0);
        self.rows.iter().map(row).collect()
    }

    /// Gives out sequence numbers, in the order of arrival, up to each thread's new head. Tells
    /// where each thread stood before.
    fn number(&mut self, heads: &[(i64, i64, i64)]) -> Result<Vec<(i64, i64)>> {
        let mut before = Vec::with_capacity(heads.len());
        let mut next: HashMap<ThreadId, (Seq, Timestamp)> = HashMap::with_capacity(heads.len());
        for (thread, head, at) in heads {
            let thread = ThreadId(*thread);
            let added = self.per_thread.get(&thread).copied().unwrap_or_default();
            before.push((thread.0, head - added));
            next.insert(thread, (Seq(head - added + 1), Timestamp(*at)));
        }
        for row in &mut self.rows {
            // A thread that is gone has no head.
            let (seq, at) = next
                .get_mut(&row.post.thread)
                .ok_or(sqlx::Error::RowNotFound)?;
            (row.seq, row.created_at) = (*seq, *at);
            *seq = seq.next();
        }
        Ok(before)
    }

    /// Takes over the ids the database gave; their order means nothing.
    fn identify(&mut self, ids: &[(i64, i64, i64)]) -> Result<()> {
        let ids: HashMap<(i64, i64), i64> = ids
            .iter()
            .map(|(id, thread, seq)| ((*thread, *seq), *id))
            .collect();
        for row in &mut self.rows {
            let id = ids
                .get(&(row.post.thread.0, row.seq.0))
                .ok_or(sqlx::Error::RowNotFound)?;
            row.id = MessageId(*id);
        }
        Ok(())
    }

    fn message(&self, row: &NewRow<'_>) -> Message {
        let NewRow { post, .. } = row;
        let readable = self.readable.get(&(post.thread, post.author.id));
        Message {
            id: row.id,
            thread_id: post.thread,
            seq: row.seq,
            user: readable
                .map_or(&post.author, |readable| &readable.author)
                .clone(),
            text: post.text.clone(),
            client_id: post.client_id.clone(),
            created_at: row.created_at,
            edited_at: None,
        }
    }

    /// Every post is fresh, known from earlier, the second of its kind in this batch, or refused.
    fn outcomes(self) -> Vec<Outcome> {
        let mut fresh: HashMap<usize, Message> = self
            .rows
            .iter()
            .map(|row| (row.at, self.message(row)))
            .collect();
        let mut first: HashMap<Key<'_>, Message> = HashMap::new();
        let repeats = self.posts.len() > self.rows.len();
        let mut announced_joins = HashSet::new();
        let outcome = |(at, post): (usize, &'a Post)| {
            let Some(readable) = self.readable.get(&(post.thread, post.author.id)) else {
                return Outcome::Refused;
            };
            let posted = |message: Message| Posted {
                thread: Thread {
                    last_seq: message.seq.max(readable.thread.last_seq),
                    active_at: message.created_at.max(readable.thread.active_at),
                    ..readable.thread.clone()
                },
                message,
            };
            if let Some(message) = fresh.remove(&at) {
                if repeats {
                    first.insert(key(post), message.clone());
                }
                return Outcome::Fresh {
                    has_joined: self.joins(post)
                        && announced_joins.insert((post.thread, post.author.id)),
                    posted: posted(message),
                };
            }
            let earlier = self.known.get(&key(post)).or_else(|| first.get(&key(post)));
            // A client id belongs to one message, and so to one thread.
            let earlier = earlier.filter(|message| message.thread_id == post.thread);
            earlier.map_or(Outcome::Refused, |message| {
                Outcome::Repeated(posted(message.clone()))
            })
        };
        self.posts.iter().enumerate().map(outcome).collect()
    }
}
