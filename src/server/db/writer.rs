//! The writer: all posts of this process go through one task that commits them in groups.
//!
//! Whatever has queued up while the last commit was on its way to the disk is taken at once,
//! written with a few multi-row statements and committed once: the batch grows with the load and
//! with the slowness of the disk by itself, and a lone post waits for nobody. Sequence numbers are
//! given here, inside the transaction, so each thread's stream has neither holes nor doubles.
//!
//! A post whose client id is already known is answered with the first one's message. If a batch
//! fails, its posts are tried one by one, so that a bad row harms nobody else.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;

use sqlx::QueryBuilder;
use tokio::sync::{mpsc, oneshot};

use super::messages::MessageRow;
use super::{Db, Result};
use crate::protocol::{
    ClientId, Message, MessageId, MessageText, Posted, Seq, Thread, ThreadId, Timestamp, User,
    UserId,
};
use crate::server::clock::Clock;

/// A message that its author was allowed to post.
#[derive(Clone, Debug)]
pub struct Post {
    pub thread: Thread,
    pub author: User,
    pub client_id: ClientId,
    pub text: MessageText,
}

/// The handle to the writer's task, which ends when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
}

enum Job {
    Post {
        post: Post,
        answer: oneshot::Sender<Result<Posted>>,
    },
    /// Something else that must keep its place among the posts.
    Task(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// Posts that may wait; beyond that, posting waits too.
const QUEUE: usize = 4096;
/// Posts in one transaction.
const BATCH: usize = 256;

impl Writer {
    /// Starts the task. `announce` is called after each commit, with what was new in it, in
    /// order, before any of it is acknowledged: an author sees their message before the answer.
    pub fn start(
        db: Db,
        clock: Clock,
        announce: impl Fn(&[Posted]) + Send + Sync + 'static,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(run(db, clock, announce, jobs));
        Self { queue }
    }

    /// Writes a post and returns once it is on disk.
    ///
    /// # Errors
    /// The database fails; then the post was not written. If the answer is lost with the server,
    /// posting again with the same client id is safe.
    pub async fn post(&self, post: Post) -> Result<Posted> {
        self.submit(post).await?.await
    }

    /// Queues a post, and returns once it has its place in the order. What is returned resolves
    /// when the post is on disk, whether or not it is polled.
    ///
    /// # Errors
    /// The writer has ended.
    pub async fn submit(
        &self,
        post: Post,
    ) -> Result<impl Future<Output = Result<Posted>> + Send + use<>> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Post { post, answer }).await?;
        Ok(async move { outcome.await.map_err(|_| sqlx::Error::WorkerCrashed)? })
    }

    /// Runs a task between the batches of posts. Whatever takes a right away is done here: when
    /// it is announced, no post that was committed later has been announced before.
    ///
    /// # Errors
    /// Those of the task.
    pub async fn in_order<T: Send + 'static>(
        &self,
        task: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (answer, outcome) = oneshot::channel();
        let task = async move {
            let _ = answer.send(task.await);
        };
        self.send(Job::Task(Box::pin(task))).await?;
        outcome.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    async fn send(&self, job: Job) -> Result<()> {
        let sent = self.queue.send(job).await;
        sent.map_err(|_| sqlx::Error::WorkerCrashed)
    }
}

async fn run(db: Db, clock: Clock, announce: impl Fn(&[Posted]), mut jobs: mpsc::Receiver<Job>) {
    let mut queued = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut queued, BATCH).await > 0 {
        let mut batch = Batch::default();
        for job in queued.drain(..) {
            match job {
                Job::Post { post, answer } => batch.add(post, answer),
                Job::Task(task) => {
                    std::mem::take(&mut batch)
                        .finish(&db, &clock, &announce)
                        .await;
                    task.await;
                }
            }
        }
        batch.finish(&db, &clock, &announce).await;
    }
}

/// Posts that are written together, and who waits for each.
#[derive(Default)]
struct Batch {
    posts: Vec<Post>,
    answers: Vec<oneshot::Sender<Result<Posted>>>,
}

impl Batch {
    fn add(&mut self, post: Post, answer: oneshot::Sender<Result<Posted>>) {
        self.posts.push(post);
        self.answers.push(answer);
    }

