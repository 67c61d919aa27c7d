//! The writer: all posts of this process go through one task that commits them in groups.
//!
//! Whatever has queued up while the last commit was on its way to the disk is taken at once,
//! written with a few statements for all of it and committed once: the batch grows with the load
//! and with the slowness of the disk by itself, and a lone post waits for nobody. Whether authors
//! may post is asked for the whole batch too, in the same transaction, so a right that is lost is
//! lost at once. Sequence numbers are given here, so each thread's stream has neither holes nor
//! doubles.
//!
//! A post whose client id is already known is answered with the first one's message. If a batch
//! fails because of a row, its posts are tried one by one, so that a bad row harms nobody else. If it
//! fails because the database is away, everybody hears so at once: to ask again for each would keep
//! those who come later waiting for as long as all of them together.
//!
//! How far people have read travels in the same transaction. Nobody fills the queue alone: each
//! person has a share of it.

mod batch;
mod shares;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures::FutureExt;
use tokio::sync::{mpsc, oneshot};

use self::batch::{Outcome, write};
use self::shares::{Share, Shares};
use super::succession::Heir;
use super::{Db, Result, is_about_a_row, is_away};
use crate::protocol::{
    ClientId, FileId, MessageText, Posted, Quote, ReadPosition, Seq, Thread, ThreadId, Timestamp,
    User, UserId,
};
use crate::server::clock::Clock;

/// A message that somebody wants to post. In a public thread that joins them.
#[derive(Clone, Debug)]
pub struct Post {
    pub thread: ThreadId,
    pub author: User,
    pub client_id: ClientId,
    pub text: MessageText,
    /// The message of the same thread that it answers.
    pub reply_to: Option<Seq>,
    /// Files of the author that belong to no message yet.
    pub files: Vec<FileId>,
    /// What it passes on.
    pub forwarded: Option<Box<Forwarded>>,
    /// Who is there, if it calls on those.
    pub here: Vec<UserId>,
}

/// A message that is passed on.
#[derive(Clone, Debug)]
pub struct Forwarded {
    /// Where it was said.
    pub thread: ThreadId,
    pub seq: Seq,
    /// What everybody is shown of it who reads where it goes.
    pub shown: Quote,
}

/// How far somebody has read a thread.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub thread: ThreadId,
    pub user: UserId,
    pub to: ReadPosition,
}

/// What a commit has changed, to be announced.
#[derive(Debug, Default)]
pub struct Committed<'a> {
    /// Who belongs to which thread, since which event.
    pub joined: Vec<(&'a Thread, &'a User, Seq)>,
    /// In the order of their numbers, thread by thread.
    pub posted: Vec<&'a Posted>,
    /// Who is in charge of a thread since they joined it: nobody was.
    pub heirs: Vec<Heir>,
    /// In whose list of what happens something of it stands; some of them perhaps twice.
    pub told: Vec<UserId>,
    /// Who has read further, and how far.
    pub read: Vec<(UserId, ThreadId, ReadPosition)>,
    /// For whom messages are that have words of theirs, by the message's number.
    pub meant: Vec<(UserId, ThreadId, i64)>,
}

/// Why a post has no place in the queue.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// One's own share of it is full.
    #[error("too many posts of one person are waiting")]
    ShareIsFull,
    #[error(transparent)]
    Ended(sqlx::Error),
}

/// The handle to the writer's task, which ends when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
    shares: Shares,
}

