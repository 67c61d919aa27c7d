//! Who writes what was published: a few tasks for all connections, as many as there are processors.
//!
//! A publication to a thousand readers would wake a thousand tasks, each to write a few bytes.
//! Instead the connections that have something to be written are listed, and one task goes down the
//! list: the only thing it touches of a connection is its outbox. A connection's own task is needed
//! only when its socket is full. Whatever is published while the list is worked off joins what
//! waits already.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::thread::available_parallelism;

use super::link::Link;
use super::lock;

/// Connections written to before others get their turn on the processor.
const BATCH: usize = 32;
/// What an idle list keeps of the room that a busy one needed.
const SPARE: usize = 1024;

/// All lists. A connection is always on the same, so that no two tasks contend for it.
#[derive(Debug)]
pub struct Flushers(Vec<Arc<Flusher>>);

/// One list.
#[derive(Debug, Default)]
pub struct Flusher(Mutex<Due>);

#[derive(Debug, Default)]
struct Due {
    links: Vec<Arc<Link>>,
    /// The task, while it waits.
    waker: Option<Waker>,
}

impl Default for Flushers {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self((0..processors).map(|_| Arc::default()).collect())
    }
}

impl Flushers {
    /// The list of the connection with that id.
    pub fn of(&self, id: u64) -> &Arc<Flusher> {
        &self.0[self.index(id)]
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Flusher>> {
        self.0.iter()
    }

    /// These have something to be written.
    pub fn add(&self, links: Vec<Arc<Link>>) {
        match &self.0[..] {
            [only] => only.extend(links.into_iter()),
            several => {
                for (index, flusher) in several.iter().enumerate() {
                    let mine = |link: &&Arc<Link>| self.index(link.id) == index;
                    flusher.extend(links.iter().filter(mine).cloned());
                }
            }
        }
    }

    fn index(&self, id: u64) -> usize {
        // The remainder is below a usize.
        #[allow(clippy::cast_possible_truncation)]
        let index = (id % self.0.len() as u64) as usize;
        index
    }
}

impl Flusher {
    pub fn add(&self, link: Arc<Link>) {
        self.extend(std::iter::once(link));
    }

    fn extend(&self, links: impl Iterator<Item = Arc<Link>>) {
        let mut due = self.lock();
        due.links.extend(links);
        let waker = match due.links.is_empty() {
            true => None,
            false => due.waker.take(),
        };
        drop(due);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Writes for ever.
    pub async fn run(self: Arc<Self>) {
        let mut links = Vec::new();
        loop {
            self.take(&mut links).await;
            for batch in links.chunks(BATCH) {
                for link in batch {
                    link.flush();
                }
                tokio::task::yield_now().await;
            }
            links.clear();
            links.shrink_to(SPARE);
        }
    }

    /// Waits until there is something on the list, and takes it.
    async fn take(&self, into: &mut Vec<Arc<Link>>) {
        poll_fn(|context| {
            let mut due = self.lock();
            if due.links.is_empty() {
                due.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            std::mem::swap(&mut due.links, into);
            Poll::Ready(())
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, Due> {
        lock(&self.0)
    }
}
