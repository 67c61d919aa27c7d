//! What a batch does, worked out between its statements: who may post, what is new, which number
//! and id each post gets, and what came of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Outcome, ReadableRow};
use crate::protocol::{
    Message, MessageId, Posted, Seq, Thread, ThreadId, ThreadKind, Timestamp, User, UserId,
};
use crate::server::db::Result;
use crate::server::db::messages::MessageRow;
use crate::server::db::writer::Post;

/// A thread that an author may post in.
struct Readable {
    thread: Thread,
    /// As they are called now.
    author: User,
    is_member: bool,
}

impl TryFrom<ReadableRow> for Readable {
    type Error = sqlx::Error;

    fn try_from(((is_member,), author, thread): ReadableRow) -> Result<Self> {
        Ok(Self {
            thread: thread.try_into()?,
            author: author.try_into()?,
            is_member: is_member == 1,
        })
    }
}

type Reader = (ThreadId, UserId);

/// What a batch does.
pub(super) struct Plan<'a> {
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
    pub(super) fn new(
        posts: &'a [Post],
        readable: Vec<ReadableRow>,
        known: Vec<MessageRow>,
    ) -> Result<Self> {
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

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
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
    pub(super) fn joining(&self) -> Vec<(i64, i64)> {
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

    pub(super) fn added(&self) -> Vec<(i64, i64)> {
        let threads = self.per_thread.iter();
        threads.map(|(thread, n)| (thread.0, *n)).collect()
    }

    pub(super) fn messages(&self) -> Vec<(i64, i64, i64, &'a str, &'a str, i64)> {
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

    pub(super) fn events(&self) -> Vec<(i64, i64, i64, i64)> {
        let row = |new: &NewRow<'a>| (new.post.thread.0, new.seq.0, new.id.0, new.created_at.0);
        self.rows.iter().map(row).collect()
    }

    /// Gives out sequence numbers, in the order of arrival, up to each thread's new head. Tells
    /// where each thread stood before.
    pub(super) fn number(&mut self, heads: &[(i64, i64, i64)]) -> Result<Vec<(i64, i64)>> {
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
    pub(super) fn identify(&mut self, ids: &[(i64, i64, i64)]) -> Result<()> {
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
    pub(super) fn outcomes(self) -> Vec<Outcome> {
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