// Most of them are posts.
#[allow(clippy::large_enum_variant)]
enum Job {
    Post {
        post: Post,
        answer: Answer,
        /// Given back when the post is written.
        share: Share,
    },
    Mark {
        mark: Mark,
        answer: oneshot::Sender<Result<()>>,
    },
    /// Something else that must keep its place among the posts.
    Task(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// Why a post was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unposted {
    /// The thread is not there, or not for the author, or what is answered is not there or a file is
    /// not theirs to post.
    NotTheirs,
    /// The thread is in slow mode: so many milliseconds are left.
    TooSoon(i64),
}

type Answer = oneshot::Sender<Result<std::result::Result<Posted, Unposted>>>;

/// Jobs that may wait; beyond that, whoever brings one waits too.
const QUEUE: usize = 4096;
/// Of them, posts of one person.
const SHARE: usize = QUEUE / 4;
/// Jobs in one transaction.
const BATCH: usize = 256;

impl Writer {
    /// Starts the task. `announce` is called after each commit, with what was new in it, before
    /// any of it is acknowledged: an author sees their message before the answer.
    pub fn start(
        db: Db,
        clock: Clock,
        announce: impl Fn(&Committed<'_>) + Send + Sync + 'static,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(run(db, clock, announce, jobs));
        Self {
            queue,
            shares: Shares::of(SHARE),
        }
    }

    /// Queues a post, and returns once it has its place in the order. What is returned resolves
    /// when the post is on disk, whether or not it is polled; or to why it was not written.
    ///
    /// # Errors
    /// The author's share of the queue is full, or the writer has ended; or, later, the database
    /// fails. Then the post was not written. If the answer is lost with the server, posting again
    /// with the same client id is safe.
    pub async fn submit(
        &self,
        post: Post,
    ) -> Result<
        impl Future<Output = Result<std::result::Result<Posted, Unposted>>> + Send + use<>,
        QueueError,
    > {
        let share = self.shares.take(post.author.id);
        let share = share.ok_or(QueueError::ShareIsFull)?;
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Post {
            post,
            answer,
            share,
        })
        .await
        .map_err(QueueError::Ended)?;
        Ok(async move { outcome.await.map_err(|_| sqlx::Error::WorkerCrashed)? })
    }