    /// Writes them, announces what was new, and only then answers.
    async fn finish(self, db: &Db, clock: &Clock, announce: &impl Fn(&[Posted])) {
        if self.posts.is_empty() {
            return;
        }
        let outcomes = write_all(db, &self.posts, clock.now()).await;
        let fresh: Vec<Posted> = outcomes
            .iter()
            .filter_map(|outcome| match outcome {
                Ok(Outcome::Fresh(posted)) => Some(posted.clone()),
                _ => None,
            })
            .collect();
        announce(&fresh);
        for (answer, outcome) in self.answers.into_iter().zip(outcomes) {
            // Whoever no longer listens will ask again with the same client id.
            let _ = answer.send(outcome.map(Outcome::into_posted));
        }
    }
}

enum Outcome {
    Fresh(Posted),
    Repeated(Posted),
}

impl Outcome {
    /// A commit that failed may have happened all the same (the answer was lost): what is found
    /// written was perhaps never announced. Subscribers drop a double by its number.
    fn announced_again(self) -> Self {
        Self::Fresh(self.into_posted())
    }

    fn into_posted(self) -> Posted {
        match self {
            Self::Fresh(posted) | Self::Repeated(posted) => posted,
        }
    }
}

async fn write_all(db: &Db, posts: &[Post], now: Timestamp) -> Vec<Result<Outcome>> {
    match write(db, posts, now).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) => {
            tracing::warn!(%error, posts = posts.len(), "batch failed, retrying one by one");
            let mut outcomes = Vec::with_capacity(posts.len());
            for post in posts {
                let outcome = write(db, std::slice::from_ref(post), now).await;
                outcomes.push(outcome.map(|mut outcomes| outcomes.remove(0).announced_again()));
            }
            outcomes
        }
    }
}

type Key<'a> = (UserId, &'a str);

fn key(post: &Post) -> Key<'_> {
    (post.author.id, post.client_id.as_str())
}

