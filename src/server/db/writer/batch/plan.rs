//! What a batch does, worked out between its statements: who may post, what is new, which number
//! and id each post gets, and what came of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{AnsweredRow, Outcome, PostableRow, WrittenRow};
use crate::protocol::keywords::words_of;
use crate::protocol::notify::{Called, called, mentioned};
use crate::protocol::{
    FileId, FileInfo, Message, MessageId, Posted, Quote, Seq, Thread, ThreadId, ThreadKind,
    Timestamp, User, UserId,
};
use crate::server::db::Result;
use crate::server::db::files::{UploadRow, written};
use crate::server::db::writer::{Post, Unposted};
use crate::server::search::tokens;

/// A thread that an author may read.
struct Postable {
    thread: Thread,
    /// As they are called now.
    author: User,
    is_member: bool,
    may_post: bool,
    /// When they may post again, where the thread is in slow mode for them.
    next_at: Option<i64>,
}

impl Postable {
    fn of(row: PostableRow, now: Timestamp) -> Result<Self> {
        Ok(Self {
            thread: row.thread.try_into()?,
            author: row.author.into(),
            is_member: row.standing.is_member == 1,
            may_post: row.standing.lets_post(now),
            next_at: row.standing.next_at,
        })
    }
}

type Author = (ThreadId, UserId);

/// What a batch does.
pub(super) struct Plan<'a> {
    posts: &'a [Post],
    postable: HashMap<Author, Postable>,
    known: HashMap<Key<'a>, Message>,
    /// What is answered, by thread and place.
    answered: HashMap<(ThreadId, Seq), Quote>,
    /// Files that belong to no message yet, with whose they are.
    uploaded: HashMap<FileId, (UserId, FileInfo)>,
    rows: Vec<NewRow<'a>>,
    /// Posts that come too soon, by their place in the batch, and how long they would have to wait.
    too_soon: HashMap<usize, i64>,
    per_thread: BTreeMap<ThreadId, Added>,
    has_joins: bool,
    /// Messages that call on their threads, and may.
    calls: HashSet<MessageId>,
}

/// What a thread gains.
#[derive(Clone, Copy, Default)]
struct Added {
    events: i64,
    messages: i64,
}

struct NewRow<'a> {
    /// Its place in the batch.
    at: usize,
    post: &'a Post,
    /// The event before it, if with it the author joins the thread.
    joined: Option<Seq>,
    seq: Seq,
    number: i64,
    created_at: Timestamp,
    id: MessageId,
}

type Key<'a> = (UserId, &'a str);

fn key(post: &Post) -> Key<'_> {
    (post.author.id, post.client_id.as_str())
}