    /// Notes how far somebody has read, with the next commit; returns after it.
    ///
    /// # Errors
    /// The database fails, or the writer has ended.
    pub async fn mark(&self, mark: Mark) -> Result<()> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Mark { mark, answer }).await?;
        outcome.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// Runs a task between the batches of posts. Whatever takes a right away is done here: when
    /// it is announced, no post that was committed later has been announced before. It is run to
    /// its end, whether or not somebody still waits for it: what is committed is announced.
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

type Announce<'a> = &'a (dyn Fn(&Committed<'_>) + Send + Sync);

async fn run(
    db: Db,
    clock: Clock,
    announce: impl Fn(&Committed<'_>) + Send + Sync,
    mut jobs: mpsc::Receiver<Job>,
) {
    let mut queued = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut queued, BATCH).await > 0 {
        let mut group = Group::default();
        for job in queued.drain(..) {
            match job {
                Job::Post {
                    post,
                    answer,
                    share,
                } => group.add(post, answer, share),
                Job::Mark { mark, answer } => group.mark(mark, answer),
                Job::Task(task) => {
                    let before = std::mem::take(&mut group);
                    guarded(before.finish(&db, &clock, &announce)).await;
                    guarded(task).await;
                }
            }
        }
        guarded(group.finish(&db, &clock, &announce)).await;
    }
}

/// What panics ends, and those who wait for it hear so; the writer goes on.
async fn guarded(work: impl Future<Output = ()>) {
    if AssertUnwindSafe(work).catch_unwind().await.is_err() {
        tracing::error!("the writer met with a panic");
    }
}

/// What is written together, and who waits for each part of it.
#[derive(Default)]
struct Group {
    posts: Vec<Post>,
    answers: Vec<(Answer, Share)>,
    marks: Vec<Mark>,
    markers: Vec<oneshot::Sender<Result<()>>>,
}

impl Group {
    fn add(&mut self, post: Post, answer: Answer, share: Share) {
        self.posts.push(post);
        self.answers.push((answer, share));
    }

    /// Of several marks of one person in one thread only the furthest is written.
    fn mark(&mut self, mark: Mark, answer: oneshot::Sender<Result<()>>) {
        self.markers.push(answer);
        let same = |known: &&mut Mark| known.thread == mark.thread && known.user == mark.user;
        match self.marks.iter_mut().find(same) {
            Some(known) if known.to.seq < mark.to.seq => known.to = mark.to,
            Some(_) => {}
            None => self.marks.push(mark),
        }
    }

    /// Writes it, announces what was new, and only then answers.
    async fn finish(self, db: &Db, clock: &Clock, announce: Announce<'_>) {
        if self.posts.is_empty() && self.marks.is_empty() {
            return;
        }
        let all = write_all(db, &self.posts, &self.marks, clock.now()).await;
        if let Some(last) = all.newest_message() {
            db.has_come(last);
        }
        if let Some(changes) = all.changes {
            db.has_changed(changes);
        }
        announce(&all.committed());
        for ((answer, share), outcome) in self.answers.into_iter().zip(all.outcomes) {
            drop(share);
            // Whoever no longer listens will ask again with the same client id.
            let _ = answer.send(outcome.map(Outcome::into_posted));
        }
        for marker in self.markers {
            let _ = marker.send(match &all.marks {
                Ok(_) => Ok(()),
                Err(error) => Err(same_again(error)),
            });
        }
    }
}

/// What came of a group.
struct All {
    outcomes: Vec<Result<Outcome>>,
    marks: Result<Vec<(UserId, ThreadId, ReadPosition)>>,
    heirs: Vec<Heir>,
    told: Vec<UserId>,
    meant: Vec<(UserId, ThreadId, i64)>,
    changes: Option<i64>,
}

impl All {
    fn committed(&self) -> Committed<'_> {
        let mut committed = Committed::default();
        for outcome in self.outcomes.iter().flatten() {
            if let Outcome::Fresh { posted, joined } = outcome {
                if let Some(seq) = joined {
                    let joined = (&posted.thread, &posted.message.user, *seq);
                    committed.joined.push(joined);
                }
                committed.posted.push(posted);
            }
        }
        if let Ok(moved) = &self.marks {
            committed.read.clone_from(moved);
        }
        committed.heirs.clone_from(&self.heirs);
        committed.told.clone_from(&self.told);
        committed.meant.clone_from(&self.meant);
        committed
    }

    fn newest_message(&self) -> Option<i64> {
        let fresh = self.outcomes.iter().flatten();
        fresh
            .filter_map(|outcome| match outcome {
                Outcome::Fresh { posted, .. } => Some(posted.message.id.0),
                Outcome::Repeated(_) | Outcome::Refused(_) => None,
            })
            .max()
    }
}

async fn write_all(db: &Db, posts: &[Post], marks: &[Mark], now: Timestamp) -> All {
    let error = match write(db, posts, marks, now).await {
        Ok(written) => {
            return All {
                outcomes: written.outcomes.into_iter().map(Ok).collect(),
                marks: Ok(written.read),
                heirs: written.heirs,
                told: written.told,
                meant: written.meant,
                changes: written.changes,
            };
        }
        Err(error) => error,
    };
    if !is_about_a_row(&error) {
        tracing::warn!(%error, posts = posts.len(), "batch failed");
        return All {
            outcomes: posts.iter().map(|_| Err(same_again(&error))).collect(),
            marks: Err(error),
            heirs: Vec::new(),
            told: Vec::new(),
            meant: Vec::new(),
            changes: None,
        };
    }
    tracing::warn!(%error, posts = posts.len(), "batch failed, retrying one by one");
    let mut outcomes = Vec::with_capacity(posts.len());
    let (mut heirs, mut changes) = (Vec::new(), None);
    let (mut told, mut meant) = (Vec::new(), Vec::new());
    for post in posts {
        let outcome = write(db, std::slice::from_ref(post), &[], now).await;
        outcomes.push(outcome.map(|mut written| {
            heirs.append(&mut written.heirs);
            told.append(&mut written.told);
            meant.append(&mut written.meant);
            changes = written.changes.or(changes);
            written.outcomes.remove(0).announced_again()
        }));
    }
    let marks = match marks.is_empty() {
        true => Ok(Vec::new()),
        false => write(db, &[], marks, now).await.map(|written| written.read),
    };
    All {
        outcomes,
        marks,
        heirs,
        told,
        meant,
        changes,
    }
}

/// The same error for somebody else.
fn same_again(error: &sqlx::Error) -> sqlx::Error {
    match is_away(error) {
        true => sqlx::Error::Io(std::io::Error::other(error.to_string())),
        false => sqlx::Error::Protocol(error.to_string()),
    }
}