/// One transaction: all of it or nothing.
async fn write(db: &Db, posts: &[Post], now: Timestamp) -> Result<Vec<Outcome>> {
    let (known, fresh) = in_tx!(db, |tx| {
        let mut query = QueryBuilder::<Engine>::new(
            "select m.id, m.thread_id, m.seq, m.text, m.client_id, m.created_at, m.edited_at,
                    u.id as user_id, u.username, u.name
             from messages m join users u on u.id = m.author_id
             where (m.author_id, m.client_id) in (",
        );
        query.push_values(posts, |mut row, post| {
            row.push_bind(post.author.id.0)
                .push_bind(post.client_id.as_str());
        });
        let known: Vec<MessageRow> = query.push(")").build_query_as().fetch_all(&mut *tx).await?;
        let known = known
            .into_iter()
            .map(Message::try_from)
            .collect::<Result<Vec<_>>>()?;

        let mut plan = Plan::new(posts, &known);
        if !plan.rows.is_empty() {
            let mut query = QueryBuilder::<Engine>::new("with added (thread, n) as (");
            query.push_values(&plan.per_thread, |mut row, (thread, n)| {
                row.push_bind(thread.0).push_bind(*n);
            });
            query
                .push(") update threads set last_seq = last_seq + added.n, active_at = ")
                // Time does not run backwards within a thread, whatever the clock does.
                .push("case when active_at > ")
                .push_bind(now.0)
                .push(" then active_at else ")
                .push_bind(now.0)
                .push(" end from added where id = added.thread returning id, last_seq, active_at");
            let heads: Vec<(i64, i64, i64)> = query.build_query_as().fetch_all(&mut *tx).await?;
            plan.number(&heads)?;

            let mut query = QueryBuilder::<Engine>::new(
                "insert into messages (thread_id, author_id, seq, text, client_id, created_at) ",
            );
            query.push_values(&plan.rows, |mut row, new| {
                row.push_bind(new.post.thread.id.0)
                    .push_bind(new.post.author.id.0)
                    .push_bind(new.seq.0)
                    .push_bind(new.post.text.as_str())
                    .push_bind(new.post.client_id.as_str())
                    .push_bind(new.created_at.0);
            });
            let ids: Vec<(i64, i64, i64)> = query
                .push(" returning id, thread_id, seq")
                .build_query_as()
                .fetch_all(&mut *tx)
                .await?;
            plan.identify(&ids)?;

            let mut query = QueryBuilder::<Engine>::new(
                "insert into thread_events (thread_id, seq, kind, message_id, created_at) ",
            );
            query.push_values(&plan.rows, |mut row, new| {
                row.push_bind(new.post.thread.id.0)
                    .push_bind(new.seq.0)
                    .push_bind("posted")
                    .push_bind(new.id.0)
                    .push_bind(new.created_at.0);
            });
            query.build().execute(&mut *tx).await?;
        }
        (known, plan.into_posted())
    });
    Ok(assemble(posts, &known, fresh))
}

/// What a batch adds to each thread.
struct Plan<'a> {
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

impl<'a> Plan<'a> {
    /// Leaves out what is known already, and the second of two posts with one client id.
    fn new(posts: &'a [Post], known: &[Message]) -> Self {
        let mut seen: HashSet<Key<'_>> = known
            .iter()
            .map(|message| (message.user.id, message.client_id.as_str()))
            .collect();
        let mut rows = Vec::with_capacity(posts.len());
        let mut per_thread = BTreeMap::new();
        for (at, post) in posts.iter().enumerate() {
            if seen.insert(key(post)) {
                *per_thread.entry(post.thread.id).or_default() += 1;
                rows.push(NewRow {
                    at,
                    post,
                    seq: Seq::START,
                    created_at: Timestamp(0),
                    id: MessageId(0),
                });
            }
        }
        Self { rows, per_thread }
    }

    /// Gives out sequence numbers, in the order of arrival, below each thread's new head.
    fn number(&mut self, heads: &[(i64, i64, i64)]) -> Result<()> {
        let mut next: HashMap<ThreadId, (Seq, Timestamp)> = HashMap::with_capacity(heads.len());
        for (thread, head, at) in heads {
            let thread = ThreadId(*thread);
            let added = self.per_thread.get(&thread).copied().unwrap_or_default();
            next.insert(thread, (Seq(head - added + 1), Timestamp(*at)));
        }
        for row in &mut self.rows {
            // A thread that is gone has no head.
            let (seq, at) = next
                .get_mut(&row.post.thread.id)
                .ok_or(sqlx::Error::RowNotFound)?;
            (row.seq, row.created_at) = (*seq, *at);
            *seq = seq.next();
        }
        Ok(())
    }

    /// Takes over the ids the database gave; their order means nothing.
    fn identify(&mut self, ids: &[(i64, i64, i64)]) -> Result<()> {
        let ids: HashMap<(i64, i64), i64> = ids
            .iter()
            .map(|(id, thread, seq)| ((*thread, *seq), *id))
            .collect();
        for row in &mut self.rows {
            let id = ids
                .get(&(row.post.thread.id.0, row.seq.0))
                .ok_or(sqlx::Error::RowNotFound)?;
            row.id = MessageId(*id);
        }
        Ok(())
    }

    fn into_posted(self) -> Vec<(usize, Posted)> {
        self.rows
            .into_iter()
            .map(|row| (row.at, row.posted()))
            .collect()
    }
}

impl NewRow<'_> {
    fn posted(&self) -> Posted {
        let post = self.post;
        Posted {
            message: Message {
                id: self.id,
                thread_id: post.thread.id,
                seq: self.seq,
                user: post.author.clone(),
                text: post.text.clone(),
                client_id: post.client_id.clone(),
                created_at: self.created_at,
                edited_at: None,
            },
            thread: Thread {
                last_seq: self.seq,
                active_at: self.created_at,
                ..post.thread.clone()
            },
        }
    }
}

/// An outcome for each post, in their order: every post is either fresh, known from earlier, or
/// the second of its kind in this batch.
fn assemble(posts: &[Post], known: &[Message], fresh: Vec<(usize, Posted)>) -> Vec<Outcome> {
    let by_key: HashMap<Key<'_>, &Message> = known
        .iter()
        .chain(fresh.iter().map(|(_, posted)| &posted.message))
        .map(|message| ((message.user.id, message.client_id.as_str()), message))
        .collect();
    let is_fresh: HashSet<usize> = fresh.iter().map(|(at, _)| *at).collect();
    let repeated: Vec<(usize, Outcome)> = posts
        .iter()
        .enumerate()
        .filter(|(at, _)| !is_fresh.contains(at))
        .filter_map(|(at, post)| {
            let message = (*by_key.get(&key(post))?).clone();
            let thread = post.thread.clone();
            Some((at, Outcome::Repeated(Posted { message, thread })))
        })
        .collect();
    let mut outcomes: Vec<(usize, Outcome)> = fresh
        .into_iter()
        .map(|(at, posted)| (at, Outcome::Fresh(posted)))
        .chain(repeated)
        .collect();
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