impl<'a> Plan<'a> {
    /// Leaves out what may not be posted, what answers nothing that is there, what is known already,
    /// and the second of two posts with one client id.
    pub(super) fn new(
        posts: &'a [Post],
        postable: Vec<PostableRow>,
        known: Vec<Message>,
        answered: Vec<AnsweredRow>,
        uploaded: Vec<UploadRow>,
        now: Timestamp,
    ) -> Result<Self> {
        let postable = postable
            .into_iter()
            .map(|row| {
                let postable = Postable::of(row, now)?;
                Ok(((postable.thread.id, postable.author.id), postable))
            })
            .collect::<Result<HashMap<_, _>>>()?;
        let mut earlier: HashMap<(UserId, String), Message> = HashMap::new();
        for message in known {
            let client_id = message.client_id.as_str().to_owned();
            earlier.insert((message.user.id, client_id), message);
        }
        let answered = answered.into_iter().map(|row| {
            let quote = Quote::from(row.quote);
            ((ThreadId(row.thread_id), quote.seq), quote)
        });
        let free = uploaded.into_iter().filter(|row| !row.is_taken());
        let mut plan = Self {
            posts,
            postable,
            known: HashMap::new(),
            answered: answered.collect(),
            uploaded: free.map(UploadRow::into_upload).collect(),
            rows: Vec::with_capacity(posts.len()),
            too_soon: HashMap::new(),
            per_thread: BTreeMap::new(),
            has_joins: false,
            calls: HashSet::new(),
        };
        let (mut seen, mut taken) = (HashSet::new(), HashSet::new());
        let (mut joined, mut has_posted) = (HashSet::new(), HashSet::new());
        for (at, post) in posts.iter().enumerate() {
            if !earlier.is_empty()
                && let Some(message) = earlier.remove(&(post.author.id, post.client_id.to_string()))
            {
                plan.known.insert(key(post), message);
            }
            let author = (post.thread, post.author.id);
            let may_post = plan.postable.get(&author).is_some_and(|p| p.may_post)
                && (post.reply_to.is_none() || plan.quote(post).is_some());
            if may_post && !plan.known.contains_key(&key(post)) && !seen.contains(&key(post)) {
                let wait = plan.wait(author, has_posted.contains(&author), now);
                if wait > 0 {
                    plan.too_soon.insert(at, wait);
                    continue;
                }
                if !plan.takes_files(post, &mut taken) {
                    continue;
                }
                has_posted.insert(author);
                seen.insert(key(post));
                let joins = plan.is_new_here(author) && joined.insert(author);
                plan.add(at, post, joins);
            }
        }
        Ok(plan)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn add(&mut self, at: usize, post: &'a Post, joins: bool) {
        let added = self.per_thread.entry(post.thread).or_default();
        added.messages += 1;
        added.events += 1 + i64::from(joins);
        self.has_joins |= joins;
        self.rows.push(NewRow {
            at,
            post,
            joined: joins.then_some(Seq::START),
            seq: Seq::START,
            number: 0,
            created_at: Timestamp(0),
            id: MessageId(0),
        });
    }

    /// What a post answers.
    fn quote(&self, post: &Post) -> Option<&Quote> {
        self.answered.get(&(post.thread, post.reply_to?))
    }

    /// How long an author has to wait, where the thread is in slow mode for them.
    fn wait(&self, author: Author, has_posted: bool, now: Timestamp) -> i64 {
        let postable = self.postable.get(&author);
        let slow = postable.and_then(|postable| Some((postable, postable.next_at?)));
        match slow {
            None => 0,
            Some((postable, _)) if has_posted => postable.thread.slow_seconds.millis(),
            Some((_, next_at)) => next_at - now.0,
        }
    }

    /// Who has to wait from now on: thread, person, time.
    pub(super) fn slow(&self) -> Vec<(i64, i64, i64)> {
        let waits = |row: &&NewRow<'_>| {
            let postable = self.postable.get(&(row.post.thread, row.post.author.id));
            postable.is_some_and(|postable| postable.next_at.is_some())
        };
        let rows = self.rows.iter().filter(waits);
        rows.map(|row| (row.post.thread.0, row.post.author.id.0, row.created_at.0))
            .collect()
    }

    /// Whether a post's files are its author's to post, and not posted by another one of this batch.
    fn takes_files(&self, post: &Post, taken: &mut HashSet<FileId>) -> bool {
        let is_theirs = |id: &FileId| {
            let uploaded = self.uploaded.get(id);
            uploaded.is_some_and(|(owner, _)| *owner == post.author.id)
        };
        post.files.iter().all(is_theirs) && post.files.iter().all(|id| taken.insert(*id))
    }

    fn files(&self, post: &Post) -> Vec<FileInfo> {
        let known = |id| Some(self.uploaded.get(id)?.1.clone());
        post.files.iter().filter_map(known).collect()
    }

    /// Files, and the messages that they belong to from now on.
    pub(super) fn attached(&self) -> Vec<(i64, i64)> {
        let rows = self.rows.iter();
        rows.flat_map(|row| row.post.files.iter().map(|file| (file.0, row.id.0)))
            .collect()
    }

    /// What messages pass on: the message, who has said what, and where.
    pub(super) fn forwarded(&self) -> Vec<(i64, i64, &str, i64, i64)> {
        let rows = self.rows.iter();
        rows.filter_map(|row| {
            let passed = row.post.forwarded.as_deref()?;
            let said = &passed.shown;
            let (thread, place) = (passed.thread.0, passed.seq.0);
            Some((row.id.0, said.user.id.0, said.text.as_str(), thread, place))
        })
        .collect()
    }

    /// Authors who do not belong to the public thread that they post in.
    pub(super) fn joining(&self) -> Vec<(i64, i64)> {
        if !self.has_joins {
            return Vec::new();
        }
        let joining = self.rows.iter().filter(|row| row.joined.is_some());
        joining
            .map(|row| (row.post.thread.0, row.post.author.id.0))
            .collect()
    }

    fn is_new_here(&self, author: Author) -> bool {
        let postable = self.postable.get(&author);
        postable.is_some_and(|p| !p.is_member && p.thread.kind == ThreadKind::Public)
    }

    pub(super) fn added(&self) -> Vec<(i64, i64, i64)> {
        let threads = self.per_thread.iter();
        threads
            .map(|(thread, added)| (thread.0, added.events, added.messages))
            .collect()
    }

