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
//! fails, its posts are tried one by one, so that a bad row harms nobody else.

mod batch;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures::FutureExt;
use tokio::sync::{mpsc, oneshot};

use self::batch::{Outcome, write};
use super::{Db, Result};
use crate::protocol::{ClientId, MessageText, Posted, Thread, ThreadId, Timestamp, User, UserId};
use crate::server::clock::Clock;

/// A message that somebody wants to post. In a public thread that joins them.
#[derive(Clone, Debug)]
pub struct Post {
    pub thread: ThreadId,
    pub author: User,
    pub client_id: ClientId,
    pub text: MessageText,
}

/// What a commit has changed, to be announced.
#[derive(Debug, Default)]
pub struct Committed<'a> {
    /// Who belongs to which thread from now on.
    pub joined: Vec<(&'a Thread, UserId)>,
    /// In the order of their numbers, thread by thread.
    pub posted: Vec<&'a Posted>,
}

/// The handle to the writer's task, which ends when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
}

enum Job {
    Post {
        post: Post,
        answer: Answer,
    },
    /// Something else that must keep its place among the posts.
    Task(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// Nothing for a thread that is not there, or not for the author.
type Answer = oneshot::Sender<Result<Option<Posted>>>;

/// Posts that may wait; beyond that, posting waits too.
const QUEUE: usize = 4096;
/// Posts in one transaction.
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
        Self { queue }
    }

    /// Queues a post, and returns once it has its place in the order. What is returned resolves
    /// when the post is on disk, whether or not it is polled; to nothing, if the thread is not
    /// there or not for the author.
    ///
    /// # Errors
    /// The writer has ended; or, later, the database fails. Then the post was not written. If the
    /// answer is lost with the server, posting again with the same client id is safe.
    pub async fn submit(
        &self,
        post: Post,
    ) -> Result<impl Future<Output = Result<Option<Posted>>> + Send + use<>> {
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
                Job::Post { post, answer } => group.add(post, answer),
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

/// Posts that are written together, and who waits for each.
#[derive(Default)]
struct Group {
    posts: Vec<Post>,
    answers: Vec<Answer>,
}

impl Group {
    fn add(&mut self, post: Post, answer: Answer) {
        self.posts.push(post);
        self.answers.push(answer);
    }

    /// Writes them, announces what was new, and only then answers.
    async fn finish(self, db: &Db, clock: &Clock, announce: Announce<'_>) {
        if self.posts.is_empty() {
            return;
        }
        let outcomes = write_all(db, &self.posts, clock.now()).await;
        announce(&committed(&outcomes));
        for (answer, outcome) in self.answers.into_iter().zip(outcomes) {
            // Whoever no longer listens will ask again with the same client id.
            let _ = answer.send(outcome.map(Outcome::into_posted));
        }
    }
}

fn committed(outcomes: &[Result<Outcome>]) -> Committed<'_> {
    let mut committed = Committed::default();
    for outcome in outcomes.iter().flatten() {
        if let Outcome::Fresh { posted, has_joined } = outcome {
            if *has_joined {
                let author = posted.message.user.id;
                committed.joined.push((&posted.thread, author));
            }
            committed.posted.push(posted);
        }
    }
    committed
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