    pub(super) fn messages(&self) -> Result<Vec<NewMessage<'a>>> {
        let row = |new: &NewRow<'a>| {
            let files = written(&self.files(new.post))?;
            let Post {
                thread,
                author,
                client_id,
                text,
                reply_to,
                files: _,
                forwarded: _,
                here: _,
            } = new.post;
            Ok((
                thread.0,
                author.id.0,
                new.seq.0,
                new.number,
                text.as_str(),
                client_id.as_str(),
                new.created_at.0,
                reply_to.map(|seq| seq.0),
                files,
            ))
        };
        self.rows.iter().map(row).collect()
    }

    /// Ids, and what each message is found by.
    pub(super) fn tokens(&self) -> Vec<(i64, String)> {
        let rows = self.rows.iter();
        rows.map(|new| (new.id.0, tokens::of_text(new.post.text.as_str())))
            .collect()
    }

    /// Thread, number, kind, message, person, time.
    pub(super) fn events(&self) -> Vec<EventRow> {
        let mut events = Vec::with_capacity(self.rows.len());
        for new in &self.rows {
            let NewRow { post, .. } = new;
            if let Some(joined) = new.joined {
                let who = Some(post.author.id.0);
                events.push((
                    post.thread.0,
                    joined.0,
                    "joined",
                    None,
                    who,
                    new.created_at.0,
                ));
            }
            let message = Some(new.id.0);
            events.push((
                post.thread.0,
                new.seq.0,
                "posted",
                message,
                None,
                new.created_at.0,
            ));
        }
        events
    }

    /// What authors have written in a row: thread, person, how many messages there were before, and
    /// the number of the last among events and among messages.
    pub(super) fn read(&self) -> Vec<(i64, i64, i64, i64, i64)> {
        let mut runs = BTreeMap::new();
        for row in &self.rows {
            let author = (row.post.thread.0, row.post.author.id.0);
            let before = row.number - 1;
            let (_, seq, number) = runs.entry(author).or_insert((before, 0, before));
            if *number == before {
                (*seq, *number) = (row.seq.0, row.number);
            }
        }
        let runs = runs.into_iter();
        runs.map(|((thread, author), (before, seq, number))| (thread, author, before, seq, number))
            .collect()
    }

    /// Whom messages are for, by their names: thread, number of the message, name, author, message, in
    /// which way, and when.
    pub(super) fn meant(&self) -> Vec<MeantRow> {
        let mut meant = Vec::new();
        for row in &self.rows {
            let mut names = mentioned(row.post.text.as_str());
            let answered = self.quote(row.post);
            let answered = answered.map(|quote| quote.user.username.to_string());
            names.extend(answered.clone());
            names.remove(row.post.author.username.as_str());
            let (thread, author) = (row.post.thread.0, row.post.author.id.0);
            meant.extend(names.into_iter().map(|name| {
                let way = match answered.as_ref() == Some(&name) {
                    true => "answer",
                    false => "mention",
                };
                let (message, at) = (row.id.0, row.created_at.0);
                (thread, row.number, name, author, message, way, at)
            }));
        }
        meant
    }

    /// Messages that call on their threads, if their authors may.
    pub(super) fn calling(&self) -> Vec<CallRow> {
        let rows = self.rows.iter();
        rows.filter_map(|row| {
            let whom = called(row.post.text.as_str())?;
            Some((
                row.id.0,
                row.post.thread.0,
                row.number,
                row.post.author.id.0,
                row.created_at.0,
                i64::from(whom == Called::Here),
            ))
        })
        .collect()
    }

    /// Who is there, for each message that calls on those, and may.
    pub(super) fn here(&self) -> Vec<(i64, i64)> {
        let rows = self.rows.iter().filter(|row| self.calls.contains(&row.id));
        rows.flat_map(|row| row.post.here.iter().map(|who| (row.id.0, who.0)))
            .collect()
    }

    /// These of them may.
    pub(super) fn call(&mut self, ids: Vec<i64>) {
        self.calls = ids.into_iter().map(MessageId).collect();
    }

    /// The words of messages: thread, number of the message, word, author.
    pub(super) fn words(&self) -> Vec<(i64, i64, String, i64)> {
        let rows = self.rows.iter();
        rows.flat_map(|row| {
            let (thread, author) = (row.post.thread.0, row.post.author.id.0);
            let words = words_of(row.post.text.as_str()).into_iter();
            words.map(move |word| (thread, row.number, word, author))
        })
        .collect()
    }

    /// Gives out sequence numbers, in the order of arrival, from where each thread stands. Tells
    /// where that was.
    pub(super) fn number(&mut self, now: Timestamp) -> Result<Vec<(i64, i64)>> {
        let mut before = Vec::with_capacity(self.per_thread.len());
        let mut next: HashMap<ThreadId, (Seq, i64, Timestamp)> =
            HashMap::with_capacity(self.per_thread.len());
        for Postable { thread, .. } in self.postable.values() {
            if !next.contains_key(&thread.id) && self.per_thread.contains_key(&thread.id) {
                before.push((thread.id.0, thread.last_seq.0));
                let at = thread.active_at.max(now);
                let place = (thread.last_seq.next(), thread.message_count + 1, at);
                next.insert(thread.id, place);
            }
        }
        for row in &mut self.rows {
            let (seq, number, at) = next
                .get_mut(&row.post.thread)
                .ok_or(sqlx::Error::RowNotFound)?;
            if let Some(joined) = &mut row.joined {
                *joined = *seq;
                *seq = seq.next();
            }
            (row.seq, row.number, row.created_at) = (*seq, *number, *at);
            *seq = seq.next();
            *number += 1;
        }
        Ok(before)
    }

    /// Takes over the ids the database gave; their order means nothing.
    pub(super) fn identify(&mut self, ids: &[WrittenRow]) -> Result<()> {
        let ids: HashMap<(i64, i64), i64> = ids
            .iter()
            .map(|WrittenRow { message }| ((message.thread_id, message.seq), message.id))
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
        let postable = self.postable.get(&(post.thread, post.author.id));
        Message {
            id: row.id,
            thread_id: post.thread,
            seq: row.seq,
            number: row.number,
            user: postable
                .map_or(&post.author, |postable| &postable.author)
                .clone(),
            text: post.text.clone(),
            client_id: post.client_id.clone(),
            created_at: row.created_at,
            edited_at: None,
            deleted_at: None,
            pinned_at: None,
            calls: self.calls.contains(&row.id),
            reply_to: self.quote(post).cloned().map(Box::new),
            forwarded: post
                .forwarded
                .as_deref()
                .map(|passed| Box::new(passed.shown.clone())),
            files: self.files(post),
            reactions: Vec::new(),
            changed_seq: None,
        }
    }

    /// Every post is fresh, known from earlier, the second of its kind in this batch, or refused.
    pub(super) fn outcomes(self) -> Vec<Outcome> {
        let mut fresh: HashMap<usize, (Message, Option<Seq>)> = self
            .rows
            .iter()
            .map(|row| (row.at, (self.message(row), row.joined)))
            .collect();
        let mut first: HashMap<Key<'_>, Message> = HashMap::new();
        let repeats = self.posts.len() > self.rows.len();
        let outcome = |(at, post): (usize, &'a Post)| {
            let Some(postable) = self.postable.get(&(post.thread, post.author.id)) else {
                return Outcome::Refused(Unposted::NotTheirs);
            };
            let posted = |message: Message| Posted {
                thread: Thread {
                    last_seq: message.seq.max(postable.thread.last_seq),
                    message_count: message.number.max(postable.thread.message_count),
                    active_at: message.created_at.max(postable.thread.active_at),
                    ..postable.thread.clone()
                },
                message,
            };
            if let Some((message, joined)) = fresh.remove(&at) {
                if repeats {
                    first.insert(key(post), message.clone());
                }
                return Outcome::Fresh {
                    posted: posted(message),
                    joined,
                };
            }
            let earlier = self.known.get(&key(post)).or_else(|| first.get(&key(post)));
            // A client id belongs to one message, and so to one thread.
            let earlier = earlier.filter(|message| message.thread_id == post.thread);
            match (earlier, self.too_soon.get(&at)) {
                (Some(message), _) => Outcome::Repeated(posted(message.clone())),
                (None, Some(wait)) => Outcome::Refused(Unposted::TooSoon(*wait)),
                (None, None) => Outcome::Refused(Unposted::NotTheirs),
            }
        };
        self.posts.iter().enumerate().map(outcome).collect()
    }
}

/// A row of the events that a batch writes, in the order of the columns in [`Plan::events`].
pub(super) type EventRow = (i64, i64, &'static str, Option<i64>, Option<i64>, i64);

/// A row of [`Plan::meant`].
pub(super) type MeantRow = (i64, i64, String, i64, i64, &'static str, i64);

/// A row of [`Plan::calling`]: message, thread, number among messages, author, time, and 1 if it is for
/// those only who are there.
pub(super) type CallRow = (i64, i64, i64, i64, i64, i64);

/// Thread, author, number among events and among messages, text, client id, time, what it answers, and
/// its files.
type NewMessage<'a> = (
    i64,
    i64,
    i64,
    i64,
    &'a str,
    &'a str,
    i64,
    Option<i64>,
    Option<String>,
);
